/* Predicts the graphs of a folder in TU format, from C, to be compared with Python.
 *
 * predict MODEL FOLDER hex      a line a graph: the bits of its logits
 * predict MODEL FOLDER time     microseconds of one graph from arrays, and seconds of 10,000 graphs in one call
 */
#include <diffpool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static diffpool_error *error = NULL;

static void check(diffpool_status status)
{
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

/* The median of many predictions of graph 0, filled anew each time. */
static double one_graph(diffpool_session *session, const diffpool_dataset *data, const float *logits, size_t outputs)
{
    enum { ROUNDS = 3000 };
    static double took[ROUNDS];
    diffpool_graph *whole, *graph;
    check(diffpool_graph_new(&whole, &error));
    check(diffpool_graph_new(&graph, &error));
    check(diffpool_dataset_get(data, 0, whole, &error));
    const size_t nodes = diffpool_graph_node_count(whole), edges = diffpool_graph_edge_count(whole);
    int64_t *ends = malloc(2 * edges * sizeof *ends);
    for (size_t i = 0; i < edges; i++) {
        ends[i] = diffpool_graph_from(whole)[i];
        ends[edges + i] = diffpool_graph_to(whole)[i];
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        const double begin = now();
        check(diffpool_graph_clear(graph, &error));
        check(diffpool_graph_set_edges_i64(graph, nodes, ends, ends + edges, edges, &error));
        check(diffpool_graph_set_node_labels(graph, diffpool_graph_node_labels(whole), nodes, &error));
        check(diffpool_graph_set_edge_labels(graph, diffpool_graph_edge_labels(whole), edges, &error));
        check(diffpool_session_predict(session, graph, NULL, &error));
        check(diffpool_session_copy_logits(session, (float *)logits, outputs, NULL, &error));
        took[i] = now() - begin;
    }
    qsort(took, ROUNDS, sizeof *took, by_size);
    free(ends);
    diffpool_graph_free(graph);
    diffpool_graph_free(whole);
    return took[ROUNDS / 2];
}

/* The best of some predictions of 10,000 graphs in one call, logits copied. */
static double many_graphs(const diffpool_model *model, const diffpool_dataset *data, size_t outputs)
{
    enum { GRAPHS = 10000 };
    static size_t indices[GRAPHS];
    diffpool_dataset *many;
    diffpool_predictor *predictor;
    double best = 1e9;
    float *logits = malloc(GRAPHS * outputs * sizeof *logits);
    for (size_t i = 0; i < GRAPHS; i++)
        indices[i] = i % diffpool_dataset_graph_count(data);
    check(diffpool_dataset_subset(data, indices, GRAPHS, &many, &error));
    check(diffpool_predictor_new(model, 0, &predictor, &error));
    for (int round = 0; round < 5; round++) {
        const double begin = now();
        check(diffpool_predictor_predict_dataset(predictor, many, NULL, DIFFPOOL_ALL, NULL, &error));
        check(diffpool_predictor_copy_logits(predictor, logits, GRAPHS * outputs, NULL, &error));
        const double took = now() - begin;
        best = took < best ? took : best;
    }
    free(logits);
    diffpool_predictor_free(predictor);
    diffpool_dataset_free(many);
    return best;
}

int main(int argc, char **argv)
{
    diffpool_model *model;
    diffpool_dataset *data;
    diffpool_session *session;
    if (argc != 4)
        return 2;
    check(diffpool_model_load(argv[1], &model, &error));
    check(diffpool_dataset_load(argv[2], "tu", NULL, NULL, &data, &error));
    check(diffpool_session_new(model, &session, &error));
    const size_t outputs = diffpool_model_output_count(model);
    float *logits = malloc(outputs * sizeof *logits);
    if (strcmp(argv[3], "time") == 0) {
        printf("%.2f %.5f\n", 1e6 * one_graph(session, data, logits, outputs), many_graphs(model, data, outputs));
    } else {
        for (size_t i = 0; i < diffpool_dataset_graph_count(data); i++) {
            check(diffpool_session_predict_from(session, data, i, NULL, &error));
            check(diffpool_session_copy_logits(session, logits, outputs, NULL, &error));
            for (size_t j = 0; j < outputs; j++) {
                uint32_t bits;
                memcpy(&bits, &logits[j], sizeof bits);
                printf("%08x%c", (unsigned)bits, j + 1 < outputs ? ' ' : '\n');
            }
        }
    }
    free(logits);
    diffpool_session_free(session);
    diffpool_dataset_free(data);
    diffpool_model_free(model);
    return 0;
}
