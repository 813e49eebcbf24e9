/* Loads the library named by the first argument, uses threads of it, and unloads it, as often as the second says. */
#define _GNU_SOURCE
#include <diffpool.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define GET(name)                                                                                                      \
    __typeof__(&name) own_##name = (__typeof__(&name))dlsym(library, #name);                                           \
    if (own_##name == NULL)                                                                                            \
    return "a function is missing"

static const char *use(void *library)
{
    diffpool_error *error = NULL;
    diffpool_dataset *dataset;
    diffpool_config *config;
    diffpool_model *model;
    diffpool_predictor *predictor;
    GET(diffpool_dataset_synthetic);
    GET(diffpool_config_new);
    GET(diffpool_model_new);
    GET(diffpool_predictor_new);
    GET(diffpool_predictor_predict_dataset);
    GET(diffpool_predictor_free);
    GET(diffpool_model_free);
    GET(diffpool_config_free);
    GET(diffpool_dataset_free);
    if (own_diffpool_dataset_synthetic("ba", 6, 1, &dataset, &error) != DIFFPOOL_STATUS_OK ||
        own_diffpool_config_new("default", &config, &error) != DIFFPOOL_STATUS_OK ||
        own_diffpool_model_new(config, dataset, NULL, &model, &error) != DIFFPOOL_STATUS_OK ||
        own_diffpool_predictor_new(model, 3, &predictor, &error) != DIFFPOOL_STATUS_OK ||
        own_diffpool_predictor_predict_dataset(predictor, dataset, NULL, DIFFPOOL_ALL, NULL, &error) !=
            DIFFPOOL_STATUS_OK)
        return "a call failed";
    own_diffpool_predictor_free(predictor);
    own_diffpool_model_free(model);
    own_diffpool_config_free(config);
    own_diffpool_dataset_free(dataset);
    return NULL;
}

/* On a thread of its own: destructors of a thread's variables keep a library loaded until the thread ends. */
static void *round_of(void *library)
{
    return (void *)use(library);
}

static long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * 4;
}

int main(int count, char **arguments)
{
    long rounds = count > 2 ? atol(arguments[2]) : 1, begin = 0, i, gone = 0;
    for (i = 0; i < rounds; i++) {
        pthread_t thread;
        void *fault, *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            printf("%s\n", dlerror());
            return 1;
        }
        if (pthread_create(&thread, NULL, round_of, library) != 0 || pthread_join(thread, &fault) != 0)
            return 1;
        if (fault != NULL) {
            printf("%s\n", (const char *)fault);
            return 1;
        }
        dlclose(library);
        library = dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD);
        gone += library == NULL;
        if (library != NULL)
            dlclose(library);
        if (i == rounds / 4)
            begin = resident();
    }
    printf("%ld rounds, unloaded %ld times, %ld KiB more than after a quarter\n", rounds, gone, resident() - begin);
    return 0;
}
