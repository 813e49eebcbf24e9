//! What a run tells its caller, and how the caller stops it.

use super::notices::Notice;
use crate::control::Control;
use crate::error::Result;
use crate::model::{EpochRecord, Model, TrainState};

/// Why [`Trainer::fit`](super::Trainer::fit) returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum StopReason {
    /// All epochs are done.
    Finished = 0,
    /// The validation graphs saw no improvement for as many epochs as the patience allows.
    Patience = 1,
    /// A callback asked to stop.
    Callback = 2,
}

/// One batch, as its callback sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchRecord {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Number of the batch, from 1.
    pub batch: usize,
    /// Batches an epoch.
    pub batches: usize,
    /// Weighted sum of the batch's losses.
    pub loss: f64,
}

/// Called when an epoch is done; `false` stops.
pub type OnEpoch<'a> = &'a mut dyn FnMut(&EpochRecord) -> bool;
/// Called when an epoch is done, with the model that it made; `false` stops.
pub type OnModel<'a, T> = &'a mut dyn FnMut(&EpochRecord, &Model<T>) -> bool;
/// Called with what a person should know.
pub type OnNotice<'a> = &'a mut dyn FnMut(&Notice);
/// Called when a batch is done; `false` stops.
pub type OnBatch<'a> = &'a mut dyn FnMut(&BatchRecord) -> bool;
/// Called with the state to write after every `checkpoint_every` epochs.
pub type OnCheckpoint<'a, T> = &'a mut dyn FnMut(&TrainState<T>) -> Result<()>;

/// What a run tells its caller. All of it happens on the thread that called [`Trainer::fit`](super::Trainer::fit).
pub struct Callbacks<'a, T: 'static> {
    /// After every epoch.
    pub on_epoch: Option<OnEpoch<'a>>,
    /// After every epoch and after [`on_epoch`](Self::on_epoch), with the model of the epoch by itself, the best one or
    /// not: averaged weights where the configuration averages them. For metrics of the caller's own, for stopping by
    /// them, and for keeping the model of more than one epoch.
    pub on_model: Option<OnModel<'a, T>>,
    /// Before the first epoch and after every epoch of which there is something to tell, before its other callbacks.
    /// Nothing is told twice in a run.
    pub on_notice: Option<OnNotice<'a>>,
    /// After every batch.
    pub on_batch: Option<OnBatch<'a>>,
    /// Every `checkpoint_every` epochs.
    pub on_checkpoint: Option<OnCheckpoint<'a, T>>,
    /// Looked at before every batch. A run that it stops fails with its error, is as after the last finished epoch, and
    /// can go on.
    pub control: Option<&'a Control>,
}

impl<T> Default for Callbacks<'_, T> {
    fn default() -> Self {
        Self { on_epoch: None, on_model: None, on_notice: None, on_batch: None, on_checkpoint: None, control: None }
    }
}
