#define _GNU_SOURCE
#include "include/CMapping.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// A model has one file, or a few shards; more than an index may name are refused.
enum { slots = 1024 };

int mapping_limit(void) { return slots; }

// `base` is written last and cleared first: the handler reads a slot only through it.
static struct {
    _Atomic(uintptr_t) base;
    size_t count;
    int descriptor;
    off_t size;
    struct timespec written;
    uint64_t sample;
    char *path;
} mappings[slots];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(const char *) changed;
static _Atomic(const char *) touched;
static _Atomic bool survives;

static void note(_Atomic(const char *) *what, const char *path) {
    const char *none = NULL;
    atomic_compare_exchange_strong(what, &none, path);
}

static void say(const char *text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

// Calls what a signal handler may call, and mmap, which Linux makes safe.
static void on_bus_error(int signal, siginfo_t *info, void *context) {
    (void)context;
    const uintptr_t address = (uintptr_t)info->si_addr;
    for (int slot = 0; slot < slots; slot++) {
        const uintptr_t base = atomic_load(&mappings[slot].base);
        if (base == 0 || address < base || address - base >= mappings[slot].count) continue;
        const char *path = mappings[slot].path;
        if (!atomic_load(&survives)) {
            say(path);
            say(" was cut while it was in use: put the whole file back and start again; replace model files by renaming\n");
            _exit(1);
        }
        note(&changed, path);
        const uintptr_t page = address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
        const size_t rest = base + mappings[slot].count - page;
        if (mmap((void *)page, rest, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED) return;
        break;
    }
    // Somebody else's: as if nobody had listened.
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(signal, &plain, NULL);
}

// A checksum (FNV-1a) of up to 64 blocks of 4 kB, evenly from the first to the last: 256 kB of the largest file, all of a small
// one. Read and not looked at in the mapping, so that a page that has gone is an error and no signal.
// False: a block could not be read whole.
static bool sample_of(int descriptor, off_t size, uint64_t *sample) {
    enum { blocks = 64, block_bytes = 4096 };
    const off_t last = size > block_bytes ? size - block_bytes : 0;
    *sample = 0xCBF29CE484222325;
    for (off_t block = 0; block < blocks; block++) {
        unsigned char bytes[block_bytes];
        const off_t from = last / (blocks - 1) * block + last % (blocks - 1) * block / (blocks - 1);
        const size_t count = size < block_bytes ? (size_t)size : block_bytes;
        for (size_t have = 0; have < count;) {
            const ssize_t step = pread(descriptor, bytes + have, count - have, from + (off_t)have);
            if (step < 0 && errno == EINTR) continue;
            if (step <= 0) return false;
            have += (size_t)step;
        }
        for (size_t index = 0; index < count; index++) *sample = (*sample ^ bytes[index]) * 0x100000001B3;
        if (last == 0) break;
    }
    return true;
}

static void listen_once(void) {
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
}

int mapping_watch(const void *base, size_t count, int descriptor, const char *path) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, listen_once);
    struct stat status;
    char *name = strdup(path);
    uint64_t sample = 0;
    int slot = -1;
    // The time first: what is written after it is looked at again.
    const bool is_read = name != NULL && fstat(descriptor, &status) == 0 && sample_of(descriptor, status.st_size, &sample);
    pthread_mutex_lock(&lock);
    if (is_read) {
        for (slot = slots - 1; slot >= 0 && atomic_load(&mappings[slot].base) != 0;) slot--;
    }
    if (slot >= 0) {
        mappings[slot].count = count;
        mappings[slot].descriptor = descriptor;
        mappings[slot].size = status.st_size;
        mappings[slot].written = status.st_mtim;
        mappings[slot].sample = sample;
        mappings[slot].path = name;
        atomic_store(&mappings[slot].base, (uintptr_t)base);
    } else {
        free(name);
        close(descriptor);
    }
    pthread_mutex_unlock(&lock);
    return slot;
}

int mapping_count(void) {
    int count = 0;
    for (int slot = 0; slot < slots; slot++) count += atomic_load(&mappings[slot].base) != 0;
    return count;
}

void mapping_forget(int slot) {
    if (slot < 0) return;
    pthread_mutex_lock(&lock);
    atomic_store(&mappings[slot].base, 0);
    close(mappings[slot].descriptor);
    // The name stays while it may be told of.
    const char *const path = mappings[slot].path;
    if (atomic_load(&changed) != path && atomic_load(&touched) != path) free(mappings[slot].path);
    pthread_mutex_unlock(&lock);
}

void mapping_survive(bool survive) { atomic_store(&survives, survive); }

void mapping_look(void) {
    pthread_mutex_lock(&lock);
    for (int slot = 0; slot < slots; slot++) {
        if (atomic_load(&mappings[slot].base) == 0) continue;
        struct stat status;
        if (fstat(mappings[slot].descriptor, &status) != 0) continue;
        const struct timespec before = mappings[slot].written;
        const bool is_same_time = status.st_mtim.tv_sec == before.tv_sec && status.st_mtim.tv_nsec == before.tv_nsec;
        if (status.st_size == mappings[slot].size && is_same_time) continue;
        uint64_t sample;
        if (status.st_size != mappings[slot].size || !sample_of(mappings[slot].descriptor, status.st_size, &sample) ||
            sample != mappings[slot].sample) {
            note(&changed, mappings[slot].path);
        } else {
            // Looked at again when it changes again.
            mappings[slot].written = status.st_mtim;
            note(&touched, mappings[slot].path);
        }
    }
    pthread_mutex_unlock(&lock);
}

const char *mapping_changed(void) { return atomic_load(&changed); }

const char *mapping_touched(void) { return atomic_load(&touched); }
