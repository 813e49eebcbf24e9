//! What the training graphs of a model looked like: names and ranges of their features, and their sizes.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result, bail};
use crate::graph::{Conflict, Dataset, GraphRules, Names};

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
    /// Names of what the model reads, and of its targets.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub names: Names,
    /// Every attribute that the model reads, over all nodes; empty where it reads none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Range>,
}

impl Seen {
    /// What the graphs `train` look like to a model that reads what `rules` tell, and has so many targets.
    pub(super) fn of(dataset: &Dataset, train: &[usize], rules: GraphRules, targets: usize) -> Self {
        let attributes = rules.features;
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
        seen.names = read_names(dataset.names(), rules, targets);
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
            let mut names = std::mem::take(&mut self.names);
            *self = other;
            names.complete(std::mem::take(&mut self.names));
            self.names = names;
            return;
        }
        if let (Some(own), Some(new)) = (&mut self.graph_nodes, other.graph_nodes) {
            join(own, self.graphs, new, other.graphs);
        }
        let nodes = self.nodes;
        self.features.iter_mut().zip(other.features).for_each(|(own, new)| join(own, nodes, new, other.nodes));
        self.nodes += other.nodes;
        self.graphs += other.graphs;
        self.names.complete(other.names);
    }

    /// Checks that what a model reads has the same names in a data set, where it has names in both.
    pub fn check_names(&self, dataset: &Dataset) -> Result<()> {
        match self.names.conflict(dataset.names()) {
            Some(Conflict { what, here, there }) => {
                bail!(InvalidGraph, "{what} is called {there:?}, but {here:?} by the model")
            }
            None => Ok(()),
        }
    }

    /// Checks what comes from a file against what the model reads and its targets.
    pub(super) fn check(&self, rules: GraphRules, targets: usize) -> Result<()> {
        let (ranges, attributes) = (self.features.len(), rules.features);
        if ranges != 0 && ranges != attributes {
            bail!(InvalidFile, "there are {ranges} ranges of features, but the model reads {attributes}");
        }
        let checked = self.names.check(rules, (rules.edge_attributes, 0), targets);
        checked.map_err(|e| Error::new(ErrorKind::InvalidFile, format!("what the model reads: {}", e.message())))
    }
}

/// The names of what a model reads that reads what `rules` tell, and of so many targets.
fn read_names(names: &Names, rules: GraphRules, targets: usize) -> Names {
    let mut read = names.clone();
    // Models read no attributes of graphs.
    for (list, is_read) in [
        (&mut read.x, rules.features > 0),
        (&mut read.categories, rules.categories > 0),
        (&mut read.edge_attributes, rules.edge_attributes > 0),
        (&mut read.graph_attributes, false),
    ] {
        if !is_read {
            list.clear();
        }
    }
    if rules.categories == 0 {
        read.category_values.clear();
    }
    if read.targets.len() != targets {
        read.targets.clear();
    }
    for (map, is_read) in [(&mut read.node_labels, rules.node_labels), (&mut read.edge_labels, rules.edge_labels)] {
        if !is_read {
            map.clear();
        }
    }
    read
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
