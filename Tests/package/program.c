/* Stands for each of the three programs while the package is put together: answers what scripts/package asks of them.
   The path in `built` is what an assertion would leave: scripts/package must refuse it. */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <string.h>

#ifdef WITH_PATH
static const char *const built = __FILE__;
#else
static const char *const built = "program.c";
#endif

int main(int count, char **arguments) {
    const char *name = strrchr(arguments[0], '/');
    name = name ? name + 1 : arguments[0];
    if (count < 2) return printf("%s %s\n", built, snd_asoundlib_version()) < 0;
    if (!strcmp(arguments[1], "--version")) return printf("%s " VERSION " (test)\n", name) < 0;
    if (!strcmp(arguments[1], "--experimental-dump-help"))
        return printf("{\"command\": {\"commandName\": \"%s\", \"abstract\": \"A stand-in.\", \"arguments\": []}}\n", name) < 0;
    if (!strcmp(arguments[1], "--generate-completion-script")) return printf("#!/bin/bash\n# %s\n", name) < 0;
    return 2;
}
