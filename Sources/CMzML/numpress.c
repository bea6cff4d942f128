#include <math.h>
#include <string.h>

#include "CMzML.h"

/// Half bytes, the high one of each byte first.
typedef struct {
  const uint8_t *bytes;
  size_t at, count;
} halves;

static inline uint32_t next_half(halves *source) {
  uint8_t byte = source->bytes[source->at / 2];
  return source->at++ % 2 == 0 ? byte >> 4 : byte & 15;
}

/// A 32-bit integer: a head that counts the leading half bytes left out (0 to 8 of zeros, 9 to 15:
/// 1 to 7 of ones), then the others, lowest first.
/// @return 1, or 0 where the data ends inside it.
static int next_integer(halves *source, uint32_t *value) {
  uint32_t head = next_half(source);
  uint32_t left_out = head <= 8 ? head : head - 8;
  if (source->count - source->at < 8 - left_out) return 0;
  uint32_t bits = head > 8 ? ~(uint32_t)0 << (4 * (8 - left_out)) : 0;
  for (uint32_t i = 0; i < 8 - left_out; ++i) bits |= next_half(source) << (4 * i);
  *value = bits;
  return 1;
}

/// Whether only the half byte is left that makes the last byte whole.
static int is_at_end(const halves *source) {
  if (source->at == source->count) return 1;
  return source->at == source->count - 1 && (source->bytes[source->at / 2] & 15) == 0;
}

/// The scale in front, a 64-bit float with the highest byte first.
/// @return 0 where it cannot be one.
static int read_scale(const uint8_t *bytes, size_t length, double *scale) {
  if (length < 8) return 0;
  uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | bytes[i];
  memcpy(scale, &bits, 8);
  return length == 8 || (isfinite(*scale) && *scale > 0);
}

static int64_t read_start(const uint8_t *bytes) {
  return (int64_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                   (uint32_t)bytes[3] << 24);
}

ptrdiff_t cmzml_numpress_linear(
    const uint8_t *bytes, size_t length, double *out, size_t capacity) {
  double scale;
  if (!read_scale(bytes, length, &scale)) return -1;
  if (length == 8) return 0;
  if (length < 12 || (length > 12 && length < 16)) return -1;
  if (capacity < (length == 12 ? 1 : 2)) return -2;
  // Unsigned, so that damaged data wraps round instead of overflowing.
  uint64_t before = (uint64_t)read_start(bytes + 8), last = before;
  out[0] = (double)(int64_t)before / scale;
  if (length == 12) return 1;
  last = (uint64_t)read_start(bytes + 12);
  out[1] = (double)(int64_t)last / scale;
  size_t made = 2;
  halves source = {bytes, 32, 2 * length};
  while (!is_at_end(&source)) {
    uint32_t difference;
    if (!next_integer(&source, &difference)) return -1;
    if (made == capacity) return -2;
    uint64_t value = last + (last - before) + (uint64_t)(int64_t)(int32_t)difference;
    before = last;
    last = value;
    out[made++] = (double)(int64_t)value / scale;
  }
  return (ptrdiff_t)made;
}

ptrdiff_t cmzml_numpress_pic(const uint8_t *bytes, size_t length, double *out, size_t capacity) {
  halves source = {bytes, 0, 2 * length};
  size_t made = 0;
  while (!is_at_end(&source)) {
    uint32_t value;
    if (!next_integer(&source, &value)) return -1;
    if (made == capacity) return -2;
    out[made++] = (double)value;
  }
  return (ptrdiff_t)made;
}

ptrdiff_t cmzml_numpress_slof(const uint8_t *bytes, size_t length, double *out, size_t capacity) {
  double scale;
  if (!read_scale(bytes, length, &scale)) return -1;
  if (length % 2 != 0) return -1;
  size_t count = (length - 8) / 2;
  if (count > capacity) return -2;
  for (size_t i = 0; i < count; ++i) {
    uint32_t value = (uint32_t)bytes[8 + 2 * i] | (uint32_t)bytes[9 + 2 * i] << 8;
    out[i] = exp(value / scale) - 1;
  }
  return (ptrdiff_t)count;
}
