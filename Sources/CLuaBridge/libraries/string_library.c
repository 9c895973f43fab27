// A rule's `string` library. Everything is charged before it is done, and no result is
// longer than CLB_STRING_LIMIT. `format pack packsize unpack` are stock functions behind a
// check of their arguments. They are called as plain C functions in the frame of the rule's
// own call, so that their messages name the function and the line the rule knows.
#include <string.h>

#include "vm/sandbox.h"

// The longest text of one number under any conversion: "%99.99f" of the largest float.
#define NUMBER_TEXT_MAX 512
// What printing a float costs, in fuel; of one with many digits before the point or behind it.
#define FUEL_PER_FLOAT 40
#define FUEL_PER_LONG_FLOAT 500
// What filling a text up costs, and a quoted byte that is written as a number.
#define FUEL_PER_PADDED_TEXT 12
#define FUEL_PER_QUOTED_NUMBER 6

// [-0, +0, v] Stops when a result of this length may not be made.
static void check_result(lua_State *L, uint64_t length) {
  if (length > CLB_STRING_LIMIT) clb_stop_memory(L);
}

// [-0, +0, -] The first position of a range: negative ones count from the end.
static size_t range_begin(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position;
  if (position == 0 || position < -(lua_Integer)length) return 1;
  return length + 1 - (size_t)-position;
}

// [-0, +0, -] The last position of a range, at most `length`.
static size_t range_end(lua_Integer position, size_t length) {
  if (position > (lua_Integer)length) return length;
  if (position >= 0) return (size_t)position;
  return position < -(lua_Integer)length ? 0 : length + 1 - (size_t)-position;
}

// MARK: Single strings

// [-?, +n, e] string.byte(s [, i [, j]])
static int string_byte(lua_State *L) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  lua_Integer first = luaL_optinteger(L, 2, 1);
  size_t begin = range_begin(first, length);
  size_t end = range_end(luaL_optinteger(L, 3, first), length);
  if (begin > end) return 0;
  size_t count = end - begin + 1;
  if (count > CLB_SPREAD_LIMIT) return luaL_error(L, "string slice too long");
  clb_charge(L, 1 + count / CLB_VALUES_PER_FUEL);
  luaL_checkstack(L, (int)count, "string slice too long");
  for (size_t i = 0; i < count; i++) lua_pushinteger(L, (unsigned char)s[begin - 1 + i]);
  return (int)count;
}

// [-?, +1, e] string.char(…)
static int string_char(lua_State *L) {
  int count = lua_gettop(L);
  clb_charge(L, 1 + (uint64_t)count / CLB_VALUES_PER_FUEL);
  check_result(L, (uint64_t)count);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, (size_t)count);
  for (int i = 1; i <= count; i++) {
    lua_Integer code = luaL_checkinteger(L, i);
    luaL_argcheck(L, code >= 0 && code <= 255, i, "value out of range");
    out[i - 1] = (char)code;
  }
  luaL_pushresultsize(&b, (size_t)count);
  return 1;
}

// [-?, +1, e] string.len(s)
static int string_len(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  lua_pushinteger(L, (lua_Integer)length);
  return 1;
}

// [-?, +1, e] string.sub(s, i [, j])
static int string_sub(lua_State *L) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  size_t begin = range_begin(luaL_checkinteger(L, 2), length);
  size_t end = range_end(luaL_optinteger(L, 3, -1), length);
  size_t count = begin > end ? 0 : end - begin + 1;
  clb_charge_bytes(L, count);
  lua_pushlstring(L, count > 0 ? s + begin - 1 : "", count);
  return 1;
}

// [-0, +0, -] ASCII letters only, whatever the locale.
static char lowered(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static char uppered(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }

// [-?, +1, e] What lower and upper share.
static int change_case(lua_State *L, char (*change)(char)) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  clb_charge_bytes(L, length);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, length);
  for (size_t i = 0; i < length; i++) out[i] = change(s[i]);
  luaL_pushresultsize(&b, length);
  return 1;
}

// [-?, +1, e] string.lower(s)
static int string_lower(lua_State *L) { return change_case(L, lowered); }

// [-?, +1, e] string.upper(s)
static int string_upper(lua_State *L) { return change_case(L, uppered); }

// [-?, +1, e] string.reverse(s)
static int string_reverse(lua_State *L) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  clb_charge_bytes(L, length);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, length);
  for (size_t i = 0; i < length; i++) out[i] = s[length - 1 - i];
  luaL_pushresultsize(&b, length);
  return 1;
}

// [-?, +1, e] string.rep(s, n [, separator])
static int string_rep(lua_State *L) {
  size_t length, gap;
  const char *s = luaL_checklstring(L, 1, &length);
  lua_Integer times = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &gap);
  if (times <= 0 || length + gap == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  // The last separator is missing: times·(length + gap) − gap.
  uint64_t total;
  if (__builtin_mul_overflow((uint64_t)times, (uint64_t)length + gap, &total)) {
    return clb_stop_memory(L);
  }
  total -= gap;
  check_result(L, total);
  clb_charge_bytes(L, (size_t)total);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, (size_t)total);
  memcpy(out, s, length);
  if (times > 1) memcpy(out + length, separator, gap);
  // What stands there is copied behind itself, twice as much each time.
  for (uint64_t done = length + gap; done < total; done *= 2) {
    memcpy(out + done, out, done < total - done ? done : total - done);
  }
  luaL_pushresultsize(&b, (size_t)total);
  return 1;
}

// MARK: format

// What is known of a result before it is made.
typedef struct {
  uint64_t charged;  // an upper bound, for fuel
  uint64_t certain;  // bytes that are surely in it
} format_length;

// [-0, +0, e] Makes the argument of one "%s" ready: anything but a string or a number becomes
// its text, which holds no address.
static void prepare_text(lua_State *L, int index, bool whole, format_length *length) {
  size_t bytes;
  int type = lua_type(L, index);
  if (type != LUA_TSTRING && type != LUA_TNUMBER) {
    luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
    clb_push_text(L, index, &bytes);
    lua_replace(L, index);
  }
  lua_tolstring(L, index, &bytes);
  length->charged += bytes;
  if (whole) length->certain += bytes;
}

// [-0, +0, e] Counts what "%q" makes of a text: four bytes of one at most, and some work for each that is
// written as a number.
static void prepare_quoted(lua_State *L, int index, format_length *length) {
  size_t bytes, numbers = 0;
  const char *text = lua_tolstring(L, index, &bytes);
  clb_charge_bytes(L, bytes);
  for (size_t i = 0; i < bytes; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c < 0x20 || c == 0x7F) numbers++;
  }
  length->charged += 4 * (uint64_t)bytes + FUEL_PER_QUOTED_NUMBER * CLB_BYTES_PER_FUEL * (uint64_t)numbers;
  length->certain += bytes;
}

// [-0, +0, e] Makes the argument of a conversion of floats ready: a NaN has one sign.
static void prepare_float(lua_State *L, int index, bool is_precise, format_length *length) {
  lua_Number value = lua_tonumber(L, index);
  bool is_long = is_precise || value >= 1e18 || value <= -1e18;
  length->charged += (is_long ? FUEL_PER_LONG_FLOAT : FUEL_PER_FLOAT) * CLB_BYTES_PER_FUEL;
  if (value == value) return;
  lua_pushnumber(L, __builtin_nan(""));
  lua_replace(L, index);
}

// [-0, +0, e] Prepares the argument of the conversion [begin, at), whose letter is at `at`.
static void prepare_argument(lua_State *L, int index, const char *begin, const char *at,
                             format_length *length) {
  const char *point = memchr(begin, '.', (size_t)(at - begin));
  switch (*at) {
    case 's':
      if (at - begin > 1) length->charged += FUEL_PER_PADDED_TEXT * CLB_BYTES_PER_FUEL;
      prepare_text(L, index, point == NULL, length);
      break;
    case 'q':
      length->charged += NUMBER_TEXT_MAX;
      if (lua_type(L, index) == LUA_TSTRING) prepare_quoted(L, index, length);
      break;
    case 'a': case 'A': case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
      prepare_float(L, index, point != NULL && at - point > 2, length);
      break;
    default: length->charged += NUMBER_TEXT_MAX / 2; break;
  }
}

// [-?, +1, e] string.format(template, …)
static int string_format(lua_State *L) {
  int top = lua_gettop(L), index = 1;
  size_t template_length;
  const char *template = luaL_checklstring(L, 1, &template_length);
  const char *end = template + template_length;
  clb_charge_bytes(L, template_length);
  format_length length = {.charged = template_length};
  for (const char *at = template; (at = memchr(at, '%', (size_t)(end - at))) != NULL; at++) {
    const char *begin = at++;
    if (*at == '%') continue;
    at += strspn(at, "-+ #0123456789.");
    if (at >= end) break;  // the stock function says what is wrong
    if (*at == 'p') {
      lua_pushlstring(L, begin, (size_t)(at - begin) + 1);
      return luaL_error(L, "invalid conversion '%s' to 'format'", lua_tostring(L, -1));
    }
    if (++index > top) break;
    prepare_argument(L, index, begin, at, &length);
  }
  check_result(L, length.certain);
  clb_charge(L, length.charged / CLB_BYTES_PER_FUEL);
  int results = clb_call_stock(L);
  size_t result_length;
  lua_tolstring(L, -1, &result_length);
  check_result(L, result_length);
  return results;
}

// MARK: pack and unpack

#define LETTERS_PER_FUEL 2

// [-0, +0, e] Charges for a format, which is read letter by letter, more than once.
static void charge_format(lua_State *L, size_t length) { clb_charge(L, 1 + length / LETTERS_PER_FUEL); }

// [-0, +0, v] What the "cN" of a format add up to; stops when that is too long. A zero byte
// ends a format, as it does for the stock functions.
static uint64_t fixed_size(lua_State *L, const char *format) {
  uint64_t total = 0;
  for (const char *at = format; *at != '\0'; at++) {
    if (*at != 'c') continue;
    uint64_t size = 0;
    while (at[1] >= '0' && at[1] <= '9') {
      size = size * 10 + (uint64_t)(*++at - '0');
      check_result(L, size);
    }
    total += size;
    check_result(L, total);
  }
  return total;
}

// [-?, +1, e] string.pack(format, …)
static int string_pack(lua_State *L) {
  size_t format_size;
  const char *format = luaL_checklstring(L, 1, &format_size);
  charge_format(L, format_size);
  uint64_t bytes = fixed_size(L, format);
  for (int i = 2; i <= lua_gettop(L); i++) {
    if (lua_type(L, i) == LUA_TSTRING) bytes += lua_rawlen(L, i);
    // The bits of what is not a number differ between machines.
    if (lua_type(L, i) != LUA_TNUMBER || lua_tonumber(L, i) == lua_tonumber(L, i)) continue;
    lua_pushnumber(L, __builtin_nan(""));
    lua_replace(L, i);
  }
  clb_charge(L, bytes / CLB_BYTES_PER_FUEL + 6 * (uint64_t)lua_gettop(L));
  int results = clb_call_stock(L);
  check_result(L, lua_rawlen(L, -1));
  return results;
}

// [-?, +1, e] string.packsize(format)
static int string_packsize(lua_State *L) {
  size_t length;
  const char *format = luaL_checklstring(L, 1, &length);
  charge_format(L, length);
  fixed_size(L, format);
  return clb_call_stock(L);
}

// [-?, +n, e] string.unpack(format, s [, position])
static int string_unpack(lua_State *L) {
  size_t format_size, length;
  const char *format = luaL_checklstring(L, 1, &format_size);
  luaL_checklstring(L, 2, &length);
  size_t begin = range_begin(luaL_optinteger(L, 3, 1), length);
  charge_format(L, format_size);
  fixed_size(L, format);
  size_t values = 0;
  for (const char *at = format; *at != '\0'; at++) {
    if (strchr("bBhHlLjJTiIfdnszc", *at) != NULL) values++;
  }
  if (values > CLB_SPREAD_LIMIT) return luaL_error(L, "too many results");
  clb_charge(L, values);
  // The stretches that strings are read from follow each other, so the rest bounds them all.
  if (strpbrk(format, "szc") != NULL && begin <= length) clb_charge_bytes(L, length - begin + 1);
  return clb_call_stock(L);
}

// MARK: The table

// [-0, +0, e] Adds a wrapper to the table below the stock library, which is on the top of the
// stack; the wrapper keeps the stock function.
static void add_wrapper(lua_State *L, const char *name, lua_CFunction wrapper) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -3, name);
}

// [-0, +1, m] The `string` table of rules.
void clb_push_string_library(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"byte", string_byte},         {"char", string_char},       {"find", clb_string_find},
      {"gmatch", clb_string_gmatch}, {"gsub", clb_string_gsub},   {"len", string_len},
      {"lower", string_lower},       {"match", clb_string_match}, {"rep", string_rep},
      {"reverse", string_reverse},   {"sub", string_sub},         {"upper", string_upper},
      {NULL, NULL},
  };
  lua_createtable(L, 0, 16);
  luaL_setfuncs(L, functions, 0);
  // Opening the stock library gives all strings a metatable that leads to it: undone below.
  lua_pushliteral(L, "");
  if (!lua_getmetatable(L, -1)) lua_pushnil(L);
  lua_pushvalue(L, -3);
  lua_pushcfunction(L, luaopen_string);
  lua_call(L, 0, 1);
  add_wrapper(L, "format", string_format);
  add_wrapper(L, "pack", string_pack);
  add_wrapper(L, "packsize", string_packsize);
  add_wrapper(L, "unpack", string_unpack);
  lua_pop(L, 2);
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}
