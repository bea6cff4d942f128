#if defined(__x86_64__) && defined(__linux__)

// 12 sums, 2 vectors of B and a broadcast make 15 of the 16 registers.
#define WIDTH 8
#define TILE_VECTORS 2
#define TILE_TARGET __attribute__((target("avx2,fma")))
#define TILE_PRODUCT ck_multiply_tiles_avx2
#include "tile_product.h"

#endif
