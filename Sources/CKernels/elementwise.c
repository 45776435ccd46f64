// Loops over memory that the compiler vectorises well by itself. They are in C so that a debug build of the rest stays usable.
#include "kernels.h"

void kernels_scale(float *x, size_t n, float factor) {
    for (size_t i = 0; i < n; i++) x[i] *= factor;
}

void kernels_add_scaled(float *x, const float *y, size_t n, float factor) {
    for (size_t i = 0; i < n; i++) x[i] += factor * y[i];
}

void kernels_multiply(float *x, const float *y, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] *= y[i];
}

void kernels_clamp(float *x, size_t n, float minimum, float maximum) {
    // Written so that NaN stays NaN.
    for (size_t i = 0; i < n; i++) x[i] = x[i] < minimum ? minimum : x[i] > maximum ? maximum : x[i];
}

void kernels_scale_columns(float *x, size_t rows, size_t columns, const float *factors) {
    for (size_t r = 0; r < rows; r++) kernels_multiply(x + r * columns, factors, columns);
}

void kernels_add_to_rows(float *x, size_t rows, size_t columns, const float *row) {
    for (size_t r = 0; r < rows; r++) kernels_add_scaled(x + r * columns, row, columns, 1);
}

void kernels_rotate(float *restrict low, float *restrict high, const float *restrict cosines, const float *restrict sines, size_t n) {
    for (size_t j = 0; j < n; j++) {
        float a = low[j], b = high[j];
        low[j] = a * cosines[j] - b * sines[j];
        high[j] = b * cosines[j] + a * sines[j];
    }
}
