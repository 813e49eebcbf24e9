/* Runs a program many times and tells what a run costs, as the median of all runs: milliseconds from start to end,
 * milliseconds of the processor, and peak resident memory in megabytes.
 *
 *     measure ROUNDS PROGRAM [ARGUMENT...]
 *
 * A process inherits the peak of the one that started it, so this program is as small as it can be. */
#define _GNU_SOURCE
#include "costs.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double milliseconds(struct timeval time) {
    return 1e3 * (double)time.tv_sec + 1e-3 * (double)time.tv_usec;
}

static void child(char **command) {
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || dup2(nowhere, 1) < 0) {
        _exit(126);
    }
    execv(command[0], command);
    perror(command[0]);
    _exit(127);
}

int main(int argc, char **argv) {
    const size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    double *wall, *processor, *memory;
    size_t round;
    if (rounds == 0) {
        fputs("usage: measure ROUNDS PROGRAM [ARGUMENT...]\n", stderr);
        return 1;
    }
    wall = (double *)room(rounds, sizeof *wall);
    processor = (double *)room(rounds, sizeof *processor);
    memory = (double *)room(rounds, sizeof *memory);
    for (round = 0; round < rounds; ++round) {
        const double begin = seconds();
        struct rusage usage;
        int status = 0;
        const pid_t pid = vfork();
        if (pid == 0) {
            child(argv + 2);
        }
        if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
            fprintf(stderr, "measure: %s failed\n", argv[2]);
            return 1;
        }
        wall[round] = 1e3 * (seconds() - begin);
        processor[round] = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
        memory[round] = (double)usage.ru_maxrss * 1.024e-3;
    }
    printf("{\"milliseconds\": %.3f, \"processor\": %.3f, \"megabytes\": %.3f}\n", median(wall, rounds),
           median(processor, rounds), median(memory, rounds));
    free(wall);
    free(processor);
    free(memory);
    return 0;
}
