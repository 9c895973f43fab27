// Exact arithmetic for amounts, as declared in decimal.h. Nothing is allocated and nothing
// but the result is written. None of these functions knows Lua.
#include "money/decimal.h"

#include <string.h>

// One scaling needs at most 19 + 8·18 digits, and 99 + 8·17 more for the powers of ten:
// 398 digits, which is 1323 bits.
#define LIMBS 22
#define FACTOR_DIGITS_MAX 18
#define SCALE_MAX 99

__extension__ typedef unsigned __int128 wide;

typedef struct {
  uint64_t limb[LIMBS];  // least significant first
} natural;

// A factor: `digits` / 10^`decimals`.
typedef struct {
  uint64_t digits;
  int decimals;
} factor;

// Everything a scaling multiplies and divides by, already read and checked.
typedef struct {
  uint64_t minor;
  uint64_t numerators[CLB_FACTORS_MAX];
  uint64_t denominators[CLB_FACTORS_MAX];
  size_t numerator_count;
  size_t denominator_count;
  int exponent;  // of ten, over the numerators
} scaling;

// What a division leaves, as far as rounding needs to know it.
typedef struct {
  wide quotient;
  bool exact;
  int half;  // the remainder compared with one half: −1, 0, 1
} division;

// MARK: Text

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads one factor: digits, optionally a point and more digits, 18 digits at most.
static clb_decimal_status read_factor(clb_text text, factor *out) {
  size_t at = text.length > 0 && text.text[0] == '-' ? 1 : 0;
  bool negative = at == 1;
  size_t count = 0, point = 0;
  bool pointed = false;
  out->digits = 0;
  for (; at < text.length; at++) {
    char c = text.text[at];
    if (c == '.' && !pointed && count > 0) {
      pointed = true;
      point = count;
    } else if (is_digit(c) && count < FACTOR_DIGITS_MAX) {
      out->digits = out->digits * 10 + (uint64_t)(c - '0');
      count++;
    } else {
      return CLB_DECIMAL_MALFORMED;
    }
  }
  if (count == 0 || (pointed && point == count)) return CLB_DECIMAL_MALFORMED;
  out->decimals = pointed ? (int)(count - point) : 0;
  return negative ? CLB_DECIMAL_NEGATIVE_FACTOR : CLB_DECIMAL_OK;
}

// Reads all factors of one side; adds up their decimals.
static clb_decimal_status read_factors(const clb_text *texts, size_t count, uint64_t *digits,
                                       int *decimals) {
  if (count > CLB_FACTORS_MAX) return CLB_DECIMAL_MALFORMED;
  for (size_t i = 0; i < count; i++) {
    factor one;
    clb_decimal_status status = read_factor(texts[i], &one);
    if (status != CLB_DECIMAL_OK) return status;
    digits[i] = one.digits;
    *decimals += one.decimals;
  }
  return CLB_DECIMAL_OK;
}

bool clb_asset_parse(const char *text, size_t length, int *scale) {
  *scale = 0;
  if (length == 0 || length > CLB_ASSET_MAX || text[0] < 'A' || text[0] > 'Z') return false;
  size_t name = 1;
  while (name < length && ((text[name] >= 'A' && text[name] <= 'Z') || is_digit(text[name]))) {
    name++;
  }
  if (name > 17) return false;
  if (name == length) return true;
  size_t digits = length - name - 1;
  if (text[name] != '/' || digits < 1 || digits > 2) return false;
  int value = 0;
  for (size_t i = name + 1; i < length; i++) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  *scale = value;
  return true;
}

// MARK: Wide naturals

// Multiplies in place. The bound at LIMBS says why nothing can be carried out of the top.
static void natural_multiply(natural *value, uint64_t by) {
  uint64_t carry = 0;
  for (int i = 0; i < LIMBS; i++) {
    wide product = (wide)value->limb[i] * by + carry;
    value->limb[i] = (uint64_t)product;
    carry = (uint64_t)(product >> 64);
  }
}

static void natural_multiply_power_of_ten(natural *value, int exponent) {
  for (; exponent >= 19; exponent -= 19) natural_multiply(value, 10000000000000000000u);
  for (; exponent > 0; exponent--) natural_multiply(value, 10);
}

static int natural_bits(const natural *value) {
  for (int i = LIMBS - 1; i >= 0; i--) {
    if (value->limb[i] != 0) return 64 * i + 64 - __builtin_clzll(value->limb[i]);
  }
  return 0;
}

static int natural_compare(const natural *a, const natural *b) {
  for (int i = LIMBS - 1; i >= 0; i--) {
    if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
  }
  return 0;
}

static void natural_subtract(natural *a, const natural *b) {
  uint64_t borrow = 0;
  for (int i = 0; i < LIMBS; i++) {
    wide difference = (wide)a->limb[i] - b->limb[i] - borrow;
    a->limb[i] = (uint64_t)difference;
    borrow = (uint64_t)(difference >> 64) & 1;
  }
}

static void natural_shift_left(natural *value, int bits) {
  for (; bits >= 64; bits -= 64) {
    memmove(&value->limb[1], &value->limb[0], sizeof(uint64_t) * (LIMBS - 1));
    value->limb[0] = 0;
  }
  if (bits == 0) return;
  for (int i = LIMBS - 1; i > 0; i--) {
    value->limb[i] = value->limb[i] << bits | value->limb[i - 1] >> (64 - bits);
  }
  value->limb[0] <<= bits;
}

static void natural_halve(natural *value) {
  for (int i = 0; i < LIMBS - 1; i++) {
    value->limb[i] = value->limb[i] >> 1 | value->limb[i + 1] << 63;
  }
  value->limb[LIMBS - 1] >>= 1;
}

// MARK: Division

// Divides when both products fit 128 bits; false when they don't.
static bool divide_narrow(const scaling *s, division *out) {
  wide above = s->minor, below = 1;
  for (size_t i = 0; i < s->numerator_count; i++) {
    if (__builtin_mul_overflow(above, (wide)s->numerators[i], &above)) return false;
  }
  for (size_t i = 0; i < s->denominator_count; i++) {
    if (__builtin_mul_overflow(below, (wide)s->denominators[i], &below)) return false;
  }
  wide *scaled = s->exponent >= 0 ? &above : &below;
  int power = s->exponent >= 0 ? s->exponent : -s->exponent;
  for (; power > 0; power--) {
    if (__builtin_mul_overflow(*scaled, (wide)10, scaled)) return false;
  }
  wide remainder = above % below, rest = below - remainder;
  out->quotient = above / below;
  out->exact = remainder == 0;
  out->half = remainder < rest ? -1 : remainder > rest;
  return true;
}

// Divides any products, bit by bit; false when the quotient is far beyond 64 bits.
static bool divide_wide(const scaling *s, division *out) {
  natural above = {{s->minor}}, below = {{1}};
  for (size_t i = 0; i < s->numerator_count; i++) natural_multiply(&above, s->numerators[i]);
  for (size_t i = 0; i < s->denominator_count; i++) natural_multiply(&below, s->denominators[i]);
  if (s->exponent >= 0) {
    natural_multiply_power_of_ten(&above, s->exponent);
  } else {
    natural_multiply_power_of_ten(&below, -s->exponent);
  }
  int shift = natural_bits(&above) - natural_bits(&below);
  if (shift > 64) return false;
  out->quotient = 0;
  if (shift >= 0) {
    natural step = below;
    natural_shift_left(&step, shift);
    for (; shift >= 0; shift--) {
      out->quotient <<= 1;
      if (natural_compare(&above, &step) >= 0) {
        natural_subtract(&above, &step);
        out->quotient |= 1;
      }
      natural_halve(&step);
    }
  }
  out->exact = natural_bits(&above) == 0;
  natural_shift_left(&above, 1);  // the remainder is smaller than `below`: there is room
  out->half = natural_compare(&above, &below);
  return true;
}

// Rounds a magnitude away from zero where the mode asks for it.
static wide rounded(const division *d, bool negative, clb_rounding rounding) {
  bool up = false;
  switch (rounding) {
    case CLB_ROUND_FLOOR: up = negative && !d->exact; break;
    case CLB_ROUND_CEIL: up = !negative && !d->exact; break;
    case CLB_ROUND_HALF_EVEN: up = d->half > 0 || (d->half == 0 && (d->quotient & 1)); break;
    case CLB_ROUND_HALF_UP: up = d->half >= 0 && !d->exact; break;
  }
  return d->quotient + (up ? 1 : 0);
}

// Gives a magnitude its sign; OVERFLOW when it doesn't fit.
static clb_decimal_status sign(wide magnitude, bool negative, int64_t *result) {
  if (magnitude > (wide)INT64_MAX + (negative ? 1 : 0)) return CLB_DECIMAL_OVERFLOW;
  // −2^63 has no positive counterpart, so the sign is taken in unsigned arithmetic.
  uint64_t bits = negative ? 0 - (uint64_t)magnitude : (uint64_t)magnitude;
  memcpy(result, &bits, sizeof bits);
  return CLB_DECIMAL_OK;
}

static uint64_t magnitude_of(int64_t value) {
  return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

clb_decimal_status clb_amount_convert(int64_t minor, int from_scale, int to_scale,
                                      const clb_text *numerators, size_t numerator_count,
                                      const clb_text *denominators, size_t denominator_count,
                                      clb_rounding rounding, int64_t *result) {
  if (from_scale < 0 || from_scale > SCALE_MAX || to_scale < 0 || to_scale > SCALE_MAX) {
    return CLB_DECIMAL_MALFORMED;
  }
  scaling s = {.minor = magnitude_of(minor),
               .numerator_count = numerator_count,
               .denominator_count = denominator_count};
  int above = 0, below = 0;
  clb_decimal_status status = read_factors(numerators, numerator_count, s.numerators, &above);
  if (status != CLB_DECIMAL_OK) return status;
  status = read_factors(denominators, denominator_count, s.denominators, &below);
  if (status != CLB_DECIMAL_OK) return status;
  for (size_t i = 0; i < denominator_count; i++) {
    if (s.denominators[i] == 0) return CLB_DECIMAL_ZERO_DIVISOR;
  }
  s.exponent = to_scale - from_scale - above + below;
  division d;
  if (!divide_narrow(&s, &d) && !divide_wide(&s, &d)) return CLB_DECIMAL_OVERFLOW;
  return sign(rounded(&d, minor < 0, rounding), minor < 0, result);
}

// MARK: Ratios and shares

clb_decimal_status clb_ratio(int64_t above, int64_t below, int decimals, clb_rounding rounding,
                             char out[24]) {
  if (below == 0) return CLB_DECIMAL_ZERO_DIVISOR;
  scaling s = {.minor = magnitude_of(above), .denominators = {magnitude_of(below)},
               .denominator_count = 1, .exponent = decimals};
  division d;
  // 19 digits and 12 more fit 128 bits.
  if (!divide_narrow(&s, &d)) return CLB_DECIMAL_OVERFLOW;
  bool negative = (above < 0) != (below < 0);
  wide value = rounded(&d, negative, rounding), limit = 1000000000000000000u;
  if (value >= limit) return CLB_DECIMAL_OVERFLOW;
  uint64_t digits = (uint64_t)value;
  for (; decimals > 0 && digits % 10 == 0; decimals--) digits /= 10;
  char reversed[24];
  int count = 0;
  for (uint64_t rest = digits; rest > 0 || count <= decimals; rest /= 10) {
    reversed[count++] = (char)('0' + rest % 10);
  }
  if (negative && digits > 0) *out++ = '-';
  while (count > 0) {
    *out++ = reversed[--count];
    if (count == decimals && decimals > 0) *out++ = '.';
  }
  *out = '\0';
  return CLB_DECIMAL_OK;
}

clb_decimal_status clb_weight_read(clb_text text, clb_weight *out) {
  factor one = {0};
  clb_decimal_status status = read_factor(text, &one);
  *out = (clb_weight){.digits = one.digits, .decimals = one.decimals};
  return status;
}

clb_decimal_status clb_weights_align(clb_weight *weights, size_t count, uint64_t *sum) {
  const uint64_t limit = 1000000000000000000u;
  int decimals = 0;
  *sum = 0;
  for (size_t i = 0; i < count; i++) {
    if (weights[i].decimals > decimals) decimals = weights[i].decimals;
  }
  for (size_t i = 0; i < count; i++) {
    for (; weights[i].decimals < decimals; weights[i].decimals++) {
      if (weights[i].digits >= limit) return CLB_DECIMAL_OVERFLOW;
      weights[i].digits *= 10;
    }
    if (weights[i].digits >= limit || (*sum += weights[i].digits) >= limit) return CLB_DECIMAL_OVERFLOW;
  }
  return *sum == 0 ? CLB_DECIMAL_ZERO_DIVISOR : CLB_DECIMAL_OK;
}

int64_t clb_share(int64_t minor, uint64_t weight, uint64_t sum) {
  // 19 digits times 18 fit 128 bits, and what a weight takes is no more than the whole.
  wide product = (wide)magnitude_of(minor) * weight;
  wide quotient = product / sum + (minor < 0 && product % sum != 0 ? 1 : 0);
  uint64_t bits = minor < 0 ? 0 - (uint64_t)quotient : (uint64_t)quotient;
  int64_t result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

// MARK: Amounts as text

clb_decimal_status clb_amount_parse(const char *text, size_t length, int64_t *minor,
                                    size_t *asset_offset, size_t *asset_length) {
  bool negative = length > 0 && text[0] == '-';
  size_t begin = negative ? 1 : 0;
  const char *space = length > begin ? memchr(text + begin, ' ', length - begin) : NULL;
  if (space == NULL) return CLB_DECIMAL_MALFORMED;
  size_t end = (size_t)(space - text);
  int scale;
  if (!clb_asset_parse(space + 1, length - end - 1, &scale)) return CLB_DECIMAL_MALFORMED;
  size_t point = begin;
  while (point < end && is_digit(text[point])) point++;
  size_t decimals = point < end ? end - point - 1 : 0;
  if (point == begin || (point < end && (text[point] != '.' || decimals == 0))) {
    return CLB_DECIMAL_MALFORMED;
  }
  for (size_t i = point + 1; i < end; i++) {
    if (!is_digit(text[i])) return CLB_DECIMAL_MALFORMED;
  }
  if (decimals > (size_t)scale) return CLB_DECIMAL_MALFORMED;

  uint64_t magnitude = 0;
  bool overflow = false;
  for (size_t i = begin; i < end; i++) {
    if (i == point) continue;
    overflow |= __builtin_mul_overflow(magnitude, 10, &magnitude);
    overflow |= __builtin_add_overflow(magnitude, (uint64_t)(text[i] - '0'), &magnitude);
  }
  for (size_t i = decimals; i < (size_t)scale; i++) {
    overflow |= __builtin_mul_overflow(magnitude, 10, &magnitude);
  }
  if (overflow) return CLB_DECIMAL_OVERFLOW;
  *asset_offset = end + 1;
  *asset_length = length - end - 1;
  return sign(magnitude, negative, minor);
}

size_t clb_amount_print(int64_t minor, const char *asset, size_t asset_length, char *out) {
  int scale;
  if (!clb_asset_parse(asset, asset_length, &scale)) {  // a caller's mistake: print nothing
    out[0] = '\0';
    return 0;
  }
  char digits[SCALE_MAX + 20];  // least significant first, at least one before the point
  int count = 0;
  for (uint64_t rest = magnitude_of(minor); rest > 0 || count <= scale; rest /= 10) {
    digits[count++] = (char)('0' + rest % 10);
  }
  size_t length = 0;
  if (minor < 0) out[length++] = '-';
  while (count > 0) {
    out[length++] = digits[--count];
    if (count == scale && scale > 0) out[length++] = '.';
  }
  out[length++] = ' ';
  memcpy(out + length, asset, asset_length);
  length += asset_length;
  out[length] = '\0';
  return length;
}
