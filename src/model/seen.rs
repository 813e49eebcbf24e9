//! What the training graphs of a model looked like: names and ranges of their features, and their sizes.

use serde::{Deserialize, Serialize};

use crate::error::{Result, bail};
use crate::graph::{Dataset, MAX_FEATURE_NAME};

/// Smallest, largest and mean value of something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean value.
    pub mean: f64,
}

/// What the training graphs of a model looked like, for whoever wants to know what it expects. No prediction depends on
/// it. Training on other graphs widens it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Nodes of all training graphs together; 0 where nothing is known.
    pub nodes: usize,
    /// Number of training graphs.
    pub graphs: usize,
    /// Nodes of a graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph_nodes: Option<Range>,
    /// Name of every attribute that the model reads; empty where they have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feature_names: Vec<String>,
    /// Every attribute that the model reads, over all nodes; empty where it reads none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Range>,
}

impl Seen {
    /// What the graphs `train` look like to a model that reads `attributes` attributes of a node, all or none.
    pub(super) fn of(dataset: &Dataset, train: &[usize], attributes: usize) -> Self {
        let mut seen = Self { graphs: train.len(), ..Self::default() };
        let (mut sizes, mut features) = (Sums::default(), vec![Sums::default(); attributes]);
        for &index in train {
            let graph = dataset.graph(index);
            seen.nodes += graph.nodes();
            sizes.add(graph.nodes() as f64);
            for row in graph.x().chunks_exact(attributes.max(1)).filter(|_| attributes > 0) {
                features.iter_mut().zip(row).for_each(|(sums, &value)| sums.add(f64::from(value)));
            }
        }
        seen.graph_nodes = Some(sizes.range());
        seen.features = features.into_iter().map(Sums::range).collect();
        if attributes > 0 {
            seen.feature_names = dataset.feature_names().to_vec();
        }
        seen
    }

    /// Takes in what another training run has seen. Names stay, where there are any.
    pub(super) fn widen(&mut self, other: Self) {
        let join = |own: &mut Range, counted: usize, other: Range, more: usize| {
            let (a, b) = (counted as f64, more as f64);
            let mean = (own.mean * a + other.mean * b) / (a + b);
            *own = Range { min: own.min.min(other.min), max: own.max.max(other.max), mean };
        };
        if *self == other {
            return;
        }
        if self.nodes == 0 || self.features.len() != other.features.len() {
            let names = std::mem::take(&mut self.feature_names);
            *self = other;
            if !names.is_empty() {
                self.feature_names = names;
            }
            return;
        }
        if let (Some(own), Some(new)) = (&mut self.graph_nodes, other.graph_nodes) {
            join(own, self.graphs, new, other.graphs);
        }
        let nodes = self.nodes;
        self.features.iter_mut().zip(other.features).for_each(|(own, new)| join(own, nodes, new, other.nodes));
        self.nodes += other.nodes;
        self.graphs += other.graphs;
        if self.feature_names.is_empty() {
            self.feature_names = other.feature_names;
        }
    }

    /// Checks that the features of a data set have the names of those that the model reads, where both have names.
    pub fn check_names(&self, dataset: &Dataset) -> Result<()> {
        let mut pairs = self.feature_names.iter().zip(dataset.feature_names());
        match pairs.position(|(own, other)| own != other) {
            Some(at) => {
                let (own, other) = (&self.feature_names[at], &dataset.feature_names()[at]);
                bail!(InvalidGraph, "feature {at} of a node is {other:?}, but that of the model is {own:?}")
            }
            None => Ok(()),
        }
    }

    /// Checks what comes from a file against the attributes that the model reads.
    pub(super) fn check(&self, attributes: usize) -> Result<()> {
        for (what, len) in [("names", self.feature_names.len()), ("ranges", self.features.len())] {
            if len != 0 && len != attributes {
                bail!(InvalidFile, "there are {len} {what} of features, but the model reads {attributes}");
            }
        }
        if let Some(name) = self.feature_names.iter().find(|name| name.len() > MAX_FEATURE_NAME) {
            bail!(InvalidFile, "the name of a feature has {} bytes, more than {MAX_FEATURE_NAME}", name.len());
        }
        Ok(())
    }
}

/// Smallest and largest value, and the sum, of so many.
#[derive(Clone, Copy)]
struct Sums {
    min: f64,
    max: f64,
    sum: f64,
    count: usize,
}

impl Default for Sums {
    fn default() -> Self {
        Self { min: f64::INFINITY, max: f64::NEG_INFINITY, sum: 0.0, count: 0 }
    }
}

impl Sums {
    fn add(&mut self, value: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum += value;
        self.count += 1;
    }

    fn range(self) -> Range {
        Range { min: self.min, max: self.max, mean: self.sum / self.count as f64 }
    }
}
