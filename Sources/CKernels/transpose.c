#include "CKernels.h"
#include "clones.h"

enum { TILE = 16 };

/// Of a tile; with the sizes known, whole vectors are turned.
CK_INLINE void turn(const float *CK_RESTRICT a, long columns, long height, long width, float *CK_RESTRICT b,
                    long rows) {
    for (long j = 0; j < width; j++)
        for (long i = 0; i < height; i++) b[j * rows + i] = a[i * columns + j];
}

CK_CLONES
void ck_transpose(const float *a, long rows, long columns, float *b) {
    for (long i = 0; i < rows; i += TILE)
        for (long j = 0; j < columns; j += TILE) {
            long height = rows - i < TILE ? rows - i : TILE, width = columns - j < TILE ? columns - j : TILE;
            const float *from = a + i * columns + j;
            float *to = b + j * rows + i;
            if (height == TILE && width == TILE) turn(from, columns, TILE, TILE, to, rows);
            else turn(from, columns, height, width, to, rows);
        }
}
