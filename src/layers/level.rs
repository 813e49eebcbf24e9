//! One level of the hierarchy: embed the nodes, read them out, and pool them into the graph of the next level.

use std::slice::{from_mut, from_ref};

use super::Context;
use super::adjacency::{Adjacency, AdjacencyGradient};
use super::losses::{LossScale, LossSums, LossWorkspace};
use super::norm::{NormSpec, NormSums};
use super::pool::Pool;
use super::readout::{ReadoutLayer, ReadoutWorkspace};
use super::stack::{Product, Stack, StackBackward, StackForward, StackWorkspace};
use crate::error::Result;
use crate::ops::batch_norm::Moments;
use crate::ops::diagnostics;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// A level; the last one has no pooling.
pub struct Level<T: 'static> {
    /// Gives `Z`.
    pub embed: Stack<T>,
    /// Gives `S` and what it costs.
    pub pool: Option<Pool<T>>,
    /// How the level is read out.
    pub readout: Option<ReadoutLayer>,
    /// Features of the level's nodes.
    pub input: usize,
    /// Relations of the graphs, at least 1.
    pub relations: usize,
    /// Whether convolutions see an adjacency of ones in place of the pooled one.
    pub full: bool,
    /// Whether the gradient of the features is asked for: the level was pooled, or an encoder made its features.
    pub needs_dx: bool,
}

/// Memory of one level for one chunk.
#[derive(Debug, Clone)]
pub struct LevelWorkspace<T> {
    /// Features of the level's nodes, `[n, input]`.
    pub x: Buffer<T>,
    /// Gradient of `x`.
    pub dx: Buffer<T>,
    /// Adjacency of the level: the sum over its relations.
    pub adjacency: Adjacency<T>,
    /// Its gradient, but for what comes by way of the relations.
    pub dadjacency: AdjacencyGradient<T>,
    /// Adjacency of every relation, or the one of ones that takes its place; empty where there is only one, the sum.
    pub relations: Vec<Adjacency<T>>,
    /// Their gradients.
    pub drelations: Vec<AdjacencyGradient<T>>,
    /// Memory of the embedding stack.
    pub embed: StackWorkspace<T>,
    /// Memory of the assignment stack.
    pub assign: StackWorkspace<T>,
    /// Assignment, `[n, k]`.
    pub s: Buffer<T>,
    /// Cluster of every node, where a clustering assigns them; `u32::MAX` for a cluster without nodes.
    pub cluster_of: Vec<u32>,
    /// Rows of random assignments, for as many nodes as a graph has had so far.
    pub(super) random: Vec<T>,
    /// Some rows of `A S` or `A^T S`.
    pub(super) a_s: Buffer<T>,
    /// The `[k, k]` that products with `S` are multiplied with in the gradient of a graph's `S`, one after the other.
    pub(super) squares: Vec<T>,
    pub(super) scratch: Vec<T>,
    readout: ReadoutWorkspace<T>,
    pub(super) losses: LossWorkspace,
    /// Losses of the last forward pass.
    pub sums: LossSums,
    /// Clusters of the last forward pass with losses.
    pub clusters: diagnostics::Sums,
    pub(super) clusters_scratch: diagnostics::Scratch,
}

impl<T: Real> LevelWorkspace<T> {
    /// Empty memory for `level`.
    pub fn new(level: &Level<T>) -> Self {
        let mut kinds = level.embed.propagations();
        kinds.extend(level.assign().iter().flat_map(|assign| assign.propagations()));
        let several = if level.relations > 1 || level.full { level.relations } else { 0 };
        Self {
            x: Buffer::new(),
            dx: Buffer::new(),
            adjacency: Adjacency::new(if several > 0 { &[] } else { &kinds }),
            dadjacency: AdjacencyGradient::default(),
            relations: vec![Adjacency::new(&kinds); several],
            drelations: vec![AdjacencyGradient::default(); several],
            embed: StackWorkspace::default(),
            assign: StackWorkspace::default(),
            s: Buffer::new(),
            cluster_of: Vec::new(),
            random: Vec::new(),
            a_s: Buffer::new(),
            squares: Vec::new(),
            scratch: Vec::new(),
            readout: ReadoutWorkspace::default(),
            losses: LossWorkspace::default(),
            sums: LossSums::default(),
            clusters: diagnostics::Sums::default(),
            clusters_scratch: diagnostics::Scratch::default(),
        }
    }
}

/// The adjacency of every relation, or its gradient.
pub(super) fn graph_of<'a, A>(sum: &'a A, relations: &'a [A]) -> &'a [A] {
    if relations.is_empty() { from_ref(sum) } else { relations }
}

/// The gradient of every relation's adjacency, to write.
pub(super) fn gradients_of<'a, T>(
    sum: &'a mut AdjacencyGradient<T>,
    relations: &'a mut [AdjacencyGradient<T>],
) -> &'a mut [AdjacencyGradient<T>] {
    if relations.is_empty() { from_mut(sum) } else { relations }
}

impl<T: Real> Level<T> {
    /// The stack that the assignment is learned by.
    pub fn assign(&self) -> Option<&Stack<T>> {
        self.pool.as_ref().and_then(Pool::stack)
    }

    /// The weights whose gradients are products, and whether they are those of the assignment's stack.
    pub fn products(&self) -> impl Iterator<Item = (bool, Product)> {
        let assign = self.assign().into_iter().flat_map(Stack::products);
        self.embed.products().map(|product| (false, product)).chain(assign.map(|product| (true, product)))
    }

    /// The factors `a` and `b` of the gradient of a product; `assign` tells whose it is.
    pub fn factors<'a>(
        &self,
        assign: bool,
        product: &Product,
        work: &'a LevelWorkspace<T>,
    ) -> (Mat<'a, T>, Mat<'a, T>) {
        let graph = graph_of(&work.adjacency, &work.relations);
        match self.assign().filter(|_| assign) {
            Some(stack) => stack.factors(product, work.x.view(), graph, &work.assign),
            None => self.embed.factors(product, work.x.view(), graph, &work.embed),
        }
    }

    /// Number of convolutions of the deeper stack.
    pub fn layers(&self) -> usize {
        self.embed.layers().max(self.assign().map_or(0, Stack::layers))
    }

    /// Makes room for a chunk; the level's adjacency has its shape already.
    pub fn reserve(&self, training: bool, losses: bool, work: &mut LevelWorkspace<T>) -> Result<()> {
        let (n, graphs) = (work.adjacency.nodes(), work.adjacency.graphs());
        work.x.reshape(n, self.input)?;
        let graph = graph_of(&work.adjacency, &work.relations);
        self.embed.reserve(graph, training, &mut work.embed)?;
        if let Some(assign) = self.assign() {
            assign.reserve(graph, training, &mut work.assign)?;
        }
        if let Some(readout) = &self.readout {
            let pooled = self.pool.as_ref().filter(|_| readout.is_of_pooled());
            let nodes = pooled.map_or(n, |pool| graphs * pool.clusters);
            readout.reserve(graphs, nodes, training, &mut work.readout)?;
        }
        if training && self.needs_dx {
            work.dx.reshape(n, self.input)?;
        }
        if training && work.adjacency.is_dense() {
            work.dadjacency.reserve(&work.adjacency)?;
            work.drelations.iter_mut().zip(&work.relations).try_for_each(|(d, relation)| d.reserve(relation))?;
        }
        match &self.pool {
            Some(pool) => pool.reserve(training, losses, work),
            None => Ok(()),
        }
    }

    /// First half of layer `index` of both stacks.
    pub fn convolve(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        work: &mut LevelWorkspace<T>,
        moments: &mut [Moments],
    ) {
        let LevelWorkspace { x, adjacency, relations, embed, assign, .. } = work;
        let pass = StackForward { context, norms, x: x.view(), graph: graph_of(adjacency, relations) };
        self.embed.convolve(index, pass, embed, moments);
        if let Some(stack) = self.assign() {
            stack.convolve(index, pass, assign, moments);
        }
    }

    /// Second half of layer `index` of both stacks.
    pub fn finish(&self, index: usize, context: &Context<'_, T>, norms: &[NormSpec], work: &mut LevelWorkspace<T>) {
        let LevelWorkspace { adjacency, embed, assign, .. } = work;
        self.embed.finish(index, context, norms, adjacency.offsets(), embed);
        if let Some(stack) = self.assign() {
            stack.finish(index, context, norms, adjacency.offsets(), assign);
        }
    }

    /// What follows the convolutions: readout into the head's input, assignment, pooled graph, losses.
    pub fn close(
        &self,
        context: &Context<'_, T>,
        work: &mut LevelWorkspace<T>,
        mut next: Option<&mut LevelWorkspace<T>>,
        head_input: &mut MatMut<'_, T>,
    ) {
        self.embed.complete(context, &mut work.embed);
        if let (Some(pool), Some(next)) = (&self.pool, next.as_deref_mut()) {
            pool.close(context, &self.embed, work, next);
        }
        let Some(readout) = &self.readout else { return };
        let LevelWorkspace { adjacency, embed, readout: memory, .. } = work;
        let (offsets, z) = match next {
            Some(next) if readout.is_of_pooled() => (next.adjacency.offsets(), next.x.view()),
            _ => (adjacency.offsets(), self.embed.output(embed)),
        };
        readout.forward(context.parameters, offsets, z, memory, head_input);
    }

    /// Backward pass of [`close`](Self::close): gradients reach the outputs of the convolutions.
    pub fn close_back(
        &self,
        context: &Context<'_, T>,
        work: &mut LevelWorkspace<T>,
        mut next: Option<&mut LevelWorkspace<T>>,
        dhead_input: &Buffer<T>,
        mut pass: CloseBackward<'_, T>,
    ) {
        // Pooling comes first where the level has no readout of its own.
        let pooled = self.pool.is_some() && self.readout.as_ref().is_none_or(ReadoutLayer::is_of_pooled);
        self.embed.begin_back(&mut work.embed, pooled);
        if self.needs_dx {
            work.dx.fill(T::zero());
        }
        if work.adjacency.is_dense() {
            work.dadjacency.reset(&work.adjacency);
            work.drelations.iter_mut().zip(&work.relations).for_each(|(d, relation)| d.reset(relation));
        }
        if let Some(readout) = &self.readout {
            let LevelWorkspace { adjacency, embed, readout: memory, .. } = work;
            let (offsets, (z, mut dz)) = match next.as_deref_mut() {
                Some(next) if readout.is_of_pooled() => (next.adjacency.offsets(), (next.x.view(), next.dx.view_mut())),
                _ => (adjacency.offsets(), self.embed.output_gradient(embed)),
            };
            let dparameters = &mut *pass.dparameters;
            readout.backward(context.parameters, offsets, z, memory, dhead_input, &mut dz, dparameters);
        }
        if let (Some(pool), Some(next)) = (&self.pool, next) {
            pool.close_back(context, &self.embed, !pooled, work, next, &mut pass);
        }
        self.embed.complete_back(context, &mut work.embed, pass.dparameters);
    }

    /// Zeroes the gradients of both stacks' outputs.
    pub fn begin_back(&self, work: &mut LevelWorkspace<T>) {
        self.embed.begin_back(&mut work.embed, false);
        if let Some(stack) = self.assign() {
            stack.begin_back(&mut work.assign, false);
        }
    }

    /// Backward pass of [`finish`](Self::finish).
    pub fn finish_back(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        work: &mut LevelWorkspace<T>,
        sums: &mut [NormSums],
    ) {
        let LevelWorkspace { adjacency, embed, assign, .. } = work;
        self.embed.finish_back(index, context, norms, adjacency.offsets(), embed, sums);
        if let Some(stack) = self.assign() {
            stack.finish_back(index, context, norms, adjacency.offsets(), assign, sums);
        }
    }

    /// Backward pass of [`convolve`](Self::convolve).
    pub fn convolve_back(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        work: &mut LevelWorkspace<T>,
        dparameters: &mut [T],
    ) {
        let LevelWorkspace { x, dx, adjacency, dadjacency, relations, drelations, embed, assign, .. } = work;
        let assigned = self.assign().map(|stack| (stack, assign));
        for (stack, work) in [(&self.embed, embed)].into_iter().chain(assigned) {
            let pass = StackBackward {
                context,
                norms,
                x: x.view(),
                graph: graph_of(adjacency, relations),
                dgraph: gradients_of(dadjacency, drelations),
                dparameters,
            };
            stack.convolve_back(index, pass, work, self.needs_dx.then(|| dx.view_mut()));
        }
    }
}

/// What [`Level::close_back`] needs besides the matrices.
pub struct CloseBackward<'a, T> {
    /// What the gradients of the level's losses are multiplied with.
    pub loss_scale: LossScale,
    /// Gradient of all parameters, added to.
    pub dparameters: &'a mut [T],
}
