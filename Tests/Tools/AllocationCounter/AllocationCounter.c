// Stands before the allocator of glibc, for everything in the process: Swift, OpenSSL, C.
#include "AllocationCounter.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static _Thread_local long held, peak;

void allocation_counter_begin(void) { held = peak = 0; }

long allocation_counter_peak(void) { return peak; }

// A sanitizer stands there itself: under one nothing is counted.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

static void *taken(void *block) {
  if (block) held += (long)malloc_usable_size(block);
  if (held > peak) peak = held;
  return block;
}

static void given(void *block) {
  if (block) held -= (long)malloc_usable_size(block);
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }

void free(void *block) {
  given(block);
  __libc_free(block);
}

void *realloc(void *block, size_t size) {
  // Until it is copied, both are there.
  long before = block ? (long)malloc_usable_size(block) : 0;
  void *moved = __libc_realloc(block, size);
  if (moved || size == 0) {
    taken(moved);
    held -= before;
  }
  return moved;
}

void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  void *made = memalign(alignment, size);
  if (!made) return ENOMEM;
  *block = made;
  return 0;
}

#endif
