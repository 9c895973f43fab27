// JSON into Lua tables as a schema wants it.
#include <cstring>

#include "json/reader.h"

using namespace clb;

// MARK: Single values

const char *clb::wrong_type(element value, const clb_node *node, clb_fault *room) {
  snprintf(room->text, sizeof room->text, "wants %s, got %s", clb_type_name(node), type_name(value));
  return room->text;
}

const char *clb::read_text(lua_State *L, element value, const clb_node *node, std::string_view *text,
                           clb_fault *room) {
  if (value.get(*text)) return wrong_type(value, node, room);
  return clb_text_fault(L, node, text->data(), text->size(), room);
}

namespace {

// An integer, also one that is written as 5.0 or 5e3, while a double holds it exactly.
const char *read_integer(element value, const clb_node *node, lua_Integer *integer, clb_fault *room) {
  int64_t whole = 0;
  if (value.type() == element_type::DOUBLE) {
    double number = value.get_double().value_unsafe();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    bool is_exact = number >= -kExact && number <= kExact;
    if (is_exact) whole = static_cast<int64_t>(number);
    if (!is_exact || number != static_cast<double>(whole)) {
      return "wants integer, got a fraction or more than 53 bits";
    }
  } else if (value.type() == element_type::UINT64) {
    return "is beyond 64 bits";
  } else if (value.get(whole)) {
    return wrong_type(value, node, room);
  }
  *integer = whole;
  return nullptr;
}

}  // namespace

const char *clb::read_number(lua_State *L, element value, const clb_node *node, lua_Integer *integer,
                             double *number, bool *is_integer, clb_fault *room) {
  *is_integer = true;
  if (node->type == CLB_TYPE_INTEGER) {
    const char *wrong = read_integer(value, node, integer, room);
    return wrong != nullptr ? wrong : clb_number_fault(clb_of(L), node, *integer, room);
  }
  switch (value.type()) {
    case element_type::INT64:
      *integer = value.get_int64().value_unsafe();
      return clb_number_fault(clb_of(L), node, *integer, room);
    case element_type::DOUBLE:
      *number = value.get_double().value_unsafe();
      // One of several numbers is the one that the schema has, whichever way it is written.
      *is_integer = node->type == CLB_TYPE_NUMBERS && read_integer(value, node, integer, room) == nullptr;
      return clb_number_fault(clb_of(L), node, *number, room);
    case element_type::UINT64: return "is beyond 64 bits";
    default: return wrong_type(value, node, room);
  }
}

const char *clb::read_amount(element value, const clb_node *node, clb_amount *amount, clb_fault *room) {
  std::string_view text;
  simdjson::dom::object object;
  if (!value.get(text)) {
    const char *wrong = clb_amount_from_text(text.data(), text.size(), amount);
    if (wrong != nullptr) {
      snprintf(room->text, sizeof room->text, "is no amount: %s", wrong);
      return room->text;
    }
  } else if (value.get(object)) {
    return wrong_type(value, node, room);
  } else if (!read_amount_object(object, amount)) {
    return "is no amount: it wants {\"asset\",\"minor\"} with whole minor units";
  }
  return clb_amount_fault(node, amount, room);
}

namespace {

// [-0, +1, e] A text that is checked; one of several options is the interned one.
void push_typed_text(const walk &w, element value, const clb_node *node, const clb_path *path) {
  std::string_view text;
  clb_fault room;
  clb_charge(w.L, clb_fuel_of_search(node));
  const char *wrong = read_text(w.L, value, node, &text, &room);
  if (wrong != nullptr) refuse(w, path, "%s", wrong);
  if (node->type != CLB_TYPE_ENUM) return push_text(w, text, path);
  uint32_t hint = 0;
  lua_rawgeti(w.L, w.keys, clb_find_child(w.vm, node, text.data(), text.size(), &hint)->slot);
}

void push_typed_number(const walk &w, element value, const clb_node *node, const clb_path *path) {
  lua_Integer integer = 0;
  double number = 0;
  bool is_integer;
  clb_fault room;
  clb_charge(w.L, clb_fuel_of_search(node));
  const char *wrong = read_number(w.L, value, node, &integer, &number, &is_integer, &room);
  if (wrong != nullptr) refuse(w, path, "%s", wrong);
  if (is_integer) lua_pushinteger(w.L, integer);
  else lua_pushnumber(w.L, number);
}

void push_typed_amount(const walk &w, element value, const clb_node *node, const clb_path *path) {
  clb_amount amount;
  clb_fault room;
  const char *wrong = read_amount(value, node, &amount, &room);
  if (wrong != nullptr) refuse(w, path, "%s", wrong);
  clb_push_amount(w.L, amount.minor, amount.asset, amount.asset_length, amount.scale);
}

[[noreturn]] void refuse_type(const walk &w, element value, const clb_node *node,
                              const clb_path *path) {
  clb_fault room;
  refuse(w, path, "%s", wrong_type(value, node, &room));
}

// MARK: Records, lists and maps

[[noreturn]] void refuse_unknown(const walk &w, std::string_view name, const clb_path *path) {
  if (path != nullptr) refuse(w, path, "has an unknown field '%.*s'", shown(name), name.data());
  char all[600];
  if (w.document != nullptr && describe_faults(w, all, sizeof all) > 1) {
    clb_raise(w.L, w.status, "%s", all);
  }
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
    clb_charge(L, kFuelPerMember);
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

void check_count(const walk &w, const clb_node *node, size_t count, const clb_path *path) {
  clb_fault room;
  if (!node->bounded) return;
  const char *wrong = clb_count_fault(node, static_cast<int64_t>(count), &room);
  if (wrong != nullptr) refuse(w, path, "%s", wrong);
}

void push_list(const walk &w, simdjson::dom::array array, const clb_node *node,
               const clb_path *path, int depth) {
  const clb_node *child = &w.vm->schema.nodes[node->first_child];
  size_t count = array.size();
  check_count(w, node, count, path);
  clb_charge(w.L, kFuelPerTable + count);
  lua_createtable(w.L, table_size(count), 0);
  lua_Integer index = 0;
  for (element one : array) {
    clb_path here = {path, nullptr, 0, ++index};
    if (one.type() == element_type::NULL_VALUE) refuse_type(w, one, child, &here);
    push_typed(w, one, child, &here, depth + 1);
    lua_rawseti(w.L, -2, index);
  }
}

// [-0, +1, e] An object with any names, and values of one type.
void push_map(const walk &w, simdjson::dom::object object, const clb_node *node,
              const clb_path *path, int depth) {
  const clb_node *child = &w.vm->schema.nodes[node->first_child];
  size_t count = object.size();
  check_count(w, node, count, path);
  clb_charge(w.L, kFuelPerTable + kFuelPerMember * count);
  charge_collisions(w, object);
  lua_createtable(w.L, 0, table_size(count));
  for (auto field : object) {
    clb_path here = {path, field.key.data(), field.key.size(), 0};
    push_new_key(w, field.key, &here);
    if (field.value.type() == element_type::NULL_VALUE) refuse_type(w, field.value, child, &here);
    push_typed(w, field.value, child, &here, depth + 1);
    lua_rawset(w.L, -3);
  }
}

}  // namespace

// Every member known and once, every field given, filled in or optional.
void clb::push_record(const walk &w, simdjson::dom::object object, const clb_node *node,
                      const clb_path *path, int depth) {
  lua_State *L = w.L;
  const clb_node *children = &w.vm->schema.nodes[node->first_child];
  uint64_t seen[CLB_FIELDS_LIMIT / 64];
  memset(seen, 0, (node->child_count + 63) / 64 * sizeof *seen);
  clb_charge(L, kFuelPerTable + kFuelPerMember * object.size() + node->child_count);
  lua_createtable(L, 0, static_cast<int>(node->child_count));
  uint32_t hint = 0, found = 0;
  for (auto field : object) {
    // Looked for from the one before on: members mostly come in the schema's order.
    const clb_node *child = clb_find_child(w.vm, node, field.key.data(), field.key.size(), &hint);
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

void clb::push_typed(const walk &w, element value, const clb_node *node, const clb_path *path,
                     int depth) {
  simdjson::dom::array array;
  simdjson::dom::object object;
  switch (node->type) {
    case CLB_TYPE_ANY: push_any(w, value, path, depth); break;
    case CLB_TYPE_STRING:
    case CLB_TYPE_ACCOUNT:
    case CLB_TYPE_DECIMAL:
    case CLB_TYPE_DATE:
    case CLB_TYPE_TIMESTAMP:
    case CLB_TYPE_ENUM: push_typed_text(w, value, node, path); break;
    case CLB_TYPE_INTEGER:
    case CLB_TYPE_NUMBER:
    case CLB_TYPE_NUMBERS: push_typed_number(w, value, node, path); break;
    case CLB_TYPE_BOOLEAN:
      if (value.type() != element_type::BOOL) refuse_type(w, value, node, path);
      lua_pushboolean(w.L, value.get_bool().value_unsafe());
      break;
    case CLB_TYPE_AMOUNT: push_typed_amount(w, value, node, path); break;
    case CLB_TYPE_LIST:
      if (value.get(array)) refuse_type(w, value, node, path);
      enter(w, path, depth);
      push_list(w, array, node, path, depth);
      break;
    case CLB_TYPE_MAP:
      if (value.get(object)) refuse_type(w, value, node, path);
      enter(w, path, depth);
      push_map(w, object, node, path, depth);
      break;
    case CLB_TYPE_RECORD:
      if (value.get(object)) refuse_type(w, value, node, path);
      enter(w, path, depth);
      push_record(w, object, node, path, depth);
      break;
    case CLB_TYPE_ANY_OF: {
      const clb_node *form = fitting_form(w.L, value, node, depth);
      if (form == nullptr) refuse(w, path, "fits none of its forms");
      push_typed(w, value, form, path, depth);
      break;
    }
  }
}
