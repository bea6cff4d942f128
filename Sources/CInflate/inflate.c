// zlib counts in unsigned ints: longer data is refused when inflating, and summed up in pieces.
#include <limits.h>
#include <zlib.h>

#include "CInflate.h"

int cinflate(
    cinflate_format format, const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity,
    size_t *made) {
  z_stream stream = {0};
  *made = 0;
  if (length > UINT_MAX || capacity > UINT_MAX) return CINFLATE_DAMAGED;
  int bits = format == CINFLATE_RAW ? -MAX_WBITS : MAX_WBITS;
  if (inflateInit2(&stream, bits) != Z_OK) return CINFLATE_NO_MEMORY;
  uint8_t spare;  // tells a stream that gives more from one that ends
  stream.next_in = (Bytef *)bytes;
  stream.avail_in = (uInt)length;
  // Without room at all zlib would not tell why it stopped.
  stream.next_out = capacity > 0 ? out : &spare;
  stream.avail_out = capacity > 0 ? (uInt)capacity : 1;
  int code = inflate(&stream, Z_FINISH);
  // Where everything fitted, the stream's end may still be unread.
  int is_full = capacity == 0 ? stream.avail_out == 0 : 0;
  if (!is_full && code == Z_BUF_ERROR && stream.avail_out == 0 && stream.avail_in > 0) {
    stream.next_out = &spare;
    stream.avail_out = 1;
    code = inflate(&stream, Z_FINISH);
    is_full = stream.avail_out == 0;
  }
  *made = is_full ? capacity : stream.total_out;
  inflateEnd(&stream);
  if (is_full) return CINFLATE_TOO_LONG;
  if (code == Z_STREAM_END) return CINFLATE_DONE;
  return code == Z_MEM_ERROR ? CINFLATE_NO_MEMORY : CINFLATE_DAMAGED;
}

uint32_t cinflate_crc32(const uint8_t *bytes, size_t length) {
  uLong sum = crc32(0, Z_NULL, 0);
  for (size_t done = 0; done < length;) {
    size_t left = length - done;
    uInt count = left > UINT_MAX ? UINT_MAX : (uInt)left;
    sum = crc32(sum, bytes + done, count);
    done += count;
  }
  return (uint32_t)sum;
}
