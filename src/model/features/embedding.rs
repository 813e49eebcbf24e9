//! The tables that categories are looked up in: their sizes, and what becomes of values that have no row.

use serde::{Deserialize, Serialize};

use crate::config::Combine;
use crate::config::{Config, MAX_SIZE, OutOfVocabulary};
use crate::error::{Result, bail};
use crate::graph::{Dataset, GraphRef, check_columns};
use crate::ops::embedding::{self, NO_ROW};

/// How the categories of a node become feature columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// Rows of every table, one table a category column.
    pub sizes: Vec<usize>,
    /// Columns of every table.
    pub width: usize,
    /// How the rows of a node become one.
    pub combine: Combine,
    /// What becomes of values that have no row.
    pub out_of_vocabulary: OutOfVocabulary,
    /// Tables whose reserved row no training graph takes: training gives it some of the other values, so that it is
    /// prepared for the first graph that does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untaken: Vec<usize>,
}

impl Embedding {
    /// Settles the tables: of the sizes that `config` gives, or as large as the values of the graphs `train` need.
    pub(super) fn fit(config: &Config, dataset: &Dataset, train: &[usize]) -> Result<Self> {
        let columns = dataset.rules().categories;
        let mut embedding = Self {
            sizes: config.embedding_sizes.clone(),
            width: config.embedding_width,
            combine: config.embedding_combine,
            out_of_vocabulary: config.out_of_vocabulary,
            untaken: Vec::new(),
        };
        if embedding.sizes.is_empty() {
            embedding.sizes = sizes(config.out_of_vocabulary, dataset, train)?;
        }
        if embedding.sizes.len() != columns {
            bail!(
                InvalidConfig,
                "embedding_sizes has {} values, but data set \"{}\" has {columns} categories a node",
                embedding.sizes.len(),
                dataset.name()
            );
        }
        if embedding.out_of_vocabulary == OutOfVocabulary::Reserve {
            let mut taken = vec![false; columns];
            for &graph in train {
                for row in dataset.graph(graph).categories().chunks_exact(columns) {
                    for ((taken, &value), &size) in taken.iter_mut().zip(row).zip(&embedding.sizes) {
                        *taken |= embedding.row(value, size) == Some(size - 1);
                    }
                }
            }
            embedding.untaken = (0..columns).filter(|&column| !taken[column]).collect();
        }
        Ok(embedding)
    }

    /// Checks sizes that may come from a file.
    pub(super) fn check_sizes(&self) -> Result<()> {
        if let Some(at) = self.sizes.iter().position(|size| !(1..=MAX_SIZE).contains(size)) {
            bail!(InvalidConfig, "embedding_sizes[{at}] is {}, but must be from 1 to {MAX_SIZE}", self.sizes[at]);
        }
        if let Some(&table) = self.untaken.iter().find(|&&table| table >= self.sizes.len()) {
            bail!(InvalidConfig, "untaken names table {table}, but there are {}", self.sizes.len());
        }
        if !self.untaken.is_empty() && self.out_of_vocabulary != OutOfVocabulary::Reserve {
            let rule = self.out_of_vocabulary.name();
            bail!(InvalidConfig, "untaken names {} tables while out_of_vocabulary is {rule:?}", self.untaken.len());
        }
        if self.sizes.is_empty() || self.width == 0 {
            bail!(InvalidConfig, "the features have {} tables of {} columns", self.sizes.len(), self.width);
        }
        Ok(())
    }

    /// Columns that it makes.
    pub fn columns(&self) -> usize {
        embedding::output_columns(self.combine, self.sizes.len(), self.width)
    }

    /// Names of the columns that it makes.
    pub(super) fn column_names(&self) -> Vec<String> {
        let own = 0..self.width;
        match self.combine {
            Combine::Sum => own.map(|i| format!("embedding {i}")).collect(),
            Combine::Concat => {
                let tables = 0..self.sizes.len();
                tables.flat_map(|c| own.clone().map(move |i| format!("category {c} embedding {i}"))).collect()
            }
        }
    }

    /// Checks that every category of `graph` has a row.
    pub(super) fn check(&self, graph: &GraphRef<'_>) -> Result<()> {
        let columns = self.sizes.len();
        check_columns("categories", graph.category_columns(), columns)?;
        if self.out_of_vocabulary != OutOfVocabulary::Refuse {
            return Ok(());
        }
        for (node, row) in graph.categories().chunks_exact(columns).enumerate() {
            for (column, (&value, &size)) in row.iter().zip(&self.sizes).enumerate() {
                if self.row(value, size).is_none() {
                    bail!(
                        InvalidGraph,
                        "categories[{node}, {column}] is {value}, but the table of the model has {size} rows"
                    );
                }
            }
        }
        Ok(())
    }

    /// The row of a value in a table of `size` rows.
    fn row(&self, value: i32, size: usize) -> Option<usize> {
        let known = usize::try_from(value).ok().filter(|&value| value < size);
        match self.out_of_vocabulary {
            OutOfVocabulary::Refuse | OutOfVocabulary::Ignore => known,
            OutOfVocabulary::Reserve => Some(known.unwrap_or(size - 1)),
        }
    }

    /// Writes the row of every category of `graph`, which has passed [`check`](Self::check), counted over all tables.
    pub(super) fn write_rows(&self, graph: GraphRef<'_>, out: &mut [u32]) {
        let columns = self.sizes.len();
        for (given, out) in graph.categories().chunks_exact(columns).zip(out.chunks_exact_mut(columns)) {
            let mut first = 0;
            for ((&value, &size), out) in given.iter().zip(&self.sizes).zip(out) {
                *out = self.row(value, size).map_or(NO_ROW, |row| (first + row) as u32);
                first += size;
            }
        }
    }
}

/// One row for every value from 0 to the largest one of the graphs `train`, and one more where one is reserved.
fn sizes(rule: OutOfVocabulary, dataset: &Dataset, train: &[usize]) -> Result<Vec<usize>> {
    let columns = dataset.rules().categories;
    let mut largest = vec![-1_i64; columns];
    for &graph in train {
        for (node, row) in dataset.graph(graph).categories().chunks_exact(columns).enumerate() {
            for (column, &value) in row.iter().enumerate() {
                if value < 0 && rule == OutOfVocabulary::Refuse {
                    bail!(
                        InvalidGraph,
                        "graph {graph}: categories[{node}, {column}] is {value}, which has no row in a table while \
                         out_of_vocabulary is \"refuse\""
                    );
                }
                largest[column] = largest[column].max(i64::from(value));
            }
        }
    }
    let reserved = usize::from(rule == OutOfVocabulary::Reserve);
    let mut sizes = Vec::with_capacity(columns);
    for (column, largest) in largest.into_iter().enumerate() {
        let size = (largest + 1) as usize + reserved;
        if size > MAX_SIZE {
            bail!(
                InvalidConfig,
                "category {column} goes up to {largest}, but a table has at most {MAX_SIZE} rows: set embedding_sizes \
                 and out_of_vocabulary \"reserve\""
            );
        }
        sizes.push(size.max(1));
    }
    Ok(sizes)
}
