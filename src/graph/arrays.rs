//! One graph in arrays of its own, filled part by part: what a caller knows of a graph before anything is checked.

use super::builder::GraphBuilder;
use super::dataset::Dataset;
use super::input::{EdgeInput, GraphInput, GraphRules};
use super::limits::{MAX_WEIGHT, is_weight};
use super::table::Table;
use crate::error::{Result, bail, error};
use crate::memory::{try_extend, try_resize};

/// A matrix of numbers as a caller has it: `value(row, column)`.
pub struct Matrix<F> {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The value at a row and a column.
    pub value: F,
}

/// One graph with all that may belong to it, not yet checked. Its memory only grows, so that one can be used for many
/// graphs.
#[derive(Debug, Clone, Default)]
pub struct GraphArrays {
    pub(super) nodes: usize,
    pub(super) from: Vec<i32>,
    pub(super) to: Vec<i32>,
    pub(super) edge_weight: Table<f32>,
    pub(super) edge_labels: Table<i64>,
    pub(super) edge_attributes: Table<f32>,
    pub(super) x: Table<f32>,
    pub(super) categories: Table<i32>,
    pub(super) node_labels: Table<i64>,
    graph_attributes: Table<f32>,
    pub(super) targets: Table<f32>,
    words: Table<u32>,
    class: Option<usize>,
    /// How much the graph counts in the loss; 1 where nothing is said.
    weight: Option<f32>,
    /// By what it is called, with a 0 at the end; empty where it has no id.
    pub(super) id: Vec<u8>,
}

impl GraphArrays {
    /// No graph yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the graph, and keeps the memory.
    pub fn clear(&mut self) {
        self.nodes = 0;
        self.from.clear();
        self.to.clear();
        [&mut self.edge_weight, &mut self.edge_attributes, &mut self.x].into_iter().for_each(Table::clear);
        [&mut self.graph_attributes, &mut self.targets].into_iter().for_each(Table::clear);
        [&mut self.edge_labels, &mut self.node_labels].into_iter().for_each(Table::clear);
        self.categories.clear();
        self.words.clear();
        self.id.clear();
        (self.class, self.weight) = (None, None);
    }

    /// Takes the number of nodes and the ends of every edge: edge `e` goes from `from(e)` to `to(e)`.
    pub fn set_edges(
        &mut self,
        nodes: usize,
        edges: usize,
        from: impl Fn(usize) -> i64,
        to: impl Fn(usize) -> i64,
    ) -> Result<()> {
        self.nodes = nodes;
        let taken =
            take_ends(&mut self.from, "from", edges, from).and_then(|()| take_ends(&mut self.to, "to", edges, to));
        taken.inspect_err(|_| self.forget_edges())
    }

    /// Takes compressed rows: the edges of node `i` lead to `indices(indptr(i))..indices(indptr(i + 1))`. There are
    /// `offsets` row offsets, one more than nodes.
    pub fn set_csr(
        &mut self,
        offsets: usize,
        indptr: impl Fn(usize) -> i64,
        entries: usize,
        indices: impl Fn(usize) -> i64,
    ) -> Result<()> {
        self.forget_edges();
        let Some(nodes) = offsets.checked_sub(1) else {
            bail!(ShapeMismatch, "indptr has no values, but must have one more than there are nodes");
        };
        if indptr(0) != 0 {
            bail!(InvalidGraph, "indptr[0] is {}, not 0", indptr(0));
        }
        if let Some(at) = (0..nodes).find(|&at| indptr(at + 1) < indptr(at)) {
            bail!(InvalidGraph, "indptr[{}] is {}, less than indptr[{at}] = {}", at + 1, indptr(at + 1), indptr(at));
        }
        if indptr(nodes) as u64 != entries as u64 {
            bail!(InvalidGraph, "indptr[{nodes}] is {}, but there are {entries} indices", indptr(nodes));
        }
        self.from.try_reserve(entries)?;
        take_ends(&mut self.to, "indices", entries, indices).inspect_err(|_| self.forget_edges())?;
        for node in 0..nodes {
            let Ok(row) = i32::try_from(node) else {
                self.forget_edges();
                bail!(InvalidGraph, "the graph has {nodes} nodes, more than the {} supported", i32::MAX);
            };
            self.from.resize(indptr(node + 1) as usize, row);
        }
        self.nodes = nodes;
        Ok(())
    }

    fn forget_edges(&mut self) {
        self.nodes = 0;
        self.from.clear();
        self.to.clear();
    }

    /// Takes a weight for every edge.
    pub fn set_edge_weight(&mut self, edges: usize, weight: impl Fn(usize) -> f64) -> Result<()> {
        self.edge_weight
            .set((edges, 1), |edge, _| single(weight(edge), |v| error!(InvalidGraph, "edge_weight[{edge}] is {v:?}")))
    }

    /// Takes a label for every edge.
    pub fn set_edge_labels(&mut self, labels: &[i64]) -> Result<()> {
        self.edge_labels.set((labels.len(), 1), |edge, _| Ok(labels[edge]))
    }

    /// Takes attributes of the edges, a row an edge.
    pub fn set_edge_attributes(&mut self, of: Matrix<impl Fn(usize, usize) -> f64>) -> Result<()> {
        set_numbers(&mut self.edge_attributes, "edge_attributes", of)
    }

    /// Takes features of the nodes, a row a node.
    pub fn set_x(&mut self, of: Matrix<impl Fn(usize, usize) -> f64>) -> Result<()> {
        set_numbers(&mut self.x, "x", of)
    }

    /// Takes features of the nodes as they lie in memory, a row a node.
    pub fn set_x_rows(&mut self, x: &[f32], columns: usize) -> Result<()> {
        if let Some(at) = x.iter().position(|v| !v.is_finite()) {
            self.x.clear();
            bail!(InvalidGraph, "x[{}, {}] is {:?}", at / columns, at % columns, x[at]);
        }
        self.x.set_rows(x, columns)
    }

    /// Takes categories of the nodes, a row a node.
    pub fn set_categories(&mut self, of: Matrix<impl Fn(usize, usize) -> i64>) -> Result<()> {
        let Matrix { rows, columns, value } = of;
        self.categories.set((rows, columns), |row, column| {
            let value = value(row, column);
            i32::try_from(value)
                .map_err(|_| error!(InvalidGraph, "categories[{row}, {column}] is {value}, which no table has"))
        })
    }

    /// Takes a label for every node.
    pub fn set_node_labels(&mut self, labels: &[i64]) -> Result<()> {
        self.node_labels.set((labels.len(), 1), |node, _| Ok(labels[node]))
    }

    /// Takes attributes of the graph as a whole.
    pub fn set_graph_attributes(&mut self, values: &[f32]) -> Result<()> {
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            bail!(InvalidGraph, "graph_attributes[{at}] is {}", values[at]);
        }
        self.graph_attributes.set((1, values.len()), |_, at| Ok(values[at]))
    }

    /// Takes the numbers that a model is to predict; NaN stands for one that is missing.
    pub fn set_targets(&mut self, values: &[f32]) -> Result<()> {
        if let Some(at) = values.iter().position(|v| v.is_infinite()) {
            bail!(InvalidArgument, "targets[{at}] is {}", values[at]);
        }
        self.targets.set((1, values.len()), |_, at| Ok(values[at]))
    }

    /// Takes the words that a model is to predict, as numbers in a vocabulary.
    pub fn set_words(&mut self, words: &[i64]) -> Result<()> {
        self.words.set((1, words.len()), |_, at| {
            u32::try_from(words[at]).map_err(|_| {
                error!(InvalidArgument, "words[{at}] is {}, but must be from 0 to {}", words[at], u32::MAX)
            })
        })
    }

    /// Takes how much the graph counts in the loss.
    pub fn set_weight(&mut self, weight: f32) -> Result<()> {
        if !is_weight(weight) {
            bail!(InvalidArgument, "the weight is {weight:?}, but must be from 0 to {MAX_WEIGHT:?}");
        }
        self.weight = Some(weight);
        Ok(())
    }

    /// Takes the class.
    pub fn set_class(&mut self, class: usize) {
        self.class = Some(class);
    }

    /// Takes graph `index` of a data set with all that it has, its edges as stored: those without direction both ways.
    /// `class` says whether the classes of the data set mean anything.
    pub fn copy_from(&mut self, data: &Dataset, index: usize, class: bool) -> Result<()> {
        self.clear();
        let graph = data.graph(index);
        let (indptr, indices) = (graph.indptr(), graph.indices());
        self.set_csr(indptr.len(), |i| i64::from(indptr[i]), indices.len(), |e| i64::from(indices[e]))?;
        let (nodes, entries) = (graph.nodes(), data.entry_range(index));
        if let Some(weights) = graph.edge_weight() {
            self.set_edge_weight(weights.len(), |e| f64::from(weights[e]))?;
        }
        if let Some(labels) = graph.edge_labels() {
            self.set_edge_labels(labels)?;
        }
        let edges = data.edge_data();
        if !edges.attributes.is_empty() {
            let columns = edges.attribute_width;
            let own = &edges.attributes[entries.start * columns..entries.end * columns];
            self.edge_attributes.set((entries.len(), columns), |row, column| Ok(own[row * columns + column]))?;
        }
        let rules = data.rules();
        if rules.features > 0 {
            self.x.set((nodes, rules.features), |row, column| Ok(graph.x()[row * rules.features + column]))?;
        }
        if rules.categories > 0 {
            let (columns, own) = (rules.categories, graph.categories());
            self.categories.set((nodes, columns), |row, column| Ok(own[row * columns + column]))?;
        }
        if let Some(labels) = graph.node_labels() {
            self.set_node_labels(labels)?;
        }
        if data.description().graph_attribute_width > 0 {
            self.set_graph_attributes(data.graph_attributes(index))?;
        }
        if data.target_width() > 0 {
            self.set_targets(data.targets(index))?;
        }
        if data.sequence_length() > 0 {
            let words = data.sequence(index);
            self.words.set((1, words.len()), |_, at| Ok(words[at]))?;
        }
        self.class = class.then(|| data.y(index));
        self.weight = data.has_graph_weights().then(|| data.graph_weight(index));
        data.id(index).map_or(Ok(()), |id| self.set_id(id))
    }

    /// Takes a graph of zeros with as many different edges as there can be of so many, and all that `rules` ask for:
    /// none of so many nodes and edges takes more memory. Where edges have labels they are all of one.
    pub fn set_widest(&mut self, nodes: usize, edges: usize, rules: GraphRules, edge_label: i64) -> Result<()> {
        self.clear();
        if nodes == 0 || nodes > i32::MAX as usize {
            bail!(InvalidArgument, "nodes is {nodes}, but must be from 1 to {}", i32::MAX);
        }
        // Edge e joins a node to the one that is e / nodes + 1 further on, around in a circle.
        let from = |edge: usize| (edge % nodes) as i64;
        let to = |edge: usize| ((edge % nodes + edge / nodes + 1) % nodes) as i64;
        self.set_edges(nodes, edges, from, to)?;
        if rules.edge_labels {
            self.edge_labels.set((edges, 1), |_, _| Ok(edge_label))?;
        }
        self.edge_attributes.set((edges, rules.edge_attributes), |_, _| Ok(0.0))?;
        self.set_edge_weight(edges, |_| 1.0)?;
        self.x.set((nodes, rules.features), |_, _| Ok(0.0))?;
        self.categories.set((nodes, rules.categories), |_, _| Ok(0))?;
        if rules.node_labels {
            self.node_labels.set((nodes, 1), |_, _| Ok(0))?;
        }
        Ok(())
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Where every edge comes from, as given.
    pub fn from(&self) -> &[i32] {
        &self.from
    }

    /// Where every edge leads to, as given.
    pub fn to(&self) -> &[i32] {
        &self.to
    }

    /// Weight of every edge.
    pub fn edge_weight(&self) -> Option<&[f32]> {
        self.edge_weight.get()
    }

    /// Label of every edge.
    pub fn edge_labels(&self) -> Option<&[i64]> {
        self.edge_labels.get()
    }

    /// Attributes of the edges, and their columns.
    pub fn edge_attributes(&self) -> Option<(&[f32], usize)> {
        Some((self.edge_attributes.get()?, self.edge_attributes.columns))
    }

    /// Features of the nodes, and their columns.
    pub fn x(&self) -> Option<(&[f32], usize)> {
        Some((self.x.get()?, self.x.columns))
    }

    /// Categories of the nodes, and their columns.
    pub fn categories(&self) -> Option<(&[i32], usize)> {
        Some((self.categories.get()?, self.categories.columns))
    }

    /// Label of every node.
    pub fn node_labels(&self) -> Option<&[i64]> {
        self.node_labels.get()
    }

    /// Attributes of the graph.
    pub fn graph_attributes(&self) -> Option<&[f32]> {
        self.graph_attributes.get()
    }

    /// Numbers that a model is to predict.
    pub fn targets(&self) -> Option<&[f32]> {
        self.targets.get()
    }

    /// Words that a model is to predict.
    pub fn words(&self) -> Option<&[u32]> {
        self.words.get()
    }

    /// How much the graph counts in the loss.
    pub fn weight(&self) -> f32 {
        self.weight.unwrap_or(1.0)
    }

    /// The class, where there is one.
    pub fn class(&self) -> Option<usize> {
        self.class
    }

    /// The arrays as a model or a data set of these rules takes them. What the rules do not ask for is left out, but
    /// for labels of edges, which tell apart what would be one edge given twice.
    pub fn input(&self, rules: GraphRules) -> Result<GraphInput<'_>> {
        let (nodes, edges) = (self.nodes, self.from.len());
        // A graph without edges need not say that they have attributes.
        let attributes = if edges > 0 { rules.edge_attributes } else { 0 };
        Ok(GraphInput {
            edge_weight: self.edge_weight.of("edge_weight", "edges", edges)?,
            edge_labels: self.edge_labels.of("edge_labels", "edges", edges)?,
            edge_attributes: self.edge_attributes.exactly("edge_attributes", "edges", edges, attributes)?,
            x: self.x.exactly("x", "nodes", nodes, rules.features)?,
            categories: self.categories.exactly("categories", "nodes", nodes, rules.categories)?,
            node_labels: self.node_labels.exactly("node_labels", "nodes", nodes, rules.node_labels.into())?,
            ..GraphInput::new(nodes, EdgeInput::List { from: &self.from, to: &self.to })
        })
    }

    /// Checks that every part has as many rows as there are nodes or edges.
    pub(super) fn check_rows(&self) -> Result<()> {
        let edges = self.from.len();
        self.edge_attributes.of("edge_attributes", "edges", edges)?;
        self.input(self.rules(false)).map(|_| ())
    }

    /// What a data set of graphs like this one asks of them.
    fn rules(&self, directed: bool) -> GraphRules {
        GraphRules {
            features: self.x.columns,
            categories: self.categories.columns,
            node_labels: self.node_labels.given,
            edge_labels: self.edge_labels.given,
            ..GraphRules::plain(directed)
        }
    }

    /// A data set of this graph alone, with everything that belongs to it. `words` are how many a model is to predict,
    /// and how many there are, where graphs have sequences.
    pub(super) fn to_dataset(
        &self,
        builder: &mut GraphBuilder,
        directed: bool,
        (length, vocabulary): (usize, usize),
    ) -> Result<Dataset> {
        let rules = self.rules(directed);
        let mut data = Dataset::new("", rules);
        let graph = builder.build(&self.input(rules)?, rules)?;
        let class = self.class.unwrap_or(0);
        data.check_graph(&graph, class)?;
        data.columns.push(&data.description, graph, class)?;
        let given = self.edge_attributes.of("edge_attributes", "edges", self.from.len())?;
        if let Some(values) = given.filter(|_| self.edge_attributes.columns > 0) {
            let columns = self.edge_attributes.columns;
            let mut own = Vec::new();
            own.try_reserve_exact(builder.entry_source().len().saturating_mul(columns))?;
            for &edge in builder.entry_source() {
                own.extend_from_slice(&values[edge as usize * columns..][..columns]);
            }
            data.set_edge_attributes(own, columns)?;
        }
        if let Some(values) = self.graph_attributes.get().filter(|values| !values.is_empty()) {
            data.set_graph_attributes(owned(values)?, values.len())?;
        }
        if let Some(values) = self.targets.get().filter(|values| !values.is_empty()) {
            data.set_targets(owned(values)?, values.len())?;
        }
        if let Some(weight) = self.weight {
            data.set_graph_weights(vec![weight])?;
        }
        match (self.words.get(), length) {
            (None, 0) => {}
            (None, _) => bail!(InvalidArgument, "the graph has no words, but {length} words are to be predicted"),
            (Some(_), 0) => bail!(InvalidState, "the graph has words, but no vocabulary has been set for them"),
            (Some(words), _) => data.set_sequences(&[0, words.len()], words, length, vocabulary)?,
        }
        self.id().map_or(Ok(()), |id| data.set_last_id(id))?;
        Ok(data)
    }
}

fn owned(values: &[f32]) -> Result<Vec<f32>> {
    let mut own = Vec::new();
    try_extend(&mut own, values)?;
    Ok(own)
}

fn set_numbers(table: &mut Table<f32>, name: &str, of: Matrix<impl Fn(usize, usize) -> f64>) -> Result<()> {
    let Matrix { rows, columns, value } = of;
    table.set((rows, columns), |row, column| {
        single(value(row, column), |v| error!(InvalidGraph, "{name}[{row}, {column}] is {v:?}"))
    })
}

/// A number in single precision; one that is not finite, there or before, is refused.
fn single(value: f64, refuse: impl FnOnce(f64) -> crate::Error) -> Result<f32> {
    let short = value as f32;
    if short.is_finite() { Ok(short) } else { Err(refuse(value)) }
}

fn take_ends(own: &mut Vec<i32>, name: &str, edges: usize, end: impl Fn(usize) -> i64) -> Result<()> {
    own.clear();
    try_resize(own, edges, 0)?;
    for (edge, place) in own.iter_mut().enumerate() {
        let node = end(edge);
        *place = i32::try_from(node)
            .map_err(|_| error!(InvalidGraph, "{name}[{edge}] is {node}, which no node has for its number"))?;
    }
    Ok(())
}
