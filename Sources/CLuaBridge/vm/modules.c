// Modules: compiled once, known by (scope, name), run when they are first required, frozen from
// then on.
#include <stdlib.h>
#include <string.h>

#include "trace/trace.h"
#include "vm/liblua.h"
#include "vm/vm.h"

// What an entry of the registry's module table holds.
#define FIELD_CODE 1   // the bytecode as light userdata
#define FIELD_SIZE 2   // its bytes
#define FIELD_PATH 3   // the file
#define FIELD_STATE 4  // 0 known, 1 loading, 2 loaded
#define FIELD_VALUE 5  // what it returned, frozen

// [-0, +1, m] The key of a module.
static void push_key(lua_State *L, clb_bytes scope, clb_bytes name) {
  lua_pushlstring(L, (const char *)scope.bytes, scope.count);
  lua_pushlstring(L, "\n", 1);
  lua_pushlstring(L, (const char *)name.bytes, name.count);
  lua_concat(L, 3);
}

// [-0, +1, m] The module's entry, or nil.
bool clb_push_module_entry(lua_State *L, clb_bytes scope, clb_bytes name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_modules);
  push_key(L, scope, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return !lua_isnil(L, -1);
}

// [-0, +1, e] The chunk of the entry at `entry`, with its globals in the table at `environment`.
void clb_push_chunk(lua_State *L, int entry, int environment) {
  lua_rawgeti(L, entry, FIELD_CODE);
  lua_rawgeti(L, entry, FIELD_SIZE);
  lua_rawgeti(L, entry, FIELD_PATH);
  lua_pushfstring(L, "@%s", lua_tostring(L, -1));
  int status = luaL_loadbufferx(L, lua_touserdata(L, -4), (size_t)lua_tointeger(L, -3),
                                lua_tostring(L, -1), "b");
  if (status != LUA_OK) lua_error(L);
  lua_pushvalue(L, environment);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  lua_replace(L, -5);
  lua_pop(L, 3);
}

// A module that loads, and the one that required it.
struct clb_loading {
  const void *entry;
  const char *path;
  const struct clb_loading *outer;
};

// [-0, +1, m] The files from the one at `from` to the innermost that loads, as "a → b → ".
static void push_chain(lua_State *L, const struct clb_loading *from,
                       const struct clb_loading *innermost) {
  lua_pushliteral(L, "");
  for (const struct clb_loading *at = innermost;; at = at->outer) {
    lua_pushfstring(L, "%s → %s", at->path, lua_tostring(L, -1));
    lua_remove(L, -2);
    if (at == from) return;
  }
}

// [-0, +0, v] Says why a module that began to load can't be had: it is loading still, or it failed.
static void refuse_begun(lua_State *L, int entry, const char *path) {
  const struct clb_loading *innermost = clb_of(L)->loading, *at = innermost;
  while (at != NULL && at->entry != lua_topointer(L, entry)) at = at->outer;
  if (at == NULL) luaL_error(L, "%s did not load: its own error comes first", path);
  push_chain(L, at, innermost);
  luaL_error(L, "circular require: %s%s; move what both need into a third file",
             lua_tostring(L, -1), path);
}

// [-0, +1, e] Runs the module of the entry at `entry`, if it has not run, and pushes its value.
static void load_entry(lua_State *L, int entry, clb_bytes scope, const char *name) {
  clb_vm *vm = clb_of(L);
  lua_rawgeti(L, entry, FIELD_STATE);
  lua_Integer state = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (state == 2) {
    lua_rawgeti(L, entry, FIELD_VALUE);
    return;
  }
  lua_rawgeti(L, entry, FIELD_PATH);
  struct clb_loading loading = {
      .entry = lua_topointer(L, entry), .path = lua_tostring(L, -1), .outer = vm->loading};
  lua_pop(L, 1);  // the entry keeps the path
  if (state == 1) refuse_begun(L, entry, loading.path);
  if (vm->sealed) {
    luaL_error(L, "module '%s' can't be loaded during a decision: require it at the top", name);
  }
  // Nothing is handed to this module, or by it to another, but what they return: what is kept outside
  // of that would not be frozen.
  clb_refuse_changed_upvalue(L);
  lua_pushinteger(L, 1);
  lua_rawseti(L, entry, FIELD_STATE);
  clb_bytes outer = vm->scope;
  vm->scope = scope;
  vm->loading = &loading;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_environment);
  clb_push_chunk(L, entry, lua_gettop(L));
  lua_remove(L, -2);
  lua_call(L, 0, 1);
  vm->loading = loading.outer;
  vm->scope = outer;
  if (lua_isnil(L, -1)) luaL_error(L, "%s returned nothing", name);
  clb_refuse_changed_upvalue(L);
  clb_freeze_top(L);
  if (clb_traces(vm)) clb_trace_name(L, loading.path);
  lua_pushvalue(L, -1);
  lua_rawseti(L, entry, FIELD_VALUE);
  lua_pushinteger(L, 2);
  lua_rawseti(L, entry, FIELD_STATE);
}

// Whether `text` begins with `prefix`.
static bool has_prefix(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

// [-1, +1, e] require(name): a policy, a module of the library, or one of the plugin's own.
int clb_require(lua_State *L) {
  clb_vm *vm = clb_of(L);
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  clb_bytes name = {.bytes = (const uint8_t *)text, .count = length};
  clb_bytes everyone = {.bytes = (const uint8_t *)"", .count = 0};
  // What everyone shares is the same for everyone, whatever a plugin calls its folders.
  bool shared = has_prefix(text, "policies.") || has_prefix(text, "library.");
  clb_bytes own = vm->scope.bytes != NULL ? vm->scope : everyone;
  clb_bytes scope = shared ? everyone : own;
  if (!clb_push_module_entry(L, scope, name)) {
    lua_pop(L, 1);
    scope = shared ? own : everyone;
    if (!clb_push_module_entry(L, scope, name)) {
      return luaL_error(L, "module '%s' not found: a rule can require \"policies.…\", "
                           "\"library.…\" and its own plugin's modules", text);
    }
  }
  load_entry(L, lua_gettop(L), scope, text);
  return 1;
}

// MARK: The public functions, each a protected body with its arguments in a struct

typedef struct {
  clb_bytes scope, name, path, code;
  const clb_decision *decision;
  uint32_t index;
} module_call;

static module_call *call_of(lua_State *L) { return lua_touserdata(L, 1); }

// [-0, +0, -] Runs `body` protected, with the limits of loading.
static clb_status protect(clb_vm *vm, lua_CFunction body, module_call *call) {
  if (vm->spent) return vm->failure.status;
  clb_status result = clb_protect(vm, vm->loading_limits, body, call);
  vm->scope = (clb_bytes){.bytes = NULL, .count = 0};
  vm->loading = NULL;
  return result;
}

// [-0, +1, m] The entry that the same code has under another name of its scope, or nil. `key` is
// where one stands: no name begins with a line feed.
static bool push_alias(lua_State *L, int modules, int key, const module_call *call) {
  lua_pushvalue(L, key);
  if (lua_rawget(L, modules) == LUA_TNIL) return false;
  lua_rawgeti(L, -1, FIELD_CODE);
  bool is_same = lua_touserdata(L, -1) == (const void *)call->code.bytes;
  lua_pop(L, 1);
  return is_same;
}

static int add_module(lua_State *L) {
  module_call *call = call_of(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_modules);
  int modules = lua_gettop(L);
  lua_pushliteral(L, "\n");
  lua_pushlstring(L, (const char *)call->path.bytes, call->path.count);
  lua_concat(L, 2);
  clb_bytes alias = {.bytes = NULL};
  alias.bytes = (const uint8_t *)lua_tolstring(L, -1, &alias.count);
  push_key(L, call->scope, alias);
  int place = lua_gettop(L);
  if (push_alias(L, modules, place, call)) {
    push_key(L, call->scope, call->name);
    lua_insert(L, -2);
    lua_rawset(L, modules);
    return 0;
  }
  lua_settop(L, place);
  push_key(L, call->scope, call->name);
  lua_createtable(L, 5, 0);
  lua_pushlightuserdata(L, (void *)call->code.bytes);
  lua_rawseti(L, -2, FIELD_CODE);
  lua_pushinteger(L, (lua_Integer)call->code.count);
  lua_rawseti(L, -2, FIELD_SIZE);
  lua_pushlstring(L, (const char *)call->path.bytes, call->path.count);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, FIELD_PATH);
  lua_pushinteger(L, 0);
  lua_rawseti(L, -3, FIELD_STATE);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_assigning);
  lua_pushfstring(L, "@%s", lua_tostring(L, -2));
  lua_pushboolean(L, clb_assigns_upvalues(call->code));
  lua_rawset(L, -3);
  lua_pop(L, 2);
  lua_pushvalue(L, place);
  lua_pushvalue(L, -2);
  lua_rawset(L, modules);
  lua_rawset(L, modules);
  return 0;
}

clb_status clb_vm_add_module(clb_vm *vm, clb_bytes scope, clb_bytes name, clb_bytes path,
                             clb_bytes bytecode) {
  module_call call = {.scope = scope, .name = name, .path = path, .code = bytecode};
  return protect(vm, add_module, &call);
}

// [-0, +1, e] The entry of a module that was added.
static int push_known_entry(lua_State *L, clb_bytes scope, clb_bytes name) {
  if (!clb_push_module_entry(L, scope, name)) {
    lua_pushlstring(L, (const char *)name.bytes, name.count);
    luaL_error(L, "unknown module '%s'", lua_tostring(L, -1));
  }
  return lua_gettop(L);
}

static int load_module(lua_State *L) {
  module_call *call = call_of(L);
  int entry = push_known_entry(L, call->scope, call->name);
  lua_rawgeti(L, entry, FIELD_PATH);
  load_entry(L, entry, call->scope, lua_tostring(L, -1));
  return 0;
}

clb_status clb_vm_load_module(clb_vm *vm, clb_bytes scope, clb_bytes name) {
  module_call call = {.scope = scope, .name = name};
  return protect(vm, load_module, &call);
}

// [-0, +1, e] The value of a loaded module.
void clb_push_module_value(lua_State *L, clb_bytes scope, clb_bytes name) {
  int entry = push_known_entry(L, scope, name);
  lua_rawgeti(L, entry, FIELD_VALUE);
  if (lua_isnil(L, -1)) luaL_error(L, "the module is not loaded");
}

static int describe_module(lua_State *L) {
  clb_push_module_value(L, call_of(L)->scope, call_of(L)->name);
  clb_of(L)->output.count = 0;
  clb_write_any(L, lua_gettop(L), NULL, 0, CLB_WRITE_FUNCTIONS, CLB_RUNTIME);
  return 0;
}

clb_status clb_vm_describe_module(clb_vm *vm, clb_bytes scope, clb_bytes name, clb_bytes *json) {
  module_call call = {.scope = scope, .name = name};
  clb_status status = protect(vm, describe_module, &call);
  if (status == CLB_OK) *json = (clb_bytes){.bytes = vm->output.bytes, .count = vm->output.count};
  return status;
}

// [-1, +1, e] Replaces the table on the top by its field `name`, seen through to where it stands.
static void descend(lua_State *L, const char *name, size_t length) {
  clb_see_through(L, lua_gettop(L));
  if (!lua_istable(L, -1)) luaL_error(L, "no table to hold '%s'", name);
  lua_pushlstring(L, name, length);
  lua_rawget(L, -2);
  lua_remove(L, -2);
}

static int bind_decision(lua_State *L) {
  module_call *call = call_of(L);
  clb_vm *vm = clb_of(L);
  const clb_decision *decision = call->decision;
  clb_push_module_value(L, call->scope, call->name);
  descend(L, "decisions", strlen("decisions"));
  descend(L, (const char *)decision->name.bytes, decision->name.count);
  descend(L, "decide", strlen("decide"));
  if (!lua_isfunction(L, -1)) luaL_error(L, "'decide' is no function");
  clb_bound_decision *bound = &vm->schema.decisions[vm->schema.decision_count];
  lua_Debug info;
  lua_pushvalue(L, -1);
  lua_getinfo(L, ">S", &info);
  strncpy(bound->file, info.source[0] == '@' ? info.source + 1 : "", sizeof bound->file - 1);
  bound->line = info.linedefined;
  uint32_t base = vm->schema.node_count;
  clb_add_schema(L, decision->nodes, decision->node_count);
  bound->input = base + decision->input;
  bound->output = base + decision->output;
  bound->host_calls = decision->host_calls;
  bound->function_reference = luaL_ref(L, LUA_REGISTRYINDEX);
  call->index = vm->schema.decision_count++;
  return 0;
}

clb_status clb_vm_bind_decision(clb_vm *vm, const clb_decision *decision, uint32_t *index) {
  clb_bound_decision *grown = clb_reserve(vm, vm->schema.decisions,
                                          (vm->schema.decision_count + 1) * sizeof *grown);
  if (grown == NULL) goto no_memory;
  vm->schema.decisions = grown;
  clb_bound_decision *bound = &grown[vm->schema.decision_count];
  memset(bound, 0, sizeof *bound);
  bound->name = clb_reserve(vm, NULL, decision->name.count + 1 + decision->scope.count);
  if (bound->name == NULL) goto no_memory;
  memcpy(bound->name, decision->name.bytes, decision->name.count);
  bound->name[decision->name.count] = '\0';
  bound->name_length = decision->name.count;
  bound->scope = bound->name + decision->name.count + 1;
  bound->scope_length = decision->scope.count;
  memcpy(bound->scope, decision->scope.bytes, decision->scope.count);
  module_call call = {.scope = decision->scope, .name = decision->module, .decision = decision};
  clb_status status = protect(vm, bind_decision, &call);
  if (status != CLB_OK) free(bound->name);
  *index = call.index;
  return status;
no_memory:
  clb_clear_failure(vm);
  clb_note_failure(vm, CLB_MEMORY_EXHAUSTED, "the memory is used up");
  return CLB_MEMORY_EXHAUSTED;
}

static int seal(lua_State *L) {
  clb_refuse_changed_upvalue(L);
  lua_gc(L, LUA_GCCOLLECT);
  clb_hash_long_texts(L);
  return 0;
}

clb_status clb_vm_seal(clb_vm *vm) {
  module_call call = {.index = 0};
  clb_status status = protect(vm, seal, &call);
  vm->sealed = status == CLB_OK;
  vm->live_after_collection = vm->allocator.used;
  vm->loaded_address_keys = vm->run.address_keys;
  return status;
}

// MARK: Compiling

// How much the compiler reads between looks at the clock: it is quadratic in some texts.
#define COMPILE_PIECE 256

typedef struct {
  const char *path;
  clb_bytes source;
  size_t read;
} compile_call;

// [-0, +0, -] Gives the compiler the next piece of source; none when the time is up.
static const char *read_source(lua_State *L, void *context, size_t *count) {
  compile_call *call = context;
  size_t rest = call->source.count - call->read;
  *count = rest < COMPILE_PIECE ? rest : COMPILE_PIECE;
  if (*count == 0 || clb_monotonic_nanoseconds() >= clb_of(L)->meter.deadline) {
    *count = 0;
    return NULL;
  }
  const char *piece = (const char *)call->source.bytes + call->read;
  call->read += *count;
  return piece;
}

static int append_code(lua_State *L, const void *bytes, size_t count, void *owner) {
  (void)L;
  clb_vm *vm = owner;
  if (!clb_buffer_reserve(vm, &vm->output, vm->output.count + count)) return 1;
  memcpy(vm->output.bytes + vm->output.count, bytes, count);
  vm->output.count += count;
  return 0;
}

static int compile(lua_State *L) {
  compile_call *call = lua_touserdata(L, 1);
  clb_vm *vm = clb_of(L);
  lua_pushfstring(L, "@%s", call->path);
  int status = lua_load(L, read_source, call, lua_tostring(L, -1), "t");
  if (clb_monotonic_nanoseconds() >= vm->meter.deadline) return clb_stop(L, CLB_DEADLINE);
  if (status != LUA_OK) return lua_error(L);
  vm->output.count = 0;
  if (lua_dump(L, append_code, vm, 0) != 0) return clb_stop_memory(L);
  clb_bytes code = {.bytes = vm->output.bytes, .count = vm->output.count};
  int32_t line = clb_line_of_many_locals(code);
  if (line == 0) return 0;
  return luaL_error(L, "%s:%d: over %d locals without a value one after another", call->path,
                    (int)line, CLB_LOCALS_LIMIT);
}

clb_status clb_vm_compile(clb_vm *vm, const char *path, clb_bytes source,
                          uint64_t deadline_nanoseconds,
                          clb_bytes *bytecode) {
  if (vm->spent) return vm->failure.status;
  clb_clear_failure(vm);
  if (source.count > CLB_SOURCE_LIMIT) {
    clb_note_failure(vm, CLB_INVALID_INPUT, "%s:1: the file is over %d KiB", path,
                     (int)(CLB_SOURCE_LIMIT >> 10));
    return CLB_INVALID_INPUT;
  }
  if (source.count > 0 && source.bytes[0] == 0x1B) {
    clb_note_failure(vm, CLB_FORBIDDEN, "%s:1: this is bytecode: only text is loaded", path);
    return CLB_FORBIDDEN;
  }
  compile_call call = {.path = path, .source = source};
  clb_limits limits = {.fuel = vm->loading_limits.fuel,
                       .deadline_nanoseconds = deadline_nanoseconds};
  // The compiler runs no instruction, so no hook: the allocator looks at the clock meanwhile.
  vm->compiling = true;
  clb_status result = clb_protect(vm, limits, compile, &call);
  vm->compiling = false;
  if (result == CLB_DEADLINE) {
    clb_note_failure(vm, CLB_DEADLINE, "%s:1: compiling took too long", path);
    clb_place_message(vm);
  }
  clb_bytes written = {.bytes = vm->output.bytes, .count = vm->output.count};
  if (result == CLB_OK) *bytecode = written;
  return result;
}
