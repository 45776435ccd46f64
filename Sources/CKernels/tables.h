#ifndef KERNELS_TABLES_H
#define KERNELS_TABLES_H

#include "kernels.h"

extern const kernels_table kernels_scalar_table;
#if defined(__x86_64__)
extern const kernels_table kernels_avx2_table;
extern const kernels_table kernels_vnni_table;
#endif
#if defined(__aarch64__)
extern const kernels_table kernels_neon_table;
#endif

static inline float kernels_bf16_to_f32(uint16_t x) {
    union { uint32_t u; float f; } v = {(uint32_t)x << 16};
    return v.f;
}

#endif
