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

typedef enum { CLB_ROUND_FLOOR = 0, CLB_ROUND_CEIL, CLB_ROUND_HALF_EVEN } clb_rounding;

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

/// Reads "97.50 USD/2" (optional '-', at most `scale` decimals, one space, an asset).
/// Gives where the asset begins in `text`.
clb_decimal_status clb_amount_parse(const char *text, size_t length, int64_t *minor,
                                    size_t *asset_offset, size_t *asset_length);

/// Writes "97.50 USD/2" (always exactly `scale` decimals) and gives its length; at most
/// CLB_AMOUNT_TEXT_MAX bytes, NUL-terminated.
#define CLB_AMOUNT_TEXT_MAX 160
size_t clb_amount_print(int64_t minor, const char *asset, size_t asset_length, char *out);

#endif
