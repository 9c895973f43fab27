#ifndef CCONSOLE_H
#define CCONSOLE_H

#include <stddef.h>

/// A file of the console as it was when the program was built.
struct cconsole_file {
  /// The name it is asked for by, such as `now.html`.
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// All files of the console, and in `count` how many there are. They live as long as the program.
const struct cconsole_file *cconsole_files(size_t *count);

#endif
