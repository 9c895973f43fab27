// What belongs to one run and no other.
#ifndef CASCADE_RUN_STATE_H
#define CASCADE_RUN_STATE_H

#include "vm/sandbox.h"

typedef struct {
  const clb_run *request;
  bool live;         // the host may be used
  bool notes_lists;  // an empty list was read in this run (json/empty_list.c)
  bool refused;   // the decision returned a refusal
  uint64_t allowed_calls;
  int64_t now_milliseconds;
  bool now_was_read;
  uint64_t random_state[4];
  bool random_is_seeded;
  uint64_t address_keys;  // set in tables whose keys are addresses (tables.c)
} clb_run_state;

#endif
