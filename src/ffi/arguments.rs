//! Turns raw arguments into checked ones: strings, arrays, places for results.

use std::ffi::{CStr, c_char};
use std::ptr::NonNull;

use super::handle::{Opaque, into_handle};
use super::memory::new_c_string;
use crate::error::{Result, bail, error};

/// Borrows a NUL-terminated string.
///
/// # Safety
///
/// `text` is NULL or points to a NUL-terminated string that outlives `'a` unchanged.
pub(super) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    if text.is_null() {
        bail!(NullPointer, "{name} is NULL");
    }
    // SAFETY: it is not NULL, and the caller promises the rest.
    let bytes = unsafe { CStr::from_ptr(text) };
    bytes
        .to_str()
        .map_err(|e| error!(InvalidArgument, "{name} is not valid UTF-8: byte {} cannot be read", e.valid_up_to()))
}

/// Borrows a NUL-terminated string where there is one: NULL means that the caller leaves it out.
///
/// # Safety
///
/// As for [`text`].
pub(super) unsafe fn optional_text<'a>(string: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if string.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise is that of `text`.
    unsafe { text(string, name) }.map(Some)
}

/// Copies a string whose length comes from the caller.
pub(super) fn try_string(text: &str) -> Result<String> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy)
}

/// Borrows `length` values. NULL is accepted for none.
///
/// # Safety
///
/// `values` is NULL, misaligned, or points to `length` values that outlive `'a` unchanged.
pub(super) unsafe fn slice<'a, T: Copy>(values: *const T, length: usize, name: &str) -> Result<&'a [T]> {
    if length.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
        bail!(InvalidArgument, "{name} is said to have {length} values, more than memory can hold");
    }
    if length == 0 {
        return Ok(&[]);
    }
    if values.is_null() {
        bail!(NullPointer, "{name} is NULL, but {length} values are needed");
    }
    check_aligned(values, name)?;
    // SAFETY: it is not NULL and aligned, its size in bytes fits, and the caller promises the rest.
    Ok(unsafe { std::slice::from_raw_parts(values, length) })
}

/// Borrows `length` values where there are any: NULL means that the caller leaves them out.
///
/// # Safety
///
/// As for [`slice`].
pub(super) unsafe fn optional<'a, T: Copy>(values: *const T, length: usize, name: &str) -> Result<Option<&'a [T]>> {
    if values.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise is that of `slice`.
    unsafe { slice(values, length, name) }.map(Some)
}

fn check_aligned<T>(pointer: *const T, name: &str) -> Result<()> {
    if !pointer.is_aligned() {
        bail!(InvalidArgument, "{name} is not aligned to {} bytes", align_of::<T>());
    }
    Ok(())
}

/// A checked place for one result, written only when nothing can fail any more.
pub(super) struct Output<T>(NonNull<T>);

/// Checks a place for one result.
///
/// # Safety
///
/// `place` is NULL or points to memory for one `T` that may be written until the call returns.
pub(super) unsafe fn output<T>(place: *mut T, name: &str) -> Result<Output<T>> {
    check_aligned(place, name)?;
    NonNull::new(place).map(Output).ok_or_else(|| error!(NullPointer, "{name} is NULL"))
}

impl<T: Copy> Output<T> {
    /// Writes the result.
    pub(super) fn put(self, value: T) {
        // SAFETY: `output` checked the place, and its caller promised that it can be written.
        unsafe { self.0.write(value) };
    }
}

impl<H: Opaque> Output<*mut H> {
    /// Writes a new handle.
    pub(super) fn put_handle(self, value: H::Value) -> Result<()> {
        self.put(into_handle(value)?);
        Ok(())
    }
}

impl Output<*mut c_char> {
    /// Writes a new string.
    pub(super) fn put_string(self, text: &str) -> Result<()> {
        self.put(new_c_string(text)?);
        Ok(())
    }
}

/// A caller's array to be filled, and where its caller wants to be told how many values there are.
pub(super) struct Buffer<'a, T> {
    values: *mut T,
    capacity: usize,
    needed: *mut usize,
    name: &'a str,
}

/// Checks an array to be filled. NULL with a capacity of 0 asks for the length alone; `needed` may be NULL.
///
/// # Safety
///
/// `values` is NULL or has room for `capacity` values, `needed` is NULL or has room for one, until the call returns.
pub(super) unsafe fn buffer<T: Copy>(
    values: *mut T,
    capacity: usize,
    needed: *mut usize,
    name: &str,
) -> Result<Buffer<'_, T>> {
    if values.is_null() && capacity > 0 {
        bail!(NullPointer, "{name} is NULL, but its capacity is said to be {capacity}");
    }
    check_aligned(values, name)?;
    check_aligned(needed, "the needed length")?;
    Ok(Buffer { values, capacity, needed, name })
}

impl<T: Copy> Buffer<'_, T> {
    /// Whether the caller asks for the length alone.
    pub(super) fn is_query(&self) -> bool {
        self.values.is_null()
    }

    /// Tells the needed length and whether the values will fit; called before anything is written.
    pub(super) fn check(&self, length: usize) -> Result<()> {
        if !self.needed.is_null() {
            // SAFETY: it is not NULL, and the caller of `buffer` promised that it can be written.
            unsafe { self.needed.write(length) };
        }
        if !self.is_query() && length > self.capacity {
            let Self { name, capacity, .. } = self;
            bail!(BufferTooSmall, "{name} has room for {capacity} values, but {length} are needed");
        }
        Ok(())
    }

    /// Fills the array from its front, and tells the needed length whether it fits or not.
    pub(super) fn put(&self, values: impl ExactSizeIterator<Item = T>) -> Result<()> {
        self.check(values.len())?;
        if !self.is_query() {
            for (at, value) in values.take(self.capacity).enumerate() {
                // SAFETY: `at` is below the capacity for which the caller of `buffer` promised room.
                unsafe { self.values.add(at).write(value) };
            }
        }
        Ok(())
    }
}

/// A vector of what `convert` makes of each value and its index; running out of memory is an error.
pub(super) fn try_vec<T, U>(values: &[T], convert: impl Fn(usize, &T) -> Result<U>) -> Result<Vec<U>> {
    let mut out = Vec::new();
    out.try_reserve_exact(values.len())?;
    for (at, value) in values.iter().enumerate() {
        out.push(convert(at, value)?);
    }
    Ok(out)
}
