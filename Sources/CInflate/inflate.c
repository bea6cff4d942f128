#include <libdeflate.h>

#include "CInflate.h"

int cinflate(
    cinflate_format format, const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity,
    size_t *made) {
  *made = 0;
  struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
  if (!inflater) return CINFLATE_NO_MEMORY;
  size_t taken;  // bytes behind the stream do no harm
  enum libdeflate_result code =
      format == CINFLATE_RAW
          ? libdeflate_deflate_decompress_ex(inflater, bytes, length, out, capacity, &taken, made)
          : libdeflate_zlib_decompress_ex(inflater, bytes, length, out, capacity, &taken, made);
  libdeflate_free_decompressor(inflater);
  switch (code) {
    case LIBDEFLATE_SUCCESS: return CINFLATE_DONE;
    case LIBDEFLATE_INSUFFICIENT_SPACE: return CINFLATE_TOO_LONG;
    default: return CINFLATE_DAMAGED;
  }
}

uint32_t cinflate_crc32(const uint8_t *bytes, size_t length) {
  return libdeflate_crc32(0, bytes, length);
}
