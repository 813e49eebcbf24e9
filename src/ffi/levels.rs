//! Levels: what pooling made of the graph that a session predicted last.
//!
//! ```c
//! size_t nodes, clusters;
//! float s[5 * 3];
//! check(diffpool_session_predict(session, graph, NULL, &error));
//! check(diffpool_session_copy_assignment(session, 0, s, 15, &nodes, &clusters, &error));
//! for (size_t node = 0; node < nodes; node++)
//!     printf("%.2f of node %u goes to cluster 0\n", s[node * clusters], (unsigned)node);
//! ```

use std::ptr::null_mut;

use ndarray::ArrayView2;

use super::arguments::buffer;
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::look;
use super::indices::DIFFPOOL_ALL;
use super::session::DiffpoolSession;
use super::status::DiffpoolStatus;
use crate::error::Result;
use crate::model::Session;

/// The number of nodes of the graph that was last predicted, 0 before a prediction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_node_count(session: *const DiffpoolSession) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(session, 0, |session| session.nodes().unwrap_or(0)) }
}

/// Copies the assignment matrix `S` of a level, from 0: a row a node (from level 1 on: a cluster of the level before),
/// a column a cluster; every row sums to 1. (With the assignment "graclus", rows of clusters that the graph has too few
/// nodes for are 0.)
///
/// `*rows` and `*columns` are always told, and either may be NULL; `assignment` needs room for their product.
///
/// Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level; BUFFER_TOO_SMALL, and then only
/// `*rows` and `*columns` are written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_assignment(
    session: *const DiffpoolSession,
    level: usize,
    assignment: *mut f32,
    capacity: usize,
    rows: *mut usize,
    columns: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (assignment, capacity, rows, columns, "assignment");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy_matrix(session, place, error, |session| session.assignment(level)) }
}

/// Copies the pooled features of a level: a row a cluster. They are the input of the next level.
///
/// The rest is as for diffpool_session_copy_assignment.
///
/// Fails: as diffpool_session_copy_assignment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_pooled_x(
    session: *const DiffpoolSession,
    level: usize,
    pooled_x: *mut f32,
    capacity: usize,
    rows: *mut usize,
    columns: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (pooled_x, capacity, rows, columns, "pooled_x");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy_matrix(session, place, error, |session| session.pooled_x(level)) }
}

/// Copies the pooled adjacency matrix of a level in one relation, from 0, in the order of
/// diffpool_model_copy_relations: a row and a column a cluster. With DIFFPOOL_ALL for the relation it is the sum over
/// all of them. (With final_adjacency "full", the convolutions of the last level see ones in its place.)
///
/// `*clusters`, the number of rows and of columns, is always told and may be NULL; `pooled_adjacency` needs room for
/// its square.
///
/// Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level or relation; BUFFER_TOO_SMALL, and
/// then only `*clusters` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_copy_pooled_adjacency(
    session: *const DiffpoolSession,
    level: usize,
    relation: usize,
    pooled_adjacency: *mut f32,
    capacity: usize,
    clusters: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (pooled_adjacency, capacity, clusters, null_mut(), "pooled_adjacency");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe {
        copy_matrix(session, place, error, |session| match relation {
            DIFFPOOL_ALL => session.pooled_adjacency(level),
            _ => session.pooled_relation(level, relation),
        })
    }
}

/// Copies one matrix. The place is an array, its capacity, where to tell rows and columns, and its name.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn copy_matrix(
    session: *const DiffpoolSession,
    (values, capacity, rows, columns, name): (*mut f32, usize, *mut usize, *mut usize, &str),
    error: *mut *mut DiffpoolError,
    find: impl FnOnce(&Session) -> Result<ArrayView2<'_, f32>>,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (session, out) = unsafe { (call.read(session, "session")?, buffer(values, capacity, null_mut(), name)?) };
        let matrix = find(session)?;
        for (place, size) in [(rows, matrix.nrows()), (columns, matrix.ncols())] {
            if !place.is_null() {
                // SAFETY: it is not NULL, and the caller promises the rest.
                unsafe { place.write(size) };
            }
        }
        out.put(matrix.iter().copied())
    })
}
