// How Lua 5.4.4 lays out what it is made of, for the functions that stand in the place of its own.
#ifndef CASCADE_LIBLUA_LAYOUTS_H
#define CASCADE_LIBLUA_LAYOUTS_H

#include "vm/liblua.h"

// What a value is, and of an object what it is by itself.
#define TAG_TYPE_BITS 0x0F
#define TAG_COLLECTABLE 0x40
#define TAG_INTEGER 0x03
#define TAG_FLOAT 0x13
#define TAG_ABSENT 0x20
#define TAG_LONG_TEXT 0x14
#define TAG_LIGHT_FUNCTION 0x16
// Of keys.
#define TAG_SHORT_KEY 0x44
#define TAG_LONG_KEY 0x54
#define TAG_RULE_FUNCTION 0x46

typedef struct {
  union {
    void *pointer;
    lua_Integer integer;
    lua_Number number;
  } value;
  uint8_t tag;
} value;

// A place of a table's hash part. What has the same place of its own as others hangs in one chain.
typedef struct {
  uint64_t content;
  uint8_t tag, key_tag;
  int next;  // where the chain goes on, in nodes from here; 0: nowhere
  union {
    void *pointer;
    lua_Integer integer;
    lua_Number number;
  } key;
} node;

typedef struct {
  void *next;
  uint8_t tag, marked, flags, node_size_log2;
  unsigned int array_limit;
  value *array;
  node *nodes;
} table;

typedef struct string {
  void *next;
  uint8_t tag, marked, extra, short_length;
  unsigned int hash;
  union {
    size_t length;             // of a long one
    struct string *following;  // of a short one: the next in its place of the table of strings
  };
} string;

typedef struct call {
  value *function;
  void *top;
  struct call *previous, *following;
  const void *saved_pc;
  int trap;
  int extra_arguments;
} call;

typedef struct object {
  struct object *next;
  uint8_t tag, marked;
} object;

// A local that functions share; open while it stands on the stack.
typedef struct upvalue {
  void *next;
  uint8_t tag, marked, closes;
  const void *place;
  struct upvalue *following;
} upvalue;

typedef struct {
  void *next;
  uint8_t tag, marked, parameters, is_vararg, stack;
  int upvalues, constants, instructions;
} prototype;

typedef struct {
  void *next;
  uint8_t tag, marked, upvalues;
  void *grey;
  const prototype *prototype;
} closure;

typedef struct {
  void *allocate, *owner;
  ptrdiff_t bytes, debt, estimate, last_atomic;
  struct {
    string **places;
    int count, size;
  } strings;
  value registry, nil;
  unsigned int seed;
  uint8_t white, state, kind, stop_emergency, minor, major, stopped, is_emergency, pause, step, size;
  object *objects;
} global;

typedef struct {
  void *next;
  uint8_t tag, marked, status, hooks_allowed;
  unsigned short calls;
  value *top;
  global *global;
  call *call;
  value *stack_end, *stack;
  upvalue *open;
} state;

static inline const state *state_of(lua_State *L) { return (const state *)(const void *)L; }

#endif
