#include "CKernels.h"
#include "clones.h"

// F(4,3) of A. Lavin and S. Gray, Fast algorithms for convolutional neural networks (CVPR 2016,
// arXiv:1509.09308), along the points: four outputs of a convolution with three taps come from six
// products instead of twelve.
//
//   y = A^T [(G w) * (B^T d)]
//
// with d six inputs, w the taps and * element by element; here an element is a row of channels, so that
// each of the six is a matrix product over all tiles. The gradient of w is G^T [(A dy) (B^T d)^T].
//
// Where a direct sum is of zeros alone, this one is of terms that cancel but for rounding, since the tile's other
// inputs are not zero. With a bias of zero, as at the start, relu would be open there. So such outputs are made
// zero (`live`).

CK_CLONES void ck_winograd_kernel(const float *CK_RESTRICT w, long count, float *CK_RESTRICT u) {
    const float *w1 = w + count, *w2 = w1 + count;
    for (long i = 0; i < count; i++) {
        float ends = w[i] + w2[i], rest = w[i] * (1.0f / 24) + w2[i] * (1.0f / 6);
        u[i] = w[i] * 0.25f;
        u[count + i] = (ends + w1[i]) * (-1.0f / 6);
        u[2 * count + i] = (ends - w1[i]) * (-1.0f / 6);
        u[3 * count + i] = rest + w1[i] * (1.0f / 12);
        u[4 * count + i] = rest - w1[i] * (1.0f / 12);
        u[5 * count + i] = w2[i];
    }
}

CK_CLONES void ck_winograd_kernel_gradient(const float *CK_RESTRICT d_u, long count,
                                           float *CK_RESTRICT d_w) {
    const float *u1 = d_u + count, *u2 = u1 + count, *u3 = u2 + count, *u4 = u3 + count,
                *u5 = u4 + count;
    for (long i = 0; i < count; i++) {
        float sum = (u1[i] + u2[i]) * (-1.0f / 6), sum_2 = u3[i] + u4[i];
        d_w[i] = d_u[i] * 0.25f + sum + sum_2 * (1.0f / 24);
        d_w[count + i] = (u1[i] - u2[i]) * (-1.0f / 6) + (u3[i] - u4[i]) * (1.0f / 12);
        d_w[2 * count + i] = sum + sum_2 * (1.0f / 6) + u5[i];
    }
}

/// The row of the first of a tile's points.
CK_INLINE long tile_row(ck_tiling tiling, long tile) {
    long sample = tile / (tiling.width / 4);
    return sample * tiling.sample_rows + (tile - sample * (tiling.width / 4)) * 4;
}

CK_CLONES void ck_winograd_input(const float *x, ck_tiling tiling, long row, float *v) {
    long plane = tiling.count * row;
    for (long t = 0; t < tiling.count; t++) {
        const float *CK_RESTRICT d = x + tile_row(tiling, tiling.first + t) * row;
        float *CK_RESTRICT to = v + t * row;
        for (long i = 0; i < row; i++) {
            float d0 = d[i], d1 = d[row + i], d2 = d[2 * row + i], d3 = d[3 * row + i],
                  d4 = d[4 * row + i], d5 = d[5 * row + i];
            to[i] = 4 * d0 - 5 * d2 + d4;
            to[plane + i] = d4 + d3 - 4 * (d1 + d2);
            to[2 * plane + i] = d4 - d3 + 4 * (d1 - d2);
            to[3 * plane + i] = d4 - d2 + 2 * (d3 - d1);
            to[4 * plane + i] = d4 - d2 - 2 * (d3 - d1);
            to[5 * plane + i] = 4 * d1 - 5 * d3 + d5;
        }
    }
}

/// Whether any of `count` numbers is not zero; the first few mostly tell.
CK_INLINE int any_of(const float *x, long count) {
    for (long i = 0; i < count; i += 16) {
        long n = count - i < 16 ? count - i : 16;
        int any = 0;
        if (n == 16)
            for (int j = 0; j < 16; j++) any |= x[i + j] != 0;
        else
            for (long j = 0; j < n; j++) any |= x[i + j] != 0;
        if (any) return 1;
    }
    return 0;
}

CK_CLONES void ck_winograd_live(const float *x, ck_tiling tiling, long row, float *live) {
    for (long t = 0; t < tiling.count; t++) {
        const float *d = x + tile_row(tiling, tiling.first + t) * row;
        int any[6];
        for (int i = 0; i < 6; i++) any[i] = any_of(d + i * row, row);
        for (int i = 0; i < 4; i++) live[4 * t + i] = any[i] | any[i + 1] | any[i + 2] ? 1 : 0;
    }
}

CK_CLONES void ck_winograd_output(const float *m, const float *live, ck_tiling tiling, long row, float *y) {
    long plane = tiling.count * row;
    for (long t = 0; t < tiling.count; t++) {
        float *CK_RESTRICT to = y + tile_row(tiling, tiling.first + t) * row;
        const float *CK_RESTRICT from = m + t * row;
        const float l0 = live[4 * t], l1 = live[4 * t + 1], l2 = live[4 * t + 2], l3 = live[4 * t + 3];
        for (long i = 0; i < row; i++) {
            float m1 = from[plane + i], m2 = from[2 * plane + i], m3 = from[3 * plane + i],
                  m4 = from[4 * plane + i];
            float sum = m1 + m2, difference = m1 - m2, sum_2 = m3 + m4, difference_2 = m3 - m4;
            to[i] = (from[i] + sum + sum_2) * l0;
            to[row + i] = (difference + 2 * difference_2) * l1;
            to[2 * row + i] = (sum + 4 * sum_2) * l2;
            to[3 * row + i] = (difference + 8 * difference_2 + from[5 * plane + i]) * l3;
        }
    }
}

/// One tile of one of the image's rows: the four points, pooled, with bias and relu.
CK_INLINE void activate_tile(const float *CK_RESTRICT from, const float *CK_RESTRICT live, long plane,
                             const float *CK_RESTRICT bias, long n, int pool, int relu,
                             float *CK_RESTRICT out, long out_point, uint8_t *CK_RESTRICT mask, long row) {
    const float l0 = live[0], l1 = live[1], l2 = live[2], l3 = live[3];
    for (long i = 0; i < n; i++) {
        float m1 = from[plane + i], m2 = from[2 * plane + i], m3 = from[3 * plane + i],
              m4 = from[4 * plane + i];
        float sum = m1 + m2, difference = m1 - m2, sum_2 = m3 + m4, difference_2 = m3 - m4;
        float y[4] = {(from[i] + sum + sum_2) * l0, (difference + 2 * difference_2) * l1,
                      (sum + 4 * sum_2) * l2, (difference + 8 * difference_2 + from[5 * plane + i]) * l3};
        for (int q = 0; q < 4 / pool; q++) {
            float best = y[q * pool];
            int place = 1;
            for (int k = 1; k < pool; k++) {
                int greater = y[q * pool + k] > best;
                best = greater ? y[q * pool + k] : best;
                place = greater ? k + 1 : place;
            }
            float v = best + bias[i];
            out[q * out_point + i] = relu && v < 0 ? 0 : v;
            mask[q * row + i] = (uint8_t)(!relu || v > 0 ? place : 0);
        }
    }
}

CK_INLINE void activate_tiles(const float *m, const float *live, ck_tiling tiling, const float *bias,
                              ck_points p, int pool, int relu, float *out, uint8_t *mask) {
    const long row = p.height * p.channels, plane = tiling.count * row, tiles = tiling.width / 4;
    for (long t = 0; t < tiling.count; t++) {
        long sample = (tiling.first + t) / tiles, point = (tiling.first + t - sample * tiles) * 4 / pool;
        for (long h = 0; h < p.height; h++)
            activate_tile(m + t * row + h * p.channels, live + 4 * t, plane, bias, p.channels, pool, relu,
                          out + sample * p.out_sample + point * p.out_point + h * p.out_height, p.out_point,
                          mask + (sample * (p.width / pool) + point) * row + h * p.channels, row);
    }
}

CK_CLONES void ck_winograd_activate_pool(const float *m, const float *live, ck_tiling tiling,
                                         const float *bias, ck_points p, float *out, uint8_t *mask) {
    if (p.relu) {
        if (p.pool == 1) activate_tiles(m, live, tiling, bias, p, 1, 1, out, mask);
        if (p.pool == 2) activate_tiles(m, live, tiling, bias, p, 2, 1, out, mask);
        if (p.pool == 4) activate_tiles(m, live, tiling, bias, p, 4, 1, out, mask);
    } else {
        if (p.pool == 1) activate_tiles(m, live, tiling, bias, p, 1, 0, out, mask);
        if (p.pool == 2) activate_tiles(m, live, tiling, bias, p, 2, 0, out, mask);
        if (p.pool == 4) activate_tiles(m, live, tiling, bias, p, 4, 0, out, mask);
    }
}

CK_CLONES void ck_winograd_output_gradient(const float *d_y, ck_tiling tiling, long row,
                                           float *d_m) {
    long plane = tiling.count * row;
    for (long t = 0; t < tiling.count; t++) {
        const float *CK_RESTRICT d = d_y + tile_row(tiling, tiling.first + t) * row;
        float *CK_RESTRICT to = d_m + t * row;
        for (long i = 0; i < row; i++) {
            float d0 = d[i], d1 = d[row + i], d2 = d[2 * row + i], d3 = d[3 * row + i];
            float even = d0 + d2, odd = d1 + d3, even_2 = d0 + 4 * d2, odd_2 = 2 * d1 + 8 * d3;
            to[i] = d0;
            to[plane + i] = even + odd;
            to[2 * plane + i] = even - odd;
            to[3 * plane + i] = even_2 + odd_2;
            to[4 * plane + i] = even_2 - odd_2;
            to[5 * plane + i] = d3;
        }
    }
}
