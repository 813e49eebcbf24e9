//! The files of `mapping/`, which say what numbers stand for: the types and attributes of syntax trees, the classes,
//! and by what molecules are called.

use std::io::Read;

use super::files::Files;
use super::node_columns::Columns;
use crate::data::capped::Capped;
use crate::data::columns::Rows;
use crate::data::text::{TextFile, quoted};
use crate::error::{Error, Result, bail, error};
use crate::graph::MAX_NAME;

/// The mapping of each of the first columns of categories.
pub(super) const MAPPINGS: [&str; 2] = ["mapping/typeidx2type.csv.gz", "mapping/attridx2attr.csv.gz"];

/// Names of the categories of a column that are kept, so that a small file cannot ask for any amount of memory.
pub(super) const MOST_VALUES: usize = 1 << 16;

/// The names of the classes as this library writes them; the benchmark calls the file by what the classes are, such as
/// `labelidx2taxonomygroup`.
pub(super) const CLASS_NAMES: &str = "mapping/labelidx2label.csv.gz";
const CLASS_NAME_FILES: [&str; 2] = [CLASS_NAMES, "mapping/labelidx2taxonomygroup.csv.gz"];

/// A line a graph: its labels, what it is, and by what it is called, in the column of this name.
pub(super) const MOLECULES: &str = "mapping/mol.csv.gz";
pub(super) const MOLECULE_ID: &str = "mol_id";
/// The columns that come after those of the labels.
pub(super) const NO_LABELS: [&str; 2] = ["smiles", MOLECULE_ID];

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

/// What is said of molecules.
#[derive(Default)]
pub(super) struct Molecules {
    /// By what every graph is called, blank where one has no name; empty where no file says it.
    pub(super) ids: Vec<String>,
    /// Names of the columns before what the molecules are: those of the labels.
    pub(super) targets: Vec<String>,
}

impl Molecules {
    /// Reads the file where there is one.
    pub(super) fn read(files: &Files<'_>, graphs: Rows<'_>) -> Result<Self> {
        let mut molecules = Self::default();
        let Some(file) = files.optional(MOLECULES)? else { return Ok(molecules) };
        let table = Table::open(&file)?;
        let labels = table.header.iter().take_while(|name| !NO_LABELS.contains(name));
        molecules.targets = labels.map(str::to_string).collect();
        let Some(column) = table.header.iter().position(|name| name == MOLECULE_ID) else { return Ok(molecules) };
        let count = table.each(|row, record| {
            graphs.check(row)?;
            molecules.ids.try_reserve(1)?;
            molecules.ids.push(record.get(column).unwrap_or_default().to_string());
            Ok(())
        })?;
        graphs.check_all(&file, count)?;
        Ok(molecules)
    }
}

/// The names of the targets, where `mapping/mol.csv.gz` has them.
pub(super) fn target_names(files: &Files<'_>) -> Result<Vec<String>> {
    let Some(file) = files.optional(MOLECULES)? else { return Ok(Vec::new()) };
    let table = Table::open(&file)?;
    Ok(table.header.iter().take_while(|name| !NO_LABELS.contains(name)).map(str::to_string).collect())
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

/// What the categories of every column stand for, where a mapping says it; no category may go beyond it.
pub(super) fn category_values(files: &Files<'_>, columns: &Columns) -> Result<Vec<Vec<String>>> {
    let mut all = Vec::new();
    for (column, part) in MAPPINGS.iter().enumerate().take(columns.width) {
        let Some(file) = files.optional(part)? else { continue };
        let (known, names) = read_mapping(&file)?;
        let values = columns.categories.iter().skip(column).step_by(columns.width);
        let beyond = values.enumerate().find(|&(_, &value)| value < 0 || value as usize >= known);
        if let Some((node, value)) = beyond {
            let (line, name) = (node + 1, file.name());
            bail!(Parse, "node-feat.csv.gz, line {line}: category {column} is {value}, but {name} has {known} of them");
        }
        all.resize(column, Vec::new());
        all.push(names);
    }
    Ok(all)
}

/// Counts the lines after the header, and takes the first names of them; texts may hold commas, quotes and line feeds.
fn read_mapping(file: &TextFile) -> Result<(usize, Vec<String>)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Capped::new(file.reader()?));
    let mut record = csv::ByteRecord::new();
    let (mut known, mut names): (usize, Vec<String>) = (0, Vec::new());
    while reader.read_byte_record(&mut record).map_err(|e| csv_error(file, e, known + 1))? {
        if known < MOST_VALUES {
            let name = String::from_utf8_lossy(record.get(1).unwrap_or_default());
            names.try_reserve(1)?;
            let end = (0..=MAX_NAME.min(name.len())).rev().find(|&at| name.is_char_boundary(at));
            names.push(name[..end.unwrap_or_default()].to_string());
        }
        known += 1;
        reader.get_mut().begin();
    }
    Ok((known, names))
}

/// What an error of the CSV reader means, after that many lines.
fn csv_error(file: &TextFile, e: csv::Error, lines: usize) -> Error {
    match e.into_kind() {
        csv::ErrorKind::Io(e) => file.read_error(&e, lines),
        other => error!(Parse, "{}, after line {lines}: {other:?}", file.name()),
    }
}
