// Where the allocator's blocks come from.
#ifndef CASCADE_ARENA_H
#define CASCADE_ARENA_H

#include "vm/allocator.h"

/// Reserves addresses for a cap of `cap` bytes. False when the system has none.
bool clb_arena_create(clb_allocator *a, size_t cap);

// Bytes of addresses that an arena for `cap` bytes takes.
size_t clb_arena_addresses(size_t cap);
/// Whether the system may hold `more` bytes more for this VM: of the arena, or of texts while they are
/// made. Gaps are held, too.
bool clb_arena_may_hold(const clb_allocator *a, size_t more);
/// A block of `size` bytes, a multiple of 16, from beyond the stretch at hand; NULL when there is no
/// room.
void *clb_arena_take_elsewhere(clb_allocator *a, size_t size);

/// A block of `size` bytes, aligned to 16; NULL when there is no room.
static inline void *clb_arena_take(clb_allocator *a, size_t size) {
  size_t whole = (size + 15) & ~(size_t)15;
  if ((size_t)(a->bump_end - a->bump) < whole) return clb_arena_take_elsewhere(a, whole);
  void *block = a->bump;
  a->bump += whole;
  return block;
}

void clb_arena_give(clb_allocator *a, void *block, size_t size);
/// Makes a block shorter, which always succeeds, or longer; NULL leaves it as it is.
void *clb_arena_move(clb_allocator *a, void *block, size_t old_size, size_t new_size);

#endif
