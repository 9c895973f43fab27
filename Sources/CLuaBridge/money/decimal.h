// Exact arithmetic for amounts: pure functions over integers, without Lua.
#ifndef CASCADE_DECIMAL_H
#define CASCADE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The longest asset name with its scale: 17 + '/' + 2 digits.
#define CLB_ASSET_MAX 20
/// The most factors on each side of one conversion.
#define CLB_FACTORS_MAX 8

typedef enum {
  CLB_DECIMAL_OK = 0,
  CLB_DECIMAL_MALFORMED,  // not a decimal of at most 18 digits, or an amount's text is malformed
  CLB_DECIMAL_NEGATIVE_FACTOR,
  CLB_DECIMAL_ZERO_DIVISOR,
  CLB_DECIMAL_OVERFLOW,   // the result does not fit a signed 64-bit integer
} clb_decimal_status;

/// Half up is away from zero at one half.
typedef enum {
  CLB_ROUND_FLOOR = 0,
  CLB_ROUND_CEIL,
  CLB_ROUND_HALF_EVEN,
  CLB_ROUND_HALF_UP,
} clb_rounding;

typedef struct {
  const char *text;
  size_t length;
} clb_text;

/// Whether `text` is an asset `[A-Z][A-Z0-9]{0,16}(/[0-9]{1,2})?`; gives its scale (0 when none).
bool clb_asset_parse(const char *text, size_t length, int *scale);

/// minor · 10^(to_scale − from_scale) · Π numerators / Π denominators, exact, rounded once
/// (floor and ceil towards ∓infinity, also for negative amounts).
clb_decimal_status clb_amount_convert(int64_t minor, int from_scale, int to_scale,
                                      const clb_text *numerators, size_t numerator_count,
                                      const clb_text *denominators, size_t denominator_count,
                                      clb_rounding rounding, int64_t *result);

/// The most decimals of a ratio.
#define CLB_RATIO_DECIMALS_MAX 12
/// above / below as a decimal with at most `decimals` decimals, without zeros at its end, rounded once.
/// OVERFLOW when it has more than 18 digits. `out` has room for 24 bytes.
clb_decimal_status clb_ratio(int64_t above, int64_t below, int decimals, clb_rounding rounding,
                             char out[24]);

/// Weights of shares, read one by one; together they have at most 18 digits.
typedef struct {
  uint64_t digits;
  int decimals;
} clb_weight;

/// Reads a decimal that isn't negative.
clb_decimal_status clb_weight_read(clb_text text, clb_weight *out);
/// Gives all weights as many decimals, and their sum. ZERO_DIVISOR when it is zero, OVERFLOW when it
/// has more than 18 digits.
clb_decimal_status clb_weights_align(clb_weight *weights, size_t count, uint64_t *sum);
/// minor · weight / sum, rounded down.
int64_t clb_share(int64_t minor, uint64_t weight, uint64_t sum);

/// Reads "97.50 USD/2" (optional '-', at most `scale` decimals, one space, an asset).
/// Gives where the asset begins in `text`.
clb_decimal_status clb_amount_parse(const char *text, size_t length, int64_t *minor,
                                    size_t *asset_offset, size_t *asset_length);

/// Writes "97.50 USD/2" (always exactly `scale` decimals) and gives its length; at most
/// CLB_AMOUNT_TEXT_MAX bytes, NUL-terminated.
#define CLB_AMOUNT_TEXT_MAX 160
size_t clb_amount_print(int64_t minor, const char *asset, size_t asset_length, char *out);

#endif
