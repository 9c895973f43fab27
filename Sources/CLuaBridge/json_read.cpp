// JSON parsed straight into Lua tables. The document is parsed first, as a whole, by simdjson; what walks it
// then holds nothing with a destructor, since a Lua error leaves its frames without unwinding them.
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <string_view>

#include "vm.h"

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::parser;

namespace {

constexpr size_t kPadding = simdjson::SIMDJSON_PADDING;

// What one walk needs to know.
struct walk {
  lua_State *L;
  clb_vm *vm;
  int keys;  // where the interned names stand on the stack
  clb_status status;
  bool amounts;
};

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

// [-0, +1, e] A text: it may hold no zero byte (simdjson has checked that it is UTF-8).
void push_text(const walk &w, std::string_view text, const clb_path *path) {
  if (memchr(text.data(), 0, text.size()) != nullptr) clb_raise_field(w.L, w.status, path, "holds a zero byte");
  lua_pushlstring(w.L, text.data(), text.size());
}

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

void push_any_object(const walk &w, simdjson::dom::object object, const clb_path *path, int depth) {
  lua_State *L = w.L;
  if (w.amounts && push_amount_object(w, object)) return;
  size_t count = object.size();
  clb_charge(L, count);
  lua_createtable(L, 0, static_cast<int>(count < 4096 ? count : 4096));
  for (auto field : object) {
    clb_path here = {path, field.key.data(), field.key.size(), 0};
    push_text(w, field.key, &here);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) clb_raise_field(L, w.status, &here, "stands twice");
    lua_pop(L, 1);
    push_any(w, field.value, &here, depth + 1);
    lua_rawset(L, -3);
  }
}

// [-0, +1, e] A value without a schema.
void push_any(const walk &w, element value, const clb_path *path, int depth) {
  lua_State *L = w.L;
  if (depth > CLB_DEPTH_LIMIT) clb_raise_field(L, w.status, path, "is nested more than %d levels", CLB_DEPTH_LIMIT);
  luaL_checkstack(L, 8, "nested too deep");
  switch (value.type()) {
    case element_type::OBJECT: push_any_object(w, value.get_object().value_unsafe(), path, depth); break;
    case element_type::ARRAY: {
      simdjson::dom::array array = value.get_array().value_unsafe();
      size_t count = array.size();
      clb_charge(L, count);
      lua_createtable(L, static_cast<int>(count < 4096 ? count : 4096), 0);
      lua_Integer index = 0;
      for (element child : array) {
        clb_path here = {path, nullptr, 0, ++index};
        push_any(w, child, &here, depth + 1);
        lua_rawseti(L, -2, index);
      }
      break;
    }
    case element_type::STRING: push_text(w, value.get_string().value_unsafe(), path); break;
    case element_type::INT64: lua_pushinteger(L, value.get_int64().value_unsafe()); break;
    case element_type::DOUBLE: lua_pushnumber(L, value.get_double().value_unsafe()); break;
    case element_type::BOOL: lua_pushboolean(L, value.get_bool().value_unsafe()); break;
    case element_type::UINT64: clb_raise_field(L, w.status, path, "is beyond 64 bits"); break;
    case element_type::NULL_VALUE: lua_pushnil(L); break;
  }
}

[[noreturn]] void refuse_type(const walk &w, element value, const clb_node *node, const clb_path *path) {
  clb_raise_field(w.L, w.status, path, "wants %s, got %s", clb_type_name(node), type_name(value));
  abort();
}

void check_range(const walk &w, double value, const clb_node *node, const clb_path *path) {
  if (node->has_minimum && value < node->minimum) {
    clb_raise_field(w.L, w.status, path, "is below its minimum %.17g", node->minimum);
  }
  if (node->has_maximum && value > node->maximum) {
    clb_raise_field(w.L, w.status, path, "is above its maximum %.17g", node->maximum);
  }
}

void push_integer(const walk &w, element value, const clb_node *node, const clb_path *path) {
  int64_t integer = 0;
  if (value.type() == element_type::DOUBLE) {
    double number = value.get_double().value_unsafe();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (!(number >= -kExact && number <= kExact) || number != static_cast<double>(static_cast<int64_t>(number))) {
      clb_raise_field(w.L, w.status, path, "wants integer, got a fraction or more than 53 bits");
    }
    integer = static_cast<int64_t>(number);
  } else if (value.type() == element_type::UINT64) {
    clb_raise_field(w.L, w.status, path, "is beyond 64 bits");
  } else if (value.get(integer)) {
    refuse_type(w, value, node, path);
  }
  check_range(w, static_cast<double>(integer), node, path);
  lua_pushinteger(w.L, integer);
}

void push_number(const walk &w, element value, const clb_node *node, const clb_path *path) {
  switch (value.type()) {
    case element_type::INT64: {
      int64_t integer = value.get_int64().value_unsafe();
      check_range(w, static_cast<double>(integer), node, path);
      lua_pushinteger(w.L, integer);
      break;
    }
    case element_type::DOUBLE: {
      double number = value.get_double().value_unsafe();
      check_range(w, number, node, path);
      lua_pushnumber(w.L, number);
      break;
    }
    case element_type::UINT64: clb_raise_field(w.L, w.status, path, "is beyond 64 bits"); break;
    default: refuse_type(w, value, node, path);
  }
}

// The child of this name, looked for from `hint` on: members mostly come in the schema's order.
const clb_node *find_child(const walk &w, const clb_node *node, std::string_view name, uint32_t &hint) {
  const clb_node *children = &w.vm->nodes[node->first_child];
  for (uint32_t i = 0; i < node->child_count; i++) {
    uint32_t place = hint + i < node->child_count ? hint + i : hint + i - node->child_count;
    const clb_node *child = &children[place];
    if (child->name_length == name.size() && memcmp(child->name, name.data(), name.size()) == 0) {
      hint = place + 1 < node->child_count ? place + 1 : 0;
      return child;
    }
  }
  return nullptr;
}

void push_typed(const walk &w, element value, const clb_node *node, const clb_path *path, int depth);

[[noreturn]] void refuse_unknown(const walk &w, std::string_view name, const clb_path *path) {
  if (path != nullptr) {
    clb_raise_field(w.L, w.status, path, "has an unknown field '%.*s'", static_cast<int>(name.size() < 100 ? name.size() : 100), name.data());
  }
  clb_raise(w.L, w.status, "unknown field '%.*s'", static_cast<int>(name.size() < 100 ? name.size() : 100), name.data());
  abort();
}

// [-0, +0, e] Fills in what the object of the record on the top left out.
void fill_absent(const walk &w, const clb_node *node, const clb_path *path) {
  lua_State *L = w.L;
  int record = lua_gettop(L);
  for (uint32_t i = 0; i < node->child_count; i++) {
    const clb_node *child = &w.vm->nodes[node->first_child + i];
    lua_rawgeti(L, w.keys, child->slot);
    if (lua_rawget(L, record) == LUA_TNIL) {
      if (child->has_default) {
        lua_rawgeti(L, w.keys, child->slot);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_defaults);
        lua_rawgeti(L, -1, child->slot);
        lua_remove(L, -2);
        lua_rawset(L, record);
      } else if (!child->optional) {
        clb_path here = {path, child->name, child->name_length, 0};
        clb_raise_field(L, w.status, &here, "is missing: it wants %s", clb_type_name(child));
      }
    }
    lua_pop(L, 1);
  }
}

void push_record(const walk &w, simdjson::dom::object object, const clb_node *node, const clb_path *path, int depth) {
  lua_State *L = w.L;
  lua_createtable(L, 0, static_cast<int>(node->child_count));
  uint32_t hint = 0, found = 0;
  uint64_t seen = 0;
  for (auto field : object) {
    const clb_node *child = find_child(w, node, field.key, hint);
    if (child == nullptr) refuse_unknown(w, field.key, path);
    clb_path here = {path, child->name, child->name_length, 0};
    uint64_t place = static_cast<uint64_t>(child - &w.vm->nodes[node->first_child]);
    if (place < 64 && (seen >> place & 1)) clb_raise_field(L, w.status, &here, "stands twice");
    if (place < 64) seen |= uint64_t{1} << place;
    if (field.value.type() == element_type::NULL_VALUE) continue;
    lua_rawgeti(L, w.keys, child->slot);
    push_typed(w, field.value, child, &here, depth + 1);
    lua_rawset(L, -3);
    found++;
  }
  if (found < node->child_count) fill_absent(w, node, path);
}

void push_list(const walk &w, element value, const clb_node *node, const clb_path *path, int depth) {
  simdjson::dom::array array;
  if (value.get(array)) refuse_type(w, value, node, path);
  const clb_node *child = &w.vm->nodes[node->first_child];
  size_t count = array.size();
  clb_charge(w.L, count);
  lua_createtable(w.L, static_cast<int>(count < 4096 ? count : 4096), 0);
  lua_Integer index = 0;
  for (element one : array) {
    clb_path here = {path, nullptr, 0, ++index};
    push_typed(w, one, child, &here, depth + 1);
    lua_rawseti(w.L, -2, index);
  }
}

// [-0, +1, e] A text that is checked: an account, one of the options.
void push_typed_text(const walk &w, element value, const clb_node *node, const clb_path *path) {
  std::string_view text;
  if (value.get(text)) refuse_type(w, value, node, path);
  if (node->type == CLB_TYPE_ACCOUNT && !clb_account_is_valid(text.data(), text.size())) {
    clb_raise_field(w.L, w.status, path, "is no account name");
  }
  if (node->type == CLB_TYPE_ENUM) {
    uint32_t hint = 0;
    const clb_node *option = find_child(w, node, text, hint);
    if (option == nullptr) {
      clb_raise_field(w.L, w.status, path, "is none of its options: '%.*s'", static_cast<int>(text.size() < 100 ? text.size() : 100), text.data());
    }
    lua_rawgeti(w.L, w.keys, option->slot);
    return;
  }
  push_text(w, text, path);
}

void push_typed_amount(const walk &w, element value, const clb_node *node, const clb_path *path) {
  std::string_view text;
  simdjson::dom::object object;
  clb_amount amount;
  if (!value.get(text)) {
    const char *wrong = clb_amount_from_text(text.data(), text.size(), &amount);
    if (wrong != nullptr) clb_raise_field(w.L, w.status, path, "is no amount: %s", wrong);
    clb_push_amount(w.L, amount.minor, amount.asset, amount.asset_length, amount.scale);
    return;
  }
  if (value.get(object)) refuse_type(w, value, node, path);
  if (!push_amount_object(w, object)) {
    clb_raise_field(w.L, w.status, path, "is no amount: it wants {\"asset\",\"minor\"} with whole minor units");
  }
}

// [-0, +1, e] A value as its node wants it.
void push_typed(const walk &w, element value, const clb_node *node, const clb_path *path, int depth) {
  if (depth > CLB_DEPTH_LIMIT) clb_raise_field(w.L, w.status, path, "is nested more than %d levels", CLB_DEPTH_LIMIT);
  luaL_checkstack(w.L, 10, "nested too deep");
  switch (node->type) {
    case CLB_TYPE_ANY: push_any(w, value, path, depth); break;
    case CLB_TYPE_STRING: case CLB_TYPE_ACCOUNT: case CLB_TYPE_ENUM: push_typed_text(w, value, node, path); break;
    case CLB_TYPE_INTEGER: push_integer(w, value, node, path); break;
    case CLB_TYPE_NUMBER: push_number(w, value, node, path); break;
    case CLB_TYPE_BOOLEAN:
      if (value.type() != element_type::BOOL) refuse_type(w, value, node, path);
      lua_pushboolean(w.L, value.get_bool().value_unsafe());
      break;
    case CLB_TYPE_AMOUNT: push_typed_amount(w, value, node, path); break;
    case CLB_TYPE_LIST: push_list(w, value, node, path, depth); break;
    case CLB_TYPE_RECORD: {
      simdjson::dom::object object;
      if (value.get(object)) refuse_type(w, value, node, path);
      push_record(w, object, node, path, depth);
      break;
    }
  }
}

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

// [-0, +0, e] The document of padded bytes in the input buffer.
element parse(lua_State *L, clb_bytes json, clb_status status) {
  clb_vm *vm = clb_of(L);
  element root;
  if (json.bytes == nullptr) clb_stop_memory(L);
  simdjson::error_code code = static_cast<parser *>(vm->parser)->parse(json.bytes, json.count, false).get(root);
  if (code == simdjson::MEMALLOC) clb_stop_memory(L);
  if (code != simdjson::SUCCESS) clb_raise(L, status, "the input %s", parsing_message(code));
  return root;
}

}  // namespace

bool clb_parser_create(clb_vm *vm) {
  vm->parser = new (std::nothrow) parser(CLB_INPUT_LIMIT + 4096);
  return vm->parser != nullptr;
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
  if (json.count > CLB_INPUT_LIMIT + 2048) clb_raise(L, CLB_INVALID_INPUT, "the input is over 1 MiB");
  element root = parse(L, clb_input_copy(vm, json.bytes, json.count), CLB_INVALID_INPUT);
  if (enveloped) {
    simdjson::dom::object envelope;
    if (root.get(envelope)) clb_raise(L, CLB_INVALID_INPUT, "the body wants {\"input\":{…}}, got a %s", type_name(root));
    bool found = false;
    for (auto field : envelope) {
      if (field.key != "input" || found) {
        clb_raise(L, CLB_INVALID_INPUT, "the body wants {\"input\":{…}}, and has '%.*s'", static_cast<int>(field.key.size() < 100 ? field.key.size() : 100), field.key.data());
      }
      root = field.value;
      found = true;
    }
    if (!found) clb_raise(L, CLB_INVALID_INPUT, "the body wants {\"input\":{…}}: 'input' is missing");
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  walk w = {L, vm, lua_gettop(L), CLB_INVALID_INPUT, false};
  simdjson::dom::object object;
  if (root.get(object)) clb_raise(L, CLB_INVALID_INPUT, "the input wants an object, got a %s", type_name(root));
  push_record(w, object, &vm->nodes[number], nullptr, 1);
  lua_remove(L, w.keys);
}

void clb_push_json(lua_State *L, clb_bytes json, bool amounts) {
  clb_vm *vm = clb_of(L);
  if (json.bytes != vm->input.bytes) json = clb_input_copy(vm, json.bytes, json.count);
  element root = parse(L, json, CLB_RUNTIME);
  walk w = {L, vm, 0, CLB_RUNTIME, amounts};
  push_any(w, root, nullptr, 1);
}

size_t clb_print_double(double value, char out[40]) {
  std::to_chars_result result = std::to_chars(out, out + 36, value);
  size_t length = static_cast<size_t>(result.ptr - out);
  // A float stays one: 5 would be read back as an integer.
  if (memchr(out, '.', length) == nullptr && memchr(out, 'e', length) == nullptr) {
    out[length++] = '.';
    out[length++] = '0';
  }
  return length;
}
