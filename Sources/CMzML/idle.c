// A third of a raw file is cvParams that say nothing about points or times. Those that can be told
// apart at a glance never reach libxml2, which spends more time on them than on everything else.
#define _GNU_SOURCE
#include <string.h>

#include "internal.h"

/// Longer tags are left to libxml2.
static const size_t longest = 1024;

/// What matters outside of arrays and param groups: ms level, scan start time, profile spectrum.
static const char *const wanted[] = {"MS:1000511", "MS:1000016", "MS:1000128"};

static int starts_with(const uint8_t *from, size_t left, const char *start) {
  size_t length = strlen(start);
  return left >= length && memcmp(from, start, length) == 0;
}

/// The length of a tag like `<x a="b"/>` in which nothing needs a closer look; 0 for any other.
static size_t plain_tag(const uint8_t *from, size_t left) {
  const uint8_t *end = memchr(from, '>', left < longest ? left : longest);
  if (!end || end[-1] != '/') return 0;
  size_t length = (size_t)(end - from) + 1;
  int quotes = 0, others = 0;
  for (size_t i = 1; i < length; ++i) {
    quotes ^= from[i] == '"';
    others |= (from[i] == '\'') | (from[i] == '<') | (from[i] < ' ');
  }
  return quotes || others ? 0 : length;
}

size_t cmzml_idle_param(const uint8_t *from, size_t left) {
  if (starts_with(from, left, "<userParam ")) return plain_tag(from, left);
  if (!starts_with(from, left, "<cvParam ")) return 0;
  size_t length = plain_tag(from, left);
  if (length == 0) return 0;
  const char *name = " accession=\"";
  const uint8_t *accession = memmem(from, length, name, strlen(name));
  if (!accession) return 0;
  accession += strlen(name);
  size_t rest = length - (size_t)(accession - from);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i) {
    if (starts_with(accession, rest, wanted[i])) return 0;
  }
  return length;
}
