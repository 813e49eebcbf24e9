//! The virtual node of a graph: one that every node is joined to at every convolution of a stack (Gilmer et al., 2017),
//! in the form of the baselines of the Open Graph Benchmark (Hu et al., 2020).
//!
//! ```text
//! v_0 learned, from 0
//! layer l    x^_i = x_i + v_l,   x_(l+1) = layer(x^)
//! between    t = sum_i x^_i + v_l,   v_(l+1) = f(f(t W_1 + b_1) W_2 + b_2),   f(h) = act(layer norm of h)
//! backward   dt through both, dx^_i += dt,   dv_l = dt + sum_i dx^_i,   dx_i += dx^_i
//! ```
//!
//! Where the baselines have a batch norm over graphs there is a layer norm: a graph counts nothing by those beside it.
//! In training `v` of every layer but the first has dropout.

use super::pass::StackForward;
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::layers::context::Context;
use crate::layers::params::{Init, Slot, Tables};
use crate::memory::{reserve, try_grow};
use crate::ops::gemm::gemm;
use crate::ops::graph_rows;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{activation, dropout, layer_norm, linear};

/// The virtual node of the graphs of a stack; it owns no numbers.
pub(super) struct VirtualNode {
    start: Slot,
    /// Columns of the input of every layer.
    widths: Vec<usize>,
    /// What makes its next state after every layer but the last.
    updates: Vec<Update>,
    activation: Activation,
    epsilon: f64,
    dropout: f64,
}

/// Two linear layers, each with a norm and an activation.
struct Update {
    blocks: [Block; 2],
    site: u64,
}

/// `f(t W + b)`.
struct Block {
    weight: Slot,
    bias: Slot,
    gamma: Slot,
    beta: Slot,
    width: usize,
}

/// Memory of the virtual nodes of a chunk.
#[derive(Debug, Clone, Default)]
pub(super) struct VirtualWorkspace<T> {
    layers: Vec<LayerState<T>>,
    /// Where the row of every graph begins: its number.
    offsets: Vec<usize>,
    /// Gradient of the input of a layer with the virtual node added.
    pub dx: Buffer<T>,
    /// Gradient of the state that a layer adds, `[b, columns]`.
    dv: Buffer<T>,
    dhidden: Buffer<T>,
    dh: Buffer<T>,
}

/// What is kept of a layer.
#[derive(Debug, Clone, Default)]
struct LayerState<T> {
    /// The input of the layer, with the virtual node added, `[n, columns]`.
    input: Buffer<T>,
    /// The state, `[b, columns]`.
    v: Buffer<T>,
    /// What the next state is made of.
    t: Buffer<T>,
    blocks: [BlockState<T>; 2],
}

#[derive(Debug, Clone, Default)]
struct BlockState<T> {
    h: Buffer<T>,
    normed: Buffer<T>,
    out: Buffer<T>,
    statistics: Vec<T>,
}

impl Block {
    fn new(path: &str, [input, width]: [usize; 2], tables: &mut Tables) -> Self {
        let init = Init::Linear { fan_in: input, fan_out: width };
        let weight = tables.layout.push(format!("{path}.weight"), &[input, width], init);
        let bias = tables.layout.push(format!("{path}.bias"), &[width], Init::LinearBias { fan_in: input });
        let (gamma, beta) = tables.affine(&format!("{path}.norm"), width);
        Self { weight, bias, gamma, beta, width }
    }

    fn reserve<T: Real>(&self, graphs: usize, state: &mut BlockState<T>) -> Result<()> {
        state.h.reshape(graphs, self.width)?;
        state.normed.reshape(graphs, self.width)?;
        state.out.reshape(graphs, self.width)?;
        try_grow(&mut state.statistics, 2 * graphs, T::zero())
    }

    fn forward<T: Real>(&self, of: &VirtualNode, parameters: &[T], t: Mat<'_, T>, state: &mut BlockState<T>) {
        let BlockState { h, normed, out, statistics } = state;
        linear::forward(t, self.weight.matrix(parameters), self.bias.of(parameters), &mut h.view_mut());
        let affine = Some((self.gamma.of(parameters), self.beta.of(parameters)));
        layer_norm::forward(h.view(), affine, of.epsilon, statistics, &mut normed.view_mut());
        out.slice_mut().copy_from_slice(normed.slice());
        activation::forward(of.activation, out.slice_mut());
    }

    /// Adds the gradients of the parameters, and writes that of `t` into `dt`; `d` is that of the output, and lost.
    fn backward<T: Real>(
        &self,
        of: &VirtualNode,
        (parameters, dparameters): (&[T], &mut [T]),
        (t, state): (Mat<'_, T>, &BlockState<T>),
        (d, dh): (&mut Buffer<T>, &mut Buffer<T>),
        dt: &mut MatMut<'_, T>,
    ) {
        let saved = if activation::saves_input(of.activation) { &state.normed } else { &state.out };
        activation::backward(of.activation, saved.slice(), d.slice_mut());
        dh.reshape(d.rows(), self.width).expect("room was reserved for the widest layer");
        let range = self.gamma.range().start..self.beta.range().end;
        let daffine = Some(dparameters[range].split_at_mut(self.width));
        let (gamma, statistics) = (Some(self.gamma.of(parameters)), &state.statistics);
        layer_norm::backward(state.h.view(), gamma, statistics, d.view(), daffine, &mut dh.view_mut());
        linear::add_row_sums(dh.view(), self.bias.of_mut(dparameters));
        let mut dw = self.weight.matrix_mut(dparameters);
        gemm(T::one(), t.reversed_axes(), dh.view(), T::one(), &mut dw);
        dt.fill(T::zero());
        linear::backward_input(self.weight.matrix(parameters), dh.view(), dt);
    }
}

impl VirtualNode {
    /// Declares the parameters for layers whose inputs have these columns.
    pub fn new(path: &str, widths: Vec<usize>, config: &Config, tables: &mut Tables) -> Self {
        let start = tables.layout.push(format!("{path}.virtual_node.start"), &[widths[0]], Init::Zero);
        let mut update = |(layer, pair): (usize, &[usize])| {
            let path = format!("{path}.virtual_node.updates.{layer}");
            // Twice as wide between, as in the baselines.
            let hidden = pair[1].saturating_mul(2);
            let first = Block::new(&format!("{path}.0"), [pair[0], hidden], tables);
            let second = Block::new(&format!("{path}.1"), [hidden, pair[1]], tables);
            tables.sites += 1;
            Update { blocks: [first, second], site: tables.sites }
        };
        let updates = widths.windows(2).enumerate().map(&mut update).collect();
        let (activation, epsilon, dropout) = (config.activation, config.batch_norm_epsilon, config.dropout);
        Self { start, widths, updates, activation, epsilon, dropout }
    }

    /// Makes room for so many graphs of `nodes` nodes together; gradients where a backward pass follows.
    pub fn reserve<T: Real>(
        &self,
        [graphs, nodes]: [usize; 2],
        backward: bool,
        work: &mut VirtualWorkspace<T>,
    ) -> Result<()> {
        work.layers.resize_with(self.widths.len(), LayerState::default);
        for (&width, state) in self.widths.iter().zip(&mut work.layers) {
            state.input.reshape(nodes, width)?;
            state.v.reshape(graphs, width)?;
            state.t.reshape(graphs, width)?;
        }
        for (update, state) in self.updates.iter().zip(&mut work.layers) {
            let blocks = update.blocks.iter().zip(&mut state.blocks);
            blocks.into_iter().try_for_each(|(block, state)| block.reserve(graphs, state))?;
        }
        work.offsets.clear();
        reserve(&mut work.offsets, graphs + 1)?;
        work.offsets.extend(0..=graphs);
        if backward {
            let widest = self.widths.iter().copied().max().unwrap_or(0);
            work.dx.reshape(nodes, widest)?;
            work.dv.reshape(graphs, widest)?;
            let widest = self.updates.iter().map(|update| update.blocks[0].width).max().unwrap_or(0);
            work.dhidden.reshape(graphs, widest)?;
            work.dh.reshape(graphs, widest)?;
        }
        Ok(())
    }

    /// Adds the virtual node to the input `x` of a layer, and makes its next state.
    pub fn enter<T: Real>(
        &self,
        index: usize,
        pass: &StackForward<'_, T>,
        x: Mat<'_, T>,
        work: &mut VirtualWorkspace<T>,
    ) {
        let (context, offsets) = (pass.context, pass.graph[0].offsets());
        let (before, after) = work.layers.split_at_mut(index + 1);
        let LayerState { input, v, t, blocks } = &mut before[index];
        if index == 0 {
            linear::set_rows(self.start.of(context.parameters), &mut v.view_mut());
        }
        graph_rows::add(offsets, v.view(), x, &mut input.view_mut());
        let (Some(update), Some(next)) = (self.updates.get(index), after.first_mut()) else { return };
        graph_rows::sum(offsets, input.view(), v.view(), &mut t.view_mut());
        let [first, second] = blocks;
        update.blocks[0].forward(self, context.parameters, t.view(), first);
        update.blocks[1].forward(self, context.parameters, first.out.view(), second);
        next.v.slice_mut().copy_from_slice(second.out.slice());
        self.drop(context, update, &work.offsets, &mut next.v);
    }

    fn drop<T: Real>(&self, context: &Context<'_, T>, update: &Update, offsets: &[usize], rows: &mut Buffer<T>) {
        if context.training {
            dropout::apply(self.dropout, context.dropout, update.site, offsets, &mut rows.view_mut());
        }
    }

    /// Turns the gradient of a layer's input with the virtual node, which is in the workspace, into that of the input
    /// alone, which is added to, and of the state. The layers come last to first.
    pub fn leave<T: Real>(
        &self,
        index: usize,
        context: &Context<'_, T>,
        offsets: &[usize],
        work: &mut VirtualWorkspace<T>,
        (dx, dparameters): (Option<MatMut<'_, T>>, &mut [T]),
    ) {
        let VirtualWorkspace { layers, offsets: rows, dx: dinput, dv, dhidden, dh } = work;
        let (LayerState { t, blocks, .. }, graphs) = (&layers[index], rows.len() - 1);
        let parameters = context.parameters;
        match self.updates.get(index) {
            Some(update) => {
                self.drop(context, update, rows, dv);
                let [first, second] = &update.blocks;
                let [of_first, of_second] = blocks;
                dhidden.reshape(graphs, first.width).expect("room was reserved for the widest layer");
                let from = (of_first.out.view(), of_second);
                second.backward(self, (parameters, dparameters), from, (dv, dh), &mut dhidden.view_mut());
                dv.reshape(graphs, self.widths[index]).expect("room was reserved for the widest layer");
                let from = (t.view(), of_first);
                first.backward(self, (parameters, dparameters), from, (dhidden, dh), &mut dv.view_mut());
                graph_rows::add_to(offsets, dv.view(), &mut dinput.view_mut());
            }
            None => {
                dv.reshape(graphs, self.widths[index]).expect("room was reserved for the widest layer");
                dv.fill(T::zero());
            }
        }
        graph_rows::add_sum(offsets, dinput.view(), &mut dv.view_mut());
        if let Some(mut dx) = dx {
            dx += &dinput.view();
        }
        if index == 0 {
            linear::add_row_sums(dv.view(), self.start.of_mut(dparameters));
        }
    }
}

impl<T: Real> VirtualWorkspace<T> {
    /// The input of a layer, with the virtual node added.
    pub fn input(&self, index: usize) -> Mat<'_, T> {
        self.layers[index].input.view()
    }

    /// The same, and its gradient, which is 0.
    pub fn input_and_gradient(&mut self, index: usize) -> (Mat<'_, T>, MatMut<'_, T>) {
        let input = &self.layers[index].input;
        self.dx.reshape(input.rows(), input.columns()).expect("room was reserved for the widest layer");
        self.dx.fill(T::zero());
        (input.view(), self.dx.view_mut())
    }
}
