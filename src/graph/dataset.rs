//! A data set: many graphs with their targets, packed into a few arrays.

use super::column::Column;
use super::targets::Targets;
use super::{GraphBuilder, GraphInput, GraphRef, GraphRules};
use crate::error::{Result, bail, error};
use crate::memory::try_extend;

/// Classes are counted from 0 without gaps, so a huge number is a mistake of the caller's, and would be a huge model.
pub const MAX_CLASSES: usize = 65_536;

/// Why a graph cannot be added beside others that have attributes.
pub(super) const ATTRIBUTES_GIVEN: &str = "the data set has edge or graph attributes, so no graph can be added";

/// Extra columns that belong to the entries (edges) or to whole graphs of a data set. Empty where there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EdgeData {
    /// One label an entry of `A`, in the order of [`GraphRef::indices`].
    pub labels: Vec<i64>,
    /// Row-major `[entries, attribute_width]`.
    pub attributes: Vec<f32>,
    /// Columns of `attributes`.
    pub attribute_width: usize,
}

/// The labels and attributes of the entries of a data set, borrowed. Empty where there are none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeDataRef<'a> {
    /// One label an entry of `A`, in the order of [`GraphRef::indices`].
    pub labels: &'a [i64],
    /// Row-major `[entries, attribute_width]`.
    pub attributes: &'a [f32],
    /// Columns of `attributes`.
    pub attribute_width: usize,
}

/// Graphs and their classes, and further targets where there are any.
///
/// All graphs share a few arrays, so that a data set of many small graphs costs little more than its numbers. They grow
/// with every graph that is added, or are in a file, see [`from_columns`](Self::from_columns).
#[derive(Debug, Clone)]
pub struct Dataset {
    pub(super) name: String,
    pub(super) rules: GraphRules,
    /// `[len + 1]`: where each graph's nodes begin.
    pub(super) node_offsets: Column<usize>,
    /// `[len + 1]`: where each graph's entries begin.
    pub(super) entry_offsets: Column<usize>,
    /// Row offsets of every graph, each from 0; graph `g` begins at `node_offsets[g] + g`.
    pub(super) indptr: Column<u32>,
    pub(super) indices: Column<u32>,
    /// Empty while every edge of every graph has weight 1.
    pub(super) edge_weight: Column<f32>,
    pub(super) x: Column<f32>,
    /// Row-major `[total_nodes, rules.categories]`.
    pub(super) categories: Column<i32>,
    pub(super) node_labels: Column<i64>,
    pub(super) y: Column<u32>,
    pub(super) class_names: Vec<String>,
    pub(super) edge_labels: Column<i64>,
    pub(super) edge_attributes: Column<f32>,
    pub(super) edge_attribute_width: usize,
    /// Row-major `[len, graph_attribute_width]`.
    pub(super) graph_attributes: Column<f32>,
    pub(super) graph_attribute_width: usize,
    pub(super) targets: Targets,
}

impl Dataset {
    /// An empty data set whose graphs follow `rules`.
    pub fn new(name: impl Into<String>, rules: GraphRules) -> Self {
        Self {
            name: name.into(),
            rules,
            node_offsets: vec![0].into(),
            entry_offsets: vec![0].into(),
            indptr: Column::default(),
            indices: Column::default(),
            edge_weight: Column::default(),
            x: Column::default(),
            categories: Column::default(),
            node_labels: Column::default(),
            y: Column::default(),
            class_names: Vec::new(),
            edge_labels: Column::default(),
            edge_attributes: Column::default(),
            edge_attribute_width: 0,
            graph_attributes: Column::default(),
            graph_attribute_width: 0,
            targets: Targets::default(),
        }
    }

    /// Checks a graph and appends it with its class `y`. On failure the data set is as it was.
    pub fn add(&mut self, builder: &mut GraphBuilder, input: &GraphInput<'_>, y: usize) -> Result<()> {
        let at = self.len();
        let graph = builder.build(input, self.rules).map_err(|e| e.in_context(format_args!("graph {at}")))?;
        self.add_graph(graph, y)
    }

    /// Appends a graph built under the same rules. On failure the data set is as it was.
    pub fn add_graph(&mut self, graph: GraphRef<'_>, y: usize) -> Result<()> {
        let at = self.len();
        self.check_growing()
            .and_then(|()| self.check_graph(&graph, y))
            .and_then(|()| self.push(graph, y))
            .map_err(|e| e.in_context(format_args!("graph {at}")))
    }

    /// Refuses where what was attached to the graphs would be missing for a new one.
    fn check_growing(&self) -> Result<()> {
        if self.node_offsets.is_stored() {
            bail!(InvalidState, "the data set was opened from a file, so no graph can be added");
        }
        if !self.edge_attributes.is_empty() || self.graph_attribute_width > 0 {
            bail!(InvalidState, "{ATTRIBUTES_GIVEN}");
        }
        if !self.targets.is_empty() {
            bail!(InvalidState, "the data set has targets, so no graph can be added");
        }
        Ok(())
    }

    /// Checks that a graph was built under the rules of the data set and that there is such a class.
    pub(super) fn check_graph(&self, graph: &GraphRef<'_>, y: usize) -> Result<()> {
        if graph.features() != self.rules.features
            || graph.category_columns() != self.rules.categories
            || graph.node_labels().is_some() != self.rules.node_labels
            || graph.edge_labels().is_some() != self.rules.edge_labels
            || graph.is_directed() != self.rules.directed
        {
            bail!(InvalidArgument, "it was built under other rules than the data set's");
        }
        if y >= MAX_CLASSES {
            bail!(InvalidArgument, "its class is {y}, but must be below {MAX_CLASSES}");
        }
        if !self.class_names.is_empty() && y >= self.class_names.len() {
            let classes = self.class_names.len();
            bail!(InvalidArgument, "its class is {y}, but the data set has {classes} classes");
        }
        Ok(())
    }

    /// Appends a graph that has been checked.
    pub(super) fn push(&mut self, graph: GraphRef<'_>, y: usize) -> Result<()> {
        self.reserve(1, graph.nodes(), graph.entries())?;
        let (nodes, entries) = (self.total_nodes() + graph.nodes(), self.total_entries() + graph.entries());
        if !self.edge_weight.is_empty() || graph.edge_weight().is_some() {
            let before = self.total_entries();
            let weights = self.edge_weight.own()?;
            weights.try_reserve(entries - weights.len())?;
            weights.resize(before, 1.0);
            weights.extend_from_slice(graph.edge_weight().unwrap_or(&[]));
            weights.resize(entries, 1.0);
        }
        self.indptr.own()?.extend_from_slice(graph.indptr());
        self.indices.own()?.extend_from_slice(graph.indices());
        self.edge_labels.own()?.extend_from_slice(graph.edge_labels().unwrap_or(&[]));
        self.x.own()?.extend_from_slice(graph.x());
        self.categories.own()?.extend_from_slice(graph.categories());
        self.node_labels.own()?.extend_from_slice(graph.node_labels().unwrap_or(&[]));
        self.node_offsets.own()?.push(nodes);
        self.entry_offsets.own()?.push(entries);
        self.y.own()?.push(y as u32);
        Ok(())
    }

    /// Makes room for more graphs, so that adding them does not move what is there.
    pub fn reserve(&mut self, graphs: usize, nodes: usize, entries: usize) -> Result<()> {
        let values = nodes.checked_mul(self.rules.features).ok_or_else(crate::error::Error::out_of_memory)?;
        let categories = nodes.checked_mul(self.rules.categories).ok_or_else(crate::error::Error::out_of_memory)?;
        self.indptr.own()?.try_reserve(nodes.saturating_add(graphs))?;
        self.indices.own()?.try_reserve(entries)?;
        self.edge_labels.own()?.try_reserve(if self.rules.edge_labels { entries } else { 0 })?;
        self.x.own()?.try_reserve(values)?;
        self.categories.own()?.try_reserve(categories)?;
        self.node_labels.own()?.try_reserve(if self.rules.node_labels { nodes } else { 0 })?;
        self.node_offsets.own()?.try_reserve(graphs)?;
        self.entry_offsets.own()?.try_reserve(graphs)?;
        self.y.own()?.try_reserve(graphs)?;
        Ok(())
    }

    /// Gives back memory reserved beyond what the graphs need.
    pub fn shrink_to_fit(&mut self) {
        self.indptr.shrink_to_fit();
        self.indices.shrink_to_fit();
        self.edge_weight.shrink_to_fit();
        self.edge_labels.shrink_to_fit();
        self.x.shrink_to_fit();
        self.categories.shrink_to_fit();
        self.node_labels.shrink_to_fit();
    }

    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Whether there are no graphs.
    pub fn is_empty(&self) -> bool {
        self.y.is_empty()
    }

    /// The name given at creation.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What all graphs have in common.
    pub fn rules(&self) -> GraphRules {
        self.rules
    }

    /// Graph `index`, which must be below [`len`](Self::len).
    pub fn graph(&self, index: usize) -> GraphRef<'_> {
        let nodes = self.node_offsets[index]..self.node_offsets[index + 1];
        let entries = self.entry_offsets[index]..self.entry_offsets[index + 1];
        GraphRef {
            indptr: &self.indptr[nodes.start + index..nodes.end + index + 1],
            indices: &self.indices[entries.clone()],
            edge_weight: (!self.edge_weight.is_empty()).then(|| &self.edge_weight[entries.clone()]),
            x: &self.x[nodes.start * self.rules.features..nodes.end * self.rules.features],
            features: self.rules.features,
            categories: &self.categories[nodes.start * self.rules.categories..nodes.end * self.rules.categories],
            category_columns: self.rules.categories,
            node_labels: self.rules.node_labels.then(|| &self.node_labels[nodes]),
            edge_labels: self.rules.edge_labels.then(|| &self.edge_labels[entries]),
            directed: self.rules.directed,
        }
    }

    /// Nodes of graph `index`, without touching its arrays.
    pub fn nodes(&self, index: usize) -> usize {
        self.node_offsets[index + 1] - self.node_offsets[index]
    }

    /// Nodes of all graphs together.
    pub fn total_nodes(&self) -> usize {
        self.node_offsets[self.len()]
    }

    /// Stored entries of all graphs together: an undirected edge counts twice.
    pub fn total_entries(&self) -> usize {
        self.indices.len()
    }

    /// Where the nodes of graph `index` begin among [`total_nodes`](Self::total_nodes).
    pub fn node_offset(&self, index: usize) -> usize {
        self.node_offsets[index]
    }

    /// Class of graph `index`.
    pub fn y(&self, index: usize) -> usize {
        self.y[index] as usize
    }

    /// Class of graph `index`, as a list of one.
    pub fn class(&self, index: usize) -> &[u32] {
        std::slice::from_ref(&self.y[index])
    }

    /// Number of classes: that of the names where they are set, else that of the words of sequences, else one more than
    /// the largest class.
    pub fn classes(&self) -> usize {
        match (self.class_names.len(), self.targets.vocabulary()) {
            (0, 0) => self.y.iter().max().map_or(0, |&y| y as usize + 1),
            (0, words) => words,
            (named, _) => named,
        }
    }

    /// Number of names that were set.
    pub(super) fn named_classes(&self) -> usize {
        self.class_names.len()
    }

    /// Name of every class; `0`, `1`, ... where none were set.
    pub fn class_names(&self) -> Vec<String> {
        match self.class_names.len() {
            0 => (0..self.classes()).map(|c| c.to_string()).collect(),
            _ => self.class_names.clone(),
        }
    }

    /// Names the classes, or the words of sequences. There must be at least as many names as classes in use, and
    /// exactly as many as there are words.
    pub fn set_class_names(&mut self, names: Vec<String>) -> Result<()> {
        let used = self.y.iter().max().map_or(0, |&y| y as usize + 1);
        check_class_names(names.len(), used, self.targets.vocabulary())?;
        self.class_names = names;
        Ok(())
    }

    /// Every node label that occurs, sorted. Empty where the data has none.
    pub fn label_values(&self) -> Vec<i64> {
        distinct(&self.node_labels)
    }

    /// Every edge label that occurs, sorted. Empty where the data has none.
    pub fn edge_label_values(&self) -> Vec<i64> {
        distinct(&self.edge_labels)
    }

    /// Attaches node features, row-major `[total_nodes, features]`, and node labels to graphs that were built without.
    ///
    /// For data that comes as whole columns: the vectors are kept as they are, not copied.
    pub fn set_node_data(&mut self, x: Vec<f32>, features: usize, node_labels: Option<Vec<i64>>) -> Result<()> {
        if self.rules.features > 0 || self.rules.node_labels {
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
        self.rules.features = features;
        self.rules.node_labels = node_labels.is_some();
        self.x = x.into();
        self.node_labels = node_labels.unwrap_or_default().into();
        Ok(())
    }

    /// Attaches integer categories, row-major `[total_nodes, columns]`, to graphs that were built without.
    ///
    /// For data that comes as whole columns: the vector is kept as it is, not copied.
    pub fn set_categories(&mut self, categories: Vec<i32>, columns: usize) -> Result<()> {
        if self.rules.categories > 0 {
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
        self.rules.categories = columns;
        self.categories = categories.into();
        Ok(())
    }

    /// Labels and attributes of the edges, one an entry over all graphs; entry offsets are those of the graphs.
    pub fn edge_data(&self) -> EdgeDataRef<'_> {
        EdgeDataRef {
            labels: &self.edge_labels,
            attributes: &self.edge_attributes,
            attribute_width: self.edge_attribute_width,
        }
    }

    /// Attaches labels and attributes to the entries of all graphs. After it no graph can be added if there are
    /// attributes, and none without labels if there are labels.
    pub fn set_edge_data(&mut self, data: EdgeData) -> Result<()> {
        if self.rules.edge_labels && !self.is_empty() {
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
        self.rules.edge_labels = !data.labels.is_empty();
        self.edge_labels = data.labels.into();
        self.edge_attributes = data.attributes.into();
        self.edge_attribute_width = data.attribute_width;
        Ok(())
    }

    /// Attaches attributes to the entries of all graphs, row-major `[entries, width]`, beside their labels where they
    /// have any. After it no graph can be added.
    pub fn set_edge_attributes(&mut self, values: Vec<f32>, width: usize) -> Result<()> {
        let entries = self.total_entries();
        if Some(values.len()) != entries.checked_mul(width) {
            bail!(ShapeMismatch, "{} edge attributes of width {width} do not fit {entries} entries", values.len());
        }
        self.edge_attributes = values.into();
        self.edge_attribute_width = width;
        Ok(())
    }

    /// The range of entries that belongs to graph `index`, for use with [`edge_data`](Self::edge_data).
    pub fn entry_range(&self, index: usize) -> std::ops::Range<usize> {
        self.entry_offsets[index]..self.entry_offsets[index + 1]
    }

    /// Attributes of graph `index`, `[width]`; empty where there are none.
    pub fn graph_attributes(&self, index: usize) -> &[f32] {
        let width = self.graph_attribute_width;
        &self.graph_attributes[index * width..(index + 1) * width]
    }

    /// Attaches `width` attributes to every graph, row-major `[len, width]`. After it no graph can be added.
    pub fn set_graph_attributes(&mut self, values: Vec<f32>, width: usize) -> Result<()> {
        if Some(values.len()) != self.len().checked_mul(width) {
            bail!(ShapeMismatch, "{} graph attributes do not fit {} graphs of {width}", values.len(), self.len());
        }
        self.graph_attributes = values.into();
        self.graph_attribute_width = width;
        Ok(())
    }

    /// Checks that every index names a graph.
    pub fn check_indices(&self, indices: &[usize]) -> Result<()> {
        match indices.iter().position(|&i| i >= self.len()) {
            Some(at) => {
                Err(error!(NotFound, "index {at} is {}, but the data set has {} graphs", indices[at], self.len()))
            }
            None => Ok(()),
        }
    }

    /// A data set of the named graphs alone, in the order given.
    pub fn subset(&self, indices: &[usize]) -> Result<Self> {
        self.check_indices(indices)?;
        let mut out = Self::new(self.name.clone(), self.rules);
        out.class_names = self.class_names();
        for &index in indices {
            out.add_graph(self.graph(index), self.y(index))?;
        }
        let data = self.edge_data();
        let (mut attributes, mut of_graphs) = (Vec::new(), Vec::new());
        for &index in indices {
            let entries = self.entry_range(index);
            let width = data.attribute_width;
            let columns = entries.start * width..entries.end * width;
            try_extend(&mut attributes, data.attributes.get(columns).unwrap_or(&[]))?;
            try_extend(&mut of_graphs, self.graph_attributes(index))?;
        }
        out.edge_attributes = attributes.into();
        out.edge_attribute_width = data.attribute_width;
        out.graph_attributes = of_graphs.into();
        out.graph_attribute_width = self.graph_attribute_width;
        out.targets = self.targets.subset(indices)?;
        Ok(out)
    }
}

/// Checks that so many names can be given to classes of which the first `used` are in use, or to the words of a
/// vocabulary where there is one.
pub(super) fn check_class_names(names: usize, used: usize, vocabulary: usize) -> Result<()> {
    if names > MAX_CLASSES {
        bail!(InvalidArgument, "{names} class names are given, but at most {MAX_CLASSES} are possible");
    }
    if names < used || names == 0 {
        bail!(InvalidArgument, "{names} class names are given, but the graphs use {used} classes");
    }
    if ![0, names].contains(&vocabulary) {
        bail!(InvalidArgument, "{names} class names are given, but the vocabulary has {vocabulary} words");
    }
    Ok(())
}

fn distinct(labels: &[i64]) -> Vec<i64> {
    let mut seen = std::collections::BTreeSet::new();
    seen.extend(labels.iter().copied());
    seen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::EdgeInput;

    fn path<'a>(nodes: usize, x: &'a [f32], w: Option<&'a [f32]>) -> GraphInput<'a> {
        const FROM: [i32; 3] = [0, 1, 2];
        const TO: [i32; 3] = [1, 2, 3];
        let edges = EdgeInput::List { sources: &FROM[..nodes - 1], targets: &TO[..nodes - 1] };
        GraphInput { edge_weight: w, x: Some(x), ..GraphInput::new(nodes, edges) }
    }

    #[test]
    fn a_failed_add_changes_nothing() {
        let mut data = Dataset::new("t", GraphRules { features: 1, ..GraphRules::default() });
        let mut builder = GraphBuilder::new();
        data.add(&mut builder, &path(3, &[1.0, 2.0, 3.0], None), 1).unwrap();
        let error = data.add(&mut builder, &path(3, &[1.0, f32::NAN, 3.0], None), 0).unwrap_err();
        assert_eq!(error.message(), "graph 1: x[1, 0] is NaN");
        assert_eq!((data.len(), data.total_nodes(), data.total_entries()), (1, 3, 4));
        data.add(&mut builder, &path(2, &[4.0, 5.0], Some(&[0.5])), 0).unwrap();
        assert_eq!(data.graph(0).edge_weight().unwrap(), &[1.0; 4]);
        assert_eq!(data.graph(1).edge_weight().unwrap(), &[0.5; 2]);
        assert_eq!(data.graph(1).x(), &[4.0, 5.0]);
        assert_eq!(data.graph(1).indptr(), &[0, 1, 2]);
        assert_eq!(data.subset(&[1]).unwrap().graph(0).x(), &[4.0, 5.0]);
        assert_eq!(data.classes(), 2);
    }

    #[test]
    fn edge_labels_follow_their_graphs() {
        let mut data = Dataset::new("t", GraphRules { edge_labels: true, ..GraphRules::default() });
        let mut builder = GraphBuilder::new();
        let labelled = |nodes, labels| GraphInput { x: None, edge_labels: Some(labels), ..path(nodes, &[], None) };
        data.add(&mut builder, &labelled(3, &[7, -2]), 0).unwrap();
        data.add(&mut builder, &labelled(2, &[3]), 1).unwrap();
        assert_eq!(data.graph(0).edge_labels().unwrap(), &[7, 7, -2, -2]);
        assert_eq!(data.subset(&[1, 0]).unwrap().edge_data().labels, [3, 3, 7, 7, -2, -2]);
        assert_eq!(data.edge_label_values(), [-2, 3, 7]);
        let error = data.add(&mut builder, &GraphInput { x: None, ..path(2, &[], None) }, 1).unwrap_err();
        assert_eq!(error.message(), "graph 2: the graph has no edge labels, but they are required");
        let again = data.set_edge_data(EdgeData::default()).unwrap_err();
        assert_eq!(again.message(), "the graphs already have edge labels");
    }

    #[test]
    fn categories_follow_their_graphs() {
        let mut data = Dataset::new("t", GraphRules { categories: 2, ..GraphRules::default() });
        let mut builder = GraphBuilder::new();
        let plain = |nodes| GraphInput { x: None, ..path(nodes, &[], None) };
        let input = GraphInput { categories: Some(&[1, 2, 3, 4]), ..plain(2) };
        data.add(&mut builder, &input, 0).unwrap();
        data.add(&mut builder, &GraphInput { categories: Some(&[-5, 6]), ..plain(1) }, 1).unwrap();
        let error = data.add(&mut builder, &plain(1), 1).unwrap_err();
        assert_eq!(error.message(), "graph 2: categories has 0 values, but 1 nodes with 2 categories need 2");
        let error = data.set_categories(Vec::new(), 0).unwrap_err();
        assert_eq!(error.message(), "the graphs already have categories");
        assert_eq!(data.graph(0).categories(), &[1, 2, 3, 4]);
        assert_eq!(data.subset(&[1]).unwrap().graph(0).categories(), &[-5, 6]);

        let mut later = Dataset::new("t", GraphRules::default());
        later.add(&mut builder, &plain(2), 0).unwrap();
        later.add(&mut builder, &plain(1), 1).unwrap();
        let error = later.set_categories(vec![0; 5], 2).unwrap_err();
        assert_eq!(error.message(), "categories has 5 values, which do not fit 3 nodes with 2 columns");
        later.set_categories(vec![1, 2, 3, 4, -5, 6], 2).unwrap();
        assert_eq!(later.graph(1).categories(), data.graph(1).categories());
        assert_eq!(later.rules(), data.rules());
    }

    #[test]
    fn node_data_comes_later() {
        let mut data = Dataset::new("t", GraphRules::default());
        let mut builder = GraphBuilder::new();
        data.add(&mut builder, &GraphInput { x: None, ..path(2, &[], None) }, 0).unwrap();
        data.add(&mut builder, &GraphInput { x: None, ..path(1, &[], None) }, 1).unwrap();
        let cases = [
            (vec![1.0; 5], None, "x has 5 values, which do not fit 3 nodes with 2 features"),
            (vec![0.0, 1.0, f32::NAN, 1.0, 1.0, 1.0], None, "x[1, 0] is NaN"),
            (vec![1.0; 6], Some(vec![1]), "node_labels has 1 values, but there are 3 nodes"),
        ];
        for (x, labels, message) in cases {
            assert_eq!(data.set_node_data(x, 2, labels).unwrap_err().message(), message);
        }
        data.set_node_data(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, Some(vec![7, 8, 9])).unwrap();
        assert_eq!(data.graph(1).x(), &[5.0, 6.0]);
        assert_eq!(data.graph(1).node_labels().unwrap(), &[9]);
        let again = data.set_node_data(Vec::new(), 0, None).unwrap_err();
        assert_eq!(again.message(), "the graphs already have node features or labels");
    }
}
