// What a run may cost. Once a limit is passed the run is left at once, over all of Lua's frames:
// no `pcall`, handler or closing variable of the rule's runs, and the VM is thrown away.
#include "vm/meter.h"

#include <string.h>
#include <time.h>

#include "trace/trace.h"
#include "vm/liblua.h"
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

bool clb_spends(clb_status status) {
  return status != CLB_OK && status != CLB_FETCH && status != CLB_FORBIDDEN;
}

// MARK: Stopping

static void hook(lua_State *L, lua_Debug *event);

static void arm_hook(clb_vm *vm, int step) {
  int mask = LUA_MASKCOUNT | (vm->lines != NULL ? LUA_MASKLINE : 0) | clb_trace_mask(vm);
  lua_sethook(vm->L, hook, mask, clb_trace_step(vm, step));
}

void clb_leave(clb_vm *vm, clb_status status) {
  if (!vm->meter.armed) return;
  vm->meter.armed = 0;
  vm->meter.stop = status;
  clb_note_frames(vm->L, vm);
  longjmp(vm->meter.exit, 1);
}

int clb_stop(lua_State *L, clb_status status) {
  clb_vm *vm = clb_of(L);
  if (clb_spends(status)) clb_leave(vm, status);
  if (vm->meter.stop == CLB_OK) {
    vm->meter.stop = status;
    arm_hook(vm, 1);
  }
  if (vm->meter.stop == CLB_FORBIDDEN) {
    lua_pushlstring(L, vm->raised, strlen(vm->raised));
    return lua_error(L);
  }
  // In the hook the innermost frame is the rule's own, elsewhere that of a function of ours.
  lua_Debug frame;
  bool is_rule = lua_getstack(L, 0, &frame) && lua_getinfo(L, "S", &frame) && frame.what[0] != 'C';
  luaL_where(L, is_rule ? 0 : 1);
  lua_pushstring(L, limit_message(vm->meter.stop));
  lua_concat(L, 2);
  return lua_error(L);
}

int clb_stop_memory(lua_State *L) { return clb_stop(L, CLB_MEMORY_EXHAUSTED); }

// MARK: Charging

// [-0, +0, e] Counts `units` and stops when a limit is passed.
static inline void spend(lua_State *L, clb_vm *vm, uint64_t units) {
  clb_meter *meter = &vm->meter;
  if (meter->stop != CLB_OK) clb_stop(L, meter->stop);
  // Work may be as long as numbers go; what is over the limit isn't counted, so that no sum begins anew.
  if (__builtin_add_overflow(meter->fuel, units, &meter->fuel) || meter->fuel > meter->fuel_limit) {
    meter->fuel = meter->fuel_limit;
    clb_stop(L, CLB_FUEL_EXHAUSTED);
  }
  if (meter->fuel >= meter->next_clock_read) {
    meter->next_clock_read = meter->fuel + CLB_FUEL_PER_CLOCK_READ;
    if (clb_monotonic_nanoseconds() >= meter->deadline) clb_stop(L, CLB_DEADLINE);
  }
}

static void hook(lua_State *L, lua_Debug *event) {
  clb_vm *vm = clb_of(L);
  if (clb_traces(vm) && !clb_trace_hook(L, vm, event)) return;
  if (event->event == LUA_HOOKLINE) {
    lua_getinfo(L, "S", event);
    clb_count_line(vm, event->source, event->currentline);
    return;
  }
  clb_give_back_stack(vm);
  uint64_t units = CLB_INSTRUCTIONS_PER_HOOK;
  spend(L, vm, vm->branches == NULL ? units : clb_less_for_branches(vm, units));
}

void clb_charge(lua_State *L, uint64_t units) { spend(L, clb_of(L), units); }

void clb_charge_each(lua_State *L, uint64_t count, uint64_t units) {
  uint64_t all;
  spend(L, clb_of(L), __builtin_mul_overflow(count, units, &all) ? UINT64_MAX : all);
}

void clb_charge_bytes(lua_State *L, size_t bytes) {
  spend(L, clb_of(L), 1 + (uint64_t)bytes / CLB_BYTES_PER_FUEL);
}

void clb_owe(uint64_t units) {
  if (clb_running != NULL) clb_running->meter.fuel += units;
}

void clb_note_unpriced(clb_vm *vm, uint64_t steps) {
  clb_meter *meter = &vm->meter;
  meter->unpriced_steps += steps;
  if (meter->unpriced_steps / CLB_UNPRICED_STEPS_PER_FUEL <= meter->fuel + CLB_UNPRICED_STEPS) return;
  clb_leave(vm, CLB_DEADLINE);
}

// MARK: One run

static bool begin(clb_vm *vm, clb_limits limits) {
  clb_meter *meter = &vm->meter;
  meter->fuel = 0;
  meter->unpriced_steps = 0;
  meter->fuel_limit = limits.fuel;
  meter->next_clock_read = CLB_FUEL_PER_CLOCK_READ;
  meter->started = clb_monotonic_nanoseconds();
  meter->deadline = meter->started + limits.deadline_nanoseconds;
  meter->stop = CLB_OK;
  meter->armed = 0;
  vm->growing = NULL;
  if (vm->branches != NULL) clb_branches_begin(vm);
  return clb_watch_begin(vm);
}

// A limit passed: the Lua state is as it was when it was left.
static clb_status finish_left(clb_vm *vm) {
  clb_meter *meter = &vm->meter;
  clb_watch_end(vm);
  clb_note_failure(vm, meter->stop, "%s", limit_message(meter->stop));
  clb_place_message(vm);
  vm->spent = true;
  return meter->stop;
}

clb_status clb_protect(clb_vm *vm, clb_limits limits, lua_CFunction body, void *argument) {
  lua_State *L = vm->L;
  clb_clear_failure(vm);
  if (!begin(vm, limits)) {
    clb_note_failure(vm, CLB_MEMORY_EXHAUSTED, "no thread that watches over decisions");
    return CLB_MEMORY_EXHAUSTED;
  }
  if (_setjmp(vm->meter.exit) != 0) return finish_left(vm);
  arm_hook(vm, CLB_INSTRUCTIONS_PER_HOOK);
  lua_settop(L, 0);
  lua_pushcfunction(L, clb_on_error);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, argument);
  vm->meter.armed = 1;
  int status = lua_pcall(L, 1, 0, 1);
  vm->meter.armed = 0;
  clb_watch_end(vm);
  lua_sethook(L, NULL, 0, 0);
  clb_status result = status == LUA_OK ? CLB_OK : clb_settle_failure(vm, status);
  lua_settop(L, 0);
  if (clb_spends(vm->meter.stop)) vm->spent = true;
  return result;
}
