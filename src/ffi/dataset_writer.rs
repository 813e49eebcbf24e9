//! Data set files: written graph by graph, for data sets that do not fit into memory.
//!
//! A writer takes graphs as a data set does and writes the file that diffpool_dataset_save would write of them, byte
//! for byte, to be opened with diffpool_dataset_open. It needs a few megabytes of memory besides the largest graph,
//! however many graphs there are.
//!
//! Whole data sets can be added, too, such as the parts of a larger one.
//!
//! The graphs are gathered in files without names in the folder of the file: they need as much room on its disk as the
//! file, and while it is finished once more that of its largest part. The file appears in one step when it is
//! finished. Until then a file that is there stays as it is, and if the writer is freed before or the process ends,
//! nothing is left behind. After an error of the kind IO, such as a full disk, the writer can only be freed.
//!
//! ```c
//! diffpool_dataset_writer *writer;
//! check(diffpool_dataset_writer_new("large.safetensors", "large", 0, &writer, &error));
//! for (size_t i = 0; i < diffpool_dataset_graph_count(dataset); i++) {
//!     check(diffpool_dataset_get(dataset, i, graph, &error)); // or make it
//!     check(diffpool_dataset_writer_add(writer, graph, &error));
//! }
//! check(diffpool_dataset_writer_finish(writer, &error));
//! diffpool_dataset_writer_free(writer);
//! ```

use std::ffi::c_char;
use std::path::Path;

use super::arguments::{output, text, try_string};
use super::dataset::{DiffpoolDataset, read_flags, read_names};
use super::error::DiffpoolError;
use super::graph::DiffpoolGraph;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::status::DiffpoolStatus;
use crate::checkpoint::dataset_writer::DatasetWriter;

/// The file of a data set while it is written.
pub struct DiffpoolDatasetWriter {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolDatasetWriter {
    type Value = DatasetWriter;
}

/// Begins to write a file of graphs. `flags` is as for diffpool_dataset_new.
///
/// Ownership: `path` and `name` are copied; `*out` is owned by the caller, free with diffpool_dataset_writer_free.
///
/// Fails: IO if no file can be written there; INVALID_ARGUMENT if a flag is unknown; UNSUPPORTED on machines that such
/// files do not work on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_new(
    path: *const c_char,
    name: *const c_char,
    flags: u32,
    out: *mut *mut DiffpoolDatasetWriter,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, name, out) = unsafe { (text(path, "path")?, text(name, "name")?, output(out, "out")?) };
        let rules = read_flags(flags)?;
        out.put_handle(DatasetWriter::new(Path::new(path), try_string(name)?, rules)?)
    })
}

/// Frees a writer. NULL is harmless. A file that is not finished is given up, and nothing is left of it.
///
/// Ownership: `writer` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_free(writer: *mut DiffpoolDatasetWriter) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(writer) };
}

/// Adds a graph with all that it has, as diffpool_dataset_add does.
///
/// Ownership: the graph is copied.
///
/// Fails: IO if the graphs cannot be written; INVALID_STATE after that, and after diffpool_dataset_writer_finish; else
/// as diffpool_dataset_add, and the writer is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_add(
    writer: *mut DiffpoolDatasetWriter,
    graph: *const DiffpoolGraph,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (writer, graph) = unsafe { (call.change(writer, "writer")?, call.read(graph, "graph")?) };
        writer.add_arrays(graph)
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
/// or in their names; the writer is then as it was. IO and INVALID_STATE else as diffpool_dataset_writer_add.
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

/// Says before the first graph that all will have words, as diffpool_dataset_set_vocabulary does.
///
/// Ownership: `names`, NULL or an array of `count` strings, and the strings are copied.
///
/// Fails: INVALID_ARGUMENT if `length` or `count` is too small or beyond reason; INVALID_STATE if there are graphs
/// already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_set_vocabulary(
    writer: *mut DiffpoolDatasetWriter,
    names: *const *const c_char,
    count: usize,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let writer = unsafe { call.change(writer, "writer")? };
        // SAFETY: as above.
        let names = if names.is_null() { None } else { Some(unsafe { read_names(names, count)? }) };
        writer.set_vocabulary(length, count)?;
        names.map_or(Ok(()), |names| writer.set_class_names(names))
    })
}

/// Names the classes, or the words of sequences, as diffpool_dataset_set_class_names does. Graphs that are added later
/// must be of one of these classes.
///
/// Ownership: `names`, an array of `count` strings, and the strings are copied.
///
/// Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE
/// as diffpool_dataset_writer_add.
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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_writer_graph_count(writer: *const DiffpoolDatasetWriter) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(writer, 0, DatasetWriter::len) }
}

/// Finishes the file: it is put in place, or replaces one that is there, in one step. After that the writer can only be
/// freed.
///
/// Fails: INVALID_STATE if graphs lack targets or words that others have, which can then be given, and as
/// diffpool_dataset_writer_add; IO if the file cannot be written, and nothing is left of it.
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
