//! Graph weights: how much each graph counts in the loss that training minimises.
//!
//! A graph counts 1 unless it was given another weight: 2 is as if it were there twice, 0 as if it had no target. The
//! loss of the task is a mean in which every target counts its own weight, the weight of its graph times that of its
//! class or label (`class_weights`), in training and in evaluation. Metrics, and the link and entropy losses, are not
//! weighted.
//!
//! ```c
//! float weights[30];
//! check(diffpool_dataset_copy_graph_weights(dataset, weights, 30, NULL, &error));
//! weights[7] = 0; // is doubtful
//! weights[8] = 3; // is certain
//! check(diffpool_dataset_set_graph_weights(dataset, weights, 30, &error));
//! ```

use super::arguments::{buffer, slice};
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use crate::memory::try_copy;

/// Gives every graph of a data set a weight, in place of those that they have. Graphs that are added later weigh 1.
///
/// `weights` has `length` values, one a graph, each from 0 to 1e30. NULL and 0 take all weights away.
///
/// Ownership: `weights` is copied.
///
/// Fails: SHAPE_MISMATCH if `length` is neither 0 nor the number of graphs; INVALID_ARGUMENT if a weight is negative,
/// not a number or larger; INVALID_STATE if a trainer uses the data set. The data set is then as it was.
///
/// Threads: one at a time; `dataset` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_set_graph_weights(
    dataset: *mut DiffpoolDataset,
    weights: *const f32,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, weights) = unsafe { (call.change(dataset, "dataset")?, slice(weights, length, "weights")?) };
        dataset.change(|data, _| data.set_graph_weights(try_copy(weights)?))
    })
}

/// Copies the weights of all graphs, 1 where none was given.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_graph_weights(
    dataset: *const DiffpoolDataset,
    weights: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, out) = unsafe { (call.read(dataset, "dataset")?, buffer(weights, capacity, needed, "weights")?) };
        out.put((0..dataset.data.len()).map(|graph| dataset.data.graph_weight(graph)))
    })
}
