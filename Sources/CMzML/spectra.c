// Spectra on their way into `lifted`.
#include <string.h>

#include "digest.h"

/// While more than this waits, blanks follow the elements that stand for something: libxml2 reads on
/// where it has less than half a kilobyte in front of it.
static const size_t much = (size_t)1 << 21;
enum { blanks = 512 };

static int starts_spectrum(const cmzml_stream *stream) {
  static const char start[] = "<spectrum ";
  return stream->filled - stream->at >= sizeof start - 1 &&
         memcmp(stream->input + stream->at, start, sizeof start - 1) == 0;
}

static int is_much_waiting(const cmzml_stream *stream) {
  return stream->lifted.end - stream->lifted.start > much;
}

/// An empty element that no file has.
static void put_marker(cmzml_stream *stream, const char *element) {
  size_t length = strlen(element);
  memcpy(stream->marker, element, length);
  stream->marker_at = 0;
  stream->marker_length = length;
  if (!is_much_waiting(stream)) return;
  memset(stream->marker + length, ' ', blanks);
  stream->marker_length += blanks;
}

/// Whether a spectrum or a chromatogram starts here, whatever its prefix.
static int starts_data(const cmzml_stream *stream) {
  static const char *const names[] = {"spectrum", "chromatogram"};
  const char *from = (const char *)stream->input + stream->at + 1;
  const char *end = (const char *)stream->input + stream->filled;
  const char *name = from;
  const char *stop = from;
  for (; stop < end && *stop > ' ' && *stop != '>' && *stop != '/'; ++stop) {
    if (*stop == ':') name = stop + 1;
  }
  if (stop == end) return 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    size_t length = strlen(names[i]);
    if ((size_t)(stop - name) == length && memcmp(name, names[i], length) == 0) return 1;
  }
  return 0;
}

int cmzml_pause(cmzml_stream *stream) {
  if (stream->has_paused) {
    stream->has_paused = 0;
    return 0;
  }
  if (stream->depth == 0 || !is_much_waiting(stream) || !starts_data(stream)) return 0;
  put_marker(stream, "<" CMZML_PAUSE "/>");
  stream->has_paused = 1;
  return 1;
}

/// @return 0 where there is no memory.
static int keep(cmzml_stream *stream, const void *bytes, size_t count, int64_t *number) {
  if (!cmzml_lifted_append(&stream->lifted, bytes, count)) return 0;
  *number = cmzml_lifted_finish(&stream->lifted);
  return *number >= 0;
}

static int keep_all(cmzml_stream *stream) {
  const cmzml_draft *draft = &stream->draft;
  int64_t number = -1;
  for (int i = 0; i < draft->text_count; ++i) {
    if (!keep(stream, draft->texts[i].bytes, draft->texts[i].length, &number)) return 0;
  }
  if (!keep(stream, draft->bytes, draft->length, &number)) return 0;
  size_t place = (stream->ahead_first + stream->ahead_count++) % CMZML_AHEAD;
  stream->ahead[place] = number;
  return 1;
}

int cmzml_lift_spectrum(cmzml_stream *stream) {
  // The root of a document is libxml2's, whatever it is called.
  if (stream->depth == 0) return 0;
  if (!starts_spectrum(stream) || stream->ahead_count == CMZML_AHEAD) return 0;
  // A text that markup interrupted is not over before the next ends.
  if (cmzml_lifted_unfinished(&stream->lifted) > 0) return 0;
  if (stream->has_paused) return 0;
  size_t length;
  do {
    length = cmzml_digest(
        stream->input + stream->at, stream->filled - stream->at, &stream->draft);
  } while (length == 0 && stream->draft.is_cut && cmzml_stream_more(stream));
  if (length == 0) return 0;
  size_t waiting = stream->lifted.end - stream->lifted.start;
  if (length + stream->draft.length + waiting > CMZML_MAXIMUM_TEXT) return 0;
  if (keep_all(stream)) {
    stream->at += length;
    put_marker(stream, "<" CMZML_LIFTED_SPECTRUM "/>");
  } else {
    cmzml_stop(stream, CMZML_NO_MEMORY);
  }
  return 1;
}

int64_t cmzml_next_record(cmzml_stream *stream) {
  if (stream->ahead_count == 0) return -1;
  int64_t number = stream->ahead[stream->ahead_first];
  stream->ahead_first = (stream->ahead_first + 1) % CMZML_AHEAD;
  --stream->ahead_count;
  return number;
}
