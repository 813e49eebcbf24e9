//! The gradient of a batch, gathered from its chunks.
//!
//! A chunk has gradients of its own for what is small: biases, norms, readouts, the head, and convolutions that are
//! not linear. The gradients of large matrices are deferred: products over the rows of all chunks, formed once a batch,
//! after the segment of the backward pass that leads to them, chunk after chunk, so that no chunk holds a copy. Every
//! sum is in the order of the chunks, whatever the number of threads.

use std::ops::Range;

use super::chunk::Chunk;
use super::network::{DeferredGradient, Network};
use super::padding::ImitatedPadding;
use super::passes::{Passes, Step};
use crate::error::Result;
use crate::memory::try_resize;
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::real::Real;

/// Blocks of parameters that gradients are summed over in parallel.
const BLOCK: usize = 16 * 1024;

/// Forms the deferred gradients, and adds up the others. Empty until it is needed, for evaluation never does.
pub(super) struct Gatherer<T> {
    /// The gradients that every segment of the backward pass leads to.
    segments: Vec<Vec<Formed<T>>>,
    /// Where the gradients lie that every chunk has of its own.
    of_chunks: Vec<Range<usize>>,
}

/// A deferred gradient, formed.
struct Formed<T> {
    of: DeferredGradient,
    gradient: Vec<T>,
}

impl<T: Real> Gatherer<T> {
    /// A gatherer that knows of no network yet.
    pub fn new() -> Self {
        Self { segments: Vec::new(), of_chunks: Vec::new() }
    }

    /// Looks up the deferred gradients of `network`.
    fn of(network: &Network<T>, passes: &Passes) -> Self {
        let led_to = |segment: &Vec<Step>| {
            let own = network.deferred_gradients().filter(|of| segment.contains(&Step::before(of)));
            own.map(|of| Formed { of, gradient: Vec::new() }).collect()
        };
        let segments: Vec<Vec<Formed<T>>> = passes.backward.iter().map(led_to).collect();
        let mut formed: Vec<Range<usize>> =
            segments.iter().flatten().map(|formed| formed.of.gradient.range.clone()).collect();
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

    /// Makes room for the deferred gradients of `network`.
    pub fn reserve(&mut self, network: &Network<T>, passes: &Passes) -> Result<()> {
        if self.segments.is_empty() {
            *self = Self::of(network, passes);
        }
        self.segments.iter_mut().flatten().try_for_each(|formed| {
            let len = formed.of.gradient.range.len();
            try_resize(&mut formed.gradient, len, T::zero())
        })
    }

    /// Zeroes the gradients that a chunk has of its own.
    pub fn clear(&self, gradient: &mut [T]) {
        self.of_chunks.iter().for_each(|range| gradient[range.clone()].fill(T::zero()));
    }

    /// Forms the deferred gradients that a segment of the backward pass has led to.
    pub fn form(
        &mut self,
        segment: usize,
        network: &Network<T>,
        chunks: &[Chunk<T>],
        padding: Option<&mut ImitatedPadding<T>>,
        executor: &Executor,
    ) {
        executor.for_each(&mut self.segments[segment], |_, Formed { of, gradient }| {
            if chunks.is_empty() {
                gradient.fill(T::zero());
            }
            for (index, chunk) in chunks.iter().enumerate() {
                network.form(of, &chunk.levels[of.level], index > 0, gradient);
            }
        });
        if let Some(padding) = padding {
            self.segments[segment].iter().for_each(|formed| padding.form(network, &formed.of));
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
            for formed in self.segments.iter().flatten() {
                let whole = &formed.of.gradient.range;
                let Some(range) = of_block(whole) else { continue };
                let part = &formed.gradient[range.start - whole.start..range.end - whole.start];
                add(part, &mut block[range.start - begin..range.end - begin]);
            }
        });
    }
}

fn add<T: Real>(part: &[T], to: &mut [T]) {
    to.iter_mut().zip(part).for_each(|(o, &g)| *o += g);
}
