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
//! All but the first need the functions below, which are called once all graphs are there; classes stay beside them,
//! and splits are by class. A target that is NaN is missing: it takes no part in losses and metrics. A graph without
//! any target can be given, too; it takes part in the link and entropy losses only.

use super::arguments::{buffer, output, slice, try_vec};
use super::dataset::DiffpoolDataset;
use super::dataset_read::check_graph;
use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use crate::error::{Result, error};
use crate::memory::try_extend;

/// Gives every graph of a data set `width` targets, in place of any that it has. After it no graph can be added.
///
/// `targets` has `length` values: `width` a graph, one graph after the other, each finite or NaN where it is missing.
///
/// Ownership: `targets` is copied.
///
/// Fails: SHAPE_MISMATCH if `length` is not `width` times the number of graphs; INVALID_ARGUMENT if a value is infinite
/// or `width` is 0 or beyond reason; INVALID_STATE if a trainer uses the data set. The data set is then as it was.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_targets(
    dataset: *mut DiffpoolDataset,
    targets: *const f32,
    length: usize,
    width: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, targets) = unsafe { (call.change(dataset, "dataset")?, slice(targets, length, "targets")?) };
        let data = dataset.change()?.0;
        let mut values = Vec::new();
        try_extend(&mut values, targets)?;
        data.set_targets(values, width)
    })
}

/// Makes the attributes of the graphs, as DS_graph_attributes.txt of a folder in TU format has them, their targets.
///
/// Fails: INVALID_STATE if the graphs have no attributes, or a trainer uses the data set.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_use_graph_attributes_as_targets(
    dataset: *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let dataset = unsafe { call.change(dataset, "dataset")? };
        dataset.change()?.0.use_graph_attributes_as_targets()
    })
}

/// Gives every graph of a data set a sequence of words, in place of any that it has. After it no graph can be added.
///
/// The words of graph g are words[offsets[g]] to words[offsets[g+1] - 1]; `offsets` has one value more than there are
/// graphs, the first 0 and the last `words_length`. A model predicts the first `length` of them, followed by ends.
///
/// The words that a model can tell apart are numbered from 0 to `vocabulary` - 3. `vocabulary` - 2 is any other word,
/// and `vocabulary` - 1 is the end, which may be left out. Numbers from `vocabulary` up are words beyond the
/// vocabulary: a model can only predict them as the other word, and the metric counts them as missed. The names of the
/// words are those of the classes: where these are named, there must be as many, see diffpool_dataset_set_class_names.
///
/// Ownership: `offsets` and `words` are copied.
///
/// Fails: SHAPE_MISMATCH or INVALID_ARGUMENT, naming index and value, if the offsets do not fit the graphs, a word is
/// negative, or `length` or `vocabulary` is too small or beyond reason; INVALID_STATE if a trainer uses the data set.
/// The data set is then as it was.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_sequences(
    dataset: *mut DiffpoolDataset,
    offsets: *const usize,
    offsets_length: usize,
    words: *const i64,
    words_length: usize,
    length: usize,
    vocabulary: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, offsets, words) = unsafe {
            (
                call.change(dataset, "dataset")?,
                slice(offsets, offsets_length, "offsets")?,
                slice(words, words_length, "words")?,
            )
        };
        let data = dataset.change()?.0;
        data.set_sequences(offsets, &read_words(words)?, length, vocabulary)
    })
}

/// The number of targets of every graph, 0 if there are none.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_target_width(
    dataset: *const DiffpoolDataset,
    width: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, width) = unsafe { (call.read(dataset, "dataset")?, output(width, "width")?) };
        width.put(dataset.data.target_width());
        Ok(())
    })
}

/// The number of words of a sequence that a model is to predict, 0 if there are no sequences. The size of their
/// vocabulary is diffpool_dataset_classes.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_sequence_length(
    dataset: *const DiffpoolDataset,
    length: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, length) = unsafe { (call.read(dataset, "dataset")?, output(length, "length")?) };
        length.put(dataset.data.sequence_length());
        Ok(())
    })
}

/// Copies the targets of graph `index`, with NaN for those that are missing.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_targets(
    dataset: *const DiffpoolDataset,
    index: usize,
    targets: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, out) = unsafe { (call.read(dataset, "dataset")?, buffer(targets, capacity, needed, "targets")?) };
        check_graph(&dataset.data, index)?;
        out.put(dataset.data.targets(index).iter().copied())
    })
}

/// Copies all words of the sequence of graph `index`, without its end; none where there are no sequences.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_sequence(
    dataset: *const DiffpoolDataset,
    index: usize,
    words: *mut i64,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, out) = unsafe { (call.read(dataset, "dataset")?, buffer(words, capacity, needed, "words")?) };
        check_graph(&dataset.data, index)?;
        out.put(dataset.data.sequence(index).iter().map(|&word| i64::from(word)))
    })
}

/// Numbers of words as the library keeps them.
pub(super) fn read_words(words: &[i64]) -> Result<Vec<u32>> {
    try_vec(words, |at, &word| {
        u32::try_from(word)
            .map_err(|_| error!(InvalidArgument, "words[{at}] is {word}, but must be from 0 to {}", u32::MAX))
    })
}
