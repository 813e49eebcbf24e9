//! The numbers of a run: a copy to fall back to, and whether those of a state fit each other.

use crate::error::{Result, bail};
use crate::layers::norm::RunningStatistics;
use crate::memory::try_copy;
use crate::model::{Average, TrainState};
use crate::ops::runtime::real::Real;

/// The numbers that an epoch changes.
pub(super) struct TrainingNumbers<T> {
    parameters: Vec<T>,
    running: RunningStatistics<T>,
    first_moment: Vec<T>,
    second_moment: Vec<T>,
    average: Option<Average<T>>,
    step: u64,
}

impl<T: Real> TrainingNumbers<T> {
    /// A copy of the numbers of a run.
    pub fn of(state: &TrainState<T>) -> Result<Self> {
        Ok(Self {
            parameters: try_copy(state.model.parameters())?,
            running: state.model.running().try_clone()?,
            first_moment: try_copy(&state.first_moment)?,
            second_moment: try_copy(&state.second_moment)?,
            average: match &state.average {
                Some(Average { parameters, running }) => Some(Average::of(parameters, running)?),
                None => None,
            },
            step: state.step,
        })
    }

    /// Takes the numbers of the same run at another time.
    pub fn take(&mut self, state: &TrainState<T>) {
        self.parameters.copy_from_slice(state.model.parameters());
        copy_running(state.model.running(), &mut self.running);
        self.first_moment.copy_from_slice(&state.first_moment);
        self.second_moment.copy_from_slice(&state.second_moment);
        if let (Some(from), Some(to)) = (&state.average, &mut self.average) {
            copy_average(from, to);
        }
        self.step = state.step;
    }

    /// Gives the numbers back to the run.
    pub fn restore(&self, state: &mut TrainState<T>) {
        state.model.copy_numbers_from(&self.parameters, &self.running);
        state.first_moment.copy_from_slice(&self.first_moment);
        state.second_moment.copy_from_slice(&self.second_moment);
        if let (Some(from), Some(to)) = (&self.average, &mut state.average) {
            copy_average(from, to);
        }
        state.step = self.step;
    }
}

fn copy_average<T: Real>(from: &Average<T>, to: &mut Average<T>) {
    to.parameters.copy_from_slice(&from.parameters);
    copy_running(&from.running, &mut to.running);
}

/// Copies the statistics of one model of a network to another.
pub(super) fn copy_running<T: Real>(from: &RunningStatistics<T>, to: &mut RunningStatistics<T>) {
    to.mean.copy_from_slice(&from.mean);
    to.variance.copy_from_slice(&from.variance);
}

/// Whether all values are finite.
pub(super) fn is_finite<T: Real>(values: &[T]) -> bool {
    values.iter().all(|v| v.is_finite())
}

/// Checks that the parts of a state fit each other.
pub(super) fn check_state<T: Real>(state: &TrainState<T>) -> Result<()> {
    let (parameters, channels) = (state.model.parameter_count(), state.model.network().channels());
    let fits = |len: usize, wanted: usize, name: &str| match len == wanted {
        true => Ok(()),
        false => bail!(ShapeMismatch, "{name} of the training state has {len} values, but must have {wanted}"),
    };
    fits(state.first_moment.len(), parameters, "first_moment")?;
    fits(state.second_moment.len(), parameters, "second_moment")?;
    fits(state.history.len(), state.epoch, "history")?;
    let decay = state.model.config().ema_decay;
    if state.average.is_some() != (decay > 0.0) {
        let has = if state.average.is_some() { "has" } else { "lacks" };
        bail!(InvalidArgument, "the training state {has} averaged weights, but ema_decay is {decay:?}");
    }
    if let Some(average) = &state.average {
        fits(average.parameters.len(), parameters, "average.parameters")?;
        fits(average.running.mean.len(), channels, "average.running.mean")?;
        fits(average.running.variance.len(), channels, "average.running.variance")?;
    }
    let Some(best) = &state.best else { return Ok(()) };
    fits(best.parameters.len(), parameters, "best.parameters")?;
    fits(best.running.mean.len(), channels, "best.running.mean")?;
    fits(best.running.variance.len(), channels, "best.running.variance")
}
