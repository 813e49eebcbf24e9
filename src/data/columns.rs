//! Text files that hold one line a graph, a node or an edge.

use super::text::{Line, TextFile};
use crate::error::{Result, bail};

/// How many lines a file must have, and why.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// The number of lines.
    pub(super) count: usize,
    /// What the lines are for, and the file that says how many there are, such as `nodes in X_graph_indicator.txt`.
    pub(super) of: &'a str,
}

impl Rows<'_> {
    /// Checks that a line with this number, from 0, may be there.
    pub(super) fn check(&self, row: usize) -> Result<()> {
        if row >= self.count {
            bail!(Parse, "there are only {} {}", self.count, self.of);
        }
        Ok(())
    }

    /// Checks that no line is missing of a file that has `rows` lines.
    pub(super) fn check_all(&self, file: &TextFile, rows: usize) -> Result<()> {
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
        let label = line.label()?;
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
