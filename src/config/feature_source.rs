//! The names of feature sources.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::limits::MAX_SIZE;
use super::text::shorten;
use crate::error::{Error, Result, bail};
use crate::ops::positional::MAX_COLUMNS;

/// One block of feature columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FeatureSource {
    /// `attributes`: the features given with the graph.
    Attributes,
    /// `labels`: the node's label, one-hot.
    Labels,
    /// `categories`: the integers given with the graph, each through a table of learned rows.
    Categories,
    /// `constant:W`: W columns of ones.
    Constant(usize),
    /// `degree`: the number of stored neighbours, without weights; a self-loop counts once, and a neighbour under
    /// several edge labels once for each. It is the number of outgoing edges where graphs are directed.
    Degree,
    /// `one_hot_degree:D`: one column for each degree from 0 to D, the last also for larger ones.
    OneHotDegree(usize),
    /// `clustering`: the local clustering coefficient.
    Clustering,
    /// `laplacian:K`: the eigenvectors of the K smallest eigenvalues of the normalised Laplacian, after the first one.
    Laplacian(usize),
    /// `random_walk:K`: the probabilities of being back after 1 to K steps of a random walk.
    RandomWalk(usize),
}

impl FeatureSource {
    /// What tells two sources apart: a list may hold each only once, whatever its width.
    fn name(&self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Labels => "labels",
            Self::Categories => "categories",
            Self::Constant(_) => "constant",
            Self::Degree => "degree",
            Self::OneHotDegree(_) => "one_hot_degree",
            Self::Clustering => "clustering",
            Self::Laplacian(_) => "laplacian",
            Self::RandomWalk(_) => "random_walk",
        }
    }
}

impl FeatureSource {
    /// Columns that are computed from the edges of a graph before it is stacked; 0 for sources that need no such work.
    pub fn structural_columns(&self) -> usize {
        match self {
            Self::Clustering => 1,
            Self::Laplacian(columns) | Self::RandomWalk(columns) => *columns,
            Self::Attributes | Self::Labels | Self::Categories => 0,
            Self::Constant(_) | Self::Degree | Self::OneHotDegree(_) => 0,
        }
    }
}

impl fmt::Display for FeatureSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(number)
            | Self::OneHotDegree(number)
            | Self::Laplacian(number)
            | Self::RandomWalk(number) => write!(f, "{}:{number}", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl FromStr for FeatureSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |digits: &str, largest: usize| match digits.parse::<usize>() {
            Ok(number) if (1..=largest).contains(&number) => Ok(number),
            _ => bail!(InvalidConfig, "\"{}\" must end in a whole number from 1 to {largest}", shorten(text)),
        };
        match text.split_once(':') {
            None if text == "attributes" => Ok(Self::Attributes),
            None if text == "labels" => Ok(Self::Labels),
            None if text == "categories" => Ok(Self::Categories),
            None if text == "degree" => Ok(Self::Degree),
            None if text == "clustering" => Ok(Self::Clustering),
            Some(("constant", width)) => Ok(Self::Constant(number(width, MAX_SIZE - 1)?)),
            Some(("one_hot_degree", cap)) => Ok(Self::OneHotDegree(number(cap, MAX_SIZE - 1)?)),
            Some(("laplacian", columns)) => Ok(Self::Laplacian(number(columns, MAX_COLUMNS)?)),
            Some(("random_walk", steps)) => Ok(Self::RandomWalk(number(steps, MAX_COLUMNS)?)),
            _ => bail!(
                InvalidConfig,
                "\"{}\" is not one of attributes, labels, categories, constant:W, degree, one_hot_degree:D, \
                 clustering, laplacian:K, random_walk:K",
                shorten(text)
            ),
        }
    }
}

impl TryFrom<String> for FeatureSource {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<FeatureSource> for String {
    fn from(source: FeatureSource) -> Self {
        source.to_string()
    }
}

/// Reads the configuration key `features`; `None` is `auto`.
pub(crate) fn parse(features: &str) -> Result<Option<Vec<FeatureSource>>> {
    let names: Vec<&str> = features.split(',').map(str::trim).collect();
    if names == ["auto"] {
        return Ok(None);
    }
    if names.contains(&"auto") {
        bail!(InvalidConfig, "features is \"{}\", but \"auto\" must stand alone", shorten(features));
    }
    let sources: Result<Vec<FeatureSource>> = names.iter().map(|name| name.parse()).collect();
    let sources = sources.map_err(|e| e.in_context("features"))?;
    check(&sources)?;
    Ok(Some(sources))
}

/// Checks that there is a source and none twice.
pub(crate) fn check(sources: &[FeatureSource]) -> Result<()> {
    if sources.is_empty() {
        bail!(InvalidConfig, "features names no source");
    }
    for (at, source) in sources.iter().enumerate() {
        if sources[..at].iter().any(|earlier| earlier.name() == source.name()) {
            bail!(InvalidConfig, "features names {} twice", source.name());
        }
    }
    Ok(())
}
