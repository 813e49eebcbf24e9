//! Convolutions that are linear in the features: `out = sum_r Â_r x W_r + x W_root + b`.
//!
//! `sage` takes the row mean (GraphSAGE, Hamilton et al., 2017), `graph_conv` the weighted sum over neighbours, `Â = A`
//! (Morris et al., 2019); without `root_weight` there is no `x W_root`. The GCN forms never have it: `gcn` takes the
//! symmetric normalisation with self-loops (Kipf and Welling, 2017), `gcn_self` self-loops alone, `gcn_mean` the row
//! mean, `gcn_raw` the adjacency as it is (the form of the DiffPool authors' code).
//!
//! `Â (x W)` or `(Â x) W`, whichever is cheaper; the sum over all products is written once, with bias and rectifier.
//!
//! ```text
//!                  forward               backward
//! narrowing        p = x W, out += Â p   q = Â^T dout, dW += x^T q, dx += q W^T, dÂ += dout p^T
//! else             p = Â x, out += p W   q = dout W^T, dW += p^T dout, dx += Â^T q, dÂ += q x^T
//! ```
//!
//! The second form keeps `p`. Where `p` would have as many columns as the output, on sparse levels, which need no `dÂ`,
//! nothing is kept: its backward pass is then that of the first form.

use ndarray::s;

use super::{
    Backward, ConvShape, Convolution, Factors, Forward, Init, MemorySize, Propagation, Root, Weight, of_relations,
    transform_first,
};
use crate::layers::adjacency::Adjacency;
use crate::ops::gemm::{After, add_products, affine, gemm};
use crate::ops::runtime::buffer::matrix;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// One of the forms; its weights are a matrix of every relation, one of the node itself, and a bias.
pub(super) struct LinearConv {
    pub propagation: Propagation,
    pub shape: ConvShape,
    pub relations: usize,
    /// Whether there is a `W_root`.
    pub root: bool,
    /// What the matrices of the relations are called.
    pub name: &'static str,
}

impl LinearConv {
    /// Columns of `p` and `q` of one relation.
    fn inner(&self) -> usize {
        self.shape.f_in.min(self.shape.f_out)
    }

    fn narrows(&self) -> bool {
        transform_first(self.shape.f_in, self.shape.f_out)
    }

    /// Whether nothing is kept for the backward pass.
    fn keeps_nothing<T: Real>(&self, graph: &[Adjacency<T>]) -> bool {
        let ConvShape { f_in, f_out, input_gradient, .. } = self.shape;
        !graph[0].is_dense() && (self.narrows() || (f_in == f_out && input_gradient))
    }

    /// Whether the backward pass propagates the gradient of the output rather than that of `p`.
    fn turns<T: Real>(&self, graph: &[Adjacency<T>]) -> bool {
        self.narrows() || self.keeps_nothing(graph)
    }

    /// The matrix of a relation, or the root's after them.
    fn matrix<'a, T: Real>(&self, weights: &'a [T], index: usize) -> Mat<'a, T> {
        let ConvShape { f_in, f_out, .. } = self.shape;
        matrix(&weights[index * f_in * f_out..(index + 1) * f_in * f_out], f_in, f_out)
    }

    fn root_matrix<'a, T: Real>(&self, weights: &'a [T]) -> Option<Mat<'a, T>> {
        self.root.then(|| self.matrix(weights, self.relations))
    }

    /// The columns of a relation in `p` and `q`.
    fn columns(&self, relation: usize) -> std::ops::Range<usize> {
        relation * self.inner()..(relation + 1) * self.inner()
    }

    /// The sum of all products from `p`.
    fn sum<T: Real>(&self, pass: Sum<'_, T>, out: &mut MatMut<'_, T>) {
        let Sum { weights, graph, x, p, after } = pass;
        let bias = &weights[weights.len() - self.shape.f_out..];
        let root = self.root_matrix(weights).map(|w| (x, w));
        let p_of = |relation| p.slice_move(s![.., self.columns(relation)]);
        if !self.narrows() {
            let relations = (0..self.relations).map(|relation| (p_of(relation), self.matrix(weights, relation)));
            return affine(root.into_iter().chain(relations), bias, after, out);
        }
        if graph[0].is_dense() {
            for nodes in graph[0].offsets().windows(2) {
                let rows = s![nodes[0]..nodes[1], ..];
                let root = root.map(|(x, w)| (x.slice_move(rows), w));
                let relations = graph.iter().enumerate().map(|(relation, adjacency)| {
                    (adjacency.dense_of(self.propagation, nodes[0] / adjacency.k()), p_of(relation).slice_move(rows))
                });
                affine(root.into_iter().chain(relations), bias, after, &mut out.slice_mut(rows));
            }
            return;
        }
        affine(root, bias, After::NONE, out);
        for (relation, adjacency) in graph.iter().enumerate() {
            adjacency.propagate(self.propagation, p_of(relation), true, out);
        }
        after.apply(out);
    }
}

/// What [`LinearConv::sum`] reads.
struct Sum<'a, T> {
    weights: &'a [T],
    graph: &'a [Adjacency<T>],
    x: Mat<'a, T>,
    p: Mat<'a, T>,
    after: After<'a, T>,
}

impl<T: Real> Convolution<T> for LinearConv {
    fn propagation(&self) -> Propagation {
        self.propagation
    }

    fn weights(&self) -> Vec<Weight> {
        let ConvShape { f_in, f_out, .. } = self.shape;
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        let own = Root { f_in, f_out, weight: self.root };
        of_relations(self.name, self.relations, [f_in, f_out], init).chain(own.weights()).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        let columns = self.relations * self.inner();
        let saved_columns = if self.keeps_nothing(graph) { 0 } else { columns };
        MemorySize { saved_columns, scratch_columns: columns, ..MemorySize::default() }
    }

    fn products(&self) -> usize {
        self.relations + usize::from(self.root)
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, scratch, after, mut out } = pass;
        let p = if self.keeps_nothing(graph) { &mut scratch.nodes } else { &mut memory.saved };
        for (relation, adjacency) in graph.iter().enumerate() {
            let mut p = p.columns_mut(self.columns(relation));
            match self.narrows() {
                true => gemm(T::one(), x, self.matrix(weights, relation), T::zero(), &mut p),
                false => adjacency.propagate(self.propagation, x, false, &mut p),
            }
        }
        self.sum(Sum { weights, graph, x, p: p.view(), after }, &mut out);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, graph, dgraph, x, memory, scratch, dout, mut dx, .. } = pass;
        let turns = self.turns(graph);
        for (relation, (adjacency, da)) in graph.iter().zip(dgraph).enumerate() {
            let mut q = scratch.nodes.columns_mut(self.columns(relation));
            if turns {
                adjacency.propagate_back(self.propagation, dout, false, &mut q);
                if adjacency.is_dense() {
                    let p = memory.saved.columns_view(self.columns(relation));
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
            let q = scratch.nodes.columns_view(self.columns(relation));
            (q, self.matrix(weights, relation).reversed_axes())
        });
        add_products(root.into_iter().chain(relations), dx);
    }

    fn factors<'a>(&self, index: usize, of: Factors<'a, T>) -> (Mat<'a, T>, Mat<'a, T>) {
        let Factors { graph, x, memory, scratch, dout } = of;
        if index == self.relations {
            return (x, dout);
        }
        match self.turns(graph) {
            true => (x, scratch.nodes.columns_view(self.columns(index))),
            false => (memory.saved.columns_view(self.columns(index)), dout),
        }
    }
}
