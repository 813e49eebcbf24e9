//! A checkpoint: how far its run is, its best epoch, its history in short, and the model.

use std::collections::BTreeSet;
use std::fmt::Write;

use diffpool::model::{EpochRecord, TrainState};
use serde_json::{Value, json};

use super::model;
use super::shown::Shown;
use crate::table::Table;

/// Epochs that are printed of a long history, spread over it.
const EPOCHS: usize = 10;

/// The run for programs.
pub fn as_json(state: &TrainState<f32>, tensors: bool) -> Value {
    json!({
        "kind": "training",
        "epoch": state.epoch,
        "epochs": state.model.config().epochs,
        "step": state.step,
        "best": state.best.as_ref().map(|best| json!({ "epoch": best.epoch, "metric": best.metric })),
        "averaged": state.average.is_some(),
        "data_fingerprint": format!("{:08x}", state.data_fingerprint),
        "history": state.history,
        "model": model::as_json(&state.model, tensors),
    })
}

/// The run for people.
pub fn as_text(state: &TrainState<f32>, shown: Shown) -> String {
    let config = state.model.config();
    let mut out = format!("Training run, {} of {} epochs finished, {} steps\n", state.epoch, config.epochs, state.step);
    if let Some(best) = &state.best {
        let _ =
            writeln!(out, "  best      epoch {}, with {:.4} of what early stopping watches", best.epoch, best.metric);
    }
    if state.average.is_some() {
        let _ = writeln!(out, "  averages  of the weights, decay {}", config.ema_decay);
    }
    let _ = writeln!(out, "  data      fingerprint {:08x}", state.data_fingerprint);
    let seconds: f64 = state.history.iter().map(|record| record.seconds).sum();
    let _ = writeln!(out, "  time      {seconds:.1} s");
    if !state.history.is_empty() {
        let _ = write!(out, "\n{}", history(state, shown.history));
    }
    let _ = write!(out, "\n{}", model::as_text(&state.model, shown));
    out
}

/// The epochs, all of them or a few with the best and the last.
fn history(state: &TrainState<f32>, all: bool) -> Table {
    let mut table = Table::new();
    let metric = state.model.config().recorded_metric().name();
    table.row(["epoch", "loss", metric, "validation loss", metric, "learning rate", "seconds"]);
    let count = state.history.len();
    let mut epochs: BTreeSet<usize> = match all {
        true => (0..count).collect(),
        false => (0..EPOCHS).map(|at| at * (count - 1) / (EPOCHS - 1)).collect(),
    };
    epochs.extend(state.best.as_ref().map(|best| best.epoch - 1).filter(|&at| at < count));
    for at in epochs {
        let EpochRecord { epoch, loss, metric, validation, learning_rate, seconds, .. } = &state.history[at];
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_string(), |value| format!("{value:.4}"));
        let best = state.best.as_ref().is_some_and(|best| best.epoch == *epoch);
        table.row([
            format!("{epoch}{}", if best { " (best)" } else { "" }),
            number(Some(*loss)),
            number(Some(*metric)),
            number(validation.map(|v| v.loss)),
            number(validation.map(|v| v.metric)),
            format!("{learning_rate:.2e}"),
            format!("{seconds:.2}"),
        ]);
    }
    table
}
