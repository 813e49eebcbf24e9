//! One layer of a stack: `convolution -> l2 rows -> activation -> norm -> dropout`, or the norm before the activation.
//!
//! The forward pass is in two steps, [`Layer::convolve`] up to the input of the norm and [`Layer::normalize`] from
//! there, because in training a batch norm needs the statistics of all chunks. So is the backward pass: the norm's own
//! is part of [`Layer::convolve_back`], which follows the sums over all chunks.

use std::ops::Range;

use super::pass::{StackBackward, StackForward};
use crate::config::{Activation, Config, NormPosition, Normalization};
use crate::control;
use crate::error::Result;
use crate::layers::adjacency::Adjacency;
use crate::layers::context::{Context, Wanted};
use crate::layers::conv::{AnyConv, Backward, ConvMemory, ConvScratch, ConvShape, Factors, Forward, LinearConv};
use crate::layers::norm::NormSums;
use crate::layers::params::{NormSpec, Slot, Tables};
use crate::memory::try_grow;
use crate::ops::batch_norm::{self, Moments};
use crate::ops::gemm::After;
use crate::ops::normalize_adjacency::Propagation;
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
    conv: AnyConv<T>,
    weights: Range<usize>,
    /// Whether the input is that of the stack, whose gradient not every pass asks for; with a virtual node every one
    /// does.
    first: bool,
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
    /// The statistics of a layer norm: mean and inverse deviation of every row.
    statistics: Vec<T>,
    conv: ConvMemory<T>,
}

impl<T: Real> Layer<T> {
    /// Declares the parameters of layer `index` of a stack, which is the convolution `conv` and what follows it. Its
    /// columns begin at `begin`.
    pub fn new(
        path: &str,
        index: usize,
        (conv, shape): (AnyConv<T>, ConvShape),
        begin: usize,
        config: &Config,
        tables: &mut Tables,
    ) -> Self {
        let start = tables.layout.len();
        for (name, shape, init) in conv.weights() {
            tables.layout.push(format!("{path}.convs.{index}.{name}"), &shape, init);
        }
        let weights = start..tables.layout.len();
        let full = !shape.last || config.activate_last;
        let name = format!("{path}.norms.{index}");
        let norm = match config.normalization {
            Normalization::Batch if full => Norm::Batch(tables.batch_norm(name, shape.f_out, config.norm_affine)),
            Normalization::Layer if full => Norm::Layer(config.norm_affine.then(|| tables.affine(&name, shape.f_out))),
            _ => Norm::None,
        };
        tables.sites += 1;
        Self {
            conv,
            weights,
            first: index == 0 && !(config.virtual_node && tables.level == 0),
            columns: begin..begin + shape.f_out,
            activation: if full { config.activation } else { Activation::Identity },
            norm_first: config.norm_position == NormPosition::Pre && !matches!(norm, Norm::None),
            norm,
            norm_epsilon: config.batch_norm_epsilon,
            l2_normalize: config.l2_normalize,
            dropout: config.dropout,
            site: tables.sites,
        }
    }

    /// The layer's batch norm.
    pub fn batch_norm(&self) -> Option<usize> {
        match self.norm {
            Norm::Batch(index) => Some(index),
            _ => None,
        }
    }

    /// How the convolution propagates.
    pub fn propagation(&self) -> Propagation {
        self.conv.propagation()
    }

    /// The convolution and the beginning of its matrices among the parameters, where their gradients are deferred.
    pub fn deferred(&self) -> Option<(LinearConv, usize)> {
        self.conv.linear().map(|conv| (*conv, self.weights.start))
    }

    /// Whether `kept` holds the input of the activation; else what the backward pass of the activation reads is in `h`.
    fn keeps_input(&self) -> bool {
        activation::saves_input(self.activation) || (self.l2_normalize && self.activation != Activation::Identity)
    }

    /// Whether the convolution applies the activation.
    fn rectifies(&self) -> bool {
        let rectified = self.activation == Activation::Relu && !self.norm_first && !self.l2_normalize;
        rectified && self.conv.linear().is_some()
    }

    /// The batch norm that the convolution applies: its statistics are known beforehand in evaluation. A backward pass
    /// reads the input of the norm.
    fn fused_norm(&self, context: &Context<'_, T>) -> Option<usize> {
        self.batch_norm().filter(|_| !context.wanted.backward && self.rectifies())
    }

    /// Gives the scratch this layer's shape, so that rows are contiguous; memory stays.
    fn shape_scratch(&self, graph: &[Adjacency<T>], scratch: &mut ConvScratch<T>) {
        let columns = self.conv.memory(graph, true).scratch_columns;
        scratch.nodes.reshape(graph[0].nodes(), columns).expect("room was reserved for the widest layer");
    }

    /// Makes room for the level `graph`. Scratch grows to what the hungriest layer needs.
    pub fn reserve(
        &self,
        graph: &[Adjacency<T>],
        wanted: Wanted,
        work: &mut LayerWorkspace<T>,
        scratch: &mut ConvScratch<T>,
    ) -> Result<()> {
        let (n, f_out) = (graph[0].nodes(), self.columns.len());
        let size = self.conv.memory(graph, wanted.input_gradient || !self.first);
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
        if wanted.backward {
            try_grow(&mut scratch.values, size.scratch_values, T::zero())?;
        }
        Ok(())
    }

    /// Convolution, row normalisation and an activation before the norm; in evaluation all of the layer, into `out`,
    /// where the norm can be part of the convolution. In training the moments of the result go to `moments`.
    pub fn convolve(&self, pass: LayerForward<'_, '_, T>, work: &mut LayerWorkspace<T>, moments: &mut [Moments]) {
        let LayerForward { stack, x, scratch, out } = pass;
        let &StackForward { context, norms, graph, .. } = stack;
        self.shape_scratch(graph, scratch);
        let LayerWorkspace { h, kept, inverse_norm, conv: memory, .. } = work;
        let weights = &context.parameters[self.weights.clone()];
        let relu = self.rectifies();
        let fused = self.fused_norm(context).map(|norm| context.norms.forward(&norms[norm]));
        let target = if fused.is_some() { out } else { h.view_mut() };
        let pass = Forward { weights, graph, x, memory, scratch, out: target };
        match &self.conv {
            AnyConv::Linear(conv) => conv.forward(pass, After { relu, scale: fused }),
            AnyConv::Other(conv) => conv.forward(pass),
        }
        if fused.is_some() || control::stopped() {
            return;
        }
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

    /// The norm, an activation after it, and dropout, into `out`.
    pub fn normalize(
        &self,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        offsets: &[usize],
        work: &mut LayerWorkspace<T>,
        out: &mut MatMut<'_, T>,
    ) {
        if self.fused_norm(context).is_some() || control::stopped() {
            return;
        }
        let LayerWorkspace { h, kept, statistics, .. } = work;
        if self.norm_first {
            self.norm(context, norms, h, statistics, &mut kept.view_mut());
            let saves_input = activation::saves_input(self.activation);
            if !saves_input {
                activation::forward(self.activation, kept.slice_mut());
            }
            for (row, kept) in control::watched(rows_mut(out).zip(rows(&kept.view()))) {
                row.copy_from_slice(kept);
                if saves_input {
                    activation::forward(self.activation, row);
                }
            }
        } else {
            self.norm(context, norms, h, statistics, out);
        }
        if context.training {
            dropout::apply(self.dropout, context.dropout, self.site, offsets, out);
        }
    }

    fn norm(
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
            Norm::None => copy_rows(h, out),
        }
    }

    /// Backward pass of [`normalize`](Self::normalize) down to the output of the norm, in place in `d`, and in training
    /// the sums that the backward pass of a batch norm needs from all chunks.
    pub fn normalize_back(
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

    /// Backward pass of the norm and of [`convolve`](Self::convolve), but for the gradients that are
    /// [`deferred`](Self::deferred).
    pub fn convolve_back(&self, pass: LayerBackward<'_, '_, T>) {
        let LayerBackward { stack, work, x, d, dh, scratch, dx } = pass;
        let StackBackward { context, norms, graph, dparameters, .. } = &mut *stack;
        let (n, f_out) = (work.h.rows(), self.columns.len());
        dh.reshape(n, f_out).expect("room was reserved for the widest layer");
        self.shape_scratch(graph, scratch);
        let bias = self.weights.end - f_out..self.weights.end;
        match &self.norm {
            Norm::Batch(norm) if self.rectifies() => {
                let (by, db) = (context.norms.backward(&norms[*norm]), &mut dparameters[bias]);
                batch_norm::backward_rectified(work.h.view(), by, d, &mut dh.view_mut(), db);
            }
            norm => {
                self.norm_back(norm, stack, work, d, dh);
                if !self.norm_first {
                    let kept = if activation::saves_input(self.activation) { &work.kept } else { &work.h };
                    activation::backward(self.activation, kept.slice(), dh.slice_mut());
                }
                if self.l2_normalize {
                    let y = if self.keeps_input() && !self.norm_first { &work.kept } else { &work.h };
                    l2_normalize::backward(y.view(), &work.inverse_norm, &mut dh.view_mut());
                }
                if self.conv.linear().is_some() {
                    linear::add_row_sums(dh.view(), &mut stack.dparameters[bias]);
                }
            }
        }
        let pass = Backward {
            weights: &stack.context.parameters[self.weights.clone()],
            dweights: &mut stack.dparameters[self.weights.clone()],
            graph: stack.graph,
            dgraph: stack.dgraph,
            x,
            memory: &work.conv,
            scratch,
            dout: dh.view(),
            dx,
        };
        match &self.conv {
            AnyConv::Linear(conv) => conv.backward(pass),
            AnyConv::Other(conv) => conv.backward(pass),
        }
    }

    /// Backward pass of the norm.
    fn norm_back(
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
}

impl<T: Real> LayerWorkspace<T> {
    /// What the deferred gradients of the layer are products of, after its backward pass.
    pub fn factors<'a>(&'a self, x: Mat<'a, T>, dh: &'a Buffer<T>, scratch: &'a ConvScratch<T>) -> Factors<'a, T> {
        Factors { x, memory: &self.conv, scratch, dout: dh.view() }
    }
}

/// What [`Layer::convolve`] reads and writes.
pub(super) struct LayerForward<'a, 'b, T> {
    /// What all layers of the stack share.
    pub stack: &'a StackForward<'b, T>,
    /// Input of the layer.
    pub x: Mat<'a, T>,
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

/// Copies a matrix, row by row.
fn copy_rows<T: Real>(from: &Buffer<T>, to: &mut MatMut<'_, T>) {
    for (to, from) in control::watched(rows_mut(to).zip(rows(&from.view()))) {
        to.copy_from_slice(from);
    }
}
