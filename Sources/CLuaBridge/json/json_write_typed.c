// Lua values printed as JSON as a schema wants them.
#include "json/writer.h"

// [-0, +0, e] Raises: the value at `index` is not what `node` wants.
static void refuse_type(lua_State *L, int index, const clb_node *node, const clb_path *path) {
  const char *got = clb_amount_at(L, index) != NULL ? "amount" : luaL_typename(L, index);
  clb_raise_field(L, CLB_INVALID_OUTPUT, path, "wants %s, got %s", clb_type_name(node), got);
}

static void refuse_fault(lua_State *L, const clb_path *path, const char *wrong) {
  if (wrong != NULL) clb_raise_field(L, CLB_INVALID_OUTPUT, path, "%s", wrong);
}

static void write_typed_number(lua_State *L, int index, const clb_node *node,
                               const clb_path *path) {
  int64_t value;
  clb_fault room;
  if (lua_type(L, index) != LUA_TNUMBER) refuse_type(L, index, node, path);
  clb_charge(L, clb_fuel_of_search(node));
  bool is_integer = clb_exact_integer(L, index, &value);
  if (node->type == CLB_TYPE_INTEGER && !is_integer) {
    refuse_fault(L, path, "wants integer, got a fraction or more than 53 bits");
  }
  long double number = lua_isinteger(L, index) ? (long double)lua_tointeger(L, index)
                                               : (long double)lua_tonumber(L, index);
  refuse_fault(L, path, clb_number_fault(clb_of(L), node, number, &room));
  if (node->type != CLB_TYPE_NUMBER && is_integer) clb_write_integer(L, value);
  else clb_write_number(L, index, path, CLB_INVALID_OUTPUT);
}

static void write_typed_text(lua_State *L, int index, const clb_node *node, const clb_path *path) {
  size_t length;
  clb_fault room;
  if (lua_type(L, index) != LUA_TSTRING) refuse_type(L, index, node, path);
  const char *text = lua_tolstring(L, index, &length);
  clb_charge(L, clb_fuel_of_search(node) + clb_fuel_of_long_text(length));
  refuse_fault(L, path, clb_text_fault(L, node, text, length, &room));
  clb_write_string(L, text, length, path, CLB_INVALID_OUTPUT);
}

static void write_typed_amount(lua_State *L, int index, const clb_node *node,
                               const clb_path *path) {
  clb_amount amount;
  clb_fault room;
  const char *wrong = clb_read_amount(L, index, &amount);
  if (wrong != NULL && (lua_type(L, index) == LUA_TTABLE || lua_type(L, index) == LUA_TSTRING)) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "is no amount: %s", wrong);
  }
  if (wrong != NULL) refuse_type(L, index, node, path);
  refuse_fault(L, path, clb_amount_fault(node, &amount, &room));
  clb_write_amount(L, &amount);
}

static void write_typed_element(lua_State *L, int index, const clb_path *path, int depth,
                                const void *how) {
  const clb_node *node = how;
  clb_write_output(L, index, node->first_child, path, depth);
}

static void write_typed_list(lua_State *L, int index, const clb_node *node, const clb_path *path,
                             int depth) {
  lua_Integer count;
  if (lua_type(L, index) != LUA_TTABLE) refuse_type(L, index, node, path);
  int table = clb_open_table(L, index, path, depth, CLB_INVALID_OUTPUT, &count);
  if (!clb_write_elements(L, table, count, path, depth, write_typed_element, node)) {
    clb_raise_field(L, CLB_INVALID_OUTPUT, path, "wants list, got a table with holes or names");
  }
  clb_fault room;
  if (node->bounded) refuse_fault(L, path, clb_count_fault(node, count, &room));
  lua_pop(L, 1);
}

// [-0, +0, e] A table with any names and values of one type, by the bytes of its names.
static void write_map(lua_State *L, int index, const clb_node *node, const clb_path *path,
                      int depth) {
  lua_Integer count;
  clb_fault room;
  if (lua_type(L, index) != LUA_TTABLE) refuse_type(L, index, node, path);
  int table = clb_open_table(L, index, path, depth, CLB_INVALID_OUTPUT, &count);
  clb_push_sorted_keys(L, table, "JSON");
  int keys = lua_gettop(L);
  count = (lua_Integer)lua_rawlen(L, keys);
  if (node->bounded) refuse_fault(L, path, clb_count_fault(node, count, &room));
  PUT(L, "{");
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    if (lua_rawgeti(L, keys, i) != LUA_TSTRING) {
      clb_raise_field(L, CLB_INVALID_OUTPUT, path, "wants map, got a table with places");
    }
    const char *name = lua_tolstring(L, -1, &length);
    clb_path here = {.parent = path, .name = name, .name_length = length};
    if (i > 1) PUT(L, ",");
    clb_write_string(L, name, length, &here, CLB_INVALID_OUTPUT);
    PUT(L, ":");
    lua_pushvalue(L, -1);
    lua_rawget(L, table);
    clb_write_output(L, lua_gettop(L), node->first_child, &here, depth + 1);
    lua_pop(L, 2);
  }
  PUT(L, "}");
  lua_pop(L, 2);
}

// What one form of an `any_of` is tried with.
typedef struct {
  uint32_t form;
  const clb_path *path;
  int depth;
} trial;

// [-2, +0, e] Writes the value below the trial by its form.
static int try_form(lua_State *L) {
  const trial *one = lua_touserdata(L, 2);
  clb_write_output(L, 1, one->form, one->path, one->depth);
  return 0;
}

// [-0, +0, e] The value by the first form that it fits.
static void write_any_of(lua_State *L, int index, const clb_node *node, const clb_path *path,
                         int depth) {
  clb_vm *vm = clb_of(L);
  size_t begin = vm->output.count;
  luaL_checkstack(L, 4, "nested too deep");
  for (uint32_t i = 0; i < node->child_count; i++) {
    trial one = {.form = node->first_child + i, .path = path, .depth = depth};
    lua_pushcfunction(L, try_form);
    lua_pushvalue(L, index);
    lua_pushlightuserdata(L, &one);
    if (lua_pcall(L, 2, 0, 0) == LUA_OK) return;
    // What stops a run is no answer of a form.
    if (vm->meter.stop != CLB_OK) lua_error(L);
    lua_pop(L, 1);
    vm->output.count = begin;
  }
  refuse_fault(L, path, "fits none of its forms");
}

// [-0, +0, v] Names the first member, by bytes, that the record `node` doesn't have.
static void refuse_unknown(lua_State *L, int table, const clb_node *node, const clb_path *path) {
  clb_push_sorted_keys(L, table, "JSON");
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  uint32_t hint = 0;
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    if (lua_rawgeti(L, -1, i) != LUA_TSTRING) {
      if (path == NULL) clb_raise(L, CLB_INVALID_OUTPUT, "the result has a place without a name");
      clb_raise_field(L, CLB_INVALID_OUTPUT, path, "has a place without a name");
    }
    const char *name = lua_tolstring(L, -1, &length);
    if (clb_find_child(clb_of(L), node, name, length, &hint) == NULL) {
      if (path == NULL) clb_raise(L, CLB_INVALID_OUTPUT, "unknown field '%.100s'", name);
      clb_raise_field(L, CLB_INVALID_OUTPUT, path, "has an unknown field '%.100s'", name);
    }
    lua_pop(L, 1);
  }
}

// [-1, +1, e] Replaces an absent field's nil by its default; gives the type of what is there then.
static int replace_absent(lua_State *L, const clb_node *field, const clb_path *path) {
  if (!field->has_default) {
    if (!field->optional) refuse_type(L, lua_gettop(L), field, path);
    return LUA_TNIL;
  }
  lua_pop(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_defaults);
  int type = lua_rawgeti(L, -1, field->slot);
  lua_remove(L, -2);
  return type;
}

static void write_record(lua_State *L, int index, const clb_node *node, const clb_path *path,
                         int depth) {
  lua_Integer given = 0, count;
  if (lua_type(L, index) != LUA_TTABLE) {
    if (path != NULL) refuse_type(L, index, node, path);
    clb_raise(L, CLB_INVALID_OUTPUT, "the result is a %s, not a table", luaL_typename(L, index));
  }
  int table = clb_open_table(L, index, path, depth, CLB_INVALID_OUTPUT, &count);
  clb_charge(L, node->child_count);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_keys);
  char separator = '{';
  for (uint32_t i = 0; i < node->child_count; i++) {
    const clb_node *field = &clb_of(L)->schema.nodes[node->first_child + i];
    clb_path here = {.parent = path, .name = field->name, .name_length = field->name_length};
    lua_rawgeti(L, table + 1, field->slot);
    int type = lua_rawget(L, table);
    if (type != LUA_TNIL) given++;
    else type = replace_absent(L, field, &here);
    if (type != LUA_TNIL) {
      clb_put(L, &separator, 1);
      clb_put(L, field->label, field->label_length);
      clb_write_output(L, lua_gettop(L), node->first_child + i, &here, depth + 1);
      separator = ',';
    }
    lua_pop(L, 1);
  }
  if (separator == '{') PUT(L, "{");
  PUT(L, "}");
  if (clb_count_keys(L, table, given) != given) refuse_unknown(L, table, node, path);
  lua_pop(L, 2);
}

void clb_write_output(lua_State *L, int index, uint32_t number, const clb_path *path, int depth) {
  const clb_node *node = &clb_of(L)->schema.nodes[number];
  clb_of(L)->writing = CLB_INVALID_OUTPUT;
  switch (node->type) {
    case CLB_TYPE_ANY:
      clb_write_any(L, index, path, depth, CLB_WRITE_PLAIN, CLB_INVALID_OUTPUT);
      break;
    case CLB_TYPE_STRING:
    case CLB_TYPE_ACCOUNT:
    case CLB_TYPE_DECIMAL:
    case CLB_TYPE_DATE:
    case CLB_TYPE_TIMESTAMP:
    case CLB_TYPE_ENUM: write_typed_text(L, index, node, path); break;
    case CLB_TYPE_INTEGER:
    case CLB_TYPE_NUMBER:
    case CLB_TYPE_NUMBERS: write_typed_number(L, index, node, path); break;
    case CLB_TYPE_BOOLEAN:
      if (lua_type(L, index) != LUA_TBOOLEAN) refuse_type(L, index, node, path);
      clb_write_boolean(L, index);
      break;
    case CLB_TYPE_AMOUNT: write_typed_amount(L, index, node, path); break;
    case CLB_TYPE_LIST: write_typed_list(L, index, node, path, depth); break;
    case CLB_TYPE_MAP: write_map(L, index, node, path, depth); break;
    case CLB_TYPE_RECORD: write_record(L, index, node, path, depth); break;
    case CLB_TYPE_ANY_OF: write_any_of(L, index, node, path, depth); break;
  }
}
