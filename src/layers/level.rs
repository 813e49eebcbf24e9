//! One level of the hierarchy: embed the nodes, read them out, and pool them into the graph of the next level.

use std::slice::{from_mut, from_ref};

use super::Context;
use super::adjacency::{Adjacency, AdjacencyGradient};
use super::losses::{LinkBackward, LossScale, LossSums, LossWorkspace, PoolLosses};
use super::norm::{NormSpec, NormSums};
use super::readout::{ReadoutLayer, ReadoutWorkspace};
use super::stack::{Stack, StackBackward, StackWorkspace};
use crate::error::Result;
use crate::graph::try_grow;
use crate::ops::batch_norm::Moments;
use crate::ops::buffer::Buffer;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::real::{MatMut, Real};
use crate::ops::{coarsen, diagnostics, softmax};

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
    /// Whether the gradient of the features is asked for: the level was pooled, or an encoder made its features.
    pub needs_dx: bool,
}

/// The pooling part of a level.
pub struct Pool<T: 'static> {
    /// Gives the logits of `S`.
    pub assign: Stack<T>,
    /// Clusters `k`.
    pub clusters: usize,
    /// Temperature of the softmax.
    pub temperature: f64,
    /// What the assignment costs.
    pub losses: PoolLosses,
    /// Whether the clusters are looked at wherever losses are computed.
    pub diagnostics: bool,
}

/// Memory of one level for one chunk.
#[derive(Debug, Clone)]
pub struct LevelWorkspace<T> {
    /// Features of the level's nodes, `[n, input]`.
    pub x: Buffer<T>,
    /// Gradient of `x`.
    pub dx: Buffer<T>,
    /// Adjacency of the level.
    pub adjacency: Adjacency<T>,
    /// Its gradient.
    pub dadjacency: AdjacencyGradient<T>,
    /// Memory of the embedding stack.
    pub embed: StackWorkspace<T>,
    /// Memory of the assignment stack.
    pub assign: StackWorkspace<T>,
    /// Assignment, `[n, k]`.
    pub s: Buffer<T>,
    a_s: Buffer<T>,
    at_s: Buffer<T>,
    ds: Buffer<T>,
    scratch: Vec<T>,
    readout: ReadoutWorkspace<T>,
    losses: LossWorkspace,
    /// Losses of the last forward pass.
    pub sums: LossSums,
    /// Clusters of the last forward pass with losses.
    pub clusters: diagnostics::Sums,
    clusters_scratch: diagnostics::Scratch,
}

impl<T: Real> LevelWorkspace<T> {
    /// Empty memory for `level`.
    pub fn new(level: &Level<T>) -> Self {
        let mut kinds = level.embed.propagations();
        kinds.extend(level.pool.iter().flat_map(|pool| pool.assign.propagations()));
        Self {
            x: Buffer::new(),
            dx: Buffer::new(),
            adjacency: Adjacency::new(&kinds),
            dadjacency: AdjacencyGradient::default(),
            embed: StackWorkspace::default(),
            assign: StackWorkspace::default(),
            s: Buffer::new(),
            a_s: Buffer::new(),
            at_s: Buffer::new(),
            ds: Buffer::new(),
            scratch: Vec::new(),
            readout: ReadoutWorkspace::default(),
            losses: LossWorkspace::default(),
            sums: LossSums::default(),
            clusters: diagnostics::Sums::default(),
            clusters_scratch: diagnostics::Scratch::default(),
        }
    }
}

impl<T: Real> Level<T> {
    /// Number of convolutions of the deeper stack.
    pub fn layers(&self) -> usize {
        self.embed.layers().max(self.pool.as_ref().map_or(0, |p| p.assign.layers()))
    }

    /// Makes room for a chunk; the level's adjacency has its shape already.
    pub fn reserve(&self, training: bool, losses: bool, work: &mut LevelWorkspace<T>) -> Result<()> {
        let (n, graphs) = (work.adjacency.nodes(), work.adjacency.graphs());
        work.x.reshape(n, self.input)?;
        self.embed.reserve(from_ref(&work.adjacency), training, &mut work.embed)?;
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
        }
        let Some(pool) = &self.pool else { return Ok(()) };
        let k = pool.clusters;
        pool.assign.reserve(from_ref(&work.adjacency), training, &mut work.assign)?;
        work.s.reshape(n, k)?;
        work.a_s.reshape(n, k)?;
        if losses {
            pool.losses.reserve(&work.adjacency, k, &mut work.losses)?;
            work.clusters_scratch.reserve(k)?;
        }
        if training {
            work.ds.reshape(n, k)?;
            let scratch = (work.adjacency.k() * k).max(k * k);
            try_grow(&mut work.scratch, scratch, T::zero())?;
            if work.adjacency.is_directed() {
                work.at_s.reshape(n, k)?;
            }
        }
        Ok(())
    }

    /// First half of layer `index` of both stacks.
    pub fn convolve(
        &self,
        index: usize,
        context: &Context<'_, T>,
        work: &mut LevelWorkspace<T>,
        moments: &mut [Moments],
    ) {
        let LevelWorkspace { x, adjacency, embed, assign, .. } = work;
        let graph = from_ref(adjacency);
        self.embed.convolve(index, context, x.view(), graph, embed, moments);
        if let Some(pool) = &self.pool {
            pool.assign.convolve(index, context, x.view(), graph, assign, moments);
        }
    }

    /// Second half of layer `index` of both stacks.
    pub fn finish(&self, index: usize, context: &Context<'_, T>, norms: &[NormSpec], work: &mut LevelWorkspace<T>) {
        let LevelWorkspace { adjacency, embed, assign, .. } = work;
        self.embed.finish(index, context, norms, adjacency.offsets(), embed);
        if let Some(pool) = &self.pool {
            pool.assign.finish(index, context, norms, adjacency.offsets(), assign);
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
        pass: CloseBackward<'_, T>,
    ) {
        self.embed.begin_back(&mut work.embed);
        if self.needs_dx {
            work.dx.fill(T::zero());
        }
        if work.adjacency.is_dense() {
            work.dadjacency.reset(&work.adjacency);
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
            pool.assign.begin_back(&mut work.assign);
            pool.close_back(&self.embed, work, next, pass.loss_scale);
            pool.assign.complete_back(context, &mut work.assign, pass.dparameters);
        }
        self.embed.complete_back(context, &mut work.embed, pass.dparameters);
    }

    /// Zeroes the gradients of both stacks' outputs.
    pub fn begin_back(&self, work: &mut LevelWorkspace<T>) {
        self.embed.begin_back(&mut work.embed);
        if let Some(pool) = &self.pool {
            pool.assign.begin_back(&mut work.assign);
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
        if let Some(pool) = &self.pool {
            pool.assign.finish_back(index, context, norms, adjacency.offsets(), assign, sums);
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
        let LevelWorkspace { x, dx, adjacency, dadjacency, embed, assign, .. } = work;
        let assigned = self.pool.as_ref().map(|pool| (&pool.assign, assign));
        for (stack, work) in [(&self.embed, embed)].into_iter().chain(assigned) {
            let pass = StackBackward {
                context,
                norms,
                x: x.view(),
                graph: from_ref(adjacency),
                dgraph: from_mut(dadjacency),
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

impl<T: Real> Pool<T> {
    fn close(
        &self,
        context: &Context<'_, T>,
        embed: &Stack<T>,
        work: &mut LevelWorkspace<T>,
        next: &mut LevelWorkspace<T>,
    ) {
        self.assign.complete(context, &mut work.assign);
        work.s.view_mut().assign(&self.assign.output(&work.assign));
        softmax::forward(T::of(self.temperature), &mut work.s.view_mut());
        let LevelWorkspace { adjacency, s, a_s, .. } = work;
        adjacency.propagate(Propagation::Raw, s.view(), false, &mut a_s.view_mut());
        let z = embed.output(&work.embed);
        let LevelWorkspace { x: pooled_x, adjacency: pooled, .. } = next;
        let offsets = work.adjacency.offsets();
        coarsen::forward(offsets, work.s.view(), z, work.a_s.view(), &mut pooled_x.view_mut(), pooled.dense_mut());
        pooled.normalize();
        if context.losses {
            let LevelWorkspace { adjacency, s, losses, sums, .. } = work;
            *sums = self.losses.forward(context, adjacency, s.view(), losses);
            if self.diagnostics {
                let (offsets, entropy, scratch) = (adjacency.offsets(), sums.mean_entropy, &mut work.clusters_scratch);
                work.clusters = diagnostics::forward(offsets, s.view(), pooled.dense(), entropy, scratch);
            }
        }
    }

    /// From the gradients of the next level's features and adjacency, and the losses, to those of `Z` and the logits.
    fn close_back(
        &self,
        embed: &Stack<T>,
        work: &mut LevelWorkspace<T>,
        next: &mut LevelWorkspace<T>,
        loss_scale: LossScale,
    ) {
        next.dadjacency.finish(&next.adjacency);
        let directed = work.adjacency.is_directed();
        if directed {
            let LevelWorkspace { adjacency, s, at_s, .. } = work;
            adjacency.propagate_back(Propagation::Raw, s.view(), false, &mut at_s.view_mut());
        }
        let LevelWorkspace { s, a_s, at_s, ds, scratch, .. } = work;
        let (z, mut dz) = embed.output_gradient(&mut work.embed);
        let pooled = coarsen::Pooled {
            offsets: work.adjacency.offsets(),
            s: s.view(),
            z,
            a_s: a_s.view(),
            at_s: directed.then(|| at_s.view()),
            dx: next.dx.view(),
            da: next.dadjacency.da(),
        };
        coarsen::backward(pooled, &mut ds.view_mut(), &mut dz, scratch);
        if work.adjacency.is_dense() {
            let n = work.adjacency.k();
            coarsen::backward_adjacency(n, s.view(), next.dadjacency.da(), work.dadjacency.da_mut(), scratch);
        }
        let LevelWorkspace { adjacency, dadjacency, s, a_s, at_s, ds, losses, scratch, .. } = work;
        let at_s = directed.then_some(&*at_s);
        let s = s.view();
        let pass = LinkBackward { adjacency, dadjacency, s, a_s, at_s, ds, work: losses, scratch };
        self.losses.link_back(loss_scale, pass);
        softmax::backward(T::of(self.temperature), s, &mut ds.view_mut());
        self.losses.entropy_back(loss_scale, adjacency.offsets(), s, &mut ds.view_mut());
        let (_, mut dlogits) = self.assign.output_gradient(&mut work.assign);
        dlogits.assign(&work.ds.view());
    }
}
