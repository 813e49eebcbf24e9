//! The files that say what the types and attributes of syntax trees stand for, which tell how many there are.

use super::files::Files;
use super::node_columns::Columns;
use crate::data::text::{Capped, TextFile};
use crate::error::{Error, Result, bail, error};

/// The mapping of each of the first columns of categories.
const MAPPINGS: [&str; 2] = ["mapping/typeidx2type.csv.gz", "mapping/attridx2attr.csv.gz"];

/// Checks that no category goes beyond its mapping, where there is one.
pub(super) fn check(files: &Files<'_>, columns: &Columns) -> Result<()> {
    for (column, part) in MAPPINGS.iter().enumerate().take(columns.width) {
        let Some(file) = files.optional(part)? else { continue };
        let known = count(&file)?;
        let values = columns.categories.iter().skip(column).step_by(columns.width);
        let beyond = values.enumerate().find(|&(_, &value)| value < 0 || value as usize >= known);
        if let Some((node, value)) = beyond {
            let (line, name) = (node + 1, file.name());
            bail!(Parse, "node-feat.csv.gz, line {line}: category {column} is {value}, but {name} has {known} of them");
        }
    }
    Ok(())
}

/// Counts the lines after the header; texts may hold commas, quotes and line feeds.
fn count(file: &TextFile) -> Result<usize> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Capped::new(file.reader()?));
    let mut record = csv::ByteRecord::new();
    let mut known: usize = 0;
    while reader.read_byte_record(&mut record).map_err(|e| csv_error(file, e, known + 1))? {
        known += 1;
        reader.get_mut().begin();
    }
    Ok(known)
}

/// What an error of the CSV reader means, after that many lines.
fn csv_error(file: &TextFile, e: csv::Error, lines: usize) -> Error {
    match e.into_kind() {
        csv::ErrorKind::Io(e) => file.read_error(&e, lines),
        other => error!(Parse, "{}, after line {lines}: {other:?}", file.name()),
    }
}
