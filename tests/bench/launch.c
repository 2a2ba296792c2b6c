// launch FILE PROGRAM ARG...: runs PROGRAM, writes "status, wall seconds, processor seconds, peak KiB, end as seconds since 1970" to FILE.
// A process of its own because ru_maxrss of a child starts at the size of what forked it: this one is small.
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    pid_t child;
    const double began = now(CLOCK_MONOTONIC);
    if (posix_spawn(&child, argv[2], NULL, NULL, argv + 2, environ) != 0) {
        perror(argv[2]);
        return 2;
    }
    int status;
    struct rusage use;
    if (wait4(child, &status, 0, &use) < 0) return 2;
    const double wall = now(CLOCK_MONOTONIC) - began, end = now(CLOCK_REALTIME);
    FILE* out = fopen(argv[1], "w");
    if (!out) return 2;
    fprintf(out, "%d %.6f %.6f %ld %.6f\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), wall,
            seconds(use.ru_utime) + seconds(use.ru_stime), use.ru_maxrss, end);
    return fclose(out) == 0 ? 0 : 2;
}
