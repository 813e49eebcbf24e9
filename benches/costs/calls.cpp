// What a call from C++ costs through diffpool.hpp, which turns failures into exceptions.
//
//     calls_cpp TINY_MODEL
#include "calls.h"

#include "diffpool.hpp"

static void refused() {
    try {
        diffpool::value<std::size_t>(diffpool_session_class, nullptr);
    } catch (const diffpool::Error &) {
        return;
    }
    std::exit(1);
}

// A graph is filled and predicted, as for every graph that a program meets.
static void predict_node(diffpool_session *session, diffpool_graph *node) {
    const float x[] = {0.5f};
    diffpool::call(diffpool_graph_set_edges, node, std::size_t{1}, nullptr, nullptr, std::size_t{0});
    diffpool::call(diffpool_graph_set_x, node, &x[0], std::size_t{1}, std::size_t{1});
    diffpool::call(diffpool_session_predict, session, node, nullptr);
}

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::fputs("usage: calls_cpp TINY_MODEL\n", stderr);
        return 1;
    }
    const auto model = diffpool::make<diffpool::Model>(diffpool_model_load, argv[1]);
    const auto session = diffpool::make<diffpool::Session>(diffpool_session_new, model.get());
    const auto node = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    volatile std::size_t seen = 0;

    MEASURE("C++", "getter that cannot fail", 20000, seen = diffpool_version());
    MEASURE("C++", "getter of a handle", 20000, seen = diffpool_model_class_count(model.get()));
    MEASURE("C++", "failure with a message", 500, refused());
    MEASURE("C++", "prediction of one node", 1000, predict_node(session.get(), node.get()));
    MEASURE("C++", "class of the prediction", 20000,
            seen = diffpool::value<std::size_t>(diffpool_session_class, session.get()));
    static_cast<void>(seen);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "calls_cpp: %s\n", error.what());
    return 1;
}
