//! Convolutions that are linear in the features: `out = sum_r Â_r x W_r + x W_root + m W_edge + b`.
//!
//! `sage` takes the row mean (GraphSAGE, Hamilton et al., 2017), `graph_conv` the weighted sum over neighbours, `Â = A`
//! (Morris et al., 2019); without `root_weight` there is no `x W_root`. The GCN forms never have it: `gcn` takes the
//! symmetric normalisation with self-loops (Kipf and Welling, 2017), `gcn_self` self-loops alone, `gcn_mean` the row
//! mean, `gcn_raw` the adjacency as it is (the form of the DiffPool authors' code).
//!
//! Where edges have features, a message is that of the neighbour and that of the edge, `x_j W + f_ij W_edge`: `m` is
//! the sum, or for `sage` the mean, of the features of a node's edges, which [`Channels`](crate::layers::channels) have
//! ready. The gradient of `W_edge` is small, and formed here; on dense levels that of `m` goes on to the channels.
//!
//! The products are associated as [`super::association`] says; their sum is written once, with bias and rectifier. The
//! gradients of the matrices are not formed here: they are products over the rows of all chunks, and can wait until the
//! backward pass of the next convolution. What is multiplied then are the [`factors`](LinearConv::factors).
//!
//! The backward pass that propagates first keeps `p`. Where `p` has as many columns as the output, on sparse levels,
//! which need no `dÂ`, nothing is kept if the gradient of the input is asked for: the backward pass then turns to the
//! formulas of transforming first, which need `q` for both.

use std::ops::Range;

use ndarray::s;

use super::association::Association;
use super::convolution::{Backward, ConvMemory, ConvScratch, Forward, MemorySize, Weight, of_relations};
use super::root::Root;
use crate::layers::adjacency::Adjacency;
use crate::layers::adjacency_gradient::AdjacencyGradient;
use crate::layers::params::Init;
use crate::ops::gemm::{After, add_products, affine, gemm};
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// One of the forms; its weights are a matrix of every relation, one of the node itself, and a bias.
#[derive(Debug, Clone, Copy)]
pub struct LinearConv {
    /// The normalised form of every relation's adjacency.
    pub propagation: Propagation,
    /// Columns of the input.
    pub f_in: usize,
    /// Columns of the output.
    pub f_out: usize,
    /// Relations of a graph, at least 1.
    pub relations: usize,
    /// Channels of an edge; without any there is no `W_edge`.
    pub channels: usize,
    /// Whether there is a `W_root`.
    pub root: bool,
    /// The name of the matrices of the relations.
    pub name: &'static str,
}

/// What the gradients of the matrices are products of.
#[derive(Clone, Copy)]
pub struct Factors<'a, T> {
    /// Input, `[n, f_in]`.
    pub x: Mat<'a, T>,
    /// What the forward pass kept.
    pub memory: &'a ConvMemory<T>,
    /// The scratch as the backward pass left it.
    pub scratch: &'a ConvScratch<T>,
    /// Gradient of the output, `[n, f_out]`.
    pub dout: Mat<'a, T>,
}

impl LinearConv {
    fn association(&self) -> Association {
        Association::of(self.f_in, self.f_out)
    }

    /// Whether the backward pass propagates the gradient of the output rather than that of `p`.
    fn turns<T: Real>(&self, memory: &ConvMemory<T>) -> bool {
        self.association().transforms_first || keeps_nothing(memory)
    }

    /// The matrix of a relation, or the root's after them.
    fn matrix<'a, T: Real>(&self, weights: &'a [T], index: usize) -> Mat<'a, T> {
        let len = self.f_in * self.f_out;
        matrix(&weights[index * len..(index + 1) * len], self.f_in, self.f_out)
    }

    fn root_matrix<'a, T: Real>(&self, weights: &'a [T]) -> Option<Mat<'a, T>> {
        self.root.then(|| self.matrix(weights, self.relations))
    }

    /// Where `W_edge` lies in the block of weights.
    fn edge_range(&self) -> Range<usize> {
        let begin = self.matrices() * self.f_in * self.f_out;
        begin..begin + self.channels * self.f_out
    }

    /// `m` and `W_edge`, where edges have features.
    fn edge_product<'a, T: Real>(
        &self,
        weights: &'a [T],
        graph: &'a [Adjacency<T>],
    ) -> Option<(Mat<'a, T>, Mat<'a, T>)> {
        let rows = graph[0].channels.rows(self.propagation).filter(|_| self.channels > 0)?;
        Some((rows, matrix(&weights[self.edge_range()], self.channels, self.f_out)))
    }

    /// The sum of all products from `p`.
    fn sum<T: Real>(&self, pass: Sum<'_, T>, out: &mut MatMut<'_, T>) {
        let Sum { weights, graph, x, p, after } = pass;
        let bias = &weights[weights.len() - self.f_out..];
        let root = self.root_matrix(weights).map(|w| (x, w));
        let root = root.into_iter().chain(self.edge_product(weights, graph));
        let association = self.association();
        let p_of = |relation| p.slice_move(s![.., association.columns(relation)]);
        if !association.transforms_first {
            let relations = (0..self.relations).map(|relation| (p_of(relation), self.matrix(weights, relation)));
            return affine(root.chain(relations), bias, after, out);
        }
        if graph[0].is_dense() {
            for nodes in graph[0].offsets().windows(2) {
                let rows = s![nodes[0]..nodes[1], ..];
                let root = root.clone().map(|(x, w)| (x.slice_move(rows), w));
                let relations = graph.iter().enumerate().map(|(relation, adjacency)| {
                    (adjacency.dense_of(self.propagation, nodes[0] / adjacency.k()), p_of(relation).slice_move(rows))
                });
                affine(root.chain(relations), bias, after, &mut out.slice_mut(rows));
            }
            return;
        }
        affine(root, bias, After::NONE, out);
        for (relation, adjacency) in graph.iter().enumerate() {
            adjacency.propagate(self.propagation, p_of(relation), true, out);
        }
        after.apply(out);
    }

    /// The tensors, in the order in which they follow each other in the block of weights.
    pub fn weights(&self) -> Vec<Weight> {
        let Self { f_in, f_out, relations, root: weight, .. } = *self;
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        let edge = Init::Weight { fan_in: self.channels, fan_out: f_out };
        let edge = (self.channels > 0).then(|| ("weight_edge".to_string(), vec![self.channels, f_out], edge));
        let mut all: Vec<Weight> = of_relations(self.name, relations, [f_in, f_out], init).collect();
        all.extend(Root { f_in, f_out, weight }.weights());
        // The bias stays the last.
        all.splice(all.len() - 1..all.len() - 1, edge);
        all
    }

    /// Number of matrices whose gradients are the caller's; that of edges and a bias follow in the block of weights.
    pub fn matrices(&self) -> usize {
        self.relations + usize::from(self.root)
    }

    /// The memory for a level whose adjacencies have their shape. What is reserved decides what the backward pass does.
    pub fn memory<T: Real>(&self, graph: &[Adjacency<T>], input_gradient: bool) -> MemorySize {
        let Association { transforms_first, inner } = self.association();
        let columns = self.relations * inner;
        let keeps_nothing = !graph[0].is_dense() && (transforms_first || (self.f_in == self.f_out && input_gradient));
        let saved_columns = if keeps_nothing { 0 } else { columns };
        MemorySize { saved_columns, scratch_columns: columns, ..MemorySize::default() }
    }

    /// Writes the output, with what is done `after` the sum.
    pub fn forward<T: Real>(&self, pass: Forward<'_, T>, after: After<'_, T>) {
        let Forward { weights, graph, x, memory, scratch, mut out } = pass;
        let association = self.association();
        let p = if keeps_nothing(memory) { &mut scratch.nodes } else { &mut memory.saved };
        for (relation, adjacency) in graph.iter().enumerate() {
            let mut p = p.columns_mut(association.columns(relation));
            association.first_product((adjacency, self.propagation), x, self.matrix(weights, relation), &mut p);
        }
        self.sum(Sum { weights, graph, x, p: p.view(), after }, &mut out);
    }

    /// Adds to the gradients of input, adjacency and `W_edge`. Those of the bias and of the matrices are the caller's.
    pub fn backward<T: Real>(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        self.edges_back(weights, dweights, graph, dgraph, dout);
        let (turns, association) = (self.turns(memory), self.association());
        for (relation, (adjacency, da)) in graph.iter().zip(dgraph).enumerate() {
            let mut q = scratch.nodes.columns_mut(association.columns(relation));
            if turns {
                adjacency.propagate_back(self.propagation, dout, false, &mut q);
                if adjacency.is_dense() {
                    let p = memory.saved.columns_view(association.columns(relation));
                    da.accumulate(adjacency, self.propagation, dout, p);
                }
            } else if let Some(dx) = &mut dx {
                gemm(T::one(), dout, self.matrix(weights, relation).reversed_axes(), T::zero(), &mut q);
                adjacency.propagate_back(self.propagation, q.view(), true, dx);
                da.accumulate(adjacency, self.propagation, q.view(), x);
            }
        }
        let Some(dx) = &mut dx else { return };
        let root = self.root_matrix(weights).map(|w| (dout, w.reversed_axes()));
        let relations = (0..if turns { self.relations } else { 0 }).map(|relation| {
            let q = scratch.nodes.columns_view(association.columns(relation));
            (q, self.matrix(weights, relation).reversed_axes())
        });
        add_products(root.into_iter().chain(relations), dx);
    }

    /// The backward pass of `m W_edge`.
    fn edges_back<T: Real>(
        &self,
        weights: &[T],
        dweights: &mut [T],
        graph: &[Adjacency<T>],
        dgraph: &mut [AdjacencyGradient<T>],
        dout: Mat<'_, T>,
    ) {
        let Some((rows, w)) = self.edge_product(weights, graph) else { return };
        let mut dw = matrix_mut(&mut dweights[self.edge_range()], self.channels, self.f_out);
        gemm(T::one(), rows.reversed_axes(), dout, T::one(), &mut dw);
        dgraph[0].accumulate_sums(&graph[0], self.propagation, |row, channel| w.row(channel).dot(&dout.row(row)));
    }

    /// The `a` and `b` of the gradient `a^T b` of matrix `index`, after the backward pass.
    pub fn factors<'a, T: Real>(&self, index: usize, of: Factors<'a, T>) -> (Mat<'a, T>, Mat<'a, T>) {
        let Factors { x, memory, scratch, dout } = of;
        if index == self.relations {
            return (x, dout);
        }
        let columns = self.association().columns(index);
        match self.turns(memory) {
            true => (x, scratch.nodes.columns_view(columns)),
            false => (memory.saved.columns_view(columns), dout),
        }
    }
}

/// Whether nothing is kept for the backward pass.
fn keeps_nothing<T: Real>(memory: &ConvMemory<T>) -> bool {
    memory.saved.columns() == 0
}

/// What [`LinearConv::sum`] reads.
struct Sum<'a, T> {
    weights: &'a [T],
    graph: &'a [Adjacency<T>],
    x: Mat<'a, T>,
    p: Mat<'a, T>,
    after: After<'a, T>,
}
