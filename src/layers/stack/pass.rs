//! What a pass through a stack reads and writes.

use crate::layers::adjacency::Adjacency;
use crate::layers::adjacency_gradient::AdjacencyGradient;
use crate::layers::context::Context;
use crate::layers::params::NormSpec;
use crate::ops::runtime::matrix::Mat;

/// What the forward passes of all layers of a stack read.
#[derive(Clone, Copy)]
pub struct StackForward<'a, T> {
    /// What every layer of the pass reads.
    pub context: &'a Context<'a, T>,
    /// All batch norms.
    pub norms: &'a [NormSpec],
    /// Input of the level.
    pub x: Mat<'a, T>,
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
}

/// What the backward passes of all layers of a stack read and write, besides the memory of the stack.
pub struct StackBackward<'a, T> {
    /// What every layer of the pass reads.
    pub context: &'a Context<'a, T>,
    /// All batch norms.
    pub norms: &'a [NormSpec],
    /// Input of the level.
    pub x: Mat<'a, T>,
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
    /// Gradient of every adjacency, added to.
    pub dgraph: &'a mut [AdjacencyGradient<T>],
    /// Gradient of all parameters, added to.
    pub dparameters: &'a mut [T],
}
