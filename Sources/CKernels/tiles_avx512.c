#if defined(__x86_64__) && defined(__linux__)

// 24 sums, 4 vectors of B and a broadcast make 29 of the 32 registers.
#define WIDTH 16
#define TILE_VECTORS 4
#define TILE_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define TILE_PRODUCT ck_multiply_tiles_avx512
#include "tile_product.h"

#endif
