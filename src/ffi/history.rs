//! History: the epochs of training that a trainer has behind it.
//!
//! ```c
//! for (size_t i = 0; i < diffpool_trainer_epoch_count(trainer); i++) {
//!     const diffpool_epoch *epoch = diffpool_trainer_epoch(trainer, i);
//!     printf("%u %.4f\n", (unsigned)diffpool_epoch_number(epoch), diffpool_epoch_metric(epoch, "loss"));
//! }
//! printf("the model is that of epoch %u\n", (unsigned)diffpool_trainer_best_epoch(trainer));
//! ```

use std::ffi::c_char;
use std::ptr::null;

use super::arguments::output;
use super::epoch::{DiffpoolEpoch, EpochEntry};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::look;
use super::status::DiffpoolStatus;
use super::trainer::DiffpoolTrainer;
use crate::error::Error;

/// The number of epochs trained so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_epoch_count(trainer: *const DiffpoolTrainer) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(trainer, 0, |trainer| trainer.read().map_or(0, |inner| inner.trainer.history().len())) }
}

/// Entry `index` of the history, from 0, which is epoch number `index` + 1; NULL if there is no such epoch.
///
/// Ownership: the epoch is borrowed until the next diffpool_trainer_fit, or until the trainer is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_epoch(trainer: *const DiffpoolTrainer, index: usize) -> *const DiffpoolEpoch {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe {
        look(trainer, null(), |trainer| match trainer.read() {
            Ok(inner) => inner.epochs.get(index).map_or(null(), EpochEntry::pointer),
            Err(_) => null(),
        })
    }
}

/// The number of the epoch, from 1, whose weights were best on the validation graphs so far: of equal ones the first. 0
/// if there is none yet, or there are no such graphs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_best_epoch(trainer: *const DiffpoolTrainer) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe {
        look(trainer, 0, |trainer| match trainer.read() {
            Ok(inner) => inner.trainer.state().best.as_ref().map_or(0, |best| best.epoch),
            Err(_) => 0,
        })
    }
}

/// All epochs as a JSON array of objects.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
///
/// Fails: INVALID_STATE if the trainer is being trained.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_history_json(
    trainer: *const DiffpoolTrainer,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (trainer, json) = unsafe { (call.read(trainer, "trainer")?, output(json, "json")?) };
        let history = serde_json::to_string_pretty(trainer.read()?.trainer.history());
        json.put_string(&history.map_err(|_| Error::out_of_memory())?)
    })
}
