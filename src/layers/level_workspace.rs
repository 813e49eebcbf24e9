//! Memory of one level for one chunk.

use std::slice::{from_mut, from_ref};

use super::adjacency::Adjacency;
use super::adjacency_gradient::AdjacencyGradient;
use super::losses::{LossSums, LossWorkspace};
use super::readout::ReadoutWorkspace;
use super::stack::StackWorkspace;
use crate::ops::diagnostics;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::real::Real;

/// Memory of one level for one chunk.
#[derive(Debug, Clone)]
pub struct LevelWorkspace<T> {
    /// Features of the level's nodes, `[n, input]`.
    pub x: Buffer<T>,
    /// Gradient of `x`.
    pub dx: Buffer<T>,
    /// Adjacency of the level: the sum over its relations.
    pub adjacency: Adjacency<T>,
    /// Gradient of the adjacency, but for what comes by way of the relations.
    pub dadjacency: AdjacencyGradient<T>,
    /// Adjacency of every relation, or the one of ones that takes its place; empty where there is only one, the sum.
    pub relations: Vec<Adjacency<T>>,
    /// Gradient of every relation's adjacency.
    pub drelations: Vec<AdjacencyGradient<T>>,
    /// Memory of the embedding stack.
    pub embed: StackWorkspace<T>,
    /// Memory of the assignment stack.
    pub assign: StackWorkspace<T>,
    /// Assignment, `[n, k]`.
    pub s: Buffer<T>,
    /// Cluster of every node, where a clustering assigns them; `u32::MAX` for a cluster without nodes.
    pub cluster_of: Vec<u32>,
    /// Rows of random assignments, for as many nodes as a graph has had so far.
    pub(super) random: Vec<T>,
    /// Some rows of `A S` or `A^T S`.
    pub(super) a_s: Buffer<T>,
    /// The `[k, k]` that products with `S` are multiplied with in the gradient of a graph's `S`, one after the other.
    pub(super) squares: Vec<T>,
    pub(super) scratch: Vec<T>,
    /// Products of the channels of some rows with `S`, `[rows, channels, k]`.
    pub(super) channel_products: Vec<T>,
    /// The part of the gradient of `S` that comes by way of the channels.
    pub(super) ds_channels: Buffer<T>,
    /// The sum over the relations of `S^T A S`, `[b, k, k]`, where the next level has it normalised.
    pub(super) pooled: Vec<T>,
    /// Scales of every relation's normalised `S^T A S`, `[relations, b, k]`.
    pub(super) pooled_scale: Vec<T>,
    pub(super) readout: ReadoutWorkspace<T>,
    pub(super) losses: LossWorkspace,
    /// Losses of the last forward pass.
    pub sums: LossSums,
    /// Clusters of the last forward pass with losses.
    pub clusters: diagnostics::Sums,
    pub(super) clusters_scratch: diagnostics::Scratch,
}

impl<T: Real> LevelWorkspace<T> {
    /// Empty memory for a level whose convolutions propagate in the given ways. `relations` are those that have an
    /// adjacency beside the sum over all of them; channels are those of the sum.
    pub(super) fn new(kinds: &[Propagation], relations: usize, channels: usize) -> Self {
        Self {
            x: Buffer::new(),
            dx: Buffer::new(),
            adjacency: Adjacency::new(if relations > 0 { &[] } else { kinds }, channels),
            dadjacency: AdjacencyGradient::default(),
            relations: vec![Adjacency::new(kinds, 0); relations],
            drelations: vec![AdjacencyGradient::default(); relations],
            embed: StackWorkspace::default(),
            assign: StackWorkspace::default(),
            s: Buffer::new(),
            cluster_of: Vec::new(),
            random: Vec::new(),
            a_s: Buffer::new(),
            squares: Vec::new(),
            scratch: Vec::new(),
            channel_products: Vec::new(),
            ds_channels: Buffer::new(),
            pooled: Vec::new(),
            pooled_scale: Vec::new(),
            readout: ReadoutWorkspace::default(),
            losses: LossWorkspace::default(),
            sums: LossSums::default(),
            clusters: diagnostics::Sums::default(),
            clusters_scratch: diagnostics::Scratch::default(),
        }
    }
}

/// The adjacency of every relation, or its gradient.
pub(super) fn graph_of<'a, A>(sum: &'a A, relations: &'a [A]) -> &'a [A] {
    if relations.is_empty() { from_ref(sum) } else { relations }
}

/// The gradient of every relation's adjacency, to write.
pub(super) fn gradients_of<'a, T>(
    sum: &'a mut AdjacencyGradient<T>,
    relations: &'a mut [AdjacencyGradient<T>],
) -> &'a mut [AdjacencyGradient<T>] {
    if relations.is_empty() { from_mut(sum) } else { relations }
}
