/* Takes arrays as numpy and PyTorch have them: an edge_index[2][E] of 64-bit integers and features of 64-bit floats;
 * and a whole batch in the layout of PyTorch Geometric, as its DataLoader yields it: all graphs as one, with `ptr` for
 * where the nodes of each begin. A model is trained on such a batch and predicts it: as a batch and graph by graph it
 * is the same to the last bit. */
#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRAPHS = 4, NODES = 15, EDGES = 13, FEATURES = 2 };

/* data.ptr, data.y and data.edge_index: a triangle, a path of four nodes, a triangle with a tail, a path of four. */
static const int64_t ptr[GRAPHS + 1] = {0, 3, 7, 11, 15};
static const int64_t edge_ptr[GRAPHS + 1] = {0, 3, 6, 10, 13};
static const int64_t y[GRAPHS] = {1, 0, 1, 0};
static const int64_t edge_index[2][EDGES] = {
    {0, 1, 2, 3, 4, 5, 7, 8, 9, 9, 11, 12, 13},
    {1, 2, 0, 4, 5, 6, 8, 9, 7, 10, 12, 13, 14},
};

static diffpool_error *error = NULL;

static void check(diffpool_status status) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "pyg_arrays: %s (%s)\n", diffpool_error_message(error), diffpool_status_name(status));
        exit(1);
    }
}

/* data.x: a constant, and the number of the node within its graph. */
static void fill_x(double x[NODES][FEATURES]) {
    size_t graph, node;
    for (graph = 0; graph < GRAPHS; ++graph) {
        for (node = (size_t)ptr[graph]; node < (size_t)ptr[graph + 1]; ++node) {
            x[node][0] = 1;
            x[node][1] = 0.1 * (double)(node - (size_t)ptr[graph]);
        }
    }
}

static diffpool_model *train(const diffpool_dataset *dataset) {
    diffpool_config *config = NULL;
    diffpool_trainer *trainer = NULL;
    diffpool_model *model = NULL;
    check(diffpool_config_new("default", &config, &error));
    check(diffpool_config_set_int(config, "epochs", 20, &error));
    check(diffpool_trainer_new(config, dataset, NULL, NULL, &trainer, &error));
    check(diffpool_trainer_fit(trainer, NULL, NULL, NULL, NULL, NULL, &error));
    check(diffpool_trainer_model(trainer, &model, &error));
    diffpool_trainer_free(trainer);
    diffpool_config_free(config);
    return model;
}

/* Graph number `index` by itself: its nodes count from 0. */
static void fill_one(diffpool_graph *graph, size_t index, double x[NODES][FEATURES]) {
    int64_t from[EDGES], to[EDGES];
    const size_t first = (size_t)ptr[index], nodes = (size_t)(ptr[index + 1] - ptr[index]);
    const size_t edges = (size_t)(edge_ptr[index + 1] - edge_ptr[index]);
    size_t i;
    for (i = 0; i < edges; ++i) {
        from[i] = edge_index[0][(size_t)edge_ptr[index] + i] - ptr[index];
        to[i] = edge_index[1][(size_t)edge_ptr[index] + i] - ptr[index];
    }
    check(diffpool_graph_set_edges_i64(graph, nodes, from, to, edges, &error));
    check(diffpool_graph_set_x_f64(graph, x[first], nodes, FEATURES, &error));
}

static void predict_both_ways(const diffpool_model *model, const diffpool_graph *batch, double x[NODES][FEATURES]) {
    diffpool_predictor *predictor = NULL;
    diffpool_session *session = NULL;
    diffpool_graph *one = NULL;
    float all[GRAPHS][2], logits[2];
    size_t predicted, i;
    check(diffpool_predictor_new(model, 2, &predictor, &error));
    check(diffpool_predictor_predict_batch(predictor, batch, ptr, GRAPHS + 1, NULL, &error));
    check(diffpool_predictor_copy_logits(predictor, all[0], GRAPHS * 2, NULL, &error));

    check(diffpool_session_new(model, &session, &error));
    check(diffpool_graph_new(&one, &error));
    for (i = 0; i < GRAPHS; ++i) {
        fill_one(one, i, x);
        check(diffpool_session_predict(session, one, NULL, &error));
        check(diffpool_session_copy_logits(session, logits, 2, NULL, &error));
        check(diffpool_session_class(session, &predicted, &error));
        if (memcmp(logits, all[i], sizeof logits) != 0) {
            fprintf(stderr, "pyg_arrays: graph %lu differs from that of the batch\n", (unsigned long)i);
            exit(1);
        }
        printf("graph %lu is of class %lu, predicted %lu\n", (unsigned long)i, (unsigned long)y[i],
               (unsigned long)predicted);
    }
    printf("%lu graphs as a batch and one by one: the same bits\n", (unsigned long)i);
    diffpool_graph_free(one);
    diffpool_session_free(session);
    diffpool_predictor_free(predictor);
}

/* A number that does not fit 32 bits is an error that names it, and not another node. */
static void show_refusal(diffpool_graph *graph) {
    const int64_t from[] = {0}, to[] = {INT64_C(4294967297)};
    const diffpool_status status = diffpool_graph_set_edges_i64(graph, 3, from, to, 1, &error);
    if (status != DIFFPOOL_STATUS_INVALID_GRAPH) {
        fputs("pyg_arrays: a node number beyond 32 bits was taken\n", stderr);
        exit(1);
    }
    printf("refused: %s\n", diffpool_error_message(error));
    diffpool_error_free(error);
    error = NULL;
}

int main(void) {
    double x[NODES][FEATURES];
    diffpool_graph *batch = NULL;
    diffpool_dataset *dataset = NULL;
    diffpool_model *model;
    fill_x(x);
    check(diffpool_graph_new(&batch, &error));
    check(diffpool_graph_set_edges_i64(batch, NODES, edge_index[0], edge_index[1], (size_t)edge_ptr[GRAPHS], &error));
    check(diffpool_graph_set_x_f64(batch, x[0], NODES, FEATURES, &error));
    check(diffpool_dataset_new("triangles and paths", 0, &dataset, &error));
    check(diffpool_dataset_add_batch(dataset, batch, ptr, GRAPHS + 1, y, &error));

    model = train(dataset);
    predict_both_ways(model, batch, x);
    show_refusal(batch);
    diffpool_model_free(model);
    diffpool_dataset_free(dataset);
    diffpool_graph_free(batch);
    return 0;
}
