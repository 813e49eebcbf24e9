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

use super::Context;
use super::adjacency::{Adjacency, AdjacencyGradient};
use crate::error::Result;
use crate::graph::try_grow;
use crate::ops::buffer::Buffer;
use crate::ops::kinds::{LinkLoss, LinkNormalizer, LossScope};
use crate::ops::link_loss::{self, Link};
use crate::ops::real::{Mat, MatMut, Real};
use crate::ops::{entropy_loss, link_cross_entropy};

/// Which losses a level has.
#[derive(Debug, Clone, Copy)]
pub struct PoolLosses {
    /// Form of the link loss.
    pub link_loss: LinkLoss,
    /// Steps of the cross-entropy form.
    pub adj_hop: usize,
    /// Weight of the link loss.
    pub link_weight: f64,
    /// What the Frobenius form is divided by.
    pub link_normalizer: LinkNormalizer,
    /// Weight of the entropy loss.
    pub entropy_weight: f64,
    /// What the losses are means over.
    pub scope: LossScope,
    /// Temperature of the softmax that the assignment comes from.
    pub temperature: f64,
}

/// Sums over graphs, and what they are divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LossSums {
    link: f64,
    /// What of `link` may be rounding error.
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
            LinkLoss::Frobenius => work.frobenius.reserve(largest, k, adjacency.is_dense()),
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
            let padded = if adjacency.is_dense() { n } else { n.max(context.padded_nodes as f64) };
            let entropy = entropy_loss::forward(s);
            let of_graph = self.scope == LossScope::Graph;
            sums.entropy += if of_graph { entropy / n } else { entropy };
            sums.entropy_count += if of_graph { 1.0 } else { padded };
            sums.mean_entropy += entropy / n;
            match self.link_loss {
                LinkLoss::Frobenius => {
                    let link = frobenius(adjacency, graph, s, &mut work.frobenius);
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

    /// Whether [`link_back`](Self::link_back) reads `A S` and `A^T S`.
    pub fn reads_products(&self, scale: LossScale) -> bool {
        scale.link != 0.0 && self.link_loss == LinkLoss::Frobenius
    }

    /// Adds the gradient of the link loss with respect to `S` and to a dense `A`. `k * k` values of `scratch` are used.
    pub fn link_back<T: Real>(&self, scale: LossScale, pass: LinkBackward<'_, T>) {
        let LinkBackward { adjacency, dadjacency, s, a_s, at_s, ds, work, scratch } = pass;
        if scale.link == 0.0 || (self.link_loss == LinkLoss::CrossEntropy && adjacency.is_dense()) {
            return;
        }
        let k = adjacency.k();
        for (graph, nodes) in adjacency.offsets().windows(2).enumerate() {
            let rows = s![nodes[0]..nodes[1], ..];
            let n = (nodes[1] - nodes[0]) as f64;
            let of_graph = self.scope == LossScope::Graph;
            let own = s.slice(rows);
            let mut ds = ds.view_mut().slice_move(rows);
            if self.link_loss == LinkLoss::CrossEntropy {
                let c = scale.link * if of_graph { 1.0 / (n * n) } else { 1.0 };
                let edges = link_cross_entropy::Edges { a: adjacency.sparse(), first: nodes[0] };
                link_cross_entropy::backward(c, edges, own, self.adj_hop, &mut ds, &mut work.cross_entropy);
                continue;
            }
            let by_graph = work.links[graph].slope() / self.normalizer(adjacency, graph, n);
            let c = T::of(scale.link * if of_graph { by_graph } else { 1.0 });
            let linked = link_loss::Linked {
                s: own,
                a_s: a_s.view().slice_move(rows),
                at_s: at_s.map(|at_s| at_s.view().slice_move(rows)),
            };
            link_loss::backward(c, linked, &mut ds, scratch);
            if adjacency.is_dense() {
                let square = graph * k * k..(graph + 1) * k * k;
                let da = &mut dadjacency.da_mut()[square.clone()];
                link_loss::backward_adjacency(c, &adjacency.dense()[square], own, da);
            }
        }
    }

    /// Adds the gradient of the entropy loss with respect to the logits of `S`.
    pub fn entropy_back<T: Real>(
        &self,
        scale: LossScale,
        offsets: &[usize],
        s: Mat<'_, T>,
        dlogits: &mut MatMut<'_, T>,
    ) {
        if scale.entropy == 0.0 {
            return;
        }
        for nodes in offsets.windows(2) {
            let rows = s![nodes[0]..nodes[1], ..];
            let by_graph = if self.scope == LossScope::Graph { (nodes[1] - nodes[0]) as f64 } else { 1.0 };
            let c = T::of(scale.entropy / by_graph);
            entropy_loss::backward(c, T::of(self.temperature), s.slice(rows), &mut dlogits.slice_mut(rows));
        }
    }
}

/// What [`PoolLosses::link_back`] reads and writes.
pub struct LinkBackward<'a, T> {
    /// Adjacency of the level.
    pub adjacency: &'a Adjacency<T>,
    /// Its gradient.
    pub dadjacency: &'a mut AdjacencyGradient<T>,
    /// Assignment, `[n, k]`.
    pub s: Mat<'a, T>,
    /// `A S`.
    pub a_s: &'a Buffer<T>,
    /// `A^T S`, where the graphs are directed.
    pub at_s: Option<&'a Buffer<T>>,
    /// Gradient of `S`, added to.
    pub ds: &'a mut Buffer<T>,
    /// Memory of the losses.
    pub work: &'a mut LossWorkspace,
    /// More memory.
    pub scratch: &'a mut [T],
}

fn frobenius<T: Real>(adjacency: &Adjacency<T>, graph: usize, s: Mat<'_, T>, scratch: &mut link_loss::Scratch) -> Link {
    if !adjacency.is_dense() {
        return link_loss::forward_sparse(adjacency.sparse(), adjacency.offsets()[graph], s, scratch);
    }
    let k = adjacency.k();
    link_loss::forward_dense(&adjacency.dense()[graph * k * k..(graph + 1) * k * k], s, scratch)
}
