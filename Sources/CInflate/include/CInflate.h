// The part of zlib that reading and writing zip archives needs, with prefixed names and plain types.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Inflates a raw deflate stream (no header: as in zip) that gives exactly `capacity` bytes.
/// 0: done; 1: it gives more or fewer bytes; 2: no memory; 3: not a deflate stream, or cut short.
/// Never writes beyond `capacity`.
int cinflate_raw(const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity);

/// The CRC-32 of zip and gzip.
uint32_t cinflate_crc32(const uint8_t *bytes, size_t length);
