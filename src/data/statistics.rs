//! What a data set is like, in a few numbers: for the library's users, for C and for the program, all as the same JSON.

use serde::Serialize;

use crate::error::Result;
use crate::graph::{Dataset, GraphRef, Names};
use crate::memory::try_resize;

/// Statistics of the graphs of a data set. As JSON, every field is a key of its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// Name of the data set.
    pub name: String,
    /// Number of graphs.
    pub graphs: usize,
    /// Nodes of a graph.
    pub nodes: Spread,
    /// Edges of a graph; one without direction counts once, as a self-loop does.
    pub edges: Spread,
    /// Entries of a node's row: its neighbours.
    pub degree: Spread,
    /// Whether edges keep their direction.
    pub directed: bool,
    /// Whether edges have weights.
    pub weighted: bool,
    /// Number of nodes that no edge touches.
    pub isolated_nodes: usize,
    /// Number of edges from a node to itself.
    pub self_loops: usize,
    /// Features of a node.
    pub features: usize,
    /// Categories of a node.
    pub categories: usize,
    /// Labels of nodes that occur.
    pub node_labels: Vec<i64>,
    /// Labels of edges that occur.
    pub edge_labels: Vec<i64>,
    /// Attributes of an edge.
    pub edge_attributes: usize,
    /// Attributes of a graph.
    pub graph_attributes: usize,
    /// Targets of a graph.
    pub targets: usize,
    /// Targets that are missing, of all graphs.
    pub missing_targets: usize,
    /// Words of a sequence that are to be predicted.
    pub sequence_length: usize,
    /// Words that exist.
    pub vocabulary: usize,
    /// The classes, with how many graphs each has; none where graphs have sequences instead.
    pub classes: Vec<ClassCount>,
    /// Names of what the graphs have.
    pub names: Names,
    /// The columns that the graphs are stored as and that are not empty, see [`Dataset::columns`].
    pub columns: Vec<ColumnSize>,
}

/// A class, and how many graphs it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Name of the class.
    pub name: String,
    /// Number of its graphs.
    pub graphs: usize,
}

/// A column, and how large it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnSize {
    /// Name of the column, one of [`COLUMN_NAMES`](crate::graph::COLUMN_NAMES).
    pub name: &'static str,
    /// Number of bytes.
    pub bytes: usize,
}

/// Smallest, mean and largest of some counts, with their sum.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: usize,
    /// The mean; 0 where there is nothing.
    pub mean: f64,
    /// The largest.
    pub max: usize,
    /// The sum of all.
    pub total: usize,
}

/// A spread on its way.
#[derive(Default)]
struct Counts {
    spread: Spread,
    count: usize,
}

impl Counts {
    fn add(&mut self, value: usize) {
        let Spread { min, max, total, .. } = &mut self.spread;
        *min = if self.count == 0 { value } else { value.min(*min) };
        *max = value.max(*max);
        *total += value;
        self.count += 1;
    }

    fn spread(self) -> Spread {
        Spread { mean: self.spread.total as f64 / self.count.max(1) as f64, ..self.spread }
    }
}

impl Statistics {
    /// The statistics of a data set. Every edge is looked at, in time linear in nodes and edges.
    pub fn of(dataset: &Dataset) -> Result<Self> {
        let (rules, description) = (dataset.rules(), dataset.description());
        let [mut nodes, mut edges, mut degree] = [(); 3].map(|()| Counts::default());
        let (mut weighted, mut isolated_nodes, mut self_loops, mut missing_targets) = (false, 0, 0, 0);
        let (mut per_class, mut touched) = (Vec::new(), Vec::new());
        try_resize(&mut per_class, dataset.classes(), 0_usize)?;
        for index in 0..dataset.len() {
            let graph = dataset.graph(index);
            let loops = self_loops_of(graph);
            nodes.add(graph.nodes());
            edges.add(if rules.directed { graph.entries() } else { (graph.entries() + loops) / 2 });
            (0..graph.nodes()).for_each(|node| degree.add(graph.neighbours(node).len()));
            weighted |= graph.edge_weight().is_some();
            isolated_nodes += isolated(graph, &mut touched)?;
            self_loops += loops;
            missing_targets += dataset.targets(index).iter().filter(|value| value.is_nan()).count();
            per_class[dataset.y(index)] += 1;
        }
        let names = if dataset.sequence_length() > 0 { Vec::new() } else { dataset.class_names() };
        let classes = names.into_iter().zip(per_class).map(|(name, graphs)| ClassCount { name, graphs });
        Ok(Self {
            name: dataset.name().to_string(),
            graphs: dataset.len(),
            nodes: nodes.spread(),
            edges: edges.spread(),
            degree: degree.spread(),
            directed: rules.directed,
            weighted,
            isolated_nodes,
            self_loops,
            features: rules.features,
            categories: rules.categories,
            node_labels: dataset.label_values(),
            edge_labels: dataset.edge_label_values(),
            edge_attributes: description.edge_attribute_width,
            graph_attributes: description.graph_attribute_width,
            targets: dataset.target_width(),
            missing_targets,
            sequence_length: dataset.sequence_length(),
            vocabulary: dataset.vocabulary(),
            classes: classes.collect(),
            names: dataset.names().clone(),
            columns: dataset.columns().iter().map(|c| ColumnSize { name: c.name, bytes: c.bytes.len() }).collect(),
        })
    }
}

fn self_loops_of(graph: GraphRef<'_>) -> usize {
    let loops = |node: usize| graph.neighbours(node).iter().filter(|&&other| other as usize == node).count();
    (0..graph.nodes()).map(loops).sum()
}

/// Counts the nodes without an edge from or to them. `touched` is scratch.
fn isolated(graph: GraphRef<'_>, touched: &mut Vec<bool>) -> Result<usize> {
    touched.clear();
    try_resize(touched, graph.nodes(), false)?;
    for node in 0..graph.nodes() {
        touched[node] |= !graph.neighbours(node).is_empty();
        graph.neighbours(node).iter().for_each(|&other| touched[other as usize] = true);
    }
    Ok(touched.iter().filter(|touched| !**touched).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    /// A graph of a self-loop, an edge and a lone node, and a single node.
    fn dataset(directed: bool) -> Dataset {
        let mut data = Dataset::new("t", GraphRules { directed, ..GraphRules::default() });
        let mut builder = GraphBuilder::new();
        let edges = EdgeInput::List { from: &[0, 1], to: &[0, 2] };
        data.add(&mut builder, &GraphInput::new(4, edges), 1).unwrap();
        data.add(&mut builder, &GraphInput::new(1, EdgeInput::List { from: &[], to: &[] }), 1).unwrap();
        data
    }

    #[test]
    fn edges_count_once_and_lone_nodes_are_found() {
        for directed in [false, true] {
            let found = Statistics::of(&dataset(directed)).unwrap();
            assert_eq!(found.nodes, Spread { min: 1, mean: 2.5, max: 4, total: 5 });
            assert_eq!(found.edges, Spread { min: 0, mean: 1.0, max: 2, total: 2 });
            assert_eq!((found.isolated_nodes, found.self_loops, found.directed), (2, 1, directed));
            assert_eq!(found.degree.total, if directed { 2 } else { 3 });
            let counts: Vec<usize> = found.classes.iter().map(|class| class.graphs).collect();
            assert_eq!(counts, [0, 2]);
        }
    }

    #[test]
    fn every_key_is_documented() {
        let json = serde_json::to_value(Statistics::of(&dataset(false)).unwrap()).unwrap();
        let texts = [
            ("docs/json.md", include_str!("../../docs/json.md"), "| ", " | "),
            ("the header", include_str!("../ffi/dataset_read.rs"), "/// - ", ": "),
        ];
        for (place, text, begin, end) in texts {
            let rows: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(begin)?.split(end).next()).collect();
            for key in json.as_object().unwrap().keys() {
                let named = rows.iter().any(|row| row.contains(&format!("`{key}`")));
                assert!(named, "{place} says nothing about {key}");
            }
        }
    }

    #[test]
    fn columns_are_told_with_their_bytes() {
        let found = Statistics::of(&dataset(false)).unwrap();
        let columns: Vec<_> = found.columns.iter().map(|column| (column.name, column.bytes)).collect();
        let wanted = [("node_offsets", 24), ("entry_offsets", 24), ("indptr", 28), ("indices", 12), ("y", 8)];
        assert_eq!(columns, wanted);
    }

    #[test]
    fn missing_targets_are_counted() {
        let mut data = dataset(false);
        data.set_targets(vec![1.0, f32::NAN, f32::NAN, 0.0], 2).unwrap();
        let found = Statistics::of(&data).unwrap();
        assert_eq!((found.targets, found.missing_targets), (2, 2));
        let empty = Statistics::of(&Dataset::new("t", GraphRules::default())).unwrap();
        assert_eq!((empty.graphs, empty.nodes), (0, Spread::default()));
    }
}
