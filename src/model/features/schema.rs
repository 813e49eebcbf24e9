//! The feature schema: how the features of a node are made from its graph.

use std::collections::BTreeMap;
use std::ops::Range;

use num_traits::Float;
use serde::{Deserialize, Serialize};

use super::edges::EdgeSchema;
use super::embedding::Embedding;
use super::fields::Fields;
use super::training::{automatic, counts, mean_and_deviation, relations, shares};
use crate::config::feature_source::{self, FeatureSource};
use crate::config::{Config, EdgeFeatures, MAX_SIZE, OutOfVocabulary};
use crate::control;
use crate::error::{Error, Result, bail, error};
use crate::graph::{Dataset, GraphRef, GraphRules, Names, check_columns};
use crate::layers::edge_columns::EdgeColumns;
use crate::layers::edges_of::EdgesOf;

/// What is wrong with a label or relation that no training graph has.
const UNKNOWN: &str = "which the model does not know while its out_of_vocabulary is \"refuse\"";

/// How the features of a node are made from its graph.
///
/// It is settled once, from the data that the model is made for, and every later graph is treated the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct FeatureSchema {
    fields: Fields,
    /// Columns in all.
    width: usize,
}

impl FeatureSchema {
    /// Settles the features that `config` asks for: what `auto` means, and what the graphs `train` have:
    /// which labels, attributes of which mean and deviation, and categories that need which tables.
    pub fn fit(config: &Config, dataset: &Dataset, train: &[usize]) -> Result<Self> {
        dataset.check_indices(train)?;
        let rules = dataset.rules();
        let sources = feature_source::parse(&config.features)?.settle(&automatic(rules));
        let uses = |source| sources.contains(source);
        let attributes = if uses(&FeatureSource::Attributes) { rules.features } else { 0 };
        let node_labels = || train.iter().flat_map(|&graph| dataset.graph(graph).node_labels().unwrap_or(&[]));
        let labels = if uses(&FeatureSource::Labels) { counts(node_labels()) } else { BTreeMap::new() };
        let name = dataset.name();
        if uses(&FeatureSource::Attributes) && attributes == 0 {
            bail!(InvalidConfig, "features asks for attributes, but data set \"{name}\" has none");
        }
        if uses(&FeatureSource::Labels) && labels.is_empty() && (!train.is_empty() || dataset.is_empty()) {
            bail!(InvalidConfig, "features asks for labels, but data set \"{name}\" has no node labels");
        }
        let embedding = match uses(&FeatureSource::Categories) {
            true if rules.categories == 0 => {
                bail!(InvalidConfig, "features asks for categories, but data set \"{name}\" has none")
            }
            true => Some(Embedding::fit(config, dataset, train)?),
            false if config.embedding_sizes.is_empty() => None,
            false => bail!(
                InvalidConfig,
                "embedding_sizes is {:?}, but categories are not among the features of data set \"{name}\"",
                config.embedding_sizes
            ),
        };
        let (mean, deviation) = match config.standardize_attributes {
            false => (Vec::new(), Vec::new()),
            true if attributes == 0 => bail!(
                InvalidConfig,
                "standardize_attributes is true, but attributes are not among the features of data set \"{name}\""
            ),
            true => mean_and_deviation(dataset, train)?,
        };
        let edge_labels = relations(config, dataset, train)?;
        let reserve = config.out_of_vocabulary == OutOfVocabulary::Reserve;
        // The first of the most frequent ones.
        let common = edge_labels.iter().rev().max_by_key(|(_, count)| **count).filter(|_| reserve);
        Self::try_from(Fields {
            sources,
            directed: rules.directed,
            attributes,
            label_shares: if reserve { shares(&labels) } else { Vec::new() },
            labels: labels.into_keys().collect(),
            mean,
            deviation,
            embedding,
            common_edge_label: common.map(|(&label, _)| label),
            edge_labels: edge_labels.into_keys().collect(),
            out_of_vocabulary: config.out_of_vocabulary,
            edges: EdgeSchema::fit(config, dataset, train)?,
        })
    }

    /// The same features with a column for every number from the smallest label to the largest, whether it occurs or
    /// not, as PyTorch Geometric makes them.
    pub fn with_label_gaps(&self) -> Result<Self> {
        let mut fields = self.fields.clone();
        let (Some(&first), Some(&last)) = (fields.labels.first(), fields.labels.last()) else {
            return Ok(self.clone());
        };
        if last.abs_diff(first) >= MAX_SIZE as u64 {
            bail!(InvalidConfig, "labels from {first} to {last} make more than {MAX_SIZE} columns");
        }
        let share = |label: i64| fields.labels.binary_search(&label).map_or(0.0, |at| fields.label_shares[at]);
        let shares = if fields.label_shares.is_empty() { Vec::new() } else { (first..=last).map(share).collect() };
        (fields.label_shares, fields.labels) = (shares, (first..=last).collect());
        Self::try_from(fields)
    }

    /// Columns of a node's features.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Where the features come from, in the order of their columns.
    pub fn sources(&self) -> &[FeatureSource] {
        &self.fields.sources
    }

    /// The sources as the configuration key `features` names them, with `auto` resolved.
    pub fn features(&self) -> String {
        let names: Vec<String> = self.fields.sources.iter().map(FeatureSource::to_string).collect();
        names.join(",")
    }

    /// What a graph must bring with it: attributes and labels only where they are used.
    pub fn rules(&self) -> GraphRules {
        GraphRules {
            features: self.fields.attributes,
            categories: self.fields.embedding.as_ref().map_or(0, |embedding| embedding.sizes.len()),
            node_labels: !self.fields.labels.is_empty(),
            edge_labels: !self.fields.edge_labels.is_empty() || self.fields.edges.labels(),
            edge_attributes: self.fields.edges.attributes(),
            ..GraphRules::plain(self.fields.directed)
        }
    }

    /// The edge label of every relation, sorted; empty where edges are of one kind.
    pub fn edge_labels(&self) -> &[i64] {
        &self.fields.edge_labels
    }

    /// How the features of an edge are made, which convolutions read; of no columns where they read none.
    pub fn edge_columns(&self) -> EdgeColumns<'_> {
        self.fields.edges.columns()
    }

    /// What convolutions read of the edges, as the configuration key `edge_features` names it, with `auto` resolved.
    pub fn edge_features(&self) -> EdgeFeatures {
        self.fields.edges.features()
    }

    /// What becomes of labels, relations and categories that training has not seen.
    pub fn out_of_vocabulary(&self) -> OutOfVocabulary {
        match &self.fields.embedding {
            Some(embedding) if !self.fields.has_labels() => embedding.out_of_vocabulary,
            _ => self.fields.out_of_vocabulary,
        }
    }

    /// Every relation, with what tells its edges.
    pub(in crate::model) fn edges_of_relations(&self) -> impl Iterator<Item = EdgesOf<'_>> {
        let Fields { edge_labels, common_edge_label, .. } = &self.fields;
        edge_labels.iter().map(move |&label| EdgesOf {
            label,
            known: edge_labels,
            others: *common_edge_label == Some(label),
        })
    }

    /// Number of relations, at least 1.
    pub fn relations(&self) -> usize {
        self.fields.edge_labels.len().max(1)
    }

    /// The tables of categories, and the first of the columns that they make.
    pub fn embedding(&self) -> Option<(&Embedding, usize)> {
        let columns = self.columns(|source| *source == FeatureSource::Categories)?;
        self.fields.embedding.as_ref().map(|embedding| (embedding, columns.start))
    }

    /// The columns whose signs mean nothing: those of eigenvectors.
    pub(in crate::model) fn columns_of_any_sign(&self) -> Option<Range<usize>> {
        self.columns(|source| matches!(source, FeatureSource::Laplacian(_)))
    }

    /// The columns of the source for which `is_it` holds.
    fn columns(&self, is_it: impl Fn(&FeatureSource) -> bool) -> Option<Range<usize>> {
        let sources = &self.fields.sources;
        let place = sources.iter().position(is_it)?;
        let begin = sources[..place].iter().map(|&source| self.columns_of(source)).sum();
        Some(begin..begin + self.columns_of(sources[place]))
    }

    /// Checks that `config`, with everything settled, describes the same features.
    pub(in crate::model) fn check_config(&self, config: &Config) -> Result<()> {
        let out_of_vocabulary = &self.fields.out_of_vocabulary;
        if self.edge_features() != config.edge_features {
            let (own, other) = (self.edge_features().name(), config.edge_features.name());
            bail!(InvalidConfig, "edge_features is {other:?}, but that of the features is {own:?}");
        }
        if self.fields.has_labels() && *out_of_vocabulary != config.out_of_vocabulary {
            let (own, other) = (out_of_vocabulary.name(), config.out_of_vocabulary.name());
            bail!(InvalidConfig, "out_of_vocabulary is {other:?}, but that of the features is {own:?}");
        }
        let Some((own, _)) = self.embedding() else {
            if !config.embedding_sizes.is_empty() {
                bail!(
                    InvalidConfig,
                    "embedding_sizes is {:?}, but the features have no tables",
                    config.embedding_sizes
                );
            }
            return Ok(());
        };
        let named = Embedding {
            sizes: config.embedding_sizes.clone(),
            width: config.embedding_width,
            combine: config.embedding_combine,
            out_of_vocabulary: config.out_of_vocabulary,
            untaken: own.untaken.clone(),
        };
        if named != *own {
            bail!(InvalidConfig, "the configuration describes the tables {named:?}, but the features have {own:?}");
        }
        Ok(())
    }

    /// Columns that are computed of a graph before [`write`](Self::write), those of all such sources in their order.
    pub fn structural_columns(&self) -> usize {
        self.fields.sources.iter().map(FeatureSource::structural_columns).sum()
    }

    /// Checks that features can be made for `graph`. Attributes, categories and labels that are not used may be there.
    pub fn check(&self, graph: &GraphRef<'_>) -> Result<()> {
        let Fields { directed, attributes, labels, .. } = &self.fields;
        if graph.is_directed() != *directed {
            let word = |directed| if directed { "directed" } else { "undirected" };
            bail!(InvalidGraph, "the graph is {}, but the model is for {} ones", word(!directed), word(*directed));
        }
        if *attributes > 0 {
            check_columns("x", graph.features(), *attributes)?;
        }
        if let Some(embedding) = &self.fields.embedding {
            embedding.check(graph)?;
        }
        self.check_edge_labels(graph)?;
        self.fields.edges.check_graph(graph, self.fields.out_of_vocabulary)?;
        if labels.is_empty() {
            return Ok(());
        }
        let Some(given) = graph.node_labels() else {
            bail!(InvalidGraph, "the graph has no node labels, but the model needs them");
        };
        let refuses = self.fields.out_of_vocabulary == OutOfVocabulary::Refuse;
        match given.iter().position(|label| refuses && labels.binary_search(label).is_err()) {
            Some(node) => Err(error!(InvalidGraph, "node {node} has label {}, {UNKNOWN}", given[node])),
            None => Ok(()),
        }
    }

    /// Checks that every edge is of a relation that the model has, where it refuses others, the same seen from either
    /// end.
    ///
    /// The builder has seen to the latter, but labels that were attached to entries later may differ.
    fn check_edge_labels(&self, graph: &GraphRef<'_>) -> Result<()> {
        let known = &self.fields.edge_labels;
        if known.is_empty() {
            return Ok(());
        }
        let Some(given) = graph.edge_labels() else {
            bail!(InvalidGraph, "the graph has no edge labels, but the model needs them");
        };
        let refuses = self.fields.out_of_vocabulary == OutOfVocabulary::Refuse;
        for node in 0..graph.nodes() {
            let begin = graph.indptr()[node] as usize;
            for (&neighbour, label) in graph.neighbours(node).iter().zip(&given[begin..]) {
                if refuses && known.binary_search(label).is_err() {
                    bail!(InvalidGraph, "edge {node}-{neighbour} has label {label}, {UNKNOWN}");
                }
                if !graph.is_directed() && !graph.has_entry(neighbour as usize, node as u32, *label) {
                    bail!(
                        InvalidGraph,
                        "edge {node}-{neighbour} has label {label} one way and not the other, but the graph is \
                         undirected"
                    );
                }
            }
        }
        Ok(())
    }

    /// Writes the features of every node of `graph`, which has passed [`check`](Self::check), into `out`, row-major
    /// `[n, width]`; the columns of categories are 0, for an encoder to fill. `structural` is what was computed before,
    /// row-major `[n, structural_columns]`, where there are [such columns](Self::structural_columns).
    pub fn write<T: Float>(&self, graph: GraphRef<'_>, structural: Option<&[f32]>, out: &mut [T]) {
        let given = self.structural_columns();
        debug_assert_eq!(out.len(), graph.nodes() * self.width);
        debug_assert_eq!(structural.map_or(0, <[f32]>::len), graph.nodes() * given);
        for (node, row) in control::watched(out.chunks_exact_mut(self.width).enumerate()) {
            row.fill(T::zero());
            let mut computed = structural.map_or(&[][..], |all| &all[node * given..][..given]);
            let mut rest = row;
            for &source in &self.fields.sources {
                let (columns, after) = rest.split_at_mut(self.columns_of(source));
                rest = after;
                let degree = graph.neighbours(node).len();
                match source {
                    FeatureSource::Attributes => self.write_attributes(graph, node, columns),
                    FeatureSource::Labels => {
                        let label = graph.node_labels().and_then(|labels| labels.get(node));
                        match label.map(|label| self.fields.labels.binary_search(label)) {
                            Some(Ok(at)) => columns[at] = T::one(),
                            // None where others are rows of zeros.
                            _ => columns.iter_mut().zip(&self.fields.label_shares).for_each(|(c, &s)| *c = real(s)),
                        }
                    }
                    // The network's own part.
                    FeatureSource::Categories => {}
                    FeatureSource::Constant(_) => columns.fill(T::one()),
                    FeatureSource::Degree => columns[0] = real(degree as f64),
                    FeatureSource::OneHotDegree(cap) => columns[degree.min(cap)] = T::one(),
                    FeatureSource::Clustering | FeatureSource::Laplacian(_) | FeatureSource::RandomWalk(_) => {
                        let (own, after) = computed.split_at(columns.len());
                        computed = after;
                        columns.iter_mut().zip(own).for_each(|(column, &value)| *column = real(f64::from(value)));
                    }
                }
            }
        }
    }

    /// Writes the row of every category of `graph`, which has passed [`check`](Self::check), into `out`,
    /// `[n, categories]`, counted over all tables. Without tables there is nothing to write.
    pub fn write_rows(&self, graph: GraphRef<'_>, out: &mut [u32]) {
        if let Some(embedding) = &self.fields.embedding {
            embedding.write_rows(graph, out);
        }
    }

    /// The labels that have a column, sorted; empty where labels are not read.
    pub fn node_labels(&self) -> &[i64] {
        &self.fields.labels
    }

    /// A name for every column, in order; `known` are names of attributes and labels, if they have any.
    pub fn column_names(&self, known: &Names) -> Vec<String> {
        let mut names = Vec::with_capacity(self.width);
        let label_name = |label: &i64| match known.node_labels.get(label) {
            Some(name) => format!("label {label} ({name})"),
            None => format!("label {label}"),
        };
        for &source in &self.fields.sources {
            let columns = self.columns_of(source);
            match source {
                FeatureSource::Attributes => names
                    .extend((0..columns).map(|i| known.x.get(i).cloned().unwrap_or_else(|| format!("attribute {i}")))),
                FeatureSource::Labels => names.extend(self.fields.labels.iter().map(label_name)),
                FeatureSource::Categories => {
                    names.extend(self.fields.embedding.iter().flat_map(Embedding::column_names));
                }
                FeatureSource::Constant(_) => names.extend((0..columns).map(|i| format!("constant {i}"))),
                FeatureSource::Degree => names.push("degree".to_string()),
                FeatureSource::OneHotDegree(cap) => {
                    names.extend((0..cap).map(|degree| format!("degree = {degree}")));
                    names.push(format!("degree >= {cap}"));
                }
                FeatureSource::Clustering => names.push("clustering".to_string()),
                FeatureSource::Laplacian(_) => names.extend((0..columns).map(|i| format!("laplacian {i}"))),
                FeatureSource::RandomWalk(_) => names.extend((1..=columns).map(|i| format!("random walk {i}"))),
            }
        }
        names
    }

    fn write_attributes<T: Float>(&self, graph: GraphRef<'_>, node: usize, columns: &mut [T]) {
        let width = columns.len();
        let given = &graph.x()[node * width..(node + 1) * width];
        let Fields { mean, deviation, .. } = &self.fields;
        for (i, (column, &value)) in columns.iter_mut().zip(given).enumerate() {
            let value = f64::from(value);
            *column = real(if mean.is_empty() { value } else { (value - mean[i]) / deviation[i] });
        }
    }

    fn columns_of(&self, source: FeatureSource) -> usize {
        self.fields.columns_of(source)
    }
}

/// The one door to a schema, whether fitted or read from a file.
impl TryFrom<Fields> for FeatureSchema {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        let width = fields.check()?;
        Ok(Self { fields, width })
    }
}

impl From<FeatureSchema> for Fields {
    fn from(schema: FeatureSchema) -> Self {
        schema.fields
    }
}

/// A number in the model's precision.
fn real<T: Float>(value: f64) -> T {
    T::from(value).unwrap_or_else(T::nan)
}
