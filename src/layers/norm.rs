//! Batch norms of a whole network: where their channels lie, and the numbers that all chunks of a batch share.

use super::params::NormSpec;
use crate::error::Result;
use crate::memory::{try_copy, try_resize};
use crate::ops::batch_norm::{Coefficients, Moments};
use crate::ops::runtime::real::Real;

/// Running statistics of all norms, channel by channel: what evaluation uses and the model file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningStatistics<T> {
    /// Running mean.
    pub mean: Vec<T>,
    /// Running (unbiased) variance.
    pub variance: Vec<T>,
}

impl<T: Real> RunningStatistics<T> {
    /// Mean 0 and variance 1.
    pub fn new(channels: usize) -> Result<Self> {
        let mut statistics = Self { mean: Vec::new(), variance: Vec::new() };
        try_resize(&mut statistics.mean, channels, T::zero())?;
        try_resize(&mut statistics.variance, channels, T::one())?;
        Ok(statistics)
    }

    /// A copy, for which memory may be refused.
    pub fn try_clone(&self) -> Result<Self> {
        Ok(Self { mean: try_copy(&self.mean)?, variance: try_copy(&self.variance)? })
    }

    /// Moves the statistics of `norm` towards those of a batch. A batch of a single row leaves them alone: its variance
    /// is 0 whatever the row is, and evaluation would divide by what that makes of the running one.
    pub fn update(&mut self, norm: &NormSpec, batch: &Moments, momentum: f64) {
        if batch.count <= 1.0 {
            return;
        }
        let unbiased = batch.count - 1.0;
        let step = |old: &mut T, new: f64| *old = T::of((1.0 - momentum) * old.f64() + momentum * new);
        for (i, channel) in norm.range().enumerate() {
            step(&mut self.mean[channel], batch.mean[i]);
            step(&mut self.variance[channel], batch.m2[i] / unbiased);
        }
    }
}

/// What the norms apply in one pass: all arrays are indexed by channel over all norms.
#[derive(Debug, Clone)]
pub struct NormState<T> {
    epsilon: f64,
    mean: Vec<T>,
    inverse: Vec<f64>,
    scale: Vec<T>,
    shift: Vec<T>,
    by_dy: Vec<T>,
    by_x: Vec<T>,
    constant: Vec<T>,
}

impl<T: Real> NormState<T> {
    /// Room for `channels` channels.
    pub fn new(channels: usize, epsilon: f64) -> Result<Self> {
        let zeros = || {
            let mut zeros = Vec::new();
            try_resize(&mut zeros, channels, T::zero()).map(|()| zeros)
        };
        let mut inverse = Vec::new();
        try_resize(&mut inverse, channels, 0.0)?;
        Ok(Self {
            epsilon,
            mean: zeros()?,
            inverse,
            scale: zeros()?,
            shift: zeros()?,
            by_dy: zeros()?,
            by_x: zeros()?,
            constant: zeros()?,
        })
    }

    /// Takes the running statistics of every norm, which are constants to a backward pass.
    pub fn set_running(&mut self, norms: &[NormSpec], running: &RunningStatistics<T>, parameters: &[T]) {
        for norm in norms {
            for (i, channel) in norm.range().enumerate() {
                let (mean, variance) = (running.mean[channel].f64(), running.variance[channel].f64());
                self.set_channel(norm, i, mean, variance, parameters);
                self.by_dy[channel] = self.scale[channel];
                self.by_x[channel] = T::zero();
                self.constant[channel] = T::zero();
            }
        }
    }

    /// Takes the statistics of the batch for one norm.
    pub fn set_batch(&mut self, norm: &NormSpec, batch: &Moments, parameters: &[T]) {
        let count = batch.count.max(1.0);
        for i in 0..norm.channels {
            self.set_channel(norm, i, batch.mean[i], batch.m2[i] / count, parameters);
        }
    }

    fn set_channel(&mut self, norm: &NormSpec, i: usize, mean: f64, variance: f64, parameters: &[T]) {
        let channel = norm.offset + i;
        let (gamma, beta) = (norm.gamma(i, parameters), norm.beta(i, parameters));
        let inverse = 1.0 / (variance + self.epsilon).sqrt();
        self.mean[channel] = T::of(mean);
        self.inverse[channel] = inverse;
        self.scale[channel] = T::of(gamma * inverse);
        self.shift[channel] = T::of(beta - mean * gamma * inverse);
    }

    /// Takes the sums of the backward pass over all `count` rows of the batch for one norm, and adds the gradients of
    /// its parameters.
    pub fn set_backward(
        &mut self,
        norm: &NormSpec,
        sums: &NormSums,
        count: f64,
        parameters: &[T],
        dparameters: &mut [T],
    ) {
        for i in 0..norm.channels {
            let channel = norm.offset + i;
            let inverse = self.inverse[channel];
            let by_dy = norm.gamma(i, parameters) * inverse;
            self.by_dy[channel] = T::of(by_dy);
            self.by_x[channel] = T::of(-by_dy * inverse * inverse * sums.dy_centred[i] / count);
            self.constant[channel] = T::of(-by_dy * sums.dy[i] / count);
            if let Some((gamma, beta)) = norm.affine {
                gamma.of_mut(dparameters)[i] += T::of(sums.dy_centred[i] * inverse);
                beta.of_mut(dparameters)[i] += T::of(sums.dy[i]);
            }
        }
    }

    /// Scale and shift of one norm.
    pub fn forward(&self, norm: &NormSpec) -> (&[T], &[T]) {
        (&self.scale[norm.range()], &self.shift[norm.range()])
    }

    /// Mean of one norm.
    pub fn mean(&self, norm: &NormSpec) -> &[T] {
        &self.mean[norm.range()]
    }

    /// What the backward pass of one norm multiplies with.
    pub fn backward(&self, norm: &NormSpec) -> Coefficients<'_, T> {
        let range = norm.range();
        Coefficients {
            mean: &self.mean[range.clone()],
            by_dy: &self.by_dy[range.clone()],
            by_x: &self.by_x[range.clone()],
            constant: &self.constant[range],
        }
    }
}

/// Column sums of the backward pass of one norm.
#[derive(Debug, Clone, Default)]
pub struct NormSums {
    /// Sum of `dy`.
    pub dy: Vec<f64>,
    /// Sum of `dy (x - mean)`.
    pub dy_centred: Vec<f64>,
}

impl NormSums {
    /// Zero sums for `channels` channels.
    pub fn new(channels: usize) -> Result<Self> {
        let mut sums = Self::default();
        try_resize(&mut sums.dy, channels, 0.0)?;
        try_resize(&mut sums.dy_centred, channels, 0.0)?;
        Ok(sums)
    }

    /// Sets all sums to 0.
    pub fn clear(&mut self) {
        self.dy.fill(0.0);
        self.dy_centred.fill(0.0);
    }

    /// Adds the sums over other rows.
    pub fn add(&mut self, other: &Self) {
        self.dy.iter_mut().zip(&other.dy).for_each(|(o, v)| *o += v);
        self.dy_centred.iter_mut().zip(&other.dy_centred).for_each(|(o, v)| *o += v);
    }
}
