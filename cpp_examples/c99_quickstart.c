#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the library's message when a call failed. */
static void check(diffpool_status status, diffpool_error *error) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
        diffpool_error_free(error);
        exit(1);
    }
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "model.safetensors";
    diffpool_error *error = NULL;
    diffpool_dataset *dataset = NULL;
    diffpool_split *split = NULL;
    diffpool_config *config = NULL;
    diffpool_trainer *trainer = NULL;
    diffpool_model *model = NULL;
    diffpool_evaluation *evaluation = NULL;
    diffpool_session *session = NULL;
    const size_t *train = NULL, *test = NULL;
    size_t train_length = 0, test_length = 0, predicted = 0;

    /* Graphs: 100 that the library makes, a fifth of them kept aside. */
    check(diffpool_dataset_synthetic("ba2", 100, 1, &dataset, &error), error);
    check(diffpool_split_holdout(dataset, 0.2, 1, &split, &error), error);
    check(diffpool_split_train(split, &train, &train_length, &error), error);
    check(diffpool_split_test(split, &test, &test_length, &error), error);

    /* Train, measure, save. */
    check(diffpool_config_new("default", &config, &error), error);
    check(diffpool_config_set_int(config, "epochs", 10, &error), error);
    check(diffpool_trainer_new(config, dataset, train, train_length, NULL, 0, &trainer, &error), error);
    check(diffpool_trainer_fit(trainer, NULL, NULL, NULL, NULL, &error), error);
    check(diffpool_trainer_model(trainer, &model, &error), error);
    check(diffpool_evaluate(model, dataset, test, test_length, 0, &evaluation, &error), error);
    printf("held-out accuracy %.1f %%\n", 100.0 * diffpool_evaluation_accuracy(evaluation));
    check(diffpool_model_save(model, path, &error), error);

    /* Load and predict: a session is the scratch memory of one thread. */
    diffpool_model_free(model);
    check(diffpool_model_load(path, &model, &error), error);
    check(diffpool_session_new(model, &session, &error), error);
    check(diffpool_session_predict_graph(session, dataset, test[0], &error), error);
    check(diffpool_session_class(session, &predicted, &error), error);
    printf("graph %lu is of class %lu\n", (unsigned long)test[0], (unsigned long)predicted);

    diffpool_session_free(session);
    diffpool_evaluation_free(evaluation);
    diffpool_model_free(model);
    diffpool_trainer_free(trainer);
    diffpool_config_free(config);
    diffpool_split_free(split);
    diffpool_dataset_free(dataset);
    return 0;
}
