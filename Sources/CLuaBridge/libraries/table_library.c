// A rule's `table` library. All access is raw: no metamethod runs but the comparator's and
// the elements' own `__lt`. Everything is charged before it is done.
#include <limits.h>
#include <string.h>

#include "vm/sandbox.h"

#define ITEMS_PER_CHARGE 256
#define FUEL_PER_ITEM_MOVED 3
// Of one item in one round of a sort.
#define FUEL_PER_ITEM_SORTED 2
// How many bytes of two strings are compared between charges.
#define COMPARE_BLOCK 4096

// [-0, +0, e] Raises unless argument `index` is a table that may be written.
static void check_written(lua_State *L, int index) {
  // A frozen table may be a userdata; that it is frozen says more than its type.
  if (lua_type(L, index) != LUA_TUSERDATA) luaL_checktype(L, index, LUA_TTABLE);
  clb_check_writable(L, index);
  luaL_checktype(L, index, LUA_TTABLE);
}

// [-0, +0, e] Raises unless argument `index` is a table, or a frozen one, which is replaced
// by the table behind it.
static void check_read(lua_State *L, int index) {
  clb_see_through(L, index);
  luaL_checktype(L, index, LUA_TTABLE);
}

// [-0, +0, -] The length of the table at `index`.
static lua_Integer raw_length(lua_State *L, int index) { return (lua_Integer)lua_rawlen(L, index); }

// MARK: insert, remove, move

// [-?, +0, e] table.insert(list, [position,] value)
static int table_insert(lua_State *L) {
  check_written(L, 1);
  int top = lua_gettop(L);
  lua_Integer end = (lua_Integer)((lua_Unsigned)raw_length(L, 1) + 1u), position = end;
  if (top != 2 && top != 3) return luaL_error(L, "wrong number of arguments to 'insert'");
  if (top == 3) {
    position = luaL_checkinteger(L, 2);
    luaL_argcheck(L, (lua_Unsigned)position - 1u < (lua_Unsigned)end, 2,
                  "position out of bounds");
  }
  clb_charge(L, 1 + (lua_Unsigned)end - (lua_Unsigned)position);
  for (lua_Integer i = end; i > position; i--) {
    lua_rawgeti(L, 1, i - 1);
    lua_rawseti(L, 1, i);
  }
  lua_rawseti(L, 1, position);
  return 0;
}

// [-?, +1, e] table.remove(list [, position])
static int table_remove(lua_State *L) {
  check_written(L, 1);
  lua_Integer size = raw_length(L, 1);
  lua_Integer position = luaL_optinteger(L, 2, size);
  if (position != size) {
    // Stock Lua 5.4.4 blames argument 1 here, and so its message stays the same.
    luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)size, 1,
                  "position out of bounds");
  }
  clb_charge(L, 1 + (position < size ? (lua_Unsigned)(size - position) : 0));
  lua_rawgeti(L, 1, position);
  for (; position < size; position++) {
    lua_rawgeti(L, 1, position + 1);
    lua_rawseti(L, 1, position);
  }
  lua_pushnil(L);
  lua_rawseti(L, 1, position);
  return 1;
}

// [-?, +1, e] table.move(from, first, last, to_first [, to])
static int table_move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2);
  lua_Integer last = luaL_checkinteger(L, 3);
  lua_Integer target = luaL_checkinteger(L, 4);
  int to = lua_isnoneornil(L, 5) ? 1 : 5;
  if (to != 1) check_read(L, 1);
  check_written(L, to);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, target <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    clb_charge_each(L, (uint64_t)count, FUEL_PER_ITEM_MOVED);
    // Backwards when the target would overwrite what is still to be moved.
    bool backwards = target > first && target <= last && lua_rawequal(L, 1, to);
    for (lua_Integer i = 0; i < count; i++) {
      lua_Integer offset = backwards ? count - 1 - i : i;
      lua_rawgeti(L, 1, first + offset);
      lua_rawseti(L, to, target + offset);
    }
  }
  lua_pushvalue(L, to);
  return 1;
}

// MARK: pack, unpack, concat

// [-?, +1, e] table.pack(…)
static int table_pack(lua_State *L) {
  int count = lua_gettop(L);
  clb_charge(L, 1 + (uint64_t)count);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return 1;
}

// [-?, +n, e] table.unpack(list [, first [, last]])
static int table_unpack(lua_State *L) {
  check_read(L, 1);
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? raw_length(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;  // less one: it can't overflow
  if (count >= CLB_SPREAD_LIMIT || !lua_checkstack(L, (int)count + 1)) {
    return luaL_error(L, "too many results to unpack");
  }
  clb_charge(L, count + 1);
  for (lua_Unsigned i = 0; i <= count; i++) {
    lua_rawgeti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
  }
  return (int)count + 1;
}

// [-0, +?, e] Adds text to a result of `concat`, after charging for it.
static void append(lua_State *L, luaL_Buffer *b, const char *text, size_t length, uint64_t *owed) {
  *owed += 1 + length / CLB_BYTES_PER_FUEL;
  if (*owed >= ITEMS_PER_CHARGE) {
    clb_charge(L, *owed);
    *owed = 0;
  }
  if (length > CLB_STRING_LIMIT - luaL_bufflen(b)) clb_stop_memory(L);
  luaL_addlstring(b, text, length);
}

// [-?, +1, e] table.concat(list [, separator [, first [, last]]])
static int table_concat(lua_State *L) {
  check_read(L, 1);
  size_t separator_length;
  const char *separator = luaL_optlstring(L, 2, "", &separator_length);
  lua_Integer first = luaL_optinteger(L, 3, 1);
  lua_Integer last = luaL_optinteger(L, 4, raw_length(L, 1));
  lua_settop(L, 5);  // the fifth holds one element, below the buffer's own place
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  uint64_t owed = 1;
  for (lua_Integer i = first; i <= last; i++) {
    lua_rawgeti(L, 1, i);
    lua_replace(L, 5);
    if (!lua_isstring(L, 5)) {
      return luaL_error(L, "invalid value (%s) at index %I in table for 'concat'",
                        luaL_typename(L, 5), (LUAI_UACINT)i);
    }
    size_t length;
    const char *text = lua_tolstring(L, 5, &length);
    append(L, &b, text, length, &owed);
    if (i == last) break;  // which may be the largest integer
    append(L, &b, separator, separator_length, &owed);
  }
  clb_charge(L, owed);
  luaL_pushresult(&b);
  return 1;
}

// MARK: sort

// Where `sort` has its things on the stack: two work tables that are merged from one into
// the other and back, and the heads of the two runs being merged.
enum { SORT_LIST = 1, SORT_COMPARATOR, SORT_WORK, SORT_OTHER, SORT_LEFT, SORT_RIGHT };

// [-0, +0, e] Whether string `a` comes before `b`, by bytes: as `<` does in the C locale.
static bool text_less(lua_State *L, int a, int b) {
  size_t a_length, b_length;
  const char *a_text = lua_tolstring(L, a, &a_length);
  const char *b_text = lua_tolstring(L, b, &b_length);
  size_t common = a_length < b_length ? a_length : b_length;
  for (size_t at = 0; at < common; at += COMPARE_BLOCK) {
    size_t block = common - at < COMPARE_BLOCK ? common - at : COMPARE_BLOCK;
    if (block >= CLB_BYTES_PER_FUEL) clb_charge(L, block / CLB_BYTES_PER_FUEL);
    int order = memcmp(a_text + at, b_text + at, block);
    if (order != 0) return order < 0;
  }
  return a_length < b_length;
}

// [-0, +0, e] Whether the right head comes before the left one. Any answer of a comparator
// is taken: the merge ends all the same.
static bool right_first(lua_State *L) {
  if (lua_isnil(L, SORT_COMPARATOR)) {
    if (lua_type(L, SORT_LEFT) == LUA_TSTRING && lua_type(L, SORT_RIGHT) == LUA_TSTRING) {
      return text_less(L, SORT_RIGHT, SORT_LEFT);
    }
    return lua_compare(L, SORT_RIGHT, SORT_LEFT, LUA_OPLT);
  }
  lua_pushvalue(L, SORT_COMPARATOR);
  lua_pushvalue(L, SORT_RIGHT);
  lua_pushvalue(L, SORT_LEFT);
  lua_call(L, 2, 1);
  bool result = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return result;
}

// [-0, +0, e] Loads item `at` of the run that ends before `end` as a head.
static void load_head(lua_State *L, int head, lua_Integer at, lua_Integer end) {
  if (at >= end) return;
  lua_rawgeti(L, SORT_WORK, at);
  lua_replace(L, head);
}

// [-0, +0, e] Merges the sorted runs [begin, middle) and [middle, end) into the other table.
static void merge(lua_State *L, lua_Integer begin, lua_Integer middle, lua_Integer end) {
  lua_Integer left = begin, right = middle;
  load_head(L, SORT_LEFT, left, middle);
  load_head(L, SORT_RIGHT, right, end);
  for (lua_Integer out = begin; out < end; out++) {
    bool from_right = left == middle || (right < end && right_first(L));
    lua_pushvalue(L, from_right ? SORT_RIGHT : SORT_LEFT);
    lua_rawseti(L, SORT_OTHER, out);
    if (from_right) {
      load_head(L, SORT_RIGHT, ++right, end);
    } else {
      load_head(L, SORT_LEFT, ++left, middle);
    }
  }
}

// [-0, +0, e] Copies the items 1 … count of one table to another.
static void copy_items(lua_State *L, int from, int to, lua_Integer count) {
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, from, i);
    lua_rawseti(L, to, i);
  }
}

// [-?, +0, e] table.sort(list [, comparator]): a stable merge sort. The list itself is
// written only at the end, so a comparator that raises leaves it as it was.
static int table_sort(lua_State *L) {
  check_written(L, SORT_LIST);
  lua_Integer count = raw_length(L, SORT_LIST);
  if (count < 2) return 0;
  luaL_argcheck(L, count < INT_MAX, 1, "array too big");
  if (!lua_isnoneornil(L, SORT_COMPARATOR)) {
    luaL_checktype(L, SORT_COMPARATOR, LUA_TFUNCTION);
  }
  uint64_t rounds = 64 - (uint64_t)__builtin_clzll((unsigned long long)count - 1);
  clb_charge(L, FUEL_PER_ITEM_SORTED * (uint64_t)count * rounds);
  lua_settop(L, SORT_COMPARATOR);
  lua_createtable(L, (int)count, 0);
  lua_createtable(L, (int)count, 0);
  lua_settop(L, SORT_RIGHT);
  copy_items(L, SORT_LIST, SORT_WORK, count);
  for (lua_Integer width = 1; width < count; width *= 2) {
    for (lua_Integer begin = 1; begin <= count; begin += 2 * width) {
      lua_Integer middle = begin + width <= count ? begin + width : count + 1;
      lua_Integer end = begin + 2 * width <= count ? begin + 2 * width : count + 1;
      merge(L, begin, middle, end);
    }
    lua_pushvalue(L, SORT_WORK);
    lua_copy(L, SORT_OTHER, SORT_WORK);
    lua_replace(L, SORT_OTHER);
  }
  copy_items(L, SORT_WORK, SORT_LIST, count);
  return 0;
}

// [-0, +1, m] The `table` table of rules.
void clb_push_table_library(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"concat", table_concat}, {"insert", table_insert}, {"move", table_move},
      {"pack", table_pack},     {"remove", table_remove}, {"sort", table_sort},
      {"unpack", table_unpack}, {NULL, NULL},
  };
  luaL_newlib(L, functions);
}
