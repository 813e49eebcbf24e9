// Loads a saved model and predicts graphs from several threads, each with its own session.
#include "program.hpp"

#include <cstdio>
#include <cstring>
#include <exception>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

const char *const usage =
    "usage: load_predict --model FILE [options]\n"
    "  --data FOLDER       graphs in TU format\n"
    "  --synthetic KIND    graphs made by the library instead: ba, hierarchy or syntax_trees\n"
    "  --graphs N          how many of them (100)\n"
    "  --data-seed N       from which seed (0)\n"
    "  --only FILE         predict only the graphs with these numbers, one in a line\n"
    "  --threads N         how many threads predict; every one predicts every graph (4)\n"
    "  --hex               print all bits: graph, class and the logits as hexadecimal numbers\n";

struct Prediction {
    std::size_t predicted = 0;
    float probability = 0.0f;
    std::vector<float> logits;
};

bool same_bits(const Prediction &one, const Prediction &other) {
    return one.predicted == other.predicted && one.logits.size() == other.logits.size() &&
           std::memcmp(one.logits.data(), other.logits.data(), one.logits.size() * sizeof(float)) == 0;
}

// A session is the scratch memory of one thread; the model itself is only read and is shared by all of them.
std::vector<Prediction> predict(const diffpool::Model &model, const diffpool::Dataset &dataset,
                                const std::vector<std::size_t> &graphs) {
    diffpool::Session session(model);
    std::vector<Prediction> predictions;
    predictions.reserve(graphs.size());
    for (const std::size_t graph : graphs) {
        session.predict(dataset, graph);
        const std::size_t predicted = session.class_index();
        predictions.push_back({predicted, session.probabilities().at(predicted), session.logits()});
    }
    return predictions;
}

// Every thread predicts all graphs: what they found must not differ in a single bit.
std::vector<Prediction> predict_in_threads(const diffpool::Model &model, const diffpool::Dataset &dataset,
                                           const std::vector<std::size_t> &graphs, std::size_t count) {
    std::vector<std::vector<Prediction>> results(count);
    std::vector<std::exception_ptr> errors(count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            try {
                results[i] = predict(model, dataset, graphs);
            } catch (...) {
                errors[i] = std::current_exception();
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    for (const std::exception_ptr &error : errors) {
        if (error) {
            std::rethrow_exception(error);
        }
    }
    for (std::size_t i = 1; i < count; ++i) {
        for (std::size_t graph = 0; graph < graphs.size(); ++graph) {
            if (!same_bits(results[0][graph], results[i][graph])) {
                throw std::runtime_error("threads 0 and " + std::to_string(i) + " differ on graph " +
                                         std::to_string(graphs[graph]));
            }
        }
    }
    return std::move(results[0]);
}

void print_hex(const std::vector<std::size_t> &graphs, const std::vector<Prediction> &predictions) {
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        std::printf("%zu %zu", graphs[i], predictions[i].predicted);
        for (const float logit : predictions[i].logits) {
            std::printf(" %a", static_cast<double>(logit));
        }
        std::printf("\n");
    }
}

void print_table(const diffpool::Model &model, const diffpool::Dataset &dataset, const std::vector<std::size_t> &graphs,
                 const std::vector<Prediction> &predictions) {
    const std::vector<std::string> names = program::class_names(model);
    const std::vector<std::size_t> classes = program::classes_of(dataset);
    const int width = program::column_width(9, names);
    std::size_t right = 0;
    std::printf("graph  %*s  %*s  probability\n", width, "class", width, "predicted");
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        const std::string truth = program::class_name(dataset, classes.at(graphs[i]));
        const std::string &guess = names.at(predictions[i].predicted);
        right += truth == guess;
        std::printf("%5zu  %*s  %*s  %11.6f\n", graphs[i], width, truth.c_str(), width, guess.c_str(),
                    static_cast<double>(predictions[i].probability));
    }
    std::printf("%zu of %zu graphs are right\n", right, graphs.size());
}

int body(int argc, char **argv) {
    const program::Options options(argc, argv, program::with_data_options({"--model", "--only", "--threads"}),
                                   {"--hex"});
    if (!options.has("--model")) {
        throw program::UsageError("--model is missing");
    }
    const auto model = diffpool::Model::load(options.text("--model"));
    const diffpool::Dataset dataset = program::load_data(options);
    std::vector<std::size_t> graphs(dataset.graph_count());
    std::iota(graphs.begin(), graphs.end(), std::size_t{0});
    if (options.has("--only")) {
        graphs = program::read_indices(options.text("--only"));
    }
    const std::size_t threads = options.count("--threads", 4);
    if (threads == 0) {
        throw program::UsageError("--threads must be at least 1");
    }
    const auto predictions = predict_in_threads(model, dataset, graphs, threads);
    if (options.has("--hex")) {
        print_hex(graphs, predictions);
    } else {
        print_table(model, dataset, graphs, predictions);
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("load_predict", usage, [&] { return body(argc, argv); });
}
