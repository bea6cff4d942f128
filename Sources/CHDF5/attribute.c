// What attributes and datasets tell of themselves, and attributes of numbers.
#include "internal.h"

int chdf5_shape(chdf5_id object, uint64_t *shape, int max_rank) {
  hid_t space = H5Iget_type(object) == H5I_ATTR ? H5Aget_space(object) : H5Dget_space(object);
  if (space < 0) return -1;
  hsize_t lengths[H5S_MAX_RANK];
  int rank = H5Sget_simple_extent_type(space) == H5S_NULL
    ? -1 : H5Sget_simple_extent_dims(space, lengths, NULL);
  H5Sclose(space);
  if (rank > max_rank) return -1;
  for (int i = 0; i < rank; i++) shape[i] = lengths[i];
  return rank;
}

static int is_bool(hid_t type) {
  return H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2
    && H5Tget_member_index(type, "TRUE") >= 0 && H5Tget_member_index(type, "FALSE") >= 0;
}

int chdf5_class_of(chdf5_id object, size_t *size) {
  hid_t type = H5Iget_type(object) == H5I_ATTR ? H5Aget_type(object) : H5Dget_type(object);
  if (type < 0) return -1;
  int result;
  switch (H5Tget_class(type)) {
  case H5T_INTEGER: result = CHDF5_CLASS_INTEGER; break;
  case H5T_FLOAT: result = CHDF5_CLASS_FLOAT; break;
  case H5T_STRING: result = CHDF5_CLASS_STRING; break;
  case H5T_ENUM: result = is_bool(type) ? CHDF5_CLASS_BOOL : CHDF5_CLASS_OTHER; break;
  default: result = CHDF5_CLASS_OTHER;
  }
  *size = H5Tget_size(type);
  H5Tclose(type);
  return result;
}

int chdf5_attribute_exists(chdf5_id object, const char *name) { return H5Aexists(object, name); }

chdf5_id chdf5_attribute_open(chdf5_id object, const char *name) {
  return H5Aopen(object, name, H5P_DEFAULT);
}

int chdf5_attribute_read(chdf5_id attribute, chdf5_type type, void *buffer) {
  return H5Aread(attribute, chdf5_native(type), buffer);
}

static int write(
  hid_t object, const char *name, hid_t type, int rank, uint64_t count, const void *buffer) {
  hsize_t length = count;
  hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &length, NULL);
  if (space < 0) return -1;
  hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Sclose(space);
  if (attribute < 0) return -1;
  int code = rank == 1 && count == 0 ? 0 : H5Awrite(attribute, type, buffer);
  H5Aclose(attribute);
  return code;
}

int chdf5_attribute_write(
  chdf5_id object, const char *name, chdf5_type type, int rank, uint64_t count,
  const void *buffer) {
  return write(object, name, chdf5_native(type), rank, count, buffer);
}

int chdf5_attribute_write_bool(chdf5_id object, const char *name, int value) {
  hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  if (type < 0) return -1;
  signed char no = 0, yes = 1, held = value != 0;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  int code = write(object, name, type, 0, 1, &held);
  H5Tclose(type);
  return code;
}

int chdf5_attribute_write_strings(
  chdf5_id object, const char *name, int rank, uint64_t count, const char *const *strings,
  int utf8) {
  hid_t type = chdf5_string_type(0, utf8);
  if (type < 0) return -1;
  int code = write(object, name, type, rank, count, strings);
  H5Tclose(type);
  return code;
}
