//! Reading graphs: what a graph holds, lent until it is changed.
//!
//! ```c
//! check(diffpool_dataset_get(dataset, 0, graph, &error));
//! const int32_t *from = diffpool_graph_from(graph), *to = diffpool_graph_to(graph);
//! for (size_t edge = 0; edge < diffpool_graph_edge_count(graph); edge++)
//!     printf("%d - %d\n", (int)from[edge], (int)to[edge]);
//! ```

use std::ffi::{CStr, c_char};
use std::ptr::null;

use super::arguments::output;
use super::error::DiffpoolError;
use super::graph::DiffpoolGraph;
use super::guard::guard;
use super::handle::look;
use super::status::DiffpoolStatus;
use crate::error::error;
use crate::graph::GraphArrays;

/// How much the graph counts in the loss; NaN for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_weight(graph: *const DiffpoolGraph) -> f32 {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, f32::NAN, GraphArrays::weight) }
}

/// By what the graph is called; NULL where it has no id.
///
/// Ownership: the string is borrowed until the graph is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_id(graph: *const DiffpoolGraph) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, null(), |graph| graph.id_as_c().map_or(null(), CStr::as_ptr)) }
}

/// The number of nodes; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_graph_node_count(graph: *const DiffpoolGraph) -> usize {
    // SAFETY: by the header's rules it is NULL or a live graph.
    unsafe { look(graph, 0, GraphArrays::nodes) }
}

/// The number of edges, as they are given; 0 for NULL. Those without direction that a data set stores are there both
/// ways.
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
