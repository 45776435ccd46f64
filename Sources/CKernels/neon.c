// The vector primitives for AArch64.
#include "tables.h"

#if defined(__aarch64__)

#include "neon_math.h"

static float dot(const float *a, const float *b, size_t n) {
    float32x4_t s[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t u = 0; u < 4; u++) s[u] = vfmaq_f32(s[u], vld1q_f32(a + i + 4 * u), vld1q_f32(b + i + 4 * u));
    for (; i + 4 <= n; i += 4) s[0] = vfmaq_f32(s[0], vld1q_f32(a + i), vld1q_f32(b + i));
    if (i < n) s[1] = vfmaq_f32(s[1], load_part(a + i, n - i), load_part(b + i, n - i));
    return vaddvq_f32(vaddq_f32(vaddq_f32(s[0], s[1]), vaddq_f32(s[2], s[3])));
}

static void scores(const float *query, const float *keys, size_t stride, size_t rows, size_t width, float *out) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *key = keys + r * stride;
        float32x4_t s[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
        size_t i = 0;
        for (; i + 4 <= width; i += 4) {
            float32x4_t q = vld1q_f32(query + i);
            for (size_t u = 0; u < 4; u++) s[u] = vfmaq_f32(s[u], q, vld1q_f32(key + u * stride + i));
        }
        if (i < width) {
            float32x4_t q = load_part(query + i, width - i);
            for (size_t u = 0; u < 4; u++) s[u] = vfmaq_f32(s[u], q, load_part(key + u * stride + i, width - i));
        }
        for (size_t u = 0; u < 4; u++) out[r + u] = vaddvq_f32(s[u]);
    }
    // A key alone adds in the order of four together: the score of a row does not depend on its place.
    for (; r < rows; r++) {
        const float *key = keys + r * stride;
        float32x4_t s = vdupq_n_f32(0);
        size_t i = 0;
        for (; i + 4 <= width; i += 4) s = vfmaq_f32(s, vld1q_f32(query + i), vld1q_f32(key + i));
        if (i < width) s = vfmaq_f32(s, load_part(query + i, width - i), load_part(key + i, width - i));
        out[r] = vaddvq_f32(s);
    }
}

static void accumulate(const float *weights, const float *values, size_t stride, size_t rows, size_t width, float *out) {
    size_t j = 0;
    for (; j + 32 <= width; j += 32) {
        float32x4_t s[8];
        for (size_t u = 0; u < 8; u++) s[u] = vld1q_f32(out + j + 4 * u);
        for (size_t r = 0; r < rows; r++)
            for (size_t u = 0; u < 8; u++) s[u] = vfmaq_n_f32(s[u], vld1q_f32(values + r * stride + j + 4 * u), weights[r]);
        for (size_t u = 0; u < 8; u++) vst1q_f32(out + j + 4 * u, s[u]);
    }
    for (; j < width; j += 4) {
        float32x4_t s = load_part(out + j, width - j);
        for (size_t r = 0; r < rows; r++) s = vfmaq_n_f32(s, load_part(values + r * stride + j, width - j), weights[r]);
        store_part(out + j, width - j, s);
    }
}

static void softmax(float *x, size_t n) {
    float top = -INFINITY;
    for (size_t i = 0; i < n; i++) top = x[i] > top ? x[i] : top;
    float32x4_t sum = vdupq_n_f32(0), shift = vdupq_n_f32(top);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        float32x4_t e = exp4(vsubq_f32(vld1q_f32(x + i), shift));
        vst1q_f32(x + i, e);
        sum = vaddq_f32(sum, e);
    }
    float total = vaddvq_f32(sum);
    if (i < n) {
        store_part(x + i, n - i, exp4(vsubq_f32(load_part(x + i, n - i), shift)));
        for (size_t j = i; j < n; j++) total += x[j];
    }
    float scale = 1 / total;
    for (i = 0; i < n; i++) x[i] *= scale;
}

static void rms_norm(const float *x, const float *weight, float epsilon, size_t n, float *out) {
    float scale = 1 / sqrtf(dot(x, x, n) / (float)n + epsilon);
    if (weight)
        for (size_t i = 0; i < n; i++) out[i] = x[i] * scale * weight[i];
    else
        for (size_t i = 0; i < n; i++) out[i] = x[i] * scale;
}

static inline float32x4_t gelu4(float32x4_t g) {
    float32x4_t u = vmulq_n_f32(vmulq_f32(g, g), -2 * 0.7978845608028654f * 0.044715f);
    u = vmulq_f32(vaddq_f32(u, vdupq_n_f32(-2 * 0.7978845608028654f)), g);
    return vdivq_f32(g, vaddq_f32(vdupq_n_f32(1), exp4(u)));
}

static inline float32x4_t sigmoid4(float32x4_t x) {
    return vdivq_f32(vdupq_n_f32(1), vaddq_f32(vdupq_n_f32(1), exp4(vnegq_f32(x))));
}

static inline float32x4_t silu4(float32x4_t x) {
    return vdivq_f32(x, vaddq_f32(vdupq_n_f32(1), exp4(vnegq_f32(x))));
}

#define IN_PLACE(expression)                          \
    size_t i = 0;                                     \
    for (; i + 4 <= n; i += 4) {                      \
        float32x4_t v = vld1q_f32(x + i);             \
        vst1q_f32(x + i, (expression));               \
    }                                                 \
    if (i < n) {                                      \
        float32x4_t v = load_part(x + i, n - i);      \
        store_part(x + i, n - i, (expression));       \
    }

static void gelu(float *x, size_t n) { IN_PLACE(gelu4(v)) }
static void silu(float *x, size_t n) { IN_PLACE(silu4(v)) }
static void sigmoid(float *x, size_t n) { IN_PLACE(sigmoid4(v)) }
static void exponential(float *x, size_t n) { IN_PLACE(exp4(v)) }

static void softcap(float *x, size_t n, float cap) {
    float32x4_t c = vdupq_n_f32(cap);
    IN_PLACE(vmulq_f32(c, tanh4(vdivq_f32(v, c))))
}

static void gelu_gate(const float *gate, const float *up, size_t n, float *out) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) vst1q_f32(out + i, vmulq_f32(gelu4(vld1q_f32(gate + i)), vld1q_f32(up + i)));
    if (i < n) store_part(out + i, n - i, vmulq_f32(gelu4(load_part(gate + i, n - i)), load_part(up + i, n - i)));
}

#include "neon_rows.h"

const kernels_table kernels_neon_table = {
    KERNELS_NEON, dot, scores, accumulate, softmax, rms_norm, gelu_gate, gelu, silu, sigmoid, softcap, exponential,
    f32_rows, bf16_rows, q8_prepare, q8_rows, kernels_q8_pack_scalar,
};

#endif
