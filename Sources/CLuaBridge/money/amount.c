// The `amount` of rules: an asset and exact minor units, checked at every step.
#include <math.h>
#include <string.h>

#include "money/decimal.h"
#include "vm/vm.h"

#define TYPE_NAME "amount"
#define FUEL_PER_OPERATION 4
#define FUEL_PER_TEXT 12
#define FUEL_PER_FACTOR 6

const char *clb_make_amount(int64_t minor, const char *asset, size_t length, clb_amount *amount) {
  int scale;
  if (length >= sizeof amount->asset || !clb_asset_parse(asset, length, &scale)) {
    return "its asset is malformed";
  }
  amount->minor = minor;
  amount->scale = (uint8_t)scale;
  amount->asset_length = (uint8_t)length;
  memcpy(amount->asset, asset, length);
  amount->asset[length] = '\0';
  return NULL;
}

const char *clb_amount_from_text(const char *text, size_t length, clb_amount *amount) {
  int64_t minor;
  size_t offset, asset_length;
  switch (clb_amount_parse(text, length, &minor, &offset, &asset_length)) {
    case CLB_DECIMAL_OK: return clb_make_amount(minor, text + offset, asset_length, amount);
    case CLB_DECIMAL_OVERFLOW: return "it is too large";
    default: return "its text is malformed: write it like \"97.50 USD/2\"";
  }
}

const clb_amount *clb_amount_at(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_amount);
  bool is_amount = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is_amount ? lua_touserdata(L, index) : NULL;
}

static void push_value(lua_State *L, const clb_amount *amount) {
  clb_amount *copy = lua_newuserdatauv(L, sizeof *copy, 0);
  *copy = *amount;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_amount);
  lua_setmetatable(L, -2);
}

void clb_push_amount(lua_State *L, int64_t minor, const char *asset, size_t length, int scale) {
  clb_amount amount;
  (void)scale;
  const char *wrong = clb_make_amount(minor, asset, length, &amount);
  if (wrong != NULL) luaL_error(L, "no amount: %s", wrong);
  push_value(L, &amount);
}

// [-0, +0, -] The integer at `index`: an integer, or a float that is one and exact.
bool clb_exact_integer(lua_State *L, int index, int64_t *value) {
  int is_integer;
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  *value = lua_tointegerx(L, index, &is_integer);
  if (!is_integer || lua_isinteger(L, index)) return is_integer;
  return *value >= -CLB_EXACT_FLOAT && *value <= CLB_EXACT_FLOAT;
}

const char *clb_read_amount(lua_State *L, int index, clb_amount *amount) {
  index = lua_absindex(L, index);
  const clb_amount *own = clb_amount_at(L, index);
  if (own != NULL) {
    *amount = *own;
    return NULL;
  }
  if (lua_type(L, index) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    if (length > CLB_AMOUNT_TEXT_MAX) clb_charge(L, length / CLB_BYTES_PER_FUEL);
    return clb_amount_from_text(text, length, amount);
  }
  if (lua_type(L, index) != LUA_TTABLE) return "it is no amount";
  // Read raw, once, and then checked: what is used is what was checked.
  lua_pushvalue(L, index);
  clb_see_through(L, lua_gettop(L));
  lua_pushliteral(L, "asset");
  lua_rawget(L, -2);
  lua_pushliteral(L, "minor");
  lua_rawget(L, -3);
  const char *wrong = NULL;
  int64_t minor = 0;
  size_t length = 0;
  const char *asset = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &length) : NULL;
  if (asset == NULL) wrong = "its asset is missing";
  else if (!clb_exact_integer(L, -1, &minor)) wrong = "its minor units are no integer";
  else wrong = clb_make_amount(minor, asset, length, amount);
  lua_pop(L, 3);
  return wrong;
}

// MARK: What a rule calls

// [-0, +0, e] The amount at `index`, or an error that names the argument.
static const clb_amount *check_amount(lua_State *L, int index) {
  const clb_amount *amount = clb_amount_at(L, index);
  if (amount == NULL) luaL_typeerror(L, index, TYPE_NAME);
  return amount;
}

// [-?, +1, e] amount("97.50 USD/2") | amount("USD/2", 9750) | amount{asset=…, minor=…}
static int amount_new(lua_State *L) {
  clb_amount amount;
  const char *wrong;
  clb_charge(L, FUEL_PER_OPERATION);
  if (lua_gettop(L) >= 2) {
    size_t length;
    int64_t minor;
    const char *asset = luaL_checklstring(L, 1, &length);
    if (!clb_exact_integer(L, 2, &minor)) return luaL_argerror(L, 2, "minor units are an integer");
    wrong = clb_make_amount(minor, asset, length, &amount);
  } else {
    luaL_checkany(L, 1);
    wrong = clb_read_amount(L, 1, &amount);
  }
  if (wrong != NULL) return luaL_error(L, "no amount: %s", wrong);
  push_value(L, &amount);
  return 1;
}

// [-0, +0, e] Two amounts of one asset.
static void check_pair(lua_State *L, const clb_amount **left, const clb_amount **right) {
  clb_charge(L, FUEL_PER_OPERATION);
  *left = clb_amount_at(L, 1);
  *right = clb_amount_at(L, 2);
  if (*left == NULL || *right == NULL) {
    luaL_error(L, "an amount goes with an amount only, not with a %s",
               luaL_typename(L, *left == NULL ? 1 : 2));
  }
  if (strcmp((*left)->asset, (*right)->asset) != 0) {
    luaL_error(L, "amounts of different assets: %s and %s", (*left)->asset, (*right)->asset);
  }
}

static int push_result(lua_State *L, const clb_amount *like, bool overflows, int64_t minor) {
  if (overflows) return luaL_error(L, "the amount overflows: %s has 64 bits", like->asset);
  clb_amount result = *like;
  result.minor = minor;
  push_value(L, &result);
  return 1;
}

static int amount_add(lua_State *L) {
  const clb_amount *left, *right;
  int64_t minor;
  check_pair(L, &left, &right);
  bool overflows = __builtin_add_overflow(left->minor, right->minor, &minor);
  return push_result(L, left, overflows, minor);
}

static int amount_subtract(lua_State *L) {
  const clb_amount *left, *right;
  int64_t minor;
  check_pair(L, &left, &right);
  bool overflows = __builtin_sub_overflow(left->minor, right->minor, &minor);
  return push_result(L, left, overflows, minor);
}

static int amount_negate(lua_State *L) {
  const clb_amount *value = check_amount(L, 1);
  int64_t minor;
  bool overflows = __builtin_sub_overflow((int64_t)0, value->minor, &minor);
  return push_result(L, value, overflows, minor);
}

static int amount_equal(lua_State *L) {
  clb_charge(L, FUEL_PER_OPERATION);
  const clb_amount *left = clb_amount_at(L, 1), *right = clb_amount_at(L, 2);
  lua_pushboolean(L, left != NULL && right != NULL && left->minor == right->minor &&
                         strcmp(left->asset, right->asset) == 0);
  return 1;
}

static int amount_less(lua_State *L) {
  const clb_amount *left, *right;
  check_pair(L, &left, &right);
  lua_pushboolean(L, left->minor < right->minor);
  return 1;
}

static int amount_less_or_equal(lua_State *L) {
  const clb_amount *left, *right;
  check_pair(L, &left, &right);
  lua_pushboolean(L, left->minor <= right->minor);
  return 1;
}

static int amount_text(lua_State *L) {
  const clb_amount *value = check_amount(L, 1);
  char text[CLB_AMOUNT_TEXT_MAX];
  clb_charge(L, FUEL_PER_TEXT);
  size_t length = clb_amount_print(value->minor, value->asset, value->asset_length, text);
  lua_pushlstring(L, text, length);
  return 1;
}

// [-2, +1, e] An amount times a whole number, in either order.
static int amount_multiply(lua_State *L) {
  int64_t by, minor;
  clb_charge(L, FUEL_PER_OPERATION);
  const clb_amount *value = clb_amount_at(L, 1);
  int other = value != NULL ? 2 : 1;
  if (value == NULL) value = clb_amount_at(L, 2);
  if (!clb_exact_integer(L, other, &by)) {
    return luaL_error(L, "an amount times a whole number only, not times a %s",
                      clb_amount_at(L, other) != NULL   ? "second amount"
                      : lua_type(L, other) == LUA_TNUMBER ? "fraction"
                                                          : luaL_typename(L, other));
  }
  bool overflows = __builtin_mul_overflow(value->minor, by, &minor);
  return push_result(L, value, overflows, minor);
}

// MARK: Conversion

static const char *const roundings[] = {"floor", "ceil", "half_even", "half_up", NULL};

// [-0, +count, e] Reads a list of factors, which stay on the stack while they are used.
static size_t read_factors(lua_State *L, int index, clb_text *factors) {
  luaL_checktype(L, index, LUA_TTABLE);
  clb_see_through(L, index);
  size_t count = lua_rawlen(L, index);
  if (count > CLB_FACTORS_MAX) luaL_argerror(L, index, "at most 8 factors");
  luaL_checkstack(L, (int)count + 4, "too many factors");
  for (size_t i = 0; i < count; i++) {
    int type = lua_rawgeti(L, index, (lua_Integer)i + 1);
    bool is_integer = type == LUA_TNUMBER && lua_isinteger(L, -1);
    if (type != LUA_TSTRING && !is_integer) {
      luaL_argerror(L, index, "a factor is a decimal string such as \"0.025\", never a float");
    }
    factors[i].text = lua_tolstring(L, -1, &factors[i].length);
  }
  return count;
}

// [-5, +1, e] amount:convert(asset, numerators, denominators, rounding)
static int amount_convert(lua_State *L) {
  const clb_amount *value = check_amount(L, 1);
  size_t length;
  const char *asset = luaL_checklstring(L, 2, &length);
  clb_rounding rounding = (clb_rounding)luaL_checkoption(L, 5, NULL, roundings);
  clb_text numerators[CLB_FACTORS_MAX], denominators[CLB_FACTORS_MAX];
  clb_amount result;
  const char *wrong = clb_make_amount(0, asset, length, &result);
  if (wrong != NULL) return luaL_argerror(L, 2, wrong);
  size_t numerator_count = read_factors(L, 3, numerators);
  size_t denominator_count = read_factors(L, 4, denominators);
  clb_charge(L, FUEL_PER_OPERATION + FUEL_PER_FACTOR * (numerator_count + denominator_count));
  switch (clb_amount_convert(value->minor, value->scale, result.scale, numerators, numerator_count,
                             denominators, denominator_count, rounding, &result.minor)) {
    case CLB_DECIMAL_OK: break;
    case CLB_DECIMAL_MALFORMED:
      return luaL_error(L, "convert: a factor is a decimal of at most 18 digits");
    case CLB_DECIMAL_NEGATIVE_FACTOR: return luaL_error(L, "convert: a factor is negative");
    case CLB_DECIMAL_ZERO_DIVISOR: return luaL_error(L, "convert: a denominator is zero");
    case CLB_DECIMAL_OVERFLOW:
      return luaL_error(L, "convert: the amount overflows: %s has 64 bits", result.asset);
  }
  push_value(L, &result);
  return 1;
}

// [-?, +1, e] amount:ratio(other, decimals, rounding) as a decimal: 6 decimals and half_even without.
static int amount_ratio(lua_State *L) {
  const clb_amount *left, *right;
  char text[24];
  check_pair(L, &left, &right);
  lua_Integer decimals = luaL_optinteger(L, 3, 6);
  luaL_argcheck(L, decimals >= 0 && decimals <= CLB_RATIO_DECIMALS_MAX, 3, "0 to 12 decimals");
  clb_rounding rounding = (clb_rounding)luaL_checkoption(L, 4, "half_even", roundings);
  clb_charge(L, FUEL_PER_TEXT);
  switch (clb_ratio(left->minor, right->minor, (int)decimals, rounding, text)) {
    case CLB_DECIMAL_OK: lua_pushlstring(L, text, strlen(text)); return 1;
    case CLB_DECIMAL_ZERO_DIVISOR: return luaL_error(L, "ratio: the amount below is zero");
    default: return luaL_error(L, "ratio: the result has more than 18 digits; ask for fewer decimals");
  }
}

#define SHARES_MAX 4096

// [-0, +1, e] The weights at index 2, of which there are `count`, aligned; in memory that Lua frees.
static clb_weight *read_weights(lua_State *L, size_t count, uint64_t *sum) {
  clb_weight *weights = lua_newuserdatauv(L, (count + 1) * sizeof *weights, 0);
  clb_decimal_status status = CLB_DECIMAL_OK;
  for (size_t i = 0; i < count && status == CLB_DECIMAL_OK; i++) {
    clb_text text;
    int type = lua_rawgeti(L, 2, (lua_Integer)i + 1);
    if (type != LUA_TSTRING && !(type == LUA_TNUMBER && lua_isinteger(L, -1))) {
      luaL_argerror(L, 2, "a weight is a decimal string such as \"0.4\", or a whole number, never a float");
    }
    text.text = lua_tolstring(L, -1, &text.length);
    status = clb_weight_read(text, &weights[i]);
    lua_pop(L, 1);
  }
  if (status == CLB_DECIMAL_OK) status = clb_weights_align(weights, count, sum);
  switch (status) {
    case CLB_DECIMAL_OK: break;
    case CLB_DECIMAL_MALFORMED: luaL_argerror(L, 2, "a weight is a decimal of at most 18 digits"); break;
    case CLB_DECIMAL_NEGATIVE_FACTOR: luaL_argerror(L, 2, "a weight is negative"); break;
    case CLB_DECIMAL_ZERO_DIVISOR: luaL_argerror(L, 2, "the weights are all zero"); break;
    case CLB_DECIMAL_OVERFLOW: luaL_argerror(L, 2, "the weights have more than 18 digits together"); break;
  }
  return weights;
}

// [-2, +1, e] amount:shares{weights}: a share for each weight, rounded down, and what is left handed out
// one by one from the first. Together they are the amount.
static int amount_shares(lua_State *L) {
  const clb_amount *value = check_amount(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  clb_see_through(L, 2);
  size_t count = lua_rawlen(L, 2);
  luaL_argcheck(L, count > 0, 2, "a list of weights, such as { 1, 1 } or { \"0.4\", \"0.6\" }");
  luaL_argcheck(L, count <= SHARES_MAX, 2, "at most 4096 weights");
  clb_charge(L, FUEL_PER_OPERATION + (FUEL_PER_FACTOR + FUEL_PER_OPERATION) * count);
  uint64_t sum;
  clb_weight *weights = read_weights(L, count, &sum);
  int64_t left = value->minor;
  for (size_t i = 0; i < count; i++) left -= clb_share(value->minor, weights[i].digits, sum);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    clb_amount share = *value;
    share.minor = clb_share(value->minor, weights[i].digits, sum);
    // What weighs nothing gets nothing.
    if (left > 0 && weights[i].digits > 0) {
      share.minor++;
      left--;
    }
    push_value(L, &share);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

// [-2, +1, e] The fields of an amount. Upvalues: its methods.
static int amount_index(lua_State *L) {
  clb_charge(L, FUEL_PER_OPERATION);
  const clb_amount *value = check_amount(L, 1);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  if (strcmp(name, "minor") == 0) lua_pushinteger(L, value->minor);
  else if (strcmp(name, "asset") == 0) lua_pushlstring(L, value->asset, value->asset_length);
  else if (strcmp(name, "convert") == 0) lua_pushvalue(L, lua_upvalueindex(1));
  else if (strcmp(name, "ratio") == 0) lua_pushvalue(L, lua_upvalueindex(2));
  else if (strcmp(name, "shares") == 0) lua_pushvalue(L, lua_upvalueindex(3));
  else {
    return luaL_error(L, "an amount has no '%s': it has asset, minor, convert, ratio and shares", name);
  }
  return 1;
}

static int amount_refuse_write(lua_State *L) { return luaL_error(L, "an amount can't be changed"); }

// [-0, +0, m] Adds `amount` to the environment on the top.
void clb_install_amount(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__add", amount_add},       {"__sub", amount_subtract},      {"__unm", amount_negate},
      {"__mul", amount_multiply},
      {"__eq", amount_equal},      {"__lt", amount_less},           {"__le", amount_less_or_equal},
      {"__tostring", amount_text}, {"__newindex", amount_refuse_write}, {NULL, NULL},
  };
  lua_createtable(L, 0, 13);
  luaL_setfuncs(L, metamethods, 0);
  lua_pushcfunction(L, amount_convert);
  lua_pushcfunction(L, amount_ratio);
  lua_pushcfunction(L, amount_shares);
  lua_pushcclosure(L, amount_index, 3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pushliteral(L, TYPE_NAME);
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &clb_key_amount);
  lua_pushcfunction(L, amount_new);
  lua_setfield(L, -2, TYPE_NAME);
}
