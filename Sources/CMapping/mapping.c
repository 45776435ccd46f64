#define _GNU_SOURCE
#include "include/CMapping.h"

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
    char *path;
} mappings[slots];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(const char *) changed;
static _Atomic bool survives;

static void note(const char *path) {
    const char *none = NULL;
    atomic_compare_exchange_strong(&changed, &none, path);
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
        note(path);
        const uintptr_t page = address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
        const size_t rest = base + mappings[slot].count - page;
        if (mmap((void *)page, rest, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED) return;
        break;
    }
    // Somebody else's: as if nobody had listened.
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(signal, &plain, NULL);
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
    int slot = -1;
    pthread_mutex_lock(&lock);
    if (name != NULL && fstat(descriptor, &status) == 0) {
        for (slot = slots - 1; slot >= 0 && atomic_load(&mappings[slot].base) != 0;) slot--;
    }
    if (slot >= 0) {
        mappings[slot].count = count;
        mappings[slot].descriptor = descriptor;
        mappings[slot].size = status.st_size;
        mappings[slot].written = status.st_mtim;
        mappings[slot].path = name;
        atomic_store(&mappings[slot].base, (uintptr_t)base);
    } else {
        free(name);
        close(descriptor);
    }
    pthread_mutex_unlock(&lock);
    return slot;
}

void mapping_forget(int slot) {
    if (slot < 0) return;
    pthread_mutex_lock(&lock);
    atomic_store(&mappings[slot].base, 0);
    close(mappings[slot].descriptor);
    // The name stays while it may be told of.
    if (atomic_load(&changed) != mappings[slot].path) free(mappings[slot].path);
    pthread_mutex_unlock(&lock);
}

void mapping_survive(bool survive) { atomic_store(&survives, survive); }

void mapping_look(void) {
    pthread_mutex_lock(&lock);
    for (int slot = 0; slot < slots; slot++) {
        if (atomic_load(&mappings[slot].base) == 0) continue;
        struct stat status;
        if (fstat(mappings[slot].descriptor, &status) != 0) continue;
        if (status.st_size != mappings[slot].size || status.st_mtim.tv_sec != mappings[slot].written.tv_sec ||
            status.st_mtim.tv_nsec != mappings[slot].written.tv_nsec)
            note(mappings[slot].path);
    }
    pthread_mutex_unlock(&lock);
}

const char *mapping_changed(void) { return atomic_load(&changed); }
