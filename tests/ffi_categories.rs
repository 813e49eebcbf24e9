//! Categories as a C program gives them: to a data set, to a session, and what is refused.

use std::ffi::CStr;
use std::ptr::{null, null_mut};

use diffpool::ffi::config::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::error::*;
use diffpool::ffi::graph::*;
use diffpool::ffi::graph_nodes::*;
use diffpool::ffi::graph_read::*;
use diffpool::ffi::graph_whole::*;
use diffpool::ffi::model::*;
use diffpool::ffi::session::*;
use diffpool::ffi::status::DiffpoolStatus;

/// Calls a function and returns its status and message.
fn outcome(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) -> (DiffpoolStatus, String) {
    let mut error = null_mut();
    let status = call(&mut error);
    // SAFETY: the error is NULL or new, and freed last.
    unsafe {
        let message = CStr::from_ptr(diffpool_error_message(error)).to_str().unwrap().to_owned();
        diffpool_error_free(error);
        (status, message)
    }
}

/// Calls a function, which must succeed, with a place for an error.
#[track_caller]
fn check(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) {
    assert_eq!(outcome(call), (DiffpoolStatus::Ok, String::new()));
}

/// What a function wrote to the place it was given.
#[track_caller]
fn get<T>(default: T, call: impl FnOnce(*mut T, *mut *mut DiffpoolError) -> DiffpoolStatus) -> T {
    let mut value = default;
    check(|error| call(&mut value, error));
    value
}

const FROM: [i32; 2] = [0, 1];
const TO: [i32; 2] = [1, 2];
const INDPTR: [i32; 4] = [0, 1, 2, 2];
const CATEGORIES: [i32; 6] = [0, 1, 2, 0, 1, 4];

/// A path of three nodes with two categories each.
unsafe fn path() -> *mut DiffpoolGraph {
    // SAFETY: every pointer is to a live local or constant, or is a handle made by the call before.
    unsafe {
        let graph = get(null_mut(), |out, e| diffpool_graph_new(out, e));
        check(|e| diffpool_graph_set_edges(graph, 3, FROM.as_ptr(), TO.as_ptr(), 2, e));
        check(|e| diffpool_graph_set_categories(graph, CATEGORIES.as_ptr(), 3, 2, e));
        graph
    }
}

/// Four paths.
unsafe fn dataset() -> *mut DiffpoolDataset {
    // SAFETY: every pointer is to a live local or constant, or is a handle made by the call before.
    unsafe {
        let data = get(null_mut(), |out, e| diffpool_dataset_new(c"paths".as_ptr(), 0, out, e));
        let graph = path();
        for y in [0, 1, 0, 1] {
            check(|e| diffpool_graph_set_class(graph, y, e));
            check(|e| diffpool_dataset_add(data, graph, e));
        }
        diffpool_graph_free(graph);
        data
    }
}

#[test]
fn categories_go_in_and_come_out() {
    // SAFETY: every pointer is to a live local or constant, or is a live handle.
    unsafe {
        let data = dataset();
        assert_eq!(diffpool_dataset_category_count(data), 2);
        let graph = get(null_mut(), |out, e| diffpool_graph_new(out, e));
        check(|e| diffpool_dataset_get(data, 3, graph, e));
        let mut columns = 0;
        let categories = diffpool_graph_categories(graph, &mut columns);
        assert_eq!((columns, std::slice::from_raw_parts(categories, 6)), (2, CATEGORIES.as_slice()));
        let json = c"{\"clusters\": [2], \"embedding_width\": 5, \"threads\": 1}".as_ptr();
        let config = get(null_mut(), |out, e| diffpool_config_from_json(json, out, e));
        let model = get(null_mut(), |out, e| diffpool_model_new(config, data, null(), out, e));
        assert_eq!((diffpool_model_category_count(model), diffpool_model_feature_count(model)), (2, 0));
        let session = get(null_mut(), |out, e| diffpool_session_new(model, out, e));
        let logits = || {
            let mut logits = [0.0; 2];
            check(|e| diffpool_session_copy_logits(session, logits.as_mut_ptr(), 2, null_mut(), e));
            logits.map(f32::to_bits)
        };
        check(|e| diffpool_session_predict_from(session, data, 0, null(), e));
        let expected = logits();
        check(|e| diffpool_session_predict(session, graph, null(), e));
        assert_eq!(logits(), expected);
        let own = path();
        check(|e| diffpool_session_predict(session, own, null(), e));
        assert_eq!(logits(), expected);
        check(|e| diffpool_graph_set_csr(own, INDPTR.as_ptr(), 4, TO.as_ptr(), 2, e));
        check(|e| diffpool_session_predict(session, own, null(), e));
        assert_eq!(logits(), expected);
        diffpool_graph_free(own);
        diffpool_graph_free(graph);
        diffpool_session_free(session);
        diffpool_model_free(model);
        diffpool_config_free(config);
        diffpool_dataset_free(data);
    }
}

#[test]
fn what_has_no_row_is_refused() {
    // SAFETY: every pointer is to a live local or constant, or is a live handle.
    unsafe {
        let data = dataset();
        let graph = get(null_mut(), |out, e| diffpool_graph_new(out, e));
        check(|e| diffpool_graph_set_edges(graph, 3, FROM.as_ptr(), TO.as_ptr(), 2, e));
        check(|e| diffpool_graph_set_class(graph, 0, e));
        let missing = outcome(|e| diffpool_dataset_add(data, graph, e));
        let message = "graph 4: there are 0 categories of a node given, but the data set has 2".to_owned();
        assert_eq!(missing, (DiffpoolStatus::ShapeMismatch, message));
        diffpool_graph_free(graph);
        let config = get(null_mut(), |out, e| diffpool_config_from_json(c"{}".as_ptr(), out, e));
        let sizes = [3_i64, 4];
        check(|e| diffpool_config_set_ints(config, c"embedding_sizes".as_ptr(), sizes.as_ptr(), 2, e));
        let mut model = null_mut();
        let refused = outcome(|e| diffpool_model_new(config, data, null(), &mut model, e));
        assert_eq!(refused.0, DiffpoolStatus::Ok, "{refused:?}");
        let session = get(null_mut(), |out, e| diffpool_session_new(model, out, e));
        let unknown = outcome(|e| diffpool_session_predict_from(session, data, 0, null(), e));
        let message = "categories[2, 1] is 4, but the table of the model has 4 rows".to_owned();
        assert_eq!(unknown, (DiffpoolStatus::InvalidGraph, message));
        diffpool_session_free(session);
        diffpool_model_free(model);
        diffpool_config_free(config);
        diffpool_dataset_free(data);
    }
}
