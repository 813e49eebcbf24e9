//! The history of training: what every epoch came to.
//!
//! Losses are means over the graphs, or, where loss_scope is "batch", over the batches by their graphs; the class loss
//! is one over the targets. `diffpool_epoch_loss` is what was minimised: the class loss, and the link and entropy
//! losses times their weights. Labels are smoothed in the losses of the train graphs alone, and validation is by the
//! averaged weights where there are any.

use std::ffi::c_char;

use super::arguments::output;
use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use super::trainer::DiffpoolTrainer;
use crate::error::{Error, error};
use crate::model::EpochRecord;

/// What an epoch of training came to.
pub struct DiffpoolEpoch {
    _opaque: [u8; 0],
}

impl DiffpoolEpoch {
    /// An epoch is never owned by the caller, so it needs no handle: the pointer is the record's own.
    pub(super) fn from_record(record: &EpochRecord) -> *const Self {
        std::ptr::from_ref(record).cast()
    }

    /// The record behind the pointer.
    ///
    /// # Safety
    ///
    /// `epoch` is NULL or came from `from_record`, and its record outlives `'a`.
    pub(super) unsafe fn record<'a>(epoch: *const Self) -> Option<&'a EpochRecord> {
        // SAFETY: the caller promises it.
        unsafe { epoch.cast::<EpochRecord>().as_ref() }
    }
}

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
        let history = inner.trainer.history();
        let record = history
            .get(index)
            .ok_or_else(|| error!(NotFound, "there is no entry {index}: the history has {}", history.len()))?;
        epoch.put(DiffpoolEpoch::from_record(record));
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

/// The number of the epoch, from 1; 0 for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_number(epoch: *const DiffpoolEpoch) -> usize {
    // SAFETY: by the header's rules it is NULL or a live epoch.
    unsafe { epoch.cast::<EpochRecord>().as_ref() }.map_or(0, |record| record.epoch)
}

/// The loss that was minimised; NaN for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_loss(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.loss)) }
}

/// The loss of the task: the cross-entropy of classes, labels or words, or the loss of a regression. NaN for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_class_loss(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.class_loss)) }
}

/// The link losses of all levels together, unweighted; NaN for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_link_loss(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.link_loss)) }
}

/// The entropy losses of all levels together, unweighted; NaN for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_entropy_loss(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.entropy_loss)) }
}

/// The share of the targets of the train graphs that was predicted rightly during the epoch: of the graphs, where each
/// has a class. NaN for NULL and for a regression.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_accuracy(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.accuracy)) }
}

/// The metric that the configuration names, of the train graphs during the epoch; NaN for NULL, or if the graphs do not
/// define it.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_metric(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.metric)) }
}

/// The loss of the validation graphs after the epoch, of the same parts as diffpool_epoch_loss, but labels are not
/// smoothed; NaN for NULL, or if there are no such graphs.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_validation_loss(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| record.validation.as_ref().map(|validation| validation.loss)) }
}

/// The share of the targets of the validation graphs that is predicted rightly after the epoch; NaN for NULL, for a
/// regression, or if there are no such graphs.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_validation_accuracy(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| record.validation.as_ref().map(|validation| validation.accuracy)) }
}

/// The metric that the configuration names, of the validation graphs after the epoch; NaN for NULL, or if there are no
/// such graphs or they do not define it.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_validation_metric(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| record.validation.as_ref().map(|validation| validation.metric)) }
}

/// The largest norm of the gradient of all parameters together, before clipping; NaN for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_gradient_norm(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.gradient_norm)) }
}

/// The step size of the optimiser in this epoch, which a schedule may change; NaN for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_learning_rate(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.learning_rate)) }
}

/// How long the epoch took, validation included; NaN for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_seconds(epoch: *const DiffpoolEpoch) -> f64 {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(epoch, |record| Some(record.seconds)) }
}

/// One number of an epoch, NaN where there is none.
///
/// # Safety
///
/// `epoch` is NULL or came from `from_record`, and its record is live.
unsafe fn get(epoch: *const DiffpoolEpoch, number: impl FnOnce(&EpochRecord) -> Option<f64>) -> f64 {
    // SAFETY: the caller promises it.
    unsafe { epoch.cast::<EpochRecord>().as_ref() }.and_then(number).unwrap_or(f64::NAN)
}
