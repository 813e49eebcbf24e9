//! What the tests of the ops share: random inputs and the gradient check.

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Values in (-1, 1), never closer to 0 than 0.01, so that kinks at 0 are not met.
pub fn random_values(len: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut next = || {
        let unit = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let value = 2.0 * unit - 1.0;
        if value.abs() < 0.01 { 0.01f64.copysign(value) } else { value }
    };
    (0..len).map(|_| next()).collect()
}

/// A matrix of [`random_values`].
pub fn random_matrix(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), random_values(rows * columns, seed)).unwrap()
}

/// Compares a gradient with central differences of `loss` along random directions: step 1e-5, in f64.
///
/// Returns the largest relative error, so that a test can state it as well as bound it.
pub fn gradient_error(at: &[f64], gradient: &[f64], mut loss: impl FnMut(&[f64]) -> f64) -> f64 {
    assert_eq!(at.len(), gradient.len());
    let step = 1e-5;
    let mut worst: f64 = 0.0;
    for direction_seed in 0..4 {
        let direction = random_values(at.len(), 1000 + direction_seed);
        let moved = |by: f64| -> Vec<f64> { at.iter().zip(&direction).map(|(x, d)| x + by * d).collect() };
        let numeric = (loss(&moved(step)) - loss(&moved(-step))) / (2.0 * step);
        let analytic: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let scale = numeric.abs().max(analytic.abs()).max(1e-3);
        worst = worst.max((numeric - analytic).abs() / scale);
    }
    worst
}

/// Panics unless the gradient agrees with central differences to a relative 1e-5.
#[track_caller]
pub fn check_gradient(at: &[f64], gradient: &[f64], loss: impl FnMut(&[f64]) -> f64) {
    let error = gradient_error(at, gradient, loss);
    assert!(error <= 1e-5, "relative gradient error {error:e}");
}

/// The weighted sum that turns a matrix into a loss: its gradient is the weights.
pub fn weighted_sum<'a>(values: impl IntoIterator<Item = &'a f64>, weights: &[f64]) -> f64 {
    values.into_iter().zip(weights).map(|(v, w)| v * w).sum()
}
