//! Sources of data sets: formats of others, files of this library, benchmarks that are made up.
//!
//! ```c
//! diffpool_dataset *mapped;
//! check(diffpool_dataset_save(dataset, "graphs.safetensors", &error));
//! check(diffpool_dataset_open("graphs.safetensors", NULL, &mapped, &error));
//! printf("%u graphs\n", (unsigned)diffpool_dataset_graph_count(mapped));
//! diffpool_dataset_free(mapped);
//! ```

use std::ffi::c_char;
use std::path::Path;

use super::arguments::{optional_text, output, text};
use super::control::DiffpoolControl;
use super::dataset::{DatasetValue, DiffpoolDataset};
use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use crate::checkpoint::{dataset_file, mapped_dataset};
use crate::data::load::{self, LoadOptions};
use crate::data::synthetic::{self, SyntheticKind};

/// Reads a data set from a file or a folder in a format of others.
///
/// `format` is "tu", a folder of the TU collection: DS_A.txt, DS_graph_indicator.txt, DS_graph_labels.txt and so on,
/// where DS is the folder's name or the only one there; "ogb", a folder of the Open Graph Benchmark in its raw form, as
/// it is downloaded; or "jsonl", a file of JSON lines, one graph a line. docs/cli.md says what is read of each.
///
/// `options_json` is NULL or a JSON object with some of these keys, the first for all formats:
///
/// - `directed`: whether edges keep their direction; false
///
/// Those of the format "tu":
///
/// - `name`: what the file names begin with, where a folder holds several data sets
/// - `drop_self_loops`: whether edges from a node to itself are left out; false
/// - `skip_empty`: whether graphs without nodes are left out, which are INVALID_GRAPH otherwise; false
///
/// Those of the format "ogb":
///
/// - `split`: the folder in split/ whose training graphs the vocabulary is of; the only one there
/// - `vocabulary`: how many of the most frequent words a model tells apart where labels are words, such as 5000 for
///   ogbg-code2; where it is not given, labels are numbers
/// - `length`: how many words a model predicts, with `vocabulary`; 5
/// - `next_token_edges`: whether successive tokens of a syntax tree are joined by an edge; false
/// - `edge_data`: whether labels or attributes of the edges are kept; false
///
/// Ownership: all strings are copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: IO if a file cannot be read; PARSE with file and line if one is malformed; NOT_FOUND if there is no such
/// format; INVALID_ARGUMENT, naming the key, if an option is unknown, not of its kind or not for the format, or if
/// there are several splits and none is named; CANCELLED, TIMEOUT and LIMIT by `control`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_load(
    path: *const c_char,
    format: *const c_char,
    options_json: *const c_char,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, format, options, control, out) = unsafe {
            (
                text(path, "path")?,
                text(format, "format")?,
                optional_text(options_json, "options_json")?,
                call.optional(control, "control")?,
                output(out, "out")?,
            )
        };
        let options = LoadOptions::from_json(format, options.unwrap_or("{}"))?;
        out.put_handle(DatasetValue::new(load::load(Path::new(path), &options, control)?)?)
    })
}

/// Opens a data set from a file that diffpool_dataset_save or a diffpool_dataset_writer wrote. Its graphs are not read
/// into memory but mapped: the system brings in what is used and drops it again where memory is scarce. All functions
/// take such a data set as any other, except that no graph can be added to it. Training with it gives the same bits.
///
/// The whole file is read once to check it: its checksum, and every number in it, so that not even a file made with
/// malice can lead a later call astray. Almost no memory is needed for that.
///
/// While it is open, the file must not be changed in place, shortened or written over by any program, nor its disk be
/// taken away: its bytes are used unchecked after opening, and a read of what is no longer there ends the process, on
/// Unix by the signal SIGBUS. Replacing the file as a whole or removing it is harmless, and diffpool_dataset_save and
/// diffpool_dataset_writer_finish only do the former. The file is closed once the data set is freed, and every trainer
/// that was made with it. It is in the safetensors format, for machines of 64 bits whose numbers begin with their
/// lowest byte.
///
/// Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: IO if the file cannot be read or mapped; INVALID_FILE if it is damaged or no data set; UNSUPPORTED_VERSION if
/// a newer library wrote it; UNSUPPORTED on machines that such files do not work on; CANCELLED, TIMEOUT and LIMIT by
/// `control`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_open(
    path: *const c_char,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, control, out) =
            unsafe { (text(path, "path")?, call.optional(control, "control")?, output(out, "out")?) };
        let (data, mapping) = mapped_dataset::open(Path::new(path), control)?;
        out.put_handle(DatasetValue::mapped(data, mapping)?)
    })
}

/// Makes up a benchmark of `graphs` graphs from a seed, with which a program can be tried without any file.
///
/// `kind` is "ba", Barabasi-Albert graphs against two such graphs joined, "hierarchy", two groups of communities, by
/// their numbers, against two plain communities, "syntax_trees", trees of the shape of ogbg-code2 with the words of
/// their names, or a kind of docs/structure.md, "cliques", "blocks", "blocks_x", "groups", "distance" and "runs", whose
/// classes are told by how communities lie. The same arguments give the same graphs.
///
/// Ownership: `kind` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
///
/// Fails: NOT_FOUND if there is no such kind; INVALID_ARGUMENT if the number of graphs is 0 or beyond reason.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_synthetic(
    kind: *const c_char,
    graphs: usize,
    seed: u64,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (kind, out) = unsafe { (text(kind, "kind")?, output(out, "out")?) };
        out.put_handle(DatasetValue::new(synthetic::generate(SyntheticKind::from_name(kind)?, graphs, seed)?)?)
    })
}

/// Saves a data set to a file with everything that belongs to it. A file that is there is replaced in one step:
/// whatever happens, it is the old one or the new one. It may be the file that the data set itself was opened from.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written; UNSUPPORTED on machines that such files do not work on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_save(
    dataset: *const DiffpoolDataset,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, path) = unsafe { (call.read(dataset, "dataset")?, text(path, "path")?) };
        dataset_file::save(&dataset.data, Path::new(path))
    })
}
