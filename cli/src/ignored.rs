//! Signals that whoever started the program wants to be ignored.

/// Those of the signals that ask a program to end which are ignored.
#[cfg(unix)]
pub fn ignored_signals() -> Vec<libc::c_int> {
    let is_ignored = |signal: &libc::c_int| {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: nothing is changed, and the place is as large as what is written; zeroes are a value of it.
        unsafe {
            libc::sigaction(*signal, std::ptr::null(), action.as_mut_ptr()) == 0
                && action.assume_init().sa_sigaction == libc::SIG_IGN
        }
    };
    [libc::SIGINT, libc::SIGTERM, libc::SIGHUP].into_iter().filter(is_ignored).collect()
}

/// Ignores signals.
#[cfg(unix)]
pub fn ignore_signals(signals: &[libc::c_int]) {
    for &signal in signals {
        // SAFETY: to be ignored is an action of every one of these signals.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

#[cfg(not(unix))]
pub fn ignored_signals() -> Vec<i32> {
    Vec::new()
}

#[cfg(not(unix))]
pub fn ignore_signals(_: &[i32]) {}
