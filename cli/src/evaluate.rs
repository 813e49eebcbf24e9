//! `diffpool evaluate`: how well a model does on graphs that are known.

use std::fmt::Write;

use clap::Args;
use diffpool::graph::Dataset;
use diffpool::model::Model;
use diffpool::train::{Evaluation, Predictor};
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Result};
use crate::for_model::{self, ModelArguments};
use crate::output;
use crate::table::Table;
use crate::text::losses;

/// Confusion between more classes than this is left to --json.
const MOST_CLASSES: usize = 20;
/// Targets of which every one has its metrics printed; more are left to --json.
const MOST_TARGETS: usize = 20;

/// Losses, metrics and confusion of a model on graphs that are known
///
/// Classes of the data set are those of the model by name; a class that the model does not know is an error.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    on: ModelArguments,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let model = for_model::load_model(&arguments.on.model)?;
    // Clusters are looked at whether or not they were while training.
    let config = model.config().with(|config| config.diagnostics = true)?;
    let model = Model::clone(&model).with_config(&config)?;
    let dataset = for_model::load_data(&arguments.on.data, &model, true)?;
    let indices = arguments.on.graphs.indices(&dataset, &arguments.on.data)?;
    check_targets(&model, &dataset)?;
    let evaluation = Predictor::new(&model, arguments.on.threads())?.evaluate(&dataset, &indices, None)?;
    match arguments.json {
        true => output::line(as_json(&model, &dataset, &evaluation)),
        false => output::text(&as_text(&model, &dataset, &evaluation)),
    }
}

/// Refuses a data set that has nothing to compare predictions with.
fn check_targets(model: &Model<f32>, dataset: &Dataset) -> Result<()> {
    let (outputs, given) = (model.outputs(), model.outputs().targets_in(dataset));
    let targets = outputs.targets;
    if given != targets {
        let task = outputs.task.name();
        let message = format!("the model is for {targets} targets of a graph (task {task}), but the data has {given}");
        return Err(Failure::data(message));
    }
    Ok(())
}

fn as_json(model: &Model<f32>, dataset: &Dataset, evaluation: &Evaluation) -> Value {
    let metrics = evaluation.metrics.iter().map(|metric| {
        let mut value = json!({ "value": metric.value });
        if metric.by_target.len() > 1 {
            value["by_target"] = json!(metric.by_target);
        }
        (metric.metric.name().to_string(), value)
    });
    let mut out = json!({
        "data": dataset.name(),
        "graphs": evaluation.graphs,
        "task": evaluation.task,
        "loss": evaluation.loss,
        "class_loss": evaluation.class_loss,
        "calibration_error": evaluation.calibration_error,
        "metrics": metrics.collect::<Map<_, _>>(),
        "clusters": evaluation.clusters,
    });
    for (loss, value) in evaluation.pooling.computed() {
        out[loss.name()] = json!(value);
    }
    if !evaluation.confusion.is_empty() {
        let rows: Vec<&[u64]> = evaluation.confusion.chunks_exact(evaluation.classes).collect();
        out["classes"] = json!(model.class_names());
        out["confusion"] = json!(rows);
    }
    out
}

fn as_text(model: &Model<f32>, dataset: &Dataset, evaluation: &Evaluation) -> String {
    let Evaluation { graphs, loss, class_loss, pooling, .. } = evaluation;
    let task = evaluation.task.name();
    let mut out = format!("{graphs} graphs of {}, task {task}\n\n", dataset.name());
    let _ = writeln!(out, "{:<19}{loss:.4}   class {class_loss:.4}{}", "loss", losses(pooling));
    for metric in &evaluation.metrics {
        let value = |value: Option<f64>| value.map_or_else(|| "-".to_string(), |value| format!("{value:.4}"));
        let _ = write!(out, "{:<19}{}", metric.metric.name(), value(metric.value));
        if (2..=MOST_TARGETS).contains(&metric.by_target.len()) {
            let each: Vec<String> = metric.by_target.iter().map(|&v| value(v)).collect();
            let _ = write!(out, "   by target {}", each.join(" "));
        }
        out.push('\n');
    }
    if let Some(error) = evaluation.calibration_error {
        let _ = writeln!(out, "{:<19}{error:.4}", "calibration error");
    }
    if !evaluation.confusion.is_empty() && evaluation.classes <= MOST_CLASSES {
        confusion(model.class_names(), &evaluation.confusion, &mut out);
    }
    if !evaluation.clusters.is_empty() {
        clusters(model, evaluation, &mut out);
    }
    out
}

fn confusion(names: &[String], confusion: &[u64], out: &mut String) {
    let classes = names.len();
    let mut table = Table::new();
    table.row(["true \\ predicted"].into_iter().chain(names.iter().map(String::as_str)).chain(["recall"]));
    let share = |part: u64, whole: u64| match whole {
        0 => "-".to_string(),
        _ => format!("{:.4}", part as f64 / whole as f64),
    };
    for (class, (name, row)) in names.iter().zip(confusion.chunks_exact(classes)).enumerate() {
        let counts = row.iter().map(u64::to_string);
        table.row([name.clone()].into_iter().chain(counts).chain([share(row[class], row.iter().sum())]));
    }
    let precision = (0..classes).map(|class| {
        let column: u64 = confusion.iter().skip(class).step_by(classes).sum();
        share(confusion[class * classes + class], column)
    });
    table.row(["precision".to_string()].into_iter().chain(precision).chain([String::new()]));
    let _ = write!(out, "\n{table}");
}

fn clusters(model: &Model<f32>, evaluation: &Evaluation, out: &mut String) {
    let mut table = Table::new();
    table.row(["level", "clusters", "in use", "effective", "entropy", "of largest", "edges inside", "modularity"]);
    for (level, clusters) in evaluation.clusters.iter().enumerate() {
        let numbers = [clusters.clusters_in_use, clusters.effective_clusters].map(|v| format!("{v:.2}"));
        let shares = [clusters.entropy, clusters.relative_entropy, clusters.edges_inside, clusters.modularity];
        let count = model.config().clusters.get(level).copied().unwrap_or_default();
        let first = [level.to_string(), count.to_string()];
        table.row(first.into_iter().chain(numbers).chain(shares.map(|v| format!("{v:.4}"))));
    }
    let _ = write!(out, "\n{table}");
}
