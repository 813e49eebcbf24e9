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

use super::buffer::rows_mut;
use super::flops;
use super::kernel::wide;
use super::real::{Mat, MatMut, Real};

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

/// Computes the sum above; `accumulate` adds to `out` where it is set and overwrites it where not.
pub fn forward<T: Real>(a: Csr<'_, T>, by: Scaling<'_, T>, x: Mat<'_, T>, accumulate: bool, out: &mut MatMut<'_, T>) {
    flops::sparse(a.indices.len(), x.ncols());
    wide(|| {
        let row_of = |i: usize| x.row(i).to_slice().expect("rows are contiguous");
        let column_scale = |j: usize| by.column.map_or(T::one(), |c| c[j]);
        for (i, out) in rows_mut(out).enumerate() {
            let row = by.row.map_or(T::one(), |r| r[i]);
            if !accumulate {
                out.fill(T::zero());
            }
            if by.self_loop {
                add_scaled(out, row * column_scale(i), row_of(i));
            }
            for e in a.indptr[i] as usize..a.indptr[i + 1] as usize {
                let j = a.indices[e] as usize;
                let value = a.values.map_or(T::one(), |v| v[e]);
                add_scaled(out, row * column_scale(j) * value, row_of(j));
            }
        }
    })
}

#[inline(always)]
fn add_scaled<T: Real>(out: &mut [T], scale: T, x: &[T]) {
    for (o, &v) in out.iter_mut().zip(x) {
        *o += scale * v;
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
