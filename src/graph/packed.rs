//! A data set taken apart into a description and columns of bytes, and put together again.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::GraphRules;
use super::column::{Column, Element, ElementKind, Store};
use super::dataset::Dataset;
use super::targets::Targets;
use super::verify::verify;
use crate::error::{Result, bail};

/// Every column that a data set may have, in the order of [`Dataset::columns`].
pub const COLUMN_NAMES: [&str; 16] = [
    "node_offsets",
    "entry_offsets",
    "indptr",
    "indices",
    "edge_weight",
    "edge_labels",
    "edge_attributes",
    "x",
    "categories",
    "node_labels",
    "y",
    "graph_attributes",
    "targets",
    "word_offsets",
    "words",
    "first_words",
];

/// What is to be known of a data set besides its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

/// One column as it lies in memory.
#[derive(Debug, Clone, Copy)]
pub struct PackedColumn<'a> {
    /// Its name, see [`Dataset::columns`].
    pub name: &'static str,
    /// What its bytes stand for.
    pub kind: ElementKind,
    /// The numbers, in the order of bytes of this machine.
    pub bytes: &'a [u8],
}

/// Where the columns of a data set lie in a store.
pub struct StoredColumns {
    /// The bytes.
    pub store: Store,
    /// Kind and range of every column, by name.
    pub places: BTreeMap<String, (ElementKind, Range<usize>)>,
}

impl StoredColumns {
    /// Takes out a column; one that is not there is empty.
    fn take<T: Element>(&mut self, name: &str) -> Result<Column<T>> {
        match self.places.remove(name) {
            None => Ok(Column::default()),
            Some((kind, _)) if kind != T::KIND => bail!(InvalidFile, "{name}: it is of the type {kind:?}"),
            Some((_, range)) => Column::stored(&self.store, range).map_err(|e| e.in_context(name)),
        }
    }
}

impl Dataset {
    /// What there is besides [`columns`](Self::columns).
    pub fn description(&self) -> Description {
        let (rules, targets) = (self.rules, &self.targets);
        Description {
            name: self.name.clone(),
            features: rules.features,
            categories: rules.categories,
            node_labels: rules.node_labels,
            edge_labels: rules.edge_labels,
            directed: rules.directed,
            edge_attribute_width: self.edge_attribute_width,
            graph_attribute_width: self.graph_attribute_width,
            target_width: targets.width,
            sequence_length: targets.length,
            vocabulary: targets.vocabulary,
            class_names: self.class_names.clone(),
        }
    }

    /// All numbers of the graphs, without columns that are empty.
    ///
    /// `node_offsets` and `entry_offsets` say where the nodes and the entries of each graph begin, and have one value
    /// more than there are graphs. `indptr` has the row offsets of every graph, each from 0; those of graph `g` begin
    /// at `node_offsets[g] + g`. Words of graph `g` are `words[word_offsets[g]..word_offsets[g + 1]]`; `first_words`
    /// are those that a model predicts. All others have a row a node, an entry or a graph.
    pub fn columns(&self) -> Vec<PackedColumn<'_>> {
        let targets = &self.targets;
        let mut columns = vec![
            packed("node_offsets", &self.node_offsets),
            packed("entry_offsets", &self.entry_offsets),
            packed("indptr", &self.indptr),
            packed("indices", &self.indices),
            packed("edge_weight", &self.edge_weight),
            packed("edge_labels", &self.edge_labels),
            packed("edge_attributes", &self.edge_attributes),
            packed("x", &self.x),
            packed("categories", &self.categories),
            packed("node_labels", &self.node_labels),
            packed("y", &self.y),
            packed("graph_attributes", &self.graph_attributes),
            packed("targets", &targets.values),
            packed("word_offsets", &targets.offsets),
            packed("words", &targets.words),
            packed("first_words", &targets.heads),
        ];
        columns.retain(|column| !column.bytes.is_empty());
        columns
    }

    /// The data set that [`description`](Self::description) and [`columns`](Self::columns) were made of.
    ///
    /// Every number is looked at: what comes out keeps all rules that graphs added one by one would, whatever the bytes
    /// are. The graphs stay in the store, and none can be added to them; targets and names of classes can be set.
    pub fn from_columns(description: Description, mut columns: StoredColumns) -> Result<Self> {
        let rules = GraphRules {
            features: description.features,
            categories: description.categories,
            node_labels: description.node_labels,
            edge_labels: description.edge_labels,
            directed: description.directed,
        };
        let mut data = Self::new(description.name, rules);
        data.node_offsets = columns.take("node_offsets")?;
        data.entry_offsets = columns.take("entry_offsets")?;
        data.indptr = columns.take("indptr")?;
        data.indices = columns.take("indices")?;
        data.edge_weight = columns.take("edge_weight")?;
        data.edge_labels = columns.take("edge_labels")?;
        data.edge_attributes = columns.take("edge_attributes")?;
        data.edge_attribute_width = description.edge_attribute_width;
        data.x = columns.take("x")?;
        data.categories = columns.take("categories")?;
        data.node_labels = columns.take("node_labels")?;
        data.y = columns.take("y")?;
        data.graph_attributes = columns.take("graph_attributes")?;
        data.graph_attribute_width = description.graph_attribute_width;
        data.targets = Targets {
            values: columns.take("targets")?,
            width: description.target_width,
            offsets: columns.take("word_offsets")?,
            words: columns.take("words")?,
            heads: columns.take("first_words")?,
            length: description.sequence_length,
            vocabulary: description.vocabulary,
        };
        if let Some(name) = columns.places.keys().next() {
            bail!(InvalidFile, "a data set has no column {:?}", name.chars().take(80).collect::<String>());
        }
        verify(&data)?;
        if !description.class_names.is_empty() {
            data.set_class_names(description.class_names)?;
        }
        Ok(data)
    }
}

pub(super) fn packed<'a, T: Element>(name: &'static str, values: &'a [T]) -> PackedColumn<'a> {
    PackedColumn { name, kind: T::KIND, bytes: bytemuck::cast_slice(values) }
}
