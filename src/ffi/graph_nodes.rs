//! Nodes: what the nodes of a graph are like: features, categories, labels.
//!
//! ```c
//! const int64_t node_labels[5] = {6, 6, 8, 6, 7};
//! const double columns[2][5] = {{0, 1, 0, 1, 0}, {12.5, 12, 16, 12, 14}}; // column by column
//! check(diffpool_graph_set_node_labels(graph, node_labels, 5, &error));
//! check(diffpool_graph_set_x_strided_f64(graph, columns[0], 5, 2, 1, 5, &error));
//! ```

use super::arguments::slice;
use super::error::DiffpoolError;
use super::graph::{DiffpoolGraph, matrix};
use super::guard::guard;
use super::status::DiffpoolStatus;
use crate::error::{Result, bail};
use crate::graph::Matrix;

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
        match columns {
            0 => graph.set_x(Matrix { rows, columns, value: |_, _| 0.0 }),
            _ => graph.set_x_rows(values, columns),
        }
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
        graph.set_x(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j] })
    })
}

/// Gives every node features that are stored in any regular way, see above. A stride may be negative or 0; `x` is where
/// row 0 and column 0 are.
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
                unsafe { *x.offset(i as isize * row_stride + j as isize * column_stride) }
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
        graph.set_categories(Matrix { rows, columns, value: |i: usize, j: usize| values[i * columns + j] })
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
