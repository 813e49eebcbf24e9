//! A model: its summary, its tensors, its features and its configuration.

use std::fmt::Write;

use diffpool::model::Model;
use serde_json::{Value, json};

use super::shown::Shown;
use crate::table::Table;

/// Widest column of keys of metadata.
const WIDEST_KEY: usize = 40;
/// Letters of a value of metadata that are printed; the rest is left to --json.
const LONGEST_VALUE: usize = 200;

/// The model for programs; with the range of every tensor where `tensors` asks for it.
pub fn as_json(model: &Model<f32>, tensors: bool) -> Value {
    let parse = |text: String| serde_json::from_str::<Value>(&text).unwrap_or(Value::Null);
    let mut out = parse(model.summary_json());
    out["kind"] = json!("model");
    out["schema"] = model.expected();
    out["encoding"] = json!(model.schema());
    out["fingerprint"] = json!(model.fingerprint().unwrap_or_default());
    out["metadata"] = model.metadata().iter().map(|(key, value)| (key.to_string(), json!(value))).collect();
    out["config"] = parse(model.config().to_json());
    if tensors {
        for tensor in out["tensors"].as_array_mut().into_iter().flatten() {
            let name = tensor["name"].as_str().unwrap_or_default().to_string();
            let range = model.tensor(&name).map(|(_, values)| Range::of(values)).unwrap_or_default();
            tensor["min"] = json!(range.min);
            tensor["max"] = json!(range.max);
            tensor["mean"] = json!(range.mean);
            tensor["deviation"] = json!(range.deviation);
        }
    }
    out
}

/// The model for people.
pub fn as_text(model: &Model<f32>, shown: Shown) -> String {
    let mut out = model.summary();
    let _ = writeln!(out, "\nfingerprint {}", model.fingerprint().unwrap_or_default());
    if !model.metadata().is_empty() {
        out.push_str("\nmetadata\n");
        let width = model.metadata().iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0).min(WIDEST_KEY);
        for (key, value) in model.metadata().iter() {
            let _ = writeln!(out, "  {:<width$}  {}", one_line(key), one_line(value));
        }
    }
    if shown.tensors {
        let mut table = Table::new();
        table.row(["tensor", "values", "min", "max", "mean", "deviation"]);
        for tensor in model.tensors() {
            let values = model.tensor(&tensor.name).map_or(&[][..], |(_, values)| values);
            let Range { min, max, mean, deviation } = Range::of(values);
            let numbers = [min, max, mean, deviation].map(|value| format!("{value:.4}"));
            table.row([tensor.name, values.len().to_string()].into_iter().chain(numbers));
        }
        let _ = write!(out, "\n{table}");
    }
    if shown.features {
        out.push_str("\nfeature columns\n");
        for (column, name) in model.column_names().iter().enumerate() {
            let _ = writeln!(out, "  {column:>4}  {name}");
        }
    }
    if shown.config {
        let _ = write!(out, "\nconfiguration\n{}\n", model.config().to_json().trim_end());
    }
    out
}

/// A text of whoever made the model, on one line of the terminal and without codes for it; cut where it is long.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for letter in text.chars().take(LONGEST_VALUE) {
        if letter.is_control() { line.extend(letter.escape_default()) } else { line.push(letter) }
    }
    if text.chars().nth(LONGEST_VALUE).is_some() {
        line.push_str("...");
    }
    line
}

/// Range, mean and deviation of the values of a tensor.
#[derive(Debug, Clone, Copy, Default)]
struct Range {
    min: f64,
    max: f64,
    mean: f64,
    deviation: f64,
}

impl Range {
    fn of(values: &[f32]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let count = values.len() as f64;
        let all = || values.iter().map(|&value| f64::from(value));
        let mean = all().sum::<f64>() / count;
        let variance = all().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        Self {
            min: all().fold(f64::INFINITY, f64::min),
            max: all().fold(f64::NEG_INFINITY, f64::max),
            mean,
            deviation: variance.sqrt(),
        }
    }
}
