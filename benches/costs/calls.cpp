// What a call from C++ costs through diffpool.hpp, which turns failures into exceptions.
//
//     calls_cpp TINY_MODEL
#include "calls.h"

#include "diffpool.hpp"

static void refused() {
    try {
        const diffpool_model *const none = nullptr;
        diffpool::value<std::size_t>(diffpool_model_classes, none);
    } catch (const diffpool::Error &) {
        return;
    }
    std::exit(1);
}

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::fputs("usage: calls_cpp TINY_MODEL\n", stderr);
        return 1;
    }
    const auto model = diffpool::make<diffpool::Model>(diffpool_model_load, argv[1]);
    const auto session = diffpool::make<diffpool::Session>(diffpool_session_new, model.get());
    const float x[] = {0.5f};
    volatile std::size_t seen = 0;
    const std::int32_t *const no_edges = nullptr;
    const float *const no_weights = nullptr;
    const std::int64_t *const no_labels = nullptr;
    const std::int32_t *const no_categories = nullptr;

    MEASURE("C++", "getter that cannot fail", 20000, seen = diffpool_version());
    MEASURE("C++", "getter of a handle", 20000,
            seen = diffpool::value<std::size_t>(diffpool_model_classes, model.get()));
    MEASURE("C++", "failure with a message", 500, refused());
    MEASURE("C++", "prediction of one node", 1000,
            diffpool::call(diffpool_session_predict_edges, session.get(), std::size_t{1}, std::size_t{0}, no_edges,
                           no_edges, no_weights, no_labels, x, no_categories, no_labels));
    MEASURE("C++", "class of the prediction", 20000,
            seen = diffpool::value<std::size_t>(diffpool_session_class, session.get()));
    static_cast<void>(seen);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "calls_cpp: %s\n", error.what());
    return 1;
}
