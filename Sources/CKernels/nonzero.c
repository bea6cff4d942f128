#include <string.h>

#include "CKernels.h"
#include "clones.h"

/// Which of up to 32 numbers have any bit set: the first one's is the lowest bit.
CK_INLINE uint32_t marks(const float *mark, long count) {
    uint32_t bits[32] = {0}, word = 0;
    memcpy(bits, mark, (size_t)count * sizeof *bits);
    for (int i = 0; i < 32; i++) word |= (uint32_t)(bits[i] != 0) << i;
    return word;
}

CK_INLINE uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

CK_INLINE float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// No branches on the marks, which no processor can foretell: every number is written, and the next one over
// it where it does not count.

CK_INLINE long pack_word(const float *x, long count, uint32_t word, int half, void *packed, long next) {
    for (long i = 0; i < count; i++) {
        if (half) ((uint16_t *)packed)[next] = (uint16_t)(bits_of(x[i]) >> 16);
        else ((float *)packed)[next] = x[i];
        next += word >> i & 1;
    }
    return next;
}

CK_INLINE long unpack_word(float *x, long count, uint32_t word, int half, const void *packed, long next) {
    for (long i = 0; i < count; i++) {
        uint32_t counts = word >> i & 1;
        uint32_t bits = half ? (uint32_t)((const uint16_t *)packed)[next] << 16
                             : bits_of(((const float *)packed)[next]);
        x[i] = float_of(bits & -counts);
        next += counts;
    }
    return next;
}

CK_CLONES
long ck_pack_nonzero(const float *x, const float *mark, long count, int half, uint32_t *mask, void *packed) {
    long next = 0;
    for (long first = 0; first < count; first += 32) {
        long some = count - first < 32 ? count - first : 32;
        uint32_t word = some == 32 ? marks(mark + first, 32) : marks(mark + first, some);
        if (mask) mask[first / 32] = word;
        next = half ? pack_word(x + first, some, word, 1, packed, next)
                    : pack_word(x + first, some, word, 0, packed, next);
    }
    return next;
}

CK_CLONES
long ck_unpack_nonzero(float *x, const float *mark, const uint32_t *mask, long count, int half,
                       const void *packed) {
    long next = 0;
    for (long first = 0; first < count; first += 32) {
        long some = count - first < 32 ? count - first : 32;
        uint32_t word = mask           ? mask[first / 32]
                        : some == 32 ? marks(mark + first, 32)
                                     : marks(mark + first, some);
        next = half ? unpack_word(x + first, some, word, 1, packed, next)
                    : unpack_word(x + first, some, word, 0, packed, next);
    }
    return next;
}
