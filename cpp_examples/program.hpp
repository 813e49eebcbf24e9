// What the example programs share and what has nothing to do with the library: options, data by name, errors to people.
#pragma once

#include <diffpool.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace program {

// A wrong command line.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Options of the form `--name value`, and flags of the form `--name`.
class Options {
  public:
    Options(int argc, char **argv, const std::set<std::string> &valued, const std::set<std::string> &flags = {}) {
        for (int i = 1; i < argc; ++i) {
            const std::string name = argv[i];
            if (flags.count(name) != 0) {
                flags_.insert(name);
            } else if (valued.count(name) == 0) {
                throw UsageError("unknown option '" + name + "'");
            } else if (i + 1 == argc) {
                throw UsageError(name + " needs a value");
            } else {
                values_[name] = argv[++i];
            }
        }
    }

    bool has(const std::string &name) const { return flags_.count(name) != 0 || values_.count(name) != 0; }

    std::string text(const std::string &name, const std::string &otherwise = "") const {
        const auto found = values_.find(name);
        return found == values_.end() ? otherwise : found->second;
    }

    std::int64_t whole(const std::string &name, std::int64_t otherwise) const {
        return parsed<std::int64_t>(name, otherwise, [](const std::string &text, std::size_t *end) {
            return static_cast<std::int64_t>(std::stoll(text, end));
        });
    }

    double real(const std::string &name, double otherwise) const {
        return parsed<double>(name, otherwise,
                              [](const std::string &text, std::size_t *end) { return std::stod(text, end); });
    }

    // A number that counts something.
    std::size_t count(const std::string &name, std::size_t otherwise) const {
        const std::int64_t result = whole(name, static_cast<std::int64_t>(otherwise));
        if (result < 0) {
            throw UsageError(name + " must not be negative, but is " + text(name));
        }
        return static_cast<std::size_t>(result);
    }

  private:
    template <class Value, class Parse>
    Value parsed(const std::string &name, Value otherwise, Parse parse) const {
        const auto found = values_.find(name);
        if (found == values_.end()) {
            return otherwise;
        }
        std::size_t end = 0;
        try {
            const Value result = parse(found->second, &end);
            if (end == found->second.size()) {
                return result;
            }
        } catch (const std::logic_error &) {
            // Not a number, or one that is too large: both are reported below.
        }
        throw UsageError(name + " needs a number, but is '" + found->second + "'");
    }

    std::map<std::string, std::string> values_;
    std::set<std::string> flags_;
};

// The options that say which graphs to use; `load_data` reads them.
inline const std::set<std::string> data_options = {"--data", "--synthetic", "--graphs", "--data-seed"};

inline std::set<std::string> with_data_options(std::set<std::string> names) {
    names.insert(data_options.begin(), data_options.end());
    return names;
}

// A folder in TU format with `--data`, or graphs made by the library with `--synthetic`.
inline diffpool::Dataset load_data(const Options &options) {
    if (options.has("--data")) {
        return diffpool::Dataset::load(options.text("--data"), "tu");
    }
    return diffpool::Dataset::synthetic(options.text("--synthetic", "ba"), options.count("--graphs", 100),
                                        options.count("--data-seed", 0));
}

inline std::vector<std::string> class_names(const diffpool::Model &model) {
    std::vector<std::string> names;
    for (const std::string_view name : model.class_names()) {
        names.emplace_back(name);
    }
    return names;
}

// The name of a class in a data set: its number, where it was given none.
inline std::string class_name(const diffpool::Dataset &dataset, std::size_t y) {
    const std::string_view name = dataset.class_name(y);
    return name.empty() ? std::to_string(y) : std::string(name);
}

// The class of every graph. Where graphs have none, as those with sequences, all are of class 0.
inline std::vector<std::size_t> classes_of(const diffpool::Dataset &dataset) {
    diffpool::Graph graph;
    std::vector<std::size_t> classes(dataset.graph_count());
    for (std::size_t i = 0; i < classes.size(); ++i) {
        dataset.get_graph(i, graph);
        classes[i] = graph.class_index().value_or(0);
    }
    return classes;
}

// How wide a column of a table must be for a title and the names below it.
inline int column_width(std::size_t title, const std::vector<std::string> &names) {
    std::size_t width = title;
    for (const std::string &name : names) {
        width = std::max(width, name.size());
    }
    return static_cast<int>(width);
}

// Whole numbers, one in a line.
inline std::vector<std::size_t> read_indices(const std::string &path) {
    std::ifstream file(path);
    if (!file) {
        throw std::runtime_error("cannot open " + path);
    }
    std::vector<std::size_t> indices;
    for (std::size_t index = 0; file >> index;) {
        indices.push_back(index);
    }
    if (!file.eof()) {
        throw std::runtime_error(path + " has a line that is not a number, after " + std::to_string(indices.size()) +
                                 " good ones");
    }
    return indices;
}

inline void write_indices(const std::string &path, diffpool::Span<const std::size_t> indices) {
    std::ofstream file(path);
    for (const std::size_t index : indices) {
        file << index << '\n';
    }
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path);
    }
}

// Runs `body` and turns every exception into a message and the exit status of a failed program.
template <class Body>
int run(const char *name, const char *usage, Body body) {
    try {
        return body();
    } catch (const UsageError &error) {
        std::fprintf(stderr, "%s: %s\n%s", name, error.what(), usage);
    } catch (const diffpool::Error &error) {
        std::fprintf(stderr, "%s: %s (%s)\n", name, error.what(), diffpool::status_name(error.status()));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s: %s\n", name, error.what());
    }
    return 1;
}

}  // namespace program
