// Only so are closing all but the streams, and the directory, declared.
#define _GNU_SOURCE
#include "Spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

static int prepare(posix_spawn_file_actions_t *actions, const char *directory, const int streams[3]) {
  int failure = 0;
  for (int stream = 0; stream < 3 && failure == 0; stream++) {
    if (streams[stream] == SPAWN_NULL) {
      failure = posix_spawn_file_actions_addopen(actions, stream, "/dev/null", O_RDWR, 0);
    } else if (streams[stream] != SPAWN_INHERITED) {
      failure = posix_spawn_file_actions_adddup2(actions, streams[stream], stream);
    }
  }
  if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(actions, 3);
  if (failure == 0 && directory) failure = posix_spawn_file_actions_addchdir_np(actions, directory);
  return failure;
}

int spawn_program(int *pid, const char *program, char *const words[], char *const settings[], const char *directory,
                  const int streams[3]) {
  posix_spawn_file_actions_t actions;
  int failure = posix_spawn_file_actions_init(&actions);
  if (failure) return failure;
  posix_spawnattr_t attributes;
  failure = posix_spawnattr_init(&attributes);
  if (failure == 0) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    failure = prepare(&actions, directory, streams);
    if (failure == 0) failure = posix_spawn(pid, program, &actions, &attributes, words, settings);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}
