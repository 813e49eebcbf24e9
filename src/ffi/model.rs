//! Models: made, saved, loaded, described.
//!
//! A model knows all that a prediction needs: its configuration, which features it computes from a graph, its weights,
//! the number of targets and the names of the classes. A model file is in the safetensors format, so other programs can
//! read its tensors.

use std::ffi::{c_char, c_int};
use std::path::Path;
use std::sync::Arc;

use super::arguments::{buffer, output, slice, text};
use super::config::DiffpoolConfig;
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free};
use super::indices::read_graphs;
use super::memory::new_bytes;
use super::status::DiffpoolStatus;
use crate::checkpoint::model_file;
use crate::error::error;
use crate::model::Model;

/// A DiffPool graph classifier.
pub struct DiffpoolModel {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolModel {
    type Value = Arc<Model<f32>>;
}

/// Makes a model with fresh weights, drawn from the seed of the configuration.
///
/// What depends on data, such as the number of clusters or the deviation of an attribute, is taken from the graphs
/// `train`, an array of `train_length` indices; NULL and DIFFPOOL_ALL stand for all graphs. To train the model see
/// diffpool_trainer_from_model; diffpool_trainer_new makes its own.
///
/// Ownership: all arguments are copied; `*out` is owned by the caller, free with diffpool_model_free.
///
/// Fails: INVALID_CONFIG if the configuration does not fit together or does not suit the data; NOT_FOUND if an index
/// names no graph; INVALID_ARGUMENT if there are no graphs; INVALID_GRAPH if a category cannot have a row in a table.
/// Data that lacks the targets of the task, or has fewer than two classes, does not suit it.
///
/// Threads: any; `config` and `dataset` are const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_new(
    config: *const DiffpoolConfig,
    dataset: *const DiffpoolDataset,
    train: *const usize,
    train_length: usize,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, dataset, out) =
            unsafe { (call.read(config, "config")?, call.read(dataset, "dataset")?, output(out, "out")?) };
        // SAFETY: as above.
        let train = unsafe { read_graphs(dataset, (train, train_length, "train"))? };
        out.put_handle(Arc::new(Model::new(&config.check()?, &dataset.data, &train)?))
    })
}

/// Loads a model from a file.
///
/// Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_model_free.
///
/// Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no model; UNSUPPORTED_VERSION if a newer
/// library wrote it.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_load(
    path: *const c_char,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (path, out) = unsafe { (text(path, "path")?, output(out, "out")?) };
        out.put_handle(Arc::new(model_file::load(Path::new(path))?))
    })
}

/// Saves a model to a file. A file that is there is replaced in one step: whatever happens, it is the old one or the
/// new one.
///
/// Ownership: `path` is copied.
///
/// Fails: IO if the file cannot be written.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_save(
    model: *const DiffpoolModel,
    path: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, path) = unsafe { (call.read(model, "model")?, text(path, "path")?) };
        model_file::save(model, Path::new(path))
    })
}

/// Loads a model from the bytes of a model file.
///
/// Ownership: `bytes`, an array of `length`, is copied; `*out` is owned by the caller, free with diffpool_model_free.
///
/// Fails: INVALID_FILE if the bytes are damaged or no model; UNSUPPORTED_VERSION if a newer library wrote them.
///
/// Threads: any.
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
        out.put_handle(Arc::new(model_file::from_bytes(bytes)?))
    })
}

/// Writes the bytes of a model file to memory.
///
/// Ownership: `*bytes`, an array of `*length`, is owned by the caller, free with diffpool_bytes_free.
///
/// Threads: any; `model` is const.
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
        let file = model_file::to_bytes(model)?;
        bytes.put(new_bytes(&file)?);
        length.put(file.len());
        Ok(())
    })
}

/// Makes a second model with the same weights, which can be changed without changing the first.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_model_free.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_clone(
    model: *const DiffpoolModel,
    out: *mut *mut DiffpoolModel,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        out.put_handle(Arc::new(Model::clone(model)))
    })
}

/// Frees a model. NULL is harmless.
///
/// Ownership: `model` is gone after the call; sessions made with it live on.
///
/// Threads: any, once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_free(model: *mut DiffpoolModel) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(model) };
}

/// Describes the model in a few lines for people: levels, layers, sizes, number of parameters.
///
/// Ownership: `*summary` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_summary(
    model: *const DiffpoolModel,
    summary: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, summary) = unsafe { (call.read(model, "model")?, output(summary, "summary")?) };
        summary.put_string(&model.summary())
    })
}

/// Describes the model as a JSON object for programs.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_summary_json(
    model: *const DiffpoolModel,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, json) = unsafe { (call.read(model, "model")?, output(json, "json")?) };
        json.put_string(&model.summary_json())
    })
}

/// Makes a configuration that says what the model looks like and how it was trained. Shares of nodes have become
/// numbers of clusters.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_config_free.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_config(
    model: *const DiffpoolModel,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, out) = unsafe { (call.read(model, "model")?, output(out, "out")?) };
        out.put_handle(crate::config::Config::clone(model.config()))
    })
}

/// The number of trained parameters.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_parameter_count(
    model: *const DiffpoolModel,
    count: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(model, count, "count", error, Model::parameter_count) }
}

/// The number of classes that a target is one of: those of "multiclass", 2 for "binary", the words of the vocabulary
/// for "sequence"; 0 for "multilabel" and "regression". How many logits a prediction has is diffpool_model_outputs.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_classes(
    model: *const DiffpoolModel,
    classes: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(model, classes, "classes", error, Model::classes) }
}

/// The number of features that every node of a graph must come with: that of the data set that the model was made for,
/// or 0 if the model does not use them.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_features(
    model: *const DiffpoolModel,
    features: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(model, features, "features", error, |model| model.schema().rules().features) }
}

/// The number of categories that every node of a graph must come with: that of the data set that the model was made
/// for, or 0 if the model does not use them.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_categories(
    model: *const DiffpoolModel,
    categories: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(model, categories, "categories", error, |model| model.schema().rules().categories) }
}

/// Whether every node of a graph must come with a label, 1, or the model does not use labels, 0.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_node_labels(
    model: *const DiffpoolModel,
    node_labels: *mut c_int,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(model, node_labels, "node_labels", error, |model| model.schema().rules().node_labels.into()) }
}

/// Copies the edge labels that are a relation of the model each, in ascending order; none where it takes all edges for
/// one kind. Every edge of a graph must come with one of them.
///
/// Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_relations(
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
        out.put(model.schema().edge_labels().iter().copied())
    })
}

/// What the model predicts, the key "task" of its configuration: "multiclass", "binary", "multilabel", "regression" or
/// "sequence".
///
/// Ownership: `*task` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_task(
    model: *const DiffpoolModel,
    task: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, task) = unsafe { (call.read(model, "model")?, output(task, "task")?) };
        task.put_string(model.config().task.name())
    })
}

/// The number of targets of a graph: 1 for "multiclass" and "binary", labels for "multilabel", numbers for
/// "regression", words that are predicted for "sequence".
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_targets(
    model: *const DiffpoolModel,
    targets: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(model, targets, "targets", error, Model::targets) }
}

/// The number of logits of a graph: one a class for "multiclass", one for "binary", one a target for "multilabel" and
/// "regression", and for "sequence" one a word of the vocabulary for every word that is predicted, word after word.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_outputs(
    model: *const DiffpoolModel,
    outputs: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(model, outputs, "outputs", error, Model::width) }
}

/// The name of the metric that the history of its training records, and that diffpool_evaluation_metric calls "auto".
///
/// Ownership: `*metric` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_metric(
    model: *const DiffpoolModel,
    metric: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, metric) = unsafe { (call.read(model, "model")?, output(metric, "metric")?) };
        metric.put_string(model.config().recorded_metric().name())
    })
}

/// The name of class number `class_index`, from 0.
///
/// Ownership: `*name` is owned by the caller, free with diffpool_string_free.
///
/// Fails: NOT_FOUND if there is no such class.
///
/// Threads: any; `model` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_model_class_name(
    model: *const DiffpoolModel,
    class_index: usize,
    name: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (model, name) = unsafe { (call.read(model, "model")?, output(name, "name")?) };
        let names = model.class_names();
        let found = names.get(class_index).ok_or_else(|| {
            error!(NotFound, "there is no class {class_index}: the model has {} classes", names.len())
        })?;
        name.put_string(found)
    })
}

/// Writes one number about a model.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn get<T: Copy>(
    model: *const DiffpoolModel,
    place: *mut T,
    name: &str,
    error: *mut *mut DiffpoolError,
    number: impl FnOnce(&Model<f32>) -> T,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (model, place) = unsafe { (call.read(model, "model")?, output(place, name)?) };
        place.put(number(model));
        Ok(())
    })
}
