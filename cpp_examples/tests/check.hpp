// What the tests of diffpool.hpp share: a check that names what is wrong, and small things to try the classes on.
#pragma once

#include <diffpool.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// Ends the program where `condition` does not hold.
#define CHECK(condition) checks::check((condition), #condition, __FILE__, __LINE__)

namespace checks {

inline void check(bool holds, const char *condition, const char *file, int line) {
    if (!holds) {
        std::fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, condition);
        std::exit(1);
    }
}

inline bool contains(std::string_view text, std::string_view part) {
    if (text.find(part) != std::string_view::npos) {
        return true;
    }
    std::fprintf(stderr, "'%.*s' is not in '%.*s'\n", static_cast<int>(part.size()), part.data(),
                 static_cast<int>(text.size()), text.data());
    return false;
}

// Whether an Expected has failed by a status, with a message that has a part.
template <class T>
bool failed(const diffpool::Expected<T> &outcome, diffpool::Status status, std::string_view part) {
    if (outcome.status() != status) {
        std::fprintf(stderr, "the status is %s, not %s: %s\n", diffpool::status_name(outcome.status()),
                     diffpool::status_name(status), outcome ? "no error" : outcome.error().what());
        return false;
    }
    return !outcome && contains(outcome.error().what(), part);
}

// Whether a call fails so, thrown or not.
template <class Function>
bool fails(diffpool::Status status, std::string_view part, Function &&function) {
    return failed(diffpool::attempt(std::forward<Function>(function)), status, part);
}

// The ends of the edges of a ring.
struct Ring {
    explicit Ring(std::size_t nodes) : from(nodes), to(nodes) {
        for (std::size_t node = 0; node < nodes; ++node) {
            from[node] = static_cast<std::int32_t>(node);
            to[node] = static_cast<std::int32_t>((node + 1) % nodes);
        }
    }
    std::vector<std::int32_t> from, to;
};

// Keys for a network that trains in no time.
inline constexpr std::string_view small =
    R"({"embed_hidden": 4, "embed_output": 4, "assign_hidden": 4, "clusters": [3, 2], "head_hidden": [4],
        "batch_size": 5, "epochs": 2, "threads": 1})";

}  // namespace checks
