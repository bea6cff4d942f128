// The part of libdeflate that mzML arrays and zip archives need, with prefixed names and plain types.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum {
  CINFLATE_ZLIB,  // with zlib's header and checksum, as in mzML
  CINFLATE_RAW,   // without, as in zip
} cinflate_format;

enum {
  CINFLATE_DONE,
  CINFLATE_TOO_LONG,   // there is more than `capacity`
  CINFLATE_NO_MEMORY,
  CINFLATE_DAMAGED,    // not such a stream, or cut short
};

/// Inflates one stream into at most `capacity` bytes, and says in `made` how many there are where
/// all went well. What follows the stream is not looked at.
int cinflate(
    cinflate_format format, const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity,
    size_t *made);

/// The CRC-32 of zip and gzip.
uint32_t cinflate_crc32(const uint8_t *bytes, size_t length);
