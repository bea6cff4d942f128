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

int cmzml_is_tag(const cmzml_stream *stream, const char *name) {
  size_t length = strlen(name);
  return stream->name_length == length && memcmp(stream->name, name, length) == 0;
}

void cmzml_look_at_name(cmzml_stream *stream) {
  stream->is_end_tag = stream->name[0] == '/';
  stream->is_binary = is_named_binary(stream);
  static const char *const names[] = {"/binaryDataArray", "/referenceableParamGroup"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (cmzml_is_tag(stream, names[i] + 1)) stream->keeps_params = 1;
    if (cmzml_is_tag(stream, names[i])) stream->keeps_params = 0;
  }
}
