// Conversions between weight formats.
#include "tables.h"

#include <string.h>

void kernels_bf16_widen(const uint16_t *x, size_t n, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = kernels_bf16_to_f32(x[i]);
}

// In runs without a branch, which vectorise; only the run that holds one is gone through.
enum { finite_run = 4096 };

size_t kernels_f32_first_not_finite(const float *x, size_t n) {
    for (size_t start = 0; start < n; start += finite_run) {
        size_t end = n - start < finite_run ? n : start + finite_run;
        uint32_t found = 0;
        for (size_t i = start; i < end; i++) {
            uint32_t u;
            memcpy(&u, x + i, 4);
            found |= (u & 0x7F800000u) == 0x7F800000u;
        }
        if (!found) continue;
        for (size_t i = start; i < end; i++) {
            uint32_t u;
            memcpy(&u, x + i, 4);
            if ((u & 0x7F800000u) == 0x7F800000u) return i;
        }
    }
    return n;
}

size_t kernels_half_first_not_finite(const uint16_t *x, size_t n, uint16_t exponent) {
    for (size_t start = 0; start < n; start += finite_run) {
        size_t end = n - start < finite_run ? n : start + finite_run;
        uint16_t found = 0;
        for (size_t i = start; i < end; i++) found |= (x[i] & exponent) == exponent;
        if (!found) continue;
        for (size_t i = start; i < end; i++) {
            if ((x[i] & exponent) == exponent) return i;
        }
    }
    return n;
}

void kernels_bf16_narrow(const float *x, size_t n, uint16_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint32_t u;
        memcpy(&u, x + i, 4);
        // NaN keeps its sign and stays a NaN; everything else rounds to nearest, ties to even.
        out[i] = (u & 0x7fffffff) > 0x7f800000 ? (uint16_t)(u >> 16 | 0x40) : (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
    }
}

void kernels_bf16_prepare(const float *x, size_t k, float *out) {
    size_t whole = k / 16 * 16;
    for (size_t i = 0; i < whole; i += 16)
        for (size_t j = 0; j < 8; j++) {
            out[i + j] = x[i + 2 * j];
            out[i + 8 + j] = x[i + 2 * j + 1];
        }
    memcpy(out + whole, x + whole, (k - whole) * sizeof *x);
}

void kernels_q8_unpack_row(const uint8_t *packed, size_t k, size_t row, float *out) {
    const uint8_t *block = packed + row / KERNELS_Q8_GROUP * kernels_q8_group_bytes(k);
    size_t lane = row % KERNELS_Q8_GROUP;
    for (size_t begin = 0; begin < k; begin += KERNELS_Q8_BLOCK, block += KERNELS_Q8_BLOCK_BYTES) {
        size_t count = k - begin < KERNELS_Q8_BLOCK ? k - begin : KERNELS_Q8_BLOCK;
        uint16_t scale;
        memcpy(&scale, block + 2 * lane, 2);
        float factor = kernels_bf16_to_f32(scale);
        const int8_t *q = (const int8_t *)block + 16 + 2 * lane;
        for (size_t i = 0; i < count; i++) out[begin + i] = factor * q[16 * (i / 2) + i % 2];
    }
}
