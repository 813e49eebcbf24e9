//! Epochs: what each epoch of training came to.
//!
//! Losses are means over the graphs, or, where loss_scope is "batch", over the batches by their graphs; the class loss
//! is one over the targets. "loss" is what was minimised: the class loss, and the losses of the
//! assignments times their weights, as far as they have risen. Labels are smoothed in the losses of the train graphs
//! alone, and validation is by the averaged weights where there are any.
//!
//! ```c
//! static int take_good_one(void *ctx, const diffpool_epoch *epoch)
//! {
//!     if (diffpool_epoch_metric(epoch, "accuracy") < 0.95)
//!         return 0;
//!     return diffpool_epoch_model(epoch, ctx, NULL) == DIFFPOOL_STATUS_OK; // and stop
//! }
//!
//! diffpool_model *good = NULL;
//! check(diffpool_trainer_fit(trainer, take_good_one, NULL, &good, NULL, NULL, &error));
//! diffpool_model_free(good);
//! ```

use std::borrow::Cow;
use std::ffi::{CStr, c_char};
use std::ptr::null;

use super::arguments::{output, text};
use super::error::DiffpoolError;
use super::guard::guard;
use super::model::{DiffpoolModel, ModelValue};
use super::status::DiffpoolStatus;
#[cfg(test)]
use crate::config::LossParts;
use crate::config::PoolLoss;
use crate::error::{bail, error};
#[cfg(test)]
use crate::model::ValidationRecord;
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
        out.put_handle(ModelValue::new(model.try_clone()?)?)
    })
}

/// The number of the epoch, from 1; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_number(epoch: *const DiffpoolEpoch) -> usize {
    // SAFETY: by the header's rules it is NULL or a live epoch.
    unsafe { DiffpoolEpoch::record(epoch) }.map_or(0, |record| record.epoch)
}

/// A number of the epoch by its name; NaN for NULL, if the epoch does not have it, and if there is no such number.
///
/// - "loss": what was minimised
/// - "class_loss": the loss of the task: the cross-entropy of classes, labels or words, or the loss of a regression
/// - "link_loss", "entropy_loss", "cut_loss", "orthogonality_loss", "modularity_loss", "collapse_loss", "balance_loss":
///   those of the assignments, of all levels together and unweighted; all but the first two only with a weight above 0
/// - "accuracy": the share of the targets of the train graphs that was predicted rightly during the epoch
/// - "metric": the metric that the configuration names, of the train graphs during the epoch
/// - "validation_loss", "validation_accuracy", "validation_metric": the same of the validation graphs after the epoch
/// - "gradient_norm": the largest norm of the gradient of all parameters together, before clipping
/// - "learning_rate": the step size of the optimiser
/// - "seconds": how long the epoch took, validation included
///
/// Ownership: `name` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_metric(epoch: *const DiffpoolEpoch, name: *const c_char) -> f64 {
    // SAFETY: by the header's rules the epoch is NULL or live, and the name NULL or a string.
    let (record, name) = unsafe { (DiffpoolEpoch::record(epoch), text(name, "name")) };
    record.zip(name.ok()).and_then(|(record, name)| record.number(name)).unwrap_or(f64::NAN)
}

/// The name of number `index` of an epoch, from 0; NULL from their number on.
///
/// Ownership: the string is borrowed until the program ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_metric_name(index: usize) -> *const c_char {
    names().nth(index).map_or(null(), CStr::as_ptr)
}

/// The names of the numbers of an epoch.
fn names() -> impl Iterator<Item = &'static CStr> {
    let losses = PoolLoss::ALL.iter().map(|loss| loss.c_name());
    [c"loss", c"class_loss"].into_iter().chain(losses).chain(OTHERS)
}

/// Those that are no losses of the training graphs.
const OTHERS: [&CStr; 8] = [
    c"accuracy",
    c"metric",
    c"validation_loss",
    c"validation_accuracy",
    c"validation_metric",
    c"gradient_norm",
    c"learning_rate",
    c"seconds",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_number() {
        let mut record = EpochRecord {
            epoch: 1,
            loss: 1.0,
            class_loss: 1.0,
            pooling: LossParts::ZERO,
            accuracy: 1.0,
            metric: 1.0,
            validation: None,
            clusters: Vec::new(),
            validation_clusters: Vec::new(),
            learning_rate: 1.0,
            gradient_norm: 1.0,
            seconds: 1.0,
        };
        assert_eq!(record.number("validation_loss"), None);
        record.validation = Some(ValidationRecord::default());
        for name in names() {
            assert!(record.number(name.to_str().unwrap()).is_some(), "{name:?}");
        }
        assert_eq!(record.number("lost"), None);
        record.pooling[PoolLoss::Cut] = f64::NAN;
        assert_eq!(record.number("cut_loss"), None);
    }
}
