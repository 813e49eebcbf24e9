//! A borrowed, checked graph.

use super::input::GraphRules;
use crate::control::Limits;
use crate::error::Result;

/// One graph in CSR form, borrowed from a [`Dataset`](crate::graph::Dataset) or a
/// [`GraphBuilder`](crate::graph::GraphBuilder).
///
/// Node `i` reads from the nodes `indices[indptr[i]..indptr[i + 1]]`: row `i` of the adjacency matrix `A`. Rows are
/// sorted and hold no index twice, unless under several edge labels, then in their order. The fields are checked when
/// the graph is built and never after.
#[derive(Debug, Clone, Copy)]
pub struct GraphRef<'a> {
    /// What was asked of the graph; arrays that it does not ask for are empty.
    pub(super) rules: GraphRules,
    pub(super) indptr: &'a [u32],
    pub(super) indices: &'a [u32],
    pub(super) edge_weight: Option<&'a [f32]>,
    pub(super) edge_labels: &'a [i64],
    pub(super) edge_attributes: &'a [f32],
    pub(super) edge_attribute_columns: usize,
    pub(super) x: &'a [f32],
    pub(super) categories: &'a [i32],
    pub(super) node_labels: &'a [i64],
}

impl GraphRef<'static> {
    /// One node without edges, features and label, among graphs with or without edge labels.
    pub(crate) fn lone_node(directed: bool) -> Self {
        Self {
            rules: GraphRules { edge_labels: true, ..GraphRules::plain(directed) },
            indptr: &[0, 0],
            indices: &[],
            edge_weight: None,
            edge_labels: &[],
            edge_attributes: &[],
            edge_attribute_columns: 0,
            x: &[],
            categories: &[],
            node_labels: &[],
        }
    }
}

impl<'a> GraphRef<'a> {
    /// Number of nodes `n`, at least 1.
    pub fn nodes(&self) -> usize {
        self.indptr.len() - 1
    }

    /// Number of stored entries of `A`: an undirected edge counts twice, a self-loop once.
    pub fn entries(&self) -> usize {
        self.indices.len()
    }

    /// Row offsets, `[n + 1]`, from 0.
    pub fn indptr(&self) -> &'a [u32] {
        self.indptr
    }

    /// Column of every entry, sorted within each row.
    pub fn indices(&self) -> &'a [u32] {
        self.indices
    }

    /// The columns of row `node`.
    pub fn neighbours(&self, node: usize) -> &'a [u32] {
        &self.indices[self.indptr[node] as usize..self.indptr[node + 1] as usize]
    }

    /// Weight of every entry, or `None` where all are 1.
    pub fn edge_weight(&self) -> Option<&'a [f32]> {
        self.edge_weight
    }

    /// Node features as given, row-major `[n, features]`.
    pub fn x(&self) -> &'a [f32] {
        self.x
    }

    /// Columns of [`x`](Self::x), possibly 0.
    pub fn features(&self) -> usize {
        self.rules.features
    }

    /// Integer categories of the nodes as given, row-major `[n, category_columns]`.
    pub fn categories(&self) -> &'a [i32] {
        self.categories
    }

    /// Columns of [`categories`](Self::categories), possibly 0.
    pub fn category_columns(&self) -> usize {
        self.rules.categories
    }

    /// The label of every node, where the data has labels.
    pub fn node_labels(&self) -> Option<&'a [i64]> {
        self.rules.node_labels.then_some(self.node_labels)
    }

    /// The label of every entry, where the data has labels.
    pub fn edge_labels(&self) -> Option<&'a [i64]> {
        self.rules.edge_labels.then_some(self.edge_labels)
    }

    /// Attributes of the entries, row-major `[entries, edge_attribute_columns]`. Both entries of an undirected edge
    /// have their own, which are equal where the edge was given one way.
    pub fn edge_attributes(&self) -> &'a [f32] {
        self.edge_attributes
    }

    /// Columns of [`edge_attributes`](Self::edge_attributes), possibly 0.
    pub fn edge_attribute_columns(&self) -> usize {
        self.edge_attribute_columns
    }

    /// Whether any two nodes are joined by edges of several labels.
    pub fn has_parallel_edges(&self) -> bool {
        self.rules.edge_labels
            && (0..self.nodes()).any(|node| self.neighbours(node).windows(2).any(|pair| pair[0] == pair[1]))
    }

    /// Whether any node has an edge to itself.
    pub fn has_self_loops(&self) -> bool {
        (0..self.nodes()).any(|node| self.neighbours(node).binary_search(&(node as u32)).is_ok())
    }

    /// Whether there is an entry from `row` to `column`, under this label where there are labels.
    pub fn has_entry(&self, row: usize, column: u32, label: i64) -> bool {
        let begin = self.indptr[row] as usize;
        let columns = self.neighbours(row);
        match self.edge_labels() {
            None => columns.binary_search(&column).is_ok(),
            Some(labels) => {
                let first = columns.partition_point(|&c| c < column);
                let same = columns[first..].iter().take_while(|&&c| c == column).count();
                labels[begin + first..][..same].binary_search(&label).is_ok()
            }
        }
    }

    /// Bytes of all arrays.
    pub fn bytes(&self) -> usize {
        let matrix = size_of_val(self.indptr) + size_of_val(self.indices) + size_of_val(self.edge_labels);
        let weights = self.edge_weight.map_or(0, size_of_val) + size_of_val(self.edge_attributes);
        matrix + weights + size_of_val(self.x) + size_of_val(self.categories) + size_of_val(self.node_labels)
    }

    /// An error where the graph is larger than may be. An undirected edge counts once.
    pub fn check_size(&self, limits: &Limits) -> Result<()> {
        limits.check(self.nodes(), || self.edges(), self.bytes())
    }

    /// Number of edges; the two entries of an undirected one are one edge.
    fn edges(&self) -> usize {
        if self.is_directed() {
            return self.entries();
        }
        (0..self.nodes()).map(|i| self.neighbours(i).iter().filter(|&&j| j as usize <= i).count()).sum()
    }

    /// Whether `A` may differ from its transpose.
    pub fn is_directed(&self) -> bool {
        self.rules.directed
    }
}
