// The matcher of Lua patterns, shared by the library functions that use it.
#ifndef CASCADE_PATTERN_MATCH_H
#define CASCADE_PATTERN_MATCH_H

#include "vm/sandbox.h"

#define CLB_CAPTURES_MAX 32

/// One subject and one pattern, and what is captured while they are matched.
typedef struct {
  lua_State *L;
  const char *subject, *subject_end;
  const char *pattern_end;
  uint64_t owed;  // steps taken and not yet charged
  int level;      // captures begun
  struct {
    const char *begin;
    ptrdiff_t length;  // or one of two marks: still open, or a position
  } capture[CLB_CAPTURES_MAX];
} clb_matcher;

/// Sets up a matcher; both strings stay on the stack while it is used. Reading the pattern
/// is owed. [-0, +0, -]
void clb_matcher_prepare(clb_matcher *m, lua_State *L, const char *subject, size_t subject_length,
                         const char *pattern, size_t pattern_length);

/// Matches the pattern from `p` on at `s`; gives where the match ends, or NULL. [-0, +0, e]
const char *clb_match_at(clb_matcher *m, const char *s, const char *p);

/// The text of capture `index` of the match [s, e), or false for a position, whose place
/// `text` gives. Without any capture, the first is the whole match. [-0, +0, e]
bool clb_capture_text(clb_matcher *m, int index, const char *s, const char *e, const char **text,
                      size_t *length);

/// Pushes one capture. [-0, +1, e]
void clb_push_capture(clb_matcher *m, int index, const char *s, const char *e);

/// Pushes all captures; the whole match when there are none and `s` isn't NULL. [-0, +n, e]
int clb_push_captures(clb_matcher *m, const char *s, const char *e);

/// Counts the handling of `length` bytes. [-0, +0, e]
void clb_matcher_spend_bytes(clb_matcher *m, size_t length);

/// Charges what is owed: before foreign code runs, and at the end. [-0, +0, e]
void clb_matcher_settle(clb_matcher *m);

#endif
