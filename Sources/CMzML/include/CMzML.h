// The parts of libxml2 and zlib that reading mzML needs, with prefixed names, plain C types and no
// macro.
#pragma once
#include <stddef.h>
#include <stdint.h>

// ---- A file, element by element.

typedef struct cmzml_file cmzml_file;

/// The elements that are told; all others are passed over.
typedef enum {
  CMZML_ROOT_OTHER = 1,
  CMZML_MZML,
  CMZML_PARAM_GROUP,
  CMZML_PARAM_GROUP_REF,
  CMZML_SPECTRUM_LIST,
  CMZML_SPECTRUM,
  CMZML_CHROMATOGRAM,
  CMZML_BINARY_DATA_ARRAY,
  CMZML_BINARY,
  CMZML_CV_PARAM,
} cmzml_element;

/// Why reading stopped before the end.
typedef enum {
  CMZML_FINE = 0,
  CMZML_OPEN_FAILED,      // `cmzml_system_error` says why
  CMZML_READ_FAILED,      // `cmzml_system_error` says why
  CMZML_NO_MEMORY,
  CMZML_EMPTY,            // no byte in the file
  CMZML_GZIP_CUT,         // the gzip data ends before its end
  CMZML_GZIP_DAMAGED,
  CMZML_WIDE_CHARACTERS,  // UTF-16 or UTF-32
  CMZML_DOCTYPE,          // a document type declaration, of which nothing was looked at
  CMZML_TEXT_TOO_LONG,    // encoded data beyond `CMZML_MAXIMUM_TEXT`
  CMZML_CUT,              // the file ends inside an element
  CMZML_MALFORMED,        // not XML; `cmzml_xml_message` says where libxml2 gave up
} cmzml_problem;

/// Bytes of encoded data that one spectrum, and what is read ahead of it, may have.
#define CMZML_MAXIMUM_TEXT ((size_t)192 << 20)

/// Opens a file, plain or gzip. Null only where there is no memory; other problems are told by the
/// first `cmzml_next`.
cmzml_file *cmzml_open(const char *path);
void cmzml_close(cmzml_file *file);

/// Goes on to the next element of interest.
/// @return a `cmzml_element` at its start tag, minus that at its end tag (also for `<x/>`; cvParam,
/// binary and referenceableParamGroupRef have no end), 0 at the end of the file, and
/// `CMZML_STOPPED` when `cmzml_problem_of` has something to say.
int cmzml_next(cmzml_file *file);
#define CMZML_STOPPED (-1000)

cmzml_problem cmzml_problem_of(const cmzml_file *file);
/// The `errno` of the call that failed.
int cmzml_system_error(const cmzml_file *file);
/// libxml2's words, without a newline.
const char *cmzml_xml_message(const cmzml_file *file);
/// The first bytes of the (unpacked) file.
const uint8_t *cmzml_first_bytes(const cmzml_file *file, size_t *count);

/// Of the element just told, until the next call of `cmzml_next`: its local name.
const char *cmzml_name(const cmzml_file *file);
/// Of the element just told: the value of an attribute, or null.
const char *cmzml_attribute(const cmzml_file *file, const char *name);

/// A cvParam. Strings are null where the attribute is missing.
typedef struct {
  /// The digits of an accession "MS:1000511"; 0 for other vocabularies.
  int32_t accession;
  const char *name;
  const char *value;
  const char *unit_name;
  const char *unit_accession;
} cmzml_param;

/// Of the cvParam just told.
cmzml_param cmzml_read_param(const cmzml_file *file);

/// The encoded text of the `binary` just told. It stays until the call behind the end
/// of its spectrum or chromatogram.
typedef struct {
  /// Names the text in `cmzml_text`.
  int64_t number;
  size_t length;
  /// Not zero where markup interrupts the text.
  int is_broken;
} cmzml_encoded;

cmzml_encoded cmzml_read_binary(const cmzml_file *file);
/// Valid until the next call of `cmzml_next`, and to be decoded where it stands.
char *cmzml_text(const cmzml_file *file, int64_t number);
/// Gives a long text's memory back, before its time.
void cmzml_drop_text(cmzml_file *file, int64_t number);

// ---- Encoded data.

/// Decodes base64, with white space anywhere, into `out` of at least `length / 4 * 3 + 3` bytes,
/// which may be the text's own.
/// @return how many bytes it made, or -1 where the text is not base64.
ptrdiff_t cmzml_base64(const char *text, size_t length, uint8_t *out);

/// Numbers become doubles. `out` may be the same memory where the numbers end where the doubles
/// will end, or behind that.
void cmzml_widen_floats(const float *numbers, size_t count, double *out);
void cmzml_widen_int32(const int32_t *numbers, size_t count, double *out);
void cmzml_widen_int64(const int64_t *numbers, size_t count, double *out);

/// MS-Numpress linear, pic and slof (Teleman et al. 2014, Mol. Cell. Proteomics 13, 1537) into at
/// most `capacity` values.
/// @return how many values there are, or -1 where the data is damaged, or -2 where there are more.
ptrdiff_t cmzml_numpress_linear(
    const uint8_t *bytes, size_t length, double *out, size_t capacity);
ptrdiff_t cmzml_numpress_pic(const uint8_t *bytes, size_t length, double *out, size_t capacity);
ptrdiff_t cmzml_numpress_slof(const uint8_t *bytes, size_t length, double *out, size_t capacity);
