//! Sums over the assignment of one graph that several of its losses are made of. Never n x n.
//!
//! ```text
//! forward   total = sum_ij a_ij,          inside = tr(S^T A S),     spread = tr(S^T D S),    D = diag(d), d = A 1
//!           gram = S^T S  [k, k],         sizes = S^T 1  [k],       volumes = S^T d  [k]
//! backward  dS_ij += dinside ((A + A^T) S)_ij + (S (dgram + dgram^T))_ij
//!                    + dsizes_j + d_i (dvolumes_j + 2 dspread s_ij)
//!           dA_ij += dinside (s_i . s_j) + dtotal + dvolumes . s_i + dspread |s_i|^2        (pooled levels)
//! ```
//!
//! `inside` and `gram` are those of [`link_loss`](crate::ops::link_loss), and `(A + A^T) S` is made by the caller, who
//! needs it for the pooled graph as well. All sums are in f64: differences of them are what the losses are.

use crate::ops::gemm::gemm;
use crate::ops::runtime::buffer::{matrix_mut, rows, rows_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::spmm::Csr;

#[cfg(test)]
pub mod testing;

/// The sums that are numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scalars {
    /// Nodes of the graph.
    pub nodes: f64,
    /// Sum of all entries of `A`.
    pub total: f64,
    /// `tr(S^T A S)`.
    pub inside: f64,
    /// `tr(S^T D S)`.
    pub spread: f64,
}

/// The sums over the assignment of one graph.
#[derive(Debug, Clone, Copy)]
pub struct Moments<'a> {
    /// Those that are numbers.
    pub scalars: Scalars,
    /// `S^T S`, `[k, k]`.
    pub gram: &'a [f64],
    /// Column sums of `S`, `[k]`.
    pub sizes: &'a [f64],
    /// Column sums of `D S`, `[k]`.
    pub volumes: &'a [f64],
}

impl Moments<'_> {
    /// Number of clusters.
    pub fn clusters(&self) -> usize {
        self.sizes.len()
    }
}

/// A gradient with respect to [`Moments`].
#[derive(Debug)]
pub struct MomentGradient<'a> {
    /// Of `total`.
    pub total: f64,
    /// Of `inside`.
    pub inside: f64,
    /// Of `spread`.
    pub spread: f64,
    /// Of `gram`, symmetric.
    pub gram: &'a mut [f64],
    /// Of `sizes`.
    pub sizes: &'a mut [f64],
    /// Of `volumes`.
    pub volumes: &'a mut [f64],
}

impl<'a> MomentGradient<'a> {
    /// Zeros for `k` clusters, in [`length`](Self::length) values of memory.
    pub fn zeros(k: usize, memory: &'a mut [f64]) -> Self {
        memory.fill(0.0);
        let (gram, columns) = memory.split_at_mut(k * k);
        let (sizes, volumes) = columns.split_at_mut(k);
        Self { total: 0.0, inside: 0.0, spread: 0.0, gram, sizes, volumes }
    }

    /// Values that a gradient for `k` clusters takes; `None` where they are too many to count.
    pub fn length(k: usize) -> Option<usize> {
        k.checked_mul(k)?.checked_add(k.checked_mul(2)?)
    }
}

/// Writes the row sums of a sparse `A`, of as many rows as `degrees` has, from row `first` on.
pub fn degrees_sparse<T: Real>(a: Csr<'_, T>, first: usize, degrees: &mut [f64]) {
    for (i, degree) in (first..).zip(degrees) {
        let row = a.indptr[i] as usize..a.indptr[i + 1] as usize;
        *degree = match a.values {
            Some(values) => values[row].iter().map(|v| v.f64()).sum(),
            None => row.len() as f64,
        };
    }
}

/// Writes the row sums of a dense `a [n, n]`.
pub fn degrees_dense<T: Real>(a: &[T], degrees: &mut [f64]) {
    for (row, degree) in a.chunks_exact(degrees.len()).zip(degrees) {
        *degree = row.iter().map(|v| v.f64()).sum();
    }
}

/// Writes `sizes` and `volumes` of an assignment whose nodes have these degrees. `inside` is given.
pub fn forward<T: Real>(
    degrees: &[f64],
    inside: f64,
    s: Mat<'_, T>,
    sizes: &mut [f64],
    volumes: &mut [f64],
) -> Scalars {
    sizes.fill(0.0);
    volumes.fill(0.0);
    let (mut total, mut spread) = (0.0, 0.0);
    for (row, &degree) in rows(&s).zip(degrees) {
        let mut square = 0.0;
        for ((share, size), volume) in row.iter().map(|v| v.f64()).zip(sizes.iter_mut()).zip(volumes.iter_mut()) {
            *size += share;
            *volume += degree * share;
            square += share * share;
        }
        total += degree;
        spread += degree * square;
    }
    Scalars { nodes: degrees.len() as f64, total, inside, spread }
}

/// Adds to the gradient of some rows of `S` what comes by `sizes`, `volumes` and `spread`; `degrees` are those of the
/// rows.
pub fn backward_rows<T: Real>(by: &MomentGradient<'_>, degrees: &[f64], s: Mat<'_, T>, ds: &mut MatMut<'_, T>) {
    for ((ds, s), &degree) in rows_mut(ds).zip(rows(&s)).zip(degrees) {
        for (((d, share), &by_size), &by_volume) in ds.iter_mut().zip(s).zip(&*by.sizes).zip(&*by.volumes) {
            *d += T::of(by_size + degree * (by_volume + 2.0 * by.spread * share.f64()));
        }
    }
}

/// Adds the gradient of a dense `A` to `da [n, n]`.
pub fn backward_adjacency<T: Real>(by: &MomentGradient<'_>, s: Mat<'_, T>, da: &mut [T]) {
    let n = s.nrows();
    for (da, s) in da.chunks_exact_mut(n).zip(rows(&s)) {
        let shares = s.iter().map(|v| v.f64()).zip(&*by.volumes);
        let by_degree: f64 = shares.map(|(share, by_volume)| share * (by_volume + by.spread * share)).sum();
        let of_row = T::of(by.total + by_degree);
        da.iter_mut().for_each(|d| *d += of_row);
    }
    gemm(T::of(by.inside), s, s.t(), T::one(), &mut matrix_mut(da, n, n));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_of_sparse_and_dense_rows() {
        let (indptr, indices, values) = ([0, 1, 3, 3], [1, 0, 2], [2.0, 0.5, -1.0]);
        let mut degrees = [0.0; 2];
        degrees_sparse(Csr { indptr: &indptr, indices: &indices, values: Some(&values) }, 1, &mut degrees);
        assert_eq!(degrees, [-0.5, 0.0]);
        degrees_sparse(Csr::<f64> { indptr: &indptr, indices: &indices, values: None }, 0, &mut degrees);
        assert_eq!(degrees, [1.0, 2.0]);
        degrees_dense(&[0.5_f32, 0.25, 0.0, -1.0], &mut degrees);
        assert_eq!(degrees, [0.75, -1.0]);
    }
}
