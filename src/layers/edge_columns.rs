//! The features of an edge: its attributes, and a column for every label, which makes a row of weights the learned row
//! of a table for that label.

use crate::graph::GraphRef;

/// How the features of an edge are made from its graph.
#[derive(Debug, Clone, Copy)]
pub struct EdgeColumns<'a> {
    /// Attributes of an edge, which come first.
    pub attributes: usize,
    /// The labels that have a column, sorted.
    pub labels: &'a [i64],
    /// What an edge of another label has in their columns; empty for zeros.
    pub shares: &'a [f64],
}

impl EdgeColumns<'_> {
    /// Columns in all.
    pub fn width(&self) -> usize {
        self.attributes + self.labels.len()
    }

    /// Calls `add(column, value)` for every value of entry `entry` of `graph` that is not 0.
    #[inline]
    pub fn each(&self, graph: GraphRef<'_>, entry: usize, mut add: impl FnMut(usize, f64)) {
        let own = &graph.edge_attributes()[entry * self.attributes..][..self.attributes];
        for (column, &value) in own.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            add(column, value.into());
        }
        let Some(labels) = graph.edge_labels().filter(|_| !self.labels.is_empty()) else { return };
        match self.labels.binary_search(&labels[entry]) {
            Ok(at) => add(self.attributes + at, 1.0),
            Err(_) => self.shares.iter().enumerate().for_each(|(at, &share)| add(self.attributes + at, share)),
        }
    }
}
