//! Checks one graph given as flat arrays and brings it into the form that everything else relies on.

use super::check::check;
use super::input::{EdgeInput, GraphInput, GraphRules};
use super::view::GraphRef;
use crate::control;
use crate::error::{Result, bail};
use crate::memory::{reserve, try_extend, try_resize};

/// One entry of `A` while the entries are sorted.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// The end of the edge that the present order does not already say: row or column.
    node: u32,
    /// Which edge, as given, the entry came from, with [`MIRROR`] set where it is that edge turned round.
    edge: u32,
}

/// Marks the entry of an edge that was given the other way round.
const MIRROR: u32 = 1 << 31;

/// Builds checked graphs into its own buffers, so that a warm builder allocates nothing.
///
/// Undirected graphs may list an edge in either direction or in both. An edge given twice in the same direction is
/// merged: without weights it counts once, with weights they are summed. An edge given in both directions with weights
/// must have the same sum each way, up to 1e-6 of the largest weight of the graph. Time is linear in nodes and edges,
/// in whatever order the edges come.
///
/// With edge labels, edges between the same nodes under different labels stay apart, each an entry of its own, in
/// ascending order of their labels. All that is said of an edge then holds for the edges of one label, and an edge that
/// is given in both directions must have the same labels each way.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    indptr: Vec<u32>,
    indices: Vec<u32>,
    edge_weight: Vec<f32>,
    edge_labels: Vec<i64>,
    edge_attributes: Vec<f32>,
    entry_source: Vec<u32>,
    column_starts: Vec<u32>,
    by_column: Vec<Entry>,
    by_row: Vec<Entry>,
    x: Vec<f32>,
    categories: Vec<i32>,
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
        check(input, rules)?;
        self.rules = rules;
        self.weighted = input.edge_weight.is_some();
        self.sort(input)?;
        self.merge(input.edge_weight, input.edge_labels.filter(|_| rules.edge_labels))?;
        self.attribute(input.edge_attributes.unwrap_or(&[]))?;
        self.x.clear();
        try_extend(&mut self.x, input.x.filter(|_| rules.features > 0).unwrap_or(&[]))?;
        self.categories.clear();
        try_extend(&mut self.categories, input.categories.filter(|_| rules.categories > 0).unwrap_or(&[]))?;
        self.node_labels.clear();
        try_extend(&mut self.node_labels, input.node_labels.filter(|_| rules.node_labels).unwrap_or(&[]))?;
        Ok(self.graph())
    }

    /// The graph built last.
    pub fn graph(&self) -> GraphRef<'_> {
        GraphRef {
            rules: self.rules,
            indptr: &self.indptr,
            indices: &self.indices,
            edge_weight: self.weighted.then_some(self.edge_weight.as_slice()),
            edge_labels: &self.edge_labels,
            edge_attributes: &self.edge_attributes,
            edge_attribute_columns: self.rules.edge_attributes,
            x: &self.x,
            categories: &self.categories,
            node_labels: &self.node_labels,
        }
    }

    /// For every entry of the graph built last, the index of the given edge it came from.
    ///
    /// Of merged edges it is the first that was given in the entry's own direction, else the first of all.
    pub fn entry_source(&self) -> &[u32] {
        &self.entry_source
    }

    /// Gives every entry the attributes of the edge it came from.
    fn attribute(&mut self, given: &[f32]) -> Result<()> {
        let columns = self.rules.edge_attributes;
        self.edge_attributes.clear();
        reserve(&mut self.edge_attributes, self.entry_source.len().saturating_mul(columns))?;
        for edges in self.entry_source.chunks(EDGES_AT_ONCE).filter(|_| columns > 0) {
            control::go_on()?;
            for &edge in edges {
                self.edge_attributes.extend_from_slice(&given[edge as usize * columns..][..columns]);
            }
        }
        Ok(())
    }

    /// Sorts every given edge, and for undirected graphs its mirror image, by row and column into `by_row`.
    ///
    /// Two stable counting sorts, by column and then by row, so that entries of the same row and column keep the order
    /// they are put in: edges as given first, mirror images after them.
    fn sort(&mut self, input: &GraphInput<'_>) -> Result<()> {
        let directed = self.rules.directed;
        let given = input.edges.len();
        if given >= MIRROR as usize {
            bail!(InvalidGraph, "the graph has {given} edges, more than the {} supported", MIRROR - 1);
        }
        // One more than an offset array needs: while sorting, the cursor of `i` is at `i + 1`, and comes to rest where
        // `i + 1` begins.
        for starts in [&mut self.indptr, &mut self.column_starts] {
            starts.clear();
            try_resize(starts, input.nodes + 2, 0)?;
        }
        for_each_edge(&input.edges, |_, row, column| {
            self.indptr[row as usize + 2] += 1;
            self.column_starts[column as usize + 2] += 1;
            if !directed && row != column {
                self.indptr[column as usize + 2] += 1;
                self.column_starts[row as usize + 2] += 1;
            }
        })?;
        for starts in [&mut self.indptr, &mut self.column_starts] {
            for i in 1..starts.len() {
                starts[i] += starts[i - 1];
            }
        }
        let total = self.indptr[input.nodes + 1] as usize;
        for entries in [&mut self.by_column, &mut self.by_row] {
            // What an earlier graph left there is overwritten, so it need not be cleared.
            try_resize(entries, total.max(entries.len()), Entry::default())?;
        }
        for_each_edge(&input.edges, |edge, row, column| {
            put(&mut self.by_column, &mut self.column_starts, column, Entry { node: row, edge });
        })?;
        if !directed {
            for_each_edge(&input.edges, |edge, row, column| {
                if row != column {
                    let entry = Entry { node: column, edge: edge | MIRROR };
                    put(&mut self.by_column, &mut self.column_starts, row, entry);
                }
            })?;
        }
        for column in 0..input.nodes {
            if column % EDGES_AT_ONCE == EDGES_AT_ONCE - 1 {
                control::go_on()?;
            }
            let range = self.column_starts[column] as usize..self.column_starts[column + 1] as usize;
            for entry in &self.by_column[range] {
                let node = column as u32;
                put(&mut self.by_row, &mut self.indptr, entry.node, Entry { node, edge: entry.edge });
            }
        }
        self.indptr.pop();
        Ok(())
    }

    /// Merges entries of the same row, column and label; `indptr` shrinks in place.
    fn merge(&mut self, weights: Option<&[f32]>, labels: Option<&[i64]>) -> Result<()> {
        self.indices.clear();
        self.entry_source.clear();
        self.edge_weight.clear();
        self.edge_labels.clear();
        let nodes = self.indptr.len() - 1;
        let total = self.indptr[nodes] as usize;
        reserve(&mut self.indices, total)?;
        reserve(&mut self.entry_source, total)?;
        reserve(&mut self.edge_weight, weights.map_or(0, |_| total))?;
        reserve(&mut self.edge_labels, labels.map_or(0, |_| total))?;
        let largest = weights.unwrap_or(&[]).iter().fold(0.0_f32, |largest, w| largest.max(w.abs()));
        let label = |entry: &Entry| labels.map_or(0, |labels| labels[(entry.edge & !MIRROR) as usize]);
        let mut begin = 0;
        for row in 0..nodes {
            if row % EDGES_AT_ONCE == EDGES_AT_ONCE - 1 {
                control::go_on()?;
            }
            let end = self.indptr[row + 1] as usize;
            let mut rest = &mut self.by_row[begin..end];
            while let Some(&Entry { node: column, .. }) = rest.first() {
                let run = rest.iter().take_while(|e| e.node == column).count();
                let (parallel, after) = rest.split_at_mut(run);
                if labels.is_some() {
                    // Edges as given still come before mirror images, whose mark is the highest bit.
                    parallel.sort_unstable_by_key(|entry| (label(entry), entry.edge));
                    check_both_ways(row as u32, parallel, label)?;
                }
                for merged in parallel.chunk_by(|a, b| label(a) == label(b)) {
                    self.indices.push(column);
                    self.entry_source.push(merged[0].edge & !MIRROR);
                    if let Some(weights) = weights {
                        self.edge_weight.push(merged_weight(row as u32, merged, weights, largest)?);
                    }
                    if labels.is_some() {
                        self.edge_labels.push(label(&merged[0]));
                    }
                }
                rest = after;
            }
            begin = end;
            self.indptr[row + 1] = self.indices.len() as u32;
        }
        Ok(())
    }
}

/// Checks that an edge which is given in both directions has the same labels in both.
fn check_both_ways(row: u32, parallel: &[Entry], label: impl Fn(&Entry) -> i64) -> Result<()> {
    let has = |entries: &[Entry], mirror: u32| entries.iter().any(|entry| entry.edge & MIRROR == mirror);
    if !has(parallel, 0) || !has(parallel, MIRROR) {
        return Ok(());
    }
    for same in parallel.chunk_by(|a, b| label(a) == label(b)) {
        if !has(same, 0) || !has(same, MIRROR) {
            let (column, label) = (same[0].node, label(&same[0]));
            bail!(
                InvalidGraph,
                "edge {row}-{column} is given both ways, but with label {label} only one way, and the graph is \
                 undirected"
            );
        }
    }
    Ok(())
}

/// Puts `entry` at the next free place of bucket `at`.
fn put(entries: &mut [Entry], starts: &mut [u32], at: u32, entry: Entry) {
    let cursor = &mut starts[at as usize + 1];
    entries[*cursor as usize] = entry;
    *cursor += 1;
}

/// The weight of one merged entry: the sum of what was given, the same seen from either end.
fn merged_weight(row: u32, merged: &[Entry], weights: &[f32], largest: f32) -> Result<f32> {
    let sum = |mirror: u32| -> Option<f64> {
        let mut given = merged.iter().filter(|e| e.edge & MIRROR == mirror).peekable();
        given.peek()?;
        Some(given.map(|e| f64::from(weights[(e.edge & !MIRROR) as usize])).sum())
    };
    let column = merged[0].node;
    let weight = match (sum(0), sum(MIRROR)) {
        (Some(here), Some(there)) => {
            // Relative to the largest of the graph: weights near 0 of a correlation matrix in f32 differ more.
            if (here - there).abs() > 1e-6 * here.abs().max(there.abs()).max(f64::from(largest)) {
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

/// Edges between two looks at whether the work is to stop.
const EDGES_AT_ONCE: usize = 4096;

/// Calls `f(edge, row, column)` for every edge in the order given. The input has been checked.
fn for_each_edge(edges: &EdgeInput<'_>, mut f: impl FnMut(u32, u32, u32)) -> Result<()> {
    match edges {
        EdgeInput::Csr { indptr, indices } => {
            for row in 0..indptr.len() - 1 {
                if row % EDGES_AT_ONCE == EDGES_AT_ONCE - 1 {
                    control::go_on()?;
                }
                for e in indptr[row]..indptr[row + 1] {
                    f(e as u32, row as u32, indices[e as usize] as u32);
                }
            }
        }
        EdgeInput::List { from: sources, to: targets } => {
            for (e, (&row, &column)) in sources.iter().zip(*targets).enumerate() {
                if e % EDGES_AT_ONCE == EDGES_AT_ONCE - 1 {
                    control::go_on()?;
                }
                f(e as u32, row as u32, column as u32);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn list<'a>(nodes: usize, sources: &'a [i32], targets: &'a [i32], w: Option<&'a [f32]>) -> GraphInput<'a> {
        GraphInput { edge_weight: w, ..GraphInput::new(nodes, EdgeInput::List { from: sources, to: targets }) }
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
        // Near 0 the ways may differ by more than they are, beside a weight that is far larger.
        let near = |small: f32| [1.0, 1.0, 3e-7, small];
        let ends = (&[0, 1, 1, 2][..], &[1, 0, 2, 1][..]);
        assert!(builder.build(&list(3, ends.0, ends.1, Some(&near(5e-7))), GraphRules::default()).is_ok());
        assert!(builder.build(&list(3, ends.0, ends.1, Some(&near(3e-6))), GraphRules::default()).is_err());
    }

    #[test]
    fn either_direction_keeps_its_own_source() {
        let mut builder = GraphBuilder::new();
        let input = list(3, &[1, 0, 0, 2, 2], &[0, 1, 1, 1, 1], None);
        let graph = builder.build(&input, GraphRules::default()).unwrap();
        assert_eq!(graph.indices(), &[1, 0, 2, 1]);
        assert_eq!(builder.entry_source(), &[1, 0, 3, 3]);
    }

    /// The graph as a sorted map from (row, column) to the source and the weight of the entry.
    fn naive(directed: bool, edges: &[(i32, i32)], weights: &[f32]) -> BTreeMap<(i32, i32), (u32, f32)> {
        let mut own = BTreeMap::new();
        let mut mirrored = BTreeMap::new();
        for (at, (&(row, column), &weight)) in edges.iter().zip(weights).enumerate() {
            own.entry((row, column)).or_insert((at as u32, 0.0)).1 += weight;
            if !directed {
                mirrored.entry((column, row)).or_insert((at as u32, 0.0)).1 += weight;
            }
        }
        mirrored.extend(own);
        mirrored
    }

    #[test]
    fn agrees_with_a_sorted_map() {
        let mut state = 1u64;
        let mut draw = |n: i32| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 33) % n as u64) as i32
        };
        let mut builder = GraphBuilder::new();
        for round in 0..200 {
            let directed = round % 2 == 1;
            let nodes = 1 + draw(12);
            let mut edges: Vec<(i32, i32)> = (0..draw(60)).map(|_| (draw(nodes), draw(nodes))).collect();
            if !directed {
                // One direction an edge, because random weights would not agree both ways.
                edges.iter_mut().for_each(|e| *e = (e.0.min(e.1), e.0.max(e.1)));
            }
            let (sources, targets): (Vec<i32>, Vec<i32>) = edges.iter().copied().unzip();
            let weights: Vec<f32> = edges.iter().map(|_| draw(9) as f32).collect();
            let input = list(nodes as usize, &sources, &targets, Some(&weights));
            let graph = builder.build(&input, GraphRules { directed, ..GraphRules::default() }).unwrap();
            let entry = |row: usize, at: usize| ((row as i32, graph.indices()[at] as i32), at);
            let entries = (0..graph.nodes())
                .flat_map(|row| (graph.indptr()[row]..graph.indptr()[row + 1]).map(move |at| entry(row, at as usize)));
            let built: Vec<_> = entries.map(|(key, at)| (key, graph.edge_weight().unwrap()[at])).collect();
            let wanted = naive(directed, &edges, &weights);
            assert_eq!(built, wanted.iter().map(|(&key, &(_, weight))| (key, weight)).collect::<Vec<_>>());
            assert!(builder.entry_source().iter().eq(wanted.values().map(|(source, _)| source)));
        }
    }

    #[test]
    fn labels_keep_parallel_edges_apart() {
        let mut builder = GraphBuilder::new();
        let rules = GraphRules { edge_labels: true, ..GraphRules::default() };
        // 0-1 under 5 and 2, the former twice; 1-2 under 2 from either end; a loop under two labels.
        let (sources, targets) = ([0, 0, 0, 1, 2, 2, 2], [1, 1, 1, 2, 1, 2, 2]);
        let input = GraphInput {
            edge_labels: Some(&[5, 2, 5, 2, 2, 9, -1]),
            ..list(3, &sources, &targets, Some(&[1.0, 2.0, 4.0, 8.0, 8.0, 16.0, 32.0]))
        };
        let graph = builder.build(&input, rules).unwrap();
        assert_eq!(graph.indptr(), &[0, 2, 5, 8]);
        assert_eq!(graph.indices(), &[1, 1, 0, 0, 2, 1, 2, 2]);
        assert_eq!(graph.edge_labels().unwrap(), &[2, 5, 2, 5, 2, 2, -1, 9]);
        assert_eq!(graph.edge_weight().unwrap(), &[2.0, 5.0, 2.0, 5.0, 8.0, 8.0, 32.0, 16.0]);
        assert!(graph.has_parallel_edges());
        assert_eq!(builder.entry_source(), &[1, 0, 1, 0, 3, 4, 6, 5]);
        let none = GraphInput { edge_labels: None, ..list(3, &[], &[], None) };
        assert_eq!(builder.build(&none, rules).unwrap().edge_labels(), Some([].as_slice()));
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
        let csr = |nodes, indptr: &'static [i64], indices: &'static [i32]| {
            GraphInput::new(nodes, EdgeInput::Csr { indptr, indices })
        };
        let categories = GraphInput { categories: Some(&[1, -2, 3]), ..list(2, &[], &[], None) };
        let two_categories = GraphRules { categories: 2, ..GraphRules::default() };
        let nan = GraphInput { x: Some(&[0.0, 1.0, f32::NAN, 2.0]), ..list(2, &[], &[], None) };
        let rules = GraphRules::default();
        let two = GraphRules { features: 2, ..rules };
        let labelled = GraphRules { edge_labels: true, ..rules };
        let labels = |sources: &'static [i32], targets: &'static [i32], labels: &'static [i64]| GraphInput {
            edge_labels: Some(labels),
            ..list(2, sources, targets, None)
        };
        let cases = [
            (list(0, &[], &[], None), rules, "the graph has no nodes"),
            (list(8, &[1], &[9], None), rules, "to[0] is 9, but the graph has 8 nodes"),
            (list(8, &[-1], &[7], None), rules, "from[0] is -1, but the graph has 8 nodes"),
            (list(8, &[1, 2], &[7], None), rules, "from has 2 values, but to has 1"),
            (list(2, &[0], &[1], Some(&[f32::INFINITY])), rules, "edge_weight[0] is inf"),
            (list(2, &[0], &[1], Some(&[])), rules, "edge_weight has 0 values, but 1 edges are given"),
            (nan, two, "x[1, 0] is NaN"),
            (nan, rules, "x has 4 values, but 2 nodes with 0 features need 0"),
            (list(2, &[0], &[1], None), labelled, "the graph has no edge labels, but they are required"),
            (labels(&[0], &[1], &[7]), rules, "the graph has edge labels, but none are expected"),
            (labels(&[0], &[1], &[7, 8]), labelled, "edge_labels has 2 values, but 1 edges are given"),
            (
                labels(&[0, 1, 1], &[1, 0, 0], &[7, 7, -8]),
                labelled,
                "edge 0-1 is given both ways, but with label -8 only one way, and the graph is undirected",
            ),
            (categories, rules, "categories has 3 values, but 2 nodes with 0 categories need 0"),
            (categories, two_categories, "categories has 3 values, but 2 nodes with 2 categories need 4"),
            (list(2, &[], &[], None), two_categories, "categories has 0 values, but 2 nodes with 2 categories need 4"),
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
