//! Sessions: predicting one graph at a time.
//!
//! A session holds the scratch memory of one thread. Make one a thread from the same model; once a session has seen a
//! graph of the largest size, predicting allocates nothing and waits for nothing. After a prediction its results are
//! read with the functions below, until the next one. The same graph and model give the same bits in every session.
//!
//! ```c
//! size_t best;
//! float probability;
//! check(diffpool_session_predict(session, graph, NULL, &error));
//! check(diffpool_session_copy_top(session, &best, &probability, 1, &error));
//! printf("%s, with a probability of %.2f\n", diffpool_model_class_name(model, best), probability);
//! ```

use std::ptr::null_mut;
use std::sync::Arc;

use super::arguments::{buffer, output};
use super::control::DiffpoolControl;
use super::dataset::{DiffpoolDataset, check_graph};
use super::error::DiffpoolError;
use super::graph::DiffpoolGraph;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::model::DiffpoolModel;
use super::status::DiffpoolStatus;
use super::top;
use crate::control::Control;
use crate::error::Result;
use crate::graph::GraphArrays;
use crate::model::Session;

/// The scratch memory and the results of predictions by one thread.
pub struct DiffpoolSession {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolSession {
    type Value = Session;
}

/// Makes a session.
///
/// Ownership: the model is shared: it may be freed, but cannot be changed until the session is freed. `*out` is owned
/// by the caller, free with diffpool_session_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_new(
    model: *const DiffpoolModel,
    out: *mut *mut DiffpoolSession,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        out.put_handle(Session::new(Arc::clone(&model.model))?)
    })
}

/// Frees a session. NULL is harmless.
///
/// Ownership: `session` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_free(session: *mut DiffpoolSession) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(session) };
}

/// Predicts a graph. Features, categories and labels that the model does not use are not looked at. Edge labels may
/// always be given: to a model without relations they only tell edges apart that join the same nodes, whose weights add
/// up.
///
/// Ownership: the graph is copied.
///
/// Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value or both sizes, if the graph breaks a rule, is not of
/// the width that the model needs, or has a category without a row in the model's tables; UNSUPPORTED if the features
/// `laplacian` and `random_walk` of the model take too many operations for it; CANCELLED, TIMEOUT and LIMIT by
/// `control`. The session then has no results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_predict(
    session: *mut DiffpoolSession,
    graph: *const DiffpoolGraph,
    control: *const DiffpoolControl,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, graph, control) = unsafe {
            (call.change(session, "session")?, call.read(graph, "graph")?, call.optional(control, "control")?)
        };
        let rules = session.model().schema().rules();
        match within(control, graph).and_then(|()| graph.input(rules)) {
            Ok(input) => session.predict_under(control, &input),
            Err(error) => {
                session.forget();
                Err(error)
            }
        }
    })
}

/// Predicts graph `index` of a data set.
///
/// Fails: NOT_FOUND if there is no such graph; SHAPE_MISMATCH or INVALID_GRAPH if it lacks features, categories or
/// labels that the model reads; others may be there; UNSUPPORTED as diffpool_session_predict; CANCELLED, TIMEOUT and
/// LIMIT by `control`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_predict_from(
    session: *mut DiffpoolSession,
    dataset: *const DiffpoolDataset,
    index: usize,
    control: *const DiffpoolControl,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, dataset, control) = unsafe {
            (call.change(session, "session")?, call.read(dataset, "dataset")?, call.optional(control, "control")?)
        };
        check_graph(&dataset.data, index)?;
        session.predict_graph_under(control, dataset.data.graph(index))
    })
}

/// Makes room for graphs of up to so many nodes and edges, so that predicting them asks for no memory. Edges count as
/// they are given.
///
/// Fails: OUT_OF_MEMORY, and what was reserved before stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_reserve(
    session: *mut DiffpoolSession,
    nodes: usize,
    edges: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(session, "session")? }.reserve(nodes, edges)
    })
}

/// The number of bytes that the session holds, without those of the model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_memory(session: *const DiffpoolSession) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(session, 0, Session::memory) }
}

/// Gives the memory of the session back, and its results. The next prediction asks for what it needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_shrink(
    session: *mut DiffpoolSession,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(session, "session")? }.shrink()
    })
}

/// The predicted class: the one of the largest logit; of the task "binary" 1 if its logit is positive, else 0.
///
/// Fails: INVALID_STATE before a prediction; UNSUPPORTED if the task of the model is another, see
/// diffpool_session_copy_predictions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_class(
    session: *const DiffpoolSession,
    class_index: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, class_index) = unsafe { (call.read(session, "session")?, output(class_index, "class_index")?) };
        class_index.put(session.class()?);
        Ok(())
    })
}

/// Copies the prediction of every target: its class or word; for the tasks "binary" and "multilabel" 1 if its logit is
/// positive, else 0. A sequence ends before the first word that is the last of the vocabulary.
///
/// Fails: INVALID_STATE before a prediction; UNSUPPORTED for a regression, whose predictions are the logits;
/// BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_predictions(
    session: *const DiffpoolSession,
    predictions: *mut usize,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (predictions, capacity, needed, "predictions");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(session, place, error, Session::predictions) }
}

/// Copies the logits, as many as diffpool_model_output_count tells: one a class, label, number or word. Those of a
/// regression are the numbers that it predicts.
///
/// Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_logits(
    session: *const DiffpoolSession,
    logits: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(session, (logits, capacity, needed, "logits"), error, Session::logits) }
}

/// Copies the probabilities, one a logit: the softmax of the logits of each target, or of a label that it is 1: the
/// sigmoid of its logit.
///
/// Fails: INVALID_STATE before a prediction; UNSUPPORTED for a regression; BUFFER_TOO_SMALL, and then only `*needed` is
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_probabilities(
    session: *const DiffpoolSession,
    probabilities: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (probabilities, capacity, needed, "probabilities");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(session, place, error, Session::probabilities) }
}

/// Copies the most probable classes and their probabilities, `k` of them, the most probable first. Either array may be
/// NULL.
///
/// Fails: INVALID_STATE before a prediction; UNSUPPORTED if the task of the model is not "multiclass"; INVALID_ARGUMENT
/// if `k` is 0 or more than there are classes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_top(
    session: *const DiffpoolSession,
    classes: *mut usize,
    probabilities: *mut f32,
    k: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let session = unsafe { call.read(session, "session")? };
        let all = top::check(session.model(), k)?;
        // SAFETY: as above.
        let (classes, probabilities) = unsafe {
            (
                buffer(classes, if classes.is_null() { 0 } else { all }, null_mut(), "classes")?,
                buffer(probabilities, if probabilities.is_null() { 0 } else { all }, null_mut(), "probabilities")?,
            )
        };
        let top = top::of(session.probabilities()?, session.model().width(), k)?;
        classes.put(top.iter().map(|&(class, _)| class))?;
        probabilities.put(top.iter().map(|&(_, probability)| probability))
    })
}

/// Copies the embedding of the graph: the readouts that the head of the model sees.
///
/// Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_embedding(
    session: *const DiffpoolSession,
    embedding: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (embedding, capacity, needed, "embedding");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(session, place, error, Session::embedding) }
}

/// Copies how much each node of the graph adds to a logit: its features times the gradient of the logit with respect to
/// them, summed over the features. A positive number speaks for the logit, a negative one against it.
///
/// The gradient is that of the prediction, through all levels. Features are those that the network sees: standardised
/// attributes, and in place of categories the rows of their tables. A learned assignment moves with them; one that is
/// random, a clustering or hard is taken as a constant. `logit` counts as diffpool_session_copy_logits does: for the
/// task "multiclass" it is the class.
///
/// `*needed` is the number of nodes. The first call makes memory that the session keeps, and later ones allocate
/// nothing once a graph of the largest size has been seen. The results of the prediction stay.
///
/// Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such logit; BUFFER_TOO_SMALL, and then only
/// `*needed` is written; INVALID_GRAPH if a result would not be a finite number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_node_importance(
    session: *mut DiffpoolSession,
    logit: usize,
    importance: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, out) =
            unsafe { (call.change(session, "session")?, buffer(importance, capacity, needed, "importance")?) };
        let nodes = session.nodes()?;
        session.model().check_logit(logit)?;
        out.check(nodes)?;
        if out.is_query() {
            return Ok(());
        }
        out.put(session.explain(logit)?.importance().iter().copied())
    })
}

/// Whether a graph is within the limits of a control, before anything else is said of it.
pub(super) fn within(control: Option<&Control>, graph: &GraphArrays) -> Result<()> {
    control.map_or(Ok(()), |control| control.check_graph(graph.nodes(), graph.from().len(), 0))
}

/// Copies one array. The place is an array, its capacity, where to tell the needed length, and its name.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn copy<T: Copy>(
    session: *const DiffpoolSession,
    (values, capacity, needed, name): (*mut T, usize, *mut usize, &str),
    error: *mut *mut DiffpoolError,
    find: impl FnOnce(&Session) -> Result<&[T]>,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (session, out) = unsafe { (call.read(session, "session")?, buffer(values, capacity, needed, name)?) };
        out.put(find(session)?.iter().copied())
    })
}
