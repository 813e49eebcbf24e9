//! Graph isomorphism network whose edges have features (Hu et al., 2020): `out = MLP((1 + eps) x + m)`, the MLP that of
//! [`Gin`].
//!
//! ```text
//! m_i = sum_j max(a_ij (x_j + b_edge + f_ij W_edge), 0)             f_ij the features of an edge
//! h   = act(((1 + eps) x + m) W + b),   out = h W_out + b_out
//! ```
//!
//! A weight below 0 turns what a neighbour says round before it is rectified; see [`crate::ops::edge_messages`] for the
//! formulas, and for what the features of pooled levels are.

use super::convolution::{Backward, Convolution, Forward, MemorySize, Weight, split, split_mut};
use super::gin::Gin;
use super::propagated::sum_of_products;
use crate::layers::adjacency::Adjacency;
use crate::layers::params::Init;
use crate::ops::edge_messages::{self, Gradients, Messages};
use crate::ops::gemm::gemm;
use crate::ops::linear;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::{matrix, matrix_mut, rows, rows_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// The convolution, for graphs of one relation; its weights are `weight_edge`, `bias_edge`, and those of [`Gin`].
pub(super) struct Gine {
    pub channels: usize,
    pub mlp: Gin,
}

impl Gine {
    /// Lengths of the tensors of the messages.
    fn lengths(&self) -> [usize; 2] {
        [self.channels * self.mlp.f_in, self.mlp.f_in]
    }

    /// The same, and of all that follow, in a block of `len` weights.
    fn with_rest(&self, len: usize) -> [usize; 3] {
        let [w, b] = self.lengths();
        [w, b, len - w - b]
    }

    fn messages<'a, T: Real>(&self, weights: &'a [T], graph: &'a Adjacency<T>, x: Mat<'a, T>) -> Messages<'a, T> {
        let [w, b] = split(weights, self.lengths());
        Messages { a: graph.neighbours(), channels: graph.channels.values(), x, w, b }
    }
}

/// Adds `own x`.
fn add_own<T: Real>(own: T, x: Mat<'_, T>, to: &mut MatMut<'_, T>) {
    for (to, x) in rows_mut(to).zip(rows(&x)) {
        to.iter_mut().zip(x).for_each(|(t, &v)| *t += own * v);
    }
}

impl<T: Real> Convolution<T> for Gine {
    fn propagation(&self) -> Propagation {
        Propagation::Raw
    }

    fn weights(&self) -> Vec<Weight> {
        let (channels, f_in) = (self.channels, self.mlp.f_in);
        let edge = Init::Weight { fan_in: channels, fan_out: f_in };
        let own = [
            ("weight_edge".to_string(), vec![channels, f_in], edge),
            ("bias_edge".to_string(), vec![f_in], Init::Bias { fan_in: channels }),
        ];
        own.into_iter().chain(Convolution::<T>::weights(&self.mlp)).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        let hidden = graph[0].nodes().saturating_mul(self.mlp.f_out);
        MemorySize {
            saved_columns: self.mlp.f_in,
            scratch_columns: self.mlp.f_in,
            values: self.mlp.kept(graph[0].nodes()),
            scratch_values: hidden,
            ..MemorySize::default()
        }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out, .. } = pass;
        let Gin { f_in, f_out, .. } = self.mlp;
        let [_, _, rest] = split(weights, self.with_rest(weights.len()));
        let [w, _, b, w_out, b_out, epsilon] = split(rest, self.mlp.lengths());
        let mut z = memory.saved.view_mut();
        edge_messages::forward(self.messages(weights, &graph[0], x), &mut z);
        add_own(self.mlp.own(epsilon), x, &mut z);
        let len = x.nrows() * f_out;
        let mut h = matrix_mut(&mut memory.values[..len], x.nrows(), f_out);
        linear::forward(z.view(), matrix(w, f_in, f_out), b, &mut h);
        self.mlp.finish(&mut memory.values, [w_out, b_out], &mut out);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        let (Gin { f_in, f_out, .. }, len) = (self.mlp, x.nrows() * self.mlp.f_out);
        let [_, _, rest] = split(weights, self.with_rest(weights.len()));
        let [w, _, _, w_out, _, epsilon] = split(rest, self.mlp.lengths());
        let [dw_edge, db_edge, drest] = split_mut(dweights, self.with_rest(weights.len()));
        let [dw, _, db, dw_out, db_out, depsilon] = split_mut(drest, self.mlp.lengths());
        let dhidden = &mut scratch.values[..len];
        self.mlp.finish_back((&memory.values, dout), w_out, [dw_out, db_out], dhidden);
        let dh = matrix(dhidden, x.nrows(), f_out);
        linear::backward_parameters(memory.saved.view(), dh, &mut matrix_mut(dw, f_in, f_out), db);
        let mut dz = scratch.nodes.view_mut();
        gemm(T::one(), dh, matrix(w, f_in, f_out).reversed_axes(), T::zero(), &mut dz);
        if let Some(depsilon) = depsilon.first_mut() {
            *depsilon += sum_of_products(dz.view(), x);
        }
        if let Some(dx) = &mut dx {
            add_own(self.mlp.own(epsilon), dz.view(), dx);
        }
        let (da, de) = dgraph[0].parts_mut();
        let gradients = Gradients { dx: dx.as_mut(), dw: dw_edge, db: db_edge, da, de };
        edge_messages::backward(self.messages(weights, &graph[0], x), dz.view(), gradients);
    }
}
