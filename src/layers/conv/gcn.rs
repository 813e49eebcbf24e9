//! GCN-style convolutions: `out = sum_r Â_r x W_r + b`.
//!
//! `gcn` takes the symmetric normalisation with self-loops (Kipf and Welling, 2017), `gcn_self` self-loops alone,
//! `gcn_mean` the row mean, `gcn_raw` the adjacency as it is (the form of the DiffPool authors' code).

use super::propagated::{Propagated, TermBackward};
use super::{Backward, Convolution, Forward, Init, MemorySize, Propagation, Weight, of_relations};
use crate::layers::adjacency::Adjacency;
use crate::ops::linear;
use crate::ops::real::Real;

/// One of the forms; its weights are `weight` of every relation and `bias`.
pub(super) struct Gcn<T> {
    pub term: Propagated<T>,
    pub relations: usize,
}

impl<T: Real> Convolution<T> for Gcn<T> {
    fn propagation(&self) -> Propagation {
        self.term.propagation
    }

    fn weights(&self) -> Vec<Weight> {
        let (f_in, f_out) = (self.term.f_in, self.term.f_out);
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        let matrices = of_relations("weight", self.relations, [f_in, f_out], init);
        matrices.chain([("bias".to_string(), vec![f_out], Init::Bias { fan_in: f_in })]).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        self.term.memory(graph.len())
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out } = pass;
        let (w, b) = weights.split_at(weights.len() - self.term.f_out);
        linear::set_rows(b, &mut out);
        self.term.forward(w, graph, x, &mut memory.saved.view_mut(), &mut out);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, dx } = pass;
        let matrices = weights.len() - self.term.f_out;
        let (dweights, db) = dweights.split_at_mut(matrices);
        linear::add_row_sums(dout, db);
        let (weights, saved, dp) = (&weights[..matrices], memory.saved.view(), scratch.nodes.view_mut());
        self.term.backward(TermBackward { weights, dweights, graph, dgraph, x, saved, dp, dout, dx, down: None });
    }
}
