// A third of a raw file is cvParams that say nothing about points or times. Those that can be told
// apart at a glance never reach libxml2, which spends more time on them than on everything else.
#define _GNU_SOURCE
#include <string.h>

#include "internal.h"
#include "plain.h"

/// What matters outside of arrays and param groups: ms level, scan start time, profile spectrum.
static const char *const wanted[] = {"MS:1000511", "MS:1000016", "MS:1000128"};
enum { accession_length = 10 };

#define STARTS_WITH(from, left, text) \
  ((left) >= sizeof(text) - 1 && memcmp((from), (text), sizeof(text) - 1) == 0)

/// Whether a place in a plain tag is inside of an attribute's value.
static int is_in_value(const uint8_t *from, const uint8_t *place) {
  int is_inside = 0;
  for (; from < place; ++from) is_inside ^= *from == '"';
  return is_inside;
}

/// A cvParam's accession, of at least `accession_length` characters; NULL where there is none.
static const uint8_t *accession_of(const uint8_t *from, size_t length) {
  // As most programs write it.
  static const char usual[] = "<cvParam cvRef=\"MS\" accession=\"";
  static const char name[] = " accession=\"";
  const uint8_t *accession;
  if (STARTS_WITH(from, length, usual)) {
    accession = from + sizeof usual - 1;
  } else {
    accession = memmem(from, length, name, sizeof name - 1);
    if (!accession || is_in_value(from, accession)) return NULL;
    accession += sizeof name - 1;
  }
  return length - (size_t)(accession - from) < accession_length ? NULL : accession;
}

size_t cmzml_idle_param(const uint8_t *from, size_t left) {
  int is_user = STARTS_WITH(from, left, "<userParam ");
  if (!is_user && !STARTS_WITH(from, left, "<cvParam ")) return 0;
  size_t length = cmzml_plain_length(from, left);
  if (length == 0 || from[length - 2] != '/') return 0;
  if (is_user) return length;
  const uint8_t *accession = accession_of(from, length);
  if (!accession) return 0;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i) {
    if (memcmp(accession, wanted[i], accession_length) == 0) return 0;
  }
  return length;
}
