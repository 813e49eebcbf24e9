//! Link loss in its Frobenius form: how far the clusters are from explaining the edges. Per graph, never n x n.
//!
//! ```text
//! forward   q = |A - S S^T|_F^2 = |A|_F^2 - 2 sum_ij a_ij (s_i . s_j) + |S^T S|_F^2,   loss = sqrt(q) / normaliser
//! backward  dq/dS = -2 (A + A^T) S + 4 S (S^T S),   dq/dA = 2 (A - S S^T)  (pooled levels)
//!           dloss/dq = 1 / (2 sqrt(q) normaliser)
//! ```
//!
//! The three terms of `q` cancel near a perfect fit, so all of them are computed in f64 from the given values: in f32
//! alone the loss would be off by a third where the fit is good. Below the rounding error of that sum the gradient of
//! the square root is held at its value there. Of a large graph, `S` is never in f64 as a whole, but a few rows at a
//! time.

use std::ops::Range;

use ndarray::Axis;

use super::gemm::gemm;
use super::runtime::buffer::{matrix, matrix_mut};
use super::runtime::kernel::{Work, wide_of};
use super::runtime::matrix::Mat;
use super::runtime::real::Real;
use super::spmm::Csr;

/// Rows of `S` that are in f64 at once.
const ROWS: usize = 128;

/// Relative size below which `q` is rounding error.
const ROUNDING: f64 = 1e-14;

/// What one graph's link loss is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Link {
    /// `q`.
    pub square: f64,
    /// What of `q` may be rounding error.
    pub floor: f64,
    /// `|A|_F`.
    pub norm: f64,
    /// `tr(S^T A S)`.
    pub inside: f64,
}

impl Link {
    /// `|A - S S^T|_F`.
    pub fn distance(&self) -> f64 {
        self.square.sqrt()
    }

    /// `1 / (2 |A - S S^T|_F)`: the derivative of the distance with respect to its square.
    pub fn slope(&self) -> f64 {
        0.5 / self.square.max(self.floor).max(f64::MIN_POSITIVE).sqrt()
    }
}

/// Scratch in f64, grown by [`Scratch::reserve`] and reused.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    s: Vec<f64>,
    a: Vec<f64>,
    product: Vec<f64>,
}

impl Scratch {
    /// Makes room for graphs of up to `n` nodes and `k` clusters; `dense` where `A` is dense.
    pub fn reserve(&mut self, n: usize, k: usize, dense: bool) -> crate::error::Result<()> {
        let sized = |a: usize, b: usize| a.checked_mul(b).ok_or_else(crate::error::Error::out_of_memory);
        let grow = |vec: &mut Vec<f64>, len: usize| crate::memory::try_grow(vec, len, 0.0);
        grow(&mut self.s, sized(if dense { n } else { n.min(ROWS) }, k)?)?;
        if dense {
            grow(&mut self.a, sized(n, n)?)?;
            grow(&mut self.product, sized(n, k)?)?;
        }
        Ok(())
    }

    /// Writes `S^T S` and returns `|S^T S|_F^2`.
    fn gram_norm<T: Real>(&mut self, s: Mat<'_, T>, gram: &mut [f64]) -> f64 {
        let k = s.ncols();
        gram.fill(0.0);
        for s in s.axis_chunks_iter(Axis(0), ROWS) {
            let copy = &mut self.s[..s.len()];
            copy.iter_mut().zip(s.iter()).for_each(|(o, v)| *o = v.f64());
            let copy = matrix(copy, s.nrows(), k);
            gemm(1.0, copy.t(), copy, 1.0, &mut matrix_mut(gram, k, k));
        }
        gram.iter().map(|g| g * g).sum()
    }
}

/// The link of one graph with sparse `A`; `entries` are the rows of `a` that are the graph's, columns counted from
/// `first`. `S^T S` is saved in `gram [k * k]`.
pub fn forward_sparse<T: Real>(
    a: Csr<'_, T>,
    first: usize,
    s: Mat<'_, T>,
    gram: &mut [f64],
    scratch: &mut Scratch,
) -> Link {
    let norm = scratch.gram_norm(s, gram);
    let entries = a.indptr[first] as usize..a.indptr[first + s.nrows()] as usize;
    let square = match a.values {
        Some(values) => values[entries].iter().map(|v| v.f64() * v.f64()).sum(),
        None => entries.len() as f64,
    };
    let mut cross = 0.0;
    wide_of(Cross { a, first, s, sum: &mut cross });
    link(square, cross, norm)
}

/// Adds `sum_ij a_ij (s_i . s_j)` to `sum`, in f64.
struct Cross<'a, T> {
    a: Csr<'a, T>,
    first: usize,
    s: Mat<'a, T>,
    sum: &'a mut f64,
}

/// Columns that are worked on at once: as many as half of the registers hold in f64.
const WIDE: usize = 32;

impl<T: Real> Work for Cross<'_, T> {
    #[inline(always)]
    fn run(self) {
        let (mut wide, mut narrow, mut single) = ([0.0; WIDE], [0.0; 8], [0.0; 1]);
        let (n, k) = self.s.dim();
        for i in 0..n {
            let mut column = 0;
            while column + WIDE <= k {
                self.columns(i, column..column + WIDE, &mut wide);
                column += WIDE;
            }
            while column + 8 <= k {
                self.columns(i, column..column + 8, &mut narrow);
                column += 8;
            }
            while column < k {
                self.columns(i, column..column + 1, &mut single);
                column += 1;
            }
        }
        *self.sum += wide.iter().chain(&narrow).chain(&single).sum::<f64>();
    }
}

impl<T: Real> Cross<'_, T> {
    /// Adds the products of row `i` and its neighbours in some columns, each column's to its own sum.
    #[inline(always)]
    fn columns<const COLUMNS: usize>(&self, i: usize, columns: Range<usize>, sums: &mut [f64; COLUMNS]) {
        let row_of = |i: usize| &self.s.row(i).to_slice().expect("rows are contiguous")[columns.clone()];
        let entries = self.a.indptr[self.first + i] as usize..self.a.indptr[self.first + i + 1] as usize;
        let mut near = [0.0; COLUMNS];
        for (e, &j) in entries.clone().zip(&self.a.indices[entries]) {
            let value = self.a.values.map_or(1.0, |v| v[e].f64());
            near.iter_mut().zip(row_of(j as usize - self.first)).for_each(|(o, v)| *o += value * v.f64());
        }
        sums.iter_mut().zip(near).zip(row_of(i)).for_each(|((sum, near), v)| *sum += near * v.f64());
    }
}

/// The link of one graph with dense `a [n, n]`. `S^T S` is saved in `gram [k * k]`.
pub fn forward_dense<T: Real>(a: &[T], s: Mat<'_, T>, gram: &mut [f64], scratch: &mut Scratch) -> Link {
    let norm = scratch.gram_norm(s, gram);
    let (n, k) = s.dim();
    scratch.s.iter_mut().zip(s.iter()).for_each(|(o, v)| *o = v.f64());
    scratch.a.iter_mut().zip(a).for_each(|(o, v)| *o = v.f64());
    let (a, s) = (&scratch.a[..n * n], &scratch.s[..n * k]);
    let product = &mut scratch.product[..n * k];
    gemm(1.0, matrix(a, n, n), matrix(s, n, k), 0.0, &mut matrix_mut(product, n, k));
    let square = a.iter().map(|v| v * v).sum();
    let cross = product.iter().zip(s).map(|(x, y)| x * y).sum();
    link(square, cross, norm)
}

fn link(square: f64, cross: f64, gram: f64) -> Link {
    let q = (square - 2.0 * cross + gram).max(0.0);
    Link { square: q, floor: ROUNDING * (square + gram), norm: square.sqrt(), inside: cross }
}

/// `c dq/dS = f (A + A^T) S + S G'`: writes `G' [k, k]` and returns `f`. `gram` is what the forward pass saved, `c` the
/// gradient of the loss with respect to `q`.
pub fn backward<T: Real>(c: f64, gram: &[f64], by_s: &mut [T]) -> T {
    by_s.iter_mut().zip(gram).for_each(|(o, g)| *o = T::of(4.0 * c * g));
    T::of(-2.0 * c)
}

/// Adds `c dq/dA` to `da`, for a dense `a [n, n]`.
pub fn backward_adjacency<T: Real>(c: T, a: &[T], s: Mat<'_, T>, da: &mut [T]) {
    let n = s.nrows();
    let two_c = T::of(2.0) * c;
    da.iter_mut().zip(a).for_each(|(d, &v)| *d += two_c * v);
    gemm(-two_c, s, s.t(), T::one(), &mut matrix_mut(da, n, n));
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix};

    const N: usize = 5;
    const K: usize = 3;

    fn naive(a: &Array2<f64>, s: &Array2<f64>) -> f64 {
        (a - &s.dot(&s.t())).iter().map(|v| v * v).sum::<f64>().sqrt()
    }

    fn scratch() -> Scratch {
        let mut scratch = Scratch::default();
        scratch.reserve(N, K, true).unwrap();
        scratch
    }

    /// A directed matrix with some zeros, dense and as CSR behind two foreign nodes.
    fn example() -> (Array2<f64>, Vec<u32>, Vec<u32>, Vec<f64>) {
        let mut a = random_matrix(N, N, 1);
        a.iter_mut().enumerate().for_each(|(i, v)| *v = if i % 3 == 0 { 0.0 } else { *v });
        let (mut indptr, mut indices, mut values) = (vec![0, 0, 0], vec![], vec![]);
        for i in 0..N {
            for j in (0..N).filter(|&j| a[[i, j]] != 0.0) {
                indices.push(2 + j as u32);
                values.push(a[[i, j]]);
            }
            indptr.push(indices.len() as u32);
        }
        (a, indptr, indices, values)
    }

    #[test]
    fn sparse_and_dense_equal_the_definition() {
        let (a, indptr, indices, values) = example();
        let s = random_matrix(N, K, 2);
        let csr = Csr { indptr: &indptr, indices: &indices, values: Some(&values) };
        let expected = naive(&a, &s);
        let mut gram = [[0.0; K * K]; 2];
        let sparse = forward_sparse(csr, 2, s.view(), &mut gram[0], &mut scratch());
        let dense = forward_dense(a.as_slice().unwrap(), s.view(), &mut gram[1], &mut scratch());
        assert_eq!(gram[0], gram[1]);
        assert!((sparse.distance() - expected).abs() < 1e-13 && (dense.distance() - expected).abs() < 1e-13);
    }

    #[test]
    fn graphs_of_several_blocks_of_rows_and_columns() {
        let (n, k) = (2 * ROWS + 3, WIDE + 8 + 3);
        let s = random_matrix(n, k, 3);
        let indptr: Vec<u32> = (0..=n as u32).map(|i| 2 * i).collect();
        let indices: Vec<u32> = (0..n as u32).flat_map(|i| [i / 2, i / 2 + n as u32 / 2]).collect();
        let mut a = Array2::zeros((n, n));
        (0..n).for_each(|i| (2 * i..2 * i + 2).for_each(|e| a[[i, indices[e] as usize]] = 1.0));
        let mut scratch = Scratch::default();
        scratch.reserve(n, k, false).unwrap();
        let mut gram = vec![0.0; k * k];
        let csr = Csr { indptr: &indptr, indices: &indices, values: None };
        let found = forward_sparse(csr, 0, s.view(), &mut gram, &mut scratch).distance();
        assert!((found / naive(&a, &s) - 1.0).abs() < 1e-13);
        assert!(matrix(&gram, k, k).iter().zip(&s.t().dot(&s)).all(|(x, y)| (x - y).abs() < 1e-12));
    }

    #[test]
    fn gradients() {
        let s = random_matrix(N, K, 2);
        for directed in [true, false] {
            let mut a = example().0;
            if !directed {
                a = &a + &a.t();
            }
            let (a_s, at_s) = (a.dot(&s), a.t().dot(&s));
            let mut gram = [0.0; K * K];
            let slope = forward_dense(a.as_slice().unwrap(), s.view(), &mut gram, &mut scratch()).slope();
            let mut by_s = [0.0; K * K];
            let factor: f64 = backward(slope, &gram, &mut by_s);
            let ds = factor * (a_s + at_s) + s.dot(&matrix(&by_s, K, K));
            check_gradient(s.as_slice().unwrap(), ds.as_slice().unwrap(), |s| {
                naive(&a, &Array2::from_shape_vec((N, K), s.to_vec()).unwrap())
            });
            let mut da = vec![0.0; N * N];
            backward_adjacency(slope, a.as_slice().unwrap(), s.view(), &mut da);
            check_gradient(a.as_slice().unwrap(), &da, |a| {
                naive(&Array2::from_shape_vec((N, N), a.to_vec()).unwrap(), &s)
            });
        }
    }

    #[test]
    fn a_near_perfect_fit_keeps_its_digits_in_f32() {
        // Two cliques, assigned almost surely: the terms of q are thousands of times larger than q.
        let n = 40;
        let s64 = Array2::from_shape_fn((n, 2), |(i, j)| if i % 2 == j { 0.9999 } else { 0.0001 });
        let a64 = Array2::from_shape_fn((n, n), |(i, j)| if i % 2 == j % 2 { 1.0 } else { 0.0 });
        let (s, a) = (s64.mapv(|v| v as f32), a64.mapv(|v| v as f32));
        let exact = naive(&a64, &s.mapv(f64::from));
        let mut scratch = Scratch::default();
        scratch.reserve(n, 2, true).unwrap();
        let dense = forward_dense(a.as_slice().unwrap(), s.view(), &mut [0.0; 4], &mut scratch).distance();
        let indptr: Vec<u32> = (0..=n as u32).map(|i| i * n as u32 / 2).collect();
        let indices: Vec<u32> = (0..n as u32).flat_map(|i| (0..n as u32 / 2).map(move |j| 2 * j + i % 2)).collect();
        let csr = Csr { indptr: &indptr, indices: &indices, values: None };
        let sparse = forward_sparse(csr, 0, s.view(), &mut [0.0; 4], &mut scratch).distance();
        assert!((dense - exact).abs() / exact < 1e-6, "{dense} for {exact}");
        assert!((sparse - exact).abs() / exact < 1e-6, "{sparse} for {exact}");
    }

    #[test]
    fn a_perfect_fit_has_a_finite_gradient() {
        let s = Array2::from_shape_fn((4, 2), |(i, j)| if i % 2 == j { 1.0_f32 } else { 0.0 });
        let a = s.dot(&s.t());
        let mut scratch = Scratch::default();
        scratch.reserve(4, 2, true).unwrap();
        let mut gram = [0.0; 4];
        let link = forward_dense(a.as_slice().unwrap(), s.view(), &mut gram, &mut scratch);
        assert_eq!(link.distance(), 0.0);
        let mut by_s = [0.0_f32; 4];
        let factor = backward(link.slope(), &gram, &mut by_s);
        let ds = factor * 2.0 * a.dot(&s) + s.dot(&matrix(&by_s, 2, 2));
        assert!(ds.iter().all(|d| *d == 0.0));
    }
}
