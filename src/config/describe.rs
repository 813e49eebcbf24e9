//! The configuration described for programs: every key as JSON, and what a configuration has in place of a preset.

use serde_json::{Map, Value, json};

use super::key::{Bounds, Key, Kind};
use super::keys::{Config, KEYS};
use super::preset::PRESETS;
use crate::error::Result;

impl Config {
    /// Every key as a JSON array of objects, in the order of [`KEYS`]; docs/json.md lists what an object holds.
    pub fn keys_json() -> Result<String> {
        let differences: Vec<(&str, Map<String, Value>)> = PRESETS[1..]
            .iter()
            .map(|&name| Ok((name, Self::preset(name)?.difference(PRESETS[0])?)))
            .collect::<Result<_>>()?;
        let keys: Vec<Value> = KEYS.iter().map(|key| describe(key, &differences)).collect();
        Ok(format!("{:#}", Value::Array(keys)))
    }

    /// What the configuration has in place of the values of a preset, as the object that
    /// [`from_json`](Self::from_json) reads to the same values: its `preset` is the one that is asked about.
    pub fn difference_json(&self, preset: &str) -> Result<String> {
        let mut all = Map::new();
        all.insert("preset".to_string(), json!(preset));
        all.extend(self.difference(preset)?.into_iter().filter(|(key, _)| key != "preset"));
        Ok(format!("{:#}", Value::Object(all)))
    }

    /// The keys whose values are not those of a preset, with their values; `preset` is among them where it differs.
    pub fn difference(&self, preset: &str) -> Result<Map<String, Value>> {
        let other = Self::preset(preset)?;
        let mut differ = Map::new();
        for key in KEYS {
            let value = self.get(key.name)?;
            if value != other.get(key.name)? {
                differ.insert(key.name.to_string(), value);
            }
        }
        Ok(differ)
    }
}

/// One key, with the values that the presets have in place of its default.
fn describe(key: &Key, differences: &[(&str, Map<String, Value>)]) -> Value {
    let words: Vec<Value> = match key.kind {
        Kind::Words(words) => words.iter().map(|word| json!({ "name": word.name, "about": word.about })).collect(),
        _ => Vec::new(),
    };
    let presets: Map<String, Value> = differences
        .iter()
        .filter_map(|(preset, values)| Some((preset.to_string(), values.get(key.name)?.clone())))
        .collect();
    json!({
        "name": key.name,
        "type": key.kind.name(),
        "per_level": key.kind == Kind::PerLevel,
        "default": key.default(),
        "range": range(key.bounds),
        "words": words,
        "about": key.about,
        "scope": key.scope.name(),
        "presets": presets,
    })
}

fn range(bounds: Bounds) -> Value {
    match bounds {
        Bounds::Any => Value::Null,
        Bounds::Whole(least, most) => json!({ "least": least, "most": most }),
        Bounds::Number(least, most) => json!({ "least": least, "most": most }),
        Bounds::ShareOrCount(least, most) => json!({ "least": least, "most": most, "whole_from": 1 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<Value> {
        serde_json::from_str(&Config::keys_json().unwrap()).unwrap()
    }

    #[test]
    fn every_key_is_described() {
        let keys = keys();
        assert_eq!(keys.len(), KEYS.len());
        for (found, key) in keys.iter().zip(KEYS) {
            assert_eq!(found["name"], key.name);
            assert_eq!(found["default"], key.default());
            assert_eq!(found["about"], key.about);
            let words = if let Kind::Words(words) = key.kind { words.len() } else { 0 };
            assert_eq!(found["words"].as_array().unwrap().len(), words, "{}", key.name);
        }
    }

    /// Whoever follows the description is not refused, and whoever leaves a range is.
    #[test]
    fn described_values_are_accepted_and_others_are_not() {
        for key in keys() {
            let name = key["name"].as_str().unwrap();
            let list = matches!(key["type"].as_str().unwrap(), "ints" | "floats");
            let set = |value: &Value| {
                let value = if list { json!([value]) } else { value.clone() };
                Config::default().set(name, value)
            };
            assert_eq!(
                key["per_level"] == true,
                Config::default().set(name, json!([0.5, 0.25])).is_ok() && !list,
                "{name}"
            );
            for word in key["words"].as_array().unwrap() {
                set(&word["name"]).unwrap();
            }
            let range = &key["range"];
            if range.is_null() {
                continue;
            }
            set(&range["most"]).unwrap();
            let above = range["most"].as_f64().unwrap() * 2.0 + 1.0;
            let above = if key["type"] == "int" || key["type"] == "ints" { json!(above as u64) } else { json!(above) };
            let message = set(&above).unwrap_err().to_string();
            assert!(message.starts_with(name) && message.contains(" but must be "), "{message}");
            assert!(range["whole_from"].is_null() || set(&json!(1.5)).is_err(), "{name}");
        }
    }

    #[test]
    fn presets_are_their_differences() {
        let keys = keys();
        for name in PRESETS {
            let preset = Config::preset(name).unwrap();
            let mut config = Config { preset: name.to_string(), ..Config::default() };
            for key in keys.iter().filter(|key| key["name"] != "preset") {
                if let Some(value) = key["presets"].get(name) {
                    config.set(key["name"].as_str().unwrap(), value.clone()).unwrap();
                }
            }
            assert_eq!(config, preset);
            assert_eq!(preset.difference_json(name).unwrap(), format!("{{\n  \"preset\": \"{name}\"\n}}"));
            for from in PRESETS {
                let read = Config::from_json(&preset.difference_json(from).unwrap()).unwrap();
                assert_eq!(read, Config { preset: from.to_string(), ..preset.clone() });
            }
        }
        let message = Config::default().difference("papers").unwrap_err().to_string();
        assert!(message.starts_with("preset is \"papers\", but must be one of \"default\""), "{message}");
    }
}
