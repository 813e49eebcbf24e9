// Node features from a matrix that is stored column by column, as Eigen, Armadillo and Fortran have them, and from a
// part of such a matrix: without a copy of one's own. The same features row by row give the same bits.
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
    double operator()(std::size_t row, std::size_t column) const { return storage_[column * stride_ + row]; }
    diffpool::Span<const double> values() const { return storage_; }
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

// table.block(first_row, first_column, nodes, features), in Eigen's words. That it lies within the table is checked.
diffpool::Strided<double> block(const ColumnMajor &table, std::size_t first_row, std::size_t first_column) {
    return {table.values(),
            nodes,
            features,
            1,
            static_cast<std::ptrdiff_t>(table.stride()),
            first_column * table.stride() + first_row};
}

// The same as a program has to write it without strides.
std::vector<float> by_rows(const ColumnMajor &table, std::size_t first_row, std::size_t first_column) {
    std::vector<float> x;
    for (std::size_t row = 0; row < nodes; ++row) {
        for (std::size_t column = 0; column < features; ++column) {
            x.push_back(static_cast<float>(table(first_row + row, first_column + column)));
        }
    }
    return x;
}

diffpool::Graph make_path() {
    std::vector<std::int32_t> from, to;
    for (std::int32_t node = 1; node < static_cast<std::int32_t>(nodes); ++node) {
        from.push_back(node - 1);
        to.push_back(node);
    }
    diffpool::Graph graph;
    graph.set_edges(nodes, from, to);
    return graph;
}

// Two graphs with other features and another class each are enough for a model, which is not trained here.
diffpool::Model make_model(diffpool::Graph &graph, const ColumnMajor &table) {
    diffpool::Dataset dataset("paths");
    for (const std::size_t y : {0, 1}) {
        dataset.add(graph.set_x(block(table, y, y)).set_class(y));
    }
    return diffpool::Model::create(diffpool::Config(), dataset);
}

int body() {
    const ColumnMajor table = make_table();
    diffpool::Graph graph = make_path();
    diffpool::Session session(make_model(graph, table));

    const std::vector<float> in_columns = session.predict(graph.set_x(block(table, 1, 1))).logits();
    const std::vector<float> in_rows = session.predict(graph.set_x(by_rows(table, 1, 1), features)).logits();
    if (in_rows.size() != in_columns.size() ||
        std::memcmp(in_rows.data(), in_columns.data(), in_rows.size() * sizeof(float)) != 0) {
        throw std::runtime_error("by columns and by rows the logits differ");
    }
    std::printf("by columns and by rows: the same %zu logits\n", in_rows.size());

    // A block that is not in the table, and rows and columns mixed up: as many columns as there are nodes.
    const diffpool::Strided<double> outside = block(table, 2, 1);
    const diffpool::Strided<double> mixed = {table.values(), features, nodes,
                                             static_cast<std::ptrdiff_t>(table.stride()), 1};
    for (const diffpool::Strided<double> &wrong : {outside, mixed}) {
        const auto done = diffpool::attempt([&] { session.predict(graph.set_x(wrong)); });
        if (done) {
            throw std::runtime_error("a matrix that does not fit was taken");
        }
        std::printf("%s: %s (%s)\n", wrong.rows == nodes ? "outside" : "mixed up", done.error().what(),
                    diffpool::status_name(done.status()));
    }
    return 0;
}

}  // namespace

int main() { return program::run("column_major", "usage: column_major\n", body); }
