// Node features from a matrix that is stored column by column, as Eigen, Armadillo and Fortran have them, and from a part
// of such a matrix: without a copy of one's own. The same features row by row give the same bits.
#include "program.hpp"

#include <cstdio>
#include <cstring>
#include <vector>

namespace {

// What Eigen::MatrixXd is, without Eigen: data(), rows(), cols(), outerStride(), and block() into a larger matrix.
class ColumnMajor {
  public:
    ColumnMajor(std::size_t rows, std::size_t columns)
        : storage_(rows * columns), rows_(rows), columns_(columns), stride_(rows) {}

    double &operator()(std::size_t row, std::size_t column) { return storage_[column * stride_ + row]; }
    const double *data() const { return storage_.data(); }
    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    std::size_t stride() const { return stride_; }

  private:
    std::vector<double> storage_;
    std::size_t rows_, columns_, stride_;
};

constexpr std::size_t nodes = 7;
constexpr std::size_t features = 3;

// Features in the middle of a larger table: the first row and the first column are something else.
ColumnMajor make_table() {
    ColumnMajor table(nodes + 1, features + 1);
    for (std::size_t row = 0; row < table.rows(); ++row) {
        for (std::size_t column = 0; column < table.columns(); ++column) {
            table(row, column) = 0.125 * static_cast<double>(row * row) - static_cast<double>(column);
        }
    }
    return table;
}

// table.block(first_row, first_column, nodes, features), in Eigen's words.
void set_x(diffpool_graph *graph, const ColumnMajor &table, std::size_t first_row, std::size_t first_column) {
    diffpool::call(diffpool_graph_set_x_strided_f64, graph, table.data() + first_column * table.stride() + first_row,
                   nodes, features, std::ptrdiff_t{1}, static_cast<std::ptrdiff_t>(table.stride()));
}

// The same as a program has to write it without strides.
void set_x_by_rows(diffpool_graph *graph, ColumnMajor &table, std::size_t first_row, std::size_t first_column) {
    std::vector<float> x;
    for (std::size_t row = 0; row < nodes; ++row) {
        for (std::size_t column = 0; column < features; ++column) {
            x.push_back(static_cast<float>(table(first_row + row, first_column + column)));
        }
    }
    diffpool::call(diffpool_graph_set_x, graph, x.data(), nodes, features);
}

diffpool::Graph make_path() {
    std::vector<std::int32_t> from, to;
    for (std::int32_t node = 1; node < static_cast<std::int32_t>(nodes); ++node) {
        from.push_back(node - 1);
        to.push_back(node);
    }
    auto graph = diffpool::make<diffpool::Graph>(diffpool_graph_new);
    diffpool::call(diffpool_graph_set_edges, graph.get(), nodes, from.data(), to.data(), from.size());
    return graph;
}

// Two graphs with other features and another class each are enough for a model, which is not trained here.
diffpool::Model make_model(diffpool_graph *graph, const ColumnMajor &table) {
    const auto dataset = diffpool::make<diffpool::Dataset>(diffpool_dataset_new, "paths", 0u);
    for (const std::size_t y : {0, 1}) {
        set_x(graph, table, y, y);
        diffpool::call(diffpool_graph_set_class, graph, y);
        diffpool::call(diffpool_dataset_add, dataset.get(), graph);
    }
    const auto config = diffpool::make<diffpool::Config>(diffpool_config_new, "default");
    return diffpool::make<diffpool::Model>(diffpool_model_new, config.get(), dataset.get(), nullptr);
}

std::vector<float> predict(diffpool_session *session, const diffpool_graph *graph) {
    diffpool::call(diffpool_session_predict, session, graph, nullptr);
    return diffpool::values<float>(diffpool_session_copy_logits, session);
}

int body() {
    ColumnMajor table = make_table();
    const auto graph = make_path();
    const auto model = make_model(graph.get(), table);
    const auto session = diffpool::make<diffpool::Session>(diffpool_session_new, model.get());

    set_x(graph.get(), table, 1, 1);
    const std::vector<float> by_columns = predict(session.get(), graph.get());
    set_x_by_rows(graph.get(), table, 1, 1);
    const std::vector<float> by_rows = predict(session.get(), graph.get());
    if (by_rows.size() != by_columns.size() ||
        std::memcmp(by_rows.data(), by_columns.data(), by_rows.size() * sizeof(float)) != 0) {
        throw std::runtime_error("by columns and by rows the logits differ");
    }
    std::printf("by columns and by rows: the same %zu logits\n", by_rows.size());

    // Rows and columns mixed up: as many columns as there are nodes.
    diffpool::call(diffpool_graph_set_x_strided_f64, graph.get(), table.data(), features, nodes,
                   static_cast<std::ptrdiff_t>(table.stride()), std::ptrdiff_t{1});
    try {
        diffpool::call(diffpool_session_predict, session.get(), graph.get(), nullptr);
    } catch (const diffpool::Error &error) {
        std::printf("mixed up: %s (%s)\n", error.what(), diffpool_status_name(error.status()));
        return 0;
    }
    throw std::runtime_error("a matrix with rows and columns mixed up was taken");
}

}  // namespace

int main() {
    return program::run("column_major", "usage: column_major\n", body);
}
