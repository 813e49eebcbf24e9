//! Schemas: what a model expects of a graph, and which model it is.
//!
//! The object of diffpool_model_schema_json has these keys:
//!
//! task         what is predicted, see diffpool_model_task
//! classes      names of the classes that a target is one of, or the words of the vocabulary; else empty
//! targets      number of targets of a graph
//! outputs      number of logits of a graph
//! directed     whether edges keep their direction
//! features     "width", how many features every node brings; "names" of them, empty where they have none; "min", "max"
//!              and "mean" of each over the nodes of the training graphs, empty where nothing is known
//! columns      names of the columns that the network makes of a node
//! node_labels  labels that a node may have; empty where they are not read
//! relations    edge labels that are a relation each; empty where edges are of one kind
//! edge_features  what convolutions read of the edges: "width", how many attributes each brings, their "names",
//!              "categories", the values of each where they are categories, and "labels"; 0 and empty without
//! names        names of "categories", "category_values", "node_labels", "edge_labels" and "targets", as far as the
//!              training data had them, as diffpool_dataset_set_names_json takes them
//! categories   "width", how many categories every node brings, and "rows" of the table of each
//! out_of_vocabulary  what becomes of other labels, relations and categories, see the configuration key of this name
//! nodes        "min", "max" and "mean" number of nodes of a training graph; null where nothing is known
//! levels       number of pooling levels
//! clusters     number of clusters of every level
//!
//! ```c
//! char *json;
//! check(diffpool_model_schema_json(model, &json, &error));
//! printf("model %.12s expects graphs of this kind: %s\n", diffpool_model_fingerprint(model), json);
//! diffpool_string_free(json);
//! ```

use std::ffi::c_char;
use std::path::Path;
use std::ptr::null;

use super::arguments::{output, text};
use super::dataset::{DiffpoolDataset, read_names};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::peek;
use super::model::DiffpoolModel;
use super::panics::quietly;
use super::status::DiffpoolStatus;
use crate::checkpoint::peek::peek as peek_at;
use crate::error::error;
use crate::graph::Names;

/// What a model expects of a graph and says of it, as a JSON object.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_schema_json(
    model: *const DiffpoolModel,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, json) = unsafe { (call.read(model, "model")?, output(json, "json")?) };
        json.put_string(&format!("{:#}", model.model.expected()))
    })
}

/// Reads the header of a model file and nothing else: no weight is read, and no more memory is used than the header
/// needs. What it says is not checked against the weights, so it may be damaged or made up.
///
/// The JSON object has the keys "schema" (see diffpool_model_schema_json), "config" (see diffpool_config_to_json),
/// "metadata" (an object of strings), "tensors" (how many), "tensor_bytes" (that they are said to have) and "complete"
/// (whether so many bytes follow the header).
///
/// Ownership: `path` is copied; `*json` is owned by the caller, free with diffpool_string_free.
///
/// Fails: IO if the file cannot be read; INVALID_FILE if its header is damaged or it is no model; UNSUPPORTED_VERSION
/// if a newer library wrote it.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_peek_json(
    path: *const c_char,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, json) = unsafe { (text(path, "path")?, output(json, "json")?) };
        json.put_string(&format!("{:#}", peek_at(Path::new(path))?.to_json()))
    })
}

/// The SHA-256 of all that determines predictions, as 64 hexadecimal digits: the configuration keys that a prediction
/// depends on, features, classes, and every number of every tensor. Equal models have equal fingerprints, whatever file
/// they are from; keys of training and metadata do not count. NULL for NULL, or where memory is out.
///
/// The first call on a model takes time that grows with its weights.
///
/// Ownership: the string is borrowed until a tensor is written or the model is freed.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_fingerprint(model: *const DiffpoolModel) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or live.
    let Some(model) = (unsafe { peek(model) }) else { return null() };
    let found = quietly(|| model.model.fingerprint_c().map(|digits| digits.as_ptr()));
    found.and_then(|found| found).unwrap_or(null())
}

/// Numbers the classes of a data set as a model does: by their names, with those that no graph has. After it the class
/// of a graph is the same number to both.
///
/// Nothing needs it: whenever a model meets a data set, classes are found by name. Of a model without classes, such as
/// a regression, nothing changes.
///
/// Fails: INVALID_GRAPH if a graph is of a class that the model does not know, which the message names, or if the words
/// of sequences are not those of the model; INVALID_STATE if a trainer uses the data set. Then nothing changes.
///
/// Threads: one at a time; `dataset` is changed, `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_align_classes(
    dataset: *mut DiffpoolDataset,
    model: *const DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, model) = unsafe { (call.change(dataset, "dataset")?, call.read(model, "model")?) };
        model.model.outputs().check_words(&dataset.data)?;
        match model.model.outputs().graph_classes() {
            Some(names) => dataset.change(|data, _| data.use_class_names(names)),
            None => Ok(()),
        }
    })
}

/// Names the features of a node, in order: `names` is an array of `count` strings, each another one of 1 to 255 bytes.
/// They go with the data set and its file, and with the model that is trained on it. A model whose features have other
/// names refuses the data set.
///
/// Ownership: `names` is copied.
///
/// Fails: SHAPE_MISMATCH if there are not as many names as features; INVALID_ARGUMENT if a name is empty, too long or
/// there twice; INVALID_STATE if a trainer uses the data set.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_feature_names(
    dataset: *mut DiffpoolDataset,
    names: *const *const c_char,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, names) = unsafe { (call.change(dataset, "dataset")?, read_names(names, count)?) };
        dataset.change(|data, _| data.set_feature_names(names))
    })
}

/// Names what the graphs have, in place of the names that there are, by a JSON object with any of these keys:
///
/// x, categories, edge_attributes, graph_attributes, targets   a list of as many names as there are columns, each
///                  another one
/// category_values  for every column of categories a list of what 0, 1, ... stand for, as far as they have names
/// node_labels, edge_labels   an object of names by the label, such as {"6": "C", "7": "N"}
///
/// The names go with the data set, its file and its JSON lines, and those of what a model reads with the model that is
/// trained on it. A model refuses a data set in which something that it reads has another name. Names have 1 to 255
/// bytes, but those of category_values, which may be empty. diffpool_dataset_summary_json writes them.
///
/// Ownership: `json` is copied.
///
/// Fails: PARSE if it is no such object; SHAPE_MISMATCH if there are not as many names as columns, or labels are named
/// where there are none; INVALID_ARGUMENT if a name is empty, too long or there twice; INVALID_STATE if a trainer uses
/// the data set.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_names_json(
    dataset: *mut DiffpoolDataset,
    json: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, json) = unsafe { (call.change(dataset, "dataset")?, text(json, "json")?) };
        let names: Names = serde_json::from_str(json).map_err(|e| error!(Parse, "json: {e}"))?;
        dataset.change(|data, _| data.set_names(names))
    })
}
