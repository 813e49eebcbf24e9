//! Adam and AdamW, and the global norm of a gradient.
//!
//! ```text
//! g <- g min(1, clip / |g|)                       adam: g <- g + decay p;  adamw: p <- p - rate decay p
//! m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
//! p <- p - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
//! ```
//!
//! Kingma and Ba, 2015; Loshchilov and Hutter, 2019. `t` counts steps from 1.

use crate::config::{Config, Optimizer};
use crate::ops::runtime::elementary::pow;
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::kernel::wide;
use crate::ops::runtime::real::Real;

/// Values worked on at a time by one thread.
const BLOCK: usize = 16 * 1024;

/// Length of the gradient, summed in f64 and in an order that does not depend on threads.
pub(super) fn global_norm<T: Real>(gradient: &[T]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let blocks = gradient.chunks_exact(LANES);
    let rest = blocks.remainder();
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(s, g)| *s += g.f64() * g.f64());
    }
    let tail: f64 = rest.iter().map(|g| g.f64() * g.f64()).sum();
    (sums.iter().sum::<f64>() + tail).sqrt()
}

/// The arrays that a step reads and writes; all have the length of the parameters.
pub(super) struct Arrays<'a, T> {
    pub parameters: &'a mut [T],
    pub gradient: &'a [T],
    pub first_moment: &'a mut [T],
    pub second_moment: &'a mut [T],
}

/// Numbers of one step.
struct Rates<T> {
    scale: T,
    coupled_decay: T,
    keep: T,
    beta1: T,
    beta2: T,
    rate: T,
    second_correction: T,
    epsilon: T,
}

/// Step number `step` (from 1), of size `rate`, with the gradient scaled down to the configured norm.
pub(super) fn step<T: Real>(
    config: &Config,
    (step, rate): (u64, f64),
    norm: f64,
    arrays: Arrays<'_, T>,
    executor: &Executor,
) {
    let clip = if config.clip_norm > 0.0 && norm > config.clip_norm { config.clip_norm / norm } else { 1.0 };
    let t = step as f64;
    let coupled = config.optimizer == Optimizer::Adam;
    let rates = Rates {
        scale: T::of(clip),
        coupled_decay: T::of(if coupled { config.weight_decay } else { 0.0 }),
        keep: T::of(if coupled { 1.0 } else { 1.0 - rate * config.weight_decay }),
        beta1: T::of(config.beta1),
        beta2: T::of(config.beta2),
        rate: T::of(rate / (1.0 - pow(config.beta1, t))),
        second_correction: T::of(1.0 / (1.0 - pow(config.beta2, t)).sqrt()),
        epsilon: T::of(config.epsilon),
    };
    let Arrays { parameters, gradient, first_moment, second_moment } = arrays;
    executor.for_each_block_of_3([parameters, first_moment, second_moment], BLOCK, |begin, [p, m, v]| {
        wide(|| update(&rates, p, &gradient[begin..begin + p.len()], m, v));
    });
}

#[inline(always)]
fn update<T: Real>(by: &Rates<T>, parameters: &mut [T], gradient: &[T], first: &mut [T], second: &mut [T]) {
    let moments = first.iter_mut().zip(second);
    for ((p, &g), (m, v)) in parameters.iter_mut().zip(gradient).zip(moments) {
        let g = g * by.scale + by.coupled_decay * *p;
        *m = by.beta1 * *m + (T::one() - by.beta1) * g;
        *v = by.beta2 * *v + (T::one() - by.beta2) * g * g;
        *p = by.keep * *p - by.rate * *m / (v.sqrt() * by.second_correction + by.epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three steps of PyTorch 2's `Adam` and `AdamW` (lr 0.1, weight decay 0.1) on gradients 1, -0.5, 0.25 from 1.0,
    /// worked out by the formulas above in double precision.
    #[test]
    fn steps_follow_the_formulas() {
        for optimizer in [Optimizer::Adam, Optimizer::Adamw] {
            let config = Config { optimizer, weight_decay: 0.1, clip_norm: 0.0, ..Config::default() };
            let (mut p, mut m, mut v) = ([1.0_f64], [0.0], [0.0]);
            let (mut expected, mut em, mut ev) = (1.0_f64, 0.0, 0.0);
            for (t, g) in [(1u64, 1.0), (2, -0.5), (3, 0.25)] {
                let arrays = Arrays { parameters: &mut p, gradient: &[g], first_moment: &mut m, second_moment: &mut v };
                step(&config, (t, 0.1), 1.0, arrays, &Executor::new(1).unwrap());
                let coupled = optimizer == Optimizer::Adam;
                let g = if coupled { g + 0.1 * expected } else { g };
                em = 0.9 * em + 0.1 * g;
                ev = 0.999 * ev + 0.001 * g * g;
                let decayed = if coupled { expected } else { expected * (1.0 - 0.1 * 0.1) };
                let (c1, c2) = (1.0 - 0.9_f64.powi(t as i32), 1.0 - 0.999_f64.powi(t as i32));
                expected = decayed - 0.1 * (em / c1) / ((ev / c2).sqrt() + 1e-8);
            }
            assert!((p[0] - expected).abs() < 1e-12, "{} {expected}", p[0]);
        }
    }

    #[test]
    fn clipping_scales_the_whole_gradient() {
        let gradient = [3.0, 4.0];
        assert_eq!(global_norm(&gradient), 5.0);
        let config = Config { clip_norm: 1.0, ..Config::default() };
        let mut m = [0.0; 2];
        let (mut p, mut v) = ([0.0; 2], [0.0; 2]);
        let arrays = Arrays { parameters: &mut p, gradient: &gradient, first_moment: &mut m, second_moment: &mut v };
        step(&config, (1, 1e-3), 5.0, arrays, &Executor::new(1).unwrap());
        assert!((m[0] - 0.06_f64).abs() < 1e-15 && (m[1] - 0.08_f64).abs() < 1e-15);
    }
}
