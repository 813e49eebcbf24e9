//! What a long call may take, and how it is watched and stopped: cancellation, deadline, limits, progress.
//!
//! A call that is given a [`Control`] looks at it between its steps. The inner loops of a prediction cannot be given
//! one argument more each; they ask [`stopped`], which knows the control that the thread at hand works under, and leave
//! what they compute unfinished. Whoever called them looks at the control again and throws the result away.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result, bail, error};

/// How far a call is: how much of it is done, and how much there is in all, 0 where that is not known. `false` asks to
/// stop.
pub type OnProgress = Arc<dyn Fn(usize, usize) -> bool + Send + Sync>;

/// What a call may take, and a way to stop it from another thread or from a signal handler.
#[derive(Default)]
pub struct Control {
    cancelled: Arc<AtomicBool>,
    deadline: Option<(Instant, Duration)>,
    limits: Limits,
    on_progress: Option<OnProgress>,
}

/// The largest input that a call takes; `None` where there is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Nodes of a graph.
    pub nodes: Option<usize>,
    /// Edges of a graph, as given.
    pub edges: Option<usize>,
    /// Bytes of the arrays of a graph, or of the files that are read.
    pub bytes: Option<usize>,
}

impl Control {
    /// A control that lets everything pass.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every call that is given this control to stop, those that run and those to come. Nothing but an atomic
    /// write.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Takes a cancellation back.
    pub fn reset(&self) {
        self.cancelled.store(false, Ordering::Relaxed);
    }

    /// Whether calls are to stop by [`cancel`](Self::cancel).
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Lets calls run for so long from now on; `None` for ever.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.deadline = match timeout {
            None => None,
            Some(timeout) => match Instant::now().checked_add(timeout) {
                Some(deadline) => Some((deadline, timeout)),
                None => bail!(InvalidArgument, "the timeout is {} s, beyond what clocks can tell", timeout.as_secs()),
            },
        };
        Ok(())
    }

    /// The limits.
    pub fn limits_mut(&mut self) -> &mut Limits {
        &mut self.limits
    }

    /// Calls `on_progress` now and then, on the thread that made the call.
    pub fn set_progress(&mut self, on_progress: Option<OnProgress>) {
        self.on_progress = on_progress;
    }

    /// An error where calls are to stop.
    pub fn check(&self) -> Result<()> {
        check_now(self.is_cancelled(), self.deadline)
    }

    /// An error where calls are to stop, or the caller, who is told how far the call is, wants to.
    pub fn progress(&self, done: usize, all: usize) -> Result<()> {
        self.check()?;
        if self.on_progress.as_ref().is_some_and(|on_progress| !on_progress(done, all)) {
            bail!(Cancelled, "the progress callback asked to stop at {done} of {all}");
        }
        Ok(())
    }

    /// Whether anybody is to be told how far a call is.
    pub fn wants_progress(&self) -> bool {
        self.on_progress.is_some()
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// An error where a graph has more nodes, edges or bytes than may be.
    pub fn check_graph(&self, nodes: usize, edges: usize, bytes: usize) -> Result<()> {
        self.limits.check(nodes, || edges, bytes)
    }
}

impl Limits {
    /// An error where a graph is larger; its edges are counted only where they are limited.
    pub fn check(&self, nodes: usize, edges: impl FnOnce() -> usize, bytes: usize) -> Result<()> {
        within("nodes", nodes, self.nodes)?;
        if self.edges.is_some() {
            within("edges", edges(), self.edges)?;
        }
        within("bytes", bytes, self.bytes)
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cancelled, deadline, limits, .. } = self;
        f.debug_struct("Control")
            .field("cancelled", cancelled)
            .field("deadline", deadline)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}

fn check_now(cancelled: bool, deadline: Option<(Instant, Duration)>) -> Result<()> {
    if cancelled {
        bail!(Cancelled, "the call was cancelled");
    }
    match deadline {
        Some((deadline, timeout)) if Instant::now() >= deadline => {
            bail!(Timeout, "the time of {} s is over", timeout.as_secs_f64())
        }
        _ => Ok(()),
    }
}

fn within(what: &str, found: usize, limit: Option<usize>) -> Result<()> {
    match limit {
        Some(limit) if found > limit => bail!(Limit, "there are {found} {what}, but the limit is {limit}"),
        _ => Ok(()),
    }
}

/// [`Control::check`] where there is a control.
pub fn check(control: Option<&Control>) -> Result<()> {
    control.map_or(Ok(()), Control::check)
}

/// What the work of a thread is watched for.
#[derive(Clone)]
struct Watch {
    cancelled: Arc<AtomicBool>,
    deadline: Option<(Instant, Duration)>,
    on_progress: Option<OnProgress>,
    limits: Limits,
    /// How many bytes have been read.
    bytes: usize,
    /// Why a loop was told to stop. It stays so, whatever becomes of the control meanwhile: the loop is unfinished.
    stopped: Option<Error>,
}

thread_local! {
    /// What this thread is watched for.
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// How many threads are watched. Where none is, nobody has to look at what belongs to a thread, which would take longer
/// than all else that a small prediction asks for.
static WATCHED: AtomicUsize = AtomicUsize::new(0);

/// Puts back what a thread was watched for before, also after a panic.
struct Restore(Option<Watch>);

impl Drop for Restore {
    fn drop(&mut self) {
        WATCH.set(self.0.take());
        WATCHED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Does `work` on this thread under a control, so that [`stopped`] in its inner loops knows of it. An error where it
/// was told to stop: what it computed is then unfinished.
pub fn under<R>(control: Option<&Control>, work: impl FnOnce() -> R) -> Result<R> {
    let Some(control) = control else { return Ok(work()) };
    let watch = Watch {
        cancelled: Arc::clone(&control.cancelled),
        deadline: control.deadline,
        on_progress: control.on_progress.clone(),
        limits: control.limits,
        bytes: 0,
        stopped: None,
    };
    under_watch(watch, work)
}

fn under_watch<R>(watch: Watch, work: impl FnOnce() -> R) -> Result<R> {
    WATCHED.fetch_add(1, Ordering::Relaxed);
    let restore = Restore(WATCH.replace(Some(watch)));
    let result = work();
    let stopped = WATCH.with_borrow_mut(|watch| watch.as_mut().and_then(|watch| watch.stopped.take()));
    drop(restore);
    stopped.map_or(Ok(result), Err)
}

/// What a thread is watched for, for the threads that work for it.
pub struct Inherited(Option<Watch>);

/// What this thread is watched for, so that threads which it hands work to can look at it, too.
pub fn inherit() -> Inherited {
    Inherited(WATCH.with_borrow(Clone::clone))
}

impl Inherited {
    /// Does `work` as [`under`] does, on any thread.
    pub fn under<R>(&self, work: impl FnOnce() -> R) -> Result<R> {
        match &self.0 {
            Some(watch) => under_watch(watch.clone(), work),
            None => Ok(work()),
        }
    }
}

/// Whether the work of this thread is watched at all: if not, loops need not be cut into pieces.
pub fn is_watched() -> bool {
    WATCHED.load(Ordering::Relaxed) > 0 && WATCH.with_borrow(Option::is_some)
}

/// Whether the work of this thread is to stop. It takes some dozens of nanoseconds: asked every few thousand
/// operations, it costs nothing.
#[inline(always)]
pub fn stopped() -> bool {
    WATCHED.load(Ordering::Relaxed) > 0 && is_stopped()
}

#[inline(never)]
fn is_stopped() -> bool {
    WATCH.with_borrow_mut(|watch| {
        let Some(watch) = watch else { return false };
        if watch.stopped.is_none() {
            watch.stopped = check_now(watch.cancelled.load(Ordering::Relaxed), watch.deadline).err();
        }
        watch.stopped.is_some()
    })
}

/// The limits that this thread works under.
pub fn limits() -> Limits {
    WATCH.with_borrow(|watch| watch.as_ref().map_or(Limits::default(), |watch| watch.limits))
}

/// [`stopped`] as an error, for loops that can fail. Whoever called [`under`] gets the reason in its place.
fn stop_here() -> Error {
    error!(Cancelled, "the call was stopped")
}

/// Called by whatever reads a file, with every piece that was read: an error where the work of this thread is to stop,
/// or has read more than it may. Tells the caller how much was read so far.
pub fn proceed(bytes: usize) -> Result<()> {
    if !is_watched() {
        return Ok(());
    }
    let (on_progress, bytes) = WATCH.with_borrow_mut(|watch| {
        let Some(watch) = watch else { return (None, 0) };
        watch.bytes = watch.bytes.saturating_add(bytes);
        if watch.stopped.is_none() {
            watch.stopped = within("bytes to be read, at least", watch.bytes, watch.limits.bytes).err();
        }
        (watch.on_progress.clone().filter(|_| bytes > 0), watch.bytes)
    });
    // The callback is the caller's: it may call the library.
    if on_progress.is_some_and(|on_progress| !on_progress(bytes, 0)) {
        let asked = error!(Cancelled, "the progress callback asked to stop after {bytes} bytes");
        WATCH.with_borrow_mut(|watch| watch.iter_mut().for_each(|watch| watch.stopped = Some(asked.clone())));
    }
    if stopped() { Err(stop_here()) } else { Ok(()) }
}

/// The items of a long loop, such as the rows of a matrix, until the work of this thread is to [stop](stopped), which
/// is asked every 64 of them.
#[inline(always)]
pub fn watched<I: IntoIterator>(items: I) -> Watched<I::IntoIter> {
    Watched { items: items.into_iter(), taken: 0 }
}

/// What [`watched`] returns.
pub struct Watched<I> {
    items: I,
    taken: usize,
}

impl<I: Iterator> Iterator for Watched<I> {
    type Item = I::Item;

    #[inline(always)]
    fn next(&mut self) -> Option<I::Item> {
        self.taken += 1;
        if self.taken.is_multiple_of(64) && stopped() {
            return None;
        }
        self.items.next()
    }
}

/// An error where the work of this thread is to stop, for loops that can fail.
pub fn go_on() -> Result<()> {
    if stopped() { Err(stop_here()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_cancellation_stays_until_it_is_taken_back() {
        let control = Control::new();
        assert_eq!(control.check(), Ok(()));
        control.cancel();
        assert_eq!(control.check().unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(control.progress(1, 2).unwrap_err().kind(), ErrorKind::Cancelled);
        control.reset();
        assert_eq!(control.check(), Ok(()));
    }

    #[test]
    fn time_runs_out() {
        let mut control = Control::new();
        control.set_timeout(Some(Duration::from_secs(3600))).unwrap();
        assert_eq!(control.check(), Ok(()));
        control.set_timeout(Some(Duration::ZERO)).unwrap();
        let error = control.check().unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "the time of 0 s is over"));
        assert_eq!(control.set_timeout(Some(Duration::MAX)).unwrap_err().kind(), ErrorKind::InvalidArgument);
        control.set_timeout(None).unwrap();
        assert_eq!(control.check(), Ok(()));
    }

    #[test]
    fn limits_name_both_numbers() {
        let mut control = Control::new();
        *control.limits_mut() = Limits { nodes: Some(10), edges: Some(20), bytes: Some(30) };
        assert_eq!(control.check_graph(10, 20, 30), Ok(()));
        let error = control.check_graph(11, 0, 0).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Limit, "there are 11 nodes, but the limit is 10"));
        assert_eq!(control.check_graph(1, 21, 0).unwrap_err().message(), "there are 21 edges, but the limit is 20");
        assert_eq!(control.check_graph(1, 1, 31).unwrap_err().message(), "there are 31 bytes, but the limit is 30");
    }

    #[test]
    fn progress_can_stop() {
        let mut control = Control::new();
        control.set_progress(Some(Arc::new(|done, all| done < all)));
        assert_eq!(control.progress(1, 2), Ok(()));
        let error = control.progress(2, 2).unwrap_err();
        assert_eq!(error.message(), "the progress callback asked to stop at 2 of 2");
    }

    #[test]
    fn threads_inherit_a_control() {
        let control = Control::new();
        let result = under(Some(&control), || {
            let inherited = inherit();
            std::thread::scope(|scope| {
                let ask = || inherited.under(|| (is_watched(), stopped()));
                let before = scope.spawn(ask).join().unwrap();
                control.cancel();
                (before, scope.spawn(ask).join().unwrap().unwrap_err().kind())
            })
        });
        assert_eq!(result, Ok((Ok((true, false)), ErrorKind::Cancelled)));
        assert_eq!(inherit().under(is_watched), Ok(false));
    }

    #[test]
    fn work_is_under_the_innermost_control_only() {
        let (outer, inner) = (Control::new(), Control::new());
        inner.cancel();
        assert!(!is_watched() && !stopped());
        let result = under(Some(&outer), || {
            assert!(is_watched() && !stopped());
            assert!(under(Some(&inner), || assert!(stopped())).is_err());
            let panicking = || under(Some(&inner), || panic!("boom"));
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(panicking));
            assert!(panicked.is_err() && !stopped());
            outer.cancel();
            assert!(stopped());
            // What a loop left unfinished stays unfinished.
            outer.reset();
            assert!(stopped());
        });
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(!is_watched());
        assert_eq!(under(Some(&outer), || 7), Ok(7));
        assert_eq!(under(None, || 8), Ok(8));
    }
}
