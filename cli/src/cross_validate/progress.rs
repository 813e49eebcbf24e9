//! Tells how far the runs are: a bar on a terminal, else a line a run.

use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output;
use crate::runs::record::{Record, Stage};

/// The progress of one stage.
pub struct Progress {
    bar: ProgressBar,
    stage: &'static str,
    total: usize,
    done: AtomicUsize,
}

impl Progress {
    /// The progress of `total` runs, none of them done.
    pub fn new(stage: Stage, total: usize) -> Self {
        let stage = match stage {
            Stage::Selection => "selection",
            Stage::Final => "final runs",
            Stage::Fold => "folds",
        };
        let bar = if total == 0 { ProgressBar::hidden() } else { ProgressBar::new(total as u64) };
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(stage);
        bar.tick();
        Self { bar, stage, total, done: AtomicUsize::new(0) }
    }

    /// One more run is done.
    pub fn finished(&self, record: &Record) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let percent = |scores: Option<crate::runs::record::Scores>| {
            scores.map_or_else(|| "none".to_string(), |scores| format!("{:.1} %", 100.0 * scores.accuracy))
        };
        let mut line = format!(
            "{} {done}/{}: fold {}, configuration {}, run {}: {} epochs, best {}, validation {}",
            self.stage,
            self.total,
            record.fold,
            record.choice,
            record.repeat,
            record.curves.train_loss.len(),
            record.best_epoch,
            percent(record.validation)
        );
        if record.test.is_some() {
            line.push_str(&format!(", test {}", percent(record.test)));
        }
        line.push_str(&format!(", {:.1} s", record.seconds));
        if self.bar.is_hidden() {
            output::note(line);
        } else {
            self.bar.println(line);
            self.bar.inc(1);
        }
    }

    /// All are done, or no more will be.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
