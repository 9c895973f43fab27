// Lua values printed as JSON, straight from where they stand. Everything is read raw; no metamethod runs.
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vm.h"

// MARK: Errors that name the field

// Writes the path from its root: `lines[2].price`.
static size_t print_path(const clb_path *path, char *out, size_t size) {
  size_t used = path->parent != NULL ? print_path(path->parent, out, size) : 0;
  if (used >= size) return used;
  int n;
  if (path->name != NULL) {
    n = snprintf(out + used, size - used, "%s%.*s", used > 0 ? "." : "", (int)path->name_length, path->name);
  } else {
    n = snprintf(out + used, size - used, "[%" PRId64 "]", path->index);
  }
  return used + (n > 0 ? (size_t)n : 0);
}

int clb_raise_field(lua_State *L, clb_status status, const clb_path *path, const char *format, ...) {
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

void clb_write_bytes(lua_State *L, const void *bytes, size_t count) {
  clb_vm *vm = clb_of(L);
  clb_buffer *out = &vm->output;
  if (out->count + count > out->capacity) {
    if (out->count + count > CLB_RESULT_LIMIT) clb_raise(L, CLB_INVALID_OUTPUT, "the JSON is over 1 MiB");
    if (!clb_buffer_reserve(vm, out, out->count + count)) clb_stop_memory(L);
  }
  memcpy(out->bytes + out->count, bytes, count);
  out->count += count;
}

static void write_text(lua_State *L, const char *text) { clb_write_bytes(L, text, strlen(text)); }

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

// [-0, +0, e] A string in quotes.
static void write_string(lua_State *L, const char *text, size_t length, const clb_path *path, clb_status status) {
  const unsigned char *bytes = (const unsigned char *)text;
  write_text(L, "\"");
  if (is_plain(bytes, length)) {
    clb_write_bytes(L, text, length);
  } else {
    if (!clb_text_is_valid(text, length)) clb_raise_field(L, status, path, "is no valid UTF-8 text, or holds a zero byte");
    size_t begin = 0;
    for (size_t i = 0; i < length; i++) {
      char letter = escape_of(bytes[i]);
      if (letter == 0) continue;
      clb_write_bytes(L, text + begin, i - begin);
      begin = i + 1;
      char escape[8];
      int n = letter == 'u' ? snprintf(escape, sizeof escape, "\\u%04x", bytes[i])
                            : snprintf(escape, sizeof escape, "\\%c", letter);
      clb_write_bytes(L, escape, (size_t)n);
    }
    clb_write_bytes(L, text + begin, length - begin);
  }
  write_text(L, "\"");
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
  clb_write_bytes(L, at, (size_t)(text + sizeof text - at));
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
  clb_write_bytes(L, text, clb_print_double(value, text));
}

static void write_amount(lua_State *L, const clb_amount *amount) {
  write_text(L, "{\"asset\":\"");
  clb_write_bytes(L, amount->asset, amount->asset_length);
  write_text(L, "\",\"minor\":");
  write_integer(L, amount->minor);
  write_text(L, "}");
}

// MARK: Any value

// [-0, +0, e] The elements 1…count of the table at `index`.
static void write_elements(lua_State *L, int index, lua_Integer count, const clb_path *path, int depth,
                           clb_write_mode mode, clb_status status) {
  write_text(L, "[");
  for (lua_Integer i = 1; i <= count; i++) {
    clb_path here = {.parent = path, .name = NULL, .index = i};
    if (i > 1) write_text(L, ",");
    lua_rawgeti(L, index, i);
    clb_write_any(L, lua_gettop(L), &here, depth + 1, mode, status);
    lua_pop(L, 1);
  }
  write_text(L, "]");
}

// [-0, +0, e] The members of the table at `index`, by the bytes of their names.
static void write_members(lua_State *L, int index, const clb_path *path, int depth, clb_write_mode mode,
                          clb_status status) {
  clb_push_sorted_keys(L, index, "JSON");
  int keys = lua_gettop(L);
  lua_Integer count = (lua_Integer)lua_rawlen(L, keys);
  write_text(L, "{");
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, keys, i);
    if (lua_type(L, -1) != LUA_TSTRING) {
      clb_raise_field(L, status, path, "is a list with holes, or mixes places and names");
    }
    size_t length;
    const char *name = lua_tolstring(L, -1, &length);
    clb_path here = {.parent = path, .name = name, .name_length = length};
    if (i > 1) write_text(L, ",");
    write_string(L, name, length, &here, status);
    write_text(L, ":");
    lua_pushvalue(L, -1);
    lua_rawget(L, index);
    clb_write_any(L, lua_gettop(L), &here, depth + 1, mode, status);
    lua_pop(L, 2);
  }
  write_text(L, "}");
  lua_pop(L, 1);
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

// [-0, +0, -] The number of elements when the table at `index` is a list without holes, else -1.
static lua_Integer list_length(lua_State *L, int index) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  if (count_keys(L, index, count) != count) return -1;
  for (lua_Integer i = 1; i <= count; i++) {
    bool is_hole = lua_rawgeti(L, index, i) == LUA_TNIL;
    lua_pop(L, 1);
    if (is_hole) return -1;
  }
  return count;
}

static void write_table(lua_State *L, int index, const clb_path *path, int depth, clb_write_mode mode,
                        clb_status status) {
  if (depth >= CLB_DEPTH_LIMIT) clb_raise_field(L, status, path, "is nested more than %d levels, or holds itself", CLB_DEPTH_LIMIT);
  luaL_checkstack(L, 8, "nested too deep");
  lua_pushvalue(L, index);
  int table = lua_gettop(L);
  clb_see_through(L, table);
  clb_charge(L, 1);
  lua_Integer count = (lua_Integer)lua_rawlen(L, table);
  if (count > 0 && list_length(L, table) == count) write_elements(L, table, count, path, depth, mode, status);
  else write_members(L, table, path, depth, mode, status);
  lua_pop(L, 1);
}

void clb_write_any(lua_State *L, int index, const clb_path *path, int depth, clb_write_mode mode,
                   clb_status status) {
  size_t length;
  const char *text;
  switch (lua_type(L, index)) {
    case LUA_TNIL: write_text(L, "null"); break;
    case LUA_TBOOLEAN: write_text(L, lua_toboolean(L, index) ? "true" : "false"); break;
    case LUA_TNUMBER: write_number(L, index, path, status); break;
    case LUA_TSTRING:
      text = lua_tolstring(L, index, &length);
      write_string(L, text, length, path, status);
      break;
    case LUA_TTABLE: write_table(L, index, path, depth, mode, status); break;
    case LUA_TFUNCTION:
      if (mode == CLB_WRITE_FUNCTIONS) {
        lua_Debug info;
        lua_pushvalue(L, index);
        lua_getinfo(L, ">S", &info);
        write_text(L, "{\"$function\":");
        write_integer(L, info.linedefined);
        write_text(L, "}");
        break;
      }
      clb_raise_field(L, status, path, "is a function");
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

static void check_range(lua_State *L, double value, const clb_node *node, const clb_path *path) {
  if (node->has_minimum && value < node->minimum) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is below its minimum %.17g", node->minimum);
  }
  if (node->has_maximum && value > node->maximum) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is above its maximum %.17g", node->maximum);
  }
}

static void write_typed_number(lua_State *L, int index, const clb_node *node, const clb_path *path) {
  if (lua_type(L, index) != LUA_TNUMBER) refuse_type(L, index, node, path);
  if (node->type == CLB_TYPE_INTEGER) {
    int is_integer;
    lua_Integer value = lua_tointegerx(L, index, &is_integer);
    if (!is_integer) clb_raise_field(L, CLB_INVALID_OUTPUT, path, "wants integer, got %s", lua_isinteger(L, index) ? "number" : "a fraction");
    check_range(L, (double)value, node, path);
    write_integer(L, value);
    return;
  }
  check_range(L, lua_tonumber(L, index), node, path);
  write_number(L, index, path, CLB_INVALID_OUTPUT);
}

static void write_typed_text(lua_State *L, int index, const clb_node *node, const clb_path *path) {
  size_t length;
  if (lua_type(L, index) != LUA_TSTRING) refuse_type(L, index, node, path);
  const char *text = lua_tolstring(L, index, &length);
  if (node->type == CLB_TYPE_ACCOUNT && !clb_account_is_valid(text, length)) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is no account name");
  }
  if (node->type == CLB_TYPE_ENUM) {
    const clb_node *options = &clb_of(L)->nodes[node->first_child];
    uint32_t i = 0;
    while (i < node->child_count && (options[i].name_length != length || memcmp(options[i].name, text, length) != 0)) i++;
    if (i == node->child_count) clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is none of its options: '%.100s'", text);
  }
  write_string(L, text, length, path, CLB_INVALID_OUTPUT);
}

static void write_typed_list(lua_State *L, int index, const clb_node *node, const clb_path *path, int depth) {
  if (lua_type(L, index) != LUA_TTABLE) refuse_type(L, index, node, path);
  lua_pushvalue(L, index);
  int table = lua_gettop(L);
  clb_see_through(L, table);
  lua_Integer count = list_length(L, table);
  if (count < 0) clb_raise_field(L, CLB_INVALID_OUTPUT, path, "wants list, got a table with holes or names");
  write_text(L, "[");
  for (lua_Integer i = 1; i <= count; i++) {
    clb_path here = {.parent = path, .name = NULL, .index = i};
    if (i > 1) write_text(L, ",");
    lua_rawgeti(L, table, i);
    clb_write_output(L, lua_gettop(L), node->first_child, &here, depth + 1);
    lua_pop(L, 1);
  }
  write_text(L, "]");
  lua_pop(L, 1);
}

// [-0, +0, v] Names the first member, by bytes, that the record `node` doesn't have.
static void refuse_unknown(lua_State *L, int table, const clb_node *node, const clb_path *path) {
  clb_push_sorted_keys(L, table, "JSON");
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    if (lua_rawgeti(L, -1, i) != LUA_TSTRING) clb_raise_field(L, CLB_INVALID_OUTPUT, path, "has a place without a name");
    const char *name = lua_tolstring(L, -1, &length);
    const clb_node *fields = &clb_of(L)->nodes[node->first_child];
    uint32_t field = 0;
    while (field < node->child_count &&
           (fields[field].name_length != length || memcmp(fields[field].name, name, length) != 0)) {
      field++;
    }
    if (field == node->child_count) {
      char where[256] = "";
      if (path != NULL) print_path(path, where, sizeof where);
      clb_raise(L, CLB_INVALID_OUTPUT, "unknown field '%s%s%.100s' in the result", where, path != NULL ? "." : "", name);
    }
    lua_pop(L, 1);
  }
}

static void write_record(lua_State *L, int index, const clb_node *node, const clb_path *path, int depth) {
  clb_vm *vm = clb_of(L);
  if (lua_type(L, index) != LUA_TTABLE) {
    if (path != NULL) refuse_type(L, index, node, path);
    clb_raise(L, CLB_INVALID_OUTPUT, "the result is a %s, not a table", luaL_typename(L, index));
  }
  lua_pushvalue(L, index);
  int table = lua_gettop(L);
  clb_see_through(L, table);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  lua_Integer found = 0;
  char separator = '{';
  for (uint32_t i = 0; i < node->child_count; i++) {
    const clb_node *field = &vm->nodes[node->first_child + i];
    clb_path here = {.parent = path, .name = field->name, .name_length = field->name_length};
    lua_rawgeti(L, table + 1, field->slot);
    if (lua_rawget(L, table) == LUA_TNIL) {
      if (!field->optional && !field->has_default) refuse_type(L, lua_gettop(L), field, &here);
      lua_pop(L, 1);
      continue;
    }
    found++;
    clb_write_bytes(L, &separator, 1);
    separator = ',';
    clb_write_bytes(L, "\"", 1);
    clb_write_bytes(L, field->name, field->name_length);
    clb_write_bytes(L, "\":", 2);
    clb_write_output(L, lua_gettop(L), node->first_child + i, &here, depth + 1);
    lua_pop(L, 1);
  }
  if (separator == '{') write_text(L, "{");
  write_text(L, "}");
  if (count_keys(L, table, found) != found) refuse_unknown(L, table, node, path);
  lua_pop(L, 2);
}

void clb_write_output(lua_State *L, int index, uint32_t number, const clb_path *path, int depth) {
  const clb_node *node = &clb_of(L)->nodes[number];
  if (depth >= CLB_DEPTH_LIMIT) clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is nested more than %d levels", CLB_DEPTH_LIMIT);
  luaL_checkstack(L, 8, "nested too deep");
  switch (node->type) {
    case CLB_TYPE_ANY: clb_write_any(L, index, path, depth, CLB_WRITE_PLAIN, CLB_INVALID_OUTPUT); break;
    case CLB_TYPE_STRING: case CLB_TYPE_ACCOUNT: case CLB_TYPE_ENUM: write_typed_text(L, index, node, path); break;
    case CLB_TYPE_INTEGER: case CLB_TYPE_NUMBER: write_typed_number(L, index, node, path); break;
    case CLB_TYPE_BOOLEAN:
      if (lua_type(L, index) != LUA_TBOOLEAN) refuse_type(L, index, node, path);
      write_text(L, lua_toboolean(L, index) ? "true" : "false");
      break;
    case CLB_TYPE_AMOUNT: {
      clb_amount amount;
      const char *wrong = clb_read_amount(L, index, &amount);
      if (wrong != NULL && (lua_type(L, index) == LUA_TTABLE || lua_type(L, index) == LUA_TSTRING)) {
        clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is no amount: %s", wrong);
      }
      if (wrong != NULL) refuse_type(L, index, node, path);
      write_amount(L, &amount);
      break;
    }
    case CLB_TYPE_LIST: write_typed_list(L, index, node, path, depth); break;
    case CLB_TYPE_RECORD: write_record(L, index, node, path, depth); break;
  }
}
