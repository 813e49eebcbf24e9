// A scanner: sixteen threads classify graphs with one model, which is replaced while they work.
//
// A Model is shared and never changes, so that a reload is an assignment, and a thread that goes on with the old one
// keeps it alive. A thread looks at the newest before every graph and makes a new session when it is another one. A
// reload to a wider model than the graphs are made for gives every thread SHAPE_MISMATCH with both numbers, and a
// damaged file changes nothing.
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
    diffpool::Model get() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return model_;
    }

    // If the file cannot be loaded this throws, and the model that is there stays.
    void reload(const std::string &path) {
        diffpool::Model loaded = diffpool::Model::load(path);
        const std::lock_guard<std::mutex> lock(mutex_);
        std::swap(model_, loaded);
    }

  private:
    mutable std::mutex mutex_;
    diffpool::Model model_;
};

// What one thread has to tell. Only the counters are read while it runs.
struct Worker {
    std::atomic<std::size_t> predicted{0};
    std::atomic<std::size_t> mismatched{0};
    std::atomic<bool> failed{false};
    std::string complaint;
};

void ring(diffpool::Graph &graph, std::size_t nodes, std::size_t features) {
    std::vector<std::int32_t> from(nodes), to(nodes);
    for (std::size_t node = 0; node < nodes; ++node) {
        from[node] = static_cast<std::int32_t>(node);
        to[node] = static_cast<std::int32_t>((node + 1) % nodes);
    }
    graph.set_edges(nodes, from, to).set_x(std::vector<float>(nodes * features, 0.5f), features);
}

// One thread of the scanner: graphs of two features each, as the first model needs them.
void scan(const Current &current, const std::atomic<bool> &stop, Worker &worker) try {
    diffpool::Graph graph;
    diffpool::Session session(current.get());
    for (std::size_t i = 0; !stop; ++i) {
        if (const diffpool::Model newest = current.get(); newest.get() != session.model().get()) {
            session = diffpool::Session(newest);
        }
        ring(graph, 5 + i % 20, 2);
        const auto done = session.try_predict(graph);
        if (done) {
            ++worker.predicted;
        } else if (done.status() == diffpool::Status::shape_mismatch) {
            worker.complaint = done.error().what();
            ++worker.mismatched;
        } else {
            throw diffpool::Error(done.error());
        }
    }
} catch (const std::exception &error) {
    worker.complaint = error.what();
    worker.failed = true;
}

// Saves an untrained model for graphs of so many features: what is shown here does not depend on the weights.
std::string save_model(const std::string &path, std::size_t features) {
    diffpool::Dataset dataset("rings");
    diffpool::Graph graph;
    for (const std::size_t y : {0, 1}) {
        ring(graph, 5 + y, features);
        dataset.add(graph.set_class(y));
    }
    diffpool::Model::create(diffpool::Config(), dataset).save(path);
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
