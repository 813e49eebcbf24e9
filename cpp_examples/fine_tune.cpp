// Goes on training a saved model with new data: larger rings and trees than those that stream_graphs trained it on.
//
// The new data numbers its classes in its own way, ring before tree. Wherever a model meets a data set, classes are found
// by their names, so that the model goes on learning what it has learned; a name that it does not know is an error.
#include "program.hpp"
#include "rings_and_trees.hpp"

#include <cstdio>

namespace {

const char *const usage = "usage: fine_tune MODEL OUTPUT [NAME]   NAME is what the new data calls its rings (ring)\n";

diffpool::Dataset new_data(const char *ring) {
    auto dataset = diffpool::make<diffpool::Dataset>(diffpool_dataset_new, "large rings and trees", 0u);
    const auto graph = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    program::Drawing drawing;
    for (std::size_t i = 0; i < 200; ++i) {
        drawing.draw(graph.get(), i % 2 == 0, 30, 50);
        diffpool::call(diffpool_graph_set_class, graph.get(), i % 2);
        diffpool::call(diffpool_dataset_add, dataset.get(), graph.get());
    }
    const char *const names[] = {ring, "tree"};
    const char *const *const first = names;
    diffpool::call(diffpool_dataset_set_class_names, dataset.get(), first, std::size_t{2});
    return dataset;
}

double held_out_accuracy(const diffpool_model *model, const diffpool_dataset *dataset, const diffpool_split *split) {
    std::size_t length = 0;
    const std::size_t *const test = diffpool_split_test(split, &length);
    const auto predictor = diffpool::make<diffpool::Predictor>(diffpool_predictor_new, model, std::size_t{0});
    const auto evaluation = diffpool::make<diffpool::Evaluation>(diffpool_predictor_evaluate, predictor.get(), dataset,
                                                                 test, length, nullptr);
    return diffpool_evaluation_metric(evaluation.get(), "accuracy");
}

// The network stays what it is; how it is trained can change. Small steps, so that little is forgotten.
diffpool::Model tune(const diffpool_model *model, const diffpool_dataset *dataset, const diffpool_split *split) {
    const auto config = diffpool::make<diffpool::Config>(diffpool_model_config, model);
    diffpool::call(diffpool_config_set_int, config.get(), "epochs", 30);
    diffpool::call(diffpool_config_set_float, config.get(), "learning_rate", 0.0005);
    const auto trainer = diffpool::make<diffpool::Trainer>(diffpool_trainer_from_model, model, config.get(), dataset,
                                                           split, nullptr);
    diffpool::call(diffpool_trainer_fit, trainer.get(), nullptr, nullptr, nullptr, nullptr, nullptr);
    return diffpool::make<diffpool::Model>(diffpool_trainer_model, trainer.get());
}

int body(int argc, char **argv) {
    if (argc != 3 && argc != 4) {
        throw program::UsageError("a model and an output are needed");
    }
    const auto model = diffpool::make<diffpool::Model>(diffpool_model_load, argv[1]);
    const auto dataset = new_data(argc == 4 ? argv[3] : "ring");
    const auto split =
        diffpool::make<diffpool::Split>(diffpool_split_holdout, dataset.get(), 0.5, std::uint64_t{1});

    const double before = held_out_accuracy(model.get(), dataset.get(), split.get());
    std::printf("before: held-out accuracy on the new data %.1f %%\n", 100.0 * before);
    const auto tuned = tune(model.get(), dataset.get(), split.get());
    const double after = held_out_accuracy(tuned.get(), dataset.get(), split.get());
    std::printf("after: held-out accuracy on the new data %.1f %%\n", 100.0 * after);
    if (after < before) {
        throw std::runtime_error("the tuned model is worse and is not saved");
    }
    diffpool::call(diffpool_model_save, tuned.get(), argv[2]);
    std::printf("saved %s\n", argv[2]);
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("fine_tune", usage, [&] { return body(argc, argv); });
}
