// Shared by the files of this target: the stream of bytes under libxml2, and what it lifts out.
#pragma once
#include <zlib.h>

#include "CMzML.h"
#include "plain.h"

/// Where in a document the lifter is.
typedef enum {
  IN_TEXT,         // between tags
  IN_ENCODED,      // between <binary> and the next tag
  IN_OPENING,      // behind "<", not yet sure of what
  IN_TAG,          // inside a tag
  IN_QUOTES,       // inside an attribute's value
  IN_COMMENT,
  IN_CDATA,
  IN_INSTRUCTION,  // <? … ?>
} lifter_state;

/// The texts lifted out of a document and not yet released, one behind the other.
typedef struct {
  char *bytes;
  size_t start, end, capacity;
  /// Ends of the texts in `bytes`, as counts of bytes since the file's start.
  uint64_t *ends;
  size_t first_end, end_count, end_capacity;
  /// The number of the text whose end is `ends[first_end]`.
  int64_t first_number;
  /// How many bytes were released before `bytes[start]`.
  uint64_t released;
  /// How many came before the spectrum or chromatogram that the lifter is in.
  uint64_t before;
} cmzml_lifted;

/// Of <binary>: with a longer one no data is read.
#define CMZML_LONGEST_PREFIX 25

/// More texts are left to libxml2.
#define CMZML_DRAFT_TEXTS 16
/// So many spectra may be read ahead of those that libxml2 has come to.
#define CMZML_AHEAD 64

/// A spectrum that is read without libxml2: its record, and where its texts are.
typedef struct {
  uint8_t *bytes;
  size_t length, capacity;
  cmzml_span texts[CMZML_DRAFT_TEXTS];
  int text_count;
  int has_level;
  /// It may be plain, but its end is not here.
  int is_cut;
} cmzml_draft;

/// A file's bytes on their way to libxml2: unpacked, checked, with the encoded data lifted out.
typedef struct {
  gzFile file;
  int is_gzip;
  uint8_t *input;
  size_t at, filled, input_size;
  uint8_t head[64];
  size_t head_count;
  int has_ended;
  cmzml_problem problem;
  int system_error;

  lifter_state state;
  char quote;
  /// The characters behind "<", up to the first that no name has.
  char name[CMZML_LONGEST_PREFIX + 1 + 6];
  size_t name_length;
  /// The last characters, for the ends "/>", "-->", "]]>" and "?>".
  char last[2];
  int is_end_tag, is_binary;
  /// Inside an array or a param group, where every param may matter.
  int keeps_params;
  /// How many elements are open.
  int64_t depth;
  /// What takes a lifted text's place: "#" and its number.
  char marker[600];
  size_t marker_at, marker_length;
  /// A pause is in front of what the lifter is at.
  int has_paused;
  cmzml_lifted lifted;

  cmzml_draft draft;
  /// The records' numbers in `lifted`, of spectra that libxml2 has not come to.
  int64_t ahead[CMZML_AHEAD];
  size_t ahead_first, ahead_count;
} cmzml_stream;

// ---- stream.c
void cmzml_stream_open(cmzml_stream *stream, const char *path);
void cmzml_stream_close(cmzml_stream *stream);
/// Reads on. @return 0 at the end of the file and after a problem.
int cmzml_stream_refill(cmzml_stream *stream);
/// Reads on behind what was not yet used. @return 0 at the end, after a problem, and where there is
/// more of it than is worth keeping.
int cmzml_stream_more(cmzml_stream *stream);

// ---- lifter.c
/// libxml2's read callback: fills `out` with up to `length` bytes of the document.
int cmzml_stream_read(void *stream, char *out, int length);

// ---- spectra.c
/// At "<spectrum ": lifts all of a plain spectrum out. @return 0 where it is for libxml2.
int cmzml_lift_spectrum(cmzml_stream *stream);
/// At "<": while much is waiting, puts an element in front of a spectrum or chromatogram that lets
/// libxml2 come to the end of the one before, so that its texts go before the next come.
/// @return 0 where nothing was put.
int cmzml_pause(cmzml_stream *stream);
/// The number of the record that libxml2 has come to; -1 where there is none.
int64_t cmzml_next_record(cmzml_stream *stream);
#define CMZML_LIFTED_SPECTRUM "neatms-spectrum"
#define CMZML_PAUSE "neatms-pause"

// ---- names.c
/// Where the bytes for libxml2 go.
typedef struct {
  char *bytes;
  size_t made, room;
} cmzml_output;

/// Passes on up to `count` bytes. @return how many there was room for.
size_t cmzml_pass(cmzml_stream *stream, size_t count, cmzml_output *out);
void cmzml_stop(cmzml_stream *stream, cmzml_problem problem);
/// Behind "<": collects the name until it is clear what it begins.
void cmzml_opening(cmzml_stream *stream, cmzml_output *out);

// ---- idle.c
/// The length of a cvParam or userParam at `from` that nobody will ask for; 0 where there is none,
/// or none that can be told at a glance.
size_t cmzml_idle_param(const uint8_t *from, size_t left);

// ---- lifted.c
/// @return 0 where there is no memory.
int cmzml_lifted_append(cmzml_lifted *lifted, const uint8_t *bytes, size_t count);
/// Ends the text under way. @return its number, or -1 where there is no memory.
int64_t cmzml_lifted_finish(cmzml_lifted *lifted);
size_t cmzml_lifted_unfinished(const cmzml_lifted *lifted);
/// Whether a spectrum with `count` bytes more has more than any, or too many texts are waiting.
int cmzml_lifted_is_full(const cmzml_lifted *lifted, size_t count);
/// A spectrum or chromatogram begins.
void cmzml_lifted_begin(cmzml_lifted *lifted);
/// @return null where there is no such text.
char *cmzml_lifted_text(const cmzml_lifted *lifted, int64_t number, size_t *length);
/// Gives the memory of a text back that nobody will look at again; its place stays.
void cmzml_lifted_drop(cmzml_lifted *lifted, int64_t number);
/// Forgets the texts up to and with `number`.
void cmzml_lifted_release(cmzml_lifted *lifted, int64_t number);
