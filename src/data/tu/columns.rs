//! The files of the TU format that hold one line a graph, a node or an edge.

use super::text::{Line, TextFile};
use crate::error::{Result, bail};
use crate::graph::try_resize;

/// How many lines a file must have, and why.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// The number of lines.
    pub(super) count: usize,
    /// What the lines are for, and the file that says how many there are, such as `nodes in X_graph_indicator.txt`.
    pub(super) of: &'a str,
}

impl Rows<'_> {
    fn check(&self, row: usize) -> Result<()> {
        if row >= self.count {
            bail!(Parse, "there are only {} {}", self.count, self.of);
        }
        Ok(())
    }

    fn check_all(&self, file: &TextFile, rows: usize) -> Result<()> {
        if rows < self.count {
            bail!(Parse, "{} has {rows} lines, but there are {} {}", file.name(), self.count, self.of);
        }
        Ok(())
    }
}

/// Reads a file of one label a line; without `rows`, however many there are.
pub(super) fn read_labels(file: &mut TextFile, rows: Option<Rows<'_>>) -> Result<Vec<i64>> {
    let mut labels = Vec::new();
    if let Some(rows) = rows {
        labels.try_reserve_exact(rows.count.min(file.most_values()))?;
    }
    let count = file.each_line(|row, line| {
        rows.map_or(Ok(()), |rows| rows.check(row))?;
        let label = line.integer()?;
        if line.next_value() {
            bail!(Unsupported, "several labels on a line are not supported, only one");
        }
        labels.try_reserve(1)?;
        labels.push(label);
        Ok(())
    })?;
    rows.map_or(Ok(()), |rows| rows.check_all(file, count))?;
    labels.shrink_to_fit();
    Ok(labels)
}

/// Attributes row by row, and how many a row has.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// Row-major `[rows, width]`.
    pub(super) values: Vec<f32>,
    /// Columns of `values`.
    pub(super) width: usize,
}

/// Reads a file of attributes, as many on every line as on the first.
pub(super) fn read_attributes(file: &mut TextFile, rows: Rows<'_>) -> Result<Attributes> {
    let most_values = file.most_values();
    let Attributes { mut values, mut width } = Attributes::default();
    let count = file.each_line(|row, line| {
        rows.check(row)?;
        let before = values.len();
        read_row(line, &mut values)?;
        let found = values.len() - before;
        if row == 0 {
            width = found;
            values.try_reserve_exact(rows.count.saturating_mul(width).min(most_values))?;
        }
        if found != width {
            bail!(Parse, "the line has {found} attributes, but the first line has {width}");
        }
        Ok(())
    })?;
    rows.check_all(file, count)?;
    Ok(Attributes { values, width })
}

fn read_row(line: &mut Line<'_>, values: &mut Vec<f32>) -> Result<()> {
    loop {
        let value = line.real()?;
        values.try_reserve(1)?;
        values.push(value);
        if !line.next_value() {
            return Ok(());
        }
    }
}

/// Which graph every node of the files belongs to.
///
/// Kept as runs of successive nodes of the same graph: one a graph where the file is sorted, so that finding a node
/// costs next to no memory, and never more than one a node.
pub(super) struct Nodes {
    runs: Vec<Run>,
    /// Nodes of every graph.
    pub(super) sizes: Vec<usize>,
    /// Nodes of all graphs.
    pub(super) total: usize,
}

struct Run {
    /// The first node of the run.
    first: usize,
    graph: u32,
    /// The place of that node among those of its graph.
    local: u32,
}

/// A node as its graph sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) graph: usize,
    pub(super) local: i32,
}

/// Reads the file that names the graph of every node. Every one of the `graphs` must have a node.
pub(super) fn read_nodes(file: &mut TextFile, graphs: Rows<'_>) -> Result<Nodes> {
    let mut nodes = Nodes { runs: Vec::new(), sizes: Vec::new(), total: 0 };
    try_resize(&mut nodes.sizes, graphs.count, 0)?;
    let mut last = None;
    nodes.total = file.each_line(|row, line| {
        let id = line.integer()?;
        let Some(graph) = usize::try_from(id).ok().filter(|id| (1..=graphs.count).contains(id)).map(|id| id - 1) else {
            bail!(Parse, "the graph id is {id}, but there are {} {}", graphs.count, graphs.of);
        };
        let size = &mut nodes.sizes[graph];
        if last != Some(graph) {
            last = Some(graph);
            nodes.runs.try_reserve(1)?;
            nodes.runs.push(Run { first: row, graph: graph as u32, local: *size as u32 });
        }
        *size += 1;
        if *size > i32::MAX as usize {
            bail!(Parse, "graph {id} has more than the {} nodes supported", i32::MAX);
        }
        Ok(())
    })?;
    if let Some(empty) = nodes.sizes.iter().position(|&size| size == 0) {
        let (empty, count) = (empty + 1, graphs.count);
        bail!(InvalidGraph, "graph {empty} of the {count} {} has no node in {}", graphs.of, file.name());
    }
    Ok(nodes)
}

impl Nodes {
    /// The place of node `node`, which must be below `total`. `hint` is the run to try first, and where it was found.
    pub(super) fn place(&self, node: usize, hint: &mut usize) -> Place {
        let ends = |run: usize| self.runs.get(run + 1).map_or(self.total, |next| next.first);
        if node < self.runs[*hint].first || node >= ends(*hint) {
            *hint = self.runs.partition_point(|run| run.first <= node) - 1;
        }
        let run = &self.runs[*hint];
        Place { graph: run.graph as usize, local: run.local as i32 + (node - run.first) as i32 }
    }

    /// Brings `values`, `width` a node in the order of the files, into the order of the graphs.
    pub(super) fn order<T: Copy + Default>(&self, values: Vec<T>, width: usize) -> Result<Vec<T>> {
        if self.runs.is_sorted_by_key(|run| run.graph) {
            return Ok(values);
        }
        let mut begins = Vec::new();
        begins.try_reserve_exact(self.sizes.len())?;
        let mut begin = 0;
        for size in &self.sizes {
            begins.push(begin);
            begin += size;
        }
        let mut ordered = Vec::new();
        try_resize(&mut ordered, values.len(), T::default())?;
        for (at, run) in self.runs.iter().enumerate() {
            let end = self.runs.get(at + 1).map_or(self.total, |next| next.first);
            let from = &values[run.first * width..end * width];
            let to = (begins[run.graph as usize] + run.local as usize) * width;
            ordered[to..to + from.len()].copy_from_slice(from);
        }
        Ok(ordered)
    }
}
