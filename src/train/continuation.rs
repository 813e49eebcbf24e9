//! Fine-tuning that keeps the state of the optimiser: a new run on other graphs, begun where another run is.

use crate::config::CheckedConfig;
use crate::error::{Result, bail};
use crate::graph::Dataset;
use crate::model::TrainState;
use crate::ops::runtime::real::Real;

use super::fingerprint::fingerprint;

/// The state of a run on other graphs, or with other settings of training, that begins with the weights, the moments of
/// the optimiser, the averages and the count of steps of `state`. Epochs, history and the best weights begin anew.
///
/// The configuration must describe the same network and name the same optimiser. [`Trainer::resume`] takes the state
/// with these graphs; it refuses averages that the configuration does not ask for, or the lack of them.
/// [`Trainer::from_model`] is the way to begin with the weights and a fresh optimiser.
///
/// [`Trainer::resume`]: super::Trainer::resume
/// [`Trainer::from_model`]: super::Trainer::from_model
pub fn continuation<T: Real>(
    state: TrainState<T>,
    config: &CheckedConfig,
    dataset: &Dataset,
    train: &[usize],
    validation: &[usize],
) -> Result<TrainState<T>> {
    dataset.check_indices(train)?;
    dataset.check_indices(validation)?;
    let before = state.model.config().optimizer;
    if config.optimizer != before {
        let (now, before) = (config.optimizer.name(), before.name());
        bail!(InvalidConfig, "optimizer is \"{now}\", but the state to go on with is that of \"{before}\"");
    }
    let data_fingerprint = fingerprint(dataset, train, validation, state.model.schema().rules());
    Ok(TrainState {
        model: state.model.with_config(config)?,
        epoch: 0,
        best: None,
        history: Vec::new(),
        data_fingerprint,
        ..state
    })
}
