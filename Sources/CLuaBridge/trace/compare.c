// Comparisons and fields, read off the instruction that is about to run. What is known here of a function's
// inside is that of Lua 5.4.4, as vm/liblua.h demands.
#include <stdio.h>
#include <string.h>

#include "trace/trace.h"
#include "vm/liblua.h"

#define NAME_MAX_BYTES 96
#define LOOK_BACK 12

enum {
  OP_MOVE = 0, OP_GETUPVAL = 9, OP_SETUPVAL = 10, OP_GETTABUP = 11, OP_GETTABLE = 12, OP_GETI = 13, OP_GETFIELD = 14,
  OP_SETTABUP = 15, OP_SETFIELD = 18, OP_SELF = 20, OP_LEN = 52, OP_CLOSE = 54, OP_TBC = 55, OP_JMP = 56,
  OP_EQ = 57, OP_LT = 58, OP_LE = 59, OP_EQK = 60, OP_EQI = 61, OP_LTI = 62, OP_LEI = 63, OP_GTI = 64, OP_GEI = 65, OP_TEST = 66,
  OP_CALL = 68, OP_TAILCALL = 69, OP_RETURN = 70, OP_FORLOOP = 73, OP_CLOSURE = 79, OP_VARARG = 80,
};

// The beginnings of CallInfo, LClosure, Proto and TString (lstate.h, lobject.h).
typedef struct { void *func, *top, *previous, *next; const uint32_t *savedpc; } call_info;
typedef struct { void *next; uint8_t kind, marked, upvalues; void *list; struct proto *proto; } closure;
typedef struct { void *value; uint8_t kind; } slot;
typedef struct proto {
  void *next;
  uint8_t kind, marked, parameters, is_vararg, stack;
  int counts[9];
  const slot *constants;
  const uint32_t *code;
} proto;

static unsigned opcode(uint32_t i) { return i & 0x7F; }
static int arg_a(uint32_t i) { return (int)(i >> 7 & 0xFF); }
static int arg_b(uint32_t i) { return (int)(i >> 16 & 0xFF); }
static int arg_c(uint32_t i) { return (int)(i >> 24); }
static int arg_sb(uint32_t i) { return arg_b(i) - 127; }

static const proto *proto_of(const call_info *call) {
  return ((const closure *)((const slot *)call->func)->value)->proto;
}

// A short text among the constants; NULL when it is none.
static const char *constant_text(const proto *function, int index) {
  const slot *constant = &function->constants[index];
  return (constant->kind & 0x0F) == LUA_TSTRING ? (const char *)constant->value + 24 : NULL;
}

// [-0, +1, -] The value of a register, and what its local is called; "" when it is none.
static bool push_register(lua_State *L, lua_Debug *frame, int index, const char **name) {
  const char *found = lua_getlocal(L, frame, index + 1);
  if (found == NULL) return false;
  *name = found[0] == '(' ? "" : found;
  return true;
}

// What a register holds, as the source calls it: a local, or a field that was just read; "" when
// neither.
static void describe(lua_State *L, lua_Debug *frame, const call_info *call, const uint32_t *before, int index,
                     int depth, char *out) {
  const char *name = "";
  char table[NAME_MAX_BYTES] = "";
  const proto *function = proto_of(call);
  out[0] = '\0';
  if (push_register(L, frame, index, &name)) lua_pop(L, 1);
  if (name[0] != '\0' || depth > 2) {
    snprintf(out, NAME_MAX_BYTES, "%s", name);
    return;
  }
  for (int back = 0; back < LOOK_BACK && before > function->code; back++) {
    uint32_t i = *--before;
    if (opcode(i) >= OP_EQ && opcode(i) <= OP_GEI) return;
    if (arg_a(i) != index) continue;
    if (opcode(i) == OP_MOVE) {
      describe(L, frame, call, before, arg_b(i), depth + 1, out);
    } else if (opcode(i) == OP_GETFIELD && constant_text(function, arg_c(i)) != NULL) {
      describe(L, frame, call, before, arg_b(i), depth + 1, table);
      snprintf(out, NAME_MAX_BYTES, "%.40s%s%.50s", table, table[0] != '\0' ? "." : "",
               constant_text(function, arg_c(i)));
    } else if (opcode(i) == OP_LEN) {
      describe(L, frame, call, before, arg_b(i), depth + 1, table);
      snprintf(out, NAME_MAX_BYTES, "#%.90s", table);
    }
    return;
  }
}

static const char *operator_of(unsigned op) {
  switch (op) {
    case OP_LT: case OP_LTI: return "<";
    case OP_LE: case OP_LEI: return "<=";
    case OP_GTI: return ">";
    case OP_GEI: return ">=";
    default: return "==";
  }
}

bool clb_trace_compare(lua_State *L, lua_Debug *frame, clb_comparison *found) {
  if (!lua_getinfo(L, "Sl", frame) || frame->source[0] != '@' || !lua_checkstack(L, 12)) return false;
  const call_info *call = (const call_info *)frame->i_ci;
  const uint32_t *next = call->savedpc;
  uint32_t i = next[-1];
  unsigned op = opcode(i);
  if (op < OP_EQ || op > OP_GEI) return false;
  const char *unused;
  char left[NAME_MAX_BYTES], right[NAME_MAX_BYTES] = "";
  describe(L, frame, call, next - 1, arg_a(i), 0, left);
  if (!push_register(L, frame, arg_a(i), &unused)) return false;
  clb_trace_text(L, -1, found->left, sizeof found->left);
  lua_pop(L, 1);
  if (op >= OP_EQI) {
    snprintf(found->right, sizeof found->right, "n%d", arg_sb(i));
  } else if (op == OP_EQK) {
    const char *text = constant_text(proto_of(call), arg_b(i));
    if (text == NULL) return false;
    snprintf(found->right, sizeof found->right, "s%s", text);
  } else {
    describe(L, frame, call, next - 1, arg_b(i), 0, right);
    if (!push_register(L, frame, arg_b(i), &unused)) return false;
    clb_trace_text(L, -1, found->right, sizeof found->right);
    lua_pop(L, 1);
  }
  snprintf(found->name, sizeof found->name, "%s\x1F%s\x1F%s", operator_of(op), left, right);
  return true;
}

bool clb_trace_field(lua_State *L, lua_Debug *frame, char *name, size_t size) {
  if (!lua_getinfo(L, "Sl", frame) || frame->source[0] != '@' || !lua_checkstack(L, 12)) return false;
  const call_info *call = (const call_info *)frame->i_ci;
  uint32_t i = call->savedpc[-1];
  if (opcode(i) != OP_GETFIELD) return false;
  const char *key = constant_text(proto_of(call), arg_c(i));
  if (key == NULL) return false;
  char table[NAME_MAX_BYTES];
  describe(L, frame, call, call->savedpc - 1, arg_b(i), 0, table);
  snprintf(name, size, "%s%s%s", table, table[0] != '\0' ? "." : "", key);
  return true;
}

bool clb_trace_computes(lua_State *L) {
  const proto *function = ((const closure *)lua_topointer(L, -1))->proto;
  for (int place = 0; place < function->counts[2]; place++) {
    unsigned op = opcode(function->code[place]);
    bool changes = op == OP_SETUPVAL || (op >= OP_SETTABUP && op <= OP_SETFIELD);
    bool runs = op == OP_CALL || op == OP_TAILCALL || (op >= OP_FORLOOP && op <= OP_CLOSURE) || op == OP_SELF ||
                op == OP_CLOSE || op == OP_TBC;
    if (changes || runs) return false;
  }
  return true;
}
