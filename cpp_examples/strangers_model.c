/* Meets a model file of unknown origin: reads its header alone, then says who made it, what it predicts and what a graph
 * must come with, builds a graph to fit and asks whether the model would take it before predicting it. A graph that lacks
 * something is told what.
 *
 *     strangers_model MODEL */
#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES = 6 };

static diffpool_error *error = NULL;

static void check(diffpool_status status) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "strangers_model: %s (%s)\n", diffpool_error_message(error), diffpool_status_name(status));
        exit(1);
    }
}

static void *room(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        fputs("strangers_model: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* The header of the file says all of it as JSON, and no weight is read for that; but it may lie. */
static void peek(const char *path) {
    char *json = NULL;
    check(diffpool_model_peek_json(path, &json, &error));
    printf("header: %.60s...\n", json);
    diffpool_string_free(json);
}

static void print_origin(const diffpool_model *model) {
    const char *key;
    size_t i;
    printf("fingerprint: %s\n", diffpool_model_fingerprint(model));
    for (i = 0; (key = diffpool_model_metadata_key(model, i)) != NULL; ++i) {
        printf("%s: %s\n", key, diffpool_model_metadata(model, key));
    }
}

static void print_outputs(const diffpool_model *model) {
    const size_t classes = diffpool_model_class_count(model);
    char *schema = NULL;
    size_t y;
    printf("task: %s, judged by %s, %lu targets, %lu logits\n", diffpool_model_task(model),
           diffpool_model_metric(model), (unsigned long)diffpool_model_target_count(model),
           (unsigned long)diffpool_model_output_count(model));
    printf("classes:");
    for (y = 0; y < classes && y < 20; ++y) {
        printf(" %s", diffpool_model_class_name(model, y));
    }
    printf("%s\n", classes > 20 ? " ..." : classes == 0 ? " none" : "");
    /* The same for programs, with the names and ranges of features where they are known. */
    check(diffpool_model_schema_json(model, &schema, &error));
    printf("schema: %.60s...\n", schema);
    diffpool_string_free(schema);
}

static void print_inputs(const diffpool_model *model) {
    printf("edges: %s, ", diffpool_model_is_directed(model) ? "with a direction" : "without direction");
    if (diffpool_model_relation_count(model) > 1) {
        printf("each labelled as one of %lu relations\n", (unsigned long)diffpool_model_relation_count(model));
    } else {
        printf("of one kind\n");
    }
    printf("a node needs: %lu features, %lu categories, %s\n", (unsigned long)diffpool_model_feature_count(model),
           (unsigned long)diffpool_model_category_count(model),
           diffpool_model_uses_node_labels(model) ? "a label" : "no label");
    printf("network: %lu parameters, %lu pooling levels\n", (unsigned long)diffpool_model_parameter_count(model),
           (unsigned long)diffpool_model_level_count(model));
}

/* A ring; every edge is labelled with the first relation that the model has. */
static void fill_edges(diffpool_graph *graph, const diffpool_model *model) {
    int32_t from[NODES], to[NODES];
    int64_t labels[NODES], *relations;
    size_t count = 0, node;
    check(diffpool_model_copy_relations(model, NULL, 0, &count, &error));
    relations = room(count, sizeof *relations);
    check(diffpool_model_copy_relations(model, relations, count, NULL, &error));
    for (node = 0; node < NODES; ++node) {
        from[node] = (int32_t)node;
        to[node] = (int32_t)((node + 1) % NODES);
        labels[node] = count > 0 ? relations[0] : 0;
    }
    check(diffpool_graph_set_edges(graph, NODES, from, to, NODES, &error));
    if (count > 0) {
        check(diffpool_graph_set_edge_labels(graph, labels, NODES, &error));
    }
    free(relations);
}

/* As many zeros for every node as the model asks for, and labels of 0. */
static void fill_nodes(diffpool_graph *graph, const diffpool_model *model) {
    static const int64_t labels[NODES] = {0};
    const size_t features = diffpool_model_feature_count(model), categories = diffpool_model_category_count(model);
    float *x = room(NODES * features, sizeof *x);
    int32_t *numbers = room(NODES * categories, sizeof *numbers);
    check(diffpool_graph_set_x(graph, x, NODES, features, &error));
    check(diffpool_graph_set_categories(graph, numbers, NODES, categories, &error));
    if (diffpool_model_uses_node_labels(model)) {
        check(diffpool_graph_set_node_labels(graph, labels, NODES, &error));
    }
    free(x);
    free(numbers);
}

/* Whether the model would take the graph. Why it would not is what the prediction would say. */
static int taken(const diffpool_model *model, const diffpool_graph *graph, const char *what) {
    const diffpool_status status = diffpool_model_check(model, graph, &error);
    if (status == DIFFPOOL_STATUS_OK) {
        printf("%s: taken\n", what);
        return 1;
    }
    printf("%s: %s (%s)\n", what, diffpool_error_message(error), diffpool_status_name(status));
    diffpool_error_free(error);
    error = NULL;
    return 0;
}

static void predict(const diffpool_model *model, const diffpool_graph *graph) {
    diffpool_session *session = NULL;
    const size_t outputs = diffpool_model_output_count(model);
    float *logits = room(outputs, sizeof *logits);
    size_t i;
    check(diffpool_session_new(model, &session, &error));
    check(diffpool_session_predict(session, graph, NULL, &error));
    check(diffpool_session_copy_logits(session, logits, outputs, NULL, &error));
    printf("logits:");
    for (i = 0; i < outputs && i < 20; ++i) {
        printf(" %.4f", (double)logits[i]);
    }
    printf("%s\n", outputs > 20 ? " ..." : "");
    free(logits);
    diffpool_session_free(session);
}

int main(int argc, char **argv) {
    static const int32_t nowhere[] = {NODES};
    diffpool_model *model = NULL;
    diffpool_graph *graph = NULL;
    int fits;
    if (argc != 2) {
        fputs("usage: strangers_model MODEL\n", stderr);
        return 1;
    }
    peek(argv[1]);
    check(diffpool_model_load(argv[1], &model, &error));
    print_origin(model);
    print_outputs(model);
    print_inputs(model);

    check(diffpool_graph_new(&graph, &error));
    check(diffpool_graph_set_edges(graph, NODES, nowhere, nowhere, 1, &error));
    taken(model, graph, "an edge to a node that is not there");
    fill_edges(graph, model);
    taken(model, graph, "edges alone");
    fill_nodes(graph, model);
    fits = taken(model, graph, "edges and all that nodes need");
    if (fits) {
        predict(model, graph);
    }
    diffpool_graph_free(graph);
    diffpool_model_free(model);
    return fits ? 0 : 1;
}
