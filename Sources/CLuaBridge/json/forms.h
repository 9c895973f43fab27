// Whether single values are what a schema's node wants, told alike of input and output.
#ifndef CASCADE_FORMS_H
#define CASCADE_FORMS_H

#include "vm/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Room for what is wrong with a value.
typedef struct {
  char text[240];
} clb_fault;

/// What is wrong with a text for this node, NULL when nothing is; a pattern's steps are charged. The
/// message behind "field 'x' " may lie in `room`. [-0, +0, e]
const char *clb_text_fault(lua_State *L, const clb_node *node, const char *text, size_t length,
                           clb_fault *room);
/// The same of a number. A 64-bit integer is exact in a long double. [-0, +0, -]
const char *clb_number_fault(const clb_vm *vm, const clb_node *node, long double value,
                             clb_fault *room);
/// The same of an amount. [-0, +0, -]
const char *clb_amount_fault(const clb_node *node, const clb_amount *amount, clb_fault *room);
/// The same of how many elements a list or map has. [-0, +0, -]
const char *clb_count_fault(const clb_node *node, int64_t count, clb_fault *room);

/// The child of this name, looked for from `*hint` on, which is moved behind it; NULL when there is
/// none. [-0, +0, -]
const clb_node *clb_find_child(const clb_vm *vm, const clb_node *node, const char *name,
                               size_t length, uint32_t *hint);

#ifdef __cplusplus
}
#endif
#endif
