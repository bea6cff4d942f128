// What the files of this shim share.
#pragma once
#include <hdf5.h>

#include "CHDF5.h"

/// The library's memory type.
hid_t chdf5_native(chdf5_type type);
/// A memory type for strings of a length, or of any where that is 0; the caller closes it.
hid_t chdf5_string_type(size_t length, int utf8);
/// Selects rows of a dataset's first axis: its file space, with a memory space of the same count
/// in `memory`. The caller closes both.
hid_t chdf5_select(hid_t dataset, uint64_t start, uint64_t count, hid_t *memory);
