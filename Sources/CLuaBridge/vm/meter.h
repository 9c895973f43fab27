// What a run may cost and has cost so far.
#ifndef CASCADE_METER_H
#define CASCADE_METER_H

#include <setjmp.h>
#include <signal.h>

#include "vm/sandbox.h"

#define CLB_INSTRUCTIONS_PER_HOOK 100
#define CLB_FUEL_PER_CLOCK_READ 1000
// Of steps that can't be charged: how many a unit of fuel may stand for at most, and for how many units
// they are free. They take 1 to 2 ns each.
#define CLB_UNPRICED_STEPS_PER_FUEL 16
#define CLB_UNPRICED_STEPS 60000

typedef struct {
  uint64_t fuel;
  uint64_t fuel_limit;
  uint64_t unpriced_steps;
  volatile uint64_t next_clock_read;  // in fuel
  uint64_t started;                   // monotonic nanoseconds
  uint64_t deadline;
  volatile clb_status stop;           // why nothing more may run; CLB_OK while it may
  volatile sig_atomic_t armed;        // a run goes on, and may be left by `exit`
  jmp_buf exit;
  clb_vm *outer;                      // whose host call this run answers
} clb_meter;

#ifdef __cplusplus
extern "C" {
#endif

/// The VM that runs on this thread, NULL when none does or while the host answers a call.
extern __thread clb_vm *clb_running;

// meter.c
uint64_t clb_monotonic_nanoseconds(void);
/// Runs `body(argument)` protected and metered: CLB_OK, or why it failed (noted in the VM). A limit
/// leaves everything at once, and then the Lua state is not to be used again.
clb_status clb_protect(clb_vm *vm, clb_limits limits, lua_CFunction body, void *argument);
/// Ends the run for `status`. [-0, +0, v]
int clb_stop(lua_State *L, clb_status status);
/// Leaves the run at once for a limit; for where no Lua error can be raised. Returns only when no
/// run can be left.
void clb_leave(clb_vm *vm, clb_status status);
/// Whether a VM that stopped for `status` can't be used again.
bool clb_spends(clb_status status);
/// Counts work inside liblua, where nothing can be raised: the next look stops the run.
void clb_owe(uint64_t units);
/// Counts steps whose number differs between machines, so that no fuel can stand for them. Where they are
/// far more than the run's fuel, it is late already, or would be soon, and ends so.
void clb_note_unpriced(clb_vm *vm, uint64_t steps);

// watchdog.c
/// Has this thread's run looked after. False when the system has no thread or memory for it.
bool clb_watch_begin(clb_vm *vm);
void clb_watch_end(clb_vm *vm);
/// While the host answers a call nothing is interrupted.
void clb_watch_pause(clb_vm *vm);
void clb_watch_resume(clb_vm *vm);

#ifdef __cplusplus
}
#endif
#endif
