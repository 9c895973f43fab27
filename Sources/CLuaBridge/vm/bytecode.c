// Reads what this process's own `lua_dump` wrote (Lua 5.4's ldump.c): which lines hold code, whether
// any function assigns a local of a function around it, and where one instruction makes too many
// locals.
#include <string.h>

#include "vm/vm.h"

#define OP_LOADNIL 8
#define OP_SETUPVAL 10
#define OPCODE_BITS 7
#define ARGUMENT_B_SHIFT 16
#define ABSOLUTE_LINE (-0x80)
#define HEADER_BYTES (4 + 1 + 1 + 6 + 3 + 8 + 8)

typedef struct {
  const uint8_t *at, *end;
  bool failed;
  bool assigns;
  int32_t wide_line;  // where an instruction makes over CLB_LOCALS_LIMIT locals; 0: nowhere
  void (*each)(void *context, int32_t line);
  void *context;
} reader;

static void skip(reader *r, size_t count) {
  if ((size_t)(r->end - r->at) < count) {
    r->failed = true;
    r->at = r->end;
  } else {
    r->at += count;
  }
}

static uint8_t read_byte(reader *r) {
  if (r->at == r->end) {
    r->failed = true;
    return 0;
  }
  return *r->at++;
}

// Seven bits a byte, the most significant first, the last byte marked.
static size_t read_size(reader *r) {
  size_t value = 0;
  for (int i = 0; i < 10 && !r->failed; i++) {
    uint8_t byte = read_byte(r);
    value = value << 7 | (byte & 0x7F);
    if (byte & 0x80) return value;
  }
  r->failed = true;
  return 0;
}

static void skip_string(reader *r) {
  size_t size = read_size(r);
  if (size > 0) skip(r, size - 1);
}

static void skip_constants(reader *r) {
  for (size_t n = read_size(r); n > 0 && !r->failed; n--) {
    switch (read_byte(r)) {
      case 0x13: skip(r, sizeof(lua_Number)); break;
      case 0x03: skip(r, sizeof(lua_Integer)); break;
      case 0x04: case 0x14: skip_string(r); break;
      default: break;  // nil, false, true
    }
  }
}

static void read_function(reader *r, int depth);

// The line of each instruction, from differences and, where those are too large, absolute entries.
static void read_lines(reader *r, size_t first_line, bool is_vararg, size_t wide_pc) {
  size_t count = read_size(r);
  const int8_t *differences = (const int8_t *)r->at;
  skip(r, count);
  size_t absolute_count = read_size(r);
  int64_t line = (int64_t)first_line;
  size_t next_pc = 0, next_line = 0;
  bool has_next = false;
  for (size_t pc = 0; pc < count && !r->failed; pc++) {
    if (differences[pc] == ABSOLUTE_LINE) {
      if (!has_next && absolute_count > 0) {
        next_pc = read_size(r);
        next_line = read_size(r);
        has_next = true;
        absolute_count--;
      }
      if (has_next && next_pc == pc) {
        line = (int64_t)next_line;
        has_next = false;
      }
    } else {
      line += differences[pc];
    }
    if (pc == wide_pc) r->wide_line = (int32_t)line;
    // A function that takes `...` begins with an instruction that stands for no line of the rule's.
    if (r->each != NULL && !(pc == 0 && is_vararg)) r->each(r->context, (int32_t)line);
  }
  while (absolute_count-- > 0 && !r->failed) {
    read_size(r);
    read_size(r);
  }
}

static void read_function(reader *r, int depth) {
  if (depth > 200) r->failed = true;
  if (r->failed) return;
  skip_string(r);
  size_t first_line = read_size(r);
  read_size(r);
  read_byte(r);
  bool is_vararg = read_byte(r) != 0;
  read_byte(r);
  size_t code_count = read_size(r), wide_pc = SIZE_MAX;
  for (size_t i = 0; i < code_count && !r->failed; i++) {
    uint32_t instruction = 0;
    size_t rest = (size_t)(r->end - r->at);
    if (rest >= sizeof instruction) memcpy(&instruction, r->at, sizeof instruction);
    skip(r, sizeof instruction);
    uint32_t operation = instruction & ((1u << OPCODE_BITS) - 1);
    if (operation == OP_SETUPVAL) r->assigns = true;
    uint32_t more = instruction >> ARGUMENT_B_SHIFT & 0xFF;
    if (operation == OP_LOADNIL && more >= CLB_LOCALS_LIMIT) wide_pc = i;
  }
  skip_constants(r);
  skip(r, read_size(r) * 3);
  for (size_t n = read_size(r); n > 0 && !r->failed; n--) read_function(r, depth + 1);
  read_lines(r, first_line, is_vararg, wide_pc);
  for (size_t n = read_size(r); n > 0 && !r->failed; n--) {
    skip_string(r);
    read_size(r);
    read_size(r);
  }
  for (size_t n = read_size(r); n > 0 && !r->failed; n--) skip_string(r);
}

static reader read_chunk(clb_bytes code, void (*each)(void *, int32_t), void *context) {
  reader r = {.at = code.bytes, .end = code.bytes + code.count, .each = each, .context = context};
  skip(&r, HEADER_BYTES);
  read_byte(&r);
  read_function(&r, 0);
  return r;
}

bool clb_assigns_upvalues(clb_bytes code) {
  reader r = read_chunk(code, NULL, NULL);
  return r.failed || r.assigns;
}

int32_t clb_line_of_many_locals(clb_bytes code) { return read_chunk(code, NULL, NULL).wide_line; }

bool clb_active_lines(clb_bytes code, void (*each)(void *context, int32_t line), void *context) {
  reader r = read_chunk(code, each, context);
  return !r.failed;
}
