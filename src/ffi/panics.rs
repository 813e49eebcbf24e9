//! Panics at the border: caught, silent within a call, and turned into errors.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread::LocalKey;

use super::floating_point::{Control, Environment};
use crate::error::{Error, ErrorKind, Result, error};

/// Names of the library's own threads begin with this, so that their panics are as silent as those of a call.
const OWN_THREAD_PREFIX: &str = "diffpool-";

thread_local! {
    /// Whether this thread is inside a call, and so must not print when it panics.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The floating-point environment that the host had at the call, where it is not the default.
    static HOST: Cell<Option<Control>> = const { Cell::new(None) };
    /// Where this thread panicked last inside a call.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body` as part of a call, in the default floating-point environment. A panic prints nothing and becomes an
/// error of kind `Panic`.
pub(super) fn quietly<R>(body: impl FnOnce() -> R) -> Result<R> {
    install_hook();
    let environment = Environment::default_one();
    let _host = Former(&HOST, HOST.replace(environment.host()));
    let _marker = mark(true);
    catch_unwind(AssertUnwindSafe(|| apart(body))).map_err(|payload| panic_error(payload.as_ref()))
}

/// Runs `body` in a function of its own. The compiler knows nothing of floating-point environments and may move a
/// division past a change of them, but not out of a function or into one.
#[inline(never)]
fn apart<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Runs code of the caller's, such as a callback, within a call: its panics are its own affair, and so is its
/// floating-point environment. Not inlined, as [`apart`] is not: what the library computes is before it or after it.
#[inline(never)]
pub(super) fn outside<R>(body: impl FnOnce() -> R) -> R {
    let _environment = Environment::of_host(HOST.get());
    let _marker = mark(false);
    body()
}

/// Puts the former value back when dropped.
struct Former<T: Copy + 'static>(&'static LocalKey<Cell<T>>, T);

impl<T: Copy> Drop for Former<T> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

fn mark(inside: bool) -> Former<bool> {
    Former(&INSIDE, INSIDE.replace(inside))
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

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_call_has_the_default_environment_and_a_callback_the_hosts() {
        use crate::ffi::floating_point::tests::{STRICT, in_environment, modes};
        let call = || {
            // Would end the process in the host's environment.
            let quotient = apart(|| std::hint::black_box(0.0_f32) / std::hint::black_box(0.0_f32));
            (modes(), outside(modes), modes(), quotient.is_nan())
        };
        let (seen, after) = in_environment(STRICT, || quietly(call));
        assert_eq!((seen.unwrap(), after), ((0x1f80, STRICT, 0x1f80, true), STRICT));
        let (panicked, after) = in_environment(STRICT, || quietly(|| panic!("boom")));
        assert_eq!((panicked.is_err(), after), (true, STRICT));
    }

    #[test]
    fn own_threads_are_known_by_name() {
        let executor = crate::ops::runtime::executor::Executor::new(2).unwrap();
        executor.for_each(&mut [0; 8], |_, _| {
            assert!(std::thread::current().name().is_some_and(|name| name.starts_with(OWN_THREAD_PREFIX)));
        });
    }
}
