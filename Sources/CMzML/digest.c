// Most spectra are written as plainly as XML allows. Such a spectrum is read here, in one look at
// its bytes, checked to be well formed, and what matters of it is kept as a record beside its
// encoded data; libxml2 sees one empty element in its place. Any other spectrum goes to libxml2.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "digest.h"

int cmzml_attribute_number(const char *name, size_t length) {
  // No two have the same length and first letter.
  static const char *const names[CMZML_ATTRIBUTES] = {
      "accession", "name", "value", "unitName", "unitAccession",
      "id", "ref", "defaultArrayLength", "arrayLength",
  };
  static const uint8_t lengths[CMZML_ATTRIBUTES] = {9, 4, 5, 8, 13, 2, 3, 18, 11};
  for (int i = 0; i < CMZML_ATTRIBUTES; ++i) {
    if (lengths[i] == length && names[i][0] == name[0]) {
      return memcmp(names[i], name, length) == 0 ? i : -1;
    }
  }
  return -1;
}

enum { deepest = 16 };

/// A spectrum being read.
typedef struct {
  const uint8_t *at, *end;
  cmzml_draft *draft;
  /// The names of the elements that are open.
  cmzml_span open[deepest];
  int depth;
  int is_in_array;
  /// The end of what is here came first.
  int is_cut;
  /// Its ms level is known and is not one: its arrays will not be asked for.
  int is_other_level;
} look;

static int add_bytes(cmzml_draft *draft, const void *bytes, size_t count) {
  if (count > draft->capacity - draft->length) {
    size_t capacity = 2 * (draft->length + count) + 1024;
    uint8_t *grown = realloc(draft->bytes, capacity);
    if (!grown) return 0;
    draft->bytes = grown;
    draft->capacity = capacity;
  }
  if (count > 0) memcpy(draft->bytes + draft->length, bytes, count);
  draft->length += count;
  return 1;
}

static int add_event(cmzml_draft *draft, int element, int is_end, size_t attributes) {
  const uint8_t head[3] = {(uint8_t)element, (uint8_t)is_end, (uint8_t)attributes};
  return add_bytes(draft, head, sizeof head);
}

/// The start of an element, with those of its attributes that are ever asked for.
static int add_start(cmzml_draft *draft, int element, const cmzml_plain_tag *tag) {
  size_t place = draft->length, count = 0;
  if (!add_event(draft, element, 0, 0)) return 0;
  for (int i = 0; i < tag->count; ++i) {
    const cmzml_plain_attribute *attribute = &tag->attributes[i];
    int number = cmzml_attribute_number((const char *)attribute->name.bytes, attribute->name.length);
    if (number < 0) continue;
    uint16_t length = (uint16_t)attribute->value.length;
    const uint8_t head[3] = {(uint8_t)number, (uint8_t)length, (uint8_t)(length >> 8)};
    if (!add_bytes(draft, head, sizeof head) ||
        !add_bytes(draft, attribute->value.bytes, length) || !add_bytes(draft, "", 1)) {
      return 0;
    }
    ++count;
  }
  draft->bytes[place + 2] = (uint8_t)count;
  return 1;
}

static int add_binary(cmzml_draft *draft, cmzml_span text) {
  if (text.length > 0 && draft->text_count == CMZML_DRAFT_TEXTS) return 0;
  int64_t place = text.length > 0 ? draft->text_count : -1;
  if (text.length > 0) draft->texts[draft->text_count++] = text;
  return add_event(draft, CMZML_BINARY, 0, 0) && add_bytes(draft, &place, sizeof place);
}

/// Behind <binary>: its text and its end tag.
static int read_text(look *look) {
  const uint8_t *from = look->at;
  const uint8_t *tag = memchr(from, '<', (size_t)(look->end - from));
  static const char end[] = "</binary>";
  if (!tag || (size_t)(look->end - tag) < sizeof end - 1) {
    look->is_cut = 1;
    return 0;
  }
  if (memcmp(tag, end, sizeof end - 1) != 0) return 0;
  look->at = tag + sizeof end - 1;
  return look->is_other_level || add_binary(look->draft, (cmzml_span){from, (size_t)(tag - from)});
}

static void look_at_level(look *look, const cmzml_plain_tag *tag) {
  int is_level = 0, is_other = 0;
  for (int i = 0; i < tag->count; ++i) {
    const cmzml_plain_attribute *attribute = &tag->attributes[i];
    const cmzml_span value = attribute->value;
    if (CMZML_IS(attribute->name, "accession")) is_level = CMZML_IS(value, "MS:1000511");
    if (CMZML_IS(attribute->name, "value")) {
      is_other = value.length == 1 && value.bytes[0] >= '2' && value.bytes[0] <= '9';
    }
  }
  // The first level counts.
  if (is_level && look->draft->has_level == 0) {
    look->draft->has_level = 1;
    look->is_other_level = is_other;
  }
}

static int element_of(cmzml_span name) {
  if (CMZML_IS(name, "cvParam")) return CMZML_CV_PARAM;
  if (CMZML_IS(name, "binaryDataArray")) return CMZML_BINARY_DATA_ARRAY;
  if (CMZML_IS(name, "binary")) return CMZML_BINARY;
  if (CMZML_IS(name, "referenceableParamGroupRef")) return CMZML_PARAM_GROUP_REF;
  return 0;
}

/// Elements that have no place in a spectrum: libxml2 may say what they mean.
static int is_foreign(cmzml_span name) {
  return CMZML_IS(name, "spectrum") || CMZML_IS(name, "chromatogram") || CMZML_IS(name, "mzML") ||
         CMZML_IS(name, "spectrumList") || CMZML_IS(name, "referenceableParamGroup") ||
         CMZML_IS(name, CMZML_LIFTED_SPECTRUM);
}

static int take_end(look *look, const cmzml_plain_tag *tag) {
  if (look->depth == 0 || !cmzml_spans_equal(look->open[look->depth - 1], tag->name)) return 0;
  --look->depth;
  if (look->depth == 0) return add_event(look->draft, CMZML_SPECTRUM, 1, 0);
  if (element_of(tag->name) != CMZML_BINARY_DATA_ARRAY) return 1;
  look->is_in_array = 0;
  return look->is_other_level || add_event(look->draft, CMZML_BINARY_DATA_ARRAY, 1, 0);
}

static int take_start(look *look, const cmzml_plain_tag *tag) {
  int element = element_of(tag->name);
  int is_array = element == CMZML_BINARY_DATA_ARRAY;
  if (is_foreign(tag->name) || (is_array && look->is_in_array)) return 0;
  if (element == CMZML_CV_PARAM) look_at_level(look, tag);
  // A group may hold the level.
  if (element == CMZML_PARAM_GROUP_REF) look->draft->has_level = 1;
  int is_idle = look->is_other_level && (is_array || look->is_in_array);
  if (element == CMZML_BINARY) {
    if (!tag->is_empty) return read_text(look);
    return is_idle || add_binary(look->draft, (cmzml_span){NULL, 0});
  }
  if (element != 0 && !is_idle && !add_start(look->draft, element, tag)) return 0;
  if (tag->is_empty) {
    return !is_array || is_idle || add_event(look->draft, element, 1, 0);
  }
  if (look->depth == deepest) return 0;
  look->open[look->depth++] = tag->name;
  if (is_array) look->is_in_array = 1;
  return 1;
}

/// Reads the spectrum whose start tag is at `look->at`. @return 0 where it is not plain, or not whole.
static int read_spectrum(look *look) {
  cmzml_plain_tag tag;
  size_t length = cmzml_plain_read(look->at, (size_t)(look->end - look->at), &tag);
  look->is_cut = length == 0 && look->end - look->at < CMZML_PLAIN_LONGEST;
  if (length == 0 || tag.is_empty || !CMZML_IS(tag.name, "spectrum")) return 0;
  if (!add_start(look->draft, CMZML_SPECTRUM, &tag)) return 0;
  look->at += length;
  look->open[look->depth++] = tag.name;
  while (look->depth > 0) {
    look->at += cmzml_blank(look->at, (size_t)(look->end - look->at));
    size_t left = (size_t)(look->end - look->at);
    size_t idle = left > 0 && !look->is_in_array ? cmzml_idle_param(look->at, left) : 0;
    if (idle > 0) {
      look->at += idle;
      continue;
    }
    length = left > 0 && *look->at == '<' ? cmzml_plain_read(look->at, left, &tag) : 0;
    if (length == 0) {
      look->is_cut = left < CMZML_PLAIN_LONGEST;
      return 0;
    }
    look->at += length;
    if (!(tag.is_end ? take_end(look, &tag) : take_start(look, &tag))) return 0;
  }
  return 1;
}

size_t cmzml_digest(const uint8_t *from, size_t left, cmzml_draft *draft) {
  look look = {.at = from, .end = from + left, .draft = draft};
  draft->length = 0;
  draft->text_count = 0;
  draft->has_level = 0;
  // How many texts come before the record.
  int is_plain = add_bytes(draft, "", 1) && read_spectrum(&look);
  draft->is_cut = look.is_cut;
  if (!is_plain) return 0;
  draft->bytes[0] = (uint8_t)draft->text_count;
  return (size_t)(look.at - from);
}

// ---- Back from the record.

cmzml_replay cmzml_replay_of(const char *record, size_t length, int64_t number) {
  const uint8_t *bytes = (const uint8_t *)record;
  return (cmzml_replay){bytes + 1, bytes + length, number - bytes[0]};
}

int cmzml_replay_next(cmzml_replay *replay, cmzml_event *event) {
  if (replay->at == replay->end) return 0;
  const uint8_t *at = replay->at;
  *event = (cmzml_event){.element = at[0], .is_end = at[1], .text = -1};
  int count = at[2];
  at += 3;
  if (event->element == CMZML_BINARY) {
    memcpy(&event->text, at, sizeof event->text);
    if (event->text >= 0) event->text += replay->first_text;
    at += sizeof event->text;
  }
  for (int i = 0; i < count; ++i) {
    size_t length = (size_t)at[1] | (size_t)at[2] << 8;
    event->attributes[at[0]] = (const char *)at + 3;
    at += 3 + length + 1;
  }
  replay->at = at;
  return 1;
}
