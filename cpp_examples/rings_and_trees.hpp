// Graphs that the programs learn to tell apart: rings and trees, with a random edge more. The features of a node are
// its share of all edges and a constant.
#pragma once

#include <diffpool.hpp>

#include <cstdint>
#include <random>
#include <vector>

namespace program {

// One graph at a time, in memory that the next one uses again.
class Drawing {
  public:
    void draw(diffpool::Graph &graph, bool ring, std::size_t smallest, std::size_t largest) {
        const std::size_t nodes = smallest + below(largest - smallest + 1);
        from_.clear();
        to_.clear();
        for (std::size_t node = 1; node < nodes; ++node) {
            add(ring ? node - 1 : below(node), node);
        }
        if (ring) {
            add(nodes - 1, 0);
        }
        add(below(nodes), below(nodes));
        x_.assign(features * nodes, 1.0f);
        for (std::size_t node = 0; node < nodes; ++node) {
            x_[features * node] = 0.0f;
        }
        for (std::size_t edge = 0; edge < from_.size(); ++edge) {
            const float share = 1.0f / static_cast<float>(from_.size());
            x_[features * static_cast<std::size_t>(from_[edge])] += share;
            x_[features * static_cast<std::size_t>(to_[edge])] += share;
        }
        graph.set_edges(nodes, from_, to_).set_x(x_, features);
    }

  private:
    static constexpr std::size_t features = 2;

    std::size_t below(std::size_t n) { return random_() % n; }

    void add(std::size_t one, std::size_t other) {
        from_.push_back(static_cast<std::int32_t>(one));
        to_.push_back(static_cast<std::int32_t>(other));
    }

    std::mt19937 random_{1};
    std::vector<std::int32_t> from_, to_;
    std::vector<float> x_;
};

}  // namespace program
