//! Parameters: one array of numbers, and the tables that say which tensor and which batch norm lie where.

use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// Random, scaled by the numbers of inputs and outputs.
    Weight {
        /// Inputs that one output sums over.
        fan_in: usize,
        /// Outputs that one input goes to.
        fan_out: usize,
    },
    /// Zero, or small random values where the initialisation scheme has random biases.
    Bias {
        /// Inputs of the layer the bias belongs to.
        fan_in: usize,
    },
    /// The start of [`Init::Weight`], of a linear layer outside convolutions.
    Linear {
        /// Inputs that one output sums over.
        fan_in: usize,
        /// Outputs that one input goes to.
        fan_out: usize,
    },
    /// The start of [`Init::Bias`], of a linear layer outside convolutions.
    LinearBias {
        /// Inputs of the layer the bias belongs to.
        fan_in: usize,
    },
    /// Uniform in `+-1 / sqrt(fan_in)` under every initialisation scheme, as recurrent layers start.
    Uniform {
        /// Columns of the hidden state.
        fan_in: usize,
    },
    /// Standard normal, as the rows of an embedding start.
    Normal,
    /// Zero.
    Zero,
    /// One.
    One,
    /// The given number.
    Value(f64),
}

/// A named tensor in the array of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamSpec {
    /// Dotted path, as in the model file.
    pub name: String,
    /// One or two sizes.
    pub shape: Vec<usize>,
    /// How the tensor starts.
    pub init: Init,
    /// Where the tensor lies.
    pub slot: Slot,
}

/// Where a tensor lies; a vector has one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    offset: usize,
    rows: usize,
    columns: usize,
}

impl Slot {
    /// The values.
    pub fn of<T>(self, parameters: &[T]) -> &[T] {
        &parameters[self.range()]
    }

    /// The values, to write.
    pub fn of_mut<T>(self, parameters: &mut [T]) -> &mut [T] {
        &mut parameters[self.range()]
    }

    /// The values as a matrix.
    pub fn matrix<T: Real>(self, parameters: &[T]) -> Mat<'_, T> {
        matrix(self.of(parameters), self.rows, self.columns)
    }

    /// The values as a matrix to write.
    pub fn matrix_mut<T: Real>(self, parameters: &mut [T]) -> MatMut<'_, T> {
        matrix_mut(self.of_mut(parameters), self.rows, self.columns)
    }

    /// The positions in the array of parameters.
    pub fn range(self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.rows * self.columns
    }
}

/// The table of all parameters of a network.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    specs: Vec<ParamSpec>,
    len: usize,
}

impl Layout {
    /// Appends a tensor of one or two dimensions.
    pub fn push(&mut self, name: String, shape: &[usize], init: Init) -> Slot {
        debug_assert!((1..=2).contains(&shape.len()));
        let (rows, columns) = if shape.len() == 2 { (shape[0], shape[1]) } else { (1, shape[0]) };
        let slot = Slot { offset: self.len, rows, columns };
        // Sizes may come from a file; a total that does not fit is refused by whoever makes room for it.
        self.len = self.len.saturating_add(rows.saturating_mul(columns));
        self.specs.push(ParamSpec { name, shape: shape.to_vec(), init, slot });
        slot
    }

    /// All tensors in order.
    pub fn specs(&self) -> &[ParamSpec] {
        &self.specs
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// One batch norm: its parameters, and its channels among those of all norms.
#[derive(Debug, Clone)]
pub struct NormSpec {
    /// Dotted path.
    pub name: String,
    /// Position among the norms of the network.
    pub index: usize,
    /// First channel.
    pub offset: usize,
    /// Number of channels.
    pub channels: usize,
    /// Scale and shift, where both are learned; else 1 and 0.
    pub affine: Option<(Slot, Slot)>,
    /// The level of the stack that it belongs to.
    pub level: usize,
}

impl NormSpec {
    /// The scale of channel `i`.
    pub(super) fn gamma<T: Real>(&self, i: usize, parameters: &[T]) -> f64 {
        self.affine.map_or(1.0, |(gamma, _)| gamma.of(parameters)[i].f64())
    }

    /// The shift of channel `i`.
    pub(super) fn beta<T: Real>(&self, i: usize, parameters: &[T]) -> f64 {
        self.affine.map_or(0.0, |(_, beta)| beta.of(parameters)[i].f64())
    }

    /// The channels of this norm among those of all norms.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.channels
    }
}

/// The tables of a network under construction.
#[derive(Debug, Default)]
pub struct Tables {
    /// Parameters.
    pub layout: Layout,
    /// Batch norms.
    pub norms: Vec<NormSpec>,
    /// Number of places with dropout so far.
    pub sites: u64,
    /// The level that is under construction.
    pub level: usize,
}

impl Tables {
    /// Declares the scale and the shift of a norm.
    pub fn affine(&mut self, name: &str, channels: usize) -> (Slot, Slot) {
        let gamma = self.layout.push(format!("{name}.weight"), &[channels], Init::One);
        (gamma, self.layout.push(format!("{name}.bias"), &[channels], Init::Zero))
    }

    /// Declares the parameters of a batch norm and gives it the channels behind those declared before. Returns its
    /// position among the norms.
    pub fn batch_norm(&mut self, name: String, channels: usize, affine: bool) -> usize {
        let affine = affine.then(|| self.affine(&name, channels));
        let (index, offset) = (self.norms.len(), self.norms.last().map_or(0, |n| n.offset + n.channels));
        self.norms.push(NormSpec { name, index, offset, channels, affine, level: self.level });
        index
    }
}
