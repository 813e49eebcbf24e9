//! Cross-entropy of logits against targets of 0 and 1, some of which may be missing.
//!
//! ```text
//! forward   l_gt = max(z, 0) - z y + ln(1 + exp(-|z|))          z, y: [b, t]; 0 where y_gt is NaN
//! backward  dz_gt = scale (sigmoid(z) - y)                      0 where y_gt is NaN
//! ```
//!
//! The loss of a batch is the sum over the number of targets that are present, as the baselines of OGB have it; `scale`
//! is one over that number. The form with `|z|` is finite for every finite logit.

use super::elementary::{exp, ln_1p};
use super::real::Real;

/// Sum of the losses of all targets that are present, in f64.
pub fn forward<T: Real>(z: &[T], y: &[f32]) -> f64 {
    let loss = |(&z, &y): (&T, &f32)| {
        let (z, y) = (z.f64(), f64::from(y));
        z.max(0.0) - z * y + ln_1p(exp(-z.abs()))
    };
    z.iter().zip(y).filter(|(_, y)| !y.is_nan()).map(loss).sum()
}

/// Writes the gradient with respect to the logits.
pub fn backward<T: Real>(scale: T, z: &[T], y: &[f32], dz: &mut [T]) {
    for ((dz, &z), &y) in dz.iter_mut().zip(z).zip(y) {
        *dz = if y.is_nan() { T::zero() } else { scale * (sigmoid(z) - T::of(f64::from(y))) };
    }
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
        let loss = forward(&[0.0_f64, 1.0, 1.0, 5.0], &[1.0, 1.0, 0.0, f32::NAN]);
        assert!((loss - (2.0_f64.ln() + 0.313_261_687_518_222_8 + 1.313_261_687_518_222_8)).abs() < 1e-14);
    }

    #[test]
    fn gradient() {
        let z: Vec<f64> = random_values(12, 1).iter().map(|v| 3.0 * v).collect();
        let mut dz = vec![7.0; 12];
        backward(1.0 / 9.0, &z, &Y, &mut dz);
        check_gradient(&z, &dz, |z| forward(z, &Y) / 9.0);
        assert!(Y.iter().zip(&dz).all(|(y, &d)| !y.is_nan() || d == 0.0));
    }

    #[test]
    fn huge_logits_stay_finite() {
        let z = [1e30_f32, -1e30, 1e30, -1e30];
        let y = [1.0, 0.0, 0.0, 1.0];
        assert_eq!(forward(&z[..2], &y[..2]), 0.0);
        assert!(forward(&z, &y).is_finite());
        let mut dz = [0.0; 4];
        backward(1.0, &z, &y, &mut dz);
        assert_eq!(dz, [0.0, 0.0, 1.0, -1.0]);
    }
}
