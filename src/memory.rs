//! Memory that grows or fails: running out of it is an error, never an abort.

use std::cell::Cell;

use crate::error::Result;

thread_local! {
    /// Bytes by which this thread has made vectors longer.
    static GROWN: Cell<usize> = const { Cell::new(0) };
}

/// Bytes by which this thread has made vectors longer through the functions of this module, from its start on. What was
/// given back is not taken off: the difference over some work is what its workspaces, which only grow, hold more.
pub fn grown() -> usize {
    GROWN.get()
}

/// Makes room for so many values more.
pub fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<()> {
    let before = vec.capacity();
    vec.try_reserve(more)?;
    note(vec, before);
    Ok(())
}

/// Makes room for so many values more and not for others.
pub fn reserve_exact<T>(vec: &mut Vec<T>, more: usize) -> Result<()> {
    let before = vec.capacity();
    vec.try_reserve_exact(more)?;
    note(vec, before);
    Ok(())
}

fn note<T>(vec: &Vec<T>, before: usize) {
    let bytes = (vec.capacity() - before).saturating_mul(size_of::<T>());
    GROWN.set(GROWN.get().wrapping_add(bytes));
}

/// Makes a vector `len` long, filling with `value`.
pub fn try_resize<T: Clone>(vec: &mut Vec<T>, len: usize, value: T) -> Result<()> {
    if len > vec.len() {
        reserve(vec, len - vec.len())?;
    }
    vec.resize(len, value);
    Ok(())
}

/// Makes a vector at least `len` long; it never shrinks.
pub fn try_grow<T: Clone>(vec: &mut Vec<T>, len: usize, value: T) -> Result<()> {
    let len = len.max(vec.len());
    try_resize(vec, len, value)
}

/// Appends a slice.
pub fn try_extend<T: Copy>(vec: &mut Vec<T>, more: &[T]) -> Result<()> {
    reserve(vec, more.len())?;
    vec.extend_from_slice(more);
    Ok(())
}

/// A copy of a slice.
pub fn try_copy<T: Copy>(slice: &[T]) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    try_extend(&mut vec, slice)?;
    Ok(vec)
}
