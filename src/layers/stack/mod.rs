//! A GNN stack: convolutions in a row, their outputs concatenated (or the largest or last taken), and an optional
//! linear layer.
//!
//! Forward and backward passes go layer by layer in two steps each, see `layer`, and end in the output layer, see
//! `tail`.

mod layer;
mod pass;
mod tail;
mod virtual_node;

use std::ops::Range;

use super::adjacency::Adjacency;
use super::context::{Context, Wanted};
use super::conv::{self, ConvScratch, ConvShape, LinearConv};
use super::norm::NormSums;
use super::params::{NormSpec, Tables};
use crate::config::{Config, Conv, FinalLayer, JumpingKnowledge};
use crate::error::Result;
use crate::ops::batch_norm::Moments;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use layer::{Layer, LayerBackward, LayerForward, LayerWorkspace};
pub use pass::{StackBackward, StackForward};
use tail::{Tail, TailWorkspace};
use virtual_node::{VirtualNode, VirtualWorkspace};

/// What tells the stacks of a network apart; all else is the configuration's.
struct StackShape {
    /// Dotted path.
    path: String,
    /// Which convolution.
    conv: Conv,
    /// Number of convolutions.
    layers: usize,
    /// Columns of the input.
    input: usize,
    /// Columns of every convolution but the last; of the last as well where the largest outputs are taken.
    hidden: usize,
    /// Columns of the last convolution and of the final linear layer.
    output: usize,
    /// What follows the convolutions.
    final_layer: FinalLayer,
    /// Relations of a graph, at least 1.
    relations: usize,
    /// Channels of an edge.
    channels: usize,
}

/// A stack of convolutions.
pub struct Stack<T: 'static> {
    layers: Vec<Layer<T>>,
    tail: Tail,
    virtual_node: Option<VirtualNode>,
}

/// Memory of one stack for one chunk.
#[derive(Debug, Clone, Default)]
pub struct StackWorkspace<T> {
    layers: Vec<LayerWorkspace<T>>,
    /// Outputs of all layers side by side.
    concat: Buffer<T>,
    dconcat: Buffer<T>,
    /// Gradient of the input of a layer's norm.
    dh: Buffer<T>,
    scratch: ConvScratch<T>,
    tail: TailWorkspace<T>,
    virtual_node: VirtualWorkspace<T>,
}

/// A matrix of weights whose gradient is the sum over all chunks of a product `a^T b`: it is not among the gradients of
/// a chunk, but asked for after the backward pass of its layer.
#[derive(Debug, Clone)]
pub struct WeightGradient {
    /// The part of the stack that the matrix belongs to.
    pub of: WeightOf,
    /// Where the matrix lies among the parameters.
    pub range: Range<usize>,
    /// Rows and columns.
    pub shape: [usize; 2],
}

/// The part of a stack that a matrix of weights belongs to.
#[derive(Debug, Clone, Copy)]
pub enum WeightOf {
    /// A linear convolution.
    Convolution {
        /// Position of its layer.
        layer: usize,
        /// The convolution.
        conv: LinearConv,
        /// Position among its matrices.
        index: usize,
    },
    /// The final linear layer.
    OutputLayer,
}

impl<T: Real> Stack<T> {
    /// Declares the parameters of the stack that gives the embedding `Z` of a level for so many features, relations and
    /// channels. After the last pooling it may be of another depth.
    pub fn embed(
        config: &Config,
        [input, relations, channels]: [usize; 3],
        after_pooling: bool,
        tables: &mut Tables,
    ) -> Result<Self> {
        let shape = StackShape {
            path: format!("levels.{}.embed", tables.level),
            conv: config.embed_conv,
            layers: if after_pooling { config.final_layers } else { config.embed_layers },
            input,
            hidden: config.embed_hidden,
            output: config.embed_output,
            final_layer: config.embed_final,
            relations,
            channels,
        };
        Self::new(config, &shape, tables)
    }

    /// Declares the parameters of the stack that gives the logits of the assignment of a level to `clusters` clusters.
    pub fn assign(
        config: &Config,
        [input, relations, channels]: [usize; 3],
        clusters: usize,
        tables: &mut Tables,
    ) -> Result<Self> {
        let (final_layer, taken) = (config.assign_final, config.jumping_knowledge);
        debug_assert!(final_layer != FinalLayer::None || taken == JumpingKnowledge::Last);
        let shape = StackShape {
            path: format!("levels.{}.assign", tables.level),
            conv: config.assign_conv,
            layers: config.assign_layers,
            input,
            hidden: config.assign_hidden,
            output: clusters,
            final_layer,
            relations,
            channels,
        };
        Self::new(config, &shape, tables)
    }

    fn new(config: &Config, shape: &StackShape, tables: &mut Tables) -> Result<Self> {
        let StackShape { ref path, layers: count, input, hidden, output, final_layer, relations, channels, .. } =
            *shape;
        let last_width = if config.jumping_knowledge == JumpingKnowledge::Max { hidden } else { output };
        let mut layers: Vec<Layer<T>> = Vec::with_capacity(count);
        for index in 0..count {
            let last = index + 1 == count;
            let f_in = layers.last().map_or(input, |l| l.columns.len());
            let own = ConvShape { f_in, f_out: if last { last_width } else { hidden }, relations, channels, last };
            let begin = layers.last().map_or(0, |l| l.columns.end);
            let conv = conv::build(shape.conv, own, config)?;
            layers.push(Layer::new(path, index, (conv, own), begin, config, tables));
        }
        let total = layers.last().map_or(0, |l| l.columns.end);
        let tail = Tail::new(path, [total, last_width], (final_layer, output), config, tables);
        let widths = std::iter::once(input).chain(layers[..count - 1].iter().map(|layer| layer.columns.len()));
        let joined = (config.virtual_node && tables.level == 0).then(|| widths.collect());
        let virtual_node = joined.map(|widths| VirtualNode::new(path, widths, config, tables));
        Ok(Self { layers, tail, virtual_node })
    }

    /// Number of convolutions.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Columns of the output.
    pub fn output_columns(&self) -> usize {
        self.tail.output_columns()
    }

    /// The batch norm of a layer.
    pub fn norm(&self, layer: usize) -> Option<usize> {
        self.layers.get(layer).and_then(Layer::batch_norm)
    }

    /// How the convolutions propagate.
    pub fn propagations(&self) -> Vec<Propagation> {
        self.layers.iter().map(Layer::propagation).collect()
    }

    /// The weights whose gradients are deferred.
    pub fn deferred_gradients(&self) -> impl Iterator<Item = WeightGradient> {
        let deferred = |(layer, own): (usize, &Layer<T>)| own.deferred().map(|(conv, begin)| (layer, conv, begin));
        let convolutions = self.layers.iter().enumerate().filter_map(deferred).flat_map(|(layer, conv, begin)| {
            let (shape, len) = ([conv.f_in, conv.f_out], conv.f_in * conv.f_out);
            (0..conv.matrices()).map(move |index| WeightGradient {
                of: WeightOf::Convolution { layer, conv, index },
                range: begin + index * len..begin + (index + 1) * len,
                shape,
            })
        });
        let last = self.tail.weight().into_iter();
        convolutions.chain(last.map(|(range, shape)| WeightGradient { of: WeightOf::OutputLayer, range, shape }))
    }

    /// The factors `a` and `b` of a deferred gradient `a^T b`; `x` is the input of the level.
    pub fn factors<'a>(
        &self,
        gradient: &WeightGradient,
        x: Mat<'a, T>,
        work: &'a StackWorkspace<T>,
    ) -> (Mat<'a, T>, Mat<'a, T>) {
        let StackWorkspace { layers, concat, dh, scratch, tail, virtual_node, .. } = work;
        match gradient.of {
            WeightOf::Convolution { layer, conv, index } => {
                let x = match self.virtual_node {
                    Some(_) => virtual_node.input(layer),
                    None => self.input(layer, x, concat),
                };
                conv.factors(index, layers[layer].factors(x, dh, scratch))
            }
            WeightOf::OutputLayer => self.tail.factors(concat, tail),
        }
    }

    /// Makes room for the level `graph`.
    pub fn reserve(&self, graph: &[Adjacency<T>], wanted: Wanted, work: &mut StackWorkspace<T>) -> Result<()> {
        let n = graph[0].nodes();
        work.layers.resize_with(self.layers.len(), LayerWorkspace::default);
        for (layer, own) in self.layers.iter().zip(&mut work.layers) {
            layer.reserve(graph, wanted, own, &mut work.scratch)?;
        }
        let total = self.layers.last().map_or(0, |l| l.columns.end);
        work.concat.reshape(n, total)?;
        if wanted.backward {
            let widest = self.layers.iter().map(|l| l.columns.len()).max().unwrap_or(0);
            work.dconcat.reshape(n, total)?;
            work.dh.reshape(n, widest)?;
        }
        if let Some(node) = &self.virtual_node {
            node.reserve([graph[0].graphs(), n], wanted.backward, &mut work.virtual_node)?;
        }
        self.tail.reserve(n, wanted.backward, &mut work.tail)
    }

    /// Convolution and activation of a layer. In training the moments of the result go to `moments`.
    pub fn convolve(
        &self,
        index: usize,
        stack: StackForward<'_, T>,
        work: &mut StackWorkspace<T>,
        moments: &mut [Moments],
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, concat, scratch, virtual_node, .. } = work;
        let (before, after) = concat.view_mut().split_at(ndarray::Axis(1), layer.columns.start);
        let out = after.slice_move(ndarray::s![.., ..layer.columns.len()]);
        let x = match index {
            0 => stack.x.reborrow(),
            _ => before.slice(ndarray::s![.., self.layers[index - 1].columns.clone()]),
        };
        let x = match &self.virtual_node {
            Some(node) => {
                node.enter(index, &stack, x, virtual_node);
                virtual_node.input(index)
            }
            None => x,
        };
        layer.convolve(LayerForward { stack: &stack, x, scratch, out }, &mut layers[index], moments);
    }

    /// The input of a layer: the level's, or the output of the layer before.
    fn input<'a>(&self, index: usize, x: Mat<'a, T>, concat: &'a Buffer<T>) -> Mat<'a, T> {
        match index {
            0 => x,
            _ => concat.columns_view(self.layers[index - 1].columns.clone()),
        }
    }

    /// Norm and dropout of a layer; `offsets` say where each graph's nodes begin.
    pub fn normalize(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        offsets: &[usize],
        work: &mut StackWorkspace<T>,
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, concat, .. } = work;
        let mut out = concat.columns_mut(layer.columns.clone());
        layer.normalize(context, norms, offsets, &mut layers[index], &mut out);
    }

    /// What follows the convolutions.
    pub fn output_layer(&self, context: &Context<'_, T>, work: &mut StackWorkspace<T>) {
        self.tail.forward(context, &work.concat, &mut work.tail);
    }

    /// The output, `[n, output_columns]`.
    pub fn output<'a>(&self, work: &'a StackWorkspace<T>) -> Mat<'a, T> {
        self.tail.output(&work.concat, &work.tail)
    }

    /// Zeroes the gradients that are added to. If `written` says that the gradient of the output is written first, it
    /// is left as it is.
    pub fn clear_gradients(&self, written: bool, work: &mut StackWorkspace<T>) {
        self.tail.clear_gradients(written, &mut work.dconcat, &mut work.tail);
    }

    /// The output beside its gradient, to add to, or to write where [`clear_gradients`](Self::clear_gradients) has been
    /// told.
    pub fn output_gradient<'a>(&self, work: &'a mut StackWorkspace<T>) -> (Mat<'a, T>, MatMut<'a, T>) {
        self.tail.output_gradient(&work.concat, &mut work.dconcat, &mut work.tail)
    }

    /// Backward pass of [`output_layer`](Self::output_layer), but for the
    /// [deferred gradients](Self::deferred_gradients).
    pub fn output_layer_back(&self, context: &Context<'_, T>, work: &mut StackWorkspace<T>, dparameters: &mut [T]) {
        self.tail.backward(context, &mut work.dconcat, &mut work.tail, dparameters);
    }

    /// Backward pass of [`normalize`](Self::normalize) down to the output of the norm, and the sums that a batch norm
    /// needs from all chunks.
    pub fn normalize_back(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        offsets: &[usize],
        work: &mut StackWorkspace<T>,
        sums: &mut [NormSums],
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, dconcat, .. } = work;
        let mut d = dconcat.columns_mut(layer.columns.clone());
        layer.normalize_back(context, norms, offsets, &layers[index], &mut d, sums);
    }

    /// Backward pass of the norm and of [`convolve`](Self::convolve), but for the [deferred
    /// gradients](Self::deferred_gradients): these can be asked for until the backward pass of the next layer.
    pub fn convolve_back(
        &self,
        index: usize,
        mut pass: StackBackward<'_, T>,
        work: &mut StackWorkspace<T>,
        dx: Option<MatMut<'_, T>>,
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, concat, dconcat, dh, scratch, virtual_node, .. } = work;
        let own = layer.columns.clone();
        let (before, after) = dconcat.view_mut().split_at(ndarray::Axis(1), own.start);
        let d = after.slice_move(ndarray::s![.., ..own.len()]);
        let dx = match index {
            0 => dx,
            _ => Some(before.slice_move(ndarray::s![.., self.layers[index - 1].columns.clone()])),
        };
        let (stack, work, d) = (&mut pass, &layers[index], d.view());
        let Some(node) = &self.virtual_node else {
            let x = self.input(index, stack.x, concat);
            return layer.convolve_back(LayerBackward { stack, work, x, d, dh, scratch, dx });
        };
        let (x, dinput) = virtual_node.input_and_gradient(index);
        layer.convolve_back(LayerBackward { stack, work, x, d, dh, scratch, dx: Some(dinput) });
        let offsets = pass.graph[0].offsets();
        node.leave(index, pass.context, offsets, virtual_node, (dx, pass.dparameters));
    }
}
