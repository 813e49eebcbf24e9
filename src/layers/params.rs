//! Parameters: one array of numbers, and the table that says which tensor lies where.

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
    /// As [`Init::Weight`], of a linear layer outside convolutions.
    Linear {
        /// Inputs that one output sums over.
        fan_in: usize,
        /// Outputs that one input goes to.
        fan_out: usize,
    },
    /// As [`Init::Bias`], of a linear layer outside convolutions.
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
    /// This number.
    Value(f64),
}

/// A named tensor in the array of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamSpec {
    /// Dotted path, as in the model file.
    pub name: String,
    /// One or two sizes.
    pub shape: Vec<usize>,
    /// How it starts.
    pub init: Init,
    /// Where it lies.
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
