// The classes where exceptions are off: compiled with -fno-exceptions -fno-rtti, and once more with exceptions.
#ifndef DIFFPOOL_NO_EXCEPTIONS
#define DIFFPOOL_NO_EXCEPTIONS
#endif
#include "check.hpp"

#include <chrono>
#include <type_traits>
#include <utility>

namespace {

using checks::failed;
using diffpool::Expected;
using diffpool::Status;

static_assert(std::is_same_v<diffpool::Result<int>, Expected<int>>);
static_assert(std::is_same_v<diffpool::Result<void>, Expected<void>>);
static_assert(!std::is_constructible_v<diffpool::Session, const diffpool::Model &>);
static_assert(!std::is_default_constructible_v<diffpool::Control>);

// The value of an outcome that must be there.
template <class T>
T good(Expected<T> outcome) {
    if (!outcome) {
        std::fprintf(stderr, "unexpected failure: %s\n", outcome.error().what());
    }
    CHECK(outcome.has_value());
    if constexpr (!std::is_void_v<T>) {
        return std::move(outcome).value();
    }
}

diffpool::Config small_config() {
    diffpool::Config config = good(diffpool::Config::create());
    good(config.merge_json(checks::small));
    return config;
}

void test_outcomes() {
    const Expected<diffpool::Model> absent = diffpool::Model::load("absent.safetensors");
    CHECK(failed(absent, Status::io, "absent.safetensors"));
    CHECK(diffpool::Model::load("absent.safetensors").value_or(diffpool::Model()).class_count() == 0);
    CHECK(
        failed(diffpool::attempt([] { return diffpool::Config::create("absent"); }), Status::invalid_config, "absent"));

    diffpool::Config config = good(diffpool::Config::create());
    const Expected<diffpool::Config &> wrong = config.set("epochs", -1);
    CHECK(failed(wrong, Status::invalid_config, "-1"));
    const Expected<diffpool::Config &> right = config.set("epochs", 3);
    CHECK(right.has_value() && &*right == &config && good(right->get_json("epochs")) == "3");
    good(config.set("clusters", std::vector<double>{0.5, 0.25}));
    good(config.set("head_hidden", {20}));
    CHECK(failed(config.set("seed", UINT64_MAX), Status::invalid_config, "18446744073709551615"));
    CHECK(failed(config.set(std::string_view("epo\0chs", 7), 3), Status::invalid_argument, "NUL at byte 3"));
}

void test_training() {
    const diffpool::Dataset dataset = good(diffpool::Dataset::synthetic("ba", 20, 1));
    const diffpool::Split split = good(diffpool::Split::holdout(dataset, 0.2, 1));
    diffpool::Trainer trainer = good(diffpool::Trainer::create(small_config(), dataset, split));
    std::size_t epochs = 0;
    CHECK(good(trainer.fit([&](const diffpool::Epoch &) {
              ++epochs;
              return diffpool::Then::stop;
          })) == diffpool::StopReason::callback);
    CHECK(epochs == 1);
    std::size_t batches = 0;
    good(trainer.on_log([](diffpool::LogLevel, std::string_view message) { CHECK(!message.empty()); }));
    CHECK(good(trainer.fit([](const diffpool::Epoch &) {}, [&](const diffpool::Batch &) { ++batches; })) ==
          diffpool::StopReason::finished);
    CHECK(batches > 0);
    CHECK(trainer.history().size() == 2);

    const diffpool::Model model = good(trainer.model());
    diffpool::Session session = good(diffpool::Session::create(model));
    const Expected<const diffpool::Session &> predicted = session.predict(dataset, 0);
    CHECK(predicted && !good(predicted->class_name()).empty() && good(predicted->logits()).size() == 2);
    CHECK(failed(session.predict(dataset, 20), Status::not_found, "20"));
    good(session.shrink());
    CHECK(failed(session.logits(), Status::invalid_state, ""));

    diffpool::Graph graph;
    const std::vector<std::int32_t> from = {0, 1}, to = {1};
    CHECK(failed(graph.set_edges(3, from, to), Status::shape_mismatch, "from has 2 values, but to has 1"));
    CHECK(failed(session.predict(graph), Status::null_pointer, "graph"));

    diffpool::Control control = good(diffpool::Control::create());
    good(control.set_timeout(std::chrono::seconds(0)));
    CHECK(failed(session.predict(dataset, 0, control), Status::timeout, ""));
    good(control.set_deadline(std::chrono::steady_clock::now() - std::chrono::hours(1)));
    CHECK(failed(session.try_predict(dataset, 0, control), Status::timeout, ""));
    good(control.clear_timeout());
    good(control.on_progress([](std::size_t, std::size_t) { return diffpool::Then::stop; }));
    diffpool::Predictor predictor = good(diffpool::Predictor::create(model, 1));
    CHECK(failed(predictor.predict(dataset, diffpool::all, control), Status::cancelled, ""));
    CHECK(good(predictor.evaluate(dataset, split.test())).graph_count() == split.test().size());
    CHECK(failed(predictor.evaluate(dataset, std::vector<std::size_t>()), Status::invalid_argument, "no graphs"));
}

}  // namespace

int main() {
    test_outcomes();
    test_training();
    std::puts("all is as expected without exceptions");
}
