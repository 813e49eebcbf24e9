//! The threads of a pool: how they are started, and that they are gone when the pool is.
//!
//! The signals of a host are its own affair: the threads block all that come from outside, so that a thread of the
//! host that waits for one gets it. What a thread does wrong itself (`SIGSEGV` and its like) is not blocked.

use std::io;
use std::thread::{Builder, JoinHandle};

use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};

use crate::error::{Result, bail, error};

/// The stack of a thread. Set here, so that no environment variable of the host changes it.
const STACK: usize = 2 << 20;

/// A pool whose threads have ended when it is dropped.
#[derive(Debug)]
pub(super) struct Threads {
    /// There until it is dropped.
    pool: Option<ThreadPool>,
    handles: Vec<JoinHandle<()>>,
    process: u32,
}

impl Threads {
    /// Starts so many threads, or none.
    pub fn start(count: usize) -> Result<Self> {
        let mut threads = Self { pool: None, handles: Vec::new(), process: std::process::id() };
        threads.handles.try_reserve_exact(count)?;
        let handles = &mut threads.handles;
        let pool = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|i| format!("diffpool-{i}"))
            .stack_size(STACK)
            .spawn_handler(|thread| spawn(thread).map(|handle| handles.push(handle)))
            .build();
        // Where one could not be started, those before it end, and are waited for as `threads` is dropped.
        threads.pool = Some(pool.map_err(|e| error!(OutOfMemory, "{count} threads cannot be started: {e}"))?);
        Ok(threads)
    }

    /// The pool.
    pub fn pool(&self) -> &ThreadPool {
        self.pool.as_ref().expect("it is there until it is dropped")
    }

    /// An error in a process that is a copy, made by `fork`, of the one that started the threads: it has none of them.
    pub fn check_process(&self) -> Result<()> {
        if self.is_copy() {
            bail!(InvalidState, "its threads are in the process that made it: this one is a copy of that, by fork");
        }
        Ok(())
    }

    fn is_copy(&self) -> bool {
        self.process != std::process::id()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if self.is_copy() {
            // Locks may be as another thread held them, and there is nobody to wait for.
            std::mem::forget(self.pool.take());
            std::mem::forget(std::mem::take(&mut self.handles));
            return;
        }
        drop(self.pool.take());
        // A thread that panicked has ended, too.
        self.handles.drain(..).for_each(|handle| drop(handle.join()));
    }
}

fn spawn(thread: ThreadBuilder) -> io::Result<JoinHandle<()>> {
    let mut builder = Builder::new();
    if let Some(name) = thread.name() {
        builder = builder.name(name.to_owned());
    }
    if let Some(size) = thread.stack_size() {
        builder = builder.stack_size(size);
    }
    // A thread begins with the mask of the one that makes it, and so has it from its first instruction on.
    let _blocked = signals::Blocked::new();
    builder.spawn(|| thread.run())
}

#[cfg(unix)]
mod signals {
    use std::mem::MaybeUninit;
    use std::ptr::null_mut;

    /// Signals that tell a thread of its own faults.
    const OWN: [libc::c_int; 7] =
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGABRT, libc::SIGSYS];

    /// Blocks signals from outside on this thread until it is dropped.
    pub struct Blocked(libc::sigset_t);

    impl Blocked {
        pub fn new() -> Self {
            let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
            // SAFETY: `sigfillset` fills the first set before it is used, and `pthread_sigmask`, which cannot fail with
            // these arguments, the second.
            unsafe {
                libc::sigfillset(all.as_mut_ptr());
                for signal in OWN {
                    libc::sigdelset(all.as_mut_ptr(), signal);
                }
                libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr());
                Self(before.assume_init())
            }
        }
    }

    impl Drop for Blocked {
        fn drop(&mut self) {
            // SAFETY: the set is the one that this thread had.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, null_mut()) };
        }
    }
}

#[cfg(not(unix))]
mod signals {
    /// There are no signals to block.
    pub struct Blocked;

    impl Blocked {
        pub fn new() -> Self {
            Self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of the threads of this process that begin so.
    #[cfg(target_os = "linux")]
    fn alive(prefix: &str) -> usize {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name.starts_with(prefix)).count()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_are_gone_after_the_drop_and_block_signals() {
        // Other tests of this process have threads of the usual names.
        for _ in 0..20 {
            let threads = Threads::start(40).unwrap();
            let mine = threads.pool().broadcast(|_| {
                let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
                let id = std::fs::read_link("/proc/thread-self").unwrap();
                let field = status.lines().find_map(|line| line.strip_prefix("SigBlk:\t")).unwrap().to_owned();
                (id, u64::from_str_radix(&field, 16).unwrap())
            });
            assert!(alive("diffpool-39") >= 1);
            drop(threads);
            for (id, blocked) in mine {
                assert!(!std::path::Path::new("/proc").join(&id).exists(), "{id:?} still runs");
                let is_blocked = |signal: i32| blocked >> (signal - 1) & 1 == 1;
                assert!(is_blocked(libc::SIGTERM) && is_blocked(libc::SIGINT) && is_blocked(libc::SIGUSR1));
                assert!(!is_blocked(libc::SIGSEGV) && !is_blocked(libc::SIGFPE));
            }
        }
    }
}
