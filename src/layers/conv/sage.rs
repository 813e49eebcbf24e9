//! GraphSAGE with mean aggregation (Hamilton et al., 2017): `out = (Â x) W_rel + x W_root + b`, `Â` the row mean.
//!
//! ```text
//! transform first   p = x W_rel, out = Â p + x W_root + b    saved p   dp = Â^T dout, dW_rel += x^T dp, dÂ += dout p^T
//!                                                                      dx += dp W_rel^T + dout W_root^T
//! propagate first   p = Â x, out = p W_rel + x W_root + b    saved p   dp = dout W_rel^T, dW_rel += p^T dout
//!                                                                      dx += Â^T dp + dout W_root^T, dÂ += dp x^T
//! ```

use super::{Backward, Convolution, Forward, Init, Propagation, Weight, transform_first};
use crate::ops::buffer::{matrix, matrix_mut};
use crate::ops::gemm::gemm;
use crate::ops::linear;
use crate::ops::real::Real;

/// The convolution; its weights are `weight_rel`, `weight_root`, `bias`.
pub(super) struct Sage;

const MEAN: Propagation = Propagation::Mean;

impl<T: Real> Convolution<T> for Sage {
    fn name(&self) -> &'static str {
        "sage"
    }

    fn propagation(&self) -> Propagation {
        MEAN
    }

    fn weights(&self, f_in: usize, f_out: usize) -> Vec<Weight> {
        let weight = Init::Weight { fan_in: f_in, fan_out: f_out };
        vec![
            ("weight_rel", vec![f_in, f_out], weight),
            ("weight_root", vec![f_in, f_out], weight),
            ("bias", vec![f_out], Init::Bias { fan_in: f_in }),
        ]
    }

    fn saved_columns(&self, f_in: usize, f_out: usize) -> usize {
        f_in.min(f_out)
    }

    fn scratch_columns(&self, f_in: usize, f_out: usize) -> usize {
        f_in.min(f_out)
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        let (f_in, f_out) = (pass.x.ncols(), pass.out.ncols());
        let (rel, rest) = pass.weights.split_at(f_in * f_out);
        let (root, b) = rest.split_at(f_in * f_out);
        let (rel, root) = (matrix(rel, f_in, f_out), matrix(root, f_in, f_out));
        linear::forward(pass.x, root, b, &mut pass.out);
        if transform_first(f_in, f_out) {
            gemm(T::one(), pass.x, rel, T::zero(), &mut pass.saved);
            pass.adjacency.propagate(MEAN, pass.saved.view(), true, &mut pass.out);
        } else {
            pass.adjacency.propagate(MEAN, pass.x, false, &mut pass.saved);
            gemm(T::one(), pass.saved.view(), rel, T::one(), &mut pass.out);
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, adjacency, dadjacency, x, saved, mut scratch, dout, dx } = pass;
        let (f_in, f_out) = (x.ncols(), dout.ncols());
        let (rel, rest) = weights.split_at(f_in * f_out);
        let (rel, root) = (matrix(rel, f_in, f_out), matrix(&rest[..f_in * f_out], f_in, f_out));
        let (drel, rest) = dweights.split_at_mut(f_in * f_out);
        let (droot, db) = rest.split_at_mut(f_in * f_out);
        let (mut drel, mut droot) = (matrix_mut(drel, f_in, f_out), matrix_mut(droot, f_in, f_out));
        linear::backward_parameters(x, dout, &mut droot, db);
        let mut dx = dx;
        if let Some(dx) = &mut dx {
            linear::backward_input(root, dout, dx);
        }
        if transform_first(f_in, f_out) {
            adjacency.propagate_back(MEAN, dout, false, &mut scratch);
            dadjacency.accumulate(adjacency, MEAN, dout, saved);
            gemm(T::one(), x.reversed_axes(), scratch.view(), T::one(), &mut drel);
            if let Some(dx) = &mut dx {
                linear::backward_input(rel, scratch.view(), dx);
            }
            return;
        }
        gemm(T::one(), saved.reversed_axes(), dout, T::one(), &mut drel);
        let Some(mut dx) = dx else { return };
        gemm(T::one(), dout, rel.reversed_axes(), T::zero(), &mut scratch);
        adjacency.propagate_back(MEAN, scratch.view(), true, &mut dx);
        dadjacency.accumulate(adjacency, MEAN, scratch.view(), x);
    }
}
