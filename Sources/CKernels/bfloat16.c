#include <stdint.h>
#include <string.h>

#include "CKernels.h"
#include "clones.h"

/// The upper half of a float, rounded to the nearest, ties to even; NaN stays NaN.
CK_INLINE uint16_t upper(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    uint32_t nan = (bits >> 16) | 0x40;
    return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? nan : rounded);
}

CK_INLINE float widen(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

CK_CLONES
void ck_round_to_bfloat16(float *x, long count) {
    for (long i = 0; i < count; i++) x[i] = widen(upper(x[i]));
}

CK_CLONES
void ck_round_to_nonzero_bfloat16(float *x, long count) {
    for (long i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        uint16_t half = upper(x[i]);
        x[i] = widen(half | ((half & 0x7FFF) == 0 && (bits & 0x7FFFFFFF) != 0));
    }
}

CK_CLONES
void ck_to_bfloat16(uint16_t *CK_RESTRICT y, const float *CK_RESTRICT x, long count) {
    for (long i = 0; i < count; i++) y[i] = upper(x[i]);
}

CK_CLONES
void ck_from_bfloat16(float *CK_RESTRICT y, const uint16_t *CK_RESTRICT x, long count) {
    for (long i = 0; i < count; i++) y[i] = widen(x[i]);
}
