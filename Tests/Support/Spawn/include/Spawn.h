#ifndef CASCADE_SPAWN_H
#define CASCADE_SPAWN_H

/// A stream that is that of the tests.
#define SPAWN_INHERITED (-1)
/// A stream that is /dev/null.
#define SPAWN_NULL (-2)

/// Starts `program`, which is given these three streams and no other descriptor, and which every signal reaches.
/// `words` and `settings` end with NULL; `directory` is that of the tests when NULL. Writes its number to `pid`;
/// returns 0 or an error number.
int spawn_program(int *pid, const char *program, char *const words[], char *const settings[], const char *directory,
                  const int streams[3]);

#endif
