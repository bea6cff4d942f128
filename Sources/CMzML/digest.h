// Spectra that need no XML parser: digest.c.
#pragma once
#include "CMzML.h"
#include "internal.h"

/// Attributes that are asked for, in the order of their numbers.
enum {
  CMZML_ACCESSION, CMZML_NAME, CMZML_VALUE, CMZML_UNIT_NAME, CMZML_UNIT_ACCESSION,
  CMZML_ID, CMZML_REF, CMZML_DEFAULT_ARRAY_LENGTH, CMZML_ARRAY_LENGTH,
  CMZML_ATTRIBUTES,
};

/// @return the number of an attribute, or -1 for one that is never asked for.
int cmzml_attribute_number(const char *name, size_t length);

/// Reads the spectrum whose "<" is at `from` into a draft.
/// @return how many bytes it has, or 0 where it does not end here or is not plain.
size_t cmzml_digest(const uint8_t *from, size_t left, cmzml_draft *draft);

/// One of a record's elements.
typedef struct {
  int element, is_end;
  /// Of a binary: the number of its text; -1 where it has none.
  int64_t text;
  const char *attributes[CMZML_ATTRIBUTES];
} cmzml_event;

/// A record being read: the bytes of a draft.
typedef struct {
  const uint8_t *at, *end;
  /// The number of the spectrum's first text.
  int64_t first_text;
} cmzml_replay;

cmzml_replay cmzml_replay_of(const char *record, size_t length, int64_t number);

/// @return 0 at the end.
int cmzml_replay_next(cmzml_replay *replay, cmzml_event *event);
