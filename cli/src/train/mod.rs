//! `diffpool train`: trains a model and writes it to a file.

mod arguments;
mod defaults;
mod division;
mod ending;
mod page;
mod progress;
mod reading;
mod resume;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use diffpool::ErrorKind;
use diffpool::checkpoint::atomic::check_writable;
use diffpool::checkpoint::training_file;
use diffpool::config::CheckedConfig;
use diffpool::graph::Dataset;
use diffpool::model::EpochRecord;
use diffpool::train::{BatchRecord, Callbacks, Notice, StopReason, Trainer};

pub use self::arguments::Arguments;
use self::division::Division;
use self::ending::{Ended, Outcome};
use self::progress::Progress;
use crate::failure::{Failure, Result};
use crate::input::{self, Expected};
use crate::interrupt;
use crate::output;

/// Epochs between two checkpoints where nothing else is said.
const CHECKPOINT_EVERY: usize = 10;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let in_resume = |e: Failure| match &arguments.resume {
        Some(path) => e.in_context(format_args!("--resume {}", path.display())),
        None => e,
    };
    let resumed = arguments.resume.as_deref().map(resume::load).transpose()?;
    let config = match &resumed {
        Some(state) => resume::config(&arguments.config, state).map_err(in_resume)?,
        None => arguments.config.config()?,
    };
    let config = with_checkpoints(arguments, config)?;
    if arguments.config.print_config {
        return output::line(config.to_json());
    }
    check_files(arguments)?;
    let config = if resumed.is_none() { defaults::of_benchmark(arguments, config)? } else { config };
    let dataset = arguments.data.load_as(Expected::of(&config))?;
    let dataset = input::with_targets(dataset, config.task)?;
    let config = if resumed.is_none() { defaults::of_categories(arguments, config, &dataset)? } else { config };
    let division = arguments.division.divide(&dataset, &arguments.data, config.seed)?;
    let config = match resumed {
        Some(_) => config,
        None => defaults::of_labels(arguments, config, &dataset, &division)?,
    };
    interrupt::watch();
    let trainer = match resumed {
        Some(state) => {
            let state = resume::state(state, &config, &dataset, &division).map_err(in_resume)?;
            Trainer::resume(state, dataset.clone(), &division.train, &division.validation)?
        }
        None => Trainer::new(&config, dataset.clone(), &division.train, &division.validation)?,
    };
    reading::tell(arguments, &dataset, &trainer.state().model)?;
    tell_division(arguments, &dataset, &division);
    train(arguments, trainer, &dataset, &division)
}

/// The configuration with the number of epochs between checkpoints.
fn with_checkpoints(arguments: &Arguments, config: CheckedConfig) -> Result<CheckedConfig> {
    let every = arguments.checkpoint_every.map(|every| every as usize);
    if arguments.checkpoint().is_none() {
        if let Some(every) = every {
            return Err(Failure::usage(format!("--checkpoint-every {every}: there is no --checkpoint to write")));
        }
        if config.checkpoint_every > 0 {
            let every = config.checkpoint_every;
            return Err(Failure::usage(format!("checkpoint_every is {every}, but there is no --checkpoint to write")));
        }
        return Ok(config);
    }
    let own = Some(config.checkpoint_every).filter(|&every| every > 0);
    let every = every.or(own).unwrap_or(CHECKPOINT_EVERY);
    Ok(config.with(|config| config.checkpoint_every = every)?)
}

/// Checks, before anything that takes long, that what is to be written can be.
fn check_files(arguments: &Arguments) -> Result<()> {
    let (checkpoint, report) = (arguments.checkpoint(), arguments.report.as_deref());
    check_writable(&arguments.output)?;
    checkpoint.map_or(Ok(()), check_writable)?;
    report.map_or(Ok(()), check_writable).map_err(|e| Failure::from(e).in_context("--report"))?;
    let (output, data) = (Some(arguments.output.as_path()), input::find(&arguments.data.data).ok());
    let (data, resume) = (data.as_deref(), arguments.resume.as_deref());
    let pairs = [
        ("--output", output, "--checkpoint", checkpoint),
        ("--report", report, "--output", output),
        ("--report", report, "--checkpoint", checkpoint),
        ("--report", report, "--resume", resume),
        ("--output", output, "--data", data),
        ("--checkpoint", checkpoint, "--data", data),
        ("--report", report, "--data", data),
    ];
    for (name, path, other, same) in pairs {
        if let (Some(path), Some(same)) = (path, same)
            && input::same_file(path, same)
        {
            return Err(Failure::usage(format!("{name} {}: that is also {other}", path.display())));
        }
    }
    match arguments.seconds {
        Some(limit) if limit.is_nan() || limit <= 0.0 => {
            Err(Failure::usage(format!("--seconds {limit}: it must be above 0")))
        }
        _ => Ok(()),
    }
}

fn tell_division(arguments: &Arguments, dataset: &Dataset, division: &Division) {
    if arguments.quiet || arguments.json {
        return;
    }
    let Division { train, validation, test, made } = division;
    let (name, graphs) = (dataset.name(), dataset.len());
    let [train, validation, test] = [train, validation, test].map(Vec::len);
    output::note(format_args!(
        "{name}, {graphs} graphs: {train} to train on, {validation} to validate on, {test} to test on ({made})"
    ));
}

/// Trains until the end, and keeps what there is then.
fn train(arguments: &Arguments, mut trainer: Trainer<f32>, dataset: &Arc<Dataset>, division: &Division) -> Result<()> {
    let (config, before) = (trainer.state().model.config().clone(), trainer.state().epoch);
    let progress = Progress::new(arguments, config.epochs, before, config.recorded_metric().name());
    let began = Instant::now();
    let in_time = || arguments.seconds.is_none_or(|limit| began.elapsed().as_secs_f64() < limit);
    let mut on_epoch = |record: &EpochRecord| {
        progress.epoch(record);
        in_time()
    };
    let mut on_batch = |record: &BatchRecord| {
        progress.batch(record);
        true
    };
    let (path, notices) = (arguments.checkpoint(), RefCell::new(Vec::new()));
    let mut on_notice = |notice: &Notice| {
        progress.notice(notice);
        notices.borrow_mut().push(notice.clone());
    };
    let result = trainer.fit(&mut Callbacks {
        on_epoch: Some(&mut on_epoch),
        on_model: None,
        on_notice: Some(&mut on_notice),
        on_batch: if progress.shows_batches() { Some(&mut on_batch) } else { None },
        on_checkpoint: Some(&mut |state| {
            // The best model so far is worth more than a checkpoint; the last one is tried again at the end.
            if let Some(Err(e)) = path.map(|path| training_file::save(state, path)) {
                progress.warn(format_args!("no checkpoint of epoch {}: {e}; training goes on", state.epoch));
            }
            Ok(())
        }),
        control: Some(interrupt::control()),
    });
    progress.end();
    let ended = match result {
        Ok(StopReason::Finished) => Ended::Finished,
        Ok(StopReason::Patience) => Ended::Patience,
        Ok(StopReason::Callback) => Ended::Time,
        Err(e) if e.kind() == ErrorKind::Cancelled => Ended::Stopped,
        Err(e) if e.kind() == ErrorKind::Diverged => Ended::Failed(e.into()),
        Err(e) => return Err(e.into()),
    };
    let seconds = began.elapsed().as_secs_f64();
    let notices = notices.into_inner();
    Outcome { arguments, trainer: &trainer, dataset, division, ended, notices, before, seconds }.keep()?;
    progress.take_failure().map_or(Ok(()), Err)
}
