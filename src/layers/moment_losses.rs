//! The losses of an assignment that are made of its moments: sums of `S`, of `S^T S` and of the edges within clusters.
//!
//! With relations they are of the sum over all of them, as the link loss is. In every scope a batch has the mean of its
//! graphs.

use std::ops::Range;

use ndarray::s;

use super::adjacency::Adjacency;
use super::adjacency_gradient::AdjacencyGradient;
use crate::config::PoolLoss;
use crate::error::{Error, Result};
use crate::memory::try_grow;
use crate::ops::assignment_moments::{self as moments, MomentGradient, Moments, Scalars};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{balance_loss, collapse_loss, cut_loss, modularity_loss, orthogonality_loss};

/// A loss of moments, and its gradient.
pub(super) struct MomentLoss {
    pub forward: fn(&Moments<'_>) -> f64,
    backward: fn(f64, &Moments<'_>, &mut MomentGradient<'_>),
}

/// How a loss is made of moments; `None` for one that is not.
pub(super) fn of_moments(loss: PoolLoss) -> Option<MomentLoss> {
    Some(match loss {
        PoolLoss::Link | PoolLoss::Entropy => return None,
        PoolLoss::Cut => MomentLoss { forward: cut_loss::forward, backward: cut_loss::backward },
        PoolLoss::Orthogonality => {
            MomentLoss { forward: orthogonality_loss::forward, backward: orthogonality_loss::backward }
        }
        PoolLoss::Modularity => MomentLoss { forward: modularity_loss::forward, backward: modularity_loss::backward },
        PoolLoss::Collapse => MomentLoss { forward: collapse_loss::forward, backward: collapse_loss::backward },
        PoolLoss::Balance => MomentLoss { forward: balance_loss::forward, backward: balance_loss::backward },
    })
}

/// The moments of every graph of a chunk, and the gradient with respect to those of one.
#[derive(Debug, Clone, Default)]
pub(super) struct MomentWorkspace {
    scalars: Vec<Scalars>,
    /// `sizes` and `volumes` of every graph, `[b, 2, k]`.
    columns: Vec<f64>,
    /// Of every node.
    degrees: Vec<f64>,
    /// Memory of a [`MomentGradient`], and its numbers.
    gradient: Vec<f64>,
    numbers: [f64; 3],
}

impl MomentWorkspace {
    /// Makes room for a level whose assignment has `k` columns.
    pub fn reserve<T: Real>(&mut self, adjacency: &Adjacency<T>, k: usize) -> Result<()> {
        let graphs = adjacency.graphs();
        let columns = k.checked_mul(2).and_then(|two| two.checked_mul(graphs)).ok_or_else(Error::out_of_memory)?;
        try_grow(&mut self.scalars, graphs, Scalars::default())?;
        try_grow(&mut self.columns, columns, 0.0)?;
        try_grow(&mut self.degrees, adjacency.nodes(), 0.0)?;
        try_grow(&mut self.gradient, MomentGradient::length(k).ok_or_else(Error::out_of_memory)?, 0.0)
    }

    /// Computes the moments of a graph, but for `S^T S` and `inside`.
    pub fn forward<T: Real>(&mut self, adjacency: &Adjacency<T>, graph: usize, s: Mat<'_, T>, inside: f64) {
        let (nodes, k) = (adjacency.offsets()[graph]..adjacency.offsets()[graph + 1], s.ncols());
        let degrees = &mut self.degrees[nodes.clone()];
        if adjacency.is_dense() {
            let square = adjacency.k() * adjacency.k();
            moments::degrees_dense(&adjacency.dense()[graph * square..(graph + 1) * square], degrees);
        } else {
            moments::degrees_sparse(adjacency.sparse(), nodes.start, degrees);
        }
        let (sizes, volumes) = self.columns[2 * graph * k..2 * (graph + 1) * k].split_at_mut(k);
        self.scalars[graph] = moments::forward(degrees, inside, s, sizes, volumes);
    }

    /// The moments of a graph; `gram` is its `S^T S`.
    pub fn of_graph<'a>(&'a self, graph: usize, k: usize, gram: &'a [f64]) -> Moments<'a> {
        let (sizes, volumes) = self.columns[2 * graph * k..2 * (graph + 1) * k].split_at(k);
        Moments { scalars: self.scalars[graph], gram, sizes, volumes }
    }

    /// Computes the gradient with respect to the moments of a graph, for losses that count so much each. Adds that of
    /// `S^T S`, for both of its factors, to `by_s`, and that of a dense `A` to `dadjacency`; returns that of `inside`.
    pub fn backward<T: Real>(
        &mut self,
        losses: impl Iterator<Item = (MomentLoss, f64)>,
        (adjacency, graph): (&Adjacency<T>, usize),
        (s, gram): (Mat<'_, T>, &[f64]),
        (by_s, dadjacency): (&mut [T], &mut AdjacencyGradient<T>),
    ) -> f64 {
        let k = s.ncols();
        let mut memory = std::mem::take(&mut self.gradient);
        let mut by = MomentGradient::zeros(k, &mut memory[..by_s.len() + 2 * k]);
        let of_graph = self.of_graph(graph, k, gram);
        losses.for_each(|(loss, c)| (loss.backward)(c, &of_graph, &mut by));
        by_s.iter_mut().zip(&*by.gram).for_each(|(o, g)| *o += T::of(2.0 * g));
        if adjacency.is_dense() {
            let square = adjacency.k() * adjacency.k();
            moments::backward_adjacency(&by, s, &mut dadjacency.da_mut()[graph * square..(graph + 1) * square]);
        }
        let inside = by.inside;
        self.numbers = [by.total, by.inside, by.spread];
        self.gradient = memory;
        inside
    }

    /// Adds to the gradient of some rows of the `S` of the graph of the last [`backward`](Self::backward) what comes by
    /// its moments of rows.
    pub fn backward_rows<T: Real>(&mut self, rows: Range<usize>, s: Mat<'_, T>, ds: &mut MatMut<'_, T>) {
        let k = s.ncols();
        let (gram, columns) = self.gradient[..k * k + 2 * k].split_at_mut(k * k);
        let (sizes, volumes) = columns.split_at_mut(k);
        let [total, inside, spread] = self.numbers;
        let by = MomentGradient { total, inside, spread, gram, sizes, volumes };
        moments::backward_rows(&by, &self.degrees[rows.clone()], s.slice(s![rows, ..]), ds);
    }
}
