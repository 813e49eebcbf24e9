// Trains a DiffPool model, measures it on graphs that it has not seen, and saves it.
#include "program.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

namespace {

const char *const usage =
    "usage: train_save [options]\n"
    "  --data FOLDER       graphs in TU format\n"
    "  --synthetic KIND    graphs made by the library instead: ba, hierarchy or syntax_trees\n"
    "  --graphs N          how many of them (100)\n"
    "  --data-seed N       from which seed (0)\n"
    "  --preset NAME       the configuration to start from (default)\n"
    "  --config FILE       the configuration as JSON, instead of a preset\n"
    "  --epochs N          passes over the training graphs\n"
    "  --seed N            decides the split, the first weights and the order of the graphs (1)\n"
    "  --threads N         0 for all cores; the result does not depend on it (0)\n"
    "  --hold-out SHARE    share of the graphs that is only used to measure the trained model (0.2)\n"
    "  --seconds N         stop cleanly after this long, 0 for never (0)\n"
    "  --output FILE       where the model goes (model.safetensors)\n"
    "  --held-out FILE     where the numbers of the held-out graphs go\n";

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

diffpool::Config read_config(const program::Options &options) {
    diffpool::Config config;
    if (options.has("--config")) {
        std::ifstream file(options.text("--config"));
        std::ostringstream json;
        if (!file || !(json << file.rdbuf())) {
            throw std::runtime_error("cannot read " + options.text("--config"));
        }
        config = diffpool::make<diffpool::Config>(diffpool_config_from_json, json.str().c_str());
    } else {
        config = diffpool::make<diffpool::Config>(diffpool_config_new, options.text("--preset", "default").c_str());
    }
    if (options.has("--epochs")) {
        diffpool::call(diffpool_config_set_int, config.get(), "epochs", options.whole("--epochs", 0));
    }
    diffpool::call(diffpool_config_set_int, config.get(), "seed", options.whole("--seed", 1));
    diffpool::call(diffpool_config_set_int, config.get(), "threads", options.whole("--threads", 0));
    return config;
}

std::size_t epochs_of(const diffpool_config *config) {
    return std::stoul(diffpool::text(diffpool_config_get_json, config, "epochs"));
}

// Held-out graphs must not choose the weights, so every tenth training graph of each class becomes a validation graph.
diffpool::Split split_data(const diffpool_dataset *dataset, double fraction, std::uint64_t seed) {
    auto split = diffpool::make<diffpool::Split>(diffpool_split_holdout, dataset, fraction, seed);
    std::size_t length = 0;
    const std::size_t *const dealt = diffpool_split_train(split.get(), &length);
    const std::vector<std::size_t> classes = program::classes_of(dataset);
    std::map<std::size_t, std::size_t> seen;
    std::vector<std::size_t> train, validation;
    for (std::size_t i = 0; i < length; ++i) {
        const bool validates = ++seen[classes[dealt[i]]] % 10 == 0;
        (validates ? validation : train).push_back(dealt[i]);
    }
    diffpool::call(diffpool_split_set_train, split.get(), train.data(), train.size());
    diffpool::call(diffpool_split_set_validation, split.get(), validation.data(), validation.size());
    return split;
}

// What the callback needs to print a line an epoch.
struct Progress {
    std::size_t epochs;
    double limit;
    Clock::time_point start;
    std::size_t columns;
    bool out_of_time;
};

std::string percent(double share) {
    char text[16];
    std::snprintf(text, sizeof text, "%5.1f %%", 100.0 * share);
    return std::isnan(share) ? "   none" : text;
}

// The columns of the terminal, or 0 when the output is no terminal.
std::size_t terminal_columns() {
    winsize size{};
    if (isatty(STDOUT_FILENO) == 0) {
        return 0;
    }
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// A terminal gets every epoch on one line that is written over, and cut where the terminal ends because a longer one
// could not be written over. A file gets about twenty lines.
void print_epoch(const Progress &progress, const diffpool_epoch *epoch, double left) {
    const std::size_t number = diffpool_epoch_number(epoch);
    const bool last = number == progress.epochs || progress.out_of_time;
    const std::size_t step = std::max<std::size_t>(1, progress.epochs / 20);
    if (progress.columns == 0 && !last && number % step != 0) {
        return;
    }
    char line[256];
    std::snprintf(line, sizeof line,
                  "epoch %4zu/%zu  %4.0f s left  train %s  validation %s  "
                  "loss %.4f (class %.4f, link %.4f, entropy %.4f)",
                  number, progress.epochs, left, percent(diffpool_epoch_metric(epoch, "accuracy")).c_str(),
                  percent(diffpool_epoch_metric(epoch, "validation_accuracy")).c_str(), diffpool_epoch_metric(epoch, "loss"),
                  diffpool_epoch_metric(epoch, "class_loss"), diffpool_epoch_metric(epoch, "link_loss"),
                  diffpool_epoch_metric(epoch, "entropy_loss"));
    if (progress.columns == 0) {
        std::printf("%s\n", line);
    } else {
        std::printf("\r%.*s\033[K", static_cast<int>(progress.columns) - 1, line);
    }
    std::fflush(stdout);
}

extern "C" int on_epoch(void *ctx, const diffpool_epoch *epoch) {
    Progress &progress = *static_cast<Progress *>(ctx);
    const std::size_t number = diffpool_epoch_number(epoch);
    const double spent = seconds_since(progress.start);
    double left = spent / static_cast<double>(number) * static_cast<double>(progress.epochs - number);
    if (progress.limit > 0.0) {
        left = std::min(left, std::max(0.0, progress.limit - spent));
        progress.out_of_time = spent >= progress.limit;
    }
    print_epoch(progress, epoch, left);
    return progress.out_of_time ? 1 : 0;
}

diffpool::Model train(const diffpool_config *config, const diffpool_dataset *dataset, const diffpool_split *split,
                      double limit) {
    const auto trainer = diffpool::make<diffpool::Trainer>(diffpool_trainer_new, config, dataset, split, nullptr);
    Progress progress{epochs_of(config), limit, Clock::now(), terminal_columns(), false};
    diffpool_stop_reason reason{};
    diffpool::call(diffpool_trainer_fit, trainer.get(), on_epoch, nullptr, static_cast<void *>(&progress), nullptr,
                   &reason);
    std::printf("%strained for %.1f s", progress.columns > 0 ? "\n" : "", seconds_since(progress.start));
    if (progress.out_of_time) {
        std::printf(", stopped by --seconds %.0f: what it has learned so far is kept", limit);
    } else if (reason == DIFFPOOL_STOP_REASON_PATIENCE) {
        std::printf(", stopped early: the validation graphs no longer improve");
    }
    std::printf("\n");
    return diffpool::make<diffpool::Model>(diffpool_trainer_model, trainer.get());
}

void print_confusion(const diffpool_model *model, const std::vector<std::uint64_t> &confusion) {
    const std::vector<std::string> names = program::class_names(model);
    const int width = program::column_width(5, names);
    std::printf("confusion (rows are the true classes, columns the predicted ones)\n%*s", width, "");
    for (const std::string &name : names) {
        std::printf("  %*s", width, name.c_str());
    }
    std::printf("\n");
    for (std::size_t row = 0; row < names.size(); ++row) {
        std::printf("%*s", width, names[row].c_str());
        for (std::size_t column = 0; column < names.size(); ++column) {
            std::printf("  %*llu", width, static_cast<unsigned long long>(confusion[row * names.size() + column]));
        }
        std::printf("\n");
    }
}

// What a model would reach that always answers with the class that has most graphs.
double largest_class_share(const std::vector<std::uint64_t> &confusion, std::size_t graphs) {
    const auto classes = static_cast<std::ptrdiff_t>(std::lround(std::sqrt(static_cast<double>(confusion.size()))));
    std::uint64_t largest = 0;
    for (auto row = confusion.begin(); row != confusion.end(); row += classes) {
        largest = std::max(largest, std::accumulate(row, row + classes, std::uint64_t{0}));
    }
    return static_cast<double>(largest) / static_cast<double>(graphs);
}

void measure(const diffpool_model *model, const diffpool_dataset *dataset, const diffpool_split *split,
             std::size_t threads) {
    std::size_t graphs = 0;
    const std::size_t *const test = diffpool_split_test(split, &graphs);
    const auto predictor = diffpool::make<diffpool::Predictor>(diffpool_predictor_new, model, threads);
    const auto evaluation = diffpool::make<diffpool::Evaluation>(diffpool_predictor_evaluate, predictor.get(), dataset,
                                                                 test, graphs, nullptr);
    const double loss = diffpool_evaluation_metric(evaluation.get(), "loss");
    if (std::string(diffpool_model_task(model)) != "multiclass") {
        // Labels, numbers and sequences have metrics of their own.
        std::printf("held-out %s %.4f, loss %.4f, %zu graphs\n", diffpool_model_metric(model),
                    diffpool_evaluation_metric(evaluation.get(), "metric"), loss, graphs);
        return;
    }
    const auto confusion = diffpool::values<std::uint64_t>(diffpool_evaluation_copy_confusion, evaluation.get());
    std::printf("held-out accuracy %.1f %% (the largest class alone: %.1f %%), macro F1 %.3f, loss %.4f, %zu graphs\n",
                100.0 * diffpool_evaluation_metric(evaluation.get(), "accuracy"),
                100.0 * largest_class_share(confusion, graphs),
                diffpool_evaluation_metric(evaluation.get(), "macro_f1"), loss, graphs);
    print_confusion(model, confusion);
}

int body(int argc, char **argv) {
    const program::Options options(argc, argv,
                                   program::with_data_options({"--preset", "--config", "--epochs", "--seed",
                                                               "--threads", "--hold-out", "--seconds", "--output",
                                                               "--held-out"}));
    const auto config = read_config(options);
    const auto dataset = program::load_data(options);
    const auto split = split_data(dataset.get(), options.real("--hold-out", 0.2),
                                  static_cast<std::uint64_t>(options.count("--seed", 1)));
    std::size_t train_length = 0, validation_length = 0, test_length = 0;
    diffpool_split_train(split.get(), &train_length);
    diffpool_split_validation(split.get(), &validation_length);
    const std::size_t *const test = diffpool_split_test(split.get(), &test_length);
    std::printf("%zu graphs, %zu classes, %zu nodes: %zu to train, %zu to validate, %zu held out\n",
                diffpool_dataset_graph_count(dataset.get()), diffpool_dataset_class_count(dataset.get()),
                diffpool_dataset_node_count(dataset.get()), train_length, validation_length, test_length);

    const auto model = train(config.get(), dataset.get(), split.get(), options.real("--seconds", 0.0));
    measure(model.get(), dataset.get(), split.get(), options.count("--threads", 0));

    const std::string output = options.text("--output", "model.safetensors");
    diffpool::call(diffpool_model_save, model.get(), output.c_str());
    std::printf("saved %s (%zu parameters)\n", output.c_str(),
                diffpool_model_parameter_count(model.get()));
    if (options.has("--held-out")) {
        program::write_indices(options.text("--held-out"), {test, test + test_length});
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("train_save", usage, [&] { return body(argc, argv); });
}
