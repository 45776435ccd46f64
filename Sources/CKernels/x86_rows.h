// Rows of f32 and bf16 weights times f32 rows; AVX2 + FMA.
//
// A tile is 3 weight rows x 4 inputs: 12 sums in registers, and each sum adds its products in the same order whatever
// the tile, so a result does not depend on what else is computed with it.

// Inputs a pass covers: 4 rows of x of this length are 32 kB and stay near.
#define ROWS_PASS 2048
#define ROWS_TILE 3
#define ROWS_COLUMNS 4

// 16 weights as two vectors: f32 in order, bf16 as its even and its odd elements (kernels_bf16_prepare orders x so).
static inline void load_f32(const float *w, __m256 *a, __m256 *b) {
    *a = _mm256_loadu_ps(w);
    *b = _mm256_loadu_ps(w + 8);
}

static inline void load_bf16(const uint16_t *w, __m256 *a, __m256 *b) {
    __m256i pairs = _mm256_loadu_si256((const __m256i *)w);
    *a = _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
    *b = _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32((int)0xffff0000)));
}

static inline float value_f32(const float *w) { return *w; }
static inline float value_bf16(const uint16_t *w) { return kernels_bf16_to_f32(*w); }

#define ROWS_KERNEL(format, element)                                                                              \
    static inline __attribute__((always_inline)) void tile_##format(                                              \
        const element *w, size_t ldw, const size_t rows, const float *x, size_t ldx, const size_t columns,        \
        size_t count, int first, float *out, size_t ldo) {                                                        \
        __m256 s[ROWS_TILE][ROWS_COLUMNS];                                                                        \
        for (size_t r = 0; r < rows; r++)                                                                         \
            for (size_t c = 0; c < columns; c++) s[r][c] = _mm256_setzero_ps();                                   \
        size_t i = 0;                                                                                             \
        for (; i + 16 <= count; i += 16) {                                                                        \
            __m256 a[ROWS_TILE], b[ROWS_TILE];                                                                    \
            for (size_t r = 0; r < rows; r++) load_##format(w + r * ldw + i, &a[r], &b[r]);                       \
            for (size_t c = 0; c < columns; c++) {                                                                \
                __m256 v = _mm256_loadu_ps(x + c * ldx + i);                                                      \
                for (size_t r = 0; r < rows; r++) s[r][c] = _mm256_fmadd_ps(a[r], v, s[r][c]);                    \
                v = _mm256_loadu_ps(x + c * ldx + i + 8);                                                         \
                for (size_t r = 0; r < rows; r++) s[r][c] = _mm256_fmadd_ps(b[r], v, s[r][c]);                    \
            }                                                                                                     \
        }                                                                                                         \
        for (size_t c = 0; c < columns; c++)                                                                      \
            for (size_t r = 0; r < rows; r++) {                                                                   \
                float sum = sum8(s[r][c]);                                                                        \
                for (size_t j = i; j < count; j++) sum += value_##format(w + r * ldw + j) * x[c * ldx + j];       \
                out[c * ldo + r] = first ? sum : out[c * ldo + r] + sum;                                          \
            }                                                                                                     \
    }                                                                                                             \
                                                                                                                  \
    static void format##_rows(const element *w, size_t ldw, size_t rows, const float *x, size_t ldx, size_t n,    \
                              size_t k, float *out, size_t ldo) {                                                 \
        /* Weight rows that stay in the second-level cache while the inputs go by: 24 x 2048 x 4 bytes. */        \
        for (size_t chunk = 0; chunk < rows; chunk += 24) {                                                       \
            size_t end = rows - chunk < 24 ? rows : chunk + 24;                                                   \
            size_t begin = 0;                                                                                     \
            do {                                                                                                  \
                size_t count = k - begin < ROWS_PASS ? k - begin : ROWS_PASS;                                     \
                for (size_t c = 0; c < n; c += ROWS_COLUMNS) {                                                    \
                    const float *input = x + c * ldx + begin;                                                     \
                    float *o = out + c * ldo;                                                                     \
                    size_t r = chunk;                                                                             \
                    for (; r + ROWS_TILE <= end; r += ROWS_TILE) {                                                \
                        const element *row = w + r * ldw + begin;                                                 \
                        switch (n - c) {                                                                          \
                        case 1: tile_##format(row, ldw, ROWS_TILE, input, ldx, 1, count, !begin, o + r, ldo); break; \
                        case 2: tile_##format(row, ldw, ROWS_TILE, input, ldx, 2, count, !begin, o + r, ldo); break; \
                        case 3: tile_##format(row, ldw, ROWS_TILE, input, ldx, 3, count, !begin, o + r, ldo); break; \
                        default: tile_##format(row, ldw, ROWS_TILE, input, ldx, 4, count, !begin, o + r, ldo);    \
                        }                                                                                         \
                    }                                                                                             \
                    for (; r < end; r++)                                                                          \
                        for (size_t d = 0; d < ROWS_COLUMNS && c + d < n; d++)                                    \
                            tile_##format(w + r * ldw + begin, ldw, 1, input + d * ldx, ldx, 1, count, !begin,    \
                                          o + d * ldo + r, ldo);                                                  \
                }                                                                                                 \
                begin += count;                                                                                   \
            } while (begin < k);                                                                                  \
        }                                                                                                         \
    }

ROWS_KERNEL(f32, float)
ROWS_KERNEL(bf16, uint16_t)
