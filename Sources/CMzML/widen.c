#include <string.h>

#include "CMzML.h"

/// So many are copied out of the way of the doubles that take their place.
enum { piece = 256 };

#define WIDEN(name, number)                                           \
  void name(const number *numbers, size_t count, double *out) {       \
    number copy[piece];                                               \
    for (size_t at = 0; at < count; at += piece) {                    \
      size_t left = count - at < piece ? count - at : piece;          \
      memcpy(copy, numbers + at, left * sizeof(number));              \
      for (size_t i = 0; i < left; ++i) out[at + i] = (double)copy[i]; \
    }                                                                 \
  }

WIDEN(cmzml_widen_floats, float)
WIDEN(cmzml_widen_int32, int32_t)
WIDEN(cmzml_widen_int64, int64_t)
