#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>

static diffpool_error *error = NULL;

static void check(diffpool_status status)
{
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
        exit(1);
    }
}

int main(void)
{
    const int32_t from[] = {0, 1, 2, 3, 4}, to[] = {1, 2, 3, 4, 0};
    diffpool_model *model;
    diffpool_session *session;
    diffpool_graph *graph;
    size_t predicted;

    check(diffpool_model_load("first.safetensors", &model, &error));
    check(diffpool_session_new(model, &session, &error));
    check(diffpool_graph_new(&graph, &error));

    check(diffpool_graph_set_edges(graph, 5, from, to, 5, &error));
    check(diffpool_session_predict(session, graph, NULL, &error));
    check(diffpool_session_class(session, &predicted, &error));
    printf("the ring is of class %s\n", diffpool_model_class_name(model, predicted));

    diffpool_graph_free(graph);
    diffpool_session_free(session);
    diffpool_model_free(model);
    return 0;
}
