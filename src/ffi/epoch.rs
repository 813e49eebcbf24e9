//! Epochs of training: what each came to.
//!
//! Losses are means over the graphs, or, where loss_scope is "batch", over the batches by their graphs; the class loss
//! is one over the targets. `diffpool_epoch_loss` is what was minimised: the class loss, and the link and entropy
//! losses times their weights. Labels are smoothed in the losses of the train graphs alone, and validation is by the
//! averaged weights where there are any.

use std::borrow::Cow;
use std::sync::Arc;

use super::arguments::output;
use super::error::DiffpoolError;
use super::guard::guard;
use super::model::DiffpoolModel;
use super::status::DiffpoolStatus;
use crate::error::{bail, error};
use crate::model::{EpochRecord, Model};

/// What an epoch of training came to.
pub struct DiffpoolEpoch {
    _opaque: [u8; 0],
}

impl DiffpoolEpoch {
    /// The record behind the pointer.
    ///
    /// # Safety
    ///
    /// `epoch` is NULL or came from [`EpochEntry::pointer`], and its entry outlives `'a`.
    pub(super) unsafe fn record<'a>(epoch: *const Self) -> Option<&'a EpochRecord> {
        // SAFETY: the caller promises it.
        unsafe { Self::entry(epoch) }.map(|entry| &*entry.record)
    }

    /// What is behind the pointer.
    ///
    /// # Safety
    ///
    /// As for [`record`](Self::record).
    unsafe fn entry<'a>(epoch: *const Self) -> Option<&'a EpochEntry<'a>> {
        // SAFETY: the caller promises it.
        unsafe { epoch.cast::<EpochEntry<'a>>().as_ref() }
    }
}

/// What the pointer to an epoch points to. The caller never owns one, so it needs no handle.
pub(super) struct EpochEntry<'a> {
    record: Cow<'a, EpochRecord>,
    /// The model of the epoch, as long as its callback runs.
    model: Option<&'a Model<f32>>,
}

impl<'a> EpochEntry<'a> {
    /// An epoch whose callback is about to run.
    pub(super) fn of_callback(record: &'a EpochRecord, model: &'a Model<f32>) -> Self {
        Self { record: Cow::Borrowed(record), model: Some(model) }
    }

    /// An epoch of the history.
    pub(super) fn of_history(record: &EpochRecord) -> EpochEntry<'static> {
        EpochEntry { record: Cow::Owned(record.clone()), model: None }
    }

    /// The pointer that a caller sees. It is good as long as the entry is.
    pub(super) fn pointer(&self) -> *const DiffpoolEpoch {
        std::ptr::from_ref(self).cast()
    }
}

/// Makes a model with the weights that the epoch left, the best so far or not: averaged ones with an `ema_decay` above
/// 0. For metrics of one's own, early stopping by them, and for keeping the models of several epochs.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_model_free. It does not change with the training.
///
/// Fails: INVALID_STATE if `epoch` is of the history: a model is there while the callback of its epoch runs.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_model(
    epoch: *const DiffpoolEpoch,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (epoch, out) = unsafe { (DiffpoolEpoch::entry(epoch), output(out, "out")?) };
        let Some(model) = epoch.ok_or_else(|| error!(NullPointer, "epoch is NULL"))?.model else {
            bail!(InvalidState, "the model of an epoch is there only while its callback runs");
        };
        out.put_handle(Arc::new(model.clone()))
    })
}

/// The number of the epoch, from 1; 0 for NULL.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_number(epoch: *const DiffpoolEpoch) -> usize {
    // SAFETY: by the header's rules it is NULL or a live epoch.
    unsafe { DiffpoolEpoch::record(epoch) }.map_or(0, |record| record.epoch)
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
/// `epoch` is NULL or came from [`EpochEntry::pointer`], and its entry is live.
unsafe fn get(epoch: *const DiffpoolEpoch, number: impl FnOnce(&EpochRecord) -> Option<f64>) -> f64 {
    // SAFETY: the caller promises it.
    unsafe { DiffpoolEpoch::record(epoch) }.and_then(number).unwrap_or(f64::NAN)
}
