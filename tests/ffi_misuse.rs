//! Every exported function called wrongly: a status and a message that names what is wrong, and nothing else happens.

mod declarations;
mod misuse;

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::ptr::{null, null_mut};

use declarations::{committed_header, declarations};
use diffpool::ffi;
use diffpool::ffi::config::*;
use diffpool::ffi::control::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::dataset_source::*;
use diffpool::ffi::dataset_writer::*;
use diffpool::ffi::diagnostics::*;
use diffpool::ffi::epoch::*;
use diffpool::ffi::error::DiffpoolError;
use diffpool::ffi::evaluation::*;
use diffpool::ffi::graph::*;
use diffpool::ffi::graph_nodes::*;
use diffpool::ffi::graph_weights::*;
use diffpool::ffi::graph_whole::*;
use diffpool::ffi::history::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::levels::*;
use diffpool::ffi::model::*;
use diffpool::ffi::predictor::*;
use diffpool::ffi::session::*;
use diffpool::ffi::split::*;
use diffpool::ffi::status::{DiffpoolStatus, diffpool_status_name};
use diffpool::ffi::targets::*;
use diffpool::ffi::tensors::*;
use diffpool::ffi::trainer::*;
use diffpool::ffi::version::*;
use misuse::{ALL, FROM, Fixture, INDPTR, TO, X, cases, expect, new_graph, outcome, places_are_untouched};

/// Pointers that a function accepts NULL for, by function and parameter. An empty name is every function.
const MAY_BE_NULL: [(&str, &str); 27] = [
    ("", "error"),
    ("", "needed"),
    ("", "rows"),
    ("", "columns"),
    ("", "clusters"),
    ("", "split"),
    ("", "control"),
    ("diffpool_model_set_metadata", "value"),
    ("diffpool_dataset_set_vocabulary", "names"),
    ("diffpool_dataset_writer_set_vocabulary", "names"),
    ("diffpool_control_set_progress", "progress_callback"),
    ("diffpool_control_set_progress", "ctx"),
    ("diffpool_dataset_load", "options_json"),
    ("diffpool_dataset_add_batch", "classes"),
    ("diffpool_dataset_parse_jsonl", "name"),
    ("diffpool_split_load_ogb", "name"),
    ("diffpool_trainer_set_checkpoint_path", "path"),
    ("diffpool_trainer_set_log", "log_callback"),
    ("diffpool_trainer_set_log", "ctx"),
    ("diffpool_trainer_fit", "epoch_callback"),
    ("diffpool_trainer_fit", "batch_callback"),
    ("diffpool_session_copy_top", "classes"),
    ("diffpool_session_copy_top", "probabilities"),
    ("diffpool_predictor_copy_top", "classes"),
    ("diffpool_predictor_copy_top", "probabilities"),
    ("diffpool_trainer_fit", "ctx"),
    ("diffpool_trainer_fit", "reason"),
];

#[test]
fn there_is_a_case_for_every_function_that_can_fail() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    let tried: BTreeSet<_> = cases(&fixture, &loose).into_iter().map(|case| case.name.to_owned()).collect();
    let fallible = declarations(&committed_header()).into_iter().filter(|function| {
        let last = function.parameters.last();
        last.is_some_and(|(kind, name)| kind == "diffpool_error **" && name == "error")
    });
    let fallible: BTreeSet<_> = fallible.map(|function| function.name).collect();
    assert_eq!(tried, fallible);
}

#[test]
fn right_calls_succeed() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    for case in cases(&fixture, &loose) {
        let (status, message) = outcome(|error| (case.call)(None, error));
        assert_eq!(status, DiffpoolStatus::Ok, "{}: {message}", case.name);
        assert_eq!((case.call)(None, null_mut()), DiffpoolStatus::Ok, "{}", case.name);
    }
    fixture.free();
    loose.free();
}

#[test]
fn null_is_named_for_every_pointer() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    let declarations = declarations(&committed_header());
    for case in cases(&fixture, &loose) {
        let function = declarations.iter().find(|function| function.name == case.name).unwrap();
        for (at, (kind, name)) in function.parameters.iter().enumerate() {
            let optional = |&(f, p): &(&str, &str)| p == name && (f.is_empty() || f == case.name);
            let is_pointer = kind.ends_with('*') || kind.ends_with("_callback");
            // What a function works on comes first, and is never left out.
            if !is_pointer || at > 0 && MAY_BE_NULL.iter().any(optional) {
                continue;
            }
            places_are_untouched();
            let (status, message) = outcome(|error| (case.call)(Some(at), error));
            let call = format!("{} without {name}: {message}", case.name);
            assert_eq!(status, DiffpoolStatus::NullPointer, "{call}");
            assert!(message.starts_with(&format!("{name} is NULL")), "{call}");
            assert_eq!((case.call)(Some(at), null_mut()), DiffpoolStatus::NullPointer, "{call}");
            assert!(places_are_untouched(), "{call}");
        }
    }
}

/// A call that must fail.
type Wrong<'a> = (&'a str, Box<dyn Fn(*mut *mut DiffpoolError) -> DiffpoolStatus + 'a>);

macro_rules! wrong {
    ($what:literal, $function:ident($($argument:expr),* $(,)?)) => {
        // SAFETY: handles are live, and arrays have the lengths that they are said to have but where a length is
        // checked before the array is touched.
        ($what, Box::new(move |error| unsafe { $function($($argument,)* error) }) as Box<_>)
    };
}

/// Calls them all and lists what they answer.
fn answers(calls: &[Wrong]) -> String {
    calls.iter().fold(String::new(), |list, (what, call)| {
        let (status, message) = outcome(call);
        assert_ne!(status, DiffpoolStatus::Ok, "{what}");
        assert_eq!(call(null_mut()), status, "{what}");
        // SAFETY: the name is a constant string.
        let name = unsafe { CStr::from_ptr(diffpool_status_name(status)) };
        list + &format!("{what}\n    {}: {message}\n", name.to_str().unwrap())
    })
}

fn text(text: &'static CStr) -> *const std::ffi::c_char {
    text.as_ptr()
}

#[test]
fn wrong_settings() {
    let fixture = Fixture::new();
    let config = fixture.config;
    let mut out = null_mut();
    let (out, mut json) = (&raw mut out, null_mut());
    let json = &raw mut json;
    let calls = [
        wrong!("header of the future", diffpool_abi_check(DIFFPOOL_VERSION + 10000)),
        wrong!("unknown preset", diffpool_config_new(text(c"papre"), out)),
        wrong!("text that is not UTF-8", diffpool_config_new(text(c"pa\xffper"), out)),
        wrong!("not JSON", diffpool_config_from_json(text(c"epochs = 3"), out)),
        wrong!("unknown key in JSON", diffpool_config_from_json(text(c"{\"epoch\": 3}"), out)),
        wrong!("unknown key", diffpool_config_set_int(config, text(c"epoch"), 3)),
        wrong!("negative count", diffpool_config_set_int(config, text(c"epochs"), -1)),
        wrong!("text for a number", diffpool_config_set_string(config, text(c"epochs"), text(c"three"))),
        wrong!("number for a flag", diffpool_config_set_int(config, text(c"shuffle"), 1)),
        wrong!("unknown word", diffpool_config_set_string(config, text(c"readout"), text(c"median"))),
        wrong!("not a number", diffpool_config_set_float(config, text(c"dropout"), f64::NAN)),
        wrong!("infinite in a list", diffpool_config_set_floats(config, text(c"clusters"), &f64::INFINITY, 1)),
        wrong!("impossible length", diffpool_config_set_ints(config, text(c"head_hidden"), null(), usize::MAX)),
        wrong!("not JSON to set", diffpool_config_set_json(config, text(c"epochs"), text(c"many"))),
        wrong!("unknown key to set as JSON", diffpool_config_set_json(config, text(c"epoch"), text(c"3"))),
        wrong!("wrong value as JSON", diffpool_config_set_json(config, text(c"epochs"), text(c"[3]"))),
        wrong!("one wrong key of two", diffpool_config_merge_json(config, text(c"{\"seed\": 9, \"epochs\": 0}"))),
        wrong!("another preset to merge", diffpool_config_merge_json(config, text(c"{\"preset\": \"pyg\"}"))),
        wrong!("unknown preset to compare with", diffpool_config_difference_json(config, text(c"papers"), json)),
        wrong!("unknown key to read", diffpool_config_get_json(config, text(c"epoch"), json)),
    ];
    insta::assert_snapshot!(answers(&calls));
    // SAFETY: both are live locals.
    assert!(unsafe { (*out).is_null() && (*json).is_null() });
    fixture.free();
}

/// Everything that a graph is set wrongly with.
#[test]
fn wrong_parts_of_graphs() {
    let loose = Fixture::loose();
    let (data, graph) = (loose.dataset, loose.graph);
    let (from, to, x) = (FROM.as_ptr(), TO.as_ptr(), X.as_ptr());
    let nan = [0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0].to_vec().leak().as_ptr();
    let large = [0.0, 1e300, 0.0, 0.0, 0.0, 0.0].to_vec().leak().as_ptr();
    let falling = [0, 2, 1, 3].to_vec().leak().as_ptr();
    let far = [0_i64, 1 << 40, 1].to_vec().leak().as_ptr();
    let labels = [0_i64, -2, 3].to_vec().leak().as_ptr();
    let odd = x.cast::<u8>().wrapping_add(1).cast::<f32>();
    let calls = [
        wrong!("node beyond 32 bits", diffpool_graph_set_edges_i64(graph, 3, far, far, 3)),
        wrong!("too many edges", diffpool_graph_set_edges(graph, 3, from, to, usize::MAX / 2)),
        wrong!("no offsets", diffpool_graph_set_csr(graph, null(), 0, to, 3)),
        wrong!("falling offsets", diffpool_graph_set_csr(graph, falling, 4, to, 3)),
        wrong!("entries that differ", diffpool_graph_set_csr(graph, INDPTR.as_ptr(), 4, to, 2)),
        wrong!("offsets that begin elsewhere", diffpool_graph_set_csr(graph, TO.as_ptr(), 3, to, 0)),
        wrong!("weight that is not a number", diffpool_graph_set_edge_weight(graph, nan, 3)),
        wrong!("weight beyond 32 bits", diffpool_graph_set_edge_weight_f64(graph, large, 3)),
        wrong!("attribute that is not a number", diffpool_graph_set_edge_attributes(graph, nan, 3, 2)),
        wrong!("feature that is not a number", diffpool_graph_set_x(graph, nan, 3, 2)),
        wrong!("feature beyond 32 bits", diffpool_graph_set_x_f64(graph, large, 2, 3)),
        wrong!("misaligned", diffpool_graph_set_x(graph, odd, 3, 2)),
        wrong!("misaligned with strides", diffpool_graph_set_x_strided(graph, odd, 3, 2, 1, 3)),
        wrong!("sizes that overflow", diffpool_graph_set_x(graph, x, usize::MAX / 2, 3)),
        wrong!("more than memory", diffpool_graph_set_x(graph, x, usize::MAX / 8, 1)),
        wrong!("strides that overflow", diffpool_graph_set_x_strided(graph, x, 3, 2, isize::MIN, 1)),
        wrong!("category beyond 32 bits", diffpool_graph_set_categories_i64(graph, far, 3, 1)),
        wrong!("infinite target", diffpool_graph_set_targets(graph, [f32::INFINITY].as_ptr(), 1)),
        wrong!("attribute of the graph", diffpool_graph_set_attributes(graph, nan, 2)),
        wrong!("negative word", diffpool_graph_set_words(graph, labels, 2)),
        wrong!("too few class names", diffpool_dataset_set_class_names(data, [c"a".as_ptr()].as_ptr(), 1)),
        wrong!("NULL among class names", diffpool_dataset_set_class_names(data, [null(), null()].as_ptr(), 2)),
    ];
    insta::assert_snapshot!(answers(&calls));
    loose.free();
}

/// What a data set, a model and a session say to graphs that do not fit.
#[test]
fn wrong_graphs() {
    let loose = Fixture::loose();
    let (data, from, to, x) = (loose.dataset, FROM.as_ptr(), TO.as_ptr(), X.as_ptr());
    let labels = [0_i64, -2, 3].to_vec().leak().as_ptr();
    let mut answers = String::new();
    let mut refused = |what: &str, change: &dyn Fn(*mut DiffpoolGraph)| {
        let graph = new_graph();
        change(graph);
        answers += &format!("{what}\n");
        // SAFETY: the handles are live, and the graph is freed last.
        unsafe {
            let mut session = null_mut();
            expect(|e| diffpool_session_new(loose.model, &mut session, e));
            let outcomes = [
                ("data set", outcome(|e| diffpool_dataset_add(data, graph, e))),
                ("model", outcome(|e| diffpool_model_check(loose.model, graph, e))),
                ("session", outcome(|e| diffpool_session_predict(session, graph, null(), e))),
            ];
            for (who, (status, message)) in outcomes {
                let name = CStr::from_ptr(diffpool_status_name(status)).to_str().unwrap();
                answers += &format!("    {who}: {name}: {message}\n");
            }
            diffpool_session_free(session);
            diffpool_graph_free(graph);
        }
    };
    // SAFETY: the graphs are live, and the arrays as long as they are said to be.
    unsafe {
        refused("nothing", &|graph| expect(|e| diffpool_graph_clear(graph, e)));
        refused("index out of range", &|graph| expect(|e| diffpool_graph_set_edges(graph, 2, from, to, 3, e)));
        refused("a feature too many", &|graph| expect(|e| diffpool_graph_set_x(graph, x, 2, 3, e)));
        refused("features of too few nodes", &|graph| expect(|e| diffpool_graph_set_x(graph, x, 2, 2, e)));
        refused("weights of too few edges", &|graph| expect(|e| diffpool_graph_set_edge_weight(graph, x, 2, e)));
        refused("labels of nodes", &|graph| expect(|e| diffpool_graph_set_node_labels(graph, labels, 3, e)));
        refused("labels of edges", &|graph| expect(|e| diffpool_graph_set_edge_labels(graph, labels, 3, e)));
        refused("attributes of edges", &|graph| expect(|e| diffpool_graph_set_edge_attributes(graph, x, 3, 1, e)));
        refused("targets", &|graph| expect(|e| diffpool_graph_set_targets(graph, x, 2, e)));
        refused("words", &|graph| expect(|e| diffpool_graph_set_words(graph, labels, 1, e)));
        refused("a class beyond reason", &|graph| expect(|e| diffpool_graph_set_class(graph, 1 << 20, e)));
        assert_eq!(diffpool_dataset_graph_count(data), 6);
    }
    insta::assert_snapshot!(answers);
    loose.free();
}

#[test]
fn wrong_batches() {
    let loose = Fixture::loose();
    let (data, graph, predictor) = (loose.dataset, loose.graph, Fixture::new().predictor);
    let arrays: [&[i64]; 6] = [&[0, 3], &[0, 2], &[1, 3], &[0, 2, 1, 3], &[0, 1, 3], &[-1]];
    let [whole, short, late, falling, cut, negative] = arrays.map(|array| array.to_vec().leak().as_ptr());
    let calls = [
        wrong!("no offsets", diffpool_dataset_add_batch(data, graph, null(), 0, null())),
        wrong!("too few nodes", diffpool_dataset_add_batch(data, graph, short, 2, whole)),
        wrong!("offsets that begin elsewhere", diffpool_dataset_add_batch(data, graph, late, 2, whole)),
        wrong!("falling offsets", diffpool_dataset_add_batch(data, graph, falling, 4, whole)),
        wrong!("an edge across graphs", diffpool_dataset_add_batch(data, graph, cut, 3, whole)),
        wrong!("negative class", diffpool_dataset_add_batch(data, graph, whole, 2, negative)),
        wrong!("no classes where others have some", diffpool_dataset_add_batch(data, graph, whole, 2, null())),
        wrong!("an edge across graphs, to predict", diffpool_predictor_predict_batch(predictor, graph, cut, 3, null())),
        wrong!("a graph that is NULL", diffpool_predictor_predict(predictor, [null()].as_ptr(), 1, null())),
        wrong!("no such graph", diffpool_predictor_predict_dataset(predictor, data, [9].as_ptr(), 1, null())),
        wrong!("more than there are", diffpool_predictor_copy_top(predictor, null_mut(), null_mut(), 3)),
    ];
    insta::assert_snapshot!(answers(&calls));
    // SAFETY: the data set is live.
    assert_eq!(unsafe { diffpool_dataset_graph_count(data) }, 6);
    loose.free();
}

#[test]
fn wrong_controls() {
    let fixture = Fixture::new();
    let (control, dataset) = (fixture.control, fixture.dataset);
    let Fixture { session, graph, predictor, trainer, config, split, .. } = fixture;
    let [tu, file] = ["TWO", "small.dataset"].map(|name| fixture.path(name));
    let (mut set, mut made, mut evaluation, mut calibrated) = (null_mut(), null_mut(), null_mut(), null_mut());
    let (set, made) = (&raw mut set, &raw mut made);
    let (evaluation, calibrated) = (&raw mut evaluation, &raw mut calibrated);
    let all = DIFFPOOL_ALL;
    let calls = [
        wrong!("time before now", diffpool_control_set_timeout(control, -1.0)),
        wrong!("no time", diffpool_control_set_timeout(control, f64::NAN)),
        wrong!("time beyond reason", diffpool_control_set_timeout(control, 1e300)),
    ];
    let mut answers = answers(&calls);
    let stopped = || {
        [
            wrong!("load", diffpool_dataset_load(tu, text(c"tu"), null(), control, set)),
            wrong!("open", diffpool_dataset_open(file, control, set)),
            wrong!("trainer", diffpool_trainer_new(config, dataset, split, control, made)),
            wrong!("fit", diffpool_trainer_fit(trainer, None, None, null_mut(), control, null_mut())),
            wrong!("evaluate", diffpool_predictor_evaluate(predictor, dataset, null(), all, control, evaluation)),
            wrong!("calibrate", diffpool_predictor_calibrate(predictor, dataset, null(), all, control, calibrated)),
            wrong!("predict many", diffpool_predictor_predict_dataset(predictor, dataset, null(), all, control)),
            wrong!("predict one", diffpool_session_predict(session, graph, control)),
            wrong!("predict one of a data set", diffpool_session_predict_from(session, dataset, 0, control)),
        ]
    };
    // SAFETY: the handles are live, and the places locals.
    unsafe {
        expect(|e| diffpool_trainer_set_epochs(trainer, 2, e));
        diffpool_control_cancel(control);
        assert_eq!(diffpool_control_is_cancelled(control), 1);
        answers += &format!("-- cancelled\n{}", crate::answers(&stopped()));
        diffpool_control_reset(control);
        assert_eq!(diffpool_control_is_cancelled(control), 0);
        expect(|e| diffpool_control_set_timeout(control, 0.0, e));
        answers += &format!("-- out of time\n{}", crate::answers(&stopped()));
        expect(|e| diffpool_control_set_timeout(control, f64::INFINITY, e));
        expect(|e| diffpool_control_set_max_nodes(control, 2, e));
        expect(|e| diffpool_control_set_max_bytes(control, 10, e));
        let limited: Vec<_> =
            stopped().into_iter().filter(|(what, _)| !["fit", "predict many"].contains(what)).collect();
        answers += &format!("-- limited\n{}", crate::answers(&limited));
        expect(|e| diffpool_predictor_predict_dataset(predictor, dataset, null(), all, control, e));
        assert_eq!(diffpool_predictor_status(predictor, 5), DiffpoolStatus::Limit);
        let message = CStr::from_ptr(diffpool_predictor_message(predictor, 5));
        assert_eq!(message, c"there are 3 nodes, but the limit is 2");
        assert_eq!(diffpool_predictor_status(predictor, 6), DiffpoolStatus::NotFound);
        assert!((*set).is_null() && (*made).is_null() && (*evaluation).is_null() && (*calibrated).is_null());
    }
    insta::assert_snapshot!(answers);
    fixture.free();
}

#[test]
fn wrong_targets() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    let (data, two) = (loose.dataset, loose.attributed);
    let (inf, ones) = ([1.0, f32::INFINITY], [1.0_f32; 6]);
    let (inf, ones) = (inf.as_ptr(), ones.as_ptr());
    let mut empty = null_mut();
    // SAFETY: the name is a constant, the place a local.
    expect(|e| unsafe { diffpool_dataset_new(c"empty".as_ptr(), 0, &mut empty, e) });
    let names = [c"a".as_ptr(), c"?".as_ptr(), c".".as_ptr()];
    let names = names.as_ptr();
    let (mut value, evaluation) = (0.0, fixture.evaluation);
    let value = &raw mut value;
    let calls = [
        wrong!("too few targets", diffpool_dataset_set_targets(data, ones, 5, 1)),
        wrong!("no targets", diffpool_dataset_set_targets(data, null(), 6, 0)),
        wrong!("infinite target", diffpool_dataset_set_targets(two, inf, 2, 1)),
        wrong!("impossible width", diffpool_dataset_set_targets(two, ones, 6, usize::MAX)),
        wrong!("too few weights", diffpool_dataset_set_graph_weights(two, ones, 1)),
        wrong!("infinite weight", diffpool_dataset_set_graph_weights(two, inf, 2)),
        wrong!("weights while in use", diffpool_dataset_set_graph_weights(fixture.dataset, ones, 6)),
        wrong!("no attributes", diffpool_dataset_use_graph_attributes_as_targets(data)),
        wrong!("targets while in use", diffpool_dataset_set_targets(fixture.dataset, ones, 6, 1)),
        wrong!("small vocabulary", diffpool_dataset_set_vocabulary(empty, names, 2, 2)),
        wrong!("nothing to predict", diffpool_dataset_set_vocabulary(empty, names, 3, 0)),
        wrong!("vocabulary after graphs", diffpool_dataset_set_vocabulary(data, names, 3, 2)),
        wrong!(
            "unknown metric",
            diffpool_evaluation_copy_metric_by_target(evaluation, text(c"auc"), value, 1, null_mut())
        ),
        wrong!(
            "metric of another task",
            diffpool_evaluation_copy_metric_by_target(evaluation, text(c"rmse"), value, 1, null_mut())
        ),
    ];
    insta::assert_snapshot!(answers(&calls));
    // SAFETY: the evaluation is live, the names strings; what is not measured is NaN.
    unsafe {
        for name in [c"auc", c"rmse", c""] {
            assert!(diffpool_evaluation_metric(evaluation, name.as_ptr()).is_nan());
        }
        assert!(diffpool_evaluation_metric(evaluation, null()).is_nan());
        assert!(diffpool_evaluation_metric(null(), c"loss".as_ptr()).is_nan());
        assert!(diffpool_evaluation_metric(evaluation, c"loss".as_ptr()) > 0.0);
        diffpool_dataset_free(empty);
    }
    fixture.free();
    loose.free();
}

#[test]
fn wrong_data() {
    let fixture = Fixture::new();
    let data = fixture.dataset;
    let (mut set, mut split, mut model) = (null_mut(), null_mut(), null_mut());
    let (set, split, model) = (&raw mut set, &raw mut split, &raw mut model);
    let mut missing = null_mut();
    // SAFETY: the places are locals, and the array has two values.
    unsafe {
        expect(|e| diffpool_split_new(&mut missing, e));
        expect(|e| diffpool_split_set_train(missing, [0, 9].as_ptr(), 2, e));
    }
    let (ogb, tu, no, graph) = (text(c"ogb"), text(c"tu"), text(c"./no"), fixture.graph);
    let calls = [
        wrong!("no such format", diffpool_dataset_load(no, text(c"csv"), null(), null(), set)),
        wrong!("no JSON", diffpool_dataset_load(no, tu, text(c"directed"), null(), set)),
        wrong!("unknown option", diffpool_dataset_load(no, tu, text(c"{\"direct\": true}"), null(), set)),
        wrong!("option of another format", diffpool_dataset_load(no, tu, text(c"{\"length\": 5}"), null(), set)),
        wrong!("option of another kind", diffpool_dataset_load(no, ogb, text(c"{\"directed\": 1}"), null(), set)),
        wrong!("length without words", diffpool_dataset_load(no, ogb, text(c"{\"length\": 5}"), null(), set)),
        wrong!("no words to predict", diffpool_dataset_load(no, ogb, text(c"{\"vocabulary\": 0}"), null(), set)),
        wrong!("OGB, no such folder", diffpool_dataset_load(no, ogb, null(), null(), set)),
        wrong!("TU, no such folder", diffpool_dataset_load(no, tu, null(), null(), set)),
        wrong!("JSON lines, no such file", diffpool_dataset_load(no, text(c"jsonl"), null(), null(), set)),
        wrong!("OGB, no such split", diffpool_split_load_ogb(data, no, text(c"a"), split)),
        wrong!("unknown flag", diffpool_dataset_new(text(c"new"), 6, set)),
        wrong!("unknown benchmark", diffpool_dataset_synthetic(text(c"er"), 10, 1, set)),
        wrong!("benchmark of nothing", diffpool_dataset_synthetic(text(c"ba"), 0, 1, set)),
        wrong!("no such graph", diffpool_dataset_get(data, 6, graph)),
        wrong!("share of everything", diffpool_split_holdout(data, 1.0, 1, split)),
        wrong!("no such fold", diffpool_split_k_fold(data, 3, 3, 1, split)),
        wrong!("change while in use", diffpool_dataset_add(data, graph)),
        wrong!("train on what is not there", diffpool_model_new(fixture.config, data, missing, model)),
    ];
    insta::assert_snapshot!(answers(&calls));
    // SAFETY: all are live locals or handles; a class without a name has none.
    unsafe {
        assert!((*set).is_null() && (*split).is_null() && (*model).is_null());
        assert!(diffpool_dataset_class_name(data, 0).is_null() && diffpool_dataset_class_name(null(), 0).is_null());
        diffpool_split_free(missing);
    }
    fixture.free();
}

#[test]
fn wrong_data_set_files() {
    let fixture = Fixture::new();
    let (data, graph) = (fixture.dataset, fixture.graph);
    let (mut opened, mut other) = (null_mut(), null_mut());
    // SAFETY: the path is a string that is never freed, and the place a local.
    expect(|error| unsafe { diffpool_dataset_open(fixture.path("small.dataset"), null(), &mut opened, error) });
    let out = &raw mut other;
    let (missing, folder, empty, text) = ("no/file", "TWO", "empty", "text");
    std::fs::write(fixture.folder.path().join(empty), "").unwrap();
    std::fs::write(fixture.folder.path().join(text), "nothing of that kind").unwrap();
    let [missing, folder, empty, text] = [missing, folder, empty, text].map(|name| fixture.path(name));
    let calls = [
        wrong!("no such folder", diffpool_dataset_save(data, missing)),
        wrong!("folder in place", diffpool_dataset_save(data, folder)),
        wrong!("no such file", diffpool_dataset_open(missing, null(), out)),
        wrong!("folder", diffpool_dataset_open(folder, null(), out)),
        wrong!("empty file", diffpool_dataset_open(empty, null(), out)),
        wrong!("file of another kind", diffpool_dataset_open(text, null(), out)),
        wrong!("graph for an opened data set", diffpool_dataset_add(opened, graph)),
    ];
    let answers = answers(&calls).replace(&*fixture.folder.path().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!(answers);
    assert!(other.is_null());
    let (ones, names) = ([1.0_f32; 6], [c"a".as_ptr(), c"b".as_ptr()]);
    // SAFETY: the data set and the locals are live, and the handle is used for the last time.
    unsafe {
        assert_eq!(diffpool_dataset_graph_count(opened), 6);
        expect(|error| diffpool_dataset_set_targets(opened, ones.as_ptr(), 6, 1, error));
        expect(|error| diffpool_dataset_set_class_names(opened, names.as_ptr(), 2, error));
        assert_eq!(CStr::from_ptr(diffpool_dataset_class_name(opened, 1)), c"b");
        diffpool_dataset_free(opened);
    }
    fixture.free();
}

#[test]
fn wrong_writers() {
    let fixture = Fixture::new();
    let (data, attributed, graph) = (fixture.dataset, fixture.attributed, fixture.graph);
    let [writer, done, named, _] = fixture.writers;
    let mut other = null_mut();
    let out = &raw mut other;
    let [missing, folder, path] = ["no/file", "TWO", "written"].map(|name| fixture.path(name));
    let (new, far, bare) = (text(c"new"), new_graph(), new_graph());
    let (names, words) = ([c"a".as_ptr()], [c"a".as_ptr(), c"?".as_ptr(), c".".as_ptr()]);
    let (names, words) = (names.as_ptr(), words.as_ptr());
    // SAFETY: writers and graphs are live.
    unsafe {
        expect(|error| diffpool_dataset_writer_append(writer, data, error));
        expect(|error| diffpool_dataset_writer_add(done, graph, error));
        expect(|error| diffpool_dataset_writer_finish(done, error));
        expect(|error| diffpool_dataset_writer_set_vocabulary(named, words, 3, 2, error));
        expect(|error| diffpool_graph_set_edges(far, 2, FROM.as_ptr(), TO.as_ptr(), 3, error));
        expect(|error| diffpool_graph_clear(bare, error));
        expect(|error| diffpool_graph_set_edges(bare, 3, FROM.as_ptr(), TO.as_ptr(), 3, error));
        expect(|error| diffpool_graph_set_class(bare, 0, error));
    }
    let calls = [
        wrong!("no such folder", diffpool_dataset_writer_new(missing, new, 0, out)),
        wrong!("folder in place", diffpool_dataset_writer_new(folder, new, 0, out)),
        wrong!("device in place", diffpool_dataset_writer_new(text(c"/dev/full"), new, 0, out)),
        wrong!("no name of a file", diffpool_dataset_writer_new(text(c""), new, 0, out)),
        wrong!("unknown flag", diffpool_dataset_writer_new(path, new, 32, out)),
        wrong!("index out of range", diffpool_dataset_writer_add(writer, far)),
        wrong!("no features where others have some", diffpool_dataset_writer_add(writer, bare)),
        wrong!("no words where all have some", diffpool_dataset_writer_add(named, graph)),
        wrong!("vocabulary after graphs", diffpool_dataset_writer_set_vocabulary(writer, words, 3, 2)),
        wrong!("too few names", diffpool_dataset_writer_set_class_names(writer, names, 1)),
        wrong!("graph for a finished file", diffpool_dataset_writer_append(done, data)),
        wrong!("finished file", diffpool_dataset_writer_finish(done)),
        wrong!("other graphs", diffpool_dataset_writer_append(writer, attributed)),
    ];
    let answers = answers(&calls).replace(&*fixture.folder.path().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!(answers);
    assert!(other.is_null());
    // SAFETY: writer and graph are live.
    unsafe {
        assert_eq!(diffpool_dataset_writer_graph_count(writer), 6);
        expect(|error| diffpool_dataset_writer_finish(writer, error));
        diffpool_graph_free(far);
        diffpool_graph_free(bare);
    }
    fixture.free();
}

#[test]
fn numbers_that_are_not_there() {
    let fixture = Fixture::new();
    let Fixture { model, trainer, evaluation, session, .. } = fixture;
    let mut fresh = null_mut();
    // SAFETY: the handles are live, and the places locals.
    unsafe {
        expect(|error| diffpool_session_new(model, &mut fresh, error));
        let epoch = diffpool_trainer_epoch(trainer, 0);
        assert_eq!(diffpool_evaluation_level_count(evaluation), 1);
        assert_eq!((diffpool_epoch_level_count(epoch), diffpool_epoch_level_count(null())), (1, 0));
        for name in
            [c"clusters_in_use", c"effective_clusters", c"entropy", c"relative_entropy", c"edges_inside", c"modularity"]
        {
            let watched = format!("validation_{}\0", name.to_str().unwrap());
            assert!(diffpool_epoch_diagnostic(epoch, 0, name.as_ptr()).is_finite());
            assert!(diffpool_epoch_diagnostic(epoch, 0, watched.as_ptr().cast()).is_finite());
            assert!(diffpool_evaluation_diagnostic(evaluation, 0, name.as_ptr()).is_finite());
            assert!(diffpool_session_diagnostic(session, 0, name.as_ptr()).is_finite());
            assert!(diffpool_session_diagnostic(fresh, 0, name.as_ptr()).is_nan());
            assert!(diffpool_session_diagnostic(session, 1, name.as_ptr()).is_nan());
            assert!(diffpool_evaluation_diagnostic(evaluation, 1, name.as_ptr()).is_nan());
            assert!(diffpool_epoch_diagnostic(null(), 0, name.as_ptr()).is_nan());
        }
        for name in [c"purity".as_ptr(), c"\xff".as_ptr(), null()] {
            assert!(diffpool_epoch_diagnostic(epoch, 0, name).is_nan());
            assert!(diffpool_evaluation_diagnostic(evaluation, 0, name).is_nan());
            assert!(diffpool_session_diagnostic(session, 0, name).is_nan());
            assert!(diffpool_epoch_metric(epoch, name).is_nan());
        }
        assert!(!diffpool_epoch_metric_name(0).is_null() && diffpool_epoch_metric_name(99).is_null());
        assert!(diffpool_trainer_epoch(trainer, 1).is_null() && diffpool_trainer_epoch(null(), 0).is_null());
        assert!(diffpool_model_class_name(model, 2).is_null() && diffpool_model_tensor_name(model, 999).is_null());
        assert_eq!((diffpool_session_node_count(fresh), diffpool_dataset_graph_count(null())), (0, 0));
        diffpool_session_free(fresh);
    }
    fixture.free();
}

#[test]
fn wrong_order() {
    let fixture = Fixture::new();
    let Fixture { config, dataset, model, predictor, evaluation, session, .. } = fixture;
    let mut places = [0_u64; 8];
    let place = places.as_mut_ptr();
    let (mut fresh, mut second, mut judged) = (null_mut(), null_mut(), null_mut());
    let [mut twice, mut empty] = [null_mut(); 2];
    // SAFETY: the handles are live and the places are locals.
    let epoch = unsafe {
        expect(|error| diffpool_session_new(model, &mut fresh, error));
        expect(|error| diffpool_split_new(&mut twice, error));
        expect(|error| diffpool_split_set_train(twice, [0, 0].as_ptr(), 2, error));
        expect(|error| diffpool_split_new(&mut empty, error));
        diffpool_trainer_epoch(fixture.trainer, 0)
    };
    let (second, judged) = (&raw mut second, &raw mut judged);
    let (tensor, nan) = (text(c"head.0.bias"), [f32::NAN]);
    let out = (place.cast::<f32>(), place.cast::<usize>());
    let no = null_mut();
    let all = DIFFPOOL_ALL;
    let calls = [
        wrong!("result before a prediction", diffpool_session_class(fresh, out.1)),
        wrong!("matrix before a prediction", diffpool_session_copy_assignment(fresh, 0, out.0, 8, no, no)),
        wrong!("no such level", diffpool_session_copy_pooled_x(session, 1, out.0, 8, no, no)),
        wrong!("no such relation", diffpool_session_copy_pooled_adjacency(session, 0, 1, out.0, 8, no)),
        wrong!("matrix too small", diffpool_session_copy_assignment(session, 0, out.0, 5, no, no)),
        wrong!("logits too small", diffpool_session_copy_logits(session, out.0, 1, no)),
        wrong!("no most probable classes", diffpool_session_copy_top(session, out.1, out.0, 0)),
        wrong!("importance before a prediction", diffpool_session_copy_node_importance(fresh, 0, out.0, 16, out.1)),
        wrong!("importance of no logit", diffpool_session_copy_node_importance(session, 2, out.0, 16, out.1)),
        wrong!("importance too small", diffpool_session_copy_node_importance(session, 1, out.0, 1, no)),
        wrong!("no such graph", diffpool_session_predict_from(fresh, dataset, 6, null())),
        wrong!("room for nothing", diffpool_session_reserve(fresh, 0, 5)),
        wrong!("no such tensor", diffpool_model_tensor_trained(model, text(c"tail"), place.cast())),
        wrong!("tensor of a model in use", diffpool_model_set_tensor(model, tensor, nan.as_ptr(), 1)),
        wrong!("model from nothing", diffpool_model_from_bytes(null(), 0, place.cast())),
        wrong!("model of an epoch of the history", diffpool_epoch_model(epoch, place.cast())),
        wrong!("graph named twice", diffpool_trainer_new(config, dataset, twice, null(), second)),
        wrong!("no graphs to train on", diffpool_trainer_new(config, dataset, empty, null(), second)),
        wrong!("all, and a list", diffpool_predictor_evaluate(predictor, dataset, ALL.as_ptr(), all, null(), judged)),
        wrong!("no graphs to evaluate", diffpool_predictor_evaluate(predictor, dataset, null(), 0, null(), judged)),
        wrong!("an empty list", diffpool_predictor_evaluate(predictor, dataset, ALL.as_ptr(), 0, null(), judged)),
        wrong!("no graphs to look at", diffpool_model_new(config, dataset, empty, place.cast())),
        wrong!("too many threads", diffpool_predictor_new(model, 1025, place.cast())),
        wrong!("confusion too small", diffpool_evaluation_copy_confusion(evaluation, place, 3, null_mut())),
    ];
    insta::assert_snapshot!(answers(&calls));
    assert_eq!(places, [0; 8]);
    // SAFETY: made above, last use.
    unsafe {
        diffpool_session_free(fresh);
        diffpool_split_free(twice);
        diffpool_split_free(empty);
    }
    fixture.free();
}
