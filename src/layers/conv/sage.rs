//! GraphSAGE with mean aggregation (Hamilton et al., 2017): `out = sum_r Â_r x W_rel,r + x W_root + b`, `Â` the row
//! mean.
//!
//! ```text
//! root   dW_root += x^T dout, dx += dout W_root^T, db += sum of the rows of dout
//! ```

use super::propagated::Propagated;
use super::{Backward, Convolution, Forward, Init, MemorySize, Propagation, Weight, of_relation};
use crate::layers::adjacency::Adjacency;
use crate::ops::buffer::{matrix, matrix_mut};
use crate::ops::linear;
use crate::ops::real::Real;

/// The convolution; its weights are `weight_rel` of every relation, `weight_root`, `bias`.
pub(super) struct Sage {
    pub term: Propagated,
    pub relations: usize,
}

impl<T: Real> Convolution<T> for Sage {
    fn propagation(&self) -> Propagation {
        self.term.propagation
    }

    fn weights(&self) -> Vec<Weight> {
        let (f_in, f_out) = (self.term.f_in, self.term.f_out);
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        let own = [
            ("weight_root".to_string(), vec![f_in, f_out], init),
            ("bias".to_string(), vec![f_out], Init::Bias { fan_in: f_in }),
        ];
        (0..self.relations).map(|r| (of_relation("weight_rel", r), vec![f_in, f_out], init)).chain(own).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        self.term.memory(graph.len())
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out } = pass;
        let (f_in, f_out) = (self.term.f_in, self.term.f_out);
        let (rel, own) = weights.split_at(self.relations * f_in * f_out);
        let (root, b) = own.split_at(f_in * f_out);
        linear::forward(x, matrix(root, f_in, f_out), b, &mut out);
        self.term.forward(rel, graph, x, &mut memory.saved, &mut out);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let (f_in, f_out) = (self.term.f_in, self.term.f_out);
        let (rel, own) = pass.weights.split_at(self.relations * f_in * f_out);
        let (drel, down) = pass.dweights.split_at_mut(rel.len());
        let (droot, db) = down.split_at_mut(f_in * f_out);
        linear::backward_parameters(pass.x, pass.dout, &mut matrix_mut(droot, f_in, f_out), db);
        let mut dx = pass.dx;
        if let Some(dx) = &mut dx {
            linear::backward_input(matrix(&own[..f_in * f_out], f_in, f_out), pass.dout, dx);
        }
        self.term.backward(Backward { weights: rel, dweights: drel, dx, ..pass });
    }
}
