/* Predicts rings and stars of growing size with a saved model, by a session and by a predictor, and prints every logit to
 * the last bit. It uses only what libdiffpool_infer has, and is C and C++. */
#ifdef INFER
#include <diffpool_infer.h>
#else
#include <diffpool.h>
/* That of C++ need not be used here, but must be there and compile. */
#ifdef __cplusplus
#if __has_include(<diffpool.hpp>)
#include <diffpool.hpp>
#endif
#endif
#endif

#include <string.h>

#include "check.h"

#define GRAPHS 12
#define LARGEST 32

/* A ring if the number is even, else a star. */
static diffpool_graph *shape(size_t number) {
    int32_t from[LARGEST], to[LARGEST];
    size_t nodes = 5 + 2 * number, i;
    diffpool_graph *graph;
    for (i = 0; i < nodes; ++i) {
        from[i] = number % 2 == 0 ? (int32_t)i : 0;
        to[i] = (int32_t)((i + 1) % nodes);
    }
    check(diffpool_graph_new(&graph, &error));
    check(diffpool_graph_set_edges(graph, nodes, from, to, number % 2 == 0 ? nodes : nodes - 1, &error));
    return graph;
}

int main(int argc, char **argv) {
    diffpool_model *model, *absent;
    diffpool_session *session;
    diffpool_predictor *predictor;
    diffpool_graph *graphs[GRAPHS];
    const diffpool_graph *list[GRAPHS];
    float one[8], all[8 * GRAPHS];
    size_t outputs, needed, i, k;
    if (argc != 2) {
        fputs("usage: predict MODEL\n", stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &error));
    outputs = diffpool_model_output_count(model);
    check(diffpool_session_new(model, &session, &error));
    check(diffpool_predictor_new(model, 2, &predictor, &error));
    for (i = 0; i < GRAPHS; ++i) list[i] = graphs[i] = shape(i);
    check(diffpool_predictor_predict(predictor, list, GRAPHS, NULL, &error));
    check(diffpool_predictor_copy_logits(predictor, all, sizeof all / sizeof *all, &needed, &error));
    for (i = 0; i < GRAPHS; ++i) {
        check(diffpool_session_predict(session, graphs[i], NULL, &error));
        check(diffpool_session_copy_logits(session, one, sizeof one / sizeof *one, &needed, &error));
        if (memcmp(one, all + i * outputs, outputs * sizeof *one) != 0) {
            fputs("the session and the predictor differ\n", stderr);
            return 1;
        }
        for (k = 0; k < outputs; ++k) printf("%a%c", (double)one[k], k + 1 < outputs ? ' ' : '\n');
        diffpool_graph_free(graphs[i]);
    }
    diffpool_predictor_free(predictor);
    diffpool_session_free(session);
    diffpool_model_free(model);

    if (diffpool_model_load("absent.safetensors", &absent, &error) != DIFFPOOL_STATUS_IO ||
        strstr(diffpool_error_message(error), "absent.safetensors") == NULL) {
        fputs("a model that is not there is not told of\n", stderr);
        return 1;
    }
    diffpool_error_free(error);
    return 0;
}
