// What a run may cost. Once a limit is passed, `vm->stop` says so for good: the hook then fires at
// every instruction, and neither `pcall` nor a handler of the rule's can go on.
#include <time.h>

#include "vm/vm.h"

uint64_t clb_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const char *limit_message(clb_status status) {
  switch (status) {
    case CLB_FUEL_EXHAUSTED: return "the fuel is used up";
    case CLB_MEMORY_EXHAUSTED: return "the memory is used up";
    case CLB_DEADLINE: return "the deadline has passed";
    case CLB_FETCH: return "the host does not hold the answer yet";
    default: return "the decision was stopped";
  }
}

static void hook(lua_State *L, lua_Debug *event);

static void arm(clb_vm *vm, int step) {
  vm->hook_step = step;
  int mask = LUA_MASKCOUNT | (vm->lines != NULL ? LUA_MASKLINE : 0);
  lua_sethook(vm->L, hook, mask, step);
}

// [-0, +0, v] Ends the run for `status`; nothing of the rule's runs any more.
int clb_stop(lua_State *L, clb_status status) {
  clb_vm *vm = clb_of(L);
  if (vm->stop == CLB_OK) {
    vm->stop = status;
    arm(vm, 1);
  }
  if (vm->stop == CLB_FORBIDDEN) {
    lua_pushstring(L, vm->raised);
    return lua_error(L);
  }
  // In the hook the innermost frame is the rule's own, elsewhere that of a function of ours.
  lua_Debug frame;
  bool is_rule = lua_getstack(L, 0, &frame) && lua_getinfo(L, "S", &frame) && frame.what[0] != 'C';
  luaL_where(L, is_rule ? 0 : 1);
  lua_pushstring(L, limit_message(vm->stop));
  lua_concat(L, 2);
  return lua_error(L);
}

bool clb_spends(clb_status status) {
  return status != CLB_OK && status != CLB_FETCH && status != CLB_FORBIDDEN;
}

int clb_stop_memory(lua_State *L) { return clb_stop(L, CLB_MEMORY_EXHAUSTED); }

// [-0, +0, e] Counts `units` and stops when a limit is passed.
static inline void spend(lua_State *L, clb_vm *vm, uint64_t units) {
  if (vm->stop != CLB_OK) clb_stop(L, vm->stop);
  vm->fuel += units;
  if (vm->fuel > vm->fuel_limit) {
    vm->fuel = vm->fuel_limit;
    clb_stop(L, CLB_FUEL_EXHAUSTED);
  }
  if (vm->fuel >= vm->next_clock_read || vm->tight) {
    vm->next_clock_read = vm->fuel + CLB_FUEL_PER_CLOCK_READ;
    if (clb_monotonic_nanoseconds() >= vm->deadline) clb_stop(L, CLB_DEADLINE);
  }
}

static void hook(lua_State *L, lua_Debug *event) {
  clb_vm *vm = clb_of(L);
  if (event->event == LUA_HOOKLINE) {
    lua_getinfo(L, "S", event);
    clb_count_line(vm, event->source, event->currentline);
    return;
  }
  spend(L, vm, (uint64_t)vm->hook_step);
}

void clb_charge(lua_State *L, uint64_t units) { spend(L, clb_of(L), units); }

void clb_charge_bytes(lua_State *L, size_t bytes) {
  spend(L, clb_of(L), 1 + (uint64_t)bytes / CLB_BYTES_PER_FUEL);
}

// From the first large string on, single instructions can take long: look at the clock more often.
void clb_tighten(clb_vm *vm) {
  if (vm->tight || vm->L == NULL || vm->fuel_limit == 0) return;
  vm->tight = true;
  if (vm->stop == CLB_OK) arm(vm, CLB_INSTRUCTIONS_PER_TIGHT_HOOK);
}

void clb_begin_limits(clb_vm *vm, clb_limits limits) {
  vm->fuel = 0;
  vm->fuel_limit = limits.fuel;
  vm->next_clock_read = CLB_FUEL_PER_CLOCK_READ;
  vm->started = clb_monotonic_nanoseconds();
  vm->deadline = vm->started + limits.deadline_nanoseconds;
  vm->stop = CLB_OK;
  vm->tight = false;
  arm(vm, CLB_INSTRUCTIONS_PER_HOOK);
}

void clb_end_limits(clb_vm *vm) {
  lua_sethook(vm->L, NULL, 0, 0);
  vm->fuel_limit = 0;
  vm->tight = false;
}
