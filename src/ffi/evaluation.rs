//! Evaluation: how well a model does on graphs whose classes are known.

use std::ffi::c_char;

use serde_json::json;

use super::arguments::{buffer, output};
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::{Opaque, free, guard};
use super::indices::{given_or_rest, index_list};
use super::model::DiffpoolModel;
use super::status::DiffpoolStatus;
use crate::error::error;
use crate::train::{Evaluation, evaluate};

/// The outcome of an evaluation.
pub struct DiffpoolEvaluation {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolEvaluation {
    type Value = Evaluation;
}

/// Classifies graphs and compares with their classes.
///
/// `indices` is an array of `length` indices of the graphs; NULL and 0 stand for all of them. `threads` is how many
/// threads to use, 0 for one a core; the outcome does not depend on it.
///
/// Ownership: all arguments are copied; `*out` is owned by the caller, free with diffpool_evaluation_free.
///
/// Fails: NOT_FOUND if an index names no graph; SHAPE_MISMATCH or INVALID_GRAPH if the graphs lack features or labels
/// that the model reads (others may be there), or a logit is not finite; INVALID_ARGUMENT if there are no graphs.
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
        let (model, dataset, indices, out) = unsafe {
            (
                call.read(model, "model")?,
                call.read(dataset, "dataset")?,
                index_list(indices, length, "indices")?,
                output(out, "out")?,
            )
        };
        let indices = given_or_rest(&dataset.data, indices, &[])?;
        out.put_handle(evaluate(model, &dataset.data, &indices, threads)?)
    })
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

/// The loss: the parts that training minimises, with their weights.
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

/// The share of the graphs that is classified rightly.
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

/// The mean over the classes that occur of the F1 score, the harmonic mean of precision and recall.
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
        macro_f1.put(evaluation.macro_f1);
        Ok(())
    })
}

/// The area under the ROC curve: how likely a graph of class 1 is given a higher probability of it than one of class 0.
///
/// Fails: INVALID_STATE unless the model has two classes and the graphs are of both.
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
        let classes = evaluation.classes;
        roc_auc.put(evaluation.roc_auc.ok_or_else(|| {
            error!(InvalidState, "there is no ROC curve: the model has {classes} classes, and graphs of two are needed")
        })?);
        Ok(())
    })
}

/// Copies the confusion matrix, a row a true class, a column a predicted one: `classes` times `classes` counts.
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

/// Copies the predicted class of every graph, in the order of the indices.
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

/// Copies the logits: a row a graph, in the order of the indices, a column a class.
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

/// The numbers of the evaluation and its confusion matrix as a JSON object.
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
        let rows: Vec<&[u64]> = evaluation.confusion.chunks(evaluation.classes.max(1)).collect();
        json.put_string(&format!(
            "{:#}",
            json!({
                "graphs": evaluation.predictions.len(),
                "loss": evaluation.loss,
                "accuracy": evaluation.accuracy,
                "macro_f1": evaluation.macro_f1,
                "roc_auc": evaluation.roc_auc,
                "confusion": rows,
                "clusters": evaluation.clusters,
            })
        ))
    })
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
