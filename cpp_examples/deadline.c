/* Gives predictions of large graphs a few milliseconds each, and tells how late those came back that ran out of time.
 *
 *     deadline MODEL [MILLISECONDS [LATEST]]
 *
 * The graphs are rings with chords, without features, from 1 000 to 300 000 nodes. The session makes room for each
 * beforehand, since memory that is being reserved is waited for. The program fails if a call comes back more than
 * LATEST milliseconds (1000) after its deadline; on a busy machine the wait for a processor counts, too. */
#define _POSIX_C_SOURCE 200809L
#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static diffpool_error *error = NULL;

static void check(diffpool_status status) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "deadline: %s (%s)\n", diffpool_error_message(error), diffpool_status_name(status));
        exit(1);
    }
}

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* Every node is joined to the next one and to one further away. */
static void fill(diffpool_graph *graph, size_t nodes) {
    int32_t *from = malloc(2 * nodes * sizeof *from), *to = malloc(2 * nodes * sizeof *to);
    size_t node;
    if (from == NULL || to == NULL) {
        fputs("deadline: out of memory\n", stderr);
        exit(1);
    }
    for (node = 0; node < nodes; ++node) {
        from[2 * node] = from[2 * node + 1] = (int32_t)node;
        to[2 * node] = (int32_t)((node + 1) % nodes);
        to[2 * node + 1] = (int32_t)((node + 1 + node * node % 1000) % nodes);
    }
    check(diffpool_graph_set_edges(graph, nodes, from, to, 2 * nodes, &error));
    free(from);
    free(to);
}

/* Predicts once, and returns by how many milliseconds the call missed its deadline: 0 or less if it did not. */
static double predict(diffpool_session *session, const diffpool_graph *graph, diffpool_control *control,
                      double timeout) {
    diffpool_status status;
    double begin, spent;
    check(diffpool_control_set_timeout(control, 1e-3 * timeout, &error));
    begin = milliseconds();
    status = diffpool_session_predict(session, graph, control, &error);
    spent = milliseconds() - begin;
    printf("%8lu nodes  %-8s after %8.2f ms", (unsigned long)diffpool_graph_node_count(graph),
           diffpool_status_name(status), spent);
    if (status == DIFFPOOL_STATUS_OK) {
        printf("\n");
        return 0;
    }
    if (status != DIFFPOOL_STATUS_TIMEOUT) {
        printf("\n");
        check(status);
    }
    diffpool_error_free(error);
    error = NULL;
    printf(", %.2f ms late\n", spent - timeout);
    return spent - timeout;
}

int main(int argc, char **argv) {
    static const size_t sizes[] = {1000, 10000, 100000, 300000};
    const double timeout = argc > 2 ? strtod(argv[2], NULL) : 20;
    const double latest = argc > 3 ? strtod(argv[3], NULL) : 1000;
    diffpool_model *model = NULL;
    diffpool_session *session = NULL;
    diffpool_graph *graph = NULL;
    diffpool_control *control = NULL;
    double late, worst = 0;
    size_t i;
    if (argc < 2 || argc > 4) {
        fputs("usage: deadline MODEL [MILLISECONDS [LATEST]]\n", stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &error));
    check(diffpool_session_new(model, &session, &error));
    check(diffpool_graph_new(&graph, &error));
    check(diffpool_control_new(&control, &error));
    for (i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        fill(graph, sizes[i]);
        check(diffpool_session_reserve(session, sizes[i], diffpool_graph_edge_count(graph), &error));
        late = predict(session, graph, control, timeout);
        worst = late > worst ? late : worst;
    }
    printf("at most %.2f ms late; the session holds %lu MB\n", worst,
           (unsigned long)(diffpool_session_memory(session) / 1000000));
    diffpool_control_free(control);
    diffpool_graph_free(graph);
    diffpool_session_free(session);
    diffpool_model_free(model);
    if (worst > latest) {
        fprintf(stderr, "deadline: that is more than %.2f ms\n", latest);
        return 1;
    }
    return 0;
}
