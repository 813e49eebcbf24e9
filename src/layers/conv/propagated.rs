//! The part that linear convolutions share: `out += sum_r Â_r x W_r`, over all relations.
//!
//! `Â (x W)` or `(Â x) W`, whichever is cheaper:
//!
//! ```text
//! transform first   p = x W, out += Â p    saved p    dp = Â^T dout, dW += x^T dp, dx += dp W^T, dÂ += dout p^T
//! propagate first   p = Â x, out += p W    saved p    dp = dout W^T, dW += p^T dout, dx += Â^T dp, dÂ += dp x^T
//! ```

use super::{Backward, MemorySize, Propagation, transform_first};
use crate::layers::adjacency::Adjacency;
use crate::ops::buffer::{Buffer, matrix, matrix_mut};
use crate::ops::gemm::gemm;
use crate::ops::linear;
use crate::ops::real::{Mat, MatMut, Real};

/// The propagated term of a convolution; its weights are one `[f_in, f_out]` matrix a relation, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Propagated {
    pub propagation: Propagation,
    pub f_in: usize,
    pub f_out: usize,
}

impl Propagated {
    fn inner(&self) -> usize {
        self.f_in.min(self.f_out)
    }

    /// Memory for a graph of `relations` relations.
    pub fn memory(&self, relations: usize) -> MemorySize {
        let inner = self.inner();
        MemorySize { saved_columns: relations * inner, scratch_columns: inner, ..MemorySize::default() }
    }

    /// Adds the term to `out`.
    pub fn forward<T: Real>(
        &self,
        weights: &[T],
        graph: &[Adjacency<T>],
        x: Mat<'_, T>,
        saved: &mut Buffer<T>,
        out: &mut MatMut<'_, T>,
    ) {
        let (f_in, f_out, inner) = (self.f_in, self.f_out, self.inner());
        for (relation, (adjacency, w)) in graph.iter().zip(weights.chunks_exact(f_in * f_out)).enumerate() {
            let w = matrix(w, f_in, f_out);
            let mut p = saved.columns_mut(relation * inner..(relation + 1) * inner);
            if transform_first(f_in, f_out) {
                gemm(T::one(), x, w, T::zero(), &mut p);
                adjacency.propagate(self.propagation, p.view(), true, out);
            } else {
                adjacency.propagate(self.propagation, x, false, &mut p);
                gemm(T::one(), p.view(), w, T::one(), out);
            }
        }
    }

    /// The backward pass of the term. `weights` and `dweights` of `pass` begin with those of the term, and `x` of
    /// `pass` is its input.
    pub fn backward<T: Real>(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        let (f_in, f_out, inner) = (self.f_in, self.f_out, self.inner());
        let blocks = weights.chunks_exact(f_in * f_out).zip(dweights.chunks_exact_mut(f_in * f_out));
        for (relation, ((adjacency, da), (w, dw))) in graph.iter().zip(dgraph).zip(blocks).enumerate() {
            let (w, mut dw) = (matrix(w, f_in, f_out), matrix_mut(dw, f_in, f_out));
            let p = memory.saved.columns_view(relation * inner..(relation + 1) * inner);
            let mut dp = scratch.nodes.columns_mut(0..inner);
            if transform_first(f_in, f_out) {
                adjacency.propagate_back(self.propagation, dout, false, &mut dp);
                da.accumulate(adjacency, self.propagation, dout, p);
                gemm(T::one(), x.reversed_axes(), dp.view(), T::one(), &mut dw);
                if let Some(dx) = &mut dx {
                    linear::backward_input(w, dp.view(), dx);
                }
                continue;
            }
            gemm(T::one(), p.reversed_axes(), dout, T::one(), &mut dw);
            let Some(dx) = &mut dx else { continue };
            gemm(T::one(), dout, w.reversed_axes(), T::zero(), &mut dp);
            adjacency.propagate_back(self.propagation, dp.view(), true, dx);
            da.accumulate(adjacency, self.propagation, dp.view(), x);
        }
    }
}
