//! Step sizes and patience: what an epoch is to the ones before it.

use crate::config::{Config, EarlyStopping, LearningRateSchedule};
use crate::model::EpochRecord;

/// What the validation graphs have shown so far, and what follows from it: the step size of the next epoch, and
/// whether there is one.
///
/// With `e` epochs finished, `r` the `learning_rate`, `w` the `warmup_epochs` and `t = e - w`, the step size of the
/// next epoch is
///
/// ```text
/// warm-up    r (e + 1) / (w + 1)                                        while e < w
/// constant   r
/// step       r step_factor^floor(t / step_epochs)
/// cosine     r (m + (1 - m) (1 + cos(pi t / (epochs - w))) / 2)         m = cosine_min
/// plateau    r at first; max(step size plateau_factor, plateau_min_rate) once more than plateau_patience
///            epochs in a row saw no improvement, which are then counted anew
/// ```
///
/// These are `LinearLR` with `start_factor` 1 / (w + 1), followed by `StepLR`, `CosineAnnealingLR` (Loshchilov and
/// Hutter, *SGDR*, ICLR 2017, without restarts) or `ReduceLROnPlateau` with an absolute `threshold` of `min_delta` and
/// an `eps` of 0, all of PyTorch, stepped once an epoch. Epochs of the warm-up do not count for the plateau.
///
/// What improves is the quantity that `early_stopping` names, and by more than `min_delta`. Where it is not defined,
/// nothing improves.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The watch for early stopping.
    all: Watch,
    /// The watch for the schedule `plateau`, counted anew at every fall.
    since_fall: Watch,
    /// Step size of the schedule `plateau`.
    plateau_rate: f64,
}

/// Follows a quantity.
#[derive(Debug, Clone, PartialEq, Default)]
struct Watch {
    best: Option<f64>,
    /// Epochs in a row without improvement.
    still: usize,
}

impl Progress {
    /// The progress after the epochs of a history, all of which had this configuration, but for the number of epochs.
    pub fn of(config: &Config, history: &[EpochRecord]) -> Self {
        let (all, since_fall) = (Watch::default(), Watch::default());
        let mut progress = Self { all, since_fall, plateau_rate: config.learning_rate };
        history.iter().for_each(|record| progress.observe(config, record));
        progress
    }

    /// Takes note of the epoch that has just finished.
    pub fn observe(&mut self, config: &Config, record: &EpochRecord) {
        let value = watched(config, record).unwrap_or(f64::NAN);
        let better = |new: f64, old: f64| is_better(config, new, old, config.min_delta);
        self.all.observe(value, better);
        if record.epoch <= config.warmup_epochs {
            return;
        }
        self.since_fall.observe(value, better);
        if self.since_fall.still > config.plateau_patience {
            self.since_fall.still = 0;
            self.plateau_rate = (self.plateau_rate * config.plateau_factor).max(config.plateau_min_rate);
        }
    }

    /// The step size of the epoch that follows `finished` ones.
    pub fn learning_rate(&self, config: &Config, finished: usize) -> f64 {
        let (rate, warmup) = (config.learning_rate, config.warmup_epochs);
        if finished < warmup {
            return rate * (finished + 1) as f64 / (warmup + 1) as f64;
        }
        let epoch = finished - warmup;
        match config.learning_rate_schedule {
            LearningRateSchedule::Constant => rate,
            LearningRateSchedule::Step => rate * libm::pow(config.step_factor, (epoch / config.step_epochs) as f64),
            LearningRateSchedule::Cosine => {
                let share = epoch as f64 / config.epochs.saturating_sub(warmup).max(1) as f64;
                let wave = (1.0 + libm::cos(std::f64::consts::PI * share.min(1.0))) / 2.0;
                rate * (config.cosine_min + (1.0 - config.cosine_min) * wave)
            }
            LearningRateSchedule::Plateau => self.plateau_rate,
        }
    }

    /// Whether early stopping ends the run.
    pub fn out_of_patience(&self, config: &Config) -> bool {
        config.patience > 0 && self.all.still >= config.patience
    }
}

impl Watch {
    fn observe(&mut self, value: f64, better: impl Fn(f64, f64) -> bool) {
        if !value.is_nan() && self.best.is_none_or(|best| better(value, best)) {
            *self = Self { best: Some(value), still: 0 };
        } else {
            self.still += 1;
        }
    }
}

/// The quantity that early stopping watches; `None` without validation graphs, NaN where they do not define it.
pub(super) fn watched(config: &Config, record: &EpochRecord) -> Option<f64> {
    let validation = record.validation?;
    Some(match config.early_stopping {
        EarlyStopping::Loss => validation.loss,
        EarlyStopping::Accuracy => validation.accuracy,
        EarlyStopping::Metric => validation.metric,
    })
}

/// Whether a value of the quantity that early stopping watches is better than another by more than `by`.
pub(super) fn is_better(config: &Config, new: f64, old: f64, by: f64) -> bool {
    let rises = match config.early_stopping {
        EarlyStopping::Loss => false,
        EarlyStopping::Accuracy => true,
        EarlyStopping::Metric => config.recorded_metric().rises(),
    };
    if rises { new > old + by } else { new < old - by }
}
