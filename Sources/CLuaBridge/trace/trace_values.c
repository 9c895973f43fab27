// Values as text, for people and for comparing: of tables only that they are some.
#include "trace/trace.h"

#include <stdio.h>

#include "money/decimal.h"

static const char letter_of[] = {
    [LUA_TNIL] = '-',      [LUA_TBOOLEAN] = 'b', [LUA_TLIGHTUSERDATA] = 'u', [LUA_TNUMBER] = 'n',
    [LUA_TSTRING] = 's',   [LUA_TTABLE] = 't',   [LUA_TFUNCTION] = 'f',      [LUA_TUSERDATA] = 'u',
    [LUA_TTHREAD] = 'u',
};

// The minor units with the asset's decimals: `97.50 USD/2`.
static void amount_text(const clb_amount *amount, char *out, size_t size) {
  char text[CLB_AMOUNT_TEXT_MAX];
  clb_amount_print(amount->minor, amount->asset, amount->asset_length, text);
  snprintf(out, size, "a%s", text);
}

static void number_text(lua_State *L, int index, char *out, size_t size) {
  if (lua_isinteger(L, index)) {
    snprintf(out, size, "n" LUA_INTEGER_FMT, lua_tointeger(L, index));
    return;
  }
  char text[40];
  size_t count = clb_print_double(lua_tonumber(L, index), text);
  snprintf(out, size, "n%.*s", (int)count, text);
}

void clb_trace_text(lua_State *L, int index, char *out, size_t size) {
  int type = lua_type(L, index);
  switch (type) {
    case LUA_TBOOLEAN: snprintf(out, size, "b%s", lua_toboolean(L, index) ? "true" : "false"); return;
    case LUA_TNUMBER: number_text(L, index, out, size); return;
    case LUA_TSTRING: snprintf(out, size, "s%s", lua_tostring(L, index)); return;
    case LUA_TUSERDATA: {
      if (!lua_checkstack(L, 4)) break;
      const clb_amount *amount = clb_amount_at(L, index);
      if (amount == NULL) break;
      amount_text(amount, out, size);
      return;
    }
    default: break;
  }
  snprintf(out, size, "%c", type >= 0 ? letter_of[type] : '-');
}
