//! How `Â x W` is multiplied: whichever way is cheaper.
//!
//! ```text
//!                    forward               backward
//! transform first    p = x W, out += Â p   q = Â^T dout, dW += x^T q, dx += q W^T, dÂ += dout p^T
//! propagate first    p = Â x, out += p W   q = dout W^T, dW += p^T dout, dx += Â^T q, dÂ += q x^T
//! ```

use std::ops::Range;

use crate::layers::adjacency::Adjacency;
use crate::ops::gemm::gemm;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// The order of the two products of a term `Â x W`, with `W` of `[f_in, f_out]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Association {
    /// Whether features are multiplied by the weights before they are propagated: where that narrows them.
    pub transforms_first: bool,
    /// Columns of `p` and of `q` for one relation.
    pub inner: usize,
}

impl Association {
    pub fn of(f_in: usize, f_out: usize) -> Self {
        Self { transforms_first: f_out < f_in, inner: f_in.min(f_out) }
    }

    /// The columns of a relation where those of all relations lie side by side.
    pub fn columns(&self, relation: usize) -> Range<usize> {
        relation * self.inner..(relation + 1) * self.inner
    }

    /// Writes `p`.
    pub fn first_product<T: Real>(
        &self,
        (adjacency, propagation): (&Adjacency<T>, Propagation),
        x: Mat<'_, T>,
        w: Mat<'_, T>,
        p: &mut MatMut<'_, T>,
    ) {
        match self.transforms_first {
            true => gemm(T::one(), x, w, T::zero(), p),
            false => adjacency.propagate(propagation, x, false, p),
        }
    }
}
