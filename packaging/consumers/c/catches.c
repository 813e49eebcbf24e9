/* The shared library turns a panic into a status. */
#define _GNU_SOURCE
#include <diffpool.h>

#include "panics.h"

int main(int argc, char **argv) {
    diffpool_model *model;
    if (argc != 2) return 1;
    check(diffpool_model_load(argv[1], &model, &error));
    if (!diffpool_catches(model)) {
        fputs("diffpool does not catch a panic\n", stderr);
        return 1;
    }
    diffpool_model_free(model);
    return 0;
}
