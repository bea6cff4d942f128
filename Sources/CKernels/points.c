#include "CKernels.h"
#include "clones.h"

void ck_pack_input(const float *x, ck_points p, float *out) {
    for (long s = 0; s < p.samples; s++) {
        const float *source = x + s * p.height * p.width;
        float *target = out + s * (p.width + p.gap) * p.height;
        for (long w = 0; w < p.width; w++)
            for (long h = 0; h < p.height; h++) target[w * p.height + h] = source[h * p.width + w];
    }
}

CK_INLINE void activate_1(const float *CK_RESTRICT z, const float *CK_RESTRICT bias, long n, int relu,
                       float *CK_RESTRICT out, uint8_t *CK_RESTRICT mask) {
    if (!relu) {
        for (long c = 0; c < n; c++) {
            out[c] = z[c] + bias[c];
            mask[c] = 1;
        }
        return;
    }
    for (long c = 0; c < n; c++) {
        float v = z[c] + bias[c];
        out[c] = v < 0 ? 0 : v;  // Not a number stays what it is, as in TensorFlow.
        mask[c] = v > 0;
    }
}

CK_INLINE void activate_2(const float *CK_RESTRICT z0, const float *CK_RESTRICT z1,
                       const float *CK_RESTRICT bias, long n, int relu, float *CK_RESTRICT out,
                       uint8_t *CK_RESTRICT mask) {
    for (long c = 0; c < n; c++) {
        int second = z1[c] > z0[c];
        float v = (second ? z1[c] : z0[c]) + bias[c];
        int open = !relu || v > 0;
        out[c] = relu && v < 0 ? 0 : v;
        mask[c] = (uint8_t)(open ? 1 + second : 0);
    }
}

CK_INLINE void activate_n(const float *CK_RESTRICT z, long row, long pool,
                       const float *CK_RESTRICT bias, long n, int relu, float *CK_RESTRICT out,
                       uint8_t *CK_RESTRICT mask) {
    for (long c = 0; c < n; c++) {
        float best = z[c];
        int place = 1;
        for (long k = 1; k < pool; k++) {
            if (z[k * row + c] > best) {
                best = z[k * row + c];
                place = (int)k + 1;
            }
        }
        float v = best + bias[c];
        int open = !relu || v > 0;
        out[c] = relu && v < 0 ? 0 : v;
        mask[c] = (uint8_t)(open ? place : 0);
    }
}

CK_CLONES
void ck_activate_pool(const float *z, const float *bias, ck_points p, float *out, uint8_t *mask) {
    const long row = p.height * p.channels, pooled = p.width / p.pool;
    for (long s = 0; s < p.samples; s++) {
        for (long q = 0; q < pooled; q++) {
            const float *from = z + (s * (p.width + p.gap) + q * p.pool) * row;
            uint8_t *keep = mask + (s * pooled + q) * row;
            for (long h = 0; h < p.height; h++) {
                const float *a = from + h * p.channels;
                float *to = out + s * p.out_sample + q * p.out_point + h * p.out_height;
                uint8_t *m = keep + h * p.channels;
                if (p.pool == 1) activate_1(a, bias, p.channels, p.relu, to, m);
                else if (p.pool == 2) activate_2(a, a + row, bias, p.channels, p.relu, to, m);
                else activate_n(a, row, p.pool, bias, p.channels, p.relu, to, m);
            }
        }
    }
}

CK_INLINE void spread(const float *CK_RESTRICT d, const uint8_t *CK_RESTRICT mask, long n, long pool,
                   long row, float *CK_RESTRICT dz) {
    for (long k = 0; k < pool; k++)
        for (long c = 0; c < n; c++) dz[k * row + c] = mask[c] == k + 1 ? d[c] : 0;
}

CK_INLINE void sum_open(const float *CK_RESTRICT d, const uint8_t *CK_RESTRICT mask, long n,
                     float *CK_RESTRICT sum) {
    for (long c = 0; c < n; c++) sum[c] += mask[c] ? d[c] : 0;
}

CK_CLONES
void ck_activate_pool_backward(const float *d_out, const uint8_t *mask, ck_points p, float *d_z,
                               float *d_bias) {
    const long row = p.height * p.channels, pooled = p.width / p.pool;
    for (long s = 0; s < p.samples; s++) {
        float *to = d_z + s * (p.width + p.gap) * row;
        for (long q = 0; q < pooled; q++) {
            const uint8_t *keep = mask + (s * pooled + q) * row;
            for (long h = 0; h < p.height; h++) {
                const float *d = d_out + s * p.out_sample + q * p.out_point + h * p.out_height;
                const uint8_t *m = keep + h * p.channels;
                spread(d, m, p.channels, p.pool, row, to + q * p.pool * row + h * p.channels);
                sum_open(d, m, p.channels, d_bias);
            }
        }
        for (long i = pooled * p.pool * row; i < p.width * row; i++) to[i] = 0;
    }
}

CK_CLONES
void ck_bias_relu_dropout(float *CK_RESTRICT y, const float *CK_RESTRICT bias, const float *CK_RESTRICT scales,
                          long rows, long units) {
    for (long r = 0; r < rows; r++)
        for (long u = 0; u < units; u++) {
            float v = y[r * units + u] + bias[u];
            y[r * units + u] = (v < 0 ? 0 : v) * scales[r * units + u];
        }
}

CK_CLONES
void ck_bias_activate(float *CK_RESTRICT y, const float *CK_RESTRICT bias, long rows, long units,
                      int relu) {
    for (long r = 0; r < rows; r++) {
        float *row = y + r * units;
        for (long u = 0; u < units; u++) {
            float v = row[u] + bias[u];
            row[u] = relu && v < 0 ? 0 : v;
        }
    }
}
