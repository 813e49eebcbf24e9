//! Matrices that keep their memory from one use to the next.

use std::ops::Range;

use ndarray::s;

use super::matrix::{Mat, MatMut};
use super::real::Real;
use crate::error::{Error, Result};
use crate::memory::reserve_exact;

/// A row-major matrix whose memory only grows, so that a warm workspace allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Buffer<T> {
    data: Vec<T>,
    rows: usize,
    columns: usize,
}

impl<T: Real> Buffer<T> {
    /// An empty matrix.
    pub fn new() -> Self {
        Self { data: Vec::new(), rows: 0, columns: 0 }
    }

    /// Sets the shape. Contents are unspecified after it; running out of memory is an error.
    pub fn reshape(&mut self, rows: usize, columns: usize) -> Result<()> {
        let len = rows.checked_mul(columns).ok_or_else(Error::out_of_memory)?;
        if len > self.data.len() {
            let more = len - self.data.len();
            reserve_exact(&mut self.data, more)?;
            self.data.resize(len, T::zero());
        }
        self.rows = rows;
        self.columns = columns;
        Ok(())
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row by row.
    pub fn slice(&self) -> &[T] {
        &self.data[..self.rows * self.columns]
    }

    /// All values, row by row, to write.
    pub fn slice_mut(&mut self) -> &mut [T] {
        &mut self.data[..self.rows * self.columns]
    }

    /// Sets every value.
    pub fn fill(&mut self, value: T) {
        self.slice_mut().fill(value);
    }

    /// The matrix.
    pub fn view(&self) -> Mat<'_, T> {
        matrix(self.slice(), self.rows, self.columns)
    }

    /// The matrix, to write.
    pub fn view_mut(&mut self) -> MatMut<'_, T> {
        let (rows, columns) = (self.rows, self.columns);
        matrix_mut(self.slice_mut(), rows, columns)
    }

    /// Some of its columns.
    pub fn columns_view(&self, columns: Range<usize>) -> Mat<'_, T> {
        self.view().slice_move(s![.., columns])
    }

    /// Some of its columns, to write.
    pub fn columns_mut(&mut self, columns: Range<usize>) -> MatMut<'_, T> {
        self.view_mut().slice_move(s![.., columns])
    }
}

/// A slice seen as a row-major matrix. The length must be `rows * columns`.
pub fn matrix<T>(data: &[T], rows: usize, columns: usize) -> Mat<'_, T> {
    debug_assert_eq!(data.len(), rows * columns);
    Mat::from_shape((rows, columns), data).expect("the slice has the length of the matrix")
}

/// A slice seen as a row-major matrix to write. The length must be `rows * columns`.
pub fn matrix_mut<T>(data: &mut [T], rows: usize, columns: usize) -> MatMut<'_, T> {
    debug_assert_eq!(data.len(), rows * columns);
    MatMut::from_shape((rows, columns), data).expect("the slice has the length of the matrix")
}

/// The rows of a matrix as slices. Every matrix of the engine has contiguous rows, whatever its row stride.
pub fn rows<'a, T: Real>(matrix: &'a Mat<'_, T>) -> impl Iterator<Item = &'a [T]> {
    matrix.rows().into_iter().map(|row| row.to_slice().expect("rows are contiguous"))
}

/// The rows of a matrix as slices to write.
pub fn rows_mut<'a, T: Real>(matrix: &'a mut MatMut<'_, T>) -> impl Iterator<Item = &'a mut [T]> {
    matrix.rows_mut().into_iter().map(|row| row.into_slice().expect("rows are contiguous"))
}
