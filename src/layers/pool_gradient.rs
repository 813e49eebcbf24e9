//! The backward pass of a pooling.
//!
//! ```text
//! dZ = S dX',   dS = Z dX'^T + A S dA'^T + A^T S dA' + losses,   dA = S dA' S^T + losses where A itself was pooled
//! ```
//!
//! The gradient of `S` is made where that of the logits is wanted, and becomes it in place, block of rows after block.

use std::ops::Range;

use ndarray::s;

use super::adjacency::Adjacency;
use super::adjacency_gradient::AdjacencyGradient;
use super::context::Context;
use super::level_workspace::{LevelWorkspace, gradients_of, graph_of};
use super::losses::{LossScale, LossWorkspace};
use super::pool::{Pool, blocks};
use super::stack::Stack;
use crate::ops::coarsen::Side;
use crate::ops::edge_channels::ChannelPool;
use crate::ops::gemm::gemm;
use crate::ops::runtime::buffer::matrix;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{coarsen, normalize_pooled, softmax};

impl<T: Real> Pool<T> {
    /// Turns the gradients of the next level's features and adjacency, and of the losses, into those of `Z` and the
    /// assignment stack. That of `Z` is added to where `add` is set, else written.
    pub(super) fn backward(
        &self,
        context: &Context<'_, T>,
        embed: &Stack<T>,
        add: bool,
        (work, next): (&mut LevelWorkspace<T>, &mut LevelWorkspace<T>),
        (scale, dparameters): (LossScale, &mut [T]),
    ) {
        let (_, mut dz) = embed.output_gradient(&mut work.embed);
        coarsen::backward(work.adjacency.offsets(), work.s.view(), next.dx.view(), add, &mut dz);
        let Some(stack) = self.stack() else { return };
        if self.hardens(context) {
            stack.clear_gradients(false, &mut work.assign);
            return stack.output_layer_back(context, &mut work.assign, dparameters);
        }
        if !self.full {
            self.pooled_back(work, next);
        }
        self.channels_back(work, next);
        stack.clear_gradients(true, &mut work.assign);
        let z = embed.output(&work.embed);
        let (_, mut ds) = stack.output_gradient(&mut work.assign);
        let LevelWorkspace { adjacency, relations, dadjacency, s, a_s, squares, losses, ds_channels, .. } = work;
        let s = s.view();
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
                if adjacency.channels.width() > 0 {
                    ds += &ds_channels.view().slice(block);
                }
                let (by_s, by_products) = squares.split_at(k * k);
                if factor.is_some() {
                    gemm(T::one(), s.slice(block), matrix(by_s, k, k), T::one(), &mut ds);
                }
                let mut a_s = a_s.view_mut().slice_move(s![..rows.len(), ..]);
                for ((relation, side), by) in self.products(&own).zip(by_products.chunks_exact(k * k)) {
                    relation.product_rows(side == Side::Transposed, (graph, rows.clone()), s, &mut a_s);
                    gemm(T::one(), a_s.view(), matrix(by, k, k), T::one(), &mut ds);
                }
                if !whole {
                    self.softmax_back(context, &own, rows, &mut ds, losses);
                }
            }
            if whole {
                let block = s![nodes.clone(), ..];
                let mut ds = ds.slice_mut(block);
                self.losses.cross_entropy_back(scale, (adjacency, nodes.start), s.slice(block), &mut ds, losses);
                self.softmax_back(context, &own, nodes, &mut ds, losses);
            }
        }
        stack.output_layer_back(context, &mut work.assign, dparameters);
    }

    /// Completes the gradients of the next level's adjacencies, and adds what they do to those of this level's.
    fn pooled_back(&self, work: &mut LevelWorkspace<T>, next: &mut LevelWorkspace<T>) {
        let LevelWorkspace { adjacency, dadjacency, relations, drelations, s, scratch, pooled_scale, .. } = work;
        if !relations.is_empty() {
            next.drelations.iter_mut().for_each(|d| d.add(&next.dadjacency));
        }
        let nodes = next.adjacency.nodes();
        let pooled = graph_of(&next.adjacency, &next.relations);
        let dpooled = gradients_of(&mut next.dadjacency, &mut next.drelations);
        let graph = graph_of(adjacency, relations).iter().zip(gradients_of(dadjacency, drelations));
        for (at, ((relation, drelation), (pooled, dpooled))) in graph.zip(pooled.iter().zip(dpooled)).enumerate() {
            dpooled.denormalize(pooled);
            if self.normalized {
                let scale = &pooled_scale[at * nodes..(at + 1) * nodes];
                normalize_pooled::backward(self.clusters, pooled.dense(), scale, dpooled.da_mut());
            }
            if relation.is_dense() {
                coarsen::backward_adjacency(relation.k(), s.view(), dpooled.da(), drelation.da_mut(), scratch);
            }
        }
    }

    /// Turns the gradient of the next level's channels into that of this level's, and writes what comes of it for `S`.
    fn channels_back(&self, work: &mut LevelWorkspace<T>, next: &LevelWorkspace<T>) {
        let LevelWorkspace { adjacency, dadjacency, s, channel_products, ds_channels, .. } = work;
        let (k, width) = (self.clusters, adjacency.channels.width());
        if width == 0 {
            return;
        }
        ds_channels.fill(T::zero());
        let (dense, de) = (adjacency.k() * adjacency.k() * width, dadjacency.channels_mut());
        for (graph, nodes) in adjacency.offsets().windows(2).enumerate() {
            let (a, channels, first) = (adjacency.neighbours(), adjacency.channels.values(), nodes[0]);
            let of = ChannelPool { a, channels, s: s.view(), graph, first };
            let dnext = &next.dadjacency.channels()[graph * k * width * k..(graph + 1) * k * width * k];
            let de = &mut de[graph * dense..(graph + 1) * dense];
            for rows in blocks(first..nodes[1]) {
                let products = &mut channel_products[..rows.len() * width * k];
                of.backward(rows, dnext, products, &mut ds_channels.view_mut(), de);
            }
        }
    }

    /// Turns the gradient of some rows of `S` into that of their logits.
    fn softmax_back(
        &self,
        context: &Context<'_, T>,
        of: &OfGraph<'_, T>,
        rows: Range<usize>,
        ds: &mut MatMut<'_, T>,
        losses: &mut LossWorkspace,
    ) {
        self.losses.rows_back(of.scale, (of.nodes().len(), rows.clone()), of.s, ds, losses);
        softmax::backward(T::of(context.temperature), of.s.slice(s![rows, ..]), ds);
    }

    /// The products with `S` that its gradient is made of: with every relation that is pooled, and with their sum where
    /// a loss is of that.
    fn products<'a>(&self, of: &OfGraph<'a, T>) -> impl Iterator<Item = (&'a Adjacency<T>, Side)> + use<'a, T> {
        let pooled = if self.full { &[] } else { graph_of(of.adjacency, of.relations) };
        let linked = self.losses.has_products(of.scale) && !self.is_linked_by_relation(of);
        let sum = if linked { std::slice::from_ref(of.adjacency) } else { &[] };
        let sides = Side::all(of.adjacency.is_directed());
        pooled.iter().chain(sum).flat_map(move |relation| sides.iter().map(move |&side| (relation, side)))
    }

    /// Whether the products of the only relation serve the losses as well.
    fn is_linked_by_relation(&self, of: &OfGraph<'_, T>) -> bool {
        !self.full && of.relations.is_empty()
    }

    /// Fills `squares` with what `S` and its [`products`](Self::products) are multiplied with in the gradient of `S`.
    /// What it returns is of the losses, where they have any.
    fn squares(
        &self,
        of: &OfGraph<'_, T>,
        next: &LevelWorkspace<T>,
        losses: &mut LossWorkspace,
        dadjacency: &mut AdjacencyGradient<T>,
        squares: &mut [T],
    ) -> Option<T> {
        let k = self.clusters;
        let (by_s, mut rest) = squares.split_at_mut(k * k);
        let link = self.losses.has_products(of.scale).then(|| {
            let s = of.s.slice(s![of.nodes(), ..]);
            self.losses.products_back(of.scale, (of.adjacency, of.graph), s, losses, (by_s, dadjacency))
        });
        let sides = Side::all(of.adjacency.is_directed());
        let mut square = || rest.split_off_mut(..k * k).expect("there is room for every product");
        let add_link = |side: Side, square: &mut [T]| {
            let twice = if side == Side::Both { T::of(2.0) } else { T::one() };
            square.iter_mut().step_by(k + 1).for_each(|d| *d += twice * link.unwrap_or(T::zero()));
        };
        let dpooled = graph_of(&next.dadjacency, &next.drelations).iter().filter(|_| !self.full);
        for (dpooled, &side) in dpooled.flat_map(|dpooled| sides.iter().map(move |side| (dpooled, side))) {
            let square = square();
            side.backward(k, &dpooled.da()[of.graph * k * k..(of.graph + 1) * k * k], square);
            if self.is_linked_by_relation(of) {
                add_link(side, square);
            }
        }
        for &side in sides.iter().filter(|_| link.is_some() && !self.is_linked_by_relation(of)) {
            let square = square();
            square.fill(T::zero());
            add_link(side, square);
        }
        link
    }
}

/// One graph in the backward pass.
struct OfGraph<'a, T> {
    graph: usize,
    /// The sum over all relations.
    adjacency: &'a Adjacency<T>,
    /// Every relation, where there are several.
    relations: &'a [Adjacency<T>],
    /// The assignment of all graphs.
    s: Mat<'a, T>,
    scale: LossScale,
}

impl<T: Real> OfGraph<'_, T> {
    fn nodes(&self) -> Range<usize> {
        self.adjacency.offsets()[self.graph]..self.adjacency.offsets()[self.graph + 1]
    }
}
