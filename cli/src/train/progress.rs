//! Tells how far the training is: a bar on a terminal, else a line an epoch, or JSON.

use std::cell::RefCell;
use std::time::Instant;

use diffpool::model::EpochRecord;
use diffpool::train::{BatchRecord, Notice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::arguments::Arguments;
use crate::failure::Failure;
use crate::output;
use crate::text::{duration, losses};

/// The progress of one run.
pub struct Progress {
    /// Hidden where standard error is no terminal.
    bar: ProgressBar,
    json: bool,
    quiet: bool,
    /// Whether every epoch is a line.
    lines: bool,
    epochs: usize,
    /// Epochs that were finished before.
    before: usize,
    metric: &'static str,
    began: Instant,
    /// The first failure to write a line of an epoch.
    failed: RefCell<Option<Failure>>,
}

#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    epochs: usize,
    #[serde(flatten)]
    record: &'a EpochRecord,
}

impl Progress {
    /// The progress of a run of so many epochs, of which `before` are finished.
    pub fn new(arguments: &Arguments, epochs: usize, before: usize, metric: &'static str) -> Self {
        let target = if arguments.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(epochs as u64), target);
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} epochs, {prefix}\n{msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let lines = bar.is_hidden() && !arguments.quiet && !arguments.json;
        bar.set_prefix("no batch yet");
        bar.set_position(before as u64);
        let (json, quiet, began, failed) = (arguments.json, arguments.quiet, Instant::now(), RefCell::default());
        Self { bar, json, quiet, lines, epochs, before, metric, began, failed }
    }

    /// Whether anybody sees single batches.
    pub fn shows_batches(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// A batch is done.
    pub fn batch(&self, record: &BatchRecord) {
        let left = self.left(record.epoch - 1, record.batch as f64 / record.batches as f64);
        self.bar.set_prefix(format!("batch {}/{}, {left}", record.batch, record.batches));
    }

    /// An epoch is done. That it cannot be told is no reason to stop.
    pub fn epoch(&self, record: &EpochRecord) {
        let parts = self.describe(record);
        if self.lines {
            let (epoch, epochs, left) = (record.epoch, self.epochs, self.left(record.epoch, 0.0));
            let text = parts.join(", ");
            output::note(format_args!("epoch {epoch}/{epochs}: {text}, {:.1} s, {left}", record.seconds));
        }
        self.bar.set_position(record.epoch as u64);
        // Two lines, so that a narrow terminal has room for both.
        self.bar.set_message(parts.join("\n"));
        if self.json && self.failed.borrow().is_none() {
            let line = Line { event: "epoch", epochs: self.epochs, record };
            if let Err(failure) = output::json(&line) {
                let reason = match &failure {
                    Failure::Error { message, .. } => message,
                    _ => "nobody reads standard output any more",
                };
                self.warn(format_args!("{reason}; training goes on"));
                *self.failed.borrow_mut() = Some(failure);
            }
        }
    }

    /// Why lines of epochs could not be written, if so.
    pub fn take_failure(&self) -> Option<Failure> {
        self.failed.take()
    }

    /// There is something that a person should know.
    pub fn notice(&self, notice: &Notice) {
        if !self.quiet {
            self.bar.suspend(|| output::note(format_args!("{}: {notice}", notice.severity().name())));
        }
    }

    /// Something could not be done that training does not need.
    pub fn warn(&self, text: std::fmt::Arguments<'_>) {
        self.bar.suspend(|| output::note(format_args!("warning: {text}")));
    }

    /// No more epochs will be.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// The numbers of the training graphs, and the others.
    fn describe(&self, record: &EpochRecord) -> [String; 2] {
        let (metric, rate) = (self.metric, rate(record.learning_rate));
        let EpochRecord { loss, class_loss, pooling, .. } = record;
        let losses = format!("loss {loss:.4} (class {class_loss:.4}{})", losses(pooling));
        let validation = record
            .validation
            .map(|validation| format!("validation loss {:.4}, {metric} {:.4}, ", validation.loss, validation.metric));
        let validation = validation.unwrap_or_default();
        [format!("{losses}, {metric} {:.4}", record.metric), format!("{validation}rate {rate}")]
    }

    /// The time that is left after `finished` epochs and a share of the next, if all take as long as those so far.
    fn left(&self, finished: usize, share: f64) -> String {
        let done = (finished - self.before) as f64 + share;
        let left = (self.epochs - finished) as f64 - share;
        format!("{} left", duration(self.began.elapsed().as_secs_f64() / done * left))
    }
}

/// A learning rate to four digits.
fn rate(value: f64) -> String {
    format!("{value:.3e}").parse().map_or_else(|_| value.to_string(), |rounded: f64| rounded.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([0.001, 1.0 / 3.0, 0.01 * 0.1f64].map(rate), ["0.001", "0.3333", "0.001"]);
    }
}
