// The seam to liblua. The library is linked statically and some calls between its own parts are
// wrapped at the link (`--wrap`), so that what a rule makes it do is charged and comes out the same
// everywhere. What is known here of its insides is that of Lua 5.4.4.
#ifndef CASCADE_LIBLUA_H
#define CASCADE_LIBLUA_H

#include "vm/sandbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if LUA_VERSION_RELEASE_NUM != 50404
#error "the layouts and the allocator's bookkeeping are those of Lua 5.4.4"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// Whether code at this address is liblua's own: it then holds no lock and has called nothing.
bool clb_is_in_liblua(uintptr_t address);
/// Whether that is known: it takes that the linker put all of liblua in one place.
bool clb_knows_liblua(void);

/// How many places the table at `index` has, with or without a value: what a walk over it passes. Of
/// one that had addresses as keys, a bound that doesn't follow from them. O(1). [-0, +0, -]
size_t clb_table_slots(lua_State *L, int index);

/// The hash by which tables and the table of strings place a text, the same in every process. O(length)
uint32_t clb_text_hash(const char *text, size_t length);

/// Charges for what a walk over the table at `index` takes beside its places: it looks each key up, and
/// those that collide are passed. O(places) [-0, +0, e]
void clb_charge_walk(lua_State *L, int index);

/// Whether a new block of this size is the nodes of the table that a key is being added to.
bool clb_is_growth(const clb_vm *vm, size_t size);
/// Charges for setting that table's keys anew among the nodes of such a block, before it is done. O(keys)
void clb_charge_growth(clb_vm *vm, size_t size);

/// Owes for what going on behind an error takes: Lua looks at all calls that are under way, to see how much of
/// its stack they need. O(calls) [-0, +0, -]
void clb_owe_unwinding(lua_State *L);

/// Where memory is short, has Lua give back what calls that have returned needed of its stack. For a hook,
/// where the stack may move. O(calls) when it does
void clb_give_back_stack(clb_vm *vm);

/// Hashes all long texts that there are. Done once when everything is loaded, so that no decision is the
/// first to use one of them as a key, whose cost it would be. O(objects) [-0, +0, e]
void clb_hash_long_texts(lua_State *L);

#ifdef __cplusplus
}
#endif
#endif
