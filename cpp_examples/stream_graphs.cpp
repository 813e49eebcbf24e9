// Writes a data set graph by graph into a file, opens the file and trains from it: the way to go where the graphs do not
// fit into memory. At no time more than a few megabytes of them are in memory.
//
// The graphs are drawn here: rings and trees with a few random edges more. The features of a node are its share of all
// edges and a constant.
#include "diffpool.hpp"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <random>
#include <vector>

namespace {

constexpr std::size_t features = 2;

// One graph at a time, in memory that the next one uses again.
struct Drawing {
    std::mt19937 random{1};
    std::vector<std::int32_t> from, to;
    std::vector<float> x;

    std::size_t below(std::size_t n) { return random() % n; }

    // Draws a tree (class 0) or a ring (class 1) and returns its number of nodes.
    std::size_t draw(std::size_t y) {
        const std::size_t nodes = 10 + below(20);
        from.clear();
        to.clear();
        for (std::size_t node = 1; node < nodes; ++node) {
            add(y == 0 ? below(node) : node - 1, node);
        }
        if (y == 1) {
            add(nodes - 1, 0);
        }
        add(below(nodes), below(nodes));
        x.assign(features * nodes, 1.0f);
        for (std::size_t node = 0; node < nodes; ++node) {
            x[features * node] = 0.0f;
        }
        for (std::size_t edge = 0; edge < from.size(); ++edge) {
            const float share = 1.0f / static_cast<float>(from.size());
            x[features * static_cast<std::size_t>(from[edge])] += share;
            x[features * static_cast<std::size_t>(to[edge])] += share;
        }
        return nodes;
    }

  private:
    void add(std::size_t one, std::size_t other) {
        from.push_back(static_cast<std::int32_t>(one));
        to.push_back(static_cast<std::int32_t>(other));
    }
};

// If anything fails on the way the writer is freed, and no file is left behind.
void write(const char *path, std::size_t graphs) {
    auto writer = diffpool::make<diffpool::DatasetWriter>(diffpool_dataset_writer_new, path, "rings and trees",
                                                          0u);
    const char *names[] = {"tree", "ring"};
    diffpool::call(diffpool_dataset_writer_set_class_names, writer.get(), names, 2);
    const auto graph = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    Drawing drawing;
    for (std::size_t i = 0; i < graphs; ++i) {
        const std::size_t y = i % 2, nodes = drawing.draw(y);
        diffpool::call(diffpool_graph_set_edges, graph.get(), nodes, drawing.from.data(), drawing.to.data(),
                       drawing.from.size());
        diffpool::call(diffpool_graph_set_x, graph.get(), drawing.x.data(), nodes, features);
        diffpool::call(diffpool_graph_set_class, graph.get(), y);
        diffpool::call(diffpool_dataset_writer_add, writer.get(), graph.get());
    }
    diffpool::call(diffpool_dataset_writer_finish, writer.get());
    std::printf("wrote %zu graphs\n", diffpool_dataset_writer_graph_count(writer.get()));
}

void train(const char *path) {
    const auto data = diffpool::make<diffpool::Dataset>(diffpool_dataset_open, path, nullptr);
    const std::size_t graphs = diffpool_dataset_graph_count(data.get());
    std::vector<std::size_t> learned, tested;
    for (std::size_t graph = 0; graph < graphs; ++graph) {
        // Some of them, spread over the whole file, so that the example is soon done.
        if (graph % 50 < 2) {
            learned.push_back(graph);
        } else if (graph % 50 < 4) {
            tested.push_back(graph);
        }
    }
    auto config = diffpool::make<diffpool::Config>(diffpool_config_new, "default");
    diffpool::call(diffpool_config_set_int, config.get(), "epochs", 30);
    auto split = diffpool::make<diffpool::Split>(diffpool_split_new);
    diffpool::call(diffpool_split_set_train, split.get(), learned.data(), learned.size());
    auto trainer = diffpool::make<diffpool::Trainer>(diffpool_trainer_new, config.get(), data.get(), split.get(),
                                                     nullptr);
    diffpool::call(diffpool_trainer_fit, trainer.get(), nullptr, nullptr, nullptr, nullptr, nullptr);
    auto model = diffpool::make<diffpool::Model>(diffpool_trainer_model, trainer.get());
    auto predictor = diffpool::make<diffpool::Predictor>(diffpool_predictor_new, model.get(), 0);
    auto evaluation = diffpool::make<diffpool::Evaluation>(diffpool_predictor_evaluate, predictor.get(), data.get(),
                                                           tested.data(), tested.size(), nullptr);
    const double accuracy = diffpool_evaluation_metric(evaluation.get(), "accuracy");
    std::printf("trained on %zu of %zu graphs, held-out accuracy %.0f %%\n", learned.size(), graphs, 100 * accuracy);
}

} // namespace

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "rings_and_trees.safetensors";
    try {
        write(path, 10000);
        train(path);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "stream_graphs: %s\n", error.what());
        return 1;
    }
}
