//! What every convolution is: its tensors, its memory, a forward and a backward pass.

use crate::layers::adjacency::Adjacency;
use crate::layers::adjacency_gradient::AdjacencyGradient;
use crate::layers::params::Init;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// A tensor of a convolution: name, shape and start.
pub type Weight = (String, Vec<usize>, Init);

/// The name of a tensor that each relation has.
pub(super) fn of_relation(name: &str, relation: usize) -> String {
    if relation == 0 { name.to_string() } else { format!("{name}.{relation}") }
}

/// A tensor that each relation has.
pub(super) fn of_relations(
    name: &str,
    relations: usize,
    shape: [usize; 2],
    init: Init,
) -> impl Iterator<Item = Weight> {
    (0..relations).map(move |relation| (of_relation(name, relation), shape.to_vec(), init))
}

/// The first pieces of a slice, of the given lengths.
pub(super) fn split<T, const N: usize>(mut slice: &[T], lengths: [usize; N]) -> [&[T]; N] {
    lengths.map(|len| slice.split_off(..len).expect("the slice holds all pieces"))
}

/// The first pieces of a slice, of the given lengths, to write.
pub(super) fn split_mut<T, const N: usize>(mut slice: &mut [T], lengths: [usize; N]) -> [&mut [T]; N] {
    lengths.map(|len| slice.split_off_mut(..len).expect("the slice holds all pieces"))
}

/// How much memory a convolution needs for a graph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemorySize {
    /// Columns of [`ConvMemory::saved`].
    pub saved_columns: usize,
    /// Length of [`ConvMemory::values`].
    pub values: usize,
    /// Length of [`ConvMemory::choices`].
    pub choices: usize,
    /// Columns of [`ConvScratch::nodes`].
    pub scratch_columns: usize,
    /// Length of [`ConvScratch::values`].
    pub scratch_values: usize,
}

/// What the forward pass of a convolution keeps for its backward pass.
#[derive(Debug, Clone, Default)]
pub struct ConvMemory<T> {
    /// `[n, saved_columns]`.
    pub saved: Buffer<T>,
    /// Numbers of other shapes, such as one an edge.
    pub values: Vec<T>,
    /// Choices such as those of a maximum.
    pub choices: Vec<u32>,
}

/// Memory of a pass, shared by the convolutions of a stack.
#[derive(Debug, Clone, Default)]
pub struct ConvScratch<T> {
    /// `[n, scratch_columns]`.
    pub nodes: Buffer<T>,
    /// Numbers of other shapes.
    pub values: Vec<T>,
}

/// A convolution that is not linear, from `f_in` to `f_out` features, on sparse and on dense levels alike.
///
/// It owns no numbers: its weights are a block of the model's parameters, its memory comes from the workspace.
pub trait Convolution<T: Real>: Send + Sync {
    /// The normalised form of every relation's adjacency that it reads.
    fn propagation(&self) -> Propagation;
    /// The tensors of the convolution, in the order in which they follow each other in the block of weights.
    fn weights(&self) -> Vec<Weight>;
    /// The memory that the convolution needs for a level whose adjacencies have their shape.
    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize;
    /// Writes `out`.
    fn forward(&self, pass: Forward<'_, T>);
    /// Adds to the gradients of weights, input and adjacency.
    fn backward(&self, pass: Backward<'_, T>);
}

/// What a forward pass reads and writes.
pub struct Forward<'a, T> {
    /// The block of weights.
    pub weights: &'a [T],
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
    /// Input, `[n, f_in]`.
    pub x: Mat<'a, T>,
    /// Kept for the backward pass.
    pub memory: &'a mut ConvMemory<T>,
    /// Memory to write to; its `values` are there where a backward pass follows.
    pub scratch: &'a mut ConvScratch<T>,
    /// Output, `[n, f_out]`.
    pub out: MatMut<'a, T>,
}

/// What a backward pass reads and writes.
pub struct Backward<'a, T> {
    /// The block of weights.
    pub weights: &'a [T],
    /// Gradient of the weights, added to.
    pub dweights: &'a mut [T],
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
    /// Gradient of every adjacency, added to.
    pub dgraph: &'a mut [AdjacencyGradient<T>],
    /// Input, `[n, f_in]`.
    pub x: Mat<'a, T>,
    /// What the forward pass kept.
    pub memory: &'a ConvMemory<T>,
    /// Memory to write to.
    pub scratch: &'a mut ConvScratch<T>,
    /// Gradient of the output, `[n, f_out]`.
    pub dout: Mat<'a, T>,
    /// Gradient of the input, added to; `None` where nothing needs it.
    pub dx: Option<MatMut<'a, T>>,
}
