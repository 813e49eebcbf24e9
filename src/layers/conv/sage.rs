//! Convolutions with a weight of their own for the node itself: `out = sum_r Â_r x W_rel,r + x W_root + b`.
//!
//! `sage` takes the row mean (GraphSAGE, Hamilton et al., 2017), `graph_conv` the weighted sum over neighbours, `Â = A`
//! (Morris et al., 2019). Without `root_weight` there is no `x W_root`.
//!
//! ```text
//! root   dW_root += x^T dout, dx += dout W_root^T, db += sum of the rows of dout
//! ```

use super::propagated::{Propagated, TermBackward};
use super::{Backward, Convolution, Forward, Init, MemorySize, Propagation, Weight, of_relations};
use crate::layers::adjacency::Adjacency;
use crate::ops::buffer::{matrix, matrix_mut};
use crate::ops::linear;
use crate::ops::real::{Mat, MatMut, Real};

/// The convolution; its weights are `weight_rel` of every relation and those of [`Root`].
pub(super) struct Sage<T> {
    pub term: Propagated<T>,
    pub root: Root,
    pub relations: usize,
}

/// What a node adds of its own, `x W_root + b` or `b` alone; its weights are `weight_root` and `bias`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root {
    pub f_in: usize,
    pub f_out: usize,
    /// Whether there is a `W_root`.
    pub weight: bool,
}

impl Root {
    pub fn weights(&self) -> impl Iterator<Item = Weight> {
        let Self { f_in, f_out, weight } = *self;
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        let root = weight.then(|| ("weight_root".to_string(), vec![f_in, f_out], init));
        root.into_iter().chain([("bias".to_string(), vec![f_out], Init::Bias { fan_in: f_in })])
    }

    /// Number of its weights.
    pub fn len(&self) -> usize {
        self.f_out + if self.weight { self.f_in * self.f_out } else { 0 }
    }

    /// Overwrites `out`.
    pub fn forward<T: Real>(&self, weights: &[T], x: Mat<'_, T>, out: &mut MatMut<'_, T>) {
        let (root, b) = weights.split_at(self.len() - self.f_out);
        match self.weight {
            true => linear::forward(x, matrix(root, self.f_in, self.f_out), b, out),
            false => linear::set_rows(b, out),
        }
    }

    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        dweights: &mut [T],
        x: Mat<'_, T>,
        dout: Mat<'_, T>,
        dx: Option<&mut MatMut<'_, T>>,
    ) {
        let (droot, db) = dweights.split_at_mut(self.len() - self.f_out);
        if !self.weight {
            return linear::add_row_sums(dout, db);
        }
        linear::backward_parameters(x, dout, &mut matrix_mut(droot, self.f_in, self.f_out), db);
        if let Some(dx) = dx {
            linear::backward_input(matrix(&weights[..self.f_in * self.f_out], self.f_in, self.f_out), dout, dx);
        }
    }
}

impl<T: Real> Convolution<T> for Sage<T> {
    fn propagation(&self) -> Propagation {
        self.term.propagation
    }

    fn weights(&self) -> Vec<Weight> {
        let (f_in, f_out) = (self.term.f_in, self.term.f_out);
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        of_relations("weight_rel", self.relations, [f_in, f_out], init).chain(self.root.weights()).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        self.term.memory(graph.len())
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out } = pass;
        let (rel, own) = weights.split_at(weights.len() - self.root.len());
        self.root.forward(own, x, &mut out);
        self.term.forward(rel, graph, x, &mut memory.saved.view_mut(), &mut out);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        let (weights, own) = weights.split_at(weights.len() - self.root.len());
        let (dweights, down) = dweights.split_at_mut(weights.len());
        self.root.backward(own, down, x, dout, dx.as_mut());
        let (saved, dp) = (memory.saved.view(), scratch.nodes.view_mut());
        self.term.backward(TermBackward { weights, dweights, graph, dgraph, x, saved, dp, dout, dx, down: None });
    }
}
