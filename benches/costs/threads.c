/* How many predictions a second one session makes, two sessions on two threads, and one session beside a training run.
 *
 *     threads MODEL GRAPH_NODES GRAPH_EDGES ROUNDS SECONDS
 *
 * The three take turns for SECONDS each, ROUNDS times, so that a machine that changes its speed does so for all. A line
 * of JSON tells the medians, and the medians of the ratios within a round. */
#define _POSIX_C_SOURCE 200809L
#include "costs.h"

#include <pthread.h>
#include <time.h>

typedef struct {
    const diffpool_model *model;
    const graph *asked;
    double seconds;
    double rate;
} task;

/* Predicts for a while with a session of its own. */
static void *work(void *context) {
    task *own = (task *)context;
    diffpool_session *session = NULL;
    size_t done = 0, warm;
    double begin;
    check(diffpool_session_new(own->model, &session, &failure));
    for (warm = 0; warm < 100; ++warm) {
        predict(session, own->asked);
    }
    begin = seconds();
    while (seconds() - begin < own->seconds) {
        predict(session, own->asked);
        ++done;
    }
    own->rate = (double)done / (seconds() - begin);
    diffpool_session_free(session);
    return NULL;
}

/* Training on one thread until it is cancelled. */
static void *train(void *context) {
    check(diffpool_trainer_fit((diffpool_trainer *)context, NULL, NULL, NULL, NULL, &failure));
    return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), void *context) {
    if (pthread_create(thread, NULL, run, context) != 0) {
        fputs("a thread cannot be started\n", stderr);
        exit(1);
    }
}

static double alone(task of) {
    work(&of);
    return of.rate;
}

static double together(task of) {
    task tasks[2] = {of, of};
    pthread_t threads[2];
    int i;
    for (i = 0; i < 2; ++i) {
        start(&threads[i], work, &tasks[i]);
    }
    for (i = 0; i < 2; ++i) {
        pthread_join(threads[i], NULL);
    }
    return tasks[0].rate + tasks[1].rate;
}

static double beside_training(task of) {
    diffpool_dataset *dataset = NULL;
    diffpool_config *config = NULL;
    diffpool_trainer *trainer = NULL;
    pthread_t thread;
    double rate;
    check(diffpool_dataset_synthetic("ba", 64, 1, &dataset, &failure));
    check(diffpool_config_new("default", &config, &failure));
    check(diffpool_config_set_int(config, "epochs", 1000000, &failure));
    check(diffpool_config_set_int(config, "threads", 1, &failure));
    check(diffpool_trainer_new(config, dataset, NULL, 0, NULL, 0, &trainer, &failure));
    start(&thread, train, trainer);
    rate = alone(of);
    check(diffpool_trainer_cancel(trainer, &failure));
    pthread_join(thread, NULL);
    diffpool_trainer_free(trainer);
    diffpool_config_free(config);
    diffpool_dataset_free(dataset);
    return rate;
}

int main(int argc, char **argv) {
    diffpool_model *model = NULL;
    const size_t rounds = argc == 6 ? strtoul(argv[4], NULL, 10) : 0;
    double *one, *two, *training, *ratio_of_two, *ratio_of_training;
    graph asked;
    task of;
    size_t features = 0, round;
    if (rounds == 0) {
        fputs("usage: threads MODEL NODES EDGES ROUNDS SECONDS\n", stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &failure));
    check(diffpool_model_features(model, &features, &failure));
    asked = random_graph(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), features, 1);
    of.model = model;
    of.asked = &asked;
    of.seconds = strtod(argv[5], NULL);
    of.rate = 0;
    one = (double *)room(rounds, sizeof *one);
    two = (double *)room(rounds, sizeof *two);
    training = (double *)room(rounds, sizeof *training);
    ratio_of_two = (double *)room(rounds, sizeof *ratio_of_two);
    ratio_of_training = (double *)room(rounds, sizeof *ratio_of_training);
    for (round = 0; round < rounds; ++round) {
        one[round] = alone(of);
        two[round] = together(of);
        training[round] = beside_training(of);
        ratio_of_two[round] = two[round] / one[round];
        ratio_of_training[round] = training[round] / one[round];
    }
    printf("{\"one\": %.1f, \"two\": %.1f, \"beside_training\": %.1f, \"two_to_one\": %.3f,"
           " \"beside_training_to_one\": %.3f}\n",
           median(one, rounds), median(two, rounds), median(training, rounds), median(ratio_of_two, rounds),
           median(ratio_of_training, rounds));
    free(one);
    free(two);
    free(training);
    free(ratio_of_two);
    free(ratio_of_training);
    free_graph(&asked);
    diffpool_model_free(model);
    return 0;
}
