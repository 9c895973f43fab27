// The boundary between Swift and Lua.
//
// A Lua error is a longjmp. No Swift frame may lie under one, so Swift never sees a
// `lua_State`: a VM is opaque, every function here does its Lua work under one protected
// call and answers with a status, and values cross as JSON bytes, by copy.
#ifndef CASCADE_LUA_BRIDGE_H
#define CASCADE_LUA_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One Lua state with its allocator, limits and buffers. Confined to one thread at a time.
typedef struct clb_vm clb_vm;

typedef enum {
  CLB_OK = 0,
  CLB_INVALID_INPUT,
  CLB_INVALID_OUTPUT,
  CLB_RUNTIME,
  CLB_FUEL_EXHAUSTED,
  CLB_MEMORY_EXHAUSTED,
  CLB_DEADLINE,
  CLB_FORBIDDEN,
  CLB_UNKNOWN_DECISION,
  CLB_REFUSED,
  CLB_CONFLICT,
  /// The host does not hold an answer yet: fetch it and run the decision again.
  CLB_FETCH,
} clb_status;

/// Bytes that belong to whoever handed them over; of a VM: valid until the next call on it.
typedef struct {
  const uint8_t *bytes;
  size_t count;
} clb_bytes;

/// What one run may cost.
typedef struct {
  uint64_t fuel;
  uint64_t deadline_nanoseconds;
} clb_limits;

/// Answers one host call: reads `arguments` (a JSON array), gives its answer by `clb_vm_answer`
/// or the reason it has none by `clb_vm_answer_failure`, and returns. It must not call back
/// into Lua; its frame is gone before Lua goes on.
typedef clb_status (*clb_host_function)(void *context, clb_vm *vm, uint32_t call, clb_bytes arguments);

/// How much a VM takes down of what it does, see `clb_vm_each_event`.
typedef enum {
  CLB_TRACE_NONE = 0,
  /// What rules say with `note`, and host calls; costs nothing else. Of a refusal that the host or a word of rules
  /// raises, the failure also has the place.
  CLB_TRACE_NOTES,
  /// Lines, host calls, and what is read of the tables that modules return.
  CLB_TRACE_PATH,
  /// Locals, calls, returns and comparisons, too.
  CLB_TRACE_ALL,
} clb_trace_depth;

typedef struct {
  /// Bytes of Lua memory, the VM's own and all rules together.
  size_t memory;
  /// Limits while plugins load and specs are declared.
  clb_limits loading;
  /// Names such as "ledger.balance"; a call's index is its place here. At most 64.
  const clb_bytes *host_calls;
  uint32_t host_call_count;
  clb_host_function host;
  /// Counts the hits of every line and, where a source says so, of branches, at the price of speed.
  bool count_lines;
  /// Takes down what is done, at the price of much speed. What a run costs is not comparable.
  clb_trace_depth trace;
} clb_configuration;

// -- Schemas ---------------------------------------------------------------------------------

typedef enum {
  CLB_TYPE_ANY = 0,
  CLB_TYPE_STRING,
  CLB_TYPE_INTEGER,
  CLB_TYPE_NUMBER,
  CLB_TYPE_BOOLEAN,
  CLB_TYPE_AMOUNT,
  CLB_TYPE_ACCOUNT,
  CLB_TYPE_ENUM,
  CLB_TYPE_LIST,
  CLB_TYPE_RECORD,
  /// An exact decimal as text.
  CLB_TYPE_DECIMAL,
  CLB_TYPE_DATE,
  CLB_TYPE_TIMESTAMP,
  /// Any names, and values of one type.
  CLB_TYPE_MAP,
  /// One of several numbers.
  CLB_TYPE_NUMBERS,
  /// The first of several forms that fits.
  CLB_TYPE_ANY_OF,
} clb_type;

/// One node of a schema; its children stand together, an enum's are its options (those of numbers
/// have them as their minimum), a record's its fields sorted by name, a list's or map's its one
/// element, the forms of an `any_of`.
typedef struct {
  clb_type type;
  bool optional;
  bool has_minimum;
  bool has_maximum;
  double minimum;
  double maximum;
  /// Bounds of a string's characters, a list's or map's elements, an amount's minor units;
  /// INT64_MIN and INT64_MAX for none.
  int64_t least;
  int64_t most;
  /// A string's pattern, which ends with `$`; an amount's asset; empty for any.
  clb_bytes text;
  clb_bytes name;
  /// JSON text of the default, empty when there is none.
  clb_bytes default_json;
  uint32_t first_child;
  uint32_t child_count;
} clb_schema_node;

/// Whether a text has the form of `type`, which a decimal, a date and a timestamp have; any text has
/// that of another type.
bool clb_has_form(clb_type type, clb_bytes text);

// -- Life ------------------------------------------------------------------------------------

/// A VM with the frozen environment, or NULL when memory is short.
clb_vm *clb_vm_create(const clb_configuration *configuration);

/// Bytes of addresses that a VM with this `memory` takes, most of them never used.
size_t clb_vm_addresses(size_t memory);
/// Frees all of it at once; no Lua code runs. NULL is fine.
void clb_vm_destroy(clb_vm *vm);

/// Why the last call on this VM failed.
typedef struct {
  clb_status status;
  clb_bytes message;
  /// The refusal's own code, empty when it has none.
  clb_bytes reason;
  /// Where it happened; empty and 0 when that is unknown.
  clb_bytes file;
  int32_t line;
  /// One frame a line.
  clb_bytes traceback;
} clb_failure;
clb_failure clb_vm_failure(const clb_vm *vm);

// -- Loading ---------------------------------------------------------------------------------

/// Compiles Lua source to this process's own bytecode, which `clb_vm_add_module` takes.
/// Text only, at most 256 KiB, within `deadline_nanoseconds`.
clb_status clb_vm_compile(clb_vm *vm, const char *path, clb_bytes source,
                          uint64_t deadline_nanoseconds, clb_bytes *bytecode);

/// Makes a module known: `require(name)` finds it from within `scope` (a plugin's name), or from
/// anywhere when `scope` is empty. `bytecode` must be `clb_vm_compile`'s and outlive loading.
clb_status clb_vm_add_module(clb_vm *vm, clb_bytes scope, clb_bytes name, clb_bytes path,
                             clb_bytes bytecode);

/// Runs a module and keeps what it returns.
clb_status clb_vm_load_module(clb_vm *vm, clb_bytes scope, clb_bytes name);
/// The value a loaded module returned, as JSON; functions become {"$function":line}.
clb_status clb_vm_describe_module(clb_vm *vm, clb_bytes scope, clb_bytes name, clb_bytes *json);

typedef struct {
  clb_bytes scope;
  clb_bytes module;
  clb_bytes name;
  /// A record's node, as an index into `nodes`.
  uint32_t input;
  uint32_t output;
  const clb_schema_node *nodes;
  uint32_t node_count;
  /// Bit i: host call i is declared.
  uint64_t host_calls;
} clb_decision;

/// Makes `module.decisions[name].decide` callable; gives its index.
clb_status clb_vm_bind_decision(clb_vm *vm, const clb_decision *decision, uint32_t *index);

/// Freezes every table that a loaded module can reach and notes every upvalue that a rule
/// could change. After it nothing more is loaded.
clb_status clb_vm_seal(clb_vm *vm);

// -- Deciding --------------------------------------------------------------------------------

/// `now_milliseconds`: the wall clock is read when the rule first asks.
#define CLB_NOW_LAZY INT64_MIN

typedef struct {
  uint32_t decision;
  /// The bytes are {"input":…} rather than the bare input.
  bool enveloped;
  clb_bytes input;
  int64_t now_milliseconds;
  uint8_t decision_id[16];
  clb_limits limits;
  void *context;
} clb_run;

typedef struct {
  clb_status status;
  clb_bytes result;
  uint64_t fuel;
  uint64_t nanoseconds;
  /// Blocks that Lua asked for.
  uint64_t allocations;
  int64_t now_milliseconds;
  bool now_was_read;
  /// The VM must not be used again.
  bool spent;
} clb_outcome;

/// Finds a decision by name; false when there is none. O(number of decisions).
bool clb_vm_find_decision(const clb_vm *vm, clb_bytes name, uint32_t *index);

/// Runs one decision from bytes to bytes.
clb_outcome clb_vm_decide(clb_vm *vm, const clb_run *run);

/// Runs a spec file once on a sealed VM: `prelude` (our own module, scope empty, already loaded)
/// must have returned a function, which is called as prelude(input, host, environment, body):
/// `body` is the spec module's chunk, not yet run, whose globals are read from `environment`, a
/// fresh table over the rules' environment into which the prelude puts `describe`, `it`, …
/// All host calls are allowed. The prelude's result is the outcome's, printed as `any`.
clb_outcome clb_vm_run_spec(clb_vm *vm, clb_bytes prelude, clb_bytes scope, clb_bytes name,
                            const clb_run *run);

/// For a host function: hands over its answer (copied). False when memory is short.
bool clb_vm_answer(clb_vm *vm, const uint8_t *bytes, size_t count);
/// For a host function: hands over why it fails (copied, cut at 1 KiB). A refusal begins with its code:
/// `limit_exceeded: no more today`.
void clb_vm_answer_failure(clb_vm *vm, const uint8_t *message, size_t count);

/// For a host function that works for a while: nanoseconds until the deadline of the run that waits for
/// it on this thread; UINT64_MAX when none does.
uint64_t clb_host_nanoseconds_left(void);

// -- Observing -------------------------------------------------------------------------------

/// Bytes Lua holds.
size_t clb_vm_memory(const clb_vm *vm);
/// Bytes the system holds for it, at most.
size_t clb_vm_resident(const clb_vm *vm);
/// Lines of `bytecode` that hold code, each once, ascending. False when it can't be read.
bool clb_active_lines(clb_bytes bytecode, void (*each)(void *context, int32_t line), void *context);
/// Lines hit so far, when the VM counts them.
void clb_vm_each_line(const clb_vm *vm,
                      void (*each)(void *context, const char *file, int32_t line, uint64_t hits),
                      void *context);
/// Branches taken so far, by their numbers: how often with yes, and with no.
void clb_vm_each_branch(const clb_vm *vm,
                        void (*each)(void *context, int32_t number, uint64_t yes, uint64_t no),
                        void *context);

/// What a traced VM did. Values are texts: a letter for the type (`s` string, `n` number, `b`
/// boolean, `a` amount, `t` table, `f` function, `u` anything else, `-` nil) and what it is.
typedef enum {
  /// A line begins: file, line.
  CLB_TRACE_LINE = 0,
  /// A value of a module's table was read: file and line of who reads; name: the module's file and
  /// the keys that lead to it, as values, with 0x1F between them; value.
  CLB_TRACE_READ,
  /// The same of each value of a table that is read as a whole, in no order.
  CLB_TRACE_ENTRY,
  /// A host call: file, line, name; value: the arguments as JSON, other: the answer, none when it
  /// failed.
  CLB_TRACE_HOST,
  /// A local of the function whose line began before: name, value.
  CLB_TRACE_LOCAL,
  /// A function of a rule is called: file, the line where it begins, name; value: `tail` when it takes
  /// the place of the function that calls it.
  CLB_TRACE_CALL,
  /// An argument of the function called before: name, value.
  CLB_TRACE_ARGUMENT,
  /// A function of a rule returns: file, line, name.
  CLB_TRACE_RETURN,
  /// What the function that returned before gives: value.
  CLB_TRACE_GIVEN,
  /// Two values are compared: file, line; name: the operator (`<`, `<=`, `==`, `>`, `>=`) and what the
  /// source calls the two, where that is known, with 0x1F between; value and other: the two.
  CLB_TRACE_COMPARE,
  /// A rule notes something: file, line; name: why, value.
  CLB_TRACE_NOTE,
  /// A field is about to be read: file, line; name: what the source calls it, such as `input.amount`.
  CLB_TRACE_FIELD,
  /// Of a look: a function that is being run, the innermost first: file, line, name.
  CLB_TRACE_FRAME,
  /// Of a look: a value of the frame before; name: `l` for a local, `u` for an upvalue, `e` for what
  /// was evaluated or `x` for why it can't be; then its name and the keys that lead on from it, with
  /// 0x1F between; value.
  CLB_TRACE_VARIABLE,
} clb_trace_kind;

typedef struct {
  clb_trace_kind kind;
  int32_t line;
  clb_bytes file, name, value, other;
} clb_trace_event;

/// Passes what was done since the VM was made or cleared, in order. False when it was not traced, or
/// more was done than is taken down.
bool clb_vm_each_event(const clb_vm *vm,
                       void (*each)(void *context, const clb_trace_event *event), void *context);
/// Forgets what was taken down, and that there should be a look.
void clb_vm_trace_clear(clb_vm *vm);
/// From now on fields that are read are taken down, too; when the trace is of everything.
void clb_vm_trace_fields(clb_vm *vm);
/// Has the next run look around when its line number `line`, from 1, begins: its frames with their
/// variables are taken down. Unless `expression` is NULL, it is evaluated in the frame number
/// `frame`, from 0 for the innermost: what calls something can't be.
void clb_vm_trace_look(clb_vm *vm, uint64_t line, const char *expression, uint32_t frame);

/// Test support: from the `countdown`-th allocation on, all fail; 0 ends it.
void clb_vm_fail_allocations(clb_vm *vm, uint64_t countdown);
/// Test support: the same for VMs that this thread creates from now on.
void clb_fail_allocations_of_new_vms(uint64_t countdown);

/// Gives every thread made from now on at least `bytes` of stack. 0 or an errno.
int clb_set_default_thread_stack(size_t bytes);
/// The calling thread's stack in bytes, 0 when unknown.
size_t clb_thread_stack(void);
/// "5.4.4"
const char *clb_lua_version(void);

#ifdef __cplusplus
}
#endif
#endif
