#define _GNU_SOURCE
// The arena: blocks are cut from a free stretch, one behind the other. What is freed is a bit in a
// map; neighbours are one stretch by being next to each other in it, so nothing is ever of a size
// class. After a collection free stretches are used again from the beginning on, and whole pages
// are given back to the system.
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "vm/arena.h"

#define GRANULE ((size_t)16)
#define PAGE ((size_t)4096)
// What is taken from beyond `high` at once.
#define STRETCH ((size_t)32 << 10)
// Shorter free stretches wait until their neighbours are free, too.
#define LEAST_STRETCH ((size_t)64)
// Free pages that are kept for what comes next.
#define KEPT ((size_t)2 << 20)
// How many times the cap there are addresses: a large block finds room behind small gaps.
#define ADDRESSES_PER_BYTE 4

// MARK: Bits

// Sets or clears `count` bits from `first` on.
static void write_bits(uint64_t *bits, size_t first, size_t count, bool set) {
  while (count > 0) {
    size_t shift = first % 64, here = 64 - shift < count ? 64 - shift : count;
    uint64_t mask = (here == 64 ? ~(uint64_t)0 : ((uint64_t)1 << here) - 1) << shift;
    if (set) bits[first / 64] |= mask;
    else bits[first / 64] &= ~mask;
    first += here;
    count -= here;
  }
}

// The first bit from `first` on that is `set`, `end` when there is none.
static size_t find_bit(const uint64_t *bits, size_t first, size_t end, bool set) {
  while (first < end) {
    uint64_t word = (set ? bits[first / 64] : ~bits[first / 64]) >> first % 64;
    if (word != 0) {
      size_t found = first + (size_t)__builtin_ctzll(word);
      return found < end ? found : end;
    }
    first += 64 - first % 64;
  }
  return end;
}

static size_t granule_of(const clb_allocator *a, const uint8_t *at) {
  return (size_t)(at - a->base) / GRANULE;
}

static size_t rounded(size_t size, size_t to) { return (size + to - 1) / to * to; }

// MARK: Life

// Addresses whose lower half is zero, so that the hash of an address is the same in every process.
static void *map_at_known_address(size_t size) {
  static _Atomic uint32_t next;
  for (int tries = 0; tries < 64; tries++) {
    uintptr_t place = (uintptr_t)(0x2000 + atomic_fetch_add(&next, 1) % 0x4000) << 32;
    void *made = mmap((void *)place, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (made == (void *)place) return made;
    if (made != MAP_FAILED) munmap(made, size);
  }
  void *made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
  return made == MAP_FAILED ? NULL : made;
}

// The arena and behind it its two maps.
static size_t arena_bytes(const clb_allocator *a) { return (size_t)(a->end - a->base); }
static size_t map_bytes(size_t arena) { return rounded(arena / GRANULE / 8 + 8, PAGE); }
static size_t page_map_bytes(size_t arena) { return rounded(arena / PAGE / 8 + 8, PAGE); }

static size_t arena_size(size_t cap) { return rounded(cap * ADDRESSES_PER_BYTE + STRETCH, PAGE); }

size_t clb_arena_addresses(size_t cap) {
  size_t size = arena_size(cap);
  return size + map_bytes(size) + page_map_bytes(size);
}

bool clb_arena_create(clb_allocator *a, size_t cap) {
  size_t size = arena_size(cap), all = clb_arena_addresses(cap);
  a->base = map_at_known_address(all);
  if (a->base == NULL) return false;
  madvise(a->base, all, MADV_NOHUGEPAGE);
  a->end = a->base + size;
  a->free_bits = (uint64_t *)(void *)a->end;
  a->absent_bits = (uint64_t *)(void *)(a->end + map_bytes(size));
  a->bump = a->bump_end = a->high = a->base;
  return true;
}

void clb_allocator_free_all(clb_allocator *a) {
  if (a->base == NULL) return;
  size_t size = arena_bytes(a);
  munmap(a->base, size + map_bytes(size) + page_map_bytes(size));
  a->base = NULL;
}

size_t clb_allocator_resident(const clb_allocator *a) {
  return (size_t)(a->high - a->base) - a->absent * PAGE + a->text_bytes;
}

// MARK: Stretches

// Pages of [from, to) that were given back are about to be used.
static void touch(clb_allocator *a, const uint8_t *from, const uint8_t *to) {
  if (a->absent == 0) return;
  size_t page = (size_t)(from - a->base) / PAGE, last = (size_t)(to - 1 - a->base) / PAGE;
  for (page = find_bit(a->absent_bits, page, last + 1, true); page <= last;
       page = find_bit(a->absent_bits, page, last + 1, true)) {
    write_bits(a->absent_bits, page, 1, false);
    a->absent--;
  }
}

// Takes [from, to) out of what is free.
static uint8_t *take_stretch(clb_allocator *a, size_t from, size_t to) {
  write_bits(a->free_bits, from, to - from, false);
  uint8_t *begin = a->base + from * GRANULE;
  touch(a, begin, a->base + to * GRANULE);
  return begin;
}

// Three eighths over the cap are for gaps.
bool clb_arena_may_hold(const clb_allocator *a, size_t more) {
  return clb_allocator_resident(a) + more <= a->limit + a->limit * 3 / 8;
}

// Whether using [from, to) keeps within that.
static bool may_take(const clb_allocator *a, size_t from, size_t to) {
  if (a->absent == 0 || clb_arena_may_hold(a, (to - from) * GRANULE)) return true;
  size_t page = from * GRANULE / PAGE, last = (to * GRANULE - 1) / PAGE;
  return find_bit(a->absent_bits, page, last + 1, true) > last;
}

// The next free stretch of at least `size` bytes from `*cursor` on, at most `most` of it; NULL when
// there is none.
static uint8_t *next_stretch(clb_allocator *a, size_t *cursor, size_t size, size_t most,
                             size_t *length) {
  size_t end = granule_of(a, a->high);
  while (*cursor < end) {
    size_t from = find_bit(a->free_bits, *cursor, end, true);
    size_t limit = end - from < most / GRANULE ? end : from + most / GRANULE;
    size_t to = find_bit(a->free_bits, from, limit, false);
    *cursor = to;
    if ((to - from) * GRANULE < size || !may_take(a, from, to)) continue;
    *length = (to - from) * GRANULE;
    return take_stretch(a, from, to);
  }
  return NULL;
}

// Takes `size` bytes from beyond `high`; NULL when it may not have them.
static uint8_t *take_fresh(clb_allocator *a, size_t size) {
  if ((size_t)(a->end - a->high) < size || !clb_arena_may_hold(a, size)) return NULL;
  uint8_t *begin = a->high;
  a->high += size;
  return begin;
}

// Puts what is left of the stretch back among what is free.
static void leave_stretch(clb_allocator *a) {
  size_t left = (size_t)(a->bump_end - a->bump);
  if (left > 0) write_bits(a->free_bits, granule_of(a, a->bump), left / GRANULE, true);
  a->bump = a->bump_end = a->high;
}

static bool renew_stretch(clb_allocator *a, size_t size) {
  size_t length;
  size_t least = size > LEAST_STRETCH ? size : LEAST_STRETCH;
  leave_stretch(a);
  uint8_t *begin = next_stretch(a, &a->cursor, least, STRETCH, &length);
  if (begin == NULL) {
    length = STRETCH;
    begin = take_fresh(a, length);
    if (begin == NULL) return false;
  }
  a->bump = begin;
  a->bump_end = begin + length;
  return true;
}

// A block that is no small part of a stretch.
static void *take_large(clb_allocator *a, size_t size) {
  size_t length;
  uint8_t *begin = next_stretch(a, &a->large_cursor, size, size, &length);
  return begin != NULL ? begin : take_fresh(a, size);
}

// Looks for free stretches from the beginning again.
static void rewind_cursors(clb_allocator *a) {
  leave_stretch(a);
  a->cursor = a->large_cursor = 0;
  a->freed = 0;
}

static void *cut(clb_allocator *a, size_t size) {
  if ((size_t)(a->bump_end - a->bump) < size) {
    if (size > STRETCH / 8) return take_large(a, size);
    if (!renew_stretch(a, size)) return NULL;
  }
  void *block = a->bump;
  a->bump += size;
  return block;
}

void *clb_arena_take_elsewhere(clb_allocator *a, size_t size) {
  void *block = cut(a, size);
  if (block != NULL || a->freed < size) return block;
  rewind_cursors(a);
  return cut(a, size);
}

void clb_arena_give(clb_allocator *a, void *block, size_t size) {
  size = rounded(size, GRANULE);
  a->freed += size;
  if ((uint8_t *)block + size == a->bump) {
    a->bump = block;
    return;
  }
  write_bits(a->free_bits, granule_of(a, block), size / GRANULE, true);
}

void *clb_arena_move(clb_allocator *a, void *block, size_t old_size, size_t new_size) {
  size_t before = rounded(old_size, GRANULE), after = rounded(new_size, GRANULE);
  if (after == before) return block;
  if (after < before) {
    clb_arena_give(a, (uint8_t *)block + after, before - after);
    return block;
  }
  if ((uint8_t *)block + before == a->bump && (size_t)(a->bump_end - a->bump) >= after - before) {
    a->bump += after - before;
    return block;
  }
  void *moved = clb_arena_take(a, new_size);
  if (moved == NULL) return NULL;
  memcpy(moved, block, old_size);
  clb_arena_give(a, block, old_size);
  return moved;
}

// MARK: After a collection

// Gives the whole pages of a free stretch back to the system.
static void give_back(clb_allocator *a, size_t from, size_t to) {
  size_t first = rounded(from * GRANULE, PAGE) / PAGE, last = to * GRANULE / PAGE;
  if (first >= last) return;
  if (find_bit(a->absent_bits, first, last, false) == last) return;
  if (madvise(a->base + first * PAGE, (last - first) * PAGE, MADV_DONTNEED) != 0) return;
  for (size_t page = first; page < last; page++) {
    if (find_bit(a->absent_bits, page, page + 1, true) == page) continue;
    write_bits(a->absent_bits, page, 1, true);
    a->absent++;
  }
}

void clb_allocator_collected(clb_allocator *a) {
  rewind_cursors(a);
  a->collected = true;
  size_t end = granule_of(a, a->high), kept = 0;
  if (clb_allocator_resident(a) < a->used + KEPT) return;
  for (size_t from = find_bit(a->free_bits, 0, end, true); from < end;) {
    size_t to = find_bit(a->free_bits, from, end, false);
    size_t length = (to - from) * GRANULE;
    if (kept + length <= KEPT) kept += length;
    else if (length >= PAGE) give_back(a, from, to);
    from = find_bit(a->free_bits, to, end, true);
  }
}
