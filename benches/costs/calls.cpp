// What a call from C++ costs through diffpool.hpp, which turns failures into exceptions.
//
//     calls_cpp TINY_MODEL
#include "calls.h"

#include <diffpool.hpp>

static void refused(const diffpool::Session &none) {
    try {
        none.class_index();
    } catch (const diffpool::Error &) {
        return;
    }
    std::exit(1);
}

// A graph is filled and predicted, as for every graph that a program meets.
static void predict_node(diffpool::Session &session, diffpool::Graph &node) {
    const float x[] = {0.5f};
    session.predict(node.set_nodes(1).set_x(diffpool::Span<const float>(x), 1));
}

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::fputs("usage: calls_cpp TINY_MODEL\n", stderr);
        return 1;
    }
    const auto model = diffpool::Model::load(argv[1]);
    diffpool::Session session(model);
    const diffpool::Session none = diffpool::Session::adopt(nullptr, model);
    diffpool::Graph node;
    volatile std::size_t seen = 0;

    MEASURE("C++", "getter that cannot fail", 20000, seen = diffpool::version());
    MEASURE("C++", "getter of a handle", 20000, seen = model.class_count());
    MEASURE("C++", "failure with a message", 500, refused(none));
    MEASURE("C++", "prediction of one node", 1000, predict_node(session, node));
    MEASURE("C++", "class of the prediction", 20000, seen = session.class_index());
    static_cast<void>(seen);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "calls_cpp: %s\n", error.what());
    return 1;
}
