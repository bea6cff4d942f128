#include "CKernels.h"
#include "clones.h"

// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011) for many counters at once, of which the first
// word alone differs.

enum { BLOCKS = 16 };

typedef struct {
    uint32_t word[4][BLOCKS];
} blocks;

CK_INLINE void philox(blocks *CK_RESTRICT c, uint32_t k0, uint32_t k1) {
    for (int round = 0; round < 10; round++) {
        for (int b = 0; b < BLOCKS; b++) {
            uint64_t p0 = (uint64_t)c->word[0][b] * 0xD2511F53u, p1 = (uint64_t)c->word[2][b] * 0xCD9E8D57u;
            uint32_t x = (uint32_t)(p1 >> 32) ^ c->word[1][b] ^ k0, z = (uint32_t)(p0 >> 32) ^ c->word[3][b] ^ k1;
            c->word[0][b] = x;
            c->word[1][b] = (uint32_t)p1;
            c->word[2][b] = z;
            c->word[3][b] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

CK_CLONES
void ck_dropout_scales(float *scales, long units, ck_dropout_key key, float rate, float keep) {
    for (long first = 0; first < units; first += 4 * BLOCKS) {
        blocks c;
        for (int b = 0; b < BLOCKS; b++) {
            c.word[0][b] = (uint32_t)(first / 4 + b);
            for (int i = 0; i < 3; i++) c.word[1 + i][b] = key.counter[i];
        }
        philox(&c, key.key[0], key.key[1]);
        float own[BLOCKS][4];
        for (int b = 0; b < BLOCKS; b++)
            for (int i = 0; i < 4; i++)
                own[b][i] = (float)(c.word[i][b] >> 8) * 0x1p-24f >= rate ? keep : 0;
        long count = units - first < 4 * BLOCKS ? units - first : 4 * BLOCKS;
        for (long i = 0; i < count; i++) scales[first + i] = own[i / 4][i % 4];
    }
}
