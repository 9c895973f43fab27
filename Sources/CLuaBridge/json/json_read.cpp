// JSON parsed straight into Lua tables. The document is parsed first, as a whole, by simdjson; what
// walks it then holds nothing with a destructor, since a Lua error leaves its frames without
// unwinding them.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <string_view>

#include "vm/vm.h"

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::parser;

namespace {

constexpr size_t kPadding = simdjson::SIMDJSON_PADDING;
constexpr size_t kKept = 64 << 10;  // bytes of text for which a parser keeps its memory
constexpr size_t kEnvelope = 2048;  // bytes that {"input":…} may add to an input

// What one walk needs to know.
struct walk {
  lua_State *L;
  clb_vm *vm;
  int keys;  // where the interned names stand on the stack
  clb_status status;
  bool amounts;         // whether {"asset":…,"minor":…} becomes an amount
  const char *subject;  // what is read, for messages
};

// [-0, +0, v] Refuses the value at `path`, or all of it.
[[noreturn, gnu::format(printf, 3, 4)]] void refuse(const walk &w, const clb_path *path,
                                                    const char *format, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (path == nullptr) clb_raise(w.L, w.status, "%s %s", w.subject, text);
  clb_raise_field(w.L, w.status, path, "%s", text);
  abort();
}

// A text's length for a message.
int shown(std::string_view text) { return static_cast<int>(text.size() < 100 ? text.size() : 100); }

const char *type_name(element value) {
  switch (value.type()) {
    case element_type::OBJECT: return "object";
    case element_type::ARRAY: return "list";
    case element_type::STRING: return "string";
    case element_type::BOOL: return "boolean";
    case element_type::NULL_VALUE: return "null";
    case element_type::INT64: return "integer";
    default: return "number";
  }
}

// [-0, +1, e] A text without a zero byte (simdjson has checked that it is UTF-8).
void push_text(const walk &w, std::string_view text, const clb_path *path) {
  // Values cost, not the bytes they came in: the same input costs the same in an envelope, and with white space.
  if (text.size() >= CLB_BYTES_PER_FUEL) clb_charge(w.L, text.size() / CLB_BYTES_PER_FUEL);
  if (memchr(text.data(), 0, text.size()) != nullptr) refuse(w, path, "holds a zero byte");
  lua_pushlstring(w.L, text.data(), text.size());
}

// [-0, +0, e] Makes room for one more level of tables.
void enter(const walk &w, const clb_path *path, int depth) {
  if (depth > CLB_DEPTH_LIMIT) refuse(w, path, "is nested more than %d levels", CLB_DEPTH_LIMIT);
  luaL_checkstack(w.L, 12, "nested too deep");
}

int table_size(size_t count) { return static_cast<int>(count < 4096 ? count : 4096); }

// MARK: Any value

void push_any(const walk &w, element value, const clb_path *path, int depth);

// [-0, +1, e] An amount, when the object is exactly {"asset":…,"minor":…}.
bool push_amount_object(const walk &w, simdjson::dom::object object) {
  if (object.size() != 2) return false;
  element asset, minor;
  std::string_view text;
  int64_t units;
  clb_amount amount;
  if (object.at_key("asset").get(asset) || object.at_key("minor").get(minor)) return false;
  if (asset.get(text) || minor.get(units)) return false;
  if (clb_make_amount(units, text.data(), text.size(), &amount) != nullptr) return false;
  clb_push_amount(w.L, units, text.data(), text.size(), amount.scale);
  return true;
}

// [-0, +1, e] An object as a table. A null stands in it until all members are known, so that
// none stands twice unseen.
void push_any_object(const walk &w, simdjson::dom::object object, const clb_path *path, int depth) {
  lua_State *L = w.L;
  size_t count = object.size(), nulls = 0;
  clb_charge(L, count);
  lua_createtable(L, 0, table_size(count));
  for (auto field : object) {
    clb_path here = {path, field.key.data(), field.key.size(), 0};
    push_text(w, field.key, &here);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) refuse(w, &here, "stands twice");
    lua_pop(L, 1);
    if (field.value.type() == element_type::NULL_VALUE) {
      lua_pushlightuserdata(L, const_cast<char *>(&clb_key_keys));
      nulls++;
    } else {
      push_any(w, field.value, &here, depth + 1);
    }
    lua_rawset(L, -3);
  }
  if (nulls == 0) return;
  for (auto field : object) {
    if (field.value.type() != element_type::NULL_VALUE) continue;
    lua_pushlstring(L, field.key.data(), field.key.size());
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
}

void push_any_list(const walk &w, simdjson::dom::array array, const clb_path *path, int depth) {
  size_t count = array.size();
  clb_charge(w.L, count);
  lua_createtable(w.L, table_size(count), 0);
  if (count == 0) clb_note_list(w.L);
  lua_Integer index = 0;
  for (element child : array) {
    clb_path here = {path, nullptr, 0, ++index};
    if (child.type() == element_type::NULL_VALUE) refuse(w, &here, "is null: a list has no holes");
    push_any(w, child, &here, depth + 1);
    lua_rawseti(w.L, -2, index);
  }
}

// [-0, +1, e] A value without a schema.
void push_any(const walk &w, element value, const clb_path *path, int depth) {
  lua_State *L = w.L;
  switch (value.type()) {
    case element_type::OBJECT: {
      simdjson::dom::object object = value.get_object().value_unsafe();
      enter(w, path, depth);
      if (!w.amounts || !push_amount_object(w, object)) push_any_object(w, object, path, depth);
      break;
    }
    case element_type::ARRAY:
      enter(w, path, depth);
      push_any_list(w, value.get_array().value_unsafe(), path, depth);
      break;
    case element_type::STRING: push_text(w, value.get_string().value_unsafe(), path); break;
    case element_type::INT64: lua_pushinteger(L, value.get_int64().value_unsafe()); break;
    case element_type::DOUBLE: lua_pushnumber(L, value.get_double().value_unsafe()); break;
    case element_type::BOOL: lua_pushboolean(L, value.get_bool().value_unsafe()); break;
    case element_type::UINT64: refuse(w, path, "is beyond 64 bits");
    case element_type::NULL_VALUE: lua_pushnil(L); break;
  }
}

// MARK: Single values by schema

[[noreturn]] void refuse_type(const walk &w, element value, const clb_node *node,
                              const clb_path *path) {
  refuse(w, path, "wants %s, got %s", clb_type_name(node), type_name(value));
}

// A 64-bit integer is exact in a long double.
void check_range(const walk &w, long double value, const clb_node *node, const clb_path *path) {
  if (node->has_minimum && value < node->minimum) {
    refuse(w, path, "is below its minimum %.17g", node->minimum);
  }
  if (node->has_maximum && value > node->maximum) {
    refuse(w, path, "is above its maximum %.17g", node->maximum);
  }
}

// [-0, +1, e] An integer, also one that is written as 5.0 or 5e3, while a double holds it exactly.
void push_integer(const walk &w, element value, const clb_node *node, const clb_path *path) {
  int64_t integer = 0;
  if (value.type() == element_type::DOUBLE) {
    double number = value.get_double().value_unsafe();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    bool is_exact = number >= -kExact && number <= kExact;
    if (is_exact) integer = static_cast<int64_t>(number);
    if (!is_exact || number != static_cast<double>(integer)) {
      refuse(w, path, "wants integer, got a fraction or more than 53 bits");
    }
  } else if (value.type() == element_type::UINT64) {
    refuse(w, path, "is beyond 64 bits");
  } else if (value.get(integer)) {
    refuse_type(w, value, node, path);
  }
  check_range(w, integer, node, path);
  lua_pushinteger(w.L, integer);
}

void push_number(const walk &w, element value, const clb_node *node, const clb_path *path) {
  switch (value.type()) {
    case element_type::INT64: {
      int64_t integer = value.get_int64().value_unsafe();
      check_range(w, integer, node, path);
      lua_pushinteger(w.L, integer);
      break;
    }
    case element_type::DOUBLE: {
      double number = value.get_double().value_unsafe();
      check_range(w, number, node, path);
      lua_pushnumber(w.L, number);
      break;
    }
    case element_type::UINT64: refuse(w, path, "is beyond 64 bits");
    default: refuse_type(w, value, node, path);
  }
}

// The child of this name, looked for from `hint` on: members mostly come in the schema's order.
const clb_node *find_child(const walk &w, const clb_node *node, std::string_view name,
                           uint32_t &hint) {
  const clb_node *children = &w.vm->schema.nodes[node->first_child];
  for (uint32_t i = 0; i < node->child_count; i++) {
    uint32_t place = hint + i < node->child_count ? hint + i : hint + i - node->child_count;
    const clb_node *child = &children[place];
    if (child->name_length != name.size()) continue;
    if (memcmp(child->name, name.data(), name.size()) != 0) continue;
    hint = place + 1 < node->child_count ? place + 1 : 0;
    return child;
  }
  return nullptr;
}

// [-0, +1, e] A text that is checked: an account, one of the options.
void push_typed_text(const walk &w, element value, const clb_node *node, const clb_path *path) {
  std::string_view text;
  if (value.get(text)) refuse_type(w, value, node, path);
  if (node->type == CLB_TYPE_ACCOUNT && !clb_account_is_valid(text.data(), text.size())) {
    refuse(w, path, "is no account name");
  }
  if (node->type != CLB_TYPE_ENUM) return push_text(w, text, path);
  uint32_t hint = 0;
  const clb_node *option = find_child(w, node, text, hint);
  if (option == nullptr) {
    refuse(w, path, "is none of its options: '%.*s'", shown(text), text.data());
  }
  lua_rawgeti(w.L, w.keys, option->slot);
}

void push_typed_amount(const walk &w, element value, const clb_node *node, const clb_path *path) {
  std::string_view text;
  simdjson::dom::object object;
  clb_amount amount;
  if (!value.get(text)) {
    const char *wrong = clb_amount_from_text(text.data(), text.size(), &amount);
    if (wrong != nullptr) refuse(w, path, "is no amount: %s", wrong);
    clb_push_amount(w.L, amount.minor, amount.asset, amount.asset_length, amount.scale);
    return;
  }
  if (value.get(object)) refuse_type(w, value, node, path);
  if (!push_amount_object(w, object)) {
    refuse(w, path, "is no amount: it wants {\"asset\",\"minor\"} with whole minor units");
  }
}

// MARK: Records and lists by schema

void push_typed(const walk &w, element value, const clb_node *node, const clb_path *path,
                int depth);

[[noreturn]] void refuse_unknown(const walk &w, std::string_view name, const clb_path *path) {
  if (path != nullptr) refuse(w, path, "has an unknown field '%.*s'", shown(name), name.data());
  clb_raise(w.L, w.status, "unknown field '%.*s'", shown(name), name.data());
  abort();
}

// [-1, +1, e] Replaces the default on the top, when it is a table, by a copy the rule may change.
void copy_top(lua_State *L) {
  if (lua_type(L, -1) != LUA_TTABLE) return;
  luaL_checkstack(L, 6, "nested too deep");
  clb_charge(L, 1);
  bool was_list = clb_is_empty_list(L, lua_gettop(L));
  lua_newtable(L);
  if (was_list) clb_note_list(L);
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    clb_charge(L, 1);
    copy_top(L);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
}

// [-0, +0, e] Fills in one field that the record on the top was not given.
void fill_absent(const walk &w, const clb_node *child, const clb_path *path) {
  lua_State *L = w.L;
  if (child->has_default) {
    lua_rawgeti(L, w.keys, child->slot);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_defaults);
    lua_rawgeti(L, -1, child->slot);
    lua_remove(L, -2);
    copy_top(L);
    lua_rawset(L, -3);
  } else if (!child->optional) {
    clb_path here = {path, child->name, child->name_length, 0};
    refuse(w, &here, "is missing: it wants %s", clb_type_name(child));
  }
}

// [-0, +1, e] A record: every member known and once, every field given, filled in or optional.
void push_record(const walk &w, simdjson::dom::object object, const clb_node *node,
                 const clb_path *path, int depth) {
  lua_State *L = w.L;
  const clb_node *children = &w.vm->schema.nodes[node->first_child];
  uint64_t seen[CLB_FIELDS_LIMIT / 64];
  memset(seen, 0, (node->child_count + 63) / 64 * sizeof *seen);
  lua_createtable(L, 0, static_cast<int>(node->child_count));
  uint32_t hint = 0, found = 0;
  for (auto field : object) {
    const clb_node *child = find_child(w, node, field.key, hint);
    if (child == nullptr) refuse_unknown(w, field.key, path);
    clb_path here = {path, child->name, child->name_length, 0};
    size_t place = static_cast<size_t>(child - children);
    uint64_t bit = uint64_t{1} << place % 64;
    if ((seen[place / 64] & bit) != 0) refuse(w, &here, "stands twice");
    seen[place / 64] |= bit;
    found++;
    if (field.value.type() == element_type::NULL_VALUE) {
      fill_absent(w, child, path);
      continue;
    }
    lua_rawgeti(L, w.keys, child->slot);
    push_typed(w, field.value, child, &here, depth + 1);
    lua_rawset(L, -3);
  }
  for (uint32_t i = 0; found < node->child_count && i < node->child_count; i++) {
    if ((seen[i / 64] >> i % 64 & 1) == 0) fill_absent(w, &children[i], path);
  }
}

void push_list(const walk &w, simdjson::dom::array array, const clb_node *node,
               const clb_path *path, int depth) {
  const clb_node *child = &w.vm->schema.nodes[node->first_child];
  size_t count = array.size();
  clb_charge(w.L, count);
  lua_createtable(w.L, table_size(count), 0);
  lua_Integer index = 0;
  for (element one : array) {
    clb_path here = {path, nullptr, 0, ++index};
    if (one.type() == element_type::NULL_VALUE) refuse_type(w, one, child, &here);
    push_typed(w, one, child, &here, depth + 1);
    lua_rawseti(w.L, -2, index);
  }
}

// [-0, +1, e] A value as its node wants it.
void push_typed(const walk &w, element value, const clb_node *node, const clb_path *path,
                int depth) {
  switch (node->type) {
    case CLB_TYPE_ANY: push_any(w, value, path, depth); break;
    case CLB_TYPE_STRING:
    case CLB_TYPE_ACCOUNT:
    case CLB_TYPE_ENUM: push_typed_text(w, value, node, path); break;
    case CLB_TYPE_INTEGER: push_integer(w, value, node, path); break;
    case CLB_TYPE_NUMBER: push_number(w, value, node, path); break;
    case CLB_TYPE_BOOLEAN:
      if (value.type() != element_type::BOOL) refuse_type(w, value, node, path);
      lua_pushboolean(w.L, value.get_bool().value_unsafe());
      break;
    case CLB_TYPE_AMOUNT: push_typed_amount(w, value, node, path); break;
    case CLB_TYPE_LIST: {
      simdjson::dom::array array;
      if (value.get(array)) refuse_type(w, value, node, path);
      enter(w, path, depth);
      push_list(w, array, node, path, depth);
      break;
    }
    case CLB_TYPE_RECORD: {
      simdjson::dom::object object;
      if (value.get(object)) refuse_type(w, value, node, path);
      enter(w, path, depth);
      push_record(w, object, node, path, depth);
      break;
    }
  }
}

// MARK: Documents

// What is wrong with a text that simdjson doesn't take.
const char *parsing_message(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR: return "is no valid UTF-8";
    case simdjson::NUMBER_ERROR: return "holds a number that is malformed or too large";
    case simdjson::DEPTH_ERROR: return "is nested more than 64 levels";
    case simdjson::CAPACITY: return "is over 1 MiB";
    case simdjson::EMPTY: return "is empty";
    case simdjson::STRING_ERROR: return "holds a malformed string";
    default: return "is no JSON";
  }
}

// [-0, +0, e] The document of padded bytes in the input buffer, of at most `limit` bytes.
element parse(const walk &w, clb_bytes json, size_t limit) {
  element root;
  if (json.bytes == nullptr) clb_stop_memory(w.L);
  if (json.count > limit) refuse(w, nullptr, "is over 1 MiB");
  parser *reader = static_cast<parser *>(w.vm->parser);
  simdjson::error_code code = reader->parse(json.bytes, json.count, false).get(root);
  if (code == simdjson::MEMALLOC) clb_stop_memory(w.L);
  if (code != simdjson::SUCCESS) refuse(w, nullptr, "%s", parsing_message(code));
  return root;
}

// [-0, +0, e] What stands in {"input":…}.
element open_envelope(const walk &w, element body) {
  simdjson::dom::object envelope;
  element input;
  bool found = false;
  if (body.get(envelope)) {
    clb_raise(w.L, w.status, "the body wants {\"input\":{…}}, got %s", type_name(body));
  }
  for (auto field : envelope) {
    if (field.key != "input" || found) {
      clb_raise(w.L, w.status, "the body wants {\"input\":{…}}, and has '%.*s'", shown(field.key),
                field.key.data());
    }
    input = field.value;
    found = true;
  }
  if (!found) clb_raise(w.L, w.status, "the body wants {\"input\":{…}}: 'input' is missing");
  return input;
}

}  // namespace

bool clb_parser_create(clb_vm *vm) {
  vm->parser = new (std::nothrow) parser(CLB_INPUT_LIMIT + kEnvelope);
  return vm->parser != nullptr;
}

void clb_parser_trim(clb_vm *vm) {
  parser *reader = static_cast<parser *>(vm->parser);
  if (reader->capacity() > kKept) *reader = parser(CLB_INPUT_LIMIT + kEnvelope);
}

void clb_parser_destroy(clb_vm *vm) { delete static_cast<parser *>(vm->parser); }

clb_bytes clb_input_copy(clb_vm *vm, const uint8_t *bytes, size_t count) {
  if (!clb_buffer_reserve(vm, &vm->input, count + kPadding)) return clb_bytes{nullptr, 0};
  if (count > 0) memcpy(vm->input.bytes, bytes, count);
  memset(vm->input.bytes + count, 0, kPadding);
  vm->input.count = count;
  return clb_bytes{vm->input.bytes, count};
}

void clb_push_input(lua_State *L, uint32_t number, clb_bytes json, bool enveloped) {
  clb_vm *vm = clb_of(L);
  size_t limit = CLB_INPUT_LIMIT + (enveloped ? kEnvelope : 0);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  walk w = {L, vm, lua_gettop(L), CLB_INVALID_INPUT, false, "the input"};
  if (json.count > limit) refuse(w, nullptr, "is over 1 MiB");
  element root = parse(w, clb_input_copy(vm, json.bytes, json.count), limit);
  if (enveloped) root = open_envelope(w, root);
  simdjson::dom::object object;
  if (root.get(object)) refuse(w, nullptr, "wants an object, got %s", type_name(root));
  push_record(w, object, &vm->schema.nodes[number], nullptr, 1);
  lua_remove(L, w.keys);
  clb_parser_trim(vm);
}

void clb_push_json(lua_State *L, clb_bytes json, bool amounts) {
  clb_vm *vm = clb_of(L);
  walk w = {L, vm, 0, CLB_RUNTIME, amounts, "the input"};
  if (json.count > CLB_INPUT_LIMIT) refuse(w, nullptr, "is over 1 MiB");
  push_any(w, parse(w, clb_input_copy(vm, json.bytes, json.count), CLB_INPUT_LIMIT), nullptr, 1);
}

// [-0, +1, e] A host call's answer, which stands in the input buffer.
void clb_push_answer(lua_State *L, clb_bytes json) {
  walk w = {L, clb_of(L), 0, CLB_RUNTIME, true, "the host's answer"};
  push_any(w, parse(w, json, CLB_INPUT_LIMIT), nullptr, 1);
}

// [-0, +1, e] A field's default, as its node wants it.
void clb_push_default(lua_State *L, const clb_node *node, clb_bytes json) {
  clb_vm *vm = clb_of(L);
  char subject[160];
  int length = node->name_length < 100 ? static_cast<int>(node->name_length) : 100;
  snprintf(subject, sizeof subject, "the default of field '%.*s'", length, node->name);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  walk w = {L, vm, lua_gettop(L), CLB_RUNTIME, false, subject};
  if (json.count > CLB_INPUT_LIMIT) refuse(w, nullptr, "is over 1 MiB");
  element root = parse(w, clb_input_copy(vm, json.bytes, json.count), CLB_INPUT_LIMIT);
  push_typed(w, root, node, nullptr, 1);
  lua_remove(L, w.keys);
}
