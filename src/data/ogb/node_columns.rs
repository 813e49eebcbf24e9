//! The columns of categories or features that the lines of nodes are.

use crate::data::columns::Rows;
use crate::data::text::TextFile;
use crate::error::{Result, bail};

/// What the lines of nodes say: whole numbers as categories, others as features.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) x: Vec<f32>,
    pub(super) features: usize,
    /// Row-major `[nodes, width]`.
    pub(super) categories: Vec<i32>,
    /// Columns of `categories`.
    pub(super) width: usize,
}

/// Reads numbers, as many on every line as on the first. They are categories while all are whole.
pub(super) fn read_columns(file: &mut TextFile, rows: Rows<'_>) -> Result<Columns> {
    let most = file.most_values();
    let mut columns = Columns::default();
    let mut width = 0;
    let count = file.each_line(|row, line| {
        rows.check(row)?;
        let before = columns.x.len().max(columns.categories.len());
        loop {
            columns.add(line.integer_or_real()?)?;
            if !line.next_value() {
                break;
            }
        }
        let found = columns.x.len().max(columns.categories.len()) - before;
        if row == 0 {
            width = found;
            columns.reserve(rows.count.saturating_mul(width).min(most))?;
        }
        if found != width {
            bail!(Parse, "the line has {found} values, but the first line has {width}");
        }
        Ok(())
    })?;
    rows.check_all(file, count)?;
    match columns.x.is_empty() {
        true => columns.width = width,
        false => columns.features = width,
    }
    Ok(columns)
}

impl Columns {
    /// Adds one value. The first that is not whole turns all before it into features.
    fn add(&mut self, value: std::result::Result<i32, f32>) -> Result<()> {
        if self.x.is_empty() {
            if let Ok(whole) = value {
                self.categories.try_reserve(1)?;
                self.categories.push(whole);
                return Ok(());
            }
            let whole = std::mem::take(&mut self.categories);
            self.x.try_reserve(whole.capacity() + 1)?;
            self.x.extend(whole.into_iter().map(|whole| whole as f32));
        }
        self.x.try_reserve(1)?;
        self.x.push(value.map_or_else(|real| real, |whole| whole as f32));
        Ok(())
    }

    fn reserve(&mut self, values: usize) -> Result<()> {
        match self.x.is_empty() {
            true => self.categories.try_reserve_exact(values.saturating_sub(self.categories.len()))?,
            false => self.x.try_reserve_exact(values.saturating_sub(self.x.len()))?,
        }
        Ok(())
    }

    /// Appends a column of categories.
    pub(super) fn push(&mut self, column: &[i64], name: &str) -> Result<()> {
        let mut wider = Vec::new();
        wider.try_reserve_exact(column.len().saturating_mul(self.width + 1))?;
        for (node, &value) in column.iter().enumerate() {
            let Ok(value) = i32::try_from(value) else {
                bail!(Parse, "{name}, line {}: {value} is not a whole number of 32 bits", node + 1);
            };
            wider.extend_from_slice(&self.categories[node * self.width..(node + 1) * self.width]);
            wider.push(value);
        }
        self.categories = wider;
        self.width += 1;
        Ok(())
    }
}
