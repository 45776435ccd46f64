// exp and tanh on 8 floats. Included by files that set the AVX2 + FMA target for their functions.
#ifndef KERNELS_X86_MATH_H
#define KERNELS_X86_MATH_H

#include <immintrin.h>
#include <math.h>
#include <string.h>

// e^x = 2^n e^r with n = round(x / ln 2), |r| <= ln 2 / 2, and e^r by its Taylor series to r^7 (error below 1e-8).
// Below -104 the result is 0, above 88.73 infinity; NaN stays NaN; denormal results are right to their last bits.
static inline __m256 exp8(__m256 x) {
    // max and min return their second operand when one is NaN.
    x = _mm256_max_ps(_mm256_set1_ps(-104.0f), x);
    x = _mm256_min_ps(_mm256_set1_ps(89.0f), x);
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    // ln 2 in two parts: n * 0.693359375 is exact.
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);
    __m256 p = _mm256_set1_ps(1.0f / 5040);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 720));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 120));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 24));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 6));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(0.5f));
    p = _mm256_fmadd_ps(_mm256_mul_ps(p, r), r, _mm256_add_ps(r, _mm256_set1_ps(1.0f)));
    // 2^n in two factors, because n runs from -150 to 128 and one exponent does not reach so far.
    __m256i whole = _mm256_cvtps_epi32(n);
    __m256i half = _mm256_srai_epi32(whole, 1);
    __m256i rest = _mm256_sub_epi32(whole, half);
    __m256 a = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, _mm256_set1_epi32(127)), 23));
    __m256 b = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, _mm256_set1_epi32(127)), 23));
    return _mm256_mul_ps(_mm256_mul_ps(p, a), b);
}

// tanh: near zero x + x^3 q(x^2), q fitted to (tanh x / x - 1) / x^2 at the Chebyshev nodes of x^2 < 0.391 (error 9e-8), else 1 - 2 / (e^2|x| + 1) with the sign of x.
static inline __m256 tanh8(__m256 x) {
    __m256 sign = _mm256_and_ps(x, _mm256_set1_ps(-0.0f));
    __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
    __m256 z = _mm256_mul_ps(x, x);
    __m256 q = _mm256_set1_ps(-6.102887e-3f);
    q = _mm256_fmadd_ps(q, z, _mm256_set1_ps(2.100223170e-2f));
    q = _mm256_fmadd_ps(q, z, _mm256_set1_ps(-5.385220237e-2f));
    q = _mm256_fmadd_ps(q, z, _mm256_set1_ps(1.333278034e-1f));
    q = _mm256_fmadd_ps(q, z, _mm256_set1_ps(-3.333332908e-1f));
    __m256 near = _mm256_fmadd_ps(_mm256_mul_ps(q, z), x, x);
    __m256 e = exp8(_mm256_add_ps(size, size));
    __m256 one = _mm256_set1_ps(1.0f);
    __m256 far = _mm256_sub_ps(one, _mm256_div_ps(_mm256_set1_ps(2.0f), _mm256_add_ps(e, one)));
    far = _mm256_or_ps(far, sign);
    return _mm256_blendv_ps(far, near, _mm256_cmp_ps(size, _mm256_set1_ps(0.625f), _CMP_LT_OQ));
}

static inline float sum8(__m256 v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

static inline float max8(__m256 v) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

// All ones in the first n (0...8) lanes.
static inline __m256i lanes(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#endif
