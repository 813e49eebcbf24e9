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

impl FeatureSource {
    /// Whether `auto` may stand for it.
    fn is_automatic(&self) -> bool {
        matches!(self, Self::Attributes | Self::Labels | Self::Categories | Self::Degree)
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

/// The configuration key `features`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    named: Vec<FeatureSource>,
    /// How many of those named come before `auto`, where that is in the list.
    auto: Option<usize>,
}

impl Sources {
    /// Whether a source is in the list, or may be part of `auto`.
    pub fn may_contain(&self, source: FeatureSource) -> bool {
        self.auto.is_some() || self.named.contains(&source)
    }

    /// The list where `auto` stands for `automatic`, without those that are named besides.
    pub fn settle(&self, automatic: &[FeatureSource]) -> Vec<FeatureSource> {
        let Some(at) = self.auto else { return self.named.clone() };
        let meant = automatic.iter().filter(|source| !self.named.contains(source));
        self.named[..at].iter().chain(meant).chain(&self.named[at..]).copied().collect()
    }

    /// Whether a settled list can have been made of this one.
    pub fn describes(&self, settled: &[FeatureSource]) -> bool {
        let Some(at) = self.auto else { return self.named == settled };
        let Some(count) = settled.len().checked_sub(self.named.len()) else { return false };
        let (before, rest) = settled.split_at(at);
        let (meant, after) = rest.split_at(count);
        before == &self.named[..at] && after == &self.named[at..] && meant.iter().all(FeatureSource::is_automatic)
    }
}

/// Reads the configuration key `features`.
pub(crate) fn parse(features: &str) -> Result<Sources> {
    let (mut named, mut auto) = (Vec::new(), None);
    for name in features.split(',').map(str::trim) {
        if name != "auto" {
            named.push(name.parse::<FeatureSource>().map_err(|e| e.in_context("features"))?);
        } else if auto.replace(named.len()).is_some() {
            bail!(InvalidConfig, "features names auto twice");
        }
    }
    if auto.is_none() {
        check(&named)?;
    } else {
        check_once(&named)?;
    }
    Ok(Sources { named, auto })
}

/// Checks that there is a source and none twice.
pub(crate) fn check(sources: &[FeatureSource]) -> Result<()> {
    if sources.is_empty() {
        bail!(InvalidConfig, "features names no source");
    }
    check_once(sources)
}

fn check_once(sources: &[FeatureSource]) -> Result<()> {
    for (at, source) in sources.iter().enumerate() {
        if sources[..at].iter().any(|earlier| earlier.name() == source.name()) {
            bail!(InvalidConfig, "features names {} twice", source.name());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_stands_for_what_the_data_has() {
        let settled = |text: &str, automatic: &[FeatureSource]| parse(text).unwrap().settle(automatic);
        let [labels, degree] = [FeatureSource::Labels, FeatureSource::Degree];
        let laplacian = FeatureSource::Laplacian(8);
        assert_eq!(settled("auto", &[labels]), [labels]);
        assert_eq!(settled("auto, laplacian:8", &[labels]), [labels, laplacian]);
        assert_eq!(settled("laplacian:8,auto,degree", &[labels]), [laplacian, labels, degree]);
        assert_eq!(settled("laplacian:8,auto,degree", &[degree]), [laplacian, degree]);
        let describes = |text: &str, settled: &[FeatureSource]| parse(text).unwrap().describes(settled);
        assert!(describes("auto,laplacian:8", &[labels, degree, laplacian]));
        assert!(!describes("auto,laplacian:8", &[laplacian, labels]));
        assert!(!describes("auto,laplacian:8", &[FeatureSource::Clustering, laplacian]));
        assert!(!describes("auto,laplacian:8", &[]));
        assert!(describes("labels", &[labels]) && !describes("labels", &[degree]));
        for text in ["auto,auto", "auto,degree,degree", "auto,", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
