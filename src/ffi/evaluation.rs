//! Evaluations: how well a model does on graphs whose targets are known; diffpool_predictor_evaluate makes them.
//!
//! ```c
//! diffpool_evaluation *evaluation;
//! check(diffpool_predictor_evaluate(predictor, dataset, NULL, DIFFPOOL_ALL, NULL, &evaluation, &error));
//! printf("accuracy %.3f, calibration error %.3f\n", diffpool_evaluation_metric(evaluation, "accuracy"),
//!        diffpool_evaluation_metric(evaluation, "calibration_error"));
//! diffpool_evaluation_free(evaluation);
//! ```

use std::ffi::c_char;

use serde_json::{Value, json};

use super::arguments::{buffer, output, text};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::status::DiffpoolStatus;
use crate::config::Metric;
use crate::train::{Evaluation, MetricValue};

/// The outcome of an evaluation.
pub struct DiffpoolEvaluation {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolEvaluation {
    type Value = Evaluation;
}

/// Frees an evaluation. NULL is harmless.
///
/// Ownership: `evaluation` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_free(evaluation: *mut DiffpoolEvaluation) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(evaluation) };
}

/// The number of graphs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_graph_count(evaluation: *const DiffpoolEvaluation) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(evaluation, 0, |evaluation| evaluation.graphs) }
}

/// A number of the evaluation by its name; NaN for NULL, where the graphs do not define it, if the task of the model is
/// not measured by it, and if there is no such number.
///
/// - "loss": the parts that training minimises, with their weights, but labels are not smoothed; where loss_scope is
///   "batch", link and entropy loss are those of batches of the library's choice, not of batch_size graphs
/// - "class_loss", "link_loss", "entropy_loss": its parts, unweighted
/// - "metric": the metric that the configuration names: as "auto" the accuracy of classes, the ROC-AUC of labels, the
///   RMSE of numbers, the F1 score of sequences
/// - "calibration_error": the expected calibration error, of 15 bins: how far the probability of what is predicted is
///   from the share of it that is right; see diffpool_predictor_calibrate
/// - "accuracy": the share of the targets that are predicted rightly
/// - "macro_f1", "micro_f1": the F1 score, the harmonic mean of precision and recall: the mean over the classes or
///   labels that occur, and that of all of them together
/// - "roc_auc", "average_precision": the areas under the ROC curve and under that of precision and recall, of two
///   classes or of labels, a mean over those that are 1 of some graph and 0 of another
/// - "rmse", "mae": the errors of a regression
/// - "sequence_f1": the F1 score of the words of a sequence, a mean over the graphs
///
/// Ownership: `name` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_metric(evaluation: *const DiffpoolEvaluation, name: *const c_char) -> f64 {
    // SAFETY: by the header's rules the handle is NULL or live, and the name NULL or a string.
    unsafe {
        let Ok(name) = text(name, "name") else { return f64::NAN };
        look(evaluation, f64::NAN, |evaluation| evaluation.number(name).unwrap_or(f64::NAN))
    }
}

/// Copies a metric of every target by itself, with NaN where the graphs do not define it: of every label, number or
/// word. `name` is one of "metric" and those after it.
///
/// Ownership: `name` is copied.
///
/// Fails: NOT_FOUND if there is no such metric; INVALID_ARGUMENT if the task of the model is not measured by it;
/// BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_copy_metric_by_target(
    evaluation: *const DiffpoolEvaluation,
    name: *const c_char,
    values: *mut f64,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, name, out) = unsafe {
            (call.read(evaluation, "evaluation")?, text(name, "name")?, buffer(values, capacity, needed, "values")?)
        };
        let metric = if name == "metric" { Metric::Auto } else { Metric::from_name(name)? };
        let metric = evaluation.metric(metric)?;
        out.put(metric.by_target.iter().map(|value| value.unwrap_or(f64::NAN)))
    })
}

/// Copies the confusion matrix, a row a true class, a column a predicted one: `classes` times `classes` counts. It is
/// empty unless a graph is of one of several classes.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_copy_confusion(
    evaluation: *const DiffpoolEvaluation,
    confusion: *mut u64,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (confusion, capacity, needed, "confusion");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(evaluation, place, error, |evaluation| &evaluation.confusion) }
}

/// Copies the predicted class of every graph, in the order of the indices; of a model with several targets a row a
/// graph, with a label or a word a target. A regression has none.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_copy_predictions(
    evaluation: *const DiffpoolEvaluation,
    predictions: *mut usize,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (predictions, capacity, needed, "predictions");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(evaluation, place, error, |evaluation| &evaluation.predictions) }
}

/// Copies the logits: a row a graph, in the order of the indices, a column a class, label or number. Those of sequences
/// are not kept, for they would be too many.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_copy_logits(
    evaluation: *const DiffpoolEvaluation,
    logits: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (logits, capacity, needed, "logits");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(evaluation, place, error, |evaluation| &evaluation.logits) }
}

/// The numbers of the evaluation and its confusion matrix as a JSON object; null stands for what is not defined.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_json(
    evaluation: *const DiffpoolEvaluation,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, json) = unsafe { (call.read(evaluation, "evaluation")?, output(json, "json")?) };
        json.put_string(&format!("{:#}", describe(evaluation)))
    })
}

fn describe(evaluation: &Evaluation) -> Value {
    let mut all = serde_json::Map::new();
    all.insert("task".to_string(), json!(evaluation.task));
    all.insert("graphs".to_string(), json!(evaluation.graphs));
    for name in ["loss", "class_loss", "link_loss", "entropy_loss", "calibration_error"] {
        all.insert(name.to_string(), json!(evaluation.number(name)));
    }
    let mut by_target = serde_json::Map::new();
    for MetricValue { metric, value, by_target: of_targets } in &evaluation.metrics {
        all.insert(metric.name().to_string(), json!(value));
        by_target.insert(metric.name().to_string(), json!(of_targets));
    }
    if evaluation.targets > 1 {
        all.insert("by_target".to_string(), Value::Object(by_target));
    }
    let rows: Vec<&[u64]> = evaluation.confusion.chunks(evaluation.classes.max(1)).collect();
    all.insert("confusion".to_string(), json!(rows));
    all.insert("clusters".to_string(), json!(evaluation.clusters));
    Value::Object(all)
}

/// Copies one array. The place is an array, its capacity, where to tell the needed length, and its name.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn copy<T: Copy>(
    evaluation: *const DiffpoolEvaluation,
    (values, capacity, needed, name): (*mut T, usize, *mut usize, &str),
    error: *mut *mut DiffpoolError,
    find: impl FnOnce(&Evaluation) -> &[T],
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (evaluation, out) =
            unsafe { (call.read(evaluation, "evaluation")?, buffer(values, capacity, needed, name)?) };
        out.put(find(evaluation).iter().copied())
    })
}
