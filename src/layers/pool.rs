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
//! cache and forget it. The gradient of `S` is made where that of the logits is wanted, and becomes it in place.

use std::ops::Range;

use ndarray::s;

use super::Context;
use super::adjacency::{Adjacency, AdjacencyGradient};
use super::level::{CloseBackward, LevelWorkspace, gradients_of, graph_of};
use super::losses::{LossScale, LossWorkspace, PoolLosses};
use super::stack::Stack;
use crate::error::Result;
use crate::memory::try_grow;
use crate::ops::coarsen::Product;
use crate::ops::gemm::gemm;
use crate::ops::runtime::buffer::{matrix, matrix_mut, rows_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::random::{Purpose, normal, stream};
use crate::ops::runtime::real::Real;
use crate::ops::{coarsen, diagnostics, softmax};

/// Rows of `S` that are worked on at once, so that what is computed of them stays in the cache.
const BLOCK: usize = 256;

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
        work.a_s.reshape(work.adjacency.largest().min(BLOCK), k)?;
        if let Assigner::Random { seed, level } = self.assigner {
            self.draw(seed, level, work.adjacency.largest(), &mut work.random)?;
        }
        if losses {
            self.losses.reserve(&work.adjacency, k, &mut work.losses)?;
            work.clusters_scratch.reserve(k)?;
        }
        if training && self.stack().is_some() {
            try_grow(&mut work.scratch, work.adjacency.k() * k, T::zero())?;
            // Of every product with a relation and with their sum, and of S itself.
            let products = (work.relations.len() + 1) * Product::all(work.adjacency.is_directed()).len();
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
        if self.hardens(context) {
            rows_mut(&mut work.s.view_mut()).for_each(harden);
        }
    }

    /// Whether the pass takes the largest of every row of `S` alone.
    fn hardens(&self, context: &Context<'_, T>) -> bool {
        self.hard && !context.training
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
        let square = self.clusters * self.clusters;
        for (relation, pooled) in graph_of(adjacency, relations).iter().zip(pooled) {
            for (graph, pooled) in pooled.dense_mut().chunks_exact_mut(square).enumerate() {
                let first = offsets[graph];
                for rows in blocks(first..offsets[graph + 1]) {
                    let mut a_s = a_s.view_mut().slice_move(s![..rows.len(), ..]);
                    relation.product_rows(false, (graph, rows.clone()), s, &mut a_s);
                    let accumulate = rows.start > first;
                    coarsen::forward_adjacency(s.slice(s![rows, ..]), a_s.view(), accumulate, pooled);
                }
            }
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
        add: bool,
        work: &mut LevelWorkspace<T>,
        next: &mut LevelWorkspace<T>,
        pass: &mut CloseBackward<'_, T>,
    ) {
        let (_, mut dz) = embed.output_gradient(&mut work.embed);
        coarsen::backward(work.adjacency.offsets(), work.s.view(), next.dx.view(), add, &mut dz);
        let Some(stack) = self.stack() else { return };
        if self.hardens(context) {
            stack.begin_back(&mut work.assign, false);
            return stack.complete_back(context, &mut work.assign, pass.dparameters);
        }
        if !self.full {
            pooled_back(work, next);
        }
        stack.begin_back(&mut work.assign, true);
        let z = embed.output(&work.embed);
        let (_, mut ds) = stack.output_gradient(&mut work.assign);
        let LevelWorkspace { adjacency, relations, dadjacency, s, a_s, squares, losses, .. } = work;
        let (s, scale) = (s.view(), pass.loss_scale);
        for graph in 0..adjacency.graphs() {
            let own = OfGraph { graph, adjacency, relations, s, scale };
            let factor = self.squares(&own, next, losses, dadjacency, squares);
            let (nodes, k) = (own.nodes(), self.clusters);
            let whole = self.losses.has_cross_entropy(scale, adjacency);
            let dx = next.dx.view().slice_move(s![graph * k..(graph + 1) * k, ..]);
            for rows in blocks(nodes.clone()) {
                let block = s![rows.clone(), ..];
                let mut ds = ds.slice_mut(block);
                coarsen::backward_s(z.slice(block), dx, &mut ds);
                let (by_s, by_products) = squares.split_at(k * k);
                if factor.is_some() {
                    gemm(T::one(), s.slice(block), matrix(by_s, k, k), T::one(), &mut ds);
                }
                let mut a_s = a_s.view_mut().slice_move(s![..rows.len(), ..]);
                for ((relation, part), by) in self.products(&own).zip(by_products.chunks_exact(k * k)) {
                    relation.product_rows(part == Product::Transposed, (graph, rows.clone()), s, &mut a_s);
                    gemm(T::one(), a_s.view(), matrix(by, k, k), T::one(), &mut ds);
                }
                if !whole {
                    self.softmax_back(&own, rows, &mut ds);
                }
            }
            if whole {
                let block = s![nodes.clone(), ..];
                let mut ds = ds.slice_mut(block);
                self.losses.cross_entropy_back(scale, (adjacency, nodes.start), s.slice(block), &mut ds, losses);
                self.softmax_back(&own, nodes, &mut ds);
            }
        }
        stack.complete_back(context, &mut work.assign, pass.dparameters);
    }

    /// From the gradient of some rows of `S` to that of their logits.
    fn softmax_back(&self, of: &OfGraph<'_, T>, rows: Range<usize>, ds: &mut MatMut<'_, T>) {
        let s = of.s.slice(s![rows, ..]);
        self.losses.entropy_back(of.scale, of.nodes().len(), s, ds);
        softmax::backward(T::of(self.temperature), s, ds);
    }

    /// The products with `S` that its gradient is made of: with every relation that is pooled, and with their sum where
    /// the link loss is of that.
    fn products<'a>(&self, of: &OfGraph<'a, T>) -> impl Iterator<Item = (&'a Adjacency<T>, Product)> + use<'a, T> {
        let pooled = if self.full { &[] } else { graph_of(of.adjacency, of.relations) };
        let linked = self.losses.has_frobenius(of.scale) && !self.is_linked_by_relation(of);
        let sum = if linked { std::slice::from_ref(of.adjacency) } else { &[] };
        let parts = Product::all(of.adjacency.is_directed());
        pooled.iter().chain(sum).flat_map(move |relation| parts.iter().map(move |&part| (relation, part)))
    }

    /// Whether the products of the only relation serve the link loss as well.
    fn is_linked_by_relation(&self, of: &OfGraph<'_, T>) -> bool {
        !self.full && of.relations.is_empty()
    }

    /// Fills `squares` with what `S` and its [`products`](Self::products) are multiplied with in the gradient of `S`.
    /// What it returns is of the link loss, where there is one of the Frobenius form.
    fn squares(
        &self,
        of: &OfGraph<'_, T>,
        next: &LevelWorkspace<T>,
        losses: &LossWorkspace,
        dadjacency: &mut AdjacencyGradient<T>,
        squares: &mut [T],
    ) -> Option<T> {
        let k = self.clusters;
        let (by_s, mut rest) = squares.split_at_mut(k * k);
        let link = self.losses.has_frobenius(of.scale).then(|| {
            let s = of.s.slice(s![of.nodes(), ..]);
            self.losses.frobenius_back(of.scale, (of.adjacency, of.graph), s, losses, (by_s, dadjacency))
        });
        let parts = Product::all(of.adjacency.is_directed());
        let mut square = || rest.split_off_mut(..k * k).expect("there is room for every product");
        let add_link = |part: Product, square: &mut [T]| {
            let twice = if part == Product::Both { T::of(2.0) } else { T::one() };
            square.iter_mut().step_by(k + 1).for_each(|d| *d += twice * link.unwrap_or(T::zero()));
        };
        let dpooled = graph_of(&next.dadjacency, &next.drelations).iter().filter(|_| !self.full);
        for (dpooled, &part) in dpooled.flat_map(|dpooled| parts.iter().map(move |part| (dpooled, part))) {
            let square = square();
            part.backward(k, &dpooled.da()[of.graph * k * k..(of.graph + 1) * k * k], square);
            if self.is_linked_by_relation(of) {
                add_link(part, square);
            }
        }
        for &part in parts.iter().filter(|_| link.is_some() && !self.is_linked_by_relation(of)) {
            let square = square();
            square.fill(T::zero());
            add_link(part, square);
        }
        link
    }
}

/// One graph in the backward pass.
struct OfGraph<'a, T> {
    graph: usize,
    /// The sum over its relations, and they where there are several.
    adjacency: &'a Adjacency<T>,
    relations: &'a [Adjacency<T>],
    /// Of all graphs.
    s: Mat<'a, T>,
    scale: LossScale,
}

impl<T: Real> OfGraph<'_, T> {
    fn nodes(&self) -> Range<usize> {
        self.adjacency.offsets()[self.graph]..self.adjacency.offsets()[self.graph + 1]
    }
}

/// Completes the gradients of the next level's adjacencies, and adds what they do to those of this level's.
fn pooled_back<T: Real>(work: &mut LevelWorkspace<T>, next: &mut LevelWorkspace<T>) {
    let LevelWorkspace { adjacency, dadjacency, relations, drelations, s, scratch, .. } = work;
    if !relations.is_empty() {
        next.drelations.iter_mut().for_each(|d| d.add(&next.dadjacency));
    }
    let pooled = graph_of(&next.adjacency, &next.relations);
    let dpooled = gradients_of(&mut next.dadjacency, &mut next.drelations);
    let graph = graph_of(adjacency, relations).iter().zip(gradients_of(dadjacency, drelations));
    for ((relation, drelation), (pooled, dpooled)) in graph.zip(pooled.iter().zip(dpooled)) {
        dpooled.finish(pooled);
        if relation.is_dense() {
            coarsen::backward_adjacency(relation.k(), s.view(), dpooled.da(), drelation.da_mut(), scratch);
        }
    }
}

/// Cuts the rows of a graph into blocks; at least one.
fn blocks(nodes: Range<usize>) -> impl Iterator<Item = Range<usize>> {
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
