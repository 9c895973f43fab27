#define _GNU_SOURCE
// A VM's life and the way of one decision through it.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace.h"
#include "vm/vm.h"

const char clb_key_environment, clb_key_frozen, clb_key_real, clb_key_functions, clb_key_modules,
    clb_key_keys, clb_key_defaults, clb_key_host, clb_key_amount, clb_key_watches,
    clb_key_assigning, clb_key_lists, clb_key_run_lists, clb_key_trace;

// MARK: Life

// [-1, +0, m] What every VM begins with.
static int open_state(lua_State *L) {
  static const char *const tables[] = {
      &clb_key_frozen, &clb_key_real,     &clb_key_functions, &clb_key_modules,
      &clb_key_keys,   &clb_key_defaults, &clb_key_watches,   &clb_key_assigning,
  };
  const clb_configuration *configuration = lua_touserdata(L, 1);
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, tables[i]);
  }
  clb_install_lists(L);
  clb_install_environment(L);
  clb_install_host(L, configuration);
  // The first long text makes what all later ones share: not in a decision, whose cost it would be.
  luaL_Buffer text;
  luaL_buffinitsize(L, &text, 2 * LUAL_BUFFERSIZE);
  luaL_pushresultsize(&text, 0);
  // Its room is given back when it is closed, which a failure does, too. A finaliser would keep each
  // of them over the collections at the cap, which run none, and what is free would be in pieces.
  luaL_getmetatable(L, "_UBOX*");
  lua_pushnil(L);
  lua_setfield(L, -2, "__gc");
  return 0;
}

clb_vm *clb_vm_create(const clb_configuration *configuration) {
  clb_vm *vm = calloc(1, sizeof *vm);
  if (vm == NULL) return NULL;
  if (!clb_allocator_begin(&vm->allocator, configuration->memory)) goto failed;
  vm->host = configuration->host;
  vm->loading_limits = configuration->loading;
  if (configuration->count_lines && !(clb_line_counts_create(vm) && clb_branch_counts_create(vm))) {
    goto failed;
  }
  if (!clb_trace_create(vm, configuration->trace)) goto failed;
  if (!clb_parser_create(vm)) goto failed;
  vm->L = lua_newstate(clb_allocate, vm);
  if (vm->L == NULL) goto failed;
  *(clb_vm **)lua_getextraspace(vm->L) = vm;
  lua_gc(vm->L, LUA_GCSTOP);
  lua_pushcfunction(vm->L, open_state);
  lua_pushlightuserdata(vm->L, (void *)configuration);
  if (lua_pcall(vm->L, 1, 0, 0) != LUA_OK) goto failed;
  return vm;
failed:
  clb_vm_destroy(vm);
  return NULL;
}

void clb_vm_destroy(clb_vm *vm) {
  if (vm == NULL) return;
  // No lua_close: all of Lua's memory goes at once, and nothing of a rule's runs.
  clb_allocator_free_texts(&vm->allocator);
  clb_allocator_free_all(&vm->allocator);
  for (uint32_t i = 0; i < vm->schema.decision_count; i++) free(vm->schema.decisions[i].name);
  free(vm->schema.decisions);
  clb_schema_free(vm);
  free(vm->input.bytes);
  free(vm->output.bytes);
  clb_parser_destroy(vm);
  clb_line_counts_free(vm);
  clb_branch_counts_free(vm);
  clb_trace_free(vm);
  free(vm);
}

bool clb_vm_find_decision(const clb_vm *vm, clb_bytes name, uint32_t *index) {
  for (uint32_t i = 0; i < vm->schema.decision_count; i++) {
    const clb_bound_decision *decision = &vm->schema.decisions[i];
    if (decision->name_length != name.count) continue;
    if (memcmp(decision->name, name.bytes, name.count) != 0) continue;
    *index = i;
    return true;
  }
  return false;
}

// MARK: One run

// [-0, +0, e] Notes a refusal, the second of what `decide` returned: {code, message} or a text.
static void note_refusal(lua_State *L, clb_vm *vm, int index) {
  vm->run.refused = true;
  clb_note_failure(vm, CLB_REFUSED, "refused");
  if (lua_type(L, index) == LUA_TSTRING) {
    clb_note_failure(vm, CLB_REFUSED, "%s", lua_tostring(L, index));
    return;
  }
  luaL_checktype(L, index, LUA_TTABLE);
  clb_see_through(L, index);
  lua_getfield(L, index, "code");
  lua_getfield(L, index, "message");
  const char *code = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
  strncpy(vm->failure.reason, code, sizeof vm->failure.reason - 1);
  if (lua_type(L, -1) == LUA_TSTRING) clb_note_failure(vm, CLB_REFUSED, "%s", lua_tostring(L, -1));
  else if (code[0] != '\0') clb_note_failure(vm, CLB_REFUSED, "%s", code);
  lua_pop(L, 2);
}

// [-0, +0, e] The protected body of a decision: input in, the rule, result out.
static int decide(lua_State *L) {
  clb_vm *vm = clb_of(L);
  const clb_run *run = vm->run.request;
  const clb_bound_decision *decision = &vm->schema.decisions[run->decision];
  vm->scope = (clb_bytes){.bytes = (const uint8_t *)decision->scope,
                          .count = decision->scope_length};
  lua_rawgeti(L, LUA_REGISTRYINDEX, decision->function_reference);
  clb_push_input(L, decision->input, run->input, run->enveloped);
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm->host_reference);
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2) && !lua_isnil(L, -1)) {
    note_refusal(L, vm, lua_gettop(L));
    return 0;
  }
  lua_pop(L, 1);
  vm->output.count = 0;
  clb_write_output(L, lua_gettop(L), decision->output, NULL, 0);
  clb_charge_bytes(L, vm->output.count);
  return 0;
}

// A failure of the decision's own interface is told at its place: the line where `decide` begins.
static void place_failure(clb_vm *vm, const clb_bound_decision *decision) {
  clb_failure_text *failure = &vm->failure;
  char text[sizeof failure->message];
  char *rest = failure->message;
  char prefix[sizeof failure->file + 16];
  if (failure->status == CLB_REFUSED || failure->status == CLB_FETCH) return;
  if (failure->status == CLB_INVALID_INPUT) {
    failure->traceback[0] = '\0';
    failure->file[0] = '\0';
    failure->line = 0;
  } else if (failure->line == 0) {
    strncpy(failure->file, decision->file, sizeof failure->file - 1);
    failure->line = decision->line;
  }
  if (failure->line > 0) {
    int length = snprintf(prefix, sizeof prefix, "%s:%d: ", failure->file, (int)failure->line);
    if (strncmp(rest, prefix, (size_t)length) == 0) rest += length;
  } else {
    prefix[0] = '\0';
  }
  snprintf(text, sizeof text, "%s%s: %.600s", prefix, decision->name, rest);
  memcpy(failure->message, text, sizeof failure->message);
}

// Between decisions: what the last ones left behind is collected once there is enough of it, or where
// the next one might meet its texts.
static void collect(clb_vm *vm) {
  bool is_much = vm->allocator.used >= vm->live_after_collection + CLB_GARBAGE_BEFORE_COLLECTION;
  if (!is_much && !vm->crowded) return;
  vm->crowded = false;
  lua_gc(vm->L, LUA_GCCOLLECT);
  vm->live_after_collection = vm->allocator.used;
}

static void fail(clb_vm *vm, clb_outcome *outcome, clb_status status, const char *message) {
  clb_clear_failure(vm);
  clb_note_failure(vm, status, "%s", message);
  outcome->status = status;
  if (clb_spends(status)) vm->spent = true;
}

// What is looked at when a run has ended by itself: nothing may outlive it, and no limit is passed.
static void check_end(clb_vm *vm, const clb_run *run, clb_outcome *outcome) {
  if (vm->watch_count > 0) {
    vm->meter.fuel += clb_fuel_of_watches(vm);
    const char *changed = clb_changed_upvalue(vm->L, vm);
    lua_settop(vm->L, 0);
    if (changed != NULL && vm->meter.stop == CLB_OK) {
      fail(vm, outcome, CLB_FORBIDDEN, "");
      clb_note_failure(vm, CLB_FORBIDDEN,
                       "the local '%s' was changed: nothing may outlive a decision", changed);
    }
  }
  if (outcome->status == CLB_FETCH) return;
  if (vm->meter.fuel > vm->meter.fuel_limit) {
    fail(vm, outcome, CLB_FUEL_EXHAUSTED, "the fuel is used up");
  } else if (outcome->nanoseconds >= run->limits.deadline_nanoseconds) {
    fail(vm, outcome, CLB_DEADLINE, "the deadline has passed");
  }
}

// Runs `body` as the live run.
static clb_outcome run_live(clb_vm *vm, const clb_run *run, lua_CFunction body, void *argument,
                            uint64_t calls) {
  uint64_t allocations = vm->allocator.count;
  clb_outcome outcome = {.status = CLB_OK};
  vm->run = (clb_run_state){
      .request = run,
      .live = true,
      .allowed_calls = calls,
      .now_milliseconds = run->now_milliseconds,
      .address_keys = vm->loaded_address_keys,
  };
  outcome.status = clb_protect(vm, run->limits, body, argument);
  if (outcome.status == CLB_OK && vm->run.refused) outcome.status = CLB_REFUSED;
  outcome.nanoseconds = clb_monotonic_nanoseconds() - vm->meter.started;
  if (!vm->spent) check_end(vm, run, &outcome);
  clb_parser_trim(vm);
  vm->run.live = false;
  vm->run.request = NULL;
  vm->scope = (clb_bytes){.bytes = NULL, .count = 0};
  outcome.spent = vm->spent;
  // Who spends all has spent what there was, however dear the last piece of work would have been.
  outcome.fuel = vm->meter.fuel < run->limits.fuel ? vm->meter.fuel : run->limits.fuel;
  outcome.allocations = vm->allocator.count - allocations;
  outcome.now_milliseconds = vm->run.now_milliseconds;
  outcome.now_was_read = vm->run.now_was_read;
  outcome.result = (clb_bytes){.bytes = vm->output.bytes, .count = vm->output.count};
  return outcome;
}

// Refuses to use a VM again that a limit stopped, or for a decision that it doesn't have.
static bool is_usable(clb_vm *vm, const clb_run *run, clb_outcome *outcome) {
  if (!vm->spent && (vm->sealed && run->decision < vm->schema.decision_count)) return true;
  clb_clear_failure(vm);
  clb_note_failure(vm, vm->spent ? CLB_RUNTIME : CLB_UNKNOWN_DECISION,
                   vm->spent ? "this virtual machine is spent" : "unknown decision");
  *outcome = (clb_outcome){.status = vm->failure.status, .spent = vm->spent};
  return false;
}

clb_outcome clb_vm_decide(clb_vm *vm, const clb_run *run) {
  clb_outcome outcome;
  if (!is_usable(vm, run, &outcome)) return outcome;
  const clb_bound_decision *decision = &vm->schema.decisions[run->decision];
  outcome = run_live(vm, run, decide, NULL, decision->host_calls);
  if (outcome.status != CLB_OK && outcome.status != CLB_FETCH) {
    vm->failure.status = outcome.status;
    place_failure(vm, decision);
  }
  if (!vm->spent) collect(vm);
  return outcome;
}

// MARK: Specs

typedef struct {
  clb_bytes prelude, scope, name;
} spec_call;

// [-0, +0, e] prelude(input, host, environment, body)
static int run_spec(lua_State *L) {
  clb_vm *vm = clb_of(L);
  spec_call *call = lua_touserdata(L, 1);
  clb_bytes everyone = {.bytes = (const uint8_t *)"", .count = 0};
  clb_push_module_value(L, everyone, call->prelude);
  clb_push_json(L, vm->run.request->input, true);
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm->host_reference);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_environment);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  int environment = lua_gettop(L);
  if (!clb_push_module_entry(L, call->scope, call->name)) return luaL_error(L, "unknown spec");
  vm->scope = call->scope;
  clb_push_chunk(L, lua_gettop(L), environment);
  lua_remove(L, -2);
  lua_call(L, 4, 1);
  vm->output.count = 0;
  clb_write_any(L, lua_gettop(L), NULL, 0, CLB_WRITE_PLAIN, CLB_INVALID_OUTPUT);
  return 0;
}

clb_outcome clb_vm_run_spec(clb_vm *vm, clb_bytes prelude, clb_bytes scope, clb_bytes name,
                            const clb_run *run) {
  spec_call call = {.prelude = prelude, .scope = scope, .name = name};
  clb_outcome outcome;
  if (vm->spent) {
    is_usable(vm, run, &outcome);
    return outcome;
  }
  vm->catches_forbidden = true;
  outcome = run_live(vm, run, run_spec, &call, UINT64_MAX);
  vm->catches_forbidden = false;
  return outcome;
}

// MARK: Threads and versions

int clb_set_default_thread_stack(size_t bytes) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  error = pthread_attr_setstacksize(&attributes, bytes);
  if (error == 0) error = pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
  return error;
}

size_t clb_thread_stack(void) {
  pthread_attr_t attributes;
  void *address;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  if (pthread_attr_getstack(&attributes, &address, &size) != 0) size = 0;
  pthread_attr_destroy(&attributes);
  return size;
}

const char *clb_lua_version(void) {
  return LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE;
}
