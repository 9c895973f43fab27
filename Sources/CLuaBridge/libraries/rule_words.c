// Words of rules beside Lua's own: `note`, and `account`, which makes legal names of any text.
#include <string.h>

#include "trace/trace.h"
#include "vm/vm.h"

#define FUEL_PER_NOTE 2
#define ACCOUNT_MAX 255

// [-2, +0, e] note(why, value): for the explanation of the decision, and nothing else.
static int word_note(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  lua_settop(L, 2);
  clb_charge(L, FUEL_PER_NOTE + length / CLB_BYTES_PER_FUEL);
  clb_trace_note(L, clb_of(L));
  return 0;
}

// MARK: Accounts

static bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

typedef struct {
  char text[ACCOUNT_MAX];
  size_t count;
  bool is_full;
} name;

static void put(name *out, const char *text, size_t count) {
  if (count > sizeof out->text - out->count) {
    out->is_full = true;
    return;
  }
  memcpy(out->text + out->count, text, count);
  out->count += count;
}

// One segment: what is legal stays; any other byte is `-_` and two hexadecimal digits, as is a `-` before
// a `_`; nothing at all is `-_`. So no two texts have one name.
static void put_segment(name *out, const char *text, size_t length) {
  static const char digits[] = "0123456789abcdef";
  if (length == 0) put(out, "-_", 2);
  for (size_t i = 0; i < length && !out->is_full; i++) {
    unsigned char c = (unsigned char)text[i];
    bool begins_escape = c == '-' && i + 1 < length && text[i + 1] == '_';
    char escape[4] = {'-', '_', digits[c >> 4], digits[c & 15]};
    if (is_legal((char)c) && !begins_escape) put(out, text + i, 1);
    else put(out, escape, sizeof escape);
  }
}

// [-?, +1, e] account(prefix, text, …): the prefix as it is, and a segment for each text.
static int word_account(lua_State *L) {
  name out = {.count = 0, .is_full = false};
  size_t length;
  int count = lua_gettop(L);
  const char *prefix = luaL_checklstring(L, 1, &length);
  luaL_checklstring(L, 2, NULL);
  if (!clb_account_is_valid(prefix, length)) {
    return clb_raise(L, CLB_REFUSED, "illegal_account: '%.100s' begins no account's name", prefix);
  }
  clb_charge_bytes(L, length);
  put(&out, prefix, length);
  for (int i = 2; i <= count; i++) {
    const char *text = luaL_checklstring(L, i, &length);
    clb_charge_bytes(L, length);
    put(&out, ":", 1);
    put_segment(&out, text, length);
  }
  if (out.is_full) {
    return clb_raise(L, CLB_REFUSED, "illegal_account: the account's name is longer than %d characters", ACCOUNT_MAX);
  }
  lua_pushlstring(L, out.text, out.count);
  return 1;
}

void clb_install_words(lua_State *L) {
  lua_pushcfunction(L, word_note);
  lua_setfield(L, -2, "note");
  lua_pushcfunction(L, word_account);
  lua_setfield(L, -2, "account");
}
