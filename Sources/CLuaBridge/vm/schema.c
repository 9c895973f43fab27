// Schemas as the VM holds them, and the checks of single texts.
#include <stdlib.h>
#include <string.h>

#include "vm/vm.h"

const char *clb_type_name(const clb_node *node) {
  static const char *const names[] = {"any",     "string", "integer",   "number", "boolean", "amount",
                                      "account", "enum",   "list",      "record", "decimal", "date",
                                      "timestamp", "map",  "number",    "any_of"};
  return names[node->type];
}

bool clb_account_is_valid(const char *text, size_t length) {
  size_t segment = 0;
  if (length > 255) return false;
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    bool is_allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (is_allowed) {
      segment++;
    } else if (c == ':' && segment > 0) {
      segment = 0;
    } else {
      return false;
    }
  }
  return segment > 0;
}

// Valid UTF-8 (RFC 3629) without a zero byte.
bool clb_text_is_valid(const char *text, size_t length) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  while (at < end) {
    if (*at < 0x80) {
      if (*at++ == 0) return false;
      continue;
    }
    size_t more = *at >= 0xF0 ? 3 : *at >= 0xE0 ? 2 : 1;
    if (*at < 0xC2 || *at > 0xF4 || (size_t)(end - at) <= more) return false;
    unsigned char second = at[1];
    if ((*at == 0xE0 && second < 0xA0) || (*at == 0xED && second > 0x9F) ||
        (*at == 0xF0 && second < 0x90) || (*at == 0xF4 && second > 0x8F)) {
      return false;
    }
    for (size_t i = 1; i <= more; i++) {
      if ((at[i] & 0xC0) != 0x80) return false;
    }
    at += more + 1;
  }
  return true;
}

// [-0, +0, e] Notes what a member of this name is printed with.
static void make_label(lua_State *L, clb_node *node) {
  clb_vm *vm = clb_of(L);
  clb_path path = {.parent = NULL, .name = node->name, .name_length = node->name_length};
  vm->output.count = 0;
  clb_write_string(L, node->name, node->name_length, &path, CLB_RUNTIME);
  clb_write_bytes(L, ":", 1);
  node->label = clb_reserve(vm, NULL, vm->output.count);
  if (node->label == NULL) clb_stop_memory(L);
  memcpy(node->label, vm->output.bytes, vm->output.count);
  node->label_length = vm->output.count;
}

// [-0, +0, e] Adds a node behind those the VM has, whose array has room for it.
static void add_node(lua_State *L, const clb_schema_node *from, uint32_t base) {
  clb_vm *vm = clb_of(L);
  clb_node *to = &vm->schema.nodes[vm->schema.node_count];
  if (from->type == CLB_TYPE_RECORD && from->child_count > CLB_FIELDS_LIMIT) {
    clb_raise(L, CLB_RUNTIME, "a record has at most %d fields", CLB_FIELDS_LIMIT);
  }
  *to = (clb_node){
      .type = from->type,
      .optional = from->optional,
      .has_minimum = from->has_minimum,
      .has_maximum = from->has_maximum,
      .has_default = from->default_json.count > 0,
      .bounded = from->least != INT64_MIN || from->most != INT64_MAX || from->text.count > 0,
      .least = from->least,
      .most = from->most,
      .minimum = from->minimum,
      .maximum = from->maximum,
      .name_length = from->name.count,
      .slot = vm->schema.node_count + 1,
      .first_child = from->first_child + base,
      .child_count = from->child_count,
  };
  to->name = clb_reserve(vm, NULL, from->name.count + 1);
  if (to->name == NULL) clb_stop_memory(L);
  vm->schema.node_count++;
  if (from->text.count > 0) {
    to->text = clb_reserve(vm, NULL, from->text.count + 1);
    if (to->text == NULL) clb_stop_memory(L);
    memcpy(to->text, from->text.bytes, from->text.count);
    to->text[to->text_length = from->text.count] = '\0';
  }
  memcpy(to->name, from->name.bytes, from->name.count);
  to->name[from->name.count] = '\0';
  make_label(L, to);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  lua_pushlstring(L, to->name, to->name_length);
  lua_rawseti(L, -2, to->slot);
  lua_pop(L, 1);
}

// MARK: Many children

// So many are gone through one by one.
#define FEW_CHILDREN 8

static int compare_names(const void *left, const void *right) {
  const clb_ordered_child *a = left, *b = right;
  int order = memcmp(a->name, b->name, a->length < b->length ? a->length : b->length);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare_numbers(const void *left, const void *right) {
  const clb_ordered_child *a = left, *b = right;
  return (a->number > b->number) - (a->number < b->number);
}

// [-0, +0, e] Notes the children of the node at `place` in their order, where there are many.
static void order_children(lua_State *L, uint32_t place) {
  clb_vm *vm = clb_of(L);
  clb_node *node = &vm->schema.nodes[place];
  bool has_order = node->type == CLB_TYPE_RECORD || node->type == CLB_TYPE_ENUM ||
                   node->type == CLB_TYPE_NUMBERS;
  if (!has_order || node->child_count <= FEW_CHILDREN) return;
  node->order = clb_reserve(vm, NULL, node->child_count * sizeof *node->order);
  if (node->order == NULL) clb_stop_memory(L);
  for (uint32_t i = 0; i < node->child_count; i++) {
    const clb_node *child = &vm->schema.nodes[node->first_child + i];
    node->order[i] = (clb_ordered_child){
        .name = child->name, .length = child->name_length, .number = child->minimum, .place = i};
  }
  qsort(node->order, node->child_count, sizeof *node->order,
        node->type == CLB_TYPE_NUMBERS ? compare_numbers : compare_names);
}

uint64_t clb_fuel_of_search(const clb_node *node) {
  return node->order == NULL ? 0 : (uint64_t)(32 - __builtin_clz(node->child_count)) / 2;
}

// [-0, +0, e] Adds nodes behind those the VM has; places are shifted by as many.
void clb_add_schema(lua_State *L, const clb_schema_node *nodes, uint32_t count) {
  clb_vm *vm = clb_of(L);
  uint32_t base = vm->schema.node_count;
  clb_node *grown = clb_reserve(vm, vm->schema.nodes, (base + count) * sizeof *grown);
  if (grown == NULL) clb_stop_memory(L);
  vm->schema.nodes = grown;
  for (uint32_t i = 0; i < count; i++) add_node(L, &nodes[i], base);
  for (uint32_t i = 0; i < count; i++) order_children(L, base + i);
  // Children stand behind their parents: a record's default is filled in with its fields' own.
  for (uint32_t i = count; i-- > 0;) {
    const clb_node *node = &vm->schema.nodes[base + i];
    if (!node->has_default) continue;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_defaults);
    clb_push_default(L, node, nodes[i].default_json);
    lua_rawseti(L, -2, node->slot);
    lua_pop(L, 1);
  }
}

void clb_schema_free(clb_vm *vm) {
  for (uint32_t i = 0; i < vm->schema.node_count; i++) {
    free(vm->schema.nodes[i].name);
    free(vm->schema.nodes[i].label);
    free(vm->schema.nodes[i].text);
    free(vm->schema.nodes[i].order);
  }
  free(vm->schema.nodes);
}
