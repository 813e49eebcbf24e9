//! Cross-entropy of logits against targets of 0 and 1, some of which may be missing, with label smoothing.
//!
//! ```text
//! forward   l_gt = max(z, 0) - z s + ln(1 + exp(-|z|))          z, y: [b, t]; 0 where y_gt is NaN
//! backward  dz_gt = scale (sigmoid(z) - s)                      0 where y_gt is NaN
//! s_gt = y + e (1/2 - y)
//! ```
//!
//! A label is one of two classes, so that the smoothing `e` makes of it what it makes of a class of two: a softmax over
//! the logits `(z, 0)` has the same loss. So do the weights `w0` and `w1` of 0 and 1, and `u` of a target by itself:
//!
//! ```text
//! forward   l_gt = u (a ln(1 + exp(-z)) + b ln(1 + exp(z)))     a = w1 s, b = w0 (1 - s)
//! backward  dz_gt = scale u ((a + b) sigmoid(z) - a)
//! ```
//!
//! The loss of a batch is the sum over the number of targets that are present, as the baselines of OGB have it, or with
//! weights over the sum of `u w_y` of these targets; `scale` is one over that number. (PyTorch's `pos_weight` is `w1`
//! beside a `w0` of 1, but divides by the number of targets.) The form with `|z|` is finite for every finite logit.

use super::runtime::elementary::{exp, ln_1p};
use super::runtime::real::Real;
use super::target_weights::TargetWeights;

/// Sum of the losses of all targets that are present, in f64.
pub fn forward<T: Real>(z: &[T], y: &[f32], weights: TargetWeights<'_, T>, smoothing: f64) -> f64 {
    let loss = |(at, (&z, &y)): (usize, (&T, &f32))| {
        let (z, s) = (z.f64(), smooth(y, smoothing));
        let rest = ln_1p(exp(-z.abs()));
        if weights.classes.is_empty() {
            return weights.of_row(at) * (z.max(0.0) - z * s + rest);
        }
        let [w0, w1] = weights.of_label(at).map(T::f64);
        weights.of_row(at) * (w1 * s * ((-z).max(0.0) + rest) + w0 * (1.0 - s) * (z.max(0.0) + rest))
    };
    z.iter().zip(y).enumerate().filter(|(_, (_, y))| !y.is_nan()).map(loss).sum()
}

/// Writes the gradient with respect to the logits.
pub fn backward<T: Real>(scale: T, z: &[T], y: &[f32], weights: TargetWeights<'_, T>, smoothing: f64, dz: &mut [T]) {
    for (at, ((dz, &z), &y)) in dz.iter_mut().zip(z).zip(y).enumerate() {
        let (scale, s) = (scale * T::of(weights.of_row(at)), smooth(y, smoothing));
        *dz = if y.is_nan() {
            T::zero()
        } else if weights.classes.is_empty() {
            scale * (sigmoid(z) - T::of(s))
        } else {
            let [w0, w1] = weights.of_label(at);
            let (of_one, of_zero) = (w1 * T::of(s), w0 * T::of(1.0 - s));
            scale * ((of_one + of_zero) * sigmoid(z) - of_one)
        };
    }
}

/// Sum of the weights of all targets that are present: each is that of its label times its own.
pub fn weight_sum<T: Real>(y: &[f32], weights: TargetWeights<'_, T>) -> f64 {
    let present = y.iter().enumerate().filter(|(_, y)| !y.is_nan());
    present.map(|(at, &y)| weights.of_row(at) * weights.of_label(at)[usize::from(y > 0.5)].f64()).sum()
}

fn smooth(y: f32, smoothing: f64) -> f64 {
    let y = f64::from(y);
    y + smoothing * (0.5 - y)
}

/// `1 / (1 + exp(-z))`, without overflow on either side.
pub fn sigmoid<T: Real>(z: T) -> T {
    if z < T::zero() {
        let e = exp(z);
        e / (T::one() + e)
    } else {
        T::one() / (T::one() + exp(-z))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{check_gradient, random_values};

    const Y: [f32; 12] = [0.0, 1.0, f32::NAN, 1.0, 0.0, f32::NAN, f32::NAN, 1.0, 0.0, 0.0, 1.0, 1.0];

    #[test]
    fn values_worked_out_by_hand() {
        // ln 2 for a logit of 0; -ln sigmoid(1) and -ln sigmoid(-1) for one of 1.
        let loss = forward(&[0.0_f64, 1.0, 1.0, 5.0], &[1.0, 1.0, 0.0, f32::NAN], TargetWeights::NONE, 0.0);
        assert!((loss - (2.0_f64.ln() + 0.313_261_687_518_222_8 + 1.313_261_687_518_222_8)).abs() < 1e-14);
    }

    #[test]
    fn gradient() {
        let z: Vec<f64> = random_values(12, 1).iter().map(|v| 3.0 * v).collect();
        let rows: Vec<f32> = (0..12).map(|at| (at % 4) as f32 / 2.0).collect();
        for (classes, rows, smoothing) in [
            (vec![], &[] as &[f32], 0.0),
            (vec![], &[], 0.1),
            (vec![], &rows, 0.7),
            (vec![0.5, 3.0], &[], 0.0),
            (vec![0.5, 3.0, 1.0, 0.0, 2.0, 0.25], &rows, 0.3),
        ] {
            let weights = TargetWeights { classes: &classes, rows };
            let sum = weight_sum(&Y, weights);
            let mut dz = vec![7.0; 12];
            backward(1.0 / sum, &z, &Y, weights, smoothing, &mut dz);
            check_gradient(&z, &dz, |z| forward(z, &Y, weights, smoothing) / sum);
            assert!(Y.iter().zip(&dz).all(|(y, &d)| !y.is_nan() || d == 0.0));
        }
    }

    #[test]
    fn a_label_is_smoothed_as_a_class_of_two() {
        let z = random_values(8, 2);
        let y = [0, 1, 1, 0, 1, 0, 0, 1];
        let labels = y.map(|y| y as f32);
        let rows: Vec<f64> = z.iter().flat_map(|&z| [0.0, z]).collect();
        let rows = crate::ops::runtime::matrix::Mat::from_shape((8, 2), &rows).unwrap();
        for classes in [&[] as &[f64], &[0.5, 3.0]] {
            let weights = TargetWeights { classes, rows: &[1.0, 0.5, 2.0, 1.0, 0.0, 1.0, 3.0, 1.0] };
            let expected = crate::ops::cross_entropy::forward(rows, &y, weights, 0.3);
            assert!((forward(&z, &labels, weights, 0.3) - expected).abs() < 1e-14);
            assert_eq!(weight_sum(&labels, weights), crate::ops::cross_entropy::weight_sum(&y, weights));
        }
    }

    /// Two labels with weights of their own, by the definition.
    #[test]
    fn every_label_may_have_its_own_weights() {
        let z = [0.3_f64, -1.2, 2.0, 0.7];
        let y = [1.0_f32, 0.0, 0.0, 1.0];
        let classes = [1.0, 4.0, 0.5, 2.0];
        let p = z.map(|z| 1.0 / (1.0 + (-z).exp()));
        let by_hand = -4.0 * p[0].ln() - 0.5 * (1.0 - p[1]).ln() - (1.0 - p[2]).ln() - 2.0 * p[3].ln();
        let weights = TargetWeights { classes: &classes, rows: &[] };
        assert!((forward(&z, &y, weights, 0.0) - by_hand).abs() < 1e-14);
        assert_eq!(weight_sum(&y, weights), 4.0 + 0.5 + 1.0 + 2.0);
        // Weights of 1 are none, but for rounding.
        let ones = TargetWeights { classes: &[1.0; 2], rows: &[] };
        assert!((forward(&z, &y, ones, 0.1) - forward(&z, &y, TargetWeights::NONE, 0.1)).abs() < 1e-14);
    }

    #[test]
    fn huge_logits_stay_finite() {
        let z = [1e30_f32, -1e30, 1e30, -1e30];
        let y = [1.0, 0.0, 0.0, 1.0];
        assert_eq!(forward(&z[..2], &y[..2], TargetWeights::NONE, 0.0), 0.0);
        assert!(forward(&z, &y, TargetWeights::NONE, 0.5).is_finite());
        let mut dz = [0.0; 4];
        backward(1.0, &z, &y, TargetWeights::NONE, 0.0, &mut dz);
        assert_eq!(dz, [0.0, 0.0, 1.0, -1.0]);
        let weights = TargetWeights { classes: &[2.0_f32, 3.0], rows: &[] };
        assert!(forward(&z, &y, weights, 0.5).is_finite());
        assert_eq!(forward(&z[..2], &y[..2], weights, 0.0), 0.0);
    }
}
