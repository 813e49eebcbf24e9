// Prints the clusters that each node of a graph went to, at every pooling level, and the nodes that mattered most.
#include "program.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

namespace {

const char *const usage =
    "usage: inspect_assignments --model FILE [options]\n"
    "  --data FOLDER       graphs in TU format\n"
    "  --synthetic KIND    graphs made by the library instead: ba, hierarchy or syntax_trees\n"
    "  --graphs N          how many of them (100)\n"
    "  --data-seed N       from which seed (0)\n"
    "  --graph N           which graph to look at (0)\n";

// Assignments are soft: a node belongs to every cluster a little. This takes the cluster that it belongs to most.
std::vector<std::size_t> strongest_clusters(const diffpool::Matrix<float> &s) {
    std::vector<std::size_t> clusters(s.rows, 0);
    for (std::size_t node = 0; node < s.rows; ++node) {
        for (std::size_t cluster = 1; cluster < s.columns; ++cluster) {
            if (s(node, cluster) > s(node, clusters[node])) {
                clusters[node] = cluster;
            }
        }
    }
    return clusters;
}

// Every row of an assignment matrix is a probability distribution.
void check_rows(const diffpool::Matrix<float> &s, std::size_t level) {
    for (std::size_t node = 0; node < s.rows; ++node) {
        double sum = 0.0;
        for (std::size_t cluster = 0; cluster < s.columns; ++cluster) {
            sum += static_cast<double>(s(node, cluster));
        }
        if (std::fabs(sum - 1.0) > 1e-4) {
            throw std::runtime_error("level " + std::to_string(level) + ": the assignment of node " +
                                     std::to_string(node) + " sums to " + std::to_string(sum));
        }
    }
}

double mean_strength(const diffpool::Matrix<float> &s, const std::vector<std::size_t> &clusters) {
    double sum = 0.0;
    for (std::size_t node = 0; node < s.rows; ++node) {
        sum += static_cast<double>(s(node, clusters[node]));
    }
    return sum / static_cast<double>(s.rows);
}

void print_members(const std::vector<std::size_t> &clusters, std::size_t count, const char *word) {
    for (std::size_t cluster = 0; cluster < count; ++cluster) {
        std::string members;
        std::size_t size = 0;
        for (std::size_t node = 0; node < clusters.size(); ++node) {
            if (clusters[node] == cluster) {
                members += " " + std::to_string(node);
                ++size;
            }
        }
        if (size > 0) {
            std::printf("  cluster %3zu has %3zu %s:%s\n", cluster, size, word, members.c_str());
        }
    }
}

// The diagnostics are what the library says about the clusters of a level. They collapsed where few are in use, and do
// not follow the edges where the modularity is near 0.
void print_levels(const diffpool::Session &session) {
    const std::size_t levels = session.levels().size();
    if (levels == 0) {
        std::printf("the model does not pool: it has no clusters\n");
    }
    std::vector<std::size_t> cluster_of_node;
    for (const diffpool::Session::Level &level : session.levels()) {
        const diffpool::Matrix<float> s = level.assignment();
        check_rows(s, level.index());
        const auto clusters = strongest_clusters(s);
        const char *const word = level.index() == 0 ? "nodes" : "clusters";
        std::printf(
            "level %zu: %zu %s into %zu clusters, %.0f of them in use; the strongest one holds %.0f %% of a "
            "node on average, %.0f %% of the edge weight is inside clusters, modularity %.2f\n",
            level.index() + 1, s.rows, word, s.columns, level.diagnostic("clusters_in_use"),
            100.0 * mean_strength(s, clusters), 100.0 * level.diagnostic("edges_inside"),
            level.diagnostic("modularity"));
        print_members(clusters, s.columns, word);
        if (level.index() == 0) {
            cluster_of_node = clusters;
        } else {
            for (std::size_t &cluster : cluster_of_node) {
                cluster = clusters[cluster];
            }
        }
    }
    if (levels > 1) {
        std::printf("through all levels, node by node:\n");
        for (std::size_t node = 0; node < cluster_of_node.size(); ++node) {
            std::printf("%s%zu:%zu", node % 12 == 0 ? "  " : " ", node, cluster_of_node[node]);
            std::printf("%s", node % 12 == 11 || node + 1 == cluster_of_node.size() ? "\n" : "");
        }
    }
}

// The nodes that speak loudest for the predicted class or against it.
void print_importance(diffpool::Session &session) {
    const std::vector<float> importance = session.node_importance(session.class_index());
    std::vector<std::size_t> order(importance.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return std::fabs(importance[a]) > std::fabs(importance[b]); });
    order.resize(std::min<std::size_t>(order.size(), 5));
    std::printf("the nodes that mattered most, and what they add to the logit:\n");
    for (const std::size_t node : order) {
        std::printf("  node %4zu %+.4f\n", node, static_cast<double>(importance[node]));
    }
}

int body(int argc, char **argv) {
    const program::Options options(argc, argv, program::with_data_options({"--model", "--graph"}));
    if (!options.has("--model")) {
        throw program::UsageError("--model is missing");
    }
    const auto model = diffpool::Model::load(options.text("--model"));
    const diffpool::Dataset dataset = program::load_data(options);
    const std::size_t graph = options.count("--graph", 0);

    diffpool::Session session(model);
    session.predict(dataset, graph);
    const std::size_t y = program::classes_of(dataset).at(graph);
    std::printf("graph %zu: class %s, predicted %s\n", graph, program::class_name(dataset, y).c_str(),
                session.class_name().data());
    print_levels(session);
    print_importance(session);
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("inspect_assignments", usage, [&] { return body(argc, argv); });
}
