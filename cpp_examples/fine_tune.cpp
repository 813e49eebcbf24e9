// Goes on training a saved model with new data: larger rings and trees than those that stream_graphs trained it on.
//
// The new data numbers its classes in its own way, ring before tree. Wherever a model meets a data set, classes are
// found by their names, so that the model goes on learning what it has learned; a name that it does not know is an
// error.
#include "program.hpp"
#include "rings_and_trees.hpp"

#include <cstdio>

namespace {

const char *const usage = "usage: fine_tune MODEL OUTPUT [NAME]   NAME is what the new data calls its rings (ring)\n";

diffpool::Dataset new_data(const char *ring) {
    diffpool::Dataset dataset("large rings and trees");
    diffpool::Graph graph;
    program::Drawing drawing;
    for (std::size_t i = 0; i < 200; ++i) {
        drawing.draw(graph, i % 2 == 0, 30, 50);
        dataset.add(graph.set_class(i % 2));
    }
    dataset.set_class_names({ring, "tree"});
    return dataset;
}

double held_out_accuracy(const diffpool::Model &model, const diffpool::Dataset &dataset, const diffpool::Split &split) {
    return diffpool::Predictor(model).evaluate(dataset, split.test()).metric("accuracy");
}

// The network stays what it is; how it is trained can change. Small steps, so that little is forgotten.
diffpool::Model tune(const diffpool::Model &model, const diffpool::Dataset &dataset, const diffpool::Split &split) {
    diffpool::Config config = model.config();
    config.set("epochs", 30).set("learning_rate", 0.0005);
    auto trainer = diffpool::Trainer::from_model(model, config, dataset, split);
    trainer.fit();
    return trainer.model();
}

int body(int argc, char **argv) {
    if (argc != 3 && argc != 4) {
        throw program::UsageError("a model and an output are needed");
    }
    const auto model = diffpool::Model::load(argv[1]);
    const diffpool::Dataset dataset = new_data(argc == 4 ? argv[3] : "ring");
    const auto split = diffpool::Split::holdout(dataset, 0.5, 1);

    const double before = held_out_accuracy(model, dataset, split);
    std::printf("before: held-out accuracy on the new data %.1f %%\n", 100.0 * before);
    const diffpool::Model tuned = tune(model, dataset, split);
    const double after = held_out_accuracy(tuned, dataset, split);
    std::printf("after: held-out accuracy on the new data %.1f %%\n", 100.0 * after);
    if (after < before) {
        throw std::runtime_error("the tuned model is worse and is not saved");
    }
    tuned.save(argv[2]);
    std::printf("saved %s\n", argv[2]);
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("fine_tune", usage, [&] { return body(argc, argv); });
}
