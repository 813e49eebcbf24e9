//! Graphs in memory: a borrowed view, the builder that checks and normalises input, and the packed data set.

mod builder;
mod dataset;
mod graclus;
mod targets;
mod view;

pub use builder::{EdgeInput, GraphBuilder, GraphInput, GraphRules};
pub use dataset::{Dataset, EdgeData, MAX_CLASSES};
pub use graclus::{GraclusScratch, NO_CLUSTER, graclus};
pub use targets::{MAX_TARGETS, MIN_VOCABULARY};
pub use view::GraphRef;

use crate::error::Result;

/// Makes a vector `len` long, filling with `value`; running out of memory is an error, not an abort.
pub(crate) fn try_resize<T: Clone>(vec: &mut Vec<T>, len: usize, value: T) -> Result<()> {
    if len > vec.len() {
        vec.try_reserve(len - vec.len())?;
    }
    vec.resize(len, value);
    Ok(())
}

/// Makes a vector at least `len` long; it never shrinks. Running out of memory is an error, not an abort.
pub(crate) fn try_grow<T: Clone>(vec: &mut Vec<T>, len: usize, value: T) -> Result<()> {
    let len = len.max(vec.len());
    try_resize(vec, len, value)
}

/// Appends a slice; running out of memory is an error, not an abort.
pub(crate) fn try_extend<T: Copy>(vec: &mut Vec<T>, more: &[T]) -> Result<()> {
    vec.try_reserve(more.len())?;
    vec.extend_from_slice(more);
    Ok(())
}
