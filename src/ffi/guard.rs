//! The one door through which every exported function goes: checked handles, caught panics, filled error objects.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{DiffpoolError, report};
use super::handle::{Handle, Opaque};
use super::panics::quietly;
use super::reserve;
use super::status::DiffpoolStatus;
use crate::error::{Error, Result, bail};
use crate::memory;

/// A call: the handle that it changes, which a panic leaves in an unknown state. No function changes two.
#[derive(Default)]
pub(super) struct Call {
    changed: Option<NonNull<AtomicBool>>,
}

impl Call {
    /// The value of a handle that the call only reads. A panic leaves it as it is.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this library, which nobody changes or frees during the call.
    pub(super) unsafe fn read<'a, H: Opaque>(&mut self, handle: *const H, name: &str) -> Result<&'a H::Value> {
        let handle = handle.cast::<Handle<H::Value>>();
        // SAFETY: the caller's promise is that of `check`.
        unsafe { check(handle, name)? };
        // SAFETY: `check` saw that it is not NULL, and the caller promises that it is live and unchanging.
        Ok(unsafe { &(*handle).value })
    }

    /// The value of a handle that the call only reads, where there is one: NULL means that the caller leaves it out.
    ///
    /// # Safety
    ///
    /// As for [`read`](Self::read).
    pub(super) unsafe fn optional<'a, H: Opaque>(
        &mut self,
        handle: *const H,
        name: &str,
    ) -> Result<Option<&'a H::Value>> {
        if handle.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller's promise is that of `read`.
        unsafe { self.read(handle, name) }.map(Some)
    }

    /// The value of a handle that the call changes.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this library, which nobody else uses during the call.
    pub(super) unsafe fn change<'a, H: Opaque>(&mut self, handle: *mut H, name: &str) -> Result<&'a mut H::Value> {
        let handle = handle.cast::<Handle<H::Value>>();
        // SAFETY: the caller's promise is that of `check`.
        self.changed = Some(unsafe { check(handle, name)? });
        // SAFETY: `check` saw that it is not NULL, and the caller promises that nobody else uses it. The reference
        // covers the value alone: the flag beside it is read through the pointer that `check` gave.
        Ok(unsafe { &mut (*handle).value })
    }

    fn poison(&self) {
        if let Some(flag) = self.changed {
            // SAFETY: the flag belongs to a handle that the caller keeps alive until the call returns.
            unsafe { flag.as_ref() }.store(true, Ordering::Release);
        }
    }
}

/// Refuses NULL and poisoned handles, and gives the flag of the others.
///
/// # Safety
///
/// `handle` is NULL or a live handle.
unsafe fn check<T>(handle: *const Handle<T>, name: &str) -> Result<NonNull<AtomicBool>> {
    if handle.is_null() {
        bail!(NullPointer, "{name} is NULL");
    }
    // SAFETY: it is not NULL, so it is live; only the flag is referred to.
    let flag = unsafe { &(*handle).poisoned };
    if flag.load(Ordering::Acquire) {
        bail!(Poisoned, "an earlier call on {name} panicked; it can only be freed");
    }
    Ok(NonNull::from(flag))
}

/// Runs the body of an exported function and turns what happens into a status.
///
/// A failure, or a panic, is told through `error` where the caller wants it. A panic also poisons the handle that the
/// body was changing.
pub(super) fn guard(error: *mut *mut DiffpoolError, body: impl FnOnce(&mut Call) -> Result<()>) -> DiffpoolStatus {
    let mut call = Call::default();
    let result = match reserve::is_low() {
        true => Err(Error::out_of_memory()),
        false => quietly(|| memory::call(|| body(&mut call))).unwrap_or_else(|panic| {
            call.poison();
            Err(panic)
        }),
    };
    match result {
        Ok(()) => DiffpoolStatus::Ok,
        Err(failure) => {
            // SAFETY: by the header's rules `error` is NULL or points to a place for a pointer.
            unsafe { report(error, &failure) };
            failure.kind().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::ffi::error::{diffpool_error_free, diffpool_error_message, diffpool_error_status};
    use crate::ffi::handle::{free, into_handle};
    use std::ffi::CStr;
    use std::ptr::null_mut;

    struct Number;

    impl Opaque for Number {
        type Value = u32;
    }

    /// Doubles the number, or panics where it is 13, as an exported function would.
    fn double(number: *mut Number, error: *mut *mut DiffpoolError) -> DiffpoolStatus {
        guard(error, |call| {
            // SAFETY: the tests pass NULL or a live handle.
            let number = unsafe { call.change(number, "number") }?;
            assert!(*number != 13, "unlucky {number}");
            *number *= 2;
            Ok(())
        })
    }

    fn value(number: *const Number) -> Result<u32> {
        let mut call = Call::default();
        // SAFETY: the tests pass a live handle.
        unsafe { call.read(number, "number") }.copied()
    }

    /// The status and message of an error object, which is freed.
    fn take(error: *mut DiffpoolError) -> (DiffpoolStatus, String) {
        // SAFETY: the tests pass an object that `guard` made.
        unsafe {
            let status = diffpool_error_status(error);
            let message = CStr::from_ptr(diffpool_error_message(error)).to_str().unwrap().to_owned();
            diffpool_error_free(error);
            (status, message)
        }
    }

    #[test]
    fn success_leaves_the_error_alone() {
        let number = into_handle::<Number>(4).unwrap();
        let mut error = null_mut();
        assert_eq!(double(number, &mut error), DiffpoolStatus::Ok);
        assert!(error.is_null());
        assert_eq!(value(number), Ok(8));
        // SAFETY: made above, last use.
        unsafe { free(number) };
    }

    #[test]
    fn null_is_named() {
        let mut error = null_mut();
        assert_eq!(double(null_mut(), &mut error), DiffpoolStatus::NullPointer);
        assert_eq!(take(error), (DiffpoolStatus::NullPointer, "number is NULL".to_owned()));
        assert_eq!(double(null_mut(), null_mut()), DiffpoolStatus::NullPointer);
        // SAFETY: NULL is accepted.
        unsafe { free::<Number>(null_mut()) };
    }

    #[test]
    fn a_panic_is_a_status_and_poisons_the_handle() {
        let number = into_handle::<Number>(13).unwrap();
        let mut error = null_mut();
        assert_eq!(double(number, &mut error), DiffpoolStatus::Panic);
        let (status, message) = take(error);
        assert_eq!(status, DiffpoolStatus::Panic);
        assert!(message.starts_with("the library panicked at "), "{message}");
        assert!(message.contains("guard.rs:"), "{message}");
        assert!(message.ends_with(": unlucky 13"), "{message}");
        let poisoned = "an earlier call on number panicked; it can only be freed".to_owned();
        assert_eq!(double(number, &mut error), DiffpoolStatus::Poisoned);
        assert_eq!(take(error), (DiffpoolStatus::Poisoned, poisoned));
        assert_eq!(double(number, null_mut()), DiffpoolStatus::Poisoned);
        assert_eq!(value(number).unwrap_err().kind(), ErrorKind::Poisoned);
        // SAFETY: made above, last use: a poisoned handle can be freed.
        unsafe { free(number) };
    }

    #[test]
    fn a_panic_poisons_what_the_call_was_changing_and_nothing_else() {
        let (read, changed) = (into_handle::<Number>(1).unwrap(), into_handle::<Number>(2).unwrap());
        let status = guard(null_mut(), |call| {
            // SAFETY: both are live.
            let sum = unsafe { *call.read(read, "read")? + *call.change(changed, "changed")? };
            panic!("{sum}")
        });
        assert_eq!(status, DiffpoolStatus::Panic);
        assert_eq!(double(read, null_mut()), DiffpoolStatus::Ok);
        assert_eq!(double(changed, null_mut()), DiffpoolStatus::Poisoned);
        for handle in [read, changed] {
            // SAFETY: made above, last use.
            unsafe { free(handle) };
        }
    }
}
