//! The parts of a DiffPool network: parameters, adjacency, convolutions, stacks, pooling levels and the head.

pub mod adjacency;
pub mod conv;
pub mod encoder;
pub mod head;
pub mod level;
pub mod losses;
pub mod norm;
pub mod params;
pub mod pool;
pub mod readout;
pub mod stack;

use crate::ops::dropout::Key;
use adjacency::Adjacency;
use norm::NormState;

/// What every layer of one pass reads.
#[derive(Clone, Copy)]
pub struct Context<'a, T> {
    /// All parameters, in the order of their [`params::Layout`].
    pub parameters: &'a [T],
    /// Scales and shifts of every batch norm.
    pub norms: &'a NormState<T>,
    /// Weight of every class in the loss; empty for 1 each.
    pub class_weights: &'a [T],
    /// Whether statistics come from the batch and dropout is active.
    pub training: bool,
    /// Whether a backward pass follows, which reads what the forward pass keeps. It always does in training.
    pub backward: bool,
    /// Whether link and entropy losses are computed.
    pub losses: bool,
    /// Nodes that every graph counts as at the first level where padding is imitated, or 0.
    pub padded_nodes: usize,
    /// Key of this step's dropout masks.
    pub dropout: Key<'a>,
}
