#include "allocation.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif

void kernels_keep_blocks(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    // What is freed at the heap's end beyond this goes back to the system.
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
    // One heap for all threads: of the others' ends malloc_trim forgets nothing. One thread does nearly all allocations.
    mallopt(M_ARENA_MAX, 1);
#endif
}

void kernels_forget_freed(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
