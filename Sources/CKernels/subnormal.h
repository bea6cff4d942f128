#pragma once
#include "clones.h"

// Subnormal numbers count as zero and are not made between the two calls, as in TensorFlow's threads
// (ScopedFlushDenormal in its platform/denormal.h): penalised weights of units that never fire shrink into
// them, and arithmetic with them takes tens of times as long. The mode is the thread's, and other code
// (the logarithm of the smallest probability) needs its own: so it is put back.

#if defined(__x86_64__)
#include <xmmintrin.h>

typedef unsigned ck_mode;
CK_INLINE ck_mode flush_subnormals(void) {
    ck_mode before = _mm_getcsr();
    // Flush to zero, and denormals are zeros.
    _mm_setcsr(before | 1u << 15 | 1u << 6);
    return before;
}
CK_INLINE void restore_mode(ck_mode before) { _mm_setcsr(before); }

#elif defined(__aarch64__)

typedef unsigned long ck_mode;
CK_INLINE void restore_mode(ck_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
CK_INLINE ck_mode flush_subnormals(void) {
    ck_mode before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    restore_mode(before | 1ul << 24);
    return before;
}

#else

typedef int ck_mode;
CK_INLINE ck_mode flush_subnormals(void) { return 0; }
CK_INLINE void restore_mode(ck_mode before) { (void)before; }

#endif
