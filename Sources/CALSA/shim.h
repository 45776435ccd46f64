#pragma once
#include <alsa/asoundlib.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

/* Takes a variable number of arguments, which Swift cannot define. */
static inline void mm_alsa_ignore_message(const char *file, int line, const char *function, int code, const char *format, ...) {
    (void)file; (void)line; (void)function; (void)code; (void)format;
}

/* libasound prints its errors on stderr; callers get them as codes instead. */
static inline void mm_alsa_be_quiet(void) { snd_lib_error_set_handler(mm_alsa_ignore_message); }

/* What a device thread needs of the system beyond Swift's Glibc module. Names the calling thread; 15 bytes are shown. */
static inline void mm_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
static inline int mm_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
/* A pipe that no other program inherits, from its first moment on: pipe2 is not in Swift's Glibc module. */
int pipe2(int ends[2], int flags);
static inline int mm_pipe(int ends[2], int is_nonblocking) { return pipe2(ends, O_CLOEXEC | (is_nonblocking ? O_NONBLOCK : 0)); }
