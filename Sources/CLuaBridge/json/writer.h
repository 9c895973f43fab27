// What the files that print JSON share: bytes into the VM's output, and tables that are read raw.
#ifndef CASCADE_WRITER_H
#define CASCADE_WRITER_H

#include <string.h>

#include "json/forms.h"

/// Makes room for `count` bytes more. [-0, +0, e]
void clb_grow_output(lua_State *L, clb_vm *vm, size_t count);

/// Appends bytes. [-0, +0, e]
static inline void clb_put(lua_State *L, const void *bytes, size_t count) {
  clb_vm *vm = clb_of(L);
  clb_buffer *out = &vm->output;
  size_t room = out->capacity < CLB_RESULT_LIMIT ? out->capacity : CLB_RESULT_LIMIT;
  if (count > room - out->count) clb_grow_output(L, vm, count);
  memcpy(out->bytes + out->count, bytes, count);
  out->count += count;
}

/// What looking at a text costs, before it is known whether all of what is written will be: that of short
/// ones is in what their element costs.
static inline uint64_t clb_fuel_of_long_text(size_t length) {
  return length < 256 ? 0 : length / CLB_BYTES_PER_FUEL;
}

/// Appends a literal.
#define PUT(L, text) clb_put(L, text, sizeof text - 1)

/// Appends an integer in decimal. [-0, +0, e]
void clb_write_integer(lua_State *L, int64_t value);
/// Appends the number at `index`, exactly. [-0, +0, e]
void clb_write_number(lua_State *L, int index, const clb_path *path, clb_status status);
/// Appends {"asset":…,"minor":…}. [-0, +0, e]
void clb_write_amount(lua_State *L, const clb_amount *amount);
/// Appends true or false. [-0, +0, e]
void clb_write_boolean(lua_State *L, int index);

/// Pushes the table at `index` to be read, and charges for its `*count` elements and for its places, of
/// which an emptied table has many. [-0, +1, e]
int clb_open_table(lua_State *L, int index, const clb_path *path, int depth, clb_status status,
                   lua_Integer *count);
/// How many keys the table at `index` has, at most `limit` + 1. [-0, +0, -]
lua_Integer clb_count_keys(lua_State *L, int index, lua_Integer limit);

/// Writes the element at `index`.
typedef void (*clb_element_writer)(lua_State *L, int index, const clb_path *path, int depth,
                                   const void *how);
/// The elements of the table at `table` by `write`, in brackets; false when it is not a list of `count`
/// elements without holes. [-0, +0, e]
bool clb_write_elements(lua_State *L, int table, lua_Integer count, const clb_path *path, int depth,
                        clb_element_writer write, const void *how);

#endif
