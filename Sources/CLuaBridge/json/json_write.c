// Lua values printed as JSON, straight from where they stand. Everything is read raw; no metamethod
// runs.
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json/writer.h"
#include "vm/liblua.h"

// MARK: Errors that name the field

// Writes the path from its root: `lines[2].price`.
size_t clb_print_path(const clb_path *path, char *out, size_t size) {
  size_t used = path->parent != NULL ? clb_print_path(path->parent, out, size) : 0;
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
  clb_print_path(path, name, sizeof name);
  return clb_raise(L, status, "field '%s' %s", name, text);
}

// What writing costs beside the element that is written and the bytes it comes to.
#define FUEL_PER_TABLE 5
#define FUEL_PER_FLOAT 4
#define BYTES_ESCAPED_PER_FUEL 2

// MARK: Bytes

// [-0, +0, e] Makes room for `count` bytes more.
void clb_grow_output(lua_State *L, clb_vm *vm, size_t count) {
  clb_buffer *out = &vm->output;
  if (count > CLB_RESULT_LIMIT - out->count) clb_raise(L, vm->writing, "the JSON is over 1 MiB");
  if (!clb_buffer_reserve(vm, out, out->count + count)) clb_stop_memory(L);
}

void clb_write_bytes(lua_State *L, const void *bytes, size_t count) { clb_put(L, bytes, count); }

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
    clb_put(L, text + begin, i - begin);
    begin = i + 1;
    static const char digits[] = "0123456789abcdef";
    unsigned char byte = (unsigned char)text[i];
    const char escape[] = {'\\', letter, '0', '0', digits[byte >> 4], digits[byte & 15]};
    clb_put(L, escape, letter == 'u' ? sizeof escape : 2);
  }
  clb_put(L, text + begin, length - begin);
}

// [-0, +0, e] A string in quotes.
void clb_write_string(lua_State *L, const char *text, size_t length, const clb_path *path,
                      clb_status status) {
  clb_charge(L, clb_fuel_of_long_text(length));
  PUT(L, "\"");
  if (is_plain((const unsigned char *)text, length)) {
    clb_put(L, text, length);
  } else {
    clb_charge(L, 1 + length / BYTES_ESCAPED_PER_FUEL);
    if (!clb_text_is_valid(text, length)) {
      clb_raise_field(L, status, path, "is no valid UTF-8 text, or holds a zero byte");
    }
    write_escaped(L, text, length);
  }
  PUT(L, "\"");
}

void clb_write_integer(lua_State *L, int64_t value) {
  char text[24];
  char *at = text + sizeof text;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) *--at = '-';
  clb_put(L, at, (size_t)(text + sizeof text - at));
}

// [-0, +0, e] The number at `index`, exactly.
void clb_write_number(lua_State *L, int index, const clb_path *path, clb_status status) {
  if (lua_isinteger(L, index)) {
    clb_write_integer(L, lua_tointeger(L, index));
    return;
  }
  double value = lua_tonumber(L, index);
  if (isnan(value)) clb_raise_field(L, status, path, "is not a number (NaN)");
  if (isinf(value)) clb_raise_field(L, status, path, "is infinite");
  char text[40];
  clb_charge(L, FUEL_PER_FLOAT);
  clb_put(L, text, clb_print_double(value, text));
}

void clb_write_amount(lua_State *L, const clb_amount *amount) {
  PUT(L, "{\"asset\":\"");
  clb_put(L, amount->asset, amount->asset_length);
  PUT(L, "\",\"minor\":");
  clb_write_integer(L, amount->minor);
  PUT(L, "}");
}

// MARK: Tables

// [-0, +1, e] Pushes the table at `index` to be read, and charges for its `*count` elements and for
// its places, of which an emptied table has many.
int clb_open_table(lua_State *L, int index, const clb_path *path, int depth, clb_status status,
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
  clb_charge(L, FUEL_PER_TABLE + (uint64_t)*count + clb_table_slots(L, table) / CLB_SLOTS_PER_FUEL);
  clb_charge_walk(L, table);
  return table;
}

// [-0, +0, -] How many keys the table at `index` has, at most `limit` + 1.
lua_Integer clb_count_keys(lua_State *L, int index, lua_Integer limit) {
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

// [-0, +0, e] The elements of the table at `table` by `write`, in brackets; false when it is not a
// list of `count` elements without holes. One traversal is enough when it meets 1, 2, 3, … in
// order, as it does where the list stands in the table's array.
bool clb_write_elements(lua_State *L, int table, lua_Integer count, const clb_path *path,
                           int depth, clb_element_writer write, const void *how) {
  clb_path here = {.parent = path, .name = NULL, .index = 0};
  bool more;
  clb_put(L, "[", 1);
  lua_pushnil(L);
  while ((more = lua_next(L, table)) && lua_isinteger(L, -2) &&
         lua_tointeger(L, -2) == here.index + 1) {
    if (++here.index > 1) clb_put(L, ",", 1);
    write(L, lua_gettop(L), &here, depth + 1, how);
    lua_pop(L, 1);
  }
  if (more) {
    lua_pop(L, 2);
    if (clb_count_keys(L, table, count) != count) return false;
    while (here.index < count) {
      if (lua_rawgeti(L, table, here.index + 1) == LUA_TNIL) return false;
      if (++here.index > 1) clb_put(L, ",", 1);
      write(L, lua_gettop(L), &here, depth + 1, how);
      lua_pop(L, 1);
    }
  }
  clb_put(L, "]", 1);
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
  int table = clb_open_table(L, index, path, depth, status, &count);
  if (count == 0 && clb_is_empty_list(L, table)) {
    PUT(L, "[]");
  } else if (count == 0) {
    write_members(L, table, path, depth, &style);
  } else if (!clb_write_elements(L, table, count, path, depth, write_any_element, &style)) {
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
  clb_write_integer(L, info.linedefined);
  PUT(L, "}");
}

void clb_write_boolean(lua_State *L, int index) {
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
    case LUA_TBOOLEAN: clb_write_boolean(L, index); break;
    case LUA_TNUMBER: clb_write_number(L, index, path, status); break;
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
      clb_write_amount(L, amount);
      break;
    }
  }
}
