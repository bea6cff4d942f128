// The parts of libxml2 and zlib that reading mzML needs, with prefixed names, plain C types and no
// macro.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// zlib's version, for `--version` and run records.
const char *cmzml_zlib_version(void);
