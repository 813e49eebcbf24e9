//! Parts of data sets: data sets put together, cut into parts, emptied.
//!
//! ```c
//! const size_t some[3] = {0, 2, 4};
//! diffpool_dataset *part;
//! check(diffpool_dataset_subset(dataset, some, 3, &part, &error));
//! check(diffpool_dataset_append(dataset, part, &error)); // these three are there twice now
//! diffpool_dataset_free(part);
//! ```

use super::arguments::output;
use super::dataset::{DatasetValue, DiffpoolDataset};
use super::error::DiffpoolError;
use super::guard::guard;
use super::indices::read_graphs;
use super::status::DiffpoolStatus;
use crate::error::bail;

/// Appends all graphs of a data set to another, with their targets, words, attributes and weights.
///
/// Graphs of both must have the same: features, categories, labels, directions, and as many targets, words and
/// attributes, which an empty `into` takes over. Where both name their classes these are matched by name.
///
/// Ownership: the graphs are copied.
///
/// Fails: SHAPE_MISMATCH if the graphs differ in what they have; INVALID_ARGUMENT if `into` does not have the class
/// of a graph, the words differ, or both are the same data set; INVALID_STATE if a trainer uses `into`, or it was
/// opened from a file, or only `from` names its classes. `into` is then as it was.
///
/// Threads: one at a time; `into` is changed, `from` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_append(
    into: *mut DiffpoolDataset,
    from: *const DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        if !into.is_null() && into.cast_const() == from {
            bail!(InvalidArgument, "into and from are the same data set");
        }
        // SAFETY: the caller keeps the header's rules on pointers, and they are not the same.
        let (into, from) = unsafe { (call.change(into, "into")?, call.read(from, "from")?) };
        into.append(from)
    })
}

/// Makes a data set of some graphs of another, in the order of the list, with all that they have. A graph may be named
/// more than once. NULL and DIFFPOOL_ALL copy all graphs, those of a file into memory.
///
/// Ownership: `graphs`, an array of `length` indices, and the graphs are copied; `*out` is owned by the caller, free
/// with diffpool_dataset_free.
///
/// Fails: NOT_FOUND if an index names no graph.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_subset(
    dataset: *const DiffpoolDataset,
    graphs: *const usize,
    length: usize,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, out) = unsafe { (call.read(dataset, "dataset")?, output(out, "out")?) };
        // SAFETY: as above.
        let graphs = unsafe { read_graphs(dataset, (graphs, length, "graphs"))? };
        out.put_handle(DatasetValue::new(dataset.data.subset(&graphs)?)?)
    })
}

/// Takes all graphs of a data set away, with their targets, words, attributes and weights. What graphs must have, and
/// the names of classes, stay.
///
/// Fails: INVALID_STATE if a trainer uses the data set.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_clear(
    dataset: *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(dataset, "dataset") }?.clear()
    })
}
