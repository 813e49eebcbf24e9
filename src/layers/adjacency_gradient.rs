//! The gradient of the adjacency of a dense level: a pooled level's goes on to the assignment that it was pooled by.

use ndarray::s;

use super::adjacency::Adjacency;
use crate::error::Result;
use crate::memory::try_grow;
use crate::ops::gemm::gemm;
use crate::ops::normalize_adjacency::{self as normalize, Propagation};
use crate::ops::runtime::buffer::matrix_mut;
use crate::ops::runtime::matrix::Mat;
use crate::ops::runtime::real::Real;

/// Gradients with respect to a dense [`Adjacency`].
#[derive(Debug, Clone, Default)]
pub struct AdjacencyGradient<T> {
    da: Vec<T>,
    dnormalized: Vec<Vec<T>>,
    len: usize,
    /// Gradient of the channels, `[b, k, channels, k]`.
    dchannels: Vec<T>,
    channels_len: usize,
}

impl<T: Real> AdjacencyGradient<T> {
    /// Zero gradients for the matrices of `of`; nothing for a sparse level, where none is needed.
    pub fn reset(&mut self, of: &Adjacency<T>) {
        self.da[..self.len].fill(T::zero());
        self.channels_mut().fill(T::zero());
        for d in &mut self.dnormalized[..of.forms().len()] {
            d[..self.len].fill(T::zero());
        }
    }

    /// Makes room for the gradients of `of`.
    pub fn reserve(&mut self, of: &Adjacency<T>) -> Result<()> {
        self.len = of.dense_len();
        self.channels_len = of.channels.dense_len();
        try_grow(&mut self.da, self.len, T::zero())?;
        try_grow(&mut self.dchannels, self.channels_len, T::zero())?;
        self.dnormalized.resize_with(of.forms().len().max(self.dnormalized.len()), Vec::new);
        self.dnormalized.iter_mut().try_for_each(|d| try_grow(d, self.len, T::zero()))
    }

    /// Adds `dout x^T` to the gradient of the normalised form `kind`, where the level is dense.
    pub fn accumulate(&mut self, of: &Adjacency<T>, kind: Propagation, dout: Mat<'_, T>, x: Mat<'_, T>) {
        if !of.is_dense() {
            return;
        }
        let k = of.k();
        let target = match of.forms().iter().position(|form| form.kind == kind) {
            Some(index) => &mut self.dnormalized[index],
            None => &mut self.da,
        };
        for (graph, d) in target[..self.len].chunks_exact_mut(k * k).enumerate() {
            let rows = s![graph * k..(graph + 1) * k, ..];
            gemm(T::one(), dout.slice(rows), x.slice(rows).reversed_axes(), T::one(), &mut matrix_mut(d, k, k));
        }
    }

    /// Adds what comes by way of the sums over the rows of the channels, as a convolution reads them that propagates in
    /// this way, where the level is dense. `dm(row, channel)` gives their gradient.
    pub fn accumulate_sums(&mut self, of: &Adjacency<T>, kind: Propagation, dm: impl Fn(usize, usize) -> T) {
        if !of.is_dense() {
            return;
        }
        let k = of.k();
        let channels = self.dchannels[..self.channels_len].chunks_exact_mut(k * of.channels.width());
        for (row, (de, da)) in channels.zip(self.da[..self.len].chunks_exact_mut(k)).enumerate() {
            of.channels.row_back(kind, row, |channel| dm(row, channel), de, da);
        }
    }

    /// Turns the gradients of the normalised forms into that of `A`.
    pub fn denormalize(&mut self, of: &Adjacency<T>) {
        for (form, d) in of.forms().iter().zip(&self.dnormalized) {
            let (matrices, scale) = (&form.matrices[..self.len], &form.scale[..of.nodes()]);
            normalize::backward(form.kind, of.k(), matrices, scale, &d[..self.len], &mut self.da[..self.len]);
        }
    }

    /// Adds the gradient of a sum that the matrices are part of.
    pub fn add(&mut self, sum: &Self) {
        self.da_mut().iter_mut().zip(sum.da()).for_each(|(d, &s)| *d += s);
    }

    /// The gradient of the channels, `[b, k, channels, k]`.
    pub fn channels(&self) -> &[T] {
        &self.dchannels[..self.channels_len]
    }

    /// The gradient of the channels, to add to.
    pub fn channels_mut(&mut self) -> &mut [T] {
        &mut self.dchannels[..self.channels_len]
    }

    /// The gradients of `A` and of the channels, to add to.
    pub fn parts_mut(&mut self) -> (&mut [T], &mut [T]) {
        (&mut self.da[..self.len], &mut self.dchannels[..self.channels_len])
    }

    /// The gradient of `A`, `[b, k, k]`.
    pub fn da(&self) -> &[T] {
        &self.da[..self.len]
    }

    /// The gradient of `A`, to add to.
    pub fn da_mut(&mut self) -> &mut [T] {
        &mut self.da[..self.len]
    }
}
