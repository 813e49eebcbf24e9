//! Errors: what went wrong, in words.
//!
//! Every fallible function takes a last parameter `diffpool_error **error`. It may be NULL. Otherwise a failing call
//! puts a new error object there, and a call that succeeds leaves it alone: set it to NULL before the first call, and
//! again after freeing an error. Where there is no memory even for the error object, `*error` becomes NULL and the
//! status alone tells.
//!
//! ```c
//! diffpool_model *other;
//! if (diffpool_model_load("absent.safetensors", &other, &error) == DIFFPOOL_STATUS_OK) {
//!     diffpool_model_free(other);
//! } else {
//!     fprintf(stderr, "goes on without it: %s\n", diffpool_error_message(error));
//!     diffpool_error_free(error);
//!     error = NULL;
//! }
//! ```

use std::ffi::c_char;

use super::handle::{Opaque, free, into_handle, peek};
use super::memory::{diffpool_string_free, new_c_string};
use super::status::DiffpoolStatus;
use crate::error::{Error, Result};

/// Why a call failed: a status, and a message with the offending values.
pub struct DiffpoolError {
    _opaque: [u8; 0],
}

/// What an error handle holds.
pub(super) struct ErrorObject {
    status: DiffpoolStatus,
    message: *mut c_char,
}

impl Opaque for DiffpoolError {
    type Value = ErrorObject;
}

/// The status that the failing call returned; OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_error_status(error: *const DiffpoolError) -> DiffpoolStatus {
    // SAFETY: by the header's rules it is NULL or a live error object.
    unsafe { peek(error) }.map_or(DiffpoolStatus::Ok, |error| error.status)
}

/// What went wrong, with the offending values, in lower case and without a final dot; an empty string for NULL.
///
/// Ownership: the string is borrowed until the error is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_error_message(error: *const DiffpoolError) -> *const c_char {
    // SAFETY: by the header's rules it is NULL or a live error object.
    unsafe { peek(error) }.map_or(c"".as_ptr(), |error| error.message.cast_const())
}

/// Frees an error object. NULL is harmless.
///
/// Ownership: `error` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_error_free(error: *mut DiffpoolError) {
    // SAFETY: by the header's rules it is NULL or came from a failing call, and this is its last use.
    unsafe { free(error) };
}

// SAFETY: the message is owned by the object alone and never changes, like a string.
unsafe impl Send for ErrorObject {}
// SAFETY: as above.
unsafe impl Sync for ErrorObject {}

impl Drop for ErrorObject {
    fn drop(&mut self) {
        // SAFETY: the message came from `new_c_string`, and nobody owns it but this object.
        unsafe { diffpool_string_free(self.message) };
    }
}

/// Puts an error object where the caller wants one, or NULL where there is no memory for it.
///
/// # Safety
///
/// `place` is NULL or points to memory for a pointer.
pub(super) unsafe fn report(place: *mut *mut DiffpoolError, failure: &Error) {
    if !place.is_null() {
        // SAFETY: it is not NULL, and the caller promises the rest.
        unsafe { place.write(new_error(failure).unwrap_or(std::ptr::null_mut())) };
    }
}

fn new_error(failure: &Error) -> Result<*mut DiffpoolError> {
    let message = new_c_string(failure.message())?;
    into_handle(ErrorObject { status: failure.kind().into(), message })
}
