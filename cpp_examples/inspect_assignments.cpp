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
std::vector<std::size_t> strongest_clusters(const diffpool::Matrix &s) {
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
void check_rows(const diffpool::Matrix &s, std::size_t level) {
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

double mean_strength(const diffpool::Matrix &s, const std::vector<std::size_t> &clusters) {
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
void print_levels(const diffpool_model *model, const diffpool_session *session) {
    const auto levels = diffpool_model_level_count(model);
    if (levels == 0) {
        std::printf("the model does not pool: it has no clusters\n");
    }
    std::vector<std::size_t> cluster_of_node;
    for (std::size_t level = 0; level < levels; ++level) {
        const auto s = diffpool::matrix(diffpool_session_copy_assignment, session, level);
        check_rows(s, level);
        const auto clusters = strongest_clusters(s);
        std::printf("level %zu: %zu %s into %zu clusters, %.0f of them in use; the strongest one holds %.0f %% of a "
                    "node on average, %.0f %% of the edge weight is inside clusters, modularity %.2f\n",
                    level + 1, s.rows, level == 0 ? "nodes" : "clusters", s.columns,
                    diffpool_session_diagnostic(session, level, "clusters_in_use"),
                    100.0 * mean_strength(s, clusters),
                    100.0 * diffpool_session_diagnostic(session, level, "edges_inside"),
                    diffpool_session_diagnostic(session, level, "modularity"));
        print_members(clusters, s.columns, level == 0 ? "nodes" : "clusters");
        if (level == 0) {
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
void print_importance(diffpool_session *session, std::size_t predicted) {
    const auto importance = diffpool::values<float>(diffpool_session_copy_node_importance, session, predicted);
    std::vector<std::size_t> order(importance.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::fabs(importance[a]) > std::fabs(importance[b]);
    });
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
    const auto model = diffpool::make<diffpool::Model>(diffpool_model_load, options.text("--model").c_str());
    const auto dataset = program::load_data(options);
    const std::size_t graph = options.count("--graph", 0);

    const auto session = diffpool::make<diffpool::Session>(diffpool_session_new, model.get());
    diffpool::call(diffpool_session_predict_from, session.get(), dataset.get(), graph, nullptr);
    const auto predicted = diffpool::value<std::size_t>(diffpool_session_class, session.get());
    const std::size_t y = program::classes_of(dataset.get()).at(graph);
    std::printf("graph %zu: class %s, predicted %s\n", graph,
                program::class_name(dataset.get(), y).c_str(),
                diffpool_model_class_name(model.get(), predicted));
    print_levels(model.get(), session.get());
    print_importance(session.get(), predicted);
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    return program::run("inspect_assignments", usage, [&] { return body(argc, argv); });
}
