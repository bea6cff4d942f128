#include <stdlib.h>

#include "tiles.h"

// Products by tiles for one kind of processor: WIDTH floats a vector, TILE_VECTORS vectors a tile, functions
// compiled as TILE_TARGET says, and TILE_PRODUCT the name of what is made here.
//
// A tile of C, TILE_ROWS rows of TILE_VECTORS vectors, is summed in registers while k runs: each vector
// of B that is loaded serves all of the tile's rows, and an element of A is broadcast from where it lies.
#define TILE_ROWS 6
#define UNROLLED _Pragma("clang loop unroll(full)")

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4)));

/// How a product is cut: the part of k that is summed in registers, the columns whose part of B is packed
/// at a time (96 KB: it fits the L2 cache, a strip of it the L1 cache), and the rows that go through
/// these.
enum { part_depth = 96, part_columns = 256, part_rows = 96 };

/// Rows of B that are not further apart than this are multiplied as they lie: a part of k is 48 KB at most.
enum { near_together = 128 };

/// Columns of A that are further apart than this meet few places of the caches: they are copied together.
enum { far_apart = 512 };

/// Rows of A that go through `multiply_columns` at a time, rows of its result, and the longest k.
enum { turned_columns = 64, turned_rows = 96, turned_depth = ck_turned_depth };

/// What a thread works in, made at its first product: 284 KB are too much for a thread's own storage.
typedef struct {
    float packed_b[part_depth * part_columns];
    float packed_a[part_depth * part_rows];
    float operand[turned_depth * turned_columns];
    float result[turned_rows * turned_columns];
} scratch_memory;

static _Thread_local scratch_memory *scratch;

static int has_scratch(void) {
    if (!scratch) scratch = aligned_alloc(64, sizeof *scratch);
    return scratch != NULL;
}

/// A product of parts: c[rows x n] = (or +=) a[rows x k] b[k x n].
typedef struct {
    long k;
    const float *a;
    long a_row, a_column;
    const float *b;
    long b_row;
    float *c;
    long c_row;
    int adds;
} part;

/// One tile.
static inline __attribute__((always_inline)) TILE_TARGET void tile(int rows, int vectors, part t) {
    vector sums[2 * TILE_ROWS][TILE_VECTORS];
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = (vector){0};
    _Pragma("clang loop unroll(disable)")
    for (long p = 0; p < t.k; p++, t.a += t.a_column, t.b += t.b_row) {
        vector row[TILE_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++) row[v] = *(const vector *)(t.b + v * WIDTH);
        UNROLLED for (int r = 0; r < rows; r++)
            UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] += t.a[r * t.a_row] * row[v];
    }
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) {
            vector *to = (vector *)(t.c + r * t.c_row + v * WIDTH);
            *to = t.adds ? *to + sums[r][v] : sums[r][v];
        }
}

/// All rows of a strip of columns.
static inline __attribute__((always_inline)) TILE_TARGET void strip(int vectors, long m, part t) {
    // One vector of B would leave the multipliers waiting for six sums.
    const int rows = vectors == 1 ? 2 * TILE_ROWS : TILE_ROWS;
    for (; m >= rows; m -= rows) {
        tile(rows, vectors, t);
        t.a += rows * t.a_row;
        t.c += rows * t.c_row;
    }
    if (m >= TILE_ROWS) {
        tile(TILE_ROWS, vectors, t);
        t.a += TILE_ROWS * t.a_row;
        t.c += TILE_ROWS * t.c_row;
        m -= TILE_ROWS;
    }
    switch (m) {
        case 1: tile(1, vectors, t); break;
        case 2: tile(2, vectors, t); break;
        case 3: tile(3, vectors, t); break;
        case 4: tile(4, vectors, t); break;
        case 5: tile(5, vectors, t); break;
    }
}

#if TILE_VECTORS == 4
static TILE_TARGET void strip_4(long m, part t) { strip(4, m, t); }
#endif
static TILE_TARGET void strip_2(long m, part t) { strip(2, m, t); }
static TILE_TARGET void strip_1(long m, part t) { strip(1, m, t); }

/// Vectors of the next strip of n columns.
static inline int strip_vectors(long n) {
    if (TILE_VECTORS == 4 && n >= 4 * WIDTH) return 4;
    return n >= 2 * WIDTH ? 2 : 1;
}

/// B strip by strip: a strip's rows lie one after another.
static TILE_TARGET void pack_b(long n, long k, const float *b, long b_row) {
    vector *to = (vector *)scratch->packed_b;
    for (long j = 0; j < n;) {
        int vectors = strip_vectors(n - j);
        for (long p = 0; p < k; p++)
            for (int v = 0; v < vectors; v++) *to++ = *(const vector *)(b + p * b_row + j + v * WIDTH);
        j += vectors * WIDTH;
    }
}

/// A with its rows next to each other.
static TILE_TARGET void pack_a(long m, long k, const float *a, long a_column) {
    for (long p = 0; p < k; p++)
        for (long i = 0; i < m; i++) scratch->packed_a[p * m + i] = a[p * a_column + i];
}

/// Some rows of C, all of the columns of B, packed or as they lie.
static void block(long m, long n, int is_packed, part t) {
    for (long j = 0; j < n;) {
        int vectors = strip_vectors(n - j);
        if (is_packed) t.b_row = vectors * WIDTH;
#if TILE_VECTORS == 4
        if (vectors == 4) strip_4(m, t);
#endif
        if (vectors == 2) strip_2(m, t);
        if (vectors == 1) strip_1(m, t);
        t.b += is_packed ? t.k * t.b_row : vectors * WIDTH;
        t.c += vectors * WIDTH;
        j += vectors * WIDTH;
    }
}

static inline long least(long a, long b) { return a < b ? a : b; }

/// `whole.b` has its columns one after another, a multiple of WIDTH.
static void multiply(long m, long n, part whole) {
    for (long j = 0; j < n; j += part_columns) {
        long columns = least(n - j, part_columns);
        for (long p = 0; p < whole.k; p += part_depth) {
            part t = whole;
            t.k = least(whole.k - p, part_depth);
            t.adds = whole.adds || p;
            const float *b = whole.b + p * whole.b_row + j;
            int is_packed = whole.b_row > near_together;
            if (is_packed) pack_b(columns, t.k, b, whole.b_row);
            for (long i = 0; i < m; i += part_rows) {
                long rows = least(m - i, part_rows);
                t.a = whole.a + i * whole.a_row + p * whole.a_column;
                t.b = is_packed ? scratch->packed_b : b;
                t.b_row = whole.b_row;
                t.c = whole.c + i * whole.c_row + j;
                if (whole.a_row == 1 && whole.a_column > far_apart) {
                    pack_a(rows, t.k, t.a, whole.a_column);
                    t.a = scratch->packed_a;
                    t.a_column = rows;
                }
                block(rows, columns, is_packed, t);
            }
        }
    }
}

/// B has the elements of a column one after another: C^T = B^T A^T, some rows at a time, turned over.
static TILE_TARGET void multiply_columns(long m, long n, part whole, long b_column) {
    float *operand = scratch->operand, *result = scratch->result;
    for (long i = 0; i < m; i += turned_columns) {
        long samples = least(m - i, turned_columns);
        long columns = (samples + WIDTH - 1) / WIDTH * WIDTH;
        const float *a = whole.a + i * whole.a_row;
        for (long p = 0; p < whole.k; p++)
            for (long s = 0; s < columns; s++)
                operand[p * columns + s] = s < samples ? a[s * whole.a_row + p] : 0;
        for (long j = 0; j < n; j += turned_rows) {
            long rows = least(n - j, turned_rows);
            multiply(rows, columns,
                     (part){.k = whole.k, .a = whole.b + j * b_column, .a_row = b_column, .a_column = 1,
                            .b = operand, .b_row = columns, .c = result, .c_row = columns});
            for (long s = 0; s < samples; s++)
                for (long r = 0; r < rows; r++)
                    whole.c[(i + s) * whole.c_row + j + r] = result[r * columns + s];
        }
    }
}

int TILE_PRODUCT(long m, long n, long k, const float *a, long a_row, long a_column, const float *b,
                 long b_row, long b_column, float beta, float *c, long c_row) {
    if (!has_scratch()) return 0;
    part whole = {k, a, a_row, a_column, b, b_row, c, c_row, beta == 1};
    if (b_column == 1 && n % WIDTH == 0) {
        multiply(m, n, whole);
        return 1;
    }
    if (b_row == 1 && a_column == 1 && beta == 0 && k <= turned_depth) {
        multiply_columns(m, n, whole, b_column);
        return 1;
    }
    return 0;
}
