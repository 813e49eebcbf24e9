//! Through the C interface: metadata, what a model expects, its fingerprint, and classes by name.
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};

use diffpool::ffi::config::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_parts::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::dataset_source::*;
use diffpool::ffi::error::*;
use diffpool::ffi::evaluation::*;
use diffpool::ffi::graph::*;
use diffpool::ffi::graph_nodes::*;
use diffpool::ffi::graph_read::*;
use diffpool::ffi::graph_whole::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::memory::*;
use diffpool::ffi::metadata::*;
use diffpool::ffi::model::*;
use diffpool::ffi::predictor::*;
use diffpool::ffi::schema::*;
use diffpool::ffi::session::*;
use diffpool::ffi::status::DiffpoolStatus;
use diffpool::ffi::tensors::*;
use diffpool::ffi::trainer::*;
use serde_json::{Value, json};

type Error = *mut *mut DiffpoolError;

fn made<T>(make: impl FnOnce(*mut *mut T, Error) -> DiffpoolStatus) -> *mut T {
    let mut handle = null_mut();
    done(|error| make(&mut handle, error));
    handle
}

fn done(call: impl FnOnce(Error) -> DiffpoolStatus) {
    assert_eq!(call(null_mut()), DiffpoolStatus::Ok);
}

fn refusal(call: impl FnOnce(Error) -> DiffpoolStatus) -> (DiffpoolStatus, String) {
    let mut error = null_mut();
    let status = call(&mut error);
    // SAFETY: the error is NULL or new, and freed last.
    unsafe {
        let message = CStr::from_ptr(diffpool_error_message(error)).to_str().unwrap().to_owned();
        diffpool_error_free(error);
        (status, message)
    }
}

fn parsed(make: impl FnOnce(*mut *mut c_char, Error) -> DiffpoolStatus) -> Value {
    let text = made(make);
    // SAFETY: the library made the string, and it is freed last.
    unsafe {
        let value = serde_json::from_str(CStr::from_ptr(text).to_str().unwrap()).unwrap();
        diffpool_string_free(text);
        value
    }
}

/// A string that the library lends.
fn lent(text: *const c_char) -> Option<String> {
    // SAFETY: it is NULL or a string of a live handle.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned())
}

fn pointers(names: &[&'static CStr]) -> Vec<*const c_char> {
    names.iter().map(|name| name.as_ptr()).collect()
}

/// Six graphs of two features; `classes` names the classes 0 and 1, of which every second graph is.
fn dataset(classes: [&'static CStr; 2], first: usize) -> *mut DiffpoolDataset {
    // SAFETY: every pointer is to a live local or constant.
    unsafe {
        let data = made(|out, e| diffpool_dataset_new(c"small".as_ptr(), 0, out, e));
        let (from, to) = ([0, 1, 2], [1, 2, 0]);
        let own = made(|out, e| diffpool_graph_new(out, e));
        for graph in 0..6_u8 {
            let x = [0.5, f32::from(graph), 2.0, 0.25, -1.0, 0.0];
            let edges = 2 + usize::from(graph % 2);
            done(|e| diffpool_graph_set_edges(own, 3, from.as_ptr(), to.as_ptr(), edges, e));
            done(|e| diffpool_graph_set_x(own, x.as_ptr(), 3, 2, e));
            done(|e| diffpool_graph_set_class(own, (usize::from(graph) + first) % 2, e));
            done(|e| diffpool_dataset_add(data, own, e));
        }
        diffpool_graph_free(own);
        done(|e| diffpool_dataset_set_class_names(data, pointers(&classes).as_ptr(), 2, e));
        data
    }
}

fn model(data: *const DiffpoolDataset) -> *mut DiffpoolModel {
    let keys = c"{\"embed_hidden\": 4, \"embed_output\": 4, \"assign_hidden\": 4, \"clusters\": [2], \"epochs\": 1,
        \"threads\": 1}";
    // SAFETY: the data set is live, and the configuration is freed last.
    unsafe {
        let config = made(|out, e| diffpool_config_from_json(keys.as_ptr(), out, e));
        let model = made(|out, e| diffpool_model_new(config, data, null(), out, e));
        diffpool_config_free(config);
        model
    }
}

#[test]
fn metadata_is_set_read_counted_and_saved() {
    let data = dataset([c"a", c"b"], 0);
    let model = model(data);
    // SAFETY: all handles are live until they are freed at the end, strings are read before they change.
    unsafe {
        let set = |key: &CStr, value: *const c_char| {
            refusal(|error| diffpool_model_set_metadata(model, key.as_ptr(), value, error))
        };
        assert_eq!(set(c"author", c"somebody".as_ptr()).0, DiffpoolStatus::Ok);
        assert_eq!(set(c"a\xc3\xbc", c"".as_ptr()).0, DiffpoolStatus::Ok);
        assert_eq!(set(c"gone", c"x".as_ptr()).0, DiffpoolStatus::Ok);
        assert_eq!(set(c"gone", null()).0, DiffpoolStatus::Ok);
        let get = |model, key: &CStr| lent(diffpool_model_metadata(model, key.as_ptr()));
        let keys = |model| -> Vec<String> {
            (0..diffpool_model_metadata_count(model))
                .map(|at| lent(diffpool_model_metadata_key(model, at)).unwrap())
                .collect()
        };
        let found = [c"author", c"a\xc3\xbc", c"gone", c"\xff"].map(|key| get(model, key));
        assert_eq!(found, [Some("somebody".to_string()), Some(String::new()), None, None]);
        assert_eq!(keys(model), ["author", "a\u{fc}"]);
        assert!(diffpool_model_metadata_key(model, 2).is_null() && diffpool_model_metadata(model, null()).is_null());
        assert_eq!(diffpool_model_metadata_count(null()), 0);
        assert!(diffpool_model_metadata(null(), c"a".as_ptr()).is_null());
        let (status, message) = set(c"diffpool.date", c"x".as_ptr());
        assert_eq!(status, DiffpoolStatus::InvalidArgument);
        assert!(message.contains("keys that begin with \"diffpool.\" are written by the library"), "{message}");
        assert_eq!(set(c"\xff", c"x".as_ptr()).0, DiffpoolStatus::InvalidArgument);

        let (mut bytes, mut length) = (null_mut(), 0);
        done(|error| diffpool_model_to_bytes(model, &mut bytes, &mut length, error));
        let read = made(|out, error| diffpool_model_from_bytes(bytes, length, out, error));
        assert_eq!((keys(read), get(read, c"author")), (keys(model), get(model, c"author")));
        // Who predicts with a model must not see it change.
        let session = made(|out, error| diffpool_session_new(model, out, error));
        assert_eq!(set(c"author", null()).0, DiffpoolStatus::InvalidState);
        // Training keeps what is there and adds its own.
        let config = made(|out, error| diffpool_model_config(model, out, error));
        let trainer = made(|out, e| diffpool_trainer_from_model(model, config, data, null(), null(), out, e));
        done(|error| diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), error));
        let tuned = made(|out, error| diffpool_trainer_model(trainer, out, error));
        assert_eq!(get(tuned, c"author"), Some("somebody".to_string()));
        assert_eq!(get(tuned, c"diffpool.training_graphs"), Some("6".to_string()));
        assert!(keys(tuned).iter().any(|key| key == "diffpool.date"));
        diffpool_config_free(config);
        diffpool_bytes_free(bytes);
        diffpool_session_free(session);
        diffpool_trainer_free(trainer);
        [model, read, tuned].into_iter().for_each(|model| diffpool_model_free(model));
        diffpool_dataset_free(data);
    }
}

#[test]
fn a_model_says_what_it_expects_and_so_does_its_file() {
    let data = dataset([c"a", c"b"], 0);
    let names = pointers(&[c"mass", c"charge"]);
    let folder = tempfile::tempdir().unwrap();
    let path = CString::new(folder.path().join("model").to_str().unwrap()).unwrap();
    // SAFETY: all handles are live until they are freed at the end.
    unsafe {
        done(|error| diffpool_dataset_set_feature_names(data, names.as_ptr(), 2, error));
        let model = model(data);
        let schema = parsed(|out, error| diffpool_model_schema_json(model, out, error));
        let expected = json!({
            "task": "multiclass", "classes": ["a", "b"], "targets": 1, "outputs": 2, "directed": false,
            "features": {
                "width": 2, "names": ["mass", "charge"], "min": [-1.0, 0.0], "max": [2.0, 5.0],
                "mean": schema["features"]["mean"],
            },
            "columns": ["mass", "charge"], "node_labels": [], "relations": [], "names": {},
            "categories": {"width": 0, "rows": []}, "out_of_vocabulary": "refuse",
            "edge_features": {"width": 0, "names": [], "labels": [], "categories": []},
            "nodes": {"min": 3.0, "max": 3.0, "mean": 3.0},
            "levels": 1, "clusters": [2],
        });
        assert_eq!(schema, expected);
        assert!((schema["features"]["mean"][0].as_f64().unwrap() - 0.5).abs() < 1e-12);
        // The header has a sentence for every key.
        let header = include_str!("../include/diffpool.h");
        for key in schema.as_object().unwrap().keys() {
            assert!(header.contains(&format!(" * {key:<12} ")), "{key}");
        }
        done(|error| diffpool_model_set_metadata(model, c"author".as_ptr(), c"x".as_ptr(), error));
        done(|error| diffpool_model_save(model, path.as_ptr(), error));
        let peek = || parsed(|out, error| diffpool_model_peek_json(path.as_ptr(), out, error));
        let whole = peek();
        let keys: BTreeSet<&str> = whole.as_object().unwrap().keys().map(String::as_str).collect();
        let documented = ["complete", "config", "metadata", "schema", "tensor_bytes", "tensors"];
        assert_eq!(keys, BTreeSet::from(documented));
        let expected = (&schema, &json!({"author": "x"}), &json!(true));
        assert_eq!((&whole["schema"], &whole["metadata"], &whole["complete"]), expected);
        let file = std::fs::OpenOptions::new().write(true).open(path.to_str().unwrap()).unwrap();
        file.set_len(file.metadata().unwrap().len() - 5).unwrap();
        assert_eq!((&peek()["schema"], &peek()["complete"]), (&schema, &json!(false)));
        let (status, message) = refusal(|error| diffpool_model_load(path.as_ptr(), &mut null_mut(), error));
        assert_eq!(status, DiffpoolStatus::InvalidFile, "{message}");
        diffpool_model_free(model);
        diffpool_dataset_free(data);
    }
}

#[test]
fn a_fingerprint_changes_with_a_weight() {
    let data = dataset([c"a", c"b"], 0);
    let model = model(data);
    // SAFETY: all handles are live until they are freed at the end, strings are read before they change.
    unsafe {
        let other = made(|out, error| diffpool_model_clone(model, out, error));
        done(|error| diffpool_model_set_metadata(other, c"a".as_ptr(), c"b".as_ptr(), error));
        let print = |model| lent(diffpool_model_fingerprint(model)).unwrap();
        assert_eq!((print(other), print(model).len()), (print(model), 64));
        done(|error| diffpool_model_set_tensor(other, c"head.1.bias".as_ptr(), [0.5, 0.25].as_ptr(), 2, error));
        assert_ne!(print(other), print(model));
        assert!(diffpool_model_fingerprint(null()).is_null());
        [model, other].into_iter().for_each(|model| diffpool_model_free(model));
        diffpool_dataset_free(data);
    }
}

#[test]
fn classes_are_found_by_name_and_can_be_numbered_alike() {
    let (data, other, strange) = (dataset([c"a", c"b"], 0), dataset([c"b", c"a"], 1), dataset([c"b", c"z"], 1));
    let model = model(data);
    // SAFETY: all handles are live until they are freed at the end.
    unsafe {
        let predictor = made(|out, e| diffpool_predictor_new(model, 1, out, e));
        let all = DIFFPOOL_ALL;
        let accuracy = |data| {
            let evaluation = made(|out, e| diffpool_predictor_evaluate(predictor, data, null(), all, null(), out, e));
            let mut confusion = [0_u64; 4];
            done(|e| diffpool_evaluation_copy_confusion(evaluation, confusion.as_mut_ptr(), 4, null_mut(), e));
            diffpool_evaluation_free(evaluation);
            confusion
        };
        let class = |data, graph| {
            let own = made(|out, e| diffpool_graph_new(out, e));
            let mut class = 9;
            done(|e| diffpool_dataset_get(data, graph, own, e));
            done(|e| diffpool_graph_class(own, &mut class, e));
            diffpool_graph_free(own);
            class
        };
        assert_eq!(accuracy(other), accuracy(data));
        assert_eq!((class(data, 0), class(other, 0)), (0, 1), "the data set is not changed");
        done(|error| diffpool_dataset_align_classes(other, model, error));
        assert_eq!((class(other, 0), class(other, 1)), (0, 1));
        assert_eq!(accuracy(other), accuracy(data));
        let message = "graph 0: its class is \"z\", which is not one of the 2: a, b";
        let expected = (DiffpoolStatus::InvalidGraph, message.to_string());
        assert_eq!(refusal(|e| diffpool_dataset_align_classes(strange, model, e)), expected);
        let evaluate = |e| diffpool_predictor_evaluate(predictor, strange, null(), all, null(), &mut null_mut(), e);
        assert_eq!(refusal(evaluate), expected);
        diffpool_predictor_free(predictor);
        diffpool_model_free(model);
        [data, other, strange].into_iter().for_each(|data| diffpool_dataset_free(data));
    }
}

#[test]
fn names_go_from_data_sets_to_files_and_models() {
    let (data, other) = (dataset([c"a", c"b"], 0), dataset([c"a", c"b"], 0));
    let folder = tempfile::tempdir().unwrap();
    let path = CString::new(folder.path().join("data").to_str().unwrap()).unwrap();
    // SAFETY: all handles are live until they are freed at the end.
    unsafe {
        let set = |data, json: &CStr| refusal(|error| diffpool_dataset_set_names_json(data, json.as_ptr(), error));
        let names = |data| parsed(|out, error| diffpool_dataset_summary_json(data, out, error))["names"].take();
        assert_eq!(set(data, c"{\"x\": [\"mass\", \"charge\"]}").0, DiffpoolStatus::Ok);
        let wanted = json!({"x": ["mass", "charge"]});
        assert_eq!(names(data), wanted);
        for (json, status, message) in [
            (c"{\"x\": 1}", DiffpoolStatus::Parse, "json: invalid type: integer `1`, expected a sequence"),
            (c"{\"y\": []}", DiffpoolStatus::Parse, "json: unknown field `y`"),
            (
                c"{\"x\": [\"a\"]}",
                DiffpoolStatus::ShapeMismatch,
                "1 feature names are given, but a node has 2 features",
            ),
            (c"{\"x\": [\"a\", \"a\"]}", DiffpoolStatus::InvalidArgument, "features 0 and 1 have the same name \"a\""),
        ] {
            let refused = set(data, json);
            assert!(refused.0 == status && refused.1.starts_with(message), "{refused:?}");
        }
        assert_eq!(names(data), wanted);
        done(|error| diffpool_dataset_save(data, path.as_ptr(), error));
        let opened = made(|out, e| diffpool_dataset_open(path.as_ptr(), null(), out, e));
        assert_eq!(names(opened), wanted);
        // Names of what another data set has none of come with its graphs; others are refused.
        assert_eq!(names(other), json!({}));
        done(|error| diffpool_dataset_append(other, data, error));
        assert_eq!(names(other), wanted);
        assert_eq!(set(other, c"{\"x\": [\"mass\", \"size\"]}").0, DiffpoolStatus::Ok);
        let refused = refusal(|error| diffpool_dataset_append(other, data, error));
        let expected = "feature 1 is called \"charge\", but \"size\" in the data set".to_string();
        assert_eq!(refused, (DiffpoolStatus::ShapeMismatch, expected));
        let model = model(data);
        let predictor = made(|out, e| diffpool_predictor_new(model, 1, out, e));
        let mut evaluation = null_mut();
        let (status, message) = refusal(|error| {
            diffpool_predictor_evaluate(predictor, other, null(), DIFFPOOL_ALL, null(), &mut evaluation, error)
        });
        assert_eq!(status, DiffpoolStatus::InvalidGraph);
        assert_eq!(message, "feature 1 is called \"size\", but \"charge\" by the model");
        diffpool_predictor_free(predictor);
        diffpool_model_free(model);
        [data, other, opened].into_iter().for_each(|data| diffpool_dataset_free(data));
    }
}
