// Lua's memory: small blocks from a pool, all of it counted against one cap and freed at once.
#include <stdlib.h>
#include <string.h>

#include "vm/vm.h"

#define CHUNK_BYTES ((size_t)64 << 10)
#define POOLED_MAX ((size_t)CLB_POOL_CLASSES * 16)
// A string's header in front of its bytes.
#define STRING_HEADER 32

// A malloc'd piece: a pool chunk, or a single large block.
struct clb_block {
  clb_block *next, *previous;
};

static __thread uint64_t countdown_of_new_vms;

void clb_fail_allocations_of_new_vms(uint64_t countdown) { countdown_of_new_vms = countdown; }

void clb_vm_fail_allocations(clb_vm *vm, uint64_t countdown) {
  vm->allocator.countdown = countdown;
  vm->allocator.failing = false;
}

void clb_allocator_begin(clb_allocator *allocator, size_t limit) {
  allocator->limit = limit;
  allocator->countdown = countdown_of_new_vms;
}

// Whether test support makes this request fail.
static bool fails(clb_allocator *a) {
  if (a->failing) return true;
  if (a->countdown > 0 && --a->countdown == 0) a->failing = true;
  return a->failing;
}

static void link_block(clb_allocator *a, clb_block *block) {
  block->previous = NULL;
  block->next = a->chunks;
  if (a->chunks != NULL) a->chunks->previous = block;
  a->chunks = block;
}

static void unlink_block(clb_allocator *a, clb_block *block) {
  if (block->next != NULL) block->next->previous = block->previous;
  if (block->previous != NULL) block->previous->next = block->next;
  else a->chunks = block->next;
}

// Takes a block of a size class from its free list, or from the newest chunk.
static void *take_pooled(clb_allocator *a, size_t class) {
  void *block = a->free_blocks[class];
  if (block != NULL) {
    a->free_blocks[class] = *(void **)block;
    return block;
  }
  size_t size = class * 16;
  if ((size_t)(a->bump_end - a->bump) < size) {
    clb_block *chunk = malloc(CHUNK_BYTES);
    if (chunk == NULL) return NULL;
    link_block(a, chunk);
    a->reserved += CHUNK_BYTES;
    a->bump = (uint8_t *)(chunk + 1);
    a->bump_end = (uint8_t *)chunk + CHUNK_BYTES;
  }
  block = a->bump;
  a->bump += size;
  return block;
}

static void *take(clb_allocator *a, size_t size) {
  if (size <= POOLED_MAX) return take_pooled(a, (size + 15) / 16);
  clb_block *block = malloc(sizeof(clb_block) + size);
  if (block == NULL) return NULL;
  link_block(a, block);
  return block + 1;
}

static void give(clb_allocator *a, void *pointer, size_t size) {
  if (size <= POOLED_MAX) {
    size_t class = (size + 15) / 16;
    *(void **)pointer = a->free_blocks[class];
    a->free_blocks[class] = pointer;
    return;
  }
  clb_block *block = (clb_block *)pointer - 1;
  unlink_block(a, block);
  free(block);
}

// Moves a block to one of another size.
static void *move(clb_allocator *a, void *pointer, size_t old_size, size_t new_size) {
  if (old_size <= POOLED_MAX && new_size <= POOLED_MAX &&
      (old_size + 15) / 16 == (new_size + 15) / 16) return pointer;
  if (old_size > POOLED_MAX && new_size > POOLED_MAX) {
    clb_block *block = (clb_block *)pointer - 1;
    unlink_block(a, block);
    clb_block *moved = realloc(block, sizeof(clb_block) + new_size);
    link_block(a, moved != NULL ? moved : block);
    if (moved == NULL) return new_size < old_size ? pointer : NULL;
    return moved + 1;
  }
  void *moved = take(a, new_size);
  // Lua relies on shrinking to succeed. The block then stays counted as small and is freed with the
  // VM.
  if (moved == NULL) return new_size < old_size ? pointer : NULL;
  memcpy(moved, pointer, old_size < new_size ? old_size : new_size);
  give(a, pointer, old_size);
  return moved;
}

void *clb_allocate(void *owner, void *pointer, size_t old_size, size_t new_size) {
  clb_vm *vm = owner;
  clb_allocator *a = &vm->allocator;
  if (new_size == 0) {
    if (pointer != NULL) {
      a->used -= old_size;
      give(a, pointer, old_size);
    }
    return NULL;
  }
  size_t counted = pointer != NULL ? old_size : 0;
  if (new_size > counted) {
    bool is_string = pointer == NULL && old_size == LUA_TSTRING;
    if (is_string && new_size > CLB_TIGHT_STRING) {
      if (new_size > CLB_STRING_LIMIT + STRING_HEADER) return NULL;
      clb_tighten(vm);
    }
    if (a->used - counted + new_size > a->limit || fails(a)) return NULL;
    if (vm->compiling && a->count % 256 == 0 &&
        clb_monotonic_nanoseconds() >= vm->deadline) {
      return NULL;
    }
  }
  void *result = pointer != NULL ? move(a, pointer, old_size, new_size) : take(a, new_size);
  if (result == NULL) return NULL;
  if (pointer == NULL) a->count++;
  a->used = a->used - counted + new_size;
  return result;
}

void clb_allocator_free_all(clb_allocator *a) {
  clb_block *next;
  for (clb_block *block = a->chunks; block != NULL; block = next) {
    next = block->next;
    free(block);
  }
  a->chunks = NULL;
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

size_t clb_vm_memory(const clb_vm *vm) { return vm->allocator.used; }
