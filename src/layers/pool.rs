//! The pooling part of a level: assign its nodes to clusters, and make the graph of the clusters.
//!
//! ```text
//! learned   S = softmax(logits / temperature)   logits of a stack of convolutions
//! random    S = softmax(g / temperature)        g standard normal, of seed, level, node and cluster
//! graclus   S one-hot                           clusters of graph::graclus; a row without a cluster is 0
//! ```
//!
//! Only a learned `S` has a gradient, and of that one not the hard form that evaluation may take, whose rows are
//! constant but where two clusters are equal. Where `S` has none, neither has any adjacency after it.
//!
//! `A S` never exists as a whole: forward and backward pass compute a block of its rows, use it while it is in the
//! cache and forget it. The backward pass is in `pool_gradient`.

use std::ops::Range;

use ndarray::s;

use super::adjacency::Adjacency;
use super::channels::Channels;
use super::context::{Context, Wanted};
use super::level_workspace::{LevelWorkspace, graph_of};
use super::losses::PoolLosses;
use super::params::Tables;
use super::stack::Stack;
use crate::config::{Assignment, Config, FinalAdjacency, PooledAdjacency};
use crate::control;
use crate::error::{Error, Result};
use crate::memory::try_grow;
use crate::ops::coarsen::Side;
use crate::ops::edge_channels::ChannelPool;
use crate::ops::runtime::buffer::{matrix_mut, rows, rows_mut};
use crate::ops::runtime::matrix::Mat;
use crate::ops::runtime::random::{Purpose, normal, stream};
use crate::ops::runtime::real::Real;
use crate::ops::{coarsen, diagnostics, normalize_pooled, softmax};

/// Rows of `S` that are worked on at once, so that what is computed of them stays in the cache.
const BLOCK: usize = 256;

/// The pooling part of a level.
pub struct Pool<T: 'static> {
    /// Gives `S`.
    pub assigner: Assigner<T>,
    /// Clusters `k`.
    pub clusters: usize,
    /// Temperature of the softmax of random numbers; that of a learned assignment is the pass's.
    pub temperature: f64,
    /// Whether evaluation takes the largest of every row of `S` alone.
    pub hard: bool,
    /// Whether the next level sees an adjacency of ones in place of the pooled one.
    pub full: bool,
    /// Whether the next level sees the pooled adjacency normalised.
    pub normalized: bool,
    /// What the assignment costs.
    pub losses: PoolLosses,
    /// Whether the clusters are looked at wherever losses are computed.
    pub diagnostics: bool,
}

/// Where `S` comes from.
pub enum Assigner<T: 'static> {
    /// The softmax of the logits of a stack.
    Learned(Stack<T>),
    /// The softmax of random numbers.
    Random {
        /// Seed of the model.
        seed: u64,
        /// Number of the level.
        level: usize,
    },
    /// The clustering in [`LevelWorkspace::cluster_of`].
    Graclus,
}

impl<T: Real> Pool<T> {
    /// Declares the parameters of the pooling of a level, for the features, relations and channels `of` it, to
    /// `clusters` clusters.
    pub fn new(config: &Config, clusters: usize, of: [usize; 3], tables: &mut Tables) -> Result<Self> {
        let level = tables.level;
        let assigner = match config.assignment {
            Assignment::Learned => Assigner::Learned(Stack::assign(config, of, clusters, tables)?),
            Assignment::Random => Assigner::Random { seed: config.seed, level },
            Assignment::Graclus => Assigner::Graclus,
        };
        Ok(Self {
            assigner,
            clusters,
            temperature: config.temperature,
            hard: config.hard_assignment,
            full: config.final_adjacency == FinalAdjacency::Full && level + 1 == config.clusters.len(),
            normalized: config.pooled_adjacency == PooledAdjacency::Normalized,
            losses: PoolLosses::new(config, level),
            diagnostics: config.diagnostics,
        })
    }

    /// The stack that the assignment is learned by.
    pub fn stack(&self) -> Option<&Stack<T>> {
        match &self.assigner {
            Assigner::Learned(stack) => Some(stack),
            Assigner::Random { .. } | Assigner::Graclus => None,
        }
    }

    /// Makes room for a chunk; the level's adjacency has its shape already.
    pub(super) fn reserve(&self, wanted: Wanted, work: &mut LevelWorkspace<T>) -> Result<()> {
        let (n, k) = (work.adjacency.nodes(), self.clusters);
        work.s.reshape(n, k)?;
        work.a_s.reshape(work.adjacency.largest().min(BLOCK), k)?;
        if let Assigner::Random { seed, level } = self.assigner {
            self.draw(seed, level, work.adjacency.largest(), &mut work.random)?;
        }
        if self.normalized {
            let values = work.adjacency.graphs().checked_mul(k).ok_or_else(Error::out_of_memory)?;
            try_grow(&mut work.pooled, values.checked_mul(k).ok_or_else(Error::out_of_memory)?, T::zero())?;
            let relations = graph_of(&work.adjacency, &work.relations).len();
            let scales = values.checked_mul(relations).ok_or_else(Error::out_of_memory)?;
            try_grow(&mut work.pooled_scale, scales, T::zero())?;
        }
        let channels = work.adjacency.channels.width();
        if channels > 0 {
            let values = work.a_s.rows().checked_mul(channels).and_then(|values| values.checked_mul(k));
            try_grow(&mut work.channel_products, values.ok_or_else(Error::out_of_memory)?, T::zero())?;
        }
        if channels > 0 && wanted.backward && self.stack().is_some() {
            work.ds_channels.reshape(n, k)?;
        }
        if wanted.losses {
            self.losses.reserve(&work.adjacency, k, &mut work.losses)?;
            work.clusters_scratch.reserve(k)?;
        }
        if wanted.backward && self.stack().is_some() {
            try_grow(&mut work.scratch, work.adjacency.k() * k, T::zero())?;
            // One for every product with a relation and with their sum, and one for S itself.
            let products = (work.relations.len() + 1) * Side::all(work.adjacency.is_directed()).len();
            try_grow(&mut work.squares, (products + 1) * k * k, T::zero())?;
        }
        Ok(())
    }

    /// Extends the rows of a random assignment to those of `nodes` nodes.
    fn draw(&self, seed: u64, level: usize, nodes: usize, rows: &mut Vec<T>) -> Result<()> {
        let k = self.clusters;
        let known = rows.len() / k;
        if nodes <= known {
            return Ok(());
        }
        let values = nodes.checked_mul(k).ok_or_else(Error::out_of_memory)?;
        try_grow(rows, values, T::zero())?;
        let new = &mut rows[known * k..];
        for (node, row) in (known..).zip(new.chunks_exact_mut(k)) {
            let mut random = stream(seed, Purpose::Assignment, level as u64, node as u64);
            row.iter_mut().for_each(|g| *g = T::of(normal(&mut random)));
        }
        softmax::forward(T::of(self.temperature), &mut matrix_mut(new, nodes - known, k));
        Ok(())
    }

    /// Writes `S`.
    fn assign(&self, context: &Context<'_, T>, work: &mut LevelWorkspace<T>) {
        let k = self.clusters;
        match &self.assigner {
            Assigner::Learned(stack) => {
                stack.output_layer(context, &mut work.assign);
                let logits = stack.output(&work.assign);
                control::watched(rows_mut(&mut work.s.view_mut()).zip(rows(&logits)))
                    .for_each(|(s, z)| s.copy_from_slice(z));
                softmax::forward(T::of(context.temperature), &mut work.s.view_mut());
            }
            Assigner::Random { .. } => {
                let LevelWorkspace { adjacency, s, random, .. } = work;
                for nodes in adjacency.offsets().windows(2) {
                    let rows = s.slice_mut()[nodes[0] * k..nodes[1] * k].chunks_exact_mut(k);
                    control::watched(rows.zip(random.chunks_exact(k)))
                        .for_each(|(row, drawn)| row.copy_from_slice(drawn));
                }
            }
            Assigner::Graclus => {
                for (row, &cluster) in control::watched(rows_mut(&mut work.s.view_mut()).zip(&work.cluster_of)) {
                    row.fill(T::zero());
                    if let Some(own) = row.get_mut(cluster as usize) {
                        *own = T::one();
                    }
                }
            }
        }
        if self.hardens(context) {
            control::watched(rows_mut(&mut work.s.view_mut())).for_each(harden);
        }
    }

    /// Whether the pass takes the largest of every row of `S` alone.
    pub(super) fn hardens(&self, context: &Context<'_, T>) -> bool {
        self.hard && !context.training
    }

    /// The assignment `S`, the pooled graph `X' = S^T Z`, `A' = S^T A S`, and the losses.
    pub(super) fn forward(
        &self,
        context: &Context<'_, T>,
        embed: &Stack<T>,
        work: &mut LevelWorkspace<T>,
        next: &mut LevelWorkspace<T>,
    ) {
        self.assign(context, work);
        let LevelWorkspace { adjacency, relations, s, a_s, losses, sums, clusters, clusters_scratch, .. } = work;
        let channel_products = &mut work.channel_products;
        let (offsets, s) = (adjacency.offsets(), s.view());
        coarsen::forward(offsets, s, embed.output(&work.embed), &mut next.x.view_mut());
        let several = !relations.is_empty();
        let pooled = pooled_of(several, next);
        let square = self.clusters * self.clusters;
        for (relation, pooled) in graph_of(adjacency, relations).iter().zip(pooled) {
            for (graph, pooled) in pooled.dense_mut().chunks_exact_mut(square).enumerate() {
                let first = offsets[graph];
                for rows in blocks(first..offsets[graph + 1]) {
                    if control::stopped() {
                        return;
                    }
                    let mut a_s = a_s.view_mut().slice_move(s![..rows.len(), ..]);
                    relation.product_rows(false, (graph, rows.clone()), s, &mut a_s);
                    let accumulate = rows.start > first;
                    coarsen::forward_adjacency(s.slice(s![rows, ..]), a_s.view(), accumulate, pooled);
                }
            }
        }
        if several {
            next.adjacency.sum_dense(&next.relations);
        }
        pool_channels(adjacency, s, channel_products, &mut next.adjacency.channels);
        if context.wanted.losses {
            *sums = self.losses.forward(context, adjacency, s, losses);
            if self.diagnostics {
                let pooled = next.adjacency.dense();
                *clusters = diagnostics::forward(offsets, s, pooled, sums.mean_entropy, clusters_scratch);
            }
        }
        self.complete(several, work, next);
    }

    /// `S^T A S`, the sum over the relations, which the next level may see normalised.
    pub fn pooled<'a>(&self, work: &'a LevelWorkspace<T>, next: &'a LevelWorkspace<T>) -> &'a [T] {
        let seen = next.adjacency.dense();
        if self.normalized { &work.pooled[..seen.len()] } else { seen }
    }

    /// Makes of the pooled adjacency what the next level sees; it has several relations, or one.
    fn complete(&self, several: bool, work: &mut LevelWorkspace<T>, next: &mut LevelWorkspace<T>) {
        if self.normalized {
            let pooled = next.adjacency.dense();
            work.pooled[..pooled.len()].copy_from_slice(pooled);
            let scales = work.pooled_scale.chunks_exact_mut(next.adjacency.nodes());
            for (pooled, scale) in pooled_of(several, next).iter_mut().zip(scales) {
                normalize_pooled::forward(self.clusters, pooled.dense_mut(), scale);
            }
            if several {
                next.adjacency.sum_dense(&next.relations);
            }
        }
        pooled_of(several, next).iter_mut().for_each(Adjacency::normalize);
        if self.full {
            next.relations.iter_mut().for_each(Adjacency::fill_dense);
        }
    }
}

/// The adjacencies that are pooled into: of every relation, or the only one.
fn pooled_of<T>(several: bool, next: &mut LevelWorkspace<T>) -> &mut [Adjacency<T>] {
    if several { &mut next.relations } else { std::slice::from_mut(&mut next.adjacency) }
}

/// Writes the channels of the next level.
fn pool_channels<T: Real>(adjacency: &Adjacency<T>, s: Mat<'_, T>, products: &mut [T], next: &mut Channels<T>) {
    let (k, width) = (s.ncols(), next.width());
    for (graph, nodes) in adjacency.offsets().windows(2).enumerate().filter(|_| width > 0) {
        let (a, channels, first) = (adjacency.neighbours(), adjacency.channels.values(), nodes[0]);
        let of = ChannelPool { a, channels, s, graph, first };
        for rows in blocks(first..nodes[1]) {
            if control::stopped() {
                return;
            }
            let products = &mut products[..rows.len() * width * k];
            of.forward(rows.clone(), rows.start > first, products, next.graph_mut(graph, k));
        }
    }
}

/// Cuts the rows of a graph into blocks; at least one.
pub(super) fn blocks(nodes: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let begins = (nodes.start..nodes.end.max(nodes.start + 1)).step_by(BLOCK);
    begins.map(move |begin| begin..(begin + BLOCK).min(nodes.end))
}

/// Makes the largest value 1, the first of equal ones, and all others 0. A row that is not of numbers stays, so that it
/// shows in the output.
fn harden<T: Real>(row: &mut [T]) {
    if row.iter().any(|share| share.is_nan()) {
        return;
    }
    let mut best = 0;
    for (cluster, &share) in row.iter().enumerate() {
        if share > row[best] {
            best = cluster;
        }
    }
    row.fill(T::zero());
    if let Some(own) = row.get_mut(best) {
        *own = T::one();
    }
}

#[cfg(test)]
mod tests {
    use super::harden;

    #[test]
    fn the_first_of_the_largest_wins_and_what_is_no_number_stays() {
        let mut row = [0.2, 0.4, 0.4];
        harden(&mut row);
        assert_eq!(row, [0.0, 1.0, 0.0]);
        let mut row = [0.5, f64::NAN, 0.5];
        harden(&mut row);
        assert!(row[1].is_nan());
    }
}
