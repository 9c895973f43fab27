// Lua's memory: one arena a VM, counted against a cap and given back at once.
#ifndef CASCADE_ALLOCATOR_H
#define CASCADE_ALLOCATOR_H

#include "vm/sandbox.h"

typedef struct clb_text_block clb_text_block;

typedef struct {
  uint8_t *base, *end;       // the arena's addresses; what is not used costs nothing
  uint8_t *bump, *bump_end;  // the free stretch that blocks are cut from
  uint8_t *high;             // from here on nothing was ever handed out
  uint64_t *free_bits;       // one a granule below `high`: free, and not in the stretch above
  uint64_t *absent_bits;     // one a page: given back to the system
  size_t absent;             // how many
  size_t cursor;             // the granule from which the next free stretch is looked for
  size_t large_cursor;
  size_t freed;              // bytes freed since those were at the beginning
  size_t used;               // bytes Lua holds
  size_t limit;              // of what is alive
  const void *stack;         // Lua's own growing parts, whose size is no decision's doing
  const void *strings;
  const void *newest;        // the last block that cost something, and how much
  uint64_t newest_fuel;
  uint64_t count;            // blocks asked for
  uint64_t countdown;        // test support: 0 never fails
  bool failing;
  bool collected;            // nothing was handed out since the last collection
  clb_text_block *texts;     // while they are made, and their bytes
  size_t text_bytes;
} clb_allocator;

#ifdef __cplusplus
extern "C" {
#endif

bool clb_allocator_begin(clb_allocator *allocator, size_t limit);
void clb_allocator_free_all(clb_allocator *allocator);
/// Garbage was freed: what is free is looked for from the beginning, and given back where it is much.
void clb_allocator_collected(clb_allocator *allocator);
/// Bytes of the arena that the system holds for this VM, at most.
size_t clb_allocator_resident(const clb_allocator *allocator);

/// Frees the texts that a run was left with.
void clb_allocator_free_texts(clb_allocator *allocator);

/// Lua's allocation function.
void *clb_allocate(void *vm, void *block, size_t old_size, size_t new_size);
/// That of texts while they are made: collects garbage itself before it refuses.
void *clb_allocate_text(void *vm, void *block, size_t old_size, size_t new_size);

#ifdef __cplusplus
}
#endif
#endif
