// Which table runs: decided once from the processor's features.
#include "tables.h"

#include <stdatomic.h>

const kernels_table *kernels_table_for(kernels_path path) {
    switch (path) {
    case KERNELS_SCALAR: return &kernels_scalar_table;
#if defined(__x86_64__)
    case KERNELS_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels_avx2_table : 0;
    case KERNELS_VNNI:
        return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma")
            ? &kernels_vnni_table : 0;
#endif
#if defined(__aarch64__)
    case KERNELS_NEON: return &kernels_neon_table;  // every AArch64 processor has it
#endif
    default: return 0;
    }
}

static _Atomic(const kernels_table *) selected;

const kernels_table *kernels_current(void) {
    const kernels_table *table = atomic_load_explicit(&selected, memory_order_acquire);
    if (table) return table;
    static const kernels_path best[] = {KERNELS_VNNI, KERNELS_AVX2, KERNELS_NEON, KERNELS_SCALAR};
    for (size_t i = 0; !table; i++) table = kernels_table_for(best[i]);
    // Two threads may both come here; they find the same table.
    atomic_store_explicit(&selected, table, memory_order_release);
    return table;
}

int kernels_select(kernels_path path) {
    const kernels_table *table = kernels_table_for(path);
    if (!table) return 0;
    atomic_store_explicit(&selected, table, memory_order_release);
    return 1;
}
