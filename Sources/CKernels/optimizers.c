#include "CKernels.h"
#include "clones.h"
#include "subnormal.h"
#include <math.h>
#include <stddef.h>

// Weights go through the cache in blocks, so that the sum of squares reads what was just written.
enum { block = 2048, lanes = 16 };

CK_INLINE double block_squares(const float *CK_RESTRICT w, long count) {
    float part[lanes] = {0};
    long i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int l = 0; l < lanes; l++) part[l] += w[i + l] * w[i + l];
    double sum = 0;
    for (int l = 0; l < lanes; l++) sum += part[l];
    for (; i < count; i++) sum += (double)w[i] * w[i];
    return sum;
}

CK_CLONES
double ck_sum_squares(const float *w, long count) {
    double sum = 0;
    for (long i = 0; i < count; i += block)
        sum += block_squares(w + i, count - i < block ? count - i : block);
    return sum;
}

CK_INLINE void adam_block(float *CK_RESTRICT w, float *CK_RESTRICT m, float *CK_RESTRICT v,
                       const float *CK_RESTRICT g, long count, float alpha, float c1, float c2,
                       float epsilon, float twice_l2) {
    for (long i = 0; i < count; i++) {
        float d = g[i] + twice_l2 * w[i];
        m[i] += (d - m[i]) * c1;
        v[i] += (d * d - v[i]) * c2;
        w[i] -= m[i] * alpha / (sqrtf(v[i]) + epsilon);
    }
}

CK_CLONES
static double adam(float *w, float *m, float *v, const float *g, long count, float alpha, float c1,
                   float c2, float epsilon, float l2) {
    double squares = 0;
    for (long i = 0; i < count; i += block) {
        long n = count - i < block ? count - i : block;
        adam_block(w + i, m + i, v + i, g + i, n, alpha, c1, c2, epsilon, 2 * l2);
        if (l2 > 0) squares += block_squares(w + i, n);
    }
    return squares;
}

double ck_adam(float *w, float *m, float *v, const float *g, long count, float alpha, float c1,
               float c2, float epsilon, float l2) {
    ck_mode before = flush_subnormals();
    double squares = adam(w, m, v, g, count, alpha, c1, c2, epsilon, l2);
    restore_mode(before);
    return squares;
}

CK_INLINE void sgd_block(float *CK_RESTRICT w, const float *CK_RESTRICT g, long count, float rate,
                      float twice_l2) {
    for (long i = 0; i < count; i++) w[i] -= rate * (g[i] + twice_l2 * w[i]);
}

CK_INLINE void momentum_block(float *CK_RESTRICT w, float *CK_RESTRICT m, const float *CK_RESTRICT g,
                           long count, float rate, float momentum, float twice_l2) {
    for (long i = 0; i < count; i++) {
        m[i] = momentum * m[i] - rate * (g[i] + twice_l2 * w[i]);
        w[i] += m[i];
    }
}

CK_CLONES
static double sgd(float *w, float *m, const float *g, long count, float rate, float momentum,
                  float l2) {
    double squares = 0;
    for (long i = 0; i < count; i += block) {
        long n = count - i < block ? count - i : block;
        if (m == NULL) sgd_block(w + i, g + i, n, rate, 2 * l2);
        else momentum_block(w + i, m + i, g + i, n, rate, momentum, 2 * l2);
        if (l2 > 0) squares += block_squares(w + i, n);
    }
    return squares;
}

double ck_sgd(float *w, float *m, const float *g, long count, float rate, float momentum,
              float l2) {
    ck_mode before = flush_subnormals();
    double squares = sgd(w, m, g, count, rate, momentum, l2);
    restore_mode(before);
    return squares;
}
