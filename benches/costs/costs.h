/* What the programs that measure costs share: a check of every call, a clock, a graph, medians. C99 and C++. */
#ifndef COSTS_H
#define COSTS_H

#include <diffpool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __GNUC__
#define MAY_BE_UNUSED __attribute__((unused))
#else
#define MAY_BE_UNUSED
#endif

static diffpool_error *failure = NULL;

static void check(diffpool_status status) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", diffpool_status_name(status), diffpool_error_message(failure));
        exit(1);
    }
}

static MAY_BE_UNUSED double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Memory that is there: these programs end where it is not. */
static MAY_BE_UNUSED void *room(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static MAY_BE_UNUSED int compare(const void *left, const void *right) {
    const double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static MAY_BE_UNUSED double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

/* A graph as a list of edges. */
typedef struct {
    size_t nodes, edges, features;
    int32_t *from, *to;
    float *x;
} graph;

static MAY_BE_UNUSED graph new_graph(size_t nodes, size_t edges, size_t features) {
    graph made;
    made.nodes = nodes;
    made.edges = edges;
    made.features = features;
    made.from = (int32_t *)room(edges + 1, sizeof *made.from);
    made.to = (int32_t *)room(edges + 1, sizeof *made.to);
    made.x = (float *)room(nodes * features + 1, sizeof *made.x);
    return made;
}

static MAY_BE_UNUSED void free_graph(graph *old) {
    free(old->from);
    free(old->to);
    free(old->x);
}

/* The same numbers on every machine, from 0 to below `below`. */
static MAY_BE_UNUSED uint32_t draw(uint64_t *state, uint32_t below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % below);
}

/* A ring with chords, and features between -1 and 1. */
static MAY_BE_UNUSED graph random_graph(size_t nodes, size_t edges, size_t features, uint64_t seed) {
    graph made = new_graph(nodes, edges, features);
    uint64_t state = seed;
    size_t i;
    for (i = 0; i < edges; ++i) {
        made.from[i] = (int32_t)(i < nodes ? i : draw(&state, (uint32_t)nodes));
        made.to[i] = (int32_t)(i < nodes ? (i + 1) % nodes : draw(&state, (uint32_t)nodes));
    }
    for (i = 0; i < nodes * features; ++i) {
        made.x[i] = (float)draw(&state, 2001) / 1000.0f - 1.0f;
    }
    return made;
}

/* Fills a graph of the library. */
static MAY_BE_UNUSED void fill(diffpool_graph *filled, const graph *of) {
    check(diffpool_graph_set_edges(filled, of->nodes, of->from, of->to, of->edges, &failure));
    check(diffpool_graph_set_x(filled, of->x, of->nodes, of->features, &failure));
}

/* Predicts a graph as a program does that has it in arrays of its own. */
static MAY_BE_UNUSED void predict(diffpool_session *session, diffpool_graph *filled, const graph *of) {
    fill(filled, of);
    check(diffpool_session_predict(session, filled, NULL, &failure));
}

#endif
