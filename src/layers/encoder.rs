//! The encoder: learned rows for the integer categories of the nodes, as columns of the first level's features.

use std::ops::Range;

use ndarray::s;

use super::params::{Init, Layout};
use crate::config::{Combine, Config};
use crate::ops::embedding;
use crate::ops::runtime::buffer::{Buffer, matrix};
use crate::ops::runtime::real::Real;

/// Rows of the tables whose gradients are worked on at a time by one thread.
const BLOCK_ROWS: usize = 256;

/// Tables of learned rows. They lie one after the other, so that together they are one table.
#[derive(Debug, Clone)]
pub struct Encoder {
    parameters: Range<usize>,
    rows: usize,
    categories: usize,
    width: usize,
    combine: Combine,
    columns: Range<usize>,
}

impl Encoder {
    /// Declares the tables of a configuration that gives their sizes. The encoder writes the features from `column` on.
    pub fn new(config: &Config, column: usize, layout: &mut Layout) -> Self {
        let (sizes, width, combine) = (&config.embedding_sizes, config.embedding_width, config.embedding_combine);
        let begin = layout.len();
        for (i, &rows) in sizes.iter().enumerate() {
            layout.push(format!("encoder.tables.{i}.weight"), &[rows, width], Init::Normal);
        }
        Self {
            parameters: begin..layout.len(),
            rows: sizes.iter().fold(0, |sum, &rows| sum.saturating_add(rows)),
            categories: sizes.len(),
            width,
            combine,
            columns: column..column + embedding::output_columns(combine, sizes.len(), width),
        }
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    /// Whether there are no tables.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// Number of tables, which is the number of category columns.
    pub fn categories(&self) -> usize {
        self.categories
    }

    /// Writes the encoder's columns of `x`; `indices` are rows of the joined tables, `[n, categories]`.
    pub fn forward<T: Real>(&self, parameters: &[T], indices: &[u32], x: &mut Buffer<T>) {
        let table = matrix(&parameters[self.parameters.clone()], self.rows, self.width);
        embedding::forward(self.combine, table, indices, self.categories, &mut x.columns_mut(self.columns.clone()));
    }

    /// Values of the tables' gradient that one thread works on at a time.
    pub fn block_len(&self) -> usize {
        BLOCK_ROWS * self.width
    }

    /// Adds to the block of the tables' gradient that begins at value `begin` what the nodes of a chunk give it.
    pub fn backward<T: Real>(&self, indices: &[u32], dx: &Buffer<T>, begin: usize, block: &mut [T]) {
        let dx = dx.view().slice_move(s![.., self.columns.clone()]);
        embedding::backward(self.combine, indices, self.categories, dx, begin / self.width, self.width, block);
    }
}
