// The vector primitives with AVX2 and FMA.
#include "tables.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#include "x86_math.h"

static float dot(const float *a, const float *b, size_t n) {
    __m256 s[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        for (size_t u = 0; u < 4; u++)
            s[u] = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8 * u), _mm256_loadu_ps(b + i + 8 * u), s[u]);
    for (; i + 8 <= n; i += 8) s[0] = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s[0]);
    if (i < n) {
        __m256i mask = lanes(n - i);
        s[1] = _mm256_fmadd_ps(_mm256_maskload_ps(a + i, mask), _mm256_maskload_ps(b + i, mask), s[1]);
    }
    return sum8(_mm256_add_ps(_mm256_add_ps(s[0], s[1]), _mm256_add_ps(s[2], s[3])));
}

// Four keys at a time share the loads of the query.
static void scores(const float *query, const float *keys, size_t stride, size_t rows, size_t width, float *out) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *key = keys + r * stride;
        __m256 s[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
        size_t i = 0;
        for (; i + 8 <= width; i += 8) {
            __m256 q = _mm256_loadu_ps(query + i);
            for (size_t u = 0; u < 4; u++) s[u] = _mm256_fmadd_ps(q, _mm256_loadu_ps(key + u * stride + i), s[u]);
        }
        if (i < width) {
            __m256i mask = lanes(width - i);
            __m256 q = _mm256_maskload_ps(query + i, mask);
            for (size_t u = 0; u < 4; u++) s[u] = _mm256_fmadd_ps(q, _mm256_maskload_ps(key + u * stride + i, mask), s[u]);
        }
        for (size_t u = 0; u < 4; u++) out[r + u] = sum8(s[u]);
    }
    for (; r < rows; r++) {
        const float *key = keys + r * stride;
        __m256 s = _mm256_setzero_ps();
        size_t i = 0;
        for (; i + 8 <= width; i += 8) s = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), _mm256_loadu_ps(key + i), s);
        if (i < width) {
            __m256i mask = lanes(width - i);
            s = _mm256_fmadd_ps(_mm256_maskload_ps(query + i, mask), _mm256_maskload_ps(key + i, mask), s);
        }
        out[r] = sum8(s);
    }
}

// 64 columns stay in registers while all rows go by.
static void accumulate(const float *weights, const float *values, size_t stride, size_t rows, size_t width, float *out) {
    size_t j = 0;
    for (; j + 64 <= width; j += 64) {
        __m256 s[8];
        for (size_t u = 0; u < 8; u++) s[u] = _mm256_loadu_ps(out + j + 8 * u);
        for (size_t r = 0; r < rows; r++) {
            __m256 w = _mm256_broadcast_ss(weights + r);
            const float *value = values + r * stride + j;
            for (size_t u = 0; u < 8; u++) s[u] = _mm256_fmadd_ps(w, _mm256_loadu_ps(value + 8 * u), s[u]);
        }
        for (size_t u = 0; u < 8; u++) _mm256_storeu_ps(out + j + 8 * u, s[u]);
    }
    for (; j < width; j += 8) {
        __m256i mask = lanes(width - j < 8 ? width - j : 8);
        __m256 s = _mm256_maskload_ps(out + j, mask);
        for (size_t r = 0; r < rows; r++)
            s = _mm256_fmadd_ps(_mm256_broadcast_ss(weights + r), _mm256_maskload_ps(values + r * stride + j, mask), s);
        _mm256_maskstore_ps(out + j, mask, s);
    }
}

static void softmax(float *x, size_t n) {
    __m256 low = _mm256_set1_ps(-INFINITY), top8 = low;
    for (size_t i = 0; i < n; i += 8) {
        __m256i mask = lanes(n - i < 8 ? n - i : 8);
        __m256 v = _mm256_blendv_ps(low, _mm256_maskload_ps(x + i, mask), _mm256_castsi256_ps(mask));
        top8 = _mm256_max_ps(top8, v);
    }
    __m256 top = _mm256_set1_ps(max8(top8));
    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += 8) {
        __m256i mask = lanes(n - i < 8 ? n - i : 8);
        __m256 e = exp8(_mm256_sub_ps(_mm256_maskload_ps(x + i, mask), top));
        sum = _mm256_add_ps(sum, _mm256_and_ps(e, _mm256_castsi256_ps(mask)));
        _mm256_maskstore_ps(x + i, mask, e);
    }
    __m256 scale = _mm256_set1_ps(1 / sum8(sum));
    for (size_t i = 0; i < n; i += 8) {
        __m256i mask = lanes(n - i < 8 ? n - i : 8);
        _mm256_maskstore_ps(x + i, mask, _mm256_mul_ps(_mm256_maskload_ps(x + i, mask), scale));
    }
}

static void rms_norm(const float *x, const float *weight, float epsilon, size_t n, float *out) {
    __m256 scale = _mm256_set1_ps(1 / sqrtf(dot(x, x, n) / (float)n + epsilon));
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 v = _mm256_mul_ps(_mm256_loadu_ps(x + i), scale);
        _mm256_storeu_ps(out + i, weight ? _mm256_mul_ps(v, _mm256_loadu_ps(weight + i)) : v);
    }
    if (i < n) {
        __m256i mask = lanes(n - i);
        __m256 v = _mm256_mul_ps(_mm256_maskload_ps(x + i, mask), scale);
        _mm256_maskstore_ps(out + i, mask, weight ? _mm256_mul_ps(v, _mm256_maskload_ps(weight + i, mask)) : v);
    }
}

// g/2 (1 + tanh u) = g / (1 + exp(-2u)), u = sqrt(2/pi) (g + 0.044715 g^3): one exponential, no cancellation.
static inline __m256 gelu8(__m256 g) {
    __m256 u = _mm256_mul_ps(_mm256_mul_ps(g, g), _mm256_set1_ps(-2 * 0.7978845608028654f * 0.044715f));
    u = _mm256_mul_ps(_mm256_add_ps(u, _mm256_set1_ps(-2 * 0.7978845608028654f)), g);
    return _mm256_div_ps(g, _mm256_add_ps(_mm256_set1_ps(1), exp8(u)));
}

static inline __m256 sigmoid8(__m256 x) {
    __m256 one = _mm256_set1_ps(1);
    return _mm256_div_ps(one, _mm256_add_ps(one, exp8(_mm256_xor_ps(x, _mm256_set1_ps(-0.0f)))));
}

static inline __m256 silu8(__m256 x) {
    return _mm256_div_ps(x, _mm256_add_ps(_mm256_set1_ps(1), exp8(_mm256_xor_ps(x, _mm256_set1_ps(-0.0f)))));
}

#define IN_PLACE(expression)                                                        \
    size_t i = 0;                                                                   \
    for (; i + 8 <= n; i += 8) {                                                    \
        __m256 v = _mm256_loadu_ps(x + i);                                          \
        _mm256_storeu_ps(x + i, (expression));                                      \
    }                                                                               \
    if (i < n) {                                                                    \
        __m256i mask = lanes(n - i);                                                \
        __m256 v = _mm256_maskload_ps(x + i, mask);                                 \
        _mm256_maskstore_ps(x + i, mask, (expression));                             \
    }

static void gelu(float *x, size_t n) { IN_PLACE(gelu8(v)) }
static void silu(float *x, size_t n) { IN_PLACE(silu8(v)) }
static void sigmoid(float *x, size_t n) { IN_PLACE(sigmoid8(v)) }
static void exponential(float *x, size_t n) { IN_PLACE(exp8(v)) }

static void softcap(float *x, size_t n, float cap) {
    __m256 c = _mm256_set1_ps(cap);
    IN_PLACE(_mm256_mul_ps(c, tanh8(_mm256_div_ps(v, c))))
}

static void gelu_gate(const float *gate, const float *up, size_t n, float *out) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(out + i, _mm256_mul_ps(gelu8(_mm256_loadu_ps(gate + i)), _mm256_loadu_ps(up + i)));
    if (i < n) {
        __m256i mask = lanes(n - i);
        __m256 g = gelu8(_mm256_maskload_ps(gate + i, mask));
        _mm256_maskstore_ps(out + i, mask, _mm256_mul_ps(g, _mm256_maskload_ps(up + i, mask)));
    }
}

#include "x86_rows.h"
#include "x86_pack.h"

#define DOT_PAIRS(sum, w, x) _mm256_add_epi32(sum, _mm256_madd_epi16(w, x))
#define Q8_PRODUCT q8_product
#define Q8_TILE q8_tile
#define Q8_COLUMNS q8_columns
#define Q8_ROWS q8_rows
#include "x86_q8.h"

const kernels_table kernels_avx2_table = {
    KERNELS_AVX2, dot, scores, accumulate, softmax, rms_norm, gelu_gate, gelu, silu, sigmoid, softcap, exponential,
    f32_rows, bf16_rows, q8_prepare, q8_rows, q8_pack,
};

#pragma clang attribute pop

// The same table but for the integer products: AVX-512 VNNI multiplies pairs and adds them in one instruction.
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512vl,avx512vnni"))), apply_to = function)

#undef DOT_PAIRS
#undef Q8_PRODUCT
#undef Q8_TILE
#undef Q8_COLUMNS
#undef Q8_ROWS
#define DOT_PAIRS(sum, w, x) _mm256_dpwssd_epi32(sum, w, x)
#define Q8_PRODUCT q8_product_vnni
#define Q8_TILE q8_tile_vnni
#define Q8_COLUMNS q8_columns_vnni
#define Q8_ROWS q8_rows_vnni
#include "x86_q8.h"

const kernels_table kernels_vnni_table = {
    KERNELS_VNNI, dot, scores, accumulate, softmax, rms_norm, gelu_gate, gelu, silu, sigmoid, softcap, exponential,
    f32_rows, bf16_rows, q8_prepare, q8_rows_vnni, q8_pack,
};

#pragma clang attribute pop

#endif
