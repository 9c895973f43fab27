// A rule's `math` and `utf8` libraries: the stock functions in fresh tables. Those of `utf8`
// are charged by the bytes they read; they run in the frame of their wrapper, so that their
// messages name the function the rule called.
#include "vm/sandbox.h"

int clb_call_stock(lua_State *L) {
  luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

// [-1, +1, e] Copies the names of a list from the table on the top of the stack to a fresh
// table, which takes its place.
static void copy_fields(lua_State *L, const char *const *names) {
  lua_newtable(L);
  for (; *names != NULL; names++) {
    lua_getfield(L, -2, *names);
    lua_setfield(L, -2, *names);
  }
  lua_remove(L, -2);
}

// [-0, +1, m] The `math` table of rules: all of the manual's but `random` and `randomseed`.
void clb_push_math_library(lua_State *L) {
  static const char *const names[] = {
      "abs",  "acos", "asin",       "atan",       "ceil", "cos",  "deg", "exp",  "floor",
      "fmod", "huge", "log",        "max",        "maxinteger",   "min", "mininteger",
      "modf", "pi",   "rad",        "sin",        "sqrt", "tan",  "tointeger",   "type",
      "ult",  NULL,
  };
  lua_pushcfunction(L, luaopen_math);
  lua_call(L, 0, 1);
  copy_fields(L, names);
  clb_set_mathematics(L);
}

// MARK: utf8

// Of one step of `codes`, and how many bytes `len` and `offset` read for one.
#define FUEL_PER_CHARACTER 3
#define BYTES_DECODED_PER_FUEL 8

// [-0, +0, -] Whether a byte continues a character.
static bool continues(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

// [-?, +1, e] utf8.char(…)
static int utf8_char(lua_State *L) {
  clb_charge(L, 4 + 4 * (uint64_t)lua_gettop(L));
  return clb_call_stock(L);
}

// [-?, +n, e] utf8.len and utf8.offset: they may read all of the string.
static int utf8_whole(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  clb_charge(L, 1 + length / BYTES_DECODED_PER_FUEL);
  return clb_call_stock(L);
}

// [-?, +n, e] utf8.codepoint(s [, i [, j [, lax]]])
static int utf8_codepoint(lua_State *L) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  lua_Integer size = (lua_Integer)length;
  lua_Integer first = luaL_optinteger(L, 2, 1);
  if (first < 0) first = first < -size ? 0 : size + first + 1;
  lua_Integer last = luaL_optinteger(L, 3, first);
  if (last < 0) last = last < -size ? 0 : size + last + 1;
  if (first >= 1 && first <= last && last <= size) {
    clb_charge(L, 1 + ((uint64_t)(last - first) + 1) / BYTES_DECODED_PER_FUEL);
    size_t count = 0;
    for (lua_Integer i = first; i <= last; i++) count += !continues(s[i - 1]);
    if (count > CLB_SPREAD_LIMIT) return luaL_error(L, "string slice too long");
  }
  return clb_call_stock(L);
}

// [-2, +n, e] The iterator of utf8.codes. It skips what is left of a character first, and a
// string may consist of such bytes only.
static int utf8_codes_next(lua_State *L) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  lua_Unsigned at = (lua_Unsigned)lua_tointeger(L, 2);
  size_t skipped = 0;
  for (; at + skipped < length && at < length && continues(s[at + skipped]); skipped++) {
    if (skipped % 4096 == 4095) clb_charge_bytes(L, 4096);
  }
  clb_charge(L, FUEL_PER_CHARACTER + skipped % 4096 / CLB_BYTES_PER_FUEL);
  return clb_call_stock(L);
}

// [-?, +3, e] utf8.codes(s [, lax])
static int utf8_codes(lua_State *L) {
  luaL_checkstring(L, 1);
  clb_charge(L, 1);
  clb_call_stock(L);  // pushes the stock iterator, the string and 0
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, utf8_codes_next, 1);
  lua_replace(L, -4);
  return 3;
}

// [-0, +1, m] The `utf8` table of rules.
void clb_push_utf8_library(lua_State *L) {
  static const luaL_Reg wrappers[] = {
      {"char", utf8_char}, {"codepoint", utf8_codepoint}, {"codes", utf8_codes},
      {"len", utf8_whole}, {"offset", utf8_whole},        {NULL, NULL},
  };
  static const char *const names[] = {"charpattern", NULL};
  lua_pushcfunction(L, luaopen_utf8);
  lua_call(L, 0, 1);
  lua_pushvalue(L, -1);
  copy_fields(L, names);
  for (const luaL_Reg *wrapper = wrappers; wrapper->name != NULL; wrapper++) {
    lua_getfield(L, -2, wrapper->name);
    lua_pushcclosure(L, wrapper->func, 1);
    lua_setfield(L, -2, wrapper->name);
  }
  lua_remove(L, -2);
}
