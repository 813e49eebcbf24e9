//! Ctrl-C and the signals that ask a program to end: the first one asks nicely, the second one ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, Result};

/// Set by the first Ctrl-C. Whatever takes long looks at it.
pub static STOPPED: AtomicBool = AtomicBool::new(false);

/// Begins to listen.
pub fn listen() -> Result<()> {
    let stop = || {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(stop).map_err(|e| Failure::usage(format!("cannot listen to Ctrl-C: {e}")))
}

/// Whether the user asked to stop.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
