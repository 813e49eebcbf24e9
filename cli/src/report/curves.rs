//! Learning curves: what the runs that count reached on average, epoch by epoch.

use super::rows::Row;
use crate::runs::outcome::moments;
use crate::runs::record::{Curves, Protocol, Record, Stage};

/// Mean and deviation over the runs, one pair an epoch.
pub type Series = Vec<(f64, f64)>;

/// The learning curves of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Learning {
    /// Runs that have each epoch. The curves end where fewer than half of the runs go on, because the mean would be
    /// that of a few odd ones.
    pub running: Vec<usize>,
    /// Accuracy of the training and the validation graphs, in percent.
    pub accuracy: [Series; 2],
    /// Loss of the same.
    pub loss: [Series; 2],
    /// Epochs from 1 whose weights were kept, one a run; under `paper` the common epoch.
    pub best: Vec<usize>,
}

/// The curves of the runs that the outcome is made of; nothing where there is no outcome yet.
pub fn learning(row: &Row) -> Option<Learning> {
    let runs: Vec<&Record> = row.records.iter().filter(|record| counts(row, record)).collect();
    let lengths: Vec<usize> = runs.iter().map(|run| length(&run.curves)).filter(|&length| length > 0).collect();
    let longest = lengths.iter().copied().max()?;
    let running = |epoch: usize| lengths.iter().filter(|&&length| length > epoch).count();
    let running: Vec<usize> = (0..longest).map(running).take_while(|&running| 2 * running >= lengths.len()).collect();
    let series = |of: fn(&Curves) -> &[f64], scale: f64| -> Series {
        let at = |epoch: usize| -> (f64, f64) {
            let going_on = runs.iter().filter(|run| length(&run.curves) > epoch);
            let values: Vec<f64> = going_on.map(|run| scale * of(&run.curves)[epoch]).collect();
            moments(&values).unwrap_or_default()
        };
        (0..running.len()).map(at).collect()
    };
    let best = match row.outcome.epoch {
        Some(epoch) => vec![epoch],
        None => runs.iter().map(|run| run.best_epoch).filter(|&epoch| epoch > 0).collect(),
    };
    Some(Learning {
        accuracy: [series(|c| &c.train_accuracy, 100.0), series(|c| &c.validation_accuracy, 100.0)],
        loss: [series(|c| &c.train_loss, 1.0), series(|c| &c.validation_loss, 1.0)],
        running,
        best,
    })
}

/// Whether a run is of the configuration that was chosen, and judged.
fn counts(row: &Row, record: &Record) -> bool {
    let fold = row.outcome.folds.iter().find(|fold| fold.fold == record.fold);
    let stage = match row.outcome.protocol {
        Protocol::Fair => Stage::Final,
        Protocol::Paper => Stage::Fold,
    };
    record.stage == stage && fold.is_some_and(|fold| fold.choice == record.choice)
}

/// Epochs that all four curves have.
fn length(curves: &Curves) -> usize {
    let Curves { train_loss, train_accuracy, validation_loss, validation_accuracy } = curves;
    [train_loss, train_accuracy, validation_loss, validation_accuracy].map(Vec::len).into_iter().min().unwrap_or(0)
}

impl Learning {
    /// Runs in all.
    pub fn runs(&self) -> usize {
        self.running.first().copied().unwrap_or(0)
    }

    /// Runs that have the last epoch of the curves.
    pub fn last(&self) -> usize {
        self.running.last().copied().unwrap_or(0)
    }

    /// The epoch in the middle of those whose weights were kept.
    pub fn median_best(&self) -> Option<usize> {
        let mut best = self.best.clone();
        best.sort_unstable();
        best.get(best.len().saturating_sub(1) / 2).copied()
    }
}
