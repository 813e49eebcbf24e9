/* Trains until it is done or told to stop: SIGINT (Ctrl-C) or SIGTERM ends training in the middle of an epoch, and the
 * model of the last epoch that was finished is saved.
 *
 *     cancel_training MODEL [EPOCH]
 *
 * With EPOCH the program sends itself SIGINT after that epoch, which is how it is tested. A second signal ends the
 * program at once; the file of the model is then the old one, for a model is saved in one step. */
#define _POSIX_C_SOURCE 200809L
#include <diffpool.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The handler needs it, so it is set before there is a handler, and not changed while there is one. */
static diffpool_control *control = NULL;

/* Of the whole library a signal handler may call diffpool_control_cancel, _reset and _is_cancelled. */
static void on_signal(int number) {
    (void)number;
    diffpool_control_cancel(control);
}

static int install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    /* The second signal does what signals do. */
    action.sa_flags = (int)SA_RESETHAND;
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

static void print_error(diffpool_error *error) {
    fprintf(stderr, "cancel_training: %s (%s)\n", diffpool_error_message(error),
            diffpool_status_name(diffpool_error_status(error)));
    diffpool_error_free(error);
}

static int on_epoch(void *ctx, const diffpool_epoch *epoch) {
    const size_t *signalled = ctx;
    printf("epoch %lu  loss %.4f\n", (unsigned long)diffpool_epoch_number(epoch), diffpool_epoch_metric(epoch, "loss"));
    if (diffpool_epoch_number(epoch) == *signalled) {
        raise(SIGINT);
    }
    return 0;
}

/* Trains; being told to stop is no failure. */
static int train(diffpool_trainer *trainer, size_t signalled, diffpool_error **error) {
    const diffpool_status status = diffpool_trainer_fit(trainer, on_epoch, NULL, &signalled, control, NULL, error);
    if (status != DIFFPOOL_STATUS_CANCELLED) {
        return status == DIFFPOOL_STATUS_OK;
    }
    diffpool_error_free(*error);
    *error = NULL;
    printf("told to stop\n");
    return 1;
}

/* Without a finished epoch there is nothing worth keeping, and a model that is there already stays. */
static int save(const diffpool_trainer *trainer, const char *path, diffpool_error **error) {
    diffpool_model *model = NULL;
    const size_t epochs = diffpool_trainer_epoch_count(trainer);
    int saved;
    if (epochs == 0) {
        printf("no epoch was finished: %s stays as it is\n", path);
        return 1;
    }
    saved = diffpool_trainer_model(trainer, &model, error) == DIFFPOOL_STATUS_OK &&
            diffpool_model_save(model, path, error) == DIFFPOOL_STATUS_OK;
    if (saved) {
        printf("saved %s, the model of epoch %lu\n", path, (unsigned long)epochs);
    }
    diffpool_model_free(model);
    return saved;
}

int main(int argc, char **argv) {
    diffpool_dataset *dataset = NULL;
    diffpool_config *config = NULL;
    diffpool_trainer *trainer = NULL;
    diffpool_error *error = NULL;
    int done;
    if (argc != 2 && argc != 3) {
        fputs("usage: cancel_training MODEL [EPOCH]\n", stderr);
        return 1;
    }
    if (diffpool_control_new(&control, &error) != DIFFPOOL_STATUS_OK) {
        print_error(error);
        return 1;
    }
    if (!install()) {
        perror("cancel_training: the signals cannot be handled");
        diffpool_control_free(control);
        return 1;
    }
    done = diffpool_dataset_synthetic("ba", 100, 1, &dataset, &error) == DIFFPOOL_STATUS_OK &&
           diffpool_config_new("default", &config, &error) == DIFFPOOL_STATUS_OK &&
           diffpool_config_set_int(config, "epochs", 1000, &error) == DIFFPOOL_STATUS_OK &&
           diffpool_trainer_new(config, dataset, NULL, control, &trainer, &error) == DIFFPOOL_STATUS_OK &&
           train(trainer, argc == 3 ? strtoul(argv[2], NULL, 10) : 0, &error) && save(trainer, argv[1], &error);
    if (!done) {
        print_error(error);
    }
    diffpool_trainer_free(trainer);
    diffpool_config_free(config);
    diffpool_dataset_free(dataset);
    /* The handler must not meet a control that is gone. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    diffpool_control_free(control);
    return done ? 0 : 1;
}
