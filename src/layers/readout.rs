//! The readout of a level: one row a graph from the rows of its nodes, for the head.

use ndarray::s;

use super::params::{Init, Layout, Slot};
use crate::config::{Config, Readout};
use crate::error::{Error, Result};
use crate::memory::try_grow;
use crate::ops::attention::{self, Attended};
use crate::ops::lstm::{WeightGradients, Weights};
use crate::ops::readout::{self, Reduction};
use crate::ops::runtime::buffer::{Buffer, matrix_mut, rows, rows_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{set2set, sort_pool};

/// A readout with its place in the input of the head.
pub struct ReadoutLayer {
    kind: Kind,
    /// Whether the readout is of the pooled features that enter the next level, not of the embedding of its own.
    of_pooled: bool,
    columns: usize,
    first: usize,
}

/// How the rows become one.
enum Kind {
    /// Every column by itself.
    Columns(Reduction),
    /// The first of the sorted rows: so many.
    SortPool(usize),
    /// Shares of the nodes by scores: weight and bias of the linear layer that gives them.
    Attention(Slot, Slot),
    /// An LSTM that looks at the nodes so many times.
    Set2set(Lstm, usize),
}

/// The parameters of an LSTM, which lie in this order.
#[derive(Clone, Copy)]
struct Lstm {
    input: Slot,
    hidden: Slot,
    input_bias: Slot,
    hidden_bias: Slot,
}

/// Memory of one readout for one chunk.
#[derive(Debug, Clone, Default)]
pub struct ReadoutWorkspace<T> {
    /// Which row was the largest, `[b * d]`, or the sorted rows of every graph, `[n]`.
    order: Vec<u32>,
    /// Shares of the nodes in the attention, `[n]`.
    shares: Vec<T>,
    scratch: Vec<T>,
    set2set: set2set::Memory<T>,
}

impl ReadoutLayer {
    /// Declares the parameters of a readout of rows of `columns` values, which writes to the head's input from column
    /// `first` on. `of_pooled` tells whether the rows are those of the clusters, as they enter the next level.
    pub fn new(
        config: &Config,
        path: &str,
        columns: usize,
        of_pooled: bool,
        first: usize,
        layout: &mut Layout,
    ) -> Self {
        let kind = match config.readout {
            Readout::Max => Kind::Columns(Reduction::Max),
            Readout::Mean => Kind::Columns(Reduction::Mean),
            Readout::Sum => Kind::Columns(Reduction::Sum),
            Readout::SortPool => Kind::SortPool(config.sort_pool_nodes),
            Readout::Attention => {
                let weight = Init::Linear { fan_in: columns, fan_out: 1 };
                let weight = layout.push(format!("{path}.gate.weight"), &[columns, 1], weight);
                let bias = Init::LinearBias { fan_in: columns };
                Kind::Attention(weight, layout.push(format!("{path}.gate.bias"), &[1], bias))
            }
            Readout::Set2set => Kind::Set2set(Lstm::new(path, columns, layout), config.set2set_steps),
        };
        Self { kind, of_pooled, columns, first }
    }

    /// Whether the readout is of the pooled features that enter the next level.
    pub fn is_of_pooled(&self) -> bool {
        self.of_pooled
    }

    /// Columns of the head's input that the readout writes.
    pub fn output_columns(&self) -> usize {
        match self.kind {
            Kind::Columns(_) | Kind::Attention(..) => self.columns,
            Kind::Set2set(..) => 2 * self.columns,
            Kind::SortPool(nodes) => self.columns.saturating_mul(nodes),
        }
    }

    fn output_range(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.output_columns()
    }

    /// Makes room for `graphs` graphs of `nodes` nodes altogether.
    pub fn reserve<T: Real>(
        &self,
        graphs: usize,
        nodes: usize,
        backward: bool,
        work: &mut ReadoutWorkspace<T>,
    ) -> Result<()> {
        match self.kind {
            Kind::Columns(Reduction::Mean | Reduction::Sum) => Ok(()),
            Kind::Columns(Reduction::Max) => {
                let len = graphs.checked_mul(self.columns).ok_or_else(Error::out_of_memory)?;
                try_grow(&mut work.order, len, 0)
            }
            Kind::SortPool(_) => try_grow(&mut work.order, nodes, 0),
            Kind::Attention(..) => {
                try_grow(&mut work.scratch, nodes, T::zero())?;
                try_grow(&mut work.shares, nodes, T::zero())
            }
            Kind::Set2set(_, steps) => work.set2set.reserve(steps, graphs, nodes, self.columns, backward),
        }
    }

    /// Reads out the rows `offsets[g]..offsets[g + 1]` of `z` into row `g` of the head's input. The largest values are
    /// also those of zeros in graphs of fewer than `padded` nodes.
    pub fn forward<T: Real>(
        &self,
        parameters: &[T],
        offsets: &[usize],
        padded: usize,
        z: Mat<'_, T>,
        work: &mut ReadoutWorkspace<T>,
        head_input: &mut MatMut<'_, T>,
    ) {
        let mut out = head_input.slice_mut(s![.., self.output_range()]);
        let out = &mut out;
        match &self.kind {
            Kind::Columns(reduction) => readout::forward(*reduction, offsets, padded, z, out, &mut work.order),
            Kind::SortPool(_) => sort_pool::forward(offsets, z, out, &mut work.order),
            Kind::Attention(weight, bias) => {
                let (query, offset) = (weight.of(parameters), bias.of(parameters)[0]);
                for (nodes, out) in offsets.windows(2).zip(rows_mut(out)) {
                    let shares = &mut work.shares[nodes[0]..nodes[1]];
                    attention::forward(z.slice(s![nodes[0]..nodes[1], ..]), query, offset, shares, out);
                }
            }
            Kind::Set2set(lstm, _) => set2set::forward(lstm.of(parameters), offsets, z, &mut work.set2set, out),
        }
    }

    /// Adds the gradients of the rows to `dz` and those of the parameters to `dparameters`.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<T: Real>(
        &self,
        parameters: &[T],
        offsets: &[usize],
        z: Mat<'_, T>,
        work: &mut ReadoutWorkspace<T>,
        dhead_input: &Buffer<T>,
        dz: &mut MatMut<'_, T>,
        dparameters: &mut [T],
    ) {
        let dout = dhead_input.columns_view(self.output_range());
        match &self.kind {
            Kind::Columns(reduction) => readout::backward(*reduction, offsets, dout, &work.order, dz),
            Kind::SortPool(_) => sort_pool::backward(offsets, dout, &work.order, dz),
            Kind::Attention(weight, _) => {
                let (query, dquery) = (weight.of(parameters), weight.of_mut(dparameters));
                for (nodes, dout) in offsets.windows(2).zip(rows(&dout)) {
                    let own = s![nodes[0]..nodes[1], ..];
                    let by = Attended { z: z.slice(own), query, shares: &work.shares[nodes[0]..nodes[1]], dout };
                    attention::backward(by, &mut dz.slice_mut(own), dquery, &mut work.scratch);
                }
            }
            Kind::Set2set(lstm, _) => {
                let mut dweights = lstm.of_mut(self.columns, dparameters);
                let weights = lstm.of(parameters);
                set2set::backward(weights, offsets, z, dout, &mut work.set2set, dz, &mut dweights);
            }
        }
    }
}

impl Lstm {
    fn new(path: &str, d: usize, layout: &mut Layout) -> Self {
        // Products of configured sizes, which stay far from overflow.
        let init = Init::Uniform { fan_in: d };
        let mut push = |name: &str, shape: &[usize]| layout.push(format!("{path}.{name}"), shape, init);
        Self {
            input: push("lstm.weight_ih", &[2 * d, 4 * d]),
            hidden: push("lstm.weight_hh", &[d, 4 * d]),
            input_bias: push("lstm.bias_ih", &[4 * d]),
            hidden_bias: push("lstm.bias_hh", &[4 * d]),
        }
    }

    fn of<T: Real>(self, parameters: &[T]) -> Weights<'_, T> {
        Weights {
            input: self.input.matrix(parameters),
            hidden: self.hidden.matrix(parameters),
            input_bias: self.input_bias.of(parameters),
            hidden_bias: self.hidden_bias.of(parameters),
        }
    }

    fn of_mut<T: Real>(self, d: usize, dparameters: &mut [T]) -> WeightGradients<'_, T> {
        let own = &mut dparameters[self.input.range().start..self.hidden_bias.range().end];
        let (input, rest) = own.split_at_mut(self.input.range().len());
        let (hidden, rest) = rest.split_at_mut(self.hidden.range().len());
        let (input_bias, hidden_bias) = rest.split_at_mut(self.input_bias.range().len());
        let (input, hidden) = (matrix_mut(input, 2 * d, 4 * d), matrix_mut(hidden, d, 4 * d));
        WeightGradients { input, hidden, input_bias, hidden_bias }
    }
}
