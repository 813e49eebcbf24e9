//! Split files: published ones, and those of one's own, saved so that a run can be repeated.
//!
//! A file is a JSON array of folds, as Errica et al., *A Fair Comparison of Graph Neural Networks for Graph
//! Classification*, ICLR 2020, publish theirs; graphs are counted from 0:
//!
//! ```text
//! [{"test": [0, 5], "model_selection": [{"train": [1, 2, 4], "validation": [3]}]}]
//! ```
//!
//! A saved split is a file of one fold. The program reads both: `diffpool train --splits FILE --fold 0`.
//!
//! ```c
//! diffpool_split *same;
//! check(diffpool_split_save(split, "split.json", &error));
//! check(diffpool_split_load(dataset, "split.json", 0, &same, &error));
//! diffpool_split_free(same);
//! ```

use std::ffi::c_char;
use std::path::Path;

use super::arguments::{output, text};
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::split::DiffpoolSplit;
use super::status::DiffpoolStatus;
use crate::checkpoint::atomic;
use crate::data::splits::{Split, read_published};
use crate::error::{bail, error};

/// Reads the split of fold number `fold`, from 0, of a file. Its lists keep their order; graphs may be left out.
///
/// Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_split_free. It does not need the data
/// set any more.
///
/// Fails: IO if the file cannot be read, PARSE if it is malformed or the fold divides its graphs in several ways,
/// NOT_FOUND if there is no such fold or an index names no graph, INVALID_ARGUMENT if a graph is named twice or there
/// are none to train on.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_load(
    dataset: *const DiffpoolDataset,
    path: *const c_char,
    fold: usize,
    out: *mut *mut DiffpoolSplit,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, path, out) =
            unsafe { (call.read(dataset, "dataset")?, text(path, "path")?, output(out, "out")?) };
        let folds = read_published(Path::new(path))?;
        let count = folds.len();
        let found = folds.into_iter().nth(fold);
        let found = found.ok_or_else(|| error!(NotFound, "{path}: there is no fold {fold}: there are {count}"))?;
        let [ref selection] = found.model_selection[..] else {
            let ways = found.model_selection.len();
            bail!(Parse, "{path}: fold {fold} divides its graphs in {ways} ways, not in one");
        };
        let split =
            Split { train: selection.train.clone(), validation: selection.validation.clone(), test: found.test };
        split.check(&dataset.data).map_err(|e| e.in_context(format_args!("{path}: fold {fold}")))?;
        out.put_handle(split)
    })
}

/// Saves a split as a file of one fold. A file that is there is replaced in one step.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written.
///
/// Threads: any; `split` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_save(
    split: *const DiffpoolSplit,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (split, path) = unsafe { (call.read(split, "split")?, text(path, "path")?) };
        atomic::write(Path::new(path), |out| writeln!(out, "{}", split.to_json()))
    })
}
