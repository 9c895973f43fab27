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

/// How many places the table at `index` has, with or without a value: what a walk over it passes. Of
/// one that had addresses as keys, a bound that doesn't follow from them. O(1). [-0, +0, -]
size_t clb_table_slots(lua_State *L, int index);

/// The hash by which tables and the table of strings place a text, the same in every process. O(length)
uint32_t clb_text_hash(const char *text, size_t length);

/// Whether so many texts that Lua keeps stand where this one would that somebody chose them. O(1)
bool clb_is_crowded(const clb_vm *vm, const char *text, size_t length);

#ifdef __cplusplus
}
#endif
#endif
