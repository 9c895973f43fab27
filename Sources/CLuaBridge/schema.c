// Schemas as the VM holds them, and the checks of single texts.
#include <stdlib.h>
#include <string.h>

#include "vm.h"

const char *clb_type_name(const clb_node *node) {
  static const char *const names[] = {"any",     "string",  "integer", "number", "boolean",
                                      "amount",  "account", "enum",    "list",   "record"};
  return names[node->type];
}

bool clb_account_is_valid(const char *text, size_t length) {
  size_t segment = 0;
  if (length > 255) return false;
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    bool is_allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
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
    if ((*at == 0xE0 && second < 0xA0) || (*at == 0xED && second > 0x9F) || (*at == 0xF0 && second < 0x90) ||
        (*at == 0xF4 && second > 0x8F)) {
      return false;
    }
    for (size_t i = 1; i <= more; i++) {
      if ((at[i] & 0xC0) != 0x80) return false;
    }
    at += more + 1;
  }
  return true;
}

// [-0, +0, e] Adds nodes behind those the VM has; places are shifted by as many.
void clb_add_schema(lua_State *L, const clb_schema_node *nodes, uint32_t count) {
  clb_vm *vm = clb_of(L);
  uint32_t base = vm->node_count;
  clb_node *grown = clb_reserve(vm, vm->nodes, (base + count) * sizeof *grown);
  if (grown == NULL) clb_stop_memory(L);
  vm->nodes = grown;
  memset(grown + base, 0, count * sizeof *grown);
  for (uint32_t i = 0; i < count; i++) {
    const clb_schema_node *from = &nodes[i];
    clb_node *to = &grown[base + i];
    *to = (clb_node){
        .type = from->type,
        .optional = from->optional,
        .has_minimum = from->has_minimum,
        .has_maximum = from->has_maximum,
        .has_default = from->default_json.count > 0,
        .minimum = from->minimum,
        .maximum = from->maximum,
        .name_length = from->name.count,
        .slot = base + i + 1,
        .first_child = from->first_child + base,
        .child_count = from->child_count,
    };
    to->name = clb_reserve(vm, NULL, from->name.count + 1);
    if (to->name == NULL) clb_stop_memory(L);
    vm->node_count = base + i + 1;
    memcpy(to->name, from->name.bytes, from->name.count);
    to->name[from->name.count] = '\0';
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
    lua_pushlstring(L, to->name, to->name_length);
    lua_rawseti(L, -2, to->slot);
    lua_pop(L, 1);
    if (!to->has_default) continue;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_defaults);
    clb_push_json(L, clb_input_copy(vm, from->default_json.bytes, from->default_json.count), true);
    clb_freeze_top(L);
    lua_rawseti(L, -2, to->slot);
    lua_pop(L, 1);
  }
}

void clb_schema_free(clb_vm *vm) {
  for (uint32_t i = 0; i < vm->node_count; i++) free(vm->nodes[i].name);
  free(vm->nodes);
}
