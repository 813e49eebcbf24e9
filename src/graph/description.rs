//! What is to be known of a data set besides its columns.

use serde::{Deserialize, Serialize};

use super::input::GraphRules;
use super::names::Names;
use crate::error::Result;

/// What all graphs of a data set have in common, and the names of what they have.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The name given at creation.
    pub name: String,
    /// Columns of `x`.
    pub features: usize,
    /// Columns of `categories`.
    pub categories: usize,
    /// Whether nodes have labels.
    pub node_labels: bool,
    /// Whether edges have labels.
    pub edge_labels: bool,
    /// Whether edges keep their direction.
    pub directed: bool,
    /// Columns of `edge_attributes`.
    pub edge_attribute_width: usize,
    /// Columns of `graph_attributes`.
    pub graph_attribute_width: usize,
    /// Columns of `targets`.
    pub target_width: usize,
    /// Columns of `first_words`.
    pub sequence_length: usize,
    /// Number of words that exist.
    pub vocabulary: usize,
    /// Names of the classes or words; empty where none were set.
    pub class_names: Vec<String>,
    /// Names of columns, labels and categories.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub names: Names,
}

impl Description {
    /// The description of graphs that follow `rules` and have nothing besides.
    pub(super) fn new(name: String, rules: GraphRules) -> Self {
        let GraphRules { features, categories, node_labels, edge_labels, directed, .. } = rules;
        Self { name, features, categories, node_labels, edge_labels, directed, ..Self::default() }
    }

    /// What every graph brings with it.
    pub(super) fn rules(&self) -> GraphRules {
        let Self { features, categories, node_labels, edge_labels, directed, .. } = *self;
        GraphRules { features, categories, node_labels, edge_labels, ..GraphRules::plain(directed) }
    }

    /// Checks that the names are those of what the graphs have.
    pub(super) fn check_names(&self, names: &Names) -> Result<()> {
        names.check(self.rules(), (self.edge_attribute_width, self.graph_attribute_width), self.target_width)
    }

    /// In how many ways graphs that follow the rules can differ, each in words.
    pub(super) fn rule_sizes(&self) -> [(&'static str, usize); 5] {
        [
            ("features of a node", self.features),
            ("categories of a node", self.categories),
            ("labels of a node", usize::from(self.node_labels)),
            ("labels of an edge", usize::from(self.edge_labels)),
            ("directions of an edge that are kept", usize::from(self.directed)),
        ]
    }

    /// The sizes of what is attached to graphs, each in words.
    pub(super) fn attached_sizes(&self) -> [(&'static str, usize); 5] {
        [
            ("targets", self.target_width),
            ("words to predict", self.sequence_length),
            ("words in the vocabulary", self.vocabulary),
            ("attributes of an edge", self.edge_attribute_width),
            ("attributes of a graph", self.graph_attribute_width),
        ]
    }
}
