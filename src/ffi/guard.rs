//! The one door through which every exported function goes: checked handles, caught panics, filled error objects.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{DiffpoolError, report};
use super::status::DiffpoolStatus;
use crate::error::{Error, ErrorKind, Result, bail, error};

/// Names of the library's own threads begin with this, so that their panics are as silent as those of a call.
const OWN_THREAD_PREFIX: &str = "diffpool-";

/// Most handles that one function takes.
const MAX_HANDLES: usize = 3;

/// Ties an incomplete struct of the header to what its pointers really point to, a `Handle<Self::Value>`.
pub(super) trait Opaque {
    /// What the handle holds. Any thread may have it, and many threads may read it at once.
    type Value: Send + Sync;
}

/// A value behind an opaque pointer, and whether a panic has left it in an unknown state.
struct Handle<T> {
    poisoned: AtomicBool,
    value: T,
}

/// The handles that a call was given: a panic poisons all of them.
pub(super) struct Call {
    flags: [Option<NonNull<AtomicBool>>; MAX_HANDLES],
    used: usize,
}

impl Call {
    /// The value of a handle that the call only reads.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this library, which nobody changes or frees during the call.
    pub(super) unsafe fn read<'a, H: Opaque>(&mut self, handle: *const H, name: &str) -> Result<&'a H::Value> {
        let handle = handle.cast::<Handle<H::Value>>();
        // SAFETY: the caller's promise is that of `note`.
        unsafe { self.note(handle, name)? };
        // SAFETY: `note` saw that it is not NULL, and the caller promises that it is live and unchanging.
        Ok(unsafe { &(*handle).value })
    }

    /// The value of a handle that the call changes.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this library, which nobody else uses during the call.
    pub(super) unsafe fn change<'a, H: Opaque>(&mut self, handle: *mut H, name: &str) -> Result<&'a mut H::Value> {
        let handle = handle.cast::<Handle<H::Value>>();
        // SAFETY: the caller's promise is that of `note`.
        unsafe { self.note(handle, name)? };
        // SAFETY: `note` saw that it is not NULL, and the caller promises that nobody else uses it. The reference
        // covers the value alone: the flag beside it is read through the pointer that `note` kept.
        Ok(unsafe { &mut (*handle).value })
    }

    /// Refuses NULL and poisoned handles, and remembers the flag of the others.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle.
    unsafe fn note<T>(&mut self, handle: *const Handle<T>, name: &str) -> Result<()> {
        if handle.is_null() {
            bail!(NullPointer, "{name} is NULL");
        }
        // SAFETY: it is not NULL, so it is live; only the flag is referred to.
        let flag = unsafe { &(*handle).poisoned };
        if flag.load(Ordering::Acquire) {
            bail!(Poisoned, "an earlier call on {name} panicked; it can only be freed");
        }
        self.flags[self.used] = Some(NonNull::from(flag));
        self.used += 1;
        Ok(())
    }

    fn poison(&self) {
        for flag in self.flags.iter().flatten() {
            // SAFETY: the flag belongs to a handle that the caller keeps alive until the call returns.
            unsafe { flag.as_ref() }.store(true, Ordering::Release);
        }
    }
}

/// Runs the body of an exported function and turns what happens into a status.
///
/// A failure, or a panic, is told through `error` where the caller wants it. A panic also poisons every handle that the
/// body took from its [`Call`].
pub(super) fn guard(error: *mut *mut DiffpoolError, body: impl FnOnce(&mut Call) -> Result<()>) -> DiffpoolStatus {
    let mut call = Call { flags: [None; MAX_HANDLES], used: 0 };
    let result = quietly(|| body(&mut call)).unwrap_or_else(|panic| {
        call.poison();
        Err(panic)
    });
    match result {
        Ok(()) => DiffpoolStatus::Ok,
        Err(failure) => {
            // SAFETY: by the header's rules `error` is NULL or points to a place for a pointer.
            unsafe { report(error, &failure) };
            failure.kind().into()
        }
    }
}

/// Puts a value behind a new opaque pointer, which the caller of the library will own.
pub(super) fn into_handle<H: Opaque>(value: H::Value) -> Result<*mut H> {
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

thread_local! {
    /// Whether this thread is inside a call, and so must not print when it panics.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// Where this thread panicked last inside a call.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body` as part of a call. A panic prints nothing and becomes an error of kind `Panic`.
pub(super) fn quietly<R>(body: impl FnOnce() -> R) -> Result<R> {
    install_hook();
    let _marker = Marker::set(true);
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| panic_error(payload.as_ref()))
}

/// Runs code of the caller's, such as a callback, within a call: its panics are its own affair.
pub(super) fn outside<R>(body: impl FnOnce() -> R) -> R {
    let _marker = Marker::set(false);
    body()
}

/// Sets `INSIDE` and puts the former value back when dropped.
struct Marker(bool);

impl Marker {
    fn set(inside: bool) -> Self {
        Self(INSIDE.replace(inside))
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}

/// Keeps panics inside calls from being printed, once for the whole process.
///
/// The shared library carries its own copy of `std`, so no other Rust code in the process meets this hook. A Rust
/// program that uses this crate directly does, which is why panics elsewhere still go to the hook that was there.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if INSIDE.get() {
                PLACE.set(info.location().map(|place| format!("{}:{}", place.file(), place.line())));
            } else if !std::thread::current().name().is_some_and(|name| name.starts_with(OWN_THREAD_PREFIX)) {
                previous(info);
            }
        }));
    });
}

fn panic_error(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    match PLACE.take() {
        Some(place) => error!(Panic, "the library panicked at {place}: {text}"),
        None => Error::new(ErrorKind::Panic, format!("the library panicked: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::error::{diffpool_error_free, diffpool_error_message, diffpool_error_status};
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
        let mut call = Call { flags: [None; MAX_HANDLES], used: 0 };
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
    fn a_panic_poisons_every_handle_of_the_call() {
        let (a, b) = (into_handle::<Number>(1).unwrap(), into_handle::<Number>(2).unwrap());
        let status = guard(null_mut(), |call| {
            // SAFETY: both are live.
            let sum = unsafe { call.read(a, "a")? + call.read(b, "b")? };
            panic!("{sum}")
        });
        assert_eq!(status, DiffpoolStatus::Panic);
        for handle in [a, b] {
            assert_eq!(double(handle, null_mut()), DiffpoolStatus::Poisoned);
            // SAFETY: made above, last use.
            unsafe { free(handle) };
        }
    }

    #[test]
    fn the_marker_is_gone_after_a_panic_and_off_in_a_callback() {
        let result = quietly(|| {
            assert!(INSIDE.get());
            outside(|| assert!(!INSIDE.get()));
            assert!(INSIDE.get());
            panic!("inside")
        });
        let failure: Result<()> = result;
        assert_eq!(failure.unwrap_err().kind(), ErrorKind::Panic);
        assert!(!INSIDE.get());
        assert!(PLACE.take().is_none());
    }

    #[test]
    fn own_threads_are_known_by_name() {
        let executor = crate::ops::runtime::executor::Executor::new(2).unwrap();
        executor.for_each(&mut [0; 8], |_, _| {
            assert!(std::thread::current().name().is_some_and(|name| name.starts_with(OWN_THREAD_PREFIX)));
        });
    }

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
