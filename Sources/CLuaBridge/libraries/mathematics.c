// Functions of a real number with the same bits on every machine: correctly rounded, by MPFR.
// The C library's follow the processor's features and its own version in their last bit.
#include <mpfr.h>

#include "vm/vm.h"

// What one of them costs, in fuel: 1 to 7 µs.
#define FUEL_PER_FUNCTION 280

#define BITS 53
// A double's least positive number is 2^−1074, which MPFR writes 0.1·2^−1073.
#define LEAST_EXPONENT (-1073)
#define GREATEST_EXPONENT 1024

typedef int (*unary)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

typedef struct {
  mpfr_exp_t least, greatest;
} range;

// The exponents of doubles, so that what is too small is rounded once.
static range enter(void) {
  range before = {mpfr_get_emin(), mpfr_get_emax()};
  mpfr_set_emin(LEAST_EXPONENT);
  mpfr_set_emax(GREATEST_EXPONENT);
  return before;
}

// Gives back the value of `result`, which the operation rounded in direction `ternary`.
static double leave(mpfr_ptr result, int ternary, range before) {
  mpfr_subnormalize(result, ternary, MPFR_RNDN);
  double value = mpfr_get_d(result, MPFR_RNDN);
  mpfr_set_emin(before.least);
  mpfr_set_emax(before.greatest);
  return value != value ? __builtin_nan("") : value;
}

static void set_up(mpfr_ptr number, mp_limb_t *limb, double value) {
  mpfr_custom_init(limb, BITS);
  mpfr_custom_init_set(number, MPFR_NAN_KIND, 0, BITS, limb);
  mpfr_set_d(number, value, MPFR_RNDN);
}

static double of_one(unary function, double x) {
  mpfr_t result;
  mp_limb_t limb;
  range before = enter();
  set_up(result, &limb, x);
  clb_owe(FUEL_PER_FUNCTION);
  return leave(result, function(result, result, MPFR_RNDN), before);
}

double __wrap_pow(double base, double exponent);

// What `^` and the compiler's folding of constants call, too.
double __wrap_pow(double base, double exponent) {
  mpfr_t result, power;
  mp_limb_t limbs[2];
  range before = enter();
  set_up(result, &limbs[0], base);
  set_up(power, &limbs[1], exponent);
  clb_owe(FUEL_PER_FUNCTION);
  return leave(result, mpfr_pow(result, result, power, MPFR_RNDN), before);
}

// MARK: The library's functions

#define UNARY(name)                                                                   \
  static int math_##name(lua_State *L) {                                              \
    lua_pushnumber(L, of_one(mpfr_##name, luaL_checknumber(L, 1)));                   \
    return 1;                                                                         \
  }

UNARY(acos)
UNARY(asin)
UNARY(cos)
UNARY(exp)
UNARY(sin)
UNARY(tan)

// [-?, +1, e] math.atan(y [, x])
static int math_atan(lua_State *L) {
  double y = luaL_checknumber(L, 1), x = luaL_optnumber(L, 2, 1);
  mpfr_t result, other;
  mp_limb_t limbs[2];
  range before = enter();
  set_up(result, &limbs[0], y);
  set_up(other, &limbs[1], x);
  clb_owe(FUEL_PER_FUNCTION);
  lua_pushnumber(L, leave(result, mpfr_atan2(result, result, other, MPFR_RNDN), before));
  return 1;
}

// The logarithm to any base, as a quotient of two that are rounded; to 2 and 10 at once.
static double logarithm(double x, double base) {
  if (base == 2) return of_one(mpfr_log2, x);
  if (base == 10) return of_one(mpfr_log10, x);
  return of_one(mpfr_log, x) / of_one(mpfr_log, base);
}

// [-?, +1, e] math.log(x [, base])
static int math_log(lua_State *L) {
  double x = luaL_checknumber(L, 1);
  bool is_natural = lua_isnoneornil(L, 2);
  lua_pushnumber(L, is_natural ? of_one(mpfr_log, x) : logarithm(x, luaL_checknumber(L, 2)));
  return 1;
}

// [-0, +0, m] Replaces those functions in the `math` table on the top.
void clb_set_mathematics(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"acos", math_acos}, {"asin", math_asin}, {"atan", math_atan}, {"cos", math_cos},
      {"exp", math_exp},   {"log", math_log},   {"sin", math_sin},   {"tan", math_tan},
      {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
