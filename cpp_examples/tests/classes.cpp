// The classes of diffpool.hpp: what they add to the functions of diffpool.h.
#include "check.hpp"
#include "second_unit.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#if __cplusplus >= 202002L
#include <span>
#endif

namespace {

using checks::contains;
using checks::fails;
using checks::Ring;
using diffpool::Status;

diffpool::Config small_config() {
    diffpool::Config config;
    config.merge_json(checks::small);
    return config;
}

// Graphs of two classes, and what comes of training on them.
struct Trained {
    diffpool::Dataset dataset = diffpool::Dataset::synthetic("ba", 30, 1);
    diffpool::Split split = diffpool::Split::holdout(dataset, 0.2, 1);
    diffpool::Config config = small_config();
    diffpool::Trainer trainer{config, dataset, split};
    diffpool::Model model = (trainer.fit(), trainer.model());
};

// ---------------------------------------------------------------------------------------------------------------------

// What must not compile: nothing is lent by a temporary, and no array is written to that is const.
template <class Object>
using ids_of = decltype(std::declval<Object>().id());
template <class Object>
using names_of = decltype(std::declval<Object>().class_name(0));
template <class Object, template <class> class Use, class = void>
struct compiles : std::false_type {};
template <class Object, template <class> class Use>
struct compiles<Object, Use, std::void_t<Use<Object>>> : std::true_type {};
static_assert(compiles<const diffpool::Graph &, ids_of>::value && !compiles<diffpool::Graph, ids_of>::value);
static_assert(compiles<const diffpool::Model &, names_of>::value && !compiles<diffpool::Model, names_of>::value);
static_assert(!std::is_constructible_v<diffpool::Span<float>, const std::vector<float> &>);
static_assert(!std::is_constructible_v<diffpool::Span<float>, std::vector<float>>);
static_assert(!std::is_constructible_v<diffpool::Span<const float>, std::vector<double> &>);
static_assert(std::is_copy_constructible_v<diffpool::Model> && !std::is_copy_constructible_v<diffpool::Session>);
static_assert(std::is_nothrow_move_constructible_v<diffpool::Graph>);
static_assert(std::is_same_v<diffpool::Result<int>, int>);
static_assert(diffpool::detail::everything == DIFFPOOL_ALL);

void test_spans() {
    std::vector<float> vector = {1, 2, 3};
    const std::array<float, 2> array = {4, 5};
    float plain[] = {6, 7};
    const diffpool::Span<const float> of_vector = vector, of_array = array, of_plain = plain, empty;
    CHECK(of_vector.size() == 3 && of_vector[2] >= 3 && of_array.size() == 2 && of_plain.data() == plain);
    CHECK(empty.empty() && empty.data() == nullptr && empty.begin() == empty.end());
    const diffpool::Span<float> mutable_one = vector;
    mutable_one[0] = 9;
    CHECK(std::accumulate(of_vector.begin(), of_vector.end(), 0.0f) > 13.9f);
#if __cplusplus >= 202002L
    const std::span<const float> standard = of_vector;
    const diffpool::Span<const float> back = standard;
    CHECK(standard.size() == 3 && back.data() == vector.data());
    const std::span<float> writable = mutable_one;
    CHECK(writable.data() == vector.data());
#endif
}

void test_graphs() {
    diffpool::Graph graph;
    const std::vector<std::int64_t> from = {0, 1, 2}, to = {1, 2, 3}, labels = {7, 8, 9}, nodes = {6, 6, 8, 7};
    const std::vector<float> weights = {0.5f, 1, 2}, x = {0, 1, 2, 3, 4, 5, 6, 7}, three = {1, 2, 3};
    const std::vector<std::int32_t> categories = {0, 1, 1, 0};
    graph.set_edges(4, from, to).set_edge_weight(weights).set_edge_labels(labels).set_edge_attributes(weights, 1);
    graph.set_x(x, 2).set_categories(categories, 1).set_node_labels(nodes).set_attributes(three).set_class(1);
    graph.set_targets(three).set_words(labels).set_weight(2).set_id("one");
    CHECK(graph.node_count() == 4 && graph.edge_count() == 3 && graph.from()[2] == 2 && graph.to()[2] == 3);
    CHECK(graph.edge_weight().size() == 3 && graph.edge_labels()[1] == 8 && graph.edge_attributes().size() == 3);
    CHECK(graph.edge_attribute_count() == 1 && graph.feature_count() == 2 && graph.x().size() == 8 &&
          graph.x()[7] >= 7);
    CHECK(graph.category_count() == 1 && graph.categories()[1] == 1 && graph.node_labels()[2] == 8);
    CHECK(graph.attributes().size() == 3 && graph.targets()[2] >= 3 && graph.words()[0] == 7);
    CHECK(graph.weight() >= 2 && graph.id() == "one" && graph.class_index() == std::optional<std::size_t>(1));
    graph.clear();
    CHECK(graph.node_count() == 0 && graph.class_index() == std::nullopt && graph.id().empty() && graph.x().empty());

    // 64 bits, compressed rows, no edges.
    const std::vector<std::int64_t> indptr = {0, 1, 2}, indices = {1, 0}, wide = {std::int64_t{1} << 40};
    const std::vector<double> doubles = {0.5, 0.25};
    graph.set_csr(indptr, indices).set_edge_weight(doubles).set_edge_attributes(doubles, 1).set_x(doubles, 1);
    graph.set_categories(indices, 1);
    CHECK(graph.edge_count() == 2 && graph.edge_weight()[1] <= 0.25f && graph.category_count() == 1);
    const std::vector<std::int32_t> narrow = {0, 1, 2}, ends = {1, 0};
    graph.clear().set_csr(narrow, ends).clear().set_nodes(3);
    CHECK(graph.node_count() == 3 && graph.edge_count() == 0 && graph.from().empty());
    CHECK(fails(Status::invalid_graph, "1099511627776", [&] { graph.set_categories(wide, 1); }));
}

void test_strides() {
    diffpool::Graph graph;
    const std::vector<float> stored = {0, 1, 2, 3, 4, 5};
    graph.set_nodes(3).set_x(diffpool::Strided<float>::by_columns(stored, 3, 2));
    CHECK(graph.x()[0] <= 0 && graph.x()[1] >= 3 && graph.x()[5] >= 5);
    // Backwards, and the same value again and again.
    graph.set_x(diffpool::Strided<float>{stored, 3, 2, -2, -1, 5});
    CHECK(graph.x()[0] >= 5 && graph.x()[5] <= 0);
    graph.set_x(diffpool::Strided<float>{stored, 3, 2, 0, 0, 4});
    CHECK(graph.x()[0] >= 4 && graph.x()[5] >= 4 && graph.x()[5] <= 4);

    struct Case {
        std::size_t rows, columns;
        std::ptrdiff_t row_stride, column_stride;
        std::size_t first;
    };
    const Case cases[] = {
        {4, 2, 2, 1, 0},
        {3, 2, 2, 1, 1},
        {3, 2, -2, 1, 0},
        {3, 2, -2, -1, 4},
        {1, 1, 0, 0, 6},
        {2, 1, (std::numeric_limits<std::ptrdiff_t>::max)(), 0, 0},
        {2, 1, (std::numeric_limits<std::ptrdiff_t>::min)(), 0, 5},
        {SIZE_MAX, 2, 1, 1, 0},
    };
    for (const Case &one : cases) {
        CHECK(fails(Status::shape_mismatch, "x has 6 values, beyond which " + std::to_string(one.rows) + " rows", [&] {
            graph.set_x(
                diffpool::Strided<float>{stored, one.rows, one.columns, one.row_stride, one.column_stride, one.first});
        }));
    }
    CHECK(graph.x()[0] >= 4);
}

// A wrong length is told with the numbers, and nothing is changed.
void test_wrong_lengths() {
    diffpool::Graph graph;
    const std::vector<std::int32_t> two = {0, 1}, one = {1}, none;
    const std::vector<float> seven(7, 0.5f);
    graph.set_edges(2, two, two);
    CHECK(fails(Status::shape_mismatch, "from has 2 values, but to has 1", [&] { graph.set_edges(3, two, one); }));
    CHECK(fails(Status::shape_mismatch, "x has 7 values, which are no rows of 2 columns",
                [&] { graph.set_x(seven, 2); }));
    CHECK(fails(Status::shape_mismatch, "no rows of 0 columns", [&] { graph.set_x(seven, 0); }));
    CHECK(graph.node_count() == 2 && graph.edge_count() == 2);
    CHECK(fails(Status::shape_mismatch, "indptr", [&] { graph.set_csr(none, two); }));
    graph.set_edges(2, none, none);
    CHECK(graph.node_count() == 2 && graph.edge_count() == 0);

    Trained trained;
    CHECK(fails(Status::shape_mismatch, "weights has 7 values, but the data set has 30",
                [&] { diffpool::Dataset::synthetic("ba", 30, 1).set_graph_weights(seven); }));
    diffpool::Dataset other = diffpool::Dataset::synthetic("ba", 30, 1);
    CHECK(fails(Status::shape_mismatch, "weights has 0 values", [&] { other.set_graph_weights({}); }));
    CHECK(fails(Status::shape_mismatch, "targets has 7 values", [&] { other.set_targets(seven, 2); }));
    CHECK(fails(Status::shape_mismatch, "7", [&] { other.set_targets(seven, 1); }));

    const std::vector<std::int64_t> offsets = {0, 1, 2}, classes = {0};
    const diffpool::Graph batch = std::move(diffpool::Graph().set_nodes(2));
    diffpool::Dataset pairs("pairs");
    CHECK(fails(Status::shape_mismatch, "classes has 1 values, but the batch has 2",
                [&] { pairs.add_batch(batch, offsets, classes); }));
    pairs.add_batch(batch, offsets, std::vector<std::int64_t>{0, 1});
    CHECK(pairs.graph_count() == 2 && pairs.class_count() == 2);

    // Results into an array that is too short, an empty one included: nothing is written.
    diffpool::Session session(trained.model);
    session.predict(trained.dataset, 0);
    float written[2] = {-1, -1};
    CHECK(fails(Status::buffer_too_small, "2", [&] { return session.logits(diffpool::Span<float>(written, 1)); }));
    CHECK(written[0] <= -1);
    CHECK(fails(Status::buffer_too_small, "the array has room for 0 values, but 2 are needed",
                [&] { return session.logits(diffpool::Span<float>()); }));
    CHECK(session.logits(written) == 2 && session.logits()[1] >= written[1] && session.logits()[1] <= written[1]);
    const std::string missing = std::string("name\0more", 9);
    CHECK(fails(Status::invalid_argument, "the preset has a NUL at byte 4 of 9",
                [&] { return diffpool::Config(missing).get_json("seed"); }));
    CHECK(fails(Status::invalid_argument, "NUL", [&] { other.set_class_names({"a", missing}); }));
    CHECK(fails(Status::invalid_argument, "NUL", [&] { diffpool::Model::load(missing); }));
}

// An empty list of graphs is no graphs, and never all of them.
void test_empty_spans() {
    Trained trained;
    diffpool::Predictor predictor(trained.model, 1);
    const std::vector<std::size_t> none;
    predictor.predict(trained.dataset, none);
    CHECK(predictor.graph_count() == 0 && predictor.outcomes().empty());
    CHECK(predictor.logits().values.empty());
    predictor.predict(trained.dataset);
    CHECK(predictor.graph_count() == 30);
    predictor.predict(diffpool::Span<const diffpool::Graph>());
    CHECK(predictor.graph_count() == 0);
    CHECK(fails(Status::invalid_argument, "no graphs", [&] { return predictor.evaluate(trained.dataset, none); }));
    CHECK(predictor.evaluate(trained.dataset).graph_count() == 30);
    CHECK(trained.dataset.subset(none).graph_count() == 0);
    CHECK(trained.dataset.subset(diffpool::all).graph_count() == 30);
}

void test_moved_from() {
    Trained trained;
    diffpool::Graph graph;
    graph.set_nodes(3);
    diffpool::Graph taken = std::move(graph);
    CHECK(taken.node_count() == 3 && graph.node_count() == 0 && graph.from().empty() && std::isnan(graph.weight()));
    diffpool::Session session(trained.model);
    CHECK(fails(Status::null_pointer, "graph", [&] { session.predict(graph); }));
    graph.set_nodes(2);
    CHECK(graph.node_count() == 2);

    diffpool::Session moved = std::move(session);
    CHECK(fails(Status::null_pointer, "session", [&] { session.predict(taken); }));
    CHECK(session.node_count() == 0 && session.memory() == 0 && session.levels().empty());
    CHECK(moved.levels().size() == 2);
    session = std::move(moved);
    session.predict(trained.dataset, 0);

    // What was moved from must not stand for "none": no limits, or all graphs to train on.
    diffpool::Control control;
    const diffpool::Control elsewhere = std::move(control);
    control.cancel();
    CHECK(!control.is_cancelled() && !elsewhere.is_cancelled());
    CHECK(fails(Status::null_pointer, "the control is NULL", [&] { session.predict(trained.dataset, 0, control); }));
    diffpool::Split split = diffpool::Split::holdout(trained.dataset, 0.5, 1);
    const diffpool::Split kept = std::move(split);
    CHECK(fails(Status::null_pointer, "the split is NULL",
                [&] { diffpool::Trainer(trained.config, trained.dataset, split); }));
    CHECK(fails(Status::null_pointer, "the split is NULL",
                [&] { diffpool::Trainer(trained.config, trained.dataset, diffpool::Split()); }));
    CHECK(split.train().empty() && kept.train().size() == 15);

    diffpool::Dataset dataset = diffpool::Dataset::synthetic("ba", 4, 1);
    const diffpool::Dataset other = std::move(dataset);
    CHECK(dataset.graph_count() == 0 && dataset.name().empty() && dataset.class_names().empty());
    CHECK(fails(Status::null_pointer, "dataset", [&] { return dataset.graph(0); }));
    CHECK(other.graph(0).node_count() > 0);

    diffpool::Model model = trained.model;
    const diffpool::Model copy = model, gone = std::move(model);
    CHECK(copy.get() == gone.get() && model.get() == nullptr && model.class_count() == 0 && model.task().empty());
    CHECK(model.class_names().empty() && model.metadata("a") == std::nullopt && model.fingerprint().empty());
    CHECK(fails(Status::null_pointer, "model", [&] { diffpool::Session{model}; }));

    diffpool::Trainer trainer = std::move(trained.trainer);
    CHECK(fails(Status::null_pointer, "trainer", [&] { trained.trainer.fit(); }));
    CHECK(trained.trainer.history().empty() && trainer.history().size() == 2);
}

// ---------------------------------------------------------------------------------------------------------------------

void test_data_sets(const std::filesystem::path &folder) {
    diffpool::Dataset shapes("shapes");
    diffpool::Graph graph;
    const Ring ring(5);
    const std::vector<float> x(10, 0.5f), targets = {1, 0};
    for (const std::size_t y : {std::size_t{0}, std::size_t{1}, std::size_t{1}, std::size_t{0}}) {
        graph.set_edges(5, ring.from, ring.to).set_x(x, 2).set_class(y).set_attributes(targets);
        shapes.add(graph);
    }
    shapes.set_class_names(std::vector<std::string>{"path", "ring"});
    shapes.set_feature_names({"width", "height"});
    shapes.set_ids({"a", "", "c", "d"});
    shapes.set_names_json(R"({"x": ["width", "height"], "graph_attributes": ["this", "that"]})");
    std::string joined;
    for (const std::string_view name : shapes.class_names()) {
        joined += std::string(name) + ".";
    }
    CHECK(joined == "path.ring." && shapes.class_name(1) == "ring" && shapes.class_name(2).empty());
    const diffpool::Graph second = shapes.graph(1), third = shapes.graph(2);
    CHECK(second.id().empty() && third.id() == "c" && second.edge_count() == 10);
    CHECK(shapes.name() == "shapes" && shapes.node_count() == 20 && shapes.edge_count() == 40);
    CHECK(shapes.feature_count() == 2 && shapes.category_count() == 0 && shapes.sequence_length() == 0);
    shapes.use_graph_attributes_as_targets();
    CHECK(shapes.target_count() == 2);
    shapes.set_targets(std::vector<float>{1, 2, 3, 4}, 1);
    CHECK(shapes.target_count() == 1 && contains(shapes.summary_json(), "\"graphs\": 4"));
    shapes.set_graph_weights(std::vector<float>{1, 2, 3, 4});
    CHECK(shapes.graph_weights()[3] >= 4);
    shapes.clear_graph_weights();
    CHECK(shapes.graph_weights()[3] <= 1);

    shapes.save(folder / "shapes.safetensors");
    shapes.save_jsonl(folder / "sh\u00e4pes.jsonl");
    CHECK(diffpool::Dataset::load(folder / "sh\u00e4pes.jsonl", "jsonl").graph_count() == 4);
    diffpool::Dataset opened = diffpool::Dataset::open(folder / "shapes.safetensors");
    CHECK(opened.graph_count() == 4 && fails(Status::invalid_state, "", [&] { opened.add(graph); }));
    shapes.append(opened);
    CHECK(shapes.graph_count() == 8);
    {
        diffpool::DatasetWriter writer(folder / "written.safetensors", "written");
        writer.append(opened);
        graph.set_targets(std::vector<float>{5});
        writer.add(graph);
        CHECK(writer.graph_count() == 5);
        writer.finish();
    }
    CHECK(diffpool::Dataset::open(folder / "written.safetensors").graph_count() == 5);
    diffpool::DatasetWriter abandoned(folder / "never.safetensors", "never");
    abandoned.set_class_names({"a", "b"});
    {
        const diffpool::DatasetWriter gone = std::move(abandoned);
    }
    CHECK(!std::filesystem::exists(folder / "never.safetensors"));
    CHECK(fails(Status::null_pointer, "writer", [&] { abandoned.finish(); }));
    shapes.clear();
    CHECK(shapes.graph_count() == 0);

    diffpool::Dataset words("words"), numbered("numbers");
    words.set_vocabulary({"sort", "read", "other", "end"}, 2);
    numbered.set_vocabulary(4, 2);
    CHECK(words.sequence_length() == 2 && words.class_name(0) == "sort" && numbered.class_count() == 4);
    diffpool::DatasetWriter sentences(folder / "words.safetensors", "words");
    sentences.set_vocabulary({"sort", "read", "other", "end"}, 2);
    diffpool::DatasetWriter unnamed(folder / "unnamed.safetensors", "words", diffpool::Direction::directed);
    unnamed.set_vocabulary(4, 2);

    const diffpool::Dataset parsed =
        diffpool::Dataset::parse_jsonl("{\"nodes\": 3, \"edges\": [[0, 1], [1, 2]], \"class\": \"path\"}\n", "lines");
    CHECK(parsed.graph_count() == 1 && parsed.name() == "lines" && parsed.class_name(0) == "path");
    CHECK(fails(Status::not_found, "absent", [] { return diffpool::Dataset::synthetic("absent", 1, 1); }));

    const diffpool::Dataset ba = diffpool::Dataset::synthetic("ba", 20, 1);
    std::filesystem::remove_all(folder / "TU");
    std::filesystem::remove_all(folder / "OGB");
    const diffpool::Dataset small = diffpool::Dataset::parse_jsonl(
        "{\"nodes\": 2, \"edges\": [[0, 1]], \"class\": \"0\"}\n{\"nodes\": 3, \"edges\": [[0, 1]], \"class\": "
        "\"1\"}\n",
        "small");
    small.save_tu(folder / "TU");
    diffpool::Split own;
    own.set_train(std::vector<std::size_t>{0}).set_validation({}).set_test(std::vector<std::size_t>{1});
    small.save_ogb(folder / "OGB", own);
    const diffpool::Split loaded = diffpool::Split::load_ogb(small, folder / "OGB");
    CHECK(loaded.train().size() == 1 && loaded.test()[0] == 1);
    std::filesystem::remove_all(folder / "OGB");
    small.save_ogb(folder / "OGB");
    CHECK(diffpool::Dataset::load(folder / "TU", "tu", R"({"directed": false})").graph_count() == 2);
    own.save(folder / "split.json");
    const diffpool::Split same = diffpool::Split::load(small, folder / "split.json");
    const diffpool::Split fold = diffpool::Split::k_fold(ba, 4, 1, 1);
    CHECK(same.train()[0] == 0 && fold.test().size() == 5 && own.validation().empty());
}

void test_config() {
    diffpool::Config config("tuned");
    const std::vector<double> shares = {0.25, 0.5};
    const std::array<int, 1> layers = {20};
    config.set("epochs", 3).set("learning_rate", 3e-4f).set("shuffle", false).set("readout", "sum");
    config.set("clusters", shares).set("head_hidden", layers).set("task", std::string("binary")).set("seed", 5u);
    CHECK(config.get_json("clusters") == "[0.25,0.5]" && config.get_json("head_hidden") == "[20]");
    CHECK(config.get_json("shuffle") == "false" && config.get_json("readout") == "\"sum\"");
    config.set("clusters", {8, 2}).set("head_hidden", {50, 20}).set("class_weights", {0.5, 2}).set("clusters", {});
    CHECK(config.get_json("head_hidden") == "[50,20]" && config.get_json("clusters") == "[]");
    CHECK(fails(Status::invalid_config, "epoch", [&] { config.set("epoch", 3); }));
    CHECK(fails(Status::invalid_config, "18446744073709551615", [&] { config.set("seed", UINT64_MAX); }));
    config.set_json("epochs", "7").merge_json(R"({"patience": 4})");
    const diffpool::Config other = config.clone(), read = diffpool::Config::from_json(config.to_json());
    CHECK(other.get_json("epochs") == "7" && read.get_json("patience") == "4");
    CHECK(contains(other.difference_json("tuned"), "patience") && contains(diffpool::Config::keys_json(), "epochs"));
    CHECK(fails(Status::invalid_config, "absent", [] { diffpool::Config{"absent"}; }));
    diffpool::Config().check();
}

void test_models(const std::filesystem::path &folder) {
    Trained trained;
    const diffpool::Model &model = trained.model;
    model.save(folder / "model.safetensors");
    const diffpool::Bytes bytes = model.to_bytes();
    const diffpool::Model loaded = diffpool::Model::load(folder / "model.safetensors");
    const diffpool::Model read = diffpool::Model::from_bytes(bytes);
    CHECK(loaded.fingerprint() == model.fingerprint() && read.fingerprint() == model.fingerprint());
    CHECK(contains(diffpool::Model::peek_json(folder / "model.safetensors"), "\"schema\""));
    CHECK(second::classes_of((folder / "model.safetensors").string()) == 2);
    CHECK(second::classes_without_exceptions((folder / "model.safetensors").string()) == 2);
    CHECK(second::classes_without_exceptions("absent") == 0);
    CHECK(contains(model.summary_text(), "level") && contains(model.summary_json(), "parameters"));
    CHECK(model.config().get_json("clusters") == "[3.0,2.0]" || model.config().get_json("clusters") == "[3,2]");
    CHECK(model.task() == "multiclass" && model.metric() == "accuracy" && model.level_count() == 2);
    CHECK(model.class_count() == 2 && model.target_count() == 1 && model.output_count() == 2);
    CHECK(model.embedding_width() > 0 && model.parameter_count() > 0 && model.fingerprint().size() == 64);
    std::size_t classes = 0;
    for (const std::string_view name : model.class_names()) {
        CHECK(name == trained.dataset.class_name(classes++));
    }
    CHECK(classes == 2 && model.class_names()[1] == model.class_name(1));

    // A model made beforehand, and a copy that is changed while the first is in use.
    const diffpool::Session in_use(model);
    diffpool::ModelEditor editor = model.edit();
    editor.set_metadata("licence", "CC-BY-4.0").set_metadata("gone", "soon").remove_metadata("gone");
    CHECK(fails(Status::invalid_argument, "diffpool.", [&] { editor.set_metadata("diffpool.date", "now"); }));
    std::string name;
    for (const diffpool::Tensor &tensor : model.tensors()) {
        std::size_t values = 1;
        for (const std::size_t size : tensor.shape()) {
            values *= size;
        }
        CHECK(tensor.values().size() == values);
        name = tensor.is_trained() && name.empty() ? tensor.name() : name;
    }
    std::vector<float> values = model.tensor(name).values();
    values[0] += 1;
    editor.set_tensor(name, values);
    CHECK(fails(Status::not_found, "absent", [&] { editor.set_tensor("absent", values); }));
    CHECK(fails(Status::not_found, "absent", [&] { return model.tensor("absent").values(); }));
    const diffpool::Model changed = editor.finish();
    CHECK(changed.metadata("licence") == std::optional<std::string_view>("CC-BY-4.0"));
    CHECK(model.metadata("licence") == std::nullopt && changed.fingerprint() != model.fingerprint());
    CHECK(changed.tensor(name).values(values) == values.size());
    CHECK(fails(Status::null_pointer, "model", [&] { editor.set_metadata("a", "b"); }));
    bool found = false;
    for (const auto &[key, value] : changed.metadata()) {
        found = found || (key == "licence" && value == "CC-BY-4.0");
    }
    CHECK(found);

    const diffpool::Model fresh = diffpool::Model::create(trained.config, trained.dataset, trained.split);
    const diffpool::Schema schema = fresh.schema();
    CHECK(schema.feature_count() == trained.dataset.feature_count() && schema.category_count() == 0);
    CHECK(!schema.uses_node_labels() && !schema.is_directed() && schema.relation_count() == 1);
    CHECK(schema.relations().empty() && contains(schema.json(), "\"outputs\""));
    fresh.check(trained.dataset.graph(0));
    diffpool::Dataset same = diffpool::Dataset::synthetic("ba", 5, 2);
    same.align_classes(model);
    CHECK(same.class_name(1) == model.class_name(1));
}

void test_predictions() {
    Trained trained;
    diffpool::Session session(trained.model);
    CHECK(fails(Status::invalid_state, "", [&] { return session.logits(); }));
    const diffpool::Graph graph = trained.dataset.graph(3);
    const diffpool::Session &results = session.predict(graph);
    CHECK(&results == &session && results.node_count() == graph.node_count());
    CHECK(results.class_name() == trained.model.class_name(results.class_index()));
    CHECK(results.predictions().size() == 1 && results.probabilities().size() == 2);
    CHECK(results.embedding().size() == trained.model.embedding_width());
    CHECK(session.node_importance(1).size() == graph.node_count());
    std::vector<float> room(256);
    std::vector<std::size_t> classes(1);
    CHECK(results.probabilities(room) == 2 && results.embedding(room) > 0 && results.predictions(classes) == 1);
    CHECK(session.node_importance(0, room) == graph.node_count());
    const diffpool::Ranking top = results.top(2);
    CHECK(top.classes(0, 0) == results.class_index() && top.probabilities(0, 0) >= top.probabilities(0, 1));
    CHECK(fails(Status::invalid_argument, "k is 3", [&] { return results.top(3); }));
    CHECK(fails(Status::invalid_argument, "18446744073709551615", [&] { return results.top(SIZE_MAX); }));

    std::size_t above = graph.node_count(), levels = 0;
    for (const diffpool::Session::Level &level : session.levels()) {
        const diffpool::Matrix<float> s = level.assignment(), a = level.pooled_adjacency(),
                                      first = level.pooled_adjacency(0);
        CHECK(level.index() == levels++ && s.rows == above && s.row(0).size() == s.columns);
        CHECK(level.pooled_x().rows == s.columns && a.rows == s.columns && first.values == a.values);
        CHECK(level.diagnostic("clusters_in_use") >= 1 && std::isnan(level.diagnostic("absent")));
        above = s.columns;
    }
    CHECK(levels == 2);
    CHECK(fails(Status::not_found, "7", [&] { return session.levels()[0].pooled_adjacency(7); }));
    session.reserve(100, 100);
    CHECK(session.memory() > 0);
    session.shrink();
    CHECK(!session.try_predict(diffpool::Graph()) && session.try_predict(trained.dataset, 3));
    CHECK(checks::failed(session.try_predict(trained.dataset, 99), Status::not_found, "99"));

    diffpool::Predictor predictor(trained.model, 2);
    std::vector<diffpool::Graph> graphs;
    for (std::size_t i = 0; i < 3; ++i) {
        graphs.push_back(trained.dataset.graph(i));
    }
    const std::vector<std::int32_t> wrong = {9};
    graphs[1].set_edges(2, wrong, wrong);
    predictor.predict(graphs);
    CHECK(predictor.graph_count() == 3 && predictor.status(0) == Status::ok && contains(predictor.message(1), "9"));
    std::size_t refused = 0;
    for (const diffpool::Predictor::Outcome &outcome : predictor.outcomes()) {
        refused += outcome ? 0u : 1u;
    }
    CHECK(refused == 1 && predictor.status(3) == Status::not_found);
    const diffpool::Matrix<float> logits = predictor.logits();
    CHECK(logits.rows == 3 && logits.columns == 2 && std::isnan(logits(1, 0)));
    CHECK(predictor.probabilities().columns == 2 && predictor.predictions().columns == 1);
    CHECK(predictor.embeddings().columns == trained.model.embedding_width() && predictor.top(1).classes.rows == 3);
    CHECK(predictor.logits(room) == 6 && predictor.probabilities(room) == 6 && predictor.embeddings(room) > 0);
    classes.resize(3);
    CHECK(predictor.predictions(classes) == 3 &&
          fails(Status::invalid_argument, "k is 5", [&] { return predictor.top(5); }));
    const diffpool::Graph *const pointers[] = {&graphs[0], &graphs[2]};
    predictor.predict(diffpool::Span<const diffpool::Graph *const>(pointers));
    CHECK(predictor.graph_count() == 2 && predictor.logits()(1, 0) <= logits(2, 0) &&
          predictor.logits()(1, 0) >= logits(2, 0));
    predictor.predict_batch(graphs[0], std::vector<std::int64_t>{0, static_cast<std::int64_t>(graphs[0].node_count())});
    CHECK(predictor.graph_count() == 1);

    const diffpool::Evaluation evaluation = predictor.evaluate(trained.dataset, trained.split.test());
    CHECK(evaluation.graph_count() == 6 && evaluation.metric("accuracy") >= 0 &&
          std::isnan(evaluation.metric("absent")));
    CHECK(evaluation.confusion().rows == 2 && evaluation.confusion().columns == 2);
    CHECK(evaluation.predictions().rows == 6 && evaluation.logits().columns == 2 &&
          contains(evaluation.json(), "accuracy"));
    CHECK(evaluation.metric_by_target("accuracy").size() == 1 && evaluation.levels().size() == 2);
    CHECK(evaluation.levels()[1].diagnostic("entropy") >= 0);
    const diffpool::Model calibrated = predictor.calibrate(trained.dataset, trained.split.test());
    CHECK(calibrated.metadata("diffpool.calibration_temperature").has_value());
}

void test_training(const std::filesystem::path &folder) {
    const diffpool::Dataset dataset = diffpool::Dataset::synthetic("ba", 30, 1);
    diffpool::Config config = small_config();
    config.set("epochs", 4).set("checkpoint_every", 1);
    diffpool::Split split;
    const std::vector<std::size_t> first = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, rest = {10, 11, 12, 13};
    split.set_train(first).set_validation(rest);
    diffpool::Trainer trainer(config, dataset, split);
    CHECK(fails(Status::invalid_state, "path", [&] { trainer.fit(); }));
    trainer.set_checkpoint_path(folder / "run.checkpoint");
    std::vector<std::size_t> batches;
    std::optional<diffpool::Model> second_one;
    const auto stop_in_two = [&](const diffpool::Epoch &epoch) {
        second_one = epoch.model();
        CHECK(epoch.levels().size() == 2 && epoch.levels()[0].diagnostic("validation_entropy") >= 0);
        return epoch.number() == 2 ? diffpool::Then::stop : diffpool::Then::go_on;
    };
    const auto reason = trainer.fit(stop_in_two, [&](const diffpool::Batch &batch) {
        CHECK(batch.count == 2 && batch.loss > 0);
        batches.push_back(batch.epoch * 10 + batch.number);
    });
    CHECK(reason == diffpool::StopReason::callback && batches == (std::vector<std::size_t>{11, 12, 21, 22}));
    CHECK(second_one && trainer.history().size() == 2);

    diffpool::Trainer resumed = diffpool::Trainer::resume(folder / "run.checkpoint", dataset, split);
    trainer.clear_checkpoint_path();
    trainer.save_checkpoint(folder / "by_hand.checkpoint");
    CHECK(fails(Status::invalid_state, "path", [&] { resumed.fit(); }));
    resumed.set_checkpoint_path(folder / "run.checkpoint");
    CHECK(resumed.fit() == diffpool::StopReason::finished);
    trainer.set_checkpoint_path(folder / "run.checkpoint");
    trainer.fit();
    const diffpool::Model one = resumed.model(), other = trainer.model();
    CHECK(one.fingerprint() == other.fingerprint() && trainer.best_epoch() >= 1);

    std::size_t number = 0;
    for (const diffpool::Epoch &epoch : trainer.history()) {
        CHECK(epoch.number() == ++number && epoch.metric("loss") > 0 && epoch.duration().count() > 0);
        std::size_t found = 0;
        for (const auto &[name, value] : epoch.metrics()) {
            found += name == "loss" && value >= epoch.metric("loss") ? 1u : 0u;
        }
        CHECK(found == 1);
        CHECK(fails(Status::invalid_state, "", [&] { return epoch.model(); }));
    }
    CHECK(number == 4 && contains(trainer.history_json(), "\"validation\""));
    trainer.set_epochs(5);
    CHECK(trainer.fit() == diffpool::StopReason::finished && trainer.history().size() == 5);

    diffpool::Config further = other.config();
    further.set("epochs", 1).set("checkpoint_every", 0);
    CHECK(diffpool::Trainer::from_model(other, further, dataset).fit() == diffpool::StopReason::finished);
    CHECK(diffpool::Trainer::continue_from(folder / "by_hand.checkpoint", further, dataset, split).fit() ==
          diffpool::StopReason::finished);
}

// ---------------------------------------------------------------------------------------------------------------------

struct Thrown {
    int number;
};

// The number of what a function throws, 0 for nothing.
template <class Function>
int thrown_by(Function &&function) {
    try {
        function();
    } catch (const Thrown &thrown) {
        return thrown.number;
    }
    return 0;
}

// A data set whose features are all the same, of which a trainer tells.
diffpool::Dataset constant_features() {
    diffpool::Dataset dataset("constant");
    diffpool::Graph graph;
    for (std::size_t i = 0; i < 10; ++i) {
        const Ring ring(4 + i % 2);
        graph.set_edges(4 + i % 2, ring.from, ring.to).set_x(std::vector<float>(4 + i % 2, 1.0f), 1).set_class(i % 2);
        dataset.add(graph);
    }
    return dataset;
}

void test_exceptions_of_callbacks() {
    Trained trained;
    diffpool::Trainer trainer(trained.config, trained.dataset);
    CHECK(thrown_by([&] {
              trainer.fit([](const diffpool::Epoch &epoch) -> void { throw Thrown{static_cast<int>(epoch.number())}; });
          }) == 1);
    CHECK(trainer.history().size() == 1);
    CHECK(thrown_by([&] {
              trainer.fit([](const diffpool::Epoch &) {}, [](const diffpool::Batch &) { throw Thrown{2}; });
          }) == 2);
    CHECK(trainer.history().size() == 1);
    // One that is an Error itself comes out as it is; so does a failure of a call within a callback.
    CHECK(fails(Status::limit, "mine",
                [&] { trainer.fit([](const diffpool::Epoch &) { throw diffpool::Error(Status::limit, "mine"); }); }));
    CHECK(trainer.history().size() == 2 && trainer.fit() == diffpool::StopReason::finished);

    diffpool::Control control;
    std::size_t calls = 0;
    control.on_progress([&calls](std::size_t, std::size_t) { ++calls; });
    diffpool::Predictor predictor(trained.model, 1);
    predictor.predict(trained.dataset, diffpool::all, control);
    CHECK(calls > 0);
    control.on_progress([](std::size_t, std::size_t all) { throw Thrown{static_cast<int>(all) + 1}; });
    CHECK(thrown_by([&] { predictor.predict(trained.dataset, diffpool::all, control); }) == 31);
    CHECK(thrown_by([&] { predictor.evaluate(trained.dataset, diffpool::all, control); }) == 31);
    const diffpool::Control moved = std::move(control);
    CHECK(thrown_by([&] { predictor.predict(trained.dataset, diffpool::all, moved); }) == 31);

    // Calls within a callback, some of which are given a control that throws.
    diffpool::Trainer outer(trained.config, trained.dataset);
    CHECK(thrown_by([&] {
              outer.fit([&](const diffpool::Epoch &) {
                  CHECK(thrown_by([&] { predictor.predict(trained.dataset, diffpool::all, moved); }) == 31);
                  predictor.predict(trained.dataset);
                  predictor.predict(trained.dataset, diffpool::all, moved);
              });
          }) == 31);
    CHECK(outer.fit() == diffpool::StopReason::finished);

    // A log callback has no answer: the next batch ends the call.
    const diffpool::Dataset constant = constant_features();
    diffpool::Config config = small_config();
    config.set("features", "attributes");
    diffpool::Trainer telling(config, constant);
    std::string told;
    telling.on_log([&told](diffpool::LogLevel, std::string_view message) { told += message; });
    CHECK(telling.fit() == diffpool::StopReason::finished && !told.empty());
    diffpool::Trainer failing(config, constant);
    failing.on_log([](diffpool::LogLevel, std::string_view) { throw Thrown{4}; });
    CHECK(thrown_by([&] { failing.fit(); }) == 4);
    failing.clear_log();
    CHECK(failing.fit() == diffpool::StopReason::finished);
}

void test_controls() {
    using namespace std::chrono_literals;
    Trained trained;
    diffpool::Control control;
    diffpool::Session session(trained.model);
    control.set_timeout(0s);
    CHECK(fails(Status::timeout, "", [&] { session.predict(trained.dataset, 0, control); }));
    control.set_deadline(std::chrono::system_clock::now() - 1h);
    CHECK(fails(Status::timeout, "", [&] { session.predict(trained.dataset, 0, control); }));
    control.set_deadline(std::chrono::steady_clock::now() + 1h);
    session.predict(trained.dataset, 0, control);
    CHECK(fails(Status::invalid_argument, "-1", [&] { control.set_timeout(-1s); }));
    control.clear_timeout().set_max_nodes(3);
    CHECK(fails(Status::limit, "3", [&] { session.predict(trained.dataset, 0, control); }));
    control.set_max_nodes(diffpool::no_limit).set_max_edges(1);
    CHECK(fails(Status::limit, "1", [&] { session.predict(trained.dataset, 0, control); }));
    control.set_max_edges(diffpool::no_limit).set_max_bytes(1);
    CHECK(fails(Status::limit, "1", [&] { session.predict(trained.dataset, 0, control); }));
    control.set_max_bytes(diffpool::no_limit).cancel();
    CHECK(control.is_cancelled() &&
          fails(Status::cancelled, "", [&] { session.predict(trained.dataset, 0, control); }));
    control.reset();
    control.clear_progress();
    session.predict(trained.dataset, 0, control);

    // A deadline in the middle of a training that would take for ever, and a cancellation by another thread.
    trained.config.set("epochs", 1000000);
    diffpool::Trainer trainer(trained.config, trained.dataset);
    const auto start = std::chrono::steady_clock::now();
    control.set_deadline(start + 200ms);
    CHECK(fails(Status::timeout, "", [&] { trainer.fit(control); }));
    CHECK(std::chrono::steady_clock::now() - start >= 200ms && std::chrono::steady_clock::now() - start < 60s);
    control.clear_timeout();
    std::atomic<bool> began{false};
    std::thread canceller([&] {
        while (!began) {
            std::this_thread::yield();
        }
        control.cancel();
    });
    CHECK(fails(Status::cancelled, "", [&] { trainer.fit([&](const diffpool::Epoch &) { began = true; }, control); }));
    canceller.join();
}

void test_threads() {
    Trained trained;
    diffpool::Session reference(trained.model);
    reference.predict(trained.dataset, 7);
    const std::vector<float> expected = reference.logits();
    const diffpool::Control control;
    std::atomic<std::size_t> right{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 8; ++i) {
        threads.emplace_back([&, model = trained.model] {
            diffpool::Session session(model);
            for (std::size_t round = 0; round < 20; ++round) {
                const diffpool::Model copy = model;
                session.predict(trained.dataset, round % 30, control);
                const diffpool::Graph graph = trained.dataset.graph(7);
                right += session.predict(graph, control).logits() == expected && copy.class_count() == 2 ? 1u : 0u;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(right == 160);

    // Exceptions of callbacks stay with their threads.
    diffpool::Control shared;
    std::atomic<int> next{1};
    shared.on_progress([&next](std::size_t, std::size_t) { throw Thrown{next++}; });
    std::atomic<int> sum{0};
    threads.clear();
    for (std::size_t i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            diffpool::Predictor predictor(trained.model, 1);
            sum += thrown_by([&] { predictor.predict(trained.dataset, diffpool::all, shared); });
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(sum == 1 + 2 + 3 + 4);
}

void test_versions() {
    diffpool::check_abi();
    CHECK(diffpool::version() == DIFFPOOL_VERSION && !diffpool::version_string().empty() && !diffpool::cpu().empty());
    CHECK(std::string_view(diffpool::status_name(Status::limit)) == "LIMIT");
    const diffpool::Expected<int> nothing = diffpool::Error(Status::parse, "line 3");
    CHECK(fails(Status::parse, "line 3", [&] { return nothing.value(); }));
    const diffpool::Expected<void> fine = diffpool::attempt([] {});
    CHECK(fine && fine.status() == Status::ok);
}

// Handles go from the classes to the functions and back.
void test_handles() {
    Trained trained;
    diffpool_graph *const raw = diffpool::Graph(std::move(diffpool::Graph().set_nodes(3))).release();
    const diffpool::Graph graph = diffpool::Graph::adopt(raw);
    CHECK(graph.get() == raw && graph.node_count() == 3);
    diffpool_error *error = nullptr;
    CHECK(diffpool_model_load("absent.safetensors", nullptr, &error) != DIFFPOOL_STATUS_OK);
    CHECK(diffpool::Error::adopt(DIFFPOOL_STATUS_IO, error).status() == Status::null_pointer);
    CHECK(diffpool::Error::adopt(DIFFPOOL_STATUS_IO, nullptr).status() == Status::io);
}

}  // namespace

int main(int argc, char **argv) {
    const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
    std::filesystem::create_directories(folder);
    test_spans();
    test_graphs();
    test_strides();
    test_wrong_lengths();
    test_empty_spans();
    test_moved_from();
    test_data_sets(folder);
    test_config();
    test_models(folder);
    test_predictions();
    test_training(folder);
    test_exceptions_of_callbacks();
    test_controls();
    test_threads();
    test_versions();
    test_handles();
    std::puts("all classes do what they say");
}
