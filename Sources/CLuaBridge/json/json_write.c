// Lua values printed as JSON, straight from where they stand. Everything is read raw; no metamethod
// runs.
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vm/liblua.h"
#include "vm/vm.h"

// MARK: Errors that name the field

// Writes the path from its root: `lines[2].price`.
static size_t print_path(const clb_path *path, char *out, size_t size) {
  size_t used = path->parent != NULL ? print_path(path->parent, out, size) : 0;
  if (used >= size) return used;
  int n;
  if (path->name != NULL) {
    n = snprintf(out + used, size - used, "%s%.*s", used > 0 ? "." : "", (int)path->name_length,
                 path->name);
  } else {
    n = snprintf(out + used, size - used, "[%" PRId64 "]", path->index);
  }
  return used + (n > 0 ? (size_t)n : 0);
}

int clb_raise_field(lua_State *L, clb_status status, const clb_path *path, const char *format,
                    ...) {
  char name[256] = "", text[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (path == NULL) return clb_raise(L, status, "%s", text);
  print_path(path, name, sizeof name);
  return clb_raise(L, status, "field '%s' %s", name, text);
}

// MARK: Bytes

// [-0, +0, e] Makes room for `count` bytes more.
static void grow(lua_State *L, clb_vm *vm, size_t count) {
  clb_buffer *out = &vm->output;
  if (count > CLB_RESULT_LIMIT - out->count) clb_raise(L, vm->writing, "the JSON is over 1 MiB");
  if (!clb_buffer_reserve(vm, out, out->count + count)) clb_stop_memory(L);
}

static inline void put(lua_State *L, const void *bytes, size_t count) {
  clb_vm *vm = clb_of(L);
  clb_buffer *out = &vm->output;
  size_t room = out->capacity < CLB_RESULT_LIMIT ? out->capacity : CLB_RESULT_LIMIT;
  if (count > room - out->count) grow(L, vm, count);
  memcpy(out->bytes + out->count, bytes, count);
  out->count += count;
}

void clb_write_bytes(lua_State *L, const void *bytes, size_t count) { put(L, bytes, count); }

// Writes a literal.
#define PUT(L, text) put(L, text, sizeof text - 1)

// The two characters of an escape, or the one byte of \u00XX, or 0 where none is needed.
static char escape_of(unsigned char c) {
  switch (c) {
    case '"': case '\\': return (char)c;
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return c < 0x20 ? 'u' : 0;
  }
}

static bool is_plain(const unsigned char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (text[i] < 0x20 || text[i] >= 0x80 || text[i] == '"' || text[i] == '\\') return false;
  }
  return true;
}

// [-0, +0, e] What stands between the quotes of a text that isn't plain.
static void write_escaped(lua_State *L, const char *text, size_t length) {
  size_t begin = 0;
  for (size_t i = 0; i < length; i++) {
    char letter = escape_of((unsigned char)text[i]);
    if (letter == 0) continue;
    put(L, text + begin, i - begin);
    begin = i + 1;
    char escape[8];
    int n = letter == 'u' ? snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)text[i])
                          : snprintf(escape, sizeof escape, "\\%c", letter);
    put(L, escape, (size_t)n);
  }
  put(L, text + begin, length - begin);
}

// [-0, +0, e] A string in quotes.
void clb_write_string(lua_State *L, const char *text, size_t length, const clb_path *path,
                      clb_status status) {
  PUT(L, "\"");
  if (is_plain((const unsigned char *)text, length)) {
    put(L, text, length);
  } else {
    if (!clb_text_is_valid(text, length)) {
      clb_raise_field(L, status, path, "is no valid UTF-8 text, or holds a zero byte");
    }
    write_escaped(L, text, length);
  }
  PUT(L, "\"");
}

static void write_integer(lua_State *L, int64_t value) {
  char text[24];
  char *at = text + sizeof text;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) *--at = '-';
  put(L, at, (size_t)(text + sizeof text - at));
}

// [-0, +0, e] The number at `index`, exactly.
static void write_number(lua_State *L, int index, const clb_path *path, clb_status status) {
  if (lua_isinteger(L, index)) {
    write_integer(L, lua_tointeger(L, index));
    return;
  }
  double value = lua_tonumber(L, index);
  if (isnan(value)) clb_raise_field(L, status, path, "is not a number (NaN)");
  if (isinf(value)) clb_raise_field(L, status, path, "is infinite");
  char text[40];
  put(L, text, clb_print_double(value, text));
}

static void write_amount(lua_State *L, const clb_amount *amount) {
  PUT(L, "{\"asset\":\"");
  put(L, amount->asset, amount->asset_length);
  PUT(L, "\",\"minor\":");
  write_integer(L, amount->minor);
  PUT(L, "}");
}

// MARK: Tables

// [-0, +1, e] Pushes the table at `index` to be read, and charges for its `*count` elements and for
// its places, of which an emptied table has many.
static int open_table(lua_State *L, int index, const clb_path *path, int depth, clb_status status,
                      lua_Integer *count) {
  if (depth >= CLB_DEPTH_LIMIT) {
    clb_raise_field(L, status, path, "is nested more than %d levels, or holds itself",
                    CLB_DEPTH_LIMIT);
  }
  luaL_checkstack(L, 10, "nested too deep");
  lua_pushvalue(L, index);
  int table = lua_gettop(L);
  clb_see_through(L, table);
  *count = (lua_Integer)lua_rawlen(L, table);
  clb_charge(L, 1 + (uint64_t)*count + clb_table_slots(L, table) / CLB_SLOTS_PER_FUEL);
  return table;
}

// [-0, +0, -] How many keys the table at `index` has, at most `limit` + 1.
static lua_Integer count_keys(lua_State *L, int index, lua_Integer limit) {
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (++count > limit) {
      lua_pop(L, 1);
      break;
    }
  }
  return count;
}

typedef void (*element_writer)(lua_State *L, int index, const clb_path *path, int depth,
                               const void *how);

// [-0, +0, e] The elements of the table at `table` by `write`, in brackets; false when it is not a
// list of `count` elements without holes. One traversal is enough when it meets 1, 2, 3, … in
// order, as it does where the list stands in the table's array.
static bool write_elements(lua_State *L, int table, lua_Integer count, const clb_path *path,
                           int depth, element_writer write, const void *how) {
  clb_path here = {.parent = path, .name = NULL, .index = 0};
  bool more;
  put(L, "[", 1);
  lua_pushnil(L);
  while ((more = lua_next(L, table)) && lua_isinteger(L, -2) &&
         lua_tointeger(L, -2) == here.index + 1) {
    if (++here.index > 1) put(L, ",", 1);
    write(L, lua_gettop(L), &here, depth + 1, how);
    lua_pop(L, 1);
  }
  if (more) {
    lua_pop(L, 2);
    if (count_keys(L, table, count) != count) return false;
    while (here.index < count) {
      if (lua_rawgeti(L, table, here.index + 1) == LUA_TNIL) return false;
      if (++here.index > 1) put(L, ",", 1);
      write(L, lua_gettop(L), &here, depth + 1, how);
      lua_pop(L, 1);
    }
  }
  put(L, "]", 1);
  return true;
}

// MARK: Any value

typedef struct {
  clb_write_mode mode;
  clb_status status;
} any_style;

static void write_any_element(lua_State *L, int index, const clb_path *path, int depth,
                              const void *how) {
  const any_style *style = how;
  clb_write_any(L, index, path, depth, style->mode, style->status);
}

// [-0, +0, e] The members of the table at `index`, by the bytes of their names.
static void write_members(lua_State *L, int index, const clb_path *path, int depth,
                          const any_style *style) {
  clb_push_sorted_keys(L, index, "JSON");
  int keys = lua_gettop(L);
  lua_Integer count = (lua_Integer)lua_rawlen(L, keys);
  PUT(L, "{");
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    if (lua_rawgeti(L, keys, i) != LUA_TSTRING) {
      clb_raise_field(L, style->status, path, "is a list with holes, or mixes places and names");
    }
    const char *name = lua_tolstring(L, -1, &length);
    clb_path here = {.parent = path, .name = name, .name_length = length};
    if (i > 1) PUT(L, ",");
    clb_write_string(L, name, length, &here, style->status);
    PUT(L, ":");
    lua_pushvalue(L, -1);
    lua_rawget(L, index);
    clb_write_any(L, lua_gettop(L), &here, depth + 1, style->mode, style->status);
    lua_pop(L, 2);
  }
  PUT(L, "}");
  lua_pop(L, 1);
}

static void write_table(lua_State *L, int index, const clb_path *path, int depth,
                        clb_write_mode mode, clb_status status) {
  any_style style = {.mode = mode, .status = status};
  lua_Integer count;
  int table = open_table(L, index, path, depth, status, &count);
  if (count == 0 && clb_is_empty_list(L, table)) {
    PUT(L, "[]");
  } else if (count == 0) {
    write_members(L, table, path, depth, &style);
  } else if (!write_elements(L, table, count, path, depth, write_any_element, &style)) {
    clb_raise_field(L, status, path, "is a list with holes, or mixes places and names");
  }
  lua_pop(L, 1);
}

// [-0, +0, e] What stands for a function where functions may stand.
static void write_function(lua_State *L, int index) {
  lua_Debug info;
  lua_pushvalue(L, index);
  lua_getinfo(L, ">S", &info);
  PUT(L, "{\"$function\":");
  write_integer(L, info.linedefined);
  PUT(L, "}");
}

static void write_boolean(lua_State *L, int index) {
  if (lua_toboolean(L, index)) PUT(L, "true");
  else PUT(L, "false");
}

void clb_write_any(lua_State *L, int index, const clb_path *path, int depth, clb_write_mode mode,
                   clb_status status) {
  size_t length;
  const char *text;
  clb_of(L)->writing = status;
  switch (lua_type(L, index)) {
    case LUA_TNIL: PUT(L, "null"); break;
    case LUA_TBOOLEAN: write_boolean(L, index); break;
    case LUA_TNUMBER: write_number(L, index, path, status); break;
    case LUA_TSTRING:
      text = lua_tolstring(L, index, &length);
      clb_write_string(L, text, length, path, status);
      break;
    case LUA_TTABLE: write_table(L, index, path, depth, mode, status); break;
    case LUA_TFUNCTION:
      if (mode != CLB_WRITE_FUNCTIONS) clb_raise_field(L, status, path, "is a function");
      write_function(L, index);
      break;
    default: {
      const clb_amount *amount = clb_amount_at(L, index);
      if (amount == NULL) clb_raise_field(L, status, path, "is a %s", luaL_typename(L, index));
      write_amount(L, amount);
      break;
    }
  }
}

// MARK: By schema

// [-0, +0, e] Raises: the value at `index` is not what `node` wants.
static void refuse_type(lua_State *L, int index, const clb_node *node, const clb_path *path) {
  const char *got = clb_amount_at(L, index) != NULL ? "amount" : luaL_typename(L, index);
  clb_raise_field(L, CLB_INVALID_OUTPUT, path, "wants %s, got %s", clb_type_name(node), got);
}

// A 64-bit integer is exact in a long double.
static void check_range(lua_State *L, long double value, const clb_node *node,
                        const clb_path *path) {
  if (node->has_minimum && value < node->minimum) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is below its minimum %.17g", node->minimum);
  }
  if (node->has_maximum && value > node->maximum) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is above its maximum %.17g", node->maximum);
  }
}

static void write_typed_number(lua_State *L, int index, const clb_node *node,
                               const clb_path *path) {
  int64_t value;
  if (lua_type(L, index) != LUA_TNUMBER) refuse_type(L, index, node, path);
  if (node->type == CLB_TYPE_NUMBER) {
    check_range(L, lua_isinteger(L, index) ? (long double)lua_tointeger(L, index)
                                           : (long double)lua_tonumber(L, index), node, path);
    write_number(L, index, path, CLB_INVALID_OUTPUT);
    return;
  }
  if (!clb_exact_integer(L, index, &value)) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path,
                    "wants integer, got a fraction or more than 53 bits");
  }
  check_range(L, value, node, path);
  write_integer(L, value);
}

// The field or option of this name; NULL when there is none.
static const clb_node *find_child(lua_State *L, const clb_node *node, const char *name,
                                  size_t length) {
  const clb_node *children = &clb_of(L)->schema.nodes[node->first_child];
  for (uint32_t i = 0; i < node->child_count; i++) {
    if (children[i].name_length != length) continue;
    if (memcmp(children[i].name, name, length) == 0) return &children[i];
  }
  return NULL;
}

static void write_typed_text(lua_State *L, int index, const clb_node *node, const clb_path *path) {
  size_t length;
  if (lua_type(L, index) != LUA_TSTRING) refuse_type(L, index, node, path);
  const char *text = lua_tolstring(L, index, &length);
  if (node->type == CLB_TYPE_ACCOUNT && !clb_account_is_valid(text, length)) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is no account name");
  }
  if (node->type == CLB_TYPE_ENUM && find_child(L, node, text, length) == NULL) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is none of its options: '%.100s'", text);
  }
  clb_write_string(L, text, length, path, CLB_INVALID_OUTPUT);
}

static void write_typed_amount(lua_State *L, int index, const clb_node *node,
                               const clb_path *path) {
  clb_amount amount;
  const char *wrong = clb_read_amount(L, index, &amount);
  if (wrong != NULL && (lua_type(L, index) == LUA_TTABLE || lua_type(L, index) == LUA_TSTRING)) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is no amount: %s", wrong);
  }
  if (wrong != NULL) refuse_type(L, index, node, path);
  write_amount(L, &amount);
}

static void write_typed_element(lua_State *L, int index, const clb_path *path, int depth,
                                const void *how) {
  const clb_node *node = how;
  clb_write_output(L, index, node->first_child, path, depth);
}

static void write_typed_list(lua_State *L, int index, const clb_node *node, const clb_path *path,
                             int depth) {
  lua_Integer count;
  if (lua_type(L, index) != LUA_TTABLE) refuse_type(L, index, node, path);
  int table = open_table(L, index, path, depth, CLB_INVALID_OUTPUT, &count);
  if (!write_elements(L, table, count, path, depth, write_typed_element, node)) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "wants list, got a table with holes or names");
  }
  lua_pop(L, 1);
}

// [-0, +0, v] Names the first member, by bytes, that the record `node` doesn't have.
static void refuse_unknown(lua_State *L, int table, const clb_node *node, const clb_path *path) {
  clb_push_sorted_keys(L, table, "JSON");
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    if (lua_rawgeti(L, -1, i) != LUA_TSTRING) {
      if (path == NULL) clb_raise(L, CLB_INVALID_OUTPUT, "the result has a place without a name");
      clb_raise_field(L, CLB_INVALID_OUTPUT, path, "has a place without a name");
    }
    const char *name = lua_tolstring(L, -1, &length);
    if (find_child(L, node, name, length) == NULL) {
      if (path == NULL) clb_raise(L, CLB_INVALID_OUTPUT, "unknown field '%.100s'", name);
      clb_raise_field(L, CLB_INVALID_OUTPUT, path, "has an unknown field '%.100s'", name);
    }
    lua_pop(L, 1);
  }
}

// [-1, +1, e] Replaces an absent field's nil by its default; gives the type of what is there then.
static int replace_absent(lua_State *L, const clb_node *field, const clb_path *path) {
  if (!field->has_default) {
    if (!field->optional) refuse_type(L, lua_gettop(L), field, path);
    return LUA_TNIL;
  }
  lua_pop(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_defaults);
  int type = lua_rawgeti(L, -1, field->slot);
  lua_remove(L, -2);
  return type;
}

static void write_record(lua_State *L, int index, const clb_node *node, const clb_path *path,
                         int depth) {
  lua_Integer given = 0, count;
  if (lua_type(L, index) != LUA_TTABLE) {
    if (path != NULL) refuse_type(L, index, node, path);
    clb_raise(L, CLB_INVALID_OUTPUT, "the result is a %s, not a table", luaL_typename(L, index));
  }
  int table = open_table(L, index, path, depth, CLB_INVALID_OUTPUT, &count);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  char separator = '{';
  for (uint32_t i = 0; i < node->child_count; i++) {
    const clb_node *field = &clb_of(L)->schema.nodes[node->first_child + i];
    clb_path here = {.parent = path, .name = field->name, .name_length = field->name_length};
    lua_rawgeti(L, table + 1, field->slot);
    int type = lua_rawget(L, table);
    if (type != LUA_TNIL) given++;
    else type = replace_absent(L, field, &here);
    if (type != LUA_TNIL) {
      put(L, &separator, 1);
      put(L, field->label, field->label_length);
      clb_write_output(L, lua_gettop(L), node->first_child + i, &here, depth + 1);
      separator = ',';
    }
    lua_pop(L, 1);
  }
  if (separator == '{') PUT(L, "{");
  PUT(L, "}");
  if (count_keys(L, table, given) != given) refuse_unknown(L, table, node, path);
  lua_pop(L, 2);
}

void clb_write_output(lua_State *L, int index, uint32_t number, const clb_path *path, int depth) {
  const clb_node *node = &clb_of(L)->schema.nodes[number];
  clb_of(L)->writing = CLB_INVALID_OUTPUT;
  switch (node->type) {
    case CLB_TYPE_ANY:
      clb_write_any(L, index, path, depth, CLB_WRITE_PLAIN, CLB_INVALID_OUTPUT);
      break;
    case CLB_TYPE_STRING:
    case CLB_TYPE_ACCOUNT:
    case CLB_TYPE_ENUM: write_typed_text(L, index, node, path); break;
    case CLB_TYPE_INTEGER:
    case CLB_TYPE_NUMBER: write_typed_number(L, index, node, path); break;
    case CLB_TYPE_BOOLEAN:
      if (lua_type(L, index) != LUA_TBOOLEAN) refuse_type(L, index, node, path);
      write_boolean(L, index);
      break;
    case CLB_TYPE_AMOUNT: write_typed_amount(L, index, node, path); break;
    case CLB_TYPE_LIST: write_typed_list(L, index, node, path, depth); break;
    case CLB_TYPE_RECORD: write_record(L, index, node, path, depth); break;
  }
}
