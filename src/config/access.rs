//! Reading and writing a configuration by key, and as JSON.

use std::collections::BTreeSet;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::key::{Key, Kind};
use super::keys::{Config, KEYS};
use super::limits::MAX_CONFIG;
use super::text::shorten;
use crate::error::{Result, bail, error};
use crate::memory::{self, probe};

impl Config {
    /// Changes the value of `key`. On failure the configuration is as it was.
    ///
    /// A whole number does where any number is wanted. Unknown keys, values of another type and values that no model
    /// could use are errors; combinations of keys are left to [`check`](Self::check), so that their order is free.
    pub fn set(&mut self, key: &str, value: Value) -> Result<()> {
        let row = Key::named(key)?;
        let mut map = self.to_map();
        let place = &mut map[row.name];
        if row.name == "preset" && *place != value {
            bail!(
                InvalidConfig,
                "preset is {place} and cannot be changed to {}; start from that preset instead",
                show(&value)
            );
        }
        *place = value;
        let shown = show(place);
        let changed = serde_json::from_value::<Self>(Value::Object(map)).map_err(|_| {
            let is_list = matches!(row.kind, Kind::Wholes | Kind::Numbers);
            let list =
                if is_list && shown.parse::<f64>().is_ok() { format!(", such as [{shown}]") } else { String::new() };
            error!(InvalidConfig, "{key} is {shown}, but must be {}{list}", row.kind)
        })?;
        changed.check_values()?;
        memory::check()?;
        *self = changed;
        Ok(())
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Result<Value> {
        Ok(self.to_map()[Key::named(key)?.name].take())
    }

    /// Changes the value of `key` to one written as JSON: `3`, `[0.25]`, `"mean"`. On failure the configuration is as
    /// it was.
    pub fn set_json(&mut self, key: &str, text: &str) -> Result<()> {
        let row = Key::named(key)?;
        if text.len() > MAX_CONFIG {
            bail!(InvalidConfig, "{key} has {} bytes of JSON, more than {MAX_CONFIG}", text.len());
        }
        let value = serde_json::from_str(text)
            .map_err(|e| error!(InvalidConfig, "{key} is {}, but must be {}: {e}", shorten(text), row.kind))?;
        self.set(key, value)
    }

    /// Reads a JSON object. Keys that it lacks have the value of the preset it names, or of `default`.
    pub fn from_json(text: &str) -> Result<Self> {
        let map = object(text)?;
        let config = match map.get("preset") {
            None => Self::default(),
            Some(Value::String(name)) => Self::preset(name)?,
            Some(other) => bail!(InvalidConfig, "preset is {}, but must be a string", show(other)),
        };
        config.merged(map)
    }

    /// Changes all the keys that a JSON object holds, or none of them where one is unknown or its value is refused.
    pub fn merge_json(&mut self, text: &str) -> Result<()> {
        let merged = self.merged(object(text)?)?;
        memory::check()?;
        *self = merged;
        Ok(())
    }

    fn merged(&self, values: Map<String, Value>) -> Result<Self> {
        if let Some(all) = self.with_all(&values) {
            return Ok(all);
        }
        // One by one, for a message that names the first wrong key.
        let mut config = self.clone();
        values.into_iter().try_for_each(|(key, value)| config.set(&key, value))?;
        Ok(config)
    }

    /// The configuration with the values of all these keys, or nothing where [`set`](Self::set) refuses one of them.
    /// This is many times faster than setting keys one by one, and loading a model waits for it.
    fn with_all(&self, values: &Map<String, Value>) -> Option<Self> {
        let mut map = self.to_map();
        for (key, value) in values {
            let place = map.get_mut(key).filter(|place| key != "preset" || *place == value)?;
            place.clone_from(value);
        }
        let changed: Self = serde_json::from_value(Value::Object(map)).ok()?;
        changed.check_values().ok()?;
        Some(changed)
    }

    /// The configuration as a JSON object of every key, in the order in which the fields are declared.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The object behind every access by key, so that keys and fields cannot differ.
    fn to_map(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }
}

/// Reads a JSON object whose keys are all different.
fn object(text: &str) -> Result<Map<String, Value>> {
    if text.len() > MAX_CONFIG {
        bail!(InvalidConfig, "the configuration has {} bytes of JSON, more than {MAX_CONFIG}", text.len());
    }
    probe(30 * text.len())?;
    let value: Value =
        serde_json::from_str(text).map_err(|e| error!(InvalidConfig, "the configuration is not valid JSON: {e}"))?;
    let Value::Object(map) = value else {
        bail!(InvalidConfig, "the configuration is {}, but must be a JSON object", show(&value))
    };
    // The map above kept the last of two equal keys.
    serde_json::from_str::<Distinct>(text)
        .map_err(|e| error!(InvalidConfig, "the configuration is not valid JSON: {e}"))?;
    Ok(map)
}

/// An object whose keys are all different, which is all that is looked at.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            seen.insert(key);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(self)
    }
}

/// A JSON value for a message, cut short where it is long.
fn show(value: &Value) -> String {
    shorten(&value.to_string())
}

impl Key {
    /// The key of this name; the error names the one that is spelled nearly so.
    pub fn named(name: &str) -> Result<&'static Self> {
        if let Some(key) = KEYS.iter().find(|key| key.name == name) {
            return Ok(key);
        }
        let nearest = KEYS.iter().map(|key| (distance(name, key.name), key.name)).min();
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|&(_, own)| (0, own));
        let shown = shorten(name);
        match other.or(nearest) {
            Some((distance, known)) if distance <= 2 + known.len() / 4 => {
                bail!(InvalidConfig, "\"{shown}\" is not a configuration key; did you mean \"{known}\"?")
            }
            _ => bail!(InvalidConfig, "\"{shown}\" is not a configuration key"),
        }
    }
}

/// What others call keys, where no letters would tell.
const OTHER_NAMES: [(&str, &str); 26] = [
    ("lr", "learning_rate"),
    ("rate", "learning_rate"),
    ("wd", "weight_decay"),
    ("l2", "weight_decay"),
    ("bs", "batch_size"),
    ("batch", "batch_size"),
    ("n_epochs", "epochs"),
    ("num_epochs", "epochs"),
    ("max_epochs", "epochs"),
    ("k", "clusters"),
    ("n_clusters", "clusters"),
    ("num_clusters", "clusters"),
    ("pool_ratio", "clusters"),
    ("assign_ratio", "clusters"),
    ("conv", "embed_conv"),
    ("gnn", "embed_conv"),
    ("hidden", "embed_hidden"),
    ("hidden_dim", "embed_hidden"),
    ("hidden_channels", "embed_hidden"),
    ("num_layers", "embed_layers"),
    ("layers", "embed_layers"),
    ("act", "activation"),
    ("norm", "normalization"),
    ("optim", "optimizer"),
    ("scheduler", "learning_rate_schedule"),
    ("grad_clip", "clip_norm"),
];

/// How many letters must be put in, left out or replaced to make one word of the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::key::Kind;
    use super::super::preset::PRESETS;
    use super::*;
    use crate::words::Word;

    /// The keys in which a configuration differs from the default.
    fn differences(config: &Config) -> String {
        let differ = KEYS.iter().map(|key| (key, config.get(key.name).unwrap())).filter(|(key, v)| *v != key.default());
        differ.map(|(key, value)| format!("{}: {value}\n", key.name)).collect()
    }

    #[test]
    fn presets_are_as_recorded() {
        insta::assert_snapshot!("preset_default", Config::default().to_json());
        for name in &PRESETS[1..] {
            insta::assert_snapshot!(format!("preset_{name}"), differences(&Config::preset(name).unwrap()));
        }
    }

    #[test]
    fn json_read_back_is_equal() {
        let mut config = Config::preset("paper").unwrap();
        config.set("learning_rate", json!(0.1 + 0.2)).unwrap();
        config.set("seed", json!(u64::MAX)).unwrap();
        config.set("clusters", json!([100, 0.3, 1])).unwrap();
        config.set("link_weight", json!(2)).unwrap();
        config.set("activation", json!("leaky_relu")).unwrap();
        config.set("features", json!("constant:3, one_hot_degree:10")).unwrap();
        assert_eq!(config.link_weight, 2.0.into());
        assert_eq!(config.clusters, [100.0, 0.3, 1.0]);
        assert_eq!(Config::from_json(&config.to_json()).unwrap(), config);
    }

    #[test]
    fn partial_json_starts_from_its_preset() {
        let config = Config::from_json(r#"{"epochs": 7}"#).unwrap();
        assert_eq!(config, Config { epochs: 7, ..Config::default() });
        let config = Config::from_json(r#"{"epochs": 7, "preset": "paper"}"#).unwrap();
        assert_eq!(config, Config { epochs: 7, ..Config::preset("paper").unwrap() });
    }

    #[test]
    fn every_key_is_read_and_written_by_name() {
        let mut config = Config::preset("paper").unwrap();
        let before = config.clone();
        for key in KEYS {
            config.set(key.name, before.get(key.name).unwrap()).unwrap();
            assert_eq!(key.default(), Config::default().get(key.name).unwrap());
        }
        assert_eq!(config, before);
        assert_eq!(before.get("clusters").unwrap(), json!([0.25, 0.25]));
    }

    /// Keys with values that they do not accept.
    fn wrong_values() -> Vec<(&'static str, Value)> {
        vec![
            ("learning_rat", json!(1)),
            ("hidden", json!(64)),
            ("embed-conv", json!("sage")),
            ("", json!(1)),
            ("x", json!(1)),
            ("preset", json!("paper")),
            ("learning_rate", json!("fast")),
            ("learning_rate", json!(f64::NAN)),
            ("learning_rate", json!(0)),
            ("learning_rate", json!(1e300)),
            ("learning_rate", json!(1e-300)),
            ("class_weights", json!([1, 1e39])),
            ("epochs", json!(2.5)),
            ("epochs", json!(-1)),
            ("epochs", json!(0)),
            ("epochs", json!(true)),
            ("seed", json!(-1)),
            ("shuffle", json!(1)),
            ("activation", json!("swish")),
            ("activation", json!(3)),
            ("readout_levels", json!("first")),
            ("root_weight", json!(1)),
            ("features", json!("attributes,colour")),
            ("features", json!("constant")),
            ("features", json!("constant:0")),
            ("features", json!("one_hot_degree:0")),
            ("features", json!("one_hot_degree:99999999999999999999")),
            ("features", json!("laplacian")),
            ("features", json!("laplacian:65")),
            ("features", json!("random_walk:0")),
            ("features", json!("degree,random_walk:2,random_walk:3")),
            ("features", json!("degree:3")),
            ("features", json!("auto,degree,auto")),
            ("features", json!("degree,degree")),
            ("features", json!("degree,")),
            ("features", json!("")),
            ("features", json!("very ".repeat(50))),
            ("clusters", json!(3)),
            ("clusters", json!([0.5, "x"])),
            ("clusters", json!([0.5, 0])),
            ("clusters", json!([3.5])),
            ("clusters", json!([-1])),
            ("clusters", json!([1e9])),
            ("clusters", json!(vec![0.5; 65])),
            ("head_hidden", json!([2.5])),
            ("head_hidden", json!([50, 0])),
            ("class_weights", json!([1, -1])),
            ("class_weights", json!([0, 0])),
            ("embed_layers", json!(0)),
            ("embed_hidden", json!(1_000_001)),
            ("batch_size", json!(0)),
            ("chunks", json!(0)),
            ("threads", json!(5000)),
            ("dropout", json!(1)),
            ("dropout", json!(0.99999999999)),
            ("temperature", json!(0)),
            ("beta2", json!(1.0)),
            ("batch_norm_momentum", json!(0)),
            ("link_weight", json!(-0.5)),
            ("task", json!("ranking")),
            ("task", json!(2)),
            ("metric", json!("auc")),
            ("regression_loss", json!("l1")),
            ("huber_delta", json!(0)),
            ("early_stopping", json!("f1")),
        ]
    }

    fn wrong_schedules() -> Vec<(&'static str, Value)> {
        vec![
            ("learning_rate_schedule", json!("linear")),
            ("learning_rate_schedule", json!(0.1)),
            ("warmup_epochs", json!(-1)),
            ("step_epochs", json!(0)),
            ("step_factor", json!(0)),
            ("cosine_min", json!(1.5)),
            ("plateau_factor", json!(1)),
            ("plateau_min_rate", json!(-1e-3)),
            ("label_smoothing", json!(1)),
            ("accumulate_batches", json!(0)),
            ("min_delta", json!(-0.1)),
            ("ema_decay", json!(1)),
            ("ema_decay", json!("0.999")),
        ]
    }

    #[test]
    fn misuse_is_named() {
        let mut messages = String::new();
        for (key, value) in wrong_values().into_iter().chain(wrong_schedules()) {
            let mut config = Config::default();
            let error = config.set(key, value.clone()).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidConfig);
            assert_eq!(config, Config::default(), "{key} {value}");
            messages += &format!("{error}\n");
        }
        insta::assert_snapshot!("misuse_of_set", messages);
    }

    #[test]
    fn misuse_of_readouts_is_named() {
        let cases = [
            (
                "readout",
                json!("median"),
                "readout is \"median\", but must be one of \"max\", \"mean\", \"sum\", \"attention\", \"set2set\", \
                 \"sort_pool\"",
            ),
            (
                "readout_levels",
                json!("first"),
                "readout_levels is \"first\", but must be one of \"all\", \"last\", \"pooled\"",
            ),
            ("set2set_steps", json!(0), "set2set_steps is 0, but must be from 1 to 64"),
            ("sort_pool_nodes", json!(1_000_001), "sort_pool_nodes is 1000001, but must be from 1 to 1000000"),
        ];
        for (key, value, message) in cases {
            assert_eq!(Config::default().set(key, value).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn values_are_set_as_json() {
        let mut config = Config::default();
        config.set_json("clusters", "[0.5, 4]").unwrap();
        config.set_json("readout", "\"mean\"").unwrap();
        config.set_json("shuffle", " false ").unwrap();
        assert_eq!(config.difference("default").unwrap().len(), 3);
        let before = config.clone();
        let cases = [
            ("readout", "mean", "readout is mean, but must be one of \"max\", "),
            ("epochs", "", "epochs is , but must be a whole number from 0 up: EOF while parsing"),
            ("epochs", "3 4", "epochs is 3 4, but must be a whole number from 0 up: trailing characters"),
            ("epochs", "0", "epochs is 0, but must be from 1 to "),
            ("epoch", "3", "\"epoch\" is not a configuration key; did you mean \"epochs\"?"),
            ("dropout", "NaN", "dropout is NaN, but must be a number: "),
        ];
        for (key, text, message) in cases {
            let found = config.set_json(key, text).unwrap_err().to_string();
            assert!(found.starts_with(message), "{found}");
            assert_eq!(config, before);
        }
    }

    #[test]
    fn a_merge_is_all_or_nothing() {
        let mut config = Config::preset("paper").unwrap();
        config.merge_json(r#"{"preset": "paper", "epochs": 7, "readout": "sum", "clusters": []}"#).unwrap();
        let expected =
            Config { epochs: 7, readout: super::super::Readout::Sum, clusters: Vec::new(), ..config.clone() };
        assert_eq!(config, expected);
        assert_eq!(config.preset, "paper");
        config.merge_json("{}").unwrap();
        assert_eq!(config, expected);
        let cases = [
            (r#"{"epochs": 8, "dropout": 2}"#, "dropout is 2.0, but must be from "),
            (r#"{"epochs": 8, "dropuot": 0.2}"#, "\"dropuot\" is not a configuration key; did you mean \"dropout\"?"),
            (r#"{"epochs": 8, "preset": "pyg"}"#, "preset is \"paper\" and cannot be changed to \"pyg\""),
            (r#"{"epochs": 8, "epochs": 9}"#, "the configuration is not valid JSON: duplicate field `epochs`"),
            ("[8]", "the configuration is [8], but must be a JSON object"),
            (r#"{"epochs": 8"#, "the configuration is not valid JSON: EOF"),
        ];
        for (text, message) in cases {
            let found = config.merge_json(text).unwrap_err().to_string();
            assert!(found.starts_with(message), "{found}");
            assert_eq!(config, expected, "{text}");
        }
    }

    /// Whatever the words of a key are, a wrong one is answered with all of them.
    #[test]
    fn a_word_that_is_none_is_answered_with_those_that_are() {
        for key in KEYS {
            let Kind::Words(words) = key.kind else { continue };
            for value in [json!("no such word"), json!(["no such word"]), json!(1)] {
                let message = Config::default().set(key.name, value.clone()).unwrap_err().to_string();
                assert!(message.starts_with(&format!("{} is {value}, but must be ", key.name)), "{message}");
                let named = |word: &Word| message.contains(&format!("\"{}\"", word.name));
                assert!(words.iter().all(named), "{message}");
            }
        }
    }

    #[test]
    fn malformed_json_is_named() {
        let cases = [
            "",
            "{",
            "[]",
            "{} {}",
            r#"{"epochs": 1, "epoch": 2}"#,
            r#"{"preset": "PyG"}"#,
            r#"{"preset": 1}"#,
            r#"{"epochs": 1, "epochs": 2}"#,
            r#"{"clusters": [1, null]}"#,
        ];
        let mut messages = String::new();
        for text in cases {
            messages += &format!("{text} => {}\n", Config::from_json(text).unwrap_err());
        }
        insta::assert_snapshot!("malformed_json", messages);
    }
}
