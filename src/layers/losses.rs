//! The losses of a pooling level: how its assignment fits the edges (link), how sharp it is (entropy), and those that
//! are made of its moments.
//!
//! ```text
//! scope graph   link = mean over graphs of l_g / normaliser_g
//!               entropy = mean over graphs of (mean over nodes of H_i)
//! scope batch   link = sqrt(sum of q_g) / normaliser of the batch (Frobenius),  sum of l_g / sum of n_g^2
//!                      (cross-entropy)
//!               entropy = sum of H_i over all nodes / number of nodes
//! others        mean over graphs
//! ```
//!
//! `q_g` is the square of the Frobenius distance `l_g`. In scope batch, normalisers and numbers of nodes count padded
//! nodes at the first level; the cross-entropy form counts real ones, as the authors' code does. A batch is normalised
//! by the sum over its graphs, or by the Frobenius norm of all their edges together. Chunks give sums; what they add up
//! to over the batch decides the scale of the gradients.

use std::ops::Range;

use ndarray::s;

use super::adjacency::Adjacency;
use super::adjacency_gradient::AdjacencyGradient;
use super::context::Context;
use super::moment_losses::{MomentLoss, MomentWorkspace, of_moments};
use crate::config::{Annealing, Config, LinkLoss, LinkNormalizer, LossParts, LossScope, PoolLoss};
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
    link_normalizer: LinkNormalizer,
    scope: LossScope,
    /// What every loss weighs at this level.
    weights: [f64; PoolLoss::COUNT],
    /// Which of them weigh something else at another level.
    listed: [bool; PoolLoss::COUNT],
    /// Which losses are computed.
    computed: [bool; PoolLoss::COUNT],
}

/// Sums over graphs, and what they are divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LossSums {
    sums: [f64; PoolLoss::COUNT],
    counts: [f64; PoolLoss::COUNT],
    /// The part of the link loss's sum that may be rounding error.
    link_floor: f64,
    /// Sum over graphs of the mean entropy of their nodes, whatever the scope.
    pub(super) mean_entropy: f64,
}

/// What the gradients of one level are multiplied with.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LossScale {
    by: [f64; PoolLoss::COUNT],
    /// What a dense `A` is multiplied with in its own gradient, where it normalises the link loss of a batch.
    link_norm: f64,
}

impl LossScale {
    /// The scale of a batch that counts as `share` of a step.
    pub fn times(self, share: f64) -> Self {
        Self { by: self.by.map(|by| by * share), link_norm: self.link_norm * share }
    }

    fn of(&self, loss: PoolLoss) -> f64 {
        self.by[loss as usize]
    }

    /// The losses of moments, and what each is multiplied with.
    fn of_moments(&self) -> impl Iterator<Item = (MomentLoss, f64)> {
        let counted = PoolLoss::ALL.iter().map(|&loss| (loss, self.of(loss))).filter(|(_, c)| *c != 0.0);
        counted.filter_map(|(loss, c)| Some((of_moments(loss)?, c)))
    }

    fn has_moments(&self) -> bool {
        self.of_moments().next().is_some()
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
    moments: MomentWorkspace,
}

impl LossSums {
    /// Adds the sums over other graphs.
    pub fn add(&mut self, other: &Self) {
        let add = |sums: &mut [f64], others: &[f64]| sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        add(&mut self.sums, &other.sums);
        add(&mut self.counts, &other.counts);
        self.link_floor += other.link_floor;
        self.mean_entropy += other.mean_entropy;
    }

    fn count(&mut self, loss: PoolLoss, sum: f64, count: f64) {
        self.sums[loss as usize] += sum;
        self.counts[loss as usize] += count;
    }
}

impl PoolLosses {
    /// The losses that a configuration asks for at a pooling level.
    pub fn new(config: &Config, level: usize) -> Self {
        let Config { link_loss, adj_hop, link_normalizer, loss_scope: scope, .. } = *config;
        let mut losses = Self {
            link_loss,
            adj_hop,
            link_normalizer,
            scope,
            weights: [0.0; PoolLoss::COUNT],
            listed: [false; PoolLoss::COUNT],
            computed: [false; PoolLoss::COUNT],
        };
        for &loss in PoolLoss::ALL {
            let weight = loss.weight(config);
            losses.weights[loss as usize] = weight.at(level);
            losses.listed[loss as usize] = weight.of_all().is_none();
            losses.computed[loss as usize] = loss.is_computed(config);
        }
        losses
    }

    /// What a loss weighs at this level, in the end.
    pub fn weight(&self, loss: PoolLoss) -> f64 {
        self.weights[loss as usize]
    }

    /// The losses of this level and of those before it; one that is not computed is NaN.
    pub fn values(&self, before: Option<LossParts>, sums: &LossSums) -> LossParts {
        let mut parts = before.unwrap_or(LossParts::ZERO);
        PoolLoss::ALL.iter().for_each(|&loss| parts[loss] += self.value(loss, sums));
        parts
    }

    /// The losses of this level whose weights differ from level to level, weighted and together.
    pub fn by_level(&self, annealing: &Annealing, sums: &LossSums) -> f64 {
        let listed = PoolLoss::ALL.iter().filter(|&&loss| self.listed[loss as usize] && self.weight(loss) != 0.0);
        listed.map(|&loss| annealing.share(loss) * self.weight(loss) * self.value(loss, sums)).sum()
    }

    /// A loss of this level, not weighted.
    pub fn value(&self, loss: PoolLoss, sums: &LossSums) -> f64 {
        let (mut sum, count) = (sums.sums[loss as usize], self.divisor(loss, sums));
        if !self.computed[loss as usize] {
            return f64::NAN;
        }
        if loss == PoolLoss::Link && self.is_distance_of_batch() {
            sum = sum.sqrt();
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// What a sum over the batch is divided by.
    fn divisor(&self, loss: PoolLoss, sums: &LossSums) -> f64 {
        let count = sums.counts[loss as usize];
        if loss == PoolLoss::Link && self.is_norm_of_batch() { count.sqrt() } else { count }
    }

    /// What gradients are multiplied with in a batch with these sums.
    pub fn scale(&self, annealing: &Annealing, sums: &LossSums) -> LossScale {
        let mut scale = LossScale::default();
        for &loss in PoolLoss::ALL {
            let count = self.divisor(loss, sums);
            let over = if count > 0.0 { 1.0 / count } else { 0.0 };
            let slope = match loss == PoolLoss::Link && self.is_distance_of_batch() {
                true => 0.5 / sums.sums[loss as usize].max(sums.link_floor).max(f64::MIN_POSITIVE).sqrt(),
                false => 1.0,
            };
            let weight = annealing.share(loss) * self.weight(loss);
            scale.by[loss as usize] = weight * slope * over;
            if loss == PoolLoss::Link && self.is_norm_of_batch() && count > 0.0 {
                // The derivative of the norm by A is A / norm.
                scale.link_norm = -weight * sums.sums[loss as usize].sqrt() / (count * count * count);
            }
        }
        scale
    }

    fn is_distance_of_batch(&self) -> bool {
        self.scope == LossScope::Batch && self.link_loss == LinkLoss::Frobenius
    }

    /// Whether the link loss is divided by the norm of all edges of a batch, whose square its count then is.
    fn is_norm_of_batch(&self) -> bool {
        self.is_distance_of_batch() && self.link_normalizer == LinkNormalizer::Adjacency
    }

    /// Whether a loss of moments is computed.
    fn computes_moments(&self) -> bool {
        PoolLoss::ALL.iter().any(|&loss| self.computed[loss as usize] && of_moments(loss).is_some())
    }

    /// Makes room for a level whose assignment has `k` columns.
    pub fn reserve<T: Real>(&self, adjacency: &Adjacency<T>, k: usize, work: &mut LossWorkspace) -> Result<()> {
        try_grow(&mut work.links, adjacency.graphs(), Link::default())?;
        let largest = adjacency.largest();
        if self.link_loss == LinkLoss::Frobenius || self.computes_moments() {
            let grams = k.checked_mul(k).and_then(|square| square.checked_mul(adjacency.graphs()));
            try_grow(&mut work.grams, grams.ok_or_else(Error::out_of_memory)?, 0.0)?;
            work.frobenius.reserve(largest, k, adjacency.is_dense())?;
        }
        if self.computes_moments() {
            work.moments.reserve(adjacency, k)?;
        }
        if self.link_loss == LinkLoss::CrossEntropy && !adjacency.is_dense() {
            work.cross_entropy.reserve(largest, k, self.adj_hop)?;
        }
        Ok(())
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
            let (sum, count) = if of_graph { (entropy / n, 1.0) } else { (entropy, padded) };
            sums.count(PoolLoss::Entropy, sum, count);
            sums.mean_entropy += entropy / n;
            match self.link_loss {
                LinkLoss::Frobenius => {
                    let link = frobenius(adjacency, graph, s, work);
                    let normalizer = self.normalizer((adjacency, graph), &link, if of_graph { n } else { padded });
                    let by_batch = if self.is_norm_of_batch() { link.norm * link.norm } else { normalizer };
                    let (sum, count) =
                        if of_graph { (link.distance() / normalizer, 1.0) } else { (link.square, by_batch) };
                    sums.count(PoolLoss::Link, sum, count);
                    sums.link_floor += link.floor;
                }
                LinkLoss::CrossEntropy if adjacency.is_dense() => {}
                LinkLoss::CrossEntropy => {
                    let edges = link_cross_entropy::Edges { a: adjacency.sparse(), first: nodes[0] };
                    let link = link_cross_entropy::forward(edges, s, self.adj_hop, &mut work.cross_entropy);
                    let (sum, count) = if of_graph { (link / (n * n), 1.0) } else { (link, n * n) };
                    sums.count(PoolLoss::Link, sum, count);
                }
            }
            if self.computes_moments() {
                self.forward_moments((adjacency, graph), s, work, &mut sums);
            }
        }
        sums
    }

    /// Adds the losses of moments of one graph.
    fn forward_moments<T: Real>(
        &self,
        (adjacency, graph): (&Adjacency<T>, usize),
        s: Mat<'_, T>,
        work: &mut LossWorkspace,
        sums: &mut LossSums,
    ) {
        if self.link_loss == LinkLoss::CrossEntropy {
            frobenius(adjacency, graph, s, work);
        }
        let k = s.ncols();
        work.moments.forward(adjacency, graph, s, work.links[graph].inside);
        let moments = work.moments.of_graph(graph, k, &work.grams[graph * k * k..(graph + 1) * k * k]);
        for &loss in PoolLoss::ALL.iter().filter(|&&loss| self.computed[loss as usize]) {
            if let Some(of_moments) = of_moments(loss) {
                sums.count(loss, (of_moments.forward)(&moments), 1.0);
            }
        }
    }

    /// What the link loss of a graph is divided by.
    fn normalizer<T: Real>(&self, (adjacency, graph): (&Adjacency<T>, usize), link: &Link, nodes: f64) -> f64 {
        match self.link_normalizer {
            LinkNormalizer::None => 1.0,
            LinkNormalizer::Nodes => nodes,
            LinkNormalizer::NodesSquared => nodes * nodes,
            LinkNormalizer::Edges => (adjacency.entries(graph) as f64).max(1.0),
            LinkNormalizer::Adjacency if link.norm > 0.0 => link.norm,
            LinkNormalizer::Adjacency => 1.0,
        }
    }

    /// Whether the gradient of `S` has a part of the Frobenius form.
    fn has_frobenius(&self, scale: LossScale) -> bool {
        scale.of(PoolLoss::Link) != 0.0 && self.link_loss == LinkLoss::Frobenius
    }

    /// Whether the gradient of `S` has a part that is a product of `A` and `S`, and of `S^T S`.
    pub fn has_products(&self, scale: LossScale) -> bool {
        self.has_frobenius(scale) || scale.has_moments()
    }

    /// Whether the gradient of `S` has a part of the cross-entropy form.
    pub fn has_cross_entropy<T: Real>(&self, scale: LossScale, adjacency: &Adjacency<T>) -> bool {
        scale.of(PoolLoss::Link) != 0.0 && self.link_loss == LinkLoss::CrossEntropy && !adjacency.is_dense()
    }

    /// The gradient of one graph's losses that have products: writes the `[k, k]` that `S` is multiplied with, returns
    /// what `(A + A^T) S` is, and adds the gradient with respect to a dense `A` to `da`.
    pub fn products_back<T: Real>(
        &self,
        scale: LossScale,
        (adjacency, graph): (&Adjacency<T>, usize),
        s: Mat<'_, T>,
        work: &mut LossWorkspace,
        (by_s, dadjacency): (&mut [T], &mut AdjacencyGradient<T>),
    ) -> T {
        let gram = graph * by_s.len()..(graph + 1) * by_s.len();
        let link = if self.has_frobenius(scale) {
            self.frobenius_back(scale, (adjacency, graph), s, work, (by_s, dadjacency))
        } else {
            by_s.fill(T::zero());
            T::zero()
        };
        if !scale.has_moments() {
            return link;
        }
        let (losses, of_s) = (scale.of_moments(), (s, &work.grams[gram]));
        link + T::of(work.moments.backward(losses, (adjacency, graph), of_s, (by_s, dadjacency)))
    }

    /// The gradient of the Frobenius form, likewise.
    fn frobenius_back<T: Real>(
        &self,
        scale: LossScale,
        (adjacency, graph): (&Adjacency<T>, usize),
        s: Mat<'_, T>,
        work: &LossWorkspace,
        (by_s, dadjacency): (&mut [T], &mut AdjacencyGradient<T>),
    ) -> T {
        let (n, link) = (s.nrows() as f64, &work.links[graph]);
        let by_graph = match self.scope {
            LossScope::Graph => link.slope() / self.normalizer((adjacency, graph), link, n),
            LossScope::Batch => 1.0,
        };
        let c = scale.of(PoolLoss::Link) * by_graph;
        if adjacency.is_dense() {
            let square = adjacency.k() * adjacency.k();
            let own = graph * square..(graph + 1) * square;
            let (a, da) = (&adjacency.dense()[own.clone()], &mut dadjacency.da_mut()[own]);
            link_loss::backward_adjacency(T::of(c), a, s, da);
            if self.link_normalizer == LinkNormalizer::Adjacency && link.norm > 0.0 {
                let by_norm = match self.scope {
                    LossScope::Graph => {
                        -scale.of(PoolLoss::Link) * link.distance() / (link.norm * link.norm * link.norm)
                    }
                    LossScope::Batch => scale.link_norm,
                };
                da.iter_mut().zip(a).for_each(|(d, &a)| *d += T::of(by_norm) * a);
            }
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
        let c = scale.of(PoolLoss::Link) * if self.scope == LossScope::Graph { 1.0 / (n * n) } else { 1.0 };
        let edges = link_cross_entropy::Edges { a: adjacency.sparse(), first };
        link_cross_entropy::backward(c, edges, s, self.adj_hop, ds, &mut work.cross_entropy);
    }

    /// Adds the gradient of what each row of `S` costs by itself to that of some rows, for the softmax that they come
    /// from; their graph has `nodes` nodes and is that of the last [`products_back`](Self::products_back).
    pub fn rows_back<T: Real>(
        &self,
        scale: LossScale,
        (nodes, rows): (usize, Range<usize>),
        s: Mat<'_, T>,
        ds: &mut MatMut<'_, T>,
        work: &mut LossWorkspace,
    ) {
        if scale.has_moments() {
            work.moments.backward_rows(rows.clone(), s, ds);
        }
        let entropy = scale.of(PoolLoss::Entropy);
        if entropy != 0.0 {
            let by_graph = if self.scope == LossScope::Graph { nodes as f64 } else { 1.0 };
            entropy_loss::backward(T::of(entropy / by_graph), s.slice(s![rows, ..]), ds);
        }
    }
}

/// Computes the link of a graph and its `S^T S`.
fn frobenius<T: Real>(adjacency: &Adjacency<T>, graph: usize, s: Mat<'_, T>, work: &mut LossWorkspace) -> Link {
    let square = s.ncols() * s.ncols();
    let (gram, scratch) = (&mut work.grams[graph * square..(graph + 1) * square], &mut work.frobenius);
    work.links[graph] = if adjacency.is_dense() {
        let k = adjacency.k();
        link_loss::forward_dense(&adjacency.dense()[graph * k * k..(graph + 1) * k * k], s, gram, scratch)
    } else {
        link_loss::forward_sparse(adjacency.sparse(), adjacency.offsets()[graph], s, gram, scratch)
    };
    work.links[graph]
}
