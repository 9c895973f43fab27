// JSON parsed straight into Lua tables: documents, and values without a schema.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "json/reader.h"
#include "vm/liblua.h"

using namespace clb;
using simdjson::dom::parser;

namespace {

constexpr size_t kPadding = simdjson::SIMDJSON_PADDING;
constexpr size_t kKept = 64 << 10;  // bytes of text for which a parser keeps its memory
constexpr size_t kEnvelope = 2048;  // bytes that {"input":…} may add to an input
constexpr size_t kFaults = 560;     // bytes for all that is wrong with an input

}  // namespace

void clb::refuse(const walk &w, const clb_path *path, const char *format, ...) {
  char text[400], all[kFaults];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (w.document != nullptr && describe_faults(w, all, sizeof all) > 1 && strstr(all, text) != nullptr) {
    clb_raise(w.L, w.status, "%s", all);
  }
  if (path == nullptr) clb_raise(w.L, w.status, "%s %s", w.subject, text);
  clb_raise_field(w.L, w.status, path, "%s", text);
  abort();
}

const char *clb::type_name(element value) {
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

void clb::push_text(const walk &w, std::string_view text, const clb_path *path) {
  // Values cost, not the bytes they came in: the same input costs the same in an envelope, and with white space.
  clb_charge_bytes(w.L, text.size());
  if (memchr(text.data(), 0, text.size()) != nullptr) refuse(w, path, "holds a zero byte");
  lua_pushlstring(w.L, text.data(), text.size());
}

void clb::charge_collisions(const walk &w, simdjson::dom::object object) {
  constexpr size_t kPlaces = 1 << 14, kFew = 32;
  constexpr uint64_t kChance = 16, kFuelPerNeighbour = 2;
  size_t count = object.size(), places = kFew;
  if (count < kFew) return;
  while (places < count && places < kPlaces) places *= 2;
  uint16_t members[kPlaces];
  memset(members, 0, places * sizeof *members);
  uint64_t fuel = 0;
  for (auto field : object) {
    uint16_t &here = members[clb_text_hash(field.key.data(), field.key.size()) & (places - 1)];
    if (here >= kChance) fuel += (here - kChance) * kFuelPerNeighbour;
    if (here < UINT16_MAX) here++;
  }
  clb_charge(w.L, fuel + count);
}

void clb::enter(const walk &w, const clb_path *path, int depth) {
  if (depth > CLB_DEPTH_LIMIT) refuse(w, path, "is nested more than %d levels", CLB_DEPTH_LIMIT);
  luaL_checkstack(w.L, 12, "nested too deep");
}

// MARK: Any value

bool clb::read_amount_object(simdjson::dom::object object, clb_amount *amount) {
  if (object.size() != 2) return false;
  element asset, minor;
  std::string_view text;
  int64_t units;
  if (object.at_key("asset").get(asset) || object.at_key("minor").get(minor)) return false;
  if (asset.get(text) || minor.get(units)) return false;
  return clb_make_amount(units, text.data(), text.size(), amount) == nullptr;
}

void clb::push_new_key(const walk &w, std::string_view name, const clb_path *path) {
  push_text(w, name, path);
  lua_pushvalue(w.L, -1);
  if (lua_rawget(w.L, -3) != LUA_TNIL) refuse(w, path, "stands twice");
  lua_pop(w.L, 1);
}

namespace {

// [-0, +1, e] An object as a table. A null stands in it until all members are known, so that
// none stands twice unseen.
void push_any_object(const walk &w, simdjson::dom::object object, const clb_path *path, int depth) {
  lua_State *L = w.L;
  size_t count = object.size(), nulls = 0;
  clb_charge(L, kFuelPerTable + kFuelPerMember * count);
  charge_collisions(w, object);
  lua_createtable(L, 0, table_size(count));
  for (auto field : object) {
    clb_path here = {path, field.key.data(), field.key.size(), 0};
    push_new_key(w, field.key, &here);
    if (field.value.type() == element_type::NULL_VALUE) {
      lua_pushlightuserdata(L, const_cast<char *>(&clb_key_keys));
      nulls++;
    } else {
      push_any(w, field.value, &here, depth + 1);
    }
    lua_rawset(L, -3);
  }
  if (nulls == 0) return;
  clb_charge(L, nulls);
  for (auto field : object) {
    if (field.value.type() != element_type::NULL_VALUE) continue;
    lua_pushlstring(L, field.key.data(), field.key.size());
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
}

void push_any_list(const walk &w, simdjson::dom::array array, const clb_path *path, int depth) {
  size_t count = array.size();
  clb_charge(w.L, kFuelPerTable + count);
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

}  // namespace

void clb::push_any(const walk &w, element value, const clb_path *path, int depth) {
  lua_State *L = w.L;
  clb_amount amount;
  switch (value.type()) {
    case element_type::OBJECT: {
      simdjson::dom::object object = value.get_object().value_unsafe();
      enter(w, path, depth);
      if (w.amounts && read_amount_object(object, &amount)) {
        clb_push_amount(L, amount.minor, amount.asset, amount.asset_length, amount.scale);
      } else {
        push_any_object(w, object, path, depth);
      }
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

// MARK: Documents

namespace {

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
  walk w = {L, vm, lua_gettop(L), CLB_INVALID_INPUT, false, "the input", nullptr, nullptr};
  if (json.count > limit) refuse(w, nullptr, "is over 1 MiB");
  element root = parse(w, clb_input_copy(vm, json.bytes, json.count), limit);
  if (enveloped) root = open_envelope(w, root);
  simdjson::dom::object object;
  if (root.get(object)) refuse(w, nullptr, "wants an object, got %s", type_name(root));
  w.document = &root;
  w.record = &vm->schema.nodes[number];
  push_record(w, object, w.record, nullptr, 1);
  lua_remove(L, w.keys);
  clb_parser_trim(vm);
}

void clb_push_json(lua_State *L, clb_bytes json, bool amounts) {
  clb_vm *vm = clb_of(L);
  walk w = {L, vm, 0, CLB_RUNTIME, amounts, "the input", nullptr, nullptr};
  if (json.count > CLB_INPUT_LIMIT) refuse(w, nullptr, "is over 1 MiB");
  element root = parse(w, clb_input_copy(vm, json.bytes, json.count), CLB_INPUT_LIMIT);
  push_any(w, root, nullptr, 1);
  clb_parser_trim(vm);
}

// [-0, +1, e] A host call's answer, which stands in the input buffer.
void clb_push_answer(lua_State *L, clb_bytes json) {
  walk w = {L, clb_of(L), 0, CLB_RUNTIME, true, "the host's answer", nullptr, nullptr};
  element root = parse(w, json, CLB_INPUT_LIMIT);
  push_any(w, root, nullptr, 1);
  clb_parser_trim(w.vm);
}

// [-0, +1, e] A field's default, as its node wants it.
void clb_push_default(lua_State *L, const clb_node *node, clb_bytes json) {
  clb_vm *vm = clb_of(L);
  char subject[160];
  int length = node->name_length < 100 ? static_cast<int>(node->name_length) : 100;
  snprintf(subject, sizeof subject, "the default of field '%.*s'", length, node->name);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  walk w = {L, vm, lua_gettop(L), CLB_RUNTIME, false, subject, nullptr, nullptr};
  if (json.count > CLB_INPUT_LIMIT) refuse(w, nullptr, "is over 1 MiB");
  element root = parse(w, clb_input_copy(vm, json.bytes, json.count), CLB_INPUT_LIMIT);
  push_typed(w, root, node, nullptr, 1);
  lua_remove(L, w.keys);
}
