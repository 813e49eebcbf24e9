//! The encoder: learned rows for the integer categories of the nodes, as columns of the first level's features.

use std::ops::Range;

use ndarray::s;
use rand_chacha::rand_core::Rng;

use super::params::{Init, Layout};
use crate::config::{Combine, Config};
use crate::ops::dropout::Key;
use crate::ops::embedding;
use crate::ops::runtime::buffer::{Buffer, matrix};
use crate::ops::runtime::random::{Purpose, stream};
use crate::ops::runtime::real::Real;

/// Rows of the tables whose gradients are worked on at a time by one thread.
const BLOCK_ROWS: usize = 256;
/// Share of the values of a category that train its reserved row where no training graph does.
const RESERVED_RATE: f64 = 0.02;

/// Tables of learned rows. They lie one after the other, so that together they are one table.
#[derive(Debug, Clone)]
pub struct Encoder {
    parameters: Range<usize>,
    rows: usize,
    categories: usize,
    width: usize,
    combine: Combine,
    columns: Range<usize>,
    /// The last row of every table; `None` where training does not give it values by chance.
    by_chance: Vec<Option<u32>>,
}

impl Encoder {
    /// Declares the tables of a configuration that gives their sizes. The encoder writes the features from `column` on.
    /// Training gives the last row of the `untaken` tables some values by chance.
    pub fn new(config: &Config, column: usize, untaken: &[usize], layout: &mut Layout) -> Self {
        let (sizes, width, combine) = (&config.embedding_sizes, config.embedding_width, config.embedding_combine);
        let begin = layout.len();
        let (mut by_chance, mut end) = (Vec::new(), 0_usize);
        for (i, &rows) in sizes.iter().enumerate() {
            layout.push(format!("encoder.tables.{i}.weight"), &[rows, width], Init::Normal);
            end = end.saturating_add(rows);
            by_chance.push(untaken.contains(&i).then(|| (end - 1) as u32));
        }
        Self {
            parameters: begin..layout.len(),
            rows: end,
            categories: sizes.len(),
            width,
            combine,
            columns: column..column + embedding::output_columns(combine, sizes.len(), width),
            by_chance,
        }
    }

    /// Lets a share of [`RESERVED_RATE`] of the values take the reserved row of their table, where no training graph
    /// takes it otherwise: a row that nothing trains would be noise to the first graph that does. `indices` are rows of
    /// the joined tables, `[n, categories]`, the nodes of a graph those of `offsets`.
    pub fn reserve(&self, key: Key<'_>, offsets: &[usize], indices: &mut [u32]) {
        if self.by_chance.iter().all(Option::is_none) {
            return;
        }
        let threshold = (RESERVED_RATE * f64::from(u32::MAX)) as u32;
        let mut rows = indices.chunks_exact_mut(self.categories);
        for (graph, nodes) in key.graphs.iter().zip(offsets.windows(2)) {
            let mut random = stream(key.seed, Purpose::Reserved, key.step, *graph as u64);
            for row in rows.by_ref().take(nodes[1] - nodes[0]) {
                for (index, reserved) in row.iter_mut().zip(&self.by_chance) {
                    match reserved {
                        Some(reserved) if random.next_u32() < threshold => *index = *reserved,
                        _ => {}
                    }
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_values_train_a_row_that_no_graph_takes() {
        let config = Config { embedding_sizes: vec![3, 5], embedding_width: 2, ..Config::default() };
        let reserved = |untaken: &[usize], step: u64, graphs: &[usize]| {
            let encoder = Encoder::new(&config, 0, untaken, &mut Layout::default());
            let offsets: Vec<usize> = (0..=graphs.len()).map(|graph| graph * 5000).collect();
            let mut indices = [0, 3].repeat(5000 * graphs.len());
            encoder.reserve(Key { seed: 7, step, graphs }, &offsets, &mut indices);
            indices
        };
        let count = |indices: &[u32], row: u32| indices.iter().filter(|&&index| index == row).count();
        let both = reserved(&[0, 1], 1, &[4, 9]);
        // Of 10,000 values each 200, give or take four standard deviations.
        assert!((144..=256).contains(&count(&both, 2)) && (144..=256).contains(&count(&both, 7)));
        assert_eq!(count(&both, 0) + count(&both, 2), 10_000);
        // Graphs decide by themselves, every step anew.
        assert_eq!(reserved(&[0, 1], 1, &[9]), both[10_000..]);
        assert_ne!(reserved(&[0, 1], 2, &[9]), both[10_000..]);
        let second = reserved(&[1], 1, &[4]);
        assert_eq!((count(&second, 2), count(&second, 0)), (0, 5000));
        assert!(count(&second, 7) > 50);
        assert_eq!(reserved(&[], 1, &[4]), [0, 3].repeat(5000));
    }
}
