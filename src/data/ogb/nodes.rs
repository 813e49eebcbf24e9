//! The files of one line a node.

use super::files::Files;
use super::mapping;
use super::node_columns::{Columns, read_columns};
use crate::data::columns::{Rows, read_labels};
use crate::data::text::TextFile;
use crate::error::{Result, bail, error};

/// What the errors of these files say the lines are for.
const NODES: &str = "nodes by num-node-list.csv.gz";

/// Nodes of all graphs.
pub(super) struct Nodes {
    /// Nodes of every graph.
    pub(super) sizes: Vec<usize>,
    /// Nodes of all graphs.
    pub(super) total: usize,
    /// Whether each node is a token of the source, where that is asked for.
    pub(super) is_token: Vec<bool>,
    /// The place of every node in a walk through its tree; empty where nodes are numbered in that order.
    pub(super) order: Vec<i64>,
    /// Names of the categories of every column up to the last that has any.
    category_values: Vec<Vec<String>>,
    columns: Columns,
}

/// Reads how many nodes every graph has: at least one.
pub(super) fn read_sizes(file: &mut TextFile) -> Result<Vec<usize>> {
    let mut sizes = Vec::new();
    let mut total: usize = 0;
    file.each_line(|_, line| {
        let nodes = line.integer()?;
        if !(1..=i64::from(i32::MAX)).contains(&nodes) {
            bail!(Parse, "the graph has {nodes} nodes, but must have from 1 to {}", i32::MAX);
        }
        total = total.checked_add(nodes as usize).ok_or_else(|| error!(Parse, "too many nodes in all"))?;
        sizes.try_reserve(1)?;
        sizes.push(nodes as usize);
        Ok(())
    })?;
    if sizes.is_empty() {
        bail!(Parse, "{} has no lines", file.name());
    }
    Ok(sizes)
}

impl Nodes {
    /// Reads what there is of the nodes; which of them are tokens only where `tokens`.
    pub(super) fn read(files: &Files<'_>, sizes: Vec<usize>, tokens: bool) -> Result<Self> {
        let total = sizes.iter().sum();
        let rows = Rows { count: total, of: NODES };
        let mut columns = match files.optional("raw/node-feat.csv.gz")? {
            Some(mut file) => read_columns(&mut file, rows)?,
            None => Columns::default(),
        };
        let category_values = mapping::category_values(files, &columns)?;
        if let Some(mut file) = files.optional("raw/node_depth.csv.gz")? {
            columns.push(&read_labels(&mut file, Some(rows))?, file.name())?;
        }
        let mut nodes = Self { sizes, total, is_token: Vec::new(), order: Vec::new(), category_values, columns };
        if tokens {
            nodes.read_tokens(&mut files.required("raw/node_is_attributed.csv.gz")?, rows)?;
            if let Some(mut file) = files.optional("raw/node_dfs_order.csv.gz")? {
                nodes.read_order(&mut file, rows)?;
            }
        }
        Ok(nodes)
    }

    fn read_tokens(&mut self, file: &mut TextFile, rows: Rows<'_>) -> Result<()> {
        self.is_token.try_reserve_exact(rows.count.min(file.most_values()))?;
        let is_token = &mut self.is_token;
        let count = file.each_line(|row, line| {
            rows.check(row)?;
            let value = line.integer()?;
            if !(0..=1).contains(&value) {
                bail!(Parse, "expected 0 or 1, found {value}");
            }
            is_token.try_reserve(1)?;
            is_token.push(value == 1);
            Ok(())
        })?;
        rows.check_all(file, count)
    }

    /// The order is kept only where some graph is not numbered by it: that of the published files are.
    fn read_order(&mut self, file: &mut TextFile, rows: Rows<'_>) -> Result<()> {
        let (mut graph, mut left, mut last, mut sorted) = (0, 0, i64::MIN, true);
        let sizes = &self.sizes;
        let count = file.each_line(|row, line| {
            rows.check(row)?;
            let place = line.integer()?;
            if left == 0 {
                (left, last) = (sizes[graph], i64::MIN);
                graph += 1;
            }
            sorted &= place > last || left == sizes[graph - 1];
            (left, last) = (left - 1, place);
            Ok(())
        })?;
        rows.check_all(file, count)?;
        if !sorted {
            self.order = read_labels(file, Some(rows))?;
        }
        Ok(())
    }

    /// The features of all nodes and how many each has.
    pub(super) fn take_features(&mut self) -> (Vec<f32>, usize) {
        (std::mem::take(&mut self.columns.x), self.columns.features)
    }

    /// The categories of all nodes and how many each has.
    pub(super) fn take_categories(&mut self) -> (Vec<i32>, usize) {
        (std::mem::take(&mut self.columns.categories), self.columns.width)
    }
    /// What the categories of every column stand for; empty where none is known.
    pub(super) fn take_category_values(&mut self) -> Vec<Vec<String>> {
        let mut values = std::mem::take(&mut self.category_values);
        if !values.is_empty() {
            values.resize(self.columns.width, Vec::new());
        }
        values
    }
}
