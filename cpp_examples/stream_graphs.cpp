// Nightly training from a stream: writes a data set graph by graph into a file, opens the file, trains from it and
// saves the model, which replaces that of the night before in one step. It is the way to go where the graphs do not fit
// into memory: at no time more than a few megabytes of them are in memory.
//
//     stream_graphs [GRAPHS [MODEL]]
//
// The graphs come one by one: the rings and trees of rings_and_trees.hpp.
#include "rings_and_trees.hpp"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// If anything fails on the way the writer goes, and no file is left behind.
void write(const char *path, std::size_t graphs) {
    diffpool::DatasetWriter writer(path, "rings and trees");
    writer.set_class_names({"tree", "ring"});
    diffpool::Graph graph;
    program::Drawing drawing;
    for (std::size_t i = 0; i < graphs; ++i) {
        drawing.draw(graph, i % 2 == 1, 10, 29);
        writer.add(graph.set_class(i % 2));
    }
    writer.finish();
    std::printf("wrote %zu graphs\n", writer.graph_count());
}

void train(const char *path, const char *saved) {
    const auto data = diffpool::Dataset::open(path);
    const std::size_t graphs = data.graph_count();
    std::vector<std::size_t> learned, tested;
    for (std::size_t graph = 0; graph < graphs; ++graph) {
        // Some of them, spread over the whole file, so that the example is soon done.
        if (graph % 50 < 2) {
            learned.push_back(graph);
        } else if (graph % 50 < 4) {
            tested.push_back(graph);
        }
    }
    diffpool::Config config;
    config.set("epochs", 30);
    diffpool::Split split;
    split.set_train(learned);
    diffpool::Trainer trainer(config, data, split);
    trainer.fit();
    const diffpool::Model model = trainer.model();
    const double accuracy = diffpool::Predictor(model).evaluate(data, tested).metric("accuracy");
    std::printf("trained on %zu of %zu graphs, held-out accuracy %.0f %%\n", learned.size(), graphs, 100 * accuracy);
    if (!(accuracy > 0.5)) {
        throw std::runtime_error("the new model is no better than guessing: the old one stays");
    }
    // What whoever meets the file may want to know; the library adds date, version, data and epochs.
    model.edit()
        .set_metadata("graphs", path)
        .set_metadata("held_out_accuracy", std::to_string(accuracy))
        .finish()
        .save(saved);
    std::printf("saved %s, trained %s\n", saved, model.metadata("diffpool.date").value().data());
}

}  // namespace

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "rings_and_trees.safetensors";
    const char *saved = argc > 2 ? argv[2] : "rings_model.safetensors";
    try {
        write(path, 10000);
        train(path, saved);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "stream_graphs: %s\n", error.what());
        return 1;
    }
}
