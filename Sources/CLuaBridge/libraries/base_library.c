// A rule's basic functions. Those of stock Lua that are harmless are taken as they are.
#include <limits.h>
#include <stdio.h>

#include "trace/trace.h"
#include "vm/liblua.h"
#include "vm/vm.h"

// MARK: Text

#define DIGITS_PER_FUEL 2

const char *clb_push_text(lua_State *L, int index, size_t *length) {
  index = lua_absindex(L, index);
  int kind = luaL_getmetafield(L, index, "__tostring");
  if (kind != LUA_TNIL) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "'__tostring' must return a string");
    return lua_tolstring(L, -1, length);
  }
  switch (lua_type(L, index)) {
    case LUA_TSTRING: lua_pushvalue(L, index); break;
    case LUA_TNUMBER: lua_pushvalue(L, index); break;  // becomes text below
    case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false"); break;
    default: lua_pushstring(L, luaL_typename(L, index)); break;
  }
  return lua_tolstring(L, -1, length);
}

// [-?, +1, e] tonumber(v [, base]): the stock function (the upvalue) in the frame of its wrapper.
// To a base it reads digit by digit.
static int base_tonumber(lua_State *L) {
  if (!lua_isnoneornil(L, 2) && lua_type(L, 1) == LUA_TSTRING) {
    clb_charge(L, 1 + lua_rawlen(L, 1) / DIGITS_PER_FUEL);
  }
  return clb_call_stock(L);
}

// [-1, +1, e] tostring(v)
static int base_tostring(lua_State *L) {
  size_t length;
  luaL_checkany(L, 1);
  clb_push_text(L, 1, &length);
  clb_charge_bytes(L, length);
  return 1;
}

// MARK: Metatables

#define FUEL_PER_METATABLE 6

// [-2, +1, e] setmetatable(table, metatable)
static int base_setmetatable(lua_State *L) {
  static const char *const refused[] = {"__gc", "__mode", "__metatable", NULL};
  luaL_checktype(L, 1, LUA_TTABLE);
  clb_charge(L, FUEL_PER_METATABLE);
  clb_check_writable(L, 1);
  luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
  lua_settop(L, 2);
  if (lua_istable(L, 2)) {
    clb_see_through(L, 2);
    for (const char *const *name = refused; *name != NULL; name++) {
      lua_pushstring(L, *name);
      if (lua_rawget(L, 2) != LUA_TNIL)
        return clb_raise(L, CLB_FORBIDDEN, "a metatable can't have '%s'", *name);
      lua_pop(L, 1);
    }
  }
  lua_setmetatable(L, 1);
  return 1;
}

// [-1, +1, e] getmetatable(v)
static int base_getmetatable(lua_State *L) {
  luaL_checkany(L, 1);
  clb_charge(L, 2);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return 1;
  if (lua_type(L, 1) == LUA_TSTRING) {
    lua_pushboolean(L, false);
    return 1;
  }
  clb_push_visible_metatable(L, 1);
  return 1;
}

// MARK: Calls that may fail

#define FUEL_PER_CAUGHT_ERROR 25

// [-0, +0, e] A protected call of the rule's failed: goes on failing where no rule may go on.
static void check_caught(lua_State *L, int status) {
  clb_vm *vm = clb_of(L);
  if (vm->meter.stop != CLB_OK) lua_error(L);
  if (status == LUA_ERRMEM || status == LUA_ERRERR) clb_stop_memory(L);
  if (lua_type(L, -1) == LUA_TSTRING && clb_is_stack_overflow(vm, lua_tostring(L, -1))) {
    clb_stop_memory(L);
  }
}

// [-1, +0, v] Raises the value on the top for a rule. A text such as Lua's own is noted to be the
// rule's.
static int raise_of_rule(lua_State *L) {
  clb_vm *vm = clb_of(L);
  if (lua_type(L, -1) == LUA_TSTRING && clb_is_stack_overflow(vm, lua_tostring(L, -1))) {
    vm->raised_status = CLB_RUNTIME;
    snprintf(vm->raised, sizeof vm->raised, "%s", lua_tostring(L, -1));
  }
  return lua_error(L);
}

#define FREE_LEVELS 16
#define LEVELS_PER_FUEL 4

// [-0, +0, e] Charges for finding the call at `level`, of which there may be far fewer: piece by piece, each
// before what lies twice as far is looked for.
static void charge_levels(lua_State *L, int level) {
  lua_Debug frame;
  for (int known = FREE_LEVELS; known < level && lua_getstack(L, known, &frame); known *= 2) {
    clb_charge(L, (uint64_t)known / LEVELS_PER_FUEL * 2);
    if (known > INT_MAX / 2) return;
  }
}

// [-?, +0, v] error(message [, level])
static int base_error(lua_State *L) {
  int level = (int)luaL_optinteger(L, 2, 1);
  lua_settop(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
    charge_levels(L, level);
    luaL_where(L, level);
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
  }
  return raise_of_rule(L);
}

// [-?, +n, e] assert(v [, message])
static int base_assert(lua_State *L) {
  if (lua_toboolean(L, 1)) return lua_gettop(L);
  luaL_checkany(L, 1);
  lua_remove(L, 1);
  lua_pushliteral(L, "assertion failed!");
  lua_settop(L, 1);
  return base_error(L);
}

// [-?, +n, e] Calls as lua_pcall does; when that fails, no module that it began goes on loading.
static int protected_call(lua_State *L, int arguments, int results) {
  clb_vm *vm = clb_of(L);
  clb_bytes scope = vm->scope;
  const struct clb_loading *loading = vm->loading;
  size_t frames = clb_trace_frames(vm);
  int status = lua_pcall(L, arguments, results, 0);
  clb_trace_unwind(vm, frames);
  if (status != LUA_OK) clb_owe_unwinding(L);
  vm->scope = scope;
  vm->loading = loading;
  return status;
}

// [-?, +n, e] pcall(f, …)
static int base_pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, true);
  lua_insert(L, 1);
  int status = protected_call(L, lua_gettop(L) - 2, LUA_MULTRET);
  if (status == LUA_OK) return lua_gettop(L);
  check_caught(L, status);
  clb_charge(L, FUEL_PER_CAUGHT_ERROR);
  lua_pushboolean(L, false);
  lua_insert(L, -2);
  return 2;
}

// [-?, +n, e] xpcall(f, handler, …): the handler runs when what failed is unwound, so that limits
// hold in it. What the handler raises takes the error's place.
static int base_xpcall(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushboolean(L, true);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  int status = protected_call(L, count - 2, LUA_MULTRET);
  if (status == LUA_OK) return lua_gettop(L) - 2;
  check_caught(L, status);
  clb_charge(L, FUEL_PER_CAUGHT_ERROR);
  lua_pushvalue(L, 2);
  lua_insert(L, -2);
  status = protected_call(L, 1, 1);
  if (status != LUA_OK) check_caught(L, status);
  lua_pushboolean(L, false);
  lua_insert(L, -2);
  return 2;
}

// MARK: Traversal

// [-2, +2, e] One step of pairs. Upvalues: the keys, the place in them.
static int pairs_step(lua_State *L) {
  lua_Integer place = lua_tointeger(L, lua_upvalueindex(2));
  for (;;) {
    place++;
    if (lua_rawgeti(L, lua_upvalueindex(1), place) == LUA_TNIL) return 1;
    lua_pushvalue(L, -1);
    // A key that was removed meanwhile is left out.
    if (lua_rawget(L, lua_upvalueindex(3)) != LUA_TNIL) break;
    lua_pop(L, 2);
    clb_charge(L, 1);
  }
  lua_pushinteger(L, place);
  lua_replace(L, lua_upvalueindex(2));
  return 2;
}

// [-1, +3, e] pairs(table), in the order of the keys.
static int base_pairs(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  clb_see_through(L, 1);
  clb_push_sorted_keys(L, 1, "pairs");
  lua_pushinteger(L, 0);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, pairs_step, 3);
  return 1;
}

// [-2, +2, e] One step of ipairs: table, place → the next place and what stands there.
static int ipairs_step(lua_State *L) {
  clb_charge(L, 1);
  lua_Integer place = luaL_checkinteger(L, 2);
  place = (lua_Integer)((lua_Unsigned)place + 1u);
  lua_pushinteger(L, place);
  return lua_geti(L, 1, place) == LUA_TNIL ? 1 : 2;
}

// [-1, +3, e] ipairs(list): any value that can be read by places, as in stock Lua.
static int base_ipairs(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushcfunction(L, ipairs_step);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

// [-?, +2, e] next(table): the least key and its value. Going on from a key is `pairs`' work.
static int base_next(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_isnoneornil(L, 2)) return luaL_error(L, "next(t, key) has no fixed order: use pairs");
  lua_settop(L, 1);
  clb_see_through(L, 1);
  clb_push_sorted_keys(L, 1, "next");
  if (lua_rawgeti(L, 2, 1) == LUA_TNIL) return 1;
  lua_pushvalue(L, -1);
  lua_rawget(L, 1);
  return 2;
}

// MARK: The environment

// [-2, +0, v] Reading a global that does not exist.
static int unknown_global(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return luaL_error(L, "unknown global");
  return luaL_error(L, "unknown global '%s'", lua_tostring(L, 2));
}

// [-3, +0, v] Writing any global.
static int refuse_global(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return clb_raise(L, CLB_FORBIDDEN, "globals can't be set");
  return clb_raise(L, CLB_FORBIDDEN, "the global '%s' can't be set: use a local", lua_tostring(L, 2));
}

// [-0, +0, m] Notes the functions of the table on the top as the sandbox's own.
static void note_functions(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_functions);
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    if (lua_type(L, -1) == LUA_TFUNCTION) {
      lua_pushboolean(L, true);
      lua_rawset(L, -4);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

// [-1, +0, m] Puts the library on the top into the environment below it, frozen.
static void add_library(lua_State *L, const char *name) {
  note_functions(L);
  clb_push_frozen(L, -1);
  lua_setfield(L, -3, name);
  lua_pop(L, 1);
}

void clb_push_base_library(lua_State *L) {
  static const char *const stock[] = {"select", "type", NULL};
  static const luaL_Reg own[] = {
      {"assert", base_assert},             {"error", base_error},
      {"getmetatable", base_getmetatable}, {"ipairs", base_ipairs},     {"next", base_next},
      {"pairs", base_pairs},               {"pcall", base_pcall},       {"require", clb_require},
      {"setmetatable", base_setmetatable}, {"tostring", base_tostring}, {"xpcall", base_xpcall},
      {NULL, NULL},
  };
  lua_createtable(L, 0, 24);
  luaL_setfuncs(L, own, 0);
  lua_pushcfunction(L, luaopen_base);
  lua_call(L, 0, 1);
  for (const char *const *name = stock; *name != NULL; name++) {
    lua_getfield(L, -1, *name);
    lua_setfield(L, -3, *name);
  }
  lua_getfield(L, -1, "tonumber");
  lua_pushcclosure(L, base_tonumber, 1);
  lua_setfield(L, -3, "tonumber");
  lua_pop(L, 1);
  // What stock Lua keeps as globals is not the rules' environment; nobody shall find it by
  // accident.
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

// [-0, +0, m] Strings answer to the library's functions and to nothing else: no arithmetic.
static void set_string_metatable(lua_State *L, int library) {
  lua_pushliteral(L, "");
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, library);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

// [-0, +0, m] Makes the environment of rules: registry[environment] is its proxy.
void clb_install_environment(lua_State *L) {
  clb_push_base_library(L);
  note_functions(L);
  clb_push_string_library(L);
  set_string_metatable(L, lua_gettop(L));
  add_library(L, "string");
  clb_push_table_library(L);
  add_library(L, "table");
  clb_push_math_library(L);
  add_library(L, "math");
  clb_push_utf8_library(L);
  add_library(L, "utf8");
  clb_install_amount(L);  // adds `amount` to the environment on the top
  clb_install_words(L);
  clb_install_branch_words(L);
  // A proxy of its own kind: both reading the unknown and writing are told by name.
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, unknown_global);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  clb_lock_metatable(L, refuse_global);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -2);
  clb_note_behind(L);
  lua_pop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &clb_key_environment);
  lua_pop(L, 1);
}
