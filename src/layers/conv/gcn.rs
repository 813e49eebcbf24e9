//! GCN-style convolutions: `out = Â x W + b`.
//!
//! `gcn` takes the symmetric normalisation with self-loops (Kipf and Welling, 2017), `gcn_mean` the row mean, `gcn_raw`
//! the adjacency as it is (the form of the DiffPool authors' code). `Â (x W)` or `(Â x) W`, whichever is cheaper:
//!
//! ```text
//! transform first   p = x W, out = Â p + b        saved p    dp = Â^T dout, dW += x^T dp, dx += dp W^T, dÂ += dout p^T
//! propagate first   p = Â x, out = p W + b        saved p    dp = dout W^T, dW += p^T dout, dx += Â^T dp, dÂ += dp x^T
//! ```

use super::{Backward, Convolution, Forward, Init, Propagation, Weight, transform_first};
use crate::ops::buffer::{matrix, matrix_mut};
use crate::ops::gemm::gemm;
use crate::ops::linear;
use crate::ops::real::Real;

/// One of the three forms.
pub(super) struct Gcn {
    name: &'static str,
    propagation: Propagation,
}

pub(super) const GCN: Gcn = Gcn { name: "gcn", propagation: Propagation::Symmetric };
pub(super) const GCN_MEAN: Gcn = Gcn { name: "gcn_mean", propagation: Propagation::Mean };
pub(super) const GCN_RAW: Gcn = Gcn { name: "gcn_raw", propagation: Propagation::Raw };

impl<T: Real> Convolution<T> for Gcn {
    fn name(&self) -> &'static str {
        self.name
    }

    fn propagation(&self) -> Propagation {
        self.propagation
    }

    fn weights(&self, f_in: usize, f_out: usize) -> Vec<Weight> {
        let weight = Init::Weight { fan_in: f_in, fan_out: f_out };
        vec![("weight", vec![f_in, f_out], weight), ("bias", vec![f_out], Init::Bias { fan_in: f_in })]
    }

    fn saved_columns(&self, f_in: usize, f_out: usize) -> usize {
        f_in.min(f_out)
    }

    fn scratch_columns(&self, f_in: usize, f_out: usize) -> usize {
        f_in.min(f_out)
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        let (f_in, f_out) = (pass.x.ncols(), pass.out.ncols());
        let (w, b) = pass.weights.split_at(f_in * f_out);
        let w = matrix(w, f_in, f_out);
        linear::set_rows(b, &mut pass.out);
        if transform_first(f_in, f_out) {
            gemm(T::one(), pass.x, w, T::zero(), &mut pass.saved);
            pass.adjacency.propagate(self.propagation, pass.saved.view(), true, &mut pass.out);
        } else {
            pass.adjacency.propagate(self.propagation, pass.x, false, &mut pass.saved);
            gemm(T::one(), pass.saved.view(), w, T::one(), &mut pass.out);
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, adjacency, dadjacency, x, saved, mut scratch, dout, dx } = pass;
        let (f_in, f_out) = (x.ncols(), dout.ncols());
        let w = matrix(&weights[..f_in * f_out], f_in, f_out);
        let (dw, db) = dweights.split_at_mut(f_in * f_out);
        let mut dw = matrix_mut(dw, f_in, f_out);
        linear::add_row_sums(dout, db);
        if transform_first(f_in, f_out) {
            adjacency.propagate_back(self.propagation, dout, false, &mut scratch);
            dadjacency.accumulate(adjacency, self.propagation, dout, saved);
            gemm(T::one(), x.reversed_axes(), scratch.view(), T::one(), &mut dw);
            if let Some(mut dx) = dx {
                linear::backward_input(w, scratch.view(), &mut dx);
            }
            return;
        }
        gemm(T::one(), saved.reversed_axes(), dout, T::one(), &mut dw);
        let Some(mut dx) = dx else { return };
        gemm(T::one(), dout, w.reversed_axes(), T::zero(), &mut scratch);
        adjacency.propagate_back(self.propagation, scratch.view(), true, &mut dx);
        dadjacency.accumulate(adjacency, self.propagation, scratch.view(), x);
    }
}
