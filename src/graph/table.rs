//! A part of a graph: a matrix that may be missing.

use crate::error::{Result, bail};
use crate::memory::try_extend;

/// A matrix that may be missing; its memory stays where it is given anew.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    pub given: bool,
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<T>,
}

/// Checks that a part of a graph has as many columns as are needed.
pub(crate) fn check_columns(name: &str, given: usize, needed: usize) -> Result<()> {
    match given {
        _ if given == needed => Ok(()),
        0 => bail!(ShapeMismatch, "the graph has no {name}, but {needed} columns of it are needed"),
        _ => bail!(ShapeMismatch, "{name} has {given} columns, but {needed} are needed"),
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { given: false, rows: 0, columns: 0, values: Vec::new() }
    }
}

impl<T: Copy> Table<T> {
    /// Takes a matrix whose values `value(row, column)` gives. On failure there is none.
    pub fn set(&mut self, (rows, columns): (usize, usize), value: impl Fn(usize, usize) -> Result<T>) -> Result<()> {
        self.clear();
        let Some(all) = rows.checked_mul(columns) else {
            bail!(InvalidArgument, "{rows} rows of {columns} columns are more than memory can hold");
        };
        self.values.try_reserve(all)?;
        for row in 0..rows {
            for column in 0..columns {
                let value = value(row, column).inspect_err(|_| self.values.clear())?;
                self.values.push(value);
            }
        }
        (self.given, self.rows, self.columns) = (true, rows, columns);
        Ok(())
    }

    /// Takes a matrix as it lies in memory. Where there are no columns it has no rows.
    pub fn set_rows(&mut self, values: &[T], columns: usize) -> Result<()> {
        self.clear();
        try_extend(&mut self.values, values)?;
        (self.given, self.rows, self.columns) = (true, values.len().checked_div(columns).unwrap_or(0), columns);
        Ok(())
    }

    /// Forgets the matrix, and keeps the memory.
    pub fn clear(&mut self) {
        self.values.clear();
        (self.given, self.rows, self.columns) = (false, 0, 0);
    }

    /// The values, where there are any.
    pub fn get(&self) -> Option<&[T]> {
        self.given.then_some(self.values.as_slice())
    }

    /// The values, where there are any, after a look at the number of rows.
    pub fn of(&self, name: &str, unit: &str, rows: usize) -> Result<Option<&[T]>> {
        if self.given && self.rows != rows {
            bail!(ShapeMismatch, "{name} has {} rows, but the graph has {rows} {unit}", self.rows);
        }
        Ok(self.get())
    }

    /// The values of a table that must have so many columns, or be missing where it is 0.
    pub fn exactly(&self, name: &str, unit: &str, rows: usize, columns: usize) -> Result<Option<&[T]>> {
        if columns == 0 {
            return Ok(None);
        }
        let values = self.of(name, unit, rows)?;
        check_columns(name, values.map_or(0, |_| self.columns), columns)?;
        Ok(values)
    }
}

impl<T: Copy> Table<T> {
    /// Takes some rows of another table.
    pub fn part(&mut self, all: &Self, rows: std::ops::Range<usize>) -> Result<()> {
        if !all.given {
            return Ok(());
        }
        let columns = all.columns;
        self.set((rows.len(), columns), |row, column| Ok(all.values[(rows.start + row) * columns + column]))
    }

    /// Takes row `row` of a list of so many rows.
    pub fn row(&mut self, all: &Self, row: usize, rows: usize) -> Result<()> {
        if !all.given {
            return Ok(());
        }
        if !all.values.len().is_multiple_of(rows) {
            bail!(ShapeMismatch, "there are {} targets, which do not fit {rows} graphs", all.values.len());
        }
        let columns = all.values.len() / rows;
        self.set((1, columns), |_, column| Ok(all.values[row * columns + column]))
    }
}
