// Nightly training from a stream: writes a data set graph by graph into a file, opens the file, trains from it and saves
// the model, which replaces that of the night before in one step. It is the way to go where the graphs do not fit into
// memory: at no time more than a few megabytes of them are in memory.
//
//     stream_graphs [GRAPHS [MODEL]]
//
// The graphs come one by one: the rings and trees of rings_and_trees.hpp.
#include "diffpool.hpp"
#include "rings_and_trees.hpp"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// If anything fails on the way the writer is freed, and no file is left behind.
void write(const char *path, std::size_t graphs) {
    auto writer = diffpool::make<diffpool::DatasetWriter>(diffpool_dataset_writer_new, path, "rings and trees",
                                                          0u);
    const char *names[] = {"tree", "ring"};
    diffpool::call(diffpool_dataset_writer_set_class_names, writer.get(), names, 2);
    const auto graph = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    program::Drawing drawing;
    for (std::size_t i = 0; i < graphs; ++i) {
        drawing.draw(graph.get(), i % 2 == 1, 10, 29);
        diffpool::call(diffpool_graph_set_class, graph.get(), i % 2);
        diffpool::call(diffpool_dataset_writer_add, writer.get(), graph.get());
    }
    diffpool::call(diffpool_dataset_writer_finish, writer.get());
    std::printf("wrote %zu graphs\n", diffpool_dataset_writer_graph_count(writer.get()));
}

double accuracy_of(const diffpool_model *model, const diffpool_dataset *data, const std::vector<std::size_t> &graphs) {
    auto predictor = diffpool::make<diffpool::Predictor>(diffpool_predictor_new, model, 0);
    auto evaluation = diffpool::make<diffpool::Evaluation>(diffpool_predictor_evaluate, predictor.get(), data,
                                                           graphs.data(), graphs.size(), nullptr);
    return diffpool_evaluation_metric(evaluation.get(), "accuracy");
}

void train(const char *path, const char *saved) {
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
    const double accuracy = accuracy_of(model.get(), data.get(), tested);
    std::printf("trained on %zu of %zu graphs, held-out accuracy %.0f %%\n", learned.size(), graphs, 100 * accuracy);
    if (!(accuracy > 0.5)) {
        throw std::runtime_error("the new model is no better than guessing: the old one stays");
    }
    // What whoever meets the file may want to know; the library adds date, version, data and epochs.
    diffpool::call(diffpool_model_set_metadata, model.get(), "graphs", path);
    diffpool::call(diffpool_model_set_metadata, model.get(), "held_out_accuracy", std::to_string(accuracy).c_str());
    diffpool::call(diffpool_model_save, model.get(), saved);
    std::printf("saved %s, trained %s\n", saved, diffpool_model_metadata(model.get(), "diffpool.date"));
}

} // namespace

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
