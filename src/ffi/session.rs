//! Sessions: predicting one graph at a time.
//!
//! A session holds the scratch memory of one thread. Make one a thread from the same model; once a session has seen a
//! graph of the largest size, predicting allocates nothing and waits for nothing. After a prediction its results are
//! read with the functions below, until the next one. The same graph and model give the same bits in every session.

use std::ptr::null;
use std::sync::Arc;

use super::arguments::{buffer, output};
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::graph_input::{Edges, read_graph};
use super::guard::guard;
use super::handle::{Opaque, free};
use super::model::DiffpoolModel;
use super::status::DiffpoolStatus;
use crate::error::{Result, bail};
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
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_new(
    model: *const DiffpoolModel,
    out: *mut *mut DiffpoolSession,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        out.put_handle(Session::new(Arc::clone(model))?)
    })
}

/// Frees a session. NULL is harmless.
///
/// Ownership: `session` is gone after the call.
///
/// Threads: any, once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_free(session: *mut DiffpoolSession) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(session) };
}

/// Classifies a graph given as compressed rows.
///
/// The arrays are those of diffpool_dataset_add_csr, with as many features and categories a node as
/// diffpool_model_features and diffpool_model_categories tell. Features, categories and labels that the model does not
/// use are not looked at, and may be NULL. Edge labels may always be given: to a model without relations they only tell
/// edges apart that join the same nodes, whose weights add up, as those of a data set with edge labels do. Without
/// labels such edges are one edge given twice, which counts once.
///
/// Ownership: all arrays are copied.
///
/// Fails: INVALID_GRAPH or SHAPE_MISMATCH, naming index and value, if the graph breaks a rule or has a category without
/// a row in the model's tables. The session then has no results.
///
/// Threads: one at a time; `session` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_predict_csr(
    session: *mut DiffpoolSession,
    nodes: usize,
    entries: usize,
    indptr: *const i64,
    indices: *const i32,
    edge_weight: *const f32,
    edge_labels: *const i64,
    x: *const f32,
    categories: *const i32,
    node_labels: *const i64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe {
            let session = call.change(session, "session")?;
            let edges = Edges::Csr { entries, indptr, indices };
            let rules = session.model().schema().rules();
            let node_labels = if rules.node_labels { node_labels } else { null() };
            let input = read_graph(rules, nodes, edges, edge_weight, edge_labels, x, categories, node_labels)?;
            session.predict(&input)
        }
    })
}

/// Classifies a graph given as a list of edges.
///
/// The arrays are those of diffpool_dataset_add_edges. The rest is as for diffpool_session_predict_csr.
///
/// Ownership: all arrays are copied.
///
/// Fails: as diffpool_session_predict_csr.
///
/// Threads: one at a time; `session` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_predict_edges(
    session: *mut DiffpoolSession,
    nodes: usize,
    edges: usize,
    sources: *const i32,
    targets: *const i32,
    edge_weight: *const f32,
    edge_labels: *const i64,
    x: *const f32,
    categories: *const i32,
    node_labels: *const i64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe {
            let session = call.change(session, "session")?;
            let edges = Edges::List { edges, sources, targets };
            let rules = session.model().schema().rules();
            let node_labels = if rules.node_labels { node_labels } else { null() };
            let input = read_graph(rules, nodes, edges, edge_weight, edge_labels, x, categories, node_labels)?;
            session.predict(&input)
        }
    })
}

/// Classifies graph `index` of a data set.
///
/// Fails: NOT_FOUND if there is no such graph; SHAPE_MISMATCH or INVALID_GRAPH if it lacks features,
/// categories or labels that the model reads; others may be there.
///
/// Threads: one at a time; `session` is changed, `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_predict_graph(
    session: *mut DiffpoolSession,
    dataset: *const DiffpoolDataset,
    index: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, dataset) = unsafe { (call.change(session, "session")?, call.read(dataset, "dataset")?) };
        if index >= dataset.data.len() {
            bail!(NotFound, "there is no graph {index}: the data set has {} graphs", dataset.data.len());
        }
        session.predict_graph(dataset.data.graph(index))
    })
}

/// The predicted class: the one of the largest logit; of the task "binary" 1 if its logit is positive, else 0.
///
/// Fails: INVALID_STATE before a prediction; UNSUPPORTED if the task of the model is another, see
/// diffpool_session_predictions.
///
/// Threads: any; `session` is const.
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
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_predictions(
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

/// Copies the logits, as many as diffpool_model_outputs tells: one a class, label, number or word. Those of a
/// regression are the numbers that it predicts.
///
/// Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_logits(
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
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_probabilities(
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

/// Copies the embedding of the graph: the readouts that the head of the model sees.
///
/// Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_embedding(
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
/// random, a clustering or hard is taken as a constant. `logit` counts as diffpool_session_logits does: for the task
/// "multiclass" it is the class.
///
/// `*needed` is the number of nodes. The first call makes memory that the session keeps, and later ones allocate
/// nothing once a graph of the largest size has been seen. The results of the prediction stay.
///
/// Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such logit; BUFFER_TOO_SMALL, and then only
/// `*needed` is written; INVALID_GRAPH if a result would not be a finite number.
///
/// Threads: one at a time; `session` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_node_importance(
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
