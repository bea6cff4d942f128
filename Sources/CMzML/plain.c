// Tags that can be read at a glance: names without a prefix, attributes in double quotes, blanks
// between them, nothing to be replaced and nothing but ASCII. All others are libxml2's.
#define _GNU_SOURCE
#include <string.h>

#include "plain.h"

/// Characters looked at together, so that the compiler has vectors for them.
enum { block = 32 };

/// What was seen in the characters of each place of the blocks.
typedef struct {
  uint8_t quotes[block], others[block], bits[block];
} sight;

static void see(sight *sight, const uint8_t *from) {
  for (int i = 0; i < block; ++i) {
    uint8_t c = from[i];
    sight->quotes[i] ^= c == '"';
    sight->others[i] |= (c == '\'') | (c == '<') | (c < ' ');
    sight->bits[i] |= c;
  }
}

/// The length of a tag in which no character needs a closer look; 0 for any other.
/// `all` has the bits of all characters in it.
static size_t glance(const uint8_t *from, size_t left, uint8_t *all) {
  const uint8_t *end = memchr(from, '>', left < CMZML_PLAIN_LONGEST ? left : CMZML_PLAIN_LONGEST);
  if (!end) return 0;
  size_t length = (size_t)(end - from) + 1, at = 1;
  sight sight = {0};
  for (; at + block <= length; at += block) see(&sight, from + at);
  uint8_t last[block];
  memset(last, ' ', block);
  memcpy(last, from + at, length - at);
  see(&sight, last);
  uint8_t quotes = 0, others = 0, bits = 0;
  for (int i = 0; i < block; ++i) {
    quotes ^= sight.quotes[i];
    others |= sight.others[i];
    bits |= sight.bits[i];
  }
  *all = bits;
  return quotes || others ? 0 : length;
}

size_t cmzml_plain_length(const uint8_t *from, size_t left) {
  uint8_t all;
  return glance(from, left, &all);
}

enum { starts_name = 1, is_in_name = 2 };
static const uint8_t kinds[256] = {
    ['a' ... 'z'] = starts_name | is_in_name,
    ['A' ... 'Z'] = starts_name | is_in_name,
    ['_'] = starts_name | is_in_name,
    ['0' ... '9'] = is_in_name,
    ['-'] = is_in_name,
    ['.'] = is_in_name,
};

/// The name at `from`; empty where there is none.
static cmzml_span name_at(const uint8_t *from, const uint8_t *end) {
  const uint8_t *at = from;
  if (at < end && kinds[*at] & starts_name) {
    while (at < end && kinds[*at] & is_in_name) ++at;
  }
  return (cmzml_span){from, (size_t)(at - from)};
}

int cmzml_spans_equal(cmzml_span a, cmzml_span b) {
  return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/// Reads ` name="value"` at `at`. @return behind it, or null.
static const uint8_t *read_attribute(
    const uint8_t *at, const uint8_t *end, cmzml_plain_tag *tag) {
  if (tag->count == CMZML_PLAIN_ATTRIBUTES) return NULL;
  cmzml_plain_attribute *attribute = &tag->attributes[tag->count];
  attribute->name = name_at(at, end);
  at += attribute->name.length;
  if (attribute->name.length == 0 || end - at < 3 || at[0] != '=' || at[1] != '"') return NULL;
  at += 2;
  // Values are short.
  const uint8_t *quote = at;
  while (quote < end && *quote != '"' && *quote != '&') ++quote;
  if (quote == end || *quote == '&') return NULL;
  attribute->value = (cmzml_span){at, (size_t)(quote - at)};
  for (int i = 0; i < tag->count; ++i) {
    if (cmzml_spans_equal(tag->attributes[i].name, attribute->name)) return NULL;
  }
  ++tag->count;
  return quote + 1;
}

size_t cmzml_plain_read(const uint8_t *from, size_t left, cmzml_plain_tag *tag) {
  uint8_t all;
  size_t length = glance(from, left, &all);
  if (length < 3 || all >= 0x80) return 0;
  const uint8_t *end = from + length - 1, *at = from + 1;
  tag->count = 0;
  tag->is_end = *at == '/';
  if (tag->is_end) ++at;
  tag->is_empty = end[-1] == '/';
  if (tag->is_empty) --end;
  if (tag->is_end && tag->is_empty) return 0;
  tag->name = name_at(at, end);
  at += tag->name.length;
  if (tag->name.length == 0) return 0;
  while (at < end) {
    if (*at != ' ') return 0;
    while (at < end && *at == ' ') ++at;
    if (at == end) break;
    at = tag->is_end ? NULL : read_attribute(at, end, tag);
    if (!at) return 0;
  }
  return length;
}

size_t cmzml_blank(const uint8_t *from, size_t left) {
  size_t at = 0;
  while (at < left && (from[at] == ' ' || from[at] == '\n' || from[at] == '\r' || from[at] == '\t')) {
    ++at;
  }
  return at;
}
