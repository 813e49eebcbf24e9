// Predicts several labels of a graph at once, some of which are unknown in the training data.
//
// The graphs are made by the library. The labels: whether a graph has more nodes than most, and whether it has more
// edges than most. Every fifth label is missing, as in data sets where nobody has measured everything.
#include "diffpool.hpp"

#include <cstdio>
#include <exception>
#include <limits>
#include <vector>

namespace {

constexpr std::size_t labels = 2;

// The two labels of every graph, one graph after the other; NaN where one is missing.
std::vector<float> make_labels(const diffpool_dataset *data, std::size_t graphs) {
    const auto looked_at = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    std::vector<std::size_t> nodes(graphs), edges(graphs);
    double mean_nodes = 0, mean_edges = 0;
    for (std::size_t graph = 0; graph < graphs; ++graph) {
        diffpool::call(diffpool_dataset_get, data, graph, looked_at.get());
        nodes[graph] = diffpool_graph_node_count(looked_at.get());
        edges[graph] = diffpool_graph_edge_count(looked_at.get());
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
    auto data = diffpool::make<diffpool::Dataset>(diffpool_dataset_synthetic, "ba", 120, 1);
    const std::size_t graphs = diffpool_dataset_graph_count(data.get());
    const std::vector<float> targets = make_labels(data.get(), graphs);
    diffpool::call(diffpool_dataset_set_targets, data.get(), targets.data(), graphs, labels);

    auto split = diffpool::make<diffpool::Split>(diffpool_split_holdout, data.get(), 0.25, 1);
    std::size_t test_length;
    const std::size_t *test = diffpool_split_test(split.get(), &test_length);

    auto config = diffpool::make<diffpool::Config>(diffpool_config_new, "default");
    diffpool::call(diffpool_config_set_string, config.get(), "task", "multilabel");
    diffpool::call(diffpool_config_set_string, config.get(), "readout", "sum");
    diffpool::call(diffpool_config_set_int, config.get(), "epochs", 60);
    auto trainer = diffpool::make<diffpool::Trainer>(diffpool_trainer_new, config.get(), data.get(), split.get(),
                                                     nullptr);
    diffpool::call(diffpool_trainer_fit, trainer.get(), nullptr, nullptr, nullptr, nullptr, nullptr);

    auto model = diffpool::make<diffpool::Model>(diffpool_trainer_model, trainer.get());
    auto predictor = diffpool::make<diffpool::Predictor>(diffpool_predictor_new, model.get(), 0);
    auto evaluation = diffpool::make<diffpool::Evaluation>(diffpool_predictor_evaluate, predictor.get(), data.get(),
                                                           test, test_length, nullptr);
    for (const char *metric : {"roc_auc", "average_precision", "accuracy"}) {
        std::printf("held-out %s %.2f\n", metric, diffpool_evaluation_metric(evaluation.get(), metric));
    }

    auto session = diffpool::make<diffpool::Session>(diffpool_session_new, model.get());
    diffpool::call(diffpool_session_predict_from, session.get(), data.get(), test[0], nullptr);
    float probabilities[labels];
    diffpool::call(diffpool_session_copy_probabilities, session.get(), probabilities, labels, nullptr);
    std::printf("graph %zu: large with probability %.2f, dense with %.2f\n", test[0],
                static_cast<double>(probabilities[0]), static_cast<double>(probabilities[1]));
}

} // namespace

int main() {
    try {
        run();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "many_labels: %s\n", error.what());
        return 1;
    }
}
