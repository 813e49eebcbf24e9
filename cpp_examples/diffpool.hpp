// What a C++17 program adds to diffpool.h: handles that free themselves, and exceptions.
//
//     auto config = diffpool::make<diffpool::Config>(diffpool_config_new, "default");
//     diffpool::call(diffpool_config_set_int, config.get(), "epochs", 100);
//
// There is no class for every handle on purpose: the functions are those of the C header, and nothing has to be learned
// twice.
#pragma once

#include <diffpool.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace diffpool {

template <auto Free>
struct Freer {
    template <class Handle>
    void operator()(Handle *handle) const noexcept {
        Free(handle);
    }
};

using Graph = std::unique_ptr<diffpool_graph, Freer<diffpool_graph_free>>;
using Control = std::unique_ptr<diffpool_control, Freer<diffpool_control_free>>;
using Config = std::unique_ptr<diffpool_config, Freer<diffpool_config_free>>;
using Dataset = std::unique_ptr<diffpool_dataset, Freer<diffpool_dataset_free>>;
using DatasetWriter = std::unique_ptr<diffpool_dataset_writer, Freer<diffpool_dataset_writer_free>>;
using Split = std::unique_ptr<diffpool_split, Freer<diffpool_split_free>>;
using Model = std::unique_ptr<diffpool_model, Freer<diffpool_model_free>>;
using Trainer = std::unique_ptr<diffpool_trainer, Freer<diffpool_trainer_free>>;
using Evaluation = std::unique_ptr<diffpool_evaluation, Freer<diffpool_evaluation_free>>;
using Predictor = std::unique_ptr<diffpool_predictor, Freer<diffpool_predictor_free>>;
using Session = std::unique_ptr<diffpool_session, Freer<diffpool_session_free>>;

// A failed call: the library's message, and its status.
class Error : public std::runtime_error {
  public:
    Error(diffpool_status status, const char *message) : std::runtime_error(message), status_(status) {}

    diffpool_status status() const noexcept { return status_; }

  private:
    diffpool_status status_;
};

// Calls `function(arguments..., &error)` and throws `Error` when it fails.
template <class Function, class... Arguments>
void call(Function function, Arguments... arguments) {
    diffpool_error *raw = nullptr;
    const diffpool_status status = function(arguments..., &raw);
    if (status != DIFFPOOL_STATUS_OK) {
        const std::unique_ptr<diffpool_error, Freer<diffpool_error_free>> error(raw);
        throw Error(status, error ? diffpool_error_message(error.get()) : diffpool_status_name(status));
    }
}

// Calls a function that hands out a new handle, and takes the handle over.
template <class Handle, class Function, class... Arguments>
Handle make(Function function, Arguments... arguments) {
    typename Handle::pointer raw = nullptr;
    call(function, arguments..., &raw);
    return Handle(raw);
}

// Calls a function that hands out a new string, and takes the text over.
template <class Function, class... Arguments>
std::string text(Function function, Arguments... arguments) {
    char *raw = nullptr;
    call(function, arguments..., &raw);
    const std::unique_ptr<char, Freer<diffpool_string_free>> owner(raw);
    return std::string(raw);
}

// Calls a function that may fail and hands out one plain value, for example the class of a graph.
template <class Value, class Function, class... Arguments>
Value value(Function function, Arguments... arguments) {
    Value result{};
    call(function, arguments..., &result);
    return result;
}

// Calls a function that fills an array, after asking it how many values there are.
template <class Value, class Function, class... Arguments>
std::vector<Value> values(Function function, Arguments... arguments) {
    std::size_t length = 0;
    Value *const none = nullptr;
    call(function, arguments..., none, std::size_t{0}, &length);
    std::vector<Value> result(length);
    call(function, arguments..., result.data(), result.size(), &length);
    return result;
}

// A matrix by rows.
struct Matrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<float> data;

    float operator()(std::size_t row, std::size_t column) const { return data[row * columns + column]; }
};

// Calls a function that fills an array with a matrix, after asking it for the shape.
template <class Function, class... Arguments>
Matrix matrix(Function function, Arguments... arguments) {
    Matrix result;
    float *const none = nullptr;
    call(function, arguments..., none, std::size_t{0}, &result.rows, &result.columns);
    result.data.resize(result.rows * result.columns);
    call(function, arguments..., result.data.data(), result.data.size(), &result.rows, &result.columns);
    return result;
}

}  // namespace diffpool
