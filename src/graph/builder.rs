//! Checks one graph given as flat arrays and brings it into the form that everything else relies on.

use super::{GraphRef, try_extend, try_resize};
use crate::error::{Result, bail, error};

/// What every graph of a data set, or of a model's input, has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GraphRules {
    /// Columns of the node features given with each graph, possibly 0.
    pub features: usize,
    /// Whether each node carries an integer label.
    pub node_labels: bool,
    /// Whether edges keep their direction.
    pub directed: bool,
}

/// The edges of a graph as the caller has them.
#[derive(Debug, Clone, Copy)]
pub enum EdgeInput<'a> {
    /// Compressed rows: the neighbours of node `i` are `indices[indptr[i]..indptr[i + 1]]`.
    Csr {
        /// Row offsets, `[n + 1]`, from 0.
        indptr: &'a [i64],
        /// Column of every entry.
        indices: &'a [i32],
    },
    /// Pairs: entry `e` is row `sources[e]`, column `targets[e]`.
    List {
        /// Row of every entry.
        sources: &'a [i32],
        /// Column of every entry.
        targets: &'a [i32],
    },
}

/// One graph as flat arrays, not yet checked.
#[derive(Debug, Clone, Copy)]
pub struct GraphInput<'a> {
    /// Number of nodes.
    pub nodes: usize,
    /// The edges.
    pub edges: EdgeInput<'a>,
    /// One weight an edge as given, or `None` for 1 each.
    pub edge_weight: Option<&'a [f32]>,
    /// Node features, row-major `[nodes, features]`; may be `None` where the rules ask for no features.
    pub x: Option<&'a [f32]>,
    /// One label a node, where the rules ask for labels.
    pub node_labels: Option<&'a [i64]>,
}

impl EdgeInput<'_> {
    /// Number of edges as given.
    pub fn len(&self) -> usize {
        match self {
            Self::Csr { indices, .. } => indices.len(),
            Self::List { sources, .. } => sources.len(),
        }
    }

    /// Whether no edge is given.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One entry of a row before merging.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    column: u32,
    /// 1 where the entry is the mirror image of an edge given the other way round.
    mirror: u32,
    /// Which edge, as given, the entry came from.
    source: u32,
    weight: f32,
}

/// Builds checked graphs into its own buffers, so that a warm builder allocates nothing.
///
/// Undirected graphs may list an edge in either direction or in both. An edge given twice in the same direction is
/// merged: without weights it counts once, with weights they are summed. An edge given in both directions with weights
/// must have the same sum each way. Time is linear in nodes and edges but for the sorting of each row.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    indptr: Vec<u32>,
    indices: Vec<u32>,
    edge_weight: Vec<f32>,
    entry_source: Vec<u32>,
    cursor: Vec<u32>,
    entries: Vec<Entry>,
    x: Vec<f32>,
    node_labels: Vec<i64>,
    weighted: bool,
    rules: GraphRules,
}

impl GraphBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks `input` against `rules` and builds the graph. On failure the previous graph is gone, nothing else.
    pub fn build(&mut self, input: &GraphInput<'_>, rules: GraphRules) -> Result<GraphRef<'_>> {
        check_nodes(input, rules)?;
        check_edges(input)?;
        self.rules = rules;
        self.weighted = input.edge_weight.is_some();
        self.bucket(input)?;
        self.merge()?;
        self.x.clear();
        try_extend(&mut self.x, input.x.filter(|_| rules.features > 0).unwrap_or(&[]))?;
        self.node_labels.clear();
        try_extend(&mut self.node_labels, input.node_labels.filter(|_| rules.node_labels).unwrap_or(&[]))?;
        Ok(self.view())
    }

    /// The graph built last.
    fn view(&self) -> GraphRef<'_> {
        GraphRef {
            indptr: &self.indptr,
            indices: &self.indices,
            edge_weight: self.weighted.then_some(self.edge_weight.as_slice()),
            x: &self.x,
            features: self.rules.features,
            node_labels: self.rules.node_labels.then_some(self.node_labels.as_slice()),
            directed: self.rules.directed,
        }
    }

    /// For every entry of the graph built last, the index of the given edge it came from: the first of those merged.
    pub fn entry_source(&self) -> &[u32] {
        &self.entry_source
    }

    /// Puts every given edge, and for undirected graphs its mirror image, into the row it belongs to.
    fn bucket(&mut self, input: &GraphInput<'_>) -> Result<()> {
        let directed = self.rules.directed;
        let total = input.edges.len().checked_mul(if directed { 1 } else { 2 });
        if total.is_none_or(|t| t > u32::MAX as usize) {
            bail!(InvalidGraph, "the graph has {} edges, more than the {} supported", input.edges.len(), u32::MAX / 2);
        }
        self.cursor.clear();
        try_resize(&mut self.cursor, input.nodes + 1, 0)?;
        for_each_edge(&input.edges, |_, row, column| {
            self.cursor[row as usize + 1] += 1;
            if !directed && row != column {
                self.cursor[column as usize + 1] += 1;
            }
        });
        for i in 0..input.nodes {
            self.cursor[i + 1] += self.cursor[i];
        }
        self.indptr.clear();
        try_extend(&mut self.indptr, &self.cursor)?;
        self.entries.clear();
        try_resize(&mut self.entries, self.indptr[input.nodes] as usize, Entry::default())?;
        for_each_edge(&input.edges, |source, row, column| {
            let weight = input.edge_weight.map_or(1.0, |w| w[source as usize]);
            let mut put = |row: u32, entry: Entry| {
                let at = &mut self.cursor[row as usize];
                self.entries[*at as usize] = entry;
                *at += 1;
            };
            put(row, Entry { column, mirror: 0, source, weight });
            if !directed && row != column {
                put(column, Entry { column: row, mirror: 1, source, weight });
            }
        });
        Ok(())
    }

    /// Sorts every row and merges entries of the same column; `indptr` shrinks in place.
    fn merge(&mut self) -> Result<()> {
        let nodes = self.indptr.len() - 1;
        self.indices.clear();
        self.edge_weight.clear();
        self.entry_source.clear();
        self.indices.try_reserve(self.entries.len())?;
        self.entry_source.try_reserve(self.entries.len())?;
        if self.weighted {
            self.edge_weight.try_reserve(self.entries.len())?;
        }
        let mut begin = 0;
        for row in 0..nodes {
            let end = self.indptr[row + 1] as usize;
            self.entries[begin..end].sort_unstable_by_key(|e| (e.column, e.mirror, e.source));
            let mut at = begin;
            while at < end {
                let column = self.entries[at].column;
                let run = self.entries[at..end].iter().take_while(|e| e.column == column).count();
                let merged = &self.entries[at..at + run];
                self.indices.push(column);
                self.entry_source.push(merged.iter().map(|e| e.source).min().unwrap_or(0));
                if self.weighted {
                    self.edge_weight.push(merged_weight(row as u32, merged)?);
                }
                at += run;
            }
            begin = end;
            self.indptr[row + 1] = self.indices.len() as u32;
        }
        Ok(())
    }
}

/// The weight of one merged entry: the sum of what was given, the same seen from either end.
fn merged_weight(row: u32, merged: &[Entry]) -> Result<f32> {
    let sum = |mirror: u32| -> Option<f64> {
        let mut given = merged.iter().filter(|e| e.mirror == mirror).peekable();
        given.peek()?;
        Some(given.map(|e| f64::from(e.weight)).sum())
    };
    let column = merged[0].column;
    let weight = match (sum(0), sum(1)) {
        (Some(here), Some(there)) => {
            if (here - there).abs() > 1e-6 * here.abs().max(there.abs()) {
                bail!(
                    InvalidGraph,
                    "edge {row}-{column} has weight {here} one way and {there} the other, but the graph is undirected"
                );
            }
            if row <= column { here } else { there }
        }
        (here, there) => here.or(there).unwrap_or(0.0),
    };
    let weight = weight as f32;
    if !weight.is_finite() {
        bail!(InvalidGraph, "the weights of edge {row}-{column} sum to {weight}");
    }
    Ok(weight)
}

/// Calls `f(edge, row, column)` for every edge in the order given. The input has been checked.
fn for_each_edge(edges: &EdgeInput<'_>, mut f: impl FnMut(u32, u32, u32)) {
    match edges {
        EdgeInput::Csr { indptr, indices } => {
            for row in 0..indptr.len() - 1 {
                for e in indptr[row]..indptr[row + 1] {
                    f(e as u32, row as u32, indices[e as usize] as u32);
                }
            }
        }
        EdgeInput::List { sources, targets } => {
            for (e, (&row, &column)) in sources.iter().zip(*targets).enumerate() {
                f(e as u32, row as u32, column as u32);
            }
        }
    }
}

fn check_nodes(input: &GraphInput<'_>, rules: GraphRules) -> Result<()> {
    let nodes = input.nodes;
    if nodes == 0 {
        bail!(InvalidGraph, "the graph has no nodes");
    }
    if nodes > i32::MAX as usize {
        bail!(InvalidGraph, "the graph has {nodes} nodes, more than the {} supported", i32::MAX);
    }
    let given = input.x.map_or(0, <[f32]>::len);
    let wanted = nodes
        .checked_mul(rules.features)
        .ok_or_else(|| error!(InvalidGraph, "{nodes} nodes times {} features overflows", rules.features))?;
    if given != wanted {
        bail!(ShapeMismatch, "x has {given} values, but {nodes} nodes with {} features need {wanted}", rules.features);
    }
    if let Some(at) = input.x.and_then(|x| x.iter().position(|v| !v.is_finite())) {
        let value = input.x.map_or(0.0, |x| x[at]);
        bail!(InvalidGraph, "x[{}, {}] is {value}", at / rules.features, at % rules.features);
    }
    match input.node_labels {
        None if rules.node_labels => bail!(InvalidGraph, "the graph has no node labels, but they are required"),
        Some(_) if !rules.node_labels => {
            bail!(InvalidGraph, "the graph has node labels, but none are expected")
        }
        Some(labels) if labels.len() != nodes => {
            bail!(ShapeMismatch, "node_labels has {} values, but the graph has {nodes} nodes", labels.len())
        }
        _ => Ok(()),
    }
}

fn check_edges(input: &GraphInput<'_>) -> Result<()> {
    let nodes = input.nodes;
    let check_index = |name: &str, at: usize, index: i32| {
        if index < 0 || index as usize >= nodes {
            bail!(InvalidGraph, "{name}[{at}] is {index}, but the graph has {nodes} nodes");
        }
        Ok(())
    };
    match input.edges {
        EdgeInput::Csr { indptr, indices } => {
            check_indptr(nodes, indptr, indices.len())?;
            indices.iter().enumerate().try_for_each(|(at, &i)| check_index("indices", at, i))?;
        }
        EdgeInput::List { sources, targets } => {
            if sources.len() != targets.len() {
                bail!(ShapeMismatch, "there are {} edge sources but {} edge targets", sources.len(), targets.len());
            }
            sources.iter().enumerate().try_for_each(|(at, &i)| check_index("sources", at, i))?;
            targets.iter().enumerate().try_for_each(|(at, &i)| check_index("targets", at, i))?;
        }
    }
    let Some(weights) = input.edge_weight else { return Ok(()) };
    if weights.len() != input.edges.len() {
        bail!(ShapeMismatch, "edge_weight has {} values, but {} edges are given", weights.len(), input.edges.len());
    }
    match weights.iter().position(|w| !w.is_finite()) {
        Some(at) => Err(error!(InvalidGraph, "edge_weight[{at}] is {}", weights[at])),
        None => Ok(()),
    }
}

fn check_indptr(nodes: usize, indptr: &[i64], entries: usize) -> Result<()> {
    if indptr.len() != nodes + 1 {
        bail!(ShapeMismatch, "indptr has {} values, but {nodes} nodes need {}", indptr.len(), nodes + 1);
    }
    if indptr[0] != 0 {
        bail!(InvalidGraph, "indptr[0] is {}, not 0", indptr[0]);
    }
    if let Some(at) = indptr.windows(2).position(|w| w[1] < w[0]) {
        bail!(InvalidGraph, "indptr[{}] is {}, less than indptr[{at}] = {}", at + 1, indptr[at + 1], indptr[at]);
    }
    if indptr[nodes] as u64 != entries as u64 {
        bail!(InvalidGraph, "indptr[{nodes}] is {}, but there are {entries} indices", indptr[nodes]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list<'a>(nodes: usize, sources: &'a [i32], targets: &'a [i32], w: Option<&'a [f32]>) -> GraphInput<'a> {
        GraphInput { nodes, edges: EdgeInput::List { sources, targets }, edge_weight: w, x: None, node_labels: None }
    }

    #[test]
    fn either_direction_or_both_give_the_same_graph() {
        let rules = GraphRules::default();
        let mut one = GraphBuilder::new();
        let mut both = GraphBuilder::new();
        let a = one.build(&list(4, &[0, 1, 2, 2], &[1, 2, 0, 2], None), rules).unwrap();
        let b = both.build(&list(4, &[0, 1, 1, 2, 2, 0, 2, 0], &[1, 0, 2, 1, 0, 2, 2, 1], None), rules).unwrap();
        assert_eq!(a.indptr(), b.indptr());
        assert_eq!(a.indices(), b.indices());
        assert_eq!(a.indptr(), &[0, 2, 4, 7, 7]);
        assert_eq!(a.indices(), &[1, 2, 0, 2, 0, 1, 2]);
        assert_eq!(one.entry_source(), &[0, 2, 0, 1, 2, 1, 3]);
    }

    #[test]
    fn weights_are_summed_and_mirrored() {
        let mut builder = GraphBuilder::new();
        let input = list(3, &[0, 0, 2], &[1, 1, 1], Some(&[1.0, 2.0, 5.0]));
        let graph = builder.build(&input, GraphRules::default()).unwrap();
        assert_eq!(graph.indices(), &[1, 0, 2, 1]);
        assert_eq!(graph.edge_weight().unwrap(), &[3.0, 3.0, 5.0, 5.0]);
        let both = list(2, &[0, 1], &[1, 0], Some(&[2.0, 2.0]));
        assert_eq!(builder.build(&both, GraphRules::default()).unwrap().edge_weight().unwrap(), &[2.0, 2.0]);
        let differ = list(2, &[0, 1], &[1, 0], Some(&[2.0, 3.0]));
        let error = builder.build(&differ, GraphRules::default()).unwrap_err();
        assert_eq!(error.message(), "edge 0-1 has weight 2 one way and 3 the other, but the graph is undirected");
    }

    #[test]
    fn directed_graphs_keep_direction() {
        let rules = GraphRules { directed: true, ..GraphRules::default() };
        let mut builder = GraphBuilder::new();
        let graph = builder.build(&list(3, &[0, 0, 2], &[2, 1, 2], None), rules).unwrap();
        assert_eq!(graph.indptr(), &[0, 2, 2, 3]);
        assert_eq!(graph.indices(), &[1, 2, 2]);
    }

    #[test]
    fn bad_input_is_named() {
        let csr = |nodes, indptr: &'static [i64], indices: &'static [i32]| GraphInput {
            nodes,
            edges: EdgeInput::Csr { indptr, indices },
            edge_weight: None,
            x: None,
            node_labels: None,
        };
        let nan = GraphInput { x: Some(&[0.0, 1.0, f32::NAN, 2.0]), ..list(2, &[], &[], None) };
        let rules = GraphRules::default();
        let two = GraphRules { features: 2, ..rules };
        let cases = [
            (list(0, &[], &[], None), rules, "the graph has no nodes"),
            (list(8, &[1], &[9], None), rules, "targets[0] is 9, but the graph has 8 nodes"),
            (list(8, &[-1], &[7], None), rules, "sources[0] is -1, but the graph has 8 nodes"),
            (list(8, &[1, 2], &[7], None), rules, "there are 2 edge sources but 1 edge targets"),
            (list(2, &[0], &[1], Some(&[f32::INFINITY])), rules, "edge_weight[0] is inf"),
            (list(2, &[0], &[1], Some(&[])), rules, "edge_weight has 0 values, but 1 edges are given"),
            (nan, two, "x[1, 0] is NaN"),
            (nan, rules, "x has 4 values, but 2 nodes with 0 features need 0"),
            (csr(2, &[0, 1], &[0]), rules, "indptr has 2 values, but 2 nodes need 3"),
            (csr(2, &[1, 1, 1], &[0]), rules, "indptr[0] is 1, not 0"),
            (csr(2, &[0, 2, 1], &[0]), rules, "indptr[2] is 1, less than indptr[1] = 2"),
            (csr(2, &[0, 1, 2], &[0]), rules, "indptr[2] is 2, but there are 1 indices"),
            (csr(2, &[0, 1, 2], &[0, 2]), rules, "indices[1] is 2, but the graph has 2 nodes"),
        ];
        for (input, rules, message) in cases {
            let error = GraphBuilder::new().build(&input, rules).unwrap_err();
            assert_eq!(error.message(), message);
        }
    }
}
