//! Controls: what a long call may take, and how it is watched and stopped.
//!
//! Functions that may take long take a diffpool_control, or NULL for no limits. One control may be given to many calls
//! at once, of one thread or of several. A call that is stopped returns CANCELLED or TIMEOUT, one whose input is too
//! large LIMIT, and its handles are as they were before; it can be called again. A call looks at its control every
//! fraction of a millisecond of work, in the middle of a large graph, too; only memory that is being reserved and a
//! file that is being read are waited for. diffpool_trainer_fit looks at it once a batch.
//!
//! ```c
//! diffpool_control *control;
//! check(diffpool_control_new(&control, &error));
//! check(diffpool_control_set_max_nodes(control, 100000, &error));
//! check(diffpool_control_set_timeout(control, 0.25, &error));
//! diffpool_status status = diffpool_session_predict(session, graph, control, NULL);
//! if (status == DIFFPOOL_STATUS_TIMEOUT || status == DIFFPOOL_STATUS_LIMIT)
//!     fprintf(stderr, "the graph is too large\n");
//! diffpool_control_free(control);
//! ```

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::time::Duration;

use super::arguments::output;
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free, look};
use super::panics::outside;
use super::status::DiffpoolStatus;
use crate::control::{Control, OnProgress};
use crate::error::bail;

/// Called now and then by a call that was given the control, on the thread that made the call, with the `ctx` given
/// along: how much is done, and how much there is in all, in graphs, in bytes or in batches; 0 where that is not known.
/// 0 goes on; any other number stops the call with CANCELLED. It must not throw an exception or jump out.
pub type DiffpoolProgressCallback = Option<unsafe extern "C" fn(ctx: *mut c_void, done: usize, all: usize) -> c_int>;

/// What calls may take, and a way to stop them.
pub struct DiffpoolControl {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolControl {
    type Value = Control;
}

/// The context of a callback, which the caller lets other threads see by giving the control to their calls.
struct Context(*mut c_void);

// SAFETY: the header says that the context is handed to the callback on the thread of each call.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    fn get(&self) -> *mut c_void {
        self.0
    }
}

/// Makes a control without deadline, limits and callback.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_control_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_new(
    out: *mut *mut DiffpoolControl,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { output(out, "out")? }.put_handle(Control::new())
    })
}

/// Frees a control. NULL is harmless.
///
/// Ownership: `control` is gone after the call.
///
/// Threads: any, once no call uses it and no thread or signal handler will cancel it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_free(control: *mut DiffpoolControl) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(control) };
}

/// Asks all calls with this control to stop: those that run, and every one to come until diffpool_control_reset. NULL
/// is harmless.
///
/// Threads: any, at any time, and signal handlers: it writes one atomic number and does nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_cancel(control: *const DiffpoolControl) {
    // SAFETY: by the header's rules it is NULL or a live control.
    if let Some(control) = unsafe { super::handle::peek(control) } {
        control.cancel();
    }
}

/// Takes a cancellation back. A call that has seen it stops all the same. NULL is harmless.
///
/// Threads: any, at any time, and signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_reset(control: *const DiffpoolControl) {
    // SAFETY: by the header's rules it is NULL or a live control.
    if let Some(control) = unsafe { super::handle::peek(control) } {
        control.reset();
    }
}

/// Whether diffpool_control_cancel was called, and no diffpool_control_reset after it: 1 or 0; 0 for NULL.
///
/// Threads: any, at any time, and signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_is_cancelled(control: *const DiffpoolControl) -> c_int {
    // SAFETY: by the header's rules it is NULL or a live control.
    unsafe { look(control, 0, |control| control.is_cancelled().into()) }
}

/// Lets calls run until `seconds` from now, by a clock that nobody sets. Infinity takes the deadline away. It is set
/// anew for every request: calls that come after a deadline return TIMEOUT.
///
/// Fails: INVALID_ARGUMENT if the number is negative, NaN, or beyond what clocks can tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_set_timeout(
    control: *mut DiffpoolControl,
    seconds: f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let control = unsafe { call.change(control, "control")? };
        if seconds == f64::INFINITY {
            return control.set_timeout(None);
        }
        let Ok(timeout) = Duration::try_from_secs_f64(seconds) else {
            bail!(InvalidArgument, "seconds is {seconds:?}, which is no time to wait");
        };
        control.set_timeout(Some(timeout))
    })
}

/// Refuses graphs of more nodes with LIMIT, before anything is done with them. SIZE_MAX is no limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_set_max_nodes(
    control: *mut DiffpoolControl,
    nodes: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let control = unsafe { call.change(control, "control")? };
        control.limits_mut().nodes = Some(nodes).filter(|&limit| limit != usize::MAX);
        Ok(())
    })
}

/// Refuses graphs of more edges with LIMIT, before anything is done with them. The edges of a graph object count as
/// they were given, those of an undirected data set once. SIZE_MAX is no limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_set_max_edges(
    control: *mut DiffpoolControl,
    edges: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let control = unsafe { call.change(control, "control")? };
        control.limits_mut().edges = Some(edges).filter(|&limit| limit != usize::MAX);
        Ok(())
    })
}

/// Refuses files of more bytes, and graphs whose arrays have more, with LIMIT. SIZE_MAX is no limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_set_max_bytes(
    control: *mut DiffpoolControl,
    bytes: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let control = unsafe { call.change(control, "control")? };
        control.limits_mut().bytes = Some(bytes).filter(|&limit| limit != usize::MAX);
        Ok(())
    })
}

/// Says what to call now and then; NULL stands for nothing.
///
/// Ownership: `ctx` is borrowed until the control is freed or another is set. Where calls of several threads share the
/// control, the callback runs on all of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_control_set_progress(
    control: *mut DiffpoolControl,
    progress_callback: DiffpoolProgressCallback,
    ctx: *mut c_void,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let control = unsafe { call.change(control, "control")? };
        let context = Context(ctx);
        control.set_progress(progress_callback.map(|callback| {
            // SAFETY: the callback is the caller's, and so is what it does with its context.
            let tell = move |done, all| outside(|| unsafe { callback(context.get(), done, all) }) == 0;
            Arc::new(tell) as OnProgress
        }));
        Ok(())
    })
}
