#pragma once
#include "CKernels.h"

/// The products that a step is made of, on processors with AVX-512 or AVX2: faster than BLIS 0.9 there, whose
/// packing costs much at this network's sizes (docs/dependencies.md). Arguments as of `ck_sgemm`. An
/// element of C is summed in the order of k, in parts of 96, wherever in C it lies.
/// Returns 0, having done nothing, for other processors, strides and sizes.
int ck_multiply_tiles(long m, long n, long k, const float *a, long a_row, long a_column,
                      const float *b, long b_row, long b_column, float beta, float *c, long c_row,
                      long c_column);

/// For one kind of processor; beta is 0 or 1.
int ck_multiply_tiles_avx512(long m, long n, long k, const float *a, long a_row, long a_column,
                             const float *b, long b_row, long b_column, float beta, float *c, long c_row);
int ck_multiply_tiles_avx2(long m, long n, long k, const float *a, long a_row, long a_column,
                           const float *b, long b_row, long b_column, float beta, float *c, long c_row);
