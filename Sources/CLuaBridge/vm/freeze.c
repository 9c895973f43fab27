// No state survives a decision. After loading, every table a rule can reach is replaced by a proxy
// that is read through `__index` and never written, and every local of a file that code could
// assign is watched.
#include <string.h>

#include "trace/trace.h"
#include "vm/vm.h"

// The metamethods a proxy takes over from the metatable of the table behind it.
static const char *const inherited[] = {
    "__call", "__eq",   "__lt",   "__le",  "__concat", "__unm", "__add", "__sub",  "__mul", "__div",
    "__mod",  "__pow",  "__idiv", "__band", "__bor",   "__bxor", "__shl", "__shr", "__bnot",
    "__len",  "__tostring", NULL,
};

// [-?, +0, v] __newindex of every proxy.
static int refuse_write(lua_State *L) {
  if (lua_type(L, 2) == LUA_TSTRING) {
    return clb_raise(L, CLB_FORBIDDEN, "'%s' can't be set: this table is frozen", lua_tostring(L, 2));
  }
  return clb_raise(L, CLB_FORBIDDEN, "this table is frozen");
}

// [-1, +1, e] __len of every proxy.
static int frozen_length(lua_State *L) {
  clb_see_through(L, 1);
  lua_pushinteger(L, luaL_len(L, 1));
  return 1;
}

// [-2, +1, e] __index of a proxy whose table computes what it lacks: the function is called with
// the proxy, so that it never holds the table itself. Upvalues: the table, the function.
static int computed_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return 1;
}

// [-0, +1, m] What a proxy of the table at `index` has as `__index`.
static void push_index(lua_State *L, int index) {
  if (clb_traces(clb_of(L))) {
    clb_trace_push_index(L, index);
    return;
  }
  lua_pushvalue(L, index);
  int type = luaL_getmetafield(L, index, "__index");
  if (type == LUA_TFUNCTION) lua_pushcclosure(L, computed_index, 2);
  else if (type != LUA_TNIL) lua_pop(L, 1);
}

void clb_lock_metatable(lua_State *L, lua_CFunction refuse) {
  lua_pushcfunction(L, refuse);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
}

void clb_note_behind(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_real);
  lua_pushvalue(L, -3);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

// [-0, +1, m] A fresh proxy of the table at `index`, not yet registered.
static void push_proxy(lua_State *L, int index) {
  lua_newtable(L);
  lua_createtable(L, 0, 8);
  push_index(L, index);
  lua_setfield(L, -2, "__index");
  clb_lock_metatable(L, refuse_write);
  lua_pushcfunction(L, frozen_length);
  lua_setfield(L, -2, "__len");
  if (lua_getmetatable(L, index)) {
    for (const char *const *name = inherited; *name != NULL; name++) {
      lua_pushstring(L, *name);
      lua_rawget(L, -2);
      if (lua_isnil(L, -1)) lua_pop(L, 1);
      else lua_setfield(L, -3, *name);
    }
    lua_pop(L, 1);
  }
  lua_setmetatable(L, -2);
}

// [-0, +1, m] Pushes the proxy of the table at `index` (a proxy itself stays what it is).
void clb_push_frozen(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_real);
  lua_pushvalue(L, index);
  bool is_proxy = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  if (is_proxy) {
    lua_pushvalue(L, index);
    return;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_frozen);
  lua_pushvalue(L, index);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    push_proxy(L, index);
    lua_pushvalue(L, index);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);  // frozen[real] = proxy
    lua_pushvalue(L, index);
    clb_note_behind(L);
    lua_pop(L, 1);
  }
  lua_remove(L, -2);
}

bool clb_see_through(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_real);
  lua_pushvalue(L, index);
  bool is_proxy = lua_rawget(L, -2) != LUA_TNIL;
  if (is_proxy) lua_replace(L, index);
  else lua_pop(L, 1);
  lua_pop(L, 2);
  if (is_proxy && clb_traces(clb_of(L))) clb_trace_whole(L, index);
  return is_proxy;
}

void clb_check_writable(lua_State *L, int index) {
  lua_pushvalue(L, index);
  bool is_proxy = clb_see_through(L, lua_gettop(L));
  lua_pop(L, 1);
  if (is_proxy) clb_raise(L, CLB_FORBIDDEN, "this table is frozen");
}

// [-0, +1, m] The metatable of the value at `index` as a rule may see it: frozen where it is
// shared.
void clb_push_visible_metatable(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) {
    lua_pushnil(L);
    return;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_frozen);
  lua_pushvalue(L, -2);
  if (lua_rawget(L, -2) != LUA_TNIL) lua_replace(L, -3);
  else lua_pop(L, 1);
  lua_pop(L, 1);
}

// MARK: Walking what a module can reach

// The walk's stack positions.
enum { WORK = 1, VISITED = 2 };

// [-1, +0, m] Queues the table or function on the top, once.
static void enqueue(lua_State *L) {
  lua_pushvalue(L, -1);
  if (lua_rawget(L, VISITED) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushboolean(L, true);
    lua_rawset(L, VISITED);
    lua_rawseti(L, WORK, (lua_Integer)lua_rawlen(L, WORK) + 1);
    return;
  }
  lua_pop(L, 2);
}

// [-0, +0/1, m] When the value on the top is a table that isn't frozen: queues it and pushes its
// proxy.
static bool replacement(lua_State *L) {
  if (lua_type(L, -1) != LUA_TTABLE) return false;
  clb_push_frozen(L, -1);
  if (lua_rawequal(L, -1, -2)) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushvalue(L, -2);
  enqueue(L);
  return true;
}

// [-0, +0, m] Puts frozen tables in the place of those that are keys in the table at `table`, which
// are looked for by what stands for them everywhere else. A list holds them, since no key may be
// added during a traversal.
static void visit_keys(lua_State *L, int table) {
  lua_newtable(L);
  int keys = lua_gettop(L);
  lua_pushnil(L);
  for (lua_Integer count = 0; lua_next(L, table);) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TTABLE || lua_type(L, -1) == LUA_TFUNCTION) {
      lua_pushvalue(L, -1);
      lua_rawseti(L, keys, ++count);
    }
  }
  for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
    if (lua_type(L, -1) == LUA_TFUNCTION) {
      enqueue(L);
    } else if (replacement(L)) {
      lua_pushvalue(L, -2);
      lua_rawget(L, table);
      lua_rawset(L, table);  // table[proxy] = table[key]
      lua_pushnil(L);
      lua_rawset(L, table);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_settop(L, keys - 1);
}

// [-0, +0, m] Replaces the tables in the table at `table` and queues its functions.
static void visit_table(lua_State *L, int table) {
  visit_keys(L, table);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -1) == LUA_TFUNCTION) {
      lua_pushvalue(L, -1);
      enqueue(L);
    } else if (replacement(L)) {
      lua_pushvalue(L, -3);
      lua_insert(L, -2);
      lua_rawset(L, table);  // an existing key: the traversal goes on
    }
    lua_pop(L, 1);
  }
  if (lua_getmetatable(L, table)) enqueue(L);
}

// [-0, +1, -] Whether code of this function's file assigns locals of functions around it.
static bool file_assigns(lua_State *L, int function) {
  lua_Debug info;
  lua_pushvalue(L, function);
  lua_getinfo(L, ">S", &info);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_assigning);
  lua_pushstring(L, info.source);
  lua_rawget(L, -2);
  bool assigns = lua_toboolean(L, -1);
  lua_pop(L, 2);
  return assigns;
}

// [-0, +0, m] Whether upvalue `n` of the function at `function` is watched already, as that of another
// function that shares it; notes that it is.
static bool is_watched(lua_State *L, int function, int n) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_watches);
  void *local = lua_upvalueid(L, function, n);
  bool is_known = lua_rawgetp(L, -1, local) != LUA_TNIL;
  lua_pop(L, 1);
  if (!is_known) {
    lua_pushboolean(L, true);
    lua_rawsetp(L, -2, local);
  }
  lua_pop(L, 1);
  return is_known;
}

// [-0, +0, e] Notes upvalue `n` of the function at `function`, whose value is on the top.
static void watch(lua_State *L, int function, int n) {
  clb_vm *vm = clb_of(L);
  if (is_watched(L, function, n)) return;
  if (vm->watch_count == CLB_WATCHES_LIMIT) {
    luaL_error(L, "over %d locals of functions in files that assign to such locals: put what they hold "
                  "into a table", CLB_WATCHES_LIMIT);
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_watches);
  lua_Integer base = (lua_Integer)vm->watch_count * 3;
  lua_pushvalue(L, function);
  lua_rawseti(L, -2, base + 1);
  lua_pushinteger(L, n);
  lua_rawseti(L, -2, base + 2);
  lua_pushvalue(L, -2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushlightuserdata(L, (void *)&clb_key_watches);  // stands for nil, which a list can't hold
  }
  lua_rawseti(L, -2, base + 3);
  lua_pop(L, 1);
  vm->watch_count++;
}

// [-0, +0, -] Whether the value on the top is the environment that all rules share.
static bool is_environment(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_environment);
  bool is_same = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  return is_same;
}

// [-0, +0, e] Freezes what the function at `function` keeps.
static void visit_function(lua_State *L, int function) {
  if (lua_iscfunction(L, function)) {
    if (lua_getupvalue(L, function, 1) == NULL) return;
    lua_pop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_functions);
    lua_pushvalue(L, function);
    bool known = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    if (known) return;
    luaL_error(L, "an iterator can't be kept: it would remember one decision in the next");
    return;
  }
  bool assigns = file_assigns(L, function);
  for (int n = 1; lua_getupvalue(L, function, n) != NULL; n++) {
    if (!is_environment(L)) {
      if (lua_type(L, -1) == LUA_TFUNCTION) {
        lua_pushvalue(L, -1);
        enqueue(L);
      } else if (replacement(L)) {
        lua_pushvalue(L, -1);
        lua_setupvalue(L, function, n);
        lua_remove(L, -2);
      }
    }
    if (assigns) watch(L, function, n);
    lua_pop(L, 1);
  }
}

// [-1, +1, e] Freezes everything reachable from the argument and gives back what stands for it.
static int freeze(lua_State *L) {
  lua_newtable(L);
  lua_insert(L, WORK);
  lua_newtable(L);
  lua_insert(L, VISITED);
  if (lua_type(L, -1) == LUA_TFUNCTION) {
    lua_pushvalue(L, -1);
    enqueue(L);
  } else if (replacement(L)) {
    lua_remove(L, -2);
  }
  int result = lua_gettop(L);
  lua_Integer count;
  while ((count = (lua_Integer)lua_rawlen(L, WORK)) > 0) {
    lua_rawgeti(L, WORK, count);
    lua_pushnil(L);
    lua_rawseti(L, WORK, count);
    clb_charge(L, 1);
    int item = lua_gettop(L);
    if (lua_type(L, item) == LUA_TFUNCTION) visit_function(L, item);
    else visit_table(L, item);
    lua_settop(L, result);
  }
  return 1;
}

// [-1, +1, e] Replaces the value on the top by its frozen form.
void clb_freeze_top(lua_State *L) {
  lua_pushcfunction(L, freeze);
  lua_insert(L, -2);
  lua_call(L, 1, 1);
}

// [-0, +0, -] Whether two values are the same: 1 is not 1.0, 0.0 is not −0.0, and no NaN is another.
static bool is_same_by_bits(lua_State *L, int left, int right) {
  if (lua_type(L, left) != LUA_TNUMBER || lua_type(L, right) != LUA_TNUMBER) {
    return lua_rawequal(L, left, right);
  }
  if (lua_isinteger(L, left) || lua_isinteger(L, right)) {
    return lua_isinteger(L, left) && lua_isinteger(L, right) && lua_rawequal(L, left, right);
  }
  lua_Number a = lua_tonumber(L, left), b = lua_tonumber(L, right);
  return memcmp(&a, &b, sizeof a) == 0;
}

// [-0, +0, -] Restores every watched local; gives the name of the first that had changed, or NULL.
const char *clb_changed_upvalue(lua_State *L, clb_vm *vm) {
  const char *changed = NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_watches);
  for (uint32_t i = 0; i < vm->watch_count; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i * 3 + 1);
    lua_rawgeti(L, -2, (lua_Integer)i * 3 + 2);
    int n = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_rawgeti(L, -2, (lua_Integer)i * 3 + 3);
    if (lua_touserdata(L, -1) == &clb_key_watches) {
      lua_pop(L, 1);
      lua_pushnil(L);
    }
    const char *name = lua_getupvalue(L, -2, n);
    bool is_same = is_same_by_bits(L, -1, -2);
    lua_pop(L, 1);
    if (is_same) {
      lua_pop(L, 2);
      continue;
    }
    if (changed == NULL) changed = name;
    lua_setupvalue(L, -2, n);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return changed;
}

#define WATCHES_PER_FUEL 4

uint64_t clb_fuel_of_watches(const clb_vm *vm) { return vm->watch_count / WATCHES_PER_FUEL; }

void clb_refuse_changed_upvalue(lua_State *L) {
  clb_vm *vm = clb_of(L);
  clb_charge(L, clb_fuel_of_watches(vm));
  luaL_checkstack(L, 8, "nested too deep");
  const char *changed = clb_changed_upvalue(L, vm);
  if (changed == NULL) return;
  luaL_error(L, "the local '%s' was changed when its file was loaded already: nothing may be kept "
                "outside of what a file returns", changed);
}
