// diffpool.hpp - DiffPool graph classification from C++17: classes over diffpool.h, in this one header.
//
// CONTENTS
//
//     Span, Strided, Matrix      arrays that are lent, given with strides, returned
//     Status, Error, Expected    how a call fails
//     Result, attempt            how a call hands out what it makes, with exceptions and without
//     Control                    what a long call may take; cancels it, gives it a deadline, watches it
//     Graph                      one graph, filled and read
//     Dataset, DatasetWriter     many graphs, in memory or in a file
//     Split                      which graphs to train on, and which to keep back
//     Config                     what a model looks like and how it is trained
//     Model, ModelEditor         a trained network, shared and immutable; a copy to be changed
//     Schema, Tensor, Metadata   what a model expects, its weights, what is written down with it
//     Session                    predicts one graph at a time
//     Predictor                  predicts and evaluates many, on many threads
//     Evaluation                 how well a model does
//     Trainer                    trains
//     Epoch, History             what each epoch of training came to
//
// TRAIN AND SAVE
//
//     #include <diffpool.hpp>
//     #include <cstdio>
//
//     int main() {
//         const auto dataset = diffpool::Dataset::synthetic("ba", 200, 1);
//         const auto split = diffpool::Split::holdout(dataset, 0.1, 1);
//         diffpool::Config config;
//         config.set("epochs", 10).set("learning_rate", 0.002);
//         diffpool::Trainer trainer(config, dataset, split);
//         trainer.fit([](const diffpool::Epoch &epoch) {
//             std::printf("epoch %2zu  loss %.3f\n", epoch.number(), epoch.metric("loss"));
//         });
//         const diffpool::Model model = trainer.model();
//         model.save("first.safetensors");
//         diffpool::Predictor predictor(model);
//         const auto evaluation = predictor.evaluate(dataset, split.test());
//         std::printf("accuracy of %zu graphs kept back: %.2f\n", evaluation.graph_count(),
//                     evaluation.metric("accuracy"));
//     }
//
// LOAD AND PREDICT
//
//     #include <diffpool.hpp>
//     #include <cstdio>
//     #include <vector>
//
//     int main() {
//         const auto model = diffpool::Model::load("first.safetensors");
//         diffpool::Session session(model);
//         const std::vector<std::int32_t> from = {0, 1, 2, 3, 4}, to = {1, 2, 3, 4, 0};
//         diffpool::Graph ring;
//         ring.set_edges(5, from, to);
//         std::printf("the ring is of class %s\n", session.predict(ring).class_name().data());
//     }
//
// Compile with `c++ -std=c++17 program.cpp -ldiffpool`. No translation unit needs anything beside this header and
// diffpool.h.
//
// THE RULES, which hold for every class and method unless it says otherwise
//
// Failures. A call that fails throws Error, which has a status and a message with the offending values; what the call
// was to change is as it was. Where exceptions are off (-fno-exceptions), or DIFFPOOL_NO_EXCEPTIONS is defined before
// this header is included, nothing is thrown: `Result<T>` then is Expected<T>, a T or an Error, and there are no
// constructors that can fail, so that what is written as `Session session(model)` is `Session::create(model)`. "Fails"
// names the statuses of a call; any may also fail by null_pointer, poisoned, out_of_memory and panic, and any that
// takes a string by invalid_argument, as where there is a NUL in it.
//
// Lengths. Every array is a Span and has its length, which is compared with all others that are known before anything
// is read: the wrong one is shape_mismatch, with both numbers. An array to be written to that is too short is
// buffer_too_small, and is not touched.
//
// Ownership. Objects own what they are made of and are moved; Model is shared, so that a copy of it costs nothing.
// Arguments are copied, and may be changed or go once a call returns. A Span or string_view that a method returns is
// lent by the object until that is changed, moved from or gone; methods that would lend what a temporary owns do not
// compile. Objects keep alive what they need of one another, so that they may go in any order.
//
// Moved-from objects. One that was moved from can be assigned to or destroyed. Any call with it fails by null_pointer,
// as argument, too; a count is then 0, a number NaN, a string empty.
//
// Threads. `const` methods of one object may be called by any number of threads at once; others by one at a time, while
// no other thread uses the object. Nothing is tied to the thread that made it.
//
// Callbacks are any callable objects. They run on the thread that made the call. One that returns nothing lets the call
// go on; one that returns Then decides. An exception thrown by a callback stops the call and comes out of it,
// unchanged.
//
// Strings are UTF-8; a string_view that is lent ends in a NUL, so that its `data()` is a C string. Paths are
// std::filesystem::path. Times are of std::chrono. Matrices are stored row by row.
//
// Handles of diffpool.h: `get()` lends the one of an object, `release()` hands it over to the caller, and `adopt` takes
// one over, for programs that are written in both.
//
// Examples. Every class has one. Names that they do not explain are objects that are there: `config`; `dataset`, which
// has 30 graphs of two classes, and a `split` of it in three parts; `trainer`, which has an epoch to go; the `model`
// that it gave before, and a `session` and a `predictor` of that; `graph`, a ring of five nodes.
#ifndef DIFFPOOL_HPP
#define DIFFPOOL_HPP

#include "diffpool.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Whether the compiler has exceptions, and whether this header reports failures by them.
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define DIFFPOOL_HPP_CAN_THROW 1
#else
#define DIFFPOOL_HPP_CAN_THROW 0
#ifndef DIFFPOOL_NO_EXCEPTIONS
#define DIFFPOOL_NO_EXCEPTIONS
#endif
#endif

// Translation units with exceptions and without, and of several versions of this header, may be linked together: the
// classes of each are in an inline namespace of its own.
#ifdef DIFFPOOL_NO_EXCEPTIONS
#define DIFFPOOL_HPP_THROWS 0
#define DIFFPOOL_HPP_MODE expected
#else
#define DIFFPOOL_HPP_THROWS 1
#define DIFFPOOL_HPP_MODE throwing
#endif
#define DIFFPOOL_HPP_JOIN(major, minor, patch, mode) v##major##_##minor##_##patch##_##mode
#define DIFFPOOL_HPP_EXPAND(major, minor, patch, mode) DIFFPOOL_HPP_JOIN(major, minor, patch, mode)
#define DIFFPOOL_HPP_NAMESPACE \
    DIFFPOOL_HPP_EXPAND(DIFFPOOL_VERSION_MAJOR, DIFFPOOL_VERSION_MINOR, DIFFPOOL_VERSION_PATCH, DIFFPOOL_HPP_MODE)

// An Error that crosses from one shared library to another is caught there, whatever the visibility of the rest.
#if defined(__GNUC__) && !defined(_WIN32)
#define DIFFPOOL_HPP_VISIBLE __attribute__((visibility("default")))
#else
#define DIFFPOOL_HPP_VISIBLE
#endif

/// Classes for graphs, data sets, models and their training over the functions of diffpool.h.
namespace diffpool {
inline namespace DIFFPOOL_HPP_NAMESPACE {

// =====================================================================================================================
// Arrays
// =====================================================================================================================

/// A Span is a pointer and a length: an array that belongs to somebody else. It is made from whatever has `data()` and
/// `size()`, such as std::vector, std::array and std::span, and from arrays; in C++20 it becomes a std::span by itself.
/// It is one class in every standard, so that translation units of different ones can be linked.
///
///     const std::vector<float> weights = {1, 2, 3};
///     const diffpool::Span<const float> all = weights, first(weights.data(), 1);
///     std::printf("%zu of %zu\n", first.size(), all.size());
template <class T>
class Span {
    template <class Container>
    using data_of = std::remove_pointer_t<decltype(std::declval<Container &>().data())>;

    // Of a temporary only an array that is not written to can be meant.
    template <class Container>
    using if_fits = std::enable_if_t<std::is_convertible_v<data_of<Container> (*)[], T (*)[]> &&
                                     std::is_convertible_v<decltype(std::declval<Container &>().size()), std::size_t> &&
                                     (std::is_lvalue_reference_v<Container> || std::is_const_v<T>)>;

  public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using size_type = std::size_t;
    using pointer = T *;
    using reference = T &;
    using iterator = T *;

    constexpr Span() noexcept = default;
    constexpr Span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N>
    constexpr Span(T (&array)[N]) noexcept : data_(array), size_(N) {}
    template <class Container, class = if_fits<Container>>
    constexpr Span(Container &&container) noexcept : data_(container.data()), size_(container.size()) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

/// A Matrix is what a method returns as rows and columns: `values` has them row by row.
///
///     session.predict(graph);
///     const diffpool::Matrix<float> s = session.levels()[0].assignment();
///     for (std::size_t node = 0; node < s.rows; ++node)
///         std::printf("%.2f of node %zu goes to cluster 0\n", static_cast<double>(s(node, 0)), node);
template <class T>
struct Matrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<T> values{};

    const T &operator()(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
    /// The values of one row.
    Span<const T> row(std::size_t index) const & noexcept { return {values.data() + index * columns, columns}; }
    Span<const T> row(std::size_t index) const && = delete;
};

/// A Strided matrix lies in an array of the caller's in any regular way: the value of row i and column j is number
/// `first` + i * `row_stride` + j * `column_stride` of `values`. Strides may be negative or 0. Whether all of it lies
/// within `values` is checked where it is used. `by_columns` is how Eigen, Armadillo and Fortran store a matrix.
///
///     const std::vector<double> columns = {0, 1, 0, 1, 0, 12.5, 12, 16, 12, 14}; // two features of five nodes
///     graph.set_x(diffpool::Strided<double>::by_columns(columns, 5, 2));
template <class T>
struct Strided {
    Span<const T> values{};
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::ptrdiff_t row_stride = 0;
    std::ptrdiff_t column_stride = 0;
    std::size_t first = 0;

    /// A matrix stored column by column, without gaps.
    static Strided by_columns(Span<const T> values, std::size_t rows, std::size_t columns) noexcept {
        return {values, rows, columns, 1, static_cast<std::ptrdiff_t>(rows), 0};
    }
};

/// Bytes are those of a model file in memory; they belong to this object and not to the caller's allocator.
class Bytes {
  public:
    const std::uint8_t *data() const noexcept { return data_.get(); }
    std::size_t size() const noexcept { return size_; }
    const std::uint8_t *begin() const noexcept { return data_.get(); }
    const std::uint8_t *end() const noexcept { return data_.get() + size_; }

    /// Takes over an array of bytes that a function of diffpool.h returned.
    static Bytes adopt(std::uint8_t *data, std::size_t size) noexcept { return Bytes(data, size); }

  private:
    struct Free {
        void operator()(std::uint8_t *data) const noexcept { diffpool_bytes_free(data); }
    };
    Bytes(std::uint8_t *data, std::size_t size) noexcept : data_(data), size_(size) {}
    std::unique_ptr<std::uint8_t, Free> data_;
    std::size_t size_;
};

// =====================================================================================================================
// Failures
// =====================================================================================================================

/// A Status says what became of a call. The numbers are fixed, and those of diffpool_status; new ones may be added, so
/// treat an unknown one as a failure.
enum class Status : std::int32_t {
    ok = DIFFPOOL_STATUS_OK,
    invalid_argument = DIFFPOOL_STATUS_INVALID_ARGUMENT,
    null_pointer = DIFFPOOL_STATUS_NULL_POINTER,
    invalid_graph = DIFFPOOL_STATUS_INVALID_GRAPH,
    invalid_config = DIFFPOOL_STATUS_INVALID_CONFIG,
    shape_mismatch = DIFFPOOL_STATUS_SHAPE_MISMATCH,
    io = DIFFPOOL_STATUS_IO,
    parse = DIFFPOOL_STATUS_PARSE,
    invalid_file = DIFFPOOL_STATUS_INVALID_FILE,
    unsupported_version = DIFFPOOL_STATUS_UNSUPPORTED_VERSION,
    out_of_memory = DIFFPOOL_STATUS_OUT_OF_MEMORY,
    invalid_state = DIFFPOOL_STATUS_INVALID_STATE,
    poisoned = DIFFPOOL_STATUS_POISONED,
    panic = DIFFPOOL_STATUS_PANIC,
    cancelled = DIFFPOOL_STATUS_CANCELLED,
    buffer_too_small = DIFFPOOL_STATUS_BUFFER_TOO_SMALL,
    not_found = DIFFPOOL_STATUS_NOT_FOUND,
    diverged = DIFFPOOL_STATUS_DIVERGED,
    unsupported = DIFFPOOL_STATUS_UNSUPPORTED,
    timeout = DIFFPOOL_STATUS_TIMEOUT,
    limit = DIFFPOOL_STATUS_LIMIT
};

/// The name of a status, such as "INVALID_ARGUMENT"; "UNKNOWN" for a number that is none. The string lives as long as
/// the program.
inline const char *status_name(Status status) noexcept {
    return diffpool_status_name(static_cast<diffpool_status>(status));
}

/// An Error is why a call failed: `status()`, and `what()`, a message with the offending values.
///
///     try {
///         const auto other = diffpool::Model::load("absent.safetensors");
///     } catch (const diffpool::Error &error) {
///         std::printf("goes on without it: %s (%s)\n", error.what(), diffpool::status_name(error.status()));
///     }
class DIFFPOOL_HPP_VISIBLE Error : public std::runtime_error {
  public:
    Error(Status status, const std::string &message) : std::runtime_error(message), status_(status) {}
    Error(Status status, const char *message) : std::runtime_error(message), status_(status) {}

    Status status() const noexcept { return status_; }

    /// Takes an error of diffpool.h over and frees it. Where `error` is NULL the status alone tells.
    static Error adopt(diffpool_status status, diffpool_error *error) {
        struct Free {
            void operator()(diffpool_error *owned) const noexcept { diffpool_error_free(owned); }
        };
        const std::unique_ptr<diffpool_error, Free> owner(error);
        if (error == nullptr) {
            return Error(static_cast<Status>(status), diffpool_status_name(status));
        }
        return Error(static_cast<Status>(diffpool_error_status(error)), diffpool_error_message(error));
    }

  private:
    Status status_;
};

namespace detail {

using Failure = std::optional<Error>;

[[noreturn]] inline void refuse(const Error &error) {
#if DIFFPOOL_HPP_CAN_THROW
    throw Error(error);
#else
    std::fprintf(stderr, "diffpool: %s (%s)\n", error.what(), status_name(error.status()));
    std::abort();
#endif
}

}  // namespace detail

/// An Expected is a T, or the Error for which there is none; as std::expected of C++23. `*` and `->` are for one that
/// has a value, `error()` for one that has none. `value()` of one that has none throws its error; without exceptions it
/// prints the error and ends the program.
///
///     const diffpool::Expected<const diffpool::Session &> done = session.try_predict(graph);
///     if (done)
///         std::printf("%zu nodes\n", done->node_count());
///     else if (done.status() == diffpool::Status::timeout)
///         std::printf("too slow: %s\n", done.error().what());
template <class T>
class [[nodiscard]] Expected {
  public:
    using value_type = T;
    Expected(T value) : state_(std::in_place_index<1>, std::move(value)) {}
    Expected(Error error) : state_(std::in_place_index<0>, std::move(error)) {}

    bool has_value() const noexcept { return state_.index() == 1; }
    explicit operator bool() const noexcept { return has_value(); }
    /// What became of the call: ok where there is a value.
    Status status() const noexcept { return has_value() ? Status::ok : error().status(); }
    const Error &error() const & noexcept { return *std::get_if<0>(&state_); }
    Error error() && { return std::move(*std::get_if<0>(&state_)); }
    T &operator*() & noexcept { return *std::get_if<1>(&state_); }
    const T &operator*() const & noexcept { return *std::get_if<1>(&state_); }
    T operator*() && { return std::move(*std::get_if<1>(&state_)); }
    T *operator->() noexcept { return std::get_if<1>(&state_); }
    const T *operator->() const noexcept { return std::get_if<1>(&state_); }
    T &value() & { return checked(), **this; }
    const T &value() const & { return checked(), **this; }
    T value() && { return checked(), *std::move(*this); }
    /// The value, or another where there is none.
    T value_or(T otherwise) && { return has_value() ? *std::move(*this) : std::move(otherwise); }

  private:
    void checked() const {
        if (!has_value()) {
            detail::refuse(error());
        }
    }
    std::variant<Error, T> state_;
};

/// An Expected of a reference refers to an object that is there anyway, such as the one whose method was called.
template <class T>
class [[nodiscard]] Expected<T &> {
  public:
    using value_type = T &;
    Expected(T &value) noexcept : state_(std::in_place_index<1>, value) {}
    Expected(Error error) : state_(std::in_place_index<0>, std::move(error)) {}

    bool has_value() const noexcept { return state_.index() == 1; }
    explicit operator bool() const noexcept { return has_value(); }
    Status status() const noexcept { return has_value() ? Status::ok : error().status(); }
    const Error &error() const noexcept { return *std::get_if<0>(&state_); }
    T &operator*() const noexcept { return std::get_if<1>(&state_)->get(); }
    T *operator->() const noexcept { return &**this; }
    T &value() const {
        if (!has_value()) {
            detail::refuse(error());
        }
        return **this;
    }

  private:
    std::variant<Error, std::reference_wrapper<T>> state_;
};

/// An Expected of nothing says whether a call succeeded.
template <>
class [[nodiscard]] Expected<void> {
  public:
    using value_type = void;
    Expected() noexcept : failure_() {}
    Expected(Error error) : failure_(std::move(error)) {}

    bool has_value() const noexcept { return !failure_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    Status status() const noexcept { return has_value() ? Status::ok : failure_->status(); }
    const Error &error() const noexcept { return *failure_; }
    void value() const {
        if (failure_) {
            detail::refuse(*failure_);
        }
    }

  private:
    detail::Failure failure_;
};

/// A Result<T> is what a call that can fail returns: T itself, where failures are thrown, else Expected<T>.
#if DIFFPOOL_HPP_THROWS
template <class T>
using Result = T;
#else
template <class T>
using Result = Expected<T>;
#endif

/// Calls `function` and returns what it returns as an Expected, whether failures are thrown or not. Exceptions that are
/// no Error pass through. Session::try_predict does without throwing at all.
///
///     const auto opened = diffpool::attempt([] { return diffpool::Dataset::open("absent.safetensors"); });
///     if (!opened)
///         std::printf("%s\n", opened.error().what());
template <class Function>
auto attempt(Function &&function) {
#if DIFFPOOL_HPP_THROWS
    using Value = std::invoke_result_t<Function>;
    try {
        if constexpr (std::is_void_v<Value>) {
            std::forward<Function>(function)();
            return Expected<void>();
        } else {
            return Expected<Value>(std::forward<Function>(function)());
        }
    } catch (const Error &error) {
        return Expected<Value>(error);
    }
#else
    return std::forward<Function>(function)();
#endif
}

/// Then is what a callback may return: whether the call that runs it goes on.
enum class Then { go_on, stop };

/// All is the type of `all`, which stands for every graph of a data set. An empty list is empty.
struct All {};
inline constexpr All all{};

/// No limit, for those of a Control.
inline constexpr std::size_t no_limit = (std::numeric_limits<std::size_t>::max)();

/// A Direction says whether edges keep their direction.
enum class Direction : std::uint32_t { undirected = 0, directed = DIFFPOOL_DATASET_DIRECTED };

/// Names are strings for a list of things, made from any list of strings; where one may be missing it is empty.
class Names {
  public:
    Names(std::initializer_list<std::string_view> names) : names_(names.begin(), names.end()) {}
    template <class Container, class = std::enable_if_t<std::is_convertible_v<
                                   decltype(*std::begin(std::declval<const Container &>())), std::string_view>>>
    Names(const Container &names) : names_() {
        for (const auto &name : names) {
            names_.emplace_back(std::string_view(name));
        }
    }
    const std::vector<std::string> &strings() const noexcept { return names_; }

  private:
    std::vector<std::string> names_;
};

// =====================================================================================================================
// What the classes are made of. Nothing in `detail` is for programs.
// =====================================================================================================================

namespace detail {

// DIFFPOOL_ALL without a cast of C, of which some programs want to be warned.
inline constexpr std::size_t everything = (std::numeric_limits<std::size_t>::max)();

// What is lent as a string_view ends in a NUL, also where there is nothing.
inline std::string_view view(const char *text) noexcept { return text == nullptr ? "" : text; }

// A string for the library, which ends strings at a NUL: one inside would cut it off.
struct Text {
    Text(std::string_view given, std::string_view name) : text(given), what(name) {}
    Text(const std::filesystem::path &path, std::string_view name) : text(), what(name) {
        const auto utf8 = path.u8string();
        text.assign(utf8.begin(), utf8.end());
    }
    std::string text;
    std::string_view what;
};

// A string for which NULL stands where it is empty.
struct Optional : Text {
    using Text::Text;
};

// A list of strings; where `gaps`, NULL stands for those that are empty.
struct List {
    List(const Names &names, std::string_view name, bool gaps) : pointers(), strings(names.strings()), what(name) {
        for (const std::string &one : strings) {
            pointers.push_back(gaps && one.empty() ? nullptr : one.c_str());
        }
    }
    std::vector<const char *> pointers;
    const std::vector<std::string> &strings;
    std::string_view what;
};

// A handle that may be left out, but not by accident: an object that was given must not be one that was moved from.
template <class Raw>
struct Given {
    const Raw *raw;
    bool absent;
    const char *what;
};

inline Failure nul_in(std::string_view text, std::string_view what) {
    const std::size_t at = text.find('\0');
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    return Error(Status::invalid_argument,
                 std::string(what) + " has a NUL at byte " + std::to_string(at) + " of " + std::to_string(text.size()));
}

// What is wrong with an argument by itself.
template <class Argument>
Failure fault(const Argument &) {
    return std::nullopt;
}
inline Failure fault(const Text &text) { return nul_in(text.text, text.what); }
inline Failure fault(const Optional &text) { return nul_in(text.text, text.what); }
inline Failure fault(const List &list) {
    for (const std::string &one : list.strings) {
        if (Failure failure = nul_in(one, list.what)) {
            return failure;
        }
    }
    return std::nullopt;
}
template <class Raw>
Failure fault(const Given<Raw> &given) {
    if (given.absent || given.raw != nullptr) {
        return std::nullopt;
    }
    return Error(Status::null_pointer, std::string(given.what) + " is NULL: it was moved from, or never filled");
}

// The argument as the library takes it.
template <class Argument>
Argument pass(const Argument &argument) noexcept {
    return argument;
}
inline const char *pass(const Text &text) noexcept { return text.text.c_str(); }
inline const char *pass(const Optional &text) noexcept { return text.text.empty() ? nullptr : text.text.c_str(); }
inline const char *const *pass(const List &list) noexcept { return list.pointers.data(); }
template <class Raw>
const Raw *pass(const Given<Raw> &given) noexcept {
    return given.raw;
}

// Calls a function of the library with arguments that are checked before, and tells its failure.
template <class Function, class... Arguments>
Failure call(Function *function, const Arguments &...arguments) {
    Failure failure;
    if ((... || (failure = fault(arguments)).has_value())) {
        return failure;
    }
    diffpool_error *error = nullptr;
    const diffpool_status status = function(pass(arguments)..., &error);
    if (status != DIFFPOOL_STATUS_OK) {
        failure = Error::adopt(status, error);
    }
    return failure;
}

#if DIFFPOOL_HPP_CAN_THROW

// The exception of a callback of this thread, on its way through the frames of the library.
inline std::exception_ptr &carried() noexcept {
    static thread_local std::exception_ptr exception;
    return exception;
}

// Around a call that runs callbacks: rethrows what one of them threw. Calls within callbacks have their own.
class Carrier {
  public:
    Carrier() noexcept : outer_(std::exchange(carried(), nullptr)) {}
    Carrier(const Carrier &) = delete;
    Carrier &operator=(const Carrier &) = delete;
    ~Carrier() { carried() = std::move(outer_); }
    void rethrow() {
        if (std::exception_ptr exception = std::exchange(carried(), nullptr)) {
            std::rethrow_exception(std::move(exception));
        }
    }

  private:
    std::exception_ptr outer_;
};

// Runs the body of a callback, which must not throw into the library: 1 stops the call that runs it.
template <class Body>
int guarded(Body &&body) noexcept {
    if (carried() != nullptr) {
        return 1;
    }
    try {
        return body();
    } catch (...) {
        carried() = std::current_exception();
        return 1;
    }
}

#else

class Carrier {
  public:
    void rethrow() noexcept {}
};

template <class Body>
int guarded(Body &&body) noexcept {
    return body();
}

#endif

// Calls a function of the library that may run callbacks.
template <class Function, class... Arguments>
Failure call_watched(Function *function, const Arguments &...arguments) {
    Carrier carrier;
    Failure failure = call(function, arguments...);
    carrier.rethrow();
    return failure;
}

// Calls a callback: 0 to go on, as the library has it.
template <class Callback, class... Arguments>
int step(Callback &callback, const Arguments &...arguments) {
    using Answer = std::invoke_result_t<Callback &, const Arguments &...>;
    static_assert(std::is_void_v<Answer> || std::is_same_v<Answer, Then>,
                  "a callback returns diffpool::Then, or nothing");
    if constexpr (std::is_void_v<Answer>) {
        callback(arguments...);
        return 0;
    } else {
        return callback(arguments...) == Then::stop ? 1 : 0;
    }
}

// What a method returns: the value, or its failure as the program wants it.
template <class T>
Result<T> deliver(Expected<T> &&expected) {
#if DIFFPOOL_HPP_THROWS
    return std::move(expected).value();
#else
    return std::move(expected);
#endif
}

// The same where it is known which of them there is.
template <class T>
Result<T> succeeded(T value) {
    return Result<T>(std::move(value));
}
template <class T>
Result<T> failed(const Failure &failure) {
#if DIFFPOOL_HPP_THROWS
    throw Error(*failure);
#else
    return Expected<T>(*failure);
#endif
}

// The same for methods that return the object itself.
template <class T>
Result<T &> done(T &self, Failure &&failure) {
#if DIFFPOOL_HPP_THROWS
    if (failure) {
        throw Error(*failure);
    }
    return self;
#else
    return failure ? Expected<T &>(*std::move(failure)) : Expected<T &>(self);
#endif
}

// The same for methods that return nothing.
inline Result<void> finish(Failure &&failure) {
#if DIFFPOOL_HPP_THROWS
    if (failure) {
        throw Error(*failure);
    }
#else
    return failure ? Expected<void>(*std::move(failure)) : Expected<void>();
#endif
}

template <class Raw, void (*Free)(Raw *)>
struct Freer {
    void operator()(Raw *raw) const noexcept { Free(raw); }
};

// An object that owns a handle alone.
template <class Raw, void (*Free)(Raw *)>
class Owner {
  public:
    using handle_type = Raw;
    /// The handle, lent; NULL for an object that was moved from.
    Raw *get() noexcept { return handle_.get(); }
    const Raw *get() const noexcept { return handle_.get(); }
    /// Hands the handle over to the caller, who frees it.
    [[nodiscard]] Raw *release() noexcept { return handle_.release(); }

  protected:
    Owner() noexcept : handle_() {}
    explicit Owner(Raw *raw) noexcept : handle_(raw) {}
    Owner(Owner &&) noexcept = default;
    Owner &operator=(Owner &&) noexcept = default;
    ~Owner() = default;
    void own(Raw *raw) noexcept { handle_.reset(raw); }

  private:
    std::unique_ptr<Raw, Freer<Raw, Free>> handle_;
};

// A call that makes a handle, which becomes an object.
template <class Class, class Function, class... Arguments>
Expected<Class> made(Function *function, const Arguments &...arguments) {
    typename Class::handle_type *raw = nullptr;
    if (Failure failure = call_watched(function, arguments..., &raw)) {
        return *std::move(failure);
    }
    return Class::adopt(raw);
}

template <class Class, class Function, class... Arguments>
Result<Class> make(Function *function, const Arguments &...arguments) {
    return deliver(made<Class>(function, arguments...));
}

// A call that writes a plain value.
template <class Value, class Function, class... Arguments>
Result<Value> value(Function *function, const Arguments &...arguments) {
    Value result{};
    if (Failure failure = call(function, arguments..., &result)) {
        return failed<Value>(failure);
    }
    return succeeded<Value>(result);
}

// A call that makes a string.
template <class Function, class... Arguments>
Result<std::string> text(Function *function, const Arguments &...arguments) {
    char *raw = nullptr;
    if (Failure failure = call(function, arguments..., &raw)) {
        return failed<std::string>(failure);
    }
    const std::unique_ptr<char, Freer<char, diffpool_string_free>> owner(raw);
    return succeeded<std::string>(std::string(raw));
}

// A call that fills an array, after it was asked how long that is.
template <class Value, class Function, class... Arguments>
Expected<std::vector<Value>> filled(Function *function, const Arguments &...arguments) {
    std::size_t length = 0;
    Value *const none = nullptr;
    if (Failure failure = call(function, arguments..., none, std::size_t{0}, &length)) {
        return *std::move(failure);
    }
    std::vector<Value> values(length);
    if (length == 0) {
        return values;
    }
    if (Failure failure = call(function, arguments..., values.data(), values.size(), &length)) {
        return *std::move(failure);
    }
    return values;
}

template <class Value, class Function, class... Arguments>
Result<std::vector<Value>> values(Function *function, const Arguments &...arguments) {
    return deliver(filled<Value>(function, arguments...));
}

// A call that fills an array of the caller's; the library takes an empty one for a question after the length.
template <class Value, class Function, class... Arguments>
Result<std::size_t> fill(Span<Value> into, Function *function, const Arguments &...arguments) {
    std::size_t length = 0;
    Failure failure = call(function, arguments..., into.data(), into.size(), &length);
    if (!failure && length > into.size()) {
        failure = Error(Status::buffer_too_small, "the array has room for " + std::to_string(into.size()) +
                                                      " values, but " + std::to_string(length) + " are needed");
    }
    return failure ? failed<std::size_t>(failure) : succeeded<std::size_t>(length);
}

// A call that fills an array with so many rows.
template <class Value, class Function, class... Arguments>
Result<Matrix<Value>> table(std::size_t rows, Function *function, const Arguments &...arguments) {
    Expected<std::vector<Value>> all_values = filled<Value>(function, arguments...);
    if (!all_values) {
        return failed<Matrix<Value>>(std::move(all_values).error());
    }
    const std::size_t columns = rows == 0 ? 0 : all_values->size() / rows;
    return succeeded<Matrix<Value>>(Matrix<Value>{rows, columns, *std::move(all_values)});
}

// A call that fills an array with a matrix whose shape it tells.
template <class Function, class... Arguments>
Result<Matrix<float>> matrix(Function *function, const Arguments &...arguments) {
    Matrix<float> result;
    float *const none = nullptr;
    Failure failure = call(function, arguments..., none, std::size_t{0}, &result.rows, &result.columns);
    if (!failure) {
        result.values.resize(result.rows * result.columns);
        if (!result.values.empty()) {
            failure =
                call(function, arguments..., result.values.data(), result.values.size(), &result.rows, &result.columns);
        }
    }
    return failure ? failed<Matrix<float>>(failure) : succeeded<Matrix<float>>(std::move(result));
}

// Two arrays that must be of one length.
inline Failure same_length(const char *one, std::size_t length, const char *other, std::size_t other_length) {
    if (length == other_length) {
        return std::nullopt;
    }
    return Error(Status::shape_mismatch, std::string(one) + " has " + std::to_string(length) + " values, but " + other +
                                             " has " + std::to_string(other_length));
}

inline Failure too_many(std::size_t k, std::size_t classes) {
    return Error(Status::invalid_argument,
                 "k is " + std::to_string(k) + ", but there are " + std::to_string(classes) + " classes");
}

// How many rows of so many columns an array has.
inline Failure count_rows(const char *what, std::size_t length, std::size_t columns, std::size_t &rows) {
    if (length == 0 || (columns != 0 && length % columns == 0)) {
        rows = columns == 0 ? 0 : length / columns;
        return std::nullopt;
    }
    return Error(Status::shape_mismatch, std::string(what) + " has " + std::to_string(length) +
                                             " values, which are no rows of " + std::to_string(columns) + " columns");
}

// How far a stride leads, which must not go beyond what an array has.
inline bool reach(std::size_t count, std::ptrdiff_t stride, std::size_t length, std::size_t &below,
                  std::size_t &above) {
    const std::size_t size =
        stride < 0 ? std::size_t{0} - static_cast<std::size_t>(stride) : static_cast<std::size_t>(stride);
    std::size_t &way = stride < 0 ? below : above;
    const std::size_t steps = count - 1;
    if (size != 0 && steps > length / size) {
        return false;
    }
    way += steps * size;
    return true;
}

// Whether all of a strided matrix lies in its array.
template <class T>
Failure within(const char *what, const Strided<T> &given) {
    if (given.rows == 0 || given.columns == 0) {
        return std::nullopt;
    }
    const std::size_t length = given.values.size();
    std::size_t below = 0, above = 0;
    if (reach(given.rows, given.row_stride, length, below, above) &&
        reach(given.columns, given.column_stride, length, below, above) && given.first >= below &&
        given.first < length && above < length - given.first) {
        return std::nullopt;
    }
    return Error(Status::shape_mismatch,
                 std::string(what) + " has " + std::to_string(length) + " values, beyond which " +
                     std::to_string(given.rows) + " rows and " + std::to_string(given.columns) +
                     " columns from value " + std::to_string(given.first) + " reach with the strides " +
                     std::to_string(given.row_stride) + " and " + std::to_string(given.column_stride));
}

// What range-for runs over: things that are counted and made one at a time.
template <class Things>
class Sequence {
  public:
    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using difference_type = std::ptrdiff_t;
        using value_type = decltype(Things::at(std::declval<const typename Things::Owner &>(), std::size_t{0}));
        using reference = value_type;
        using pointer = void;

        iterator() noexcept : owner_(), index_(0) {}
        iterator(const typename Things::Owner &owner, std::size_t index) : owner_(owner), index_(index) {}
        reference operator*() const { return Things::at(owner_, index_); }
        iterator &operator++() noexcept {
            ++index_;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            ++index_;
            return before;
        }
        friend bool operator==(const iterator &one, const iterator &other) noexcept {
            return one.index_ == other.index_;
        }
        friend bool operator!=(const iterator &one, const iterator &other) noexcept {
            return one.index_ != other.index_;
        }

      private:
        typename Things::Owner owner_;
        std::size_t index_;
    };

    explicit Sequence(typename Things::Owner owner) : owner_(std::move(owner)) {}
    std::size_t size() const { return Things::count(owner_); }
    bool empty() const { return size() == 0; }
    auto operator[](std::size_t index) const { return Things::at(owner_, index); }
    iterator begin() const { return iterator(owner_, 0); }
    iterator end() const { return iterator(owner_, size()); }

  private:
    typename Things::Owner owner_;
};

// A level of pooling whose clusters were looked at.
template <class Raw, double (*Number)(const Raw *, std::size_t, const char *)>
class Level {
  public:
    Level(const Raw *raw, std::size_t index) noexcept : raw_(raw), index_(index) {}
    /// The number of the level, from 0.
    std::size_t index() const noexcept { return index_; }
    /// A number on the clusters of the level by its name: "clusters_in_use", "effective_clusters", "entropy",
    /// "relative_entropy", "edges_inside", "modularity"; of an epoch also with "validation_" before it. NaN if there is
    /// no such number.
    double diagnostic(std::string_view name) const { return Number(raw_, index_, std::string(name).c_str()); }

  protected:
    const Raw *raw() const noexcept { return raw_; }

  private:
    const Raw *raw_;
    std::size_t index_;
};

template <class Raw, std::size_t (*Count)(const Raw *), double (*Number)(const Raw *, std::size_t, const char *)>
struct Levels {
    using Owner = const Raw *;
    static std::size_t count(const Raw *raw) noexcept { return Count(raw); }
    static Level<Raw, Number> at(const Raw *raw, std::size_t index) noexcept { return {raw, index}; }
};

}  // namespace detail

class Model;
class Split;

// =====================================================================================================================
// Version
// =====================================================================================================================

/// The version of the library that is running, as one number like DIFFPOOL_VERSION.
inline std::uint32_t version() noexcept { return diffpool_version(); }

/// The version of the library that is running, such as "0.1.0".
inline std::string_view version_string() noexcept { return detail::view(diffpool_version_string()); }

/// The kernels that the library computes with in this process: "avx512", "avx2", "neon" or "portable".
inline std::string_view cpu() noexcept { return detail::view(diffpool_cpu()); }

/// Checks that the library that is running can serve a program that was compiled with this header.
/// Fails: unsupported_version.
inline Result<void> check_abi() {
    return detail::finish(detail::call(diffpool_abi_check, static_cast<std::uint32_t>(DIFFPOOL_VERSION)));
}

// =====================================================================================================================
// Control
// =====================================================================================================================

/// A Control says what long calls may take, and stops them. One may be given to many calls at once. A call that is
/// stopped fails by cancelled or timeout, one whose input is too large by limit; it can be made again.
///
/// Threads: cancel(), reset() and is_cancelled() at any time by any thread, and by signal handlers.
///
///     diffpool::Control control;
///     control.set_timeout(std::chrono::milliseconds(250)).set_max_nodes(100000);
///     const auto done = session.try_predict(graph, control);
///     if (done.status() == diffpool::Status::timeout || done.status() == diffpool::Status::limit)
///         std::printf("the graph is too large\n");
class Control : public detail::Owner<diffpool_control, diffpool_control_free> {
  public:
#if DIFFPOOL_HPP_THROWS
    Control() : Control(create()) {}
#endif
    /// A control without deadline, limits and callback.
    static Result<Control> create() { return detail::make<Control>(diffpool_control_new); }
    static Control adopt(diffpool_control *raw) noexcept { return Control(raw); }

    /// Asks all calls with this control to stop: those that run, and every one to come until reset().
    void cancel() const noexcept { diffpool_control_cancel(get()); }
    /// Takes a cancellation back. A call that has seen it stops all the same.
    void reset() const noexcept { diffpool_control_reset(get()); }
    bool is_cancelled() const noexcept { return diffpool_control_is_cancelled(get()) != 0; }

    /// Lets calls run for so long from now. Fails: invalid_argument if the time is negative or beyond what clocks tell.
    template <class Count, class Period>
    Result<Control &> set_timeout(std::chrono::duration<Count, Period> from_now) {
        return change(diffpool_control_set_timeout, std::chrono::duration<double>(from_now).count());
    }
    /// Lets calls run until a time of any clock; one that is past stops them at once.
    template <class Clock, class Duration>
    Result<Control &> set_deadline(std::chrono::time_point<Clock, Duration> deadline) {
        const std::chrono::duration<double> left = deadline - Clock::now();
        return change(diffpool_control_set_timeout, (std::max)(0.0, left.count()));
    }
    /// Takes the deadline away.
    Result<Control &> clear_timeout() {
        return change(diffpool_control_set_timeout, std::numeric_limits<double>::infinity());
    }
    /// Refuses graphs of more nodes, before anything is done with them; `no_limit` takes the limit away.
    Result<Control &> set_max_nodes(std::size_t nodes) { return change(diffpool_control_set_max_nodes, nodes); }
    /// Refuses graphs of more edges. Those of a Graph count as they were given, those of an undirected data set once.
    Result<Control &> set_max_edges(std::size_t edges) { return change(diffpool_control_set_max_edges, edges); }
    /// Refuses files of more bytes, and graphs whose arrays have more.
    Result<Control &> set_max_bytes(std::size_t bytes) { return change(diffpool_control_set_max_bytes, bytes); }

    /// Calls `callback(std::size_t done, std::size_t all)` now and then, in graphs or bytes; `all` is 0 where that is
    /// not known. It is kept until another is set. Where calls of several threads share the control, it runs on all.
    template <class Callback>
    Result<Control &> on_progress(Callback callback) {
        auto kept =
            std::make_unique<Progress>([callback = std::move(callback)](std::size_t done, std::size_t of) mutable {
                return detail::step(callback, done, of);
            });
        return watch(&run_progress, std::move(kept));
    }
    /// Calls nothing any more.
    Result<Control &> clear_progress() { return watch(nullptr, nullptr); }

  private:
    using Progress = std::function<int(std::size_t, std::size_t)>;

    explicit Control(diffpool_control *raw) noexcept : Owner(raw), progress_() {}

    static int run_progress(void *ctx, std::size_t done, std::size_t of) {
        return detail::guarded([&] { return (*static_cast<Progress *>(ctx))(done, of); });
    }
    Result<Control &> watch(diffpool_progress_callback callback, std::unique_ptr<Progress> kept) {
        void *const ctx = kept.get();
        detail::Failure failure = detail::call(diffpool_control_set_progress, get(), callback, ctx);
        if (!failure) {
            progress_ = std::move(kept);
        }
        return detail::done(*this, std::move(failure));
    }
    template <class Function, class Value>
    Result<Control &> change(Function *function, Value value) {
        return detail::done(*this, detail::call(function, get(), value));
    }

    std::unique_ptr<Progress> progress_;
};

/// A ControlRef is how calls take a Control: one, or none.
class ControlRef {
  public:
    ControlRef() noexcept : control_{nullptr, true, "the control"} {}
    ControlRef(const Control &control) noexcept : control_{control.get(), false, "the control"} {}
    const detail::Given<diffpool_control> &given() const noexcept { return control_; }

  private:
    detail::Given<diffpool_control> control_;
};

/// A list of graphs of a data set: their numbers from 0, or `all`. It lends the array that it is made from.
class Which {
  public:
    Which(All) noexcept : data_(nullptr), size_(detail::everything) {}
    Which(Span<const std::size_t> indices) noexcept : data_(indices.data()), size_(indices.size()) {}
    template <class Container, class = std::enable_if_t<std::is_constructible_v<Span<const std::size_t>, Container>>>
    Which(const Container &indices) noexcept : Which(Span<const std::size_t>(indices)) {}
    const std::size_t *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

  private:
    const std::size_t *data_;
    std::size_t size_;
};

// =====================================================================================================================
// Graph
// =====================================================================================================================

/// A Graph is filled and used again and again; its memory only grows. A setter copies what it is given, and replaces
/// what the graph had of that kind; the others stay, so begin with clear() or set all. They may be called in any order:
/// whether the parts fit together is checked where the graph is used.
///
/// Nodes are numbered from 0. In a graph without direction an edge may be given either way or both ways. An edge given
/// twice in one direction is merged: without weights it counts once, with weights they are summed; edges under
/// different labels stay apart. Numbers of 64 bits must fit the 32 that the library computes with, else the call fails
/// by invalid_graph. So it does where a value is not finite. A setter whose values are refused leaves the graph without
/// what was to be set; one whose lengths are, as it was.
///
///     const std::int64_t from[] = {0, 1, 2}, to[] = {1, 2, 3};
///     const std::vector<float> weights = {0.5f, 1, 2}, x = {1, 0, 0, 1, 1, 1, 0, 0};
///     graph.clear().set_edges(4, from, to).set_edge_weight(weights).set_x(x, 2).set_class(1);
class Graph : public detail::Owner<diffpool_graph, diffpool_graph_free> {
  public:
    /// A graph without nodes. Memory is asked for when it is filled.
    Graph() noexcept : Owner() {}
    static Graph adopt(diffpool_graph *raw) noexcept { return Graph(raw); }

    /// Forgets the graph that is there, and keeps its memory.
    Result<Graph &> clear() { return change(diffpool_graph_clear); }

    /// So many nodes, none of which are joined.
    Result<Graph &> set_nodes(std::size_t nodes) {
        const std::int32_t *const none = nullptr;
        return change(diffpool_graph_set_edges, nodes, none, none, std::size_t{0});
    }
    /// Joins nodes: edge e goes from `from[e]` to `to[e]`, both from 0 to `nodes` - 1.
    /// Fails: shape_mismatch if the arrays differ in length.
    Result<Graph &> set_edges(std::size_t nodes, Span<const std::int32_t> from, Span<const std::int32_t> to) {
        return join(diffpool_graph_set_edges, nodes, from, to);
    }
    Result<Graph &> set_edges(std::size_t nodes, Span<const std::int64_t> from, Span<const std::int64_t> to) {
        return join(diffpool_graph_set_edges_i64, nodes, from, to);
    }
    /// Joins nodes by compressed rows: the edges of node i go to indices[indptr[i]] up to indices[indptr[i + 1] - 1].
    /// What else is said of edges is in the order of `indices`.
    /// Fails: shape_mismatch or invalid_graph, naming index and value, if `indptr` is none.
    Result<Graph &> set_csr(Span<const std::int32_t> indptr, Span<const std::int32_t> indices) {
        return change(diffpool_graph_set_csr, indptr.data(), indptr.size(), indices.data(), indices.size());
    }
    Result<Graph &> set_csr(Span<const std::int64_t> indptr, Span<const std::int64_t> indices) {
        return change(diffpool_graph_set_csr_i64, indptr.data(), indptr.size(), indices.data(), indices.size());
    }
    /// The weight of every edge, in the order in which they are given; without, each weighs 1.
    Result<Graph &> set_edge_weight(Span<const float> weights) {
        return change(diffpool_graph_set_edge_weight, weights.data(), weights.size());
    }
    Result<Graph &> set_edge_weight(Span<const double> weights) {
        return change(diffpool_graph_set_edge_weight_f64, weights.data(), weights.size());
    }
    /// The label of every edge, its kind.
    Result<Graph &> set_edge_labels(Span<const std::int64_t> labels) {
        return change(diffpool_graph_set_edge_labels, labels.data(), labels.size());
    }
    /// Attributes of the edges, a row of `columns` an edge.
    /// Fails: shape_mismatch if the values are no rows of so many columns.
    Result<Graph &> set_edge_attributes(Span<const float> attributes, std::size_t columns) {
        return rows(diffpool_graph_set_edge_attributes, "edge_attributes", attributes, columns);
    }
    Result<Graph &> set_edge_attributes(Span<const double> attributes, std::size_t columns) {
        return rows(diffpool_graph_set_edge_attributes_f64, "edge_attributes", attributes, columns);
    }
    /// Features of the nodes, a row of `columns` a node.
    /// Fails: shape_mismatch if the values are no rows of so many columns.
    Result<Graph &> set_x(Span<const float> x, std::size_t columns) {
        return rows(diffpool_graph_set_x, "x", x, columns);
    }
    Result<Graph &> set_x(Span<const double> x, std::size_t columns) {
        return rows(diffpool_graph_set_x_f64, "x", x, columns);
    }
    /// Features of the nodes that lie in an array in any regular way.
    /// Fails: shape_mismatch if rows and columns reach beyond the array.
    Result<Graph &> set_x(const Strided<float> &x) { return strided(diffpool_graph_set_x_strided, x); }
    Result<Graph &> set_x(const Strided<double> &x) { return strided(diffpool_graph_set_x_strided_f64, x); }
    /// Categories of the nodes, whole numbers that a model looks up in learned tables, a row of `columns` a node.
    Result<Graph &> set_categories(Span<const std::int32_t> categories, std::size_t columns) {
        return rows(diffpool_graph_set_categories, "categories", categories, columns);
    }
    Result<Graph &> set_categories(Span<const std::int64_t> categories, std::size_t columns) {
        return rows(diffpool_graph_set_categories_i64, "categories", categories, columns);
    }
    /// The label of every node.
    Result<Graph &> set_node_labels(Span<const std::int64_t> labels) {
        return change(diffpool_graph_set_node_labels, labels.data(), labels.size());
    }
    /// Attributes of the graph as a whole, which a data set keeps; they can be made targets.
    Result<Graph &> set_attributes(Span<const float> attributes) {
        return change(diffpool_graph_set_attributes, attributes.data(), attributes.size());
    }
    /// The class that the graph is of, from 0. Predictions need none.
    Result<Graph &> set_class(std::size_t class_index) { return change(diffpool_graph_set_class, class_index); }
    /// Numbers that a model is to predict; NaN stands for one that is missing.
    Result<Graph &> set_targets(Span<const float> targets) {
        return change(diffpool_graph_set_targets, targets.data(), targets.size());
    }
    /// Words that a model of the task "sequence" is to predict, as numbers in a vocabulary.
    Result<Graph &> set_words(Span<const std::int64_t> words) {
        return change(diffpool_graph_set_words, words.data(), words.size());
    }
    /// How much the graph counts in the loss that training minimises, from 0 to 1e30; without, it is 1.
    Result<Graph &> set_weight(float weight) { return change(diffpool_graph_set_weight, weight); }
    /// By what the graph is called, 1 to 4096 bytes; a data set keeps it.
    Result<Graph &> set_id(std::string_view id) { return change(diffpool_graph_set_id, detail::Text(id, "the id")); }

    std::size_t node_count() const noexcept { return diffpool_graph_node_count(get()); }
    /// The number of edges as they are given. Those without direction that a data set stores are there both ways.
    std::size_t edge_count() const noexcept { return diffpool_graph_edge_count(get()); }
    /// How much the graph counts in the loss.
    float weight() const noexcept { return diffpool_graph_weight(get()); }
    /// The class of the graph; nothing where it has none.
    Result<std::optional<std::size_t>> class_index() const {
        using Index = std::optional<std::size_t>;
        std::size_t index = 0;
        detail::Failure failure = detail::call(diffpool_graph_class, get(), &index);
        if (!failure) {
            return detail::succeeded<Index>(Index(index));
        }
        return failure->status() == Status::not_found ? detail::succeeded<Index>(Index())
                                                      : detail::failed<Index>(failure);
    }
    /// By what the graph is called; empty where it has no id.
    std::string_view id() const & noexcept { return detail::view(diffpool_graph_id(get())); }
    /// Where every edge comes from, and where it leads to.
    Span<const std::int32_t> from() const & noexcept { return edges(diffpool_graph_from); }
    Span<const std::int32_t> to() const & noexcept { return edges(diffpool_graph_to); }
    /// The weight and the label of every edge; empty where there are none.
    Span<const float> edge_weight() const & noexcept { return edges(diffpool_graph_edge_weight); }
    Span<const std::int64_t> edge_labels() const & noexcept { return edges(diffpool_graph_edge_labels); }
    /// Attributes of the edges, row by row; `edge_attribute_count` tells how many an edge has.
    Span<const float> edge_attributes() const & noexcept { return table(diffpool_graph_edge_attributes, edge_count()); }
    std::size_t edge_attribute_count() const noexcept { return columns(diffpool_graph_edge_attributes); }
    /// Features of the nodes, row by row; `feature_count` tells how many a node has.
    Span<const float> x() const & noexcept { return table(diffpool_graph_x, node_count()); }
    std::size_t feature_count() const noexcept { return columns(diffpool_graph_x); }
    /// Categories of the nodes, row by row; `category_count` tells how many a node has.
    Span<const std::int32_t> categories() const & noexcept { return table(diffpool_graph_categories, node_count()); }
    std::size_t category_count() const noexcept { return columns(diffpool_graph_categories); }
    /// The label of every node; empty where there are none.
    Span<const std::int64_t> node_labels() const & noexcept {
        const std::int64_t *const labels = diffpool_graph_node_labels(get());
        return {labels, labels == nullptr ? 0 : node_count()};
    }
    Span<const float> attributes() const & noexcept { return table(diffpool_graph_attributes, 1); }
    Span<const float> targets() const & noexcept { return table(diffpool_graph_targets, 1); }
    Span<const std::uint32_t> words() const & noexcept { return table(diffpool_graph_words, 1); }

    std::string_view id() const && = delete;
    Span<const std::int32_t> from() const && = delete;
    Span<const std::int32_t> to() const && = delete;
    Span<const float> edge_weight() const && = delete;
    Span<const std::int64_t> edge_labels() const && = delete;
    Span<const float> edge_attributes() const && = delete;
    Span<const float> x() const && = delete;
    Span<const std::int32_t> categories() const && = delete;
    Span<const std::int64_t> node_labels() const && = delete;
    Span<const float> attributes() const && = delete;
    Span<const float> targets() const && = delete;
    Span<const std::uint32_t> words() const && = delete;

  private:
    friend class Dataset;

    explicit Graph(diffpool_graph *raw) noexcept : Owner(raw) {}

    detail::Failure ensure() {
        diffpool_graph *raw = get();
        if (raw != nullptr) {
            return std::nullopt;
        }
        detail::Failure failure = detail::call(diffpool_graph_new, &raw);
        own(raw);
        return failure;
    }
    template <class Function, class... Arguments>
    Result<Graph &> change(Function *function, const Arguments &...arguments) {
        detail::Failure failure = ensure();
        return detail::done(*this, failure ? std::move(failure) : detail::call(function, get(), arguments...));
    }
    template <class Function, class Node>
    Result<Graph &> join(Function *function, std::size_t nodes, Span<const Node> from, Span<const Node> to) {
        if (detail::Failure failure = detail::same_length("from", from.size(), "to", to.size())) {
            return detail::done(*this, std::move(failure));
        }
        return change(function, nodes, from.data(), to.data(), from.size());
    }
    template <class Function, class Value>
    Result<Graph &> rows(Function *function, const char *what, Span<const Value> values, std::size_t columns) {
        std::size_t count = 0;
        if (detail::Failure failure = detail::count_rows(what, values.size(), columns, count)) {
            return detail::done(*this, std::move(failure));
        }
        return change(function, values.data(), count, columns);
    }
    template <class Function, class Value>
    Result<Graph &> strided(Function *function, const Strided<Value> &x) {
        if (detail::Failure failure = detail::within("x", x)) {
            return detail::done(*this, std::move(failure));
        }
        const bool none = x.rows == 0 || x.columns == 0;
        return change(function, none ? x.values.data() : x.values.data() + x.first, x.rows, x.columns, x.row_stride,
                      x.column_stride);
    }
    template <class Value>
    Span<const Value> edges(const Value *(*function)(const diffpool_graph *)) const noexcept {
        const Value *const values = function(get());
        return {values, values == nullptr ? 0 : edge_count()};
    }
    template <class Value>
    Span<const Value> table(const Value *(*function)(const diffpool_graph *, std::size_t *),
                            std::size_t rows) const noexcept {
        std::size_t columns = 0;
        const Value *const values = function(get(), &columns);
        return {values, values == nullptr ? 0 : rows * columns};
    }
    template <class Value>
    std::size_t columns(const Value *(*function)(const diffpool_graph *, std::size_t *)) const noexcept {
        std::size_t columns = 0;
        return function(get(), &columns) == nullptr ? 0 : columns;
    }
};

// =====================================================================================================================
// Dataset
// =====================================================================================================================

/// A Dataset is a list of graphs, in memory or in a file that is mapped. The first graph that is added settles what all
/// must have: how many features, categories and attributes, whether labels, targets or a class. While a Trainer uses a
/// data set, every call that would change it fails by invalid_state.
///
///     diffpool::Dataset shapes("shapes");
///     shapes.set_class_names({"path", "ring"});
///     graph.set_class(1);
///     shapes.add(graph);
///     for (const std::string_view name : shapes.class_names())
///         std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
class Dataset : public detail::Owner<diffpool_dataset, diffpool_dataset_free> {
    struct ClassNamesOf {
        using Owner = const diffpool_dataset *;
        static std::size_t count(Owner dataset) noexcept { return diffpool_dataset_class_count(dataset); }
        static std::string_view at(Owner dataset, std::size_t index) noexcept {
            return detail::view(diffpool_dataset_class_name(dataset, index));
        }
    };

  public:
    using ClassNames = detail::Sequence<ClassNamesOf>;

#if DIFFPOOL_HPP_THROWS
    explicit Dataset(std::string_view name, Direction direction = Direction::undirected)
        : Dataset(create(name, direction)) {}
#endif
    /// An empty data set.
    static Result<Dataset> create(std::string_view name, Direction direction = Direction::undirected) {
        return detail::make<Dataset>(diffpool_dataset_new, detail::Text(name, "the name"),
                                     static_cast<std::uint32_t>(direction));
    }
    static Dataset adopt(diffpool_dataset *raw) noexcept { return Dataset(raw); }

    /// Reads a data set in a format of others: "tu", a folder of the TU collection; "ogb", one of the Open Graph
    /// Benchmark; "jsonl", a file of JSON lines. `options` is a JSON object, see diffpool_dataset_load; empty is none.
    /// Fails: io; parse with file and line; not_found if there is no such format; invalid_argument, naming the option;
    /// cancelled, timeout and limit by `control`.
    static Result<Dataset> load(const std::filesystem::path &path, std::string_view format,
                                std::string_view options = {}, ControlRef control = {}) {
        return detail::make<Dataset>(diffpool_dataset_load, detail::Text(path, "the path"),
                                     detail::Text(format, "the format"), detail::Optional(options, "the options"),
                                     control.given());
    }
    /// Opens a file that save() or a DatasetWriter wrote. Its graphs are mapped and not read into memory, so that it
    /// may be larger than that; the file must not be changed in place while it is open. No graph can be added. Fails:
    /// io; invalid_file; unsupported_version; unsupported; cancelled, timeout and limit by `control`.
    static Result<Dataset> open(const std::filesystem::path &path, ControlRef control = {}) {
        return detail::make<Dataset>(diffpool_dataset_open, detail::Text(path, "the path"), control.given());
    }
    /// Makes up a benchmark of so many graphs: "ba", "hierarchy", "syntax_trees" and others, see
    /// diffpool_dataset_synthetic. Fails: not_found if there is no such kind; invalid_argument.
    static Result<Dataset> synthetic(std::string_view kind, std::size_t graphs, std::uint64_t seed) {
        return detail::make<Dataset>(diffpool_dataset_synthetic, detail::Text(kind, "the kind"), graphs, seed);
    }
    /// Reads JSON lines from memory. `name` is that of the data set where no line says it; empty is none.
    /// Fails: parse, invalid_graph or shape_mismatch, with the number of the line.
    static Result<Dataset> parse_jsonl(std::string_view lines, std::string_view name = {},
                                       Direction direction = Direction::undirected) {
        return detail::make<Dataset>(diffpool_dataset_parse_jsonl, lines.data(), lines.size(),
                                     detail::Optional(name, "the name"), static_cast<std::uint32_t>(direction));
    }

    /// Adds a graph with all that it has. Fails: shape_mismatch with both numbers if it has other parts than those
    /// before it; invalid_graph or invalid_argument, naming index and value; invalid_state if the data set is of a
    /// file.
    Result<void> add(const Graph &graph) { return finish(diffpool_dataset_add, graph.get()); }
    /// Adds many graphs that are given as one, as PyTorch Geometric has a batch: the nodes of graph g are those from
    /// node_offsets[g] to node_offsets[g + 1] - 1. `classes` has the class of every graph, or is empty. All or none are
    /// added. Fails: as add(); shape_mismatch also if there are not as many classes as graphs.
    Result<void> add_batch(const Graph &batch, Span<const std::int64_t> node_offsets,
                           Span<const std::int64_t> classes = {}) {
        const std::size_t graphs = node_offsets.empty() ? 0 : node_offsets.size() - 1;
        if (!classes.empty()) {
            if (detail::Failure failure = detail::same_length("classes", classes.size(), "the batch", graphs)) {
                return detail::finish(std::move(failure));
            }
        }
        return finish(diffpool_dataset_add_batch, batch.get(), node_offsets.data(), node_offsets.size(),
                      classes.data());
    }
    /// Fills a graph with one of the data set and all that it has. Fails: not_found if there is no such graph.
    Result<void> get_graph(std::size_t index, Graph &graph) const {
        detail::Failure failure = graph.ensure();
        return detail::finish(failure ? std::move(failure)
                                      : detail::call(diffpool_dataset_get, get(), index, graph.get()));
    }
    /// Makes a Graph of one of the data set. For many, get_graph() uses the memory of one Graph again.
    Result<Graph> graph(std::size_t index) const {
        Graph graph;
        detail::Failure failure = graph.ensure();
        if (!failure) {
            failure = detail::call(diffpool_dataset_get, get(), index, graph.get());
        }
        return failure ? detail::failed<Graph>(failure) : detail::succeeded<Graph>(std::move(graph));
    }
    /// Adds all graphs of another data set; where both name their classes these are matched by name.
    /// Fails: shape_mismatch, invalid_argument and invalid_state if the graphs differ in what they have, or in names.
    Result<void> append(const Dataset &other) { return finish(diffpool_dataset_append, other.get()); }
    /// Makes a data set of some graphs, in the order of the list; one may be named more than once.
    /// Fails: not_found if an index names no graph.
    Result<Dataset> subset(Which graphs) const {
        return detail::make<Dataset>(diffpool_dataset_subset, get(), graphs.data(), graphs.size());
    }
    /// Takes all graphs away. What graphs must have, and the names of classes, stay.
    Result<void> clear() { return finish(diffpool_dataset_clear); }

    /// Saves the data set in one step, for open(). Fails: io; unsupported on machines that such files do not work on.
    Result<void> save(const std::filesystem::path &path) const {
        return detail::finish(detail::call(diffpool_dataset_save, get(), detail::Text(path, "the path")));
    }
    /// Writes JSON lines, compressed where the path ends in .gz. Fails: io; unsupported, naming the graph.
    Result<void> save_jsonl(const std::filesystem::path &path) const {
        return detail::finish(detail::call(diffpool_dataset_save_jsonl, get(), detail::Text(path, "the path")));
    }
    /// Writes a folder in TU format, which must be empty or not there yet.
    /// Fails: io; unsupported, naming what the format has no place for.
    Result<void> save_tu(const std::filesystem::path &folder) const {
        return detail::finish(detail::call(diffpool_dataset_save_tu, get(), detail::Text(folder, "the folder")));
    }
    /// Writes a folder of the Open Graph Benchmark in its raw form, without a split or with one in split/own.
    /// Fails: io; not_found and invalid_argument if the split does not fit; unsupported, naming what there is no place
    /// for.
    Result<void> save_ogb(const std::filesystem::path &folder) const {
        const diffpool_split *const none = nullptr;
        return detail::finish(detail::call(diffpool_dataset_save_ogb, get(), detail::Text(folder, "the folder"), none));
    }
    Result<void> save_ogb(const std::filesystem::path &folder, const Split &split) const;

    /// Names the classes from 0 on, or the words of sequences. Fails: invalid_argument if there are too few names.
    Result<void> set_class_names(const Names &names) { return name(diffpool_dataset_set_class_names, names, "a name"); }
    /// Names the features of a node, in order. Fails: shape_mismatch if there are not as many names as features.
    Result<void> set_feature_names(const Names &names) {
        return name(diffpool_dataset_set_feature_names, names, "a name");
    }
    /// Names whatever the graphs have, by a JSON object; see diffpool_dataset_set_names_json for its keys.
    /// Fails: parse; shape_mismatch; invalid_argument.
    Result<void> set_names_json(std::string_view json) {
        return finish(diffpool_dataset_set_names_json, detail::Text(json, "the JSON"));
    }
    /// Gives every graph an id; one that is empty is none. Fails: shape_mismatch if there are not as many as graphs.
    Result<void> set_ids(const Names &ids) {
        const detail::List list(ids, "an id", true);
        return finish(diffpool_dataset_set_ids, list, ids.strings().size());
    }
    /// Numbers the classes as a model does, by their names. Nothing needs it: wherever a model meets a data set,
    /// classes are found by name. Fails: invalid_graph if a graph is of a class that the model does not know.
    Result<void> align_classes(const Model &model);
    /// Says before the first graph that all will have words out of a vocabulary, of which a model predicts the first
    /// `length`; see diffpool_dataset_set_vocabulary for the two last words. Fails: invalid_argument; invalid_state.
    Result<void> set_vocabulary(const Names &words, std::size_t length) {
        const detail::List list(words, "a word", false);
        return finish(diffpool_dataset_set_vocabulary, list, words.strings().size(), length);
    }
    /// The same with so many words that have no names.
    Result<void> set_vocabulary(std::size_t words, std::size_t length) {
        const char *const *const none = nullptr;
        return finish(diffpool_dataset_set_vocabulary, none, words, length);
    }
    /// Gives every graph targets, a row of `columns` a graph; NaN is one that is missing.
    /// Fails: shape_mismatch if the values are no rows of so many columns, or not as many rows as graphs.
    Result<void> set_targets(Span<const float> targets, std::size_t columns) {
        std::size_t rows = 0;
        if (detail::Failure failure = detail::count_rows("targets", targets.size(), columns, rows)) {
            return detail::finish(std::move(failure));
        }
        return finish(diffpool_dataset_set_targets, targets.data(), rows, columns);
    }
    /// Makes the attributes of the graphs their targets. Fails: invalid_state if they have none.
    Result<void> use_graph_attributes_as_targets() { return finish(diffpool_dataset_use_graph_attributes_as_targets); }
    /// Gives every graph a weight in the loss that training minimises, from 0 to 1e30.
    /// Fails: shape_mismatch if there are not as many as graphs; invalid_argument.
    Result<void> set_graph_weights(Span<const float> weights) {
        if (detail::Failure failure = detail::same_length("weights", weights.size(), "the data set", graph_count())) {
            return detail::finish(std::move(failure));
        }
        return finish(diffpool_dataset_set_graph_weights, weights.data(), weights.size());
    }
    /// Takes all weights away: every graph counts 1.
    Result<void> clear_graph_weights() {
        const float *const none = nullptr;
        return finish(diffpool_dataset_set_graph_weights, none, std::size_t{0});
    }
    /// The weights of all graphs, 1 where none was given.
    Result<std::vector<float>> graph_weights() const {
        return detail::values<float>(diffpool_dataset_copy_graph_weights, get());
    }

    std::size_t graph_count() const noexcept { return diffpool_dataset_graph_count(get()); }
    /// The number of nodes, and of stored edges, of all graphs: an edge without direction counts twice.
    std::size_t node_count() const noexcept { return diffpool_dataset_node_count(get()); }
    std::size_t edge_count() const noexcept { return diffpool_dataset_edge_count(get()); }
    /// How many features and categories a node has, and how many targets a graph.
    std::size_t feature_count() const noexcept { return diffpool_dataset_feature_count(get()); }
    std::size_t category_count() const noexcept { return diffpool_dataset_category_count(get()); }
    std::size_t target_count() const noexcept { return diffpool_dataset_target_count(get()); }
    /// How many words of a sequence a model is to predict; 0 if there are no sequences.
    std::size_t sequence_length() const noexcept { return diffpool_dataset_sequence_length(get()); }
    /// The number of classes, or of words of the vocabulary.
    std::size_t class_count() const noexcept { return diffpool_dataset_class_count(get()); }
    std::string_view name() const & noexcept { return detail::view(diffpool_dataset_name(get())); }
    /// The name of a class; empty if there is no such class, or the classes have no names.
    std::string_view class_name(std::size_t class_index) const & noexcept {
        return ClassNamesOf::at(get(), class_index);
    }
    ClassNames class_names() const & { return ClassNames(get()); }
    /// What there is in the data set, as a JSON object; docs/json.md has its keys. Every edge is looked at.
    Result<std::string> summary_json() const { return detail::text(diffpool_dataset_summary_json, get()); }

    std::string_view name() const && = delete;
    std::string_view class_name(std::size_t class_index) const && = delete;
    ClassNames class_names() const && = delete;

  private:
    explicit Dataset(diffpool_dataset *raw) noexcept : Owner(raw) {}

    template <class Function, class... Arguments>
    Result<void> finish(Function *function, const Arguments &...arguments) {
        return detail::finish(detail::call(function, get(), arguments...));
    }
    template <class Function>
    Result<void> name(Function *function, const Names &names, const char *what) {
        const detail::List list(names, what, false);
        return finish(function, list, names.strings().size());
    }
};

/// A DatasetWriter takes graphs as a Dataset does and writes the file that Dataset::save would write of them, byte for
/// byte. It needs a few megabytes of memory besides the largest graph, however many there are. The file appears in one
/// step when it is finished; if the writer goes before, nothing is left behind.
///
///     diffpool::DatasetWriter writer("large.safetensors", "large");
///     for (std::size_t i = 0; i < dataset.graph_count(); ++i) {
///         dataset.get_graph(i, graph); // or make it
///         writer.add(graph);
///     }
///     writer.finish();
class DatasetWriter : public detail::Owner<diffpool_dataset_writer, diffpool_dataset_writer_free> {
  public:
#if DIFFPOOL_HPP_THROWS
    DatasetWriter(const std::filesystem::path &path, std::string_view name, Direction direction = Direction::undirected)
        : DatasetWriter(create(path, name, direction)) {}
#endif
    /// Begins to write a file. Fails: io; unsupported on machines that such files do not work on.
    static Result<DatasetWriter> create(const std::filesystem::path &path, std::string_view name,
                                        Direction direction = Direction::undirected) {
        return detail::make<DatasetWriter>(diffpool_dataset_writer_new, detail::Text(path, "the path"),
                                           detail::Text(name, "the name"), static_cast<std::uint32_t>(direction));
    }
    static DatasetWriter adopt(diffpool_dataset_writer *raw) noexcept { return DatasetWriter(raw); }

    /// Adds a graph. Fails: as Dataset::add; io, after which the writer can only go.
    Result<void> add(const Graph &graph) { return finish(diffpool_dataset_writer_add, graph.get()); }
    /// Adds all graphs of a data set; classes are matched by name. Fails: as Dataset::append; io.
    Result<void> append(const Dataset &dataset) { return finish(diffpool_dataset_writer_append, dataset.get()); }
    /// Names the classes. Graphs that are added later must be of one of them.
    Result<void> set_class_names(const Names &names) {
        const detail::List list(names, "a name", false);
        return finish(diffpool_dataset_writer_set_class_names, list, names.strings().size());
    }
    /// Says before the first graph that all will have words, as Dataset::set_vocabulary does.
    Result<void> set_vocabulary(const Names &words, std::size_t length) {
        const detail::List list(words, "a word", false);
        return finish(diffpool_dataset_writer_set_vocabulary, list, words.strings().size(), length);
    }
    Result<void> set_vocabulary(std::size_t words, std::size_t length) {
        const char *const *const none = nullptr;
        return finish(diffpool_dataset_writer_set_vocabulary, none, words, length);
    }
    /// The number of graphs that were added so far.
    std::size_t graph_count() const noexcept { return diffpool_dataset_writer_graph_count(get()); }
    /// Puts the file in place. Fails: io, and nothing is left of it; invalid_state if graphs lack what others have.
    Result<void> finish() { return finish(diffpool_dataset_writer_finish); }

  private:
    explicit DatasetWriter(diffpool_dataset_writer *raw) noexcept : Owner(raw) {}

    template <class Function, class... Arguments>
    Result<void> finish(Function *function, const Arguments &...arguments) {
        return detail::finish(detail::call(function, get(), arguments...));
    }
};

// =====================================================================================================================
// Split
// =====================================================================================================================

/// A Split has three lists of graphs of a data set: those to train on, to watch while training, and to keep back. Those
/// that the library deals out are stratified, and depend on nothing but the classes of the graphs and the seed.
///
///     for (std::size_t fold = 0; fold < 10; ++fold) {
///         const auto one = diffpool::Split::k_fold(dataset, 10, fold, 1);
///         std::printf("%zu graphs to train on, %zu kept back\n", one.train().size(), one.test().size());
///     }
class Split : public detail::Owner<diffpool_split, diffpool_split_free> {
  public:
    /// A split to be filled; until then it can be given to no call.
    Split() noexcept : Owner() {}
    static Split adopt(diffpool_split *raw) noexcept { return Split(raw); }

    /// Keeps a share of every class back, above 0 and below 1. Fails: invalid_argument if it leaves a list empty.
    static Result<Split> holdout(const Dataset &dataset, double fraction, std::uint64_t seed) {
        return detail::make<Split>(diffpool_split_holdout, dataset.get(), fraction, seed);
    }
    /// One fold, from 0, of a cross-validation. Fails: invalid_argument if there is no such fold.
    static Result<Split> k_fold(const Dataset &dataset, std::size_t folds, std::size_t fold, std::uint64_t seed) {
        return detail::make<Split>(diffpool_split_k_fold, dataset.get(), folds, fold, seed);
    }
    /// Reads one fold, from 0, of a JSON file such as those that Errica et al. (2020) publish.
    /// Fails: io; parse; not_found if there is no such fold, or an index names no graph; invalid_argument.
    static Result<Split> load(const Dataset &dataset, const std::filesystem::path &path, std::size_t fold = 0) {
        return detail::make<Split>(diffpool_split_load, dataset.get(), detail::Text(path, "the path"), fold);
    }
    /// Reads the split of a folder of the Open Graph Benchmark; `name` is that of a folder in split/, or empty for the
    /// only one. Fails: io; parse with file and line; invalid_argument if there are several and none is named.
    static Result<Split> load_ogb(const Dataset &dataset, const std::filesystem::path &folder,
                                  std::string_view name = {}) {
        return detail::make<Split>(diffpool_split_load_ogb, dataset.get(), detail::Text(folder, "the folder"),
                                   detail::Optional(name, "the name"));
    }
    /// Saves the split as a file of one fold. Fails: io.
    Result<void> save(const std::filesystem::path &path) const {
        return detail::finish(detail::call(diffpool_split_save, get(), detail::Text(path, "the path")));
    }

    /// Replaces a list. Whether a data set has the graphs is checked where the split is used.
    Result<Split &> set_train(Span<const std::size_t> graphs) { return change(diffpool_split_set_train, graphs); }
    Result<Split &> set_validation(Span<const std::size_t> graphs) {
        return change(diffpool_split_set_validation, graphs);
    }
    Result<Split &> set_test(Span<const std::size_t> graphs) { return change(diffpool_split_set_test, graphs); }

    /// The graphs to train on.
    Span<const std::size_t> train() const & noexcept { return list(diffpool_split_train); }
    /// The graphs to watch while training; none if the library dealt them out.
    Span<const std::size_t> validation() const & noexcept { return list(diffpool_split_validation); }
    /// The graphs kept back.
    Span<const std::size_t> test() const & noexcept { return list(diffpool_split_test); }

    Span<const std::size_t> train() const && = delete;
    Span<const std::size_t> validation() const && = delete;
    Span<const std::size_t> test() const && = delete;

  private:
    explicit Split(diffpool_split *raw) noexcept : Owner(raw) {}

    template <class Function>
    Result<Split &> change(Function *function, Span<const std::size_t> graphs) {
        detail::Failure failure;
        if (get() == nullptr) {
            diffpool_split *raw = nullptr;
            failure = detail::call(diffpool_split_new, &raw);
            own(raw);
        }
        return detail::done(*this,
                            failure ? std::move(failure) : detail::call(function, get(), graphs.data(), graphs.size()));
    }
    template <class Function>
    Span<const std::size_t> list(Function *function) const noexcept {
        std::size_t length = 0;
        const std::size_t *const graphs = function(get(), &length);
        return {graphs, graphs == nullptr ? 0 : length};
    }
};

/// A SplitRef is how calls take a Split: one, or `all` for training on all graphs and watching none.
class SplitRef {
  public:
    SplitRef(All = all) noexcept : split_{nullptr, true, "the split"} {}
    SplitRef(const Split &split) noexcept : split_{split.get(), false, "the split"} {}
    const detail::Given<diffpool_split> &given() const noexcept { return split_; }

  private:
    detail::Given<diffpool_split> split_;
};

inline Result<void> Dataset::save_ogb(const std::filesystem::path &folder, const Split &split) const {
    return detail::finish(
        detail::call(diffpool_dataset_save_ogb, get(), detail::Text(folder, "the folder"), SplitRef(split).given()));
}

// =====================================================================================================================
// Config
// =====================================================================================================================

/// A Config says what a model looks like and how it is trained, by key; docs/configuration.md has them all. Each value
/// is checked where it is set, and whether they fit together by check() and by every call that takes a configuration.
///
///     config.set("epochs", 200).set("learning_rate", 3e-4).set("readout", "sum").set("shuffle", true);
///     config.set("clusters", {8, 2});
///     config.merge_json(R"({"patience": 20, "early_stopping": "metric"})");
///     std::printf("trains with %s\n", config.difference_json("default").c_str());
class Config : public detail::Owner<diffpool_config, diffpool_config_free> {
  public:
#if DIFFPOOL_HPP_THROWS
    explicit Config(std::string_view preset = "default") : Config(create(preset)) {}
#endif
    /// A configuration from a preset, such as "default", "tuned", "molecules" and "paper".
    /// Fails: invalid_config if there is no such preset.
    static Result<Config> create(std::string_view preset = "default") {
        return detail::make<Config>(diffpool_config_new, detail::Text(preset, "the preset"));
    }
    static Config adopt(diffpool_config *raw) noexcept { return Config(raw); }
    /// Reads a JSON object. Keys that it leaves out are those of its "preset". Fails: invalid_config.
    static Result<Config> from_json(std::string_view json) {
        return detail::make<Config>(diffpool_config_from_json, detail::Text(json, "the JSON"));
    }
    /// A second configuration with the same values.
    Result<Config> clone() const { return detail::make<Config>(diffpool_config_clone, get()); }

    /// Sets a key: to a bool, a whole number, a fraction, a string, or a list of numbers (any container of them).
    /// Fails: invalid_config if there is no such key, or it does not accept the value.
    template <class Value>
    Result<Config &> set(std::string_view key, const Value &value) {
        const detail::Text name(key, "the key");
        if constexpr (std::is_same_v<Value, bool>) {
            return change(diffpool_config_set_bool, name, value ? 1 : 0);
        } else if constexpr (std::is_integral_v<Value>) {
            if constexpr (std::is_unsigned_v<Value> && sizeof(Value) >= sizeof(std::int64_t)) {
                if (value > static_cast<Value>((std::numeric_limits<std::int64_t>::max)())) {
                    return detail::done(*this, detail::Failure(Error(Status::invalid_config,
                                                                     name.text + " is " + std::to_string(value) +
                                                                         ", which is beyond 64 bits with a sign")));
                }
            }
            return change(diffpool_config_set_int, name, static_cast<std::int64_t>(value));
        } else if constexpr (std::is_floating_point_v<Value>) {
            return change(diffpool_config_set_float, name, static_cast<double>(value));
        } else if constexpr (std::is_convertible_v<const Value &, std::string_view>) {
            return change(diffpool_config_set_string, name, detail::Text(std::string_view(value), name.text.c_str()));
        } else {
            return set_list(name, value);
        }
    }
    Result<Config &> set(std::string_view key, std::initializer_list<double> values) {
        return set_list(detail::Text(key, "the key"), values);
    }
    /// Sets a key to a value written as JSON, whatever its type. Fails: as set().
    Result<Config &> set_json(std::string_view key, std::string_view json) {
        return change(diffpool_config_set_json, detail::Text(key, "the key"), detail::Text(json, "the JSON"));
    }
    /// Sets all keys of a JSON object, or none. Fails: as set().
    Result<Config &> merge_json(std::string_view json) {
        return change(diffpool_config_merge_json, detail::Text(json, "the JSON"));
    }
    /// The value of one key as JSON. Fails: invalid_config if there is no such key.
    Result<std::string> get_json(std::string_view key) const {
        return detail::text(diffpool_config_get_json, get(), detail::Text(key, "the key"));
    }
    /// All keys and values as a JSON object, which from_json() reads.
    Result<std::string> to_json() const { return detail::text(diffpool_config_to_json, get()); }
    /// What the configuration has in place of the values of a preset, as a JSON object. Fails: invalid_config.
    Result<std::string> difference_json(std::string_view preset) const {
        return detail::text(diffpool_config_difference_json, get(), detail::Text(preset, "the preset"));
    }
    /// Describes every key, as a JSON array of objects; docs/json.md has what is in one.
    static Result<std::string> keys_json() { return detail::text(diffpool_config_keys_json); }
    /// Checks that the values fit together. Fails: invalid_config, naming the keys that do not.
    Result<void> check() const { return detail::finish(detail::call(diffpool_config_check, get())); }

  private:
    explicit Config(diffpool_config *raw) noexcept : Owner(raw) {}

    template <class Function, class... Arguments>
    Result<Config &> change(Function *function, const Arguments &...arguments) {
        return detail::done(*this, detail::call(function, get(), arguments...));
    }
    // Whole numbers, however they are stored, suit every list.
    template <class Container>
    Result<Config &> set_list(const detail::Text &key, const Container &list) {
        std::vector<std::int64_t> whole;
        std::vector<double> numbers;
        for (const auto value : list) {
            static_assert(std::is_arithmetic_v<std::remove_const_t<decltype(value)>>, "a list is one of numbers");
            const double number = static_cast<double>(value);
            numbers.push_back(number);
            if (std::trunc(number) >= number && std::trunc(number) <= number && std::fabs(number) < 9.0e15) {
                whole.push_back(static_cast<std::int64_t>(value));
            }
        }
        if (whole.size() == numbers.size()) {
            return change(diffpool_config_set_ints, key, whole.data(), whole.size());
        }
        return change(diffpool_config_set_floats, key, numbers.data(), numbers.size());
    }
};

// =====================================================================================================================
// Model
// =====================================================================================================================

class ModelEditor;
class Schema;
class Tensor;

/// A Model is a trained network, with all that a prediction needs. It is shared and never changes: a copy is another
/// reference to the same model, and any number of threads may use any of them. ModelEditor makes a changed one.
///
///     model.save("model.safetensors");
///     const diffpool::Model other = diffpool::Model::load("model.safetensors");
///     for (const std::string_view name : other.class_names())
///         std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
class Model {
    struct ClassNamesOf;
    struct MetadataOf;
    struct TensorsOf;

  public:
    using handle_type = diffpool_model;
    using ClassNames = detail::Sequence<ClassNamesOf>;
    using Metadata = detail::Sequence<MetadataOf>;
    using Tensors = detail::Sequence<TensorsOf>;

    /// No model: what a moved-from one is. Its counts are 0, and calls with it fail by null_pointer.
    Model() noexcept : handle_() {}
    /// Takes a model over from its caller.
    static Model adopt(diffpool_model *raw) {
        Model model;
        model.handle_ = std::shared_ptr<diffpool_model>(raw, detail::Freer<diffpool_model, diffpool_model_free>());
        return model;
    }
    /// The handle, lent as long as there is a copy of this model.
    const diffpool_model *get() const noexcept { return handle_.get(); }

    /// Makes a model with fresh weights. What depends on data is taken from the graphs to train on. A Trainer made from
    /// a configuration makes its own. Fails: invalid_config; not_found; invalid_argument; invalid_graph.
    static Result<Model> create(const Config &config, const Dataset &dataset, SplitRef split = {}) {
        return detail::make<Model>(diffpool_model_new, config.get(), dataset.get(), split.given());
    }
    /// Loads a file. Fails: io; invalid_file; unsupported_version.
    static Result<Model> load(const std::filesystem::path &path) {
        return detail::make<Model>(diffpool_model_load, detail::Text(path, "the path"));
    }
    /// Loads the bytes of a file. Fails: invalid_file; unsupported_version.
    static Result<Model> from_bytes(Span<const std::uint8_t> bytes) {
        return detail::make<Model>(diffpool_model_from_bytes, bytes.data(), bytes.size());
    }
    /// Reads the header of a file and nothing else, as a JSON object with "schema", "config", "metadata", "tensors",
    /// "tensor_bytes" and "complete". It is not checked against the weights. Fails: as load().
    static Result<std::string> peek_json(const std::filesystem::path &path) {
        return detail::text(diffpool_model_peek_json, detail::Text(path, "the path"));
    }
    /// Saves the model; a file that is there is replaced in one step. Fails: io.
    Result<void> save(const std::filesystem::path &path) const {
        return detail::finish(detail::call(diffpool_model_save, get(), detail::Text(path, "the path")));
    }
    /// The bytes that save() would write.
    Result<Bytes> to_bytes() const {
        std::uint8_t *bytes = nullptr;
        std::size_t length = 0;
        if (detail::Failure failure = detail::call(diffpool_model_to_bytes, get(), &bytes, &length)) {
            return detail::failed<Bytes>(failure);
        }
        return detail::succeeded<Bytes>(Bytes::adopt(bytes, length));
    }

    /// The model in a few lines for people, and as a JSON object for programs.
    Result<std::string> summary_text() const { return detail::text(diffpool_model_summary_text, get()); }
    Result<std::string> summary_json() const { return detail::text(diffpool_model_summary_json, get()); }
    /// What the model looks like and how it was trained; begin with it to fine-tune.
    Result<Config> config() const { return detail::make<Config>(diffpool_model_config, get()); }
    /// What the model expects of a graph.
    Schema schema() const;
    /// Checks what a prediction would check of a graph. Fails: shape_mismatch and invalid_graph, as the prediction
    /// would.
    Result<void> check(const Graph &graph) const {
        return detail::finish(detail::call(diffpool_model_check, get(), graph.get()));
    }
    /// A copy that can be changed.
    Result<ModelEditor> edit() const;

    /// The number of classes that a target is one of, or words of the vocabulary; 0 for "multilabel" and "regression".
    std::size_t class_count() const noexcept { return diffpool_model_class_count(get()); }
    /// The number of targets of a graph, and of logits.
    std::size_t target_count() const noexcept { return diffpool_model_target_count(get()); }
    std::size_t output_count() const noexcept { return diffpool_model_output_count(get()); }
    /// The number of columns of the embedding of a graph, of pooling levels, and of trained parameters.
    std::size_t embedding_width() const noexcept { return diffpool_model_embedding_width(get()); }
    std::size_t level_count() const noexcept { return diffpool_model_level_count(get()); }
    std::size_t parameter_count() const noexcept { return diffpool_model_parameter_count(get()); }
    /// What is predicted: "multiclass", "binary", "multilabel", "regression" or "sequence".
    std::string_view task() const & noexcept { return detail::view(diffpool_model_task(get())); }
    /// The metric that the history of its training records.
    std::string_view metric() const & noexcept { return detail::view(diffpool_model_metric(get())); }
    /// The name of a class, from 0; empty if there is none.
    std::string_view class_name(std::size_t class_index) const & noexcept {
        return detail::view(diffpool_model_class_name(get(), class_index));
    }
    /// The SHA-256 of all that determines predictions, as 64 hexadecimal digits. The first call takes time that grows
    /// with the weights.
    std::string_view fingerprint() const & noexcept { return detail::view(diffpool_model_fingerprint(get())); }
    /// The value of a key of the metadata; nothing where there is none.
    std::optional<std::string_view> metadata(std::string_view key) const & {
        const char *const value = diffpool_model_metadata(get(), std::string(key).c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string_view>(value);
    }
    /// The names of all classes, all keys of the metadata with their values, and all tensors, to be run over.
    ClassNames class_names() const;
    Metadata metadata() const;
    Tensors tensors() const;
    /// The tensor of a name; whether there is one is told by what is asked of it.
    Tensor tensor(std::string_view name) const;

    std::string_view task() const && = delete;
    std::string_view metric() const && = delete;
    std::string_view class_name(std::size_t class_index) const && = delete;
    std::string_view fingerprint() const && = delete;
    std::optional<std::string_view> metadata(std::string_view key) const && = delete;

  private:
    std::shared_ptr<const diffpool_model> handle_;
};

/// A Tensor is one array of the weights of a model, such as "levels.0.embed.convs.1.weight_rel": floats, row by row.
///
///     for (const diffpool::Tensor &tensor : model.tensors())
///         std::printf("%s has %zu values\n", tensor.name().c_str(), tensor.values().size());
class Tensor {
  public:
    Tensor(Model model, std::string_view name) : model_(std::move(model)), name_(name, "the name") {}
    const std::string &name() const & noexcept { return name_.text; }
    std::string name() && { return std::move(name_.text); }
    /// The sizes along each dimension. Fails: not_found if no tensor has this name, as all that follow.
    Result<std::vector<std::size_t>> shape() const {
        return detail::values<std::size_t>(diffpool_model_copy_tensor_shape, model_.get(), name_);
    }
    /// The values: a new array, or into one of the caller's, which tells how many there are.
    Result<std::vector<float>> values() const {
        return detail::values<float>(diffpool_model_copy_tensor, model_.get(), name_);
    }
    Result<std::size_t> values(Span<float> into) const {
        return detail::fill(into, diffpool_model_copy_tensor, model_.get(), name_);
    }
    /// Whether the tensor is trained, or only measured in training.
    Result<bool> is_trained() const {
        int trained = 0;
        detail::Failure failure = detail::call(diffpool_model_tensor_trained, model_.get(), name_, &trained);
        return failure ? detail::failed<bool>(failure) : detail::succeeded<bool>(trained != 0);
    }

  private:
    Model model_;
    detail::Text name_;
};

struct Model::ClassNamesOf {
    using Owner = Model;
    static std::size_t count(const Model &model) noexcept { return model.class_count(); }
    static std::string_view at(const Model &model, std::size_t index) noexcept { return model.class_name(index); }
};

struct Model::MetadataOf {
    using Owner = Model;
    static std::size_t count(const Model &model) noexcept { return diffpool_model_metadata_count(model.get()); }
    static std::pair<std::string_view, std::string_view> at(const Model &model, std::size_t index) noexcept {
        const char *const key = diffpool_model_metadata_key(model.get(), index);
        return {detail::view(key), detail::view(diffpool_model_metadata(model.get(), key))};
    }
};

struct Model::TensorsOf {
    using Owner = Model;
    static std::size_t count(const Model &model) noexcept { return diffpool_model_tensor_count(model.get()); }
    static Tensor at(const Model &model, std::size_t index) {
        return Tensor(model, detail::view(diffpool_model_tensor_name(model.get(), index)));
    }
};

inline Model::ClassNames Model::class_names() const { return ClassNames(*this); }
inline Model::Metadata Model::metadata() const { return Metadata(*this); }
inline Model::Tensors Model::tensors() const { return Tensors(*this); }
inline Tensor Model::tensor(std::string_view name) const { return Tensor(*this, name); }

inline Result<void> Dataset::align_classes(const Model &model) {
    return finish(diffpool_dataset_align_classes, model.get());
}

/// A Schema says what a model expects of a graph. It shares the model.
///
///     const diffpool::Schema schema = model.schema();
///     std::printf("a node comes with %zu features; all of it: %s\n", schema.feature_count(), schema.json().c_str());
class Schema {
  public:
    explicit Schema(Model model) noexcept : model_(std::move(model)) {}
    /// How many features and categories every node must come with; 0 where the model does not use them.
    std::size_t feature_count() const noexcept { return diffpool_model_feature_count(model_.get()); }
    std::size_t category_count() const noexcept { return diffpool_model_category_count(model_.get()); }
    /// Whether every node must come with a label.
    bool uses_node_labels() const noexcept { return diffpool_model_uses_node_labels(model_.get()) != 0; }
    /// Whether edges keep their direction.
    bool is_directed() const noexcept { return diffpool_model_is_directed(model_.get()) != 0; }
    /// The number of relations, edge labels that the model tells apart; 1 if it takes all edges for one kind.
    std::size_t relation_count() const noexcept { return diffpool_model_relation_count(model_.get()); }
    /// The edge labels that are a relation each, ascending; none where all edges are of one kind.
    Result<std::vector<std::int64_t>> relations() const {
        return detail::values<std::int64_t>(diffpool_model_copy_relations, model_.get());
    }
    /// All that is known, as a JSON object; see diffpool_model_schema_json for its keys.
    Result<std::string> json() const { return detail::text(diffpool_model_schema_json, model_.get()); }

  private:
    Model model_;
};

inline Schema Model::schema() const { return Schema(*this); }

/// A ModelEditor has a copy of a model that can be changed, and makes a Model of it.
///
///     const diffpool::Model signed_one = model.edit().set_metadata("licence", "CC-BY-4.0").finish();
///     for (const auto &[key, value] : signed_one.metadata())
///         std::printf("%s: %s\n", key.data(), value.data());
class ModelEditor : public detail::Owner<diffpool_model, diffpool_model_free> {
  public:
    static ModelEditor adopt(diffpool_model *raw) noexcept { return ModelEditor(raw); }

    /// Gives a key of the metadata a value: at most 255 bytes, and 1048576. Keys that begin with "diffpool." are
    /// written by training. Fails: invalid_argument.
    Result<ModelEditor &> set_metadata(std::string_view key, std::string_view value) {
        return change(diffpool_model_set_metadata, detail::Text(key, "the key"), detail::Text(value, "the value"));
    }
    /// Takes a key of the metadata away, whether it is there or not.
    Result<ModelEditor &> remove_metadata(std::string_view key) {
        const char *const none = nullptr;
        return change(diffpool_model_set_metadata, detail::Text(key, "the key"), none);
    }
    /// Replaces the values of a tensor. Fails: not_found; shape_mismatch; invalid_argument if a value is not finite.
    Result<ModelEditor &> set_tensor(std::string_view name, Span<const float> values) {
        return change(diffpool_model_set_tensor, detail::Text(name, "the name"), values.data(), values.size());
    }
    /// The model. The editor is as if moved from.
    Model finish() { return Model::adopt(release()); }

  private:
    explicit ModelEditor(diffpool_model *raw) noexcept : Owner(raw) {}

    template <class Function, class... Arguments>
    Result<ModelEditor &> change(Function *function, const Arguments &...arguments) {
        return detail::done(*this, detail::call(function, get(), arguments...));
    }
};

inline Result<ModelEditor> Model::edit() const { return detail::make<ModelEditor>(diffpool_model_clone, get()); }

// =====================================================================================================================
// Session
// =====================================================================================================================

/// A Ranking has the most probable classes of graphs and their probabilities, the most probable first: a row a graph.
struct Ranking {
    Matrix<std::size_t> classes{};
    Matrix<float> probabilities{};
};

/// A Session has the scratch memory and the results of predictions by one thread. Make one a thread from the same
/// model. Once it has seen a graph of the largest size, predicting allocates nothing and waits for nothing. Results are
/// those of the last prediction; methods that read them fail by invalid_state before one. The same graph and model give
/// the same bits in every session.
///
///     const std::string_view name = session.predict(graph).class_name();
///     const std::vector<float> probabilities = session.probabilities();
///     for (const diffpool::Session::Level &level : session.levels())
///         std::printf("level %zu: %.1f clusters in use\n", level.index(), level.diagnostic("clusters_in_use"));
///     std::printf("%s %.2f\n", name.data(), static_cast<double>(probabilities[0]));
class Session : public detail::Owner<diffpool_session, diffpool_session_free> {
    struct LevelsOf;

  public:
    /// What pooling made of the graph on one level. It is lent by the session.
    class Level : public detail::Level<diffpool_session, diffpool_session_diagnostic> {
      public:
        using detail::Level<diffpool_session, diffpool_session_diagnostic>::Level;
        /// The assignment matrix: a row a node (from level 1 on: a cluster of the level before), a column a cluster.
        /// Fails: invalid_state before a prediction; not_found if there is no such level.
        Result<Matrix<float>> assignment() const {
            return detail::matrix(diffpool_session_copy_assignment, raw(), index());
        }
        /// The pooled features, a row a cluster.
        Result<Matrix<float>> pooled_x() const {
            return detail::matrix(diffpool_session_copy_pooled_x, raw(), index());
        }
        /// The pooled adjacency matrix in one relation, from 0, or summed over all of them.
        Result<Matrix<float>> pooled_adjacency(std::size_t relation = detail::everything) const {
            std::size_t clusters = 0;
            float *const none = nullptr;
            detail::Failure failure = detail::call(diffpool_session_copy_pooled_adjacency, raw(), index(), relation,
                                                   none, std::size_t{0}, &clusters);
            Matrix<float> result{clusters, clusters, std::vector<float>(clusters * clusters)};
            if (!failure && clusters != 0) {
                failure = detail::call(diffpool_session_copy_pooled_adjacency, raw(), index(), relation,
                                       result.values.data(), result.values.size(), &clusters);
            }
            return failure ? detail::failed<Matrix<float>>(failure)
                           : detail::succeeded<Matrix<float>>(std::move(result));
        }
    };
    using Levels = detail::Sequence<LevelsOf>;

#if DIFFPOOL_HPP_THROWS
    explicit Session(const Model &model) : Session(create(model)) {}
#endif
    /// A session, which shares the model. Fails: invalid_config and unsupported by the environment's DIFFPOOL_CPU.
    static Result<Session> create(const Model &model) {
        diffpool_session *raw = nullptr;
        detail::Failure failure = detail::call(diffpool_session_new, model.get(), &raw);
        return failure ? detail::failed<Session>(failure) : detail::succeeded<Session>(adopt(raw, model));
    }
    /// Takes a session over that was made with `model`.
    static Session adopt(diffpool_session *raw, Model model) noexcept { return Session(raw, std::move(model)); }
    const Model &model() const & noexcept { return model_; }

    /// Predicts a graph, and returns this session to read the results.
    /// Fails: shape_mismatch and invalid_graph, naming index and value or both sizes; unsupported; cancelled, timeout
    /// and limit by `control`. There are no results then.
    Result<const Session &> predict(const Graph &graph, ControlRef control = {}) {
        return detail::done<const Session>(
            *this, detail::call_watched(diffpool_session_predict, get(), graph.get(), control.given()));
    }
    /// Predicts one graph of a data set. Fails: not_found if there is no such graph; else as above.
    Result<const Session &> predict(const Dataset &dataset, std::size_t index, ControlRef control = {}) {
        return detail::done<const Session>(
            *this, detail::call_watched(diffpool_session_predict_from, get(), dataset.get(), index, control.given()));
    }
    /// The same without ever throwing an Error, for graphs that may well be refused.
    Expected<const Session &> try_predict(const Graph &graph, ControlRef control = {}) {
        return tried(detail::call_watched(diffpool_session_predict, get(), graph.get(), control.given()));
    }
    Expected<const Session &> try_predict(const Dataset &dataset, std::size_t index, ControlRef control = {}) {
        return tried(detail::call_watched(diffpool_session_predict_from, get(), dataset.get(), index, control.given()));
    }

    /// The predicted class; of the task "binary" 0 or 1. Fails: unsupported if the task is another.
    Result<std::size_t> class_index() const { return detail::value<std::size_t>(diffpool_session_class, get()); }
    /// The name of the predicted class, lent as long as there is a copy of the model. Fails: as class_index().
    Result<std::string_view> class_name() const {
        std::size_t index = 0;
        if (detail::Failure failure = detail::call(diffpool_session_class, get(), &index)) {
            return detail::failed<std::string_view>(failure);
        }
        return detail::succeeded<std::string_view>(model_.class_name(index));
    }
    /// The prediction of every target: its class or word, of a label 0 or 1. Fails: unsupported for a regression.
    Result<std::vector<std::size_t>> predictions() const {
        return detail::values<std::size_t>(diffpool_session_copy_predictions, get());
    }
    /// The logits, Model::output_count of them; those of a regression are the numbers that it predicts.
    Result<std::vector<float>> logits() const { return detail::values<float>(diffpool_session_copy_logits, get()); }
    /// The probabilities, one a logit. Fails: unsupported for a regression.
    Result<std::vector<float>> probabilities() const {
        return detail::values<float>(diffpool_session_copy_probabilities, get());
    }
    /// What the head of the model sees of the graph, Model::embedding_width values.
    Result<std::vector<float>> embedding() const {
        return detail::values<float>(diffpool_session_copy_embedding, get());
    }
    /// How much each node adds to a logit: its features times the gradient of the logit. Fails: not_found;
    /// invalid_graph.
    Result<std::vector<float>> node_importance(std::size_t logit) {
        return detail::values<float>(diffpool_session_copy_node_importance, get(), logit);
    }
    /// The same into an array of the caller's, without asking for memory; returns how many values there are.
    /// Fails: buffer_too_small also, with both numbers.
    Result<std::size_t> predictions(Span<std::size_t> into) const {
        return detail::fill(into, diffpool_session_copy_predictions, get());
    }
    Result<std::size_t> logits(Span<float> into) const {
        return detail::fill(into, diffpool_session_copy_logits, get());
    }
    Result<std::size_t> probabilities(Span<float> into) const {
        return detail::fill(into, diffpool_session_copy_probabilities, get());
    }
    Result<std::size_t> embedding(Span<float> into) const {
        return detail::fill(into, diffpool_session_copy_embedding, get());
    }
    Result<std::size_t> node_importance(std::size_t logit, Span<float> into) {
        return detail::fill(into, diffpool_session_copy_node_importance, get(), logit);
    }
    /// The `k` most probable classes. Fails: unsupported if the task is not "multiclass"; invalid_argument if there are
    /// fewer classes.
    Result<Ranking> top(std::size_t k) const {
        // Nothing is reserved for a number that the library refuses.
        const std::size_t room = (std::min)(k, model_.output_count());
        Ranking ranking{{1, room, std::vector<std::size_t>(room)}, {1, room, std::vector<float>(room)}};
        detail::Failure failure = room == k
                                      ? detail::call(diffpool_session_copy_top, get(), ranking.classes.values.data(),
                                                     ranking.probabilities.values.data(), k)
                                      : detail::too_many(k, room);
        return failure ? detail::failed<Ranking>(failure) : detail::succeeded<Ranking>(std::move(ranking));
    }
    /// What pooling made of the graph, level by level. It is lent by the session.
    Levels levels() const &;
    Levels levels() const && = delete;

    /// The number of nodes of the graph that was predicted last.
    std::size_t node_count() const noexcept { return diffpool_session_node_count(get()); }
    /// Makes room for graphs of so many nodes and edges. Fails: out_of_memory.
    Result<void> reserve(std::size_t nodes, std::size_t edges) {
        return detail::finish(detail::call(diffpool_session_reserve, get(), nodes, edges));
    }
    /// The bytes that the session holds, without those of the model.
    std::size_t memory() const noexcept { return diffpool_session_memory(get()); }
    /// Gives the memory back, and the results.
    Result<void> shrink() { return detail::finish(detail::call(diffpool_session_shrink, get())); }

  private:
    Session(diffpool_session *raw, Model &&model) noexcept : Owner(raw), model_(std::move(model)) {}

    Expected<const Session &> tried(detail::Failure &&failure) const {
        return failure ? Expected<const Session &>(*std::move(failure)) : Expected<const Session &>(*this);
    }

    Model model_;
};

struct Session::LevelsOf {
    using Owner = const Session *;
    static std::size_t count(Owner session) noexcept { return session->model().level_count(); }
    static Level at(Owner session, std::size_t index) noexcept { return {session->get(), index}; }
};

inline Session::Levels Session::levels() const & { return Levels(this); }

// =====================================================================================================================
// Evaluation and Predictor
// =====================================================================================================================

/// An Evaluation says how well a model does on graphs whose targets are known; Predictor::evaluate makes them.
///
///     const diffpool::Evaluation evaluation = predictor.evaluate(dataset, split.test());
///     std::printf("accuracy %.3f, calibration error %.3f\n", evaluation.metric("accuracy"),
///                 evaluation.metric("calibration_error"));
///     const diffpool::Matrix<std::uint64_t> confusion = evaluation.confusion();
class Evaluation : public detail::Owner<diffpool_evaluation, diffpool_evaluation_free> {
    using LevelsOf =
        detail::Levels<diffpool_evaluation, diffpool_evaluation_level_count, diffpool_evaluation_diagnostic>;

  public:
    using Levels = detail::Sequence<LevelsOf>;

    static Evaluation adopt(diffpool_evaluation *raw) noexcept { return Evaluation(raw); }

    std::size_t graph_count() const noexcept { return diffpool_evaluation_graph_count(get()); }
    /// A number by its name, such as "loss", "accuracy", "macro_f1", "roc_auc", "rmse" and "calibration_error"; see
    /// diffpool_evaluation_metric. NaN where it is not defined, and if there is no such number.
    double metric(std::string_view name) const { return diffpool_evaluation_metric(get(), std::string(name).c_str()); }
    /// A metric of every target by itself. Fails: not_found if there is none of this name; invalid_argument if the task
    /// is not measured by it.
    Result<std::vector<double>> metric_by_target(std::string_view name) const {
        return detail::values<double>(diffpool_evaluation_copy_metric_by_target, get(), detail::Text(name, "the name"));
    }
    /// How many graphs of a class (row) were predicted as a class (column); empty unless graphs are of one of several.
    Result<Matrix<std::uint64_t>> confusion() const {
        Expected<std::vector<std::uint64_t>> counts =
            detail::filled<std::uint64_t>(diffpool_evaluation_copy_confusion, get());
        if (!counts) {
            return detail::failed<Matrix<std::uint64_t>>(std::move(counts).error());
        }
        std::size_t classes = 0;
        while (classes * classes < counts->size()) {
            ++classes;
        }
        return detail::succeeded<Matrix<std::uint64_t>>(Matrix<std::uint64_t>{classes, classes, *std::move(counts)});
    }
    /// The predictions: a row a graph, a column a target; none of a regression.
    Result<Matrix<std::size_t>> predictions() const {
        return detail::table<std::size_t>(graph_count(), diffpool_evaluation_copy_predictions, get());
    }
    /// The logits: a row a graph; those of sequences are not kept.
    Result<Matrix<float>> logits() const {
        return detail::table<float>(graph_count(), diffpool_evaluation_copy_logits, get());
    }
    /// Numbers and confusion matrix as a JSON object.
    Result<std::string> json() const { return detail::text(diffpool_evaluation_json, get()); }
    /// The pooling levels, with a `diagnostic(name)` each; none if the key `diagnostics` of the model is off.
    Levels levels() const & { return Levels(get()); }
    Levels levels() const && = delete;

  private:
    explicit Evaluation(diffpool_evaluation *raw) noexcept : Owner(raw) {}
};

/// A Predictor predicts many graphs in one call, on threads of its own that stay warm between calls. A graph that is
/// refused does not keep the others from being predicted: it has a status and a message, NaN for every number, and
/// SIZE_MAX for every class. Results have the same bits as those of a Session, and are those of the last prediction.
///
///     const std::vector<std::size_t> some = {4, 8, 15};
///     predictor.predict(dataset, some);
///     const diffpool::Matrix<std::size_t> classes = predictor.predictions();
///     for (std::size_t i = 0; i < some.size(); ++i)
///         if (predictor.status(i) == diffpool::Status::ok)
///             std::printf("graph %zu: %s\n", some[i], model.class_name(classes(i, 0)).data());
class Predictor : public detail::Owner<diffpool_predictor, diffpool_predictor_free> {
    struct OutcomesOf;

  public:
    /// What became of one graph: ok, or why it was refused. The message is lent until the next prediction.
    struct Outcome {
        Status status;
        std::string_view message;
        explicit operator bool() const noexcept { return status == Status::ok; }
    };
    using Outcomes = detail::Sequence<OutcomesOf>;

#if DIFFPOOL_HPP_THROWS
    explicit Predictor(const Model &model, std::size_t threads = 0) : Predictor(create(model, threads)) {}
#endif
    /// A predictor with so many threads, at most 1024; 0 is one a core. It shares the model. Fails: invalid_argument.
    static Result<Predictor> create(const Model &model, std::size_t threads = 0) {
        diffpool_predictor *raw = nullptr;
        detail::Failure failure = detail::call(diffpool_predictor_new, model.get(), threads, &raw);
        return failure ? detail::failed<Predictor>(failure) : detail::succeeded<Predictor>(adopt(raw, model));
    }
    /// Takes a predictor over that was made with `model`.
    static Predictor adopt(diffpool_predictor *raw, Model model) noexcept { return Predictor(raw, std::move(model)); }
    const Model &model() const & noexcept { return model_; }

    /// Predicts graphs. Fails: cancelled and timeout by `control`; there are then no results. A graph that is refused,
    /// also by a limit, is told by status().
    Result<void> predict(Span<const Graph> graphs, ControlRef control = {}) {
        std::vector<const diffpool_graph *> handles;
        handles.reserve(graphs.size());
        for (const Graph &graph : graphs) {
            handles.push_back(graph.get());
        }
        return predict_handles(handles, control);
    }
    Result<void> predict(Span<const Graph *const> graphs, ControlRef control = {}) {
        std::vector<const diffpool_graph *> handles;
        handles.reserve(graphs.size());
        for (const Graph *graph : graphs) {
            handles.push_back(graph == nullptr ? nullptr : graph->get());
        }
        return predict_handles(handles, control);
    }
    /// Predicts graphs of a data set, whose targets are not looked at. Fails: not_found if an index names no graph.
    Result<void> predict(const Dataset &dataset, Which graphs = all, ControlRef control = {}) {
        return detail::finish(detail::call_watched(diffpool_predictor_predict_dataset, get(), dataset.get(),
                                                   graphs.data(), graphs.size(), control.given()));
    }
    /// Predicts many graphs that are given as one, as Dataset::add_batch takes them.
    /// Fails: shape_mismatch and invalid_graph if the batch is not laid out so.
    Result<void> predict_batch(const Graph &batch, Span<const std::int64_t> node_offsets, ControlRef control = {}) {
        return detail::finish(detail::call_watched(diffpool_predictor_predict_batch, get(), batch.get(),
                                                   node_offsets.data(), node_offsets.size(), control.given()));
    }
    /// Predicts graphs of a data set and compares with their targets. The results of the last prediction stay.
    /// Fails: not_found; shape_mismatch and invalid_graph if the graphs lack what the model reads; invalid_argument if
    /// there are no graphs, or the model does not have the class of one; cancelled, timeout and limit by `control`.
    Result<Evaluation> evaluate(const Dataset &dataset, Which graphs = all, ControlRef control = {}) {
        return detail::make<Evaluation>(diffpool_predictor_evaluate, get(), dataset.get(), graphs.data(), graphs.size(),
                                        control.given());
    }
    /// Makes a model whose probabilities fit graphs that it was not trained on, by a temperature that becomes part of
    /// the last layer. Fails: as evaluate(); unsupported if the task has no probabilities.
    Result<Model> calibrate(const Dataset &dataset, Which graphs = all, ControlRef control = {}) {
        return detail::make<Model>(diffpool_predictor_calibrate, get(), dataset.get(), graphs.data(), graphs.size(),
                                   control.given());
    }

    /// The number of graphs that were predicted last, those that were refused included.
    std::size_t graph_count() const noexcept { return diffpool_predictor_graph_count(get()); }
    /// What became of one graph; not_found if there is no such graph.
    Status status(std::size_t index) const noexcept {
        return static_cast<Status>(diffpool_predictor_status(get(), index));
    }
    /// Why a graph was refused; empty if it was not.
    std::string_view message(std::size_t index) const & noexcept {
        return detail::view(diffpool_predictor_message(get(), index));
    }
    std::string_view message(std::size_t index) const && = delete;
    /// What became of every graph.
    Outcomes outcomes() const &;
    Outcomes outcomes() const && = delete;
    /// The results: a row a graph, a column a logit, probability, target, or column of the embedding.
    Result<Matrix<float>> logits() const {
        return detail::table<float>(graph_count(), diffpool_predictor_copy_logits, get());
    }
    Result<Matrix<float>> probabilities() const {
        return detail::table<float>(graph_count(), diffpool_predictor_copy_probabilities, get());
    }
    Result<Matrix<std::size_t>> predictions() const {
        return detail::table<std::size_t>(graph_count(), diffpool_predictor_copy_predictions, get());
    }
    Result<Matrix<float>> embeddings() const {
        return detail::table<float>(graph_count(), diffpool_predictor_copy_embeddings, get());
    }
    /// The same into an array of the caller's; returns how many values there are. Fails: buffer_too_small.
    Result<std::size_t> logits(Span<float> into) const {
        return detail::fill(into, diffpool_predictor_copy_logits, get());
    }
    Result<std::size_t> probabilities(Span<float> into) const {
        return detail::fill(into, diffpool_predictor_copy_probabilities, get());
    }
    Result<std::size_t> predictions(Span<std::size_t> into) const {
        return detail::fill(into, diffpool_predictor_copy_predictions, get());
    }
    Result<std::size_t> embeddings(Span<float> into) const {
        return detail::fill(into, diffpool_predictor_copy_embeddings, get());
    }
    /// The `k` most probable classes of every graph. Fails: unsupported if the task is not "multiclass";
    /// invalid_argument if there are fewer classes.
    Result<Ranking> top(std::size_t k) const {
        const std::size_t graphs = graph_count();
        const std::size_t room = (std::min)(k, model_.output_count());
        Ranking ranking{{graphs, room, std::vector<std::size_t>(graphs * room)},
                        {graphs, room, std::vector<float>(graphs * room)}};
        detail::Failure failure = room == k
                                      ? detail::call(diffpool_predictor_copy_top, get(), ranking.classes.values.data(),
                                                     ranking.probabilities.values.data(), k)
                                      : detail::too_many(k, room);
        return failure ? detail::failed<Ranking>(failure) : detail::succeeded<Ranking>(std::move(ranking));
    }

  private:
    Predictor(diffpool_predictor *raw, Model &&model) noexcept : Owner(raw), model_(std::move(model)) {}

    Result<void> predict_handles(const std::vector<const diffpool_graph *> &handles, ControlRef control) {
        return detail::finish(
            detail::call_watched(diffpool_predictor_predict, get(), handles.data(), handles.size(), control.given()));
    }

    Model model_;
};

struct Predictor::OutcomesOf {
    using Owner = const Predictor *;
    static std::size_t count(Owner predictor) noexcept { return predictor->graph_count(); }
    static Outcome at(Owner predictor, std::size_t index) noexcept {
        return {predictor->status(index), predictor->message(index)};
    }
};

inline Predictor::Outcomes Predictor::outcomes() const & { return Outcomes(this); }

// =====================================================================================================================
// Epoch and Trainer
// =====================================================================================================================

/// An Epoch says what an epoch of training came to. It is lent: to a callback until that returns, and by a history
/// until the trainer trains again.
///
///     std::optional<diffpool::Model> good;
///     trainer.fit([&](const diffpool::Epoch &epoch) {
///         if (epoch.metric("accuracy") < 0.95)
///             return diffpool::Then::go_on;
///         good = epoch.model();
///         return diffpool::Then::stop;
///     });
class Epoch {
    struct MetricsOf {
        using Owner = const diffpool_epoch *;
        static std::size_t count(Owner) noexcept {
            std::size_t names = 0;
            while (diffpool_epoch_metric_name(names) != nullptr) {
                ++names;
            }
            return names;
        }
        static std::pair<std::string_view, double> at(Owner epoch, std::size_t index) noexcept {
            const char *const name = diffpool_epoch_metric_name(index);
            return {detail::view(name), diffpool_epoch_metric(epoch, name)};
        }
    };
    using LevelsOf = detail::Levels<diffpool_epoch, diffpool_epoch_level_count, diffpool_epoch_diagnostic>;

  public:
    using Metrics = detail::Sequence<MetricsOf>;
    using Levels = detail::Sequence<LevelsOf>;

    explicit Epoch(const diffpool_epoch *raw) noexcept : raw_(raw) {}
    const diffpool_epoch *get() const noexcept { return raw_; }

    /// The number of the epoch, from 1.
    std::size_t number() const noexcept { return diffpool_epoch_number(raw_); }
    /// A number by its name, such as "loss", "accuracy", "validation_loss", "learning_rate"; NaN if the epoch does not
    /// have it.
    double metric(std::string_view name) const { return diffpool_epoch_metric(raw_, std::string(name).c_str()); }
    /// All names with their numbers.
    Metrics metrics() const { return Metrics(raw_); }
    /// How long the epoch took, validation included.
    std::chrono::duration<double> duration() const noexcept {
        return std::chrono::duration<double>(diffpool_epoch_metric(raw_, "seconds"));
    }
    /// The pooling levels, with a `diagnostic(name)` each.
    Levels levels() const { return Levels(raw_); }
    /// A model with the weights that the epoch left. Fails: invalid_state if the epoch is of a history.
    Result<Model> model() const { return detail::make<Model>(diffpool_epoch_model, raw_); }

  private:
    const diffpool_epoch *raw_;
};

/// A Batch is what a callback is told after each: epoch and batch, both from 1, the number of batches, and the loss.
struct Batch {
    std::size_t epoch;
    std::size_t number;
    std::size_t count;
    double loss;
};

/// A StopReason says why training stopped.
enum class StopReason {
    finished = DIFFPOOL_STOP_REASON_FINISHED,
    patience = DIFFPOOL_STOP_REASON_PATIENCE,
    callback = DIFFPOOL_STOP_REASON_CALLBACK
};

/// A LogLevel says how much a message matters.
enum class LogLevel { info = DIFFPOOL_LOG_LEVEL_INFO, warning = DIFFPOOL_LOG_LEVEL_WARNING };

/// A Trainer has a model, a data set and a position in training. A run depends on nothing but data, configuration and
/// seed: not on the number of threads, nor on a stop with a later resume. The data set is shared, and cannot be changed
/// until the trainer is gone. While a thread is in fit(), every other call fails by invalid_state, those of callbacks,
/// too; a Control stops it from another thread.
///
///     diffpool::Trainer run(config.set("epochs", 3), dataset, split);
///     run.on_log([](diffpool::LogLevel, std::string_view message) { std::fprintf(stderr, "%s\n", message.data()); });
///     if (run.fit() == diffpool::StopReason::patience)
///         std::printf("it did not get better after epoch %zu\n", run.best_epoch());
///     for (const diffpool::Epoch &epoch : run.history())
///         std::printf("%zu %.4f\n", epoch.number(), epoch.metric("loss"));
class Trainer : public detail::Owner<diffpool_trainer, diffpool_trainer_free> {
    struct HistoryOf {
        using Owner = const diffpool_trainer *;
        static std::size_t count(Owner trainer) noexcept { return diffpool_trainer_epoch_count(trainer); }
        static Epoch at(Owner trainer, std::size_t index) noexcept {
            return Epoch(diffpool_trainer_epoch(trainer, index));
        }
    };

  public:
    using History = detail::Sequence<HistoryOf>;

#if DIFFPOOL_HPP_THROWS
    Trainer(const Config &config, const Dataset &dataset, SplitRef split = {}, ControlRef control = {})
        : Trainer(create(config, dataset, split, control)) {}
#endif
    /// A trainer for a new model. All graphs are read, which `control` may end.
    /// Fails: invalid_config if the configuration does not fit together or does not suit the data; not_found if an
    /// index names no graph; invalid_argument; invalid_graph; cancelled, timeout and limit by `control`.
    static Result<Trainer> create(const Config &config, const Dataset &dataset, SplitRef split = {},
                                  ControlRef control = {}) {
        return detail::make<Trainer>(diffpool_trainer_new, config.get(), dataset.get(), split.given(), control.given());
    }
    /// A trainer that begins with the weights of a model. The configuration must describe the same network: begin with
    /// Model::config. Fails: as create().
    static Result<Trainer> from_model(const Model &model, const Config &config, const Dataset &dataset,
                                      SplitRef split = {}, ControlRef control = {}) {
        return detail::make<Trainer>(diffpool_trainer_from_model, model.get(), config.get(), dataset.get(),
                                     split.given(), control.given());
    }
    /// A trainer that ends an interrupted run as if it had never stopped. Data set and split must be those of the run.
    /// Fails: io; invalid_file; unsupported_version; invalid_argument if they are not.
    static Result<Trainer> resume(const std::filesystem::path &path, const Dataset &dataset, SplitRef split = {},
                                  ControlRef control = {}) {
        return detail::make<Trainer>(diffpool_trainer_resume, detail::Text(path, "the path"), dataset.get(),
                                     split.given(), control.given());
    }
    /// A trainer for a new run, with other graphs and settings, that begins with the weights and the state of the
    /// optimiser of a checkpoint. Fails: as create() and resume().
    static Result<Trainer> continue_from(const std::filesystem::path &path, const Config &config,
                                         const Dataset &dataset, SplitRef split = {}, ControlRef control = {}) {
        return detail::make<Trainer>(diffpool_trainer_continue, detail::Text(path, "the path"), config.get(),
                                     dataset.get(), split.given(), control.given());
    }
    static Trainer adopt(diffpool_trainer *raw) noexcept { return Trainer(raw); }

    /// Trains until the epochs are done, early stopping, or a callback says Then::stop: `on_epoch(const Epoch &)` after
    /// every epoch, `on_batch(const Batch &)` after every batch, which gives up the unfinished epoch. Where it was told
    /// to stop, a second call goes on from the last finished epoch.
    /// Fails: diverged; io; invalid_state; cancelled and timeout by `control`. The last good epoch is kept.
    template <class OnEpoch, class OnBatch,
              class = std::enable_if_t<std::is_invocable_v<OnEpoch &, const Epoch &> &&
                                       std::is_invocable_v<OnBatch &, const Batch &>>>
    Result<StopReason> fit(OnEpoch &&on_epoch, OnBatch &&on_batch, ControlRef control = {}) {
        using Both = Callbacks<OnEpoch, OnBatch>;
        Both both{on_epoch, on_batch};
        diffpool_stop_reason reason = DIFFPOOL_STOP_REASON_FINISHED;
        // Both are always set, so that an exception of a log callback ends the call, too.
        detail::Failure failure = detail::call_watched(diffpool_trainer_fit, get(), &run_epoch<Both>, &run_batch<Both>,
                                                       static_cast<void *>(&both), control.given(), &reason);
        return failure ? detail::failed<StopReason>(failure)
                       : detail::succeeded<StopReason>(static_cast<StopReason>(reason));
    }
    template <class OnEpoch, class = std::enable_if_t<std::is_invocable_v<OnEpoch &, const Epoch &>>>
    Result<StopReason> fit(OnEpoch &&on_epoch, ControlRef control = {}) {
        return fit(std::forward<OnEpoch>(on_epoch), [](const Batch &) {}, control);
    }
    Result<StopReason> fit(ControlRef control = {}) {
        return fit([](const Epoch &) {}, [](const Batch &) {}, control);
    }

    /// The trained model: that of the best epoch if `restore_best` is set and there are validation graphs, else the
    /// last.
    Result<Model> model() const { return detail::make<Model>(diffpool_trainer_model, get()); }
    /// Saves a checkpoint in one step, for resume() and continue_from(). Fails: io.
    Result<void> save_checkpoint(const std::filesystem::path &path) const {
        return detail::finish(detail::call(diffpool_trainer_save_checkpoint, get(), detail::Text(path, "the path")));
    }
    /// Says where fit() writes a checkpoint every `checkpoint_every` epochs.
    Result<Trainer &> set_checkpoint_path(const std::filesystem::path &path) {
        return change(diffpool_trainer_set_checkpoint_path, detail::Text(path, "the path"));
    }
    /// Writes no checkpoints any more.
    Result<Trainer &> clear_checkpoint_path() {
        const char *const none = nullptr;
        return change(diffpool_trainer_set_checkpoint_path, none);
    }
    /// Changes how many epochs the run has in all. Fails: invalid_argument if more are finished; invalid_config.
    Result<Trainer &> set_epochs(std::size_t epochs) { return change(diffpool_trainer_set_epochs, epochs); }
    /// Calls `callback(LogLevel, std::string_view)` during fit() with what a person should know, such as data that a
    /// model cannot learn from. The message is lent until the callback returns.
    template <class Callback>
    Result<Trainer &> on_log(Callback callback) {
        return log(&run_log, std::make_unique<Log>(std::move(callback)));
    }
    /// Tells nobody any more.
    Result<Trainer &> clear_log() { return log(nullptr, nullptr); }

    /// The epochs so far, from the first. It is lent by the trainer until that trains again.
    History history() const & { return History(get()); }
    History history() const && = delete;
    /// The epochs so far as a JSON array of objects.
    Result<std::string> history_json() const { return detail::text(diffpool_trainer_history_json, get()); }
    /// The number of the epoch, from 1, that was best on the validation graphs; 0 if there is none.
    std::size_t best_epoch() const noexcept { return diffpool_trainer_best_epoch(get()); }

  private:
    using Log = std::function<void(LogLevel, std::string_view)>;

    template <class OnEpoch, class OnBatch>
    struct Callbacks {
        OnEpoch &on_epoch;
        OnBatch &on_batch;
    };

    explicit Trainer(diffpool_trainer *raw) noexcept : Owner(raw), log_() {}

    template <class Both>
    static int run_epoch(void *ctx, const diffpool_epoch *epoch) {
        return detail::guarded([&] { return detail::step(static_cast<Both *>(ctx)->on_epoch, Epoch(epoch)); });
    }
    template <class Both>
    static int run_batch(void *ctx, std::size_t epoch, std::size_t batch, std::size_t batches, double loss) {
        return detail::guarded(
            [&] { return detail::step(static_cast<Both *>(ctx)->on_batch, Batch{epoch, batch, batches, loss}); });
    }
    static void run_log(void *ctx, diffpool_log_level level, const char *message) {
        detail::guarded([&] {
            (*static_cast<Log *>(ctx))(static_cast<LogLevel>(level), detail::view(message));
            return 0;
        });
    }
    Result<Trainer &> log(diffpool_log_callback callback, std::unique_ptr<Log> kept) {
        void *const ctx = kept.get();
        detail::Failure failure = detail::call(diffpool_trainer_set_log, get(), callback, ctx);
        if (!failure) {
            log_ = std::move(kept);
        }
        return detail::done(*this, std::move(failure));
    }
    template <class Function, class... Arguments>
    Result<Trainer &> change(Function *function, const Arguments &...arguments) {
        return detail::done(*this, detail::call(function, get(), arguments...));
    }

    std::unique_ptr<Log> log_;
};

}  // namespace DIFFPOOL_HPP_NAMESPACE
}  // namespace diffpool

#undef DIFFPOOL_HPP_NAMESPACE
#undef DIFFPOOL_HPP_EXPAND
#undef DIFFPOOL_HPP_JOIN
#undef DIFFPOOL_HPP_MODE
#undef DIFFPOOL_HPP_VISIBLE

#endif  // DIFFPOOL_HPP
