#ifndef KERNELS_ALLOCATION_H
#define KERNELS_ALLOCATION_H

// Makes the C library keep freed blocks of up to 32 MB instead of returning each to the system: activations of a few MB
// are allocated and freed hundreds of times a token, and mapping and clearing their pages anew took 22 % of ingest
// (E2B's shape, 128 rows). Affects the whole process; call it once, at its start.
void kernels_keep_blocks(void);

/* Gives the whole pages of all freed blocks back to the system, so that what stood in them is gone. Takes about a millisecond for
 * every 10 MB that are free. Does nothing without glibc. */
void kernels_forget_freed(void);

// Keeps the process's memory out of core files: of its own crash there is none (RLIMIT_CORE and, for kernels that hand dumps to a
// program, PR_SET_DUMPABLE, which keeps other processes of the same user from reading it, too), and in one that root makes all the
// same (gcore) nothing but what was never written is in it: /proc/self/coredump_filter 0 is MADV_DONTDUMP for every mapping, rings,
// frames, caches and soft tokens with all their copies. Programs that it starts inherit limit and filter. Linux only.
void kernels_forbid_dumps(void);

#endif
