// The library itself and files.
#define _GNU_SOURCE  // sync_file_range
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

int chdf5_start(void) {
  // Left open by a close that could not flush, a file would be flushed again at exit, and crash
  // there. Everything is closed, and every failure told, before. Only the first call counts.
  static int is_first = 1;
  if (is_first) H5dont_atexit();
  is_first = 0;
  if (H5open() < 0) return -1;
  // No code is loaded because a file asks for it.
  if (H5PLset_loading_state(0) < 0) return -1;
  return H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

// The innermost entry says most: "unable to open file", "truncated file: eof = …".
static herr_t keep_first(unsigned n, const H5E_error2_t *entry, void *text) {
  if (n == 0) snprintf(text, 512, "%s (%s)", entry->desc, entry->func_name);
  return 0;
}

const char *chdf5_last_error(void) {
  static _Thread_local char text[512];
  text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, text);
  return text[0] ? text : "no reason given";
}

int chdf5_version(unsigned *major, unsigned *minor, unsigned *release) {
  return H5get_libversion(major, minor, release);
}

int chdf5_close(chdf5_id id) {
  switch (H5Iget_type(id)) {
  case H5I_FILE: return H5Fclose(id);
  case H5I_GROUP: return H5Gclose(id);
  case H5I_DATASET: return H5Dclose(id);
  case H5I_ATTR: return H5Aclose(id);
  default: return -1;
  }
}

void chdf5_free(void *pointer) { free(pointer); }

static hid_t file_access(H5F_close_degree_t degree) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0) return access;
  H5Pset_fclose_degree(access, degree);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, 0, 1);
#endif
  H5Pset_cache(access, 0, 1009, 32u << 20, 0.75);
  return access;
}

// Closes a property list; what the library said last is kept, which any call forgets.
static void close_list(hid_t list) {
  hid_t said = H5Eget_current_stack();
  H5Pclose(list);
  if (said >= 0) H5Eset_current_stack(said);
}

chdf5_id chdf5_file_open(const char *path) {
  hid_t access = file_access(H5F_CLOSE_WEAK);
  if (access < 0) return access;
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  close_list(access);
  return file;
}

chdf5_id chdf5_file_open_image(const void *bytes, size_t size) {
  // Two open files of one name would be taken for one file.
  static unsigned long count = 0;
  char name[64];
  snprintf(name, sizeof name, "image-%lu", count++);
  hid_t access = file_access(H5F_CLOSE_WEAK);
  if (access < 0) return access;
  hid_t file = -1;
  // The library copies the bytes and only reads them, whatever its signature says.
  if (H5Pset_fapl_core(access, 1u << 20, 0) >= 0 &&
      H5Pset_file_image(access, (void *)bytes, size) >= 0)
    file = H5Fopen(name, H5F_ACC_RDONLY, access);
  close_list(access);
  return file;
}

chdf5_id chdf5_file_create(const char *path, int in_memory) {
  hid_t access = file_access(H5F_CLOSE_STRONG);
  if (access < 0) return access;
  if (in_memory && H5Pset_fapl_core(access, 4u << 20, 0) < 0) {
    H5Pclose(access);
    return -1;
  }
  hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_obj_track_times(creation, 0);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
  close_list(creation);
  close_list(access);
  return file;
}

int64_t chdf5_file_image(chdf5_id file, void *buffer, size_t size) {
  return H5Fget_file_image(file, buffer, size);
}

void chdf5_start_write_back(chdf5_id object) {
  hid_t file = H5Iget_file_id(object);
  hid_t access = file < 0 ? -1 : H5Fget_access_plist(file);
  void *descriptor = NULL;
  // What other drivers give is no descriptor.
  if (access >= 0 && H5Pget_driver(access) == H5FD_SEC2 &&
      H5Fget_vfd_handle(file, access, &descriptor) >= 0 && descriptor)
    sync_file_range(*(int *)descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
  if (access >= 0) close_list(access);
  if (file >= 0) H5Fclose(file);
}

int chdf5_file_flush(chdf5_id file) { return H5Fflush(file, H5F_SCOPE_GLOBAL); }
