//! Sparse times dense, over stacked graphs.
//!
//! ```text
//! forward   out_i (+)= r_i (sum_j a_ij c_j x_j + s c_i x_i)         out, x: [n, d]; r, c: [n]; s is 0 or 1
//! backward  dx_j  (+)= c_j (sum_i a_ij r_i dout_i + s r_j dout_j)   the same sum over the transpose
//! ```
//!
//! `r` and `c` express every degree normalisation (`D^-1 A`: r = 1/d; `D^-1/2 (A + I) D^-1/2`: r = c = d^-1/2, s = 1)
//! without storing a value per edge. The backward pass is [`forward`] with the transposed matrix and `r` and `c`
//! swapped; for undirected graphs the matrix is its own transpose.
//!
//! A row is summed in registers, `WIDE` columns at a time, in the order of its entries.

use std::ops::Range;

use super::runtime::buffer::rows_mut;
use super::runtime::flops;
use super::runtime::kernel::{Work, wide_of};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// A sparse square matrix in CSR form; `values` are the edge weights, `None` where all are 1.
#[derive(Debug, Clone, Copy)]
pub struct Csr<'a, T> {
    /// Row offsets, `[n + 1]`.
    pub indptr: &'a [u32],
    /// Columns, `[entries]`.
    pub indices: &'a [u32],
    /// Values, `[entries]`, or `None` for ones.
    pub values: Option<&'a [T]>,
}

/// Row and column scales and the self term of the sum above.
#[derive(Debug, Clone, Copy)]
pub struct Scaling<'a, T> {
    /// `r`, or `None` for ones.
    pub row: Option<&'a [T]>,
    /// `c`, or `None` for ones.
    pub column: Option<&'a [T]>,
    /// Whether `s` is 1.
    pub self_loop: bool,
}

impl<T> Scaling<'_, T> {
    /// The scaling of the transposed product.
    pub fn transposed(self) -> Self {
        Self { row: self.column, column: self.row, self_loop: self.self_loop }
    }
}

/// Columns that are summed at once: as many as half of the registers of a machine with vectors of eight f32 hold.
const WIDE: usize = 64;

/// Computes the sum above; `accumulate` adds to `out` where it is set and overwrites it where not.
pub fn forward<T: Real>(a: Csr<'_, T>, by: Scaling<'_, T>, x: Mat<'_, T>, accumulate: bool, out: &mut MatMut<'_, T>) {
    let rows = 0..out.nrows();
    forward_rows(a, by, rows, x, accumulate, out);
}

/// The sum of [`forward`] for some rows of the matrix; `out` has as many.
pub fn forward_rows<T: Real>(
    a: Csr<'_, T>,
    by: Scaling<'_, T>,
    rows: Range<usize>,
    x: Mat<'_, T>,
    accumulate: bool,
    out: &mut MatMut<'_, T>,
) {
    let entries = a.indptr[rows.end] - a.indptr[rows.start];
    flops::sparse(entries as usize, x.ncols());
    wide_of(Rows { sum: Sum { a, by, x, accumulate }, rows, out });
}

/// The arguments of [`forward_rows`].
struct Rows<'a, 'b, T> {
    sum: Sum<'a, T>,
    rows: Range<usize>,
    out: &'a mut MatMut<'b, T>,
}

#[derive(Clone, Copy)]
struct Sum<'a, T> {
    a: Csr<'a, T>,
    by: Scaling<'a, T>,
    x: Mat<'a, T>,
    accumulate: bool,
}

impl<T: Real> Work for Rows<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { sum, rows, out } = self;
        let plain = sum.a.values.is_none() && sum.by.column.is_none();
        for (i, out) in control::watched(rows.zip(rows_mut(out))) {
            match plain {
                true => sum.row::<true>(i, out),
                false => sum.row::<false>(i, out),
            }
        }
    }
}

impl<T: Real> Sum<'_, T> {
    /// One row. `PLAIN` says that nothing but the row is scaled.
    #[inline(always)]
    fn row<const PLAIN: bool>(self, i: usize, out: &mut [T]) {
        let mut first = 0;
        while first + WIDE <= out.len() {
            self.columns::<PLAIN, WIDE>(i, first, &mut out[first..first + WIDE]);
            first += WIDE;
        }
        while first + 16 <= out.len() {
            self.columns::<PLAIN, 16>(i, first, &mut out[first..first + 16]);
            first += 16;
        }
        while first + 4 <= out.len() {
            self.columns::<PLAIN, 4>(i, first, &mut out[first..first + 4]);
            first += 4;
        }
        while first < out.len() {
            self.columns::<PLAIN, 1>(i, first, &mut out[first..first + 1]);
            first += 1;
        }
    }

    /// The columns of one row from `first` on.
    #[inline(always)]
    fn columns<const PLAIN: bool, const COLUMNS: usize>(self, i: usize, first: usize, out: &mut [T]) {
        let Self { a, by, x, accumulate } = self;
        let row_of = |j: usize| &x.row(j).to_slice().expect("rows are contiguous")[first..first + COLUMNS];
        // Every term is scaled before it is added: the mean of large values is a number where their sum is not.
        let row_scale = by.row.map_or(T::one(), |r| r[i]);
        let mut sums = [T::zero(); COLUMNS];
        if accumulate {
            sums.copy_from_slice(out);
        }
        if by.self_loop {
            let scale = row_scale * by.column.map_or(T::one(), |c| c[i]);
            sums.iter_mut().zip(row_of(i)).for_each(|(sum, &v)| *sum += scale * v);
        }
        let entries = a.indptr[i] as usize..a.indptr[i + 1] as usize;
        for (e, &j) in entries.clone().zip(&a.indices[entries]) {
            let mut scale = row_scale;
            if !PLAIN {
                scale = scale * by.column.map_or(T::one(), |c| c[j as usize]) * a.values.map_or(T::one(), |v| v[e]);
            }
            sums.iter_mut().zip(row_of(j as usize)).for_each(|(sum, &v)| *sum += scale * v);
        }
        out.copy_from_slice(&sums);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2};

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const INDPTR: [u32; 5] = [0, 2, 3, 3, 6];
    const INDICES: [u32; 6] = [1, 3, 0, 0, 2, 3];
    const TRANSPOSED_INDPTR: [u32; 5] = [0, 2, 3, 4, 6];
    const TRANSPOSED_INDICES: [u32; 6] = [1, 3, 0, 3, 0, 3];

    fn dense(values: &[f64], row: &Array1<f64>, column: &Array1<f64>, self_loop: bool) -> Array2<f64> {
        let mut a = Array2::zeros((4, 4));
        for i in 0..4 {
            for e in INDPTR[i] as usize..INDPTR[i + 1] as usize {
                a[[i, INDICES[e] as usize]] = values[e];
            }
            a[[i, i]] += if self_loop { 1.0 } else { 0.0 };
        }
        Array2::from_diag(row).dot(&a).dot(&Array2::from_diag(column))
    }

    #[test]
    fn equals_the_dense_product_and_its_gradient_the_transpose() {
        let values = random_values(6, 1);
        let transposed_values = [values[2], values[3], values[0], values[4], values[1], values[5]];
        let (row, column) = (Array1::from(random_values(4, 2)), Array1::from(random_values(4, 3)));
        let x = random_matrix(4, 3, 4);
        for self_loop in [false, true] {
            let a = Csr { indptr: &INDPTR, indices: &INDICES, values: Some(&values) };
            let by = Scaling { row: row.as_slice(), column: column.as_slice(), self_loop };
            let mut out = Array2::zeros((4, 3));
            forward(a, by, x.view(), false, &mut out.view_mut());
            let expected = dense(&values, &row, &column, self_loop).dot(&x);
            assert!(out.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14));

            let weights = random_matrix(4, 3, 5);
            let transpose =
                Csr { indptr: &TRANSPOSED_INDPTR, indices: &TRANSPOSED_INDICES, values: Some(&transposed_values) };
            let mut dx = Array2::zeros((4, 3));
            forward(transpose, by.transposed(), weights.view(), false, &mut dx.view_mut());
            check_gradient(x.as_slice().unwrap(), dx.as_slice().unwrap(), |x| {
                let x = Array2::from_shape_vec((4, 3), x.to_vec()).unwrap();
                let mut out = Array2::zeros((4, 3));
                forward(a, by, x.view(), false, &mut out.view_mut());
                weighted_sum(&out, weights.as_slice().unwrap())
            });
        }
    }

    #[test]
    fn blocks_of_columns_and_rows_change_no_bit() {
        let values = random_values(6, 1);
        let row = random_values(4, 2);
        let by = Scaling { row: Some(&row), column: None, self_loop: true };
        for values in [None, Some(values.as_slice())] {
            let a = Csr { indptr: &INDPTR, indices: &INDICES, values };
            let x = random_matrix(4, 64 + 2 * 16 + 2 * 4 + 3, 3);
            let mut whole = Array2::zeros(x.dim());
            forward(a, by, x.view(), false, &mut whole.view_mut());
            for (column, out) in whole.columns().into_iter().enumerate() {
                let mut alone = Array2::zeros((4, 1));
                let x = x.slice(ndarray::s![.., column..column + 1]).to_owned();
                forward(a, by, x.view(), false, &mut alone.view_mut());
                assert_eq!(alone.column(0), out);
            }
            let mut some = Array2::zeros((2, x.ncols()));
            forward_rows(a, by, 1..3, x.view(), false, &mut some.view_mut());
            assert_eq!(some, whole.slice(ndarray::s![1..3, ..]));
        }
    }

    #[test]
    fn accumulating_adds() {
        let a = Csr::<f64> { indptr: &INDPTR, indices: &INDICES, values: None };
        let by = Scaling { row: None, column: None, self_loop: false };
        let x = random_matrix(4, 2, 1);
        let mut once = Array2::zeros((4, 2));
        forward(a, by, x.view(), false, &mut once.view_mut());
        let mut twice = once.clone();
        forward(a, by, x.view(), true, &mut twice.view_mut());
        assert!(twice.iter().zip(&once).all(|(a, b)| (a - 2.0 * b).abs() < 1e-14));
    }
}
