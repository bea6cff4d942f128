// What an object says of how it is stored, for those who do not trust a file.
#include "internal.h"

int64_t chdf5_file_size(chdf5_id object) {
  hid_t file = H5Iget_file_id(object);
  if (file < 0) return -1;
  hsize_t size = 0;
  int code = H5Fget_filesize(file, &size);
  H5Fclose(file);
  return code < 0 ? -1 : (int64_t)size;
}

int chdf5_element_of(chdf5_id object) {
  hid_t type = H5Iget_type(object) == H5I_ATTR ? H5Aget_type(object) : H5Dget_type(object);
  if (type < 0) return -1;
  int result = CHDF5_ELEMENT_OTHER;
  switch (H5Tget_class(type)) {
  case H5T_INTEGER:
  case H5T_FLOAT:
  case H5T_STRING: result = CHDF5_ELEMENT_PLAIN; break;
  case H5T_ENUM: result = CHDF5_ELEMENT_ENUM; break;
  case H5T_COMPOUND: result = CHDF5_ELEMENT_COMPOUND; break;
  case H5T_REFERENCE: result = CHDF5_ELEMENT_REFERENCE; break;
  case H5T_OPAQUE: result = CHDF5_ELEMENT_OPAQUE; break;
  case H5T_VLEN: result = CHDF5_ELEMENT_LIST; break;
  case H5T_ARRAY: result = CHDF5_ELEMENT_ARRAY; break;
  default: break;
  }
  H5Tclose(type);
  return result;
}

static int is_known(H5Z_filter_t filter) {
  return filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE
    || filter == H5Z_FILTER_FLETCHER32;
}

static int filters(hid_t creation, chdf5_storage *storage) {
  int count = H5Pget_nfilters(creation);
  for (int i = 0; i < count; i++) {
    unsigned flags, config;
    size_t values = 0;
    H5Z_filter_t filter =
      H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
    if (filter < 0) return -1;
    if (filter == H5Z_FILTER_DEFLATE) storage->is_packed = 1;
    if (!is_known(filter) && storage->filter < 0) storage->filter = filter;
  }
  return count;
}

static int chunk(hid_t creation, hid_t dataset, chdf5_storage *storage) {
  hsize_t lengths[H5S_MAX_RANK];
  int rank = H5Pget_chunk(creation, H5S_MAX_RANK, lengths);
  hid_t type = H5Dget_type(dataset);
  if (rank < 0 || type < 0) return -1;
  double bytes = (double)H5Tget_size(type);
  for (int i = 0; i < rank; i++) bytes *= (double)lengths[i];
  H5Tclose(type);
  storage->chunk_bytes = bytes < 1e18 ? (int64_t)bytes : INT64_MAX;
  return 0;
}

int chdf5_storage_of(chdf5_id dataset, chdf5_storage *storage) {
  *storage = (chdf5_storage){.filter = -1};
  hid_t creation = H5Dget_create_plist(dataset);
  if (creation < 0) return -1;
  int code = 0;
  if (filters(creation, storage) < 0) code = -1;
  if (code == 0 && H5Pget_layout(creation) == H5D_CHUNKED) code = chunk(creation, dataset, storage);
  H5Pclose(creation);
  storage->bytes = (int64_t)H5Dget_storage_size(dataset);
  return code;
}

int64_t chdf5_attribute_count(chdf5_id object) {
  H5O_info_t info;
  if (H5Oget_info(object, &info) < 0) return -1;
  return (int64_t)info.num_attrs;
}

chdf5_id chdf5_attribute_open_at(chdf5_id object, uint64_t index) {
  return H5Aopen_by_idx(
    object, ".", H5_INDEX_NAME, H5_ITER_NATIVE, index, H5P_DEFAULT, H5P_DEFAULT);
}

int64_t chdf5_attribute_name(chdf5_id attribute, char *name, size_t size) {
  return H5Aget_name(attribute, size, name);
}
