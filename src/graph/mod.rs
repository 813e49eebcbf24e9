//! Graphs: a borrowed view, the builder that checks and normalises input, and the packed data set, which is in memory
//! or in the bytes of a file.

mod builder;
mod classes;
mod column;
mod dataset;
mod graclus;
mod packed;
mod stream;
mod targets;
mod verify;
mod view;

pub use builder::{EdgeInput, GraphBuilder, GraphInput, GraphRules};
pub(crate) use classes::unknown_class;
pub use column::{Element, ElementKind, Store};
pub use dataset::{Dataset, EdgeData, EdgeDataRef, MAX_CLASSES};
pub use graclus::{GraclusScratch, NO_CLUSTER, graclus};
pub use packed::{COLUMN_NAMES, Description, PackedColumn, StoredColumns};
pub use stream::{ClassMap, GraphStream};
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
