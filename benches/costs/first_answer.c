/* Loads a model, reads one graph, predicts it and prints the class: what a short-lived program does.
 *
 *     first_answer MODEL GRAPH
 *
 * The time from the start of the process to its end and its peak memory are measured from outside, by run.py. */
#define _POSIX_C_SOURCE 200809L
#include "costs.h"

static unsigned long number(FILE *file) {
    unsigned long value = 0;
    if (fscanf(file, "%lu", &value) != 1) {
        fputs("the graph is malformed\n", stderr);
        exit(1);
    }
    return value;
}

static graph read_graph(const char *path) {
    FILE *file = fopen(path, "r");
    graph found;
    size_t i, nodes, edges;
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    nodes = number(file);
    edges = number(file);
    found = new_graph(nodes, edges, number(file));
    for (i = 0; i < edges; ++i) {
        found.from[i] = (int32_t)number(file);
        found.to[i] = (int32_t)number(file);
    }
    for (i = 0; i < nodes * found.features; ++i) {
        if (fscanf(file, "%f", &found.x[i]) != 1) {
            fputs("the graph has too few features\n", stderr);
            exit(1);
        }
    }
    fclose(file);
    return found;
}

int main(int argc, char **argv) {
    diffpool_model *model = NULL;
    diffpool_session *session = NULL;
    diffpool_graph *filled = NULL;
    size_t predicted = 0;
    graph asked;
    if (argc != 3) {
        fputs("usage: first_answer MODEL GRAPH\n", stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &failure));
    check(diffpool_session_new(model, &session, &failure));
    check(diffpool_graph_new(&filled, &failure));
    asked = read_graph(argv[2]);
    predict(session, filled, &asked);
    check(diffpool_session_class(session, &predicted, &failure));
    printf("%lu\n", (unsigned long)predicted);
    free_graph(&asked);
    diffpool_graph_free(filled);
    diffpool_session_free(session);
    diffpool_model_free(model);
    return 0;
}
