//! Graphs as a whole: their class and other targets, their attributes, their weight in the loss, their id.
//!
//! ```c
//! check(diffpool_graph_set_class(graph, 1, &error));
//! check(diffpool_graph_set_weight(graph, 2, &error)); // as if it were there twice
//! check(diffpool_dataset_add(dataset, graph, &error));
//! ```

use std::ffi::c_char;

use super::arguments::{slice, text};
use super::error::DiffpoolError;
use super::graph::DiffpoolGraph;
use super::guard::guard;
use super::status::DiffpoolStatus;

/// Gives the graph attributes as a whole, which a data set keeps. No model reads them; they can be made targets, see
/// diffpool_dataset_use_graph_attributes_as_targets.
///
/// Ownership: `attributes` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_attributes(
    graph: *mut DiffpoolGraph,
    attributes: *const f32,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, slice(attributes, count, "attributes")?) };
        graph.set_graph_attributes(values)
    })
}

/// Says which class the graph is of, from 0: what the task "multiclass" predicts. Predictions need none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_class(
    graph: *mut DiffpoolGraph,
    class_index: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(graph, "graph")? }.set_class(class_index);
        Ok(())
    })
}

/// Gives the graph the numbers that a model is to predict: one of 0 or 1 for the task "binary", several for
/// "multilabel", any for "regression". NaN stands for one that is missing.
///
/// Ownership: `targets` is copied.
///
/// Fails: INVALID_ARGUMENT if a value is infinite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_targets(
    graph: *mut DiffpoolGraph,
    targets: *const f32,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, slice(targets, count, "targets")?) };
        graph.set_targets(values)
    })
}

/// Gives the graph the words that a model of the task "sequence" is to predict, as numbers in a vocabulary, see
/// diffpool_dataset_set_vocabulary.
///
/// Ownership: `words` is copied.
///
/// Fails: INVALID_ARGUMENT if a word is negative or beyond 32 bits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_words(
    graph: *mut DiffpoolGraph,
    words: *const i64,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, slice(words, count, "words")?) };
        graph.set_words(values)
    })
}

/// Says how much the graph counts in the loss that training minimises, from 0 to 1e30; without, it is 1.
///
/// Fails: INVALID_ARGUMENT if the weight is negative, not a number or larger.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_weight(
    graph: *mut DiffpoolGraph,
    weight: f32,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(graph, "graph")? }.set_weight(weight)
    })
}

/// Says by what the graph is called, a text of 1 to 4096 bytes. A data set keeps it, its files too, and the program
/// prints it beside a prediction. Nothing sees to it that ids differ.
///
/// Ownership: `id` is copied.
///
/// Fails: INVALID_ARGUMENT if the id is empty or too long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_id(
    graph: *mut DiffpoolGraph,
    id: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, id) = unsafe { (call.change(graph, "graph")?, text(id, "id")?) };
        graph.set_id(id)
    })
}
