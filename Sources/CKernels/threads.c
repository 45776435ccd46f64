#include "threads.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

void kernels_name_thread(const char *name) {
#ifdef __linux__
    prctl(PR_SET_NAME, name, 0, 0, 0);
#else
    (void)name;
#endif
}
