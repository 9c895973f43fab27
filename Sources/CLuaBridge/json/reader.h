// What the files that read JSON share. A document is parsed first, as a whole, by simdjson; what walks
// it then holds nothing with a destructor, since a Lua error leaves its frames without unwinding them.
#ifndef CASCADE_READER_H
#define CASCADE_READER_H

#include <simdjson.h>
#include <string_view>

#include "json/forms.h"

namespace clb {

using simdjson::dom::element;
using simdjson::dom::element_type;

/// What a table costs that is made, and each of its members by name, beside what is in them.
constexpr uint64_t kFuelPerTable = 8;
constexpr uint64_t kFuelPerMember = 5;

/// What one walk needs to know.
struct walk {
  lua_State *L;
  clb_vm *vm;
  int keys;  // where the interned names stand on the stack
  clb_status status;
  bool amounts;             // whether {"asset":…,"minor":…} becomes an amount
  const char *subject;      // what is read, for messages
  const element *document;  // all of it, so that every fault of an input is told; null for others
  const clb_node *record;   // what the document must be
};

/// Refuses the value at `path`, or all of it: told with what else is wrong with the document.
/// [-0, +0, v]
[[noreturn, gnu::format(printf, 3, 4)]] void refuse(const walk &w, const clb_path *path,
                                                    const char *format, ...);

/// A text's length for a message.
inline int shown(std::string_view text) {
  return static_cast<int>(text.size() < 100 ? text.size() : 100);
}

/// How many places a table is made with.
inline int table_size(size_t count) { return static_cast<int>(count < 4096 ? count : 4096); }

/// What a value is, for messages.
const char *type_name(element value);

/// A text without a zero byte (simdjson has checked that it is UTF-8). [-0, +1, e]
void push_text(const walk &w, std::string_view text, const clb_path *path);

/// Charges for the members of an object that collide in the table it becomes, before it is made. Follows from their
/// names alone. O(members)
void charge_collisions(const walk &w, simdjson::dom::object object);

/// Makes room for one more level of tables. [-0, +0, e]
void enter(const walk &w, const clb_path *path, int depth);

/// The amount that an object is, when it is exactly {"asset":…,"minor":…}.
bool read_amount_object(simdjson::dom::object object, clb_amount *amount);

/// Pushes an object's name into the table on the top, where nothing may stand under it. [-0, +1, e]
void push_new_key(const walk &w, std::string_view name, const clb_path *path);

/// A value without a schema. [-0, +1, e]
void push_any(const walk &w, element value, const clb_path *path, int depth);

/// A value as its node wants it. [-0, +1, e]
void push_typed(const walk &w, element value, const clb_node *node, const clb_path *path, int depth);

/// A record as its node wants it. [-0, +1, e]
void push_record(const walk &w, simdjson::dom::object object, const clb_node *node,
                 const clb_path *path, int depth);

// Values that are texts, numbers and amounts: what they are, or what is wrong with them (message
// behind "field 'x' ", which may lie in `room`); null when nothing is. [-0, +0, e]
const char *read_text(lua_State *L, element value, const clb_node *node, std::string_view *text,
                      clb_fault *room);
const char *read_number(lua_State *L, element value, const clb_node *node, lua_Integer *integer,
                        double *number, bool *is_integer, clb_fault *room);
const char *read_amount(element value, const clb_node *node, clb_amount *amount, clb_fault *room);
/// "wants string, got integer"
const char *wrong_type(element value, const clb_node *node, clb_fault *room);

/// The first form of an `any_of` that the value fits; null when it fits none. [-0, +0, e]
const clb_node *fitting_form(lua_State *L, element value, const clb_node *node, int depth);

/// Writes what is wrong with the document, several faults with "; " between them, and gives how many
/// there are, at most a few more than fit. [-0, +0, e]
int describe_faults(const walk &w, char *text, size_t size);

}  // namespace clb

#endif
