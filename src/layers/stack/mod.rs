//! A GNN stack: convolutions in a row, their outputs concatenated (or the largest or last taken), and an optional
//! linear layer.
//!
//! Forward and backward passes go layer by layer in two halves each, see `layer`.

mod layer;

use std::ops::Range;

use super::Context;
use super::adjacency::{Adjacency, AdjacencyGradient};
use super::conv::{ConvOptions, ConvScratch, ConvShape, Propagation};
use super::norm::{NormSpec, NormSums};
use super::params::{Init, Layout, Slot};
use crate::config::{Activation, Conv, FinalLayer, JumpingKnowledge, NormPosition, Normalization};
use crate::error::Result;
use crate::memory::try_grow;
use crate::ops::batch_norm::Moments;
use crate::ops::gemm::gemm;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{activation, column_max, linear};
use layer::{Layer, LayerBackward, LayerForward, LayerWorkspace};

/// What a stack is built from.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// The convolution.
    pub conv: Conv,
    /// What all its convolutions are built from.
    pub conv_options: ConvOptions,
    /// Width of every convolution but the last; of the last as well where the largest outputs are taken.
    pub hidden: usize,
    /// Number of convolutions.
    pub layers: usize,
    /// Width of the last convolution and of the final linear layer.
    pub output: usize,
    /// Which outputs the stack gives.
    pub jumping_knowledge: JumpingKnowledge,
    /// What follows the convolutions.
    pub final_layer: FinalLayer,
    /// Activation after each convolution.
    pub activation: Activation,
    /// Which norm follows each convolution.
    pub normalization: Normalization,
    /// Whether it comes before or after the activation.
    pub norm_position: NormPosition,
    /// Whether the norm has a learned scale and shift.
    pub norm_affine: bool,
    /// Added to a variance before its root is taken.
    pub norm_epsilon: f64,
    /// Whether activation and norm also follow the last convolution.
    pub activate_last: bool,
    /// Whether rows are normalised after each convolution.
    pub l2_normalize: bool,
    /// Rate of dropout after each convolution.
    pub dropout: f64,
}

/// A stack of convolutions.
pub struct Stack<T: 'static> {
    layers: Vec<Layer<T>>,
    final_linear: Option<(Slot, Slot)>,
    final_activation: Activation,
    jumping_knowledge: JumpingKnowledge,
    width: usize,
    output: usize,
}

/// Memory of one stack for one chunk.
#[derive(Debug, Clone, Default)]
pub struct StackWorkspace<T> {
    layers: Vec<LayerWorkspace<T>>,
    /// Outputs of all layers side by side.
    concat: Buffer<T>,
    /// The largest of them, where these are taken, and which layer they came from.
    largest: Buffer<T>,
    choice: Vec<u32>,
    out: Buffer<T>,
    before_final_activation: Buffer<T>,
    dconcat: Buffer<T>,
    dlargest: Buffer<T>,
    dout: Buffer<T>,
    dh: Buffer<T>,
    scratch: ConvScratch<T>,
}

/// Where a network under construction keeps its tables.
pub struct Tables<'a> {
    /// Parameters.
    pub layout: &'a mut Layout,
    /// Batch norms.
    pub norms: &'a mut Vec<NormSpec>,
    /// Number of places with dropout so far.
    pub sites: &'a mut u64,
    /// The level that is under construction.
    pub level: usize,
    /// Whether the gradient of its input is asked for.
    pub needs_dx: bool,
}

/// A matrix of weights whose gradient is the sum over all chunks of a product `a^T b`: it is not among the gradients of
/// a chunk, but asked for after the backward pass of its layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The convolution, or the number of convolutions for the final linear layer.
    pub layer: usize,
    /// Which of its weights.
    pub index: usize,
    /// Where it lies among the parameters.
    pub range: Range<usize>,
    /// Rows and columns.
    pub shape: [usize; 2],
}

impl<T: Real> Stack<T> {
    /// Declares the parameters of a stack for `input` features.
    pub fn new(path: &str, input: usize, options: &StackOptions, tables: &mut Tables<'_>) -> Result<Self> {
        let take_largest = options.jumping_knowledge == JumpingKnowledge::Max;
        let last_width = if take_largest { options.hidden } else { options.output };
        let mut layers: Vec<Layer<T>> = Vec::with_capacity(options.layers);
        for i in 0..options.layers {
            let last = i + 1 == options.layers;
            let f_in = layers.last().map_or(input, |l| l.columns.len());
            let f_out = if last { last_width } else { options.hidden };
            let begin = layers.last().map_or(0, |l| l.columns.end);
            let shape = ConvShape { f_in, f_out, last, input_gradient: i > 0 || tables.needs_dx };
            layers.push(Layer::new(path, i, shape, begin, options, tables)?);
        }
        let width = match options.jumping_knowledge {
            JumpingKnowledge::Concat => layers.last().map_or(0, |l| l.columns.end),
            JumpingKnowledge::Last | JumpingKnowledge::Max => last_width,
        };
        let final_linear = (options.final_layer != FinalLayer::None).then(|| {
            let weight = Init::Linear { fan_in: width, fan_out: options.output };
            let w = tables.layout.push(format!("{path}.linear.weight"), &[width, options.output], weight);
            let bias = Init::LinearBias { fan_in: width };
            (w, tables.layout.push(format!("{path}.linear.bias"), &[options.output], bias))
        });
        let activate = options.final_layer == FinalLayer::LinearActivation;
        Ok(Self {
            layers,
            final_linear,
            final_activation: if activate { options.activation } else { Activation::Identity },
            jumping_knowledge: options.jumping_knowledge,
            width,
            output: if final_linear.is_some() { options.output } else { width },
        })
    }

    /// Number of convolutions.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Columns of the output.
    pub fn output_columns(&self) -> usize {
        self.output
    }

    /// The batch norm of a layer.
    pub fn norm(&self, layer: usize) -> Option<usize> {
        self.layers.get(layer).and_then(Layer::batch_norm)
    }

    /// How the convolutions propagate.
    pub fn propagations(&self) -> Vec<Propagation> {
        self.layers.iter().map(Layer::propagation).collect()
    }

    /// The weights whose gradients are products.
    pub fn products(&self) -> impl Iterator<Item = Product> {
        let convolutions = self.layers.iter().enumerate().flat_map(|(layer, own)| {
            let (count, weights) = own.products();
            let shape = [own.input_columns(), own.columns.len()];
            (0..count).map(move |index| {
                let begin = weights.start + index * shape[0] * shape[1];
                Product { layer, index, range: begin..begin + shape[0] * shape[1], shape }
            })
        });
        let shape = [self.width, self.output];
        let last = self.final_linear.iter();
        convolutions.chain(last.map(move |(w, _)| Product {
            layer: self.layers.len(),
            index: 0,
            range: w.range(),
            shape,
        }))
    }

    /// The factors `a` and `b` of the gradient of a product.
    pub fn factors<'a>(
        &self,
        product: &Product,
        x: Mat<'a, T>,
        graph: &'a [Adjacency<T>],
        work: &'a StackWorkspace<T>,
    ) -> (Mat<'a, T>, Mat<'a, T>) {
        let StackWorkspace { layers, concat, largest, dout, dh, scratch, .. } = work;
        match self.layers.get(product.layer) {
            Some(layer) => {
                let x = self.input(product.layer, x, concat);
                layer.factors(product.index, &layers[product.layer], graph, x, dh, scratch)
            }
            None if self.takes_largest() => (largest.view(), dout.view()),
            None => (concat.columns_view(self.output_range()), dout.view()),
        }
    }

    /// Columns of the outputs of all layers together.
    fn total(&self) -> usize {
        self.layers.last().map_or(0, |l| l.columns.end)
    }

    fn takes_largest(&self) -> bool {
        self.jumping_knowledge == JumpingKnowledge::Max
    }

    /// Makes room for the level `graph`; gradients only where `training`.
    pub fn reserve(&self, graph: &[Adjacency<T>], training: bool, work: &mut StackWorkspace<T>) -> Result<()> {
        let n = graph[0].nodes();
        work.layers.resize_with(self.layers.len(), LayerWorkspace::default);
        for (layer, own) in self.layers.iter().zip(&mut work.layers) {
            layer.reserve(graph, training, own, &mut work.scratch)?;
        }
        let widest = self.layers.iter().map(|l| l.columns.len()).max().unwrap_or(0);
        work.concat.reshape(n, self.total())?;
        if self.takes_largest() {
            work.largest.reshape(n, self.width)?;
            let values = n.checked_mul(self.width).ok_or_else(crate::error::Error::out_of_memory)?;
            try_grow(&mut work.choice, values, 0)?;
        }
        if self.final_linear.is_some() {
            work.out.reshape(n, self.output)?;
            if activation::saves_input(self.final_activation) {
                work.before_final_activation.reshape(n, self.output)?;
            }
        }
        if training {
            work.dconcat.reshape(n, self.total())?;
            work.dh.reshape(n, widest)?;
            if self.takes_largest() {
                work.dlargest.reshape(n, self.width)?;
            }
            if self.final_linear.is_some() {
                work.dout.reshape(n, self.output)?;
            }
        }
        Ok(())
    }

    /// First half of a layer. In training the moments of its result go to `moments`.
    pub fn convolve(
        &self,
        index: usize,
        pass: StackForward<'_, T>,
        work: &mut StackWorkspace<T>,
        moments: &mut [Moments],
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackForward { context, norms, x, graph } = pass;
        let StackWorkspace { layers, concat, scratch, .. } = work;
        let (before, after) = concat.view_mut().split_at(ndarray::Axis(1), layer.columns.start);
        let out = after.slice_move(ndarray::s![.., ..layer.columns.len()]);
        let x = match index {
            0 => x,
            _ => before.slice(ndarray::s![.., self.layers[index - 1].columns.clone()]),
        };
        layer.convolve(LayerForward { context, norms, x, graph, scratch, out }, &mut layers[index], moments);
    }

    /// The input of a layer: the level's, or the output of the layer before.
    fn input<'a>(&self, index: usize, x: Mat<'a, T>, concat: &'a Buffer<T>) -> Mat<'a, T> {
        match index {
            0 => x,
            _ => concat.columns_view(self.layers[index - 1].columns.clone()),
        }
    }

    /// Second half of a layer; `offsets` say where each graph's nodes begin.
    pub fn finish(
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
        layer.finish(context, norms, offsets, &mut layers[index], &mut out);
    }

    /// What follows the convolutions.
    pub fn complete(&self, context: &Context<'_, T>, work: &mut StackWorkspace<T>) {
        let StackWorkspace { concat, largest, choice, out, before_final_activation, .. } = work;
        if self.takes_largest() {
            column_max::forward(concat.view(), choice, &mut largest.view_mut());
        }
        let Some((w, b)) = self.final_linear else { return };
        let input = if self.takes_largest() { largest.view() } else { concat.columns_view(self.output_range()) };
        linear::forward(input, w.matrix(context.parameters), b.of(context.parameters), &mut out.view_mut());
        if activation::saves_input(self.final_activation) {
            before_final_activation.slice_mut().copy_from_slice(out.slice());
        }
        activation::forward(self.final_activation, out.slice_mut());
    }

    /// Columns of the concatenated outputs that leave the convolutions, where these are not the largest.
    fn output_range(&self) -> Range<usize> {
        self.total() - self.width..self.total()
    }

    /// The output, `[n, output_columns]`.
    pub fn output<'a>(&self, work: &'a StackWorkspace<T>) -> Mat<'a, T> {
        match self.final_linear {
            Some(_) => work.out.view(),
            None if self.takes_largest() => work.largest.view(),
            None => work.concat.columns_view(self.output_range()),
        }
    }

    /// Zeroes the gradients that are added to. If `written` says that the gradient of the output is written first, it
    /// is left as it is.
    pub fn begin_back(&self, work: &mut StackWorkspace<T>, written: bool) {
        let linear = self.final_linear.is_some();
        let whole = !(linear || written) || self.takes_largest();
        let kept = if whole { 0..0 } else { self.output_range() };
        for columns in [0..kept.start, kept.end..self.total()].into_iter().filter(|columns| !columns.is_empty()) {
            work.dconcat.columns_mut(columns).fill(T::zero());
        }
        if self.takes_largest() && !linear && !written {
            work.dlargest.fill(T::zero());
        }
        if linear && !written {
            work.dout.fill(T::zero());
        }
    }

    /// The output beside its gradient, to add to, or to write where [`begin_back`](Self::begin_back) has been told.
    pub fn output_gradient<'a>(&self, work: &'a mut StackWorkspace<T>) -> (Mat<'a, T>, MatMut<'a, T>) {
        let StackWorkspace { concat, dconcat, largest, dlargest, out, dout, .. } = work;
        match self.final_linear {
            Some(_) => (out.view(), dout.view_mut()),
            None if self.takes_largest() => (largest.view(), dlargest.view_mut()),
            None => (concat.columns_view(self.output_range()), dconcat.columns_mut(self.output_range())),
        }
    }

    /// Backward pass of [`complete`](Self::complete), but for the [`products`](Self::products).
    pub fn complete_back(&self, context: &Context<'_, T>, work: &mut StackWorkspace<T>, dparameters: &mut [T]) {
        if let Some((w, b)) = self.final_linear {
            let StackWorkspace { dconcat, dlargest, out, dout, before_final_activation, .. } = work;
            let saved = if activation::saves_input(self.final_activation) { before_final_activation } else { out };
            activation::backward(self.final_activation, saved.slice(), dout.slice_mut());
            let mut dinput = match self.takes_largest() {
                true => dlargest.view_mut(),
                false => dconcat.columns_mut(self.output_range()),
            };
            linear::add_row_sums(dout.view(), &mut dparameters[b.range()]);
            gemm(T::one(), dout.view(), w.matrix(context.parameters).reversed_axes(), T::zero(), &mut dinput);
        }
        if self.takes_largest() {
            column_max::backward(work.dlargest.view(), &work.choice, &mut work.dconcat.view_mut());
        }
    }

    /// Backward pass of [`finish`](Self::finish), and the sums that a batch norm needs from all chunks.
    pub fn finish_back(
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
        layer.finish_back(context, norms, offsets, &layers[index], &mut d, sums);
    }

    /// Backward pass of [`convolve`](Self::convolve) and of the norm, but for the [`products`](Self::products): these
    /// can be asked for until the backward pass of the next layer.
    pub fn convolve_back(
        &self,
        index: usize,
        mut pass: StackBackward<'_, T>,
        work: &mut StackWorkspace<T>,
        dx: Option<MatMut<'_, T>>,
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, concat, dconcat, dh, scratch, .. } = work;
        let x = self.input(index, pass.x, concat);
        let own = layer.columns.clone();
        let (before, after) = dconcat.view_mut().split_at(ndarray::Axis(1), own.start);
        let d = after.slice_move(ndarray::s![.., ..own.len()]);
        let dx = match index {
            0 => dx,
            _ => Some(before.slice_move(ndarray::s![.., self.layers[index - 1].columns.clone()])),
        };
        let (stack, work) = (&mut pass, &layers[index]);
        layer.convolve_back(LayerBackward { stack, work, x, d: d.view(), dh, scratch, dx });
    }
}

/// What [`Stack::convolve`] reads.
#[derive(Clone, Copy)]
pub struct StackForward<'a, T> {
    /// What every layer of the pass reads.
    pub context: &'a Context<'a, T>,
    /// All batch norms.
    pub norms: &'a [NormSpec],
    /// Input of the level.
    pub x: Mat<'a, T>,
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
}

/// What [`Stack::convolve_back`] reads and writes besides its own memory.
pub struct StackBackward<'a, T> {
    /// What every layer of the pass reads.
    pub context: &'a Context<'a, T>,
    /// All batch norms.
    pub norms: &'a [NormSpec],
    /// Input of the level.
    pub x: Mat<'a, T>,
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
    /// Their gradients, added to.
    pub dgraph: &'a mut [AdjacencyGradient<T>],
    /// Gradient of all parameters, added to.
    pub dparameters: &'a mut [T],
}
