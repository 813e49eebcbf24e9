//! Reading a data set: its sizes, and its graphs as they are stored.
//!
//! Graphs are stored as compressed rows, sorted, merged, and for undirected graphs with both directions of every edge,
//! so that an edge is two entries and a self-loop one. Edges of several labels between the same nodes are an entry
//! each, in ascending order of their labels. Functions that fill an array take its capacity and report the needed
//! length; with NULL and a capacity of 0 they only do the latter.

use std::ffi::c_char;

use super::arguments::{buffer, output};
use super::dataset::DiffpoolDataset;
use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use crate::data::statistics::Statistics;
use crate::error::{Result, bail, error};
use crate::graph::Dataset;

/// The number of graphs.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_length(
    dataset: *const DiffpoolDataset,
    length: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(dataset, length, "length", error, Dataset::len) }
}

/// The number of classes: that of their names, or of the words of sequences, or one more than the largest class in use.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_classes(
    dataset: *const DiffpoolDataset,
    classes: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(dataset, classes, "classes", error, Dataset::classes) }
}

/// The number of features that every node has.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_features(
    dataset: *const DiffpoolDataset,
    features: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(dataset, features, "features", error, |data| data.rules().features) }
}

/// The number of categories that every node has.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_categories(
    dataset: *const DiffpoolDataset,
    categories: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(dataset, categories, "categories", error, |data| data.rules().categories) }
}

/// The number of nodes of all graphs together.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_total_nodes(
    dataset: *const DiffpoolDataset,
    nodes: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { get(dataset, nodes, "nodes", error, Dataset::total_nodes) }
}

/// The name of class number `class_index`, from 0.
///
/// Ownership: `*name` is owned by the caller, free with diffpool_string_free.
///
/// Fails: NOT_FOUND if there is no such class.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_class_name(
    dataset: *const DiffpoolDataset,
    class_index: usize,
    name: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, name) = unsafe { (call.read(dataset, "dataset")?, output(name, "name")?) };
        let names = dataset.data.class_names();
        let found = names.get(class_index).ok_or_else(|| {
            error!(NotFound, "there is no class {class_index}: the data set has {} classes", names.len())
        })?;
        name.put_string(found)
    })
}

/// What there is in the data set, as a JSON object, the same that `diffpool inspect --json` prints.
///
/// - `name`: the name given at creation
/// - `graphs`: number of graphs
/// - `nodes`, `edges`: of a graph: `min`, `mean`, `max`, and of all `total`; an edge without direction counts once
/// - `degree`: stored entries of a node: `min`, `mean`, `max`, and of all nodes `total`
/// - `directed`, `weighted`: whether edges keep their direction, whether they have weights
/// - `isolated_nodes`: number of nodes that no edge touches
/// - `self_loops`: number of edges from a node to itself
/// - `features`, `categories`: how many a node has
/// - `node_labels`, `edge_labels`: the labels that occur, sorted
/// - `edge_attributes`, `graph_attributes`: how many an edge has, how many a graph has
/// - `targets`, `missing_targets`: how many a graph has, how many are missing in all
/// - `sequence_length`, `vocabulary`: words to predict of a graph, words that exist
/// - `classes`: a list of objects: `name` and number of `graphs`; empty where graphs have sequences
/// - `columns`: a list of objects: `name` and `bytes` of every array that the graphs are stored as
///
/// Every edge is looked at, so the time is linear in their number, and a data set that was opened from a file is read
/// as a whole. The sizes alone are told by diffpool_dataset_length and the functions after it at once.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_summary_json(
    dataset: *const DiffpoolDataset,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, json) = unsafe { (call.read(dataset, "dataset")?, output(json, "json")?) };
        let statistics = Statistics::of(&dataset.data)?;
        let text = serde_json::to_string_pretty(&statistics).map_err(|e| error!(InvalidArgument, "{e}"))?;
        json.put_string(&text)
    })
}

/// The number of nodes and of stored entries of graph `index`, from 0.
///
/// Fails: NOT_FOUND if there is no such graph.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_graph_size(
    dataset: *const DiffpoolDataset,
    index: usize,
    nodes: *mut usize,
    entries: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, nodes, entries) =
            unsafe { (call.read(dataset, "dataset")?, output(nodes, "nodes")?, output(entries, "entries")?) };
        check_graph(&dataset.data, index)?;
        let graph = dataset.data.graph(index);
        nodes.put(graph.nodes());
        entries.put(graph.entries());
        Ok(())
    })
}

/// The class of graph `index`.
///
/// Fails: NOT_FOUND if there is no such graph.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_class_of(
    dataset: *const DiffpoolDataset,
    index: usize,
    y: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, y) = unsafe { (call.read(dataset, "dataset")?, output(y, "y")?) };
        check_graph(&dataset.data, index)?;
        y.put(dataset.data.y(index));
        Ok(())
    })
}

/// Copies the matrix of graph `index` as compressed rows.
///
/// With the sizes from diffpool_dataset_graph_size, `indptr` needs `nodes` + 1 values, `indices` needs `entries`, and
/// so does `edge_weight`, which may be NULL with a capacity of 0 and is filled with 1 where the data has no weights.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then nothing is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_csr(
    dataset: *const DiffpoolDataset,
    index: usize,
    indptr: *mut i64,
    indptr_capacity: usize,
    indices: *mut i32,
    indices_capacity: usize,
    edge_weight: *mut f32,
    edge_weight_capacity: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let unwanted = std::ptr::null_mut();
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (dataset, indptr, indices, edge_weight) = unsafe {
            (
                call.read(dataset, "dataset")?,
                buffer(indptr, indptr_capacity, unwanted, "indptr")?,
                buffer(indices, indices_capacity, unwanted, "indices")?,
                buffer(edge_weight, edge_weight_capacity, unwanted, "edge_weight")?,
            )
        };
        check_graph(&dataset.data, index)?;
        let graph = dataset.data.graph(index);
        if indptr.is_query() {
            bail!(NullPointer, "indptr is NULL");
        }
        if indices.is_query() && graph.entries() > 0 {
            bail!(NullPointer, "indices is NULL");
        }
        indptr.check(graph.nodes() + 1)?;
        indices.check(graph.entries())?;
        edge_weight.check(graph.entries())?;
        indptr.put(graph.indptr().iter().map(|&i| i64::from(i)))?;
        indices.put(graph.indices().iter().map(|&i| i as i32))?;
        match graph.edge_weight() {
            Some(weights) => edge_weight.put(weights.iter().copied()),
            None => edge_weight.put((0..graph.entries()).map(|_| 1.0)),
        }
    })
}

/// Copies the node features of graph `index`: a row a node, one after the other.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_x(
    dataset: *const DiffpoolDataset,
    index: usize,
    x: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(dataset, index, (x, capacity, needed, "x"), error, |data| data.graph(index).x()) }
}

/// Copies the categories of the nodes of graph `index`: a row a node, one after the other.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_categories(
    dataset: *const DiffpoolDataset,
    index: usize,
    categories: *mut i32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (categories, capacity, needed, "categories");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(dataset, index, place, error, |data| data.graph(index).categories()) }
}

/// Copies the labels of the nodes of graph `index`; none where the data has none.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_node_labels(
    dataset: *const DiffpoolDataset,
    index: usize,
    node_labels: *mut i64,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (node_labels, capacity, needed, "node_labels");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(dataset, index, place, error, |data| data.graph(index).node_labels().unwrap_or(&[])) }
}

/// Copies the labels of the entries of graph `index`, in the order of `indices`; none where the data has none.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_edge_labels(
    dataset: *const DiffpoolDataset,
    index: usize,
    edge_labels: *mut i64,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (edge_labels, capacity, needed, "edge_labels");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe {
        copy(dataset, index, place, error, |data| data.edge_data().labels.get(data.entry_range(index)).unwrap_or(&[]))
    }
}

/// Copies the attributes of the entries of graph `index`: a row an entry, in the order of `indices`; none where the
/// data has none.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_edge_attributes(
    dataset: *const DiffpoolDataset,
    index: usize,
    edge_attributes: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (edge_attributes, capacity, needed, "edge_attributes");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe {
        copy(dataset, index, place, error, |data| {
            let (data, entries) = (data.edge_data(), data.entry_range(index));
            let width = data.attribute_width;
            data.attributes.get(entries.start * width..entries.end * width).unwrap_or(&[])
        })
    }
}

/// Copies the attributes of graph `index`; none where the data has none.
///
/// Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
///
/// Threads: any; `dataset` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_dataset_copy_graph_attributes(
    dataset: *const DiffpoolDataset,
    index: usize,
    graph_attributes: *mut f32,
    capacity: usize,
    needed: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (graph_attributes, capacity, needed, "graph_attributes");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy(dataset, index, place, error, |data| data.graph_attributes(index)) }
}

/// Writes one size of a data set.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn get(
    dataset: *const DiffpoolDataset,
    place: *mut usize,
    name: &str,
    error: *mut *mut DiffpoolError,
    size: impl FnOnce(&Dataset) -> usize,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (dataset, place) = unsafe { (call.read(dataset, "dataset")?, output(place, name)?) };
        place.put(size(&dataset.data));
        Ok(())
    })
}

/// Copies one array of a graph. The place is an array, its capacity, where to tell the needed length, and its name.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn copy<T: Copy>(
    dataset: *const DiffpoolDataset,
    index: usize,
    (values, capacity, needed, name): (*mut T, usize, *mut usize, &str),
    error: *mut *mut DiffpoolError,
    find: impl FnOnce(&Dataset) -> &[T],
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (dataset, out) = unsafe { (call.read(dataset, "dataset")?, buffer(values, capacity, needed, name)?) };
        check_graph(&dataset.data, index)?;
        out.put(find(&dataset.data).iter().copied())
    })
}

pub(super) fn check_graph(data: &Dataset, index: usize) -> Result<()> {
    if index >= data.len() {
        bail!(NotFound, "there is no graph {index}: the data set has {} graphs", data.len());
    }
    Ok(())
}
