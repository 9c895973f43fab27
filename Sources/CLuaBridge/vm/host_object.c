#define _POSIX_C_SOURCE 200809L
// The `host` of a decision: the clock, random numbers, and the calls it has declared.
#include <string.h>
#include <time.h>

#include "trace/trace.h"
#include "vm/vm.h"

// [-0, +0, v] Raises unless a decision runs.
static void check_live(lua_State *L, clb_vm *vm, const char *what) {
  if (!vm->run.live) {
    clb_raise(L, CLB_FORBIDDEN, "host.%s: only a running decision may use the host", what);
  }
}

// MARK: Time and chance

// [-0, +1, e] host.now: milliseconds since 1970; the same for the whole decision.
static void push_now(lua_State *L, clb_vm *vm) {
  check_live(L, vm, "now");
  if (vm->run.now_milliseconds == CLB_NOW_LAZY) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    vm->run.now_milliseconds = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  }
  vm->run.now_was_read = true;
  lua_pushinteger(L, vm->run.now_milliseconds);
}

// SplitMix64 (Steele, Lea, Flood), which seeds the generator below.
static uint64_t split_mix(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

static void seed(clb_vm *vm) {
  uint64_t high = 0, low = 0;
  for (int i = 0; i < 8; i++) {
    high = high << 8 | vm->run.request->decision_id[i];
    low = low << 8 | vm->run.request->decision_id[8 + i];
  }
  // Each step maps its half one to one, and no two steps of one half both give zero: other ids give
  // other states, and none is all zeros.
  for (int i = 0; i < 4; i += 2) {
    vm->run.random_state[i] = split_mix(&high);
    vm->run.random_state[i + 1] = split_mix(&low);
  }
  vm->run.random_is_seeded = true;
}

static uint64_t rotate(uint64_t value, int by) { return value << by | value >> (64 - by); }

// xoshiro256** 1.0 (Blackman and Vigna), seeded by the decision's id: a replay draws the same
// numbers.
static uint64_t next_random(clb_vm *vm) {
  if (!vm->run.random_is_seeded) seed(vm);
  uint64_t *s = vm->run.random_state;
  uint64_t result = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 45);
  return result;
}

// [-?, +1, e] host.random() | host.random(m) | host.random(m, n), as math.random has them.
static int host_random(lua_State *L) {
  clb_vm *vm = clb_of(L);
  check_live(L, vm, "random");
  clb_charge(L, 1);
  int count = lua_gettop(L);
  if (count == 0) {
    lua_pushnumber(L, (lua_Number)(next_random(vm) >> 11) * 0x1p-53);
    return 1;
  }
  lua_Integer low = count == 1 ? 1 : luaL_checkinteger(L, 1);
  lua_Integer high = luaL_checkinteger(L, count == 1 ? 1 : 2);
  luaL_argcheck(L, low <= high, count == 1 ? 1 : 2, "interval is empty");
  uint64_t span = (uint64_t)high - (uint64_t)low;
  // Only what falls into whole multiples of the span counts: no number is likelier than another.
  uint64_t value = next_random(vm);
  if (span < UINT64_MAX) {
    uint64_t size = span + 1, limit = UINT64_MAX - (UINT64_MAX % size + 1) % size;
    while (value > limit) value = next_random(vm);
    value %= size;
  }
  lua_pushinteger(L, (lua_Integer)((uint64_t)low + value));
  return 1;
}

// MARK: Calls

bool clb_vm_answer(clb_vm *vm, const uint8_t *bytes, size_t count) {
  vm->answer = clb_input_copy(vm, bytes, count);
  return vm->answer.bytes != NULL;
}

void clb_vm_answer_failure(clb_vm *vm, const uint8_t *message, size_t count) {
  if (count >= sizeof vm->host_failure) count = sizeof vm->host_failure - 1;
  memcpy(vm->host_failure, message, count);
  vm->host_failure[count] = '\0';
}

// [-0, +0, e] The arguments as a JSON array in the output buffer.
static void write_arguments(lua_State *L, clb_vm *vm) {
  int count = lua_gettop(L);
  vm->output.count = 0;
  vm->writing = CLB_RUNTIME;
  clb_write_bytes(L, "[", 1);
  for (int i = 1; i <= count; i++) {
    clb_path path = {.parent = NULL, .name = NULL, .index = i};
    if (i > 1) clb_write_bytes(L, ",", 1);
    clb_write_any(L, i, &path, 1, CLB_WRITE_PLAIN, CLB_RUNTIME);
  }
  clb_write_bytes(L, "]", 1);
}

static int host_call(lua_State *L);

// [-0, +0, v] Raises when the first of several arguments is the table that the call stands in: it
// was called with a colon.
static void refuse_colon(lua_State *L, const char *name) {
  const char *dot = strchr(name, '.');
  if (lua_gettop(L) < 2 || !lua_istable(L, 1) || dot == NULL) return;
  lua_pushvalue(L, 1);
  clb_see_through(L, lua_gettop(L));
  lua_pushstring(L, dot + 1);
  lua_rawget(L, -2);
  bool is_group = lua_tocfunction(L, -1) == host_call;
  lua_pop(L, 2);
  if (is_group) luaL_error(L, "call it with a dot: host.%s(…)", name);
}

// [-?, +1, e] A host call. Upvalues: its number, its name. When the host function has returned, its
// frame is gone; only then is the answer read or an error raised.
static int host_call(lua_State *L) {
  clb_vm *vm = clb_of(L);
  uint32_t call = (uint32_t)lua_tointeger(L, lua_upvalueindex(1));
  const char *name = lua_tostring(L, lua_upvalueindex(2));
  check_live(L, vm, name);
  if ((vm->run.allowed_calls >> call & 1) == 0) {
    clb_raise(L, CLB_FORBIDDEN, "host.%s is not declared in 'uses'", name);
  }
  refuse_colon(L, name);
  write_arguments(L, vm);
  clb_charge(L, 10);
  clb_charge_bytes(L, vm->output.count);
  clb_bytes arguments = {.bytes = vm->output.bytes, .count = vm->output.count};
  vm->host_failure[0] = '\0';
  vm->answer = (clb_bytes){.bytes = NULL, .count = 0};
  clb_watch_pause(vm);
  clb_status status = vm->host(vm->run.request->context, vm, call, arguments);
  clb_watch_resume(vm);
  // The host may have taken as long as it liked.
  vm->meter.next_clock_read = 0;
  if (vm->trace != NULL) {
    clb_trace_host(L, vm, name, arguments, status == CLB_OK ? vm->answer : (clb_bytes){.bytes = (const uint8_t *)"", .count = 0});
  }
  if (status == CLB_FETCH || status == CLB_MEMORY_EXHAUSTED) return clb_stop(L, status);
  clb_charge(L, 0);
  if (status == CLB_OK && vm->answer.bytes != NULL) {
    clb_charge_bytes(L, vm->answer.count);
    clb_push_answer(L, vm->answer);
    return 1;
  }
  if (status == CLB_OK) return clb_raise(L, CLB_RUNTIME, "host.%s: no answer", name);
  if (status == CLB_REFUSED) return clb_raise(L, CLB_REFUSED, "%s", vm->host_failure);
  return clb_raise(L, status, "host.%s: %s", name,
                   vm->host_failure[0] != '\0' ? vm->host_failure : "refused");
}

// [-2, +1, e] A part of the host: `now`, or what stands in the table of parts (the upvalue).
static int host_index(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  if (strcmp(name, "now") == 0) {
    push_now(L, clb_of(L));
    return 1;
  }
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  return luaL_error(L, "the host has no '%s'", name);
}

static int unknown_call(lua_State *L) {
  return luaL_error(L, "unknown host call '%s.%s'", lua_tostring(L, lua_upvalueindex(1)),
                    lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?");
}

static int refuse_write(lua_State *L) {
  return clb_raise(L, CLB_FORBIDDEN, "the host can't be changed");
}

// [-0, +1, m] The table of the group `name` in the table of parts on the top, made if it is new.
static void push_group(lua_State *L, const char *name, size_t length) {
  lua_pushlstring(L, name, length);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TTABLE) {
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, unknown_call, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_insert(L, -2);
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);
}

// [-0, +0, m] Makes the one `host` object of the VM.
void clb_install_host(lua_State *L, const clb_configuration *configuration) {
  lua_newtable(L);
  int parts = lua_gettop(L);
  for (uint32_t i = 0; i < configuration->host_call_count; i++) {
    const char *name = (const char *)configuration->host_calls[i].bytes;
    size_t length = configuration->host_calls[i].count;
    const char *dot = memchr(name, '.', length);
    if (dot == NULL) continue;
    push_group(L, name, (size_t)(dot - name));
    lua_pushlstring(L, dot + 1, length - (size_t)(dot + 1 - name));
    lua_pushinteger(L, (lua_Integer)i);
    lua_pushlstring(L, name, length);
    lua_pushcclosure(L, host_call, 2);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }
  // The groups are shared by all decisions, so they are frozen.
  lua_pushnil(L);
  while (lua_next(L, parts)) {
    clb_push_frozen(L, -1);
    lua_remove(L, -2);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, parts);
  }
  lua_pushcfunction(L, host_random);
  lua_setfield(L, parts, "random");
  lua_newtable(L);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, parts);
  lua_pushcclosure(L, host_index, 1);
  lua_setfield(L, -2, "__index");
  clb_lock_metatable(L, refuse_write);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, parts);
  clb_note_behind(L);  // table functions see the parts, and can't write them
  lua_pop(L, 1);
  clb_of(L)->host_reference = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_settop(L, parts - 1);
}
