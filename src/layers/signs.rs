//! Random signs of columns that mean the same with either sign: those of eigenvectors, in training.

use std::ops::Range;

use rand_chacha::rand_core::Rng;

use crate::ops::dropout::Key;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::random::{Purpose, stream};
use crate::ops::runtime::real::Real;

/// Columns of the first level's features that take a random sign each, drawn anew for every graph and step.
#[derive(Debug, Clone)]
pub struct RandomSigns {
    columns: Range<usize>,
}

impl RandomSigns {
    /// Signs for these columns, at most 64 of them.
    pub fn new(columns: Range<usize>) -> Self {
        debug_assert!(columns.len() <= u64::BITS as usize);
        Self { columns }
    }

    /// Draws the signs of every graph; the nodes of a graph are those of `offsets`.
    pub fn draw<T: Real>(&self, key: Key<'_>, offsets: &[usize], x: &mut Buffer<T>) {
        let width = x.columns();
        for (graph, nodes) in key.graphs.iter().zip(offsets.windows(2)) {
            let bits = stream(key.seed, Purpose::Signs, key.step, *graph as u64).next_u64();
            let rows = &mut x.slice_mut()[nodes[0] * width..nodes[1] * width];
            for row in rows.chunks_exact_mut(width) {
                for (bit, value) in row[self.columns.clone()].iter_mut().enumerate() {
                    if bits >> bit & 1 == 1 {
                        *value = -*value;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_graph_and_step_has_its_own() {
        let drawn = |step: u64, graphs: &[usize]| {
            let offsets: Vec<usize> = (0..=graphs.len()).map(|graph| 3 * graph).collect();
            let mut x = Buffer::<f64>::new();
            x.reshape(3 * graphs.len(), 66).unwrap();
            x.fill(2.0);
            RandomSigns::new(1..65).draw(Key { seed: 5, step, graphs }, &offsets, &mut x);
            x.slice().to_vec()
        };
        let rows = drawn(1, &[4, 9]);
        for graph in rows.chunks_exact(3 * 66) {
            assert!(graph.chunks_exact(66).all(|row| row == &graph[..66] && row[0] == 2.0 && row[65] == 2.0));
            let negative = graph[1..65].iter().filter(|&&value| value == -2.0).count();
            assert!((16..=48).contains(&negative), "{negative} of 64");
        }
        assert_ne!(rows[..66], rows[3 * 66..4 * 66]);
        assert_eq!(drawn(1, &[9]), rows[3 * 66..]);
        assert_ne!(drawn(2, &[9]), rows[3 * 66..]);
    }
}
