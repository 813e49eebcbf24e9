//! Targets: what a model is to predict of a graph besides a class.
//!
//! The key "task" of a configuration says what a model predicts:
//!
//! ```text
//! "multiclass"  one of the classes that the graphs were added with
//! "binary"      one target of 0 or 1, by one logit
//! "multilabel"  several targets of 0 or 1, by a logit each
//! "regression"  one or several numbers
//! "sequence"    the first words of a sequence of words, each by a logit a word of a vocabulary
//! ```
//!
//! Targets come with the graphs, see diffpool_graph_set_targets and diffpool_graph_set_words, or by the functions below
//! once all graphs are there; classes stay beside them, and splits are by class. A target that is NaN is missing: it
//! takes no part in losses and metrics. A graph without any target can be given, too; it takes part in the link and
//! entropy losses only. There are at most 65536 classes or words, and as many targets of a graph.
//!
//! ```c
//! const float targets[3] = {1, 0, 1};
//! diffpool_dataset *tagged;
//! check(diffpool_dataset_new("tagged", 0, &tagged, &error));
//! check(diffpool_graph_set_targets(graph, targets, 3, &error));
//! check(diffpool_dataset_add(tagged, graph, &error));
//! check(diffpool_config_set_string(config, "task", "multilabel", &error));
//! diffpool_dataset_free(tagged);
//! ```

use std::ffi::c_char;

use super::arguments::slice;
use super::dataset::{DiffpoolDataset, read_names};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::look;
use super::status::DiffpoolStatus;
use crate::error::bail;
use crate::memory::try_extend;

/// Gives every graph of a data set `columns` targets, in place of any that it has. `targets` has a row a graph, each
/// value finite or NaN where it is missing.
///
/// Ownership: `targets` is copied.
///
/// Fails: SHAPE_MISMATCH if `rows` is not the number of graphs; INVALID_ARGUMENT if a value is infinite or `columns` is
/// 0 or beyond reason; INVALID_STATE if a trainer uses the data set. The data set is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_targets(
    dataset: *mut DiffpoolDataset,
    targets: *const f32,
    rows: usize,
    columns: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let dataset = unsafe { call.change(dataset, "dataset")? };
        let Some(all) = rows.checked_mul(columns) else {
            bail!(InvalidArgument, "targets is said to have {rows} rows of {columns}, more than memory can hold");
        };
        if rows != dataset.data.len() {
            bail!(ShapeMismatch, "targets has {rows} rows, but the data set has {} graphs", dataset.data.len());
        }
        // SAFETY: as above.
        let targets = unsafe { slice(targets, all, "targets")? };
        dataset.change(|data, _| {
            let mut values = Vec::new();
            try_extend(&mut values, targets)?;
            data.set_targets(values, columns)
        })
    })
}

/// Makes the attributes of the graphs, as DS_graph_attributes.txt of a folder in TU format has them, their targets.
///
/// Fails: INVALID_STATE if the graphs have no attributes, or a trainer uses the data set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_use_graph_attributes_as_targets(
    dataset: *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let dataset = unsafe { call.change(dataset, "dataset")? };
        dataset.change(|data, _| data.use_graph_attributes_as_targets())
    })
}

/// Says before the first graph that all will have words, see diffpool_graph_set_words, out of a vocabulary of `count`,
/// of which a model predicts the first `length`.
///
/// The words that a model can tell apart are numbered from 0 on; the last but one of the `count` is any other word, and
/// the last is the end, which may be left out of a sequence. Numbers from `count` up are words beyond the vocabulary: a
/// model can only predict them as the other word, and the metric counts them as missed. `names` are the words, and
/// become the names of the classes; NULL leaves them without names.
///
/// Ownership: `names`, NULL or an array of `count` strings, and the strings are copied.
///
/// Fails: INVALID_ARGUMENT if `length` or `count` is too small or beyond reason; INVALID_STATE if there are graphs
/// already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_vocabulary(
    dataset: *mut DiffpoolDataset,
    names: *const *const c_char,
    count: usize,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let dataset = unsafe { call.change(dataset, "dataset")? };
        // SAFETY: as above.
        let names = if names.is_null() { None } else { Some(unsafe { read_names(names, count)? }) };
        dataset.change(|data, _| {
            data.set_vocabulary(length, count)?;
            names.map_or(Ok(()), |names| data.set_class_names(names))
        })
    })
}

/// The number of targets of every graph, 0 if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_target_count(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.target_width()) }
}

/// The number of words of a sequence that a model is to predict, 0 if there are no sequences. The size of their
/// vocabulary is diffpool_dataset_class_count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_sequence_length(dataset: *const DiffpoolDataset) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(dataset, 0, |dataset| dataset.data.sequence_length()) }
}
