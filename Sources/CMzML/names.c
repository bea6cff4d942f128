// The names of tags as they come by.
#include <string.h>

#include "internal.h"

/// Whether the name behind "<" is "binary", or "binary" behind a prefix.
static int is_named_binary(const cmzml_stream *stream) {
  const char *wanted = "binary";
  size_t length = stream->name_length;
  if (length == 6) return memcmp(stream->name, wanted, 6) == 0;
  return length > 7 && length <= sizeof stream->name &&
         memcmp(stream->name + length - 7, ":binary", 7) == 0;
}

static int is_tag(const cmzml_stream *stream, const char *name) {
  size_t length = strlen(name);
  return stream->name_length == length && memcmp(stream->name, name, length) == 0;
}

/// Remembers what matters of the name behind "<", now that it is complete.
static void look_at_name(cmzml_stream *stream) {
  stream->is_end_tag = stream->name[0] == '/';
  stream->is_binary = is_named_binary(stream);
  // No file may hold what takes a lifted spectrum's place.
  if (is_tag(stream, CMZML_LIFTED_SPECTRUM)) cmzml_stop(stream, CMZML_MALFORMED);
  if (is_tag(stream, "spectrum") || is_tag(stream, "chromatogram")) {
    cmzml_lifted_begin(&stream->lifted);
  }
  static const char *const names[] = {"/binaryDataArray", "/referenceableParamGroup"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (is_tag(stream, names[i] + 1)) stream->keeps_params = 1;
    if (is_tag(stream, names[i])) stream->keeps_params = 0;
  }
}

size_t cmzml_pass(cmzml_stream *stream, size_t count, cmzml_output *out) {
  if (count > out->room - out->made) count = out->room - out->made;
  memcpy(out->bytes + out->made, stream->input + stream->at, count);
  out->made += count;
  stream->at += count;
  return count;
}

void cmzml_stop(cmzml_stream *stream, cmzml_problem problem) {
  stream->problem = problem;
  stream->at = stream->filled;
}

static void enter(cmzml_stream *stream, lifter_state state) {
  stream->state = state;
  stream->last[0] = stream->last[1] = 0;
}

/// Behind "<" and a name's first letter: collects what is there of the rest.
static void name(cmzml_stream *stream, cmzml_output *out) {
  const uint8_t *from = stream->input + stream->at;
  size_t left = stream->filled - stream->at;
  size_t count = 0;
  while (count < left && from[count] > '>') ++count;
  count = cmzml_pass(stream, count, out);
  for (size_t i = 0; i < count && stream->name_length <= sizeof stream->name; ++i) {
    // Of a longer name nothing but the length counts: it is none of those looked for.
    if (stream->name_length < sizeof stream->name) {
      stream->name[stream->name_length] = (char)from[i];
    }
    ++stream->name_length;
  }
}

void cmzml_opening(cmzml_stream *stream, cmzml_output *out) {
  uint8_t c = stream->input[stream->at];
  int ends = c == '>' || c == '/' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
  if (ends && stream->name_length > 0) {
    look_at_name(stream);
    enter(stream, IN_TAG);
    return;
  }
  if (c > '>' && stream->name_length > 0 && stream->name[0] != '?' && stream->name[0] != '!') {
    name(stream, out);
    return;
  }
  if (cmzml_pass(stream, 1, out) == 0) return;
  // Of a longer name nothing but the length counts: it is none of those looked for.
  if (stream->name_length < sizeof stream->name) stream->name[stream->name_length] = (char)c;
  if (stream->name_length <= sizeof stream->name) ++stream->name_length;
  if (stream->name[0] != '?' && stream->name[0] != '!') return;
  if (is_tag(stream, "?")) {
    enter(stream, IN_INSTRUCTION);
  } else if (is_tag(stream, "!--")) {
    enter(stream, IN_COMMENT);
  } else if (is_tag(stream, "![CDATA[")) {
    enter(stream, IN_CDATA);
  } else if (is_tag(stream, "!DOC")) {
    cmzml_stop(stream, CMZML_DOCTYPE);
  }
}
