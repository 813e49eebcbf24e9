//! What a node adds of its own in a convolution: `x W_root + b`, or `b` alone.
//!
//! ```text
//! backward   dW_root += x^T dout, dx += dout W_root^T, db += sum of the rows of dout
//! ```

use super::convolution::Weight;
use crate::layers::params::Init;
use crate::ops::linear;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// The weights of the node itself: `weight_root` and `bias`.
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

    /// Number of weights.
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
