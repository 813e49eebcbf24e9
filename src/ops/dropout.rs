//! Inverted dropout, graph by graph.
//!
//! ```text
//! forward and backward   v_ij *= m_ij / (1 - rate),   m_ij = 1 with probability 1 - rate, else 0
//! ```
//!
//! The mask is a function of seed, step, graph and place in the network alone. It is drawn anew in the backward pass
//! instead of being stored, and threads and the other graphs of a batch do not matter.

use rand_chacha::rand_core::Rng;

use super::runtime::buffer::rows_mut;
use super::runtime::matrix::MatMut;
use super::runtime::random::{Purpose, stream};
use super::runtime::real::Real;

/// What a mask depends on besides the place in the network.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// Seed of the run.
    pub seed: u64,
    /// Number of the optimiser step.
    pub step: u64,
    /// Identity of every graph of the chunk.
    pub graphs: &'a [usize],
}

/// Words of chance drawn together.
const WORDS: usize = 64;

/// Applies the mask of `site` to the stacked rows of all graphs; rate 0 does nothing.
pub fn apply<T: Real>(rate: f64, key: Key<'_>, site: u64, offsets: &[usize], values: &mut MatMut<'_, T>) {
    if rate == 0.0 {
        return;
    }
    let threshold = (rate * f64::from(u32::MAX)) as u32;
    let scale = T::of(1.0 / (1.0 - rate));
    let mut rows = rows_mut(values);
    for (graph, nodes) in key.graphs.iter().zip(offsets.windows(2)) {
        let mut random = stream(key.seed, Purpose::Dropout, key.step, (*graph as u64) << 16 | site);
        for row in rows.by_ref().take(nodes[1] - nodes[0]) {
            // One word a value, drawn many at a time: drawing them one by one takes longer than the layers around.
            for part in row.chunks_mut(WORDS) {
                let mut words = [0_u32; WORDS];
                let words = &mut words[..part.len()];
                random.fill_bytes(bytemuck::cast_slice_mut(words));
                for (v, &mut word) in part.iter_mut().zip(words) {
                    *v *= if u32::from_le(word) >= threshold { scale } else { T::zero() };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn masks_belong_to_graphs_and_keep_the_mean() {
        let run = |graphs: &[usize], offsets: &[usize]| {
            let mut values = Array2::<f64>::ones((offsets[offsets.len() - 1], 10));
            let key = Key { seed: 7, step: 3, graphs };
            apply(0.25, key, 1, offsets, &mut values.view_mut());
            values
        };
        let both = run(&[5, 9], &[0, 400, 1000]);
        let second = run(&[9], &[0, 600]);
        assert_eq!(both.slice(ndarray::s![400.., ..]), second);
        assert!((both.mean().unwrap() - 1.0).abs() < 0.05);
        assert!(both.iter().all(|&v| v == 0.0 || v == 4.0 / 3.0));
        assert_ne!(run(&[5], &[0, 400]), run(&[6], &[0, 400]));
    }
}
