// A prediction by the classes asks for no memory once a graph of the largest size has been seen.
#include "check.hpp"

#include <atomic>
#include <new>

namespace {

std::atomic<std::size_t> requests{0};

}  // namespace

void *operator new(std::size_t size) {
    ++requests;
    if (void *const memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}

void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

int main() {
    const diffpool::Dataset dataset = diffpool::Dataset::synthetic("ba", 4, 1);
    diffpool::Config config;
    const diffpool::Model model = diffpool::Model::create(config.merge_json(checks::small), dataset);
    diffpool::Session session(model);
    const diffpool::Control control;
    const checks::Ring ring(40);
    diffpool::Graph graph;
    std::vector<float> room(model.output_count());

    const auto predict = [&](std::size_t nodes) {
        const diffpool::Span<const std::int32_t> from(ring.from.data(), nodes - 1), to(ring.to.data(), nodes - 1);
        const diffpool::Session &results = session.predict(graph.clear().set_edges(nodes, from, to), control);
        CHECK(results.logits(room) == 2 && results.class_index() < 2 && !results.class_name().empty());
        CHECK(session.try_predict(graph, control) && results.probabilities(room) == 2);
        for (const diffpool::Session::Level &level : session.levels()) {
            CHECK(level.index() < 2);
        }
    };
    predict(40);
    const std::size_t before = requests;
    for (std::size_t nodes = 2; nodes <= 40; ++nodes) {
        predict(nodes);
    }
    CHECK(requests == before);
    std::puts("predictions ask for no memory");
}
