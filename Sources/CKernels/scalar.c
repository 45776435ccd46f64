// The reference of every kernel: plain loops, sums in double where the SIMD versions have many partial sums.
#include "tables.h"

#include <math.h>
#include <string.h>

static float dot(const float *a, const float *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * b[i];
    return (float)sum;
}

static void scores(const float *query, const float *keys, size_t stride, size_t rows, size_t width, float *out) {
    for (size_t r = 0; r < rows; r++) out[r] = dot(query, keys + r * stride, width);
}

static void accumulate(const float *weights, const float *values, size_t stride, size_t rows, size_t width, float *out) {
    for (size_t j = 0; j < width; j++) {
        double sum = out[j];
        for (size_t r = 0; r < rows; r++) sum += (double)weights[r] * values[r * stride + j];
        out[j] = (float)sum;
    }
}

static void softmax(float *x, size_t n) {
    float top = -INFINITY;
    for (size_t i = 0; i < n; i++) top = x[i] > top ? x[i] : top;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] = expf(x[i] - top);
    float scale = (float)(1 / sum);
    for (size_t i = 0; i < n; i++) x[i] *= scale;
}

static void rms_norm(const float *x, const float *weight, float epsilon, size_t n, float *out) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    float scale = (float)(1 / sqrt(sum / (double)n + epsilon));
    for (size_t i = 0; i < n; i++) out[i] = x[i] * scale * (weight ? weight[i] : 1);
}

static float gelu_of(float g) {
    return 0.5f * g * (1 + tanhf(0.7978845608028654f * (g + 0.044715f * g * g * g)));
}

static void gelu_gate(const float *gate, const float *up, size_t n, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = gelu_of(gate[i]) * up[i];
}

static void gelu(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = gelu_of(x[i]);
}

static void silu(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = x[i] / (1 + expf(-x[i]));
}

static void sigmoid(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = 1 / (1 + expf(-x[i]));
}

static void softcap(float *x, size_t n, float cap) {
    for (size_t i = 0; i < n; i++) x[i] = cap * tanhf(x[i] / cap);
}

static void exponential(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = expf(x[i]);
}

static void f32_rows(const float *w, size_t ldw, size_t rows, const float *x, size_t ldx, size_t n, size_t k, float *out, size_t ldo) {
    for (size_t c = 0; c < n; c++)
        for (size_t r = 0; r < rows; r++) out[c * ldo + r] = dot(w + r * ldw, x + c * ldx, k);
}

static void bf16_rows(const uint16_t *w, size_t ldw, size_t rows, const float *x, size_t ldx, size_t n, size_t k, float *out, size_t ldo) {
    size_t whole = k / 16 * 16;
    for (size_t c = 0; c < n; c++)
        for (size_t r = 0; r < rows; r++) {
            const uint16_t *a = w + r * ldw;
            const float *b = x + c * ldx;
            double sum = 0;
            for (size_t i = 0; i < whole; i += 16)
                for (size_t j = 0; j < 8; j++)
                    sum += (double)kernels_bf16_to_f32(a[i + 2 * j]) * b[i + j]
                         + (double)kernels_bf16_to_f32(a[i + 2 * j + 1]) * b[i + 8 + j];
            for (size_t i = whole; i < k; i++) sum += (double)kernels_bf16_to_f32(a[i]) * b[i];
            out[c * ldo + r] = (float)sum;
        }
}

void kernels_q8_pack_scalar(const float *x, size_t ldx, size_t rows, size_t k, uint8_t *packed) {
    for (size_t begin = 0; begin < k; begin += KERNELS_Q8_BLOCK, packed += KERNELS_Q8_BLOCK_BYTES) {
        size_t count = k - begin < KERNELS_Q8_BLOCK ? k - begin : KERNELS_Q8_BLOCK;
        memset(packed, 0, KERNELS_Q8_BLOCK_BYTES);
        for (size_t r = 0; r < rows; r++) {
            const float *row = x + r * ldx + begin;
            float top = 0;
            int finite = 1;
            for (size_t i = 0; i < count; i++) {
                finite &= isfinite(row[i]) != 0;
                top = fabsf(row[i]) > top ? fabsf(row[i]) : top;
            }
            // Weights below 1e-30 are zero; a block with one that is not finite answers NaN, never something plausible.
            uint16_t scale = !finite ? 0x7fc0 : top < 1e-30f ? 0 : kernels_q8_scale(top);
            memcpy(packed + 2 * r, &scale, 2);
            if (!finite || scale == 0) continue;
            float inverse = 1 / kernels_bf16_to_f32(scale);
            int8_t *q = (int8_t *)packed + 16 + 2 * r;
            for (size_t i = 0; i < count; i++) {
                float v = rintf(row[i] * inverse);
                q[16 * (i / 2) + i % 2] = (int8_t)(v > 127 ? 127 : v < -127 ? -127 : v);
            }
        }
    }
}

// A block with a value that is not finite gets the scale NaN, so that the product says so.
static void q8_prepare(const float *x, size_t k, int16_t *q, float *scales) {
    for (size_t begin = 0; begin < k; begin += KERNELS_Q8_BLOCK, q += KERNELS_Q8_BLOCK, scales++) {
        size_t count = k - begin < KERNELS_Q8_BLOCK ? k - begin : KERNELS_Q8_BLOCK;
        float top = 0;
        int finite = 1;
        for (size_t i = 0; i < count; i++) {
            finite &= isfinite(x[begin + i]) != 0;
            top = fmaxf(top, fabsf(x[begin + i]));
        }
        memset(q, 0, KERNELS_Q8_BLOCK * sizeof *q);
        *scales = !finite ? NAN : top < 1e-30f ? 0 : top / 32767;
        if (!finite || top < 1e-30f) continue;
        float inverse = 32767 / top;
        for (size_t i = 0; i < count; i++) q[i] = (int16_t)rintf(x[begin + i] * inverse);
    }
}

static void q8_rows(const uint8_t *packed, size_t k, size_t first, size_t last,
                    const int16_t *q, const float *scales, size_t n, float *out, size_t ldo) {
    size_t blocks = kernels_q8_blocks(k);
    for (size_t r = first; r < last; r++) {
        const uint8_t *group = packed + r / KERNELS_Q8_GROUP * kernels_q8_group_bytes(k);
        size_t lane = r % KERNELS_Q8_GROUP;
        for (size_t c = 0; c < n; c++) {
            float sum = 0;
            for (size_t b = 0; b < blocks; b++) {
                const uint8_t *block = group + b * KERNELS_Q8_BLOCK_BYTES;
                uint16_t scale;
                memcpy(&scale, block + 2 * lane, 2);
                const int8_t *w = (const int8_t *)block + 16 + 2 * lane;
                const int16_t *a = q + (c * blocks + b) * KERNELS_Q8_BLOCK;
                int32_t products = 0;
                for (size_t p = 0; p < 16; p++) products += w[16 * p] * a[2 * p] + w[16 * p + 1] * a[2 * p + 1];
                sum += (float)products * (kernels_bf16_to_f32(scale) * scales[c * blocks + b]);
            }
            out[c * ldo + r - first] = sum;
        }
    }
}

const kernels_table kernels_scalar_table = {
    KERNELS_SCALAR, dot, scores, accumulate, softmax, rms_norm, gelu_gate, gelu, silu, sigmoid, softcap, exponential,
    f32_rows, bf16_rows, q8_prepare, q8_rows, kernels_q8_pack_scalar,
};
