// The tiles of Sources/CKernels as a library that scripts/bench-blas.sh can compare: cblas_sgemm for
// row-major matrices without a factor. What they do not take goes to BLIS, as in a step.
#include "../../Sources/CKernels/tiles.c"

void bli_sgemm(int trans_a, int trans_b, long m, long n, long k, const float *alpha,
               const float *a, long a_row, long a_column, const float *b, long b_row,
               long b_column, const float *beta, float *c, long c_row, long c_column);

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
    enum { transpose = 112 };
    long a_row = lda, a_column = 1, b_row = ldb, b_column = 1;
    const float one = 1;
    (void)order, (void)alpha;
    if (trans_a == transpose) a_row = 1, a_column = lda;
    if (trans_b == transpose) b_row = 1, b_column = ldb;
    if (ck_multiply_tiles(m, n, k, a, a_row, a_column, b, b_row, b_column, beta, c, ldc, 1)) return;
    bli_sgemm(0, 0, m, n, k, &one, a, a_row, a_column, b, b_row, b_column, &beta, c, ldc, 1);
}
