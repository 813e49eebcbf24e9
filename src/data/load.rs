//! Data sets in the formats of others, by the name of the format.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::json_lines::{self, JsonLinesOptions};
use super::ogb::{self, OgbOptions, OgbWords};
use super::tu::{self, TuOptions};
use crate::control::{self, Control};
use crate::error::{Result, error};
use crate::graph::Dataset;
use crate::words::words;

words! {
    /// A format that data sets are read from.
    pub enum Format {
        /// A folder of the TU collection.
        Tu = "tu",
        /// A folder of the Open Graph Benchmark in its raw form.
        Ogb = "ogb",
        /// A file of JSON lines, one graph a line.
        JsonLines = "jsonl",
    }
}

impl Format {
    /// The format of this name.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|format| format!("\"{}\"", format.name())).collect();
            error!(NotFound, "there is no format {name:?}, but {}", known.join(", "))
        })
    }
}

/// A format, and what is to be done beyond reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadOptions {
    /// A folder of the TU collection.
    Tu(TuOptions),
    /// A folder of the Open Graph Benchmark.
    Ogb(OgbOptions),
    /// A file of JSON lines.
    JsonLines(JsonLinesOptions),
}

/// The options of JSON lines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfJsonLines {
    #[serde(default)]
    directed: bool,
}

/// The options of the TU collection.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfTu {
    name: Option<String>,
    directed: bool,
    drop_self_loops: bool,
    skip_empty: bool,
}

/// Words of a sequence that a model predicts where nothing is said.
const LENGTH: usize = 5;

/// The options of the Open Graph Benchmark.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfOgb {
    directed: bool,
    split: Option<String>,
    vocabulary: Option<usize>,
    length: Option<usize>,
    next_token_edges: bool,
    edge_data: bool,
}

impl LoadOptions {
    /// The options that a JSON object gives for a format.
    pub fn from_json(format: &str, json: &str) -> Result<Self> {
        match Format::from_name(format)? {
            Format::Tu => {
                let OfTu { name, directed, drop_self_loops, skip_empty } = parse(format, json)?;
                Ok(Self::Tu(TuOptions { name, directed, drop_self_loops, skip_empty }))
            }
            Format::JsonLines => {
                let OfJsonLines { directed } = parse(format, json)?;
                Ok(Self::JsonLines(JsonLinesOptions { directed, ..JsonLinesOptions::default() }))
            }
            Format::Ogb => {
                let OfOgb { directed, split, vocabulary, length, next_token_edges, edge_data } = parse(format, json)?;
                if let (None, Some(length)) = (vocabulary, length) {
                    return Err(error!(InvalidArgument, "options: length is {length}, but there is no vocabulary"));
                }
                let words = vocabulary.map(|vocabulary| OgbWords { vocabulary, length: length.unwrap_or(LENGTH) });
                Ok(Self::Ogb(OgbOptions { split, words, directed, next_token_edges, edge_data }))
            }
        }
    }
}

fn parse<T: DeserializeOwned>(format: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| {
        // The JSON reader names an unknown key, but not the key of a value that it does not take.
        let wrong = |(key, value): &(String, Value)| serde_json::from_value::<T>(json!({ key: value })).is_err();
        let given: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
        let key = given.into_iter().find(wrong).map(|(key, _)| key).filter(|key| !e.to_string().contains(&**key));
        let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
        let message = e.to_string().replace("expected usize", "expected a whole number from 0");
        error!(InvalidArgument, "options of the format \"{format}\": {key}{message}")
    })
}

/// Reads the data set at `path`, no longer and no more than `control` lets it.
pub fn load(path: &Path, options: &LoadOptions, control: Option<&Control>) -> Result<Dataset> {
    control::check(control)?;
    control::under(control, || match options {
        LoadOptions::Tu(options) => tu::load(path, options),
        LoadOptions::Ogb(options) => ogb::load(path, options),
        LoadOptions::JsonLines(options) => json_lines::load(path, options),
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_is_refused_is_named() {
        let cases = [
            (
                "ogb",
                "{\"length\": 3, \"vocabulary\": -5}",
                "vocabulary: invalid value: integer `-5`, expected a whole number from 0 at line 1 column 30",
            ),
            ("ogb", "{\"split\": 1}", "split: invalid type: integer `1`, expected a string at line 1 column 11"),
            ("tu", "{\"directed\": 1}", "directed: invalid type: integer `1`, expected a boolean at line 1 column 14"),
            ("jsonl", "{\"length\": 1}", "unknown field `length`, expected `directed` at line 1 column 9"),
            (
                "tu",
                "{\"length\": 1}",
                "unknown field `length`, expected one of `name`, `directed`, `drop_self_loops`, `skip_empty` at line 1 \
                 column 9",
            ),
            ("jsonl", "{", "EOF while parsing an object at line 1 column 1"),
        ];
        for (format, json, message) in cases {
            let error = LoadOptions::from_json(format, json).unwrap_err();
            assert_eq!(error.message(), format!("options of the format \"{format}\": {message}"));
        }
    }
}
