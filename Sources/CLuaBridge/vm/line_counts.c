// How often each line of each file ran: for coverage only.
#include <stdlib.h>
#include <string.h>

#include "vm/vm.h"

#define LINES_MAX 100000

typedef struct file_counts {
  struct file_counts *next;
  char *file;
  uint64_t *hits;
  int capacity;
} file_counts;

struct clb_line_counts {
  file_counts *files;
  file_counts *latest;
};

bool clb_line_counts_create(clb_vm *vm) {
  vm->lines = calloc(1, sizeof *vm->lines);
  return vm->lines != NULL;
}

static file_counts *find(clb_line_counts *counts, const char *file) {
  if (counts->latest != NULL && strcmp(counts->latest->file, file) == 0) return counts->latest;
  for (file_counts *one = counts->files; one != NULL; one = one->next) {
    if (strcmp(one->file, file) == 0) return counts->latest = one;
  }
  file_counts *one = calloc(1, sizeof *one);
  if (one == NULL) return NULL;
  one->file = strdup(file);
  if (one->file == NULL) {
    free(one);
    return NULL;
  }
  one->next = counts->files;
  return counts->latest = counts->files = one;
}

void clb_count_line(clb_vm *vm, const char *source, int line) {
  if (vm->lines == NULL || source[0] != '@' || line <= 0 || line > LINES_MAX) return;
  file_counts *counts = find(vm->lines, source + 1);
  if (counts == NULL) return;
  if (line >= counts->capacity) {
    int capacity = line + 64;
    uint64_t *grown = realloc(counts->hits, (size_t)capacity * sizeof *grown);
    if (grown == NULL) return;
    memset(grown + counts->capacity, 0, (size_t)(capacity - counts->capacity) * sizeof *grown);
    counts->hits = grown;
    counts->capacity = capacity;
  }
  counts->hits[line]++;
}

void clb_vm_each_line(const clb_vm *vm, void (*each)(void *, const char *, int32_t, uint64_t),
                      void *context) {
  if (vm->lines == NULL) return;
  for (file_counts *one = vm->lines->files; one != NULL; one = one->next) {
    for (int line = 1; line < one->capacity; line++) {
      if (one->hits[line] > 0) each(context, one->file, line, one->hits[line]);
    }
  }
}

void clb_line_counts_free(clb_vm *vm) {
  if (vm->lines == NULL) return;
  file_counts *next;
  for (file_counts *one = vm->lines->files; one != NULL; one = next) {
    next = one->next;
    free(one->file);
    free(one->hits);
    free(one);
  }
  free(vm->lines);
  vm->lines = NULL;
}
