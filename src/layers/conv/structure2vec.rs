//! Structure2Vec in its mean-field form (Dai et al., 2016): the same weights over and over, `iterations` times.
//!
//! ```text
//! forward    u = x W_root + b, mu_1 = act(u), mu_t = act(u + sum_r A_r mu_(t-1) W_rel,r), out = mu_T
//! backward   d_t = dmu_t through act, dmu_(t-1) and dW_rel by `propagated`, du = sum_t d_t,
//!            dW_root += x^T du, dx += du W_root^T, db += sum of the rows of du
//! ```
//!
//! `act` is the stack's activation; what the stack does after every convolution, another activation among it, follows
//! as it does elsewhere. With one iteration neighbours are not seen, and there is no `W_rel`. Edge weights, of either
//! sign, scale their neighbours.

use super::convolution::{Backward, Convolution, Forward, MemorySize, Weight, of_relations, split, split_mut};
use super::propagated::{Propagated, TermBackward};
use super::root::Root;
use crate::config::Activation;
use crate::layers::adjacency::Adjacency;
use crate::layers::params::Init;
use crate::ops::activation;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::real::Real;

/// The convolution; its weights are `weight_rel` of every relation, `weight_root` and `bias`.
pub(super) struct Structure2Vec {
    pub root: Root,
    pub relations: usize,
    pub activation: Activation,
    /// `T`, at least 1.
    pub iterations: usize,
}

impl Structure2Vec {
    fn term<T: Real>(&self) -> Propagated<T> {
        let width = self.root.f_out;
        Propagated { propagation: Propagation::Raw, f_in: width, f_out: width, own: None }
    }

    /// Lengths of what is saved: all `mu`, what else the activations' backward passes read, what the terms save.
    fn saved(&self, nodes: usize) -> [usize; 3] {
        let one = nodes.saturating_mul(self.root.f_out);
        let inputs = if activation::saves_input(self.activation) { self.iterations } else { 0 };
        let terms = (self.iterations - 1) * self.relations;
        [self.iterations, inputs, terms].map(|times| one.saturating_mul(times))
    }
}

impl<T: Real> Convolution<T> for Structure2Vec {
    fn propagation(&self) -> Propagation {
        Propagation::Raw
    }

    fn weights(&self) -> Vec<Weight> {
        let width = self.root.f_out;
        let relations = if self.iterations > 1 { self.relations } else { 0 };
        let init = Init::Weight { fan_in: width, fan_out: width };
        of_relations("weight_rel", relations, [width, width], init).chain(self.root.weights()).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        let (nodes, width) = (graph[0].nodes(), self.root.f_out);
        MemorySize {
            values: self.saved(nodes).into_iter().fold(0, usize::saturating_add),
            scratch_values: nodes.saturating_mul(width).saturating_mul(3),
            scratch_columns: width,
            ..MemorySize::default()
        }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out, .. } = pass;
        let (n, width) = (x.nrows(), self.root.f_out);
        let (len, columns) = (n * width, self.relations * width);
        let (rel, own) = weights.split_at(weights.len() - self.root.len());
        let [mu, inputs, terms] = split_mut(&mut memory.values, self.saved(n));
        self.root.forward(own, x, &mut out);
        for t in 0..self.iterations {
            let (before, now) = mu.split_at_mut(t * len);
            let now = &mut now[..len];
            let mut h = matrix_mut(now, n, width);
            h.assign(&out);
            if t > 0 {
                let before = matrix(&before[(t - 1) * len..], n, width);
                let mut saved = matrix_mut(&mut terms[(t - 1) * n * columns..t * n * columns], n, columns);
                self.term().forward(rel, graph, before, &mut saved, &mut h);
            }
            if activation::saves_input(self.activation) {
                inputs[t * len..(t + 1) * len].copy_from_slice(now);
            }
            activation::forward(self.activation, now);
        }
        out.assign(&matrix(&mu[(self.iterations - 1) * len..], n, width));
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        let (n, width) = (x.nrows(), self.root.f_out);
        let (len, columns) = (n * width, self.relations * width);
        let (rel, own) = weights.split_at(weights.len() - self.root.len());
        let (drel, down) = dweights.split_at_mut(rel.len());
        let [mu, inputs, terms] = split(&memory.values, self.saved(n));
        let saved = if activation::saves_input(self.activation) { inputs } else { mu };
        let [mut d, mut next, du] = split_mut(&mut scratch.values, [len; 3]);
        matrix_mut(d, n, width).assign(&dout);
        du.fill(T::zero());
        for t in (0..self.iterations).rev() {
            activation::backward(self.activation, &saved[t * len..(t + 1) * len], d);
            du.iter_mut().zip(d.iter()).for_each(|(du, &d)| *du += d);
            if t == 0 {
                break;
            }
            next.fill(T::zero());
            self.term().backward(TermBackward {
                weights: rel,
                dweights: &mut *drel,
                graph,
                dgraph: &mut *dgraph,
                x: matrix(&mu[(t - 1) * len..t * len], n, width),
                saved: matrix(&terms[(t - 1) * n * columns..t * n * columns], n, columns),
                q: scratch.nodes.view_mut(),
                dout: matrix(d, n, width),
                dx: Some(matrix_mut(next, n, width)),
                down: None,
            });
            std::mem::swap(&mut d, &mut next);
        }
        self.root.backward(own, down, x, matrix(du, n, width), dx.as_mut());
    }
}
