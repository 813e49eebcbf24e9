//! The pooling part of a level: assign its nodes to clusters, and make the graph of the clusters.
//!
//! ```text
//! learned   S = softmax(logits / temperature)   logits of a stack of convolutions
//! random    S = softmax(g / temperature)        g standard normal, of seed, level, node and cluster
//! graclus   S one-hot                           clusters of graph::graclus; a row without a cluster is 0
//! ```
//!
//! Only a learned `S` has a gradient. Where `S` has none, neither has any adjacency after it.

use super::Context;
use super::adjacency::Adjacency;
use super::level::{CloseBackward, LevelWorkspace, gradients_of, graph_of};
use super::losses::{LinkBackward, PoolLosses};
use super::stack::Stack;
use crate::error::Result;
use crate::graph::try_grow;
use crate::ops::buffer::{Buffer, matrix_mut, rows_mut};
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::random::{Purpose, normal, stream};
use crate::ops::real::Real;
use crate::ops::{coarsen, diagnostics, softmax};

/// The pooling part of a level.
pub struct Pool<T: 'static> {
    /// Gives `S`.
    pub assigner: Assigner<T>,
    /// Clusters `k`.
    pub clusters: usize,
    /// Temperature of the softmax.
    pub temperature: f64,
    /// Whether evaluation takes the largest of every row of `S` alone.
    pub hard: bool,
    /// Whether the next level sees an adjacency of ones in place of the pooled one.
    pub full: bool,
    /// What the assignment costs.
    pub losses: PoolLosses,
    /// Whether the clusters are looked at wherever losses are computed.
    pub diagnostics: bool,
}

/// Where `S` comes from.
pub enum Assigner<T: 'static> {
    /// From the logits of a stack.
    Learned(Stack<T>),
    /// From random numbers.
    Random {
        /// Seed of the model.
        seed: u64,
        /// Number of the level.
        level: usize,
    },
    /// From the clustering in [`LevelWorkspace::cluster_of`].
    Graclus,
}

impl<T: Real> Pool<T> {
    /// The stack that the assignment is learned by.
    pub fn stack(&self) -> Option<&Stack<T>> {
        match &self.assigner {
            Assigner::Learned(stack) => Some(stack),
            Assigner::Random { .. } | Assigner::Graclus => None,
        }
    }

    /// Makes room for a chunk; the level's adjacency has its shape already.
    pub(super) fn reserve(&self, training: bool, losses: bool, work: &mut LevelWorkspace<T>) -> Result<()> {
        let (n, k) = (work.adjacency.nodes(), self.clusters);
        work.s.reshape(n, k)?;
        work.a_s.reshape(n, k)?;
        if let Assigner::Random { seed, level } = self.assigner {
            self.draw(seed, level, work.adjacency.largest(), &mut work.random)?;
        }
        if losses {
            self.losses.reserve(&work.adjacency, k, &mut work.losses)?;
            work.clusters_scratch.reserve(k)?;
        }
        if training && self.stack().is_some() {
            work.ds.reshape(n, k)?;
            let scratch = (work.adjacency.k() * k).max(k * k);
            try_grow(&mut work.scratch, scratch, T::zero())?;
            if work.adjacency.is_directed() {
                work.at_s.reshape(n, k)?;
            }
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
        let values = nodes.checked_mul(k).ok_or_else(crate::error::Error::out_of_memory)?;
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
                stack.complete(context, &mut work.assign);
                work.s.view_mut().assign(&stack.output(&work.assign));
                softmax::forward(T::of(self.temperature), &mut work.s.view_mut());
            }
            Assigner::Random { .. } => {
                let LevelWorkspace { adjacency, s, random, .. } = work;
                for nodes in adjacency.offsets().windows(2) {
                    let rows = s.slice_mut()[nodes[0] * k..nodes[1] * k].chunks_exact_mut(k);
                    rows.zip(random.chunks_exact(k)).for_each(|(row, drawn)| row.copy_from_slice(drawn));
                }
            }
            Assigner::Graclus => {
                for (row, &cluster) in rows_mut(&mut work.s.view_mut()).zip(&work.cluster_of) {
                    row.fill(T::zero());
                    if let Some(own) = row.get_mut(cluster as usize) {
                        *own = T::one();
                    }
                }
            }
        }
        if self.hard && !context.training {
            rows_mut(&mut work.s.view_mut()).for_each(harden);
        }
    }

    /// The assignment, the pooled graph and the losses.
    pub(super) fn close(
        &self,
        context: &Context<'_, T>,
        embed: &Stack<T>,
        work: &mut LevelWorkspace<T>,
        next: &mut LevelWorkspace<T>,
    ) {
        self.assign(context, work);
        let LevelWorkspace { adjacency, relations, s, a_s, losses, sums, clusters, clusters_scratch, .. } = work;
        let (offsets, s) = (adjacency.offsets(), s.view());
        coarsen::forward(offsets, s, embed.output(&work.embed), &mut next.x.view_mut());
        let several = !relations.is_empty();
        let pooled = if several { &mut next.relations[..] } else { std::slice::from_mut(&mut next.adjacency) };
        for (relation, pooled) in graph_of(adjacency, relations).iter().zip(pooled) {
            relation.propagate(Propagation::Raw, s, false, &mut a_s.view_mut());
            coarsen::forward_adjacency(offsets, s, a_s.view(), pooled.dense_mut());
            pooled.normalize();
        }
        if several {
            next.adjacency.sum_dense(&next.relations);
        }
        if self.full {
            next.relations.iter_mut().for_each(Adjacency::fill_dense);
        }
        if context.losses {
            *sums = self.losses.forward(context, adjacency, s, losses);
            if self.diagnostics {
                let pooled = next.adjacency.dense();
                *clusters = diagnostics::forward(offsets, s, pooled, sums.mean_entropy, clusters_scratch);
            }
        }
    }

    /// From the gradients of the next level's features and adjacency, and the losses, to those of `Z` and the
    /// assignment stack.
    pub(super) fn close_back(
        &self,
        context: &Context<'_, T>,
        embed: &Stack<T>,
        work: &mut LevelWorkspace<T>,
        next: &mut LevelWorkspace<T>,
        pass: &mut CloseBackward<'_, T>,
    ) {
        let (z, mut dz) = embed.output_gradient(&mut work.embed);
        let (offsets, dx) = (work.adjacency.offsets(), next.dx.view());
        coarsen::backward(offsets, work.s.view(), dx, &mut dz);
        let Some(stack) = self.stack() else { return };
        coarsen::backward_s(offsets, z, dx, &mut work.ds.view_mut());
        if !self.full {
            self.links_back(work, next);
        }
        // Of the sum over all relations; of the only one they are there, unless nothing asked for the second.
        let stale = self.full || !work.relations.is_empty();
        if stale && self.losses.reads_products(pass.loss_scale) {
            let LevelWorkspace { adjacency, s, a_s, at_s, .. } = work;
            products(adjacency, s, a_s, at_s);
        }
        let LevelWorkspace { adjacency, dadjacency, s, a_s, at_s, ds, losses, scratch, .. } = work;
        let at_s = adjacency.is_directed().then_some(&*at_s);
        let s = s.view();
        let link = LinkBackward { adjacency, dadjacency, s, a_s, at_s, ds, work: losses, scratch };
        self.losses.link_back(pass.loss_scale, link);
        softmax::backward(T::of(self.temperature), s, &mut ds.view_mut());
        self.losses.entropy_back(pass.loss_scale, adjacency.offsets(), s, &mut ds.view_mut());
        stack.begin_back(&mut work.assign);
        let (_, mut dlogits) = stack.output_gradient(&mut work.assign);
        dlogits.assign(&work.ds.view());
        stack.complete_back(context, &mut work.assign, pass.dparameters);
    }

    /// What the gradients of the next level's adjacencies add to those of `S` and of this level's adjacencies.
    fn links_back(&self, work: &mut LevelWorkspace<T>, next: &mut LevelWorkspace<T>) {
        let LevelWorkspace { adjacency, dadjacency, relations, drelations, s, a_s, at_s, ds, scratch, .. } = work;
        let several = !relations.is_empty();
        if several {
            next.drelations.iter_mut().for_each(|d| d.add(&next.dadjacency));
        }
        let pooled = graph_of(&next.adjacency, &next.relations);
        let dpooled = gradients_of(&mut next.dadjacency, &mut next.drelations);
        let graph = graph_of(adjacency, relations).iter().zip(gradients_of(dadjacency, drelations));
        for ((relation, drelation), (pooled, dpooled)) in graph.zip(pooled.iter().zip(dpooled)) {
            dpooled.finish(pooled);
            let directed = relation.is_directed();
            // The product of the only relation is still there from the forward pass.
            if several {
                relation.propagate(Propagation::Raw, s.view(), false, &mut a_s.view_mut());
            }
            if directed {
                relation.propagate_back(Propagation::Raw, s.view(), false, &mut at_s.view_mut());
            }
            let links = coarsen::Links {
                offsets: relation.offsets(),
                a_s: a_s.view(),
                at_s: directed.then(|| at_s.view()),
                da: dpooled.da(),
            };
            coarsen::backward_s_links(links, &mut ds.view_mut(), scratch);
            if relation.is_dense() {
                coarsen::backward_adjacency(relation.k(), s.view(), dpooled.da(), drelation.da_mut(), scratch);
            }
        }
    }
}

/// Writes `A S`, and `A^T S` where it is another matrix.
fn products<T: Real>(adjacency: &Adjacency<T>, s: &Buffer<T>, a_s: &mut Buffer<T>, at_s: &mut Buffer<T>) {
    adjacency.propagate(Propagation::Raw, s.view(), false, &mut a_s.view_mut());
    if adjacency.is_directed() {
        adjacency.propagate_back(Propagation::Raw, s.view(), false, &mut at_s.view_mut());
    }
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
