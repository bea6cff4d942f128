// Tags that need no XML parser: plain.c.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *bytes;
  size_t length;
} cmzml_span;

typedef struct {
  cmzml_span name, value;
} cmzml_plain_attribute;

/// Longer tags are left to libxml2.
#define CMZML_PLAIN_LONGEST 1024
/// Tags with more are left to libxml2.
#define CMZML_PLAIN_ATTRIBUTES 12

typedef struct {
  cmzml_span name;
  int is_end, is_empty;
  int count;
  cmzml_plain_attribute attributes[CMZML_PLAIN_ATTRIBUTES];
} cmzml_plain_tag;

/// The length of the tag that "<" at `from` begins, in which nothing needs a closer look; 0 for any
/// other, and for one that does not end here. Neither its name nor its attributes were looked at.
size_t cmzml_plain_length(const uint8_t *from, size_t left);

/// Reads such a tag. @return its length, or 0 for any that is not exactly as plain as that.
size_t cmzml_plain_read(const uint8_t *from, size_t left, cmzml_plain_tag *tag);

int cmzml_spans_equal(cmzml_span a, cmzml_span b);
#define CMZML_IS(span, text) \
  ((span).length == sizeof(text) - 1 && memcmp((span).bytes, (text), sizeof(text) - 1) == 0)

/// How many characters of white space there are at `from`.
size_t cmzml_blank(const uint8_t *from, size_t left);
