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

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,popcnt")))

static int is_wide(void) {
    static _Atomic int known = -1;
    int wide = known;
    if (wide < 0) {
        __builtin_cpu_init();
        known = wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vl");
    }
    return wide;
}

static inline WIDE __mmask16 first_of(int count) { return (__mmask16)((1u << count) - 1); }

static inline WIDE __mmask16 marks_wide(const float *mark, __mmask16 some) {
    __m512i bits = _mm512_maskz_loadu_epi32(some, mark);
    return _mm512_test_epi32_mask(bits, bits);
}

static WIDE long pack_wide(const float *x, const float *mark, long count, int half, uint32_t *mask,
                           void *packed) {
    long next = 0;
    for (long first = 0; first < count; first += 16) {
        __mmask16 some = count - first < 16 ? first_of((int)(count - first)) : 0xFFFF;
        __mmask16 word = marks_wide(mark + first, some);
        if (mask) {
            uint32_t *to = &mask[first / 32];
            *to = first % 32 ? *to | (uint32_t)word << 16 : word;
        }
        __m512i all = _mm512_maskz_compress_epi32(word, _mm512_maskz_loadu_epi32(some, x + first));
        int here = _mm_popcnt_u32(word);
        if (half)
            _mm512_mask_cvtepi32_storeu_epi16((uint16_t *)packed + next, first_of(here),
                                              _mm512_srli_epi32(all, 16));
        else _mm512_mask_storeu_epi32((float *)packed + next, first_of(here), all);
        next += here;
    }
    return next;
}

static WIDE long unpack_wide(float *x, const float *mark, const uint32_t *mask, long count, int half,
                             const void *packed) {
    long next = 0;
    for (long first = 0; first < count; first += 16) {
        __mmask16 some = count - first < 16 ? first_of((int)(count - first)) : 0xFFFF;
        __mmask16 word = mask ? (__mmask16)(mask[first / 32] >> first % 32) & some
                              : marks_wide(mark + first, some);
        int here = _mm_popcnt_u32(word);
        __m512i all;
        if (half) {
            const uint16_t *from = (const uint16_t *)packed + next;
            all = _mm512_slli_epi32(
                _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first_of(here), from)), 16);
        } else {
            all = _mm512_maskz_loadu_epi32(first_of(here), (const float *)packed + next);
        }
        _mm512_mask_storeu_epi32(x + first, some, _mm512_maskz_expand_epi32(word, all));
        next += here;
    }
    return next;
}

#else

static int is_wide(void) { return 0; }

static long pack_wide(const float *x, const float *mark, long count, int half, uint32_t *mask, void *packed) {
    (void)x, (void)mark, (void)count, (void)half, (void)mask, (void)packed;
    return 0;
}

static long unpack_wide(float *x, const float *mark, const uint32_t *mask, long count, int half,
                        const void *packed) {
    (void)x, (void)mark, (void)count, (void)half, (void)mask, (void)packed;
    return 0;
}

#endif

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
static long pack_any(const float *x, const float *mark, long count, int half, uint32_t *mask, void *packed) {
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
static long unpack_any(float *x, const float *mark, const uint32_t *mask, long count, int half,
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

static _Thread_local int is_plain;

void ck_limit_packing(int plain) { is_plain = plain; }

long ck_pack_nonzero(const float *x, const float *mark, long count, int half, uint32_t *mask, void *packed) {
    return (!is_plain && is_wide() ? pack_wide : pack_any)(x, mark, count, half, mask, packed);
}

long ck_unpack_nonzero(float *x, const float *mark, const uint32_t *mask, long count, int half,
                       const void *packed) {
    return (!is_plain && is_wide() ? unpack_wide : unpack_any)(x, mark, mask, count, half, packed);
}
