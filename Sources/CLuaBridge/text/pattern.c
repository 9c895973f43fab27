// `string.find match gmatch gsub` over the metered matcher of pattern_match.c. Results,
// positions and messages are those of Lua 5.4.
#define _GNU_SOURCE  // memmem
#include <string.h>

#include "text/pattern_match.h"

// MARK: find and match

// [-0, +0, e] The optional start position in argument `index`, as an offset: negative ones
// count from the end, and any beyond it gives `length + 1`.
static size_t start_offset(lua_State *L, int index, size_t length) {
  lua_Integer init = luaL_optinteger(L, index, 1);
  if (init > 0) return (lua_Unsigned)init - 1 > length ? length + 1 : (size_t)init - 1;
  if (init == 0 || init < -(lua_Integer)length) return 0;
  return length - (size_t)-init;
}

// [-0, +0, -] Whether a pattern has no character with a meaning of its own.
static bool is_plain(const char *pattern, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]) != NULL) return false;
  }
  return true;
}

// Bytes that one unit of fuel buys of a plain search, and of the look whether a pattern is plain.
#define BYTES_SEARCHED_PER_FUEL 8

// [-0, +0, e] Finds plain text, window by window, so that only what was looked at is charged.
static const char *find_plain(lua_State *L, const char *s, const char *end, const char *text,
                              size_t length) {
  size_t window = length > 64 ? length : 64;
  while ((size_t)(end - s) >= length) {
    size_t places = (size_t)(end - s) - length + 1;
    if (places > window) places = window;
    clb_charge(L, 1 + (places + length) / BYTES_SEARCHED_PER_FUEL);
    const char *found = memmem(s, places + length - 1, text, length);
    if (length == 0) found = s;
    if (found != NULL) return found;
    s += places;
    if (window < (size_t)1 << 16) window *= 2;
  }
  return NULL;
}

// [-0, +n, e] What `find` and `match` share.
static int search(lua_State *L, bool find) {
  size_t subject_length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &subject_length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  size_t offset = start_offset(L, 3, subject_length);
  if (offset > subject_length) {
    lua_pushnil(L);
    return 1;
  }
  clb_matcher m;
  clb_matcher_prepare(&m, L, subject, subject_length, pattern, pattern_length);
  if (find) clb_charge(L, pattern_length / BYTES_SEARCHED_PER_FUEL);
  if (find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
    clb_matcher_settle(&m);
    const char *found = find_plain(L, subject + offset, m.subject_end, pattern, pattern_length);
    if (found == NULL) {
      lua_pushnil(L);
      return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)pattern_length);
    return 2;
  }
  bool anchored = *pattern == '^';
  for (const char *s = subject + offset; s <= m.subject_end; s++) {
    const char *e = clb_match_at(&m, s, pattern + (anchored ? 1 : 0));
    if (e != NULL) {
      if (find) {
        lua_pushinteger(L, s - subject + 1);
        lua_pushinteger(L, e - subject);
      }
      int captures = clb_push_captures(&m, find ? NULL : s, e);
      clb_matcher_settle(&m);
      return (find ? 2 : 0) + captures;
    }
    if (anchored) break;
  }
  clb_matcher_settle(&m);
  lua_pushnil(L);
  return 1;
}

// [-?, +n, e] string.find(s, pattern [, init [, plain]])
int clb_string_find(lua_State *L) { return search(L, true); }

// [-?, +n, e] string.match(s, pattern [, init])
int clb_string_match(lua_State *L) { return search(L, false); }

// MARK: gmatch

enum { GMATCH_SUBJECT = 1, GMATCH_PATTERN, GMATCH_NEXT, GMATCH_LAST_END };

// [-0, +n, e] The iterator. Its state is two integers among its upvalues, where a walk over
// upvalues can see and restore them.
static int gmatch_next(lua_State *L) {
  size_t subject_length, pattern_length;
  const char *subject = lua_tolstring(L, lua_upvalueindex(GMATCH_SUBJECT), &subject_length);
  const char *pattern = lua_tolstring(L, lua_upvalueindex(GMATCH_PATTERN), &pattern_length);
  size_t next = (size_t)lua_tointeger(L, lua_upvalueindex(GMATCH_NEXT));
  lua_Integer last_end = lua_tointeger(L, lua_upvalueindex(GMATCH_LAST_END));
  clb_matcher m;
  clb_matcher_prepare(&m, L, subject, subject_length, pattern, pattern_length);
  for (; next <= subject_length; next++) {
    const char *e = clb_match_at(&m, subject + next, pattern);
    if (e == NULL || e - subject == last_end) continue;  // no empty match where one just ended
    lua_pushinteger(L, e - subject);
    lua_copy(L, -1, lua_upvalueindex(GMATCH_NEXT));
    lua_replace(L, lua_upvalueindex(GMATCH_LAST_END));
    int captures = clb_push_captures(&m, subject + next, e);
    clb_matcher_settle(&m);
    return captures;
  }
  clb_matcher_settle(&m);
  return 0;
}

// [-?, +1, e] string.gmatch(s, pattern [, init])
int clb_string_gmatch(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  size_t offset = start_offset(L, 3, length);
  clb_charge(L, 1);
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)offset);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, gmatch_next, 4);
  return 1;
}

// MARK: gsub

enum { GSUB_REPLACEMENT = 3, GSUB_LIMIT, GSUB_VALUE };

// [-0, +?, e] Adds text to the result, after charging for it and checking its length.
static void append(clb_matcher *m, luaL_Buffer *b, const char *text, size_t length) {
  clb_matcher_spend_bytes(m, length);
  if (length > CLB_STRING_LIMIT - luaL_bufflen(b)) clb_stop_memory(m->L);
  luaL_addlstring(b, text, length);
}

// [-0, +?, e] Adds the string or number at GSUB_VALUE, which lies below the buffer's own place
// on the stack, because adding wants that place on the top.
static void append_value(clb_matcher *m, luaL_Buffer *b) {
  size_t length;
  const char *text = lua_tolstring(m->L, GSUB_VALUE, &length);
  append(m, b, text, length);
}

// [-0, +?, e] Adds the replacement string for the match [s, e), its captures filled in.
static void append_template(clb_matcher *m, luaL_Buffer *b, const char *s, const char *e) {
  size_t length;
  const char *at = lua_tolstring(m->L, GSUB_REPLACEMENT, &length);
  const char *end = at + length;
  while (at < end) {
    const char *escape = memchr(at, '%', (size_t)(end - at));
    if (escape == NULL) escape = end;
    append(m, b, at, (size_t)(escape - at));
    if (escape == end) return;
    const char *text = escape + 1;
    size_t text_length = 1;
    if (*text == '0') {
      text = s;
      text_length = (size_t)(e - s);
    } else if (*text >= '1' && *text <= '9') {
      if (!clb_capture_text(m, *text - '1', s, e, &text, &text_length)) {
        lua_pushinteger(m->L, text - m->subject + 1);
        lua_replace(m->L, GSUB_VALUE);
        append_value(m, b);
        text_length = 0;
      }
    } else if (*text != '%') {
      luaL_error(m->L, "invalid use of '%c' in replacement string", '%');
    }
    append(m, b, text, text_length);
    at = escape + 2;
  }
}

// [-0, +?, e] Adds [kept, s) and what replaces the match [s, e). False when the match stays
// as it is, and then nothing is added.
static bool append_replacement(clb_matcher *m, luaL_Buffer *b, const char *kept, const char *s,
                               const char *e) {
  lua_State *L = m->L;
  int captures;
  switch (lua_type(L, GSUB_REPLACEMENT)) {
    case LUA_TFUNCTION:
      lua_pushvalue(L, GSUB_REPLACEMENT);
      captures = clb_push_captures(m, s, e);
      clb_matcher_settle(m);
      lua_call(L, captures, 1);
      break;
    case LUA_TTABLE:
      clb_push_capture(m, 0, s, e);
      clb_matcher_settle(m);
      lua_gettable(L, GSUB_REPLACEMENT);
      break;
    default:
      append(m, b, kept, (size_t)(s - kept));
      append_template(m, b, s, e);
      return true;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  if (!lua_isstring(L, -1)) {
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  }
  lua_replace(L, GSUB_VALUE);
  append(m, b, kept, (size_t)(s - kept));
  append_value(m, b);
  return true;
}

// [-0, +5, e] Checks the arguments of gsub and makes room for one value above them.
static lua_Integer check_gsub(lua_State *L, size_t subject_length) {
  lua_Integer limit = luaL_optinteger(L, GSUB_LIMIT, (lua_Integer)subject_length + 1);
  int type = lua_type(L, GSUB_REPLACEMENT);
  if (type == LUA_TUSERDATA) {  // a frozen table is read like the table it stands for
    clb_see_through(L, GSUB_REPLACEMENT);
    type = lua_type(L, GSUB_REPLACEMENT);
  }
  luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                          type == LUA_TTABLE,
                   GSUB_REPLACEMENT, "string/function/table");
  lua_settop(L, GSUB_VALUE);
  return limit;
}

// [-?, +2, e] string.gsub(s, pattern, repl [, n])
int clb_string_gsub(lua_State *L) {
  size_t subject_length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &subject_length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  lua_Integer limit = check_gsub(L, subject_length), count = 0;
  bool anchored = *pattern == '^', changed = false;
  clb_matcher m;
  clb_matcher_prepare(&m, L, subject, subject_length, pattern, pattern_length);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  const char *s = subject, *kept = subject, *last_end = NULL;
  while (count < limit) {
    const char *e = clb_match_at(&m, s, pattern + (anchored ? 1 : 0));
    if (e != NULL && e != last_end) {
      count++;
      if (append_replacement(&m, &b, kept, s, e)) {
        kept = e;
        changed = true;
      }
      s = last_end = e;
    } else if (s < m.subject_end) {
      s++;
    } else {
      break;
    }
    if (anchored) break;
  }
  if (changed) {
    append(&m, &b, kept, (size_t)(m.subject_end - kept));
    luaL_pushresult(&b);
  } else {
    lua_pushvalue(L, 1);
  }
  clb_matcher_settle(&m);
  lua_pushinteger(L, count);
  return 2;
}
