// Single-precision matrix products of exactly this network's shapes, by several CBLAS libraries in
// one process, taking turns: the speed of a shared machine swings between minutes.
//
//   blas ROUNDS NAME=LIBRARY NAME=LIBRARY …      prints a Markdown table of GFLOP/s (medians)
//
// The libraries are opened by path, each with its own symbols. Their results are compared: a
// library that computes wrongly (old OpenBLAS on new processors) ends the run.

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };
enum { LIBRARIES = 4, SHAPES = 8, BATCHES = 4, ROUNDS = 64 };

typedef void (*sgemm_function)(int order, int trans_a, int trans_b, int m, int n, int k,
                               float alpha, const float *a, int lda, const float *b, int ldb,
                               float beta, float *c, int ldc);

struct library {
    const char *name;
    sgemm_function sgemm;
};

// One product of the step. A size is `fixed`, or `per_sample` × batch; the step of the network has
// each shape once.
struct size {
    int fixed, per_sample;
};
struct shape {
    const char *name;
    int trans_a, trans_b;
    struct size m, n, k;
};

static const struct shape shapes[SHAPES] = {
    // Convolutions over points, rows as channels: 5 taps of 2 channels, 3 taps of 64.
    {"conv2d_1 forward", 0, 0, {0, 120}, {64, 0}, {10, 0}},
    {"conv2d_1 dW", 1, 0, {10, 0}, {64, 0}, {0, 120}},
    {"conv2d_2 forward", 0, 0, {0, 60}, {128, 0}, {192, 0}},
    {"conv2d_2 dX", 0, 0, {0, 60}, {64, 0}, {384, 0}},
    {"conv2d_2 dW", 1, 0, {192, 0}, {128, 0}, {0, 60}},
    {"dense_1 forward", 0, 0, {0, 1}, {128, 0}, {7680, 0}},
    {"dense_1 dX", 0, 1, {0, 1}, {7680, 0}, {128, 0}},
    {"dense_1 dW", 1, 0, {7680, 0}, {128, 0}, {0, 1}},
};
static const int batches[BATCHES] = {4, 16, 32, 256};

static float *a, *b, *c, *reference;
static double seconds[SHAPES][BATCHES][LIBRARIES][ROUNDS];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int size_at(struct size size, int batch) { return size.fixed + size.per_sample * batch; }

static double operations(const struct shape *s, int batch) {
    return 2.0 * size_at(s->m, batch) * size_at(s->n, batch) * size_at(s->k, batch);
}

static void multiply(sgemm_function sgemm, const struct shape *s, int batch, float *result) {
    int m = size_at(s->m, batch), n = size_at(s->n, batch), k = size_at(s->k, batch);
    sgemm(ROW_MAJOR, s->trans_a ? TRANSPOSE : NO_TRANSPOSE, s->trans_b ? TRANSPOSE : NO_TRANSPOSE,
          m, n, k, 1, a, s->trans_a ? m : k, b, s->trans_b ? k : n, 0, result, n);
}

// The seconds of one product, measured over about 10 ms.
static double measure(sgemm_function sgemm, const struct shape *s, int batch) {
    int repeats = 1 + (int)(6e8 / operations(s, batch));
    double start = now();
    for (int i = 0; i < repeats; i++) multiply(sgemm, s, batch, c);
    return (now() - start) / repeats;
}

static void check(const struct library *libraries, int count) {
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        int batch = 16;
        long length = (long)size_at(s->m, batch) * size_at(s->n, batch);
        multiply(libraries[0].sgemm, s, batch, reference);
        for (int l = 1; l < count; l++) {
            multiply(libraries[l].sgemm, s, batch, c);
            for (long j = 0; j < length; j++) {
                float difference = fabsf(c[j] - reference[j]);
                if (!(difference <= 1e-3f * (1 + fabsf(reference[j])))) {
                    fprintf(stderr, "%s: element %ld is %g by %s and %g by %s\n", s->name, j,
                            (double)reference[j], libraries[0].name, (double)c[j],
                            libraries[l].name);
                    exit(70);
                }
            }
        }
    }
}

static int ascending(const void *left, const void *right) {
    double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void print_row(const char *name, const char *size, int batch, const double *rate, int count) {
    printf("| %s | %s | %d |", name, size, batch);
    for (int l = 0; l < count; l++) printf(" %.0f |", rate[l]);
    printf("\n");
}

static void print_table(const struct library *libraries, int count, int rounds) {
    printf("| product | m × n × k | batch |");
    for (int l = 0; l < count; l++) printf(" %s |", libraries[l].name);
    printf("\n|---|---|---:|");
    for (int l = 0; l < count; l++) printf("---:|");
    printf("\n");
    for (int batch = 0; batch < BATCHES; batch++) {
        double total[LIBRARIES] = {0}, work = 0, rate[LIBRARIES];
        for (int i = 0; i < SHAPES; i++) {
            const struct shape *s = &shapes[i];
            work += operations(s, batches[batch]);
            for (int l = 0; l < count; l++) {
                double time = median(seconds[i][batch][l], rounds);
                total[l] += time;
                rate[l] = operations(s, batches[batch]) / time / 1e9;
            }
            char size[64];
            snprintf(size, sizeof size, "%d × %d × %d", size_at(s->m, batches[batch]),
                     size_at(s->n, batches[batch]), size_at(s->k, batches[batch]));
            print_row(s->name, size, batches[batch], rate, count);
        }
        for (int l = 0; l < count; l++) rate[l] = work / total[l] / 1e9;
        print_row("**all of a step**", "", batches[batch], rate, count);
    }
}

static struct library open_library(char *argument) {
    char *path = strchr(argument, '=');
    if (!path) {
        fprintf(stderr, "expected NAME=LIBRARY, found %s\n", argument);
        exit(64);
    }
    *path++ = 0;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = handle ? dlsym(handle, "cblas_sgemm") : NULL;
    if (!symbol) {
        fprintf(stderr, "%s: %s\n", path, dlerror());
        exit(66);
    }
    struct library library = {argument, NULL};
    memcpy(&library.sgemm, &symbol, sizeof symbol);
    return library;
}

static float *numbers(long count) {
    float *values = aligned_alloc(64, (size_t)count * sizeof(float));
    if (!values) exit(70);
    for (long i = 0; i < count; i++) values[i] = (float)(i * 7919 % 1009) / 1009 - 0.5f;
    return values;
}

int main(int count, char **arguments) {
    int rounds = count > 1 ? atoi(arguments[1]) : 0, libraries_count = count - 2;
    if (rounds < 1 || rounds > ROUNDS || libraries_count < 1 || libraries_count > LIBRARIES) {
        fprintf(stderr, "usage: blas ROUNDS NAME=LIBRARY …  (1…%d rounds, 1…%d libraries)\n",
                ROUNDS, LIBRARIES);
        return 64;
    }
    struct library libraries[LIBRARIES];
    for (int l = 0; l < libraries_count; l++) libraries[l] = open_library(arguments[l + 2]);
    // The largest operands: features (256 × 7680), patches (256 · 60 × 384).
    long largest = 256L * 60 * 384;
    a = numbers(largest), b = numbers(largest), c = numbers(largest), reference = numbers(largest);
    check(libraries, libraries_count);
    for (int round = -1; round < rounds; round++)
        for (int i = 0; i < SHAPES; i++)
            for (int batch = 0; batch < BATCHES; batch++)
                for (int l = 0; l < libraries_count; l++) {
                    double time = measure(libraries[l].sgemm, &shapes[i], batches[batch]);
                    // The first round warms up.
                    if (round >= 0) seconds[i][batch][l][round] = time;
                }
    print_table(libraries, libraries_count, rounds);
    return 0;
}
