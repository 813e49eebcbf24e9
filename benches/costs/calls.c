/* What a call from C costs.
 *
 *     calls_c TINY_MODEL */
#define _POSIX_C_SOURCE 200809L
#include "calls.h"

static void refused(void) {
    size_t predicted;
    if (diffpool_session_class(NULL, &predicted, NULL) != DIFFPOOL_STATUS_NULL_POINTER) {
        exit(1);
    }
}

static void refused_with_message(void) {
    size_t predicted;
    diffpool_error *error = NULL;
    if (diffpool_session_class(NULL, &predicted, &error) != DIFFPOOL_STATUS_NULL_POINTER) {
        exit(1);
    }
    diffpool_error_free(error);
}

/* A graph is filled and predicted, as for every graph that a program meets. */
static void predict_node(diffpool_session *session, diffpool_graph *node) {
    static const float x[] = {0.5f};
    check(diffpool_graph_set_edges(node, 1, NULL, NULL, 0, &failure));
    check(diffpool_graph_set_x(node, x, 1, 1, &failure));
    check(diffpool_session_predict(session, node, NULL, &failure));
}

int main(int argc, char **argv) {
    diffpool_model *model = NULL;
    diffpool_session *session = NULL;
    diffpool_graph *node = NULL;
    volatile uint32_t version = 0;
    volatile size_t classes = 0;
    size_t predicted = 0;
    if (argc != 2) {
        fputs("usage: calls_c TINY_MODEL\n", stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &failure));
    check(diffpool_session_new(model, &session, &failure));
    check(diffpool_graph_new(&node, &failure));

    MEASURE("C", "getter that cannot fail", 20000, version = diffpool_version());
    MEASURE("C", "getter of a handle", 20000, classes = diffpool_model_class_count(model));
    MEASURE("C", "failure, no message wanted", 5000, refused());
    MEASURE("C", "failure with a message", 2000, refused_with_message());
    MEASURE("C", "prediction of one node", 1000, predict_node(session, node));
    MEASURE("C", "class of the prediction", 20000, check(diffpool_session_class(session, &predicted, &failure)));

    (void)version;
    (void)classes;
    diffpool_graph_free(node);
    diffpool_session_free(session);
    diffpool_model_free(model);
    return 0;
}
