//! The configurations that a protocol chooses from.

use std::path::Path;

use diffpool::config::{CheckedConfig, Config};
use diffpool::data::encoding::read_text;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// The grid `small`, the same for every data set.
const SMALL: &str = include_str!("small.json");

/// One configuration of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The keys that make it differ from the others.
    pub changes: Map<String, Value>,
    /// The whole configuration.
    pub config: CheckedConfig,
}

/// The configurations of a grid on top of `config`; `config` alone where no grid is named.
pub fn choices(config: &CheckedConfig, grid: Option<&Path>) -> Result<Vec<Choice>> {
    let Some(path) = grid else {
        return Ok(vec![Choice { changes: Map::new(), config: config.clone() }]);
    };
    let name = path.display();
    let text = match path.to_str() {
        Some("small") => SMALL.to_string(),
        _ => read_text(path)?,
    };
    let all: Vec<Map<String, Value>> =
        serde_json::from_str(&text).map_err(|e| Failure::data(format!("{name}: {e}")))?;
    if all.is_empty() {
        return Err(Failure::data(format!("{name}: the grid has no configurations")));
    }
    let mut choices: Vec<Choice> = Vec::new();
    for (number, changes) in all.into_iter().enumerate() {
        let in_context = |e: Failure| e.in_context(format_args!("{name}: configuration {number}"));
        let choice = with(config, changes).map_err(in_context)?;
        if let Some(twin) = choices.iter().position(|other| other.config == choice.config) {
            return Err(in_context(Failure::data(format!("it is the same as configuration {twin}"))));
        }
        choices.push(choice);
    }
    Ok(choices)
}

fn with(config: &CheckedConfig, changes: Map<String, Value>) -> Result<Choice> {
    let mut config = Config::clone(config);
    for (key, value) in &changes {
        if matches!(key.as_str(), "seed" | "threads") {
            return Err(Failure::data(format!("{key} cannot be chosen by a grid")));
        }
        config.set(key, value.clone())?;
    }
    Ok(Choice { changes, config: config.check()? })
}

/// The configuration of a run: for a single thread, which changes no number, and with its own seed. Under `paper` every
/// run has all epochs.
pub fn for_run(config: &Config, more: u64, patience: bool) -> Config {
    Config {
        seed: config.seed.wrapping_add(more),
        threads: 1,
        checkpoint_every: 0,
        diagnostics: true,
        patience: if patience { config.patience } else { 0 },
        ..config.clone()
    }
}
