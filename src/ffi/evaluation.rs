//! Evaluation: how well a model does on graphs whose targets are known.

use std::ffi::c_char;
use std::sync::Arc;

use serde_json::{Value, json};

use super::arguments::{buffer, output, text};
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free};
use super::indices::read_graphs;
use super::model::DiffpoolModel;
use super::status::DiffpoolStatus;
use crate::config::Metric;
use crate::error::error;
use crate::model::Model;
use crate::train::{Evaluation, Evaluator, MetricValue, evaluate};

/// The outcome of an evaluation.
pub struct DiffpoolEvaluation {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolEvaluation {
    type Value = Evaluation;
}

/// The threads and the memory of evaluations of one model.
pub struct DiffpoolEvaluator {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolEvaluator {
    type Value = Evaluator<Arc<Model<f32>>, f32>;
}

/// Predicts graphs and compares with their targets. Classes are matched by name: those of the data set may have other
/// numbers than those of the model.
///
/// Threads are started and memory is had for this one call. A program that evaluates the same model again and again
/// makes a diffpool_evaluator.
///
/// `indices` is an array of `length` indices of the graphs; NULL and DIFFPOOL_ALL stand for all of them. `threads` is
/// how many threads to use, at most 1024, 0 for one a core; the outcome does not depend on it.
///
/// Ownership: all arguments are copied; `*out` is owned by the caller, free with diffpool_evaluation_free.
///
/// Fails: NOT_FOUND if an index names no graph; SHAPE_MISMATCH or INVALID_GRAPH if the graphs lack features,
/// categories, labels or targets that the model needs (others may be there), or are of a class that the model does not
/// know by its name, or a logit is not finite; INVALID_ARGUMENT if there are no graphs, too many threads, or a label is
/// neither 0, 1 nor missing.
///
/// Threads: any; `model` and `dataset` are const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluate(
    model: *const DiffpoolModel,
    dataset: *const DiffpoolDataset,
    indices: *const usize,
    length: usize,
    threads: usize,
    out: *mut *mut DiffpoolEvaluation,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, dataset, out) =
            unsafe { (call.read(model, "model")?, call.read(dataset, "dataset")?, output(out, "out")?) };
        // SAFETY: as above.
        let indices = unsafe { read_graphs(dataset, (indices, length, "indices"))? };
        out.put_handle(evaluate(model, &dataset.data, &indices, threads)?)
    })
}

/// Makes an evaluator, which does what diffpool_evaluate does, and keeps its threads and its memory for the next time.
/// Between calls the threads sleep.
///
/// `threads` is how many threads to use, at most 1024, 0 for one a core; the outcome does not depend on it.
///
/// Ownership: the model is shared: it may be freed, but cannot be changed until the evaluator is freed. `*out` is owned
/// by the caller, free with diffpool_evaluator_free.
///
/// Fails: INVALID_ARGUMENT if there are too many threads; OUT_OF_MEMORY also if they cannot be started.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluator_new(
    model: *const DiffpoolModel,
    threads: usize,
    out: *mut *mut DiffpoolEvaluator,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        out.put_handle(Evaluator::new(Arc::clone(model), threads)?)
    })
}

/// Predicts graphs and compares with their targets, as diffpool_evaluate does with the evaluator's model.
///
/// Ownership: `indices` is copied; `*out` is owned by the caller, free with diffpool_evaluation_free, and does not need
/// the evaluator any more.
///
/// Fails: as diffpool_evaluate. The evaluator can be used again.
///
/// Threads: one at a time; `evaluator` is changed, `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluator_evaluate(
    evaluator: *mut DiffpoolEvaluator,
    dataset: *const DiffpoolDataset,
    indices: *const usize,
    length: usize,
    out: *mut *mut DiffpoolEvaluation,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluator, dataset, out) =
            unsafe { (call.change(evaluator, "evaluator")?, call.read(dataset, "dataset")?, output(out, "out")?) };
        // SAFETY: as above.
        let indices = unsafe { read_graphs(dataset, (indices, length, "indices"))? };
        out.put_handle(evaluator.evaluate(&dataset.data, &indices)?)
    })
}

/// Frees an evaluator and ends its threads. NULL is harmless.
///
/// Ownership: `evaluator` is gone after the call.
///
/// Threads: any, once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluator_free(evaluator: *mut DiffpoolEvaluator) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(evaluator) };
}

/// Frees an evaluation. NULL is harmless.
///
/// Ownership: `evaluation` is gone after the call.
///
/// Threads: any, once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_free(evaluation: *mut DiffpoolEvaluation) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(evaluation) };
}

/// The loss: the parts that training minimises, with their weights, but labels are not smoothed. Where loss_scope is
/// "batch", link and entropy loss are those of batches of the library's choice, not of batch_size graphs.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_loss(
    evaluation: *const DiffpoolEvaluation,
    loss: *mut f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, loss) = unsafe { (call.read(evaluation, "evaluation")?, output(loss, "loss")?) };
        loss.put(evaluation.loss);
        Ok(())
    })
}

/// The share of the targets that are predicted rightly; of a model with classes, the share of the graphs. NaN for a
/// regression.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_accuracy(
    evaluation: *const DiffpoolEvaluation,
    accuracy: *mut f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, accuracy) = unsafe { (call.read(evaluation, "evaluation")?, output(accuracy, "accuracy")?) };
        accuracy.put(evaluation.accuracy);
        Ok(())
    })
}

/// The mean over the classes that occur of the F1 score, the harmonic mean of precision and recall; of several labels
/// the mean over those.
///
/// Fails: INVALID_ARGUMENT for a regression or sequences, which have none.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_macro_f1(
    evaluation: *const DiffpoolEvaluation,
    macro_f1: *mut f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, macro_f1) = unsafe { (call.read(evaluation, "evaluation")?, output(macro_f1, "macro_f1")?) };
        macro_f1.put(evaluation.metric(Metric::MacroF1)?.value.unwrap_or(f64::NAN));
        Ok(())
    })
}

/// The area under the ROC curve: how likely a graph of class 1 is given a higher probability of it than one of class 0;
/// of several labels the mean over those that are 1 of some graph and 0 of another.
///
/// Fails: INVALID_STATE unless the model has two classes, or labels, and the graphs are of both kinds; INVALID_ARGUMENT
/// for a regression or sequences, which have none.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_roc_auc(
    evaluation: *const DiffpoolEvaluation,
    roc_auc: *mut f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, roc_auc) = unsafe { (call.read(evaluation, "evaluation")?, output(roc_auc, "roc_auc")?) };
        let metric = evaluation.metric(Metric::RocAuc)?;
        roc_auc.put(metric.value.ok_or_else(|| {
            error!(InvalidState, "there is no ROC curve: it needs two classes or a label, and graphs of either kind")
        })?);
        Ok(())
    })
}

/// A metric by its name: "accuracy", "macro_f1", "micro_f1", "roc_auc", "average_precision", "rmse", "mae",
/// "sequence_f1", or "auto" for the one that the configuration names.
///
/// "auto" is the accuracy of classes, the ROC-AUC of labels, the RMSE of numbers, the F1 score of sequences. Means over
/// labels or numbers leave out those that the graphs do not define; where they define none, the value is NaN.
///
/// Ownership: `name` is copied.
///
/// Fails: NOT_FOUND if there is no such metric; INVALID_ARGUMENT if the task of the model is not measured by it.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_metric(
    evaluation: *const DiffpoolEvaluation,
    name: *const c_char,
    value: *mut f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, name, value) =
            unsafe { (call.read(evaluation, "evaluation")?, text(name, "name")?, output(value, "value")?) };
        value.put(evaluation.metric(Metric::from_name(name)?)?.value.unwrap_or(f64::NAN));
        Ok(())
    })
}

/// Copies a metric of every target by itself, with NaN where the graphs do not define it: of every label, number or
/// word.
///
/// Ownership: `name` is copied.
///
/// Fails: as diffpool_evaluation_metric; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_metric_by_target(
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
        let metric = evaluation.metric(Metric::from_name(name)?)?;
        out.put(metric.by_target.iter().map(|value| value.unwrap_or(f64::NAN)))
    })
}

/// Copies the confusion matrix, a row a true class, a column a predicted one: `classes` times `classes` counts. It is
/// empty unless a graph is of one of several classes.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_confusion(
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
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_predictions(
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
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_logits(
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
///
/// Threads: any; `evaluation` is const.
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
    all.insert("loss".to_string(), json!(evaluation.loss));
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
