//! Softmax cross-entropy against a class, with optional class weights and label smoothing.
//!
//! ```text
//! forward   l_g = -(1 - e) w_y ln p_gy - e / c sum_j w_j ln p_gj         z: [b, c], p = softmax(z)
//! backward  dz_gj = scale ((1 - e) w_y (p_gj - [j = y]) + e / c (p_gj sum_i w_i - w_j))
//! ```
//!
//! The loss of a batch is `sum_g l_g / sum_g w_y`, as PyTorch's `cross_entropy` has it, also with `label_smoothing`;
//! `scale` is one over that sum. Where rows have weights `u_g`, it is `sum_g u_g l_g / sum_g u_g w_y`.
//!
//! The smoothing `e` is that of Szegedy et al., *Rethinking the Inception Architecture for Computer Vision*, CVPR 2016:
//! the class gets `1 - e` of the target, and all classes share the rest.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::elementary::{exp, ln};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use super::target_weights::TargetWeights;

/// Sum of the losses of all rows, in f64.
pub fn forward<T: Real>(z: Mat<'_, T>, y: &[u32], weights: TargetWeights<'_, T>, smoothing: f64) -> f64 {
    let loss = |(row, &y): (&[T], &u32)| {
        let log_sum = log_sum_exp(row);
        let of_class = (weights.of_class(y) * (log_sum - row[y as usize])).f64();
        if smoothing == 0.0 {
            return of_class;
        }
        let each = (0..).zip(row).map(|(j, &v)| (weights.of_class(j) * (log_sum - v)).f64());
        (1.0 - smoothing) * of_class + smoothing / row.len() as f64 * each.sum::<f64>()
    };
    rows(&z).zip(y).enumerate().map(|(at, row)| weights.of_row(at) * loss(row)).sum()
}

/// Writes the gradient with respect to the logits.
pub fn backward<T: Real>(
    scale: T,
    z: Mat<'_, T>,
    y: &[u32],
    weights: TargetWeights<'_, T>,
    smoothing: f64,
    dz: &mut MatMut<'_, T>,
) {
    let classes = z.ncols();
    let (keep, spread) = (T::of(1.0 - smoothing), T::of(smoothing / classes as f64));
    let all: T = (0..classes as u32).map(|j| weights.of_class(j)).sum();
    for (at, ((z, &y), dz)) in rows(&z).zip(y).zip(rows_mut(dz)).enumerate() {
        let scale = scale * T::of(weights.of_row(at));
        let log_sum = log_sum_exp(z);
        let of_class = scale * weights.of_class(y);
        for (j, (d, &v)) in (0..).zip(dz.iter_mut().zip(z)) {
            let p = exp(v - log_sum);
            let target = if j == y { T::one() } else { T::zero() };
            *d = of_class * (p - target);
            if smoothing > 0.0 {
                *d = keep * *d + scale * spread * (all * p - weights.of_class(j));
            }
        }
    }
}

/// Sum of the weights of all rows: each is that of its class times its own.
pub fn weight_sum<T: Real>(y: &[u32], weights: TargetWeights<'_, T>) -> f64 {
    y.iter().enumerate().map(|(at, &y)| weights.of_row(at) * weights.of_class(y).f64()).sum()
}

fn log_sum_exp<T: Real>(row: &[T]) -> T {
    let max = row.iter().fold(T::neg_infinity(), |m, &v| if v > m { v } else { m });
    max + ln(row.iter().map(|&v| exp(v - max)).sum::<T>())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix};

    const Y: [u32; 4] = [0, 2, 1, 2];

    #[test]
    fn gradient() {
        let z = random_matrix(4, 3, 1);
        for (classes, rows, smoothing) in [vec![], vec![0.5, 1.0, 3.0]].iter().flat_map(|classes| {
            [(vec![], 0.0), (vec![], 0.1), (vec![2.0, 0.0, 0.5, 1.0], 0.7)].map(|(rows, e)| (classes, rows, e))
        }) {
            let weights = TargetWeights { classes, rows: &rows };
            let sum = weight_sum(&Y, weights);
            let loss = |z: &[f64]| forward(Mat::from_shape((4, 3), z).unwrap(), &Y, weights, smoothing) / sum;
            let mut dz = Array2::zeros((4, 3));
            backward(1.0 / sum, z.view(), &Y, weights, smoothing, &mut dz.view_mut());
            check_gradient(z.as_slice().unwrap(), dz.as_slice().unwrap(), loss);
        }
    }

    /// The targets written out, and the cross-entropy against them.
    #[test]
    fn smoothing_is_a_mixture_with_the_uniform_distribution() {
        let z = random_matrix(4, 3, 2);
        let smoothing = 0.3;
        let mut expected = 0.0;
        for (row, &y) in z.rows().into_iter().zip(&Y) {
            let sum: f64 = row.iter().map(|v| v.exp()).sum();
            for (j, v) in row.iter().enumerate() {
                let target = smoothing / 3.0 + if j == y as usize { 1.0 - smoothing } else { 0.0 };
                expected -= target * (v.exp() / sum).ln();
            }
        }
        assert!((forward(z.view(), &Y, TargetWeights::NONE, smoothing) - expected).abs() < 1e-14);
    }

    #[test]
    fn huge_logits_stay_finite() {
        let z = Mat::from_shape((1, 2), &[1e30_f32, -1e30]).unwrap();
        assert_eq!(forward(z, &[0], TargetWeights::NONE, 0.0), 0.0);
        for smoothing in [0.0, 0.5] {
            assert!(forward(z, &[1], TargetWeights::NONE, smoothing).is_finite());
            let mut dz = Array2::zeros((1, 2));
            backward(1.0, z, &[1], TargetWeights::NONE, smoothing, &mut dz.view_mut());
            assert!(dz.iter().all(|d| d.is_finite()));
        }
    }
}
