// Takes down what a traced run does. Events lie in one growing block, their texts in another; both
// are outside of Lua's memory and bounded.
#include "trace/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLB_TRACE_EVENTS_MAX 400000
#define CLB_TRACE_TEXT_LIMIT ((size_t)64 << 20)
#define TEXT_MAX 512

typedef struct {
  clb_trace_kind kind;
  int32_t line;
  size_t file, name, value, other;  // places of texts, 0 for none
} event;

struct clb_trace {
  clb_trace_depth depth;
  event *events;
  size_t count, capacity;
  char *texts;
  size_t used, room;
  size_t last_file;  // the text of the file of the last event
  bool is_cut;
  bool is_silent;  // tables are being named
  bool takes_fields;
  int instructions;  // since the meter was last due
  uint64_t lines;    // that began
  clb_look look;     // when there is none, of no line
  size_t frames;     // functions of rules that were called and did not return yet
};

bool clb_trace_create(clb_vm *vm, clb_trace_depth depth) {
  if (depth == CLB_TRACE_NONE) return true;
  vm->trace = calloc(1, sizeof *vm->trace);
  if (vm->trace != NULL) vm->trace->depth = depth;
  return vm->trace != NULL;
}

void clb_trace_free(clb_vm *vm) {
  if (vm->trace == NULL) return;
  free(vm->trace->events);
  free(vm->trace->texts);
  free(vm->trace->look.expression);
  free(vm->trace);
  vm->trace = NULL;
}

void clb_vm_trace_clear(clb_vm *vm) {
  if (vm->trace == NULL) return;
  vm->trace->count = vm->trace->used = vm->trace->last_file = vm->trace->frames = 0;
  vm->trace->is_cut = false;
  vm->trace->lines = vm->trace->look.line = 0;
}

void clb_vm_trace_fields(clb_vm *vm) {
  if (vm->trace != NULL) vm->trace->takes_fields = true;
}

void clb_vm_trace_look(clb_vm *vm, uint64_t line, const char *expression, uint32_t frame) {
  if (vm->trace == NULL) return;
  free(vm->trace->look.expression);
  vm->trace->look =
      (clb_look){.line = line, .expression = expression != NULL ? strdup(expression) : NULL, .frame = frame};
}

bool clb_traces(const clb_vm *vm) {
  return vm->trace != NULL && vm->trace->depth > CLB_TRACE_NOTES;
}

// MARK: Keeping

// Where the copy of a text begins, with its length before it; 0 when there is no room.
static size_t keep(clb_trace *trace, const char *text, size_t count) {
  size_t needed = sizeof count + count + 1;
  if (trace->used + needed > trace->room) {
    size_t room = trace->room == 0 ? 1 << 14 : 2 * trace->room;
    while (room < trace->used + needed) room *= 2;
    char *grown = room > CLB_TRACE_TEXT_LIMIT ? NULL : realloc(trace->texts, room);
    if (grown == NULL) {
      trace->is_cut = true;
      return 0;
    }
    trace->texts = grown;
    trace->room = room;
  }
  memcpy(trace->texts + trace->used, &count, sizeof count);
  size_t place = trace->used + sizeof count;
  memcpy(trace->texts + place, text, count);
  trace->texts[place + count] = '\0';
  trace->used = place + count + 1;
  return place;
}

static size_t keep_text(clb_trace *trace, const char *text) { return keep(trace, text, strlen(text)); }

// The place of a file's name: mostly that of the event before.
static size_t keep_file(clb_trace *trace, const char *source) {
  const char *file = source[0] == '@' ? source + 1 : source;
  if (trace->last_file != 0 && strcmp(trace->texts + trace->last_file, file) == 0) {
    return trace->last_file;
  }
  return trace->last_file = keep_text(trace, file);
}

static event *add(clb_trace *trace, clb_trace_kind kind) {
  if (trace->count == trace->capacity) {
    size_t capacity = trace->capacity == 0 ? 256 : 2 * trace->capacity;
    event *grown = capacity > CLB_TRACE_EVENTS_MAX ? NULL : realloc(trace->events, capacity * sizeof *grown);
    if (grown == NULL) {
      trace->is_cut = true;
      return NULL;
    }
    trace->events = grown;
    trace->capacity = capacity;
  }
  event *added = &trace->events[trace->count++];
  memset(added, 0, sizeof *added);
  added->kind = kind;
  return added;
}

void clb_trace_add(clb_trace *trace, clb_trace_kind kind, const char *file, int line, const char *name,
                   const char *value) {
  event *added = add(trace, kind);
  if (added == NULL) return;
  if (file[0] != '\0') added->file = keep_file(trace, file);
  added->line = line;
  added->name = keep_text(trace, name);
  added->value = keep_text(trace, value);
}

// An event at the place of the innermost frame of a rule.
static event *add_here(lua_State *L, clb_trace *trace, clb_trace_kind kind) {
  lua_Debug frame;
  event *added = add(trace, kind);
  if (added == NULL) return NULL;
  for (int level = 0; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.source[0] != '@' || frame.currentline <= 0) continue;
    added->file = keep_file(trace, frame.source);
    added->line = frame.currentline;
    break;
  }
  return added;
}

// MARK: Giving

static clb_bytes bytes_of(const clb_trace *trace, size_t place) {
  if (place == 0) return (clb_bytes){.bytes = (const uint8_t *)"", .count = 0};
  size_t count;
  memcpy(&count, trace->texts + place - sizeof count, sizeof count);
  return (clb_bytes){.bytes = (const uint8_t *)trace->texts + place, .count = count};
}

bool clb_vm_each_event(const clb_vm *vm, void (*each)(void *, const clb_trace_event *), void *context) {
  const clb_trace *trace = vm->trace;
  if (trace == NULL) return false;
  for (size_t i = 0; i < trace->count; i++) {
    const event *kept = &trace->events[i];
    clb_trace_event given = {
        .kind = kept->kind,
        .line = kept->line,
        .file = bytes_of(trace, kept->file),
        .name = bytes_of(trace, kept->name),
        .value = bytes_of(trace, kept->value),
        .other = bytes_of(trace, kept->other),
    };
    each(context, &given);
  }
  return !trace->is_cut;
}

// MARK: Values that are read

// [-0, +1, -] The name of the table at `index`, nil when it has none.
static void push_name(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_trace);
  if (lua_istable(L, -1)) {
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
  } else {
    lua_pushnil(L);
  }
  lua_remove(L, -2);
}

// [-0, +0, -] Notes that the value on the top was read under the key at `key` of a table of this name.
static void note_read(lua_State *L, clb_trace_kind kind, const char *name, int key) {
  clb_trace *trace = clb_of(L)->trace;
  char text[TEXT_MAX], path[TEXT_MAX];
  event *added = add_here(L, trace, kind);
  if (added == NULL || lua_type(L, -1) == LUA_TFUNCTION) {
    if (added != NULL) trace->count--;
    return;
  }
  clb_trace_text(L, key, text, sizeof text);
  snprintf(path, sizeof path, "%s\x1F%s", name, text);
  added->name = keep_text(trace, path);
  clb_trace_text(L, -1, text, sizeof text);
  added->value = keep_text(trace, text);
}

// [-2, +1, e] __index of a traced proxy. Upvalues: the table behind it, the function that computes
// what it lacks, or nil.
static int traced_index(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) {
    lua_pop(L, 1);
    if (lua_isnil(L, lua_upvalueindex(2))) {
      lua_pushvalue(L, 2);
      lua_gettable(L, lua_upvalueindex(1));
    } else {
      lua_pushvalue(L, lua_upvalueindex(2));
      lua_pushvalue(L, 1);
      lua_pushvalue(L, 2);
      lua_call(L, 2, 1);
    }
  }
  push_name(L, lua_upvalueindex(1));
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *name = lua_tostring(L, -1);
    lua_insert(L, -2);
    note_read(L, CLB_TRACE_READ, name, 2);
    lua_remove(L, -2);
  } else {
    lua_pop(L, 1);
  }
  return 1;
}

void clb_trace_push_index(lua_State *L, int index) {
  lua_pushvalue(L, index);
  int type = luaL_getmetafield(L, index, "__index");
  if (type == LUA_TNIL) {
    lua_pushnil(L);
  } else if (type != LUA_TFUNCTION) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  lua_pushcclosure(L, traced_index, 2);
}

void clb_trace_whole(lua_State *L, int index) {
  if (clb_of(L)->trace->is_silent || !lua_checkstack(L, 8)) return;
  index = lua_absindex(L, index);
  push_name(L, index);
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *name = lua_tostring(L, -1);
    lua_pushnil(L);
    while (lua_next(L, index)) {
      note_read(L, CLB_TRACE_ENTRY, name, lua_gettop(L) - 1);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

// MARK: Names

#define NAMING_DEPTH 16

// [-0, +0, m] Names the table behind the proxy at `index`, and those in it, unless they have a name.
static void name_table(lua_State *L, int names, int index, const char *path, int depth) {
  char text[TEXT_MAX], below[2 * TEXT_MAX];
  if (depth > NAMING_DEPTH || !lua_checkstack(L, 8)) return;
  lua_pushvalue(L, index);
  clb_see_through(L, lua_gettop(L));
  int table = lua_gettop(L);
  lua_pushvalue(L, table);
  if (lua_rawget(L, names) != LUA_TNIL) {
    lua_settop(L, table - 1);
    return;
  }
  lua_pop(L, 1);
  lua_pushvalue(L, table);
  lua_pushstring(L, path);
  lua_rawset(L, names);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -1) == LUA_TTABLE) {
      clb_trace_text(L, -2, text, sizeof text);
      snprintf(below, sizeof below, "%s\x1F%s", path, text);
      name_table(L, names, lua_gettop(L), below, depth + 1);
    }
    lua_pop(L, 1);
  }
  lua_settop(L, table - 1);
}

void clb_trace_name(lua_State *L, const char *path) {
  if (lua_type(L, -1) != LUA_TTABLE) return;
  int value = lua_gettop(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_trace) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &clb_key_trace);
  }
  clb_of(L)->trace->is_silent = true;
  name_table(L, lua_gettop(L), value, path, 0);
  clb_of(L)->trace->is_silent = false;
  lua_settop(L, value);
}

// MARK: Lines, calls and instructions

int clb_trace_mask(const clb_vm *vm) {
  if (!clb_traces(vm)) return 0;
  return LUA_MASKLINE | (vm->trace->depth == CLB_TRACE_ALL ? LUA_MASKCALL | LUA_MASKRET : 0);
}

static void note_line(lua_State *L, clb_trace *trace, lua_Debug *frame) {
  lua_getinfo(L, "S", frame);
  if (frame->source[0] != '@' || frame->currentline <= 0) return;
  event *added = add(trace, CLB_TRACE_LINE);
  if (added == NULL) return;
  added->line = frame->currentline;
  added->file = keep_file(trace, frame->source);
  if (++trace->lines == trace->look.line) clb_trace_take_look(L, trace, &trace->look);
}

// [-0, +0, -] The names and values of a frame's locals, each as an event of this kind.
static void note_locals(lua_State *L, clb_trace *trace, lua_Debug *frame, clb_trace_kind kind, int first,
                        int count) {
  char text[TEXT_MAX];
  for (int n = first; n < first + count; n++) {
    const char *name = lua_getlocal(L, frame, n);
    if (name == NULL) return;
    event *added = kind == CLB_TRACE_LOCAL && name[0] == '(' ? NULL : add(trace, kind);
    if (added != NULL) {
      added->line = frame->currentline;
      clb_trace_text(L, -1, text, sizeof text);
      added->name = keep_text(trace, name);
      added->value = keep_text(trace, text);
    }
    lua_pop(L, 1);
  }
}

// [-0, +0, -] A call of a rule's function with its arguments, or its return with what it gives.
static void note_frame(lua_State *L, clb_trace *trace, lua_Debug *frame) {
  bool is_call = frame->event != LUA_HOOKRET;
  lua_getinfo(L, is_call ? "nSlu" : "nSlr", frame);
  if (frame->source[0] != '@') return;
  if (frame->event == LUA_HOOKCALL) trace->frames++;
  else if (!is_call && trace->frames > 0) trace->frames--;
  event *added = add(trace, is_call ? CLB_TRACE_CALL : CLB_TRACE_RETURN);
  if (added == NULL) return;
  added->file = keep_file(trace, frame->source);
  added->name = keep_text(trace, frame->name != NULL ? frame->name : "");
  added->line = is_call ? frame->linedefined : frame->currentline;
  if (frame->event == LUA_HOOKTAILCALL) added->value = keep_text(trace, "tail");
  if (is_call) note_locals(L, trace, frame, CLB_TRACE_ARGUMENT, 1, frame->nparams);
  else note_locals(L, trace, frame, CLB_TRACE_GIVEN, frame->ftransfer, frame->ntransfer);
}

size_t clb_trace_frames(const clb_vm *vm) { return vm->trace != NULL ? vm->trace->frames : 0; }

void clb_trace_unwind(clb_vm *vm, size_t frames) {
  for (clb_trace *trace = vm->trace; trace != NULL && trace->frames > frames; trace->frames--) {
    add(trace, CLB_TRACE_RETURN);
  }
}

int clb_trace_step(clb_vm *vm, int step) {
  if (!clb_traces(vm)) return step;
  vm->trace->instructions = 0;
  return vm->trace->depth == CLB_TRACE_ALL ? 1 : step;
}

static void note_comparison(lua_State *L, clb_trace *trace, lua_Debug *frame) {
  clb_comparison found;
  if (!clb_trace_compare(L, frame, &found)) return;
  event *added = add(trace, CLB_TRACE_COMPARE);
  if (added == NULL) return;
  added->file = keep_file(trace, frame->source);
  added->line = frame->currentline;
  added->name = keep_text(trace, found.name);
  added->value = keep_text(trace, found.left);
  added->other = keep_text(trace, found.right);
}

static void note_field(lua_State *L, clb_trace *trace, lua_Debug *frame) {
  char name[TEXT_MAX];
  if (!clb_trace_field(L, frame, name, sizeof name)) return;
  clb_trace_add(trace, CLB_TRACE_FIELD, frame->source, frame->currentline, name, "");
}

static bool follow(lua_State *L, clb_trace *trace, const clb_vm *vm, lua_Debug *frame) {
  if (frame->event == LUA_HOOKLINE) {
    note_line(L, trace, frame);
    if (trace->depth == CLB_TRACE_ALL) note_locals(L, trace, frame, CLB_TRACE_LOCAL, 1, 200);
    return false;
  }
  if (frame->event != LUA_HOOKCOUNT) {
    note_frame(L, trace, frame);
    return false;
  }
  if (trace->depth != CLB_TRACE_ALL) return true;
  note_comparison(L, trace, frame);
  if (trace->takes_fields) note_field(L, trace, frame);
  if (++trace->instructions < CLB_INSTRUCTIONS_PER_HOOK && vm->meter.stop == CLB_OK) return false;
  trace->instructions = 0;
  return true;
}

// What looking costs in liblua is nobody's: a traced run has the fuel of one in service.
bool clb_trace_hook(lua_State *L, clb_vm *vm, lua_Debug *frame) {
  uint64_t fuel = vm->meter.fuel;
  bool is_due = follow(L, vm->trace, vm, frame);
  vm->meter.fuel = fuel;
  return is_due;
}

void clb_trace_note(lua_State *L, clb_vm *vm) {
  clb_trace *trace = vm->trace;
  char text[TEXT_MAX];
  if (trace == NULL) return;
  uint64_t fuel = vm->meter.fuel;
  event *added = add_here(L, trace, CLB_TRACE_NOTE);
  if (added != NULL) {
    added->name = keep_text(trace, lua_tostring(L, 1));
    clb_trace_text(L, 2, text, sizeof text);
    added->value = keep_text(trace, text);
  }
  vm->meter.fuel = fuel;
}

void clb_trace_host(lua_State *L, clb_vm *vm, const char *name, clb_bytes arguments, clb_bytes answer) {
  clb_trace *trace = vm->trace;
  uint64_t fuel = vm->meter.fuel;
  event *added = add_here(L, trace, CLB_TRACE_HOST);
  vm->meter.fuel = fuel;
  if (added == NULL) return;
  added->name = keep_text(trace, name);
  added->value = keep(trace, (const char *)arguments.bytes, arguments.count);
  added->other = keep(trace, (const char *)answer.bytes, answer.count);
}
