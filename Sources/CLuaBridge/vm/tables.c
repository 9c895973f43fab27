// Tables: what stands in the place of liblua's own functions on them, so that what a key costs follows
// from the keys that a table has, and is charged. None of these functions can raise: what they charge
// is owed.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "vm/liblua_layouts.h"
#include "vm/vm.h"

// MARK: Keys that are addresses

// Where a key goes that is a table, a function or the like follows from its address, and with it
// when the table's parts are made anew. A table that ever had one is marked in a bit that Lua leaves
// alone; what its parts cost is then no longer counted, but a constant for each key.
#define HAS_ADDRESSES 0x40
#define FUEL_PER_KEY 6

unsigned int luaH_realasize(const table *t);

// Whether a table can have the key: setting another raises.
static bool can_be_key(const value *key) {
  if ((key->tag & TAG_TYPE_BITS) == LUA_TNIL) return false;
  return key->tag != TAG_FLOAT || key->value.number == key->value.number;
}

static bool is_address(const value *key) {
  if (key->tag == TAG_LIGHT_FUNCTION || key->tag == LUA_TLIGHTUSERDATA) return true;
  return (key->tag & TAG_COLLECTABLE) != 0 && (key->tag & TAG_TYPE_BITS) != LUA_TSTRING;
}

static uint32_t node_count(const table *t) { return (uint32_t)1 << t->node_size_log2; }

static size_t slots(const table *t) { return (size_t)luaH_realasize(t) + node_count(t); }

size_t clb_table_slots(lua_State *L, int index) {
  const table *t = lua_topointer(L, index);
  return (t->flags & HAS_ADDRESSES) != 0 ? (size_t)clb_of(L)->run.address_keys : slots(t);
}

// MARK: Where a key goes

#define NO_PLACE UINT32_MAX

// A float's own hash, of which only its bits decide.
static uint32_t hash_of_number(lua_Number number) {
  int exponent;
  number = __builtin_frexp(number, &exponent) * -(lua_Number)INT_MIN;
  if (!(number >= (lua_Number)LLONG_MIN && number < -(lua_Number)LLONG_MIN)) return 0;
  uint32_t hash = (uint32_t)exponent + (uint32_t)(lua_Integer)number;
  return hash <= (uint32_t)INT_MAX ? hash : ~hash;
}

unsigned int luaS_hashlongstr(string *text);

// A text that is a key was hashed before, and then nothing of liblua's runs here, which a run can be left in:
// `steps_of_all` holds memory meanwhile.
static uint32_t hash_of_long_text(string *text) {
  return text->extra != 0 ? text->hash : luaS_hashlongstr(text);
}

// An integer's place. Most are small, and a short division takes a third of a long one's time.
static inline uint32_t place_of_integer(lua_Integer key, uint32_t count) {
  uint32_t odd = (count - 1) | 1;
  return (lua_Unsigned)key <= INT_MAX ? (uint32_t)key % odd : (uint32_t)((lua_Unsigned)key % odd);
}

// The place of its own that a key has among `count` nodes; NO_PLACE where an address decides.
static uint32_t place_of(uint8_t tag, const node *key_of, uint32_t count) {
  uint64_t odd = (count - 1) | 1;
  switch (tag) {
    case TAG_INTEGER: return place_of_integer(key_of->key.integer, count);
    case TAG_FLOAT: return (uint32_t)(hash_of_number(key_of->key.number) % odd);
    case TAG_SHORT_KEY: return ((const string *)key_of->key.pointer)->hash & (count - 1);
    case TAG_LONG_KEY: return hash_of_long_text(key_of->key.pointer) & (count - 1);
    default: return NO_PLACE;
  }
}

// MARK: Steps along a chain

// Chains this long are met by accident, and free.
#define FREE_STEPS 16
#define STEPS_PER_FUEL 4

// Where addresses decide who stands in a chain it can't be charged.
static void note_steps(const table *t, uint64_t steps) {
  if ((t->flags & HAS_ADDRESSES) == 0) clb_owe(steps / STEPS_PER_FUEL);
  else if (clb_running != NULL) clb_note_unpriced(clb_running, steps);
}

static const value absent = {.tag = TAG_ABSENT};

// The node's content as liblua sees it.
static const value *content_of(const node *at) { return (const value *)(const void *)at; }

const value *__wrap_luaH_getshortstr(table *t, string *key);

const value *__wrap_luaH_getshortstr(table *t, string *key) {
  const node *at = &t->nodes[key->hash & (node_count(t) - 1)];
  uint64_t steps = 0;
  while (at->key_tag != TAG_SHORT_KEY || at->key.pointer != key) {
    int next = at->next;
    if (next == 0) {
      if (steps > FREE_STEPS) note_steps(t, steps);
      return &absent;
    }
    at += next;
    steps++;
  }
  if (steps > FREE_STEPS) note_steps(t, steps);
  return content_of(at);
}

const value *__real_luaH_getint(table *t, lua_Integer key);
const value *__wrap_luaH_getint(table *t, lua_Integer key);

// In a bit of the flags: the limit is a guess, as nothing here makes it one.
#define LIMIT_IS_NO_SIZE 0x80

const value *__wrap_luaH_getint(table *t, lua_Integer key) {
  if ((lua_Unsigned)key - 1u < t->array_limit) return &t->array[key - 1];
  if ((t->flags & LIMIT_IS_NO_SIZE) != 0) return __real_luaH_getint(t, key);
  const node *at = &t->nodes[place_of_integer(key, node_count(t))];
  uint64_t steps = 0;
  while (at->key_tag != TAG_INTEGER || at->key.integer != key) {
    int next = at->next;
    if (next == 0) {
      if (steps > FREE_STEPS) note_steps(t, steps);
      return &absent;
    }
    at += next;
    steps++;
  }
  if (steps > FREE_STEPS) note_steps(t, steps);
  return content_of(at);
}

const value *__real_luaH_get(table *t, const value *key);
const value *__wrap_luaH_get(table *t, const value *key);

// How long the chain is in which a key would stand; 0 where that isn't told.
static uint64_t chain_length(const table *t, const value *key) {
  node probe = {.key.integer = key->value.integer};
  uint32_t place = place_of(key->tag, &probe, node_count(t));
  if (place == NO_PLACE) return 0;
  uint64_t length = 1;
  for (const node *at = &t->nodes[place]; at->next != 0; at += at->next) length++;
  return length;
}

// A long text is compared with those that stand before it. Where addresses decide which these are, it
// costs what one of them would.
static const value *get_long_text(table *t, const value *key) {
  clb_vm *vm = clb_running;
  string *text = key->value.pointer;
  if ((t->flags & HAS_ADDRESSES) == 0 || vm == NULL) return __real_luaH_get(t, key);
  luaS_hashlongstr(text);
  uint64_t fuel = vm->meter.fuel;
  const value *found = __real_luaH_get(t, key);
  vm->meter.fuel = fuel + text->length / CLB_BYTES_PER_FUEL;
  return found;
}

const value *__wrap_luaH_get(table *t, const value *key) {
  lua_Integer integer;
  switch (key->tag) {
    case TAG_SHORT_KEY: return __wrap_luaH_getshortstr(t, key->value.pointer);
    case TAG_INTEGER: return __wrap_luaH_getint(t, key->value.integer);
    case TAG_FLOAT:
      if (lua_numbertointeger(key->value.number, &integer) &&
          (lua_Number)integer == key->value.number) {
        return __wrap_luaH_getint(t, integer);
      }
      break;
    default: break;
  }
  // Of other keys the chain is followed for the sake of its length, where it may be long.
  if (node_count(t) > FREE_STEPS) {
    uint64_t length = chain_length(t, key);
    if (length > FREE_STEPS) note_steps(t, length);
  }
  return key->tag == TAG_LONG_KEY ? get_long_text(t, key) : __real_luaH_get(t, key);
}

const value *__wrap_luaH_getstr(table *t, string *key);

const value *__wrap_luaH_getstr(table *t, string *key) {
  if (key->tag != TAG_LONG_TEXT) return __wrap_luaH_getshortstr(t, key);
  value long_key = {.value.pointer = key, .tag = TAG_LONG_KEY};
  return __wrap_luaH_get(t, &long_key);
}

// MARK: New keys

// In smaller tables no chain is long.
#define FEW_NODES 64

// A new key may take the place of one that stands outside of its own chain, which is followed from its
// beginning to move that one elsewhere.
static void note_displacement(const table *t, const value *key) {
  uint32_t count = node_count(t);
  node probe = {.key.integer = key->value.integer};
  uint32_t place = place_of(key->tag, &probe, count);
  if (place == NO_PLACE || (t->nodes[place].tag & TAG_TYPE_BITS) == LUA_TNIL) return;
  uint32_t own = place_of(t->nodes[place].key_tag, &t->nodes[place], count);
  if (own == NO_PLACE || own == place) return;
  uint64_t steps = 0;
  const node *there = &t->nodes[place];
  for (const node *at = &t->nodes[own]; at != there && at->next != 0; at += at->next) steps++;
  if (steps > FREE_STEPS) note_steps(t, steps);
}

// Before a key is set: whether what that costs is to be counted as `end_keyed` does.
static bool begin_keyed(clb_vm *vm, table *t, bool address) {
  if (address && (t->flags & HAS_ADDRESSES) == 0) {
    vm->run.address_keys += slots(t);
    t->flags |= HAS_ADDRESSES;
  }
  return (t->flags & HAS_ADDRESSES) != 0;
}

static void end_keyed(clb_vm *vm, uint64_t fuel) {
  vm->run.address_keys++;
  vm->meter.fuel = fuel + FUEL_PER_KEY;
}

void __real_luaH_finishset(lua_State *L, table *t, const value *key, const value *slot, value *v);
void __wrap_luaH_finishset(lua_State *L, table *t, const value *key, const value *slot, value *v);

void __wrap_luaH_finishset(lua_State *L, table *t, const value *key, const value *slot, value *v) {
  clb_vm *vm = clb_of(L);
  uint64_t fuel = vm->meter.fuel;
  bool keyed = begin_keyed(vm, t, is_address(key));
  if (slot->tag == TAG_ABSENT && node_count(t) >= FEW_NODES && can_be_key(key)) {
    note_displacement(t, key);
    vm->growing = t;
  }
  __real_luaH_finishset(L, t, key, slot, v);
  vm->growing = NULL;
  if (keyed) end_keyed(vm, fuel);
}

void __wrap_luaH_set(lua_State *L, table *t, const value *key, value *v);

void __wrap_luaH_set(lua_State *L, table *t, const value *key, value *v) {
  __wrap_luaH_finishset(L, t, key, __wrap_luaH_get(t, key), v);
}

void __wrap_luaH_setint(lua_State *L, table *t, lua_Integer key, value *v);

void __wrap_luaH_setint(lua_State *L, table *t, lua_Integer key, value *v) {
  value boxed = {.value.integer = key, .tag = TAG_INTEGER};
  __wrap_luaH_finishset(L, t, &boxed, __wrap_luaH_getint(t, key), v);
}

void __real_luaH_resizearray(lua_State *L, table *t, unsigned int size);
void __wrap_luaH_resizearray(lua_State *L, table *t, unsigned int size);

// A list that grows by many at once has all its other keys set anew. Its places are walked like those of
// keys that were set one by one.
void __wrap_luaH_resizearray(lua_State *L, table *t, unsigned int size) {
  if ((t->flags & HAS_ADDRESSES) != 0) clb_of(L)->run.address_keys += size;
  if (node_count(t) >= FEW_NODES) clb_of(L)->growing = t;
  __real_luaH_resizearray(L, t, size);
  clb_of(L)->growing = NULL;
}

// MARK: All keys anew

// The steps that are not free when all keys of a table are set anew among `count` nodes.
static uint64_t steps_of_all(const table *t, uint32_t count) {
  uint16_t *lengths = calloc(count, sizeof *lengths);
  uint64_t steps = 0;
  if (lengths == NULL) return 0;
  for (uint32_t i = 0; i < node_count(t); i++) {
    const node *at = &t->nodes[i];
    if ((at->tag & TAG_TYPE_BITS) == LUA_TNIL) continue;
    uint32_t place = place_of(at->key_tag, at, count);
    if (place == NO_PLACE) continue;
    uint16_t length = lengths[place];
    if (length > FREE_STEPS) steps += length;
    if (length < UINT16_MAX) lengths[place]++;
  }
  free(lengths);
  return steps;
}

bool clb_is_growth(const clb_vm *vm, size_t size) {
  size_t count = size / sizeof(node);
  return vm->growing != NULL && count >= FEW_NODES && count * sizeof(node) == size &&
         (count & (count - 1)) == 0;
}

void clb_charge_growth(clb_vm *vm, size_t size) {
  const table *t = vm->growing;
  vm->growing = NULL;
  uint64_t steps = steps_of_all(t, (uint32_t)(size / sizeof(node)));
  if ((t->flags & HAS_ADDRESSES) != 0) {
    clb_note_unpriced(vm, steps);
    return;
  }
  vm->meter.fuel += steps / STEPS_PER_FUEL;
  if (steps > STEPS_PER_FUEL && vm->meter.fuel > vm->meter.fuel_limit) clb_leave(vm, CLB_FUEL_EXHAUSTED);
}

// MARK: All keys in turn

// How far from the beginning of its chain the node `i` stands; 0 where addresses decide that.
static uint64_t depth_of(const table *t, uint32_t i) {
  uint32_t own = place_of(t->nodes[i].key_tag, &t->nodes[i], node_count(t));
  uint64_t depth = 0;
  if (own == NO_PLACE) return 0;
  for (const node *at = &t->nodes[own]; at != &t->nodes[i] && at->next != 0; at += at->next) depth++;
  return depth;
}

void clb_charge_walk(lua_State *L, int index) {
  const table *t = lua_topointer(L, index);
  clb_vm *vm = clb_of(L);
  if (node_count(t) < FEW_NODES) return;
  for (uint32_t i = 0; i < node_count(t); i++) {
    if ((t->nodes[i].tag & TAG_TYPE_BITS) == LUA_TNIL) continue;
    uint64_t depth = depth_of(t, i);
    if (depth <= FREE_STEPS) continue;
    if ((t->flags & HAS_ADDRESSES) == 0) clb_charge(L, depth / STEPS_PER_FUEL);
    else clb_note_unpriced(vm, 2 * depth);  // by this look, and by the walk itself
  }
}
