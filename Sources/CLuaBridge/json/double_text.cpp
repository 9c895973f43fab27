// The text of a double: the shortest that reads back as the same number.
#include <charconv>
#include <cstring>

#include "vm/vm.h"

size_t clb_print_double(double value, char out[40]) {
  std::to_chars_result result = std::to_chars(out, out + 36, value);
  size_t length = static_cast<size_t>(result.ptr - out);
  // A float stays one: 5 would be read back as an integer.
  if (memchr(out, '.', length) == nullptr && memchr(out, 'e', length) == nullptr) {
    out[length++] = '.';
    out[length++] = '0';
  }
  return length;
}
