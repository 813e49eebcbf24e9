//! Data sets in the formats of others, by the name of the format.

use std::path::Path;

use serde::Deserialize;

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

/// The options that the formats share.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    #[serde(default)]
    directed: bool,
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
                let Plain { directed } = parse(format, json)?;
                Ok(Self::Tu(TuOptions { name: None, directed }))
            }
            Format::JsonLines => {
                let Plain { directed } = parse(format, json)?;
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

fn parse<'a, T: Deserialize<'a>>(format: &str, json: &'a str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| error!(InvalidArgument, "options of the format \"{format}\": {e}"))
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
