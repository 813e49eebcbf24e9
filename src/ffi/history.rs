//! The history of training: the epochs that a trainer has behind it.

use std::ffi::c_char;

use super::arguments::output;
use super::epoch::DiffpoolEpoch;
use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use super::trainer::DiffpoolTrainer;
use crate::error::{Error, error};

/// The number of epochs trained so far.
///
/// Fails: INVALID_STATE if the trainer is being trained.
///
/// Threads: any; `trainer` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_history_length(
    trainer: *const DiffpoolTrainer,
    length: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (trainer, length) = unsafe { (call.read(trainer, "trainer")?, output(length, "length")?) };
        length.put(trainer.read()?.trainer.history().len());
        Ok(())
    })
}

/// Entry `index` of the history, from 0, which is epoch number `index` + 1.
///
/// Ownership: `*epoch` is borrowed until the next diffpool_trainer_fit, or until the trainer is freed.
///
/// Fails: NOT_FOUND if there is no such epoch; INVALID_STATE if the trainer is being trained.
///
/// Threads: any; `trainer` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_history_get(
    trainer: *const DiffpoolTrainer,
    index: usize,
    epoch: *mut *const DiffpoolEpoch,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (trainer, epoch) = unsafe { (call.read(trainer, "trainer")?, output(epoch, "epoch")?) };
        let inner = trainer.read()?;
        let entry = inner.epochs.get(index);
        let length = inner.epochs.len();
        let entry = entry.ok_or_else(|| error!(NotFound, "there is no entry {index}: the history has {length}"))?;
        epoch.put(entry.pointer());
        Ok(())
    })
}

/// The number of the epoch, from 1, whose weights were best on the validation graphs so far: of equal ones the first. 0
/// if there is none yet, or there are no such graphs.
///
/// Fails: INVALID_STATE if the trainer is being trained.
///
/// Threads: any; `trainer` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_best_epoch(
    trainer: *const DiffpoolTrainer,
    epoch: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (trainer, epoch) = unsafe { (call.read(trainer, "trainer")?, output(epoch, "epoch")?) };
        let best = trainer.read()?.trainer.state().best.as_ref().map_or(0, |best| best.epoch);
        epoch.put(best);
        Ok(())
    })
}

/// All epochs as a JSON array of objects.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
///
/// Fails: INVALID_STATE if the trainer is being trained.
///
/// Threads: any; `trainer` is const.
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
