#include <libxml/xmlreader.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

// Takes " line 12" away: libxml2 counts the lines of what is given to it, which are not those of the file.
static void drop_lines(char *message) {
  static const char word[] = " line ";
  char *place = message;
  while ((place = strstr(place, word))) {
    char *end = place + sizeof word - 1;
    size_t digits = strspn(end, "0123456789");
    if (digits > 0)
      memmove(place, end + digits, strlen(end + digits) + 1);
    else
      place = end;
  }
}

static void keep_message(void *context, xmlErrorPtr error) {
  cmzml_file *file = context;
  if (file->message[0] || !error || !error->message) return;
  file->error = error->code;
  size_t length = strcspn(error->message, "\n");
  if (length >= sizeof file->message) length = sizeof file->message - 1;
  memcpy(file->message, error->message, length);
  drop_lines(file->message);
}

static pthread_once_t is_prepared = PTHREAD_ONCE_INIT;
static void prepare(void) { xmlInitParser(); }

cmzml_file *cmzml_open(const char *path) {
  pthread_once(&is_prepared, prepare);
  cmzml_file *file = calloc(1, sizeof *file);
  if (!file) return NULL;
  file->last_number = -1;
  cmzml_stream_open(&file->stream, path);
  return file;
}

void cmzml_close(cmzml_file *file) {
  if (!file) return;
  if (file->reader) xmlFreeTextReader(file->reader);
  cmzml_stream_close(&file->stream);
  free(file);
}

/// No network, no entities, no DTD (it never arrives here), and libxml2's own limits in force.
static int start(cmzml_file *file) {
  const int options = XML_PARSE_NONET | XML_PARSE_COMPACT;
  if (file->stream.problem != CMZML_FINE) return 0;
  file->reader = xmlReaderForIO(cmzml_stream_read, NULL, &file->stream, NULL, NULL, options);
  if (!file->reader) {
    // libxml2 has read a few bytes by now and failed on them, or there is no memory.
    if (file->stream.problem == CMZML_FINE) file->problem = CMZML_NO_MEMORY;
    return 0;
  }
  xmlTextReaderSetStructuredErrorHandler(file->reader, keep_message, file);
  return 1;
}

static int stopped(cmzml_file *file) {
  const cmzml_stream *stream = &file->stream;
  int is_inside = stream->state != IN_TEXT || stream->depth > 0 || !file->has_root;
  if (stream->problem != CMZML_FINE) {
    file->problem = stream->problem;
  } else if (file->problem == CMZML_FINE) {
    int is_read = stream->has_ended && stream->at == stream->filled;
    // An end tag that is whole and another's is damage, even where the file ends soon after.
    int is_mismatched = file->error == XML_ERR_TAG_NAME_MISMATCH && stream->state == IN_TEXT;
    int is_cut = is_read && is_inside && !is_mismatched;
    file->problem = is_cut ? CMZML_CUT : CMZML_MALFORMED;
  }
  return CMZML_STOPPED;
}

static int is_named(xmlNodePtr node, const char *name) {
  return strcmp((const char *)node->name, name) == 0;
}

static int element_of(xmlNodePtr node) {
  switch (node->name[0]) {
    case 'c':
      if (is_named(node, "cvParam")) return CMZML_CV_PARAM;
      return is_named(node, "chromatogram") ? CMZML_CHROMATOGRAM : 0;
    case 'b':
      if (is_named(node, "binary")) return CMZML_BINARY;
      return is_named(node, "binaryDataArray") ? CMZML_BINARY_DATA_ARRAY : 0;
    case 's':
      if (is_named(node, "spectrum")) return CMZML_SPECTRUM;
      return is_named(node, "spectrumList") ? CMZML_SPECTRUM_LIST : 0;
    case 'r':
      if (is_named(node, "referenceableParamGroupRef")) return CMZML_PARAM_GROUP_REF;
      return is_named(node, "referenceableParamGroup") ? CMZML_PARAM_GROUP : 0;
    case 'm': return is_named(node, "mzML") ? CMZML_MZML : 0;
    default: return 0;
  }
}

static int has_end(int element) {
  return element != CMZML_CV_PARAM && element != CMZML_PARAM_GROUP_REF && element != CMZML_BINARY;
}

/// Reads on to the next node. @return 1, or what `cmzml_next` is to give back.
static int advance(cmzml_file *file) {
  int code = xmlTextReaderRead(file->reader);
  file->node = code == 1 ? xmlTextReaderCurrentNode(file->reader) : NULL;
  if (code == 1 && file->node) return 1;
  if (code == 0 && file->stream.problem == CMZML_FINE && file->has_root) return 0;
  return stopped(file);
}

/// Behind the start tag of <binary>: its text, on to its end tag.
static int read_encoded(cmzml_file *file) {
  file->encoded = (cmzml_encoded){-1, 0, 0};
  const char *prefix = file->node->ns ? (const char *)file->node->ns->prefix : NULL;
  if (prefix && strlen(prefix) > CMZML_LONGEST_PREFIX) {
    // The lifter did not know it for what it is: what is in it may only look like a lifted text.
    file->encoded.is_broken = 1;
    return 1;
  }
  if (xmlTextReaderIsEmptyElement(file->reader)) return 1;
  for (int nodes = 0;; ++nodes) {
    int code = advance(file);
    if (code != 1) return code;
    int type = xmlTextReaderNodeType(file->reader);
    if (type == XML_READER_TYPE_END_ELEMENT) return 1;
    if (type == XML_READER_TYPE_ELEMENT && is_named(file->node, CMZML_LIFTED_SPECTRUM)) {
      // A spectrum inside of encoded data: its record must not be taken for the next one's.
      file->problem = CMZML_MALFORMED;
      return CMZML_STOPPED;
    }
    const char *text = (const char *)file->node->content;
    if (nodes > 0 || type != XML_READER_TYPE_TEXT || !text || text[0] != '#') {
      file->encoded.is_broken = 1;
      if (type == XML_READER_TYPE_ELEMENT) return 1;
      continue;
    }
    int64_t number = strtoll(text + 1, NULL, 10);
    if (cmzml_lifted_text(&file->stream.lifted, number, &file->encoded.length)) {
      file->encoded.number = number;
      file->last_number = number;
    } else {
      file->encoded.is_broken = 1;
    }
  }
}

/// The next element of a spectrum that libxml2 does not see; 0 behind its end.
static int replay(cmzml_file *file) {
  if (!cmzml_replay_next(&file->replay, &file->event)) {
    file->is_replaying = 0;
    return 0;
  }
  cmzml_encoded *encoded = &file->encoded;
  if (file->event.element == CMZML_BINARY) {
    *encoded = (cmzml_encoded){file->event.text, 0, 0};
    if (encoded->number >= 0) {
      cmzml_lifted_text(&file->stream.lifted, encoded->number, &encoded->length);
    }
  }
  return file->event.is_end ? -file->event.element : file->event.element;
}

/// At what stands for a lifted spectrum.
static int begin_spectrum(cmzml_file *file) {
  int64_t number = cmzml_next_record(&file->stream);
  size_t length;
  const char *record = cmzml_lifted_text(&file->stream.lifted, number, &length);
  if (!record) {
    file->problem = CMZML_MALFORMED;
    return CMZML_STOPPED;
  }
  file->last_number = number;
  file->replay = cmzml_replay_of(record, length, number);
  file->is_replaying = 1;
  return replay(file);
}

static int begin_element(cmzml_file *file) {
  int has_prefix = file->node->ns && file->node->ns->prefix;
  if (is_named(file->node, CMZML_LIFTED_SPECTRUM) && !has_prefix) return begin_spectrum(file);
  int element = element_of(file->node);
  if (!file->has_root && element != CMZML_MZML && !is_named(file->node, "indexedmzML")) {
    element = CMZML_ROOT_OTHER;
  }
  file->has_root = 1;
  if (element != 0 && has_end(element) && xmlTextReaderIsEmptyElement(file->reader)) {
    file->pending_end = -element;
  }
  if (element == CMZML_BINARY) {
    int code = read_encoded(file);
    if (code != 1) return code;
  }
  return element;
}

/// The next element, or where it was an end tag minus that.
static int next_element(cmzml_file *file) {
  if (file->problem != CMZML_FINE) return CMZML_STOPPED;
  if (!file->reader && !start(file)) return stopped(file);
  if (file->pending_end != 0) {
    int element = file->pending_end;
    file->pending_end = 0;
    return element;
  }
  if (file->is_replaying) {
    int element = replay(file);
    if (element != 0) return element;
  }
  if (file->is_over) {
    cmzml_lifted_release(&file->stream.lifted, file->last_number);
    file->is_over = 0;
  }
  for (;;) {
    int code = advance(file);
    if (code != 1) return code;
    int element = 0;
    int type = xmlTextReaderNodeType(file->reader);
    if (type == XML_READER_TYPE_ELEMENT) {
      element = begin_element(file);
    } else if (type == XML_READER_TYPE_END_ELEMENT) {
      element = element_of(file->node);
      element = has_end(element) ? -element : 0;
    }
    if (element != 0) return element;
    if (file->problem != CMZML_FINE) return CMZML_STOPPED;
  }
}

int cmzml_next(cmzml_file *file) {
  int element = next_element(file);
  if (element == -CMZML_SPECTRUM || element == -CMZML_CHROMATOGRAM) file->is_over = 1;
  return element;
}

cmzml_problem cmzml_problem_of(const cmzml_file *file) { return file->problem; }
int cmzml_system_error(const cmzml_file *file) { return file->stream.system_error; }
const char *cmzml_xml_message(const cmzml_file *file) { return file->message; }

const uint8_t *cmzml_first_bytes(const cmzml_file *file, size_t *count) {
  *count = file->stream.head_count;
  return file->stream.head;
}

char *cmzml_text(const cmzml_file *file, int64_t number) {
  size_t length;
  return cmzml_lifted_text(&file->stream.lifted, number, &length);
}

void cmzml_drop_text(cmzml_file *file, int64_t number) {
  cmzml_lifted_drop(&file->stream.lifted, number);
}

cmzml_encoded cmzml_read_binary(const cmzml_file *file) { return file->encoded; }
