//! The readout of a level: one row a graph from the rows of its nodes, for the head.

use ndarray::s;

use super::params::{Init, Layout, Slot};
use crate::config::Readout;
use crate::error::{Error, Result};
use crate::memory::try_grow;
use crate::ops::attention::{self, Attended};
use crate::ops::lstm::{WeightGradients, Weights};
use crate::ops::readout::{self, Reduction};
use crate::ops::runtime::buffer::{Buffer, matrix_mut, rows, rows_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{set2set, sort_pool};

/// What a readout is built from.
#[derive(Debug, Clone, Copy)]
pub struct ReadoutOptions {
    /// How the rows become one.
    pub kind: Readout,
    /// Steps of `set2set`.
    pub set2set_steps: usize,
    /// Rows that `sort_pool` keeps.
    pub sort_pool_nodes: usize,
    /// Whether the readout is of the pooled features that enter the next level, not of the embedding of its own.
    pub pooled: bool,
    /// Nodes that graphs are padded to where `max` sees the zeros of padded rows, else 0.
    pub padded_nodes: usize,
}

/// A readout with its place in the input of the head.
pub struct ReadoutLayer {
    options: ReadoutOptions,
    parameters: Parameters,
    columns: usize,
    first: usize,
}

enum Parameters {
    None,
    /// Weight and bias of the linear layer that scores a node.
    Gate(Slot, Slot),
    Lstm(Lstm),
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
    /// `first` on.
    pub fn new(path: &str, columns: usize, options: ReadoutOptions, first: usize, layout: &mut Layout) -> Self {
        let parameters = match options.kind {
            Readout::Max | Readout::Mean | Readout::Sum | Readout::SortPool => Parameters::None,
            Readout::Attention => {
                let weight = Init::Linear { fan_in: columns, fan_out: 1 };
                let weight = layout.push(format!("{path}.gate.weight"), &[columns, 1], weight);
                Parameters::Gate(
                    weight,
                    layout.push(format!("{path}.gate.bias"), &[1], Init::LinearBias { fan_in: columns }),
                )
            }
            Readout::Set2set => Parameters::Lstm(Lstm::new(path, columns, layout)),
        };
        Self { options, parameters, columns, first }
    }

    /// How the rows become one.
    pub fn kind(&self) -> Readout {
        self.options.kind
    }

    /// Whether the readout is of the pooled features that enter the next level.
    pub fn is_of_pooled(&self) -> bool {
        self.options.pooled
    }

    /// Columns of the head's input that the readout writes.
    pub fn output_columns(&self) -> usize {
        match self.options.kind {
            Readout::Max | Readout::Mean | Readout::Sum | Readout::Attention => self.columns,
            Readout::Set2set => 2 * self.columns,
            Readout::SortPool => self.columns.saturating_mul(self.options.sort_pool_nodes),
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
        training: bool,
        work: &mut ReadoutWorkspace<T>,
    ) -> Result<()> {
        match self.options.kind {
            Readout::Mean | Readout::Sum => Ok(()),
            Readout::Max => {
                let len = graphs.checked_mul(self.columns).ok_or_else(Error::out_of_memory)?;
                try_grow(&mut work.order, len, 0)
            }
            Readout::SortPool => try_grow(&mut work.order, nodes, 0),
            Readout::Attention => {
                try_grow(&mut work.scratch, nodes, T::zero())?;
                try_grow(&mut work.shares, nodes, T::zero())
            }
            Readout::Set2set => work.set2set.reserve(self.options.set2set_steps, graphs, nodes, self.columns, training),
        }
    }

    /// Reads out the rows `offsets[g]..offsets[g + 1]` of `z` into row `g` of the head's input.
    pub fn forward<T: Real>(
        &self,
        parameters: &[T],
        offsets: &[usize],
        z: Mat<'_, T>,
        work: &mut ReadoutWorkspace<T>,
        head_input: &mut MatMut<'_, T>,
    ) {
        let mut out = head_input.slice_mut(s![.., self.output_range()]);
        let out = &mut out;
        match &self.parameters {
            Parameters::None => match self.reduction() {
                Some(reduction) => {
                    readout::forward(reduction, offsets, self.options.padded_nodes, z, out, &mut work.order);
                }
                None => sort_pool::forward(offsets, z, out, &mut work.order),
            },
            Parameters::Gate(weight, bias) => {
                let (query, offset) = (weight.of(parameters), bias.of(parameters)[0]);
                for (nodes, out) in offsets.windows(2).zip(rows_mut(out)) {
                    let shares = &mut work.shares[nodes[0]..nodes[1]];
                    attention::forward(z.slice(s![nodes[0]..nodes[1], ..]), query, offset, shares, out);
                }
            }
            Parameters::Lstm(lstm) => set2set::forward(lstm.of(parameters), offsets, z, &mut work.set2set, out),
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
        match &self.parameters {
            Parameters::None => match self.reduction() {
                Some(reduction) => readout::backward(reduction, offsets, dout, &work.order, dz),
                None => sort_pool::backward(offsets, dout, &work.order, dz),
            },
            Parameters::Gate(weight, _) => {
                let (query, dquery) = (weight.of(parameters), weight.of_mut(dparameters));
                for (nodes, dout) in offsets.windows(2).zip(rows(&dout)) {
                    let own = s![nodes[0]..nodes[1], ..];
                    let by = Attended { z: z.slice(own), query, shares: &work.shares[nodes[0]..nodes[1]], dout };
                    attention::backward(by, &mut dz.slice_mut(own), dquery, &mut work.scratch);
                }
            }
            Parameters::Lstm(lstm) => {
                let mut dweights = lstm.of_mut(self.columns, dparameters);
                let weights = lstm.of(parameters);
                set2set::backward(weights, offsets, z, dout, &mut work.set2set, dz, &mut dweights);
            }
        }
    }

    /// The readouts that treat every column by itself.
    fn reduction(&self) -> Option<Reduction> {
        match self.options.kind {
            Readout::Max => Some(Reduction::Max),
            Readout::Mean => Some(Reduction::Mean),
            Readout::Sum => Some(Reduction::Sum),
            Readout::Attention | Readout::Set2set | Readout::SortPool => None,
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
