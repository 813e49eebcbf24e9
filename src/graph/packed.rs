//! A data set taken apart into a description and columns of bytes, and put together again.

use std::collections::BTreeMap;
use std::ops::Range;

use super::column::{ElementKind, PackedColumn, Store};
use super::columns::Columns;
use super::dataset::Dataset;
use super::description::Description;
use super::verify::verify;
use crate::error::{Result, bail};

/// Where the columns of a data set lie in a store.
pub struct StoredColumns {
    /// The bytes.
    pub store: Store,
    /// Kind and range of every column, by name.
    pub places: BTreeMap<String, (ElementKind, Range<usize>)>,
}

impl Dataset {
    /// All numbers of the graphs, without columns that are empty.
    ///
    /// `node_offsets` and `entry_offsets` say where the nodes and the entries of each graph begin, and have one value
    /// more than there are graphs. `indptr` has the row offsets of every graph, each from 0; those of graph `g` begin
    /// at `node_offsets[g] + g`. Words of graph `g` are `words[word_offsets[g]..word_offsets[g + 1]]`; `first_words`
    /// are those that a model predicts. All others have a row a node, an entry or a graph.
    pub fn columns(&self) -> Vec<PackedColumn<'_>> {
        let given = self.columns.each().filter(|(_, column)| !column.is_empty());
        given
            .map(|(info, column)| PackedColumn { name: info.name, kind: column.kind(), bytes: column.bytes() })
            .collect()
    }

    /// What every column, in the order of [`COLUMN_NAMES`](crate::graph::COLUMN_NAMES), has of graph `index` by itself.
    /// The columns of offsets are about all graphs together, and have nothing.
    pub fn columns_of(&self, index: usize) -> impl Iterator<Item = PackedColumn<'_>> {
        self.columns.of_graph(&self.description, index)
    }

    /// The data set that [`description`](Self::description) and [`columns`](Self::columns) were made of.
    ///
    /// Every number is looked at: what comes out keeps all rules that graphs added one by one would, whatever the bytes
    /// are. The graphs stay in the store, and none can be added to them; targets and names of classes can be set.
    pub fn from_columns(mut description: Description, mut columns: StoredColumns) -> Result<Self> {
        // They are looked at last, when it is known how many are needed.
        let class_names = std::mem::take(&mut description.class_names);
        let mut data = Self { description, columns: Columns::default() };
        for (info, column) in data.columns.each_mut() {
            if let Some((kind, range)) = columns.places.remove(info.name) {
                column.load(&columns.store, kind, range).map_err(|e| e.in_context(info.name))?;
            }
        }
        if let Some(name) = columns.places.keys().next() {
            bail!(InvalidFile, "a data set has no column {:?}", name.chars().take(80).collect::<String>());
        }
        verify(&data)?;
        if !class_names.is_empty() {
            data.set_class_names(class_names)?;
        }
        Ok(data)
    }
}
