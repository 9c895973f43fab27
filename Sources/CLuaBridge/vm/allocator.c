// What Lua may have of memory, and what its blocks cost in fuel.
#include "vm/allocator.h"

#include <stdlib.h>

#include "vm/arena.h"
#include "vm/liblua.h"
#include "vm/vm.h"

// A string's header in front of its bytes.
#define STRING_HEADER 32
// Sizes by which Lua's own growing parts are known when they are first made.
#define FIRST_STACK 720
#define FIRST_STRINGS 1024
// Smaller parts of tables cost no more than the instruction that makes them. (One of the calls that
// are under way is no part of a table, and has this size.)
#define SMALL_PART 64
// Room that is asked for a text while it is made: half as much again as it has, or what it needs. One
// that comes to more is none that is made.
#define LONGEST_TEXT_ROOM ((size_t)2 * CLB_STRING_LIMIT)
// The longest text that is kept but once; whether one of those is made depends on what an earlier
// decision left behind.
#define LONGEST_SHARED_TEXT (24 + 40 + 1)
#define FUEL_PER_USERDATA 5
#define FUEL_PER_TABLE 2
#define FUEL_PER_FUNCTION 2
#define FUEL_PER_UPVALUE 1
// What Lua asks for a local that a function goes on holding as.
#define KIND_UPVALUE LUA_NUMTYPES

static __thread uint64_t countdown_of_new_vms;

void clb_fail_allocations_of_new_vms(uint64_t countdown) { countdown_of_new_vms = countdown; }

void clb_vm_fail_allocations(clb_vm *vm, uint64_t countdown) {
  vm->allocator.countdown = countdown;
  vm->allocator.failing = false;
}

bool clb_allocator_begin(clb_allocator *allocator, size_t limit) {
  allocator->limit = limit;
  allocator->countdown = countdown_of_new_vms;
  return clb_arena_create(allocator, limit);
}

// Whether test support makes this request fail.
static bool fails(clb_allocator *a) {
  if (a->failing) return true;
  if (a->countdown > 0 && --a->countdown == 0) a->failing = true;
  return a->failing;
}

// Garbage is collected when there is an eighth over the cap; what is alive then may not be over the
// cap itself.
static inline bool has_room(const clb_allocator *a, size_t more) {
  size_t slack = a->collected ? 0 : a->limit / 8;
  return a->used + more <= a->limit + slack;
}

// The fuel of a new block; of one that grows, of what it grows to. A small part costs no more than
// the instruction that makes it. Shared texts are free, too.
static inline uint64_t fuel_of(size_t kind, const void *block, size_t size) {
  if (block != NULL) return size / CLB_BYTES_MOVED_PER_FUEL;
  if (kind == LUA_TUSERDATA) return FUEL_PER_USERDATA;
  if (kind == LUA_TTABLE) return FUEL_PER_TABLE;
  if (kind == LUA_TFUNCTION) return FUEL_PER_FUNCTION + size / CLB_BYTES_MOVED_PER_FUEL;
  if (kind == KIND_UPVALUE) return FUEL_PER_UPVALUE;
  if (kind == LUA_TSTRING) return size > LONGEST_SHARED_TEXT ? size / CLB_BYTES_COPIED_PER_FUEL : 0;
  return size > SMALL_PART ? size / CLB_BYTES_OF_PARTS_PER_FUEL : 0;
}

// Lua's stack and its table of strings keep their size from one decision to the next, so they cost
// nothing. They are known by the sizes they begin with, in the order in which a state is made. The
// table of strings is moved as it grows; of the stack there is a new one before the old is freed.
static inline bool is_luas_own(clb_allocator *a, const void *before, size_t size, const void *now) {
  if (before == NULL && a->strings != NULL) return false;
  if (before == NULL && a->stack == NULL && size == FIRST_STACK) a->stack = now;
  else if (before == NULL && a->strings == NULL && size == FIRST_STRINGS) a->strings = now;
  else if (before != NULL && before == a->strings) a->strings = now;
  else return false;
  return true;
}

static void note_given_back(clb_vm *vm, const void *block) {
  clb_allocator *a = &vm->allocator;
  if (block != a->stack) return;
  a->stack = a->newest;
  vm->meter.fuel -= a->newest_fuel;
}

// Refuses a request: Lua collects its garbage and asks again. When it has, the run is over.
static void *refuse(clb_vm *vm) {
  if (vm->allocator.collected) clb_leave(vm, CLB_MEMORY_EXHAUSTED);
  return NULL;
}

static bool is_late(const clb_vm *vm) {
  return vm->compiling && vm->allocator.count % 256 == 0 &&
         clb_monotonic_nanoseconds() >= vm->meter.deadline;
}

static inline void *grow(clb_vm *vm, void *block, size_t old_size, size_t new_size) {
  clb_allocator *a = &vm->allocator;
  size_t kind = block == NULL ? old_size : 0, counted = block == NULL ? 0 : old_size;
  bool is_text = block == NULL && kind == LUA_TSTRING;
  if (is_text && new_size > CLB_STRING_LIMIT + STRING_HEADER) {
    clb_leave(vm, CLB_MEMORY_EXHAUSTED);
    return NULL;
  }
  if (is_late(vm)) clb_leave(vm, CLB_DEADLINE);
  if (!has_room(a, new_size - counted) || fails(a)) return refuse(vm);
  void *result = block != NULL ? clb_arena_move(a, block, old_size, new_size)
                               : clb_arena_take(a, new_size);
  if (result == NULL) return refuse(vm);
  a->collected = false;
  a->used += new_size - counted;
  if (block == NULL) a->count++;
  if (!is_luas_own(a, block, new_size, result)) {
    a->newest = result;
    a->newest_fuel = fuel_of(kind, block, new_size);
    vm->meter.fuel += a->newest_fuel;
  }
  if (vm->growing != NULL && block == NULL && clb_is_growth(vm, new_size)) clb_charge_growth(vm, new_size);
  return result;
}

void *clb_allocate(void *owner, void *block, size_t old_size, size_t new_size) {
  clb_vm *vm = owner;
  clb_allocator *a = &vm->allocator;
  if (block == NULL) return new_size == 0 ? NULL : grow(vm, NULL, old_size, new_size);
  if (new_size > old_size) return grow(vm, block, old_size, new_size);
  a->used -= old_size - new_size;
  if (new_size == 0) {
    note_given_back(vm, block);
    clb_arena_give(a, block, old_size);
    return NULL;
  }
  void *result = clb_arena_move(a, block, old_size, new_size);
  is_luas_own(a, block, new_size, result);
  return result;
}

// MARK: Texts while they are made

// They come and go between the blocks that stay, and would leave the arena full of gaps: each is a
// piece of the system's memory. Whoever leaves a run leaves them in this list.
struct clb_text_block {
  clb_text_block *next, **link;
};

static void link_text(clb_allocator *a, clb_text_block *text) {
  text->next = a->texts;
  text->link = &a->texts;
  if (a->texts != NULL) a->texts->link = &text->next;
  a->texts = text;
}

static void unlink_text(clb_text_block *text) {
  *text->link = text->next;
  if (text->next != NULL) text->next->link = text->link;
}

static void free_text(clb_allocator *a, clb_text_block *text, size_t size) {
  unlink_text(text);
  a->used -= size;
  a->text_bytes -= size;
  free(text);
}

void clb_allocator_free_texts(clb_allocator *a) {
  while (a->texts != NULL) free_text(a, a->texts, 0);
}

static inline bool has_room_for_text(const clb_allocator *a, size_t more) {
  return has_room(a, more) && clb_arena_may_hold(a, more);
}

// Whether there is room for `more` bytes of a text, if need be after a collection.
static bool make_room(clb_vm *vm, size_t more) {
  clb_allocator *a = &vm->allocator;
  if (has_room_for_text(a, more)) return true;
  lua_gc(vm->L, LUA_GCCOLLECT);
  return has_room_for_text(a, more);
}

void *clb_allocate_text(void *owner, void *block, size_t old_size, size_t new_size) {
  clb_vm *vm = owner;
  clb_allocator *a = &vm->allocator;
  clb_text_block *text = block == NULL ? NULL : (clb_text_block *)block - 1;
  size_t before = block == NULL ? 0 : old_size;
  if (new_size == 0) {
    if (text != NULL) free_text(a, text, before);
    return NULL;
  }
  bool is_too_long = new_size > LONGEST_TEXT_ROOM;
  if (new_size > before && (is_too_long || !make_room(vm, new_size - before) || fails(a))) {
    clb_leave(vm, CLB_MEMORY_EXHAUSTED);
    return NULL;
  }
  if (text != NULL) unlink_text(text);
  clb_text_block *moved = realloc(text, sizeof *moved + new_size);
  if (moved != NULL || text != NULL) link_text(a, moved != NULL ? moved : text);
  if (moved == NULL) {
    clb_leave(vm, CLB_MEMORY_EXHAUSTED);
    return NULL;
  }
  a->used += new_size - before;
  a->text_bytes += new_size - before;
  a->count++;
  vm->meter.fuel += new_size / CLB_BYTES_MOVED_PER_FUEL;
  return moved + 1;
}

void *clb_reserve(clb_vm *vm, void *block, size_t size) {
  return fails(&vm->allocator) ? NULL : realloc(block, size);
}

bool clb_buffer_reserve(clb_vm *vm, clb_buffer *buffer, size_t capacity) {
  if (capacity <= buffer->capacity) return true;
  size_t wanted = buffer->capacity * 2 > capacity ? buffer->capacity * 2 : capacity;
  if (wanted < 1024) wanted = 1024;
  void *moved = clb_reserve(vm, buffer->bytes, wanted);
  if (moved == NULL) return false;
  buffer->bytes = moved;
  buffer->capacity = wanted;
  return true;
}

size_t clb_vm_addresses(size_t memory) { return clb_arena_addresses(memory); }
size_t clb_vm_memory(const clb_vm *vm) { return vm->allocator.used; }
size_t clb_vm_resident(const clb_vm *vm) { return clb_allocator_resident(&vm->allocator); }
