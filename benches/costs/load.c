/* How long loading takes: milliseconds, the median of ROUNDS, with warm caches of the system.
 *
 *     load (model | dataset | tu) PATH ROUNDS */
#define _POSIX_C_SOURCE 200809L
#include "costs.h"

#include <string.h>

static void load_model(const char *path) {
    diffpool_model *model = NULL;
    check(diffpool_model_load(path, &model, &failure));
    diffpool_model_free(model);
}

static void open_dataset(const char *path) {
    diffpool_dataset *dataset = NULL;
    check(diffpool_dataset_open(path, NULL, &dataset, &failure));
    diffpool_dataset_free(dataset);
}

static void load_tu(const char *path) {
    diffpool_dataset *dataset = NULL;
    check(diffpool_dataset_load(path, "tu", NULL, NULL, &dataset, &failure));
    diffpool_dataset_free(dataset);
}

int main(int argc, char **argv) {
    const size_t rounds = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    void (*load)(const char *) = NULL;
    double *times;
    size_t round;
    if (rounds > 0) {
        load = strcmp(argv[1], "model") == 0     ? load_model
               : strcmp(argv[1], "dataset") == 0 ? open_dataset
               : strcmp(argv[1], "tu") == 0      ? load_tu
                                                 : NULL;
    }
    if (load == NULL) {
        fputs("usage: load (model | dataset | tu) PATH ROUNDS\n", stderr);
        return 1;
    }
    times = (double *)room(rounds, sizeof *times);
    for (round = 0; round < rounds; ++round) {
        const double begin = seconds();
        load(argv[2]);
        times[round] = 1e3 * (seconds() - begin);
    }
    printf("{\"milliseconds\": %.3f}\n", median(times, rounds));
    free(times);
    return 0;
}
