// Predicts several labels of a graph at once, some of which are unknown in the training data.
//
// The graphs are made by the library. The labels: whether a graph has more nodes than most, and whether it has more
// edges than most. Every fifth label is missing, as in data sets where nobody has measured everything.
#include <diffpool.hpp>

#include <cstdio>
#include <exception>
#include <limits>
#include <vector>

namespace {

constexpr std::size_t labels = 2;

// The two labels of every graph, one graph after the other; NaN where one is missing.
std::vector<float> make_labels(const diffpool::Dataset &data) {
    const std::size_t graphs = data.graph_count();
    diffpool::Graph looked_at;
    std::vector<std::size_t> nodes(graphs), edges(graphs);
    double mean_nodes = 0, mean_edges = 0;
    for (std::size_t graph = 0; graph < graphs; ++graph) {
        data.get_graph(graph, looked_at);
        nodes[graph] = looked_at.node_count();
        edges[graph] = looked_at.edge_count();
        mean_nodes += static_cast<double>(nodes[graph]) / static_cast<double>(graphs);
        mean_edges += static_cast<double>(edges[graph]) / static_cast<double>(graphs);
    }
    std::vector<float> values;
    for (std::size_t graph = 0; graph < graphs; ++graph) {
        values.push_back(static_cast<double>(nodes[graph]) > mean_nodes ? 1.0f : 0.0f);
        values.push_back(static_cast<double>(edges[graph]) > mean_edges ? 1.0f : 0.0f);
    }
    for (std::size_t at = 0; at < values.size(); at += 5) {
        values[at] = std::numeric_limits<float>::quiet_NaN();
    }
    return values;
}

void run() {
    auto data = diffpool::Dataset::synthetic("ba", 120, 1);
    data.set_targets(make_labels(data), labels);
    const auto split = diffpool::Split::holdout(data, 0.25, 1);

    diffpool::Config config;
    config.set("task", "multilabel").set("readout", "sum").set("epochs", 60);
    diffpool::Trainer trainer(config, data, split);
    trainer.fit();

    const diffpool::Model model = trainer.model();
    const auto evaluation = diffpool::Predictor(model).evaluate(data, split.test());
    for (const char *metric : {"roc_auc", "average_precision", "accuracy"}) {
        std::printf("held-out %s %.2f\n", metric, evaluation.metric(metric));
    }

    diffpool::Session session(model);
    const std::size_t graph = split.test()[0];
    const std::vector<float> probabilities = session.predict(data, graph).probabilities();
    std::printf("graph %zu: large with probability %.2f, dense with %.2f\n", graph,
                static_cast<double>(probabilities[0]), static_cast<double>(probabilities[1]));
}

}  // namespace

int main() {
    try {
        run();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "many_labels: %s\n", error.what());
        return 1;
    }
}
