//! Goes on with a run that was stopped, if it is the same run.

use std::path::Path;

use diffpool::checkpoint::training_file;
use diffpool::config::Config;
use diffpool::graph::Dataset;
use diffpool::model::{Model, TrainState};
use diffpool::train::fingerprint;
use serde_json::{Map, Value};

use super::division::Division;
use crate::failure::{Failure, Result};
use crate::settings::ConfigArguments;

/// Keys that may differ from those that the run began with: none of them changes what an epoch does, but for the
/// schedule `cosine`, which ends with the last.
const FREE: [&str; 3] = ["epochs", "threads", "checkpoint_every"];

/// Keys whose value the data may settle.
const SETTLED: [&str; 3] = ["features", "clusters", "embedding_sizes"];

/// Reads the state of the run.
pub fn load(path: &Path) -> Result<TrainState<f32>> {
    Ok(training_file::load(path)?)
}

/// The configuration to go on with. Without a preset and a file it is that of the run with the keys that are named.
/// Nothing but [`FREE`] may differ; what is not named of it is as in the run.
pub fn config(arguments: &ConfigArguments, state: &TrainState<f32>) -> Result<Config> {
    let own = state.model.config();
    let named = arguments.named()?;
    let mut config = own.clone();
    if arguments.is_whole() {
        config = arguments.config()?;
        for key in FREE.into_iter().filter(|key| !named.iter().any(|(name, _)| name == key)) {
            config.set(key, own.get(key)?)?;
        }
    }
    named.into_iter().try_for_each(|(key, value)| config.set(&key, value))?;
    config.check()?;
    compare(&config, own, |key| !SETTLED.contains(&key))?;
    if config.epochs < state.epoch {
        let (epochs, finished) = (config.epochs, state.epoch);
        return Err(refused(format!("epochs is {epochs}, but {finished} are finished already")));
    }
    Ok(config)
}

/// The state, to go on with this configuration on these graphs.
pub fn state(mut state: TrainState<f32>, config: &Config, data: &Dataset, parts: &Division) -> Result<TrainState<f32>> {
    if state.data_fingerprint != fingerprint(data, &parts.train, &parts.validation) {
        let what = "the graphs or their division are not those that the run began with: data set, its format and how \
                    it is divided must be given as they were then";
        return Err(Failure::usage(what));
    }
    // What is settled by the data comes from the same data as then.
    let settled = Model::<f32>::new(config, data, &parts.train)?;
    compare(settled.config(), state.model.config(), |key| SETTLED.contains(&key))?;
    state.model = state.model.with_config(settled.config())?;
    Ok(state)
}

/// Checks that the keys which `wanted` names are the same.
fn compare(config: &Config, own: &Config, wanted: impl Fn(&str) -> bool) -> Result<()> {
    let keys = |config: &Config| -> Result<Map<String, Value>> {
        serde_json::from_str(&config.to_json()).map_err(|e| refused(e.to_string()))
    };
    let (own, keys) = (keys(own)?, keys(config)?);
    let differs = |key: &&String| wanted(key) && !FREE.contains(&key.as_str()) && own.get(*key) != keys.get(*key);
    // Where the preset differs, so do others that come before it in the alphabet.
    let preset = keys.keys().find(|key| *key == "preset").filter(differs);
    let Some(key) = preset.or_else(|| keys.keys().find(differs)) else { return Ok(()) };
    let (value, before, [one, two, three]) = (&keys[key], &own[key], FREE);
    let may = format!("only {one}, {two} and {three} may change");
    Err(refused(format!("{key} is {value}, but the run began with {before}; {may}")))
}

fn refused(message: String) -> Failure {
    Failure::Error { code: 3, message }
}
