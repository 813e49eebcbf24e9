//! Link loss in its cross-entropy form: the overlap of two nodes' clusters as the probability of an edge. Per graph, in
//! tiles of rows, never n x n.
//!
//! ```text
//! forward   p = min(sum_(h = 1..hops) (S S^T)^h, 1) = min(S M S^T, 1),   M = sum_(h < hops) G^h,  G = S^T S
//!           l = sum_ij -a_ij ln(p_ij + e) - (1 - a_ij) ln(1 - p_ij + e),   e = 1e-7
//! backward  D_ij = dl/dp_ij where p_ij < 1, else 0
//!           dS = D S M + D^T S M + S (dG + dG^T),   dM = S^T D S,   dG = sum_(h < hops) sum_(j < h) G^j dM G^(h-1-j)
//! ```
//!
//! It is what the DiffPool authors train with; `hops` is their `adj_hop`. `a` is the weight of an edge, held within 0
//! and 1. Everything is in f64: where an assignment is nearly hard, `1 - p` has no digits in f32.

use ndarray::s;

use super::gemm::gemm;
use super::runtime::buffer::{matrix, matrix_mut};
use super::runtime::elementary::ln;
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use super::spmm::Csr;
use crate::error::{Error, Result};
use crate::memory::{reserve, try_grow};

/// Keeps the logarithms finite.
const FLOOR: f64 = 1e-7;
/// Rows of a tile.
const TILE: usize = 64;

/// One graph among those of a block-diagonal matrix: its rows begin at `first`, which its columns are counted from.
#[derive(Debug, Clone, Copy)]
pub struct Edges<'a, T> {
    /// Rows of the graph.
    pub a: Csr<'a, T>,
    /// The graph's first node.
    pub first: usize,
}

/// Memory of one graph, grown by [`Scratch::reserve`] and reused.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    s: Vec<f64>,
    s_m: Vec<f64>,
    tile: Vec<f64>,
    ds: Vec<f64>,
    d_s: Vec<f64>,
    /// `G^0 ... G^(hops - 1)`.
    powers: Vec<f64>,
    /// `M`, `dM` and two products.
    squares: Vec<f64>,
    /// Column and derivative of the edges of a row.
    linked: Vec<(usize, f64)>,
}

impl Scratch {
    /// Makes room for graphs of up to `n` nodes and `k` clusters.
    pub fn reserve(&mut self, n: usize, k: usize, hops: usize) -> Result<()> {
        let grow = |vec: &mut Vec<f64>, a: usize, b: usize| {
            try_grow(vec, a.checked_mul(b).ok_or_else(Error::out_of_memory)?, 0.0)
        };
        grow(&mut self.s, n, k)?;
        grow(&mut self.s_m, n, k)?;
        grow(&mut self.ds, n, k)?;
        grow(&mut self.tile, n, TILE)?;
        self.linked.clear();
        reserve(&mut self.linked, n)?;
        grow(&mut self.d_s, TILE, k)?;
        let square = k.checked_mul(k).ok_or_else(Error::out_of_memory)?;
        grow(&mut self.powers, square, hops)?;
        grow(&mut self.squares, square, 4)
    }

    /// Copies `s` and computes the powers of `G`, `M` and `S M`.
    fn prepare<T: Real>(&mut self, s: Mat<'_, T>, hops: usize) {
        let (n, k) = s.dim();
        self.s.iter_mut().zip(s.iter()).for_each(|(o, v)| *o = v.f64());
        let copy = matrix(&self.s[..n * k], n, k);
        let kk = k * k;
        self.powers[..kk].fill(0.0);
        (0..k).for_each(|i| self.powers[i * k + i] = 1.0);
        self.squares[..kk].copy_from_slice(&self.powers[..kk]);
        for h in 1..hops {
            let (before, after) = self.powers.split_at_mut(h * kk);
            let mut power = matrix_mut(&mut after[..kk], k, k);
            if h == 1 {
                gemm(1.0, copy.t(), copy, 0.0, &mut power);
            } else {
                let (one, last) = (matrix(&before[kk..2 * kk], k, k), matrix(&before[(h - 1) * kk..], k, k));
                gemm(1.0, one, last, 0.0, &mut power);
            }
            self.squares.iter_mut().zip(&after[..kk]).for_each(|(m, p)| *m += p);
        }
        let m = matrix(&self.squares[..kk], k, k);
        gemm(1.0, copy, m, 0.0, &mut matrix_mut(&mut self.s_m[..n * k], n, k));
    }

    /// Calls `row` for every row of `p`, before it is held below 1, tile by tile; `done` after each tile.
    fn tiles(
        &mut self,
        (n, k): (usize, usize),
        mut row: impl FnMut(usize, &mut [f64]),
        mut done: impl FnMut(usize, usize, TileParts<'_>),
    ) {
        for begin in (0..n).step_by(TILE) {
            let end = (begin + TILE).min(n);
            let height = end - begin;
            let (s, s_m) = (&self.s[..n * k], &self.s_m[..n * k]);
            let rows = matrix(&s_m[begin * k..end * k], height, k);
            let tile = &mut self.tile[..height * n];
            gemm(1.0, rows, matrix(s, n, k).t(), 0.0, &mut matrix_mut(tile, height, n));
            tile.chunks_exact_mut(n).enumerate().for_each(|(i, values)| row(begin + i, values));
            let (ds, d_s, squares) = (&mut self.ds[..n * k], &mut self.d_s[..height * k], &mut self.squares[..]);
            done(begin, end, TileParts { tile, s, s_m, ds, d_s, squares });
        }
    }
}

/// What the backward pass does with a tile of `D`.
struct TileParts<'a> {
    tile: &'a [f64],
    s: &'a [f64],
    s_m: &'a [f64],
    ds: &'a mut [f64],
    d_s: &'a mut [f64],
    squares: &'a mut [f64],
}

/// The sum of the losses of all pairs of nodes of a graph.
pub fn forward<T: Real>(edges: Edges<'_, T>, s: Mat<'_, T>, hops: usize, scratch: &mut Scratch) -> f64 {
    scratch.prepare(s, hops);
    let mut sum = 0.0;
    let row = |i: usize, p: &mut [f64]| {
        p.iter_mut().for_each(|p| *p = p.min(1.0));
        // One logarithm for sixteen pairs: their product is at least FLOOR^16, far from the smallest f64.
        sum -= p.chunks(16).map(|p| ln(p.iter().map(|p| 1.0 - p + FLOOR).product::<f64>())).sum::<f64>();
        each_edge(edges, i, |j, a| sum += a * (ln(1.0 - p[j] + FLOOR) - ln(p[j] + FLOOR)));
    };
    scratch.tiles(s.dim(), row, |_, _, _| {});
    sum
}

/// Adds `c dl/dS` to `ds`.
pub fn backward<T: Real>(
    c: f64,
    edges: Edges<'_, T>,
    s: Mat<'_, T>,
    hops: usize,
    ds: &mut MatMut<'_, T>,
    scratch: &mut Scratch,
) {
    let (n, k) = s.dim();
    let kk = k * k;
    scratch.prepare(s, hops);
    scratch.ds[..n * k].fill(0.0);
    scratch.squares[kk..2 * kk].fill(0.0);
    let mut linked = std::mem::take(&mut scratch.linked);
    let row = |i: usize, p: &mut [f64]| {
        linked.clear();
        each_edge(edges, i, |j, a| linked.push((j, derivative(p[j], a))));
        p.iter_mut().for_each(|p| *p = derivative(*p, 0.0));
        linked.iter().for_each(|&(j, d)| p[j] = d);
    };
    scratch.tiles((n, k), row, |begin, end, parts| {
        let height = end - begin;
        let d = matrix(parts.tile, height, n);
        let (m, rest) = parts.squares.split_at_mut(kk);
        let mut d_s = matrix_mut(parts.d_s, height, k);
        gemm(1.0, d, matrix(parts.s, n, k), 0.0, &mut d_s);
        let mut ds = matrix_mut(parts.ds, n, k);
        let own = s![begin..end, ..];
        gemm(1.0, d_s.view(), matrix(m, k, k), 1.0, &mut ds.slice_mut(own));
        gemm(1.0, d.t(), matrix(parts.s_m, n, k).slice_move(own), 1.0, &mut ds);
        if hops > 1 {
            let rows = matrix(parts.s, n, k).slice_move(own);
            gemm(1.0, rows.t(), d_s.view(), 1.0, &mut matrix_mut(&mut rest[..kk], k, k));
        }
    });
    scratch.linked = linked;
    powers_backward((n, k), hops, scratch);
    ndarray::Zip::from(ds).and(matrix(&scratch.ds[..n * k], n, k)).for_each(|o, &d| *o += T::of(c * d));
}

/// Adds `S (dG + dG^T)` to `ds`.
fn powers_backward((n, k): (usize, usize), hops: usize, scratch: &mut Scratch) {
    let kk = k * k;
    let (m, rest) = scratch.squares.split_at_mut(kk);
    let (dm, rest) = rest.split_at_mut(kk);
    let (product, dg) = rest.split_at_mut(kk);
    dg[..kk].fill(0.0);
    let power = |h: usize| matrix(&scratch.powers[h * kk..(h + 1) * kk], k, k);
    for h in 1..hops {
        for j in 0..h {
            gemm(1.0, power(j), matrix(dm, k, k), 0.0, &mut matrix_mut(product, k, k));
            gemm(1.0, matrix(product, k, k), power(h - 1 - j), 1.0, &mut matrix_mut(&mut dg[..kk], k, k));
        }
    }
    let dg = matrix(&dg[..kk], k, k);
    // The room of M is free now.
    m.iter_mut().zip(dg.iter().zip(dg.t())).for_each(|(o, (a, b))| *o = a + b);
    let mut ds = matrix_mut(&mut scratch.ds[..n * k], n, k);
    gemm(1.0, matrix(&scratch.s[..n * k], n, k), matrix(m, k, k), 1.0, &mut ds);
}

/// `dl/dp`, 0 where `p` is held at 1.
fn derivative(p: f64, a: f64) -> f64 {
    if p < 1.0 { (1.0 - a) / (1.0 - p + FLOOR) - a / (p + FLOOR) } else { 0.0 }
}

/// Calls `f` with column and weight of every edge of row `i`.
fn each_edge<T: Real>(Edges { a, first }: Edges<'_, T>, i: usize, mut f: impl FnMut(usize, f64)) {
    for e in a.indptr[first + i] as usize..a.indptr[first + i + 1] as usize {
        let weight = a.values.map_or(1.0, |values| values[e].f64().clamp(0.0, 1.0));
        f(a.indices[e] as usize - first, weight);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::softmax;
    use crate::ops::testing::{check_gradient, random_matrix};

    /// More rows than a tile.
    const N: usize = 70;
    const K: usize = 3;

    fn naive(a: &Array2<f64>, s: &Array2<f64>, hops: usize) -> f64 {
        let overlap = s.dot(&s.t());
        let (mut power, mut p) = (overlap.clone(), overlap.clone());
        for _ in 1..hops {
            power = power.dot(&overlap);
            p += &power;
        }
        let pairs = a.iter().zip(p.iter().map(|p| p.min(1.0)));
        pairs.map(|(a, p)| -a * (p + FLOOR).ln() - (1.0 - a) * (1.0 - p + FLOOR).ln()).sum()
    }

    /// Rows of probabilities.
    fn assignment() -> Array2<f64> {
        let mut s = random_matrix(N, K, 2) * 3.0;
        softmax::forward(1.0, &mut s.view_mut());
        s
    }

    #[test]
    fn loss_and_gradient_equal_the_definition() {
        let a = Array2::from_shape_fn((N, N), |(i, j)| if (i * 7 + j * 3) % 11 == 0 { 0.8 } else { 0.0 });
        let (mut indptr, mut indices, mut values) = (vec![0, 0, 0], vec![], vec![]);
        for i in 0..N {
            for j in (0..N).filter(|&j| a[[i, j]] != 0.0) {
                indices.push(2 + j as u32);
                values.push(a[[i, j]]);
            }
            indptr.push(indices.len() as u32);
        }
        let edges = Edges { a: Csr { indptr: &indptr, indices: &indices, values: Some(&values) }, first: 2 };
        let s = assignment();
        for hops in [1, 2, 3] {
            let mut scratch = Scratch::default();
            scratch.reserve(N, K, hops).unwrap();
            // Powers of few clusters soon pass 1, where nothing depends on S any more.
            let s = if hops == 1 { s.clone() } else { &s * 0.12 };
            let expected = naive(&a, &s, hops);
            assert!((forward(edges, s.view(), hops, &mut scratch) / expected - 1.0).abs() < 1e-12);
            let mut ds = Array2::zeros((N, K));
            backward(1.0, edges, s.view(), hops, &mut ds.view_mut(), &mut scratch);
            check_gradient(s.as_slice().unwrap(), ds.as_slice().unwrap(), |s| {
                naive(&a, &Array2::from_shape_vec((N, K), s.to_vec()).unwrap(), hops)
            });
        }
    }

    #[test]
    fn hard_assignments_are_finite() {
        let s = ndarray::array![[1.0_f32, 0.0], [1.0, 0.0], [0.0, 1.0]];
        let edges = Edges { a: Csr { indptr: &[0, 1, 2, 2], indices: &[1, 0], values: None }, first: 0 };
        let mut scratch = Scratch::default();
        scratch.reserve(3, 2, 1).unwrap();
        let mut ds = Array2::zeros((3, 2));
        // The three loops that are missing, each at a probability of 1.
        let loss = forward(edges, s.view(), 1, &mut scratch);
        assert!((loss + 3.0 * FLOOR.ln()).abs() < 1e-4, "{loss}");
        backward(1.0, edges, s.view(), 1, &mut ds.view_mut(), &mut scratch);
        assert!(ds.iter().all(|d| d.is_finite()));
    }
}
