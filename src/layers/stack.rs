//! A GNN stack: convolutions in a row, their outputs concatenated (or the last taken), and an optional linear layer.
//!
//! Each layer is `convolution -> l2 rows -> activation -> batch norm -> dropout`, each part optional. Its forward pass
//! is in two halves, [`Stack::convolve`] and [`Stack::finish`], because in training the batch norm between them needs
//! the statistics of all chunks; so is its backward pass, [`Stack::finish_back`] and [`Stack::convolve_back`].

use super::Context;
use super::adjacency::{Adjacency, AdjacencyGradient};
use super::conv::{self, Convolution};
use super::norm::{NormSpec, NormSums};
use super::params::{Init, Layout, Slot};
use crate::error::Result;
use crate::ops::batch_norm::{self, Moments};
use crate::ops::buffer::{Buffer, rows_mut};
use crate::ops::kinds::{Activation, FinalLayer, JumpingKnowledge};
use crate::ops::real::{Mat, MatMut, Real};
use crate::ops::{activation, dropout, l2_normalize, linear};

/// What a stack is built from.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Name of the convolution.
    pub conv: String,
    /// Width of every convolution but the last.
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
    /// Whether each convolution is followed by a batch norm.
    pub batch_norm: bool,
    /// Whether activation and batch norm also follow the last convolution.
    pub activate_last: bool,
    /// Whether rows are normalised after each convolution.
    pub l2_normalize: bool,
    /// Rate of dropout after each convolution.
    pub dropout: f64,
}

/// One layer.
struct Layer<T: 'static> {
    conv: &'static dyn Convolution<T>,
    weights: std::ops::Range<usize>,
    input: usize,
    /// Columns of the concatenated outputs that are this layer's.
    columns: std::ops::Range<usize>,
    activation: Activation,
    norm: Option<usize>,
    site: u64,
}

/// A stack of convolutions.
pub struct Stack<T: 'static> {
    layers: Vec<Layer<T>>,
    final_linear: Option<(Slot, Slot)>,
    final_activation: Activation,
    jumping_knowledge: JumpingKnowledge,
    l2_normalize: bool,
    dropout: f64,
    width: usize,
    output: usize,
}

/// Memory of one layer for one chunk.
#[derive(Debug, Clone, Default)]
struct LayerWorkspace<T> {
    /// Output of the convolution; normalised and activated in place.
    h: Buffer<T>,
    /// The input of the activation, where its backward pass or that of the row normalisation needs it.
    before_activation: Buffer<T>,
    inverse_norm: Vec<T>,
    saved: Buffer<T>,
}

/// Memory of one stack for one chunk.
#[derive(Debug, Clone, Default)]
pub struct StackWorkspace<T> {
    layers: Vec<LayerWorkspace<T>>,
    /// Outputs of all layers side by side.
    concat: Buffer<T>,
    out: Buffer<T>,
    before_final_activation: Buffer<T>,
    dconcat: Buffer<T>,
    dout: Buffer<T>,
    dh: Buffer<T>,
    scratch: Buffer<T>,
}

/// Where a network under construction keeps its tables.
pub struct Tables<'a> {
    /// Parameters.
    pub layout: &'a mut Layout,
    /// Batch norms.
    pub norms: &'a mut Vec<NormSpec>,
    /// Number of places with dropout so far.
    pub sites: &'a mut u64,
}

impl<T: Real> Stack<T> {
    /// Declares the parameters of a stack for `input` features.
    pub fn new(path: &str, input: usize, options: &StackOptions, tables: &mut Tables<'_>) -> Result<Self> {
        let conv = conv::find::<T>(&options.conv)
            .ok_or_else(|| crate::error::error!(InvalidConfig, "there is no convolution '{}'", options.conv))?;
        let mut layers: Vec<Layer<T>> = Vec::with_capacity(options.layers);
        for i in 0..options.layers {
            let last = i + 1 == options.layers;
            let f_in = layers.last().map_or(input, |l| l.columns.len());
            let f_out = if last { options.output } else { options.hidden };
            let begin = layers.last().map_or(0, |l| l.columns.end);
            let start = tables.layout.len();
            for (name, shape, init) in conv.weights(f_in, f_out) {
                tables.layout.push(format!("{path}.convs.{i}.{name}"), &shape, init);
            }
            let weights = start..tables.layout.len();
            let full = !last || options.activate_last;
            let norm = (full && options.batch_norm)
                .then(|| NormSpec::declare(format!("{path}.norms.{i}"), f_out, tables.layout, tables.norms));
            let activation = if full { options.activation } else { Activation::Identity };
            *tables.sites += 1;
            let columns = begin..begin + f_out;
            layers.push(Layer { conv, weights, input: f_in, columns, activation, norm, site: *tables.sites });
        }
        let width = match options.jumping_knowledge {
            JumpingKnowledge::Concat => layers.last().map_or(0, |l| l.columns.end),
            JumpingKnowledge::Last => options.output,
        };
        let final_linear = (options.final_layer != FinalLayer::None).then(|| {
            let weight = Init::Weight { fan_in: width, fan_out: options.output };
            let w = tables.layout.push(format!("{path}.linear.weight"), &[width, options.output], weight);
            (w, tables.layout.push(format!("{path}.linear.bias"), &[options.output], Init::Bias { fan_in: width }))
        });
        let activate = options.final_layer == FinalLayer::LinearActivation;
        Ok(Self {
            layers,
            final_linear,
            final_activation: if activate { options.activation } else { Activation::Identity },
            jumping_knowledge: options.jumping_knowledge,
            l2_normalize: options.l2_normalize,
            dropout: options.dropout,
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
        self.layers.get(layer).and_then(|l| l.norm)
    }

    /// How the convolutions propagate.
    pub fn propagations(&self) -> Vec<conv::Propagation> {
        self.layers.iter().map(|l| l.conv.propagation()).collect()
    }

    /// Makes room for `n` nodes; gradients only where `training`.
    pub fn reserve(&self, n: usize, training: bool, work: &mut StackWorkspace<T>) -> Result<()> {
        work.layers.resize_with(self.layers.len(), LayerWorkspace::default);
        let total = self.layers.last().map_or(0, |l| l.columns.end);
        let (mut widest, mut scratch) = (0, 0);
        for (layer, work) in self.layers.iter().zip(&mut work.layers) {
            let (f_in, f_out) = (layer.input, layer.columns.len());
            work.h.reshape(n, f_out)?;
            work.saved.reshape(n, layer.conv.saved_columns(f_in, f_out))?;
            if self.keeps_input(layer) {
                work.before_activation.reshape(n, f_out)?;
            }
            if self.l2_normalize {
                crate::graph::try_grow(&mut work.inverse_norm, n, T::zero())?;
            }
            widest = widest.max(f_out);
            scratch = scratch.max(layer.conv.scratch_columns(f_in, f_out));
        }
        work.concat.reshape(n, total)?;
        if self.final_linear.is_some() {
            work.out.reshape(n, self.output)?;
            if activation::saves_input(self.final_activation) {
                work.before_final_activation.reshape(n, self.output)?;
            }
        }
        if training {
            work.dconcat.reshape(n, total)?;
            work.dh.reshape(n, widest)?;
            work.scratch.reshape(n, scratch)?;
            if self.final_linear.is_some() {
                work.dout.reshape(n, self.output)?;
            }
        }
        Ok(())
    }

    fn keeps_input(&self, layer: &Layer<T>) -> bool {
        activation::saves_input(layer.activation) || (self.l2_normalize && layer.activation != Activation::Identity)
    }

    /// First half of a layer: up to the activation. In training the moments of the result go to `moments`.
    pub fn convolve(
        &self,
        index: usize,
        context: &Context<'_, T>,
        x: Mat<'_, T>,
        adjacency: &Adjacency<T>,
        work: &mut StackWorkspace<T>,
        moments: &mut [Moments],
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, concat, .. } = work;
        let LayerWorkspace { h, before_activation, inverse_norm, saved } = &mut layers[index];
        layer.conv.forward(conv::Forward {
            weights: &context.parameters[layer.weights.clone()],
            adjacency,
            x: self.input(index, x, concat),
            saved: saved.view_mut(),
            out: h.view_mut(),
        });
        if self.l2_normalize {
            l2_normalize::forward(&mut h.view_mut(), inverse_norm);
        }
        if self.keeps_input(layer) {
            before_activation.slice_mut().copy_from_slice(h.slice());
        }
        activation::forward(layer.activation, h.slice_mut());
        if let (Some(norm), true) = (layer.norm, context.training) {
            moments[norm].set(h.view());
        }
    }

    /// The input of a layer: the level's, or the output of the layer before.
    fn input<'a>(&self, index: usize, x: Mat<'a, T>, concat: &'a Buffer<T>) -> Mat<'a, T> {
        match index {
            0 => x,
            _ => concat.columns_view(self.layers[index - 1].columns.clone()),
        }
    }

    /// Second half of a layer: batch norm and dropout.
    pub fn finish(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        adjacency: &Adjacency<T>,
        work: &mut StackWorkspace<T>,
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, concat, .. } = work;
        let h = &layers[index].h;
        let mut out = concat.columns_mut(layer.columns.clone());
        match layer.norm {
            Some(norm) => {
                let (scale, shift) = context.norms.forward(&norms[norm]);
                batch_norm::forward(h.view(), scale, shift, &mut out);
            }
            None => rows_mut(&mut out).zip(h.view().rows()).for_each(|(o, row)| {
                o.copy_from_slice(row.to_slice().expect("rows are contiguous"));
            }),
        }
        if context.training {
            dropout::apply(self.dropout, context.dropout, layer.site, adjacency.offsets(), &mut out);
        }
    }

    /// The linear layer after the convolutions.
    pub fn complete(&self, context: &Context<'_, T>, work: &mut StackWorkspace<T>) {
        let Some((w, b)) = self.final_linear else { return };
        let StackWorkspace { concat, out, before_final_activation, .. } = work;
        let input = concat.columns_view(self.output_range());
        linear::forward(input, w.matrix(context.parameters), b.of(context.parameters), &mut out.view_mut());
        if activation::saves_input(self.final_activation) {
            before_final_activation.slice_mut().copy_from_slice(out.slice());
        }
        activation::forward(self.final_activation, out.slice_mut());
    }

    /// Columns of the concatenated outputs that leave the convolutions.
    fn output_range(&self) -> std::ops::Range<usize> {
        let total = self.layers.last().map_or(0, |l| l.columns.end);
        match self.jumping_knowledge {
            JumpingKnowledge::Concat => 0..total,
            JumpingKnowledge::Last => total - self.width..total,
        }
    }

    /// The output, `[n, output_columns]`.
    pub fn output<'a>(&self, work: &'a StackWorkspace<T>) -> Mat<'a, T> {
        match self.final_linear {
            Some(_) => work.out.view(),
            None => work.concat.columns_view(self.output_range()),
        }
    }

    /// Zeroes all gradients of the chunk.
    pub fn begin_back(&self, work: &mut StackWorkspace<T>) {
        work.dconcat.fill(T::zero());
        if self.final_linear.is_some() {
            work.dout.fill(T::zero());
        }
    }

    /// The output beside its gradient, to add to.
    pub fn output_gradient<'a>(&self, work: &'a mut StackWorkspace<T>) -> (Mat<'a, T>, MatMut<'a, T>) {
        let StackWorkspace { concat, dconcat, out, dout, .. } = work;
        match self.final_linear {
            Some(_) => (out.view(), dout.view_mut()),
            None => (concat.columns_view(self.output_range()), dconcat.columns_mut(self.output_range())),
        }
    }

    /// Backward pass of [`complete`](Self::complete).
    pub fn complete_back(&self, context: &Context<'_, T>, work: &mut StackWorkspace<T>, dparameters: &mut [T]) {
        let Some((w, b)) = self.final_linear else { return };
        let StackWorkspace { concat, dconcat, out, dout, before_final_activation, .. } = work;
        let saved = if activation::saves_input(self.final_activation) { before_final_activation } else { out };
        activation::backward(self.final_activation, saved.slice(), dout.slice_mut());
        let input = concat.columns_view(self.output_range());
        let (dw, db) = dparameters[w.range().start..b.range().end].split_at_mut(w.range().len());
        let mut dw = crate::ops::buffer::matrix_mut(dw, self.width, self.output);
        linear::backward_parameters(input, dout.view(), &mut dw, db);
        let mut dinput = dconcat.columns_mut(self.output_range());
        linear::backward_input(w.matrix(context.parameters), dout.view(), &mut dinput);
    }

    /// Backward pass of dropout, and the sums that the batch norm needs from all chunks.
    pub fn finish_back(
        &self,
        index: usize,
        context: &Context<'_, T>,
        norms: &[NormSpec],
        adjacency: &Adjacency<T>,
        work: &mut StackWorkspace<T>,
        sums: &mut [NormSums],
    ) {
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, dconcat, .. } = work;
        let mut d = dconcat.columns_mut(layer.columns.clone());
        dropout::apply(self.dropout, context.dropout, layer.site, adjacency.offsets(), &mut d);
        if let Some(norm) = layer.norm {
            let mean = context.norms.mean(&norms[norm]);
            let NormSums { dy, dy_centred } = &mut sums[norm];
            batch_norm::backward_sums(layers[index].h.view(), mean, d.view(), dy, dy_centred);
        }
    }

    /// Backward pass of batch norm, activation, row normalisation and convolution.
    pub fn convolve_back(&self, index: usize, pass: StackBackward<'_, T>) {
        let StackBackward { context, norms, x, adjacency, dadjacency, work, dparameters, dx } = pass;
        let Some(layer) = self.layers.get(index) else { return };
        let StackWorkspace { layers, concat, dconcat, dh, scratch, .. } = work;
        let LayerWorkspace { h, before_activation, inverse_norm, saved } = &layers[index];
        let n = h.rows();
        // The shape shrinks to this layer's, so that rows are contiguous; memory stays.
        dh.reshape(n, layer.columns.len()).expect("room was reserved for the widest layer");
        let columns = conv::Convolution::scratch_columns(layer.conv, layer.input, layer.columns.len());
        scratch.reshape(n, columns).expect("room was reserved for the widest layer");
        let d = dconcat.columns_view(layer.columns.clone());
        match layer.norm {
            Some(norm) => {
                batch_norm::backward(h.view(), context.norms.backward(&norms[norm]), d, &mut dh.view_mut());
            }
            None => dh.view_mut().assign(&d),
        }
        let kept = if activation::saves_input(layer.activation) { before_activation } else { h };
        activation::backward(layer.activation, kept.slice(), dh.slice_mut());
        if self.l2_normalize {
            let y = if self.keeps_input(layer) { before_activation } else { h };
            l2_normalize::backward(y.view(), inverse_norm, &mut dh.view_mut());
        }
        let dx = match index {
            0 => dx,
            _ => Some(dconcat.columns_mut(self.layers[index - 1].columns.clone())),
        };
        layer.conv.backward(conv::Backward {
            weights: &context.parameters[layer.weights.clone()],
            dweights: &mut dparameters[layer.weights.clone()],
            adjacency,
            dadjacency,
            x: self.input(index, x, concat),
            saved: saved.view(),
            scratch: scratch.view_mut(),
            dout: dh.view(),
            dx,
        });
    }
}

/// What [`Stack::convolve_back`] reads and writes.
pub struct StackBackward<'a, T> {
    /// What every layer of the pass reads.
    pub context: &'a Context<'a, T>,
    /// All batch norms.
    pub norms: &'a [NormSpec],
    /// Input of the level.
    pub x: Mat<'a, T>,
    /// Adjacency of the level.
    pub adjacency: &'a Adjacency<T>,
    /// Its gradient, added to.
    pub dadjacency: &'a mut AdjacencyGradient<T>,
    /// Memory of the stack.
    pub work: &'a mut StackWorkspace<T>,
    /// Gradient of all parameters, added to.
    pub dparameters: &'a mut [T],
    /// Gradient of the level's input, added to; `None` where nothing needs it.
    pub dx: Option<MatMut<'a, T>>,
}
