/* Prints what a saved model says of every graph of a TU folder or of synthetic ones, to the last bit: graph, class and
 * the logits as hexadecimal numbers. The other languages print the same lines, and tests compare them. */
#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: c99_predict MODEL (FOLDER | KIND GRAPHS SEED)\n";

static void check(diffpool_status status, diffpool_error *error) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "c99_predict: %s (%s)\n", diffpool_error_message(error), diffpool_status_name(status));
        diffpool_error_free(error);
        exit(1);
    }
}

/* A folder in TU format, or a kind of synthetic graphs, how many, and from which seed. */
static diffpool_dataset *load_data(int argc, char **argv) {
    diffpool_error *error = NULL;
    diffpool_dataset *dataset = NULL;
    if (argc == 3) {
        check(diffpool_dataset_load(argv[2], "tu", NULL, NULL, &dataset, &error), error);
    } else {
        size_t graphs = (size_t)strtoul(argv[3], NULL, 10);
        uint64_t seed = strtoul(argv[4], NULL, 10);
        check(diffpool_dataset_synthetic(argv[2], graphs, seed, &dataset, &error), error);
    }
    return dataset;
}

static void print_prediction(diffpool_session *session, const diffpool_dataset *dataset, size_t graph, float *logits,
                             size_t outputs) {
    diffpool_error *error = NULL;
    size_t predicted = 0;
    size_t needed = 0;
    size_t i;
    check(diffpool_session_predict_from(session, dataset, graph, NULL, &error), error);
    check(diffpool_session_class(session, &predicted, &error), error);
    check(diffpool_session_copy_logits(session, logits, outputs, &needed, &error), error);
    printf("%lu %lu", (unsigned long)graph, (unsigned long)predicted);
    for (i = 0; i < needed; ++i) {
        printf(" %a", (double)logits[i]);
    }
    printf("\n");
}

int main(int argc, char **argv) {
    diffpool_error *error = NULL;
    diffpool_model *model = NULL;
    diffpool_session *session = NULL;
    diffpool_dataset *dataset;
    float *logits;
    size_t outputs;
    size_t graph;
    if (argc != 3 && argc != 5) {
        fputs(usage, stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &error), error);
    check(diffpool_session_new(model, &session, &error), error);
    dataset = load_data(argc, argv);
    outputs = diffpool_model_output_count(model);
    logits = calloc(outputs, sizeof *logits);
    if (logits == NULL) {
        fputs("c99_predict: out of memory\n", stderr);
        return 1;
    }
    for (graph = 0; graph < diffpool_dataset_graph_count(dataset); ++graph) {
        print_prediction(session, dataset, graph, logits, outputs);
    }
    free(logits);
    diffpool_dataset_free(dataset);
    diffpool_session_free(session);
    diffpool_model_free(model);
    return 0;
}
