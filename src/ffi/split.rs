//! Splits: which graphs to train on, and which to keep back.
//!
//! A split has three lists of indices into a data set. Any can be set; those that the library deals out are stratified,
//! so that every class is shared out in the same proportion, and depend on nothing but the classes of the graphs and
//! the seed.
//!
//! ```c
//! for (size_t fold = 0; fold < 10; fold++) {
//!     diffpool_split *one;
//!     size_t train, test;
//!     check(diffpool_split_k_fold(dataset, 10, fold, 1, &one, &error));
//!     diffpool_split_train(one, &train);
//!     diffpool_split_test(one, &test);
//!     printf("fold %u: %u graphs to train on, %u kept back\n", (unsigned)fold, (unsigned)train, (unsigned)test);
//!     diffpool_split_free(one);
//! }
//! ```

use std::ffi::c_char;
use std::path::Path;

use super::arguments::{optional_text, output, slice, text};
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::status::DiffpoolStatus;
use crate::data::ogb;
use crate::data::splits::{Split, holdout, k_fold};
use crate::memory::try_copy;

/// Lists of graphs of a data set that have none in common.
pub struct DiffpoolSplit {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolSplit {
    type Value = Split;
}

/// Makes a split whose lists are all empty, to be filled by the functions below.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_split_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_new(
    out: *mut *mut DiffpoolSplit,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { output(out, "out")? }.put_handle(Split::default())
    })
}

/// Keeps a share of the graphs back for testing.
///
/// `fraction`, above 0 and below 1, is the share of the graphs of every class that goes to the test list.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_split_free. It does not need the data set any more.
///
/// Fails: INVALID_ARGUMENT if the fraction is out of range or leaves one of the lists empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_holdout(
    dataset: *const DiffpoolDataset,
    fraction: f64,
    seed: u64,
    out: *mut *mut DiffpoolSplit,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, out) = unsafe { (call.read(dataset, "dataset")?, output(out, "out")?) };
        out.put_handle(holdout(&dataset.data, fraction, seed)?)
    })
}

/// Makes the split of one fold of a k-fold cross-validation.
///
/// The graphs are dealt to `folds` lists of nearly equal size; the test list is number `fold`, from 0, and the train
/// list all others. Calls with the same seed and number of folds deal alike.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_split_free. It does not need the data set any more.
///
/// Fails: INVALID_ARGUMENT if there are fewer than 2 folds, more folds than graphs, or no such fold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_k_fold(
    dataset: *const DiffpoolDataset,
    folds: usize,
    fold: usize,
    seed: u64,
    out: *mut *mut DiffpoolSplit,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, out) = unsafe { (call.read(dataset, "dataset")?, output(out, "out")?) };
        out.put_handle(k_fold(&dataset.data, folds, fold, seed)?)
    })
}

/// Reads the split of a folder of the Open Graph Benchmark that diffpool_dataset_load read `dataset` from. Its lists
/// keep their order.
///
/// `name` is that of the folder in split/, or NULL for the only one there.
///
/// Ownership: `folder` and `name` are copied; `*out` is owned by the caller, free with diffpool_split_free. It does not
/// need the data set any more.
///
/// Fails: IO if a file cannot be read, PARSE with file and line if one is malformed or names a graph that the data set
/// does not have or that was named before, INVALID_ARGUMENT if there are several splits and none is named.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_load_ogb(
    dataset: *const DiffpoolDataset,
    folder: *const c_char,
    name: *const c_char,
    out: *mut *mut DiffpoolSplit,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, folder, name, out) = unsafe {
            (call.read(dataset, "dataset")?, text(folder, "folder")?, optional_text(name, "name")?, output(out, "out")?)
        };
        out.put_handle(ogb::load_split(Path::new(folder), name, dataset.data.len())?)
    })
}

/// Says which graphs are to train on, in place of those before. Whether a data set has them, and whether a graph is in
/// one list only, is checked where the split is used.
///
/// Ownership: `indices` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_set_train(
    split: *mut DiffpoolSplit,
    indices: *const usize,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (split, indices) = unsafe { (call.change(split, "split")?, slice(indices, length, "indices")?) };
        split.train = try_copy(indices)?;
        Ok(())
    })
}

/// Says which graphs are to watch while training, in place of those before. Whether a data set has them, and whether a
/// graph is in one list only, is checked where the split is used.
///
/// Ownership: `indices` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_set_validation(
    split: *mut DiffpoolSplit,
    indices: *const usize,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (split, indices) = unsafe { (call.change(split, "split")?, slice(indices, length, "indices")?) };
        split.validation = try_copy(indices)?;
        Ok(())
    })
}

/// Says which graphs are to keep back, in place of those before. Whether a data set has them, and whether a graph is in
/// one list only, is checked where the split is used.
///
/// Ownership: `indices` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_set_test(
    split: *mut DiffpoolSplit,
    indices: *const usize,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (split, indices) = unsafe { (call.change(split, "split")?, slice(indices, length, "indices")?) };
        split.test = try_copy(indices)?;
        Ok(())
    })
}

/// Frees a split. NULL is harmless.
///
/// Ownership: `split` and its lists are gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_free(split: *mut DiffpoolSplit) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(split) };
}

/// The graphs to train on, in ascending order if the library dealt them out. `*length`, which may be NULL, becomes
/// their number.
///
/// Ownership: the array is borrowed until the split is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_train(split: *const DiffpoolSplit, length: *mut usize) -> *const usize {
    // SAFETY: by the header's rules the split is NULL or live, and the place NULL or one that can be written.
    unsafe { list(look(split, &[], |split| &split.train), length) }
}

/// The graphs to watch while training; none if the library dealt them out. `*length`, which may be NULL, becomes their
/// number.
///
/// Ownership: the array is borrowed until the split is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_validation(split: *const DiffpoolSplit, length: *mut usize) -> *const usize {
    // SAFETY: by the header's rules the split is NULL or live, and the place NULL or one that can be written.
    unsafe { list(look(split, &[], |split| &split.validation), length) }
}

/// The graphs kept back, in ascending order if the library dealt them out. `*length`, which may be NULL, becomes their
/// number.
///
/// Ownership: the array is borrowed until the split is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_split_test(split: *const DiffpoolSplit, length: *mut usize) -> *const usize {
    // SAFETY: by the header's rules the split is NULL or live, and the place NULL or one that can be written.
    unsafe { list(look(split, &[], |split| &split.test), length) }
}

/// Lends one of the lists of a split.
///
/// # Safety
///
/// `length` is NULL or can be written.
unsafe fn list(list: &[usize], length: *mut usize) -> *const usize {
    if !length.is_null() && length.is_aligned() {
        // SAFETY: it is not NULL, and the caller promises the rest.
        unsafe { length.write(list.len()) };
    }
    list.as_ptr()
}
