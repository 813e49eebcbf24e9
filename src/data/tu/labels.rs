//! Labels of nodes, edges and graphs: whole numbers or words, one or several on a line.

use std::collections::BTreeMap;

use crate::data::columns::Rows;
use crate::data::text::{Line, TextFile};
use crate::error::{Result, bail, error};
use crate::memory::try_extend;

/// The labels in a file, as many on every line as on the first.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Row-major `[rows, width]`.
    pub(super) values: Vec<i64>,
    /// Labels of a line.
    pub(super) width: usize,
    /// What the labels of every column stand for: number `i` for the `i`-th of the words that occur, sorted. Empty
    /// where labels are numbers.
    pub(super) words: Vec<Vec<String>>,
}

impl Labels {
    /// Reads a file of labels; without `rows`, however many there are. They are words where the first one is no number.
    pub(super) fn read(file: &mut TextFile, rows: Option<Rows<'_>>) -> Result<Self> {
        let mut labels = Self::default();
        if let Some(rows) = rows {
            labels.values.try_reserve_exact(rows.count.min(file.most_values()))?;
        }
        let mut known: Vec<BTreeMap<Box<str>, i64>> = Vec::new();
        let mut are_words = false;
        let count = file.each_line(|row, line| {
            rows.map_or(Ok(()), |rows| rows.check(row))?;
            if row == 0 {
                are_words = !line.begins_with_number();
            }
            let before = labels.values.len();
            loop {
                let column = labels.values.len() - before;
                let label = if are_words { word(line, &mut known, column)? } else { line.label()? };
                try_extend(&mut labels.values, &[label])?;
                if !line.next_value() {
                    break;
                }
            }
            let found = labels.values.len() - before;
            if row == 0 {
                labels.width = found;
            }
            if found != labels.width {
                bail!(Parse, "the line has {found} labels, but the first line has {}", labels.width);
            }
            Ok(())
        })?;
        rows.map_or(Ok(()), |rows| rows.check_all(file, count))?;
        labels.values.shrink_to_fit();
        labels.sort(known);
        Ok(labels)
    }

    /// Numbers the words anew, by their order.
    fn sort(&mut self, known: Vec<BTreeMap<Box<str>, i64>>) {
        for (column, words) in known.into_iter().enumerate() {
            let mut numbers = vec![0; words.len()];
            words.values().zip(0..).for_each(|(&number, sorted)| numbers[number as usize] = sorted);
            let own = self.values.iter_mut().skip(column).step_by(self.width);
            own.for_each(|label| *label = numbers[*label as usize]);
            self.words.push(words.into_keys().map(String::from).collect());
        }
    }

    /// Lines of labels.
    pub(super) fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// What the labels of the only column stand for, by the label.
    pub(super) fn names(&mut self) -> BTreeMap<i64, String> {
        (0..).zip(self.words.pop().unwrap_or_default()).collect()
    }

    /// The labels as categories, a column each.
    pub(super) fn categories(&self, file: &str) -> Result<Vec<i32>> {
        let category = |(at, &label): (usize, &i64)| {
            let line = at / self.width + 1;
            i32::try_from(label)
                .map_err(|_| error!(Parse, "{file}, line {line}: {label} is not a whole number of 32 bits"))
        };
        self.values.iter().enumerate().map(category).collect()
    }

    /// The labels as numbers, a column each.
    pub(super) fn reals(&self, file: &str) -> Result<Vec<f32>> {
        if !self.words.is_empty() {
            bail!(Unsupported, "{file}: several words on a line are not supported here, only whole numbers");
        }
        Ok(self.values.iter().map(|&label| label as f32).collect())
    }
}

/// Reads a word and gives its number, in the order in which the words of its column come.
fn word(line: &mut Line<'_>, known: &mut Vec<BTreeMap<Box<str>, i64>>, column: usize) -> Result<i64> {
    if known.len() <= column {
        known.resize_with(column + 1, BTreeMap::new);
    }
    let (word, words) = (line.word()?, &mut known[column]);
    if let Some(&number) = words.get(word) {
        return Ok(number);
    }
    let number = words.len() as i64;
    words.insert(word.into(), number);
    Ok(number)
}
