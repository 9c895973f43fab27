// From whatever a rule raised to a status, one line, a place and a traceback. Nothing here calls
// the rule.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/trace.h"
#include "vm/vm.h"

#define FRAMES_SHOWN 20

void clb_clear_failure(clb_vm *vm) {
  vm->failure.status = CLB_OK;
  vm->failure.line = 0;
  vm->failure.message[0] = vm->failure.reason[0] = vm->failure.file[0] = vm->failure.traceback[0] =
      '\0';
  vm->raised_status = CLB_OK;
  vm->raised[0] = '\0';
}

void clb_note_failure(clb_vm *vm, clb_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vm->failure.status = status;
  vsnprintf(vm->failure.message, sizeof vm->failure.message, format, arguments);
  va_end(arguments);
}

// Whether a chunk's name is a file of the rulebook's: "@plugins/…" or "@policies/…".
static bool is_rule_file(const char *source) { return source[0] == '@' && source[1] != '='; }

// [-0, +0, -] Notes where the innermost frame of a rule stands, unless a place is noted already.
static void note_position(lua_State *L, clb_vm *vm) {
  lua_Debug frame;
  for (int level = 0; vm->failure.line == 0 && lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (!is_rule_file(frame.source) || frame.currentline <= 0) continue;
    snprintf(vm->failure.file, sizeof vm->failure.file, "%s", frame.source + 1);
    vm->failure.line = frame.currentline;
  }
}

// [-0, +0, -] One line a frame, innermost first.
static void note_traceback(lua_State *L, clb_vm *vm) {
  lua_Debug frame;
  size_t used = 0, room = sizeof vm->failure.traceback;
  for (int level = 1, shown = 0; shown < FRAMES_SHOWN && lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Slnt", &frame);
    if (!is_rule_file(frame.source)) {
      if (frame.name == NULL) continue;
      int n = snprintf(vm->failure.traceback + used, room - used, "[host]: in %s\n", frame.name);
      if (n < 0 || (size_t)n >= room - used) break;
      used += (size_t)n;
    } else {
      int n = snprintf(vm->failure.traceback + used, room - used, "%s:%d: in %s%s%s\n",
                       frame.source + 1,
                       frame.currentline, frame.what[0] == 'm' ? "the file" : "function",
                       frame.name != NULL ? " " : "", frame.name != NULL ? frame.name : "");
      if (n < 0 || (size_t)n >= room - used) break;
      used += (size_t)n;
    }
    shown++;
  }
  vm->failure.traceback[used] = '\0';
}

void clb_note_frames(lua_State *L, clb_vm *vm) {
  if (vm->failure.traceback[0] != '\0') return;
  note_position(L, vm);
  note_traceback(L, vm);
}

// [-1, +1, -] The message handler of every run: takes notes while the frames still stand.
int clb_on_error(lua_State *L) {
  clb_note_frames(L, clb_of(L));
  return 1;
}

// Splits the text of a refusal, `code: message`. Gives the message.
static const char *note_reason(clb_vm *vm, const char *text) {
  const char *colon = strstr(text, ": ");
  size_t length = colon != NULL ? (size_t)(colon - text) : 0;
  if (length >= sizeof vm->raised_reason) length = sizeof vm->raised_reason - 1;
  memcpy(vm->raised_reason, text, length);
  vm->raised_reason[length] = '\0';
  return colon != NULL ? colon + 2 : text;
}

// A text is pushed with its length: of texts without, Lua keeps a few, and one that is kept costs
// nothing to make, so that the fuel would follow from earlier decisions.
int clb_raise(lua_State *L, clb_status status, const char *format, ...) {
  clb_vm *vm = clb_of(L);
  va_list arguments;
  va_start(arguments, format);
  char text[768];
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (status == CLB_REFUSED) {
    const char *message = note_reason(vm, text);
    lua_pushlstring(L, message, strlen(message));
  } else {
    luaL_where(L, 1);
    lua_pushlstring(L, text, strlen(text));
    lua_concat(L, 2);
  }
  vm->raised_status = status;
  snprintf(vm->raised, sizeof vm->raised, "%s", lua_tostring(L, -1));
  if (status == CLB_FORBIDDEN && !vm->catches_forbidden) return clb_stop(L, CLB_FORBIDDEN);
  return lua_error(L);
}

// How far behind its beginning, and behind how many colons, a message's place is looked for: a
// file's name is shorter, and has few.
#define PLACE_MAX 512
#define COLONS_MAX 4

// Where a message goes on behind "file:line: "; the message itself when it has no place.
static const char *behind_place(const char *text) {
  const char *end = text + strnlen(text, PLACE_MAX), *at = text;
  for (int colons = 0; colons < COLONS_MAX; colons++, at++) {
    at = memchr(at, ':', (size_t)(end - at));
    if (at == NULL) break;
    const char *behind = at + 1;
    while (behind < end && *behind >= '0' && *behind <= '9') behind++;
    if (behind > at + 1 && strncmp(behind, ": ", 2) == 0) return behind + 2;
  }
  return text;
}

// Whether a message is Lua's own that the stack is used up. A rule that raises such a text itself
// has left it in `raised`.
bool clb_is_stack_overflow(const clb_vm *vm, const char *text) {
  const char *what = behind_place(text);
  if (strncmp(what, "C ", 2) == 0) what += 2;
  if (strncmp(what, "stack overflow", 14) != 0) return false;
  if (what[14] != '\0' && strncmp(what + 14, " (", 2) != 0) return false;
  return vm->raised_status == CLB_OK || strncmp(text, vm->raised, sizeof vm->raised - 1) != 0;
}

// [-0, +0, -] Copies a raw string field of the table on the top into `out`.
static bool copy_field(lua_State *L, const char *name, char *out, size_t size) {
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  bool found = lua_type(L, -1) == LUA_TSTRING;
  if (found) snprintf(out, size, "%s", lua_tostring(L, -1));
  lua_pop(L, 1);
  return found;
}

// [-0, +0, m] What an error value says, from a string, a number or a table {code, message}; never
// calls a metamethod.
static void note_value(lua_State *L, clb_vm *vm, clb_status status) {
  char *message = vm->failure.message;
  size_t size = sizeof vm->failure.message;
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *text = lua_tostring(L, -1);
    if (vm->raised_status != CLB_OK && strncmp(text, vm->raised, sizeof vm->raised - 1) == 0) {
      status = vm->raised_status;
    }
    if (status == CLB_REFUSED) {
      snprintf(vm->failure.reason, sizeof vm->failure.reason, "%s", vm->raised_reason);
    }
    // Endless recursion runs out of stack before it runs out of memory.
    if (vm->meter.stop == CLB_OK && clb_is_stack_overflow(vm, text)) {
      vm->meter.stop = CLB_MEMORY_EXHAUSTED;
    }
    snprintf(message, size, "%s", text);
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    // No text is made of it in Lua: memory may be short, and nothing protects this.
    if (lua_isinteger(L, -1)) snprintf(message, size, LUA_INTEGER_FMT, lua_tointeger(L, -1));
    else if (lua_tonumber(L, -1) != lua_tonumber(L, -1)) snprintf(message, size, "nan");
    else snprintf(message, size, LUA_NUMBER_FMT, lua_tonumber(L, -1));
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    copy_field(L, "code", vm->failure.reason, sizeof vm->failure.reason);
    if (!copy_field(L, "message", message, size)) {
      const char *reason = vm->failure.reason;
      snprintf(message, size, "%s", reason[0] != '\0' ? reason : "(error value is a table)");
    }
  } else {
    snprintf(message, size, "(error value is a %s)", luaL_typename(L, -1));
  }
  vm->failure.status = status;
}

// Makes the message begin with its place, and the place be the message's. A message may name a
// place of its own, such as a caller's (`error` with level 2) or where a file doesn't compile: that
// one counts.
void clb_place_message(clb_vm *vm) {
  char file[sizeof vm->failure.file], text[sizeof vm->failure.message];
  int line = 0, end = 0;
  if (sscanf(vm->failure.message, "%255[^: ]:%d:%n", file, &line, &end) == 2 && end > 0 &&
      line > 0) {
    snprintf(vm->failure.file, sizeof vm->failure.file, "%s", file);
    vm->failure.line = line;
    return;
  }
  if (vm->failure.line <= 0) return;
  snprintf(text, sizeof text, "%s", vm->failure.message);
  snprintf(vm->failure.message, sizeof vm->failure.message, "%s:%d: %.700s", vm->failure.file,
           (int)vm->failure.line, text);
}

// [-0, +0, m] Notes why the protected call that gave `lua_status` failed; its error value is on the
// top.
clb_status clb_settle_failure(clb_vm *vm, int lua_status) {
  lua_State *L = vm->L;
  if (lua_status == LUA_ERRMEM || lua_status == LUA_ERRERR) {
    if (!clb_spends(vm->meter.stop)) vm->meter.stop = CLB_MEMORY_EXHAUSTED;
    clb_note_failure(vm, vm->meter.stop, "%s", "the memory is used up");
  } else if (vm->meter.stop == CLB_FORBIDDEN) {
    clb_note_failure(vm, vm->meter.stop, "%s", vm->raised);
  } else {
    note_value(L, vm, CLB_RUNTIME);
  }
  if (vm->meter.stop != CLB_OK) vm->failure.status = vm->meter.stop;
  if (vm->failure.status == CLB_REFUSED) {
    // No fault of the rule's: it is told without a place, as what `decide` returns, but for those who
    // write rules and try them.
    vm->failure.traceback[0] = '\0';
    if (vm->trace == NULL || clb_traces(vm)) {
      vm->failure.file[0] = '\0';
      vm->failure.line = 0;
    }
  } else {
    clb_place_message(vm);
  }
  return vm->failure.status;
}

static clb_bytes bytes_of(const char *text) {
  return (clb_bytes){.bytes = (const uint8_t *)text, .count = strlen(text)};
}

clb_failure clb_vm_failure(const clb_vm *vm) {
  return (clb_failure){
      .status = vm->failure.status,
      .message = bytes_of(vm->failure.message),
      .reason = bytes_of(vm->failure.reason),
      .file = bytes_of(vm->failure.file),
      .line = vm->failure.line,
      .traceback = bytes_of(vm->failure.traceback),
  };
}
