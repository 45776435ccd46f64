// The arithmetic of the engine: vector primitives and weight-times-rows products in three weight formats.
//
// Every kernel exists as a scalar reference and as SIMD versions; which one runs is decided once, from what the
// processor offers (kernels_current). Tests compare every available table with the scalar one.
#ifndef KERNELS_H
#define KERNELS_H

#include "allocation.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kernels_path {
    KERNELS_SCALAR = 0,
    KERNELS_AVX2 = 1,   // AVX2 + FMA
    KERNELS_VNNI = 2,   // AVX2 + the 256-bit integer dot products of AVX-512 VNNI/VL
    KERNELS_NEON = 3,   // AArch64
} kernels_path;

// q8 weights are packed for streaming: groups of 8 output rows; of each group, blocks of 32 inputs; a block is
// 8 scales (one a row, bf16) and then 16 pairs of inputs, each 8 rows x 2 signed bytes:
//     scale[8] (16 bytes) | q[pair 0][row 0..7][2] | q[pair 1]... q[pair 15]      = 272 bytes for 256 weights
// weight = scale * q, |q| <= 127. Missing rows and inputs are zero.
#define KERNELS_Q8_GROUP 8
#define KERNELS_Q8_BLOCK 32
#define KERNELS_Q8_BLOCK_BYTES 272

static inline size_t kernels_q8_blocks(size_t inputs) { return (inputs + KERNELS_Q8_BLOCK - 1) / KERNELS_Q8_BLOCK; }
static inline size_t kernels_q8_group_bytes(size_t inputs) { return kernels_q8_blocks(inputs) * KERNELS_Q8_BLOCK_BYTES; }
static inline size_t kernels_q8_bytes(size_t outputs, size_t inputs) {
    return (outputs + KERNELS_Q8_GROUP - 1) / KERNELS_Q8_GROUP * kernels_q8_group_bytes(inputs);
}

typedef struct kernels_table {
    kernels_path path;

    // sum a[i] b[i]
    float (*dot)(const float *a, const float *b, size_t n);
    // out[r] = query . keys[r * stride ..< + width]
    void (*scores)(const float *query, const float *keys, size_t stride, size_t rows, size_t width, float *out);
    // out[j] += sum over r of weights[r] * values[r * stride + j]
    void (*accumulate)(const float *weights, const float *values, size_t stride, size_t rows, size_t width, float *out);
    // in place, the maximum subtracted
    void (*softmax)(float *x, size_t n);
    // out = x / sqrt(mean(x^2) + epsilon) * weight; weight may be NULL (ones); out may be x
    void (*rms_norm)(const float *x, const float *weight, float epsilon, size_t n, float *out);
    // out = gelu_tanh(gate) * up, gelu_tanh(g) = g/2 (1 + tanh(sqrt(2/pi) (g + 0.044715 g^3))); out may be gate
    void (*gelu_gate)(const float *gate, const float *up, size_t n, float *out);
    void (*gelu)(float *x, size_t n);
    void (*silu)(float *x, size_t n);     // x / (1 + exp(-x))
    void (*sigmoid)(float *x, size_t n);  // 1 / (1 + exp(-x))
    void (*softcap)(float *x, size_t n, float cap);  // cap tanh(x / cap)
    void (*exponential)(float *x, size_t n);

    // out[c * ldo + r] = w[r * ldw ..< + k] . x[c * ldx ..< + k] for r < rows, c < n
    void (*f32_rows)(const float *w, size_t ldw, size_t rows, const float *x, size_t ldx, size_t n, size_t k, float *out, size_t ldo);
    // The same with bf16 weights. x must be prepared: kernels_bf16_prepare of every row.
    void (*bf16_rows)(const uint16_t *w, size_t ldw, size_t rows, const float *x, size_t ldx, size_t n, size_t k, float *out, size_t ldo);
    // x[k] to 16-bit integers, one scale for each block of 32 inputs; q and scales hold whole blocks.
    void (*q8_prepare)(const float *x, size_t k, int16_t *q, float *scales);
    // out[c * ldo + (r - first)] = weight row r . x row c for first <= r < last;
    // q [n][blocks * 32] and scales [n][blocks] from q8_prepare.
    void (*q8_rows)(const uint8_t *packed, size_t k, size_t first, size_t last,
                    const int16_t *q, const float *scales, size_t n, float *out, size_t ldo);
    // Puts `rows` (1...8) rows of k floats, row r at x + r * ldx, as one packed group.
    void (*q8_pack)(const float *x, size_t ldx, size_t rows, size_t k, uint8_t *packed);
} kernels_table;

// NULL where this processor cannot run the path.
const kernels_table *kernels_table_for(kernels_path path);
// The table in use: the best for this processor, unless kernels_select said otherwise.
const kernels_table *kernels_current(void);
// Selects a path for the whole process; 0 when this processor cannot run it (nothing changes then).
int kernels_select(kernels_path path);

// Format conversions that plain loops do as fast as memory.
void kernels_bf16_widen(const uint16_t *x, size_t n, float *out);
void kernels_bf16_narrow(const float *x, size_t n, uint16_t *out);  // to nearest, ties to even
// The index of the first element that is infinite or not a number; n if all are finite.
size_t kernels_f32_first_not_finite(const float *x, size_t n);
// The same of numbers of 16 bits, whose exponent is `exponent`: 0x7F80 of bf16, 0x7C00 of f16.
size_t kernels_half_first_not_finite(const uint16_t *x, size_t n, uint16_t exponent);
// Reads weight row `row` back.
void kernels_q8_unpack_row(const uint8_t *packed, size_t k, size_t row, float *out);
// The input order bf16_rows reads: in every whole run of 16, the 8 even elements and then the 8 odd ones.
void kernels_bf16_prepare(const float *x, size_t k, float *out);

// Elementwise loops.
void kernels_scale(float *x, size_t n, float factor);
void kernels_add_scaled(float *x, const float *y, size_t n, float factor);  // x += factor y
void kernels_multiply(float *x, const float *y, size_t n);                  // x *= y
void kernels_clamp(float *x, size_t n, float minimum, float maximum);       // NaN stays NaN
void kernels_scale_columns(float *x, size_t rows, size_t columns, const float *factors);
void kernels_add_to_rows(float *x, size_t rows, size_t columns, const float *row);
// (low[j], high[j]) turned by the angle of (cosines[j], sines[j])
void kernels_rotate(float *restrict low, float *restrict high, const float *restrict cosines, const float *restrict sines, size_t n);

// One polite turn of a spin loop.
static inline void kernels_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#ifdef __cplusplus
}
#endif
#endif
