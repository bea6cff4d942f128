// The part of HDF5 that the package uses, with prefixed names, plain C types and no macro.
//
// Every function that can fail returns the library's own code: negative is a failure, whose reason
// `chdf5_last_error` then tells. Ids are the library's `hid_t`.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef int64_t chdf5_id;

/// Types of memory buffers; the library converts between these and the file's type.
typedef enum {
  CHDF5_FLOAT32 = 0,
  CHDF5_FLOAT64 = 1,
  CHDF5_INT32 = 2,
  CHDF5_INT64 = 3,
  CHDF5_UINT8 = 4,
  CHDF5_UINT64 = 5,
} chdf5_type;

/// What kind of type a dataset or attribute has in the file.
typedef enum {
  CHDF5_CLASS_INTEGER = 0,
  CHDF5_CLASS_FLOAT = 1,
  CHDF5_CLASS_STRING = 2,
  CHDF5_CLASS_BOOL = 3,  // h5py's bool: an enumeration over a one-byte integer
  CHDF5_CLASS_OTHER = 4,
} chdf5_class;

typedef enum {
  CHDF5_KIND_NONE = 0,
  CHDF5_KIND_GROUP = 1,
  CHDF5_KIND_DATASET = 2,
  CHDF5_KIND_LINK = 3,  // soft or external: never followed
  CHDF5_KIND_OTHER = 4,
} chdf5_kind;

// Library (library.c)

/// Starts the library, without its work at exit, and turns its printing of errors off for the
/// calling thread.
int chdf5_start(void);
/// Where the last failed call of this thread broke, in the library's words; valid until the next.
const char *chdf5_last_error(void);
/// The library's version.
int chdf5_version(unsigned *major, unsigned *minor, unsigned *release);
/// Closes any id: file, group, dataset or attribute.
int chdf5_close(chdf5_id id);
/// Frees what `chdf5_read_strings` returned.
void chdf5_free(void *pointer);

// Files (library.c)

/// Opens for reading, without file locks (cluster file systems often have none), and with a chunk
/// cache large enough to read chunked data row by row.
chdf5_id chdf5_file_open(const char *path);
/// Opens the bytes of a file in memory, which are copied.
chdf5_id chdf5_file_open_image(const void *bytes, size_t size);
/// Creates or empties the file, or makes one in memory that is never written; closing it closes
/// everything opened in it.
chdf5_id chdf5_file_create(const char *path, int in_memory);
/// The bytes of a flushed file: their number, when `buffer` is NULL; else they are copied into it.
int64_t chdf5_file_image(chdf5_id file, void *buffer, size_t size);
int chdf5_file_flush(chdf5_id file);
/// Lets the kernel begin to write to the disk what the library has written to the file of any object,
/// and does not wait. A hint: what fails here fails again, and is told, where the file is flushed.
void chdf5_start_write_back(chdf5_id object);

// Groups and datasets (object.c). `name` is one name, not a path.

/// One of `chdf5_kind`, negative on failure.
int chdf5_kind_of(chdf5_id group, const char *name);
chdf5_id chdf5_group_open(chdf5_id parent, const char *name);
chdf5_id chdf5_group_create(chdf5_id parent, const char *name);
/// How many links a group has.
int64_t chdf5_link_count(chdf5_id group);
/// The name of a link by position in name order: its length, of which at most `size` - 1 bytes and
/// a zero are copied.
int64_t chdf5_link_name(chdf5_id group, uint64_t index, char *name, size_t size);

chdf5_id chdf5_dataset_open(chdf5_id parent, const char *name);
/// 1 when the data lie in this very file, 0 for external or virtual storage.
int chdf5_dataset_is_local(chdf5_id dataset);
/// A contiguous dataset of a number type, little-endian.
chdf5_id chdf5_dataset_create(
  chdf5_id parent, const char *name, chdf5_type type, int rank, const uint64_t *shape);
/// A dataset of `count` UTF-8 strings of at most `length` bytes, or of any length where that is 0.
chdf5_id chdf5_dataset_create_strings(
  chdf5_id parent, const char *name, size_t length, uint64_t count);
/// Rows `start ..< start + count` of the first axis (ignored for a scalar) from or to `buffer`.
int chdf5_dataset_read(
  chdf5_id dataset, chdf5_type type, uint64_t start, uint64_t count, void *buffer);
int chdf5_dataset_write(
  chdf5_id dataset, chdf5_type type, uint64_t start, uint64_t count, const void *buffer);

// What dataset and attribute share (object.c)

/// The number of axes (0: scalar), with their lengths; -1 for none or more than `max_rank`.
int chdf5_shape(chdf5_id object, uint64_t *shape, int max_rank);
/// One of `chdf5_class`, with the size of an element in bytes.
int chdf5_class_of(chdf5_id object, size_t *size);

// Attributes (attribute.c)

int chdf5_attribute_exists(chdf5_id object, const char *name);
chdf5_id chdf5_attribute_open(chdf5_id object, const char *name);
int chdf5_attribute_read(chdf5_id attribute, chdf5_type type, void *buffer);
/// Rank 0 writes a scalar, rank 1 `count` values.
int chdf5_attribute_write(
  chdf5_id object, const char *name, chdf5_type type, int rank, uint64_t count,
  const void *buffer);
/// h5py's bool.
int chdf5_attribute_write_bool(chdf5_id object, const char *name, int value);

// How objects are stored (vet.c)

/// What the elements of a dataset or attribute are, as far as not every reader wants them.
typedef enum {
  CHDF5_ELEMENT_PLAIN = 0,  // integers, floats, strings
  CHDF5_ELEMENT_ENUM = 1,
  CHDF5_ELEMENT_COMPOUND = 2,
  CHDF5_ELEMENT_REFERENCE = 3,
  CHDF5_ELEMENT_OPAQUE = 4,
  CHDF5_ELEMENT_LIST = 5,  // of variable length
  CHDF5_ELEMENT_ARRAY = 6,
  CHDF5_ELEMENT_OTHER = 7,
} chdf5_element;

typedef struct {
  int64_t bytes;        // that its data take in the file
  int64_t chunk_bytes;  // of an unpacked chunk; 0 when it is not chunked
  int is_packed;        // 1: through gzip
  int filter;           // the first that is not gzip, shuffle or Fletcher's checksum; -1 for none
} chdf5_storage;

/// The length of the file that an open group or dataset lies in.
int64_t chdf5_file_size(chdf5_id object);
/// One of `chdf5_element`.
int chdf5_element_of(chdf5_id object);
int chdf5_storage_of(chdf5_id dataset, chdf5_storage *storage);
int64_t chdf5_attribute_count(chdf5_id object);
/// Opens an attribute by position, in no particular order.
chdf5_id chdf5_attribute_open_at(chdf5_id object, uint64_t index);
/// Its name's length, of which at most `size` - 1 bytes and a zero are copied.
int64_t chdf5_attribute_name(chdf5_id attribute, char *name, size_t size);

// Strings (string.c)

/// Strings of any type (variable or fixed length, UTF-8 or ASCII) of an attribute or of the rows of
/// a one-dimensional dataset: `count` zero-terminated strings one after another in memory that the
/// caller frees; NULL on failure.
char *chdf5_read_strings(
  chdf5_id object, int is_attribute, uint64_t start, uint64_t count, size_t *bytes);
/// Writes all strings of a dataset: `length` bytes each, one behind the other, filled up with zeros;
/// where `length` is 0 pointers to zero-terminated ones.
int chdf5_dataset_write_strings(chdf5_id dataset, size_t length, const void *strings);
/// Variable-length strings; `utf8` 0 marks them as ASCII, as Keras does.
int chdf5_attribute_write_strings(
  chdf5_id object, const char *name, int rank, uint64_t count, const char *const *strings,
  int utf8);
