//! One layer of a stack: `convolution -> l2 rows -> activation -> norm -> dropout`, or the norm before the activation.
//!
//! The forward pass is in two halves, [`Layer::convolve`] up to the input of the norm and [`Layer::finish`] from there,
//! because in training a batch norm needs the statistics of all chunks; so is the backward pass.

use std::ops::Range;

use super::super::conv::{self, ConvMemory, ConvScratch, Convolution};
use super::super::norm::{NormSpec, NormSums};
use super::super::params::{Init, Slot};
use super::super::{Adjacency, Context};
use super::{StackBackward, StackOptions, Tables};
use crate::config::{Activation, NormPosition, Normalization};
use crate::error::Result;
use crate::memory::try_grow;
use crate::ops::batch_norm::{self, Moments};
use crate::ops::gemm::After;
use crate::ops::runtime::buffer::{Buffer, rows, rows_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{activation, dropout, l2_normalize, layer_norm, linear};

/// The norm of a layer.
enum Norm {
    None,
    /// Position among the batch norms of the network.
    Batch(usize),
    /// Scale and shift, where they are learned.
    Layer(Option<(Slot, Slot)>),
}

/// A layer; it owns no numbers.
pub(super) struct Layer<T: 'static> {
    conv: Box<dyn Convolution<T>>,
    weights: Range<usize>,
    f_in: usize,
    /// Columns of the concatenated outputs that are this layer's.
    pub columns: Range<usize>,
    activation: Activation,
    norm: Norm,
    norm_first: bool,
    norm_epsilon: f64,
    l2_normalize: bool,
    dropout: f64,
    site: u64,
}

/// Memory of one layer for one chunk.
#[derive(Debug, Clone, Default)]
pub(super) struct LayerWorkspace<T> {
    /// The input of the norm.
    h: Buffer<T>,
    /// What else the backward pass of activation and row normalisation reads.
    kept: Buffer<T>,
    inverse_norm: Vec<T>,
    /// Of a layer norm: mean and inverse deviation of every row.
    statistics: Vec<T>,
    conv: ConvMemory<T>,
}

impl<T: Real> Layer<T> {
    /// Declares the parameters of layer `index` with the given widths, whose columns begin at `begin`.
    pub fn new(
        path: &str,
        index: usize,
        shape: conv::ConvShape,
        begin: usize,
        options: &StackOptions,
        tables: &mut Tables<'_>,
    ) -> Result<Self> {
        let conv = conv::build::<T>(options.conv, shape, &options.conv_options)?;
        let start = tables.layout.len();
        for (name, shape, init) in conv.weights() {
            tables.layout.push(format!("{path}.convs.{index}.{name}"), &shape, init);
        }
        let weights = start..tables.layout.len();
        let full = !shape.last || options.activate_last;
        let name = format!("{path}.norms.{index}");
        let norm = match options.normalization {
            Normalization::Batch if full => {
                Norm::Batch(NormSpec::declare(name, shape.f_out, options.norm_affine, tables))
            }
            Normalization::Layer if full => Norm::Layer(options.norm_affine.then(|| {
                let gamma = tables.layout.push(format!("{name}.weight"), &[shape.f_out], Init::One);
                (gamma, tables.layout.push(format!("{name}.bias"), &[shape.f_out], Init::Zero))
            })),
            _ => Norm::None,
        };
        *tables.sites += 1;
        Ok(Self {
            conv,
            weights,
            f_in: shape.f_in,
            columns: begin..begin + shape.f_out,
            activation: if full { options.activation } else { Activation::Identity },
            norm_first: options.norm_position == NormPosition::Pre && !matches!(norm, Norm::None),
            norm,
            norm_epsilon: options.norm_epsilon,
            l2_normalize: options.l2_normalize,
            dropout: options.dropout,
            site: *tables.sites,
        })
    }

    /// Its batch norm.
    pub fn batch_norm(&self) -> Option<usize> {
        match self.norm {
            Norm::Batch(index) => Some(index),
            _ => None,
        }
    }

    /// How its convolution propagates.
    pub fn propagation(&self) -> conv::Propagation {
        self.conv.propagation()
    }

    /// Whether `kept` holds the input of the activation; else what the backward pass of the activation reads is in `h`.
    fn keeps_input(&self) -> bool {
        activation::saves_input(self.activation) || (self.l2_normalize && self.activation != Activation::Identity)
    }

    /// Columns of its input.
    pub fn input_columns(&self) -> usize {
        self.f_in
    }

    /// Number of weights whose gradients are products, and the positions of all weights among the parameters.
    pub fn products(&self) -> (usize, Range<usize>) {
        (self.conv.products(), self.weights.clone())
    }

    /// Whether the convolution applies the activation.
    fn rectifies(&self) -> bool {
        self.conv.products() > 0 && self.activation == Activation::Relu && !self.norm_first && !self.l2_normalize
    }

    /// The batch norm that the convolution applies: its statistics are known beforehand in evaluation. A backward pass
    /// reads the input of the norm.
    fn fused_norm(&self, context: &Context<'_, T>) -> Option<usize> {
        self.batch_norm().filter(|_| !context.backward && self.rectifies())
    }

    /// The scratch takes this layer's shape, so that rows are contiguous; memory stays.
    fn shape_scratch(&self, graph: &[Adjacency<T>], scratch: &mut ConvScratch<T>) {
        let columns = self.conv.memory(graph).scratch_columns;
        scratch.nodes.reshape(graph[0].nodes(), columns).expect("room was reserved for the widest layer");
    }

    /// Makes room for the level `graph`. Scratch grows to what the hungriest layer needs.
    pub fn reserve(
        &self,
        graph: &[Adjacency<T>],
        training: bool,
        work: &mut LayerWorkspace<T>,
        scratch: &mut ConvScratch<T>,
    ) -> Result<()> {
        let (n, f_out) = (graph[0].nodes(), self.columns.len());
        let size = self.conv.memory(graph);
        work.h.reshape(n, f_out)?;
        work.conv.saved.reshape(n, size.saved_columns)?;
        try_grow(&mut work.conv.values, size.values, T::zero())?;
        try_grow(&mut work.conv.choices, size.choices, 0)?;
        scratch.nodes.reshape(n, size.scratch_columns)?;
        if self.norm_first || self.keeps_input() {
            work.kept.reshape(n, f_out)?;
        }
        if self.l2_normalize {
            try_grow(&mut work.inverse_norm, n, T::zero())?;
        }
        if matches!(self.norm, Norm::Layer(_)) {
            try_grow(&mut work.statistics, 2 * n, T::zero())?;
        }
        if training {
            try_grow(&mut scratch.values, size.scratch_values, T::zero())?;
        }
        Ok(())
    }

    /// First half: up to the input of the norm; in evaluation all of it, into `out`, where the norm can be part of the
    /// convolution. In training the moments of the result go to `moments`.
    pub fn convolve(&self, pass: LayerForward<'_, T>, work: &mut LayerWorkspace<T>, moments: &mut [Moments]) {
        let LayerForward { context, norms, x, graph, scratch, out } = pass;
        self.shape_scratch(graph, scratch);
        let LayerWorkspace { h, kept, inverse_norm, conv: memory, .. } = work;
        let weights = &context.parameters[self.weights.clone()];
        let relu = self.rectifies();
        if let Some(norm) = self.fused_norm(context) {
            let after = After { relu, scale: Some(context.norms.forward(&norms[norm])) };
            return self.conv.forward(conv::Forward { weights, graph, x, memory, scratch, after, out });
        }
        let after = After { relu, scale: None };
        self.conv.forward(conv::Forward { weights, graph, x, memory, scratch, after, out: h.view_mut() });
        if self.l2_normalize {
            l2_normalize::forward(&mut h.view_mut(), inverse_norm);
        }
        if !self.norm_first && !relu {
            if self.keeps_input() {
                kept.slice_mut().copy_from_slice(h.slice());
            }
            activation::forward(self.activation, h.slice_mut());
        }
        if let (Norm::Batch(norm), true) = (&self.norm, context.training) {
            moments[*norm].set(h.view());
        }
    }

    /// Second half: the norm, an activation after it, and dropout, into `out`.
    pub fn finish(
        &self,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        offsets: &[usize],
        work: &mut LayerWorkspace<T>,
        out: &mut MatMut<'_, T>,
    ) {
        if self.fused_norm(context).is_some() {
            return;
        }
        let LayerWorkspace { h, kept, statistics, .. } = work;
        if self.norm_first {
            self.normalize(context, norms, h, statistics, &mut kept.view_mut());
            let saves_input = activation::saves_input(self.activation);
            if !saves_input {
                activation::forward(self.activation, kept.slice_mut());
            }
            for (row, kept) in rows_mut(out).zip(rows(&kept.view())) {
                row.copy_from_slice(kept);
                if saves_input {
                    activation::forward(self.activation, row);
                }
            }
        } else {
            self.normalize(context, norms, h, statistics, out);
        }
        if context.training {
            dropout::apply(self.dropout, context.dropout, self.site, offsets, out);
        }
    }

    fn normalize(
        &self,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        h: &Buffer<T>,
        statistics: &mut [T],
        out: &mut MatMut<'_, T>,
    ) {
        match &self.norm {
            Norm::Batch(norm) => {
                let (scale, shift) = context.norms.forward(&norms[*norm]);
                batch_norm::forward(h.view(), scale, shift, out);
            }
            Norm::Layer(affine) => {
                let affine = affine.map(|(gamma, beta)| (gamma.of(context.parameters), beta.of(context.parameters)));
                layer_norm::forward(h.view(), affine, self.norm_epsilon, statistics, out);
            }
            Norm::None => rows_mut(out).zip(rows(&h.view())).for_each(|(o, row)| o.copy_from_slice(row)),
        }
    }

    /// Backward pass of [`finish`](Self::finish) down to the output of the norm, in place in `d`, and in training the
    /// sums that a batch norm needs from all chunks.
    pub fn finish_back(
        &self,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        offsets: &[usize],
        work: &LayerWorkspace<T>,
        d: &mut MatMut<'_, T>,
        sums: &mut [NormSums],
    ) {
        if context.training {
            dropout::apply(self.dropout, context.dropout, self.site, offsets, d);
        }
        if self.norm_first {
            for (d, kept) in rows_mut(d).zip(rows(&work.kept.view())) {
                activation::backward(self.activation, kept, d);
            }
        }
        if let (Norm::Batch(norm), true) = (&self.norm, context.training) {
            let norm = *norm;
            let mean = context.norms.mean(&norms[norm]);
            let NormSums { dy, dy_centred } = &mut sums[norm];
            batch_norm::backward_sums(work.h.view(), mean, d.view(), dy, dy_centred);
        }
    }

    /// Backward pass of norm, activation, row normalisation and convolution, but for the gradients that are
    /// [`products`](Self::products). `d` is the gradient of the norm's output,
    /// `dh` memory, `x` and `dx` are the layer's input and its gradient.
    pub fn convolve_back(&self, pass: LayerBackward<'_, '_, T>) {
        let LayerBackward { stack, work, x, d, dh, scratch, dx } = pass;
        let StackBackward { context, norms, graph, dparameters, .. } = &mut *stack;
        let (n, f_out) = (work.h.rows(), self.columns.len());
        dh.reshape(n, f_out).expect("room was reserved for the widest layer");
        self.shape_scratch(graph, scratch);
        let has_products = self.conv.products() > 0;
        let bias = self.weights.end - f_out..self.weights.end;
        match &self.norm {
            Norm::Batch(norm) if self.rectifies() => {
                let (by, db) = (context.norms.backward(&norms[*norm]), &mut dparameters[bias]);
                batch_norm::backward_rectified(work.h.view(), by, d, &mut dh.view_mut(), db);
            }
            norm => {
                self.normalize_back(norm, stack, work, d, dh);
                if !self.norm_first {
                    let kept = if activation::saves_input(self.activation) { &work.kept } else { &work.h };
                    activation::backward(self.activation, kept.slice(), dh.slice_mut());
                }
                if self.l2_normalize {
                    let y = if self.keeps_input() && !self.norm_first { &work.kept } else { &work.h };
                    l2_normalize::backward(y.view(), &work.inverse_norm, &mut dh.view_mut());
                }
                if has_products {
                    linear::add_row_sums(dh.view(), &mut stack.dparameters[bias]);
                }
            }
        }
        self.conv.backward(conv::Backward {
            weights: &stack.context.parameters[self.weights.clone()],
            dweights: &mut stack.dparameters[self.weights.clone()],
            graph: stack.graph,
            dgraph: stack.dgraph,
            x,
            memory: &work.conv,
            scratch,
            dout: dh.view(),
            dx,
        });
    }

    /// Backward pass of the norm.
    fn normalize_back(
        &self,
        norm: &Norm,
        stack: &mut StackBackward<'_, T>,
        work: &LayerWorkspace<T>,
        d: Mat<'_, T>,
        dh: &mut Buffer<T>,
    ) {
        let StackBackward { context, norms, dparameters, .. } = stack;
        match norm {
            Norm::Batch(norm) => {
                batch_norm::backward(work.h.view(), context.norms.backward(&norms[*norm]), d, &mut dh.view_mut());
            }
            Norm::Layer(affine) => {
                let gamma = affine.map(|(gamma, _)| gamma.of(context.parameters));
                let daffine = affine.map(|(gamma, beta)| {
                    dparameters[gamma.range().start..beta.range().end].split_at_mut(self.columns.len())
                });
                let h = work.h.view();
                layer_norm::backward(h, gamma, &work.statistics, d, daffine, &mut dh.view_mut());
            }
            Norm::None => dh.view_mut().assign(&d),
        }
    }

    /// The factors of the gradient of weight `index`, after [`convolve_back`](Self::convolve_back).
    pub fn factors<'a>(
        &self,
        index: usize,
        work: &'a LayerWorkspace<T>,
        graph: &'a [Adjacency<T>],
        x: Mat<'a, T>,
        dh: &'a Buffer<T>,
        scratch: &'a ConvScratch<T>,
    ) -> (Mat<'a, T>, Mat<'a, T>) {
        self.conv.factors(index, conv::Factors { graph, x, memory: &work.conv, scratch, dout: dh.view() })
    }
}

/// What [`Layer::convolve`] reads and writes.
pub(super) struct LayerForward<'a, T> {
    pub context: &'a Context<'a, T>,
    /// All batch norms.
    pub norms: &'a [NormSpec],
    /// Input of the layer.
    pub x: Mat<'a, T>,
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
    /// Memory of the convolution.
    pub scratch: &'a mut ConvScratch<T>,
    /// Where the output of the layer belongs.
    pub out: MatMut<'a, T>,
}

/// What [`Layer::convolve_back`] reads and writes.
pub(super) struct LayerBackward<'a, 'b, T> {
    /// What all layers of the stack share.
    pub stack: &'a mut StackBackward<'b, T>,
    /// Memory of the layer.
    pub work: &'a LayerWorkspace<T>,
    /// Input of the layer.
    pub x: Mat<'a, T>,
    /// Gradient of the norm's output.
    pub d: Mat<'a, T>,
    /// Memory for the gradient of the norm's input.
    pub dh: &'a mut Buffer<T>,
    /// Memory of the convolution.
    pub scratch: &'a mut ConvScratch<T>,
    /// Gradient of the input, added to; `None` where nothing needs it.
    pub dx: Option<MatMut<'a, T>>,
}
