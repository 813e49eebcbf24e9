//! Training: from a configuration, a data set and a split to a model.
//!
//! A trainer has a model, a data set and a position in training. `diffpool_trainer_fit` runs from there to the end of
//! the configured epochs, until early stopping, or until it is told to stop; then the model is taken with
//! `diffpool_trainer_model`. A run depends on nothing but data, configuration and seed: the number of threads, and a
//! stop with a later resume, leave every bit as it would have been.
//!
//! While one thread is in `diffpool_trainer_fit`, any other function answers INVALID_STATE, or 0 or NULL where it has
//! no status, also when it is called from a callback. A diffpool_control stops it from another thread.
//!
//! ```c
//! diffpool_trainer *run;
//! diffpool_stop_reason reason;
//! check(diffpool_config_set_int(config, "checkpoint_every", 1, &error));
//! check(diffpool_trainer_new(config, dataset, split, NULL, &run, &error));
//! check(diffpool_trainer_set_checkpoint_path(run, "run.checkpoint", &error));
//! check(diffpool_trainer_fit(run, NULL, NULL, NULL, NULL, &reason, &error));
//! if (reason == DIFFPOOL_STOP_REASON_PATIENCE)
//!     printf("it did not get better after epoch %u\n", (unsigned)diffpool_trainer_best_epoch(run));
//! diffpool_trainer_free(run);
//! ```

use std::ffi::{c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use super::arguments::{output, text};
use super::config::DiffpoolConfig;
use super::control::DiffpoolControl;
use super::dataset::{DatasetValue, DiffpoolDataset};
use super::epoch::{DiffpoolEpoch, EpochEntry};
use super::error::DiffpoolError;
use super::guard::{Call, guard};
use super::handle::{Opaque, free};
use super::indices::Parts;
use super::model::{DiffpoolModel, ModelValue};
use super::panics::outside;
use super::split::DiffpoolSplit;
use super::status::DiffpoolStatus;
use crate::checkpoint::training_file;
use crate::control::{self, Control};
use crate::data::splits::Split;
use crate::error::{Error, Result, bail, error};
use crate::model::{EpochRecord, Model, TrainState};
use crate::train::{BatchRecord, Callbacks, Notice, StopReason, Trainer};

/// Why training stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum DiffpoolStopReason {
    /// All epochs are done.
    Finished = 0,
    /// The validation graphs saw no improvement for as many epochs as `patience` allows.
    Patience = 1,
    /// A callback returned another number than 0.
    Callback = 2,
}

/// Called after every epoch, on the thread that called diffpool_trainer_fit, with the `ctx` given there. `epoch` is
/// borrowed until the callback returns; diffpool_epoch_model makes a model of it. 0 goes on; any other number stops
/// cleanly after this epoch. It must not throw an exception or jump out.
pub type DiffpoolEpochCallback = Option<unsafe extern "C" fn(ctx: *mut c_void, epoch: *const DiffpoolEpoch) -> c_int>;

/// Called after every batch, on the thread that called diffpool_trainer_fit, with the `ctx` given there: the epoch and
/// the batch, both from 1, the number of batches, and the loss of this one. (A step of the optimiser follows every
/// `accumulate_batches` of them and the last.) 0 goes on; any other number stops cleanly
/// and gives up the unfinished epoch. It must not throw an exception or jump out.
pub type DiffpoolBatchCallback =
    Option<unsafe extern "C" fn(ctx: *mut c_void, epoch: usize, batch: usize, batches: usize, loss: f64) -> c_int>;

/// A model in training.
pub struct DiffpoolTrainer {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolTrainer {
    type Value = TrainerValue;
}

/// What a trainer handle holds. The lock is never waited for: whoever finds it taken is told so.
pub(super) struct TrainerValue {
    inner: RwLock<Inner>,
}

/// Tells the caller what a person should know.
pub(super) type Tell = Box<dyn Fn(&Notice) + Send + Sync>;

pub(super) struct Inner {
    pub(super) trainer: Trainer<f32>,
    /// What pointers to epochs of the history point to.
    pub(super) epochs: Vec<EpochEntry<'static>>,
    checkpoint_path: Option<PathBuf>,
    pub(super) log: Option<Tell>,
}

impl TrainerValue {
    pub(super) fn new(trainer: Trainer<f32>) -> Self {
        let mut inner = Inner { trainer, epochs: Vec::new(), checkpoint_path: None, log: None };
        inner.note_epochs();
        Self { inner: RwLock::new(inner) }
    }

    pub(super) fn read(&self) -> Result<RwLockReadGuard<'_, Inner>> {
        self.inner.try_read().map_err(busy)
    }

    pub(super) fn write(&self) -> Result<RwLockWriteGuard<'_, Inner>> {
        self.inner.try_write().map_err(busy)
    }
}

impl Inner {
    /// Takes note of the epochs that are new in the history.
    fn note_epochs(&mut self) {
        let Self { trainer, epochs, .. } = self;
        epochs.extend(trainer.history()[epochs.len()..].iter().map(EpochEntry::of_history));
    }
}

fn busy<T>(error: TryLockError<T>) -> Error {
    match error {
        TryLockError::WouldBlock => error!(InvalidState, "another call is using the trainer"),
        TryLockError::Poisoned(_) => error!(Poisoned, "an earlier call on trainer panicked; it can only be freed"),
    }
}

/// What every trainer is made of: a data set, a split of it, and what may end the call.
pub(super) type Inputs<'a> = (&'a DatasetValue, Option<&'a Split>, Option<&'a Control>);

/// Reads the handles that every trainer is made of.
///
/// # Safety
///
/// As for [`Call::read`].
pub(super) unsafe fn inputs<'a>(
    call: &mut Call,
    dataset: *const DiffpoolDataset,
    split: *const DiffpoolSplit,
    control: *const DiffpoolControl,
) -> Result<Inputs<'a>> {
    // SAFETY: the caller promises it.
    let inputs =
        unsafe { (call.read(dataset, "dataset")?, call.optional(split, "split")?, call.optional(control, "control")?) };
    control::check(inputs.2)?;
    Ok(inputs)
}

/// Makes a trainer for a new model.
///
/// It trains on the graphs of `split` to train on, and watches those to watch; NULL stands for training on all, and
/// watching none. `control` may end the call: all graphs are read.
///
/// Ownership: `config` and `split` are copied. The data set is shared: it may be freed, but cannot be
/// changed until the trainer is freed. `*out` is owned by the caller, free with diffpool_trainer_free.
///
/// Fails: INVALID_CONFIG if the configuration does not fit together or does not suit the data, as where that lacks the
/// targets of the task or has fewer than two classes; NOT_FOUND if an index names no graph; INVALID_ARGUMENT if there
/// are no graphs to train on, a graph is named twice, or a label is neither 0, 1 nor missing; INVALID_GRAPH if a
/// category has no row in its table; CANCELLED, TIMEOUT and LIMIT, if any graph is too large, by `control`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_new(
    config: *const DiffpoolConfig,
    dataset: *const DiffpoolDataset,
    split: *const DiffpoolSplit,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolTrainer,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, (dataset, split, control), out) =
            unsafe { (call.read(config, "config")?, inputs(call, dataset, split, control)?, output(out, "out")?) };
        let (config, Parts { train, validation }) = (config.check()?, Parts::of(dataset, split)?);
        let data = dataset.data.clone();
        let trainer = control::under(control, || Trainer::new(&config, data, &train, validation))??;
        out.put_handle(TrainerValue::new(trainer))
    })
}

/// Makes a trainer that begins with the weights of a model, to fine-tune it or to train a model made beforehand.
///
/// How to train is taken from `config`, which must describe the same network as the model's own: begin with
/// diffpool_model_config and change what is to change. The rest is as for diffpool_trainer_new.
///
/// Ownership: as diffpool_trainer_new; the model is copied.
///
/// Fails: as diffpool_trainer_new; INVALID_CONFIG also if the configuration describes another network; SHAPE_MISMATCH
/// or INVALID_GRAPH if the graphs lack features, categories, labels or targets that the model needs; others may be
/// there. INVALID_ARGUMENT also if the model does not have the class of a graph.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_from_model(
    model: *const DiffpoolModel,
    config: *const DiffpoolConfig,
    dataset: *const DiffpoolDataset,
    split: *const DiffpoolSplit,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolTrainer,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, config, (dataset, split, control), out) = unsafe {
            (
                call.read(model, "model")?,
                call.read(config, "config")?,
                inputs(call, dataset, split, control)?,
                output(out, "out")?,
            )
        };
        let Parts { train, validation } = Parts::of(dataset, split)?;
        let (model, data) = (model.model.try_clone()?.with_config(&config.check()?)?, dataset.data.clone());
        let trainer = control::under(control, || Trainer::from_model(model, data, &train, validation))??;
        out.put_handle(TrainerValue::new(trainer))
    })
}

/// Makes a trainer from a checkpoint, which goes on as if it had never stopped.
///
/// Data set and split must be those of the run that wrote the checkpoint; the configuration is in it. The rest is as
/// for diffpool_trainer_new.
///
/// Ownership: as diffpool_trainer_new; `path` is copied.
///
/// Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no checkpoint; UNSUPPORTED_VERSION if a newer
/// library wrote it; INVALID_ARGUMENT if data and split are not those of the run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_resume(
    path: *const c_char,
    dataset: *const DiffpoolDataset,
    split: *const DiffpoolSplit,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolTrainer,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, (dataset, split, control), out) =
            unsafe { (text(path, "path")?, inputs(call, dataset, split, control)?, output(out, "out")?) };
        let (Parts { train, validation }, data) = (Parts::of(dataset, split)?, dataset.data.clone());
        let state = training_file::load(Path::new(path))?;
        let trainer = control::under(control, || Trainer::resume(state, data, &train, validation))??;
        out.put_handle(TrainerValue::new(trainer))
    })
}

/// Frees a trainer. NULL is harmless.
///
/// Ownership: `trainer` and its history are gone after the call; models taken from it live on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_free(trainer: *mut DiffpoolTrainer) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(trainer) };
}

/// Says where diffpool_trainer_fit writes a checkpoint every `checkpoint_every` epochs. Each replaces the last in one
/// step. NULL stands for nowhere.
///
/// Ownership: `path` is copied.
///
/// Fails: INVALID_STATE if another call is using the trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_set_checkpoint_path(
    trainer: *mut DiffpoolTrainer,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let trainer = unsafe { call.read(trainer, "trainer") }?;
        // SAFETY: as above.
        let path = if path.is_null() { None } else { Some(unsafe { text(path, "path") }?) };
        trainer.write()?.checkpoint_path = path.map(PathBuf::from);
        Ok(())
    })
}

/// Changes how many epochs the run has in all, so that a finished or a resumed one can go on for longer. Until then a
/// resumed run has as many as the run that was saved. The learning_rate_schedule "cosine" goes on along the curve of
/// that many epochs.
///
/// Fails: INVALID_ARGUMENT if more epochs are finished already, INVALID_CONFIG if `epochs` is 0 or not more than
/// warmup_epochs, INVALID_STATE if another call is using the trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_set_epochs(
    trainer: *mut DiffpoolTrainer,
    epochs: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let trainer = unsafe { call.read(trainer, "trainer") }?;
        trainer.write()?.trainer.set_epochs(epochs)
    })
}

/// Trains until the epochs are done, early stopping, or a callback that returns another number than 0.
///
/// The callbacks may be NULL; `ctx` is handed to them as it is. `reason` may be NULL. Where training stopped because it
/// was told to, by a callback or by `control`, a second call goes on from the last finished epoch.
///
/// Ownership: `ctx` is borrowed until the call returns.
///
/// Fails: DIVERGED if a loss or a weight is not finite; IO if a checkpoint cannot be written; INVALID_STATE if another
/// call is using the trainer, or checkpoints are to be written and no path is set. The state of the last good epoch is
/// kept. CANCELLED and TIMEOUT by `control`; its limits are for the call that made the trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_fit(
    trainer: *mut DiffpoolTrainer,
    epoch_callback: DiffpoolEpochCallback,
    batch_callback: DiffpoolBatchCallback,
    ctx: *mut c_void,
    control: *const DiffpoolControl,
    reason: *mut DiffpoolStopReason,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // Read, not changed: other threads may look at the same handle meanwhile. The lock does the rest.
        // SAFETY: the caller keeps the header's rules on pointers.
        let (trainer, control) = unsafe { (call.read(trainer, "trainer")?, call.optional(control, "control")?) };
        let mut inner = trainer.write()?;
        let Inner { trainer: running, checkpoint_path, log, .. } = &mut *inner;
        if running.state().model.config().checkpoint_every > 0 && checkpoint_path.is_none() {
            bail!(InvalidState, "checkpoint_every is set, but no checkpoint path is");
        }
        let mut on_epoch = epoch_callback.map(|callback| {
            move |epoch: &EpochRecord, model: &Model<f32>| {
                let entry = EpochEntry::of_callback(epoch, model);
                // SAFETY: the callback is the caller's, and so is what it does with its context.
                outside(|| unsafe { callback(ctx, entry.pointer()) }) == 0
            }
        });
        let mut on_notice = log.as_ref().map(|log| |notice: &Notice| log(notice));
        let mut on_batch = batch_callback.map(|callback| {
            move |record: &BatchRecord| {
                let BatchRecord { epoch, batch, batches, loss } = *record;
                // SAFETY: as above.
                outside(|| unsafe { callback(ctx, epoch, batch, batches, loss) }) == 0
            }
        });
        let mut on_checkpoint =
            checkpoint_path.as_deref().map(|path| move |state: &TrainState<f32>| training_file::save(state, path));
        let result = running.fit(&mut Callbacks {
            on_epoch: None,
            on_notice: on_notice.as_mut().map(|f| f as _),
            on_model: on_epoch.as_mut().map(|f| f as _),
            on_batch: on_batch.as_mut().map(|f| f as _),
            on_checkpoint: on_checkpoint.as_mut().map(|f| f as _),
            control,
        });
        inner.note_epochs();
        let stop = result?.into();
        if !reason.is_null() {
            // SAFETY: it is not NULL, and the caller keeps the header's rules on pointers.
            unsafe { reason.write(stop) };
        }
        Ok(())
    })
}

/// Makes a model with the trained weights: those that were best on the validation graphs if `restore_best` is set and
/// there are such graphs, else the last. With an `ema_decay` above 0 they are averaged weights.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_model_free.
///
/// Fails: INVALID_STATE if the trainer is being trained.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_model(
    trainer: *const DiffpoolTrainer,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (trainer, out) = unsafe { (call.read(trainer, "trainer")?, output(out, "out")?) };
        out.put_handle(ModelValue::new(trainer.read()?.trainer.model()?)?)
    })
}

/// Saves a checkpoint, from which diffpool_trainer_resume goes on. A file that is there is replaced in one step.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written; INVALID_STATE if the trainer is being trained.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_save_checkpoint(
    trainer: *const DiffpoolTrainer,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (trainer, path) = unsafe { (call.read(trainer, "trainer")?, text(path, "path")?) };
        training_file::save(trainer.read()?.trainer.state(), Path::new(path))
    })
}

impl From<StopReason> for DiffpoolStopReason {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Finished => Self::Finished,
            StopReason::Patience => Self::Patience,
            StopReason::Callback => Self::Callback,
        }
    }
}
