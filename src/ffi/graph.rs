//! Graphs: one at a time, to be predicted or added to a data set, or looked at.
//!
//! A diffpool_graph is made once and filled again and again; its memory only grows. A setter copies what it is given,
//! and replaces what the graph had of that kind; the others stay, so begin with diffpool_graph_clear or set all. They
//! may be called in any order: whether the parts fit together, and fit a model or a data set, is checked where the
//! graph is used, and told with both numbers. Every setter takes the lengths of its arrays, so nothing is ever read
//! beyond them. One that refuses a value, or finds no memory, leaves nothing of what it was to set, so that what was
//! there before is not taken for it.
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
//!
//! ```c
//! const int64_t edge_index[2][3] = {{0, 1, 2}, {1, 2, 3}};
//! const float edge_weight[3] = {0.5f, 1, 2};
//! check(diffpool_graph_clear(graph, &error));
//! check(diffpool_graph_set_edges_i64(graph, 4, edge_index[0], edge_index[1], 3, &error));
//! check(diffpool_graph_set_edge_weight(graph, edge_weight, 3, &error));
//! ```

use super::arguments::{output, slice};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free};
use super::status::DiffpoolStatus;
use crate::error::{Result, bail};
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
/// Fails: INVALID_GRAPH if a value does not fit 32 bits. Whether there is such a node is checked where the graph is
/// used.
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
        graph.set_edges(nodes, edges, |e| from[e], |e| to[e])
    })
}

/// Says which nodes are joined as compressed rows, in place of diffpool_graph_set_edges: the edges of node i go to
/// indices[indptr[i]] to indices[indptr[i + 1] - 1]. `indptr` has one value more than there are nodes, the first 0 and
/// the last `entries`, the length of `indices`. What else is said of edges is in the order of `indices`.
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
        graph.set_csr(indptr_length, |i| indptr[i], entries, |e| indices[e])
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
        graph.set_edge_weight(edges, |e| weight[e])
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

/// Gives every edge attributes: a row an edge, in the order in which the edges are given. Of edges that are merged
/// those of the first count, in its own direction where it is given so.
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
        graph.set_edge_attributes(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j] })
    })
}

/// Borrows a matrix.
///
/// # Safety
///
/// As for [`slice`], for so many rows of so many columns.
pub(super) unsafe fn matrix<'a, T: Copy>(
    values: *const T,
    (rows, columns): (usize, usize),
    name: &str,
) -> Result<&'a [T]> {
    let Some(all) = rows.checked_mul(columns) else {
        bail!(InvalidArgument, "{name} is said to have {rows} rows of {columns} columns, more than memory can hold");
    };
    // SAFETY: the caller promises it.
    unsafe { slice(values, all, name) }
}
