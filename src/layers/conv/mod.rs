//! Graph convolutions. A new one is a file of its own and a line in `all`.

mod gcn;
mod sage;

use super::adjacency::{Adjacency, AdjacencyGradient};
use super::params::Init;
pub use crate::ops::normalize_adjacency::Propagation;
use crate::ops::real::{Mat, MatMut, Real};

/// Every convolution, by name.
fn all<T: Real>() -> [&'static dyn Convolution<T>; 4] {
    [&sage::Sage, &gcn::GCN, &gcn::GCN_MEAN, &gcn::GCN_RAW]
}

/// The convolution of this name.
pub fn find<T: Real>(name: &str) -> Option<&'static dyn Convolution<T>> {
    all().into_iter().find(|conv| conv.name() == name)
}

/// The names of all convolutions.
pub fn names() -> Vec<&'static str> {
    all::<f32>().into_iter().map(|conv| conv.name()).collect()
}

/// A tensor of a convolution: name, shape and start.
pub type Weight = (&'static str, Vec<usize>, Init);

/// A convolution from `f_in` to `f_out` features, on sparse and on dense levels alike.
///
/// It owns nothing: its weights are a block of the model's parameters, its memory comes from the workspace.
pub trait Convolution<T: Real>: Sync {
    /// The name in configurations.
    fn name(&self) -> &'static str;
    /// The normalised adjacency it reads.
    fn propagation(&self) -> Propagation;
    /// Its tensors, in the order in which they follow each other in the block of weights.
    fn weights(&self, f_in: usize, f_out: usize) -> Vec<Weight>;
    /// Columns of the matrix that the forward pass saves for the backward pass.
    fn saved_columns(&self, f_in: usize, f_out: usize) -> usize;
    /// Columns of the scratch matrix of the backward pass.
    fn scratch_columns(&self, f_in: usize, f_out: usize) -> usize;
    /// Writes `out`.
    fn forward(&self, pass: Forward<'_, T>);
    /// Adds to the gradients of weights, input and adjacency.
    fn backward(&self, pass: Backward<'_, T>);
}

/// What a forward pass reads and writes.
pub struct Forward<'a, T> {
    /// The block of weights.
    pub weights: &'a [T],
    /// Adjacency of the level.
    pub adjacency: &'a Adjacency<T>,
    /// Input, `[n, f_in]`.
    pub x: Mat<'a, T>,
    /// Kept for the backward pass, `[n, saved_columns]`.
    pub saved: MatMut<'a, T>,
    /// Output, `[n, f_out]`.
    pub out: MatMut<'a, T>,
}

/// What a backward pass reads and writes.
pub struct Backward<'a, T> {
    /// The block of weights.
    pub weights: &'a [T],
    /// Gradient of the weights, added to.
    pub dweights: &'a mut [T],
    /// Adjacency of the level.
    pub adjacency: &'a Adjacency<T>,
    /// Gradient of the adjacency, added to.
    pub dadjacency: &'a mut AdjacencyGradient<T>,
    /// Input, `[n, f_in]`.
    pub x: Mat<'a, T>,
    /// What the forward pass saved.
    pub saved: Mat<'a, T>,
    /// Scratch, `[n, scratch_columns]`.
    pub scratch: MatMut<'a, T>,
    /// Gradient of the output, `[n, f_out]`.
    pub dout: Mat<'a, T>,
    /// Gradient of the input, added to; `None` where nothing needs it.
    pub dx: Option<MatMut<'a, T>>,
}

/// Whether it is cheaper to multiply by the weights before propagating: it is where that narrows the features.
fn transform_first(f_in: usize, f_out: usize) -> bool {
    f_out < f_in
}
