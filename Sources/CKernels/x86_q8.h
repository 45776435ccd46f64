// Packed q8 rows times prepared inputs. Included once for each instruction that multiplies pairs of 16-bit integers and
// adds them to 32-bit sums (DOT_PAIRS).
//
// A tile is 2 groups (16 weight rows, a row a lane) x up to 4 inputs. Inside a block sums are exact integers
// (32 * 127 * 32767 < 2^31), so a result depends on nothing but its weight row and its input.

// Long inputs are taken in passes, so that all inputs of a pass (256 kB) stay in the second-level cache while the weights
// go by. A pass goes on with the sums of the one before: the order of additions is that of a single pass.

#ifndef Q8_TILE_GROUPS
#define Q8_TILE_GROUPS 2
#define Q8_TILE_COLUMNS 4
#define Q8_PASS_BYTES (256 * 1024)

// Where the sums of 8 weight rows (row ..< row + 8, of which first ..< last are wanted) and one input lie in the result.
static inline __m256 load_sums(const float *out, size_t row, size_t first, size_t last) {
    if (row >= first && row + KERNELS_Q8_GROUP <= last) return _mm256_loadu_ps(out + row - first);
    float values[KERNELS_Q8_GROUP] = {0};
    for (size_t r = row < first ? first - row : 0; r < KERNELS_Q8_GROUP && row + r < last; r++) values[r] = out[row + r - first];
    return _mm256_loadu_ps(values);
}

static inline void store_sums(float *out, size_t row, size_t first, size_t last, __m256 sums) {
    if (row >= first && row + KERNELS_Q8_GROUP <= last) {
        _mm256_storeu_ps(out + row - first, sums);
        return;
    }
    float values[KERNELS_Q8_GROUP];
    _mm256_storeu_ps(values, sums);
    for (size_t r = row < first ? first - row : 0; r < KERNELS_Q8_GROUP && row + r < last; r++) out[row + r - first] = values[r];
}
#endif

typedef struct Q8_PRODUCT {
    const uint8_t *packed;
    size_t blocks, first, last;
    const int16_t *q;
    const float *scales;
    size_t n;
    float *out;
    size_t ldo;
} Q8_PRODUCT;

// Blocks begin ..< end of `groups` groups from `group` and of `columns` inputs from `column`.
static inline __attribute__((always_inline)) void Q8_TILE(
    const Q8_PRODUCT *p, size_t group, const size_t groups, size_t column, const size_t columns, size_t begin, size_t end) {
    const size_t blocks = p->blocks, stride = blocks * KERNELS_Q8_BLOCK_BYTES, row = group * KERNELS_Q8_GROUP;
    const uint8_t *packed = p->packed + group * stride;
    const int16_t *q = p->q + column * blocks * KERNELS_Q8_BLOCK;
    const float *scales = p->scales + column * blocks;
    float *out = p->out + column * p->ldo;
    __m256 total[Q8_TILE_GROUPS][Q8_TILE_COLUMNS];
    for (size_t g = 0; g < groups; g++)
        for (size_t c = 0; c < columns; c++)
            total[g][c] = begin ? load_sums(out + c * p->ldo, row + g * KERNELS_Q8_GROUP, p->first, p->last) : _mm256_setzero_ps();
    for (size_t b = begin; b < end; b++) {
        const uint8_t *block = packed + b * KERNELS_Q8_BLOCK_BYTES;
        __m256i s[Q8_TILE_GROUPS][Q8_TILE_COLUMNS];
        for (size_t g = 0; g < groups; g++)
            for (size_t c = 0; c < columns; c++) s[g][c] = _mm256_setzero_si256();
        for (size_t i = 0; i < 16; i++) {
            __m256i w[Q8_TILE_GROUPS];
            for (size_t g = 0; g < groups; g++)
                w[g] = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(block + g * stride + 16 + 16 * i)));
            for (size_t c = 0; c < columns; c++) {
                int32_t pair;
                memcpy(&pair, q + (c * blocks + b) * KERNELS_Q8_BLOCK + 2 * i, 4);
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
        for (size_t c = 0; c < columns; c++)
            store_sums(out + c * p->ldo, row + g * KERNELS_Q8_GROUP, p->first, p->last, total[g][c]);
}

static inline __attribute__((always_inline)) void Q8_COLUMNS(
    const Q8_PRODUCT *p, size_t group, const size_t groups, size_t begin, size_t end) {
    for (size_t c = 0; c < p->n; c += Q8_TILE_COLUMNS)
        switch (p->n - c) {
        case 1: Q8_TILE(p, group, groups, c, 1, begin, end); break;
        case 2: Q8_TILE(p, group, groups, c, 2, begin, end); break;
        case 3: Q8_TILE(p, group, groups, c, 3, begin, end); break;
        default: Q8_TILE(p, group, groups, c, 4, begin, end);
        }
}

static void Q8_ROWS(const uint8_t *packed, size_t k, size_t first, size_t last,
                    const int16_t *q, const float *scales, size_t n, float *out, size_t ldo) {
    Q8_PRODUCT p = {packed, kernels_q8_blocks(k), first, last, q, scales, n, out, ldo};
    size_t start = first / KERNELS_Q8_GROUP, stop = (last + KERNELS_Q8_GROUP - 1) / KERNELS_Q8_GROUP;
    size_t pass = Q8_PASS_BYTES / (2 * KERNELS_Q8_BLOCK) / (n ? n : 1), begin = 0;
    if (pass < 16) pass = 16;
    do {
        size_t end = p.blocks - begin < pass ? p.blocks : begin + pass, group = start;
        for (; group + Q8_TILE_GROUPS <= stop; group += Q8_TILE_GROUPS) Q8_COLUMNS(&p, group, Q8_TILE_GROUPS, begin, end);
        for (; group < stop; group++) Q8_COLUMNS(&p, group, 1, begin, end);
        begin = end;
    } while (begin < p.blocks);
}
