//! The pooled graph: features and adjacency of the clusters, graph by graph.
//!
//! ```text
//! forward   x' = S^T Z,   a' = S^T (A S)           S: [n, k], Z: [n, d], A S: [n, k]; x': [k, d], a': [k, k]
//! backward  dZ += S dx'
//!           dS  = Z dx'^T + (A S) da'^T + (A^T S) da'
//!           dA += S da' S^T                        only where A is itself the result of pooling
//! ```
//!
//! `A S` and `A^T S` are computed by the caller, sparse at the first level and dense after it, some rows at a time; for
//! undirected graphs they are the same matrix. A graph of several relations is pooled relation by relation, its
//! features once.

use ndarray::{Axis, s};

use super::gemm::gemm;
use super::runtime::buffer::{matrix, matrix_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;

/// Writes the pooled features `[b * k, d]` of `b` stacked graphs.
pub fn forward<T: Real>(offsets: &[usize], s: Mat<'_, T>, z: Mat<'_, T>, x: &mut MatMut<'_, T>) {
    for (nodes, mut x) in offsets.windows(2).zip(x.axis_chunks_iter_mut(Axis(0), s.ncols())) {
        let rows = s![nodes[0]..nodes[1], ..];
        gemm(T::one(), s.slice(rows).t(), z.slice(rows), T::zero(), &mut x);
    }
}

/// Adds some rows' part of `S^T (A S)` to the pooled adjacency `a [k, k]` of one graph, or writes it.
pub fn forward_adjacency<T: Real>(s: Mat<'_, T>, a_s: Mat<'_, T>, accumulate: bool, a: &mut [T]) {
    let k = s.ncols();
    gemm(T::one(), s.t(), a_s, if accumulate { T::one() } else { T::zero() }, &mut matrix_mut(a, k, k));
}

/// Adds `S dx'` to `dz` where `add` is set, else writes it there.
pub fn backward<T: Real>(offsets: &[usize], s: Mat<'_, T>, dx: Mat<'_, T>, add: bool, dz: &mut MatMut<'_, T>) {
    let beta = if add { T::one() } else { T::zero() };
    for (nodes, dx) in offsets.windows(2).zip(dx.axis_chunks_iter(Axis(0), s.ncols())) {
        let rows = s![nodes[0]..nodes[1], ..];
        gemm(T::one(), s.slice(rows), dx, beta, &mut dz.slice_mut(rows));
    }
}

/// Writes the part of `ds` that comes from the features, `Z dx'^T`, for some rows of one graph.
pub fn backward_s<T: Real>(z: Mat<'_, T>, dx: Mat<'_, T>, ds: &mut MatMut<'_, T>) {
    gemm(T::one(), z, dx.reversed_axes(), T::zero(), ds);
}

/// The ways in which the assignment of one graph meets its adjacency, each with a part of `ds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `A S`, which is all there is for an undirected graph.
    Both,
    /// `A S`, one of two.
    Plain,
    /// `A^T S`, the other.
    Transposed,
}

impl Side {
    /// The sides of a graph.
    pub fn all(directed: bool) -> &'static [Self] {
        if directed { &[Self::Plain, Self::Transposed] } else { &[Self::Both] }
    }

    /// Writes the `[k, k]` that this product is multiplied with in `ds`, for the gradient `da [k, k]` of the pooled
    /// adjacency.
    pub fn backward<T: Real>(self, k: usize, da: &[T], out: &mut [T]) {
        let mut out = matrix_mut(out, k, k);
        let da = matrix(da, k, k);
        match self {
            Self::Both => ndarray::Zip::from(&mut out).and(da).and(da.t()).for_each(|o, &d, &t| *o = d + t),
            Self::Plain => out.assign(&da.t()),
            Self::Transposed => out.assign(&da),
        }
    }
}

/// Adds `S da' S^T` to the gradient of dense adjacencies `da_in [b, n, n]`, `n` nodes a graph. `scratch` holds at least
/// `n * k` values.
pub fn backward_adjacency<T: Real>(n: usize, s: Mat<'_, T>, da: &[T], da_in: &mut [T], scratch: &mut [T]) {
    let k = s.ncols();
    for (graph, (da, da_in)) in da.chunks_exact(k * k).zip(da_in.chunks_exact_mut(n * n)).enumerate() {
        let s = s.slice(s![graph * n..(graph + 1) * n, ..]);
        let mut product = matrix_mut(&mut scratch[..n * k], n, k);
        gemm(T::one(), s, matrix(da, k, k), T::zero(), &mut product);
        gemm(T::one(), product.view(), s.t(), T::one(), &mut matrix_mut(da_in, n, n));
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const N: usize = 4;
    const K: usize = 3;
    const D: usize = 2;
    const OFFSETS: [usize; 3] = [0, N, 2 * N];

    fn product(a: &[f64], s: &Array2<f64>, transposed: bool) -> Array2<f64> {
        let mut out = Array2::zeros((2 * N, K));
        for g in 0..2 {
            let a = matrix(&a[g * N * N..(g + 1) * N * N], N, N);
            let a = if transposed { a.t() } else { a };
            out.slice_mut(s![g * N..(g + 1) * N, ..]).assign(&a.dot(&s.slice(s![g * N..(g + 1) * N, ..])));
        }
        out
    }

    fn loss(a: &[f64], s: &[f64], z: &[f64], wx: &[f64], wa: &[f64]) -> f64 {
        let s = Array2::from_shape_vec((2 * N, K), s.to_vec()).unwrap();
        let (mut x, mut pooled) = (Array2::zeros((2 * K, D)), vec![0.0; 2 * K * K]);
        let z = matrix(z, 2 * N, D);
        forward(&OFFSETS, s.view(), z, &mut x.view_mut());
        let a_s = product(a, &s, false);
        for (g, pooled) in pooled.chunks_exact_mut(K * K).enumerate() {
            for (block, rows) in [g * N..g * N + 1, g * N + 1..(g + 1) * N].into_iter().enumerate() {
                let rows = s![rows, ..];
                forward_adjacency(s.slice(rows), a_s.slice(rows), block > 0, pooled);
            }
        }
        weighted_sum(&x, wx) + weighted_sum(&pooled, wa)
    }

    #[test]
    fn gradients() {
        let (s, z) = (random_matrix(2 * N, K, 1), random_matrix(2 * N, D, 2));
        let (dx, da) = (random_matrix(2 * K, D, 3), random_values(2 * K * K, 4));
        for directed in [true, false] {
            let mut a = random_values(2 * N * N, 5);
            if !directed {
                for (g, i, j) in (0..2).flat_map(|g| (0..N).flat_map(move |i| (0..i).map(move |j| (g, i, j)))) {
                    a[g * N * N + i * N + j] = a[g * N * N + j * N + i];
                }
            }
            let (a_s, at_s) = (product(&a, &s, false), product(&a, &s, true));
            let (mut ds, mut dz) = (Array2::zeros((2 * N, K)), Array2::zeros((2 * N, D)));
            backward(&OFFSETS, s.view(), dx.view(), false, &mut dz.view_mut());
            for (g, da) in da.chunks_exact(K * K).enumerate() {
                let rows = s![g * N..(g + 1) * N, ..];
                let mut ds = ds.slice_mut(rows);
                backward_s(z.slice(rows), dx.slice(s![g * K..(g + 1) * K, ..]), &mut ds);
                for side in Side::all(directed) {
                    let product = if *side == Side::Transposed { &at_s } else { &a_s };
                    let mut by = [0.0; K * K];
                    side.backward(K, da, &mut by);
                    ds += &product.slice(rows).dot(&matrix(&by, K, K));
                }
            }
            let mut da_in = vec![0.0; a.len()];
            backward_adjacency(N, s.view(), &da, &mut da_in, &mut [0.0; N * K]);
            let (ss, zs, wx) = (s.as_slice().unwrap(), z.as_slice().unwrap(), dx.as_slice().unwrap());
            check_gradient(ss, ds.as_slice().unwrap(), |s| loss(&a, s, zs, wx, &da));
            check_gradient(zs, dz.as_slice().unwrap(), |z| loss(&a, ss, z, wx, &da));
            check_gradient(&a, &da_in, |a| loss(a, ss, zs, wx, &da));
        }
    }
}
