// q8 quantisation, of inputs and of weights; AVX2.

// 32 values (zero beyond count), their largest size, and whether all are finite.
static inline float load_block(const float *x, size_t count, __m256 v[4], int *finite) {
    __m256 top = _mm256_setzero_ps(), bad = _mm256_setzero_ps();
    for (size_t u = 0; u < 4; u++) {
        size_t left = count < 8 * u ? 0 : count - 8 * u;
        v[u] = left >= 8 ? _mm256_loadu_ps(x + 8 * u) : _mm256_maskload_ps(x + 8 * u, lanes(left));
        __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v[u]);
        bad = _mm256_or_ps(bad, _mm256_cmp_ps(size, _mm256_set1_ps(INFINITY), _CMP_NLT_UQ));
        top = _mm256_max_ps(top, size);
    }
    *finite = !_mm256_movemask_ps(bad);
    return max8(top);
}

// See the scalar reference: 32 inputs, one scale, NaN where a value is not finite.
static void q8_prepare(const float *x, size_t k, int16_t *q, float *scales) {
    for (size_t begin = 0; begin < k; begin += KERNELS_Q8_BLOCK, q += KERNELS_Q8_BLOCK, scales++) {
        __m256 v[4];
        int finite;
        float top = load_block(x + begin, k - begin, v, &finite);
        if (!finite || top < 1e-30f) {
            *scales = finite ? 0 : NAN;
            memset(q, 0, KERNELS_Q8_BLOCK * sizeof *q);
            continue;
        }
        *scales = top / 32767;
        __m256 inverse = _mm256_set1_ps(32767 / top);
        for (size_t u = 0; u < 4; u += 2) {
            __m256i a = _mm256_cvtps_epi32(_mm256_mul_ps(v[u], inverse)), b = _mm256_cvtps_epi32(_mm256_mul_ps(v[u + 1], inverse));
            // packs works within 128-bit halves; put its quarters back in order.
            _mm256_storeu_si256((__m256i *)(q + 8 * u), _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8));
        }
    }
}

// 32 values of one row to signed bytes, in order: as 16 pairs.
static inline __m256i quantised(const float *x, size_t count, uint16_t *scale) {
    __m256 v[4];
    int finite;
    float top = load_block(x, count, v, &finite);
    *scale = !finite ? 0x7fc0 : top < 1e-30f ? 0 : kernels_q8_scale(top);
    if (!finite || *scale == 0) return _mm256_setzero_si256();
    __m256 inverse = _mm256_set1_ps(1 / kernels_bf16_to_f32(*scale));
    __m256i i[4];
    for (size_t u = 0; u < 4; u++) i[u] = _mm256_cvtps_epi32(_mm256_mul_ps(v[u], inverse));
    // The packs interleave 128-bit halves: dword d of the result holds values 4 * {0, 2, 4, 6, 1, 3, 5, 7}[d].
    __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(i[0], i[1]), _mm256_packs_epi32(i[2], i[3]));
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    return _mm256_max_epi8(bytes, _mm256_set1_epi8(-127));
}

static void q8_pack(const float *x, size_t ldx, size_t rows, size_t k, uint8_t *packed) {
    for (size_t begin = 0; begin < k; begin += KERNELS_Q8_BLOCK, packed += KERNELS_Q8_BLOCK_BYTES) {
        __m256i row[8], t[8];
        uint16_t scales[8] = {0};
        for (size_t r = 0; r < 8; r++)
            row[r] = r < rows ? quantised(x + r * ldx + begin, k - begin, scales + r) : _mm256_setzero_si256();
        memcpy(packed, scales, 16);
        // Transpose 8 rows x 16 pairs (8 in each 128-bit half).
        for (size_t i = 0; i < 8; i += 2) {
            t[i] = _mm256_unpacklo_epi16(row[i], row[i + 1]);
            t[i + 1] = _mm256_unpackhi_epi16(row[i], row[i + 1]);
        }
        for (size_t i = 0; i < 8; i += 4)
            for (size_t j = 0; j < 2; j++) {
                row[i + 2 * j] = _mm256_unpacklo_epi32(t[i + j], t[i + 2 + j]);
                row[i + 2 * j + 1] = _mm256_unpackhi_epi32(t[i + j], t[i + 2 + j]);
            }
        for (size_t i = 0; i < 4; i++) {
            __m256i low = _mm256_unpacklo_epi64(row[i], row[i + 4]), high = _mm256_unpackhi_epi64(row[i], row[i + 4]);
            __m128i *out = (__m128i *)(packed + 16) + 2 * i;
            _mm_storeu_si128(out, _mm256_castsi256_si128(low));
            _mm_storeu_si128(out + 1, _mm256_castsi256_si128(high));
            _mm_storeu_si128(out + 8, _mm256_extracti128_si256(low, 1));
            _mm_storeu_si128(out + 9, _mm256_extracti128_si256(high, 1));
        }
    }
}
