#define _GNU_SOURCE
// Who looks after runs from outside: one instruction of Lua's can take seconds (a rehash of keys
// that collide), and no hook comes in between. A thread looks at the deadlines of all threads that
// run a VM, every few milliseconds while any does, and signals those that are late. The handler
// leaves the run if it interrupted liblua's own code, which holds no lock and calls nothing that
// must be finished; elsewhere it has the meter look at the clock, and the next signal tries again.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "vm/liblua.h"
#include "vm/vm.h"

#define TICK_NANOSECONDS 2000000
// Most runs notice the deadline themselves, in order, before they are interrupted.
#define GRACE_NANOSECONDS 4000000
// Ticks without any run before the watchdog sleeps until it is called.
#define IDLE_TICKS 100

#define SIGNAL (SIGRTMIN + 9)

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// The sanitizer delivers signals later than where they interrupted.
#define CLB_SIGNALS_ARE_LATE 1
#endif
#endif

// A thread that runs VMs.
typedef struct watched {
  _Atomic uint64_t deadline;  // 0 while nothing may be interrupted
  pid_t thread;
  struct watched *next, **link;
} watched;

__thread clb_vm *clb_running;
static __thread watched own;
static __thread bool is_watched;
static __thread clb_vm *answered;  // whose host call is being answered

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static watched *threads;
static pthread_key_t departure;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_set_up;
static _Atomic uint32_t asleep;

// MARK: The signal

static uintptr_t interrupted_address(const void *context) {
  const ucontext_t *at = context;
#if defined(__x86_64__)
  return (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  return (uintptr_t)at->uc_mcontext.pc;
#else
  (void)at;
  return 0;
#endif
}

static void on_signal(int number, siginfo_t *information, void *context) {
  (void)number;
  (void)information;
  int error = errno;
  clb_vm *vm = clb_running;
  if (vm != NULL && vm->meter.armed && clb_monotonic_nanoseconds() >= vm->meter.deadline) {
#ifndef CLB_SIGNALS_ARE_LATE
    if (clb_is_in_liblua(interrupted_address(context))) {
      vm->meter.armed = 0;
      vm->meter.stop = CLB_DEADLINE;
      longjmp(vm->meter.exit, 1);
    }
#else
    (void)interrupted_address(context);
#endif
    vm->meter.next_clock_read = 0;
  }
  errno = error;
}

// MARK: The watchdog

// Signals every thread that is late; whether any runs at all.
static bool look(void) {
  bool any = false;
  uint64_t now = clb_monotonic_nanoseconds();
  pthread_mutex_lock(&lock);
  for (watched *one = threads; one != NULL; one = one->next) {
    uint64_t deadline = atomic_load(&one->deadline);
    if (deadline == 0) continue;
    any = true;
    if (now > deadline + GRACE_NANOSECONDS) syscall(SYS_tgkill, getpid(), one->thread, SIGNAL);
  }
  pthread_mutex_unlock(&lock);
  return any;
}

static void *watch(void *context) {
  (void)context;
  const struct timespec tick = {.tv_nsec = TICK_NANOSECONDS};
  for (int idle = 0;;) {
    nanosleep(&tick, NULL);
    idle = look() ? 0 : idle + 1;
    if (idle < IDLE_TICKS) continue;
    atomic_store(&asleep, 1);
    // Whoever began before this store didn't see it. Its deadline may still be on its way here, but
    // not for as long as a tick.
    nanosleep(&tick, NULL);
    if (!look()) syscall(SYS_futex, &asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    atomic_store(&asleep, 0);
    idle = 0;
  }
  return NULL;
}

static void wake(void) {
  atomic_store(&asleep, 0);
  syscall(SYS_futex, &asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

// MARK: Threads

static void depart(void *context) {
  watched *one = context;
  pthread_mutex_lock(&lock);
  *one->link = one->next;
  if (one->next != NULL) one->next->link = one->link;
  pthread_mutex_unlock(&lock);
}

// Blocks all signals while the watchdog's thread is made: it inherits that.
static bool start_thread(void) {
  sigset_t all, before;
  pthread_t thread;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool made = pthread_create(&thread, NULL, watch, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (made) pthread_detach(thread);
  return made;
}

static void set_up(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  // The handler may be left by a jump: its signal is not blocked meanwhile.
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
  sigemptyset(&action.sa_mask);
  // Without knowing where liblua stands no run could be left, and nothing would stop it.
  is_set_up = clb_knows_liblua() && sigaction(SIGNAL, &action, NULL) == 0 &&
              pthread_key_create(&departure, depart) == 0 && start_thread();
}

// Makes this thread known; false when that fails.
static bool join(void) {
  sigset_t signals;
  pthread_once(&once, set_up);
  if (!is_set_up || pthread_setspecific(departure, &own) != 0) return false;
  sigemptyset(&signals);
  sigaddset(&signals, SIGNAL);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
  own.thread = (pid_t)syscall(SYS_gettid);
  pthread_mutex_lock(&lock);
  own.next = threads;
  own.link = &threads;
  if (threads != NULL) threads->link = &own.next;
  threads = &own;
  pthread_mutex_unlock(&lock);
  is_watched = true;
  return true;
}

// MARK: Runs

bool clb_watch_begin(clb_vm *vm) {
  if (!is_watched && !join()) return false;
  vm->meter.outer = clb_running;
  clb_watch_resume(vm);
  return true;
}

void clb_watch_end(clb_vm *vm) {
  atomic_store_explicit(&own.deadline, 0, memory_order_relaxed);
  // The outer run, if there is one, waits for its host: that one resumes it.
  clb_running = vm->meter.outer;
}

void clb_watch_pause(clb_vm *vm) {
  atomic_store_explicit(&own.deadline, 0, memory_order_relaxed);
  clb_running = NULL;
  answered = vm;
}

uint64_t clb_host_nanoseconds_left(void) {
  if (answered == NULL) return UINT64_MAX;
  uint64_t now = clb_monotonic_nanoseconds(), deadline = answered->meter.deadline;
  return deadline > now ? deadline - now : 0;
}

void clb_watch_resume(clb_vm *vm) {
  clb_running = vm;
  answered = NULL;
  atomic_store_explicit(&own.deadline, vm->meter.deadline, memory_order_release);
  // In this order in the code; that the other thread sees them in it would cost each run a fence, and
  // `watch` waits for it instead.
  atomic_signal_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&asleep, memory_order_relaxed) != 0) wake();
}
