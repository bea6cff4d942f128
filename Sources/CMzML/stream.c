#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static const size_t input_size = (size_t)1 << 18;
/// Longer spectra are left to libxml2, piece by piece.
static const size_t largest_input = (size_t)1 << 22;

static void fail(cmzml_stream *stream, cmzml_problem problem, int system_error) {
  stream->problem = problem;
  stream->system_error = system_error;
}

void cmzml_stream_open(cmzml_stream *stream, const char *path) {
  stream->input = malloc(input_size);
  if (!stream->input) {
    fail(stream, CMZML_NO_MEMORY, 0);
    return;
  }
  stream->input_size = input_size;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat facts;
  if (descriptor < 0 || fstat(descriptor, &facts) != 0) {
    fail(stream, CMZML_OPEN_FAILED, errno);
    if (descriptor >= 0) close(descriptor);
    return;
  }
  if (S_ISDIR(facts.st_mode)) {
    fail(stream, CMZML_OPEN_FAILED, EISDIR);
    close(descriptor);
    return;
  }
  // gzread hands over the bytes of a file that is not gzip as they are.
  stream->file = gzdopen(descriptor, "rb");
  if (!stream->file) {
    fail(stream, CMZML_NO_MEMORY, 0);
    close(descriptor);
    return;
  }
  gzbuffer(stream->file, (unsigned)input_size);
}

void cmzml_stream_close(cmzml_stream *stream) {
  if (stream->file) gzclose_r(stream->file);
  free(stream->input);
  free(stream->draft.bytes);
  free(stream->lifted.bytes);
  free(stream->lifted.ends);
}

/// Looks at the first bytes of a document.
static void begin(cmzml_stream *stream) {
  const uint8_t *input = stream->input;
  stream->is_gzip = !gzdirect(stream->file);
  stream->head_count = stream->filled < sizeof stream->head ? stream->filled : sizeof stream->head;
  memcpy(stream->head, input, stream->head_count);
  if (stream->filled < 2) return;
  int is_marked = (input[0] == 0xFE && input[1] == 0xFF) || (input[0] == 0xFF && input[1] == 0xFE);
  int is_plain = (input[0] == '<' && input[1] == 0) || (input[0] == 0 && input[1] == '<');
  if (is_marked || is_plain) fail(stream, CMZML_WIDE_CHARACTERS, 0);
}

/// Why gzread gave back less than it was asked for.
static void explain(cmzml_stream *stream) {
  int code = Z_OK;
  gzerror(stream->file, &code);
  if (code == Z_BUF_ERROR) {
    fail(stream, CMZML_GZIP_CUT, 0);
  } else if (code == Z_MEM_ERROR) {
    fail(stream, CMZML_NO_MEMORY, 0);
  } else if (code == Z_ERRNO) {
    fail(stream, CMZML_READ_FAILED, errno);
  } else if (code != Z_OK && code != Z_STREAM_END) {
    fail(stream, CMZML_GZIP_DAMAGED, 0);
  }
}

/// Fills the input from `filled` on. @return whether there was anything.
static int fill(cmzml_stream *stream) {
  unsigned room = (unsigned)(stream->input_size - stream->filled);
  errno = 0;
  int count = gzread(stream->file, stream->input + stream->filled, room);
  if (count < (int)room) {
    stream->has_ended = 1;
    explain(stream);
  }
  if (count <= 0) return 0;
  stream->filled += (size_t)count;
  return 1;
}

int cmzml_stream_more(cmzml_stream *stream) {
  if (stream->has_ended || stream->problem != CMZML_FINE) return 0;
  size_t left = stream->filled - stream->at;
  if (left == stream->input_size) {
    if (stream->input_size >= largest_input) return 0;
    uint8_t *grown = realloc(stream->input, 2 * stream->input_size);
    if (!grown) return 0;
    stream->input = grown;
    stream->input_size *= 2;
  } else {
    memmove(stream->input, stream->input + stream->at, left);
    stream->at = 0;
    stream->filled = left;
  }
  return fill(stream);
}

int cmzml_stream_refill(cmzml_stream *stream) {
  if (stream->has_ended || stream->problem != CMZML_FINE) return 0;
  int is_first = stream->head_count == 0;
  stream->at = stream->filled = 0;
  fill(stream);
  if (is_first && stream->filled == 0 && stream->problem == CMZML_FINE) {
    fail(stream, CMZML_EMPTY, 0);
  }
  if (is_first && stream->filled > 0) begin(stream);
  if (stream->problem == CMZML_WIDE_CHARACTERS) stream->filled = 0;
  return stream->filled > 0;
}
