/* Writes what the other programs measure with into a folder: models, a graph, a data set.
 *
 *     prepare FOLDER
 *
 * pyg.safetensors     the architecture of PyTorch Geometric's DiffPool example for ENZYMES: 171,366 parameters
 * large.safetensors   the same, wider: 10 million parameters
 * tiny.safetensors    all widths 1: a prediction of one node is what a call costs
 * graph.txt           a graph as large as the mean one of ENZYMES: nodes, edges, features; the edges; the features
 * dataset.safetensors 600 such graphs */
#define _POSIX_C_SOURCE 200809L
#include "costs.h"

#include <string.h>

enum { FEATURES = 21, CLASSES = 6, NODES = 33, EDGES = 62, GRAPHS = 600 };

static const char *folder;

static const char *place(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static diffpool_dataset *graphs(size_t count, size_t nodes, size_t edges, size_t features, size_t classes) {
    diffpool_dataset *dataset = NULL;
    diffpool_graph *filled = NULL;
    size_t i;
    check(diffpool_dataset_new("costs", 0, &dataset, &failure));
    check(diffpool_graph_new(&filled, &failure));
    for (i = 0; i < count; ++i) {
        graph made = random_graph(nodes, edges, features, i);
        fill(filled, &made);
        check(diffpool_graph_set_class(filled, i % classes, &failure));
        check(diffpool_dataset_add(dataset, filled, &failure));
        free_graph(&made);
    }
    diffpool_graph_free(filled);
    return dataset;
}

/* An untrained model: what calls cost does not depend on the weights. */
static void model(const diffpool_dataset *dataset, const char *json, const char *name) {
    diffpool_config *config = NULL;
    diffpool_model *made = NULL;
    check(diffpool_config_from_json(json, &config, &failure));
    check(diffpool_model_new(config, dataset, NULL, &made, &failure));
    check(diffpool_model_save(made, place(name), &failure));
    fprintf(stderr, "%s: %lu parameters\n", name, (unsigned long)diffpool_model_parameter_count(made));
    diffpool_model_free(made);
    diffpool_config_free(config);
}

#define PYG(width) \
    "{\"clusters\": [32, 8], \"assign_final\": \"linear_activation\", \"readout\": \"mean\"," \
    " \"readout_levels\": \"last\", \"head_hidden\": [64], \"initialization\": \"fan_in_uniform\"," \
    " \"embed_hidden\": " #width ", \"embed_output\": " #width ", \"assign_hidden\": " #width "}"

int main(int argc, char **argv) {
    diffpool_dataset *dataset, *dot;
    graph mean = random_graph(NODES, EDGES, FEATURES, 1);
    FILE *file;
    size_t i;
    if (argc != 2) {
        fputs("usage: prepare FOLDER\n", stderr);
        return 1;
    }
    folder = argv[1];
    dataset = graphs(GRAPHS, NODES, EDGES, FEATURES, CLASSES);
    model(dataset, PYG(64), "pyg.safetensors");
    model(dataset, PYG(555), "large.safetensors");
    check(diffpool_dataset_save(dataset, place("dataset.safetensors"), &failure));
    diffpool_dataset_free(dataset);

    dot = graphs(2, 1, 0, 1, 2);
    model(dot,
          "{\"clusters\": [1], \"embed_layers\": 1, \"assign_layers\": 1, \"final_layers\": 1, \"embed_hidden\": 1,"
          " \"embed_output\": 1, \"assign_hidden\": 1, \"head_hidden\": [], \"normalization\": \"none\"}",
          "tiny.safetensors");
    diffpool_dataset_free(dot);

    file = fopen(place("graph.txt"), "w");
    if (file == NULL) {
        perror(place("graph.txt"));
        return 1;
    }
    fprintf(file, "%lu %lu %lu\n", (unsigned long)mean.nodes, (unsigned long)mean.edges, (unsigned long)mean.features);
    for (i = 0; i < mean.edges; ++i) {
        fprintf(file, "%d %d\n", (int)mean.from[i], (int)mean.to[i]);
    }
    for (i = 0; i < mean.nodes * mean.features; ++i) {
        fprintf(file, "%g%c", (double)mean.x[i], (i + 1) % mean.features == 0 ? '\n' : ' ');
    }
    fclose(file);
    free_graph(&mean);
    return 0;
}
