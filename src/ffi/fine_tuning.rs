//! Fine-tuning: training that goes on with other graphs or other settings.
//!
//! `diffpool_trainer_from_model` begins with the weights of a model and a fresh optimiser. `diffpool_trainer_continue`
//! begins with a checkpoint and keeps the state of its optimiser, for a run that goes on as new graphs come in.
//! `diffpool_trainer_resume` is neither: it ends an interrupted run as if it had never stopped.
//!
//! ```c
//! diffpool_config *same;
//! diffpool_trainer *further;
//! check(diffpool_model_config(model, &same, &error));
//! check(diffpool_config_set_float(same, "learning_rate", 0.0001, &error));
//! check(diffpool_trainer_from_model(model, same, dataset, split, NULL, &further, &error));
//! check(diffpool_trainer_fit(further, NULL, NULL, NULL, NULL, NULL, &error));
//! diffpool_trainer_free(further);
//! diffpool_config_free(same);
//! ```

use std::ffi::c_char;
use std::path::Path;

use super::arguments::{output, text};
use super::config::DiffpoolConfig;
use super::control::DiffpoolControl;
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::indices::Parts;
use super::split::DiffpoolSplit;
use super::status::DiffpoolStatus;
use super::trainer::{DiffpoolTrainer, TrainerValue, inputs};
use crate::checkpoint::training_file;
use crate::control;
use crate::train::{Trainer, continuation};

/// Makes a trainer for a new run on the train and validation graphs of a split, or on all graphs if it is NULL. It
/// begins with what a checkpoint has: weights, moments of the optimiser, averaged weights, count of steps. Epochs,
/// history and the best weights begin anew.
///
/// How to train is taken from `config`, which must describe the same network, and name the same optimiser, as the
/// checkpoint's own.
///
/// Ownership: `path`, `config` and the lists of `split` are copied. The data set is shared: it may be freed, but cannot
/// be changed until the trainer is freed. `*out` is owned by the caller, free with diffpool_trainer_free.
///
/// Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no checkpoint; UNSUPPORTED_VERSION if a newer
/// library wrote it; INVALID_CONFIG if the configuration describes another network, another optimiser, or does not suit
/// the split; INVALID_ARGUMENT if it asks for averaged weights that are not there, or does not although they are;
/// NOT_FOUND if an index names no graph; otherwise as diffpool_trainer_from_model.
///
/// Threads: any; `config`, `dataset` and `split` are const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_continue(
    path: *const c_char,
    config: *const DiffpoolConfig,
    dataset: *const DiffpoolDataset,
    split: *const DiffpoolSplit,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolTrainer,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, config, (dataset, split, control), out) = unsafe {
            (
                text(path, "path")?,
                call.read(config, "config")?,
                inputs(call, dataset, split, control)?,
                output(out, "out")?,
            )
        };
        let (Parts { train, validation }, data) = (Parts::of(dataset, split)?, dataset.data.clone());
        let state = training_file::load(Path::new(path))?;
        let state = continuation(state, &config.check()?, &data, &train, validation)?;
        let trainer = control::under(control, || Trainer::resume(state, data, &train, validation))??;
        out.put_handle(TrainerValue::new(trainer))
    })
}
