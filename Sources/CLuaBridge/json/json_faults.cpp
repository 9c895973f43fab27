// Everything that is wrong with an input, for the answer that refuses it. Runs only when something is.
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "json/reader.h"

using namespace clb;

namespace {

constexpr int kFaultsTold = 8;
// Of one value that is held against one form.
constexpr uint64_t kFuelPerCheck = 4;

// A text's length may be counted, character by character.
uint64_t fuel_of_text(element value) {
  std::string_view text;
  return value.get(text) ? 0 : text.size() / CLB_BYTES_PER_FUEL;
}

// What was found so far.
struct faults {
  lua_State *L;
  char *text;  // null when only their number counts
  size_t size, used;
  int count, limit;
  bool is_full() const { return count >= limit; }
};

// Notes a fault of the value at `path`, while there is room.
[[gnu::format(printf, 3, 4)]] void add(faults &found, const clb_path *path, const char *format, ...) {
  if (found.is_full()) return;
  found.count++;
  if (found.text == nullptr) return;
  char name[256] = "", what[300], line[600];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  if (path != nullptr) clb_print_path(path, name, sizeof name);
  const char *separator = found.used > 0 ? "; " : "";
  int length = path != nullptr ? snprintf(line, sizeof line, "%sfield '%s' %s", separator, name, what)
                               : snprintf(line, sizeof line, "%s%s", separator, what);
  size_t count = static_cast<size_t>(length);
  if (found.used + count + sizeof "; and more" > found.size || found.count == found.limit) {
    found.count = found.limit;
    if (found.used > 0) count = static_cast<size_t>(snprintf(line, sizeof line, "; and more"));
    if (found.used + count >= found.size) return;
  }
  memcpy(found.text + found.used, line, count + 1);
  found.used += count;
}

void check(faults &found, element value, const clb_node *node, const clb_path *path, int depth);

void check_list(faults &found, simdjson::dom::array array, const clb_node *node,
                const clb_path *path, int depth) {
  const clb_node *child = &clb_of(found.L)->schema.nodes[node->first_child];
  clb_fault room;
  const char *wrong = clb_count_fault(node, static_cast<int64_t>(array.size()), &room);
  if (node->bounded && wrong != nullptr) add(found, path, "%s", wrong);
  int64_t index = 0;
  for (element one : array) {
    if (found.is_full()) return;
    clb_path here = {path, nullptr, 0, ++index};
    check(found, one, child, &here, depth + 1);
  }
}

void check_map(faults &found, simdjson::dom::object object, const clb_node *node,
               const clb_path *path, int depth) {
  const clb_node *child = &clb_of(found.L)->schema.nodes[node->first_child];
  clb_fault room;
  const char *wrong = clb_count_fault(node, static_cast<int64_t>(object.size()), &room);
  if (node->bounded && wrong != nullptr) add(found, path, "%s", wrong);
  for (auto field : object) {
    if (found.is_full()) return;
    clb_path here = {path, field.key.data(), field.key.size(), 0};
    check(found, field.value, child, &here, depth + 1);
  }
}

void check_record(faults &found, simdjson::dom::object object, const clb_node *node,
                  const clb_path *path, int depth) {
  const clb_vm *vm = clb_of(found.L);
  const clb_node *children = &vm->schema.nodes[node->first_child];
  uint64_t seen[CLB_FIELDS_LIMIT / 64] = {0};
  clb_charge(found.L, (object.size() + node->child_count) / 4);
  uint32_t hint = 0;
  for (auto field : object) {
    if (found.is_full()) return;
    const clb_node *child = clb_find_child(vm, node, field.key.data(), field.key.size(), &hint);
    if (child == nullptr) {
      add(found, path, path == nullptr ? "unknown field '%.*s'" : "has an unknown field '%.*s'",
          shown(field.key), field.key.data());
      continue;
    }
    clb_path here = {path, child->name, child->name_length, 0};
    size_t place = static_cast<size_t>(child - children);
    uint64_t bit = uint64_t{1} << place % 64;
    if ((seen[place / 64] & bit) != 0) add(found, &here, "stands twice");
    if (field.value.type() == element_type::NULL_VALUE) continue;
    seen[place / 64] |= bit;
    check(found, field.value, child, &here, depth + 1);
  }
  for (uint32_t i = 0; i < node->child_count; i++) {
    const clb_node *child = &children[i];
    if ((seen[i / 64] >> i % 64 & 1) != 0 || child->optional || child->has_default) continue;
    clb_path here = {path, child->name, child->name_length, 0};
    add(found, &here, "is missing: it wants %s", clb_type_name(child));
  }
}

void check(faults &found, element value, const clb_node *node, const clb_path *path, int depth) {
  simdjson::dom::array array;
  simdjson::dom::object object;
  std::string_view text;
  clb_amount amount;
  lua_Integer integer;
  double number;
  bool is_integer;
  clb_fault room;
  const char *wrong = nullptr;
  if (depth > CLB_DEPTH_LIMIT) return;  // told by itself
  clb_charge(found.L, kFuelPerCheck + clb_fuel_of_search(node) + fuel_of_text(value));
  switch (node->type) {
    case CLB_TYPE_ANY: break;
    case CLB_TYPE_STRING:
    case CLB_TYPE_ACCOUNT:
    case CLB_TYPE_DECIMAL:
    case CLB_TYPE_DATE:
    case CLB_TYPE_TIMESTAMP:
    case CLB_TYPE_ENUM: wrong = read_text(found.L, value, node, &text, &room); break;
    case CLB_TYPE_INTEGER:
    case CLB_TYPE_NUMBER:
    case CLB_TYPE_NUMBERS:
      wrong = read_number(found.L, value, node, &integer, &number, &is_integer, &room);
      break;
    case CLB_TYPE_BOOLEAN:
      if (value.type() != element_type::BOOL) wrong = wrong_type(value, node, &room);
      break;
    case CLB_TYPE_AMOUNT: wrong = read_amount(value, node, &amount, &room); break;
    case CLB_TYPE_LIST:
      if (value.get(array)) wrong = wrong_type(value, node, &room);
      else check_list(found, array, node, path, depth);
      break;
    case CLB_TYPE_MAP:
      if (value.get(object)) wrong = wrong_type(value, node, &room);
      else check_map(found, object, node, path, depth);
      break;
    case CLB_TYPE_RECORD:
      if (value.get(object)) wrong = wrong_type(value, node, &room);
      else check_record(found, object, node, path, depth);
      break;
    case CLB_TYPE_ANY_OF:
      if (fitting_form(found.L, value, node, depth) == nullptr) wrong = "fits none of its forms";
      break;
  }
  if (wrong != nullptr) add(found, path, "%s", wrong);
}

}  // namespace

const clb_node *clb::fitting_form(lua_State *L, element value, const clb_node *node, int depth) {
  for (uint32_t i = 0; i < node->child_count; i++) {
    const clb_node *form = &clb_of(L)->schema.nodes[node->first_child + i];
    faults found = {L, nullptr, 0, 0, 0, 1};
    check(found, value, form, nullptr, depth);
    if (found.count == 0) return form;
  }
  return nullptr;
}

int clb::describe_faults(const walk &w, char *text, size_t size) {
  simdjson::dom::object object;
  faults found = {w.L, text, size, 0, 0, kFaultsTold + 1};
  text[0] = '\0';
  if (!w.document->get(object)) check_record(found, object, w.record, nullptr, 1);
  return found.count;
}
