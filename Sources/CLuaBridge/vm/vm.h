// The VM's inside, for the bridge's own files.
#ifndef CASCADE_VM_H
#define CASCADE_VM_H

#ifdef __cplusplus
extern "C" {
#endif
#include "vm/sandbox.h"
#ifdef __cplusplus
}
#endif

#include "vm/allocator.h"
#include "vm/meter.h"
#include "vm/run_state.h"
#include "vm/schema.h"

#define CLB_RESULT_LIMIT ((size_t)1 << 20)
#define CLB_INPUT_LIMIT ((size_t)1 << 20)
#define CLB_SOURCE_LIMIT ((size_t)256 << 10)
#define CLB_DEPTH_LIMIT 64
#define CLB_LOCALS_LIMIT 100
#define CLB_WATCHES_LIMIT 4096
#define CLB_EXACT_FLOAT ((int64_t)1 << 53)
#define CLB_GARBAGE_BEFORE_COLLECTION ((size_t)4 << 20)

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} clb_buffer;

typedef struct {
  clb_status status;
  int32_t line;
  char message[1024];
  char reason[64];
  char file[256];
  char traceback[4096];
} clb_failure_text;

typedef struct clb_line_counts clb_line_counts;
typedef struct clb_branch_counts clb_branch_counts;
typedef struct clb_trace clb_trace;

struct clb_vm {
  lua_State *L;
  clb_allocator allocator;
  clb_meter meter;
  clb_run_state run;
  clb_schema schema;

  bool compiling;
  bool sealed;
  bool spent;              // its Lua state was left in the middle, or may be damaged
  bool crowded;            // texts in its table of strings were chosen to collide (liblua.c)
  bool catches_forbidden;  // specs look at what a rule may not do

  clb_host_function host;
  int host_reference;  // the `host` object
  clb_limits loading_limits;

  clb_buffer input;   // JSON to be read, padded
  clb_buffer output;  // JSON printed
  clb_status writing; // what printing too much of it is
  clb_bytes answer;   // of the last host call, in `input`
  void *parser;       // simdjson's

  // The last error raised with a code of its own: told from others by its text.
  clb_status raised_status;
  char raised[1024];
  char raised_reason[64];  // the code of a refusal
  char host_failure[1024];

  clb_failure_text failure;
  clb_bytes scope;  // of the module that loads or decides; no bytes when none does
  const struct clb_loading *loading;  // the innermost module that loads (modules.c)
  uint32_t watch_count;
  const void *growing;  // the table that a key is being added to (tables.c)
  uint64_t loaded_address_keys;  // of tables that were made while loading (tables.c)
  size_t live_after_collection;
  clb_line_counts *lines;
  clb_branch_counts *branches;  // where lines are counted, too
  clb_trace *trace;  // NULL in machines that are not made for it
};

/// Places in the registry, by address.
extern const char clb_key_environment, clb_key_frozen, clb_key_real, clb_key_functions,
    clb_key_modules, clb_key_keys, clb_key_defaults, clb_key_host, clb_key_amount, clb_key_watches,
    clb_key_assigning, clb_key_lists, clb_key_run_lists, clb_key_trace;

static inline clb_vm *clb_of(lua_State *L) { return *(clb_vm **)lua_getextraspace(L); }

#ifdef __cplusplus
extern "C" {
#endif

// allocator.c
void *clb_reserve(clb_vm *vm, void *block, size_t size);  // realloc that test support can fail
bool clb_buffer_reserve(clb_vm *vm, clb_buffer *buffer, size_t capacity);

// failure.c
int clb_on_error(lua_State *L);
void clb_clear_failure(clb_vm *vm);
void clb_note_failure(clb_vm *vm, clb_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
clb_status clb_settle_failure(clb_vm *vm, int lua_status);
bool clb_is_stack_overflow(const clb_vm *vm, const char *text);
/// Notes where the innermost frame of a rule stands and the frames, unless they are noted already;
/// allocates nothing. [-0, +0, -]
void clb_note_frames(lua_State *L, clb_vm *vm);
void clb_place_message(clb_vm *vm);

// freeze.c
void clb_push_frozen(lua_State *L, int index);
void clb_freeze_top(lua_State *L);
const char *clb_changed_upvalue(lua_State *L, clb_vm *vm);
/// Raises when a local of a module that is loaded was changed since, and restores it. [-0, +0, e]
void clb_refuse_changed_upvalue(lua_State *L);
/// What looking at all watched locals costs.
uint64_t clb_fuel_of_watches(const clb_vm *vm);
void clb_push_visible_metatable(lua_State *L, int index);
/// Locks the metatable on the top: `refuse` answers all writing, and none sees it. [-0, +0, m]
void clb_lock_metatable(lua_State *L, lua_CFunction refuse);
/// Notes the table on the top as what stands behind the one below it, for functions of ours.
/// [-0, +0, m]
void clb_note_behind(lua_State *L);

// sorted_keys.c
void clb_push_sorted_keys(lua_State *L, int index, const char *what);

// base_library.c
void clb_install_environment(lua_State *L);

// amount.c
typedef struct {
  int64_t minor;
  uint8_t scale;
  uint8_t asset_length;
  char asset[22];
} clb_amount;
void clb_install_amount(lua_State *L);
void clb_push_amount(lua_State *L, int64_t minor, const char *asset, size_t length, int scale);
const clb_amount *clb_amount_at(lua_State *L, int index);
bool clb_exact_integer(lua_State *L, int index, int64_t *value);
/// NULL when read, else what is wrong with the value.
const char *clb_read_amount(lua_State *L, int index, clb_amount *amount);
const char *clb_make_amount(int64_t minor, const char *asset, size_t length, clb_amount *amount);
const char *clb_amount_from_text(const char *text, size_t length, clb_amount *amount);

// rule_words.c
/// [-0, +0, m] Adds `note` and `account` to the environment on the top.
void clb_install_words(lua_State *L);

// host_object.c
void clb_install_host(lua_State *L, const clb_configuration *configuration);

// json_read.cpp
bool clb_parser_create(clb_vm *vm);
void clb_parser_destroy(clb_vm *vm);
/// Gives back what parsing a large text has taken.
void clb_parser_trim(clb_vm *vm);
clb_bytes clb_input_copy(clb_vm *vm, const uint8_t *bytes, size_t count);
void clb_push_input(lua_State *L, uint32_t node, clb_bytes json, bool enveloped);
void clb_push_json(lua_State *L, clb_bytes json, bool amounts);
void clb_push_answer(lua_State *L, clb_bytes json);
void clb_push_default(lua_State *L, const clb_node *node, clb_bytes json);

// empty_list.c
/// [-0, +0, m] Begins the registry of tables that were read from `[]`.
void clb_install_lists(lua_State *L);
/// [-0, +0, m] Notes that the empty table on the top was read from `[]`.
void clb_note_list(lua_State *L);
/// [-0, +0, -] Whether the table at `table` holds nothing and was read from `[]`.
bool clb_is_empty_list(lua_State *L, int table);

// double_text.cpp
size_t clb_print_double(double value, char out[40]);

// json_write.c
/// Where a value stands, for messages.
typedef struct clb_path {
  const struct clb_path *parent;
  const char *name;  // NULL: an index
  size_t name_length;
  int64_t index;
} clb_path;
/// Writes the path from its root: `lines[2].price`. Gives its length. [-0, +0, -]
size_t clb_print_path(const clb_path *path, char *out, size_t size);
typedef enum { CLB_WRITE_PLAIN = 0, CLB_WRITE_FUNCTIONS } clb_write_mode;
void clb_write_any(lua_State *L, int index, const clb_path *path, int depth, clb_write_mode mode,
                   clb_status status);
void clb_write_output(lua_State *L, int index, uint32_t node, const clb_path *path, int depth);
void clb_write_string(lua_State *L, const char *text, size_t length, const clb_path *path,
                      clb_status status);
void clb_write_bytes(lua_State *L, const void *bytes, size_t count);
int clb_raise_field(lua_State *L, clb_status status, const clb_path *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// schema.c
bool clb_account_is_valid(const char *text, size_t length);
const char *clb_type_name(const clb_node *node);
/// What it costs to find one of many children.
uint64_t clb_fuel_of_search(const clb_node *node);
bool clb_text_is_valid(const char *text, size_t length);
void clb_add_schema(lua_State *L, const clb_schema_node *nodes, uint32_t count);
void clb_schema_free(clb_vm *vm);

// modules.c
int clb_require(lua_State *L);
void clb_push_chunk(lua_State *L, int entry, int environment);
bool clb_push_module_entry(lua_State *L, clb_bytes scope, clb_bytes name);
void clb_push_module_value(lua_State *L, clb_bytes scope, clb_bytes name);

// bytecode.c
bool clb_assigns_upvalues(clb_bytes bytecode);
/// Where so many locals begin as nil one after another that it takes far longer than an instruction;
/// 0: nowhere.
int32_t clb_line_of_many_locals(clb_bytes bytecode);

// line_counts.c
bool clb_line_counts_create(clb_vm *vm);
void clb_count_line(clb_vm *vm, const char *source, int line);
void clb_line_counts_free(clb_vm *vm);

// branch_counts.c
bool clb_branch_counts_create(clb_vm *vm);
void clb_branch_counts_free(clb_vm *vm);
/// In a VM that counts, a run begins.
void clb_branches_begin(clb_vm *vm);
/// In a VM that counts, what is left of a charge without what the words that count have cost.
uint64_t clb_less_for_branches(clb_vm *vm, uint64_t units);
/// [-0, +0, m] Adds the words that count to the environment on the top, in a VM that counts.
void clb_install_branch_words(lua_State *L);

#ifdef __cplusplus
}
#endif
#endif
