//! What every layer of one pass reads, and what the pass is for.

use super::norm::NormState;
use crate::ops::dropout::Key;

/// What every layer of one pass reads.
#[derive(Clone, Copy)]
pub struct Context<'a, T> {
    /// All parameters, in the order of their [`Layout`](super::params::Layout).
    pub parameters: &'a [T],
    /// Scales and shifts of every batch norm.
    pub norms: &'a NormState<T>,
    /// Weight of every class in the loss; empty for 1 each.
    pub class_weights: &'a [T],
    /// Whether statistics come from the batch and dropout is active.
    pub training: bool,
    /// What the logits of learned assignments are divided by.
    pub temperature: f64,
    /// What the pass computes besides the logits.
    pub wanted: Wanted,
    /// What the graphs are padded to, where another implementation's padding is imitated.
    pub padding: Option<PaddedBatch>,
    /// Key of this step's dropout masks.
    pub dropout: Key<'a>,
}

/// What a pass computes besides the logits; memory is made for that alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Whether a backward pass follows, which reads what the forward pass keeps. It always does in training.
    pub backward: bool,
    /// Whether the backward pass gives the gradient of the first level's features.
    pub input_gradient: bool,
    /// Whether link and entropy losses are computed.
    pub losses: bool,
}

/// What the graphs of a batch are padded to, where the padding of another implementation is imitated. It is about the
/// first level alone, for no other has graphs of different sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaddedBatch {
    /// Nodes of every graph of the batch; larger graphs count as themselves.
    pub nodes: usize,
    /// Whether the largest values of a readout see the rows of zeros.
    pub in_readout: bool,
}

impl PaddedBatch {
    /// Nodes that a graph of `nodes` nodes counts as in the losses.
    pub fn in_losses(self, nodes: f64) -> f64 {
        nodes.max(self.nodes as f64)
    }

    /// Rows that a graph of `nodes` nodes lacks, which the statistics of batch norms see.
    pub fn missing_rows(self, nodes: usize) -> f64 {
        self.nodes.saturating_sub(nodes) as f64
    }

    /// Nodes that the readout takes every graph to have at least.
    pub fn in_readout(self) -> usize {
        if self.in_readout { self.nodes } else { 0 }
    }
}
