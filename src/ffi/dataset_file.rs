//! Data set files: graphs that stay on disk, for data sets larger than memory.
//!
//! A data set of any origin is saved to a file once, and opened from there as often as wanted. One that is larger than
//! memory is written graph by graph, see diffpool_dataset_writer_new. The graphs of an opened data set are not read
//! into memory but mapped: the system brings in what is used and drops it again where memory is scarce. All functions
//! take an opened data set as any other, except that no graph can be added to it; names of classes, targets and
//! sequences can be set, and are then in memory. Training with it gives the same bits.
//!
//! While it is open, the file must not be changed in place, shortened or written over by any program, nor its disk be
//! taken away: its bytes are used unchecked after opening, and a read of what is no longer there ends the process, on
//! Unix by the signal SIGBUS. Replacing the file as a whole or removing it is harmless, and diffpool_dataset_save and
//! diffpool_dataset_writer_finish only do the former. The file is closed once the data set is freed, and every trainer
//! that was made with it.
//!
//! What stays in memory does not depend on the size of the file but for a few numbers a graph: eight bytes for every
//! entry of the lists of graphs that a trainer is given, some copies of them, and what was predicted of each graph. The
//! feature "clustering" and the assignment "graclus" are computed once for all graphs, and each keeps four bytes a
//! node. A new trainer reads its graphs two or three times over: to find the categories and labels that there are, to
//! tell the data by a checksum, and to see that all graphs fit the model. After that every batch reads its own graphs.
//!
//! Other programs can read the file: it is in the safetensors format. Files work on machines of 64 bits whose numbers
//! begin with their lowest byte, which are all those of x86-64 and practically all of aarch64.

use std::ffi::c_char;
use std::path::Path;

use super::arguments::{output, text};
use super::dataset::{DatasetValue, DiffpoolDataset};
use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use crate::checkpoint::{dataset_file, mapped_dataset};

/// Saves a data set to a file with everything that belongs to it. A file that is there is replaced in one step:
/// whatever happens, it is the old one or the new one. It may be the file that the data set itself was opened from.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written; UNSUPPORTED on machines that such files do not work on.
///
/// Threads: any; `dataset` is const.
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

/// Opens a data set from a file that diffpool_dataset_save or a diffpool_dataset_writer wrote.
///
/// The whole file is read once to check it: its checksum, and every number in it, so that not even a file made with
/// malice can lead a later call astray. Almost no memory is needed for that.
///
/// Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_dataset_free. The file must stay as
/// it is as said above.
///
/// Fails: IO if the file cannot be read or mapped; INVALID_FILE if it is damaged or no data set; UNSUPPORTED_VERSION
/// if a newer library wrote it; UNSUPPORTED on machines that such files do not work on.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_open(
    path: *const c_char,
    out: *mut *mut DiffpoolDataset,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, out) = unsafe { (text(path, "path")?, output(out, "out")?) };
        let (data, mapping) = mapped_dataset::open(Path::new(path))?;
        out.put_handle(DatasetValue::mapped(data, mapping))
    })
}
