// Tells an empty list from an empty object: the tables that were read from `[]`. What is noted while
// loading stays; what a run notes is forgotten with the next one that notes any.
#include "vm/vm.h"

// [-0, +0, e] Begins an empty note of lists at `key`.
static void begin(lua_State *L, const void *key) {
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

// [-0, +0, -] Whether the table at `table` is noted at `key`.
static bool is_noted(lua_State *L, int table, const void *key) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, key);
  lua_pushvalue(L, table);
  bool noted = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return noted;
}

void clb_install_lists(lua_State *L) { begin(L, &clb_key_lists); }

void clb_note_list(lua_State *L) {
  clb_vm *vm = clb_of(L);
  const void *key = vm->sealed ? &clb_key_run_lists : &clb_key_lists;
  if (vm->sealed && !vm->run.notes_lists) {
    begin(L, key);
    vm->run.notes_lists = true;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, key);
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
  if (is_noted(L, table, &clb_key_lists)) return true;
  return clb_of(L)->run.notes_lists && is_noted(L, table, &clb_key_run_lists);
}
