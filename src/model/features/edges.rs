//! What the convolutions of a model read of the edges: settled by the training graphs, stored with the model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::training::{edge_labels, shares};
use crate::config::{Config, Conv, EdgeFeatures, OutOfVocabulary, SelfLoops};
use crate::error::{Result, bail};
use crate::graph::{Dataset, GraphRef, check_columns};
use crate::layers::edge_columns::{EdgeColumns, EdgeTable};

/// Largest number of features of an edge: every level holds as many numbers for each of its edges.
const MAX_EDGE_FEATURES: usize = 256;
/// Largest whole number that attributes in single precision count up to.
const LARGEST_WHOLE: f32 = 16_777_216.0;

/// What is read of the edges.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EdgeSchema {
    /// Attributes of an edge; 0 where they are not read.
    attributes: usize,
    /// The values of each attribute, where they are categories; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    categories: Vec<EdgeTable>,
    /// The labels; none where they are not read.
    #[serde(default, skip_serializing_if = "is_none")]
    labels: EdgeTable,
}

fn is_none(table: &EdgeTable) -> bool {
    *table == EdgeTable::default()
}

impl EdgeSchema {
    /// Settles what `config` asks for by the graphs `train`.
    pub fn fit(config: &Config, dataset: &Dataset, train: &[usize]) -> Result<Self> {
        let (wanted, name, given) = (config.edge_features, dataset.name(), dataset.edge_attribute_columns());
        let auto = wanted == EdgeFeatures::Auto;
        let reserve = config.out_of_vocabulary == OutOfVocabulary::Reserve;
        let table = |counts: BTreeMap<i64, usize>| {
            let shares = if reserve { shares(&counts) } else { Vec::new() };
            EdgeTable { values: counts.into_keys().collect(), shares }
        };
        let mut schema = Self::default();
        if wanted.attributes() || (auto && given > 0) {
            if given == 0 {
                let wanted = wanted.name();
                bail!(InvalidConfig, "edge_features is \"{wanted}\", but data set \"{name}\" has no edge attributes");
            }
            schema.attributes = given;
            if wanted.categories() || (auto && are_categories(config, dataset, train)) {
                let columns = (0..given).map(|column| values(config, dataset, train, column).map(table));
                schema.categories = columns.collect::<Result<_>>()?;
            }
        }
        if wanted.labels() || (auto && dataset.rules().edge_labels) {
            let labels = edge_labels(config, dataset, train);
            if labels.is_empty() && !auto {
                let wanted = wanted.name();
                bail!(InvalidConfig, "edge_features is \"{wanted}\", but data set \"{name}\" has no edge labels");
            }
            schema.labels = table(labels);
        }
        let gine = config.embed_conv == Conv::Gine || (!config.clusters.is_empty() && config.assign_conv == Conv::Gine);
        if auto && schema.is_none() && gine {
            bail!(
                InvalidConfig,
                "edge_features is \"auto\", but the edges of data set \"{name}\" have neither attributes nor labels, \
                 which \"gine\" is for"
            );
        }
        Ok(schema)
    }

    /// What is read, as the configuration names it.
    pub fn features(&self) -> EdgeFeatures {
        match (self.attributes > 0, !self.categories.is_empty(), !self.labels.values.is_empty()) {
            (false, _, false) => EdgeFeatures::None,
            (false, _, true) => EdgeFeatures::Labels,
            (true, false, false) => EdgeFeatures::Attributes,
            (true, false, true) => EdgeFeatures::AttributesLabels,
            (true, true, false) => EdgeFeatures::Categories,
            (true, true, true) => EdgeFeatures::CategoriesLabels,
        }
    }

    /// Whether nothing is read.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Attributes that every edge must bring.
    pub fn attributes(&self) -> usize {
        self.attributes
    }

    /// Whether every edge must bring a label.
    pub fn labels(&self) -> bool {
        !self.labels.values.is_empty()
    }

    /// Whether there are values that a graph may have and the model may not know.
    pub fn has_tables(&self) -> bool {
        self.labels() || !self.categories.is_empty()
    }

    /// How features are made.
    pub fn columns(&self) -> EdgeColumns<'_> {
        let Self { attributes, categories, labels } = self;
        EdgeColumns { attributes: *attributes, categories, labels }
    }

    /// Checks what may come from a file.
    pub fn check(&self, rule: OutOfVocabulary) -> Result<()> {
        let (width, tables, attributes) = (self.columns().width(), self.categories.len(), self.attributes);
        if width > MAX_EDGE_FEATURES || attributes > MAX_EDGE_FEATURES {
            bail!(InvalidConfig, "an edge would have {width} features, but at most {MAX_EDGE_FEATURES} are possible");
        }
        if tables != 0 && tables != attributes {
            bail!(InvalidConfig, "{tables} tables of categories do not fit {attributes} attributes of an edge");
        }
        for table in self.categories.iter().chain([&self.labels]) {
            let (values, shares) = (&table.values, &table.shares);
            if let Some(at) = values.windows(2).position(|pair| pair[0] >= pair[1]) {
                bail!(InvalidConfig, "value {} of a table of edges is not above value {at}", at + 1);
            }
            if shares.len() != if rule == OutOfVocabulary::Reserve { values.len() } else { 0 } {
                let (rule, shares, values) = (rule.name(), shares.len(), values.len());
                bail!(
                    InvalidConfig,
                    "{shares} shares do not fit {values} values of an edge while out_of_vocabulary is {rule:?}"
                );
            }
            if let Some(at) = shares.iter().position(|share| !(0.0..=1.0).contains(share)) {
                bail!(InvalidConfig, "share {at} of a table of edges is {}", shares[at]);
            }
        }
        Ok(())
    }

    /// Checks that the edges of a graph have what is read of them.
    pub fn check_graph(&self, graph: &GraphRef<'_>, rule: OutOfVocabulary) -> Result<()> {
        const UNKNOWN: &str = "which the model does not know while its out_of_vocabulary is \"refuse\"";
        let refuses = rule == OutOfVocabulary::Refuse;
        if self.attributes > 0 && graph.entries() > 0 {
            check_columns("edge_attributes", graph.edge_attribute_columns(), self.attributes)?;
            for (entry, row) in graph.edge_attributes().chunks_exact(self.attributes).enumerate() {
                for (column, (table, &value)) in self.categories.iter().zip(row).enumerate() {
                    let known = whole(value).is_some_and(|value| table.values.binary_search(&value).is_ok());
                    if refuses && !known {
                        let (node, other) = ends(graph, entry);
                        bail!(InvalidGraph, "attribute {column} of edge {node}-{other} is {value:?}, {UNKNOWN}");
                    }
                }
            }
        }
        if !self.labels() {
            return Ok(());
        }
        let Some(given) = graph.edge_labels() else {
            bail!(InvalidGraph, "the graph has no edge labels, but the model needs them");
        };
        let known = |label: &i64| !refuses || self.labels.values.binary_search(label).is_ok();
        let Some(entry) = given.iter().position(|label| !known(label)) else { return Ok(()) };
        let (node, other) = ends(graph, entry);
        bail!(InvalidGraph, "edge {node}-{other} has label {}, {UNKNOWN}", given[entry])
    }
}

/// The nodes that an entry joins.
fn ends(graph: &GraphRef<'_>, entry: usize) -> (usize, u32) {
    (graph.indptr().partition_point(|&end| end as usize <= entry) - 1, graph.indices()[entry])
}

/// A whole number that single precision tells from its neighbours.
fn whole(value: f32) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < LARGEST_WHOLE).then_some(value as i64)
}

/// Whether every attribute of the edges of the graphs is a category: a whole number, and few different ones.
fn are_categories(config: &Config, dataset: &Dataset, train: &[usize]) -> bool {
    let columns = 0..dataset.edge_attribute_columns();
    let counted =
        columns.map(|column| values(config, dataset, train, column).map_or(usize::MAX, |counts| counts.len()));
    counted.fold(0, usize::saturating_add) <= MAX_EDGE_FEATURES
}

/// How often an attribute has each value, all of which must be whole numbers.
fn values(config: &Config, dataset: &Dataset, train: &[usize], column: usize) -> Result<BTreeMap<i64, usize>> {
    let (mut counts, columns) = (BTreeMap::new(), dataset.edge_attribute_columns());
    for &index in train {
        let graph = dataset.graph(index);
        for (entry, row) in graph.edge_attributes().chunks_exact(columns).enumerate() {
            let (node, other) = ends(&graph, entry);
            if config.self_loops == SelfLoops::Drop && node == other as usize {
                continue;
            }
            let Some(value) = whole(row[column]) else {
                bail!(
                    InvalidGraph,
                    "graph {index}: attribute {column} of edge {node}-{other} is {:?}, which is no category: those are \
                     whole numbers",
                    row[column]
                );
            };
            *counts.entry(value).or_insert(0) += 1;
            if counts.len() > MAX_EDGE_FEATURES {
                bail!(
                    InvalidConfig,
                    "attribute {column} of the edges has more than {MAX_EDGE_FEATURES} different values, too many for \
                     categories"
                );
            }
        }
    }
    Ok(counts)
}
