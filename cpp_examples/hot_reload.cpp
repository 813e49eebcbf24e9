// A scanner: sixteen threads classify graphs with one model, which is replaced while they work.
//
// The model is kept in a shared pointer that a reload swaps. A thread looks at it before every graph and makes a new
// session when it is another one; the old model goes when its last thread has let go of it. A reload to a wider model
// than the graphs are made for gives every thread SHAPE_MISMATCH with both numbers, and a damaged file changes nothing.
#include "program.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

const char *const usage = "usage: hot_reload FOLDER [--threads N] (16)\n";

// The model that all threads are to use now.
class Current {
  public:
    std::shared_ptr<const diffpool::Model> get() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return model_;
    }

    // If the file cannot be loaded this throws, and the model that is there stays.
    void reload(const std::string &path) {
        auto loaded =
            std::make_shared<const diffpool::Model>(diffpool::make<diffpool::Model>(diffpool_model_load, path.c_str()));
        const std::lock_guard<std::mutex> lock(mutex_);
        model_.swap(loaded);
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const diffpool::Model> model_;
};

// What one thread has to tell. Only the counters are read while it runs.
struct Worker {
    std::atomic<std::size_t> predicted{0};
    std::atomic<std::size_t> mismatched{0};
    std::atomic<bool> failed{false};
    std::string complaint;
};

void ring(diffpool_graph *graph, std::size_t nodes, std::size_t features) {
    std::vector<std::int32_t> from(nodes), to(nodes);
    for (std::size_t node = 0; node < nodes; ++node) {
        from[node] = static_cast<std::int32_t>(node);
        to[node] = static_cast<std::int32_t>((node + 1) % nodes);
    }
    const std::vector<float> x(nodes * features, 0.5f);
    diffpool::call(diffpool_graph_set_edges, graph, nodes, from.data(), to.data(), nodes);
    diffpool::call(diffpool_graph_set_x, graph, x.data(), nodes, features);
}

// One thread of the scanner: graphs of two features each, as the first model needs them.
void scan(const Current &current, const std::atomic<bool> &stop, Worker &worker) try {
    const auto graph = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    std::shared_ptr<const diffpool::Model> model;
    diffpool::Session session;
    for (std::size_t i = 0; !stop; ++i) {
        if (auto newest = current.get(); newest != model) {
            model = std::move(newest);
            session = diffpool::make<diffpool::Session>(diffpool_session_new, model->get());
        }
        ring(graph.get(), 5 + i % 20, 2);
        try {
            diffpool::call(diffpool_session_predict, session.get(), graph.get(), nullptr);
            ++worker.predicted;
        } catch (const diffpool::Error &error) {
            if (error.status() != DIFFPOOL_STATUS_SHAPE_MISMATCH) {
                throw;
            }
            worker.complaint = error.what();
            ++worker.mismatched;
        }
    }
} catch (const std::exception &error) {
    worker.complaint = error.what();
    worker.failed = true;
}

// Saves an untrained model for graphs of so many features: what is shown here does not depend on the weights.
std::string save_model(const std::string &path, std::size_t features) {
    const auto dataset = diffpool::make<diffpool::Dataset>(diffpool_dataset_new, "rings", 0u);
    const auto graph = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    for (const std::size_t y : {0, 1}) {
        ring(graph.get(), 5 + y, features);
        diffpool::call(diffpool_graph_set_class, graph.get(), y);
        diffpool::call(diffpool_dataset_add, dataset.get(), graph.get());
    }
    const auto config = diffpool::make<diffpool::Config>(diffpool_config_new, "default");
    const auto model = diffpool::make<diffpool::Model>(diffpool_model_new, config.get(), dataset.get(), nullptr);
    diffpool::call(diffpool_model_save, model.get(), path.c_str());
    return path;
}

using Counter = std::atomic<std::size_t> Worker::*;

// Waits until every thread has counted so many more, and fails if one of them has.
void wait_for(std::vector<Worker> &workers, Counter counter, std::size_t more) {
    std::vector<std::size_t> goals;
    for (const Worker &worker : workers) {
        goals.push_back(worker.*counter + more);
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    for (std::size_t i = 0; i < workers.size();) {
        if (workers[i].failed) {
            throw std::runtime_error("thread " + std::to_string(i) + ": " + workers[i].complaint);
        }
        if (workers[i].*counter >= goals[i]) {
            ++i;
        } else if (std::chrono::steady_clock::now() > end) {
            throw std::runtime_error("thread " + std::to_string(i) + " does not get on");
        } else {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
}

void reload_again_and_again(Current &current, std::vector<Worker> &workers, const std::string &folder) {
    const std::string narrow = save_model(folder + "/narrow.safetensors", 2);
    const std::string wide = save_model(folder + "/wide.safetensors", 3);
    const std::string damaged = folder + "/damaged.safetensors";
    std::ofstream(damaged) << "no model";

    for (int i = 0; i < 20; ++i) {
        current.reload(narrow);
        wait_for(workers, &Worker::predicted, 3);
    }
    std::printf("20 reloads while %zu threads predict\n", workers.size());

    current.reload(wide);
    wait_for(workers, &Worker::mismatched, 3);
    std::printf("a wider model: every thread refuses its graphs\n");
    current.reload(narrow);
    wait_for(workers, &Worker::predicted, 3);
    std::printf("back again: every thread predicts\n");

    try {
        current.reload(damaged);
    } catch (const diffpool::Error &error) {
        std::printf("a damaged file is not taken: %s\n", error.what());
        wait_for(workers, &Worker::predicted, 3);
        return;
    }
    throw std::runtime_error("a damaged file was taken for a model");
}

int body(int argc, char **argv) {
    if (argc < 2) {
        throw program::UsageError("FOLDER is missing");
    }
    const program::Options options(argc - 1, argv + 1, {"--threads"});
    const std::string folder = argv[1];
    if (options.count("--threads", 16) == 0) {
        throw program::UsageError("--threads must be at least 1");
    }
    Current current;
    current.reload(save_model(folder + "/narrow.safetensors", 2));

    std::vector<Worker> workers(options.count("--threads", 16));
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (Worker &worker : workers) {
        threads.emplace_back(scan, std::cref(current), std::cref(stop), std::ref(worker));
    }
    std::exception_ptr failure;
    try {
        reload_again_and_again(current, workers, folder);
    } catch (...) {
        failure = std::current_exception();
    }
    stop = true;
    for (std::thread &thread : threads) {
        thread.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    std::size_t predicted = 0, mismatched = 0;
    for (const Worker &worker : workers) {
        predicted += worker.predicted;
        mismatched += worker.mismatched;
    }
    std::printf("%zu graphs predicted, %zu refused: %s\n", predicted, mismatched, workers.front().complaint.c_str());
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("hot_reload", usage, [&] { return body(argc, argv); });
}
