//! What the run was: its configuration, its data, how long it took.

use diffpool::config::{CheckedConfig, Config, KEYS, Key, Scope};
use diffpool::data::statistics::Statistics;
use maud::{Markup, html};
use serde_json::Value;

use super::words::{facts, section, table};
use crate::inspect;

/// The section of the configuration: what differs from the preset first.
pub fn configuration(config: &CheckedConfig) -> Markup {
    let preset = Config::preset(&config.preset).ok();
    let value = |config: &Config, key: &Key| config.get(key.name).unwrap_or(Value::Null);
    let differs = |key: &&Key| preset.as_ref().is_some_and(|preset| value(preset, key) != value(config, key));
    let shown: Vec<&Key> = KEYS.iter().filter(|key| key.name != "preset").collect();
    let (changed, rest): (Vec<&Key>, Vec<&Key>) = shown.into_iter().partition(|key| differs(key));
    let row = |key: &&Key| {
        let before = preset.as_ref().map_or(Value::Null, |preset| value(preset, key));
        let settled = if key.scope == Scope::Settled { "settled by the data, or set" } else { "set" };
        vec![key.name.to_string(), text(&value(config, key)), text(&before), settled.to_string()]
    };
    let differing: Vec<Vec<String>> = changed.iter().map(row).collect();
    let others: Vec<Vec<String>> =
        rest.iter().map(|key| vec![key.name.to_string(), text(&value(config, key))]).collect();
    let name = &config.preset;
    let content = html! {
        details {
            summary { (changed.len()) " keys differ from the preset " (name) ", " (rest.len()) " do not" }
            @if !changed.is_empty() {
                h3 { "Differ from the preset" }
                (table("Keys that differ from the preset", 4, &["key", "value", "preset", "why"], &differing))
            }
            h3 { "All others" }
            (table("Keys that are as in the preset", 2, &["key", "value"], &others))
        }
    };
    section("configuration", "Configuration", content)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

/// The section of the data: what `diffpool inspect` says of them, and how they are divided.
pub fn data(statistics: &Statistics, division: &[(String, String)]) -> Markup {
    let own = inspect::facts(statistics).into_iter().map(|(key, text)| (key.to_string(), text));
    let pairs: Vec<(String, String)> = own.chain(division.iter().cloned()).collect();
    section("data", "Data", html! { div.panel { (facts(&pairs)) } })
}

/// The section of times and places.
pub fn run(pairs: &[(String, String)]) -> Markup {
    section("run", "Run", html! { div.panel { (facts(pairs)) } })
}
