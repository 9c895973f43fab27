// What the parts of the bridge share with each other. Never seen by Swift: only
// `include/CLuaBridge.h` is.
//
// Every function that takes a `lua_State` notes its effect as the Lua manual does,
// [-o, +p, x]: values popped, values pushed, and whether it can raise
// ('-' never, 'm' on memory, 'e' any error, 'v' always).
#ifndef CASCADE_SANDBOX_H
#define CASCADE_SANDBOX_H

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CLuaBridge.h"

/// The longest string a rule can make, in bytes.
#define CLB_STRING_LIMIT ((size_t)1 << 20)
/// The most values one call may spread on the stack (`table.unpack`, `string.byte`, …).
#define CLB_SPREAD_LIMIT 4096
/// Bytes of string work that cost one unit of fuel.
#define CLB_BYTES_PER_FUEL 16
/// What else one unit buys: bytes of a new long text, of a table's new parts, of a list that grows,
/// hashed bytes of a long key, bytes of long keys that are put in order, values copied on the stack,
/// places of a table that a walk passes.
#define CLB_BYTES_COPIED_PER_FUEL 16
#define CLB_BYTES_OF_PARTS_PER_FUEL 12
#define CLB_BYTES_MOVED_PER_FUEL 64
#define CLB_BYTES_HASHED_PER_FUEL 8
#define CLB_BYTES_COMPARED_PER_FUEL 64
#define CLB_VALUES_PER_FUEL 4
#define CLB_SLOTS_PER_FUEL 8
#define CLB_BITS_PER_FUEL 6
#define CLB_LOOKS_PER_FUEL 8

/// Charges `units` of fuel before the work they stand for, and reads the clock when
/// much was charged since it was last read. [-0, +0, e]
void clb_charge(lua_State *L, uint64_t units);

/// Charges `units` for each of `count`, which may be as many as numbers go. [-0, +0, e]
void clb_charge_each(lua_State *L, uint64_t count, uint64_t units);

/// Charges for handling `bytes` bytes: one unit, and one more for each 16. [-0, +0, e]
void clb_charge_bytes(lua_State *L, size_t bytes);

/// Ends the decision with `memory_exhausted`; a rule can't catch it. [-0, +0, v]
int clb_stop_memory(lua_State *L);

/// Raises a message with a code of its own, with the position of the caller. One that is forbidden
/// ends the decision. A refusal, of a text `code: message`, is told without a position. [-0, +0, v]
int clb_raise(lua_State *L, clb_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Replaces a frozen table at `index` (an absolute or pseudo-free positive index) by the
/// table behind it, to be read and never written. True when it was frozen. [-0, +0, -]
bool clb_see_through(lua_State *L, int index);

/// Raises unless the value at `index` is a table that a rule may write. [-0, +0, e]
void clb_check_writable(lua_State *L, int index);

/// Pushes the text of the value at `index`, as a rule's `tostring` shows it: numbers,
/// booleans and strings as Lua does, `__tostring` honoured, anything else as its type
/// name, never as an address. [-0, +1, e]
const char *clb_push_text(lua_State *L, int index, size_t *length);

/// Runs the stock function that a wrapper keeps as its upvalue, in the wrapper's frame. [-?, +n, e]
int clb_call_stock(lua_State *L);

/// The rule's `pcall` and `xpcall`, `pairs`, `next`, … [-0, +1, m]
void clb_push_base_library(lua_State *L);
/// Fresh library tables. Each pushes one table. [-0, +1, m]
void clb_push_string_library(lua_State *L);
void clb_push_table_library(lua_State *L);
void clb_push_math_library(lua_State *L);
/// Replaces the functions in the `math` table on the top that the C library doesn't compute the same
/// everywhere. [-0, +0, m]
void clb_set_mathematics(lua_State *L);
void clb_push_utf8_library(lua_State *L);

/// `string.find match gmatch gsub`, metered. (pattern.c)
int clb_string_find(lua_State *L);
int clb_string_match(lua_State *L);
int clb_string_gmatch(lua_State *L);
int clb_string_gsub(lua_State *L);

#endif
