#ifndef KERNELS_THREADS_H
#define KERNELS_THREADS_H

// Names the calling thread where the system lists threads; at most 15 bytes are kept.
void kernels_name_thread(const char *name);

#endif
