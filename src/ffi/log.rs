//! Log: what a person should know of a training, such as data that a model cannot learn from.
//!
//! A trainer with a log callback tells each of these once:
//!
//! ```text
//! INFO     features that are the same at every node of the training graphs
//! WARNING  features that are large and not standardised
//! WARNING  classes without training graphs, and labels that are never 0 or never 1
//! WARNING  validation graphs that do not define the metric, as where all of them are of one class
//! WARNING  fewer than two clusters of a level in use for three epochs, seen where the key `diagnostics` is set
//! ```
//!
//! ```c
//! static void tell(void *ctx, diffpool_log_level level, const char *message)
//! {
//!     fprintf(ctx, "%s: %s\n", level == DIFFPOOL_LOG_LEVEL_WARNING ? "warning" : "note", message);
//! }
//!
//! check(diffpool_trainer_set_log(trainer, tell, stderr, &error));
//! check(diffpool_trainer_fit(trainer, NULL, NULL, NULL, NULL, NULL, &error));
//! ```

use std::ffi::{CString, c_char, c_void};

use super::error::DiffpoolError;
use super::guard::guard;
use super::panics::outside;
use super::status::DiffpoolStatus;
use super::trainer::{DiffpoolTrainer, Tell};
use crate::train::{Notice, Severity};

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum DiffpoolLogLevel {
    /// Nothing needs to be done.
    Info = 1,
    /// What is trained is probably not what was meant.
    Warning = 2,
}

/// Called with a message for people, on the thread that called diffpool_trainer_fit, with the `ctx` that was given with
/// it. `message` is borrowed until the callback returns. It must not throw an exception or jump out.
pub type DiffpoolLogCallback =
    Option<unsafe extern "C" fn(ctx: *mut c_void, level: DiffpoolLogLevel, message: *const c_char)>;

/// A callback and its context.
#[derive(Clone, Copy)]
struct Log {
    callback: unsafe extern "C" fn(ctx: *mut c_void, level: DiffpoolLogLevel, message: *const c_char),
    ctx: *mut c_void,
}

// SAFETY: the library never looks at the context; the caller promises that the thread which trains may use it.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

impl Log {
    /// Tells the caller.
    fn tell(&self, notice: &Notice) {
        let level = match notice.severity() {
            Severity::Info => DiffpoolLogLevel::Info,
            Severity::Warning => DiffpoolLogLevel::Warning,
        };
        let Self { callback, ctx } = *self;
        // Names of classes may have any characters.
        let Ok(message) = CString::new(notice.to_string().replace('\0', "\u{fffd}")) else { return };
        // SAFETY: the callback is the caller's, and so is what it does with its context.
        outside(|| unsafe { callback(ctx, level, message.as_ptr()) });
    }
}

/// Says whom diffpool_trainer_fit tells what a person should know. A callback of NULL stands for nobody, which is how a
/// trainer begins.
///
/// Ownership: `ctx` is borrowed until another is set or the trainer is freed.
///
/// Fails: INVALID_STATE if another call is using the trainer.
///
/// Threads: one at a time; `trainer` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_trainer_set_log(
    trainer: *mut DiffpoolTrainer,
    log_callback: DiffpoolLogCallback,
    ctx: *mut c_void,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let trainer = unsafe { call.read(trainer, "trainer") }?;
        let log = log_callback.map(|callback| Log { callback, ctx });
        trainer.write()?.log = log.map(|log| Box::new(move |notice: &Notice| log.tell(notice)) as Tell);
        Ok(())
    })
}
