// Weight rows times f32 rows for AArch64, in the three formats; tiles and orders as in x86_rows.h and x86_q8.h.

#define ROWS_PASS 2048
#define ROWS_TILE 3
#define ROWS_COLUMNS 4

// 16 weights as four vectors: f32 in order; bf16 as 8 even and then 8 odd elements (kernels_bf16_prepare orders x so).
static inline void load_f32(const float *w, float32x4_t v[4]) {
    for (size_t u = 0; u < 4; u++) v[u] = vld1q_f32(w + 4 * u);
}

static inline void load_bf16(const uint16_t *w, float32x4_t v[4]) {
    uint32x4_t a = vreinterpretq_u32_u16(vld1q_u16(w)), b = vreinterpretq_u32_u16(vld1q_u16(w + 8));
    uint32x4_t high = vdupq_n_u32(0xffff0000);
    v[0] = vreinterpretq_f32_u32(vshlq_n_u32(a, 16));
    v[1] = vreinterpretq_f32_u32(vshlq_n_u32(b, 16));
    v[2] = vreinterpretq_f32_u32(vandq_u32(a, high));
    v[3] = vreinterpretq_f32_u32(vandq_u32(b, high));
}

static inline float value_f32(const float *w) { return *w; }
static inline float value_bf16(const uint16_t *w) { return kernels_bf16_to_f32(*w); }

#define ROWS_KERNEL(format, element)                                                                              \
    static inline __attribute__((always_inline)) void tile_##format(                                              \
        const element *w, size_t ldw, const size_t rows, const float *x, size_t ldx, const size_t columns,        \
        size_t count, int first, float *out, size_t ldo) {                                                        \
        float32x4_t s[ROWS_TILE][ROWS_COLUMNS];                                                                   \
        for (size_t r = 0; r < rows; r++)                                                                         \
            for (size_t c = 0; c < columns; c++) s[r][c] = vdupq_n_f32(0);                                        \
        size_t i = 0;                                                                                             \
        for (; i + 16 <= count; i += 16) {                                                                        \
            float32x4_t v[ROWS_TILE][4];                                                                          \
            for (size_t r = 0; r < rows; r++) load_##format(w + r * ldw + i, v[r]);                               \
            for (size_t c = 0; c < columns; c++)                                                                  \
                for (size_t u = 0; u < 4; u++) {                                                                  \
                    float32x4_t input = vld1q_f32(x + c * ldx + i + 4 * u);                                       \
                    for (size_t r = 0; r < rows; r++) s[r][c] = vfmaq_f32(s[r][c], v[r][u], input);               \
                }                                                                                                 \
        }                                                                                                         \
        for (size_t c = 0; c < columns; c++)                                                                      \
            for (size_t r = 0; r < rows; r++) {                                                                   \
                float sum = vaddvq_f32(s[r][c]);                                                                  \
                for (size_t j = i; j < count; j++) sum += value_##format(w + r * ldw + j) * x[c * ldx + j];       \
                out[c * ldo + r] = first ? sum : out[c * ldo + r] + sum;                                          \
            }                                                                                                     \
    }                                                                                                             \
                                                                                                                  \
    static void format##_rows(const element *w, size_t ldw, size_t rows, const float *x, size_t ldx, size_t n,    \
                              size_t k, float *out, size_t ldo) {                                                 \
        for (size_t chunk = 0; chunk < rows; chunk += 24) {                                                       \
            size_t end = rows - chunk < 24 ? rows : chunk + 24, begin = 0;                                        \
            do {                                                                                                  \
                size_t count = k - begin < ROWS_PASS ? k - begin : ROWS_PASS;                                     \
                for (size_t c = 0; c < n; c += ROWS_COLUMNS) {                                                    \
                    const float *input = x + c * ldx + begin;                                                     \
                    float *o = out + c * ldo;                                                                     \
                    size_t r = chunk;                                                                             \
                    for (; r + ROWS_TILE <= end; r += ROWS_TILE)                                                  \
                        if (n - c >= ROWS_COLUMNS)                                                                \
                            tile_##format(w + r * ldw + begin, ldw, ROWS_TILE, input, ldx, ROWS_COLUMNS, count,   \
                                          !begin, o + r, ldo);                                                    \
                        else                                                                                      \
                            for (size_t d = 0; c + d < n; d++)                                                    \
                                tile_##format(w + r * ldw + begin, ldw, ROWS_TILE, input + d * ldx, ldx, 1,       \
                                              count, !begin, o + d * ldo + r, ldo);                               \
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

static void q8_prepare(const float *x, size_t k, int16_t *q, float *scales) {
    for (size_t begin = 0; begin < k; begin += KERNELS_Q8_BLOCK, q += KERNELS_Q8_BLOCK, scales++) {
        float tail[KERNELS_Q8_BLOCK] = {0};
        const float *values = x + begin;
        if (k - begin < KERNELS_Q8_BLOCK) values = memcpy(tail, values, (k - begin) * sizeof *x);
        // FMAX answers NaN when an operand is NaN, so one test finds what is not finite.
        float32x4_t largest = vdupq_n_f32(0);
        for (size_t i = 0; i < KERNELS_Q8_BLOCK; i += 4) largest = vmaxq_f32(largest, vabsq_f32(vld1q_f32(values + i)));
        float top = vmaxvq_f32(largest);
        int finite = top < INFINITY;
        if (!finite || top < 1e-30f) {
            *scales = finite ? 0 : NAN;
            memset(q, 0, KERNELS_Q8_BLOCK * sizeof *q);
            continue;
        }
        *scales = top / 32767;
        float inverse = 32767 / top;
        for (size_t i = 0; i < KERNELS_Q8_BLOCK; i += 8) {
            int32x4_t a = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(values + i), inverse));
            int32x4_t b = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(values + i + 4), inverse));
            vst1q_s16(q + i, vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)));
        }
    }
}

#define Q8_GROUPS 2
#define Q8_COLUMNS 4
#define Q8_PASS_BYTES (256 * 1024)

typedef struct q8_product {
    const uint8_t *packed;
    size_t blocks, first, last;
    const int16_t *q;
    const float *scales;
    size_t n;
    float *out;
    size_t ldo;
} q8_product;

// Pairs 4j + i of a block: 8 rows' two weights times two inputs, lanes 2i and 2i + 1 of the 8 inputs of these pairs.
#define Q8_PAIR(i)                                                                                            \
    for (size_t g = 0; g < groups; g++) {                                                                     \
        int16x8_t both = vld1q_s16((const int16_t *)(block + g * stride + 16 + 16 * (4 * j + i)));            \
        int16x8_t even = vshrq_n_s16(vshlq_n_s16(both, 8), 8), odd = vshrq_n_s16(both, 8);                    \
        for (size_t c = 0; c < columns; c++) {                                                                \
            s[g][c][0] = vmlal_laneq_s16(s[g][c][0], vget_low_s16(even), x[c], 2 * i);                        \
            s[g][c][1] = vmlal_high_laneq_s16(s[g][c][1], even, x[c], 2 * i);                                 \
            s[g][c][0] = vmlal_laneq_s16(s[g][c][0], vget_low_s16(odd), x[c], 2 * i + 1);                     \
            s[g][c][1] = vmlal_high_laneq_s16(s[g][c][1], odd, x[c], 2 * i + 1);                              \
        }                                                                                                     \
    }

static inline __attribute__((always_inline)) void q8_tile(
    const q8_product *p, size_t group, const size_t groups, size_t column, const size_t columns, size_t begin, size_t end) {
    const size_t stride = p->blocks * KERNELS_Q8_BLOCK_BYTES;
    const uint8_t *packed = p->packed + group * stride;
    const int16_t *q = p->q + column * p->blocks * KERNELS_Q8_BLOCK;
    const float *scales = p->scales + column * p->blocks;
    float total[Q8_GROUPS][Q8_COLUMNS][KERNELS_Q8_GROUP];
    for (size_t g = 0; g < groups; g++)
        for (size_t c = 0; c < columns; c++)
            for (size_t r = 0; r < KERNELS_Q8_GROUP; r++) {
                size_t row = (group + g) * KERNELS_Q8_GROUP + r;
                int wanted = begin && row >= p->first && row < p->last;
                total[g][c][r] = wanted ? p->out[(column + c) * p->ldo + row - p->first] : 0;
            }
    for (size_t b = begin; b < end; b++) {
        const uint8_t *block = packed + b * KERNELS_Q8_BLOCK_BYTES;
        int32x4_t s[Q8_GROUPS][Q8_COLUMNS][2];
        for (size_t g = 0; g < groups; g++)
            for (size_t c = 0; c < columns; c++) s[g][c][0] = s[g][c][1] = vdupq_n_s32(0);
        for (size_t j = 0; j < 4; j++) {
            int16x8_t x[Q8_COLUMNS];
            for (size_t c = 0; c < columns; c++) x[c] = vld1q_s16(q + (c * p->blocks + b) * KERNELS_Q8_BLOCK + 8 * j);
            Q8_PAIR(0)
            Q8_PAIR(1)
            Q8_PAIR(2)
            Q8_PAIR(3)
        }
        for (size_t g = 0; g < groups; g++) {
            uint16x8_t bits = vld1q_u16((const uint16_t *)(block + g * stride));
            float32x4_t low = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(bits), 16));
            float32x4_t high = vreinterpretq_f32_u32(vshll_high_n_u16(bits, 16));
            for (size_t c = 0; c < columns; c++) {
                float scale = scales[c * p->blocks + b], *t = total[g][c];
                vst1q_f32(t, vfmaq_f32(vld1q_f32(t), vcvtq_f32_s32(s[g][c][0]), vmulq_n_f32(low, scale)));
                vst1q_f32(t + 4, vfmaq_f32(vld1q_f32(t + 4), vcvtq_f32_s32(s[g][c][1]), vmulq_n_f32(high, scale)));
            }
        }
    }
    for (size_t g = 0; g < groups; g++)
        for (size_t c = 0; c < columns; c++)
            for (size_t r = 0; r < KERNELS_Q8_GROUP; r++) {
                size_t row = (group + g) * KERNELS_Q8_GROUP + r;
                if (row >= p->first && row < p->last) p->out[(column + c) * p->ldo + row - p->first] = total[g][c][r];
            }
}

static inline __attribute__((always_inline)) void q8_columns(
    const q8_product *p, size_t group, const size_t groups, size_t begin, size_t end) {
    for (size_t c = 0; c < p->n; c += Q8_COLUMNS)
        switch (p->n - c) {
        case 1: q8_tile(p, group, groups, c, 1, begin, end); break;
        case 2: q8_tile(p, group, groups, c, 2, begin, end); break;
        case 3: q8_tile(p, group, groups, c, 3, begin, end); break;
        default: q8_tile(p, group, groups, c, 4, begin, end);
        }
}

static void q8_rows(const uint8_t *packed, size_t k, size_t first, size_t last,
                    const int16_t *q, const float *scales, size_t n, float *out, size_t ldo) {
    q8_product p = {packed, kernels_q8_blocks(k), first, last, q, scales, n, out, ldo};
    size_t start = first / KERNELS_Q8_GROUP, stop = (last + KERNELS_Q8_GROUP - 1) / KERNELS_Q8_GROUP;
    size_t pass = Q8_PASS_BYTES / (2 * KERNELS_Q8_BLOCK) / (n ? n : 1), begin = 0;
    if (pass < 16) pass = 16;
    do {
        size_t end = p.blocks - begin < pass ? p.blocks : begin + pass, group = start;
        for (; group + Q8_GROUPS <= stop; group += Q8_GROUPS) q8_columns(&p, group, Q8_GROUPS, begin, end);
        for (; group < stop; group++) q8_columns(&p, group, 1, begin, end);
        begin = end;
    } while (begin < p.blocks);
}
