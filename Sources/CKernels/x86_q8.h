// Packed q8 rows times prepared inputs. Included once for each instruction that multiplies pairs of 16-bit integers and
// adds them to 32-bit sums (DOT_PAIRS).
//
// A tile is 2 groups (16 weight rows, a row a lane) x up to 4 inputs. Inside a block sums are exact integers
// (32 * 127 * 32767 < 2^31), so a result depends on nothing but its weight row and its input.

#define Q8_TILE_GROUPS 2
#define Q8_TILE_COLUMNS 4

static inline __attribute__((always_inline)) void q8_tile(
    const uint8_t *packed, size_t blocks, const size_t groups, const int16_t *q, const float *scales, const size_t columns,
    __m256 sums[Q8_TILE_GROUPS][Q8_TILE_COLUMNS]) {
    const size_t stride = blocks * KERNELS_Q8_BLOCK_BYTES;
    __m256 total[Q8_TILE_GROUPS][Q8_TILE_COLUMNS];
    for (size_t g = 0; g < groups; g++)
        for (size_t c = 0; c < columns; c++) total[g][c] = _mm256_setzero_ps();
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *block = packed + b * KERNELS_Q8_BLOCK_BYTES;
        __m256i s[Q8_TILE_GROUPS][Q8_TILE_COLUMNS];
        for (size_t g = 0; g < groups; g++)
            for (size_t c = 0; c < columns; c++) s[g][c] = _mm256_setzero_si256();
        for (size_t p = 0; p < 16; p++) {
            __m256i w[Q8_TILE_GROUPS];
            for (size_t g = 0; g < groups; g++)
                w[g] = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(block + g * stride + 16 + 16 * p)));
            for (size_t c = 0; c < columns; c++) {
                int32_t pair;
                memcpy(&pair, q + (c * blocks + b) * KERNELS_Q8_BLOCK + 2 * p, 4);
                __m256i x = _mm256_set1_epi32(pair);
                for (size_t g = 0; g < groups; g++) s[g][c] = DOT_PAIRS(s[g][c], w[g], x);
            }
        }
        for (size_t g = 0; g < groups; g++) {
            __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(block + g * stride)));
            __m256 scale = _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
            for (size_t c = 0; c < columns; c++)
                total[g][c] = _mm256_fmadd_ps(
                    _mm256_cvtepi32_ps(s[g][c]), _mm256_mul_ps(scale, _mm256_broadcast_ss(scales + c * blocks + b)), total[g][c]);
        }
    }
    for (size_t g = 0; g < groups; g++)
        for (size_t c = 0; c < columns; c++) sums[g][c] = total[g][c];
}

// Groups `group ..< + groups` times all inputs; only rows first ..< last are stored.
static inline __attribute__((always_inline)) void q8_pass(
    const uint8_t *packed, size_t blocks, size_t group, const size_t groups, size_t first, size_t last,
    const int16_t *q, const float *scales, size_t n, float *out, size_t ldo) {
    const uint8_t *base = packed + group * blocks * KERNELS_Q8_BLOCK_BYTES;
    for (size_t c = 0; c < n; c += Q8_TILE_COLUMNS) {
        const int16_t *input = q + c * blocks * KERNELS_Q8_BLOCK;
        const float *scale = scales + c * blocks;
        __m256 sums[Q8_TILE_GROUPS][Q8_TILE_COLUMNS];
        size_t columns = n - c < Q8_TILE_COLUMNS ? n - c : Q8_TILE_COLUMNS;
        switch (columns) {
        case 1: q8_tile(base, blocks, groups, input, scale, 1, sums); break;
        case 2: q8_tile(base, blocks, groups, input, scale, 2, sums); break;
        case 3: q8_tile(base, blocks, groups, input, scale, 3, sums); break;
        default: q8_tile(base, blocks, groups, input, scale, 4, sums);
        }
        for (size_t g = 0; g < groups; g++) {
            size_t row = (group + g) * KERNELS_Q8_GROUP;
            for (size_t d = 0; d < columns; d++) {
                if (row >= first && row + KERNELS_Q8_GROUP <= last) {
                    _mm256_storeu_ps(out + (c + d) * ldo + row - first, sums[g][d]);
                    continue;
                }
                float values[KERNELS_Q8_GROUP];
                _mm256_storeu_ps(values, sums[g][d]);
                for (size_t r = row < first ? first - row : 0; r < KERNELS_Q8_GROUP && row + r < last; r++)
                    out[(c + d) * ldo + row + r - first] = values[r];
            }
        }
    }
}

static void q8_rows(const uint8_t *packed, size_t k, size_t first, size_t last,
                    const int16_t *q, const float *scales, size_t n, float *out, size_t ldo) {
    size_t blocks = kernels_q8_blocks(k), group = first / KERNELS_Q8_GROUP;
    size_t end = (last + KERNELS_Q8_GROUP - 1) / KERNELS_Q8_GROUP;
    for (; group + Q8_TILE_GROUPS <= end; group += Q8_TILE_GROUPS)
        q8_pass(packed, blocks, group, Q8_TILE_GROUPS, first, last, q, scales, n, out, ldo);
    for (; group < end; group++) q8_pass(packed, blocks, group, 1, first, last, q, scales, n, out, ldo);
}
