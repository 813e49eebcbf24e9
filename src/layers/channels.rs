//! The channels of a level: what its edges have for features, each times the weight of its edge.
//!
//! ```text
//! first level   e_ijc = a_ij times feature c of the edge; of edges that are one entry the sum
//! pooled level  e'_c = S^T e_c S, channel by channel, as A' = S^T A S
//! sums          m_ic = sum_j e_ijc,   mean m_ic / max(sum_j a_ij, 1)
//! ```
//!
//! So what is pooled is what the first level does with edges that are merged, and `e_ijc / a_ij` is everywhere the mean
//! of the features of the edges in an entry, by their weights.

use super::edge_columns::EdgeColumns;
use crate::control;
use crate::error::{Error, Result};
use crate::graph::GraphRef;
use crate::memory::{reserve, try_grow, try_resize};
use crate::ops::edge_channels::EdgeChannels;
use crate::ops::neighbours::Neighbours;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::Mat;
use crate::ops::runtime::real::Real;

/// The channels of the edges of a chunk of graphs; none where `width` is 0.
#[derive(Debug, Clone, Default)]
pub struct Channels<T> {
    width: usize,
    /// Of the sparse matrix `[entries, width]`, of dense ones `[b, k, width, k]`.
    values: Vec<T>,
    len: usize,
    dense: bool,
    sums: Buffer<T>,
    means: Buffer<T>,
    /// `1 / max(sum_j a_ij, 1)`.
    scale: Vec<T>,
}

impl<T: Real> Channels<T> {
    /// So many channels, of no edges yet.
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Number of channels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Takes the features of the edges of stacked graphs, of so many nodes and entries.
    pub(super) fn set_sparse<'a>(
        &mut self,
        graphs: impl Iterator<Item = GraphRef<'a>>,
        columns: EdgeColumns<'_>,
        (nodes, entries): (usize, usize),
    ) -> Result<()> {
        debug_assert_eq!(self.width, columns.width());
        self.dense = false;
        self.values.clear();
        reserve(&mut self.values, entries.checked_mul(self.width).ok_or_else(Error::out_of_memory)?)?;
        self.reserve_sums(nodes)?;
        for graph in graphs {
            for node in control::watched(0..graph.nodes()) {
                self.push_row(graph, node, columns);
            }
        }
        self.len = self.values.len();
        control::go_on()
    }

    /// The entries of one row; those of several labels between the same nodes are one.
    fn push_row(&mut self, graph: GraphRef<'_>, node: usize, columns: EdgeColumns<'_>) {
        let (begin, indices) = (graph.indptr()[node] as usize, graph.neighbours(node));
        for (at, &index) in indices.iter().enumerate() {
            if at == 0 || indices[at - 1] != index {
                self.values.resize(self.values.len() + self.width, T::zero());
            }
            let last = self.values.len() - self.width;
            let own = &mut self.values[last..];
            let weight = f64::from(graph.edge_weight().map_or(1.0, |weights| weights[begin + at]));
            columns.each(graph, begin + at, |column, value| own[column] += T::of(weight * value));
        }
    }

    /// Makes room for those of `graphs` dense matrices of `k` nodes.
    pub(super) fn set_dense(&mut self, graphs: usize, k: usize) -> Result<()> {
        let nodes = graphs.checked_mul(k).and_then(|nodes| nodes.checked_mul(k));
        let len = nodes.and_then(|len| len.checked_mul(self.width)).ok_or_else(Error::out_of_memory)?;
        (self.len, self.dense) = (len, true);
        try_grow(&mut self.values, len, T::zero())?;
        self.reserve_sums(graphs * k)
    }

    fn reserve_sums(&mut self, nodes: usize) -> Result<()> {
        if self.width == 0 {
            return Ok(());
        }
        self.sums.reshape(nodes, self.width)?;
        self.means.reshape(nodes, self.width)?;
        try_resize(&mut self.scale, nodes, T::zero())
    }

    /// The sums over the rows of the adjacency `a`, whose channels are set.
    pub(super) fn complete(&mut self, a: Neighbours<'_, T>) {
        if self.width == 0 {
            return;
        }
        let Self { width, values, len, dense, sums, means, scale } = self;
        let channels = EdgeChannels::new(&values[..*len], *width, *dense);
        let rows = sums.slice_mut().chunks_exact_mut(*width).zip(means.slice_mut().chunks_exact_mut(*width));
        for (i, ((sums, means), scale)) in control::watched(rows.zip(scale.iter_mut()).enumerate()) {
            let row = a.row(i);
            channels.sum(row.begin, row.len, sums);
            let degree = (0..row.len).map(|e| row.at(e).1).sum::<T>();
            *scale = T::one() / degree.max(T::one());
            means.iter_mut().zip(sums.iter()).for_each(|(mean, &sum)| *mean = sum * *scale);
        }
    }

    /// The values as ops read them.
    pub fn values(&self) -> EdgeChannels<'_, T> {
        EdgeChannels::new(&self.values[..self.len], self.width, self.dense)
    }

    /// Values of dense channels.
    pub(super) fn dense_len(&self) -> usize {
        if self.dense { self.len } else { 0 }
    }

    /// Values of all channels of one dense matrix, to write.
    pub(super) fn graph_mut(&mut self, graph: usize, k: usize) -> &mut [T] {
        let len = k * k * self.width;
        &mut self.values[graph * len..(graph + 1) * len]
    }

    /// The sums over the rows, or the means where that is how a convolution propagates; `None` without channels.
    pub fn rows(&self, propagation: Propagation) -> Option<Mat<'_, T>> {
        let rows = if propagation == Propagation::Mean { &self.means } else { &self.sums };
        (self.width > 0).then(|| rows.view())
    }

    /// Turns the gradient `dm(channel)` of row `i` of [`rows`](Self::rows) into that of the channels of its entries,
    /// `de`, and of the row of a dense `A`, `da`, both added to.
    pub(super) fn row_back(
        &self,
        propagation: Propagation,
        i: usize,
        dm: impl Fn(usize) -> T,
        de: &mut [T],
        da: &mut [T],
    ) {
        let mean = propagation == Propagation::Mean;
        let scale = if mean { self.scale[i] } else { T::one() };
        let mut dscale = T::zero();
        for (channel, de) in de.chunks_exact_mut(da.len()).enumerate() {
            let dm = dm(channel);
            de.iter_mut().for_each(|d| *d += dm * scale);
            dscale += dm * self.means.view()[[i, channel]];
        }
        // Where the floor of 1 holds, the mean does not depend on the weights.
        if mean && scale < T::one() {
            da.iter_mut().for_each(|d| *d -= dscale * scale);
        }
    }
}
