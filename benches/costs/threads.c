/* How many predictions a second one session makes, two sessions on two threads, and one session beside a training run.
 *
 *     threads MODEL GRAPH_NODES GRAPH_EDGES ROUNDS SECONDS
 *
 * The three take turns for SECONDS each, ROUNDS times, so that a machine that changes its speed does so for all. A line
 * of JSON for each tells the median, and the medians of the ratios to one session within a round. */
#define _POSIX_C_SOURCE 200809L
#include "costs.h"

#include <pthread.h>
#include <time.h>

typedef struct {
    const diffpool_model *model;
    const graph *asked;
    double seconds;
    double rate;
    /* The same a second of processor time, which other programs on a busy machine do not take away. */
    double own_rate;
} task;

static double processor_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Predicts for a while with a session of its own. */
static void *work(void *context) {
    task *own = (task *)context;
    diffpool_session *session = NULL;
    diffpool_graph *filled = NULL;
    size_t done = 0, warm;
    double begin, own_begin;
    check(diffpool_session_new(own->model, &session, &failure));
    check(diffpool_graph_new(&filled, &failure));
    for (warm = 0; warm < 100; ++warm) {
        predict(session, filled, own->asked);
    }
    own_begin = processor_seconds();
    begin = seconds();
    while (seconds() - begin < own->seconds) {
        predict(session, filled, own->asked);
        ++done;
    }
    own->rate = (double)done / (seconds() - begin);
    own->own_rate = (double)done / (processor_seconds() - own_begin);
    diffpool_graph_free(filled);
    diffpool_session_free(session);
    return NULL;
}

typedef struct {
    diffpool_trainer *trainer;
    diffpool_control *control;
} training;

/* Training on one thread until it is cancelled. */
static void *train(void *context) {
    const training *own = (const training *)context;
    diffpool_error *error = NULL;
    const diffpool_status status = diffpool_trainer_fit(own->trainer, NULL, NULL, NULL, own->control, NULL, &error);
    if (status != DIFFPOOL_STATUS_CANCELLED) {
        fprintf(stderr, "training ended with %s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
        exit(1);
    }
    diffpool_error_free(error);
    return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), void *context) {
    if (pthread_create(thread, NULL, run, context) != 0) {
        fputs("a thread cannot be started\n", stderr);
        exit(1);
    }
}

static task alone(task of) {
    work(&of);
    return of;
}

static task together(task of) {
    task tasks[2];
    pthread_t threads[2];
    int i;
    for (i = 0; i < 2; ++i) {
        tasks[i] = of;
        start(&threads[i], work, &tasks[i]);
    }
    for (i = 0; i < 2; ++i) {
        pthread_join(threads[i], NULL);
    }
    of.rate = tasks[0].rate + tasks[1].rate;
    of.own_rate = tasks[0].own_rate + tasks[1].own_rate;
    return of;
}

static task beside_training(task of) {
    diffpool_dataset *dataset = NULL;
    diffpool_config *config = NULL;
    training own = {NULL, NULL};
    pthread_t thread;
    check(diffpool_dataset_synthetic("ba", 64, 1, &dataset, &failure));
    check(diffpool_config_new("default", &config, &failure));
    check(diffpool_config_set_int(config, "epochs", 1000000, &failure));
    check(diffpool_config_set_int(config, "threads", 1, &failure));
    check(diffpool_control_new(&own.control, &failure));
    check(diffpool_trainer_new(config, dataset, NULL, NULL, &own.trainer, &failure));
    start(&thread, train, &own);
    of = alone(of);
    diffpool_control_cancel(own.control);
    pthread_join(thread, NULL);
    diffpool_trainer_free(own.trainer);
    diffpool_control_free(own.control);
    diffpool_config_free(config);
    diffpool_dataset_free(dataset);
    return of;
}

int main(int argc, char **argv) {
    diffpool_model *model = NULL;
    const size_t rounds = argc == 6 ? strtoul(argv[4], NULL, 10) : 0;
    double *rates[3], *ratios[3], *own_ratios[3];
    graph asked;
    task of;
    static const char *const names[] = {"one", "two", "beside_training"};
    size_t round, i;
    if (rounds == 0) {
        fputs("usage: threads MODEL NODES EDGES ROUNDS SECONDS\n", stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &failure));
    asked = random_graph(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), diffpool_model_feature_count(model),
                         1);
    of.model = model;
    of.asked = &asked;
    of.seconds = strtod(argv[5], NULL);
    of.rate = of.own_rate = 0;
    for (i = 0; i < 3; ++i) {
        rates[i] = (double *)room(rounds, sizeof(double));
        ratios[i] = (double *)room(rounds, sizeof(double));
        own_ratios[i] = (double *)room(rounds, sizeof(double));
    }
    for (round = 0; round < rounds; ++round) {
        task done[3];
        done[0] = alone(of);
        done[1] = together(of);
        done[2] = beside_training(of);
        for (i = 0; i < 3; ++i) {
            rates[i][round] = done[i].rate;
            ratios[i][round] = done[i].rate / done[0].rate;
            own_ratios[i][round] = done[i].own_rate / done[0].own_rate;
        }
    }
    for (i = 0; i < 3; ++i) {
        printf("{\"who\": \"%s\", \"rate\": %.1f, \"ratio\": %.3f, \"own_ratio\": %.3f}\n", names[i],
               median(rates[i], rounds), median(ratios[i], rounds), median(own_ratios[i], rounds));
        free(rates[i]);
        free(ratios[i]);
        free(own_ratios[i]);
    }
    free_graph(&asked);
    diffpool_model_free(model);
    return 0;
}
