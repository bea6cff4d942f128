#include <limits.h>
#include <zlib.h>

#include "CMzML.h"

/// zlib counts in unsigned ints.
static uInt limited(size_t count) { return count > UINT_MAX ? UINT_MAX : (uInt)count; }

int cmzml_inflate(
    const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity, size_t *made) {
  z_stream stream = {0};
  *made = 0;
  if (length > UINT_MAX || capacity > UINT_MAX) return -1;
  if (inflateInit(&stream) != Z_OK) return -2;
  stream.next_in = (Bytef *)bytes;
  stream.avail_in = limited(length);
  stream.next_out = out;
  stream.avail_out = limited(capacity);
  int code = inflate(&stream, Z_FINISH);
  // Where everything fitted, the stream's checksum may still be unread.
  uint8_t spare;
  int is_full = code == Z_BUF_ERROR && stream.avail_out == 0 && stream.avail_in > 0;
  if (is_full) {
    stream.next_out = &spare;
    stream.avail_out = 1;
    code = inflate(&stream, Z_FINISH);
    is_full = stream.avail_out == 0;
  }
  *made = stream.total_out;
  inflateEnd(&stream);
  if (is_full) return 1;
  return code == Z_STREAM_END ? 0 : code == Z_MEM_ERROR ? -2 : -1;
}
