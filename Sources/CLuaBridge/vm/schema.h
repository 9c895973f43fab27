// The decisions of a VM and the schemas of what goes in and comes out.
#ifndef CASCADE_SCHEMA_H
#define CASCADE_SCHEMA_H

#include "vm/sandbox.h"

#define CLB_FIELDS_LIMIT 1024

/// A child in the order of names, or of numbers, where there are too many to go through.
typedef struct {
  const char *name;
  size_t length;
  double number;
  uint32_t place;  // among the children
} clb_ordered_child;

/// A node, with its name's and default's places in the registry's `keys` and `defaults`.
typedef struct {
  clb_type type;
  bool optional;
  bool has_minimum;
  bool has_maximum;
  bool has_default;
  bool bounded;  // `least`, `most` or `text` says something
  double minimum;
  double maximum;
  int64_t least;  // characters of a string, elements of a list or map, minor units of an amount
  int64_t most;
  char *text;  // a string's pattern, an amount's asset
  size_t text_length;
  char *name;
  char *label;  // what a record's member is printed with: "name":
  size_t name_length;
  size_t label_length;
  uint32_t slot;
  uint32_t first_child;
  uint32_t child_count;
  clb_ordered_child *order;  // NULL where there are few children
} clb_node;

typedef struct {
  char *name;
  size_t name_length;
  char *scope;  // the plugin's, in the same memory behind the name
  size_t scope_length;
  int function_reference;  // the closure that runs it
  uint32_t input;
  uint32_t output;
  uint64_t host_calls;
  int32_t line;
  char file[256];
} clb_bound_decision;

typedef struct {
  clb_bound_decision *decisions;
  uint32_t decision_count;
  clb_node *nodes;
  uint32_t node_count;
} clb_schema;

#endif
