//! The channels of the edges of a level, read the same way where the level is sparse and where it is dense, and pooled.
//!
//! ```text
//! pool      p_i = sum_j e_ij. s_j,  e' = S^T p           e: [n, c, n]; S: [n, k]; p: [n, c, k]; e': [k, c, k]
//! backward  dS  = sum_cl p_icl de'_kcl  +  sum_ic e_icj dp_ick,   dp = S de'
//!           de_icj += sum_k dp_ick s_jk                           where the level is dense
//! ```
//!
//! Channels of an undirected graph need not be symmetric: each entry of an edge may have attributes of its own.

use ndarray::s;

use super::gemm::gemm;
use super::neighbours::Neighbours;
use super::runtime::buffer::{matrix, matrix_mut, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// The channels of all entries: of a sparse matrix `[entries, c]`, of dense ones `[b, k, c, k]`.
#[derive(Debug, Clone, Copy)]
pub struct EdgeChannels<'a, T> {
    values: &'a [T],
    /// Number of channels.
    pub width: usize,
    dense: bool,
}

impl<'a, T: Real> EdgeChannels<'a, T> {
    /// The channels that lie in `values`.
    pub fn new(values: &'a [T], width: usize, dense: bool) -> Self {
        Self { values, width, dense }
    }

    /// Where the value of a channel of entry `e` lies, in a row of `len` entries that begins at entry `begin`.
    #[inline(always)]
    pub fn place(&self, (begin, len): (usize, usize), e: usize, channel: usize) -> usize {
        let within = if self.dense { channel * len + e } else { e * self.width + channel };
        begin * self.width + within
    }

    /// The value of a channel of entry `e`, likewise.
    #[inline(always)]
    pub fn at(&self, row: (usize, usize), e: usize, channel: usize) -> T {
        self.values[self.place(row, e, channel)]
    }

    /// Writes the sum of every channel over the `len` entries from `begin` on, a row.
    pub fn sum(&self, begin: usize, len: usize, out: &mut [T]) {
        for (channel, out) in out.iter_mut().enumerate() {
            *out = (0..len).map(|e| self.at((begin, len), e, channel)).sum();
        }
    }

    /// The channels of graph `graph` of dense matrices of `k` nodes, a row a node and channel.
    fn dense_of(&self, graph: usize, k: usize) -> Mat<'a, T> {
        let len = k * k * self.width;
        matrix(&self.values[graph * len..(graph + 1) * len], k * self.width, k)
    }
}

/// One graph whose channels are pooled.
#[derive(Clone, Copy)]
pub struct ChannelPool<'a, T> {
    /// The adjacency of all graphs.
    pub a: Neighbours<'a, T>,
    /// The channels of all graphs.
    pub channels: EdgeChannels<'a, T>,
    /// The assignment of all graphs.
    pub s: Mat<'a, T>,
    /// Which graph.
    pub graph: usize,
    /// Its first node.
    pub first: usize,
}

impl<T: Real> ChannelPool<'_, T> {
    /// Writes `p` of the nodes `rows`, counted over all graphs, as `[rows, c k]`.
    fn products(&self, rows: std::ops::Range<usize>, p: &mut [T]) {
        let (k, width) = (self.s.ncols(), self.channels.width);
        if let Neighbours::Dense(n, _) = self.a {
            let local = rows.start - self.first..rows.end - self.first;
            let e = self.channels.dense_of(self.graph, n).slice_move(s![local.start * width..local.end * width, ..]);
            let s = self.s.slice(s![self.first..self.first + n, ..]);
            return gemm(T::one(), e, s, T::zero(), &mut matrix_mut(p, rows.len() * width, k));
        }
        p.fill(T::zero());
        for (i, p) in control::watched(rows.zip(p.chunks_exact_mut(width * k))) {
            let row = self.a.row(i);
            for e in 0..row.len {
                let s = self.s.row(row.at(e).0);
                for (channel, p) in p.chunks_exact_mut(k).enumerate() {
                    let value = self.channels.at((row.begin, row.len), e, channel);
                    if value != T::zero() {
                        p.iter_mut().zip(s).for_each(|(p, &s)| *p += value * s);
                    }
                }
            }
        }
    }

    /// Adds what the nodes `rows` give to the pooled channels `out [k, c, k]`, or writes it. `p` is memory of as many
    /// values as `rows` have, times `c k`.
    pub fn forward(&self, rows: std::ops::Range<usize>, accumulate: bool, p: &mut [T], out: &mut [T]) {
        let (k, columns) = (self.s.ncols(), self.channels.width * self.s.ncols());
        let beta = if accumulate { T::one() } else { T::zero() };
        self.products(rows.clone(), p);
        let p = matrix(p, rows.len(), columns);
        gemm(T::one(), self.s.slice(s![rows, ..]).t(), p, beta, &mut matrix_mut(out, k, columns));
    }

    /// Adds the gradient of `S`, for that of the pooled channels, `dout [k, c, k]`, by way of the nodes `rows`, and
    /// that of dense channels, `de [n, c, n]`, of this graph. `p` is as in [`forward`](Self::forward).
    pub fn backward(
        &self,
        rows: std::ops::Range<usize>,
        dout: &[T],
        p: &mut [T],
        ds: &mut MatMut<'_, T>,
        de: &mut [T],
    ) {
        let (k, width) = (self.s.ncols(), self.channels.width);
        let dout = matrix(dout, k, width * k);
        self.products(rows.clone(), p);
        let own = s![rows.clone(), ..];
        gemm(T::one(), matrix(p, rows.len(), width * k), dout.t(), T::one(), &mut ds.slice_mut(own));
        // From here on it is the gradient of what it was.
        gemm(T::one(), self.s.slice(own), dout, T::zero(), &mut matrix_mut(p, rows.len(), width * k));
        if let Neighbours::Dense(n, _) = self.a {
            let local = s![(rows.start - self.first) * width..(rows.end - self.first) * width, ..];
            let (nodes, dp) = (s![self.first..self.first + n, ..], matrix(p, rows.len() * width, k));
            let e = self.channels.dense_of(self.graph, n).slice_move(local);
            gemm(T::one(), e.reversed_axes(), dp, T::one(), &mut ds.slice_mut(nodes));
            let mut de = matrix_mut(de, n * width, n);
            return gemm(T::one(), dp, self.s.slice(nodes).t(), T::one(), &mut de.slice_mut(local));
        }
        for (i, dp) in rows.zip(p.chunks_exact(width * k)) {
            let row = self.a.row(i);
            for e in 0..row.len {
                let mut ds = ds.slice_mut(s![row.at(e).0..row.at(e).0 + 1, ..]);
                let ds = rows_mut(&mut ds).next().expect("there is one row");
                for (channel, dp) in dp.chunks_exact(k).enumerate() {
                    let value = self.channels.at((row.begin, row.len), e, channel);
                    if value != T::zero() {
                        ds.iter_mut().zip(dp).for_each(|(d, &v)| *d += value * v);
                    }
                }
            }
        }
    }
}

/// Channels that the ops on edges are tested with.
#[cfg(test)]
pub mod examples {
    use super::*;
    use crate::ops::testing::random_values;

    /// Number of channels.
    pub const WIDTH: usize = 3;

    /// Random channels of every entry.
    pub fn channels(a: Neighbours<'_, f64>, seed: u64) -> Vec<f64> {
        random_values(a.entries() * WIDTH, seed)
    }

    /// The channels as those of an adjacency.
    pub fn of<'a>(a: Neighbours<'_, f64>, values: &'a [f64]) -> EdgeChannels<'a, f64> {
        EdgeChannels::new(values, WIDTH, matches!(a, Neighbours::Dense(..)))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::examples::{WIDTH, channels, of};
    use super::*;
    use crate::ops::neighbours::examples::{NODES, dense, sparse, weights};
    use crate::ops::testing::{check_gradient, random_matrix, random_values};

    const K: usize = 2;

    /// The pooled channels, from nodes in two blocks.
    fn pooled(a: Neighbours<'_, f64>, e: &[f64], s: &[f64]) -> Vec<f64> {
        let graphs = a.nodes() / nodes(a);
        let mut out = vec![f64::NAN; graphs * K * WIDTH * K];
        for (graph, out) in out.chunks_exact_mut(K * WIDTH * K).enumerate() {
            let (n, first) = (nodes(a), graph * nodes(a));
            let s = Mat::from_shape((a.nodes(), K), s).unwrap();
            let own = ChannelPool { a, channels: of(a, e), s, graph, first };
            for (block, rows) in [first..first + 1, first + 1..first + n].into_iter().enumerate() {
                let mut p = vec![f64::NAN; rows.len() * WIDTH * K];
                own.forward(rows, block > 0, &mut p, out);
            }
        }
        out
    }

    fn nodes(a: Neighbours<'_, f64>) -> usize {
        if let Neighbours::Dense(k, _) = a { k } else { a.nodes() }
    }

    #[test]
    fn channels_are_pooled_like_the_adjacency() {
        let a = sparse(None);
        let (e, s) = (channels(a, 1), random_matrix(NODES, K, 2));
        let found = pooled(a, &e, s.as_slice().unwrap());
        for channel in 0..WIDTH {
            let own: Vec<f64> = e.iter().skip(channel).step_by(WIDTH).copied().collect();
            let whole = Array2::from_shape_vec((NODES, NODES), dense(&own)).unwrap();
            let expected = s.t().dot(&whole).dot(&s);
            for ((i, j), expected) in expected.indexed_iter() {
                assert!((found[(i * WIDTH + channel) * K + j] - expected).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn gradients() {
        let full = dense(&weights());
        let two = random_values(18, 3);
        for a in [sparse(None), Neighbours::Dense(NODES, &full), Neighbours::Dense(3, &two)] {
            let (e, s) = (channels(a, 1), random_values(a.nodes() * K, 2));
            let graphs = a.nodes() / nodes(a);
            let dout = random_values(graphs * K * WIDTH * K, 4);
            let mut ds = Array2::zeros((a.nodes(), K));
            let mut de = vec![0.0; e.len()];
            for graph in 0..graphs {
                let (n, first, view) = (nodes(a), graph * nodes(a), Mat::from_shape((a.nodes(), K), &s).unwrap());
                let own = ChannelPool { a, channels: of(a, &e), s: view, graph, first };
                for rows in [first..first + 1, first + 1..first + n] {
                    let mut p = vec![f64::NAN; rows.len() * WIDTH * K];
                    let dout = &dout[graph * K * WIDTH * K..(graph + 1) * K * WIDTH * K];
                    let begin = graph * n * n * WIDTH;
                    let end = de.len().min(begin + n * n * WIDTH);
                    own.backward(rows, dout, &mut p, &mut ds.view_mut(), &mut de[begin..end]);
                }
            }
            let loss = |e: &[f64], s: &[f64]| pooled(a, e, s).iter().zip(&dout).map(|(v, w)| v * w).sum::<f64>();
            check_gradient(&s, ds.as_slice().unwrap(), |s| loss(&e, s));
            if matches!(a, Neighbours::Dense(..)) {
                check_gradient(&e, &de, |e| loss(e, &s));
            }
        }
    }
}
