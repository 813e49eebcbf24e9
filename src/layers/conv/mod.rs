//! Graph convolutions. A new one is a file of its own a variant of [`Conv`] and a line in [`build`].
//!
//! A graph may have several relations, each with an adjacency of its own. Every convolution has weights for each of
//! them and adds what they give, as in R-GCN (Schlichtkrull et al., 2018). The weights of the first relation carry the
//! plain name (`weight_rel`), so that a graph of one relation reads like one without; those of relation `r` end in
//! `.r`.

mod gat;
mod gin;
mod linear;
mod propagated;
mod root;
mod sage_max;
mod structure2vec;
#[cfg(test)]
mod tests;

use super::adjacency::{Adjacency, AdjacencyGradient};
use super::params::Init;
use crate::config::{Activation, Conv};
use crate::error::{Result, bail};
use crate::ops::gemm::After;
use crate::ops::neighbour_attention::Heads;
pub use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use gat::Gat;
use gin::Gin;
use linear::LinearConv;
use root::Root;
use sage_max::SageMax;
use structure2vec::Structure2Vec;

/// What all convolutions of a stack are built from, besides their widths.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvOptions {
    /// Relations of a graph, at least 1.
    pub relations: usize,
    /// The activation of the stack, which `gin` and `structure2vec` use within.
    pub activation: Activation,
    /// Whether `sage`, `sage_max` and `graph_conv` have a weight for the node itself.
    pub root_weight: bool,
    /// `eps` of `gin`.
    pub gin_epsilon: f64,
    /// Whether it is learned from there.
    pub gin_learn_epsilon: bool,
    /// Heads of `gat`, at least 1.
    pub gat_heads: usize,
    /// Iterations of `structure2vec`, at least 1.
    pub s2v_iterations: usize,
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
    /// Whether the gradient of its input is ever asked for.
    pub input_gradient: bool,
}

/// Makes a convolution of one stack.
pub fn build<T: Real>(conv: Conv, shape: ConvShape, options: &ConvOptions) -> Result<Box<dyn Convolution<T>>> {
    let ConvShape { f_in, f_out, last, .. } = shape;
    let ConvOptions { relations, activation, .. } = *options;
    let root = |weight| Root { f_in, f_out, weight };
    let linear = |propagation, root, name| -> Box<dyn Convolution<T>> {
        Box::new(LinearConv { propagation, shape, relations, root, name })
    };
    let gcn = |propagation| linear(propagation, false, "weight");
    let sage = |propagation| linear(propagation, options.root_weight, "weight_rel");
    Ok(match conv {
        Conv::Sage => sage(Propagation::Mean),
        Conv::GraphConv => sage(Propagation::Raw),
        Conv::SageMax => Box::new(SageMax { root: root(options.root_weight), relations }),
        Conv::Gcn => gcn(Propagation::Symmetric),
        Conv::GcnSelf => gcn(Propagation::SelfLoop),
        Conv::GcnMean => gcn(Propagation::Mean),
        Conv::GcnRaw => gcn(Propagation::Raw),
        Conv::Gin => {
            let (epsilon, learned) = (options.gin_epsilon, options.gin_learn_epsilon);
            Box::new(Gin { f_in, f_out, relations, activation, epsilon, learned })
        }
        Conv::Gat => Box::new(Gat { f_in, f_out, heads: heads(f_out, last, options.gat_heads)?, relations }),
        Conv::Structure2vec => {
            Box::new(Structure2Vec { root: root(true), relations, activation, iterations: options.s2v_iterations })
        }
    })
}

fn heads(f_out: usize, last: bool, count: usize) -> Result<Heads> {
    if !last && !f_out.is_multiple_of(count) {
        bail!(InvalidConfig, "{count} heads cannot share {f_out} columns equally");
    }
    Ok(Heads { count, width: if last { f_out } else { f_out / count }, concat: !last })
}

/// A tensor of a convolution: name, shape and start.
pub type Weight = (String, Vec<usize>, Init);

/// The name of a tensor that each relation has.
fn of_relation(name: &str, relation: usize) -> String {
    if relation == 0 { name.to_string() } else { format!("{name}.{relation}") }
}

/// A tensor that each relation has.
fn of_relations(name: &str, relations: usize, shape: [usize; 2], init: Init) -> impl Iterator<Item = Weight> {
    (0..relations).map(move |relation| (of_relation(name, relation), shape.to_vec(), init))
}

/// The first pieces of a slice, of the given lengths.
fn split<T, const N: usize>(mut slice: &[T], lengths: [usize; N]) -> [&[T]; N] {
    lengths.map(|len| slice.split_off(..len).expect("the slice holds all pieces"))
}

/// The first pieces of a slice, of the given lengths, to write.
fn split_mut<T, const N: usize>(mut slice: &mut [T], lengths: [usize; N]) -> [&mut [T]; N] {
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
    /// Number of its first tensors whose gradients are matrix products, see [`factors`](Self::factors). Where there are
    /// any, one more tensor follows, a bias of the output, and [`Forward::after`] is obeyed; the gradients of all of
    /// them are the caller's.
    fn products(&self) -> usize {
        0
    }
    /// Writes `out`.
    fn forward(&self, pass: Forward<'_, T>);
    /// Adds to the gradients of input and adjacency, and to that of the weights where it has no `products`.
    fn backward(&self, pass: Backward<'_, T>);
    /// After [`backward`](Self::backward): the `a` and `b` of the gradient `a^T b` of tensor `index`.
    fn factors<'a>(&self, index: usize, _of: Factors<'a, T>) -> (Mat<'a, T>, Mat<'a, T>) {
        unreachable!("tensor {index} has no factors")
    }
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
    /// Memory to write to; its `values` are there in training alone.
    pub scratch: &'a mut ConvScratch<T>,
    /// What is done with the output. Only ever something where there are `products`.
    pub after: After<'a, T>,
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

/// What the gradients of weights are products of.
pub struct Factors<'a, T> {
    /// Adjacency of every relation of the level.
    pub graph: &'a [Adjacency<T>],
    /// Input, `[n, f_in]`.
    pub x: Mat<'a, T>,
    /// What the forward pass kept.
    pub memory: &'a ConvMemory<T>,
    /// As the backward pass left it.
    pub scratch: &'a ConvScratch<T>,
    /// Gradient of the output, `[n, f_out]`.
    pub dout: Mat<'a, T>,
}

/// Whether it is cheaper to multiply by the weights before propagating: it is where that narrows the features.
fn transform_first(f_in: usize, f_out: usize) -> bool {
    f_out < f_in
}
