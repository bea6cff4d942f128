#include "CMzML.h"

/// Six bits a character; -1 for what is no base64.
static const int8_t six_bits[256] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
    -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
    -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
    [128 ... 255] = -1,
};

/// The bits of a character; all 32 set for what is no base64.
static inline uint32_t bits(char character) {
  return (uint32_t)(int32_t)six_bits[(uint8_t)character];
}

/// Four characters' bits; the highest of all is set where one of them is no base64.
static inline uint32_t group(const char *c) {
  return bits(c[0]) << 18 | bits(c[1]) << 12 | bits(c[2]) << 6 | bits(c[3]);
}

static inline int is_bad(uint32_t bits) { return bits >> 31 != 0; }

static inline void put(uint8_t *out, uint32_t three) {
  out[0] = (uint8_t)(three >> 16);
  out[1] = (uint8_t)(three >> 8);
  out[2] = (uint8_t)three;
}

/// Decodes groups of four until one holds anything else.
/// @return how many characters it took.
static size_t decode_groups(const char *text, size_t length, uint8_t *out) {
  size_t at = 0;
  for (; at + 8 <= length; at += 8, out += 6) {
    uint32_t first = group(text + at), second = group(text + at + 4);
    if (is_bad(first | second)) break;
    put(out, first);
    put(out + 3, second);
  }
  for (; at + 4 <= length; at += 4, out += 3) {
    uint32_t three = group(text + at);
    if (is_bad(three)) break;
    put(out, three);
  }
  return at;
}

static int is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Reads one group of four that white space or padding interrupts.
/// @return the bytes it made (0 to 3), or -1; `at` moves behind the group.
static int decode_slowly(const char *text, size_t length, size_t *at, uint8_t *out) {
  uint32_t four[4] = {0, 0, 0, 0};
  int count = 0, padding = 0;
  for (; *at < length && count + padding < 4; ++*at) {
    char c = text[*at];
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    if (padding || is_bad(bits(c))) return -1;
    four[count++] = bits(c);
  }
  if (count + padding == 0) return 0;
  if (count + padding != 4 || count < 2) return -1;
  uint8_t three[3];
  put(three, four[0] << 18 | four[1] << 12 | four[2] << 6 | four[3]);
  for (int i = 0; i < count - 1; ++i) out[i] = three[i];
  return count - 1;
}

ptrdiff_t cmzml_base64(const char *text, size_t length, uint8_t *out) {
  size_t at = 0;
  uint8_t *next = out;
  while (at < length) {
    size_t taken = decode_groups(text + at, length - at, next);
    at += taken;
    next += taken / 4 * 3;
    if (at == length) break;
    int made = decode_slowly(text, length, &at, next);
    if (made < 0) return -1;
    next += made;
    if (made == 3) continue;
    // Nothing but white space follows padding.
    for (; at < length; ++at) {
      if (!is_space(text[at])) return -1;
    }
  }
  return next - out;
}
