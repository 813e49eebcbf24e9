//! Models: made, saved, loaded, described.
//!
//! A model knows all that a prediction needs: its configuration, which features it computes from a graph, its weights,
//! the number of targets and the names of the classes. A model file is in the safetensors format, so other programs can
//! read its tensors.
//!
//! ```c
//! diffpool_model *other;
//! check(diffpool_model_save(model, "model.safetensors", &error));
//! check(diffpool_model_load("model.safetensors", &other, &error));
//! for (size_t i = 0; i < diffpool_model_class_count(other); i++)
//!     printf("class %u is %s\n", (unsigned)i, diffpool_model_class_name(other, i));
//! diffpool_model_free(other);
//! ```

use std::ffi::{CString, c_char, c_int};
use std::path::Path;
use std::ptr::null;
use std::sync::Arc;

use super::arguments::{buffer, output, slice, text};
use super::config::DiffpoolConfig;
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::graph::DiffpoolGraph;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::indices::Parts;
use super::memory::{c_strings, new_bytes};
use super::split::DiffpoolSplit;
use super::status::DiffpoolStatus;
use crate::checkpoint::model_file;
use crate::config::Config;
use crate::error::{Error, Result, error};
use crate::graph::GraphBuilder;
use crate::model::{Model, input_rules};

/// A DiffPool graph classifier.
pub struct DiffpoolModel {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolModel {
    type Value = ModelValue;
}

/// What a model handle holds. Sessions and predictors share the model, and as long as they do it cannot be changed.
pub(super) struct ModelValue {
    pub(super) model: Arc<Model<f32>>,
    task: CString,
    metric: CString,
    class_names: Vec<CString>,
    /// The names of the tensors.
    pub(super) tensors: Vec<CString>,
}

impl ModelValue {
    pub(super) fn new(model: Model<f32>) -> Result<Self> {
        let config = model.config();
        let mut words = c_strings([config.task.name(), config.recorded_metric().name()])?;
        let (Some(metric), Some(task)) = (words.pop(), words.pop()) else { return Err(Error::out_of_memory()) };
        let class_names = c_strings(model.class_names().iter().map(String::as_str))?;
        let tensors = model.tensors();
        let tensors = c_strings(tensors.iter().map(|tensor| tensor.name.as_str()))?;
        Ok(Self { model: Arc::new(model), task, metric, class_names, tensors })
    }

    /// The model to be changed, which nobody may share.
    pub(super) fn change(&mut self) -> Result<&mut Model<f32>> {
        let in_use = || error!(InvalidState, "the model is in use by a session or a predictor and cannot be changed");
        Arc::get_mut(&mut self.model).ok_or_else(in_use)
    }
}

/// Makes a model with fresh weights, drawn from the seed of the configuration.
///
/// What depends on data, such as the number of clusters or the deviation of an attribute, is taken from the graphs to
/// train on of `split`, which are all graphs if it is NULL. To train the model see diffpool_trainer_from_model;
/// diffpool_trainer_new makes its own.
///
/// Ownership: all arguments are copied; `*out` is owned by the caller, free with diffpool_model_free.
///
/// Fails: INVALID_CONFIG if the configuration does not fit together or does not suit the data; NOT_FOUND if an index
/// names no graph; INVALID_ARGUMENT if there are no graphs; INVALID_GRAPH if a category cannot have a row in a table.
/// Data that lacks the targets of the task, or has fewer than two classes, does not suit it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_new(
    config: *const DiffpoolConfig,
    dataset: *const DiffpoolDataset,
    split: *const DiffpoolSplit,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, dataset, split, out) = unsafe {
            (
                call.read(config, "config")?,
                call.read(dataset, "dataset")?,
                call.optional(split, "split")?,
                output(out, "out")?,
            )
        };
        let parts = Parts::of(dataset, split)?;
        out.put_handle(ModelValue::new(Model::new(&config.check()?, &dataset.data, &parts.train)?)?)
    })
}

/// Loads a model from a file.
///
/// Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_model_free.
///
/// Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no model; UNSUPPORTED_VERSION if a newer
/// library wrote it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_load(
    path: *const c_char,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, out) = unsafe { (text(path, "path")?, output(out, "out")?) };
        out.put_handle(ModelValue::new(model_file::load(Path::new(path))?)?)
    })
}

/// Saves a model to a file. A file that is there is replaced in one step: whatever happens, it is the old one or the
/// new one.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_save(
    model: *const DiffpoolModel,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, path) = unsafe { (call.read(model, "model")?, text(path, "path")?) };
        model_file::save(&model.model, Path::new(path))
    })
}

/// Loads a model from the bytes of a model file.
///
/// Ownership: `bytes`, an array of `length`, is copied; `*out` is owned by the caller, free with diffpool_model_free.
///
/// Fails: INVALID_FILE if the bytes are damaged or no model; UNSUPPORTED_VERSION if a newer library wrote them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_from_bytes(
    bytes: *const u8,
    length: usize,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (bytes, out) = unsafe { (slice(bytes, length, "bytes")?, output(out, "out")?) };
        out.put_handle(ModelValue::new(model_file::from_bytes(bytes)?)?)
    })
}

/// Writes the bytes of a model file to memory.
///
/// Ownership: `*bytes`, an array of `*length`, is owned by the caller, free with diffpool_bytes_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_to_bytes(
    model: *const DiffpoolModel,
    bytes: *mut *mut u8,
    length: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, bytes, length) =
            unsafe { (call.read(model, "model")?, output(bytes, "bytes")?, output(length, "length")?) };
        let file = model_file::to_bytes(&model.model)?;
        bytes.put(new_bytes(&file)?);
        length.put(file.len());
        Ok(())
    })
}

/// Makes a second model with the same weights, which can be changed without changing the first.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_model_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_clone(
    model: *const DiffpoolModel,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        out.put_handle(ModelValue::new(model.model.try_clone()?)?)
    })
}

/// Frees a model. NULL is harmless.
///
/// Ownership: `model` is gone after the call; sessions made with it live on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_free(model: *mut DiffpoolModel) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(model) };
}

/// Describes the model in a few lines for people: levels, layers, sizes, number of parameters.
///
/// Ownership: `*text` is owned by the caller, free with diffpool_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_summary_text(
    model: *const DiffpoolModel,
    text: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, text) = unsafe { (call.read(model, "model")?, output(text, "text")?) };
        text.put_string(&model.model.summary())
    })
}

/// Describes the model as a JSON object for programs.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_summary_json(
    model: *const DiffpoolModel,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, json) = unsafe { (call.read(model, "model")?, output(json, "json")?) };
        json.put_string(&model.model.summary_json())
    })
}

/// Makes a configuration that says what the model looks like and how it was trained. Shares of nodes have become
/// numbers of clusters.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_config_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_config(
    model: *const DiffpoolModel,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        out.put_handle(Config::clone(model.model.config()))
    })
}

/// What the model predicts, the key "task" of its configuration: "multiclass", "binary", "multilabel", "regression" or
/// "sequence". NULL for NULL.
///
/// Ownership: the string is borrowed until the model is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_task(model: *const DiffpoolModel) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, null(), |model| model.task.as_ptr()) }
}

/// The name of the metric that the history of its training records. NULL for NULL.
///
/// Ownership: the string is borrowed until the model is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_metric(model: *const DiffpoolModel) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, null(), |model| model.metric.as_ptr()) }
}

/// The number of classes that a target is one of: those of "multiclass", 2 for "binary", the words of the vocabulary
/// for "sequence"; 0 for "multilabel" and "regression". How many logits a prediction has is
/// diffpool_model_output_count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_class_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.classes()) }
}

/// The name of class number `class_index`, from 0; NULL if there is no such class.
///
/// Ownership: the string is borrowed until the model is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_class_name(model: *const DiffpoolModel, class_index: usize) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, null(), |model| model.class_names.get(class_index).map_or(null(), |name| name.as_ptr())) }
}

/// The number of targets of a graph: 1 for "multiclass" and "binary", labels for "multilabel", numbers for
/// "regression", words that are predicted for "sequence".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_target_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.targets()) }
}

/// The number of logits of a graph: one a class for "multiclass", one for "binary", one a target for "multilabel" and
/// "regression", and for "sequence" one a word of the vocabulary for every word that is predicted, word after word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_output_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.width()) }
}

/// The number of columns of the embedding of a graph.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_embedding_width(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.network().embedding_width()) }
}

/// The number of pooling levels, 0 for a flat model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_level_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.pooling_levels()) }
}

/// The number of trained parameters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_parameter_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.parameter_count()) }
}

/// Whether the model is for graphs whose edges keep their direction, 1, or not, 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_is_directed(model: *const DiffpoolModel) -> c_int {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.schema().rules().directed.into()) }
}

/// The number of features that every node of a graph must come with, the columns of its `x`: that of the data set that
/// the model was made for, or 0 if the model does not use them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_feature_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.schema().rules().features) }
}

/// The number of categories that every node of a graph must come with: that of the data set that the model was made
/// for, or 0 if the model does not use them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_category_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.schema().rules().categories) }
}

/// Whether every node of a graph must come with a label, 1, or the model does not use labels, 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_uses_node_labels(model: *const DiffpoolModel) -> c_int {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.schema().rules().node_labels.into()) }
}

/// The number of relations: edge labels that the model tells apart, or 1 if it takes all edges for one kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_relation_count(model: *const DiffpoolModel) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(model, 0, |model| model.model.schema().relations()) }
}

/// Copies the edge labels that are a relation of the model each, in ascending order; none where it takes all edges for
/// one kind. Every edge of a graph must come with one of them.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_copy_relations(
    model: *const DiffpoolModel,
    edge_labels: *mut i64,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) =
            unsafe { (call.read(model, "model")?, buffer(edge_labels, capacity, needed, "edge_labels")?) };
        out.put(model.model.schema().edge_labels().iter().copied())
    })
}

/// Whether the model would take a graph: what a prediction checks of it, and nothing more. Features, categories and
/// labels that the model does not use are not looked at.
///
/// Fails: SHAPE_MISMATCH or INVALID_GRAPH, which name what is wrong, as the prediction would.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_check(
    model: *const DiffpoolModel,
    graph: *const DiffpoolGraph,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, graph) = unsafe { (call.read(model, "model")?, call.read(graph, "graph")?) };
        let schema = model.model.schema();
        let input = graph.input(schema.rules())?;
        let mut builder = GraphBuilder::new();
        schema.check(&builder.build(&input, input_rules(schema.rules(), &input))?)
    })
}
