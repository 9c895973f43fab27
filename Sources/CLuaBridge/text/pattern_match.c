// Lua patterns for `string.find match gmatch gsub`, as the manual describes them (5.4,
// section 6.4.1), with every step of the matcher charged as fuel.
//
// The matcher keeps its choices in an array of frames instead of recursing: what is not yet
// decided is data, the depth has one plain limit, and a rule can't use up the C stack.
// Nothing here is on the C heap, so an error raised at any step leaks nothing.
#include <string.h>

#include "text/pattern_match.h"

// Stock Lua allows 200 nested calls of its matcher, the outermost included.
#define FRAMES_MAX 199
// Fuel is owed up to this many steps before it is charged.
#define STEPS_PER_CHARGE 256
// Of a set, whose members are compared one by one.
#define SET_BYTES_PER_FUEL 8
#define ESCAPE '%'

// Lengths of captures that hold no text.
#define CAPTURE_OPEN ((ptrdiff_t)-1)
#define CAPTURE_POSITION ((ptrdiff_t)-2)

typedef enum { FRAME_OPEN, FRAME_CLOSE, FRAME_OPTIONAL, FRAME_GREEDY, FRAME_LAZY } frame_kind;

// A decision that can be taken back, or the beginning or end of a capture to undo.
typedef struct {
  frame_kind kind;
  const char *subject;  // where the repeated item began to match
  const char *item;     // the repeated item
  const char *rest;     // the pattern after it
  size_t count;         // how many repetitions are taken, or which capture was closed
} frame;

// One attempt to match at one place.
typedef struct {
  clb_matcher *m;
  const char *s, *p;
  int depth;
  frame frames[FRAMES_MAX];
} attempt;

// MARK: Fuel

// [-0, +0, e] Charges what is owed.
void clb_matcher_settle(clb_matcher *m) {
  uint64_t units = m->owed;
  m->owed = 0;
  if (units > 0) clb_charge(m->L, units);
}

// [-0, +0, e] Counts steps and charges them in batches.
static inline void spend(clb_matcher *m, uint64_t steps) {
  m->owed += steps;
  if (m->owed >= STEPS_PER_CHARGE) clb_matcher_settle(m);
}

// [-0, +0, e] Counts the handling of `length` bytes.
void clb_matcher_spend_bytes(clb_matcher *m, size_t length) {
  spend(m, 1 + (uint64_t)length / CLB_BYTES_PER_FUEL);
}

// MARK: Single characters

// [-0, +0, -] Whether `c` belongs to the class of `letter`. ASCII only, whatever the locale.
static bool in_class(unsigned char c, unsigned char letter) {
  unsigned char folded = letter | 0x20;
  bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
  bool graphic = c > 0x20 && c < 0x7F;
  bool result;
  if (letter < 'A' || letter > 'z') return letter == c;
  switch (folded) {
    case 'a': result = upper || lower; break;
    case 'c': result = c < 0x20 || c == 0x7F; break;
    case 'd': result = digit; break;
    case 'g': result = graphic; break;
    case 'l': result = lower; break;
    case 'p': result = graphic && !upper && !lower && !digit; break;
    case 's': result = c == ' ' || (c >= '\t' && c <= '\r'); break;
    case 'u': result = upper; break;
    case 'w': result = upper || lower || digit; break;
    case 'x': result = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); break;
    case 'z': result = c == 0; break;  // not in the manual any more, and still understood
    default: return letter == c;
  }
  return letter == folded ? result : !result;
}

// [-0, +0, -] Whether `c` is in the set that stands in [set, end), brackets included.
static bool in_set(unsigned char c, const char *set, const char *end) {
  const char *last = end - 1, *at = set + 1;
  bool found = true;
  if (*at == '^') {
    found = false;
    at++;
  }
  while (at < last) {
    if (*at == ESCAPE) {
      if (in_class(c, (unsigned char)at[1])) return found;
      at += 2;
    } else if (at[1] == '-' && at + 2 < last) {
      if ((unsigned char)at[0] <= c && c <= (unsigned char)at[2]) return found;
      at += 3;
    } else {
      if ((unsigned char)*at == c) return found;
      at++;
    }
  }
  return !found;
}

// [-0, +0, e] Where the single-character item at `p` ends. Every string of Lua has a zero
// byte behind its end, which is why looking one byte ahead is safe throughout.
static const char *item_end(clb_matcher *m, const char *p) {
  if (*p == ESCAPE) {
    if (p + 1 == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 2;
  }
  if (*p != '[') return p + 1;
  const char *at = p[1] == '^' ? p + 2 : p + 1;
  const char *first = at;  // a bracket in the first place is a member
  for (;;) {
    if (at >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    if (*at == ']' && at != first) return at + 1;
    at += *at == ESCAPE && at + 1 < m->pattern_end ? 2 : 1;
  }
}

// [-0, +0, e] Whether the item in [item, end) matches the character at `s`.
static bool matches_one(clb_matcher *m, const char *s, const char *item, const char *end) {
  spend(m, 1 + (uint64_t)(end - item) / SET_BYTES_PER_FUEL);
  if (s == m->subject_end) return false;
  unsigned char c = (unsigned char)*s;
  switch (*item) {
    case '.': return true;
    case ESCAPE: return in_class(c, (unsigned char)item[1]);
    case '[': return in_set(c, item, end);
    default: return (unsigned char)*item == c;
  }
}

// MARK: Going forward

// [-0, +0, e] A new frame, to be gone back to when what follows fails.
static frame *push_frame(attempt *a, frame_kind kind, const char *rest) {
  if (a->depth == FRAMES_MAX) luaL_error(a->m->L, "pattern too complex");
  frame *f = &a->frames[a->depth++];
  f->kind = kind;
  f->rest = rest;
  return f;
}

// [-0, +0, e] '(' or '()'.
static bool open_capture(attempt *a) {
  clb_matcher *m = a->m;
  if (m->level == CLB_CAPTURES_MAX) luaL_error(m->L, "too many captures");
  bool position = a->p[1] == ')';
  m->capture[m->level].begin = a->s;
  m->capture[m->level].length = position ? CAPTURE_POSITION : CAPTURE_OPEN;
  m->level++;
  a->p += position ? 2 : 1;
  push_frame(a, FRAME_OPEN, a->p);
  return true;
}

// [-0, +0, e] ')', which closes the innermost open capture.
static bool close_capture(attempt *a) {
  clb_matcher *m = a->m;
  int index = m->level - 1;
  while (index >= 0 && m->capture[index].length != CAPTURE_OPEN) index--;
  if (index < 0) luaL_error(m->L, "invalid pattern capture");
  m->capture[index].length = a->s - m->capture[index].begin;
  a->p++;
  push_frame(a, FRAME_CLOSE, a->p)->count = (size_t)index;
  return true;
}

// [-0, +0, e] '%bxy': a balanced stretch.
static bool advance_balanced(attempt *a) {
  clb_matcher *m = a->m;
  if (m->pattern_end - a->p < 4) {
    luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  }
  char opening = a->p[2], closing = a->p[3];
  if (a->s == m->subject_end || *a->s != opening) return false;
  size_t open = 1;
  for (const char *at = a->s + 1; at < m->subject_end; at++) {
    spend(m, 1);
    if (*at == closing) {  // first, so that %bxx ends at the next x
      if (--open > 0) continue;
      a->s = at + 1;
      a->p += 4;
      return true;
    }
    if (*at == opening) open++;
  }
  return false;
}

// [-0, +0, e] '%f[set]': a border between what is outside the set and what is in it.
static bool advance_frontier(attempt *a) {
  clb_matcher *m = a->m;
  const char *set = a->p + 2;
  if (*set != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
  const char *end = item_end(m, set);
  spend(m, 2 * (uint64_t)(end - set) / SET_BYTES_PER_FUEL);
  unsigned char before = a->s == m->subject ? 0 : (unsigned char)a->s[-1];
  if (in_set(before, set, end) || !in_set((unsigned char)*a->s, set, end)) return false;
  a->p = end;
  return true;
}

// [-0, +0, e] '%1' to '%9': what that capture holds, again.
static bool advance_reference(attempt *a) {
  clb_matcher *m = a->m;
  int index = a->p[1] - '1';
  if (index < 0 || index >= m->level || m->capture[index].length == CAPTURE_OPEN) {
    luaL_error(m->L, "invalid capture index %%%d", index + 1);
  }
  ptrdiff_t length = m->capture[index].length;
  if (length < 0 || length > m->subject_end - a->s) return false;  // a position never matches
  clb_matcher_spend_bytes(m, (size_t)length);
  if (memcmp(m->capture[index].begin, a->s, (size_t)length) != 0) return false;
  a->s += length;
  a->p += 2;
  return true;
}

// [-0, +0, e] A single-character item with the suffix that may follow it. A frame is only
// pushed when the item matches at all, which the limit on frames makes observable.
static bool advance_item(attempt *a) {
  clb_matcher *m = a->m;
  const char *item = a->p, *s = a->s;
  const char *end = item_end(m, item);
  char suffix = end < m->pattern_end ? *end : '\0';
  bool repeatable = suffix == '?' || suffix == '*' || suffix == '+' || suffix == '-';
  a->p = repeatable ? end + 1 : end;
  if (!matches_one(m, s, item, end)) return repeatable && suffix != '+';
  if (!repeatable) {
    a->s = s + 1;
    return true;
  }
  if (suffix == '?') {
    push_frame(a, FRAME_OPTIONAL, a->p)->subject = s;
    a->s = s + 1;
    return true;
  }
  if (suffix == '-') {
    frame *lazy = push_frame(a, FRAME_LAZY, a->p);
    lazy->subject = s;
    lazy->item = item;
    return true;
  }
  const char *base = suffix == '+' ? s + 1 : s, *reached = s + 1;
  while (matches_one(m, reached, item, end)) reached++;
  frame *greedy = push_frame(a, FRAME_GREEDY, a->p);
  greedy->subject = base;
  greedy->count = (size_t)(reached - base);
  a->s = reached;
  return true;
}

// [-0, +0, e] Matches the next part of the pattern, or says that it doesn't match.
static bool advance(attempt *a) {
  spend(a->m, 1);
  switch (*a->p) {
    case '(': return open_capture(a);
    case ')': return close_capture(a);
    case '$':
      if (a->p + 1 != a->m->pattern_end) break;  // elsewhere a character like any other
      a->p++;
      return a->s == a->m->subject_end;
    case ESCAPE:
      switch (a->p[1]) {
        case 'b': return advance_balanced(a);
        case 'f': return advance_frontier(a);
        case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9': return advance_reference(a);
        default: break;
      }
      break;
    default: break;
  }
  return advance_item(a);
}

// MARK: Going back

// [-0, +0, e] Goes back to the latest decision that can be taken otherwise, if there is one.
static bool retreat(attempt *a) {
  clb_matcher *m = a->m;
  while (a->depth > 0) {
    spend(m, 1);
    frame *f = &a->frames[a->depth - 1];
    a->p = f->rest;
    switch (f->kind) {
      case FRAME_OPEN: m->level--; break;
      case FRAME_CLOSE: m->capture[f->count].length = CAPTURE_OPEN; break;
      case FRAME_OPTIONAL:
        a->depth--;
        a->s = f->subject;
        return true;
      case FRAME_GREEDY:
        if (f->count == 0) break;
        a->s = f->subject + --f->count;
        return true;
      case FRAME_LAZY:
        if (!matches_one(m, f->subject, f->item, f->rest - 1)) break;
        a->s = ++f->subject;
        return true;
    }
    a->depth--;
  }
  return false;
}

// [-0, +0, e] Matches the pattern from `p` on at `s`; gives where the match ends, or NULL.
// The frames live only in here, so that callbacks of `gsub` don't nest on top of them.
const char *clb_match_at(clb_matcher *m, const char *s, const char *p) {
  attempt a;  // the frames are left as they are: only those below `depth` are ever read
  a.m = m;
  a.s = s;
  a.p = p;
  a.depth = 0;
  m->level = 0;
  spend(m, 1);
  while (a.p != m->pattern_end) {
    if (!advance(&a) && !retreat(&a)) return NULL;
  }
  return a.s;
}

// MARK: Captures

// [-0, +0, e] The text of capture `index`, or false for a position. Without any capture in
// the pattern, the first one is the whole match [s, e).
bool clb_capture_text(clb_matcher *m, int index, const char *s, const char *e, const char **text,
                         size_t *length) {
  if (index >= m->level) {
    if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    *text = s;
    *length = (size_t)(e - s);
    return true;
  }
  *text = m->capture[index].begin;
  if (m->capture[index].length == CAPTURE_POSITION) return false;
  if (m->capture[index].length == CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
  *length = (size_t)m->capture[index].length;
  return true;
}

// [-0, +1, e] Pushes one capture.
void clb_push_capture(clb_matcher *m, int index, const char *s, const char *e) {
  const char *text;
  size_t length;
  if (clb_capture_text(m, index, s, e, &text, &length)) {
    clb_matcher_spend_bytes(m, length);
    lua_pushlstring(m->L, text, length);
  } else {
    lua_pushinteger(m->L, text - m->subject + 1);
  }
}

// [-0, +n, e] Pushes all captures; the whole match when there are none and `s` isn't NULL.
int clb_push_captures(clb_matcher *m, const char *s, const char *e) {
  int count = m->level == 0 && s != NULL ? 1 : m->level;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) clb_push_capture(m, i, s, e);
  return count;
}

// [-0, +0, -] Sets up a matcher for the strings given; reading the pattern is owed.
void clb_matcher_prepare(clb_matcher *m, lua_State *L, const char *subject, size_t subject_length,
                    const char *pattern, size_t pattern_length) {
  m->L = L;
  m->subject = subject;
  m->subject_end = subject + subject_length;
  m->pattern_end = pattern + pattern_length;
  m->owed = 1 + (uint64_t)pattern_length / CLB_BYTES_PER_FUEL;
  m->level = 0;
}
