//! Many graphs that are given as one graph, in the layout of a batch of PyTorch Geometric.

use super::arrays::GraphArrays;
use super::input::{EdgeInput, GraphInput, GraphRules};
use crate::error::{Result, bail};

/// Many graphs that are given as one: the nodes of each are a range, and its edges join these.
pub struct BatchParts<'a> {
    all: &'a GraphArrays,
    nodes: &'a [i64],
    /// Where the edges of each graph begin, and where those of the last end.
    edges: Vec<usize>,
    /// The ends of all edges, counted within their graphs.
    from: Vec<i32>,
    to: Vec<i32>,
}

impl<'a> BatchParts<'a> {
    /// The graphs of a batch: the nodes of graph `g` are those from `node_offsets[g]` to before `node_offsets[g + 1]`.
    pub fn new(all: &'a GraphArrays, node_offsets: &'a [i64]) -> Result<Self> {
        let Some(graphs) = node_offsets.len().checked_sub(1) else {
            bail!(ShapeMismatch, "node_offsets has no values, but must have one more than there are graphs");
        };
        if node_offsets[0] != 0 || node_offsets[graphs] as u64 != all.nodes as u64 {
            let (first, last) = (node_offsets[0], node_offsets[graphs]);
            bail!(
                InvalidGraph,
                "node_offsets goes from {first} to {last}, but must go from 0 to {}, all nodes",
                all.nodes
            );
        }
        if let Some(at) = node_offsets.windows(2).position(|pair| pair[0] > pair[1]) {
            let (before, after) = (node_offsets[at], node_offsets[at + 1]);
            bail!(InvalidGraph, "node_offsets[{}] is {after}, less than {before} before it", at + 1);
        }
        let mut parts = Self { all, nodes: node_offsets, edges: Vec::new(), from: Vec::new(), to: Vec::new() };
        parts.edges.try_reserve_exact(graphs + 1)?;
        parts.from.try_reserve_exact(all.from.len())?;
        parts.to.try_reserve_exact(all.to.len())?;
        parts.edges.push(0);
        for (edge, (&from, &to)) in all.from.iter().zip(&all.to).enumerate() {
            parts.take(edge, from, to)?;
        }
        let edges = all.from.len();
        parts.edges.resize(graphs + 1, edges);
        Ok(parts)
    }

    /// Takes the next edge, which is of the graph at hand or of a later one.
    fn take(&mut self, edge: usize, from: i32, to: i32) -> Result<()> {
        let holds = |graph: usize, node: i32| (self.nodes[graph]..self.nodes[graph + 1]).contains(&i64::from(node));
        let mut graph = self.edges.len() - 1;
        while graph < self.len() && !holds(graph, from) {
            graph += 1;
        }
        if graph == self.len() {
            let last = self.edges.len() - 1;
            bail!(InvalidGraph, "from[{edge}] is {from}, which is no node of graph {last} or of one after it");
        }
        if !holds(graph, to) {
            bail!(InvalidGraph, "edge {edge} goes from node {from} of graph {graph} to node {to}, which is of another");
        }
        self.edges.resize(graph + 1, edge);
        let begin = self.nodes[graph];
        self.from.push((i64::from(from) - begin) as i32);
        self.to.push((i64::from(to) - begin) as i32);
        Ok(())
    }

    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.nodes.len() - 1
    }

    /// Whether there are no graphs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The arrays of one graph, as [`GraphArrays::input`] gives them.
    pub fn input(&self, graph: usize, rules: GraphRules) -> Result<GraphInput<'_>> {
        let all = self.all.input(rules)?;
        let (edges, nodes) = (self.edges[graph]..self.edges[graph + 1], self.node_range(graph));
        fn rows<T>(values: Option<&[T]>, rows: std::ops::Range<usize>, width: usize) -> Option<&[T]> {
            values.map(|values| &values[rows.start * width..rows.end * width])
        }
        Ok(GraphInput {
            edge_weight: rows(all.edge_weight, edges.clone(), 1),
            edge_labels: rows(all.edge_labels, edges.clone(), 1),
            edge_attributes: rows(all.edge_attributes, edges.clone(), rules.edge_attributes),
            x: rows(all.x, nodes.clone(), rules.features),
            categories: rows(all.categories, nodes.clone(), rules.categories),
            node_labels: rows(all.node_labels, nodes.clone(), 1),
            ..GraphInput::new(nodes.len(), EdgeInput::List { from: &self.from[edges.clone()], to: &self.to[edges] })
        })
    }

    fn node_range(&self, graph: usize) -> std::ops::Range<usize> {
        self.nodes[graph] as usize..self.nodes[graph + 1] as usize
    }

    /// One graph with all that belongs to it but its class.
    pub(super) fn graph(&self, graph: usize, out: &mut GraphArrays) -> Result<()> {
        let (all, edges, nodes) = (self.all, self.edges[graph]..self.edges[graph + 1], self.node_range(graph));
        out.clear();
        let (from, to) = (&self.from[edges.clone()], &self.to[edges.clone()]);
        out.set_edges(nodes.len(), edges.len(), |e| from[e].into(), |e| to[e].into())?;
        out.edge_weight.part(&all.edge_weight, edges.clone())?;
        out.edge_labels.part(&all.edge_labels, edges.clone())?;
        out.edge_attributes.part(&all.edge_attributes, edges)?;
        out.x.part(&all.x, nodes.clone())?;
        out.categories.part(&all.categories, nodes.clone())?;
        out.node_labels.part(&all.node_labels, nodes)?;
        out.targets.row(&all.targets, graph, self.len())
    }
}
