//! Graphs as JSON lines: a text file with one JSON object a line, for data that comes from other programs.
//!
//! A graph of three nodes with features and a class, on one line:
//!
//! ```json
//! {"nodes": 3, "edges": [[0, 1], [1, 2]], "x": [[0.5], [1], [0]], "class": "mutagenic"}
//! ```
//!
//! | key | value |
//! |---|---|
//! | `edges` | list of pairs of nodes, counted from 0; `[]` where there are none |
//! | `nodes` | number of nodes; may be left out where `x`, `categories` or `node_labels` has one row for each |
//! | `x` | features: a list of numbers for every node |
//! | `categories` | a list of whole numbers for every node |
//! | `node_labels` | a whole number for every node |
//! | `edge_weight` | a number for every pair of `edges`; 1 where there is no such key |
//! | `edge_labels` | a whole number for every pair |
//! | `edge_attributes` | a list of numbers for every pair |
//! | `class` | the name of the class: a string, or a whole number, which stands for its digits |
//! | `targets` | a list of numbers, `null` for one that is missing |
//! | `sequence` | a list of words: strings; numbers from 0 stand for words outside the vocabulary |
//! | `graph_attributes` | a list of numbers |
//! | `weight` | how much the graph counts in the loss of the task; 1 where there is no such key |
//! | `directed` | `true` where edges keep their direction; all graphs must agree |
//! | `id` | a string or a whole number, by which a prediction names the graph; a data set keeps it as text |
//!
//! Only `edges` is required. All graphs of a data set have the same keys and as many columns as the first, but that
//! `edge_labels` may be missing where there are no edges, and `weight` anywhere. What
//! [`GraphBuilder`](crate::graph::GraphBuilder) says of edges holds here too: an undirected edge is listed once or both
//! ways, edges that are listed again are merged.
//!
//! The first line may be about all graphs instead. Each of its keys may be left out:
//!
//! ```json
//! {"dataset": {"name": "DEMO", "directed": false, "class_names": ["no", "yes"], "sequence_length": 5}}
//! ```
//!
//! `class_names` are then the classes in this order, used or not. Otherwise they are those that occur, sorted: as
//! numbers where all are whole numbers, else as text. Of sequences, they are the vocabulary, with the unknown word and
//! the end as its last two, and `sequence_length` is the number of words to predict.
//!
//! The key `names` beside them is an object of names, those of [`Names`](crate::graph::Names): of columns as lists
//! under `x`, `categories`, `edge_attributes`, `graph_attributes` and `targets`; of labels as objects under
//! `node_labels` and `edge_labels`, such as `{"6": "C", "7": "N"}`; and under `category_values` for every column of
//! `categories` the list of what 0, 1, ... stand for.
//!
//! A file whose name ends in `.gz` is compressed. Blank lines are skipped. Unknown keys, keys given twice and
//! everything else that is not as described is an error with the number of the line. Memory is asked for by the length
//! of the longest line, which may have up to a gigabyte, and by what the data set holds.

mod assemble;
mod field;
mod lines;
mod options;
mod record;
#[cfg(test)]
mod tests;
mod write;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

pub use lines::{Line, Lines};
pub use options::{JsonLinesOptions, JsonLinesWords};
pub use record::{About, Id, Record, Word};
pub use write::{write, write_file};

use self::assemble::Assembly;
use super::encoding::utf8;
use super::text::GZIP;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::Dataset;

/// How much of a file is in memory at once.
const BUFFER: usize = 1 << 16;

/// Bytes that tell whether a file is text.
const BEGINNING: u64 = 512;

/// Opens a file of JSON lines, compressed by gzip or not, in UTF-8 or with the byte order mark of UTF-16.
pub fn open(path: &Path) -> Result<Lines<Box<dyn BufRead + Send>>> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(|e| Error::io(path, &e))?);
    let name = path.display().to_string();
    let is_packed = file.fill_buf().map_err(|e| Error::io(path, &e))?.starts_with(GZIP);
    Ok(Lines::new(
        match is_packed {
            true => Box::new(BufReader::with_capacity(BUFFER, utf8(MultiGzDecoder::new(file)))),
            false => Box::new(BufReader::with_capacity(BUFFER, utf8(file))),
        },
        name,
    ))
}

/// Whether a file begins as JSON lines do, with an object. A file of this library begins with a number of eight bytes,
/// of which the last are 0.
pub fn looks_like(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = open(path).and_then(|lines| {
        lines.into_reader().take(BEGINNING).read_to_end(&mut beginning).map_err(|e| Error::io(path, &e))
    });
    read.is_ok() && beginning.trim_ascii_start().starts_with(b"{") && !beginning.contains(&0)
}

/// Loads the data set in a file.
pub fn load(path: &Path, options: &JsonLinesOptions) -> Result<Dataset> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let own = file.strip_suffix(".gz").unwrap_or(&file);
    let own = [".jsonl", ".ndjson", ".json"].iter().find_map(|end| own.strip_suffix(end)).unwrap_or(own);
    let name = options.name.clone().unwrap_or_else(|| own.to_string());
    read(open(path)?, &JsonLinesOptions { name: Some(name), ..options.clone() })
}

/// Reads a data set from lines.
pub fn read<R: BufRead>(mut lines: Lines<R>, options: &JsonLinesOptions) -> Result<Dataset> {
    let mut assembly = Assembly::new(options)?;
    let mut record = Record::new();
    while let Some(line) = lines.next()? {
        let number = line.number;
        let added = record.parse(line.bytes).and_then(|()| assembly.add(&record));
        added.map_err(|e| lines.in_line(of_text(e), number))?;
    }
    assembly.finish().map_err(|e| of_text(e).in_context(lines.name()))
}

/// An error about an argument, such as a size of the vocabulary, is one about the text that it comes from.
fn of_text(e: Error) -> Error {
    match e.kind() {
        ErrorKind::InvalidArgument => Error::new(ErrorKind::Parse, e.message().to_string()),
        _ => e,
    }
}
