//! The configuration from the command line: a preset, then a file, then single keys.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Args;
use diffpool::config::{CheckedConfig, Config, Key, PRESETS};
use diffpool::data::encoding::read_text;
use diffpool::ops::runtime::executor::MAX_THREADS;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// Most threads that may be asked for: those of the library.
pub const MOST_THREADS: i64 = MAX_THREADS as i64;

/// The number of threads that an option asks for, where 0 is one a core.
pub fn threads(asked: impl Into<usize>) -> usize {
    match asked.into() {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        asked => asked,
    }
}

/// Where the configuration comes from. Later ones win: preset, file, keys.
#[derive(Args, Debug)]
pub struct ConfigArguments {
    /// Named configuration to start from
    #[arg(long, value_name = "NAME", value_parser = PRESETS)]
    preset: Option<String>,
    /// JSON or TOML file (`*.toml`) with keys of the configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A key of the configuration and its value, as JSON or as a word, such as epochs=50 or clusters=[32,8]; may be
    /// given again. --print-config prints every key with its value, and docs/configuration.md says what they mean
    #[arg(long = "set", value_name = "KEY=VALUE")]
    keys: Vec<String>,
    /// Print the configuration that would be used, as JSON, and do nothing
    #[arg(long)]
    pub print_config: bool,
}

impl ConfigArguments {
    /// The configuration that the arguments describe, checked as a whole.
    pub fn config(&self) -> Result<CheckedConfig> {
        self.config_from(|preset| Ok(Config::preset(preset.unwrap_or("default"))?))
    }

    /// The configuration that the arguments describe, from the one that `start` gives for the name of the preset, where
    /// one is named.
    pub fn config_from(&self, start: impl FnOnce(Option<&str>) -> Result<Config>) -> Result<CheckedConfig> {
        let file = self.config.as_deref().map(read_keys).transpose()?.unwrap_or_default();
        let preset = match (&self.preset, file.get("preset")) {
            (Some(name), _) => Some(name.as_str()),
            (None, Some(Value::String(name))) => Some(name.as_str()),
            (None, Some(other)) => return Err(refused(format!("preset is {other}, but must be a string"))),
            (None, None) => None,
        };
        let mut config = start(preset)?;
        // A preset on the command line is chosen in place of the file's.
        for (key, value) in file.iter().filter(|(key, _)| *key != "preset") {
            let path = self.config.as_deref().unwrap_or(Path::new("")).display();
            config.set(key, value.clone()).map_err(|e| e.in_context(path))?;
        }
        for (key, value) in self.keys()? {
            config.set(&key, value).map_err(|e| match Key::named(&key) {
                Err(_) if !e.message().ends_with('?') => Failure::from(e).with("--print-config prints every key"),
                _ => e.into(),
            })?;
        }
        Ok(config.check()?)
    }

    /// Whether a preset or a file is named, so that the arguments say what every key is.
    pub fn is_whole(&self) -> bool {
        self.preset.is_some() || self.config.is_some()
    }

    /// The keys that the file and the arguments name, without the preset.
    pub fn named(&self) -> Result<Vec<(String, Value)>> {
        let file = self.config.as_deref().map(read_keys).transpose()?.unwrap_or_default();
        let mut named: Vec<_> = file.into_iter().filter(|(key, _)| key != "preset").collect();
        named.extend(self.keys()?);
        Ok(named)
    }

    /// The keys given one by one.
    fn keys(&self) -> Result<Vec<(String, Value)>> {
        self.keys.iter().map(|pair| key_value(pair)).collect()
    }
}

/// Splits `key=value`. A value that is not JSON is a word.
fn key_value(pair: &str) -> Result<(String, Value)> {
    let Some((key, value)) = pair.split_once('=') else {
        return Err(Failure::usage(format!("--set {pair}: there is no \"=\" between key and value")));
    };
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_string()));
    Ok((key.trim().to_string(), value))
}

/// The object in a JSON or TOML file.
pub fn read_keys(path: &Path) -> Result<Map<String, Value>> {
    let text = read_text(path)?;
    let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let value: std::result::Result<Value, String> = if is_toml {
        toml::from_str(&text).map_err(|e| {
            let before = e.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(before).filter(|byte| *byte == b'\n').count();
            format!("line {line}: {}", e.message().replace('\n', ", "))
        })
    } else {
        serde_json::from_str(&text).map_err(|e| e.to_string())
    };
    match value {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(refused(format!("{}: the file must hold one object of keys", path.display()))),
        Err(e) => Err(refused(format!("{}: {e}", path.display()))),
    }
}

fn refused(message: String) -> Failure {
    Failure::Error { code: 3, message }
}
