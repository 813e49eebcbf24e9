//! The columns of a data set: the one table that lists them, and what is done to all of them.
//!
//! A new column is a row of the table. Where each graph brings its part of it, [`Columns::graph`] and
//! [`Columns::push`] name it once more; everything else goes through the table.

use std::ops::Range;

use super::column::{AnyColumn, Column, PackedColumn};
use super::description::Description;
use super::view::GraphRef;
use crate::error::Result;
use crate::memory::{try_extend, try_resize};

/// What the rows of a column belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A row a graph and one more: where something of each graph begins, counted over all graphs.
    GraphStart,
    /// A row a node, and one more for each graph: where each node's entries begin within its graph.
    NodeStart,
    /// A row a graph.
    Graph,
    /// A row a node.
    Node,
    /// A row an entry of `A`.
    Entry,
    /// A row a word of a sequence.
    Word,
    /// A row a byte of an id.
    IdByte,
}

/// What there is to be known of a column.
pub(super) struct ColumnInfo {
    pub name: &'static str,
    pub unit: Unit,
    /// Values of a row, by the description of the data set and by whether the column is empty.
    width: fn(&Description, bool) -> usize,
}

impl ColumnInfo {
    /// Values of a row.
    pub fn width(&self, description: &Description, column: &dyn AnyColumn) -> usize {
        (self.width)(description, column.is_empty())
    }
}

/// Makes of the table what needs every name: the struct, the list of names, and the two ways to go through all.
macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident: $element:ty, $unit:ident, $width:expr;)*) => {
        /// Every column that a data set may have, in the order of [`Dataset::columns`](crate::graph::Dataset::columns).
        pub const COLUMN_NAMES: &[&str] = &[$(stringify!($name)),*];

        const INFOS: [ColumnInfo; COLUMN_NAMES.len()] =
            [$(ColumnInfo { name: stringify!($name), unit: Unit::$unit, width: $width }),*];

        /// All numbers of the graphs of a data set.
        #[derive(Debug, Clone, Default)]
        pub(super) struct Columns {
            $($(#[$doc])* pub $name: Column<$element>,)*
        }

        impl Columns {
            /// Every column, in the order of the table.
            pub fn each(&self) -> impl Iterator<Item = (&'static ColumnInfo, &dyn AnyColumn)> {
                INFOS.iter().zip([$(&self.$name as &dyn AnyColumn),*])
            }

            /// Every column, to be changed.
            pub fn each_mut(&mut self) -> impl Iterator<Item = (&'static ColumnInfo, &mut dyn AnyColumn)> {
                INFOS.iter().zip([$(&mut self.$name as &mut dyn AnyColumn),*])
            }
        }
    };
}

columns! {
    /// Where each graph's nodes begin.
    node_offsets: usize, GraphStart, |_, _| 1;
    /// Where each graph's entries begin.
    entry_offsets: usize, GraphStart, |_, _| 1;
    /// Row offsets of every graph, each from 0; graph `g` begins at `node_offsets[g] + g`.
    indptr: u32, NodeStart, |_, _| 1;
    indices: u32, Entry, |_, _| 1;
    /// Empty while every edge of every graph has weight 1.
    edge_weight: f32, Entry, |_, empty| usize::from(!empty);
    edge_labels: i64, Entry, |of, _| usize::from(of.edge_labels);
    /// May be missing whatever width is said.
    edge_attributes: f32, Entry, |of, empty| if empty { 0 } else { of.edge_attribute_width };
    x: f32, Node, |of, _| of.features;
    categories: i32, Node, |of, _| of.categories;
    node_labels: i64, Node, |of, _| usize::from(of.node_labels);
    y: u32, Graph, |_, _| 1;
    /// Empty while every graph has weight 1 in the loss.
    graph_weights: f32, Graph, |_, empty| usize::from(!empty);
    graph_attributes: f32, Graph, |of, _| of.graph_attribute_width;
    /// NaN where a target is missing.
    targets: f32, Graph, |of, _| of.target_width;
    /// Where each graph's words begin. Empty where there are no sequences.
    word_offsets: usize, GraphStart, |of, _| usize::from(of.sequence_length > 0);
    /// All words of the sequences, without their ends.
    words: u32, Word, |_, _| 1;
    /// The words that a model is to predict, see [`Dataset::set_sequences`](crate::graph::Dataset::set_sequences).
    first_words: u32, Graph, |of, _| of.sequence_length;
    /// Where each graph's id begins. Empty while no graph has one.
    id_offsets: usize, GraphStart, |_, empty| usize::from(!empty);
    /// All ids as UTF-8, one after the other; of no bytes where a graph has none.
    id_bytes: u8, IdByte, |_, _| 1;
}

impl Columns {
    /// The columns of no graphs.
    pub fn new() -> Self {
        Self { node_offsets: vec![0].into(), entry_offsets: vec![0].into(), ..Self::default() }
    }

    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Number of bytes.
    pub fn size(&self) -> usize {
        self.each().map(|(_, column)| column.bytes().len()).sum()
    }

    /// Nodes of graph `index`, counted over all graphs.
    pub fn nodes(&self, index: usize) -> Range<usize> {
        self.node_offsets[index]..self.node_offsets[index + 1]
    }

    /// Entries of graph `index`, counted over all graphs.
    pub fn entries(&self, index: usize) -> Range<usize> {
        self.entry_offsets[index]..self.entry_offsets[index + 1]
    }

    /// Words of graph `index`, counted over all graphs.
    pub fn words_of(&self, index: usize) -> Range<usize> {
        if self.word_offsets.is_empty() { 0..0 } else { self.word_offsets[index]..self.word_offsets[index + 1] }
    }

    /// Bytes of the id of graph `index`, counted over all graphs.
    pub fn id_of(&self, index: usize) -> Range<usize> {
        if self.id_offsets.is_empty() { 0..0 } else { self.id_offsets[index]..self.id_offsets[index + 1] }
    }

    /// The rows that belong to graph `index`; of columns that are about all graphs together there are none.
    fn rows(&self, unit: Unit, index: usize) -> Range<usize> {
        match unit {
            Unit::GraphStart => 0..0,
            Unit::NodeStart => self.node_offsets[index] + index..self.node_offsets[index + 1] + index + 1,
            Unit::Graph => index..index + 1,
            Unit::Node => self.nodes(index),
            Unit::Entry => self.entries(index),
            Unit::Word => self.words_of(index),
            Unit::IdByte => self.id_of(index),
        }
    }

    /// What each column, in the order of the table, says of graph `index` by itself.
    pub fn of_graph<'a>(
        &'a self,
        description: &'a Description,
        index: usize,
    ) -> impl Iterator<Item = PackedColumn<'a>> + 'a {
        self.each().map(move |(info, column)| {
            let (rows, kind) = (self.rows(info.unit, index), column.kind());
            let row = info.width(description, column) * kind.width();
            PackedColumn { name: info.name, kind, bytes: &column.bytes()[rows.start * row..rows.end * row] }
        })
    }

    /// Graph `index`.
    pub fn graph(&self, description: &Description, index: usize) -> GraphRef<'_> {
        let (nodes, entries, rules) = (self.nodes(index), self.entries(index), description.rules());
        let attributes = self.edge_attribute_columns(description);
        let labelled = |given: bool, rows: &Range<usize>| if given { rows.clone() } else { 0..0 };
        GraphRef {
            rules,
            indptr: &self.indptr[nodes.start + index..nodes.end + index + 1],
            indices: &self.indices[entries.clone()],
            edge_weight: (!self.edge_weight.is_empty()).then(|| &self.edge_weight[entries.clone()]),
            edge_labels: &self.edge_labels[labelled(rules.edge_labels, &entries)],
            edge_attributes: &self.edge_attributes[entries.start * attributes..entries.end * attributes],
            edge_attribute_columns: attributes,
            x: &self.x[nodes.start * rules.features..nodes.end * rules.features],
            categories: &self.categories[nodes.start * rules.categories..nodes.end * rules.categories],
            node_labels: &self.node_labels[labelled(rules.node_labels, &nodes)],
        }
    }

    /// Attributes of an entry: as many as are said, unless there are entries and none of them has any.
    pub fn edge_attribute_columns(&self, description: &Description) -> usize {
        match self.edge_attributes.is_empty() && !self.indices.is_empty() {
            true => 0,
            false => description.edge_attribute_width,
        }
    }

    /// Appends a graph of class `y` that has been checked. On failure everything is as it was.
    pub fn push(&mut self, description: &Description, graph: GraphRef<'_>, y: usize) -> Result<()> {
        self.reserve(description, 1, graph.nodes(), graph.entries())?;
        self.begin_weights(graph.edge_weight.is_some(), graph.entries())?;
        self.indptr.own()?.extend_from_slice(graph.indptr);
        self.indices.own()?.extend_from_slice(graph.indices);
        self.edge_weight.own()?.extend_from_slice(graph.edge_weight.unwrap_or(&[]));
        self.edge_labels.own()?.extend_from_slice(graph.edge_labels);
        self.x.own()?.extend_from_slice(graph.x);
        self.categories.own()?.extend_from_slice(graph.categories);
        self.node_labels.own()?.extend_from_slice(graph.node_labels);
        self.y.own()?.push(y as u32);
        self.end_graph(graph.nodes(), graph.entries())
    }

    /// Appends graph `index` of other columns, which have this description, with all it has. The class will be `y`.
    pub fn append(&mut self, from: &Self, description: &Description, index: usize, y: usize) -> Result<()> {
        let (nodes, entries, words) = (from.nodes(index).len(), from.entries(index).len(), from.words_of(index).len());
        self.begin_weights(!from.edge_weight.is_empty(), entries)?;
        if !from.graph_weights.is_empty() {
            let before = self.len();
            try_resize(self.graph_weights.own()?, before, 1.0)?;
        }
        if !from.id_of(index).is_empty() {
            self.begin_ids()?;
        }
        for ((_, column), rows) in self.each_mut().zip(from.of_graph(description, index)) {
            column.extend(rows.bytes)?;
        }
        if let Some(class) = self.y.own()?.last_mut() {
            *class = y as u32;
        }
        if let Some(&before) = self.word_offsets.last() {
            try_extend(self.word_offsets.own()?, &[before + words])?;
        }
        self.end_graph(nodes, entries)
    }

    /// Drops all graphs but the first `graphs`, as far as they are there; what is in a file stays.
    pub fn truncate(&mut self, description: &Description, graphs: usize) {
        let (nodes, entries) = (self.node_offsets[graphs], self.entry_offsets[graphs]);
        let words = self.word_offsets.get(graphs).copied().unwrap_or(0);
        let id_bytes = self.id_offsets.get(graphs).copied().unwrap_or(0);
        for (info, column) in self.each_mut() {
            let rows = match info.unit {
                Unit::GraphStart => graphs + 1,
                Unit::NodeStart => nodes + graphs,
                Unit::Graph => graphs,
                Unit::Node => nodes,
                Unit::Entry => entries,
                Unit::Word => words,
                Unit::IdByte => id_bytes,
            };
            // A column in a file cannot have grown.
            let _ = column.truncate(rows.saturating_mul(info.width(description, column)));
        }
    }

    /// Makes room for more graphs, but not for their words.
    pub fn reserve(&mut self, description: &Description, graphs: usize, nodes: usize, entries: usize) -> Result<()> {
        for (info, column) in self.each_mut() {
            let rows = match info.unit {
                Unit::GraphStart | Unit::Graph => graphs,
                Unit::NodeStart => nodes.saturating_add(graphs),
                Unit::Node => nodes,
                Unit::Entry => entries,
                Unit::Word | Unit::IdByte => 0,
            };
            column.reserve(rows.saturating_mul(info.width(description, column)))?;
        }
        Ok(())
    }

    /// Begins the column of weights where a graph of so many entries is the first that has any.
    fn begin_weights(&mut self, given: bool, entries: usize) -> Result<()> {
        if given && self.edge_weight.is_empty() {
            let before = self.indices.len();
            let weights = self.edge_weight.own()?;
            weights.try_reserve(before.saturating_add(entries))?;
            weights.resize(before, 1.0);
        }
        Ok(())
    }

    /// Closes a graph whose rows have been appended; it cannot fail where there is room.
    fn end_graph(&mut self, nodes: usize, entries: usize) -> Result<()> {
        for (offsets, more) in [(&mut self.node_offsets, nodes), (&mut self.entry_offsets, entries)] {
            let before = offsets.last().copied().unwrap_or(0);
            try_extend(offsets.own()?, &[before + more])?;
        }
        if !self.edge_weight.is_empty() {
            let entries = self.indices.len();
            try_resize(self.edge_weight.own()?, entries, 1.0)?;
        }
        if !self.graph_weights.is_empty() {
            let graphs = self.len();
            try_resize(self.graph_weights.own()?, graphs, 1.0)?;
        }
        if !self.id_offsets.is_empty() {
            let (graphs, end) = (self.len(), self.id_bytes.len());
            try_resize(self.id_offsets.own()?, graphs + 1, end)?;
        }
        Ok(())
    }

    /// Begins the offsets of sequences, where they have not begun.
    pub fn begin_sequences(&mut self) -> Result<()> {
        match self.word_offsets.is_empty() {
            true => try_resize(self.word_offsets.own()?, 1, 0),
            false => Ok(()),
        }
    }

    /// Begins the offsets of ids, where they have not begun: the graphs so far have none.
    pub fn begin_ids(&mut self) -> Result<()> {
        match self.id_offsets.is_empty() {
            true => {
                let graphs = self.len();
                try_resize(self.id_offsets.own()?, graphs + 1, 0)
            }
            false => Ok(()),
        }
    }
}
