/* Trains a small model on graphs that the library draws and saves it: all of the library but reading data. */
#include <diffpool.h>

#include "check.h"

static int progress(void *ctx, const diffpool_epoch *epoch) {
    int *epochs = ctx;
    *epochs += 1;
    fprintf(stderr, "epoch %u, loss %.4f\n", (unsigned)diffpool_epoch_number(epoch),
            diffpool_epoch_metric(epoch, "loss"));
    return 0;
}

int main(int argc, char **argv) {
    diffpool_dataset *dataset;
    diffpool_split *split;
    diffpool_config *config;
    diffpool_trainer *trainer;
    diffpool_model *model;
    int epochs = 0;
    if (argc != 2) {
        fputs("usage: train MODEL\n", stderr);
        return 1;
    }
    check(diffpool_abi_check(DIFFPOOL_VERSION, &error));
    check(diffpool_dataset_synthetic("ba", 40, 1, &dataset, &error));
    check(diffpool_split_holdout(dataset, 0.1, 1, &split, &error));
    check(diffpool_config_new("default", &config, &error));
    check(diffpool_config_set_int(config, "epochs", 2, &error));
    check(diffpool_trainer_new(config, dataset, split, NULL, &trainer, &error));
    check(diffpool_trainer_fit(trainer, progress, NULL, &epochs, NULL, NULL, &error));
    check(diffpool_trainer_model(trainer, &model, &error));
    check(diffpool_model_save(model, argv[1], &error));
    diffpool_model_free(model);
    diffpool_trainer_free(trainer);
    diffpool_config_free(config);
    diffpool_split_free(split);
    diffpool_dataset_free(dataset);
    return epochs == 2 ? 0 : 1;
}
