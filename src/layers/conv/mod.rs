//! Graph convolutions. A new one is a file of its own and a line in `build`.
//!
//! A graph may have several relations, each with an adjacency of its own. Every convolution has weights for each of
//! them and adds what they give, as in R-GCN (Schlichtkrull et al., 2018). The weights of the first relation carry the
//! plain name (`weight_rel`), so that a graph of one relation reads like one without; those of relation `r` end in
//! `.r`.

mod gcn;
mod propagated;
mod sage;

use super::adjacency::{Adjacency, AdjacencyGradient};
use super::params::Init;
use crate::error::{Result, bail};
use crate::ops::buffer::Buffer;
pub use crate::ops::normalize_adjacency::Propagation;
use crate::ops::real::{Mat, MatMut, Real};
use propagated::Propagated;

/// What all convolutions of a stack are built from, besides their widths.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvOptions {
    /// Relations of a graph, at least 1.
    pub relations: usize,
}

/// The widths of one convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Columns of the input.
    pub f_in: usize,
    /// Columns of the output.
    pub f_out: usize,
    /// Whether it is the last of its stack.
    pub last: bool,
}

/// The convolution of this name.
pub fn build<T: Real>(name: &str, shape: ConvShape, options: &ConvOptions) -> Result<Box<dyn Convolution<T>>> {
    let ConvShape { f_in, f_out, .. } = shape;
    let relations = options.relations;
    let term = |propagation| Propagated { propagation, f_in, f_out };
    let gcn = |propagation| -> Box<dyn Convolution<T>> { Box::new(gcn::Gcn { term: term(propagation), relations }) };
    Ok(match name {
        "sage" => Box::new(sage::Sage { term: term(Propagation::Mean), relations }),
        "gcn" => gcn(Propagation::Symmetric),
        "gcn_mean" => gcn(Propagation::Mean),
        "gcn_raw" => gcn(Propagation::Raw),
        _ => bail!(InvalidConfig, "there is no convolution '{name}'"),
    })
}

/// A tensor of a convolution: name, shape and start.
pub type Weight = (String, Vec<usize>, Init);

/// The name of a tensor that each relation has.
fn of_relation(name: &str, relation: usize) -> String {
    if relation == 0 { name.to_string() } else { format!("{name}.{relation}") }
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

/// Memory of a backward pass, shared by the convolutions of a stack.
#[derive(Debug, Clone, Default)]
pub struct ConvScratch<T> {
    /// `[n, scratch_columns]`.
    pub nodes: Buffer<T>,
    /// Numbers of other shapes.
    pub values: Vec<T>,
}

/// A convolution from `f_in` to `f_out` features, on sparse and on dense levels alike.
///
/// It owns no numbers: its weights are a block of the model's parameters, its memory comes from the workspace.
pub trait Convolution<T: Real>: Send + Sync {
    /// The normalised form of every relation's adjacency that it reads.
    fn propagation(&self) -> Propagation;
    /// Its tensors, in the order in which they follow each other in the block of weights.
    fn weights(&self) -> Vec<Weight>;
    /// The memory it needs for a level whose adjacencies have their shape.
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

/// Whether it is cheaper to multiply by the weights before propagating: it is where that narrows the features.
fn transform_first(f_in: usize, f_out: usize) -> bool {
    f_out < f_in
}
