//! One level of the hierarchy: embed the nodes, read them out, and pool them into the graph of the next level.

use super::context::{Context, PaddedBatch, Wanted};
use super::level_workspace::{LevelWorkspace, gradients_of, graph_of};
use super::losses::LossScale;
use super::norm::NormSums;
use super::params::{NormSpec, Tables};
use super::pool::Pool;
use super::readout::ReadoutLayer;
use super::stack::{Stack, StackBackward, StackForward, WeightGradient};
use crate::config::{Config, FinalAdjacency, ReadoutLevels};
use crate::error::Result;
use crate::ops::batch_norm::Moments;
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
    /// Channels of the edges.
    pub channels: usize,
    /// Whether convolutions see an adjacency of ones in place of the pooled one.
    pub full: bool,
}

impl<T: Real> Level<T> {
    /// Declares the parameters of level `index` of a network for graphs of some relations, whose nodes have `input`
    /// features and whose edges have some channels. The columns of the head's input before `head_column` are those of
    /// levels before.
    pub fn new(
        config: &Config,
        index: usize,
        [input, relations, channels]: [usize; 3],
        head_column: usize,
        tables: &mut Tables,
    ) -> Result<Self> {
        tables.level = index;
        let depth = config.clusters.len();
        let after_pooling = depth > 0 && index == depth;
        let of = [input, relations, channels];
        let embed = Stack::embed(config, of, after_pooling, tables)?;
        let clusters = config.clusters.get(index).map(|&clusters| clusters as usize);
        let pool = clusters.map(|clusters| Pool::new(config, clusters, of, tables)).transpose()?;
        let of_pooled = match config.readout_levels {
            ReadoutLevels::Last if index < depth => None,
            ReadoutLevels::Pooled => Some(index < depth),
            _ => Some(false),
        };
        let readout = of_pooled.map(|of_pooled| {
            let (path, columns) = (format!("levels.{index}.readout"), embed.output_columns());
            ReadoutLayer::new(config, &path, columns, of_pooled, head_column, &mut tables.layout)
        });
        let full = after_pooling && config.final_adjacency == FinalAdjacency::Full;
        Ok(Self { embed, pool, readout, input, relations, channels, full })
    }

    /// The stack that the assignment is learned by.
    pub fn assign(&self) -> Option<&Stack<T>> {
        self.pool.as_ref().and_then(Pool::stack)
    }

    /// Whether a pass gives the gradient of the features: where the level was pooled, and where it is asked for.
    fn needs_dx(&self, wanted: Wanted, work: &LevelWorkspace<T>) -> bool {
        wanted.input_gradient || work.adjacency.is_dense()
    }

    /// The weights whose gradients are deferred, and whether they are those of the assignment's stack.
    pub fn deferred_gradients(&self) -> impl Iterator<Item = (bool, WeightGradient)> {
        let assign = self.assign().into_iter().flat_map(Stack::deferred_gradients);
        let embed = self.embed.deferred_gradients();
        embed.map(|gradient| (false, gradient)).chain(assign.map(|gradient| (true, gradient)))
    }

    /// The factors `a` and `b` of a deferred gradient `a^T b`; `assign` tells whose it is.
    pub fn factors<'a>(
        &self,
        assign: bool,
        gradient: &WeightGradient,
        work: &'a LevelWorkspace<T>,
    ) -> (Mat<'a, T>, Mat<'a, T>) {
        match self.assign().filter(|_| assign) {
            Some(stack) => stack.factors(gradient, work.x.view(), &work.assign),
            None => self.embed.factors(gradient, work.x.view(), &work.embed),
        }
    }

    /// The batch norms of layer `index` of both stacks, by their positions among those of the network.
    pub fn norms(&self, index: usize) -> impl Iterator<Item = usize> {
        self.embed.norm(index).into_iter().chain(self.assign().and_then(|assign| assign.norm(index)))
    }

    /// Number of convolutions of the deeper stack.
    pub fn layers(&self) -> usize {
        self.embed.layers().max(self.assign().map_or(0, Stack::layers))
    }

    /// Empty memory.
    pub fn workspace(&self) -> LevelWorkspace<T> {
        let mut kinds = self.embed.propagations();
        kinds.extend(self.assign().iter().flat_map(|assign| assign.propagations()));
        let relations = if self.relations > 1 || self.full { self.relations } else { 0 };
        LevelWorkspace::new(&kinds, relations, self.channels)
    }

    /// Makes room for a chunk; the level's adjacency has its shape already.
    pub fn reserve(&self, wanted: Wanted, work: &mut LevelWorkspace<T>) -> Result<()> {
        let (n, graphs) = (work.adjacency.nodes(), work.adjacency.graphs());
        work.x.reshape(n, self.input)?;
        let graph = graph_of(&work.adjacency, &work.relations);
        self.embed.reserve(graph, wanted, &mut work.embed)?;
        if let Some(assign) = self.assign() {
            assign.reserve(graph, wanted, &mut work.assign)?;
        }
        if let Some(readout) = &self.readout {
            let pooled = self.pool.as_ref().filter(|_| readout.is_of_pooled());
            let nodes = pooled.map_or(n, |pool| graphs * pool.clusters);
            readout.reserve(graphs, nodes, wanted.backward, &mut work.readout)?;
        }
        if wanted.backward && self.needs_dx(wanted, work) {
            work.dx.reshape(n, self.input)?;
        }
        if wanted.backward && work.adjacency.is_dense() {
            work.dadjacency.reserve(&work.adjacency)?;
            work.drelations.iter_mut().zip(&work.relations).try_for_each(|(d, relation)| d.reserve(relation))?;
        }
        match &self.pool {
            Some(pool) => pool.reserve(wanted, work),
            None => Ok(()),
        }
    }

    /// Convolution and activation of layer `index` of both stacks.
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

    /// Norm and dropout of layer `index` of both stacks.
    pub fn normalize(&self, index: usize, context: &Context<'_, T>, norms: &[NormSpec], work: &mut LevelWorkspace<T>) {
        let LevelWorkspace { adjacency, embed, assign, .. } = work;
        self.embed.normalize(index, context, norms, adjacency.offsets(), embed);
        if let Some(stack) = self.assign() {
            stack.normalize(index, context, norms, adjacency.offsets(), assign);
        }
    }

    /// What follows the convolutions: readout into the head's input, assignment, pooled graph, losses.
    pub fn pool_and_read(
        &self,
        context: &Context<'_, T>,
        work: &mut LevelWorkspace<T>,
        mut next: Option<&mut LevelWorkspace<T>>,
        head_input: &mut MatMut<'_, T>,
    ) {
        self.embed.output_layer(context, &mut work.embed);
        if let (Some(pool), Some(next)) = (&self.pool, next.as_deref_mut()) {
            pool.forward(context, &self.embed, work, next);
        }
        let Some(readout) = &self.readout else { return };
        let LevelWorkspace { adjacency, embed, readout: memory, .. } = work;
        let (adjacency, z) = match next {
            Some(next) if readout.is_of_pooled() => (&next.adjacency, next.x.view()),
            _ => (&*adjacency, self.embed.output(embed)),
        };
        let padded = context.padding.filter(|_| !adjacency.is_dense()).map_or(0, PaddedBatch::in_readout);
        readout.forward(context.parameters, adjacency.offsets(), padded, z, memory, head_input);
    }

    /// Backward pass of [`pool_and_read`](Self::pool_and_read): gradients reach the outputs of the convolutions. Those
    /// of the level's losses are multiplied with `loss_scale`.
    pub fn pool_and_read_back(
        &self,
        context: &Context<'_, T>,
        work: &mut LevelWorkspace<T>,
        mut next: Option<&mut LevelWorkspace<T>>,
        dhead_input: &Buffer<T>,
        (loss_scale, dparameters): (LossScale, &mut [T]),
    ) {
        // Pooling comes first where the level has no readout of its own.
        let pooled = self.pool.is_some() && self.readout.as_ref().is_none_or(ReadoutLayer::is_of_pooled);
        self.embed.clear_gradients(pooled, &mut work.embed);
        if self.needs_dx(context.wanted, work) {
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
            readout.backward(context.parameters, offsets, z, memory, dhead_input, &mut dz, dparameters);
        }
        if let (Some(pool), Some(next)) = (&self.pool, next) {
            pool.backward(context, &self.embed, !pooled, (work, next), (loss_scale, dparameters));
        }
        self.embed.output_layer_back(context, &mut work.embed, dparameters);
    }

    /// Zeroes the gradients of both stacks' outputs.
    pub fn clear_gradients(&self, work: &mut LevelWorkspace<T>) {
        self.embed.clear_gradients(false, &mut work.embed);
        if let Some(stack) = self.assign() {
            stack.clear_gradients(false, &mut work.assign);
        }
    }

    /// Backward pass of [`normalize`](Self::normalize).
    pub fn normalize_back(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        work: &mut LevelWorkspace<T>,
        sums: &mut [NormSums],
    ) {
        let LevelWorkspace { adjacency, embed, assign, .. } = work;
        self.embed.normalize_back(index, context, norms, adjacency.offsets(), embed, sums);
        if let Some(stack) = self.assign() {
            stack.normalize_back(index, context, norms, adjacency.offsets(), assign, sums);
        }
    }

    /// Backward pass of the norm and of [`convolve`](Self::convolve).
    pub fn convolve_back(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        work: &mut LevelWorkspace<T>,
        dparameters: &mut [T],
    ) {
        let needs_dx = self.needs_dx(context.wanted, work);
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
            stack.convolve_back(index, pass, work, needs_dx.then(|| dx.view_mut()));
        }
    }
}
