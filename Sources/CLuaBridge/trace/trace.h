// What a run does, event by event, in machines that were made for tracing. No other machine has a
// line of it in its way.
#ifndef CASCADE_TRACE_H
#define CASCADE_TRACE_H

#include "vm/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

bool clb_trace_create(clb_vm *vm, clb_trace_depth depth);
void clb_trace_free(clb_vm *vm);

/// Whether more than notes is taken down.
bool clb_traces(const clb_vm *vm);

/// Notes what a rule says: why, the text at index 1, and the value at index 2. [-0, +0, -]
void clb_trace_note(lua_State *L, clb_vm *vm);

/// A hook of Lua's: a line, a call, a return, or an instruction. Whether the meter is due. [-0, +0, -]
bool clb_trace_hook(lua_State *L, clb_vm *vm, lua_Debug *event);
/// Which hooks a traced run wants.
int clb_trace_mask(const clb_vm *vm);
/// After how many instructions a hook is wanted from now on, when the meter wants one after `step`.
int clb_trace_step(clb_vm *vm, int step);

/// How many functions of rules a traced run is in.
size_t clb_trace_frames(const clb_vm *vm);
/// Notes that it left all beyond so many by an error: none of them gave anything.
void clb_trace_unwind(clb_vm *vm, size_t frames);

/// Two values that are about to be compared.
typedef struct {
  char name[256], left[512], right[512];
} clb_comparison;
/// Whether the next instruction compares, and what. [-0, +0, -]
bool clb_trace_compare(lua_State *L, lua_Debug *frame, clb_comparison *found);

/// What the source calls the field that the next instruction reads; false when it reads none.
/// [-0, +0, -]
bool clb_trace_field(lua_State *L, lua_Debug *frame, char *name, size_t size);
/// Whether a function of Lua does nothing but compute one value: it calls nothing, makes no function,
/// and changes nothing but its own registers. The function is on the top. [-0, +0, -]
bool clb_trace_computes(lua_State *L);

/// Notes a host call with its arguments and its answer.
void clb_trace_host(lua_State *L, clb_vm *vm, const char *name, clb_bytes arguments,
                    clb_bytes answer);

/// Names the tables that the frozen value on the top reaches by the file `path` and their keys.
/// [-0, +0, m]
void clb_trace_name(lua_State *L, const char *path);
/// Pushes what a proxy of the table at `index` has as `__index`: it notes what is read. [-0, +1, m]
void clb_trace_push_index(lua_State *L, int index);
/// Notes that all of the table at `index`, which stands behind a proxy, is read. [-0, +0, m]
void clb_trace_whole(lua_State *L, int index);

/// What a look takes down.
typedef struct {
  uint64_t line;
  char *expression;
  uint32_t frame;
} clb_look;
/// Takes down the frames with their variables. [-0, +0, -]
void clb_trace_take_look(lua_State *L, clb_trace *trace, const clb_look *look);
/// Adds an event of a look; its texts are copied.
void clb_trace_add(clb_trace *trace, clb_trace_kind kind, const char *file, int line, const char *name,
                   const char *value);

// trace_values.c
/// The text of the value at `index`, at most `size` bytes with its end: a letter for its type, then
/// what it is. Calls nothing. [-0, +0, -]
void clb_trace_text(lua_State *L, int index, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
