//! Levels: what pooling made of the graph that a session predicted last.

use std::ptr::null_mut;

use ndarray::ArrayView2;

use super::arguments::{buffer, output};
use super::error::DiffpoolError;
use super::guard::guard;
use super::session::DiffpoolSession;
use super::status::DiffpoolStatus;
use crate::error::Result;
use crate::model::Session;

/// The number of pooling levels, 0 for a flat model.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_levels(
    session: *const DiffpoolSession,
    levels: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, levels) = unsafe { (call.read(session, "session")?, output(levels, "levels")?) };
        levels.put(session.levels());
        Ok(())
    })
}

/// Copies the assignment matrix `S` of a level, from 0: a row a node (from level 1 on: a cluster of the level before),
/// a column a cluster; every row sums to 1. (With the assignment "graclus", rows of clusters that the graph has too few
/// nodes for are 0.)
///
/// `*rows` and `*columns` are always told, and either may be NULL; `assignment` needs room for their product.
///
/// Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level; BUFFER_TOO_SMALL, and then only
/// `*rows` and `*columns` are written.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_assignment(
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
/// The rest is as for diffpool_session_assignment.
///
/// Fails: as diffpool_session_assignment.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_pooled_x(
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

/// Copies the pooled adjacency matrix of a level: a row and a column a cluster. It is the sum over all relations. (With
/// final_adjacency "full", the convolutions of the last level see ones in its place.)
///
/// The rest is as for diffpool_session_assignment.
///
/// Fails: as diffpool_session_assignment.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_pooled_adjacency(
    session: *const DiffpoolSession,
    level: usize,
    pooled_adjacency: *mut f32,
    capacity: usize,
    rows: *mut usize,
    columns: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (pooled_adjacency, capacity, rows, columns, "pooled_adjacency");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy_matrix(session, place, error, |session| session.pooled_adjacency(level)) }
}

/// The number of relations: that of diffpool_model_relations, or 1 where edges are of one kind.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_relations(
    session: *const DiffpoolSession,
    relations: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, relations) = unsafe { (call.read(session, "session")?, output(relations, "relations")?) };
        relations.put(session.relations());
        Ok(())
    })
}

/// Copies the pooled adjacency matrix of a level in one relation, from 0, in the order of diffpool_model_relations.
///
/// The rest is as for diffpool_session_assignment.
///
/// Fails: as diffpool_session_assignment; NOT_FOUND also if there is no such relation.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_pooled_relation(
    session: *const DiffpoolSession,
    level: usize,
    relation: usize,
    pooled_relation: *mut f32,
    capacity: usize,
    rows: *mut usize,
    columns: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    let place = (pooled_relation, capacity, rows, columns, "pooled_relation");
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { copy_matrix(session, place, error, |session| session.pooled_relation(level, relation)) }
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
