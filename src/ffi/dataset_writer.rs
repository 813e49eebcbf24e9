//! Data set files written graph by graph, for data sets that do not fit into memory.
//!
//! A writer takes graphs as a data set does and writes the file that diffpool_dataset_save would write of them, byte
//! for byte, to be opened with diffpool_dataset_open. It needs a few megabytes of memory besides the largest graph,
//! however many graphs there are.
//!
//! Targets and sequences of words are given along with the graphs: at any time, for all graphs that were added since
//! the last such call. If some graphs have them, all must in the end. Whole data sets can be added, too, such as the
//! parts of a larger one.
//!
//! The graphs are gathered in files without names in the folder of the file: they need as much room on its disk as the
//! file, and while it is finished once more that of its largest part. The file appears in one step when it is
//! finished. Until then a file that is there stays as it is, and if the writer is freed before or the process ends,
//! nothing is left behind. After an error of the kind IO, such as a full disk, the writer can only be freed.

use std::ffi::c_char;
use std::path::Path;

use super::arguments::{output, slice, text, try_string};
use super::dataset::{DiffpoolDataset, read_names, read_rules};
use super::error::DiffpoolError;
use super::graph_input::{Edges, read_graph};
use super::guard::guard;
use super::handle::{Opaque, free};
use super::status::DiffpoolStatus;
use super::targets::read_words;
use crate::checkpoint::dataset_writer::DatasetWriter;

/// The file of a data set while it is written.
pub struct DiffpoolDatasetWriter {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolDatasetWriter {
    type Value = DatasetWriter;
}

/// Begins to write a file of graphs whose nodes have `features` numbers and `categories` whole numbers each, either
/// possibly 0. `flags` is as for diffpool_dataset_new.
///
/// Ownership: `path` and `name` are copied; `*out` is owned by the caller, free with diffpool_dataset_writer_free.
///
/// Fails: IO if no file can be written there; INVALID_ARGUMENT if a flag is unknown; UNSUPPORTED on machines that such
/// files do not work on.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_new(
    path: *const c_char,
    name: *const c_char,
    features: usize,
    categories: usize,
    flags: u32,
    out: *mut *mut DiffpoolDatasetWriter,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, name, out) = unsafe { (text(path, "path")?, text(name, "name")?, output(out, "out")?) };
        let rules = read_rules(features, categories, flags)?;
        out.put_handle(DatasetWriter::new(Path::new(path), try_string(name)?, rules)?)
    })
}

/// Frees a writer. NULL is harmless. A file that is not finished is given up, and nothing is left of it.
///
/// Ownership: `writer` is gone after the call.
///
/// Threads: any, once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_free(writer: *mut DiffpoolDatasetWriter) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(writer) };
}

/// Adds a graph given as compressed rows, with the arguments of diffpool_dataset_add_csr.
///
/// Ownership: all arrays are copied.
///
/// Fails: IO if the graphs cannot be written; INVALID_STATE after that, after diffpool_dataset_writer_finish, and if
/// data sets with attributes of edges or graphs were added; else as diffpool_dataset_add_csr, and the writer is then as
/// it was.
///
/// Threads: one at a time; `writer` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_add_csr(
    writer: *mut DiffpoolDatasetWriter,
    nodes: usize,
    entries: usize,
    indptr: *const i64,
    indices: *const i32,
    edge_weight: *const f32,
    edge_labels: *const i64,
    x: *const f32,
    categories: *const i32,
    node_labels: *const i64,
    y: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe {
            let writer = call.change(writer, "writer")?;
            let edges = Edges::Csr { entries, indptr, indices };
            let input = read_graph(writer.rules(), nodes, edges, edge_weight, edge_labels, x, categories, node_labels)?;
            writer.add(&input, y)
        }
    })
}

/// Adds a graph given as a list of edges, with the arguments of diffpool_dataset_add_edges.
///
/// Ownership: all arrays are copied.
///
/// Fails: as diffpool_dataset_writer_add_csr.
///
/// Threads: one at a time; `writer` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_add_edges(
    writer: *mut DiffpoolDatasetWriter,
    nodes: usize,
    edges: usize,
    sources: *const i32,
    targets: *const i32,
    edge_weight: *const f32,
    edge_labels: *const i64,
    x: *const f32,
    categories: *const i32,
    node_labels: *const i64,
    y: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe {
            let writer = call.change(writer, "writer")?;
            let edges = Edges::List { edges, sources, targets };
            let input = read_graph(writer.rules(), nodes, edges, edge_weight, edge_labels, x, categories, node_labels)?;
            writer.add(&input, y)
        }
    })
}

/// Adds all graphs of a data set with everything that belongs to them: targets, words and attributes, of which the
/// graphs that are there already must have as many. It may be opened from a file.
///
/// A data set that names its classes brings the names with it if it is the first to be added. If the writer has names
/// already, the classes of the data set are found among them by their names; those of its graphs must be there.
/// Words of sequences must be the same ones.
///
/// Ownership: the graphs are copied.
///
/// Fails: SHAPE_MISMATCH, INVALID_ARGUMENT or INVALID_STATE if the graphs differ from those before in what they have,
/// or in their names; the writer is then as it was. IO and INVALID_STATE else as diffpool_dataset_writer_add_csr.
///
/// Threads: one at a time; `writer` is changed, and `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_append(
    writer: *mut DiffpoolDatasetWriter,
    dataset: *const DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (writer, dataset) = unsafe { (call.change(writer, "writer")?, call.read(dataset, "dataset")?) };
        writer.append(&dataset.data)
    })
}

/// Gives `width` targets to each of the graphs that have none yet, which are those added since the last call: after
/// every graph, now and then, or once at the end. `targets` has `length` values as for diffpool_dataset_set_targets.
///
/// Ownership: `targets` is copied.
///
/// Fails: SHAPE_MISMATCH if `length` is not `width` times the number of these graphs, or `width` is not that of the
/// graphs before; INVALID_ARGUMENT if a value is infinite or `width` is 0 or beyond reason; IO and INVALID_STATE as
/// diffpool_dataset_writer_add_csr.
///
/// Threads: one at a time; `writer` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_add_targets(
    writer: *mut DiffpoolDatasetWriter,
    targets: *const f32,
    length: usize,
    width: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (writer, targets) = unsafe { (call.change(writer, "writer")?, slice(targets, length, "targets")?) };
        writer.add_targets(targets, width)
    })
}

/// Gives a sequence of words to each of the graphs that have none yet, which are those added since the last call. The
/// arguments are those of diffpool_dataset_set_sequences for these graphs: `offsets` begins with 0.
///
/// Ownership: `offsets` and `words` are copied.
///
/// Fails: SHAPE_MISMATCH or INVALID_ARGUMENT as diffpool_dataset_set_sequences, and if `length` or `vocabulary` is not
/// that of the graphs before; IO and INVALID_STATE as diffpool_dataset_writer_add_csr.
///
/// Threads: one at a time; `writer` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_add_sequences(
    writer: *mut DiffpoolDatasetWriter,
    offsets: *const usize,
    offsets_length: usize,
    words: *const i64,
    words_length: usize,
    length: usize,
    vocabulary: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (writer, offsets, words) = unsafe {
            (
                call.change(writer, "writer")?,
                slice(offsets, offsets_length, "offsets")?,
                slice(words, words_length, "words")?,
            )
        };
        writer.add_sequences(offsets, &read_words(words)?, length, vocabulary)
    })
}

/// Names the classes, or the words of sequences, as diffpool_dataset_set_class_names does. Graphs that are added later
/// must be of one of these classes.
///
/// Ownership: `names`, an array of `count` strings, and the strings are copied.
///
/// Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE
/// as diffpool_dataset_writer_add_csr.
///
/// Threads: one at a time; `writer` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_set_class_names(
    writer: *mut DiffpoolDatasetWriter,
    names: *const *const c_char,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (writer, names) = unsafe { (call.change(writer, "writer")?, read_names(names, count)?) };
        writer.set_class_names(names)
    })
}

/// The number of graphs that were added so far.
///
/// Threads: any; `writer` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_length(
    writer: *const DiffpoolDatasetWriter,
    length: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (writer, length) = unsafe { (call.read(writer, "writer")?, output(length, "length")?) };
        length.put(writer.len());
        Ok(())
    })
}

/// Finishes the file: it is put in place, or replaces one that is there, in one step. After that the writer can only be
/// freed.
///
/// Fails: INVALID_STATE if graphs lack targets or words that others have, which can then be given, and as
/// diffpool_dataset_writer_add_csr; IO if the file cannot be written, and nothing is left of it.
///
/// Threads: one at a time; `writer` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_finish(
    writer: *mut DiffpoolDatasetWriter,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(writer, "writer")? }.finish()
    })
}
