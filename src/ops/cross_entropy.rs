//! Softmax cross-entropy against a class, with optional class weights.
//!
//! ```text
//! forward   l_g = -w_y ln softmax(z_g)_y                        z: [b, c]
//! backward  dz_gj = scale w_y (softmax(z_g)_j - [j = y])
//! ```
//!
//! The loss of a batch is `sum_g l_g / sum_g w_y`, as PyTorch's `cross_entropy` has it; `scale` is one over that sum.

use super::buffer::{rows, rows_mut};
use super::elementary::{exp, ln};
use super::real::{Mat, MatMut, Real};

/// Sum of the losses of all rows, in f64.
pub fn forward<T: Real>(z: Mat<'_, T>, y: &[u32], class_weights: &[T]) -> f64 {
    rows(&z).zip(y).map(|(row, &y)| (weight_of(class_weights, y) * (log_sum_exp(row) - row[y as usize])).f64()).sum()
}

/// Writes the gradient with respect to the logits.
pub fn backward<T: Real>(scale: T, z: Mat<'_, T>, y: &[u32], class_weights: &[T], dz: &mut MatMut<'_, T>) {
    for ((z, &y), dz) in rows(&z).zip(y).zip(rows_mut(dz)) {
        let log_sum = log_sum_exp(z);
        let scale = scale * weight_of(class_weights, y);
        for (j, (d, &v)) in dz.iter_mut().zip(z).enumerate() {
            let target = if j == y as usize { T::one() } else { T::zero() };
            *d = scale * (exp(v - log_sum) - target);
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

    #[test]
    fn gradient() {
        let z = random_matrix(4, 3, 1);
        let y = [0, 2, 1, 2];
        for weights in [vec![], vec![0.5, 1.0, 3.0]] {
            let loss =
                |z: &[f64]| forward(Mat::from_shape((4, 3), z).unwrap(), &y, &weights) / weight_sum(&y, &weights);
            let mut dz = Array2::zeros((4, 3));
            backward(1.0 / weight_sum(&y, &weights), z.view(), &y, &weights, &mut dz.view_mut());
            check_gradient(z.as_slice().unwrap(), dz.as_slice().unwrap(), loss);
        }
    }

    #[test]
    fn huge_logits_stay_finite() {
        let z = Mat::from_shape((1, 2), &[1e30_f32, -1e30]).unwrap();
        assert_eq!(forward(z, &[0], &[]), 0.0);
        assert!(forward(z, &[1], &[]).is_finite());
    }
}
