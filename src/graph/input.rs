//! A graph as the caller has it: flat arrays, and the rules that say which of them there must be.

/// What every graph of a data set, or of a model's input, has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GraphRules {
    /// Columns of the node features given with each graph, possibly 0.
    pub features: usize,
    /// Columns of the integer categories given with each graph, possibly 0.
    pub categories: usize,
    /// Whether each node carries an integer label.
    pub node_labels: bool,
    /// Whether each edge carries an integer label.
    pub edge_labels: bool,
    /// Columns of the edge attributes that a model reads, possibly 0. Those of a data set are not among its rules.
    pub edge_attributes: usize,
    /// Whether edges keep their direction.
    pub directed: bool,
}

impl GraphRules {
    /// The rules of graphs of nothing but nodes and edges, to be completed by naming further fields.
    pub const fn plain(directed: bool) -> Self {
        Self { features: 0, categories: 0, node_labels: false, edge_labels: false, edge_attributes: 0, directed }
    }
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
    /// Pairs: entry `e` is row `from[e]`, column `to[e]`.
    List {
        /// Row of every entry.
        from: &'a [i32],
        /// Column of every entry.
        to: &'a [i32],
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
    /// Integer categories of the nodes, row-major `[nodes, categories]`; may be `None` where the rules ask for none.
    pub categories: Option<&'a [i32]>,
    /// One label a node, where the rules ask for labels.
    pub node_labels: Option<&'a [i64]>,
    /// One label an edge as given, where the rules ask for labels.
    pub edge_labels: Option<&'a [i64]>,
    /// Attributes of the edges as given, row-major `[edges, edge_attributes]`; may be `None` where the rules ask for
    /// none.
    pub edge_attributes: Option<&'a [f32]>,
}

impl<'a> GraphInput<'a> {
    /// A graph of nothing but nodes and edges, to be completed by naming further fields.
    pub fn new(nodes: usize, edges: EdgeInput<'a>) -> Self {
        Self {
            nodes,
            edges,
            edge_weight: None,
            x: None,
            categories: None,
            node_labels: None,
            edge_labels: None,
            edge_attributes: None,
        }
    }
}

impl GraphInput<'_> {
    /// Bytes of all arrays.
    pub fn bytes(&self) -> usize {
        fn of<T>(values: Option<&[T]>) -> usize {
            values.map_or(0, size_of_val)
        }
        let edges = match self.edges {
            EdgeInput::Csr { indptr, indices } => size_of_val(indptr) + size_of_val(indices),
            EdgeInput::List { from, to } => size_of_val(from) + size_of_val(to),
        };
        let own = of(self.edge_weight) + of(self.edge_labels) + of(self.edge_attributes);
        edges + own + of(self.x) + of(self.categories) + of(self.node_labels)
    }
}

impl EdgeInput<'_> {
    /// Number of edges as given.
    pub fn len(&self) -> usize {
        match self {
            Self::Csr { indices, .. } => indices.len(),
            Self::List { from, .. } => from.len(),
        }
    }

    /// Whether no edge is given.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
