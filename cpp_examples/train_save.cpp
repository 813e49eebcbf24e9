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

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

diffpool::Config read_config(const program::Options &options) {
    diffpool::Config config(options.text("--preset", "default"));
    if (options.has("--config")) {
        std::ifstream file(options.text("--config"));
        std::ostringstream json;
        if (!file || !(json << file.rdbuf())) {
            throw std::runtime_error("cannot read " + options.text("--config"));
        }
        config = diffpool::Config::from_json(json.str());
    }
    if (options.has("--epochs")) {
        config.set("epochs", options.whole("--epochs", 0));
    }
    config.set("seed", options.whole("--seed", 1)).set("threads", options.whole("--threads", 0));
    return config;
}

// Held-out graphs must not choose the weights, so every tenth training graph of each class becomes a validation graph.
diffpool::Split split_data(const diffpool::Dataset &dataset, double fraction, std::uint64_t seed) {
    auto split = diffpool::Split::holdout(dataset, fraction, seed);
    const std::vector<std::size_t> classes = program::classes_of(dataset);
    std::map<std::size_t, std::size_t> seen;
    std::vector<std::size_t> train, validation;
    for (const std::size_t graph : split.train()) {
        const bool validates = ++seen[classes[graph]] % 10 == 0;
        (validates ? validation : train).push_back(graph);
    }
    split.set_train(train).set_validation(validation);
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
void print_epoch(const Progress &progress, const diffpool::Epoch &epoch, double left) {
    const std::size_t number = epoch.number();
    const bool last = number == progress.epochs || progress.out_of_time;
    const std::size_t step = std::max<std::size_t>(1, progress.epochs / 20);
    if (progress.columns == 0 && !last && number % step != 0) {
        return;
    }
    char line[256];
    std::snprintf(line, sizeof line,
                  "epoch %4zu/%zu  %4.0f s left  train %s  validation %s  "
                  "loss %.4f (class %.4f, link %.4f, entropy %.4f)",
                  number, progress.epochs, left, percent(epoch.metric("accuracy")).c_str(),
                  percent(epoch.metric("validation_accuracy")).c_str(), epoch.metric("loss"),
                  epoch.metric("class_loss"), epoch.metric("link_loss"), epoch.metric("entropy_loss"));
    if (progress.columns == 0) {
        std::printf("%s\n", line);
    } else {
        std::printf("\r%.*s\033[K", static_cast<int>(progress.columns) - 1, line);
    }
    std::fflush(stdout);
}

diffpool::Then after_epoch(Progress &progress, const diffpool::Epoch &epoch) {
    const double spent = seconds_since(progress.start);
    double left = spent / static_cast<double>(epoch.number()) * static_cast<double>(progress.epochs - epoch.number());
    if (progress.limit > 0.0) {
        left = std::min(left, std::max(0.0, progress.limit - spent));
        progress.out_of_time = spent >= progress.limit;
    }
    print_epoch(progress, epoch, left);
    return progress.out_of_time ? diffpool::Then::stop : diffpool::Then::go_on;
}

diffpool::Model train(const diffpool::Config &config, const diffpool::Dataset &dataset, const diffpool::Split &split,
                      double limit) {
    diffpool::Trainer trainer(config, dataset, split);
    Progress progress{std::stoul(config.get_json("epochs")), limit, Clock::now(), terminal_columns(), false};
    const auto reason = trainer.fit([&](const diffpool::Epoch &epoch) { return after_epoch(progress, epoch); });
    std::printf("%strained for %.1f s", progress.columns > 0 ? "\n" : "", seconds_since(progress.start));
    if (progress.out_of_time) {
        std::printf(", stopped by --seconds %.0f: what it has learned so far is kept", limit);
    } else if (reason == diffpool::StopReason::patience) {
        std::printf(", stopped early: the validation graphs no longer improve");
    }
    std::printf("\n");
    return trainer.model();
}

void print_confusion(const diffpool::Model &model, const diffpool::Matrix<std::uint64_t> &confusion) {
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
            std::printf("  %*llu", width, static_cast<unsigned long long>(confusion(row, column)));
        }
        std::printf("\n");
    }
}

// What a model would reach that always answers with the class that has most graphs.
double largest_class_share(const diffpool::Matrix<std::uint64_t> &confusion, std::size_t graphs) {
    std::uint64_t largest = 0;
    for (std::size_t y = 0; y < confusion.rows; ++y) {
        const auto row = confusion.row(y);
        largest = std::max(largest, std::accumulate(row.begin(), row.end(), std::uint64_t{0}));
    }
    return static_cast<double>(largest) / static_cast<double>(graphs);
}

void measure(const diffpool::Model &model, const diffpool::Dataset &dataset, diffpool::Span<const std::size_t> test,
             std::size_t threads) {
    const auto evaluation = diffpool::Predictor(model, threads).evaluate(dataset, test);
    const double loss = evaluation.metric("loss");
    if (model.task() != "multiclass") {
        // Labels, numbers and sequences have metrics of their own.
        std::printf("held-out %s %.4f, loss %.4f, %zu graphs\n", model.metric().data(), evaluation.metric("metric"),
                    loss, test.size());
        return;
    }
    const diffpool::Matrix<std::uint64_t> confusion = evaluation.confusion();
    std::printf("held-out accuracy %.1f %% (the largest class alone: %.1f %%), macro F1 %.3f, loss %.4f, %zu graphs\n",
                100.0 * evaluation.metric("accuracy"), 100.0 * largest_class_share(confusion, test.size()),
                evaluation.metric("macro_f1"), loss, test.size());
    print_confusion(model, confusion);
}

int body(int argc, char **argv) {
    const program::Options options(
        argc, argv,
        program::with_data_options({"--preset", "--config", "--epochs", "--seed", "--threads", "--hold-out",
                                    "--seconds", "--output", "--held-out"}));
    const diffpool::Config config = read_config(options);
    const diffpool::Dataset dataset = program::load_data(options);
    const diffpool::Split split =
        split_data(dataset, options.real("--hold-out", 0.2), static_cast<std::uint64_t>(options.count("--seed", 1)));
    std::printf("%zu graphs, %zu classes, %zu nodes: %zu to train, %zu to validate, %zu held out\n",
                dataset.graph_count(), dataset.class_count(), dataset.node_count(), split.train().size(),
                split.validation().size(), split.test().size());

    const diffpool::Model model = train(config, dataset, split, options.real("--seconds", 0.0));
    measure(model, dataset, split.test(), options.count("--threads", 0));

    const std::string output = options.text("--output", "model.safetensors");
    model.save(output);
    std::printf("saved %s (%zu parameters)\n", output.c_str(), model.parameter_count());
    if (options.has("--held-out")) {
        program::write_indices(options.text("--held-out"), split.test());
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("train_save", usage, [&] { return body(argc, argv); });
}
