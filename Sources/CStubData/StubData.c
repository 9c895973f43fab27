// ICU's data, left out of the release.
//
// Foundation brings 34 MB of them for dates, numbers and texts in the world's languages. Nothing here asks for any:
// our sources import FoundationEssentials at most, which a test sees to. Whoever links this symbol gets what ICU itself
// calls stub data, a package with nothing in it, and an error for whatever is asked of it. Tests, which use all of
// Foundation, are debug builds and keep the data; and so does a toolchain with another ICU, whose symbol has another
// number.

#include <stdint.h>

#include "CStubData.h"

#ifndef DEBUG

// The head of a package of ICU's data, and its table of contents ("ToCP"), which is empty.
struct package {
  uint16_t head_size;
  uint8_t magic[2];
  uint16_t info_size;
  uint16_t reserved;
  uint8_t is_big_endian;
  uint8_t charset;
  uint8_t unit_size;
  uint8_t reserved_byte;
  uint8_t format[4];
  uint8_t format_version[4];
  uint8_t data_version[4];
  uint8_t padding[8];
  uint32_t count;
  uint32_t reserved_word;
};

_Static_assert(sizeof(struct package) == 40, "a head of 32 bytes, and the table behind it");

const struct package icudt76_dat __attribute__((aligned(16))) = {
    .head_size = 32,
    .magic = {0xDA, 0x27},
    .info_size = 20,
    .unit_size = 2,
    .format = {'T', 'o', 'C', 'P'},
    .format_version = {1, 0, 0, 0},
};

#endif
