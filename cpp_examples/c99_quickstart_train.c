#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>

static diffpool_error *error = NULL;

static void check(diffpool_status status)
{
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
        exit(1);
    }
}

static int progress(void *ctx, const diffpool_epoch *epoch)
{
    (void)ctx;
    printf("epoch %2u  loss %.3f  accuracy %.2f\n", (unsigned)diffpool_epoch_number(epoch),
           diffpool_epoch_metric(epoch, "loss"), diffpool_epoch_metric(epoch, "accuracy"));
    return 0;
}

int main(void)
{
    diffpool_dataset *dataset;
    diffpool_split *split;
    diffpool_config *config;
    diffpool_trainer *trainer;
    diffpool_model *model;
    diffpool_predictor *predictor;
    diffpool_evaluation *evaluation;
    const size_t *test;
    size_t test_length;

    check(diffpool_dataset_synthetic("ba", 200, 1, &dataset, &error));
    check(diffpool_split_holdout(dataset, 0.1, 1, &split, &error));
    check(diffpool_config_new("default", &config, &error));
    check(diffpool_config_set_int(config, "epochs", 10, &error));
    check(diffpool_trainer_new(config, dataset, split, NULL, &trainer, &error));
    check(diffpool_trainer_fit(trainer, progress, NULL, NULL, NULL, NULL, &error));
    check(diffpool_trainer_model(trainer, &model, &error));
    check(diffpool_model_save(model, "first.safetensors", &error));

    test = diffpool_split_test(split, &test_length);
    check(diffpool_predictor_new(model, 0, &predictor, &error));
    check(diffpool_predictor_evaluate(predictor, dataset, test, test_length, NULL, &evaluation, &error));
    printf("accuracy of %u graphs kept back: %.2f\n", (unsigned)test_length,
           diffpool_evaluation_metric(evaluation, "accuracy"));

    diffpool_evaluation_free(evaluation);
    diffpool_predictor_free(predictor);
    diffpool_model_free(model);
    diffpool_trainer_free(trainer);
    diffpool_config_free(config);
    diffpool_split_free(split);
    diffpool_dataset_free(dataset);
    return 0;
}
