//! Memory that grows or fails: running out of it is an error, never an abort.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};

thread_local! {
    /// Bytes by which this thread has made vectors longer.
    static GROWN: Cell<usize> = const { Cell::new(0) };
}

/// How often small requests were refused by the system.
static REFUSALS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What [`REFUSALS`] was when the call that this thread is in began.
    static AT_CALL: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Notes that the system refused a small request, which was met otherwise.
pub fn note_refusal() {
    REFUSALS.fetch_add(1, Ordering::AcqRel);
}

/// Does `work` as a call, in which nothing is to succeed once a request was refused.
pub fn call<R>(work: impl FnOnce() -> R) -> R {
    struct Former(Option<usize>);
    impl Drop for Former {
        fn drop(&mut self) {
            AT_CALL.set(self.0);
        }
    }
    let _former = Former(AT_CALL.replace(Some(REFUSALS.load(Ordering::Acquire))));
    work()
}

/// An error where a small request was refused since the call began that this thread is in.
pub fn check() -> Result<()> {
    match AT_CALL.get() {
        Some(refusals) if REFUSALS.load(Ordering::Acquire) != refusals => Err(Error::out_of_memory()),
        _ => Ok(()),
    }
}

/// Bytes by which this thread has made vectors longer through the functions of this module, from its start on. What was
/// given back is not taken off: the difference over some work is what its workspaces, which only grow, hold more.
pub fn grown() -> usize {
    GROWN.get()
}

/// Makes room for so many values more.
pub fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<()> {
    let before = vec.capacity();
    if before - vec.len() >= more {
        return Ok(());
    }
    check()?;
    vec.try_reserve(more)?;
    note(vec, before);
    Ok(())
}

/// Makes room for so many values more and not for others.
pub fn reserve_exact<T>(vec: &mut Vec<T>, more: usize) -> Result<()> {
    let before = vec.capacity();
    check()?;
    vec.try_reserve_exact(more)?;
    note(vec, before);
    Ok(())
}

fn note<T>(vec: &Vec<T>, before: usize) {
    let bytes = (vec.capacity() - before).saturating_mul(size_of::<T>());
    GROWN.set(GROWN.get().wrapping_add(bytes));
}

/// Checks that so many bytes could be had. Before many small things are made of which each by itself would hardly fail,
/// so that a want of memory is noticed at once.
pub fn probe(bytes: usize) -> Result<()> {
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(Into::into)
}

/// How many bytes a value has when it is written as JSON, which tells how much its copy needs.
pub fn written_length(value: &impl serde::Serialize) -> usize {
    let mut length = Length(0);
    // A value that cannot be written cannot be read either, and none of those is in a model.
    let _ = serde_json::to_writer(&mut length, value);
    length.0
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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

/// Bytes that something is written into; memory that cannot be had is an error of the writing.
#[derive(Debug, Default)]
pub struct Bytes(pub Vec<u8>);

impl io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        try_extend(&mut self.0, bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
