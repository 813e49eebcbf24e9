//! The gradient of a batch, gathered from its chunks.
//!
//! A chunk has gradients of its own for what is small: biases, norms, readouts, the head, and convolutions that are
//! not linear. The gradients of large matrices are products over the rows of all chunks; they are formed once a batch,
//! after the segment of the backward pass that leads to them, chunk after chunk, so that no chunk holds a copy. Every
//! sum is in the order of the chunks, whatever the number of threads.

use std::ops::Range;

use super::chunk::Chunk;
use super::network::{Network, WeightProduct};
use super::padding_row::PaddingRow;
use crate::error::Result;
use crate::memory::try_resize;
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::real::Real;

/// Blocks of parameters that gradients are summed over in parallel.
const BLOCK: usize = 16 * 1024;

/// Forms the gradients that are products, and adds up the others. Empty until it is needed, for evaluation never does.
pub(super) struct Gatherer<T> {
    /// For every segment of the backward pass.
    segments: Vec<Vec<Task<T>>>,
    /// Where the gradients lie that every chunk has of its own.
    of_chunks: Vec<Range<usize>>,
}

/// A product and its result.
struct Task<T> {
    of: WeightProduct,
    gradient: Vec<T>,
}

impl<T: Real> Gatherer<T> {
    /// Knows of no network yet.
    pub fn new() -> Self {
        Self { segments: Vec::new(), of_chunks: Vec::new() }
    }

    /// Looks up the products of `network`.
    fn of(network: &Network<T>) -> Self {
        let task = |of| Task { of, gradient: Vec::new() };
        let segments: Vec<Vec<Task<T>>> = network
            .products_of_segments()
            .into_iter()
            .map(|products| products.into_iter().map(task).collect())
            .collect();
        let mut formed: Vec<Range<usize>> =
            segments.iter().flatten().map(|task| task.of.product.range.clone()).collect();
        formed.sort_by_key(|range| range.start);
        formed.push(network.dense_len()..network.dense_len());
        let mut begin = 0;
        let mut of_chunks = Vec::new();
        for range in formed {
            if begin < range.start {
                of_chunks.push(begin..range.start);
            }
            begin = range.end;
        }
        Self { segments, of_chunks }
    }

    /// Makes room for the gradients of `network` that are products.
    pub fn reserve(&mut self, network: &Network<T>) -> Result<()> {
        if self.segments.is_empty() {
            *self = Self::of(network);
        }
        self.segments.iter_mut().flatten().try_for_each(|task| {
            let len = task.of.product.range.len();
            try_resize(&mut task.gradient, len, T::zero())
        })
    }

    /// Zeroes the gradients that a chunk has of its own.
    pub fn clear(&self, gradient: &mut [T]) {
        self.of_chunks.iter().for_each(|range| gradient[range.clone()].fill(T::zero()));
    }

    /// Forms the products that a segment of the backward pass has led to.
    pub fn multiply(
        &mut self,
        segment: usize,
        network: &Network<T>,
        chunks: &[Chunk<T>],
        padding: &mut Option<PaddingRow<T>>,
        executor: &Executor,
    ) {
        executor.for_each(&mut self.segments[segment], |_, Task { of, gradient }| {
            if chunks.is_empty() {
                gradient.fill(T::zero());
            }
            for (index, chunk) in chunks.iter().enumerate() {
                network.multiply(of, &chunk.levels[of.level], index > 0, gradient);
            }
        });
        if let Some(row) = padding {
            self.segments[segment].iter().for_each(|task| row.multiply(network, &task.of));
        }
    }

    /// Adds everything to `gradient`, that of the parameters before the tables of the encoder.
    pub fn gather(&self, chunks: &[Chunk<T>], executor: &Executor, gradient: &mut [T]) {
        executor.for_each_block(gradient, BLOCK, |begin, block| {
            let end = begin + block.len();
            let of_block = |range: &Range<usize>| {
                let (from, to) = (range.start.max(begin), range.end.min(end));
                (from < to).then_some(from..to)
            };
            for range in self.of_chunks.iter().filter_map(of_block) {
                for chunk in chunks {
                    add(&chunk.gradient[range.clone()], &mut block[range.start - begin..range.end - begin]);
                }
            }
            for task in self.segments.iter().flatten() {
                let whole = &task.of.product.range;
                let Some(range) = of_block(whole) else { continue };
                let part = &task.gradient[range.start - whole.start..range.end - whole.start];
                add(part, &mut block[range.start - begin..range.end - begin]);
            }
        });
    }
}

fn add<T: Real>(part: &[T], to: &mut [T]) {
    to.iter_mut().zip(part).for_each(|(o, &g)| *o += g);
}
