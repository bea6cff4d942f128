#include "CKernels.h"

// Declared here rather than included: Debian's <blis.h> is an alternatives link that may belong to
// the OpenMP build, which needs a header of its own compiler. The interface is BLIS's stable typed
// API with 64-bit dimensions (dim_t, inc_t) and BLIS_NO_TRANSPOSE = 0.
void bli_thread_set_num_threads(long threads);
void bli_sgemm(int trans_a, int trans_b, long m, long n, long k, const float *alpha,
               const float *a, long a_row, long a_column, const float *b, long b_row,
               long b_column, const float *beta, float *c, long c_row, long c_column);

void ck_pin_one_thread(void) { bli_thread_set_num_threads(1); }

void ck_sgemm(long m, long n, long k, const float *a, long a_row, long a_column, const float *b,
              long b_row, long b_column, float beta, float *c, long c_row, long c_column) {
    const float one = 1;
    if (m <= 0 || n <= 0) return;
    bli_sgemm(0, 0, m, n, k, &one, a, a_row, a_column, b, b_row, b_column, &beta, c, c_row,
              c_column);
}
