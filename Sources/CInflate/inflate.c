// zlib counts in unsigned ints, so that both sides go in pieces.
#include <limits.h>
#include <zlib.h>

#include "CInflate.h"

static uInt piece(size_t length) { return length > UINT_MAX ? UINT_MAX : (uInt)length; }

int cinflate_raw(const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity) {
  z_stream stream = {0};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return 2;
  size_t read = 0, made = 0;
  uint8_t spare;  // tells a stream that gives more from one that ends
  int code = Z_OK;
  while (code == Z_OK) {
    uInt in = piece(length - read), room = piece(capacity - made);
    stream.next_in = (Bytef *)(bytes + read);
    stream.avail_in = in;
    stream.next_out = room > 0 ? out + made : &spare;
    stream.avail_out = room > 0 ? room : 1;
    code = inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    if (room > 0) made += room - stream.avail_out;
    if (room == 0 && stream.avail_out == 0) break;
  }
  int is_full = code == Z_OK;
  inflateEnd(&stream);
  if (code == Z_MEM_ERROR) return 2;
  if (code != Z_STREAM_END && !is_full) return 3;
  return is_full || made != capacity ? 1 : 0;
}

uint32_t cinflate_crc32(const uint8_t *bytes, size_t length) {
  uLong sum = crc32(0, Z_NULL, 0);
  for (size_t done = 0; done < length;) {
    uInt count = piece(length - done);
    sum = crc32(sum, bytes + done, count);
    done += count;
  }
  return (uint32_t)sum;
}
