//! Reading data sets: how much there is in one, the names of its classes, and its statistics.
//!
//! ```c
//! printf("%s: %u graphs, %u nodes, classes", diffpool_dataset_name(dataset),
//!        (unsigned)diffpool_dataset_graph_count(dataset), (unsigned)diffpool_dataset_node_count(dataset));
//! for (size_t i = 0; i < diffpool_dataset_class_count(dataset); i++)
//!     printf(" %s", diffpool_dataset_class_name(dataset, i));
//! ```

use std::ffi::c_char;
use std::ptr::null;

use super::arguments::output;
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::look;
use super::status::DiffpoolStatus;
use crate::data::statistics::Statistics;
use crate::error::error;

/// The number of graphs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_graph_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.len()) }
}

/// The number of nodes of all graphs together.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_node_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.total_nodes()) }
}

/// The number of stored edges of all graphs together: one without direction counts twice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_edge_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.total_entries()) }
}

/// The number of features that every node has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_feature_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.rules().features) }
}

/// The number of categories that every node has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_category_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.rules().categories) }
}

/// The number of classes: that of their names, or of the words of sequences, or one more than the largest class in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_class_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.classes()) }
}

/// The name that the data set was given, or that of its folder; NULL for NULL.
///
/// Ownership: the string is borrowed until the data set is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_name(dataset: *const DiffpoolDataset) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, null(), |dataset| dataset.name.as_ptr()) }
}

/// The name of class number `class_index`, from 0; NULL if there is no such class, or the classes have no names.
///
/// Ownership: the string is borrowed until the data set is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_class_name(
    dataset: *const DiffpoolDataset,
    class_index: usize,
) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe {
        look(dataset, null(), |dataset| dataset.class_names.get(class_index).map_or(null(), |name| name.as_ptr()))
    }
}

/// What there is in the data set, as a JSON object, the same that `diffpool inspect --json` prints.
///
/// - `name`: the name given at creation
/// - `graphs`: number of graphs
/// - `nodes`, `edges`: of a graph: `min`, `mean`, `max`, and of all `total`; an edge without direction counts once
/// - `degree`: stored entries of a node: `min`, `mean`, `max`, and of all nodes `total`
/// - `directed`, `weighted`: whether edges keep their direction, whether they have weights
/// - `isolated_nodes`: number of nodes that no edge touches
/// - `self_loops`: number of edges from a node to itself
/// - `features`, `categories`: how many a node has
/// - `node_labels`, `edge_labels`: the labels that occur, sorted
/// - `edge_attributes`, `graph_attributes`: how many an edge has, how many a graph has
/// - `targets`, `missing_targets`: how many a graph has, how many are missing in all
/// - `sequence_length`, `vocabulary`: words to predict of a graph, words that exist
/// - `classes`: a list of objects: `name` and number of `graphs`; empty where graphs have sequences
/// - `names`: names of columns, labels and categories, as diffpool_dataset_set_names_json takes them
/// - `columns`: a list of objects: `name` and `bytes` of every array that the graphs are stored as
///
/// Every edge is looked at, so the time is linear in their number, and a data set that was opened from a file is read
/// as a whole. The sizes alone are told by diffpool_dataset_graph_count and the functions after it at once.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_summary_json(
    dataset: *const DiffpoolDataset,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, json) = unsafe { (call.read(dataset, "dataset")?, output(json, "json")?) };
        let statistics = Statistics::of(&dataset.data)?;
        let text = serde_json::to_string_pretty(&statistics).map_err(|e| error!(InvalidArgument, "{e}"))?;
        json.put_string(&text)
    })
}
