#include "allocation.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
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

void kernels_forbid_dumps(void) {
#ifdef __linux__
    // The file belongs to root as soon as the process is not dumpable: it comes first.
    int filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (filter >= 0) {
        (void)!write(filter, "0", 1);
        close(filter);
    }
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
#endif
}
