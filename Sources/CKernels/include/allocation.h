#ifndef KERNELS_ALLOCATION_H
#define KERNELS_ALLOCATION_H

// Makes the C library keep freed blocks of up to 32 MB instead of returning each to the system: activations of a few MB
// are allocated and freed hundreds of times a token, and mapping and clearing their pages anew took 22 % of ingest
// (E2B's shape, 128 rows). Affects the whole process; call it once, at its start.
void kernels_keep_blocks(void);

#endif
