//! Goes on with a run that was stopped, if it is the same run.

use std::path::Path;

use diffpool::checkpoint::training_file;
use diffpool::config::{CheckedConfig, Config, KEYS, Key, Scope};
use diffpool::graph::Dataset;
use diffpool::model::{Model, TrainState};
use diffpool::train::fingerprint;

use super::division::Division;
use crate::failure::{Failure, Result};
use crate::settings::ConfigArguments;

/// Reads the state of the run.
pub fn load(path: &Path) -> Result<TrainState<f32>> {
    Ok(training_file::load(path)?)
}

/// The configuration to go on with. Without a preset and a file it is that of the run with the keys that are named.
/// Nothing but keys of [`Scope::Run`] may differ; what is not named of them is as in the run.
pub fn config(arguments: &ConfigArguments, state: &TrainState<f32>) -> Result<CheckedConfig> {
    let own = state.model.config();
    let named = arguments.named()?;
    let mut config = Config::clone(own);
    if arguments.is_whole() {
        config.clone_from(&*arguments.config()?);
        for key in free().filter(|key| !named.iter().any(|(name, _)| name == key.name)) {
            config.set(key.name, own.get(key.name)?)?;
        }
    }
    named.into_iter().try_for_each(|(key, value)| config.set(&key, value))?;
    let config = config.check()?;
    compare(&config, own, |scope| scope != Scope::Settled)?;
    if config.epochs < state.epoch {
        let (epochs, finished) = (config.epochs, state.epoch);
        return Err(refused(format!("epochs is {epochs}, but {finished} are finished already")));
    }
    Ok(config)
}

/// The state, to go on with this configuration on these graphs.
pub fn state(
    mut state: TrainState<f32>,
    config: &CheckedConfig,
    data: &Dataset,
    parts: &Division,
) -> Result<TrainState<f32>> {
    if state.data_fingerprint != fingerprint(data, &parts.train, &parts.validation, state.model.schema().rules()) {
        let what = "the graphs or their division are not those that the run began with: data set, its format and how \
                    it is divided must be given as they were then";
        return Err(Failure::usage(what));
    }
    // What is settled by the data comes from the same data as then.
    let settled = Model::<f32>::new(config, data, &parts.train)?;
    compare(settled.config(), state.model.config(), |scope| scope == Scope::Settled)?;
    state.model = state.model.with_config(settled.config())?;
    Ok(state)
}

/// Checks that the keys of the scopes which `wanted` names are the same, but for those that may change.
fn compare(config: &Config, own: &Config, wanted: impl Fn(Scope) -> bool) -> Result<()> {
    for key in KEYS.iter().filter(|key| key.scope != Scope::Run && wanted(key.scope)) {
        let (value, before) = (config.get(key.name)?, own.get(key.name)?);
        if value != before {
            let free: Vec<_> = free().map(|key| key.name).collect();
            let may = match free.split_last() {
                Some((last, others)) => format!("only {} and {last} may change", others.join(", ")),
                None => "nothing may change".to_string(),
            };
            return Err(refused(format!("{} is {value}, but the run began with {before}; {may}", key.name)));
        }
    }
    Ok(())
}

/// Keys that may differ from those that the run began with: none of them changes what an epoch does, but for the
/// schedule `cosine`, which ends with the last.
fn free() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| key.scope == Scope::Run)
}

fn refused(message: String) -> Failure {
    Failure::Error { code: 3, message }
}
