//! Data sets as text: JSON lines, and folders in TU format or of the Open Graph Benchmark; diffpool_dataset_load reads
//! them all.
//!
//! A file of JSON lines has one graph a line, each a JSON object; `docs/cli.md` of the library lists the keys.
//!
//! ```c
//! const char line[] = "{\"nodes\": 3, \"edges\": [[0, 1], [1, 2]], \"class\": \"path\"}\n";
//! diffpool_dataset *shapes;
//! check(diffpool_dataset_parse_jsonl(line, sizeof line - 1, "shapes", 0, &shapes, &error));
//! check(diffpool_dataset_save_jsonl(shapes, "shapes.jsonl", &error));
//! diffpool_dataset_free(shapes);
//! ```

use std::ffi::c_char;
use std::io::{self, BufReader};
use std::path::Path;

use super::arguments::{optional_text, output, slice, text, try_string};
use super::dataset::{DIFFPOOL_DATASET_DIRECTED, DatasetValue, DiffpoolDataset};
use super::error::DiffpoolError;
use super::guard::guard;
use super::split::DiffpoolSplit;
use super::status::DiffpoolStatus;
use crate::checkpoint::atomic;
use crate::data::encoding::utf8;
use crate::data::json_lines::{self, JsonLinesOptions, Lines};
use crate::data::{ogb, tu};
use crate::error::{Result, bail};

/// Reads JSON lines from memory: `length` bytes, which need no NUL at the end. `name` is that of the data set where no
/// line says it; NULL is none. `flags` is 0, or DIFFPOOL_DATASET_DIRECTED where edges keep their direction unless a
/// line says otherwise.
///
/// Ownership: `lines` and `name` are copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: PARSE, INVALID_GRAPH or SHAPE_MISMATCH, with the number of the line, if one is malformed; INVALID_ARGUMENT if
/// a flag is unknown.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_parse_jsonl(
    lines: *const c_char,
    length: usize,
    name: *const c_char,
    flags: u32,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (lines, name, out) =
            unsafe { (slice(lines.cast::<u8>(), length, "lines")?, optional_text(name, "name")?, output(out, "out")?) };
        let data = json_lines::read(Lines::new(BufReader::new(utf8(lines)), "lines"), &options(name, flags)?)?;
        out.put_handle(DatasetValue::new(data)?)
    })
}

fn options(name: Option<&str>, flags: u32) -> Result<JsonLinesOptions> {
    if flags & !DIFFPOOL_DATASET_DIRECTED != 0 {
        bail!(InvalidArgument, "flags is {flags}, but must be 0 or DIFFPOOL_DATASET_DIRECTED");
    }
    let name = name.map(try_string).transpose()?;
    Ok(JsonLinesOptions { name, directed: flags != 0, ..JsonLinesOptions::default() })
}

/// Writes a data set as JSON lines, compressed by gzip where `path` ends in .gz. Reading them gives the same data set,
/// bit for bit. A file that is there is replaced in one step.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written; UNSUPPORTED, naming the graph, if JSON cannot hold a number, or the two
/// ways of an undirected edge have different labels.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_save_jsonl(
    dataset: *const DiffpoolDataset,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, path) = unsafe { (call.read(dataset, "dataset")?, text(path, "path")?) };
        // What is wrong with the data set, rather than with the file.
        let mut refused = None;
        let written = atomic::write(Path::new(path), |out| {
            json_lines::write_file(&dataset.data, Path::new(path), out).map_err(|e| {
                let shown = io::Error::other(e.message().to_string());
                refused = Some(e);
                shown
            })
        });
        refused.map_or(written, Err)
    })
}

/// Writes a data set as a folder in TU format, which must not be there yet or be empty. It appears as a whole or not at
/// all, and reading it gives the same data set.
///
/// Ownership: `folder` is copied.
///
/// Fails: IO if the folder cannot be written or is not empty; UNSUPPORTED, naming it, if the format has no place for
/// something: weights of edges or graphs other than 1, ids, names, several edges between two nodes, categories, words,
/// targets that are not the attributes of the graphs, names of classes that are not whole numbers in ascending order.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_save_tu(
    dataset: *const DiffpoolDataset,
    folder: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, folder) = unsafe { (call.read(dataset, "dataset")?, text(folder, "folder")?) };
        tu::save(&dataset.data, Path::new(folder))
    })
}

/// Writes a data set as a folder of the Open Graph Benchmark in its raw form, which must not be there yet or be empty,
/// with a split in split/own unless `split` is NULL. It appears as a whole or not at all.
///
/// Reading it, with the option `edge_data` where edges have labels or attributes, gives the same data set under the
/// name of the folder. Its one file of labels is both: where graphs have no targets, their classes are also targets
/// then, and single targets that are whole numbers from 0 without gaps are also classes.
///
/// Ownership: `folder` is copied.
///
/// Fails: IO if the folder cannot be written or is not empty; NOT_FOUND or INVALID_ARGUMENT if the split does not fit
/// the graphs; UNSUPPORTED, naming it, if the layout has no place for something: labels of nodes, nodes that have both
/// features and categories, weights of edges or graphs other than 1, several edges between two nodes, edges that have
/// both labels and attributes, single attributes of edges that are all whole numbers, labels of edges beyond 2^24,
/// attributes of graphs, words, classes beside targets that are others, names but of targets and of what the first two
/// categories stand for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_save_ogb(
    dataset: *const DiffpoolDataset,
    folder: *const c_char,
    split: *const DiffpoolSplit,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, folder, split) =
            unsafe { (call.read(dataset, "dataset")?, text(folder, "folder")?, call.optional(split, "split")?) };
        ogb::save(&dataset.data, Path::new(folder), split)
    })
}
