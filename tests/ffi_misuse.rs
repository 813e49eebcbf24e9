//! Every exported function called wrongly: a status and a message that names what is wrong, and nothing else happens.

mod declarations;
mod misuse;

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::ptr::{null, null_mut};

use declarations::{committed_header, declarations};
use diffpool::ffi;
use diffpool::ffi::config::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_file::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::dataset_writer::*;
use diffpool::ffi::diagnostics::*;
use diffpool::ffi::error::DiffpoolError;
use diffpool::ffi::evaluation::*;
use diffpool::ffi::history::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::levels::*;
use diffpool::ffi::model::*;
use diffpool::ffi::session::*;
use diffpool::ffi::split::*;
use diffpool::ffi::status::{DiffpoolStatus, diffpool_status_name};
use diffpool::ffi::targets::*;
use diffpool::ffi::tensors::*;
use diffpool::ffi::trainer::*;
use diffpool::ffi::version::*;
use misuse::{Fixture, INDPTR, SOURCES, TARGETS, X, cases, expect, grown, new_writer, outcome, places_are_untouched};

/// Pointers that a function accepts NULL for, by function and parameter. An empty name is every function.
const MAY_BE_NULL: [(&str, &str); 36] = [
    ("", "error"),
    ("", "needed"),
    ("", "rows"),
    ("", "columns"),
    ("diffpool_dataset_add_csr", "edge_weight"),
    ("diffpool_dataset_add_csr", "edge_labels"),
    ("diffpool_dataset_add_csr", "categories"),
    ("diffpool_dataset_add_csr", "node_labels"),
    ("diffpool_dataset_add_edges", "edge_weight"),
    ("diffpool_dataset_add_edges", "edge_labels"),
    ("diffpool_dataset_add_edges", "categories"),
    ("diffpool_dataset_add_edges", "node_labels"),
    ("diffpool_dataset_writer_add_csr", "edge_weight"),
    ("diffpool_dataset_writer_add_csr", "edge_labels"),
    ("diffpool_dataset_writer_add_csr", "categories"),
    ("diffpool_dataset_writer_add_csr", "node_labels"),
    ("diffpool_dataset_writer_add_edges", "edge_weight"),
    ("diffpool_dataset_writer_add_edges", "edge_labels"),
    ("diffpool_dataset_writer_add_edges", "categories"),
    ("diffpool_dataset_writer_add_edges", "node_labels"),
    ("diffpool_model_set_metadata", "value"),
    ("diffpool_dataset_load_ogb", "split"),
    ("diffpool_split_load_ogb", "name"),
    ("diffpool_session_predict_csr", "edge_weight"),
    ("diffpool_session_predict_csr", "edge_labels"),
    ("diffpool_session_predict_csr", "categories"),
    ("diffpool_session_predict_csr", "node_labels"),
    ("diffpool_session_predict_edges", "edge_weight"),
    ("diffpool_session_predict_edges", "edge_labels"),
    ("diffpool_session_predict_edges", "categories"),
    ("diffpool_session_predict_edges", "node_labels"),
    ("diffpool_trainer_set_checkpoint_path", "path"),
    ("diffpool_trainer_fit", "epoch_callback"),
    ("diffpool_trainer_fit", "batch_callback"),
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
            if !is_pointer || MAY_BE_NULL.iter().any(optional) {
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
        wrong!("unknown key to read", diffpool_config_get_json(config, text(c"epoch"), json)),
    ];
    insta::assert_snapshot!(answers(&calls));
    // SAFETY: both are live locals.
    assert!(unsafe { (*out).is_null() && (*json).is_null() });
    fixture.free();
}

#[test]
fn wrong_graphs() {
    let loose = Fixture::loose();
    let data = loose.dataset;
    let (p, i, x) = (INDPTR.as_ptr(), TARGETS.as_ptr(), X.as_ptr());
    let (s, t) = (SOURCES.as_ptr(), TARGETS.as_ptr());
    let (nan, falling, labels) = ([0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0], [0, 2, 1, 3], [0; 3]);
    let (nan, falling, labels) = (nan.as_ptr(), falling.as_ptr(), labels.as_ptr());
    let odd = x.cast::<u8>().wrapping_add(1).cast::<f32>();
    let calls = [
        wrong!(
            "no nodes",
            diffpool_dataset_add_edges(data, 0, 0, null(), null(), null(), null(), null(), null(), null(), 0)
        ),
        wrong!(
            "index out of range",
            diffpool_dataset_add_edges(data, 2, 3, s, t, null(), null(), x, null(), null(), 0)
        ),
        wrong!(
            "feature that is not a number",
            diffpool_dataset_add_edges(data, 3, 3, s, t, null(), null(), nan, null(), null(), 0)
        ),
        wrong!(
            "weight that is not a number",
            diffpool_dataset_add_edges(data, 3, 3, s, t, nan, null(), x, null(), null(), 0)
        ),
        wrong!(
            "labels not expected",
            diffpool_dataset_add_edges(data, 3, 3, s, t, null(), null(), x, null(), labels, 0)
        ),
        wrong!(
            "edge labels not expected",
            diffpool_dataset_add_edges(data, 3, 3, s, t, null(), labels, x, null(), null(), 0)
        ),
        wrong!("misaligned", diffpool_dataset_add_edges(data, 3, 3, s, t, null(), null(), odd, null(), null(), 0)),
        wrong!(
            "too many nodes",
            diffpool_dataset_add_csr(data, usize::MAX, 0, p, i, null(), null(), x, null(), null(), 0)
        ),
        wrong!(
            "sizes that overflow",
            diffpool_dataset_add_csr(data, usize::MAX / 2, 3, p, i, null(), null(), x, null(), null(), 0)
        ),
        wrong!(
            "too many edges",
            diffpool_dataset_add_edges(data, 3, usize::MAX / 2, s, t, null(), null(), x, null(), null(), 0)
        ),
        wrong!("entries that differ", diffpool_dataset_add_csr(data, 3, 2, p, i, null(), null(), x, null(), null(), 0)),
        wrong!(
            "falling offsets",
            diffpool_dataset_add_csr(data, 3, 3, falling, i, null(), null(), x, null(), null(), 0)
        ),
        wrong!("too few class names", diffpool_dataset_set_class_names(data, [c"a".as_ptr()].as_ptr(), 1)),
        wrong!("NULL among class names", diffpool_dataset_set_class_names(data, [null(), null()].as_ptr(), 2)),
    ];
    let answers = answers(&calls);
    let mut length = 0;
    // SAFETY: the data set and the local are live.
    expect(|error| unsafe { diffpool_dataset_length(data, &mut length, error) });
    assert_eq!(length, 6);
    insta::assert_snapshot!(answers);
    loose.free();
}

#[test]
fn wrong_targets() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    let (data, two) = (loose.dataset, loose.attributed);
    let (inf, ones) = ([1.0, f32::INFINITY], [1.0_f32; 6]);
    let (inf, ones) = (inf.as_ptr(), ones.as_ptr());
    let (offsets, falling, words, negative) = ([0_usize, 2, 3], [0_usize, 4, 3], [0_i64, 4, 1], [0_i64, -4, 1]);
    let (o, f, w, n) = (offsets.as_ptr(), falling.as_ptr(), words.as_ptr(), negative.as_ptr());
    let mut place = [0_u64; 2];
    let (value, place) = (place.as_mut_ptr().cast::<f64>(), place.as_mut_ptr().cast());
    let evaluation = fixture.evaluation;
    let calls = [
        wrong!("too few targets", diffpool_dataset_set_targets(data, ones, 5, 1)),
        wrong!("no targets", diffpool_dataset_set_targets(data, null(), 0, 0)),
        wrong!("infinite target", diffpool_dataset_set_targets(two, inf, 2, 1)),
        wrong!("impossible width", diffpool_dataset_set_targets(two, ones, 6, usize::MAX)),
        wrong!("no attributes", diffpool_dataset_use_graph_attributes_as_targets(data)),
        wrong!("targets while in use", diffpool_dataset_set_targets(fixture.dataset, ones, 6, 1)),
        wrong!("too few offsets", diffpool_dataset_set_sequences(two, o, 2, w, 3, 2, 3)),
        wrong!("falling offsets", diffpool_dataset_set_sequences(two, f, 3, w, 3, 2, 3)),
        wrong!("negative word", diffpool_dataset_set_sequences(two, o, 3, n, 3, 2, 3)),
        wrong!("another vocabulary than names", diffpool_dataset_set_sequences(two, o, 3, w, 3, 2, 4)),
        wrong!("small vocabulary", diffpool_dataset_set_sequences(data, o, 3, w, 3, 2, 2)),
        wrong!("nothing to predict", diffpool_dataset_set_sequences(two, o, 3, w, 3, 0, 3)),
        wrong!("targets of no graph", diffpool_dataset_copy_targets(two, 2, place, 2, null_mut())),
        wrong!("words of no graph", diffpool_dataset_copy_sequence(two, 2, place.cast(), 2, null_mut())),
        wrong!("unknown metric", diffpool_evaluation_metric(evaluation, text(c"auc"), value)),
        wrong!("metric of another task", diffpool_evaluation_metric(evaluation, text(c"rmse"), value)),
    ];
    insta::assert_snapshot!(answers(&calls));
    fixture.free();
    loose.free();
}

#[test]
fn wrong_data() {
    let fixture = Fixture::new();
    let data = fixture.dataset;
    let mut places = [0_u64; 8];
    let place = places.as_mut_ptr();
    let (mut set, mut split) = (null_mut(), null_mut());
    let (set, split) = (&raw mut set, &raw mut split);
    let none = [0, 9_usize];
    let mut model = null_mut();
    let model = &raw mut model;
    let (s, x) = (SOURCES.as_ptr(), X.as_ptr());
    let calls = [
        wrong!("OGB, unknown flag", diffpool_dataset_load_ogb(text(c"."), null(), 0, 0, 16, set)),
        wrong!("OGB, no such folder", diffpool_dataset_load_ogb(text(c"./no"), null(), 0, 0, 0, set)),
        wrong!("OGB, no words to predict", diffpool_dataset_load_ogb(text(c"./no"), null(), 5, 0, 0, set)),
        wrong!("OGB, no such split", diffpool_split_load_ogb(data, text(c"./no"), text(c"a"), split)),
        wrong!("unknown flag", diffpool_dataset_new(text(c"new"), 1, 0, 6, set)),
        wrong!("flag of another function", diffpool_dataset_load_tu(text(c"TWO"), 2, set)),
        wrong!("folder that is not there", diffpool_dataset_load_tu(text(c"nowhere/at/all"), 0, set)),
        wrong!("unknown benchmark", diffpool_dataset_synthetic(text(c"er"), 10, 1, set)),
        wrong!("benchmark of nothing", diffpool_dataset_synthetic(text(c"ba"), 0, 1, set)),
        wrong!("no such graph", diffpool_dataset_class_of(data, 6, place.cast())),
        wrong!("no such class", diffpool_dataset_class_name(data, 2, place.cast())),
        wrong!("array too small", diffpool_dataset_copy_x(data, 0, place.cast(), 5, null_mut())),
        wrong!("CSR too small", diffpool_dataset_copy_csr(data, 0, place.cast(), 4, place.cast(), 1, null_mut(), 0)),
        wrong!("share of everything", diffpool_split_holdout(data, 1.0, 1, split)),
        wrong!("no such fold", diffpool_split_k_fold(data, 3, 3, 1, split)),
        wrong!(
            "change while in use",
            diffpool_dataset_add_edges(data, 3, 0, s, s, null(), null(), x, null(), null(), 0)
        ),
        wrong!("train on what is not there", diffpool_model_new(fixture.config, data, none.as_ptr(), 2, model)),
    ];
    insta::assert_snapshot!(answers(&calls));
    assert_eq!(places, [0; 8]);
    fixture.free();
}

#[test]
fn wrong_data_set_files() {
    let fixture = Fixture::new();
    let data = fixture.dataset;
    let (mut opened, mut other) = (null_mut(), null_mut());
    // SAFETY: the path is a string that is never freed, and the place a local.
    expect(|error| unsafe { diffpool_dataset_open(fixture.path("small.dataset"), &mut opened, error) });
    let (s, t, x, out) = (SOURCES.as_ptr(), TARGETS.as_ptr(), X.as_ptr(), &raw mut other);
    let (missing, folder, empty, text) = ("no/file", "TWO", "empty", "text");
    std::fs::write(fixture.folder.path().join(empty), "").unwrap();
    std::fs::write(fixture.folder.path().join(text), "nothing of that kind").unwrap();
    let [missing, folder, empty, text] = [missing, folder, empty, text].map(|name| fixture.path(name));
    let calls = [
        wrong!("no such folder", diffpool_dataset_save(data, missing)),
        wrong!("folder in place", diffpool_dataset_save(data, folder)),
        wrong!("no such file", diffpool_dataset_open(missing, out)),
        wrong!("folder", diffpool_dataset_open(folder, out)),
        wrong!("empty file", diffpool_dataset_open(empty, out)),
        wrong!("file of another kind", diffpool_dataset_open(text, out)),
        wrong!(
            "graph for an opened data set",
            diffpool_dataset_add_edges(opened, 3, 3, s, t, null(), null(), x, null(), null(), 0)
        ),
    ];
    let answers = answers(&calls).replace(&*fixture.folder.path().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!(answers);
    assert!(other.is_null());
    let (mut length, ones, names) = (0, [1.0_f32; 6], [c"a".as_ptr(), c"b".as_ptr()]);
    // SAFETY: the data set and the locals are live, and the handle is used for the last time.
    unsafe {
        expect(|error| diffpool_dataset_length(opened, &mut length, error));
        expect(|error| diffpool_dataset_set_targets(opened, ones.as_ptr(), 6, 1, error));
        expect(|error| diffpool_dataset_set_class_names(opened, names.as_ptr(), 2, error));
        diffpool_dataset_free(opened);
    }
    assert_eq!(length, 6);
    fixture.free();
}

#[test]
fn wrong_writers() {
    let fixture = Fixture::new();
    let (data, attributed) = (fixture.dataset, fixture.attributed);
    let [writer, done, ..] = fixture.writers;
    let mut other = null_mut();
    let (s, t, x, p, out) = (SOURCES.as_ptr(), TARGETS.as_ptr(), X.as_ptr(), INDPTR.as_ptr(), &raw mut other);
    let [missing, folder, path] = ["no/file", "TWO", "written"].map(|name| fixture.path(name));
    let (ones, infinite, offsets) = ([1.0_f32; 3], [1.0, f32::INFINITY], [0_usize, 2, 1]);
    let (ones, infinite, offsets) = (ones.as_ptr(), infinite.as_ptr(), offsets.as_ptr());
    let (words, names) = ([1_i64, -2], [c"a".as_ptr()]);
    let (words, names) = (words.as_ptr(), names.as_ptr());
    let new = text(c"new");
    // SAFETY: the writers are live.
    unsafe {
        expect(|error| diffpool_dataset_writer_append(writer, data, error));
        expect(|error| diffpool_dataset_writer_add_targets(grown(writer), [0.5_f32; 7].as_ptr(), 7, 1, error));
        expect(|error| diffpool_dataset_writer_finish(grown(done), error));
        grown(grown(writer));
    }
    let calls = [
        wrong!("no such folder", diffpool_dataset_writer_new(missing, new, 0, 0, 0, out)),
        wrong!("folder in place", diffpool_dataset_writer_new(folder, new, 0, 0, 0, out)),
        wrong!("device in place", diffpool_dataset_writer_new(text(c"/dev/full"), new, 0, 0, 0, out)),
        wrong!("no name of a file", diffpool_dataset_writer_new(text(c""), new, 0, 0, 0, out)),
        wrong!("unknown flag", diffpool_dataset_writer_new(path, new, 0, 0, 32, out)),
        wrong!(
            "index out of range",
            diffpool_dataset_writer_add_edges(writer, 2, 3, s, t, null(), null(), x, null(), null(), 0)
        ),
        wrong!(
            "sizes that overflow",
            diffpool_dataset_writer_add_csr(writer, usize::MAX / 2, 3, p, t, null(), null(), x, null(), null(), 0)
        ),
        wrong!(
            "class beyond reason",
            diffpool_dataset_writer_add_csr(writer, 3, 3, p, t, null(), null(), x, null(), null(), 1 << 20)
        ),
        wrong!("graphs without targets", diffpool_dataset_writer_finish(writer)),
        wrong!("targets of another number of graphs", diffpool_dataset_writer_add_targets(writer, ones, 3, 1)),
        wrong!("targets of another width", diffpool_dataset_writer_add_targets(writer, ones, 4, 2)),
        wrong!("infinite target", diffpool_dataset_writer_add_targets(writer, infinite, 2, 1)),
        wrong!("too few offsets", diffpool_dataset_writer_add_sequences(writer, offsets, 2, words, 1, 1, 5)),
        wrong!("falling offsets", diffpool_dataset_writer_add_sequences(writer, offsets, 3, words, 1, 1, 5)),
        wrong!("negative word", diffpool_dataset_writer_add_sequences(writer, offsets, 3, words, 2, 1, 5)),
        wrong!("too few names", diffpool_dataset_writer_set_class_names(writer, names, 1)),
        wrong!("data set while targets are missing", diffpool_dataset_writer_append(writer, data)),
        wrong!("graph for a finished file", diffpool_dataset_writer_append(done, data)),
        wrong!("finished file", diffpool_dataset_writer_finish(done)),
        wrong!("other graphs", diffpool_dataset_writer_append(new_writer(path), attributed)),
    ];
    let answers = answers(&calls).replace(&*fixture.folder.path().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!(answers);
    assert!(other.is_null());
    let mut length = 0;
    // SAFETY: the writer and the local are live.
    unsafe {
        expect(|error| diffpool_dataset_writer_length(writer, &mut length, error));
        expect(|error| diffpool_dataset_writer_add_targets(writer, ones, 2, 1, error));
        expect(|error| diffpool_dataset_writer_finish(writer, error));
    }
    assert_eq!(length, 9);
    fixture.free();
}

#[test]
fn wrong_diagnostics() {
    let fixture = Fixture::new();
    let Fixture { model, trainer, evaluation, session, .. } = fixture;
    let (mut fresh, mut epoch, mut levels, mut value) = (null_mut(), null(), 9, 7.5);
    // SAFETY: model and trainer are live and the places are locals.
    unsafe {
        expect(|error| diffpool_session_new(model, &mut fresh, error));
        expect(|error| diffpool_trainer_history_get(trainer, 0, &mut epoch, error));
        expect(|error| diffpool_evaluation_levels(evaluation, &mut levels, error));
        assert_eq!((levels, diffpool_epoch_levels(epoch), diffpool_epoch_levels(null())), (1, 1, 0));
        for diagnostic in 0..=DIFFPOOL_DIAGNOSTIC_MODULARITY {
            assert!(diffpool_epoch_diagnostic(epoch, 0, diagnostic).is_finite());
            assert!(diffpool_epoch_validation_diagnostic(epoch, 0, diagnostic).is_finite());
        }
        for (epoch, level, diagnostic) in [(null(), 0, 0), (epoch, 1, 0), (epoch, 0, 6), (epoch, usize::MAX, u32::MAX)]
        {
            assert!(diffpool_epoch_diagnostic(epoch, level, diagnostic).is_nan());
            assert!(diffpool_epoch_validation_diagnostic(epoch, level, diagnostic).is_nan());
        }
    }
    let place = &raw mut value;
    let calls = [
        wrong!("before a prediction", diffpool_session_diagnostic(fresh, 0, 0, place)),
        wrong!("no such level of a session", diffpool_session_diagnostic(session, 1, 0, place)),
        wrong!("no such kind of a session", diffpool_session_diagnostic(session, 0, 6, place)),
        wrong!("no such level of an evaluation", diffpool_evaluation_diagnostic(evaluation, 1, 0, place)),
        wrong!("no such kind of an evaluation", diffpool_evaluation_diagnostic(evaluation, 0, u32::MAX, place)),
    ];
    insta::assert_snapshot!(answers(&calls));
    assert_eq!(value, 7.5);
    // SAFETY: made above, last use.
    unsafe { diffpool_session_free(fresh) };
    fixture.free();
}

#[test]
fn wrong_order() {
    let fixture = Fixture::new();
    let Fixture { config, dataset, model, trainer, evaluation, session, .. } = fixture;
    let mut places = [0_u64; 8];
    let place = places.as_mut_ptr();
    let (mut fresh, mut second) = (null_mut(), null_mut());
    let both = [0_usize, 0];
    // SAFETY: the model is live and the place is a local.
    expect(|error| unsafe { diffpool_session_new(model, &mut fresh, error) });
    let second = &raw mut second;
    let (tensor, nan) = (text(c"head.0.bias"), [f32::NAN]);
    let out = (place.cast::<f32>(), place.cast::<usize>());
    let calls = [
        wrong!("result before a prediction", diffpool_session_class(fresh, out.1)),
        wrong!("matrix before a prediction", diffpool_session_assignment(fresh, 0, out.0, 8, null_mut(), null_mut())),
        wrong!("no such level", diffpool_session_pooled_x(session, 1, out.0, 8, null_mut(), null_mut())),
        wrong!("matrix too small", diffpool_session_assignment(session, 0, out.0, 5, null_mut(), null_mut())),
        wrong!("logits too small", diffpool_session_logits(session, out.0, 1, null_mut())),
        wrong!("importance before a prediction", diffpool_session_node_importance(fresh, 0, out.0, 16, out.1)),
        wrong!("importance of no logit", diffpool_session_node_importance(session, 2, out.0, 16, out.1)),
        wrong!("importance too small", diffpool_session_node_importance(session, 1, out.0, 1, null_mut())),
        wrong!("no such graph", diffpool_session_predict_graph(fresh, dataset, 6)),
        wrong!("no such tensor", diffpool_model_tensor_trained(model, text(c"tail"), place.cast())),
        wrong!("no tensor of this number", diffpool_model_tensor_name(model, 1000, place.cast())),
        wrong!("tensor of a model in use", diffpool_model_tensor_write(model, tensor, nan.as_ptr(), 1)),
        wrong!("model from nothing", diffpool_model_from_bytes(null(), 0, place.cast())),
        wrong!("no such epoch", diffpool_trainer_history_get(trainer, 1, place.cast())),
        wrong!("graph named twice", diffpool_trainer_new(config, dataset, both.as_ptr(), 2, null(), 0, second)),
        wrong!("no graphs to train on", diffpool_trainer_new(config, dataset, null(), 0, null(), 0, second)),
        wrong!(
            "all, and a list",
            diffpool_trainer_new(config, dataset, both.as_ptr(), DIFFPOOL_ALL, null(), 0, second)
        ),
        wrong!("to watch all", diffpool_trainer_new(config, dataset, null(), 0, null(), DIFFPOOL_ALL, second)),
        wrong!("no graphs to evaluate", diffpool_evaluate(model, dataset, null(), 0, 1, place.cast())),
        wrong!("an empty list to evaluate", diffpool_evaluate(model, dataset, both.as_ptr(), 0, 1, place.cast())),
        wrong!("no graphs to look at", diffpool_model_new(config, dataset, null(), 0, place.cast())),
        wrong!("confusion too small", diffpool_evaluation_confusion(evaluation, place, 3, null_mut())),
    ];
    insta::assert_snapshot!(answers(&calls));
    assert_eq!(places, [0; 8]);
    // SAFETY: made above, last use.
    unsafe { diffpool_session_free(fresh) };
    fixture.free();
}
