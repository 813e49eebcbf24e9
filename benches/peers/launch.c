/* Runs a command several times and prints, one line of JSON each, the seconds from its start to its end and its peak
 * of resident memory in MB. A small program of its own, because the kernel counts the memory of the process that
 * starts a command as the command's.
 *
 *     launch REPEATS COMMAND [ARGUMENT...]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    for (int repeat = 0; repeat < atoi(argv[1]); repeat++) {
        int status;
        struct rusage used;
        double begin = now();
        pid_t child = fork();
        if (child == 0) {
            dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
            execv(argv[2], argv + 2);
            _exit(127);
        }
        if (child < 0 || wait4(child, &status, 0, &used) != child || status != 0) {
            fprintf(stderr, "launch: %s failed\n", argv[2]);
            return 1;
        }
        printf("{\"seconds\": %.6f, \"peak_rss_mb\": %.3f}\n", now() - begin, used.ru_maxrss * 1.024e-3);
    }
    return 0;
}
