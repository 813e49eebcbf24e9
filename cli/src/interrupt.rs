//! Ctrl-C and the signals that ask a program to end: where there is something to keep, the first one asks nicely and
//! the second one ends it at once; elsewhere the first one does.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use diffpool::control::Control;

use crate::ignored::{ignore_signals, ignored_signals};
use crate::output;

/// Cancelled by the first Ctrl-C. Whatever takes long looks at it.
static CONTROL: LazyLock<Control> = LazyLock::new(Control::new);

/// Whether somebody looks at [`control`].
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Begins to listen. Until [`watch`] is called there is nothing to keep, and the first Ctrl-C ends the program.
///
/// Signals that were ignored when the program began stay so: `nohup` and a shell's `&` mean that. Where no thread can be
/// started to listen, signals do what they do to any program.
pub fn listen() {
    let stop = || {
        let (again, watched) = (stopped(), WATCHED.load(Ordering::SeqCst));
        CONTROL.cancel();
        if !watched {
            output::note("diffpool: stopped: nothing was begun that could be kept");
        }
        if again || !watched {
            std::process::exit(130);
        }
    };
    let ignored = ignored_signals();
    if ctrlc::set_handler(stop).is_ok() {
        ignore_signals(&ignored);
    }
}

/// From here on the first Ctrl-C is left to whoever looks at [`control`].
pub fn watch() {
    WATCHED.store(true, Ordering::SeqCst);
}

/// What the user stops by Ctrl-C.
pub fn control() -> &'static Control {
    &CONTROL
}

/// Whether the user asked to stop.
pub fn stopped() -> bool {
    CONTROL.is_cancelled()
}
