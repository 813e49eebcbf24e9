//! Opaque handles: what the pointers of a caller really point to.

use std::sync::atomic::{AtomicBool, Ordering};

use super::panics::quietly;
use crate::error::{Error, Result};
use crate::memory;

/// Ties an incomplete struct of the header to what its pointers really point to, a `Handle<Self::Value>`.
pub(super) trait Opaque {
    /// What the handle holds. Any thread may have it, and many threads may read it at once.
    type Value: Send + Sync;
}

/// A value behind an opaque pointer, and whether a panic has left it in an unknown state.
pub(super) struct Handle<T> {
    pub(super) poisoned: AtomicBool,
    pub(super) value: T,
}

/// Puts a value behind a new opaque pointer, which the caller of the library will own.
pub(super) fn into_handle<H: Opaque>(value: H::Value) -> Result<*mut H> {
    // It may hold memory of the reserve, which is for what is soon given back.
    memory::check()?;
    let handle = try_box(Handle { poisoned: AtomicBool::new(false), value })?;
    Ok(Box::into_raw(handle).cast())
}

/// The value of a handle, poisoned or not, for functions that cannot fail.
///
/// # Safety
///
/// `handle` is NULL or a live handle of this library, which nobody changes or frees during `'a`.
pub(super) unsafe fn peek<'a, H: Opaque>(handle: *const H) -> Option<&'a H::Value> {
    // SAFETY: the caller promises that it is NULL or live and unchanging.
    unsafe { handle.cast::<Handle<H::Value>>().as_ref() }.map(|handle| &handle.value)
}

/// What `read` finds in a handle; `nothing` where the handle is NULL or poisoned, or the look panics.
///
/// # Safety
///
/// As for [`peek`].
pub(super) unsafe fn look<'a, H: Opaque<Value: 'a>, T>(
    handle: *const H,
    nothing: T,
    read: impl FnOnce(&'a H::Value) -> T,
) -> T {
    // SAFETY: the caller promises that it is NULL or live and unchanging.
    let handle = unsafe { handle.cast::<Handle<H::Value>>().as_ref() };
    match handle.filter(|handle| !handle.poisoned.load(Ordering::Acquire)) {
        Some(handle) => quietly(|| read(&handle.value)).unwrap_or(nothing),
        None => nothing,
    }
}

/// Frees what [`into_handle`] made, poisoned or not. NULL is accepted.
///
/// # Safety
///
/// `handle` is NULL or came from `into_handle::<H>`, and is not used after.
pub(super) unsafe fn free<H: Opaque>(handle: *mut H) {
    if handle.is_null() {
        return;
    }
    // SAFETY: the caller promises where it came from and that this is its last use.
    let handle = unsafe { Box::from_raw(handle.cast::<Handle<H::Value>>()) };
    // A destructor that panics leaks what it had not freed yet: nothing better can be done, and nobody to be told.
    drop(quietly(|| drop(handle)));
}

/// Poisons a handle as a panic would. NULL is accepted.
#[cfg(test)]
pub(super) fn poison<H: Opaque>(handle: *const H) {
    // SAFETY: the tests pass NULL or a live handle.
    if let Some(handle) = unsafe { handle.cast::<Handle<H::Value>>().as_ref() } {
        handle.poisoned.store(true, Ordering::Release);
    }
}

/// A box whose allocation may fail without ending the process.
pub(super) fn try_box<T>(value: T) -> Result<Box<T>> {
    const { assert!(size_of::<T>() > 0) };
    let layout = std::alloc::Layout::new::<T>();
    // SAFETY: the layout's size is not zero.
    let memory = unsafe { std::alloc::alloc(layout) }.cast::<T>();
    if memory.is_null() {
        return Err(Error::out_of_memory());
    }
    // SAFETY: the memory is new, of T's layout and from the global allocator, as a box wants it.
    unsafe {
        memory.write(value);
        Ok(Box::from_raw(memory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panicking_destructor_is_contained() {
        struct Grenade;
        impl Drop for Grenade {
            fn drop(&mut self) {
                panic!("boom");
            }
        }
        impl Opaque for Grenade {
            type Value = Self;
        }
        let handle = into_handle::<Grenade>(Grenade).unwrap();
        // SAFETY: made above, last use.
        unsafe { free(handle) };
    }
}
