#include "CMzML.h"
#include <zlib.h>

const char *cmzml_zlib_version(void) { return zlibVersion(); }
