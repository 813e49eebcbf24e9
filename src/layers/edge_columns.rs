//! The features of an edge: its attributes as numbers, or a column for every value of each, and a column for every
//! label. What is in one of several columns makes a row of weights the learned row of a table for that value.

use serde::{Deserialize, Serialize};

use crate::graph::GraphRef;

/// The values that have a column each, of an attribute that is a category or of the label.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeTable {
    /// The values, sorted.
    pub values: Vec<i64>,
    /// What an edge of another value has in their columns; empty for zeros.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<f64>,
}

/// How the features of an edge are made from its graph.
#[derive(Debug, Clone, Copy)]
pub struct EdgeColumns<'a> {
    /// Attributes of an edge that are read.
    pub attributes: usize,
    /// The values of each attribute, where they are categories; else empty.
    pub categories: &'a [EdgeTable],
    /// The labels; none where they are not read.
    pub labels: &'a EdgeTable,
}

static NOTHING: EdgeTable = EdgeTable { values: Vec::new(), shares: Vec::new() };

impl EdgeTable {
    #[inline]
    fn each(&self, value: i64, first: usize, add: &mut impl FnMut(usize, f64)) {
        match self.values.binary_search(&value) {
            Ok(at) => add(first + at, 1.0),
            Err(_) => self.shares.iter().enumerate().for_each(|(at, &share)| add(first + at, share)),
        }
    }
}

impl EdgeColumns<'_> {
    /// So many attributes as numbers, and nothing else.
    pub fn of_attributes(attributes: usize) -> Self {
        Self { attributes, categories: &[], labels: &NOTHING }
    }

    /// Columns in all.
    pub fn width(&self) -> usize {
        let of_attributes = match self.categories {
            [] => self.attributes,
            tables => tables.iter().map(|table| table.values.len()).sum(),
        };
        of_attributes.saturating_add(self.labels.values.len())
    }

    /// Calls `add(column, value)` for every value of entry `entry` of `graph` that is not 0.
    #[inline]
    pub fn each(&self, graph: GraphRef<'_>, entry: usize, mut add: impl FnMut(usize, f64)) {
        let own = &graph.edge_attributes()[entry * self.attributes..][..self.attributes];
        let mut first = 0;
        for (table, &value) in self.categories.iter().zip(own) {
            table.each(value as i64, first, &mut add);
            first += table.values.len();
        }
        if self.categories.is_empty() {
            own.iter().enumerate().filter(|(_, value)| **value != 0.0).for_each(|(at, &value)| add(at, value.into()));
            first = self.attributes;
        }
        if let Some(labels) = graph.edge_labels().filter(|_| !self.labels.values.is_empty()) {
            self.labels.each(labels[entry], first, &mut add);
        }
    }
}
