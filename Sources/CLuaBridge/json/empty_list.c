// Tells an empty list from an empty object: the tables that were read from `[]`, as weak keys.
#include "vm/vm.h"

void clb_install_lists(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &clb_key_lists);
}

void clb_note_list(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_lists);
  lua_pushvalue(L, -2);
  lua_pushboolean(L, true);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

bool clb_is_empty_list(lua_State *L, int table) {
  lua_pushnil(L);
  if (lua_next(L, table)) {
    lua_pop(L, 2);
    return false;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &clb_key_lists);
  lua_pushvalue(L, table);
  bool was_list = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return was_list;
}
