//! Softmax cross-entropy against a class, with optional class weights and label smoothing.
//!
//! ```text
//! forward   l_g = -(1 - e) w_y ln p_gy - e / c sum_j w_j ln p_gj         z: [b, c], p = softmax(z)
//! backward  dz_gj = scale ((1 - e) w_y (p_gj - [j = y]) + e / c (p_gj sum_i w_i - w_j))
//! ```
//!
//! The loss of a batch is `sum_g l_g / sum_g w_y`, as PyTorch's `cross_entropy` has it, also with `label_smoothing`;
//! `scale` is one over that sum. The smoothing `e` is that of Szegedy et al., *Rethinking the Inception Architecture
//! for Computer Vision*, CVPR 2016: the class gets `1 - e` of the target, and all classes share the rest.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::elementary::{exp, ln};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;

/// Sum of the losses of all rows, in f64.
pub fn forward<T: Real>(z: Mat<'_, T>, y: &[u32], class_weights: &[T], smoothing: f64) -> f64 {
    let loss = |(row, &y): (&[T], &u32)| {
        let log_sum = log_sum_exp(row);
        let of_class = (weight_of(class_weights, y) * (log_sum - row[y as usize])).f64();
        if smoothing == 0.0 {
            return of_class;
        }
        let each = (0..).zip(row).map(|(j, &v)| (weight_of(class_weights, j) * (log_sum - v)).f64());
        (1.0 - smoothing) * of_class + smoothing / row.len() as f64 * each.sum::<f64>()
    };
    rows(&z).zip(y).map(loss).sum()
}

/// Writes the gradient with respect to the logits.
pub fn backward<T: Real>(
    scale: T,
    z: Mat<'_, T>,
    y: &[u32],
    class_weights: &[T],
    smoothing: f64,
    dz: &mut MatMut<'_, T>,
) {
    let classes = z.ncols();
    let (keep, spread) = (T::of(1.0 - smoothing), T::of(smoothing / classes as f64));
    let all: T = (0..classes as u32).map(|j| weight_of(class_weights, j)).sum();
    for ((z, &y), dz) in rows(&z).zip(y).zip(rows_mut(dz)) {
        let log_sum = log_sum_exp(z);
        let of_class = scale * weight_of(class_weights, y);
        for (j, (d, &v)) in (0..).zip(dz.iter_mut().zip(z)) {
            let p = exp(v - log_sum);
            let target = if j == y { T::one() } else { T::zero() };
            *d = of_class * (p - target);
            if smoothing > 0.0 {
                *d = keep * *d + scale * spread * (all * p - weight_of(class_weights, j));
            }
        }
    }
}

/// Sum of the weights of the classes of all rows.
pub fn weight_sum<T: Real>(y: &[u32], class_weights: &[T]) -> f64 {
    y.iter().map(|&y| weight_of(class_weights, y).f64()).sum()
}

fn weight_of<T: Real>(class_weights: &[T], y: u32) -> T {
    class_weights.get(y as usize).copied().unwrap_or(T::one())
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
        for (weights, smoothing) in
            [vec![], vec![0.5, 1.0, 3.0]].iter().flat_map(|w| [0.0, 0.1, 0.7].map(move |smoothing| (w, smoothing)))
        {
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
        assert!((forward(z.view(), &Y, &[], smoothing) - expected).abs() < 1e-14);
    }

    #[test]
    fn huge_logits_stay_finite() {
        let z = Mat::from_shape((1, 2), &[1e30_f32, -1e30]).unwrap();
        assert_eq!(forward(z, &[0], &[], 0.0), 0.0);
        for smoothing in [0.0, 0.5] {
            assert!(forward(z, &[1], &[], smoothing).is_finite());
            let mut dz = Array2::zeros((1, 2));
            backward(1.0, z, &[1], &[], smoothing, &mut dz.view_mut());
            assert!(dz.iter().all(|d| d.is_finite()));
        }
    }
}
