//! Categories as a C program gives them: to a data set, to a session, and what is refused.

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use diffpool::ffi::config::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::error::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
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

const SOURCES: [i32; 2] = [0, 1];
const TARGETS: [i32; 2] = [1, 2];
const INDPTR: [i64; 4] = [0, 1, 2, 2];
const CATEGORIES: [i32; 6] = [0, 1, 2, 0, 1, 4];

/// Four paths of three nodes with two categories each.
unsafe fn dataset() -> *mut DiffpoolDataset {
    let name: *const c_char = c"paths".as_ptr();
    // SAFETY: every pointer is to a live local or constant, or is a handle made by the call before.
    unsafe {
        let data = get(null_mut(), |out, e| diffpool_dataset_new(name, 0, 2, 0, out, e));
        for y in [0, 1, 0, 1] {
            let (s, t, c) = (SOURCES.as_ptr(), TARGETS.as_ptr(), CATEGORIES.as_ptr());
            check(|e| diffpool_dataset_add_edges(data, 3, 2, s, t, null(), null(), null(), c, null(), y, e));
        }
        data
    }
}

#[test]
fn categories_go_in_and_come_out() {
    // SAFETY: every pointer is to a live local or constant, or is a live handle.
    unsafe {
        let data = dataset();
        assert_eq!(get(0, |out, e| diffpool_dataset_categories(data, out, e)), 2);
        let mut copy = [0; 6];
        check(|e| diffpool_dataset_copy_categories(data, 3, copy.as_mut_ptr(), 6, null_mut(), e));
        assert_eq!(copy, CATEGORIES);
        let json = c"{\"clusters\": [2], \"embedding_width\": 5, \"threads\": 1}".as_ptr();
        let config = get(null_mut(), |out, e| diffpool_config_from_json(json, out, e));
        let model = get(null_mut(), |out, e| diffpool_model_new(config, data, null(), DIFFPOOL_ALL, out, e));
        assert_eq!(get(0, |out, e| diffpool_model_categories(model, out, e)), 2);
        assert_eq!(get(9, |out, e| diffpool_model_features(model, out, e)), 0);
        let session = get(null_mut(), |out, e| diffpool_session_new(model, out, e));
        let logits = || {
            let mut logits = [0.0; 2];
            check(|e| diffpool_session_logits(session, logits.as_mut_ptr(), 2, null_mut(), e));
            logits.map(f32::to_bits)
        };
        check(|e| diffpool_session_predict_graph(session, data, 0, e));
        let expected = logits();
        let (s, t, c) = (SOURCES.as_ptr(), TARGETS.as_ptr(), CATEGORIES.as_ptr());
        check(|e| diffpool_session_predict_edges(session, 3, 2, s, t, null(), null(), null(), c, null(), e));
        assert_eq!(logits(), expected);
        check(|e| {
            diffpool_session_predict_csr(session, 3, 2, INDPTR.as_ptr(), t, null(), null(), null(), c, null(), e)
        });
        assert_eq!(logits(), expected);
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
        let (s, t) = (SOURCES.as_ptr(), TARGETS.as_ptr());
        let missing =
            outcome(|e| diffpool_dataset_add_edges(data, 3, 2, s, t, null(), null(), null(), null(), null(), 0, e));
        let message = "categories is NULL, but 6 values are needed".to_owned();
        assert_eq!(missing, (DiffpoolStatus::NullPointer, message));
        let config = get(null_mut(), |out, e| diffpool_config_from_json(c"{}".as_ptr(), out, e));
        let sizes = [3_i64, 4];
        check(|e| diffpool_config_set_ints(config, c"embedding_sizes".as_ptr(), sizes.as_ptr(), 2, e));
        let mut model = null_mut();
        let refused = outcome(|e| diffpool_model_new(config, data, null(), DIFFPOOL_ALL, &mut model, e));
        assert_eq!(refused.0, DiffpoolStatus::Ok, "{refused:?}");
        let session = get(null_mut(), |out, e| diffpool_session_new(model, out, e));
        let unknown = outcome(|e| diffpool_session_predict_graph(session, data, 0, e));
        let message = "categories[2, 1] is 4, but the table of the model has 4 rows".to_owned();
        assert_eq!(unknown, (DiffpoolStatus::InvalidGraph, message));
        diffpool_session_free(session);
        diffpool_model_free(model);
        diffpool_config_free(config);
        diffpool_dataset_free(data);
    }
}
