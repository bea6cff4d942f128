// An open file: reader.c.
#pragma once
#include <libxml/xmlreader.h>

#include "digest.h"

struct cmzml_file {
  cmzml_stream stream;
  xmlTextReaderPtr reader;
  xmlNodePtr node;
  /// The element whose end is to be told next although the file has none: of `<x/>`.
  int pending_end;
  int has_root;
  /// A spectrum that libxml2 does not see is being told, from its record.
  int is_replaying;
  cmzml_replay replay;
  cmzml_event event;
  /// What was told last was the end of a spectrum or chromatogram.
  int is_over;
  /// Of the last <binary>.
  cmzml_encoded encoded;
  /// Of the texts that were told, the last.
  int64_t last_number;
  cmzml_problem problem;
  /// libxml2's code and words.
  int error;
  char message[160];
};
