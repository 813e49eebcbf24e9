//! The head: an MLP from the readouts of a graph to its logits.

use super::context::Context;
use super::params::{Init, Slot, Tables};
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::ops::runtime::buffer::{Buffer, matrix_mut};
use crate::ops::runtime::matrix::Mat;
use crate::ops::runtime::real::Real;
use crate::ops::{activation, dropout, linear};

/// Hidden layers, each `linear -> activation -> dropout`, and a linear output.
pub struct Head {
    layers: Vec<(Slot, Slot)>,
    widths: Vec<usize>,
    activation: Activation,
    dropout: f64,
    first_site: u64,
}

/// Memory of the head for one chunk.
#[derive(Debug, Clone, Default)]
pub struct HeadWorkspace<T> {
    /// `[b, widths[i]]`: the input, each hidden layer, the logits.
    values: Vec<Buffer<T>>,
    /// Outputs or inputs of the activations before dropout, for the backward pass.
    saved: Vec<Buffer<T>>,
    gradients: Vec<Buffer<T>>,
}

impl Head {
    /// Declares the parameters of a head from `input` columns to `output` logits.
    pub fn new(config: &Config, input: usize, output: usize, tables: &mut Tables) -> Self {
        let widths: Vec<usize> =
            [input].into_iter().chain(config.head_hidden.iter().copied()).chain([output]).collect();
        let layout = &mut tables.layout;
        let layers = widths
            .windows(2)
            .enumerate()
            .map(|(i, w)| {
                let init = Init::Linear { fan_in: w[0], fan_out: w[1] };
                let weight = layout.push(format!("head.{i}.weight"), &[w[0], w[1]], init);
                (weight, layout.push(format!("head.{i}.bias"), &[w[1]], Init::LinearBias { fan_in: w[0] }))
            })
            .collect();
        Self {
            layers,
            widths,
            activation: config.activation,
            dropout: config.head_dropout,
            first_site: tables.sites + 1,
        }
    }

    /// Makes room for `graphs` graphs.
    pub fn reserve<T: Real>(&self, graphs: usize, backward: bool, work: &mut HeadWorkspace<T>) -> Result<()> {
        let resize = |buffers: &mut Vec<Buffer<T>>| buffers.resize_with(self.widths.len(), Buffer::new);
        resize(&mut work.values);
        resize(&mut work.saved);
        resize(&mut work.gradients);
        for (i, &width) in self.widths.iter().enumerate() {
            work.values[i].reshape(graphs, width)?;
            if backward {
                work.saved[i].reshape(graphs, width)?;
                work.gradients[i].reshape(graphs, width)?;
            }
        }
        Ok(())
    }

    /// Computes the logits from the input.
    pub fn forward<T: Real>(&self, context: &Context<'_, T>, work: &mut HeadWorkspace<T>) {
        for (i, (w, b)) in self.layers.iter().enumerate() {
            let (before, after) = work.values.split_at_mut(i + 1);
            let out = &mut after[0];
            linear::forward(
                before[i].view(),
                w.matrix(context.parameters),
                b.of(context.parameters),
                &mut out.view_mut(),
            );
            if i + 1 == self.layers.len() {
                return;
            }
            let saved = &mut work.saved[i + 1];
            if context.wanted.backward && activation::saves_input(self.activation) {
                saved.slice_mut().copy_from_slice(out.slice());
            }
            activation::forward(self.activation, out.slice_mut());
            if context.wanted.backward && !activation::saves_input(self.activation) {
                saved.slice_mut().copy_from_slice(out.slice());
            }
            self.drop_out(i, context, out);
        }
    }

    /// Computes the gradient of the input from that of the logits, see [`logits_gradient`](Self::logits_gradient).
    pub fn backward<T: Real>(&self, context: &Context<'_, T>, work: &mut HeadWorkspace<T>, dparameters: &mut [T]) {
        for (i, (w, b)) in self.layers.iter().enumerate().rev() {
            let (before, after) = work.gradients.split_at_mut(i + 1);
            let dout = &mut after[0];
            if i + 1 < self.layers.len() {
                self.drop_out(i, context, dout);
                activation::backward(self.activation, work.saved[i + 1].slice(), dout.slice_mut());
            }
            let (dw, db) = dparameters[w.range().start..b.range().end].split_at_mut(w.range().len());
            let mut dw = matrix_mut(dw, self.widths[i], self.widths[i + 1]);
            linear::backward_parameters(work.values[i].view(), dout.view(), &mut dw, db);
            before[i].fill(T::zero());
            linear::backward_input(w.matrix(context.parameters), dout.view(), &mut before[i].view_mut());
        }
    }

    /// Dropout, in training alone. One row a graph: every graph is a single "node" of its own here.
    fn drop_out<T: Real>(&self, layer: usize, context: &Context<'_, T>, values: &mut Buffer<T>) {
        if !context.training {
            return;
        }
        let site = self.first_site + layer as u64;
        let key = context.dropout;
        let mut values = values.view_mut();
        for (graph, mut row) in values.axis_chunks_iter_mut(ndarray::Axis(0), 1).enumerate() {
            let key = dropout::Key { graphs: &key.graphs[graph..=graph], ..key };
            dropout::apply(self.dropout, key, site, &[0, 1], &mut row);
        }
    }

    /// Columns of the input.
    pub fn input_width(&self) -> usize {
        self.widths[0]
    }

    /// The input, `[b, widths[0]]`.
    pub fn input<'a, T: Real>(&self, work: &'a HeadWorkspace<T>) -> &'a Buffer<T> {
        &work.values[0]
    }

    /// The input, to write.
    pub fn input_mut<'a, T: Real>(&self, work: &'a mut HeadWorkspace<T>) -> &'a mut Buffer<T> {
        &mut work.values[0]
    }

    /// The gradient of the input after [`backward`](Self::backward).
    pub fn input_gradient<'a, T: Real>(&self, work: &'a HeadWorkspace<T>) -> &'a Buffer<T> {
        &work.gradients[0]
    }

    /// The logits, `[b, c]`.
    pub fn logits<'a, T: Real>(&self, work: &'a HeadWorkspace<T>) -> Mat<'a, T> {
        work.values[self.layers.len()].view()
    }

    /// The logits and their gradient, to write.
    pub fn logits_gradient<'a, T: Real>(&self, work: &'a mut HeadWorkspace<T>) -> (Mat<'a, T>, &'a mut Buffer<T>) {
        (work.values[self.layers.len()].view(), &mut work.gradients[self.layers.len()])
    }
}
