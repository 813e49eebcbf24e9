//! The files of `mapping/`, which say what numbers stand for: the types and attributes of syntax trees, the classes,
//! and by what molecules are called.

use std::io::Read;

use super::files::Files;
use super::node_columns::Columns;
use crate::data::columns::Rows;
use crate::data::text::{Capped, TextFile, quoted};
use crate::error::{Error, Result, bail, error};

/// The mapping of each of the first columns of categories.
const MAPPINGS: [&str; 2] = ["mapping/typeidx2type.csv.gz", "mapping/attridx2attr.csv.gz"];

/// The names of the classes as this library writes them; the benchmark calls the file by what the classes are, such as
/// `labelidx2taxonomygroup`.
pub(super) const CLASS_NAMES: &str = "mapping/labelidx2label.csv.gz";
const CLASS_NAME_FILES: [&str; 2] = [CLASS_NAMES, "mapping/labelidx2taxonomygroup.csv.gz"];

/// A line a graph: its labels, what it is, and by what it is called, in the column of this name.
pub(super) const MOLECULES: &str = "mapping/mol.csv.gz";
pub(super) const MOLECULE_ID: &str = "mol_id";

/// The name of every class, where a file has them: a line a class, of its number, from 0 on, and its name.
pub(super) fn class_names(files: &Files<'_>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for part in CLASS_NAME_FILES {
        let Some(file) = files.optional(part)? else { continue };
        Table::open(&file)?.each(|row, record| {
            let (number, name) = (record.get(0).unwrap_or_default().trim(), record.get(1));
            let Some(name) = name.filter(|_| number == row.to_string()) else {
                bail!(Parse, "expected class {row} and its name, found {}", quoted(number));
            };
            names.try_reserve(1)?;
            names.push(name.to_string());
            Ok(())
        })?;
        break;
    }
    Ok(names)
}

/// By what every graph is called, where a file says it; blank where one has no name.
pub(super) fn ids(files: &Files<'_>, graphs: Rows<'_>) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    let Some(file) = files.optional(MOLECULES)? else { return Ok(ids) };
    let table = Table::open(&file)?;
    let Some(column) = table.header.iter().position(|name| name == MOLECULE_ID) else { return Ok(ids) };
    let count = table.each(|row, record| {
        graphs.check(row)?;
        ids.try_reserve(1)?;
        ids.push(record.get(column).unwrap_or_default().to_string());
        Ok(())
    })?;
    graphs.check_all(&file, count)?;
    Ok(ids)
}

/// A file with a header, whose texts may be in quotes.
struct Table<'a> {
    file: &'a TextFile,
    reader: csv::Reader<Capped<Box<dyn Read + 'a>>>,
    header: csv::StringRecord,
}

impl<'a> Table<'a> {
    /// Reads the header.
    fn open(file: &'a TextFile) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Capped::new(file.reader()?));
        let header = reader.headers().map_err(|e| csv_error(file, e, 0))?.clone();
        Ok(Self { file, reader, header })
    }

    /// Calls `take(row, record)` for every line after the header, and returns how many there are.
    fn each(self, mut take: impl FnMut(usize, &csv::StringRecord) -> Result<()>) -> Result<usize> {
        let Self { file, mut reader, .. } = self;
        let mut record = csv::StringRecord::new();
        let mut row: usize = 0;
        while reader.read_record(&mut record).map_err(|e| csv_error(file, e, row + 1))? {
            take(row, &record).map_err(|e| e.in_context(format_args!("{}, line {}", file.name(), row + 2)))?;
            row += 1;
            reader.get_mut().begin();
        }
        Ok(row)
    }
}

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
