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
           diffpool_epoch_loss(epoch), diffpool_epoch_accuracy(epoch));
    return 0;
}

int main(void)
{
    diffpool_dataset *dataset;
    diffpool_split *split;
    diffpool_config *config;
    diffpool_trainer *trainer;
    diffpool_model *model;
    diffpool_session *session;
    const size_t *train, *test;
    size_t train_length, test_length, predicted;

    check(diffpool_dataset_synthetic("ba", 200, 1, &dataset, &error));
    check(diffpool_split_holdout(dataset, 0.1, 1, &split, &error));
    check(diffpool_split_train(split, &train, &train_length, &error));
    check(diffpool_split_test(split, &test, &test_length, &error));

    check(diffpool_config_new("default", &config, &error));
    check(diffpool_config_set_int(config, "epochs", 10, &error));
    check(diffpool_trainer_new(config, dataset, train, train_length, NULL, 0, &trainer, &error));
    check(diffpool_trainer_fit(trainer, progress, NULL, NULL, NULL, &error));
    check(diffpool_trainer_model(trainer, &model, &error));
    check(diffpool_model_save(model, "first.safetensors", &error));
    diffpool_model_free(model);
    diffpool_trainer_free(trainer);

    check(diffpool_model_load("first.safetensors", &model, &error));
    check(diffpool_session_new(model, &session, &error));
    check(diffpool_session_predict_graph(session, dataset, test[0], &error));
    check(diffpool_session_class(session, &predicted, &error));
    printf("graph %u is of class %u\n", (unsigned)test[0], (unsigned)predicted);

    diffpool_session_free(session);
    diffpool_model_free(model);
    diffpool_config_free(config);
    diffpool_split_free(split);
    diffpool_dataset_free(dataset);
    return 0;
}
