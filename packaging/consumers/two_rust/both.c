/* Two libraries in Rust in one program. Both work, and both catch a panic, in turn. */
#define _GNU_SOURCE
#include <diffpool.h>

#include "panics.h"

uint64_t other_sum(uint64_t n);
int32_t other_catches(size_t index);

int main(int argc, char **argv) {
    diffpool_model *model;
    int round;
    if (argc != 2) return 1;
    check(diffpool_model_load(argv[1], &model, &error));
    for (round = 0; round < 3; ++round) {
        if (other_sum(1000) != 500500 || !other_catches(7)) {
            fputs("the other library does not work\n", stderr);
            return 1;
        }
        if (!diffpool_catches(model)) {
            fputs("diffpool does not catch a panic\n", stderr);
            return 1;
        }
    }
    diffpool_model_free(model);
    return 0;
}
