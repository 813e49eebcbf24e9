/*
 * A host of the library that is not a kind one. The first argument says what it does:
 *
 *     plain, traps, upward, flush    trains, predicts and prints bits, with this floating-point environment
 *     fork                           uses what it made in a child
 *     signals                        waits for signals that it blocks while threads of the library run
 *     threads                        counts the threads that are left after handles are freed
 *     stack                          loads and predicts on a thread with a small stack
 */
#define _GNU_SOURCE
#include <diffpool.h>
#include <dirent.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#define GRAPHS 40

static diffpool_error *error = NULL;

static void check(diffpool_status status)
{
    if (status != DIFFPOOL_STATUS_OK) {
        printf("%s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
        exit(1);
    }
}

static diffpool_dataset *dataset;
static diffpool_config *config;
static diffpool_split *split;

static void make(void)
{
    check(diffpool_dataset_synthetic("ba", GRAPHS, 1, &dataset, &error));
    check(diffpool_split_holdout(dataset, 0.25, 1, &split, &error));
    check(diffpool_config_new("default", &config, &error));
    check(diffpool_config_set_json(config, "epochs", "2", &error));
    check(diffpool_config_set_json(config, "patience", "0", &error));
    check(diffpool_config_set_json(config, "embed_hidden", "8", &error));
    check(diffpool_config_set_json(config, "embed_output", "8", &error));
    check(diffpool_config_set_json(config, "assign_hidden", "8", &error));
    check(diffpool_config_set_json(config, "threads", "3", &error));
}

static diffpool_trainer *new_trainer(void)
{
    diffpool_trainer *trainer;
    check(diffpool_trainer_new(config, dataset, split, NULL, &trainer, &error));
    return trainer;
}

static diffpool_model *fitted(diffpool_trainer *trainer)
{
    diffpool_model *model;
    check(diffpool_trainer_fit(trainer, NULL, NULL, NULL, NULL, NULL, &error));
    check(diffpool_trainer_model(trainer, &model, &error));
    return model;
}

static diffpool_predictor *new_predictor(const diffpool_model *model)
{
    diffpool_predictor *predictor;
    check(diffpool_predictor_new(model, 3, &predictor, &error));
    return predictor;
}

/* Trains, predicts in all ways, and prints the bits of the logits. */
static void compute(void)
{
    static float logits[GRAPHS * 8];
    diffpool_trainer *trainer = new_trainer();
    diffpool_model *model = fitted(trainer);
    diffpool_predictor *predictor = new_predictor(model);
    diffpool_session *session;
    diffpool_evaluation *evaluation;
    size_t needed, i, width = diffpool_model_output_count(model);

    check(diffpool_predictor_predict_dataset(predictor, dataset, NULL, DIFFPOOL_ALL, NULL, &error));
    check(diffpool_predictor_copy_logits(predictor, logits, GRAPHS * 8, &needed, &error));
    check(diffpool_predictor_evaluate(predictor, dataset, NULL, DIFFPOOL_ALL, NULL, &evaluation, &error));
    check(diffpool_session_new(model, &session, &error));
    for (i = 0; i < GRAPHS; i++) {
        float own[8];
        check(diffpool_session_predict_from(session, dataset, i, NULL, &error));
        check(diffpool_session_copy_logits(session, own, 8, NULL, &error));
        if (memcmp(own, logits + i * width, width * sizeof(float)) != 0) {
            printf("graph %u differs between session and predictor\n", (unsigned)i);
            exit(1);
        }
    }
    for (i = 0; i < needed; i++) {
        uint32_t bits;
        memcpy(&bits, &logits[i], sizeof bits);
        printf("%08x\n", (unsigned)bits);
    }
    diffpool_evaluation_free(evaluation);
    diffpool_session_free(session);
    diffpool_predictor_free(predictor);
    diffpool_model_free(model);
    diffpool_trainer_free(trainer);
}

static int environment(const char *kind)
{
    make();
    if (strcmp(kind, "traps") == 0) {
#if defined(__GLIBC__)
        feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
#endif
    } else if (strcmp(kind, "upward") == 0) {
        fesetround(FE_UPWARD);
#if defined(__x86_64__)
    } else if (strcmp(kind, "flush") == 0) {
        _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
    }
    compute();
    /* The host's own environment is as it was. */
    if (strcmp(kind, "upward") == 0 && fegetround() != FE_UPWARD) {
        printf("the host no longer rounds upward\n");
        return 1;
    }
    return 0;
}

/* Says what a call in a child gave. */
static void told(const char *what, diffpool_status status, const char *wanted)
{
    const char *name = diffpool_status_name(status);
    printf("%s: %s %s\n", what, name, diffpool_error_message(error));
    fflush(stdout);
    if (strcmp(name, wanted) != 0)
        _exit(1);
    diffpool_error_free(error);
    error = NULL;
}

static int forked(void)
{
    diffpool_trainer *before, *trainer;
    diffpool_predictor *predictor;
    diffpool_session *session;
    diffpool_model *model;
    diffpool_evaluation *evaluation;
    int status;

    make();
    trainer = new_trainer();
    model = fitted(trainer);
    before = new_trainer();
    predictor = new_predictor(model);
    check(diffpool_session_new(model, &session, &error));
    fflush(stdout);
    if (fork() == 0) {
        const char *refused = "INVALID_STATE", *ok = "OK";
        alarm(60);
        told("session", diffpool_session_predict_from(session, dataset, 1, NULL, &error), ok);
        told("fit", diffpool_trainer_fit(before, NULL, NULL, NULL, NULL, NULL, &error), refused);
        told("predict", diffpool_predictor_predict_dataset(predictor, dataset, NULL, DIFFPOOL_ALL, NULL, &error), refused);
        told("evaluate",
             diffpool_predictor_evaluate(predictor, dataset, NULL, DIFFPOOL_ALL, NULL, &evaluation, &error), refused);
        diffpool_trainer_free(before);
        diffpool_predictor_free(predictor);
        /* What the child makes itself works. */
        trainer = new_trainer();
        told("fit anew", diffpool_trainer_fit(trainer, NULL, NULL, NULL, NULL, NULL, &error), ok);
        diffpool_trainer_free(trainer);
        _exit(0);
    }
    wait(&status);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int signals(void)
{
    sigset_t mine;
    diffpool_trainer *trainer;
    diffpool_predictor *predictor;
    struct timespec patience = {5, 0};
    int i;

    make();
    trainer = new_trainer();
    /* Threads that were made before the host blocks a signal could take it. */
    predictor = new_predictor(fitted(trainer));
    sigemptyset(&mine);
    sigaddset(&mine, SIGTERM);
    sigaddset(&mine, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &mine, NULL);
    for (i = 0; i < 100; i++) {
        int sent = i % 2 ? SIGTERM : SIGUSR1;
        kill(getpid(), sent);
        if (sigtimedwait(&mine, NULL, &patience) != sent) {
            printf("the signal did not come\n");
            return 1;
        }
    }
    diffpool_predictor_free(predictor);
    diffpool_trainer_free(trainer);
    printf("100 signals came\n");
    return 0;
}

static int count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    struct dirent *entry;
    int count = 0;
    while ((entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static int threads(void)
{
    diffpool_model *model;
    int i, during = 0;

    make();
    {
        diffpool_trainer *trainer = new_trainer();
        model = fitted(trainer);
        diffpool_trainer_free(trainer);
    }
    for (i = 0; i < 200; i++) {
        diffpool_predictor *predictor = new_predictor(model);
        during = count_threads();
        diffpool_predictor_free(predictor);
        if (count_threads() != 1) {
            printf("round %d: %d threads are left\n", i, count_threads() - 1);
            return 1;
        }
    }
    printf("%d threads while a predictor lives, 1 after it\n", during);
    return 0;
}

static void *predict_on_small_stack(void *bytes)
{
    diffpool_model *model;
    diffpool_session *session;
    size_t i;
    check(diffpool_model_from_bytes(((uint8_t **)bytes)[0], (size_t)((uint8_t **)bytes)[1], &model, &error));
    check(diffpool_session_new(model, &session, &error));
    for (i = 0; i < GRAPHS; i++)
        check(diffpool_session_predict_from(session, dataset, i, NULL, &error));
    diffpool_session_free(session);
    diffpool_model_free(model);
    return NULL;
}

static int small_stack(size_t size)
{
    pthread_attr_t attributes;
    pthread_t thread;
    diffpool_trainer *trainer;
    uint8_t *bytes[2];
    size_t length;

    make();
    trainer = new_trainer();
    check(diffpool_model_to_bytes(fitted(trainer), &bytes[0], &length, &error));
    bytes[1] = (uint8_t *)length;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size);
    if (pthread_create(&thread, &attributes, predict_on_small_stack, bytes) != 0)
        return 1;
    pthread_join(thread, NULL);
    printf("%u bytes of stack are enough\n", (unsigned)size);
    return 0;
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "plain";
    if (strcmp(what, "fork") == 0)
        return forked();
    if (strcmp(what, "signals") == 0)
        return signals();
    if (strcmp(what, "threads") == 0)
        return threads();
    if (strcmp(what, "stack") == 0)
        return small_stack((size_t)atol(arguments[2]));
    return environment(what);
}
