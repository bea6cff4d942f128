// Groups and datasets.
#include "internal.h"

hid_t chdf5_native(chdf5_type type) {
  switch (type) {
  case CHDF5_FLOAT32: return H5T_NATIVE_FLOAT;
  case CHDF5_FLOAT64: return H5T_NATIVE_DOUBLE;
  case CHDF5_INT32: return H5T_NATIVE_INT32;
  case CHDF5_INT64: return H5T_NATIVE_INT64;
  case CHDF5_UINT8: return H5T_NATIVE_UINT8;
  case CHDF5_UINT64: return H5T_NATIVE_UINT64;
  }
  return -1;
}

int chdf5_kind_of(chdf5_id group, const char *name) {
  htri_t exists = H5Lexists(group, name, H5P_DEFAULT);
  if (exists <= 0) return exists < 0 ? -1 : CHDF5_KIND_NONE;
  H5L_info_t link;
  if (H5Lget_info(group, name, &link, H5P_DEFAULT) < 0) return -1;
  if (link.type != H5L_TYPE_HARD) return CHDF5_KIND_LINK;
  H5O_info_t object;
  if (H5Oget_info_by_name(group, name, &object, H5P_DEFAULT) < 0) return -1;
  switch (object.type) {
  case H5O_TYPE_GROUP: return CHDF5_KIND_GROUP;
  case H5O_TYPE_DATASET: return CHDF5_KIND_DATASET;
  default: return CHDF5_KIND_OTHER;
  }
}

chdf5_id chdf5_group_open(chdf5_id parent, const char *name) {
  return H5Gopen2(parent, name, H5P_DEFAULT);
}

// Without times of change, so that the same content gives the same bytes.
static hid_t without_times(hid_t class) {
  hid_t creation = H5Pcreate(class);
  H5Pset_obj_track_times(creation, 0);
  return creation;
}

chdf5_id chdf5_group_create(chdf5_id parent, const char *name) {
  hid_t creation = without_times(H5P_GROUP_CREATE);
  hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, creation, H5P_DEFAULT);
  H5Pclose(creation);
  return group;
}

int64_t chdf5_link_count(chdf5_id group) {
  H5G_info_t info;
  if (H5Gget_info(group, &info) < 0) return -1;
  return (int64_t)info.nlinks;
}

int64_t chdf5_link_name(chdf5_id group, uint64_t index, char *name, size_t size) {
  return H5Lget_name_by_idx(
    group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, size, H5P_DEFAULT);
}

chdf5_id chdf5_dataset_open(chdf5_id parent, const char *name) {
  return H5Dopen2(parent, name, H5P_DEFAULT);
}

int chdf5_dataset_is_local(chdf5_id dataset) {
  hid_t creation = H5Dget_create_plist(dataset);
  if (creation < 0) return -1;
  int local = H5Pget_layout(creation) != H5D_VIRTUAL && H5Pget_external_count(creation) == 0;
  H5Pclose(creation);
  return local;
}

static hid_t create(hid_t parent, const char *name, hid_t type, int rank, const uint64_t *shape) {
  hsize_t lengths[H5S_MAX_RANK];
  if (rank < 0 || rank > H5S_MAX_RANK) return -1;
  for (int i = 0; i < rank; i++) lengths[i] = shape[i];
  hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, lengths, NULL);
  if (space < 0) return space;
  hid_t creation = without_times(H5P_DATASET_CREATE);
  hid_t dataset = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  H5Pclose(creation);
  H5Sclose(space);
  return dataset;
}

chdf5_id chdf5_dataset_create(
  chdf5_id parent, const char *name, chdf5_type type, int rank, const uint64_t *shape) {
  return create(parent, name, chdf5_native(type), rank, shape);
}

chdf5_id chdf5_dataset_create_strings(
  chdf5_id parent, const char *name, size_t length, uint64_t count) {
  hid_t type = chdf5_string_type(length, 1);
  hid_t dataset = create(parent, name, type, 1, &count);
  H5Tclose(type);
  return dataset;
}

hid_t chdf5_select(hid_t dataset, uint64_t start, uint64_t count, hid_t *memory) {
  hid_t space = H5Dget_space(dataset);
  if (space < 0) return space;
  hsize_t lengths[H5S_MAX_RANK], starts[H5S_MAX_RANK] = {0};
  int rank = H5Sget_simple_extent_dims(space, lengths, NULL);
  if (rank > 0) {
    lengths[0] = count;
    starts[0] = start;
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, starts, NULL, lengths, NULL) < 0) rank = -1;
  }
  *memory = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, lengths, NULL);
  if (rank < 0 || *memory < 0) {
    H5Sclose(space);
    return -1;
  }
  return space;
}

int chdf5_dataset_read(
  chdf5_id dataset, chdf5_type type, uint64_t start, uint64_t count, void *buffer) {
  hid_t memory, space = chdf5_select(dataset, start, count, &memory);
  if (space < 0) return -1;
  int code = H5Dread(dataset, chdf5_native(type), memory, space, H5P_DEFAULT, buffer);
  H5Sclose(memory);
  H5Sclose(space);
  return code;
}

int chdf5_dataset_write(
  chdf5_id dataset, chdf5_type type, uint64_t start, uint64_t count, const void *buffer) {
  hid_t memory, space = chdf5_select(dataset, start, count, &memory);
  if (space < 0) return -1;
  int code = H5Dwrite(dataset, chdf5_native(type), memory, space, H5P_DEFAULT, buffer);
  H5Sclose(memory);
  H5Sclose(space);
  return code;
}
