//! Pointwise activations.
//!
//! ```text
//! forward   y = f(x)            in place
//! backward  dx = dy f'(x)       in place; f' is written in terms of y where it can be, else of x
//! ```
//!
//! `leaky_relu` has slope 0.01, `elu` alpha 1, `gelu` is the exact form `x Phi(x)` (Hendrycks and Gimpel, 2016), `silu`
//! is `x sigmoid(x)`.

use super::runtime::elementary::{exp, exp_m1, tanh};
use super::runtime::kernel::wide;
use super::runtime::real::Real;
use crate::control;
use crate::words::words;

words! {
    /// An element-wise activation function.
    pub enum Activation {
        /// `max(x, 0)`.
        Relu = "relu",
        /// `x` where positive, else `0.01 x`.
        LeakyRelu = "leaky_relu",
        /// `x` where positive, else `exp(x) - 1`.
        Elu = "elu",
        /// `x P(N <= x)` with `N` standard normal, by the error function and not by its tanh approximation.
        Gelu = "gelu",
        /// `x sigmoid(x)`.
        Silu = "silu",
        /// Hyperbolic tangent.
        Tanh = "tanh",
        /// `1 / (1 + exp(-x))`.
        Sigmoid = "sigmoid",
        /// `x`.
        Identity = "identity",
    }
}

const LEAK: f64 = 0.01;
/// Values between two questions whether to go on are a multiple of this.
const BLOCK: usize = 256;
/// `1 / sqrt(2 pi)`.
const NORMAL_DENSITY: f64 = 0.398_942_280_401_432_7;

/// Whether [`backward`] reads the input of the activation rather than its output.
pub fn saves_input(kind: Activation) -> bool {
    matches!(kind, Activation::Gelu | Activation::Silu)
}

/// Applies the activation in place.
pub fn forward<T: Real>(kind: Activation, x: &mut [T]) {
    wide(|| {
        let zero = T::zero();
        match kind {
            Activation::Identity => {}
            // Not `v > zero`, which would turn NaN into 0 and hide an overflow.
            Activation::Relu => map(x, |v| if v < zero { zero } else { v }),
            Activation::LeakyRelu => map(x, |v| if v > zero { v } else { v * T::of(LEAK) }),
            Activation::Elu => map(x, |v| if v > zero { v } else { exp_m1(v) }),
            Activation::Tanh => map(x, |v| tanh(v)),
            Activation::Sigmoid => map(x, sigmoid),
            Activation::Silu => map(x, |v| v * sigmoid(v)),
            Activation::Gelu => map(x, |v| v * normal_cdf(v)),
        }
    })
}

/// Turns `dy` into `dx` in place. `saved` is the activation's input where [`saves_input`] says so, else its output.
pub fn backward<T: Real>(kind: Activation, saved: &[T], dy: &mut [T]) {
    wide(|| {
        let zero = T::zero();
        let one = T::one();
        match kind {
            Activation::Identity => {}
            Activation::Relu => scale(saved, dy, |y| if y > zero { one } else { zero }),
            Activation::LeakyRelu => scale(saved, dy, |y| if y > zero { one } else { T::of(LEAK) }),
            Activation::Elu => scale(saved, dy, |y| if y > zero { one } else { y + one }),
            Activation::Tanh => scale(saved, dy, |y| one - y * y),
            Activation::Sigmoid => scale(saved, dy, |y| y * (one - y)),
            Activation::Silu => scale(saved, dy, |x| {
                let s = sigmoid(x);
                s * (one + x * (one - s))
            }),
            Activation::Gelu => {
                scale(saved, dy, |x| normal_cdf(x) + x * T::of(NORMAL_DENSITY) * exp(T::of(-0.5) * x * x))
            }
        }
    })
}

#[inline(always)]
fn map<T: Real>(x: &mut [T], f: impl Fn(T) -> T) {
    for block in control::watched(x.chunks_mut(BLOCK)) {
        block.iter_mut().for_each(|v| *v = f(*v));
    }
}

#[inline(always)]
fn scale<T: Real>(saved: &[T], dy: &mut [T], derivative: impl Fn(T) -> T) {
    for (d, &s) in dy.iter_mut().zip(saved) {
        *d *= derivative(s);
    }
}

fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + exp(-x))
}

/// `Phi(x)`, the standard normal distribution function.
fn normal_cdf<T: Real>(x: T) -> T {
    T::of(0.5 * (1.0 + libm::erf(x.f64() * std::f64::consts::FRAC_1_SQRT_2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{check_gradient, random_values, weighted_sum};

    #[test]
    fn gradients() {
        for &kind in Activation::ALL {
            let x = random_values(40, 1);
            let weights = random_values(40, 2);
            let run = |x: &[f64]| {
                let mut y = x.to_vec();
                forward(kind, &mut y);
                y
            };
            let y = run(&x);
            let mut dx = weights.clone();
            backward(kind, if saves_input(kind) { &x } else { &y }, &mut dx);
            check_gradient(&x, &dx, |x| weighted_sum(&run(x), &weights));
        }
    }

    #[test]
    fn values() {
        let at = |kind, x: f64| {
            let mut y = [x];
            forward(kind, &mut y);
            y[0]
        };
        assert_eq!(at(Activation::Relu, -2.0), 0.0);
        assert_eq!(at(Activation::LeakyRelu, -2.0), -0.02);
        assert!((at(Activation::Elu, -1.0) - (-0.632_120_558_828_557_7)).abs() < 1e-15);
        assert!((at(Activation::Silu, 1.0) - 0.731_058_578_630_004_9).abs() < 1e-15);
        assert!((at(Activation::Gelu, 1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert_eq!(at(Activation::Sigmoid, 0.0), 0.5);
        assert!(Activation::ALL.iter().all(|&kind| at(kind, f64::NAN).is_nan()));
    }
}
