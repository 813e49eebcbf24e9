//! Cross-entropy of logits against targets of 0 and 1, some of which may be missing, with label smoothing.
//!
//! ```text
//! forward   l_gt = max(z, 0) - z s + ln(1 + exp(-|z|))          z, y: [b, t]; 0 where y_gt is NaN
//! backward  dz_gt = scale (sigmoid(z) - s)                      0 where y_gt is NaN
//! s_gt = y + e (1/2 - y)
//! ```
//!
//! A label is one of two classes, so that the smoothing `e` makes of it what it makes of a class of two: a softmax over
//! the logits `(z, 0)` has the same loss.
//!
//! The loss of a batch is the sum over the number of targets that are present, as the baselines of OGB have it; `scale`
//! is one over that number. The form with `|z|` is finite for every finite logit.

use super::runtime::elementary::{exp, ln_1p};
use super::runtime::real::Real;

/// Sum of the losses of all targets that are present, in f64.
pub fn forward<T: Real>(z: &[T], y: &[f32], smoothing: f64) -> f64 {
    let loss = |(&z, &y): (&T, &f32)| {
        let (z, s) = (z.f64(), smooth(y, smoothing));
        z.max(0.0) - z * s + ln_1p(exp(-z.abs()))
    };
    z.iter().zip(y).filter(|(_, y)| !y.is_nan()).map(loss).sum()
}

/// Writes the gradient with respect to the logits.
pub fn backward<T: Real>(scale: T, z: &[T], y: &[f32], smoothing: f64, dz: &mut [T]) {
    for ((dz, &z), &y) in dz.iter_mut().zip(z).zip(y) {
        *dz = if y.is_nan() { T::zero() } else { scale * (sigmoid(z) - T::of(smooth(y, smoothing))) };
    }
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
        let loss = forward(&[0.0_f64, 1.0, 1.0, 5.0], &[1.0, 1.0, 0.0, f32::NAN], 0.0);
        assert!((loss - (2.0_f64.ln() + 0.313_261_687_518_222_8 + 1.313_261_687_518_222_8)).abs() < 1e-14);
    }

    #[test]
    fn gradient() {
        let z: Vec<f64> = random_values(12, 1).iter().map(|v| 3.0 * v).collect();
        for smoothing in [0.0, 0.1, 0.7] {
            let mut dz = vec![7.0; 12];
            backward(1.0 / 9.0, &z, &Y, smoothing, &mut dz);
            check_gradient(&z, &dz, |z| forward(z, &Y, smoothing) / 9.0);
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
        let expected = crate::ops::cross_entropy::forward(rows, &y, &[], 0.3);
        assert!((forward(&z, &labels, 0.3) - expected).abs() < 1e-14);
    }

    #[test]
    fn huge_logits_stay_finite() {
        let z = [1e30_f32, -1e30, 1e30, -1e30];
        let y = [1.0, 0.0, 0.0, 1.0];
        assert_eq!(forward(&z[..2], &y[..2], 0.0), 0.0);
        assert!(forward(&z, &y, 0.5).is_finite());
        let mut dz = [0.0; 4];
        backward(1.0, &z, &y, 0.0, &mut dz);
        assert_eq!(dz, [0.0, 0.0, 1.0, -1.0]);
    }
}
