// What the examples in diffpool.hpp find, see its introduction.
#pragma once

#include "check.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct There {
    There() {
        const diffpool::Split held = diffpool::Split::holdout(dataset, 0.4, 1);
        const std::vector<std::size_t> rest(held.test().begin(), held.test().end());
        split.set_train(held.train());
        split.set_validation(diffpool::Span<const std::size_t>(rest.data(), 6));
        split.set_test(diffpool::Span<const std::size_t>(rest.data() + 6, rest.size() - 6));
        config.merge_json(checks::small).set("epochs", 1);
        trainer = diffpool::Trainer(config, dataset, split);
        trainer.fit();
        model = trainer.model();
        trainer.set_epochs(2);
        session = diffpool::Session(model);
        predictor = diffpool::Predictor(model, 1);
        const checks::Ring ring(5);
        graph.set_edges(5, ring.from, ring.to);
    }

    diffpool::Dataset dataset = diffpool::Dataset::synthetic("ba", 30, 1);
    diffpool::Split split{};
    diffpool::Config config{};
    diffpool::Trainer trainer = diffpool::Trainer::adopt(nullptr);
    diffpool::Model model{};
    diffpool::Session session = diffpool::Session::adopt(nullptr, model);
    diffpool::Predictor predictor = diffpool::Predictor::adopt(nullptr, model);
    diffpool::Graph graph{};
};

// Every example has its own objects.
inline void run(void (*example)(There &)) {
    There there;
    example(there);
}
