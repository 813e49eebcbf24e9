// Builds graphs from arrays in memory, trains a small model on them, and predicts graphs that were never in a data set.
//
// The task: tell lattices (class "lattice") from trees with as many nodes (class "tree"). Both have random features and
// labels that say nothing about the class, so a model must look at how the nodes are connected.
#include "program.hpp"

#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

const char *const usage =
    "usage: build_graphs [options]\n"
    "  --graphs N     how many graphs to build (120)\n"
    "  --epochs N     passes over them (40)\n"
    "  --seed N       (1)\n"
    "  --threads N    0 for all cores (0)\n";

constexpr std::size_t features = 2;
constexpr std::size_t lattice = 0;
constexpr std::size_t tree = 1;

// A graph as a program has it before it knows of this library: an edge list with a weight for every edge.
struct Graph {
    std::size_t nodes = 0;
    std::vector<std::int32_t> from;
    std::vector<std::int32_t> to;
    std::vector<float> weights;
    std::vector<float> x;
    std::vector<std::int64_t> labels;
    std::size_t y = 0;
};

// The same edges by rows: the neighbours of node i are indices[indptr[i]] up to indices[indptr[i + 1]].
struct Csr {
    std::vector<std::int32_t> indptr;
    std::vector<std::int32_t> indices;
    std::vector<float> weights;
};

void connect(Graph &graph, std::size_t one, std::size_t other, std::mt19937 &random) {
    graph.from.push_back(static_cast<std::int32_t>(one));
    graph.to.push_back(static_cast<std::int32_t>(other));
    graph.weights.push_back(0.75f + static_cast<float>(random() % 1024) / 2048.0f);
}

void add_nodes(Graph &graph, std::size_t nodes, std::mt19937 &random) {
    graph.nodes = nodes;
    for (std::size_t node = 0; node < nodes; ++node) {
        graph.labels.push_back(static_cast<std::int64_t>(random() % 3));
        for (std::size_t feature = 0; feature < features; ++feature) {
            graph.x.push_back(static_cast<float>(random() % 1024) / 1024.0f);
        }
    }
}

Graph make_graph(std::size_t y, std::mt19937 &random) {
    const std::size_t width = 3 + random() % 3;
    const std::size_t height = 3 + random() % 3;
    Graph graph;
    graph.y = y;
    add_nodes(graph, width * height, random);
    for (std::size_t node = 0; node < graph.nodes; ++node) {
        if (y == tree && node > 0) {
            connect(graph, random() % node, node, random);
        }
        if (y == lattice && node % width + 1 < width) {
            connect(graph, node, node + 1, random);
        }
        if (y == lattice && node + width < graph.nodes) {
            connect(graph, node, node + width, random);
        }
    }
    return graph;
}

// One direction of an undirected edge is enough, in either form.
Csr to_csr(const Graph &graph) {
    Csr csr;
    csr.indptr.assign(graph.nodes + 1, 0);
    for (const std::int32_t one : graph.from) {
        ++csr.indptr[static_cast<std::size_t>(one) + 1];
    }
    for (std::size_t node = 0; node < graph.nodes; ++node) {
        csr.indptr[node + 1] += csr.indptr[node];
    }
    csr.indices.resize(graph.from.size());
    csr.weights.resize(graph.from.size());
    std::vector<std::int32_t> next(csr.indptr.begin(), csr.indptr.end() - 1);
    for (std::size_t edge = 0; edge < graph.from.size(); ++edge) {
        const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(graph.from[edge])]++);
        csr.indices[at] = graph.to[edge];
        csr.weights[at] = graph.weights[edge];
    }
    return csr;
}

// Fills a graph of the library, which copies what it is given. The same one serves for graph after graph.
void fill(diffpool_graph *filled, const Graph &graph, bool by_rows) {
    diffpool::call(diffpool_graph_clear, filled);
    if (by_rows) {
        const Csr csr = to_csr(graph);
        diffpool::call(diffpool_graph_set_csr, filled, csr.indptr.data(), csr.indptr.size(), csr.indices.data(),
                       csr.indices.size());
        diffpool::call(diffpool_graph_set_edge_weight, filled, csr.weights.data(), csr.weights.size());
    } else {
        diffpool::call(diffpool_graph_set_edges, filled, graph.nodes, graph.from.data(), graph.to.data(),
                       graph.from.size());
        diffpool::call(diffpool_graph_set_edge_weight, filled, graph.weights.data(), graph.weights.size());
    }
    diffpool::call(diffpool_graph_set_x, filled, graph.x.data(), graph.nodes, features);
    diffpool::call(diffpool_graph_set_node_labels, filled, graph.labels.data(), graph.labels.size());
}

diffpool::Dataset build_dataset(std::size_t graphs, std::mt19937 &random) {
    auto dataset = diffpool::make<diffpool::Dataset>(diffpool_dataset_new, "lattices and trees", 0u);
    const auto filled = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    for (std::size_t i = 0; i < graphs; ++i) {
        const Graph graph = make_graph(i % 2, random);
        fill(filled.get(), graph, i % 4 < 2);
        diffpool::call(diffpool_graph_set_class, filled.get(), graph.y);
        diffpool::call(diffpool_dataset_add, dataset.get(), filled.get());
    }
    const char *const names[] = {"lattice", "tree"};
    const char *const *const first = names;
    diffpool::call(diffpool_dataset_set_class_names, dataset.get(), first, std::size_t{2});
    return dataset;
}

diffpool::Config small_config(const program::Options &options) {
    auto config = diffpool::make<diffpool::Config>(diffpool_config_new, "default");
    // Eight clusters, then two: the numbers of nodes of the two pooled graphs.
    const std::vector<std::int64_t> clusters = {8, 2};
    diffpool::call(diffpool_config_set_string, config.get(), "features", "attributes,labels,degree");
    diffpool::call(diffpool_config_set_ints, config.get(), "clusters", clusters.data(), clusters.size());
    for (const char *const key : {"embed_hidden", "embed_output", "assign_hidden"}) {
        diffpool::call(diffpool_config_set_int, config.get(), key, std::int64_t{16});
    }
    diffpool::call(diffpool_config_set_float, config.get(), "learning_rate", 0.01);
    diffpool::call(diffpool_config_set_int, config.get(), "epochs", options.whole("--epochs", 40));
    diffpool::call(diffpool_config_set_int, config.get(), "seed", options.whole("--seed", 1));
    diffpool::call(diffpool_config_set_int, config.get(), "threads", options.whole("--threads", 0));
    return config;
}

// No validation graphs and no callback: the plainest way to train.
diffpool::Model train(const diffpool_config *config, const diffpool_dataset *dataset, const diffpool_split *split) {
    const auto trainer =
        diffpool::make<diffpool::Trainer>(diffpool_trainer_new, config, dataset, split, nullptr);
    diffpool::call(diffpool_trainer_fit, trainer.get(), nullptr, nullptr, nullptr, nullptr, nullptr);
    return diffpool::make<diffpool::Model>(diffpool_trainer_model, trainer.get());
}

double held_out_accuracy(const diffpool_model *model, const diffpool_dataset *dataset, const diffpool_split *split) {
    std::size_t length = 0;
    const std::size_t *const test = diffpool_split_test(split, &length);
    const auto predictor = diffpool::make<diffpool::Predictor>(diffpool_predictor_new, model, std::size_t{0});
    const auto evaluation = diffpool::make<diffpool::Evaluation>(diffpool_predictor_evaluate, predictor.get(), dataset,
                                                                 test, length, nullptr);
    return diffpool_evaluation_metric(evaluation.get(), "accuracy");
}

std::vector<float> logits(diffpool_session *session, const diffpool_graph *graph) {
    diffpool::call(diffpool_session_predict, session, graph, nullptr);
    return diffpool::values<float>(diffpool_session_copy_logits, session);
}

// The same graph as an edge list and as CSR is the same graph, to the last bit.
void predict_both_ways(diffpool_session *session, const diffpool_model *model, const Graph &graph) {
    const auto filled = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    fill(filled.get(), graph, false);
    const std::vector<float> from_edges = logits(session, filled.get());
    fill(filled.get(), graph, true);
    const std::vector<float> from_csr = logits(session, filled.get());
    if (from_edges.size() != from_csr.size() ||
        std::memcmp(from_edges.data(), from_csr.data(), from_csr.size() * sizeof(float)) != 0) {
        throw std::runtime_error("the edge list and the CSR form of one graph give different logits");
    }

    const auto predicted = diffpool::value<std::size_t>(diffpool_session_class, session);
    const auto probabilities = diffpool::values<float>(diffpool_session_copy_probabilities, session);
    std::printf("a new %-7s with %2zu nodes and %2zu edges is a %-7s with probability %.3f\n",
                graph.y == lattice ? "lattice" : "tree", graph.nodes, graph.from.size(),
                diffpool_model_class_name(model, predicted),
                static_cast<double>(probabilities.at(predicted)));
}

// A graph with an error is refused with a message that names it, and the data set stays as it was.
void show_refusal(diffpool_dataset *dataset) {
    const std::int32_t from[] = {0, 1};
    const std::int32_t to[] = {1, 7};
    const float x[] = {0.0f, 0.0f, 0.0f, 0.0f};
    const std::int64_t labels[] = {0, 0};
    const auto wrong = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    diffpool::call(diffpool_graph_set_edges, wrong.get(), std::size_t{2}, &from[0], &to[0], std::size_t{2});
    diffpool::call(diffpool_graph_set_x, wrong.get(), &x[0], std::size_t{2}, features);
    diffpool::call(diffpool_graph_set_node_labels, wrong.get(), &labels[0], std::size_t{2});
    diffpool::call(diffpool_graph_set_class, wrong.get(), lattice);
    const std::size_t before = diffpool_dataset_graph_count(dataset);
    try {
        diffpool::call(diffpool_dataset_add, dataset, wrong.get());
    } catch (const diffpool::Error &error) {
        std::printf("a wrong graph is refused: %s\n", error.what());
        if (diffpool_dataset_graph_count(dataset) == before) {
            return;
        }
    }
    throw std::runtime_error("a wrong graph changed the data set");
}

int body(int argc, char **argv) {
    const program::Options options(argc, argv, {"--graphs", "--epochs", "--seed", "--threads"});
    const std::size_t seed = options.count("--seed", 1);
    std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
    const auto dataset = build_dataset(options.count("--graphs", 120), random);
    show_refusal(dataset.get());
    std::printf("%s\n", diffpool::text(diffpool_dataset_summary_json, dataset.get()).c_str());

    const auto split = diffpool::make<diffpool::Split>(diffpool_split_holdout, dataset.get(), 0.25,
                                                       static_cast<std::uint64_t>(seed));
    const auto config = small_config(options);
    const auto model = train(config.get(), dataset.get(), split.get());
    std::printf("held-out accuracy %.1f %%\n", 100.0 * held_out_accuracy(model.get(), dataset.get(), split.get()));

    const auto session = diffpool::make<diffpool::Session>(diffpool_session_new, model.get());
    for (const std::size_t y : {lattice, tree, lattice, tree}) {
        predict_both_ways(session.get(), model.get(), make_graph(y, random));
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("build_graphs", usage, [&] { return body(argc, argv); });
}
