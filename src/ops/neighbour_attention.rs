//! Attention of every node over its neighbours and itself (Velickovic et al., 2018), in several heads.
//!
//! ```text
//! scores    u_ip = h_ip . a_p,  v_jp = h_jp . b_p                     head p; h_ip: [w]; a, b: [heads, w]
//! forward   e_ij = leaky_relu(u_i + v_j + t_ij), slope 0.2            within a head; t as super::edge_scores has it
//!           q_ij = exp(e_ij - max) / sum_l a'_il exp(e_il - max),     a' = max(A, 0) + I
//!           alpha_ij = a'_ij q_ij,  y_i = sum_j alpha_ij h_j          out_i (+)= y_i
//! backward  g_ij = dy_i . h_j - sum_l alpha_il (dy_i . h_l)
//!           dh_j += alpha_ij dy_i,  da_ij += q_ij g_ij where a_ij counts
//!           de_ij = alpha_ij g_ij, then through leaky_relu and the scores
//! ```
//!
//! On a binary graph that is attention with self-loops; a weight is as good as so many edges. Weights that are not
//! above 0 do not count (nor do those too small for a normal number), and get no gradient; a weight that is not a
//! number does. The largest `e` of a row is taken off before the exponential, so that scores of any size are safe.
//!
//! The outputs of the heads go side by side, or their mean is taken.

use crate::control;
use std::ops::Range;

use super::neighbours::{Neighbours, Row};
use super::runtime::buffer::rows_mut;
use super::runtime::elementary::exp;
use super::runtime::kernel::{Work, wide_of};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;

const SLOPE: f64 = 0.2;

/// How many heads there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Columns of every head.
    pub width: usize,
    /// Whether the outputs of the heads go side by side; else their mean is the output.
    pub concat: bool,
}

impl Heads {
    /// Columns of `h`.
    pub fn columns(self) -> usize {
        self.count * self.width
    }

    /// Columns of `h` of head `p`.
    fn of(self, p: usize) -> Range<usize> {
        p * self.width..(p + 1) * self.width
    }

    /// Columns of the output of head `p`.
    fn output(self, p: usize) -> Range<usize> {
        if self.concat { self.of(p) } else { 0..self.width }
    }

    /// What its output is multiplied with.
    fn share<T: Real>(self) -> T {
        if self.concat { T::one() } else { T::of(1.0 / self.count as f64) }
    }
}

/// Length of the `q` that [`forward`] saves: one number a head for every entry and every node.
pub fn saved_len<T: Real>(a: Neighbours<'_, T>, heads: Heads) -> usize {
    (a.entries() + a.nodes()).saturating_mul(heads.count)
}

/// Row `i` of `A + I`: its entries, then the node itself.
struct Open<'a, T> {
    row: Row<'a, T>,
    node: usize,
}

impl<T: Real> Open<'_, T> {
    #[inline(always)]
    fn at(&self, e: usize) -> (usize, T) {
        if e == self.row.len { (self.node, T::one()) } else { self.row.at(e) }
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.row.len + 1
    }

    /// The node's part of `q`.
    #[inline(always)]
    fn saved(&self, heads: Heads) -> Range<usize> {
        let begin = (self.row.begin + self.node) * heads.count;
        begin..begin + self.len() * heads.count
    }
}

#[inline(always)]
pub(super) fn counts<T: Real>(weight: T) -> bool {
    weight >= T::min_positive_value() || weight.is_nan()
}

#[inline(always)]
fn leaky<T: Real>(x: T) -> T {
    if x > T::zero() { x } else { x * T::of(SLOPE) }
}

/// What a head thinks of nodes and edges.
#[derive(Debug, Clone, Copy)]
pub struct Scores<'a, T> {
    /// `u` and `v` of every node, `[n, 2, heads]`.
    pub nodes: &'a [T],
    /// `t` of every entry, `[entries, heads]`; empty where edges have no features.
    pub edges: &'a [T],
}

/// The gradient of [`Scores`], added to in those of nodes, written in those of edges.
pub struct ScoreGradients<'a, T> {
    /// Of the nodes.
    pub nodes: &'a mut [T],
    /// Of the entries.
    pub edges: &'a mut [T],
}

impl<T: Real> Scores<'_, T> {
    /// The sum that node `i` has for entry `e` of its row, before it is rectified.
    #[inline(always)]
    fn at(&self, heads: Heads, p: usize, open: &Open<'_, T>, e: usize) -> T {
        let sum = self.nodes[open.node * 2 * heads.count + p] + self.nodes[(2 * open.at(e).0 + 1) * heads.count + p];
        match self.edges.is_empty() || e == open.row.len {
            true => sum,
            false => sum + self.edges[(open.row.begin + e) * heads.count + p],
        }
    }
}

/// Fills `scores [n, 2, heads]` with `u` and `v` of every node.
pub fn scores<T: Real>(heads: Heads, h: &[T], a: &[T], b: &[T], scores: &mut [T]) {
    wide_of(OfNodes { heads, h, a, b, scores });
}

struct OfNodes<'a, T> {
    heads: Heads,
    h: &'a [T],
    a: &'a [T],
    b: &'a [T],
    scores: &'a mut [T],
}

impl<T: Real> Work for OfNodes<'_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { heads, h, a, b, scores } = self;
        for (h, scores) in
            control::watched(h.chunks_exact(heads.columns()).zip(scores.chunks_exact_mut(2 * heads.count)))
        {
            let (u, v) = scores.split_at_mut(heads.count);
            for (p, (u, v)) in u.iter_mut().zip(v).enumerate() {
                *u = dot(&h[heads.of(p)], &a[heads.of(p)]);
                *v = dot(&h[heads.of(p)], &b[heads.of(p)]);
            }
        }
    }
}

/// Adds the heads' outputs to `out`; `h` is `[n, heads, width]`. Saves `q`.
pub fn forward<T: Real>(
    heads: Heads,
    a: Neighbours<'_, T>,
    h: &[T],
    scores: Scores<'_, T>,
    saved: &mut [T],
    out: &mut MatMut<'_, T>,
) {
    wide_of(Rows { heads, a, h, scores, saved, out });
}

struct Rows<'a, 'b, T> {
    heads: Heads,
    a: Neighbours<'a, T>,
    h: &'a [T],
    scores: Scores<'a, T>,
    saved: &'a mut [T],
    out: &'a mut MatMut<'b, T>,
}

impl<T: Real> Work for Rows<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { heads, a, h, scores, saved, out } = self;
        for (i, out) in control::watched(rows_mut(out).enumerate()) {
            let open = Open { row: a.row(i), node: i };
            let q = &mut saved[open.saved(heads)];
            for (p, q) in q.chunks_exact_mut(open.len()).enumerate() {
                weigh(heads, p, &open, scores, q);
                let out = &mut out[heads.output(p)];
                for (e, &q) in q.iter().enumerate() {
                    let (j, weight) = open.at(e);
                    if counts(weight) {
                        let h = &h[j * heads.columns()..][heads.of(p)];
                        add_scaled(out, weight * q * heads.share(), h);
                    }
                }
            }
        }
    }
}

/// Fills `q` of one row and head; 0 for entries that do not count.
#[inline(always)]
fn weigh<T: Real>(heads: Heads, p: usize, open: &Open<'_, T>, scores: Scores<'_, T>, q: &mut [T]) {
    let mut largest = T::neg_infinity();
    for (e, q) in q.iter_mut().enumerate() {
        let (_, weight) = open.at(e);
        *q = leaky(scores.at(heads, p, open, e));
        if counts(weight) && *q > largest {
            largest = *q;
        }
    }
    let mut sum = T::zero();
    for (e, q) in q.iter_mut().enumerate() {
        let (_, weight) = open.at(e);
        if counts(weight) {
            *q = exp(*q - largest);
            sum += weight * *q;
        } else {
            *q = T::zero();
        }
    }
    let scale = T::one() / sum;
    q.iter_mut().for_each(|q| *q *= scale);
}

/// What [`backward`] reads.
pub struct Backward<'a, T> {
    /// The heads.
    pub heads: Heads,
    /// The adjacency.
    pub graph: Neighbours<'a, T>,
    /// `[n, heads, width]`.
    pub h: &'a [T],
    /// What [`scores`] gave, and the scores of the edges.
    pub scores: Scores<'a, T>,
    /// The `q` of the forward pass.
    pub saved: &'a [T],
    /// Gradient of the output.
    pub dout: Mat<'a, T>,
}

/// Adds to `dh` what comes through the sum, to `dscores [n, 2, heads]`, and to `da [b, k, k]` where the adjacency is
/// dense. `row` is memory for as many values as a row has entries, and one more.
pub fn backward<T: Real>(
    pass: Backward<'_, T>,
    dh: &mut [T],
    dscores: ScoreGradients<'_, T>,
    da: &mut [T],
    row: &mut [T],
) {
    wide_of(RowsBack { pass, dh, dscores, da, row });
}

struct RowsBack<'a, 'b, T> {
    pass: Backward<'a, T>,
    dh: &'b mut [T],
    dscores: ScoreGradients<'b, T>,
    da: &'b mut [T],
    row: &'b mut [T],
}

impl<T: Real> Work for RowsBack<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { pass, dh, dscores, da, row } = self;
        let Backward { heads, graph, h, scores, saved, dout } = pass;
        let dense = matches!(graph, Neighbours::Dense(..));
        let (columns, share) = (heads.columns(), heads.share::<T>());
        for i in 0..graph.nodes() {
            let open = Open { row: graph.row(i), node: i };
            let dout = dout.row(i).to_slice().expect("rows are contiguous");
            let q = &saved[open.saved(heads)];
            for (p, q) in q.chunks_exact(open.len()).enumerate() {
                let dy = &dout[heads.output(p)];
                let dalpha = &mut row[..open.len()];
                let mut mean = T::zero();
                for (e, (dalpha, &q)) in dalpha.iter_mut().zip(q).enumerate() {
                    let (j, weight) = open.at(e);
                    if counts(weight) {
                        let alpha = weight * q;
                        *dalpha = share * dot(dy, &h[j * columns..][heads.of(p)]);
                        mean += alpha * *dalpha;
                        add_scaled(&mut dh[j * columns..][heads.of(p)], share * alpha, dy);
                    }
                }
                for (e, (&dalpha, &q)) in dalpha.iter().zip(q).enumerate() {
                    let (j, weight) = open.at(e);
                    let is_edge = e < open.row.len && !scores.edges.is_empty();
                    if !counts(weight) {
                        if is_edge {
                            dscores.edges[(open.row.begin + e) * heads.count + p] = T::zero();
                        }
                        continue;
                    }
                    let g = q * (dalpha - mean);
                    if dense && e < open.row.len {
                        da[open.row.begin + e] += g;
                    }
                    let (at_u, at_v) = (i * 2 * heads.count + p, (2 * j + 1) * heads.count + p);
                    let slope = if scores.at(heads, p, &open, e) > T::zero() { T::one() } else { T::of(SLOPE) };
                    let de = weight * g * slope;
                    dscores.nodes[at_u] += de;
                    dscores.nodes[at_v] += de;
                    if is_edge {
                        dscores.edges[(open.row.begin + e) * heads.count + p] = de;
                    }
                }
            }
        }
    }
}

/// Backward pass of [`scores`]: adds to `dh`, `da` and `db`.
pub fn scores_backward<T: Real>(
    heads: Heads,
    h: &[T],
    vectors: [&[T]; 2],
    dscores: &[T],
    dh: &mut [T],
    dvectors: [&mut [T]; 2],
) {
    let nodes = h.chunks_exact(heads.columns()).zip(dh.chunks_exact_mut(heads.columns()));
    let ([a, b], [da, db]) = (vectors, dvectors);
    for ((h, dh), dscores) in nodes.zip(dscores.chunks_exact(2 * heads.count)) {
        let (du, dv) = dscores.split_at(heads.count);
        for (p, (&du, &dv)) in du.iter().zip(dv).enumerate() {
            let columns = heads.of(p);
            add_scaled(&mut dh[columns.clone()], du, &a[columns.clone()]);
            add_scaled(&mut dh[columns.clone()], dv, &b[columns.clone()]);
            add_scaled(&mut da[columns.clone()], du, &h[columns.clone()]);
            add_scaled(&mut db[columns.clone()], dv, &h[columns]);
        }
    }
}

#[inline(always)]
fn add_scaled<T: Real>(out: &mut [T], scale: T, x: &[T]) {
    for (o, &v) in out.iter_mut().zip(x) {
        *o += scale * v;
    }
}

/// The inner product, in eight sums that the processor can work on at once.
#[inline(always)]
fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    const LANES: usize = 8;
    let mut sums = [T::zero(); LANES];
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let rest = xs.remainder().iter().zip(ys.remainder()).map(|(&x, &y)| x * y).sum::<T>();
    for (x, y) in xs.zip(ys) {
        for ((sum, &x), &y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().copied().sum::<T>() + rest
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::neighbours::examples::{NODES, dense, sparse, weights};
    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const HEADS: [Heads; 3] = [
        Heads { count: 1, width: 11, concat: true },
        Heads { count: 3, width: 4, concat: true },
        Heads { count: 2, width: 5, concat: false },
    ];

    fn output_columns(heads: Heads) -> usize {
        if heads.concat { heads.columns() } else { heads.width }
    }

    /// Output, scores and `q`.
    fn run(heads: Heads, graph: Neighbours<'_, f64>, h: &[f64], a: &[f64], b: &[f64]) -> [Vec<f64>; 3] {
        let n = graph.nodes();
        let mut out = Array2::zeros((n, output_columns(heads)));
        let (mut s, mut q) = (vec![0.0; 2 * n * heads.count], vec![0.0; saved_len(graph, heads)]);
        scores(heads, h, a, b, &mut s);
        forward(heads, graph, h, Scores { nodes: &s, edges: &[] }, &mut q, &mut out.view_mut());
        [out.into_raw_vec_and_offset().0, s, q]
    }

    #[test]
    fn values() {
        let weights = weights();
        let full = dense(&weights);
        for heads in HEADS {
            let d = heads.columns();
            let (h, a, b) = (random_matrix(NODES, d, 1), random_values(d, 2), random_values(d, 3));
            let [out, ..] = run(heads, sparse(Some(&weights)), h.as_slice().unwrap(), &a, &b);
            let [same, ..] = run(heads, Neighbours::Dense(NODES, &full), h.as_slice().unwrap(), &a, &b);
            assert!(out.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-14));
            let mut expected = Array2::<f64>::zeros((NODES, output_columns(heads)));
            for i in 0..NODES {
                for p in 0..heads.count {
                    let score = |j: usize| {
                        let at = |c: usize| a[p * heads.width + c] * h[[i, p * heads.width + c]];
                        let from = |c: usize| b[p * heads.width + c] * h[[j, p * heads.width + c]];
                        let sum = (0..heads.width).map(|c| at(c) + from(c)).sum::<f64>();
                        (full[i * NODES + j].max(0.0) + f64::from(i == j)) * sum.max(0.2 * sum).exp()
                    };
                    let sum: f64 = (0..NODES).map(score).sum();
                    for j in 0..NODES {
                        for c in 0..heads.width {
                            let to = if heads.concat { p * heads.width + c } else { c };
                            let by = if heads.concat { 1.0 } else { heads.count as f64 };
                            expected[[i, to]] += score(j) / sum * h[[j, p * heads.width + c]] / by;
                        }
                    }
                }
            }
            assert!(out.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14));
        }
    }

    #[test]
    fn large_scores_and_numbers_that_are_none() {
        let heads = HEADS[0];
        let mut h = random_values(NODES * 11, 1);
        let (a, b) = (vec![1e4; 11], vec![-1e4; 11]);
        assert!(run(heads, sparse(None), &h, &a, &b)[0].iter().all(|v| v.is_finite()));
        h[3 * 11] = f64::NAN;
        let [out, ..] = run(heads, sparse(None), &h, &a, &b);
        let lost: Vec<usize> = (0..NODES).filter(|i| out[i * 11].is_nan()).collect();
        assert_eq!(lost, [0, 1, 3, 5]);
        let mut full = vec![0.0; 9];
        full[1] = f64::NAN;
        let [out, ..] = run(heads, Neighbours::Dense(3, &full), &h[..33], &a, &b);
        assert!(out[0].is_nan() && out[11].is_finite());
    }

    #[test]
    fn gradients() {
        let weights = weights();
        let full = random_values(18, 4);
        for heads in HEADS {
            for graph in [sparse(Some(&weights)), sparse(None), Neighbours::Dense(3, &full)] {
                let (n, d) = (graph.nodes(), heads.columns());
                let (h, a, b) = (random_values(n * d, 1), random_values(d, 2), random_values(d, 3));
                let by = random_matrix(n, output_columns(heads), 5);
                let [_, s, q] = run(heads, graph, &h, &a, &b);
                let (mut dh, mut ds) = (vec![0.0; n * d], vec![0.0; s.len()]);
                let (mut dweights, mut da, mut db) = (vec![0.0; 18], vec![0.0; d], vec![0.0; d]);
                let nodes = Scores { nodes: &s, edges: &[] };
                let pass = Backward { heads, graph, h: &h, scores: nodes, saved: &q, dout: by.view() };
                backward(
                    pass,
                    &mut dh,
                    ScoreGradients { nodes: &mut ds, edges: &mut [] },
                    &mut dweights,
                    &mut vec![0.0; n + 1],
                );
                scores_backward(heads, &h, [&a, &b], &ds, &mut dh, [&mut da, &mut db]);
                let loss = |graph: Neighbours<'_, f64>, h: &[f64], a: &[f64], b: &[f64]| {
                    weighted_sum(&run(heads, graph, h, a, b)[0], by.as_slice().unwrap())
                };
                check_gradient(&h, &dh, |h| loss(graph, h, &a, &b));
                check_gradient(&a, &da, |a| loss(graph, &h, a, &b));
                check_gradient(&b, &db, |b| loss(graph, &h, &a, b));
                if matches!(graph, Neighbours::Dense(..)) {
                    check_gradient(&full, &dweights, |full| loss(Neighbours::Dense(3, full), &h, &a, &b));
                }
            }
        }
    }
}
