#pragma once
/// Compiles a function for each of these instruction sets; the loader picks the best one that the
/// machine has. On other processors the compiler's baseline already has vectors (NEON).
#if defined(__x86_64__) && defined(__linux__)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif
#define CK_RESTRICT __restrict__
/// Inner loops are inlined into the function that is cloned, so that one indirect call serves a pass.
#define CK_INLINE static inline __attribute__((always_inline))
