// The keys of a table in a fixed order: numbers, then strings by byte.
#include <string.h>

#include "vm/liblua.h"
#include "vm/vm.h"

// Of any walk, of a key that is listed, and of one comparison.
#define FUEL_PER_WALK 8
#define FUEL_PER_KEY 8
#define FUEL_PER_COMPARISON 2
#define KEYS_PER_CHARGE 64

typedef struct {
  const char *text;  // NULL: a number
  size_t length;
  lua_Integer integer;
  lua_Number number;
  bool is_integer;
  lua_Integer place;  // in the list of keys as the table gave them
} key;

static bool number_is_less(const key *left, const key *right) {
  if (left->is_integer && right->is_integer) return left->integer < right->integer;
  if (!left->is_integer && !right->is_integer) return left->number < right->number;
  // A float key is never a whole number of 64 bits, so the integer's rounding doesn't matter.
  if (left->is_integer) return (lua_Number)left->integer < right->number;
  return left->number < (lua_Number)right->integer;
}

static bool is_less(const key *left, const key *right) {
  if (left->text == NULL || right->text == NULL) {
    if (left->text != right->text) return left->text == NULL;
    return number_is_less(left, right);
  }
  size_t shorter = left->length < right->length ? left->length : right->length;
  int order = memcmp(left->text, right->text, shorter);
  return order != 0 ? order < 0 : left->length < right->length;
}

// [-0, +0, -] What orders the key on the top.
static key read_key(lua_State *L, lua_Integer place) {
  key one = {.place = place};
  if (lua_type(L, -1) == LUA_TSTRING) {
    one.text = lua_tolstring(L, -1, &one.length);
  } else {
    one.is_integer = lua_isinteger(L, -1);
    if (one.is_integer) one.integer = lua_tointeger(L, -1);
    else one.number = lua_tonumber(L, -1);
  }
  return one;
}

// [-0, +0, e] Sorts `count` keys; `other` has room for as many. Gives where they are then.
static key *sort(lua_State *L, key *keys, key *other, lua_Integer count) {
  for (lua_Integer width = 1; width < count; width *= 2) {
    for (lua_Integer begin = 0; begin < count; begin += 2 * width) {
      lua_Integer middle = begin + width < count ? begin + width : count;
      lua_Integer end = middle + width < count ? middle + width : count;
      for (lua_Integer left = begin, right = middle, out = begin; out < end; out++) {
        bool from_right = left == middle || (right < end && is_less(&keys[right], &keys[left]));
        other[out] = from_right ? keys[right++] : keys[left++];
        if (out % KEYS_PER_CHARGE == 0) clb_charge(L, 0);
      }
    }
    key *sorted = other;
    other = keys;
    keys = sorted;
  }
  return keys;
}

// [-0, +1, e] The keys of the table at `index` as it gives them, as a list; adds to `*bytes` those
// of long texts.
static lua_Integer push_keys(lua_State *L, int index, const char *what, bool *is_sorted,
                             uint64_t *bytes) {
  lua_Integer list_length = (lua_Integer)lua_rawlen(L, index), count = 0;
  lua_createtable(L, (int)(list_length < 4096 ? list_length : 4096), 0);
  int list = lua_gettop(L);
  int other = LUA_TNONE;  // the least type of key there is beside those: it has no order either
  key before = {.place = 0};
  *is_sorted = true;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    int type = lua_type(L, -1);
    if (type != LUA_TNUMBER && type != LUA_TSTRING) {
      if (other == LUA_TNONE || type < other) other = type;
      continue;
    }
    key one = read_key(L, ++count);
    if (one.length >= CLB_BYTES_COMPARED_PER_FUEL) {
      *bytes += one.length;
      clb_charge(L, one.length / CLB_BYTES_COMPARED_PER_FUEL);
    }
    if (count > 1 && !is_less(&before, &one)) *is_sorted = false;
    before = one;
    lua_pushvalue(L, -1);
    lua_rawseti(L, list, count);
    if (count % KEYS_PER_CHARGE == 0) clb_charge(L, KEYS_PER_CHARGE * FUEL_PER_KEY);
  }
  if (other != LUA_TNONE) {
    luaL_error(L, "%s wants keys that are numbers or strings, got a %s", what,
               lua_typename(L, other));
  }
  clb_charge(L, (uint64_t)(count % KEYS_PER_CHARGE) * FUEL_PER_KEY);
  return count;
}

// [-1, +1, e] Replaces the list of keys on the top by one in their order.
static void sort_list(lua_State *L, lua_Integer count) {
  int list = lua_gettop(L);
  key *keys = lua_newuserdatauv(L, 2 * (size_t)count * sizeof *keys, 0);
  for (lua_Integer i = 0; i < count; i++) {
    lua_rawgeti(L, list, i + 1);
    keys[i] = read_key(L, i + 1);
    lua_pop(L, 1);
  }
  keys = sort(L, keys, keys + count, count);
  lua_createtable(L, (int)count, 0);
  for (lua_Integer i = 0; i < count; i++) {
    lua_rawgeti(L, list, keys[i].place);
    lua_rawseti(L, -2, i + 1);
  }
  lua_replace(L, list);
  lua_settop(L, list);
}

// [-0, +1, e] The keys of the table at `index` as a list: numbers, then strings by byte. Other keys
// are an error that names `what`. Charged n·log n before they are sorted; the lists that it takes
// are in that, since what they cost follows from the order in which the table gives its keys.
void clb_push_sorted_keys(lua_State *L, int index, const char *what) {
  clb_vm *vm = clb_of(L);
  bool is_sorted;
  index = lua_absindex(L, index);
  luaL_checkstack(L, 8, "too deep");
  clb_charge(L, FUEL_PER_WALK + clb_table_slots(L, index) / CLB_SLOTS_PER_FUEL);
  clb_charge_walk(L, index);
  uint64_t fuel = vm->meter.fuel, levels = 0, bytes = 0;
  lua_Integer count = push_keys(L, index, what, &is_sorted, &bytes);
  for (lua_Integer n = count; n > 1; n /= 2) levels++;
  uint64_t compared = bytes / CLB_BYTES_COMPARED_PER_FUEL * (1 + levels);
  clb_charge(L, (uint64_t)count * levels * FUEL_PER_COMPARISON + compared);
  if (!is_sorted) sort_list(L, count);
  vm->meter.fuel =
      fuel + (uint64_t)count * (FUEL_PER_KEY + levels * FUEL_PER_COMPARISON) + compared;
}
