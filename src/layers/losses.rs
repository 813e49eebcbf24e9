//! The losses of a pooling level: how its assignment fits the edges (link), and how sharp it is (entropy).
//!
//! ```text
//! scope graph   link = mean over graphs of l_g / normaliser_g
//!               entropy = mean over graphs of (mean over nodes of H_i)
//! scope batch   link = sqrt(sum of q_g) / sum of normalisers (Frobenius),  sum of l_g / sum of n_g^2 (cross-entropy)
//!               entropy = sum of H_i over all nodes / number of nodes
//! ```
//!
//! `q_g` is the square of the Frobenius distance `l_g`. In scope batch, normalisers and numbers of nodes count padded
//! nodes at the first level; the cross-entropy form counts real ones, as the authors' code does. Chunks give sums; what
//! they add up to over the batch decides the scale of the gradients.

use ndarray::s;

use super::adjacency::Adjacency;
use super::adjacency_gradient::AdjacencyGradient;
use super::context::Context;
use crate::config::{Config, LinkLoss, LinkNormalizer, LossScope};
use crate::error::{Error, Result};
use crate::memory::try_grow;
use crate::ops::link_loss::{self, Link};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{entropy_loss, link_cross_entropy};

/// The losses of a level.
#[derive(Debug, Clone, Copy)]
pub struct PoolLosses {
    link_loss: LinkLoss,
    adj_hop: usize,
    link_weight: f64,
    link_normalizer: LinkNormalizer,
    entropy_weight: f64,
    scope: LossScope,
}

/// Sums over graphs, and what they are divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LossSums {
    link: f64,
    /// The part of `link` that may be rounding error.
    link_floor: f64,
    link_count: f64,
    entropy: f64,
    entropy_count: f64,
    /// Sum over graphs of the mean entropy of their nodes, whatever the scope.
    pub(super) mean_entropy: f64,
}

/// What the gradients of one level are multiplied with.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LossScale {
    link: f64,
    entropy: f64,
}

impl LossScale {
    /// The scale of a batch that counts as `share` of a step.
    pub fn times(self, share: f64) -> Self {
        Self { link: self.link * share, entropy: self.entropy * share }
    }
}

/// Memory of the losses of one level.
#[derive(Debug, Clone, Default)]
pub struct LossWorkspace {
    links: Vec<Link>,
    /// `S^T S` of every graph, `[b, k, k]`.
    grams: Vec<f64>,
    frobenius: link_loss::Scratch,
    cross_entropy: link_cross_entropy::Scratch,
}

impl LossSums {
    /// Adds the sums over other graphs.
    pub fn add(&mut self, other: &Self) {
        self.link += other.link;
        self.link_floor += other.link_floor;
        self.link_count += other.link_count;
        self.entropy += other.entropy;
        self.entropy_count += other.entropy_count;
        self.mean_entropy += other.mean_entropy;
    }
}

impl PoolLosses {
    /// The losses that a configuration asks for.
    pub fn new(config: &Config) -> Self {
        let Config { link_loss, adj_hop, link_weight, link_normalizer, entropy_weight, loss_scope: scope, .. } =
            *config;
        Self { link_loss, adj_hop, link_weight, link_normalizer, entropy_weight, scope }
    }

    /// The link loss, not weighted.
    pub fn link(&self, sums: &LossSums) -> f64 {
        let sum = if self.is_distance_of_batch() { sums.link.sqrt() } else { sums.link };
        if sums.link_count > 0.0 { sum / sums.link_count } else { 0.0 }
    }

    /// The entropy loss, not weighted.
    pub fn entropy(&self, sums: &LossSums) -> f64 {
        if sums.entropy_count > 0.0 { sums.entropy / sums.entropy_count } else { 0.0 }
    }

    /// What gradients are multiplied with in a batch with these sums.
    pub fn scale(&self, sums: &LossSums) -> LossScale {
        let over = |count: f64| if count > 0.0 { 1.0 / count } else { 0.0 };
        let slope = match self.is_distance_of_batch() {
            true => 0.5 / sums.link.max(sums.link_floor).max(f64::MIN_POSITIVE).sqrt(),
            false => 1.0,
        };
        LossScale {
            link: self.link_weight * slope * over(sums.link_count),
            entropy: self.entropy_weight * over(sums.entropy_count),
        }
    }

    fn is_distance_of_batch(&self) -> bool {
        self.scope == LossScope::Batch && self.link_loss == LinkLoss::Frobenius
    }

    /// Makes room for a level whose assignment has `k` columns.
    pub fn reserve<T: Real>(&self, adjacency: &Adjacency<T>, k: usize, work: &mut LossWorkspace) -> Result<()> {
        try_grow(&mut work.links, adjacency.graphs(), Link::default())?;
        let largest = adjacency.largest();
        match self.link_loss {
            LinkLoss::Frobenius => {
                let grams = k.checked_mul(k).and_then(|square| square.checked_mul(adjacency.graphs()));
                try_grow(&mut work.grams, grams.ok_or_else(Error::out_of_memory)?, 0.0)?;
                work.frobenius.reserve(largest, k, adjacency.is_dense())
            }
            LinkLoss::CrossEntropy if adjacency.is_dense() => Ok(()),
            LinkLoss::CrossEntropy => work.cross_entropy.reserve(largest, k, self.adj_hop),
        }
    }

    /// Sums over the graphs of a chunk.
    pub fn forward<T: Real>(
        &self,
        context: &Context<'_, T>,
        adjacency: &Adjacency<T>,
        s: Mat<'_, T>,
        work: &mut LossWorkspace,
    ) -> LossSums {
        let mut sums = LossSums::default();
        for (graph, nodes) in adjacency.offsets().windows(2).enumerate() {
            let s = s.slice(s![nodes[0]..nodes[1], ..]);
            let n = (nodes[1] - nodes[0]) as f64;
            let padding = context.padding.filter(|_| !adjacency.is_dense());
            let padded = padding.map_or(n, |padding| padding.in_losses(n));
            let entropy = entropy_loss::forward(s);
            let of_graph = self.scope == LossScope::Graph;
            sums.entropy += if of_graph { entropy / n } else { entropy };
            sums.entropy_count += if of_graph { 1.0 } else { padded };
            sums.mean_entropy += entropy / n;
            match self.link_loss {
                LinkLoss::Frobenius => {
                    let link = frobenius(adjacency, graph, s, work);
                    work.links[graph] = link;
                    let normalizer = self.normalizer(adjacency, graph, if of_graph { n } else { padded });
                    sums.link += if of_graph { link.distance() / normalizer } else { link.square };
                    sums.link_floor += link.floor;
                    sums.link_count += if of_graph { 1.0 } else { normalizer };
                }
                LinkLoss::CrossEntropy if adjacency.is_dense() => {}
                LinkLoss::CrossEntropy => {
                    let edges = link_cross_entropy::Edges { a: adjacency.sparse(), first: nodes[0] };
                    let link = link_cross_entropy::forward(edges, s, self.adj_hop, &mut work.cross_entropy);
                    sums.link += if of_graph { link / (n * n) } else { link };
                    sums.link_count += if of_graph { 1.0 } else { n * n };
                }
            }
        }
        sums
    }

    fn normalizer<T: Real>(&self, adjacency: &Adjacency<T>, graph: usize, nodes: f64) -> f64 {
        match self.link_normalizer {
            LinkNormalizer::None => 1.0,
            LinkNormalizer::Nodes => nodes,
            LinkNormalizer::NodesSquared => nodes * nodes,
            LinkNormalizer::Edges => (adjacency.entries(graph) as f64).max(1.0),
        }
    }

    /// Whether the gradient of `S` has a part of the Frobenius form.
    pub fn has_frobenius(&self, scale: LossScale) -> bool {
        scale.link != 0.0 && self.link_loss == LinkLoss::Frobenius
    }

    /// Whether the gradient of `S` has a part of the cross-entropy form.
    pub fn has_cross_entropy<T: Real>(&self, scale: LossScale, adjacency: &Adjacency<T>) -> bool {
        scale.link != 0.0 && self.link_loss == LinkLoss::CrossEntropy && !adjacency.is_dense()
    }

    /// The gradient of the Frobenius form for one graph: writes the `[k, k]` that `S` is multiplied with, returns what
    /// `(A + A^T) S` is, and adds the gradient with respect to a dense `A` to `da`.
    pub fn frobenius_back<T: Real>(
        &self,
        scale: LossScale,
        (adjacency, graph): (&Adjacency<T>, usize),
        s: Mat<'_, T>,
        work: &LossWorkspace,
        (by_s, dadjacency): (&mut [T], &mut AdjacencyGradient<T>),
    ) -> T {
        let n = s.nrows() as f64;
        let by_graph = match self.scope {
            LossScope::Graph => work.links[graph].slope() / self.normalizer(adjacency, graph, n),
            LossScope::Batch => 1.0,
        };
        let c = scale.link * by_graph;
        if adjacency.is_dense() {
            let square = adjacency.k() * adjacency.k();
            let own = graph * square..(graph + 1) * square;
            link_loss::backward_adjacency(T::of(c), &adjacency.dense()[own.clone()], s, &mut dadjacency.da_mut()[own]);
        }
        link_loss::backward(c, &work.grams[graph * by_s.len()..(graph + 1) * by_s.len()], by_s)
    }

    /// Adds the gradient of the cross-entropy form of one graph, whose first node is `first`, to `ds`.
    pub fn cross_entropy_back<T: Real>(
        &self,
        scale: LossScale,
        (adjacency, first): (&Adjacency<T>, usize),
        s: Mat<'_, T>,
        ds: &mut MatMut<'_, T>,
        work: &mut LossWorkspace,
    ) {
        let n = s.nrows() as f64;
        let c = scale.link * if self.scope == LossScope::Graph { 1.0 / (n * n) } else { 1.0 };
        let edges = link_cross_entropy::Edges { a: adjacency.sparse(), first };
        link_cross_entropy::backward(c, edges, s, self.adj_hop, ds, &mut work.cross_entropy);
    }

    /// Adds the gradient of the entropy loss to that of some rows of `S`, for the softmax that they come from; their
    /// graph has `nodes` nodes.
    pub fn entropy_back<T: Real>(&self, scale: LossScale, nodes: usize, s: Mat<'_, T>, ds: &mut MatMut<'_, T>) {
        if scale.entropy != 0.0 {
            let by_graph = if self.scope == LossScope::Graph { nodes as f64 } else { 1.0 };
            entropy_loss::backward(T::of(scale.entropy / by_graph), s, ds);
        }
    }
}

fn frobenius<T: Real>(adjacency: &Adjacency<T>, graph: usize, s: Mat<'_, T>, work: &mut LossWorkspace) -> Link {
    let square = s.ncols() * s.ncols();
    let (gram, scratch) = (&mut work.grams[graph * square..(graph + 1) * square], &mut work.frobenius);
    if !adjacency.is_dense() {
        return link_loss::forward_sparse(adjacency.sparse(), adjacency.offsets()[graph], s, gram, scratch);
    }
    let k = adjacency.k();
    link_loss::forward_dense(&adjacency.dense()[graph * k * k..(graph + 1) * k * k], s, gram, scratch)
}
