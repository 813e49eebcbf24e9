//! Graph isomorphism network (Xu et al., 2019): `out = MLP((1 + eps) x + A x)`, the MLP two linear layers with the
//! stack's activation between them.
//!
//! ```text
//! one relation   h = act((A + (1 + eps) I) x W + b),                       out = h W_out + b_out
//! several        h = act(sum_r A_r x W_r + (1 + eps) x W_root + b),        out = h W_out + b_out
//! backward       dh = dout W_out^T, through the activation, then the terms of `propagated`;
//!                root: dW_root += (1 + eps) x^T dh, dx += (1 + eps) dh W_root^T, deps += sum of W_root * x^T dh
//! ```
//!
//! `eps` is fixed, or learned from where it is set to. Edge weights, of either sign, scale their neighbours.

use super::convolution::{Backward, Convolution, Forward, MemorySize, Weight, of_relations, split, split_mut};
use super::propagated::{Propagated, TermBackward};
use crate::config::Activation;
use crate::layers::adjacency::Adjacency;
use crate::layers::params::Init;
use crate::ops::gemm::gemm;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::{activation, linear};

/// The convolution; its weights are `weight` of every relation, `weight_root` where there are several, `bias`,
/// `weight_out`, `bias_out`, and `epsilon` where it is learned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gin {
    pub f_in: usize,
    pub f_out: usize,
    pub relations: usize,
    pub activation: Activation,
    pub epsilon: f64,
    pub learned: bool,
}

impl Gin {
    /// Lengths of the tensors: all of the relations, root, bias, and so on.
    pub fn lengths(&self) -> [usize; 6] {
        let first = self.f_in * self.f_out;
        let root = if self.has_root() { first } else { 0 };
        let epsilon = usize::from(self.learned);
        [self.relations * first, root, self.f_out, self.f_out * self.f_out, self.f_out, epsilon]
    }

    fn has_root(&self) -> bool {
        self.relations > 1
    }

    /// `1 + eps`.
    pub fn own<T: Real>(&self, epsilon: &[T]) -> T {
        T::one() + epsilon.first().copied().unwrap_or(T::of(self.epsilon))
    }

    /// Values of `h` that are kept for the way back, of so many nodes.
    pub fn kept(&self, nodes: usize) -> usize {
        let copies = if activation::saves_input(self.activation) { 2 } else { 1 };
        nodes.saturating_mul(self.f_out).saturating_mul(copies)
    }

    /// The activation and the second layer. `values` begins with `h`, and keeps what the way back needs.
    pub fn finish<T: Real>(&self, values: &mut [T], [w_out, b_out]: [&[T]; 2], out: &mut MatMut<'_, T>) {
        let (f_out, len) = (self.f_out, out.nrows() * self.f_out);
        let (hidden, kept) = values.split_at_mut(len);
        if activation::saves_input(self.activation) {
            kept[..len].copy_from_slice(hidden);
        }
        activation::forward(self.activation, hidden);
        linear::forward(matrix(hidden, out.nrows(), f_out), matrix(w_out, f_out, f_out), b_out, out);
    }

    /// The way back through [`finish`](Self::finish): adds the gradients of the second layer, and writes that of `h`
    /// into `dhidden`.
    pub fn finish_back<T: Real>(
        &self,
        (values, dout): (&[T], Mat<'_, T>),
        w_out: &[T],
        [dw_out, db_out]: [&mut [T]; 2],
        dhidden: &mut [T],
    ) {
        let (f_out, rows) = (self.f_out, dout.nrows());
        let (hidden, kept) = values.split_at(rows * f_out);
        let h = matrix(hidden, rows, f_out);
        linear::backward_parameters(h, dout, &mut matrix_mut(dw_out, f_out, f_out), db_out);
        let mut dh = matrix_mut(dhidden, rows, f_out);
        gemm(T::one(), dout, matrix(w_out, f_out, f_out).reversed_axes(), T::zero(), &mut dh);
        let saved = if activation::saves_input(self.activation) { &kept[..hidden.len()] } else { hidden };
        activation::backward(self.activation, saved, dhidden);
    }

    /// The sum over neighbours, and the node itself where it shares their weights.
    fn term<T: Real>(&self, own: T) -> Propagated<T> {
        let own = (!self.has_root()).then_some(own);
        Propagated { propagation: Propagation::Raw, f_in: self.f_in, f_out: self.f_out, own }
    }
}

impl<T: Real> Convolution<T> for Gin {
    fn propagation(&self) -> Propagation {
        Propagation::Raw
    }

    fn weights(&self) -> Vec<Weight> {
        let (f_in, f_out) = (self.f_in, self.f_out);
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        let root = self.has_root().then(|| ("weight_root".to_string(), vec![f_in, f_out], init));
        let rest = [
            ("bias".to_string(), vec![f_out], Init::Bias { fan_in: f_in }),
            ("weight_out".to_string(), vec![f_out, f_out], Init::Weight { fan_in: f_out, fan_out: f_out }),
            ("bias_out".to_string(), vec![f_out], Init::Bias { fan_in: f_out }),
        ];
        let epsilon = self.learned.then(|| ("epsilon".to_string(), vec![1], Init::Value(self.epsilon)));
        of_relations("weight", self.relations, [f_in, f_out], init).chain(root).chain(rest).chain(epsilon).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        let hidden = graph[0].nodes().saturating_mul(self.f_out);
        MemorySize {
            values: self.kept(graph[0].nodes()),
            scratch_values: hidden.saturating_add(if self.has_root() { self.f_in * self.f_out } else { 0 }),
            ..self.term(T::one()).memory(graph.len())
        }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out, .. } = pass;
        let [w, root, b, w_out, b_out, epsilon] = split(weights, self.lengths());
        let (own, len) = (self.own(epsilon), x.nrows() * self.f_out);
        let mut h = matrix_mut(&mut memory.values[..len], x.nrows(), self.f_out);
        linear::set_rows(b, &mut h);
        if self.has_root() {
            gemm(own, x, matrix(root, self.f_in, self.f_out), T::one(), &mut h);
        }
        self.term(own).forward(w, graph, x, &mut memory.saved.view_mut(), &mut h);
        self.finish(&mut memory.values, [w_out, b_out], &mut out);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        let (f_in, f_out, len) = (self.f_in, self.f_out, x.nrows() * self.f_out);
        let [weights, root, _, w_out, _, epsilon] = split(weights, self.lengths());
        let [dweights, droot, db, dw_out, db_out, depsilon] = split_mut(dweights, self.lengths());
        let own = self.own(epsilon);
        let (dhidden, product) = scratch.values.split_at_mut(len);
        self.finish_back((&memory.values, dout), w_out, [dw_out, db_out], dhidden);
        let dh = matrix(dhidden, x.nrows(), f_out);
        linear::add_row_sums(dh, db);
        let mut down = depsilon.first_mut();
        if self.has_root() {
            let product = &mut product[..f_in * f_out];
            gemm(T::one(), x.reversed_axes(), dh, T::zero(), &mut matrix_mut(product, f_in, f_out));
            droot.iter_mut().zip(product.iter()).for_each(|(d, &v)| *d += own * v);
            if let Some(down) = down.take() {
                *down += root.iter().zip(product.iter()).map(|(&w, &v)| w * v).sum();
            }
            if let Some(dx) = &mut dx {
                gemm(own, dh, matrix(root, f_in, f_out).reversed_axes(), T::one(), dx);
            }
        }
        let (saved, q) = (memory.saved.view(), scratch.nodes.view_mut());
        let pass = TermBackward { weights, dweights, graph, dgraph, x, saved, q, dout: dh, dx, down };
        self.term(own).backward(pass);
    }
}
