//! Does the runs, as many at a time as there are jobs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, ScopedJoinHandle};
use std::time::Instant;

use cpu_time::ThreadTime;
use diffpool::ErrorKind;
use diffpool::config::{Config, OutOfVocabulary};
use diffpool::model::{ClusterDiagnostics, EpochRecord};
use diffpool::train::{Callbacks, Evaluation, StopReason, Trainer, evaluate};

use super::plan::{Plan, Task};
use super::progress::Progress;
use crate::failure::{Failure, Result};
use crate::interrupt;
use crate::runs::ledger::Ledger;
use crate::runs::record::{Clusters, Curves, Record, Scores, Stage};
use crate::settings::threads;

/// Does all tasks, and adds each to the ledger when it is finished. Returns early where the user asks to stop, and
/// after the first failure when the runs that are under way are finished.
pub fn perform(plan: &Plan, stage: Stage, tasks: &[Task<'_>], ledger: &mut Ledger, jobs: usize) -> Result<()> {
    let jobs = threads(jobs).min(tasks.len());
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let progress = Progress::new(stage, tasks.len());
    let shared = Mutex::new(ledger);
    let work = || -> Result<()> {
        while !failed.load(Ordering::Relaxed) && !interrupt::stopped() {
            let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let Some(record) = train(plan, task)? else { break };
            shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(&record)?;
            progress.finished(&record);
        }
        Ok(())
    };
    let guarded = || work().inspect_err(|_| failed.store(true, Ordering::Relaxed));
    let results = std::thread::scope(|scope| {
        // Where not all can be started, those that were do the work of the others.
        let start = |_| Builder::new().spawn_scoped(scope, guarded);
        let workers: Vec<_> = (0..jobs).map(start).collect();
        let none = workers.iter().all(std::result::Result::is_err);
        let ended = |worker: std::io::Result<ScopedJoinHandle<'_, Result<()>>>| match worker {
            Ok(worker) => Some(worker.join()),
            Err(e) if none => Some(Ok(Err(Failure::thread(&e)))),
            Err(_) => None,
        };
        workers.into_iter().filter_map(ended).collect::<Vec<_>>()
    });
    progress.end();
    let panicked = |_| Err(Failure::Error { code: 1, message: "a run ended by a bug".to_string() });
    results.into_iter().try_for_each(|result| result.unwrap_or_else(panicked))
}

/// The configuration as folds need it: one may hold labels that no graph of the others has. The protocols do not refuse
/// its graphs, so unless the configuration says more they have rows of zeros for such labels.
fn of_folds(config: &Config) -> Config {
    let mut config = config.clone();
    if config.out_of_vocabulary == OutOfVocabulary::Refuse {
        config.out_of_vocabulary = OutOfVocabulary::Ignore;
    }
    config
}

/// Trains and judges one model. Nothing where the user asked to stop.
fn train(plan: &Plan, task: &Task<'_>) -> Result<Option<Record>> {
    let (began, processor) = (Instant::now(), ThreadTime::now());
    let Task { stage, division, choice, repeat, config } = task;
    let in_context = |e: diffpool::Error| {
        Failure::from(e).in_context(format_args!("fold {}, configuration {choice}", division.fold))
    };
    let trainer = of_folds(config)
        .check()
        .and_then(|config| Trainer::<f32>::new(&config, plan.dataset.clone(), &division.train, &division.validation));
    let mut trainer = trainer.map_err(in_context)?;
    let ended = match trainer.fit(&mut Callbacks { control: Some(interrupt::control()), ..Callbacks::default() }) {
        Ok(StopReason::Finished) => "finished".to_string(),
        Ok(StopReason::Patience) => "patience".to_string(),
        Ok(StopReason::Callback) => return Ok(None),
        Err(e) if e.kind() == ErrorKind::Cancelled => return Ok(None),
        Err(e) if e.kind() == ErrorKind::Diverged => e.message().to_string(),
        Err(e) => return Err(in_context(e)),
    };
    let (model, state, history) = (trainer.model()?, trainer.state(), trainer.history());
    let scores = |found: &Evaluation| Scores { loss: found.loss, accuracy: found.accuracy };
    let judged = |graphs: &[usize]| evaluate(&model, &plan.dataset, graphs, 1).map_err(in_context);
    let sound = !history.is_empty();
    let test = if sound && *stage == Stage::Final { Some(scores(&judged(&division.test)?)) } else { None };
    Ok(Some(Record {
        version: env!("CARGO_PKG_VERSION").to_string(),
        name: plan.name.clone(),
        data: plan.dataset.name().to_string(),
        fingerprint: division.fingerprint.clone(),
        protocol: plan.protocol,
        stage: *stage,
        fold: division.fold,
        choice: *choice,
        changes: plan.choices[*choice].changes.clone(),
        repeat: *repeat,
        config: config.clone(),
        parameters: model.parameter_count(),
        graphs: [&division.train, &division.validation, &division.test].map(Vec::len),
        best_epoch: state.kept_epoch(),
        ended,
        validation: state.kept_validation().map(|v| Scores { loss: v.loss, accuracy: v.accuracy }),
        test,
        clusters: state.kept_record().map_or_else(Vec::new, |epoch| clusters(model.config(), epoch)),
        curves: Curves {
            train_loss: curve(history, |e| e.loss),
            train_accuracy: curve(history, |e| e.accuracy),
            validation_loss: curve(history, |e| e.validation.map_or(0.0, |v| v.loss)),
            validation_accuracy: curve(history, |e| e.validation.map_or(0.0, |v| v.accuracy)),
        },
        seconds: rounded(began.elapsed().as_secs_f64()),
        cpu_seconds: rounded(processor.elapsed().as_secs_f64()),
        command: plan.command.clone(),
    }))
}

fn clusters(config: &Config, epoch: &EpochRecord) -> Vec<Clusters> {
    let of_level = |(&given, seen): (&f64, &ClusterDiagnostics)| Clusters {
        given: given as usize,
        effective: rounded(seen.effective_clusters),
    };
    config.clusters.iter().zip(&epoch.clusters).map(of_level).collect()
}

fn curve(history: &[EpochRecord], of: impl Fn(&EpochRecord) -> f64) -> Vec<f64> {
    history.iter().map(|epoch| rounded(of(epoch))).collect()
}

/// Four decimals are enough for a picture, and keep the file small.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
