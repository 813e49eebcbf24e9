//! A term of convolutions that are not linear altogether: `out += sum_r Â_r x W_r`, over all relations.
//!
//! The formulas are those of [`super::association`]; `p` is saved for the backward pass. GIN takes `Â + c I` in place
//! of `Â`; the gradient of `c` is the sum over `dout p` or `q x`.

use ndarray::s;

use super::association::Association;
use super::convolution::MemorySize;
use crate::layers::adjacency::Adjacency;
use crate::layers::adjacency_gradient::AdjacencyGradient;
use crate::ops::gemm::gemm;
use crate::ops::linear;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::{matrix, matrix_mut, rows, rows_mut};
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;

/// The propagated term of a convolution; its weights are one `[f_in, f_out]` matrix a relation, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Propagated<T> {
    pub propagation: Propagation,
    pub f_in: usize,
    pub f_out: usize,
    /// The `c` above, or `None` for 0.
    pub own: Option<T>,
}

/// What the backward pass of the term reads and writes.
pub(super) struct TermBackward<'a, T> {
    /// The matrices of all relations.
    pub weights: &'a [T],
    pub dweights: &'a mut [T],
    pub graph: &'a [Adjacency<T>],
    pub dgraph: &'a mut [AdjacencyGradient<T>],
    /// Input of the term.
    pub x: Mat<'a, T>,
    /// What the forward pass saved.
    pub saved: Mat<'a, T>,
    /// Memory for `q`, `[n, inner]`.
    pub q: MatMut<'a, T>,
    pub dout: Mat<'a, T>,
    /// Gradient of the input, added to, where it is wanted.
    pub dx: Option<MatMut<'a, T>>,
    /// Gradient of `own`, added to, where it is wanted.
    pub down: Option<&'a mut T>,
}

impl<T: Real> Propagated<T> {
    fn association(&self) -> Association {
        Association::of(self.f_in, self.f_out)
    }

    /// Memory for a graph of `relations` relations.
    pub fn memory(&self, relations: usize) -> MemorySize {
        let Association { inner, .. } = self.association();
        MemorySize { saved_columns: relations * inner, scratch_columns: inner, ..MemorySize::default() }
    }

    /// Adds the term to `out`.
    pub fn forward(
        &self,
        weights: &[T],
        graph: &[Adjacency<T>],
        x: Mat<'_, T>,
        saved: &mut MatMut<'_, T>,
        out: &mut MatMut<'_, T>,
    ) {
        let (f_in, f_out, association) = (self.f_in, self.f_out, self.association());
        for (relation, (adjacency, w)) in graph.iter().zip(weights.chunks_exact(f_in * f_out)).enumerate() {
            let w = matrix(w, f_in, f_out);
            let mut p = saved.slice_mut(s![.., association.columns(relation)]);
            association.first_product((adjacency, self.propagation), x, w, &mut p);
            if association.transforms_first {
                adjacency.propagate(self.propagation, p.view(), true, out);
                self.add_own(p.view(), out);
            } else {
                self.add_own(x, &mut p);
                gemm(T::one(), p.view(), w, T::one(), out);
            }
        }
    }

    fn add_own(&self, x: Mat<'_, T>, out: &mut MatMut<'_, T>) {
        let Some(own) = self.own else { return };
        for (out, x) in rows_mut(out).zip(rows(&x)) {
            out.iter_mut().zip(x).for_each(|(o, &v)| *o += own * v);
        }
    }

    /// The backward pass of the term.
    pub fn backward(&self, pass: TermBackward<'_, T>) {
        let TermBackward { weights, dweights, graph, dgraph, x, saved, mut q, dout, mut dx, mut down } = pass;
        let (f_in, f_out, association) = (self.f_in, self.f_out, self.association());
        let blocks = weights.chunks_exact(f_in * f_out).zip(dweights.chunks_exact_mut(f_in * f_out));
        for (relation, ((adjacency, da), (w, dw))) in graph.iter().zip(dgraph).zip(blocks).enumerate() {
            let (w, mut dw) = (matrix(w, f_in, f_out), matrix_mut(dw, f_in, f_out));
            let p = saved.slice(s![.., association.columns(relation)]);
            if association.transforms_first {
                adjacency.propagate_back(self.propagation, dout, false, &mut q);
                self.add_own(dout, &mut q);
                da.accumulate(adjacency, self.propagation, dout, p);
                gemm(T::one(), x.reversed_axes(), q.view(), T::one(), &mut dw);
                if let Some(down) = &mut down {
                    **down += sum_of_products(dout, p);
                }
                if let Some(dx) = &mut dx {
                    linear::backward_input(w, q.view(), dx);
                }
                continue;
            }
            gemm(T::one(), p.reversed_axes(), dout, T::one(), &mut dw);
            if dx.is_none() && down.is_none() {
                continue;
            }
            gemm(T::one(), dout, w.reversed_axes(), T::zero(), &mut q);
            if let Some(down) = &mut down {
                **down += sum_of_products(q.view(), x);
            }
            let Some(dx) = &mut dx else { continue };
            adjacency.propagate_back(self.propagation, q.view(), true, dx);
            self.add_own(q.view(), dx);
            da.accumulate(adjacency, self.propagation, q.view(), x);
        }
    }
}

/// The inner product of two matrices.
pub(super) fn sum_of_products<T: Real>(a: Mat<'_, T>, b: Mat<'_, T>) -> T {
    rows(&a).zip(rows(&b)).map(|(a, b)| a.iter().zip(b).map(|(&a, &b)| a * b).sum::<T>()).sum()
}
