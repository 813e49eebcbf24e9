//! What changes from epoch to epoch of what an assignment is trained by: weights that rise, a temperature that falls.

use super::keys::Config;
use super::pool_loss::PoolLoss;

/// The weights of the losses of an assignment and the temperature of its softmax, as they are in an epoch.
///
/// With `e` epochs finished, a weight `w` that rises over `r` epochs is `w min(e / r, 1)`, and a temperature that goes
/// from `a` to `t` over `r` epochs is `a + (t - a) min(e / r, 1)`. Whatever is not training, validation among it, has
/// what they come to in the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Annealing {
    shares: [f64; PoolLoss::COUNT],
    temperature: f64,
}

impl Annealing {
    /// What they are in the epoch that follows `finished` ones.
    pub fn after(config: &Config, finished: usize) -> Self {
        let mut annealing = Self::done(config);
        for &loss in PoolLoss::ALL {
            annealing.shares[loss as usize] = share(finished, loss.rise_epochs(config));
        }
        let (from, to) = (config.temperature_start, config.temperature);
        let share = share(finished, config.temperature_epochs);
        // Without rounding where it has arrived.
        annealing.temperature = if share < 1.0 { from + (to - from) * share } else { to };
        annealing
    }

    /// What they come to in the end.
    pub fn done(config: &Config) -> Self {
        Self { shares: [1.0; PoolLoss::COUNT], temperature: config.temperature }
    }

    /// The share of its weight that a loss has.
    pub fn share(&self, loss: PoolLoss) -> f64 {
        self.shares[loss as usize]
    }

    /// What the logits of the assignment are divided by.
    pub fn temperature(&self) -> f64 {
        self.temperature
    }
}

/// How much of `epochs` is over after `finished` ones.
fn share(finished: usize, epochs: usize) -> f64 {
    if finished < epochs { finished as f64 / epochs as f64 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_rise_and_stay() {
        let config = Config {
            entropy_rise_epochs: 4,
            temperature: 0.5,
            temperature_start: 2.5,
            temperature_epochs: 2,
            ..Config::default()
        };
        let of = |finished| Annealing::after(&config, finished);
        assert_eq!([0, 1, 4, 9].map(|e| of(e).share(PoolLoss::Entropy)), [0.0, 0.25, 1.0, 1.0]);
        assert_eq!([0, 1, 2, 3].map(|e| of(e).temperature()), [2.5, 1.5, 0.5, 0.5]);
        assert_eq!(of(0).share(PoolLoss::Link), 1.0);
        assert_eq!(of(4), Annealing::done(&config));
    }
}
