//! The tensors of a state dict, and what a conversion does with them.

use std::collections::BTreeMap;

use half::{bf16, f16};

use crate::failure::{Failure, Result};

/// The tensors of a model by name.
pub type State = BTreeMap<String, Tensor>;

/// A tensor as it is in a file.
#[derive(Clone)]
pub enum Tensor {
    F32(Array),
    /// Of another type: its shape, the name of the type, and its bytes, which nothing looks into.
    Other {
        shape: Vec<usize>,
        kind: String,
        bytes: Vec<u8>,
    },
}

/// Numbers of `N` bytes in 32 bits, which have room for all that those of 16 hold.
pub fn widened<const N: usize>(data: &[u8], number: fn([u8; N]) -> f32) -> Vec<f32> {
    data.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
}

/// A number of IEEE 754 in 16 bits.
pub fn half(bytes: [u8; 2]) -> f32 {
    f16::from_le_bytes(bytes).to_f32()
}

/// A number of 16 bits that are the upper half of 32.
pub fn brain(bytes: [u8; 2]) -> f32 {
    bf16::from_le_bytes(bytes).to_f32()
}

/// Numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Tensor {
    /// A counter of batches, at 0.
    pub fn counter() -> Self {
        Self::Other { shape: Vec::new(), kind: "I64".to_string(), bytes: vec![0; 8] }
    }

    pub fn shape(&self) -> &[usize] {
        match self {
            Self::F32(array) => &array.shape,
            Self::Other { shape, .. } => shape,
        }
    }

    /// The numbers. Rounding would be silent, so another type is refused.
    pub fn array(&self, name: &str) -> Result<&Array> {
        match self {
            Self::F32(array) => Ok(array),
            Self::Other { kind, .. } => Err(Failure::data(format!(
                "tensor {name:?} is of type {kind}, but must be F32, F16 or BF16: another would be rounded"
            ))),
        }
    }
}

impl Array {
    pub fn zeros(shape: Vec<usize>) -> Self {
        let len = shape.iter().product();
        Self { shape, values: vec![0.0; len] }
    }

    fn columns(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// A matrix turned round; anything else as it is.
    pub fn transposed(&self) -> Self {
        let [rows, columns] = self.shape[..] else { return self.clone() };
        let column = |column: usize| self.values.iter().skip(column).step_by(columns).take(rows);
        Self { shape: vec![columns, rows], values: (0..columns).flat_map(column).copied().collect() }
    }

    /// The columns of all parts, which have the same other sizes.
    pub fn side_by_side(parts: &[Self]) -> Self {
        let mut shape = parts[0].shape.clone();
        let rows = shape.iter().rev().skip(1).product();
        if let Some(last) = shape.last_mut() {
            *last = parts.iter().map(Self::columns).sum();
        }
        let row =
            |row: usize| parts.iter().flat_map(move |part| &part.values[row * part.columns()..][..part.columns()]);
        Self { shape, values: (0..rows).flat_map(row).copied().collect() }
    }

    /// The other way: `count` parts of the same columns, which must be a multiple of it.
    pub fn split(&self, count: usize) -> Vec<Self> {
        let columns = self.columns();
        let width = columns / count;
        let part = |part: usize| {
            let rows = self.values.chunks_exact(columns.max(1));
            let values = rows.flat_map(|row| &row[part * width..][..width]).copied().collect();
            let mut shape = self.shape.clone();
            if let Some(last) = shape.last_mut() {
                *last = width;
            }
            Self { shape, values }
        };
        (0..count).map(part).collect()
    }
}
