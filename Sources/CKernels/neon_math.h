// exp and tanh on 4 floats, and loads of the last 1...3; the formulas and limits of x86_math.h.
#ifndef KERNELS_NEON_MATH_H
#define KERNELS_NEON_MATH_H

#include <arm_neon.h>
#include <math.h>
#include <string.h>

static inline float32x4_t exp4(float32x4_t x) {
    // FMAX and FMIN answer NaN when an operand is NaN.
    x = vminq_f32(vmaxq_f32(x, vdupq_n_f32(-104.0f)), vdupq_n_f32(89.0f));
    float32x4_t n = vrndnq_f32(vmulq_n_f32(x, 1.44269504f));
    float32x4_t r = vfmsq_f32(x, n, vdupq_n_f32(0.693359375f));
    r = vfmsq_f32(r, n, vdupq_n_f32(-2.12194440e-4f));
    float32x4_t p = vdupq_n_f32(1.0f / 5040);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 720), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 120), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 24), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 6), p, r);
    p = vfmaq_f32(vdupq_n_f32(0.5f), p, r);
    p = vfmaq_f32(vaddq_f32(r, vdupq_n_f32(1)), vmulq_f32(p, r), r);
    int32x4_t whole = vcvtq_s32_f32(n), half = vshrq_n_s32(whole, 1), rest = vsubq_s32(whole, half);
    float32x4_t a = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(half, vdupq_n_s32(127)), 23));
    float32x4_t b = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(rest, vdupq_n_s32(127)), 23));
    return vmulq_f32(vmulq_f32(p, a), b);
}

static inline float32x4_t tanh4(float32x4_t x) {
    float32x4_t size = vabsq_f32(x), z = vmulq_f32(x, x);
    float32x4_t q = vdupq_n_f32(-6.102887e-3f);
    q = vfmaq_f32(vdupq_n_f32(2.100223170e-2f), q, z);
    q = vfmaq_f32(vdupq_n_f32(-5.385220237e-2f), q, z);
    q = vfmaq_f32(vdupq_n_f32(1.333278034e-1f), q, z);
    q = vfmaq_f32(vdupq_n_f32(-3.333332908e-1f), q, z);
    float32x4_t near = vfmaq_f32(x, vmulq_f32(q, z), x);
    float32x4_t one = vdupq_n_f32(1), e = exp4(vaddq_f32(size, size));
    float32x4_t far = vsubq_f32(one, vdivq_f32(vdupq_n_f32(2), vaddq_f32(e, one)));
    far = vbslq_f32(vdupq_n_u32(0x80000000), x, far);
    return vbslq_f32(vcltq_f32(size, vdupq_n_f32(0.625f)), near, far);
}

// The first n (1...4) floats at x, the others zero.
static inline float32x4_t load_part(const float *x, size_t n) {
    float values[4] = {0};
    memcpy(values, x, (n < 4 ? n : 4) * sizeof *x);
    return vld1q_f32(values);
}

static inline void store_part(float *x, size_t n, float32x4_t v) {
    float values[4];
    vst1q_f32(values, v);
    memcpy(x, values, (n < 4 ? n : 4) * sizeof *x);
}

#endif
