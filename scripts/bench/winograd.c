// The second convolution of NeatMS's network (3 taps, 2 x 32 channels in, 2 x 64 out, as a product over
// points: docs/architecture.md) of 16 samples, directly and in Winograd's forms F(2,3) and F(4,3) along the
// points (A. Lavin and S. Gray, Fast algorithms for convolutional neural networks, CVPR 2016,
// arXiv:1509.09308), in turns in one process. Prints the times and the largest differences from sums in
// double precision.
//
//   winograd ROUNDS
//
// Other sizes by -DSAMPLES=… -DIN=… -DOUT=…: the input gradient is the same with IN and OUT exchanged.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

#ifndef SAMPLES
#define SAMPLES 16
#endif
#ifndef IN
#define IN 64
#define OUT 128
#endif
enum { POINTS = 60, GAP = 1, TAPS = 3 };
enum { ROWS = SAMPLES * (POINTS + GAP), MOST = 6, MOST_TILES = SAMPLES * POINTS / 2 };

static float x[(ROWS + 2 * GAP + 1) * IN] __attribute__((aligned(64)));
static float w[TAPS * IN * OUT] __attribute__((aligned(64)));
static float y[ROWS * OUT] __attribute__((aligned(64)));
static float v[MOST * MOST_TILES * IN] __attribute__((aligned(64)));
static float u[MOST * IN * OUT] __attribute__((aligned(64)));
static float m[MOST * MOST_TILES * OUT] __attribute__((aligned(64)));
static double exact[ROWS * OUT];

static const float *input(int sample, int point) {
    return x + (GAP + sample * (POINTS + GAP) + point) * IN;
}
static float *output(int sample, int point) { return y + (sample * (POINTS + GAP) + point) * OUT; }

static void direct(void) {
    ck_sgemm(ROWS - GAP, OUT, TAPS * IN, x, IN, 1, w, OUT, 1, 0, y, OUT, 1);
}

// F(2,3): 4 products for 2 points.

static void kernel_2(void) {
    for (int i = 0; i < IN * OUT; i++) {
        float a = w[i], b = w[IN * OUT + i], c = w[2 * IN * OUT + i];
        u[i] = a;
        u[IN * OUT + i] = (a + b + c) / 2;
        u[2 * IN * OUT + i] = (a - b + c) / 2;
        u[3 * IN * OUT + i] = c;
    }
}

static void form_2(void) {
    enum { tiles = SAMPLES * POINTS / 2 };
    for (int t = 0; t < tiles; t++) {
        const float *d = input(t / (POINTS / 2), t % (POINTS / 2) * 2) - IN;
        float *to = v + t * IN;
        for (int i = 0; i < IN; i++) {
            float d0 = d[i], d1 = d[IN + i], d2 = d[2 * IN + i], d3 = d[3 * IN + i];
            to[i] = d0 - d2;
            to[tiles * IN + i] = d1 + d2;
            to[2 * tiles * IN + i] = d2 - d1;
            to[3 * tiles * IN + i] = d1 - d3;
        }
    }
    for (int p = 0; p < 4; p++)
        ck_sgemm(tiles, OUT, IN, v + p * tiles * IN, IN, 1, u + p * IN * OUT, OUT, 1, 0,
                 m + p * tiles * OUT, OUT, 1);
    for (int t = 0; t < tiles; t++) {
        float *to = output(t / (POINTS / 2), t % (POINTS / 2) * 2);
        const float *from = m + t * OUT;
        for (int i = 0; i < OUT; i++) {
            float m0 = from[i], m1 = from[tiles * OUT + i], m2 = from[2 * tiles * OUT + i],
                  m3 = from[3 * tiles * OUT + i];
            to[i] = m0 + m1 + m2;
            to[OUT + i] = m1 - m2 - m3;
        }
    }
}

// F(4,3): 6 products for 4 points, as a step makes it (Sources/Model/WinogradForm.swift).

static void kernel_4(void) { ck_winograd_kernel(w, IN * OUT, u); }

static void form_4(void) {
    enum { tiles = SAMPLES * POINTS / 4 };
    ck_tiling tiling = {0, tiles, POINTS, POINTS + GAP};
    ck_winograd_input(input(0, 0) - IN, tiling, IN, v);
    for (int p = 0; p < 6; p++)
        ck_sgemm(tiles, OUT, IN, v + p * tiles * IN, IN, 1, u + p * IN * OUT, OUT, 1, 0,
                 m + p * tiles * OUT, OUT, 1);
    ck_winograd_output(m, tiling, OUT, y);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double measure(void (*form)(void)) {
    enum { repeats = 50 };
    double start = now();
    for (int i = 0; i < repeats; i++) form();
    return (now() - start) / repeats;
}

static double error(void (*kernel)(void), void (*form)(void)) {
    double largest = 0;
    memset(y, 0, sizeof y);
    if (kernel) kernel();
    form();
    for (int s = 0; s < SAMPLES; s++)
        for (int p = 0; p < POINTS; p++)
            for (int o = 0; o < OUT; o++) {
                long at = output(s, p) - y + o;
                largest = fmax(largest, fabs(y[at] - exact[at]));
            }
    return largest;
}

static int ascending(const void *left, const void *right) {
    double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

int main(int count, char **arguments) {
    enum { most = 101 };
    int rounds = count > 1 ? atoi(arguments[1]) : 21;
    static const char *names[] = {"direct", "F(2,3)", "F(4,3)"};
    void (*forms[])(void) = {direct, form_2, form_4};
    void (*kernels[])(void) = {NULL, kernel_2, kernel_4};
    double ratios[3][most], times[3][most];
    if (rounds < 1 || rounds > most) return 64;
    ck_pin_one_thread();
    // Activations after relu and pooling, about 1; a Glorot uniform kernel.
    for (int s = 0; s < SAMPLES; s++)
        for (int p = 0; p < POINTS; p++)
            for (int i = 0; i < IN; i++)
                ((float *)input(s, p))[i] = (float)rand() / (float)RAND_MAX;
    for (int i = 0; i < TAPS * IN * OUT; i++) w[i] = 0.14f * ((float)rand() / (float)RAND_MAX - 0.5f);
    for (int s = 0; s < SAMPLES; s++)
        for (int p = 0; p < POINTS; p++)
            for (int o = 0; o < OUT; o++) {
                double sum = 0;
                for (int i = 0; i < TAPS * IN; i++)
                    sum += (double)(input(s, p) - IN)[i] * (double)w[i * OUT + o];
                exact[output(s, p) - y + o] = sum;
            }
    for (int r = 0; r < rounds; r++)
        for (int f = 0; f < 3; f++) {
            if (kernels[f]) kernels[f]();
            times[f][r] = measure(forms[f]);
            ratios[f][r] = times[0][r] / times[f][r];
        }
    printf("| form | microseconds | times as fast as direct | largest error |\n|---|---:|---:|---:|\n");
    for (int f = 0; f < 3; f++) {
        qsort(times[f], (size_t)rounds, sizeof(double), ascending);
        qsort(ratios[f], (size_t)rounds, sizeof(double), ascending);
        printf("| %s | %.0f | %.2f | %.1e |\n", names[f], 1e6 * times[f][rounds / 2],
               ratios[f][rounds / 2], error(kernels[f], forms[f]));
    }
    return 0;
}
