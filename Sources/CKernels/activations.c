#include "CKernels.h"
#include "clones.h"
#include <math.h>
#include <stddef.h>

// Values and slopes in single precision, as TensorFlow computes them. Not a number stays what it is.

/// Without overflow on either side.
CK_INLINE float logistic(float x) { return 1 / (1 + expf(-x)); }

/// log(1 + exp(x)) without overflow.
CK_INLINE float log_one_plus_exp(float x) { return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x)); }

CK_INLINE float relu(float x, float *s) {
    *s = x > 0;
    return x < 0 ? 0 : x;
}

CK_INLINE float sigmoid(float x, float *s) {
    float y = logistic(x);
    *s = y * (1 - y);
    return y;
}

CK_INLINE float hyperbolic(float x, float *s) {
    float y = tanhf(x);
    *s = 1 - y * y;
    return y;
}

CK_INLINE float elu(float x, float *s) {
    float y = x < 0 ? expm1f(x) : x;
    *s = x < 0 ? y + 1 : 1;
    return y;
}

CK_INLINE float selu(float x, float *s) {
    const float scale = 1.0507009873554805f, scale_alpha = 1.7580993408473769f;
    float y = x < 0 ? scale_alpha * expm1f(x) : scale * x;
    *s = x < 0 ? y + scale_alpha : scale;
    return y;
}

CK_INLINE float softplus(float x, float *s) {
    *s = logistic(x);
    return log_one_plus_exp(x);
}

CK_INLINE float softsign(float x, float *s) {
    float d = 1 + fabsf(x);
    *s = 1 / (d * d);
    return x / d;
}

CK_INLINE float exponential(float x, float *s) { return *s = expf(x); }

CK_INLINE float swish(float x, float *s) {
    float l = logistic(x);
    *s = l * (1 + x * (1 - l));
    return x * l;
}

CK_INLINE float gelu(float x, float *s) {
    float below = 0.5f * (1 + erff(x * 0.70710678118654752f));
    *s = below + x * 0.39894228040143268f * expf(-0.5f * x * x);
    return x * below;
}

CK_INLINE float mish(float x, float *s) {
    float t = tanhf(log_one_plus_exp(x));
    *s = t + x * (1 - t * t) * logistic(x);
    return x * t;
}

#define CK_EACH(f)                                       \
    for (long i = 0; i < count; i++) {                   \
        float s, v = f(y[i], &s);                        \
        y[i] = v;                                        \
        if (slope != NULL) slope[i] = s;                 \
    }                                                    \
    return

CK_CLONES
void ck_activate(ck_activation kind, float *CK_RESTRICT y, float *CK_RESTRICT slope, long count) {
    switch (kind) {
    case CK_RELU: CK_EACH(relu);
    case CK_SIGMOID: CK_EACH(sigmoid);
    case CK_TANH: CK_EACH(hyperbolic);
    case CK_ELU: CK_EACH(elu);
    case CK_SELU: CK_EACH(selu);
    case CK_SOFTPLUS: CK_EACH(softplus);
    case CK_SOFTSIGN: CK_EACH(softsign);
    case CK_EXPONENTIAL: CK_EACH(exponential);
    case CK_SWISH: CK_EACH(swish);
    case CK_GELU: CK_EACH(gelu);
    case CK_MISH: CK_EACH(mish);
    case CK_LINEAR:
        for (long i = 0; slope != NULL && i < count; i++) slope[i] = 1;
    }
}

CK_CLONES
void ck_multiply(float *CK_RESTRICT y, const float *CK_RESTRICT factor, long count) {
    for (long i = 0; i < count; i++) y[i] *= factor[i];
}

CK_CLONES
void ck_add(float *CK_RESTRICT y, const float *CK_RESTRICT x, long count) {
    for (long i = 0; i < count; i++) y[i] += x[i];
}

CK_CLONES
void ck_sum(float *CK_RESTRICT sum, const float *CK_RESTRICT x, const float *CK_RESTRICT y,
            long count) {
    for (long i = 0; i < count; i++) sum[i] = x[i] + y[i];
}

CK_CLONES
void ck_relu_dropout_backward(float *CK_RESTRICT d, const float *CK_RESTRICT y,
                              const float *CK_RESTRICT scales, long count) {
    for (long i = 0; i < count; i++) d[i] = y[i] <= 0 ? 0 : d[i] * scales[i];
}

CK_CLONES
void ck_relu_backward(float *CK_RESTRICT d, const float *CK_RESTRICT y, long count) {
    for (long i = 0; i < count; i++) d[i] = y[i] <= 0 ? 0 : d[i];
}
