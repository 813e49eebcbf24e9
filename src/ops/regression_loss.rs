//! Squared, absolute and Huber loss of predictions against numbers, some of which may be missing.
//!
//! ```text
//! d = z - y                                                     z, y: [b, t]; 0 where y_gt is NaN
//! mse    l = d^2                                                dz = scale 2 d
//! mae    l = |d|                                                dz = scale sign(d), 0 at d = 0
//! huber  l = d^2 / 2 where |d| <= delta,                        dz = scale d
//!            delta (|d| - delta / 2) elsewhere                  dz = scale delta sign(d)
//! ```
//!
//! The loss of a batch is the sum over the number of targets that are present; `scale` is one over that number. Where
//! targets have weights, each counts as often as it weighs, in the sum and in the number.

use super::runtime::real::Real;
use super::target_weights::TargetWeights;
use crate::words::words;

words! {
    /// What a regression makes of the difference `d` between a prediction and its target.
    pub enum RegressionLoss {
        /// `d^2`.
        Mse = "mse",
        /// `|d|`.
        Mae = "mae",
        /// `d^2 / 2` up to a size `delta` of `d`, beyond it `delta (|d| - delta / 2)`.
        Huber = "huber",
    }
}

/// Sum of the losses of all targets that are present, in f64.
pub fn forward<T: Real>(kind: RegressionLoss, delta: f64, z: &[T], y: &[f32], weights: TargetWeights<'_, T>) -> f64 {
    let present = z.iter().zip(y).enumerate().filter(|(_, (_, y))| !y.is_nan());
    let size = present.map(|(at, (&z, &y))| (weights.of_row(at), (z.f64() - f64::from(y)).abs()));
    let huber = |d: f64| if d <= delta { 0.5 * d * d } else { delta * (d - 0.5 * delta) };
    match kind {
        RegressionLoss::Mse => size.map(|(u, d)| u * (d * d)).sum(),
        RegressionLoss::Mae => size.map(|(u, d)| u * d).sum(),
        RegressionLoss::Huber => size.map(|(u, d)| u * huber(d)).sum(),
    }
}

/// Writes the gradient with respect to the predictions.
pub fn backward<T: Real>(
    kind: RegressionLoss,
    delta: f64,
    scale: T,
    z: &[T],
    y: &[f32],
    weights: TargetWeights<'_, T>,
    dz: &mut [T],
) {
    for (at, ((dz, &z), &y)) in dz.iter_mut().zip(z).zip(y).enumerate() {
        let d = z.f64() - f64::from(y);
        let slope = match kind {
            _ if y.is_nan() => 0.0,
            RegressionLoss::Mse => 2.0 * d,
            RegressionLoss::Mae if d == 0.0 => 0.0,
            RegressionLoss::Mae => d.signum(),
            RegressionLoss::Huber => d.clamp(-delta, delta),
        };
        *dz = scale * T::of(weights.of_row(at)) * T::of(slope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{check_gradient, random_values};

    const Y: [f32; 6] = [0.0, f32::NAN, 2.0, -3.0, f32::NAN, 0.25];

    #[test]
    fn values_worked_out_by_hand() {
        // Differences of 0.5, -3 and 2 with a delta of 2: huber 0.125 + 4 + 2.
        let (z, y) = ([0.5_f64, 9.0, -1.0, 4.0], [0.0, f32::NAN, 2.0, 2.0]);
        let losses: Vec<f64> =
            RegressionLoss::ALL.iter().map(|&kind| forward(kind, 2.0, &z, &y, TargetWeights::NONE)).collect();
        assert_eq!(losses, [13.25, 5.5, 6.125]);
        let mut dz = [7.0; 4];
        backward(
            RegressionLoss::Mae,
            2.0,
            1.0,
            &[1.0_f64, 9.0, -1.0, 2.0],
            &[0.0, f32::NAN, 2.0, 2.0],
            TargetWeights::NONE,
            &mut dz,
        );
        assert_eq!(dz, [1.0, 0.0, -1.0, 0.0]);
    }

    #[test]
    fn gradient() {
        let z = random_values(6, 3);
        for &kind in RegressionLoss::ALL {
            let mut dz = vec![7.0; 6];
            let weights = TargetWeights { classes: &[], rows: &[1.0, 1.0, 0.5, 3.0, 1.0, 0.0] };
            backward(kind, 0.6, 0.25, &z, &Y, weights, &mut dz);
            check_gradient(&z, &dz, |z| 0.25 * forward(kind, 0.6, z, &Y, weights));
            assert!(Y.iter().zip(&dz).all(|(y, &d)| !y.is_nan() || d == 0.0));
        }
    }
}
