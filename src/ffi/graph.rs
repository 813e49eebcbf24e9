//! Graphs: one at a time, to be predicted or added to a data set, or looked at.
//!
//! A diffpool_graph is made once and filled again and again; its memory only grows. A setter copies what it is given,
//! and replaces what the graph had of that kind; the others stay, so begin with diffpool_graph_clear or set all. They
//! may be called in any order: whether the parts fit together, and fit a model or a data set, is checked where the
//! graph is used, and told with both numbers. Every setter takes the lengths of its arrays, so nothing is ever read
//! beyond them.
//!
//! Nodes are numbered from 0. In a graph without direction an edge may be given either way or both ways, which is the
//! same. An edge given twice in one direction is merged: without weights it counts once, with weights they are summed,
//! and edges under different labels stay apart. Weights given both ways must have the same sum each way, up to a
//! difference of 1e-6 of the largest weight of the graph. Self-loops and isolated nodes are kept. There are at most
//! 2^31 - 1 nodes and 2^31 - 1 edges.
//!
//! Functions that end in `_i64` or `_f64` take numbers of 64 bits, and otherwise do what the function of the same name
//! does. Numbers of 64 bits must fit the 32 that the library computes with; one that does not is an error that names
//! it. Matrices are stored row by row, without gaps, but for those of the `_strided` functions: there the value of row
//! i and column j is at i * row_stride + j * column_stride, counted in values. A matrix stored column by column, as
//! Eigen and Fortran have it, has the row_stride 1 and its number of rows as column_stride.

use std::ptr::null;

use super::arguments::{output, slice};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::status::DiffpoolStatus;
use crate::error::{Result, bail, error};
use crate::graph::{GraphArrays, Matrix};

/// One graph with all that may belong to it.
pub struct DiffpoolGraph {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolGraph {
    type Value = GraphArrays;
}

/// Makes a graph without nodes.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_graph_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_new(
    out: *mut *mut DiffpoolGraph,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { output(out, "out")? }.put_handle(GraphArrays::new())
    })
}

/// Forgets the graph that is there, and keeps its memory for the next one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_clear(
    graph: *mut DiffpoolGraph,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(graph, "graph")? }.clear();
        Ok(())
    })
}

/// Frees a graph. NULL is harmless.
///
/// Ownership: `graph` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_free(graph: *mut DiffpoolGraph) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(graph) };
}

/// Says how many nodes the graph has and which are joined: edge e goes from `from[e]` to `to[e]`, both of which have
/// `edges` values from 0 to `nodes` - 1. A graph of `nodes` nodes without edges has NULL, NULL and 0.
///
/// Ownership: `from` and `to` are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_edges(
    graph: *mut DiffpoolGraph,
    nodes: usize,
    from: *const i32,
    to: *const i32,
    edges: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, from, to) =
            unsafe { (call.change(graph, "graph")?, slice(from, edges, "from")?, slice(to, edges, "to")?) };
        graph.set_edges(nodes, edges, |e| from[e].into(), |e| to[e].into())
    })
}

/// Does what diffpool_graph_set_edges does, with node numbers of 64 bits: the two rows of an `edge_index`.
///
/// Ownership: `from` and `to` are copied.
///
/// Fails: INVALID_GRAPH if a value does not fit 32 bits. Whether there is such a node is checked where the graph is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_edges_i64(
    graph: *mut DiffpoolGraph,
    nodes: usize,
    from: *const i64,
    to: *const i64,
    edges: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, from, to) =
            unsafe { (call.change(graph, "graph")?, slice(from, edges, "from")?, slice(to, edges, "to")?) };
        graph.set_edges(nodes, edges, |e| from[e].into(), |e| to[e].into())
    })
}

/// Says which nodes are joined as compressed rows, in place of diffpool_graph_set_edges: the edges of node i go to
/// indices[indptr[i]] to indices[indptr[i + 1] - 1]. `indptr` has one value more than there are nodes, the first 0 and the
/// last `entries`, the length of `indices`. What else is said of edges is in the order of `indices`.
///
/// Ownership: `indptr` and `indices` are copied.
///
/// Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value, if `indptr` is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_csr(
    graph: *mut DiffpoolGraph,
    indptr: *const i32,
    indptr_length: usize,
    indices: *const i32,
    entries: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, indptr, indices) = unsafe {
            (call.change(graph, "graph")?, slice(indptr, indptr_length, "indptr")?, slice(indices, entries, "indices")?)
        };
        graph.set_csr(indptr_length, |i| indptr[i].into(), entries, |e| indices[e].into())
    })
}

/// Does what diffpool_graph_set_csr does, with numbers of 64 bits.
///
/// Ownership: `indptr` and `indices` are copied.
///
/// Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value, if `indptr` is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_csr_i64(
    graph: *mut DiffpoolGraph,
    indptr: *const i64,
    indptr_length: usize,
    indices: *const i64,
    entries: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, indptr, indices) = unsafe {
            (call.change(graph, "graph")?, slice(indptr, indptr_length, "indptr")?, slice(indices, entries, "indices")?)
        };
        graph.set_csr(indptr_length, |i| indptr[i].into(), entries, |e| indices[e].into())
    })
}

/// Gives every edge a weight, in the order in which the edges are given. Without, each weighs 1.
///
/// Ownership: `edge_weight` is copied.
///
/// Fails: INVALID_GRAPH if a weight is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_edge_weight(
    graph: *mut DiffpoolGraph,
    edge_weight: *const f32,
    edges: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, weight) = unsafe { (call.change(graph, "graph")?, slice(edge_weight, edges, "edge_weight")?) };
        graph.set_edge_weight(edges, |e| weight[e].into())
    })
}

/// Does what diffpool_graph_set_edge_weight does, with numbers of 64 bits.
///
/// Ownership: `edge_weight` is copied.
///
/// Fails: INVALID_GRAPH if a weight is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_edge_weight_f64(
    graph: *mut DiffpoolGraph,
    edge_weight: *const f64,
    edges: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, weight) = unsafe { (call.change(graph, "graph")?, slice(edge_weight, edges, "edge_weight")?) };
        graph.set_edge_weight(edges, |e| weight[e].into())
    })
}

/// Gives every edge a label, its kind. Edges between the same nodes under different labels stay apart.
///
/// Ownership: `edge_labels` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_edge_labels(
    graph: *mut DiffpoolGraph,
    edge_labels: *const i64,
    edges: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, labels) = unsafe { (call.change(graph, "graph")?, slice(edge_labels, edges, "edge_labels")?) };
        graph.set_edge_labels(labels)
    })
}

/// Gives every edge attributes: a row an edge, in the order in which the edges are given. Of edges that are merged those of
/// the first count, in its own direction where it is given so.
///
/// Ownership: `edge_attributes` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_edge_attributes(
    graph: *mut DiffpoolGraph,
    edge_attributes: *const f32,
    rows: usize,
    columns: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) =
            unsafe { (call.change(graph, "graph")?, matrix(edge_attributes, (rows, columns), "edge_attributes")?) };
        graph.set_edge_attributes(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j].into() })
    })
}

/// Does what diffpool_graph_set_edge_attributes does, with numbers of 64 bits.
///
/// Ownership: `edge_attributes` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_edge_attributes_f64(
    graph: *mut DiffpoolGraph,
    edge_attributes: *const f64,
    rows: usize,
    columns: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) =
            unsafe { (call.change(graph, "graph")?, matrix(edge_attributes, (rows, columns), "edge_attributes")?) };
        graph.set_edge_attributes(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j].into() })
    })
}

/// Gives every node features: a row a node.
///
/// Ownership: `x` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_x(
    graph: *mut DiffpoolGraph,
    x: *const f32,
    rows: usize,
    columns: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, matrix(x, (rows, columns), "x")?) };
        graph.set_x(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j].into() })
    })
}

/// Does what diffpool_graph_set_x does, with numbers of 64 bits.
///
/// Ownership: `x` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_x_f64(
    graph: *mut DiffpoolGraph,
    x: *const f64,
    rows: usize,
    columns: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, matrix(x, (rows, columns), "x")?) };
        graph.set_x(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j].into() })
    })
}

/// Gives every node features that are stored in any regular way, see above. A stride may be negative or 0; `x` is where row
/// 0 and column 0 are.
///
/// Ownership: `x` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite; INVALID_ARGUMENT if the strides reach beyond any memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_x_strided(
    graph: *mut DiffpoolGraph,
    x: *const f32,
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let graph = unsafe { call.change(graph, "graph")? };
        if rows > 0 && columns > 0 {
            check_strides(x, (rows, columns), (row_stride, column_stride))?;
        }
        graph.set_x(Matrix {
            rows,
            columns,
            value: |i: usize, j: usize| {
                // SAFETY: the caller promises that there is a value at every row and column, so the distance fits.
                unsafe { *x.offset(i as isize * row_stride + j as isize * column_stride) }.into()
            },
        })
    })
}

/// Does what diffpool_graph_set_x_strided does, with numbers of 64 bits.
///
/// Ownership: `x` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite; INVALID_ARGUMENT if the strides reach beyond any memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_x_strided_f64(
    graph: *mut DiffpoolGraph,
    x: *const f64,
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let graph = unsafe { call.change(graph, "graph")? };
        if rows > 0 && columns > 0 {
            check_strides(x, (rows, columns), (row_stride, column_stride))?;
        }
        graph.set_x(Matrix {
            rows,
            columns,
            value: |i: usize, j: usize| {
                // SAFETY: the caller promises that there is a value at every row and column, so the distance fits.
                unsafe { *x.offset(i as isize * row_stride + j as isize * column_stride) }.into()
            },
        })
    })
}

/// Gives every node categories, whole numbers that a model looks up in learned tables: a row a node.
///
/// Ownership: `categories` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_categories(
    graph: *mut DiffpoolGraph,
    categories: *const i32,
    rows: usize,
    columns: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) =
            unsafe { (call.change(graph, "graph")?, matrix(categories, (rows, columns), "categories")?) };
        graph.set_categories(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j].into() })
    })
}

/// Does what diffpool_graph_set_categories does, with numbers of 64 bits.
///
/// Ownership: `categories` is copied.
///
/// Fails: INVALID_GRAPH if a value does not fit 32 bits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_categories_i64(
    graph: *mut DiffpoolGraph,
    categories: *const i64,
    rows: usize,
    columns: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) =
            unsafe { (call.change(graph, "graph")?, matrix(categories, (rows, columns), "categories")?) };
        graph.set_categories(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j].into() })
    })
}

/// Gives every node a label.
///
/// Ownership: `node_labels` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_node_labels(
    graph: *mut DiffpoolGraph,
    node_labels: *const i64,
    nodes: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, labels) = unsafe { (call.change(graph, "graph")?, slice(node_labels, nodes, "node_labels")?) };
        graph.set_node_labels(labels)
    })
}

/// Gives the graph attributes as a whole, which a data set keeps. No model reads them; they can be made targets, see
/// diffpool_dataset_use_graph_attributes_as_targets.
///
/// Ownership: `attributes` is copied.
///
/// Fails: INVALID_GRAPH if a value is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_attributes(
    graph: *mut DiffpoolGraph,
    attributes: *const f32,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, slice(attributes, count, "attributes")?) };
        graph.set_graph_attributes(values)
    })
}

/// Says which class the graph is of, from 0: what the task "multiclass" predicts. Predictions need none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_class(
    graph: *mut DiffpoolGraph,
    class_index: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(graph, "graph")? }.set_class(class_index);
        Ok(())
    })
}

/// Gives the graph the numbers that a model is to predict: one of 0 or 1 for the task "binary", several for "multilabel",
/// any for "regression". NaN stands for one that is missing.
///
/// Ownership: `targets` is copied.
///
/// Fails: INVALID_ARGUMENT if a value is infinite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_targets(
    graph: *mut DiffpoolGraph,
    targets: *const f32,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, slice(targets, count, "targets")?) };
        graph.set_targets(values)
    })
}

/// Gives the graph the words that a model of the task "sequence" is to predict, as numbers in a vocabulary, see
/// diffpool_dataset_set_vocabulary.
///
/// Ownership: `words` is copied.
///
/// Fails: INVALID_ARGUMENT if a word is negative or beyond 32 bits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_words(
    graph: *mut DiffpoolGraph,
    words: *const i64,
    count: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, values) = unsafe { (call.change(graph, "graph")?, slice(words, count, "words")?) };
        graph.set_words(values)
    })
}

/// Says how much the graph counts in the loss that training minimises, from 0 to 1e30; without, it is 1.
///
/// Fails: INVALID_ARGUMENT if the weight is negative, not a number or larger.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_set_weight(
    graph: *mut DiffpoolGraph,
    weight: f32,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.change(graph, "graph")? }.set_weight(weight)
    })
}

/// How much the graph counts in the loss; NaN for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_weight(graph: *const DiffpoolGraph) -> f32 {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, f32::NAN, GraphArrays::weight) }
}

/// The number of nodes; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_node_count(graph: *const DiffpoolGraph) -> usize {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, 0, GraphArrays::nodes) }
}

/// The number of edges, as they are given; 0 for NULL. Those without direction that a data set stores are there both ways.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_edge_count(graph: *const DiffpoolGraph) -> usize {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, 0, |graph| graph.from().len()) }
}

/// Where every edge comes from; NULL for NULL.
///
/// Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_from(graph: *const DiffpoolGraph) -> *const i32 {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, null(), |graph| graph.from().as_ptr()) }
}

/// Where every edge leads to; NULL for NULL.
///
/// Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_to(graph: *const DiffpoolGraph) -> *const i32 {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, null(), |graph| graph.to().as_ptr()) }
}

/// The weight of every edge; NULL if there are none.
///
/// Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_edge_weight(graph: *const DiffpoolGraph) -> *const f32 {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, null(), |graph| pointer(graph.edge_weight())) }
}

/// The label of every edge; NULL if there are none.
///
/// Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_edge_labels(graph: *const DiffpoolGraph) -> *const i64 {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, null(), |graph| pointer(graph.edge_labels())) }
}

/// The label of every node; NULL if there are none.
///
/// Ownership: the array, of diffpool_graph_node_count values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_node_labels(graph: *const DiffpoolGraph) -> *const i64 {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, null(), |graph| pointer(graph.node_labels())) }
}

/// The attributes of the edges, and how many an edge has; NULL and 0 if there are none.
///
/// Ownership: the array, a row an edge, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_edge_attributes(
    graph: *const DiffpoolGraph,
    columns: *mut usize,
) -> *const f32 {
    // SAFETY: by the header's rules the graph is NULL or live, and the place NULL or one that can be written.
    unsafe { lend(look(graph, None, GraphArrays::edge_attributes), columns) }
}

/// The features of the nodes, and how many a node has; NULL and 0 if there are none.
///
/// Ownership: the array, a row a node, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_x(graph: *const DiffpoolGraph, columns: *mut usize) -> *const f32 {
    // SAFETY: by the header's rules the graph is NULL or live, and the place NULL or one that can be written.
    unsafe { lend(look(graph, None, GraphArrays::x), columns) }
}

/// The categories of the nodes, and how many a node has; NULL and 0 if there are none.
///
/// Ownership: the array, a row a node, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_categories(graph: *const DiffpoolGraph, columns: *mut usize) -> *const i32 {
    // SAFETY: by the header's rules the graph is NULL or live, and the place NULL or one that can be written.
    unsafe { lend(look(graph, None, GraphArrays::categories), columns) }
}

/// The attributes of the graph as a whole, and how many; NULL and 0 if there are none.
///
/// Ownership: the array, of so many values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_attributes(graph: *const DiffpoolGraph, count: *mut usize) -> *const f32 {
    // SAFETY: by the header's rules the graph is NULL or live, and the place NULL or one that can be written.
    unsafe {
        lend(
            look(graph, None, |graph: &GraphArrays| graph.graph_attributes().map(|values| (values, values.len()))),
            count,
        )
    }
}

/// The numbers that a model is to predict, NaN for those that are missing, and how many; NULL and 0 if there are none.
///
/// Ownership: the array, of so many values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_targets(graph: *const DiffpoolGraph, count: *mut usize) -> *const f32 {
    // SAFETY: by the header's rules the graph is NULL or live, and the place NULL or one that can be written.
    unsafe {
        lend(look(graph, None, |graph: &GraphArrays| graph.targets().map(|values| (values, values.len()))), count)
    }
}

/// The words that a model is to predict, without their end, and how many; NULL and 0 if there are none.
///
/// Ownership: the array, of so many values, is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_words(graph: *const DiffpoolGraph, count: *mut usize) -> *const u32 {
    // SAFETY: by the header's rules the graph is NULL or live, and the place NULL or one that can be written.
    unsafe { lend(look(graph, None, |graph: &GraphArrays| graph.words().map(|values| (values, values.len()))), count) }
}

/// The class of the graph.
///
/// Fails: NOT_FOUND if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_class(
    graph: *const DiffpoolGraph,
    class_index: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (graph, place) = unsafe { (call.read(graph, "graph")?, output(class_index, "class_index")?) };
        place.put(graph.class().ok_or_else(|| error!(NotFound, "the graph has no class"))?);
        Ok(())
    })
}

/// Borrows a matrix.
///
/// # Safety
///
/// As for [`slice`], for so many rows of so many columns.
unsafe fn matrix<'a, T: Copy>(values: *const T, (rows, columns): (usize, usize), name: &str) -> Result<&'a [T]> {
    let Some(all) = rows.checked_mul(columns) else {
        bail!(InvalidArgument, "{name} is said to have {rows} rows of {columns} columns, more than memory can hold");
    };
    // SAFETY: the caller promises it.
    unsafe { slice(values, all, name) }
}

/// Refuses what no memory can hold, so that no distance overflows.
fn check_strides<T>(x: *const T, (rows, columns): (usize, usize), (row, column): (isize, isize)) -> Result<()> {
    if x.is_null() {
        bail!(NullPointer, "x is NULL, but {rows} rows of {columns} columns are needed");
    }
    if !x.is_aligned() {
        bail!(InvalidArgument, "x is not aligned to {} bytes", align_of::<T>());
    }
    let reach = |count: usize, stride: isize| (count - 1).checked_mul(stride.unsigned_abs());
    let all = reach(rows, row).zip(reach(columns, column)).and_then(|(a, b)| a.checked_add(b));
    let bytes = all.and_then(|all| all.checked_add(1)?.checked_mul(size_of::<T>()));
    if rows.checked_mul(columns).is_none() || bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
        bail!(
            InvalidArgument,
            "x is said to have {rows} rows of {columns} columns with strides of {row} and {column}, more than memory \
             can hold"
        );
    }
    Ok(())
}

fn pointer<T>(values: Option<&[T]>) -> *const T {
    values.map_or(null(), <[T]>::as_ptr)
}

/// Lends an array, and tells its columns or length.
///
/// # Safety
///
/// `place` is NULL or can be written.
unsafe fn lend<T>(found: Option<(&[T], usize)>, place: *mut usize) -> *const T {
    if !place.is_null() && place.is_aligned() {
        // SAFETY: it is not NULL, and the caller promises the rest.
        unsafe { place.write(found.map_or(0, |(_, count)| count)) };
    }
    pointer(found.map(|(values, _)| values))
}
