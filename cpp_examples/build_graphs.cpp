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
void fill(diffpool::Graph &filled, const Graph &graph, bool by_rows) {
    filled.clear();
    if (by_rows) {
        const Csr csr = to_csr(graph);
        filled.set_csr(csr.indptr, csr.indices).set_edge_weight(csr.weights);
    } else {
        filled.set_edges(graph.nodes, graph.from, graph.to).set_edge_weight(graph.weights);
    }
    filled.set_x(graph.x, features).set_node_labels(graph.labels);
}

diffpool::Dataset build_dataset(std::size_t graphs, std::mt19937 &random) {
    diffpool::Dataset dataset("lattices and trees");
    diffpool::Graph filled;
    for (std::size_t i = 0; i < graphs; ++i) {
        const Graph graph = make_graph(i % 2, random);
        fill(filled, graph, i % 4 < 2);
        dataset.add(filled.set_class(graph.y));
    }
    dataset.set_class_names({"lattice", "tree"});
    return dataset;
}

diffpool::Config small_config(const program::Options &options) {
    diffpool::Config config;
    // Eight clusters, then two: the numbers of nodes of the two pooled graphs.
    config.set("features", "attributes,labels,degree").set("clusters", {8, 2}).set("learning_rate", 0.01);
    for (const char *const key : {"embed_hidden", "embed_output", "assign_hidden"}) {
        config.set(key, 16);
    }
    config.set("epochs", options.whole("--epochs", 40)).set("seed", options.whole("--seed", 1));
    config.set("threads", options.whole("--threads", 0));
    return config;
}

// No validation graphs and no callback: the plainest way to train.
diffpool::Model train(const diffpool::Config &config, const diffpool::Dataset &dataset, const diffpool::Split &split) {
    diffpool::Trainer trainer(config, dataset, split);
    trainer.fit();
    return trainer.model();
}

// The same graph as an edge list and as CSR is the same graph, to the last bit.
void predict_both_ways(diffpool::Session &session, const Graph &graph) {
    diffpool::Graph filled;
    fill(filled, graph, false);
    const std::vector<float> from_edges = session.predict(filled).logits();
    fill(filled, graph, true);
    const std::vector<float> from_csr = session.predict(filled).logits();
    if (from_edges.size() != from_csr.size() ||
        std::memcmp(from_edges.data(), from_csr.data(), from_csr.size() * sizeof(float)) != 0) {
        throw std::runtime_error("the edge list and the CSR form of one graph give different logits");
    }
    std::printf("a new %-7s with %2zu nodes and %2zu edges is a %-7s with probability %.3f\n",
                graph.y == lattice ? "lattice" : "tree", graph.nodes, graph.from.size(), session.class_name().data(),
                static_cast<double>(session.probabilities().at(session.class_index())));
}

// A graph with an error is refused with a message that names it, and the data set stays as it was.
void show_refusal(diffpool::Dataset &dataset) {
    const std::vector<std::int32_t> from = {0, 1}, to = {1, 7};
    const std::vector<float> x(2 * features, 0.0f);
    const std::vector<std::int64_t> labels = {0, 0};
    diffpool::Graph wrong;
    wrong.set_edges(2, from, to).set_x(x, features).set_node_labels(labels).set_class(lattice);
    const std::size_t before = dataset.graph_count();
    try {
        dataset.add(wrong);
    } catch (const diffpool::Error &error) {
        std::printf("a wrong graph is refused: %s\n", error.what());
        if (dataset.graph_count() == before) {
            return;
        }
    }
    throw std::runtime_error("a wrong graph changed the data set");
}

int body(int argc, char **argv) {
    const program::Options options(argc, argv, {"--graphs", "--epochs", "--seed", "--threads"});
    const std::size_t seed = options.count("--seed", 1);
    std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
    diffpool::Dataset dataset = build_dataset(options.count("--graphs", 120), random);
    show_refusal(dataset);
    std::printf("%s\n", dataset.summary_json().c_str());

    const auto split = diffpool::Split::holdout(dataset, 0.25, seed);
    const diffpool::Model model = train(small_config(options), dataset, split);
    diffpool::Predictor predictor(model);
    std::printf("held-out accuracy %.1f %%\n", 100.0 * predictor.evaluate(dataset, split.test()).metric("accuracy"));

    diffpool::Session session(model);
    for (const std::size_t y : {lattice, tree, lattice, tree}) {
        predict_both_ways(session, make_graph(y, random));
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("build_graphs", usage, [&] { return body(argc, argv); });
}
