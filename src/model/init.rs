//! How parameters start.

use crate::config::Activation;
use crate::config::{Config, Initialization};
use crate::layers::params::{Init, Layout};
use crate::ops::runtime::random::{Purpose, normal, stream, uniform};
use crate::ops::runtime::real::Real;

/// Draws all parameters. Every tensor has a stream of its own, so one more layer changes no other.
pub(super) fn draw<T: Real>(config: &Config, layout: &Layout, parameters: &mut [T]) {
    for (index, spec) in layout.specs().iter().enumerate() {
        let scheme = match spec.init {
            Init::Linear { .. } | Init::LinearBias { .. } => config.linear_initialization,
            _ => config.initialization,
        };
        let bound = match (spec.init, scheme) {
            (Init::Weight { fan_in, fan_out } | Init::Linear { fan_in, fan_out }, Initialization::XavierUniform) => {
                gain(config.activation) * (6.0 / (fan_in + fan_out) as f64).sqrt()
            }
            (Init::Uniform { fan_in }, _) => 1.0 / (fan_in as f64).sqrt(),
            (
                Init::Weight { fan_in, .. }
                | Init::Bias { fan_in }
                | Init::Linear { fan_in, .. }
                | Init::LinearBias { fan_in },
                Initialization::FanInUniform,
            ) => 1.0 / (fan_in as f64).sqrt(),
            (
                Init::Bias { .. } | Init::LinearBias { .. } | Init::Normal | Init::Zero | Init::One | Init::Value(_),
                _,
            ) => 0.0,
        };
        let mut random = stream(config.seed, Purpose::Init, index as u64, 0);
        for value in spec.slot.of_mut(parameters) {
            *value = match (spec.init, bound) {
                (Init::One, _) => T::one(),
                (Init::Normal, _) => T::of(normal(&mut random)),
                (Init::Value(start), _) => T::of(start),
                (_, 0.0) => T::zero(),
                _ => T::of((2.0 * uniform(&mut random) - 1.0) * bound),
            };
        }
    }
}

/// The factor that keeps variances level through an activation, as PyTorch's `calculate_gain` has it.
fn gain(activation: Activation) -> f64 {
    match activation {
        Activation::Relu => std::f64::consts::SQRT_2,
        Activation::LeakyRelu => (2.0 / (1.0 + 0.01 * 0.01_f64)).sqrt(),
        Activation::Tanh => 5.0 / 3.0,
        Activation::Elu | Activation::Gelu | Activation::Silu | Activation::Sigmoid | Activation::Identity => 1.0,
    }
}
