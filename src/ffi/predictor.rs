//! Predictors: many graphs in one call, on many threads; and evaluations of graphs whose targets are known.
//!
//! A predictor has threads and memory that stay warm between calls; between calls the threads sleep. After a prediction
//! its results are read with the functions below, until the next one. They have the same bits as those of a session,
//! however many threads there are. A graph that is refused, such as one with too many features, does not keep the
//! others from being predicted: it has a status and a message of its own, NaN for every number, and SIZE_MAX for every
//! class.
//!
//! ```c
//! const size_t some[3] = {4, 8, 15};
//! size_t classes[3];
//! check(diffpool_predictor_predict_dataset(predictor, dataset, some, 3, NULL, &error));
//! check(diffpool_predictor_copy_predictions(predictor, classes, 3, NULL, &error));
//! for (size_t i = 0; i < 3; i++)
//!     if (diffpool_predictor_status(predictor, i) == DIFFPOOL_STATUS_OK)
//!         printf("graph %u: %s\n", (unsigned)some[i], diffpool_model_class_name(model, classes[i]));
//!     else
//!         fprintf(stderr, "graph %u: %s\n", (unsigned)some[i], diffpool_predictor_message(predictor, i));
//! ```

use std::ffi::{CString, c_char};
use std::ptr::null_mut;
use std::sync::Arc;

use super::arguments::{buffer, output, slice};
use super::control::DiffpoolControl;
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::evaluation::DiffpoolEvaluation;
use super::graph::DiffpoolGraph;
use super::guard::{Call, guard};
use super::handle::{Opaque, free, look};
use super::indices::read_graphs;
use super::memory::c_strings;
use super::model::{DiffpoolModel, ModelValue};
use super::session::within;
use super::status::DiffpoolStatus;
use super::top;
use crate::control;
use crate::error::{Result, bail};
use crate::graph::{BatchParts, GraphArrays};
use crate::model::Model;
use crate::train::{Graphs, Predictor};

/// The threads and the memory of predictions with one model, and the results of the last.
pub struct DiffpoolPredictor {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolPredictor {
    type Value = PredictorValue;
}

/// What a predictor handle holds.
pub(super) struct PredictorValue {
    predictor: Predictor<Arc<Model<f32>>, f32>,
    /// Why graphs were refused, empty for the others.
    messages: Vec<CString>,
}

impl PredictorValue {
    fn predict(&mut self, graphs: Graphs<'_>, control: Option<&control::Control>) -> Result<()> {
        self.messages.clear();
        let predictions = self.predictor.predict(graphs, control)?;
        let failures = predictions.failures.iter();
        self.messages = c_strings(failures.map(|failure| failure.as_ref().map_or("", |failure| failure.message())))?;
        Ok(())
    }
}

/// The values of handles that the call only reads.
///
/// # Safety
///
/// As for [`Call::read`].
unsafe fn read_all<'a>(call: &mut Call, graphs: &[*const DiffpoolGraph]) -> Result<Vec<&'a GraphArrays>> {
    let mut values = Vec::new();
    values.try_reserve_exact(graphs.len())?;
    for (at, &graph) in graphs.iter().enumerate() {
        if graph.is_null() {
            bail!(NullPointer, "graphs[{at}] is NULL");
        }
        // SAFETY: the caller promises it.
        values.push(unsafe { call.read(graph, "a graph")? });
    }
    Ok(values)
}

/// Makes a predictor. `threads` is how many threads to use, at most 1024, 0 for one a core.
///
/// Ownership: the model is shared: it may be freed, but cannot be changed until the predictor is freed. `*out` is owned
/// by the caller, free with diffpool_predictor_free.
///
/// Fails: INVALID_ARGUMENT if there are too many threads; OUT_OF_MEMORY also if they cannot be started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_new(
    model: *const DiffpoolModel,
    threads: usize,
    out: *mut *mut DiffpoolPredictor,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        let predictor = Predictor::new(Arc::clone(&model.model), threads)?;
        out.put_handle(PredictorValue { predictor, messages: Vec::new() })
    })
}

/// Frees a predictor and ends its threads. NULL is harmless.
///
/// Ownership: `predictor` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_free(predictor: *mut DiffpoolPredictor) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(predictor) };
}

/// Predicts graphs, `count` of them.
///
/// Ownership: the graphs are copied.
///
/// Fails: CANCELLED and TIMEOUT by `control`; there are then no results. A graph that is refused is told by
/// diffpool_predictor_status and not here; LIMIT is such a refusal, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_predict(
    predictor: *mut DiffpoolPredictor,
    graphs: *const *const DiffpoolGraph,
    count: usize,
    control: *const DiffpoolControl,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, graphs, control) = unsafe {
            (call.change(predictor, "predictor")?, slice(graphs, count, "graphs")?, call.optional(control, "control")?)
        };
        // SAFETY: as above.
        let graphs = unsafe { read_all(call, graphs)? };
        let rules = predictor.predictor.model().schema().rules();
        let input = |i: usize| within(control, graphs[i]).and_then(|()| graphs[i].input(rules));
        predictor.predict(Graphs::Inputs { count, input: &input }, control)
    })
}

/// Predicts many graphs that are given as one, in the layout of diffpool_dataset_add_batch.
///
/// Ownership: the graphs are copied.
///
/// Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value, if the batch is not laid out so; CANCELLED and
/// TIMEOUT by `control`; there are then no results. A graph that is refused is told by diffpool_predictor_status and
/// not here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_predict_batch(
    predictor: *mut DiffpoolPredictor,
    batch: *const DiffpoolGraph,
    node_offsets: *const i64,
    offsets: usize,
    control: *const DiffpoolControl,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, batch, offsets, control) = unsafe {
            (
                call.change(predictor, "predictor")?,
                call.read(batch, "batch")?,
                slice(node_offsets, offsets, "node_offsets")?,
                call.optional(control, "control")?,
            )
        };
        let (parts, rules) = (BatchParts::new(batch, offsets)?, predictor.predictor.model().schema().rules());
        let input = |i: usize| parts.input(i, rules);
        predictor.predict(Graphs::Inputs { count: parts.len(), input: &input }, control)
    })
}

/// Predicts graphs of a data set, whose targets are not looked at. `indices` is an array of `length` indices; NULL and
/// DIFFPOOL_ALL stand for all graphs.
///
/// Ownership: `indices` is copied.
///
/// Fails: NOT_FOUND if an index names no graph; else as diffpool_predictor_predict.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_predict_dataset(
    predictor: *mut DiffpoolPredictor,
    dataset: *const DiffpoolDataset,
    indices: *const usize,
    length: usize,
    control: *const DiffpoolControl,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, dataset, control) = unsafe {
            (call.change(predictor, "predictor")?, call.read(dataset, "dataset")?, call.optional(control, "control")?)
        };
        // SAFETY: as above.
        let indices = unsafe { read_graphs(dataset, (indices, length, "indices"))? };
        predictor.predict(Graphs::Of(&dataset.data, &indices), control)
    })
}

/// The number of graphs that were predicted last, those that were refused included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_graph_count(predictor: *const DiffpoolPredictor) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(predictor, 0, |predictor| predictor.predictor.predictions().len()) }
}

/// What became of graph `index`: OK, or why it was refused. NOT_FOUND if there is no such graph.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_status(
    predictor: *const DiffpoolPredictor,
    index: usize,
) -> DiffpoolStatus {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe {
        look(predictor, DiffpoolStatus::NotFound, |predictor| {
            let failure = predictor.predictor.predictions().failures.get(index);
            failure.map_or(DiffpoolStatus::NotFound, |failure| {
                failure.as_ref().map_or(DiffpoolStatus::Ok, |failure| failure.kind().into())
            })
        })
    }
}

/// Why graph `index` was refused, in words; empty if it was not, or there is no such graph.
///
/// Ownership: the string is borrowed until the predictor predicts again or is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_message(
    predictor: *const DiffpoolPredictor,
    index: usize,
) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe {
        look(predictor, c"".as_ptr(), |predictor| {
            predictor.messages.get(index).map_or(c"".as_ptr(), |message| message.as_ptr())
        })
    }
}

/// Copies the logits: a row of diffpool_model_output_count a graph.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_copy_logits(
    predictor: *const DiffpoolPredictor,
    logits: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, out) =
            unsafe { (call.read(predictor, "predictor")?, buffer(logits, capacity, needed, "logits")?) };
        out.put(predictor.predictor.predictions().logits.iter().copied())
    })
}

/// Copies the probabilities: a row of diffpool_model_output_count a graph; none of a regression.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_copy_probabilities(
    predictor: *const DiffpoolPredictor,
    probabilities: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, out) =
            unsafe { (call.read(predictor, "predictor")?, buffer(probabilities, capacity, needed, "probabilities")?) };
        out.put(predictor.predictor.predictions().probabilities.iter().copied())
    })
}

/// Copies the prediction of every target, a row of diffpool_model_target_count a graph; none of a regression. What they
/// mean is as for diffpool_session_copy_predictions.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_copy_predictions(
    predictor: *const DiffpoolPredictor,
    predictions: *mut usize,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, out) =
            unsafe { (call.read(predictor, "predictor")?, buffer(predictions, capacity, needed, "predictions")?) };
        out.put(predictor.predictor.predictions().predictions.iter().copied())
    })
}

/// Copies the embeddings: a row of diffpool_model_embedding_width a graph.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_copy_embeddings(
    predictor: *const DiffpoolPredictor,
    embeddings: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, out) =
            unsafe { (call.read(predictor, "predictor")?, buffer(embeddings, capacity, needed, "embeddings")?) };
        out.put(predictor.predictor.predictions().embeddings.iter().copied())
    })
}

/// Copies the most probable classes of every graph and their probabilities, `k` a graph, the most probable first: a row
/// of `k` a graph in both arrays, which have room for as many rows as graphs were predicted. Either may be NULL.
///
/// Fails: UNSUPPORTED if the task of the model is not "multiclass"; INVALID_ARGUMENT if `k` is 0 or more than there are
/// classes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_copy_top(
    predictor: *const DiffpoolPredictor,
    classes: *mut usize,
    probabilities: *mut f32,
    k: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let predictor = unsafe { call.read(predictor, "predictor")? };
        let (model, found) = (predictor.predictor.model(), predictor.predictor.predictions());
        let all = top::check(model, k)?.saturating_mul(found.len());
        // SAFETY: as above.
        let (classes, probabilities) = unsafe {
            (
                buffer(classes, if classes.is_null() { 0 } else { all }, null_mut(), "classes")?,
                buffer(probabilities, if probabilities.is_null() { 0 } else { all }, null_mut(), "probabilities")?,
            )
        };
        let top = top::of(&found.probabilities, model.width(), k)?;
        classes.put(top.iter().map(|&(class, _)| class))?;
        probabilities.put(top.iter().map(|&(_, probability)| probability))
    })
}

/// Predicts graphs of a data set and compares with their targets. `indices` is an array of `length` indices; NULL and
/// DIFFPOOL_ALL stand for all graphs. The results of the last prediction stay.
///
/// Ownership: `indices` is copied; `*out` is owned by the caller, free with diffpool_evaluation_free, and does not need
/// the predictor any more.
///
/// Fails: NOT_FOUND if an index names no graph; SHAPE_MISMATCH or INVALID_GRAPH if the graphs lack features,
/// categories, labels or targets that the model needs (others may be there), or a logit is not finite; INVALID_ARGUMENT
/// if there are no graphs, the model does not have the class of one, or a label is neither 0, 1 nor missing; CANCELLED,
/// TIMEOUT and LIMIT, if any graph is too large, by `control`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_evaluate(
    predictor: *mut DiffpoolPredictor,
    dataset: *const DiffpoolDataset,
    indices: *const usize,
    length: usize,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolEvaluation,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, dataset, control, out) = unsafe {
            (
                call.change(predictor, "predictor")?,
                call.read(dataset, "dataset")?,
                call.optional(control, "control")?,
                output(out, "out")?,
            )
        };
        // SAFETY: as above.
        let indices = unsafe { read_graphs(dataset, (indices, length, "indices"))? };
        out.put_handle(predictor.predictor.evaluate(&dataset.data, &indices, control)?)
    })
}

/// Makes a model whose probabilities fit graphs that it was not trained on: a temperature that all logits are divided
/// by is fitted to their targets, and becomes part of the last layer. What is predicted stays. The model has the
/// metadata of the predictor's, and "diffpool.calibration_temperature". How well probabilities fit is the number
/// "calibration_error" of an evaluation. `indices` is an array of `length` indices; NULL and DIFFPOOL_ALL stand for
/// all.
///
/// Ownership: `indices` is copied; `*out` is owned by the caller, free with diffpool_model_free. The predictor keeps
/// its own model.
///
/// Fails: as diffpool_predictor_evaluate; UNSUPPORTED if the task of the model has no probabilities of classes or
/// labels.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_predictor_calibrate(
    predictor: *mut DiffpoolPredictor,
    dataset: *const DiffpoolDataset,
    indices: *const usize,
    length: usize,
    control: *const DiffpoolControl,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (predictor, dataset, control, out) = unsafe {
            (
                call.change(predictor, "predictor")?,
                call.read(dataset, "dataset")?,
                call.optional(control, "control")?,
                output(out, "out")?,
            )
        };
        // SAFETY: as above.
        let indices = unsafe { read_graphs(dataset, (indices, length, "indices"))? };
        out.put_handle(ModelValue::new(predictor.predictor.calibrate(&dataset.data, &indices, control)?.0)?)
    })
}
