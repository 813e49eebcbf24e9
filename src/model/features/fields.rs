//! What is stored of a feature schema, and what must hold of it.

use serde::{Deserialize, Serialize};

use super::edges::EdgeSchema;
use super::embedding::Embedding;
use crate::config::feature_source::{self, FeatureSource};
use crate::config::{MAX_SIZE, OutOfVocabulary};
use crate::error::{Result, bail};

/// Largest number of relations: every convolution has weights for each of them.
const MAX_RELATIONS: usize = 256;

/// What is stored of a schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    /// The sources as [`FeatureSource`] prints them.
    pub(super) sources: Vec<FeatureSource>,
    pub(super) directed: bool,
    /// Attributes of a node as given; 0 where they are not among the sources.
    pub(super) attributes: usize,
    /// The label values that have a column, sorted; empty where labels are not among the sources.
    pub(super) labels: Vec<i64>,
    /// Mean of every attribute column; empty where attributes are taken as they are.
    pub(super) mean: Vec<f64>,
    /// Deviation of every attribute column; empty where attributes are taken as they are.
    pub(super) deviation: Vec<f64>,
    /// The tables of categories; none where they are not among the sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) embedding: Option<Embedding>,
    /// The edge labels that are a relation each, sorted; empty where edges are of one kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) edge_labels: Vec<i64>,
    /// What becomes of a label or relation that is not among them.
    #[serde(default = "refuse", skip_serializing_if = "is_refuse")]
    pub(super) out_of_vocabulary: OutOfVocabulary,
    /// The share of every label among those of the training nodes, where others take their mean; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) label_shares: Vec<f64>,
    /// The relation of most training edges, where others take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) common_edge_label: Option<i64>,
    /// What convolutions read of the edges.
    #[serde(default, skip_serializing_if = "EdgeSchema::is_none")]
    pub(super) edges: EdgeSchema,
}

fn refuse() -> OutOfVocabulary {
    OutOfVocabulary::Refuse
}

fn is_refuse(rule: &OutOfVocabulary) -> bool {
    *rule == OutOfVocabulary::Refuse
}

impl Fields {
    /// Columns that a source makes.
    pub(super) fn columns_of(&self, source: FeatureSource) -> usize {
        match source {
            FeatureSource::Attributes => self.attributes,
            FeatureSource::Labels => self.labels.len(),
            FeatureSource::Categories => self.embedding.as_ref().map_or(0, Embedding::columns),
            FeatureSource::Constant(width) => width,
            FeatureSource::OneHotDegree(cap) => cap + 1,
            FeatureSource::Degree => 1,
            FeatureSource::Clustering | FeatureSource::Laplacian(_) | FeatureSource::RandomWalk(_) => {
                source.structural_columns()
            }
        }
    }

    /// Whether labels of nodes or edges are read, of whatever kind.
    pub(super) fn has_labels(&self) -> bool {
        !(self.labels.is_empty() && self.edge_labels.is_empty()) || self.edges.has_tables()
    }

    /// Checks that all parts fit together, and returns the number of columns in all.
    pub(super) fn check(&self) -> Result<usize> {
        let sources = &self.sources;
        feature_source::check(sources)?;
        let agrees = |source, present: bool| sources.contains(&source) == present;
        if !agrees(FeatureSource::Attributes, self.attributes > 0)
            || !agrees(FeatureSource::Labels, !self.labels.is_empty())
        {
            bail!(
                InvalidConfig,
                "the feature sources do not fit {} attributes and {} labels",
                self.attributes,
                self.labels.len()
            );
        }
        if !agrees(FeatureSource::Categories, self.embedding.is_some()) {
            bail!(InvalidConfig, "the feature sources do not fit the tables of categories");
        }
        if let Some(embedding) = &self.embedding {
            embedding.check_sizes()?;
        }
        let structural = |source: &&FeatureSource| source.structural_columns() > 0;
        if let Some(source) = sources.iter().find(structural).filter(|_| self.directed) {
            bail!(InvalidConfig, "features asks for {source}, which is not defined for directed graphs");
        }
        if let Some(at) = self.labels.windows(2).position(|pair| pair[0] >= pair[1]) {
            bail!(InvalidConfig, "labels[{}] of the features is not above labels[{at}]", at + 1);
        }
        if let Some(at) = self.edge_labels.windows(2).position(|pair| pair[0] >= pair[1]) {
            bail!(InvalidConfig, "edge_labels[{}] of the features is not above edge_labels[{at}]", at + 1);
        }
        if self.edge_labels.len() > MAX_RELATIONS {
            let labels = self.edge_labels.len();
            bail!(InvalidConfig, "there are {labels} edge labels, but at most {MAX_RELATIONS} relations are possible");
        }
        self.check_reserved()?;
        self.edges.check(self.out_of_vocabulary)?;
        if !self.edges.is_none() && !self.edge_labels.is_empty() {
            bail!(InvalidConfig, "edges have both features and {} relations", self.edge_labels.len());
        }
        let (means, deviations) = (self.mean.len(), self.deviation.len());
        if means != deviations || (means != 0 && means != self.attributes) {
            bail!(InvalidConfig, "{means} means and {deviations} deviations do not fit {} attributes", self.attributes);
        }
        if let Some(at) = self.mean.iter().position(|mean| !mean.is_finite()) {
            bail!(InvalidConfig, "mean[{at}] of the features is {}", self.mean[at]);
        }
        if let Some(at) = self.deviation.iter().position(|d| !(d.is_finite() && *d > 0.0)) {
            bail!(InvalidConfig, "deviation[{at}] of the features is {}", self.deviation[at]);
        }
        let width = sources.iter().map(|&source| self.columns_of(source)).fold(0, usize::saturating_add);
        if width > MAX_SIZE {
            bail!(InvalidConfig, "features make {width} columns, more than {MAX_SIZE}");
        }
        Ok(width)
    }

    /// Checks what labels and relations take that are not among those known.
    fn check_reserved(&self) -> Result<()> {
        let reserve = self.out_of_vocabulary == OutOfVocabulary::Reserve;
        let (shares, labels) = (self.label_shares.len(), self.labels.len());
        if shares != if reserve { labels } else { 0 } {
            let rule = self.out_of_vocabulary.name();
            bail!(
                InvalidConfig,
                "{shares} label_shares do not fit {labels} labels while out_of_vocabulary is {rule:?}"
            );
        }
        if let Some(at) = self.label_shares.iter().position(|share| !(0.0..=1.0).contains(share)) {
            bail!(InvalidConfig, "label_shares[{at}] of the features is {}", self.label_shares[at]);
        }
        let fits = match self.common_edge_label {
            Some(label) => reserve && self.edge_labels.binary_search(&label).is_ok(),
            None => !reserve || self.edge_labels.is_empty(),
        };
        if !fits {
            bail!(InvalidConfig, "common_edge_label {:?} does not fit the edge labels", self.common_edge_label);
        }
        Ok(())
    }
}
