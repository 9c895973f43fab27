// Single values against a node's type and bounds. Only patterns need Lua, which meters them.
#include "json/forms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "money/decimal.h"
#include "text/pattern_match.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// MARK: Texts with a form

// `-?`, digits, and a point with more digits or none: 18 digits at most, as factors have them.
static bool is_decimal(const char *text, size_t length) {
  clb_weight unused;
  return clb_weight_read((clb_text){.text = text, .length = length}, &unused) != CLB_DECIMAL_MALFORMED;
}

// The number of `count` digits at `text`; -1 when one is none.
static int digits_at(const char *text, size_t count) {
  int value = 0;
  for (size_t i = 0; i < count; i++) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

static int month_length(int year, int month) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : lengths[month - 1];
}

// `2026-11-29`, a day of the calendar.
static bool is_date(const char *text, size_t length) {
  if (length != 10 || text[4] != '-' || text[7] != '-') return false;
  int year = digits_at(text, 4), month = digits_at(text + 5, 2), day = digits_at(text + 8, 2);
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= month_length(year, month);
}

// `Z` or `+01:00`.
static bool is_zone(const char *text, size_t length) {
  if (length == 1) return text[0] == 'Z';
  if (length != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
  int hours = digits_at(text + 1, 2), minutes = digits_at(text + 4, 2);
  return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

// `2026-11-29T10:00:00Z`, with up to 9 decimals of the second, and an offset for the Z.
static bool is_timestamp(const char *text, size_t length) {
  if (length < 20 || !is_date(text, 10) || text[10] != 'T' || text[13] != ':' || text[16] != ':') {
    return false;
  }
  int hour = digits_at(text + 11, 2), minute = digits_at(text + 14, 2);
  int second = digits_at(text + 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  size_t at = 19;
  if (text[at] == '.') {
    size_t first = ++at;
    while (at < length && is_digit(text[at])) at++;
    if (at == first || at - first > 9) return false;
  }
  return is_zone(text + at, length - at);
}

bool clb_has_form(clb_type type, clb_bytes text) {
  const char *start = (const char *)text.bytes;
  switch (type) {
    case CLB_TYPE_DECIMAL: return is_decimal(start, text.count);
    case CLB_TYPE_DATE: return is_date(start, text.count);
    case CLB_TYPE_TIMESTAMP: return is_timestamp(start, text.count);
    default: return true;
  }
}

// MARK: Bounds

// Characters, not bytes, of a text that is UTF-8.
static int64_t count_characters(const char *text, size_t length) {
  int64_t count = 0;
  for (size_t i = 0; i < length; i++) count += (text[i] & 0xC0) != 0x80;
  return count;
}

// [-0, +0, e] Whether the pattern fits the whole text.
static bool matches(lua_State *L, const clb_node *node, const char *text, size_t length) {
  clb_matcher m;
  clb_matcher_prepare(&m, L, text, length, node->text, node->text_length);
  const char *end = clb_match_at(&m, text, node->text);
  clb_matcher_settle(&m);
  return end == text + length;
}

static const char *length_fault(const clb_node *node, int64_t count, const char *unit,
                                clb_fault *room) {
  const char *side = count < node->least ? "least" : "most";
  int64_t bound = count < node->least ? node->least : node->most;
  if (count >= node->least && count <= node->most) return NULL;
  snprintf(room->text, sizeof room->text, "has %" PRId64 " %s%s; it wants at %s %" PRId64, count,
           unit, count == 1 ? "" : "s", side, bound);
  return room->text;
}

const char *clb_count_fault(const clb_node *node, int64_t count, clb_fault *room) {
  return length_fault(node, count, node->type == CLB_TYPE_MAP ? "member" : "element", room);
}

static const char *string_fault(lua_State *L, const clb_node *node, const char *text, size_t length,
                                clb_fault *room) {
  if (!node->bounded) return NULL;
  const char *wrong = length_fault(node, count_characters(text, length), "character", room);
  if (wrong != NULL || node->text_length == 0 || matches(L, node, text, length)) return wrong;
  // Without the `$` that makes it end where the text does.
  int shown = node->text_length > 100 ? 100 : (int)node->text_length - 1;
  snprintf(room->text, sizeof room->text, "doesn't fit its pattern %.*s", shown, node->text);
  return room->text;
}

const char *clb_text_fault(lua_State *L, const clb_node *node, const char *text, size_t length,
                           clb_fault *room) {
  uint32_t hint = 0;
  switch (node->type) {
    case CLB_TYPE_STRING: return string_fault(L, node, text, length, room);
    case CLB_TYPE_ACCOUNT:
      return clb_account_is_valid(text, length) ? NULL : "is no account name";
    case CLB_TYPE_DECIMAL:
      return is_decimal(text, length) ? NULL
                                      : "is no decimal: write it like \"0.025\", 18 digits at most";
    case CLB_TYPE_DATE:
      return is_date(text, length) ? NULL : "is no date: write it like \"2026-11-29\"";
    case CLB_TYPE_TIMESTAMP:
      return is_timestamp(text, length) ? NULL
                                        : "is no timestamp: write it like \"2026-11-29T10:00:00Z\"";
    case CLB_TYPE_ENUM:
      if (clb_find_child(clb_of(L), node, text, length, &hint) != NULL) return NULL;
      snprintf(room->text, sizeof room->text, "is none of its options: '%.*s'",
               (int)(length < 100 ? length : 100), text);
      return room->text;
    default: return NULL;
  }
}

static bool has_number(const clb_vm *vm, const clb_node *node, long double value) {
  const clb_node *options = &vm->schema.nodes[node->first_child];
  if (node->order != NULL) {
    uint32_t low = 0, high = node->child_count;
    while (high - low > 1) {
      uint32_t middle = low + (high - low) / 2;
      if (value < node->order[middle].number) high = middle;
      else low = middle;
    }
    return node->order[low].number == value;
  }
  for (uint32_t i = 0; i < node->child_count; i++) {
    if (options[i].minimum == value) return true;
  }
  return false;
}

static const char *option_fault(const clb_vm *vm, const clb_node *node, long double value,
                                clb_fault *room) {
  if (has_number(vm, node, value)) return NULL;
  snprintf(room->text, sizeof room->text, "is none of its options: %.17Lg", value);
  return room->text;
}

const char *clb_number_fault(const clb_vm *vm, const clb_node *node, long double value,
                             clb_fault *room) {
  if (node->type == CLB_TYPE_NUMBERS) return option_fault(vm, node, value, room);
  if (node->has_minimum && value < node->minimum) {
    snprintf(room->text, sizeof room->text, "is below its minimum %.17g", node->minimum);
    return room->text;
  }
  if (node->has_maximum && value > node->maximum) {
    snprintf(room->text, sizeof room->text, "is above its maximum %.17g", node->maximum);
    return room->text;
  }
  return NULL;
}

const char *clb_amount_fault(const clb_node *node, const clb_amount *amount, clb_fault *room) {
  if (!node->bounded) return NULL;
  if (node->text_length > 0 && strcmp(node->text, amount->asset) != 0) {
    snprintf(room->text, sizeof room->text, "is in %s; it wants %s", amount->asset, node->text);
    return room->text;
  }
  if (amount->minor >= node->least && amount->minor <= node->most) return NULL;
  char bound[CLB_AMOUNT_TEXT_MAX];
  bool is_less = amount->minor < node->least;
  clb_amount_print(is_less ? node->least : node->most, amount->asset, amount->asset_length, bound);
  snprintf(room->text, sizeof room->text, "is %s its %s %.160s", is_less ? "below" : "above",
           is_less ? "minimum" : "maximum", bound);
  return room->text;
}

// MARK: Children

// The place of a name among many children; `child_count` when none has it.
static uint32_t search_child(const clb_node *node, const char *name, size_t length) {
  uint32_t low = 0, high = node->child_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    const clb_ordered_child *at = &node->order[middle];
    int order = memcmp(name, at->name, length < at->length ? length : at->length);
    if (order == 0) order = (length > at->length) - (length < at->length);
    if (order == 0) return at->place;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return node->child_count;
}

const clb_node *clb_find_child(const clb_vm *vm, const clb_node *node, const char *name,
                               size_t length, uint32_t *hint) {
  const clb_node *children = &vm->schema.nodes[node->first_child];
  // The one that is expected, then all others.
  uint32_t count = node->order == NULL || node->child_count == 0 ? node->child_count : 1;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t place = *hint + i < node->child_count ? *hint + i : *hint + i - node->child_count;
    const clb_node *child = &children[place];
    if (child->name_length != length) continue;
    if (memcmp(child->name, name, length) != 0) continue;
    *hint = place + 1 < node->child_count ? place + 1 : 0;
    return child;
  }
  if (count < node->child_count) {
    uint32_t place = search_child(node, name, length);
    if (place == node->child_count) return NULL;
    *hint = place + 1 < node->child_count ? place + 1 : 0;
    return &children[place];
  }
  return NULL;
}
