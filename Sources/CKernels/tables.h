#ifndef KERNELS_TABLES_H
#define KERNELS_TABLES_H

#include "kernels.h"

extern const kernels_table kernels_scalar_table;
void kernels_q8_pack_scalar(const float *x, size_t ldx, size_t rows, size_t k, uint8_t *packed);
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

// The scale of a q8 block is bf16 (f32's range in 2 bytes), rounded up so that the largest weight still fits 127:
// the values are then quantised with the rounded scale, and rounding it costs nothing but a step up to 0.8 % wider.
static inline uint16_t kernels_q8_scale(float largest) {
    union { float f; uint32_t u; } v = {largest / 127};
    return (uint16_t)((v.u + 0xffff) >> 16);
}

#endif
