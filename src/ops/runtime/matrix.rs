//! Views of matrices, with the names that the whole engine uses.

use ndarray::{ArrayView2, ArrayViewMut2};

/// A matrix to read, rows by columns, any strides.
pub type Mat<'a, T> = ArrayView2<'a, T>;
/// A matrix to write, rows by columns, any strides.
pub type MatMut<'a, T> = ArrayViewMut2<'a, T>;
