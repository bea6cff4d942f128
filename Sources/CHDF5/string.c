// Strings: the library has variable- and fixed-length ones; callers see only "strings".
#include <stdlib.h>
#include <string.h>

#include "internal.h"

hid_t chdf5_string_type(size_t length, int utf8) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  H5Tset_size(type, length > 0 ? length : H5T_VARIABLE);
  if (length > 0) H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
  return type;
}

// The spaces and the file type of what is to be read.
typedef struct {
  hid_t object, type, memory, space;
  int is_attribute;
  uint64_t count;
} source;

static int read(const source *from, hid_t type, void *buffer) {
  if (from->is_attribute) return H5Aread(from->object, type, buffer);
  return H5Dread(from->object, type, from->memory, from->space, H5P_DEFAULT, buffer);
}

static char *read_variable(const source *from, size_t *bytes) {
  char **strings = calloc(from->count + 1, sizeof *strings);
  if (!strings) return NULL;
  char *packed = NULL;
  hid_t type = chdf5_string_type(0, H5Tget_cset(from->type) == H5T_CSET_UTF8);
  if (read(from, type, strings) >= 0) {
    *bytes = 0;
    for (uint64_t i = 0; i < from->count; i++) *bytes += strings[i] ? strlen(strings[i]) + 1 : 1;
    char *next = packed = malloc(*bytes + 1);
    for (uint64_t i = 0; packed && i < from->count; i++) {
      size_t length = strings[i] ? strlen(strings[i]) : 0;
      if (length) memcpy(next, strings[i], length);
      next[length] = 0;
      next += length + 1;
    }
    H5Dvlen_reclaim(type, from->memory, H5P_DEFAULT, strings);
  }
  H5Tclose(type);
  free(strings);
  return packed;
}

static char *read_fixed(const source *from, size_t *bytes) {
  size_t size = H5Tget_size(from->type);
  if (size == 0 || from->count > SIZE_MAX / 2 / (size + 1)) return NULL;
  int padded = H5Tget_strpad(from->type) == H5T_STR_SPACEPAD;
  char *raw = malloc(from->count * size + 1), *packed = malloc(from->count * (size + 1) + 1);
  if (!raw || !packed || read(from, from->type, raw) < 0) {
    free(raw);
    free(packed);
    return NULL;
  }
  char *next = packed;
  for (uint64_t i = 0; i < from->count; i++) {
    size_t length = strnlen(raw + i * size, size);
    while (padded && length > 0 && raw[i * size + length - 1] == ' ') length--;
    memcpy(next, raw + i * size, length);
    next[length] = 0;
    next += length + 1;
  }
  *bytes = (size_t)(next - packed);
  free(raw);
  return packed;
}

char *chdf5_read_strings(
  chdf5_id object, int is_attribute, uint64_t start, uint64_t count, size_t *bytes) {
  source from = {.object = object, .is_attribute = is_attribute, .count = count};
  from.type = is_attribute ? H5Aget_type(object) : H5Dget_type(object);
  if (from.type < 0) return NULL;
  if (is_attribute) {
    from.space = H5Aget_space(object);
    from.memory = H5Aget_space(object);
  } else {
    from.space = chdf5_select(object, start, count, &from.memory);
  }
  char *packed = NULL;
  if (from.space >= 0) {
    packed = H5Tis_variable_str(from.type) > 0 ? read_variable(&from, bytes)
                                               : read_fixed(&from, bytes);
    H5Sclose(from.memory);
    H5Sclose(from.space);
  }
  H5Tclose(from.type);
  return packed;
}

int chdf5_dataset_write_strings(chdf5_id dataset, size_t length, const void *strings) {
  hid_t type = chdf5_string_type(length, 1);
  int code = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, strings);
  H5Tclose(type);
  return code;
}
