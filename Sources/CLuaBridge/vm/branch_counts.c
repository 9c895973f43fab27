// Which way each branch of each file went: for coverage only. A rule whose branches are counted is
// compiled from a source in which calls of these words stand around its conditions and loops
// (BranchProbes.swift).
#include <stdlib.h>
#include <string.h>

#include "vm/vm.h"

#define BRANCHES_MAX 1000000
// About what a call of a word costs in instructions: a rule pays little for being counted.
#define PROBE_FUEL 6

typedef struct {
  uint64_t taken[2];  // yes and no
  const void *due;    // the call whose loop began last, until it goes round; another call's is another loop
} branch;

struct clb_branch_counts {
  branch *branches;
  int capacity;
  uint64_t refund;  // fuel that words cost, to be taken off what is charged next
};

bool clb_branch_counts_create(clb_vm *vm) {
  vm->branches = calloc(1, sizeof *vm->branches);
  return vm->branches != NULL;
}

void clb_branch_counts_free(clb_vm *vm) {
  if (vm->branches == NULL) return;
  free(vm->branches->branches);
  free(vm->branches);
  vm->branches = NULL;
}

uint64_t clb_less_for_branches(clb_vm *vm, uint64_t units) {
  // A part is always charged, so that what never ends by itself ends by its fuel.
  uint64_t most = units - units / 10;
  uint64_t less = vm->branches->refund < most ? vm->branches->refund : most;
  vm->branches->refund -= less;
  return units - less;
}

void clb_branches_begin(clb_vm *vm) {
  vm->branches->refund = 0;
}

// [-0, +0, -] The branch whose number is the first argument; NULL when it can't be counted.
static branch *find(lua_State *L) {
  clb_branch_counts *counts = clb_of(L)->branches;
  lua_Integer number = lua_tointeger(L, 1);
  counts->refund += PROBE_FUEL;
  if (number < 0 || number >= BRANCHES_MAX) return NULL;
  if (number >= counts->capacity) {
    int capacity = (int)number + 256;
    branch *grown = realloc(counts->branches, (size_t)capacity * sizeof *grown);
    if (grown == NULL) return NULL;
    memset(grown + counts->capacity, 0, (size_t)(capacity - counts->capacity) * sizeof *grown);
    counts->branches = grown;
    counts->capacity = capacity;
  }
  return &counts->branches[number];
}

// [-0, +0, -] The call that says a word: while it lasts, no other one has its address.
static const void *caller(lua_State *L) {
  lua_Debug frame;
  return lua_getstack(L, 1, &frame) ? (const void *)frame.i_ci : NULL;
}

// [-2, +1, -] __branch(number, value): gives the value.
static int word_branch(lua_State *L) {
  branch *found = find(L);
  if (found != NULL) found->taken[lua_toboolean(L, 2) ? 0 : 1]++;
  lua_settop(L, 2);
  return 1;
}

// [-n, +n, -] __loop(number, …): a loop begins, that has no round until `__round` says so; gives the rest.
static int word_loop(lua_State *L) {
  branch *found = find(L);
  if (found != NULL) {
    found->taken[1]++;
    found->due = caller(L);
  }
  return lua_gettop(L) - 1;
}

// [-1, +0, -] __round(number): a round of a loop begins.
static int word_round(lua_State *L) {
  branch *found = find(L);
  if (found == NULL || found->due == NULL || found->due != caller(L)) return 0;
  found->due = NULL;
  found->taken[1]--;
  found->taken[0]++;
  return 0;
}

void clb_install_branch_words(lua_State *L) {
  if (clb_of(L)->branches == NULL) return;
  lua_pushcfunction(L, word_branch);
  lua_setfield(L, -2, "__branch");
  lua_pushcfunction(L, word_loop);
  lua_setfield(L, -2, "__loop");
  lua_pushcfunction(L, word_round);
  lua_setfield(L, -2, "__round");
}

void clb_vm_each_branch(const clb_vm *vm, void (*each)(void *, int32_t, uint64_t, uint64_t), void *context) {
  if (vm->branches == NULL) return;
  for (int number = 0; number < vm->branches->capacity; number++) {
    const branch *one = &vm->branches->branches[number];
    if (one->taken[0] > 0 || one->taken[1] > 0) each(context, number, one->taken[0], one->taken[1]);
  }
}
