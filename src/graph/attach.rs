//! What is attached to the graphs of a data set: columns of nodes, of entries and of whole graphs,
//! and names.

use super::dataset::Dataset;
use super::names::Names;
use crate::error::{Result, bail};

/// Extra columns that belong to the entries (edges) or to whole graphs of a data set. Empty where there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EdgeData {
    /// One label an entry of `A`, in the order of the indices of the graph.
    pub labels: Vec<i64>,
    /// Row-major `[entries, attribute_width]`.
    pub attributes: Vec<f32>,
    /// Columns of `attributes`.
    pub attribute_width: usize,
}

/// The labels and attributes of the entries of a data set, borrowed. Empty where there are none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeDataRef<'a> {
    /// One label an entry of `A`, in the order of the indices of the graph.
    pub labels: &'a [i64],
    /// Row-major `[entries, attribute_width]`.
    pub attributes: &'a [f32],
    /// Columns of `attributes`.
    pub attribute_width: usize,
}

impl Dataset {
    /// Names of what the graphs have.
    pub fn names(&self) -> &Names {
        &self.description.names
    }

    /// Names what the graphs have, in place of the names that there are. Names of columns are as many as the columns,
    /// each another one, of 1 to [`MAX_NAME`](super::MAX_NAME) bytes; labels need not all have one. On failure nothing
    /// changes.
    pub fn set_names(&mut self, names: Names) -> Result<()> {
        self.description.check_names(&names)?;
        self.description.names = names;
        Ok(())
    }

    /// Names the features of a node alone: a name a column of `x`, or none, which takes them away. On failure nothing
    /// changes.
    pub fn set_feature_names(&mut self, x: Vec<String>) -> Result<()> {
        self.set_names(Names { x, ..self.description.names.clone() })
    }
}

impl Dataset {
    /// Every node label that occurs, sorted. Empty where the data has none.
    pub fn label_values(&self) -> Vec<i64> {
        distinct(&self.columns.node_labels)
    }

    /// Every edge label that occurs, sorted. Empty where the data has none.
    pub fn edge_label_values(&self) -> Vec<i64> {
        distinct(&self.columns.edge_labels)
    }

    /// Attaches node features, row-major `[total_nodes, features]`, and node labels to graphs that were built without.
    ///
    /// For data that comes as whole columns: the vectors are kept as they are, not copied.
    pub fn set_node_data(&mut self, x: Vec<f32>, features: usize, node_labels: Option<Vec<i64>>) -> Result<()> {
        if self.description.features > 0 || self.description.node_labels {
            bail!(InvalidState, "the graphs already have node features or labels");
        }
        let nodes = self.total_nodes();
        if Some(x.len()) != nodes.checked_mul(features) {
            bail!(ShapeMismatch, "x has {} values, which do not fit {nodes} nodes with {features} features", x.len());
        }
        if let Some(at) = x.iter().position(|v| !v.is_finite()) {
            bail!(InvalidGraph, "x[{}, {}] is {}", at / features, at % features, x[at]);
        }
        if let Some(labels) = node_labels.as_ref().filter(|labels| labels.len() != nodes) {
            bail!(ShapeMismatch, "node_labels has {} values, but there are {nodes} nodes", labels.len());
        }
        self.description.features = features;
        self.description.node_labels = node_labels.is_some();
        self.columns.x = x.into();
        self.columns.node_labels = node_labels.unwrap_or_default().into();
        Ok(())
    }

    /// Attaches integer categories, row-major `[total_nodes, columns]`, to graphs that were built without.
    ///
    /// For data that comes as whole columns: the vector is kept as it is, not copied.
    pub fn set_categories(&mut self, categories: Vec<i32>, columns: usize) -> Result<()> {
        if self.description.categories > 0 {
            bail!(InvalidState, "the graphs already have categories");
        }
        let nodes = self.total_nodes();
        if Some(categories.len()) != nodes.checked_mul(columns) {
            let given = categories.len();
            bail!(
                ShapeMismatch,
                "categories has {given} values, which do not fit {nodes} nodes with {columns} columns"
            );
        }
        self.description.categories = columns;
        self.columns.categories = categories.into();
        Ok(())
    }

    /// Labels and attributes of the edges, one an entry over all graphs; entry offsets are those of the graphs.
    pub fn edge_data(&self) -> EdgeDataRef<'_> {
        EdgeDataRef {
            labels: &self.columns.edge_labels,
            attributes: &self.columns.edge_attributes,
            attribute_width: self.description.edge_attribute_width,
        }
    }

    /// Attributes of an edge, possibly 0.
    pub fn edge_attribute_columns(&self) -> usize {
        self.columns.edge_attribute_columns(&self.description)
    }

    /// Attaches labels and attributes to the entries of all graphs. After it no graph can be added if there are
    /// attributes, and none without labels if there are labels.
    pub fn set_edge_data(&mut self, data: EdgeData) -> Result<()> {
        if self.description.edge_labels && !self.is_empty() {
            bail!(InvalidState, "the graphs already have edge labels");
        }
        let entries = self.total_entries();
        let fits = |len: usize, width: usize| len == 0 || Some(len) == entries.checked_mul(width);
        if !fits(data.labels.len(), 1) || !fits(data.attributes.len(), data.attribute_width) {
            bail!(
                ShapeMismatch,
                "{} edge labels and {} edge attributes of width {} do not fit {entries} entries",
                data.labels.len(),
                data.attributes.len(),
                data.attribute_width
            );
        }
        self.description.edge_labels = !data.labels.is_empty();
        self.columns.edge_labels = data.labels.into();
        self.columns.edge_attributes = data.attributes.into();
        self.description.edge_attribute_width = data.attribute_width;
        Ok(())
    }

    /// Attaches attributes to the entries of all graphs, row-major `[entries, width]`, beside their labels where they
    /// have any. After it no graph can be added.
    pub fn set_edge_attributes(&mut self, values: Vec<f32>, width: usize) -> Result<()> {
        let entries = self.total_entries();
        if Some(values.len()) != entries.checked_mul(width) {
            bail!(ShapeMismatch, "{} edge attributes of width {width} do not fit {entries} entries", values.len());
        }
        self.columns.edge_attributes = values.into();
        self.description.edge_attribute_width = width;
        Ok(())
    }

    /// Attributes of graph `index`, `[width]`; empty where there are none.
    pub fn graph_attributes(&self, index: usize) -> &[f32] {
        let width = self.description.graph_attribute_width;
        &self.columns.graph_attributes[index * width..(index + 1) * width]
    }

    /// Attaches `width` attributes to every graph, row-major `[len, width]`. After it no graph can be added.
    pub fn set_graph_attributes(&mut self, values: Vec<f32>, width: usize) -> Result<()> {
        if Some(values.len()) != self.len().checked_mul(width) {
            bail!(ShapeMismatch, "{} graph attributes do not fit {} graphs of {width}", values.len(), self.len());
        }
        self.columns.graph_attributes = values.into();
        self.description.graph_attribute_width = width;
        Ok(())
    }
}

fn distinct(labels: &[i64]) -> Vec<i64> {
    let mut seen = std::collections::BTreeSet::new();
    seen.extend(labels.iter().copied());
    seen.into_iter().collect()
}
