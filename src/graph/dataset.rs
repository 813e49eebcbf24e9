//! A data set: many graphs with their targets, packed into a few arrays.

use super::builder::GraphBuilder;
use super::columns::Columns;
use super::description::Description;
use super::input::{GraphInput, GraphRules};
use super::limits::MAX_CLASSES;
use super::view::GraphRef;
use crate::error::{Result, bail, error};

/// Why a graph cannot be added beside others that have attributes.
pub(super) const ATTRIBUTES_GIVEN: &str = "the data set has edge or graph attributes, so no graph can be added";

/// Graphs and their classes, and further targets where there are any.
///
/// All graphs share a few arrays, so that a data set of many small graphs costs little more than its numbers. They grow
/// with every graph that is added, or are in a file, see [`from_columns`](Self::from_columns).
#[derive(Debug, Clone)]
pub struct Dataset {
    pub(super) description: Description,
    pub(super) columns: Columns,
}

impl Dataset {
    /// An empty data set whose graphs follow `rules`.
    pub fn new(name: impl Into<String>, rules: GraphRules) -> Self {
        Self { description: Description::new(name.into(), rules), columns: Columns::new() }
    }

    /// Checks a graph and appends it with its class `y`. On failure the data set is as it was.
    pub fn add(&mut self, builder: &mut GraphBuilder, input: &GraphInput<'_>, y: usize) -> Result<()> {
        let at = self.len();
        let graph = builder.build(input, self.rules()).map_err(|e| e.in_context(format_args!("graph {at}")))?;
        self.add_graph(graph, y)
    }

    /// Appends a graph built under the same rules. On failure the data set is as it was.
    pub fn add_graph(&mut self, graph: GraphRef<'_>, y: usize) -> Result<()> {
        let at = self.len();
        self.check_growing()
            .and_then(|()| self.check_graph(&graph, y))
            .and_then(|()| self.columns.push(&self.description, graph, y))
            .map_err(|e| e.in_context(format_args!("graph {at}")))
    }

    /// Refuses where what was attached to the graphs would be missing for a new one.
    fn check_growing(&self) -> Result<()> {
        let (description, columns) = (&self.description, &self.columns);
        if columns.node_offsets.is_stored() {
            bail!(InvalidState, "the data set was opened from a file, so no graph can be added");
        }
        if !columns.edge_attributes.is_empty() || description.graph_attribute_width > 0 {
            bail!(InvalidState, "{ATTRIBUTES_GIVEN}");
        }
        if description.target_width > 0 || description.sequence_length > 0 {
            bail!(InvalidState, "the data set has targets, so no graph can be added");
        }
        Ok(())
    }

    /// Checks that a graph was built under the rules of the data set and that there is such a class.
    pub(super) fn check_graph(&self, graph: &GraphRef<'_>, y: usize) -> Result<()> {
        if graph.rules != self.rules() {
            bail!(InvalidArgument, "it was built under other rules than the data set's");
        }
        if y >= MAX_CLASSES {
            bail!(InvalidArgument, "its class is {y}, but must be below {MAX_CLASSES}");
        }
        let classes = self.description.class_names.len();
        if classes > 0 && y >= classes {
            bail!(InvalidArgument, "its class is {y}, but the data set has {classes} classes");
        }
        Ok(())
    }

    /// Makes room for more graphs, so that adding them does not move what is there.
    pub fn reserve(&mut self, graphs: usize, nodes: usize, entries: usize) -> Result<()> {
        self.columns.reserve(&self.description, graphs, nodes, entries)
    }

    /// Gives back memory reserved beyond what the graphs need.
    pub fn shrink_to_fit(&mut self) {
        self.columns.each_mut().for_each(|(_, column)| column.shrink_to_fit());
    }

    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are no graphs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name given at creation.
    pub fn name(&self) -> &str {
        &self.description.name
    }

    /// What all graphs have in common.
    pub fn rules(&self) -> GraphRules {
        self.description.rules()
    }

    /// What there is besides [`columns`](Self::columns).
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Graph `index`, which must be below [`len`](Self::len).
    pub fn graph(&self, index: usize) -> GraphRef<'_> {
        self.columns.graph(&self.description, index)
    }

    /// Nodes of graph `index`, without touching its arrays.
    pub fn nodes(&self, index: usize) -> usize {
        self.columns.nodes(index).len()
    }

    /// Nodes of all graphs together.
    pub fn total_nodes(&self) -> usize {
        self.columns.node_offsets[self.len()]
    }

    /// Stored entries of all graphs together: an undirected edge counts twice.
    pub fn total_entries(&self) -> usize {
        self.columns.indices.len()
    }

    /// Where the nodes of graph `index` begin among [`total_nodes`](Self::total_nodes).
    pub fn node_offset(&self, index: usize) -> usize {
        self.columns.node_offsets[index]
    }

    /// The range of entries that belongs to graph `index`, for use with [`edge_data`](Self::edge_data).
    pub fn entry_range(&self, index: usize) -> std::ops::Range<usize> {
        self.columns.entries(index)
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
        let description = Description { class_names: self.class_names(), ..self.description.clone() };
        let mut columns = Columns::new();
        if description.sequence_length > 0 {
            columns.begin_sequences()?;
        }
        for &index in indices {
            columns.append(&self.columns, &self.description, index, self.y(index))?;
        }
        Ok(Self { description, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeData, EdgeInput};

    fn path<'a>(nodes: usize, x: &'a [f32], w: Option<&'a [f32]>) -> GraphInput<'a> {
        const FROM: [i32; 3] = [0, 1, 2];
        const TO: [i32; 3] = [1, 2, 3];
        let edges = EdgeInput::List { from: &FROM[..nodes - 1], to: &TO[..nodes - 1] };
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
