//! Memory that grows or fails: running out of it is an error, never an abort.

use crate::error::Result;

/// Makes a vector `len` long, filling with `value`.
pub fn try_resize<T: Clone>(vec: &mut Vec<T>, len: usize, value: T) -> Result<()> {
    if len > vec.len() {
        vec.try_reserve(len - vec.len())?;
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
    vec.try_reserve(more.len())?;
    vec.extend_from_slice(more);
    Ok(())
}

/// A copy of a slice.
pub fn try_copy<T: Copy>(slice: &[T]) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    try_extend(&mut vec, slice)?;
    Ok(vec)
}
