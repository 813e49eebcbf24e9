//! The one place that hands work to threads.
//!
//! Work is a list of chunks that does not depend on the number of threads; each chunk is worked on by one thread with
//! the chunk's own memory, so results are the same bits for any number of threads.
//!
//! A training step is some dozens of short lists with little between them. A thread that falls asleep in between takes
//! longer to wake than many a list takes, so within [`Executor::run`] the others stay awake for a while, and whoever is
//! done with a list waits for the rest of it awake. They give way to whatever else wants the processor, and sleep
//! where nothing comes for `PATIENCE`.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::threads::Threads;
use crate::error::{Result, bail};

/// How long a thread waits awake.
const PATIENCE: Duration = Duration::from_millis(2);
/// How long [`Executor::run`] waits for its threads, at most, before it goes on without those that are late.
const START: Duration = Duration::from_millis(20);

/// Largest number of threads: more than any machine makes use of, and few enough to be started.
pub const MAX_THREADS: usize = 1024;

/// A pool of threads owned by one trainer or evaluation; with one thread there is none.
#[derive(Debug)]
pub struct Executor {
    pool: Option<Threads>,
    threads: usize,
    bell: Bell,
}

impl Executor {
    /// `threads` workers, at most [`MAX_THREADS`], or as many as the machine has cores where it is 0.
    pub fn new(threads: usize) -> Result<Self> {
        if threads > MAX_THREADS {
            bail!(InvalidArgument, "threads is {threads}, but must be at most {MAX_THREADS}");
        }
        let available = || std::thread::available_parallelism().map_or(1, |n| n.get());
        let threads = if threads == 0 { available() } else { threads };
        let bell = Bell::default();
        if threads == 1 {
            return Ok(Self { pool: None, threads, bell });
        }
        let pool = Some(Threads::start(threads)?);
        Ok(Self { pool, threads, bell })
    }

    /// An error in a copy, made by `fork`, of the process that made it, where nobody would do the work.
    pub fn check_process(&self) -> Result<()> {
        self.pool.as_ref().map_or(Ok(()), Threads::check_process)
    }

    /// Number of threads that work.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Calls `work` once for every item, on any thread, and returns when all calls have.
    pub fn for_each<C: Send>(&self, items: &mut [C], work: impl Fn(usize, &mut C) + Send + Sync) {
        self.share(items.iter_mut().enumerate(), |(i, item)| work(i, item));
    }

    /// Calls `work(begin, block)` once for every block of `len` values, on any thread.
    pub fn for_each_block<T: Send>(&self, values: &mut [T], len: usize, work: impl Fn(usize, &mut [T]) + Send + Sync) {
        self.share(values.chunks_mut(len).enumerate(), |(i, block)| work(i * len, block));
    }

    /// Calls `work(begin, blocks)` once for every `len` values of three arrays of equal length, on any thread.
    pub fn for_each_block_of_3<T: Send>(
        &self,
        [a, b, c]: [&mut [T]; 3],
        len: usize,
        work: impl Fn(usize, [&mut [T]; 3]) + Send + Sync,
    ) {
        let blocks = a.chunks_mut(len).zip(b.chunks_mut(len)).zip(c.chunks_mut(len));
        self.share(blocks.enumerate(), |(i, ((a, b), c))| work(i * len, [a, b, c]));
    }

    /// Calls `work` for every item; each thread takes the next one as soon as it is done with one.
    fn share<I: ExactSizeIterator<Item: Send> + Send>(&self, items: I, work: impl Fn(I::Item) + Sync) {
        let Some(threads) = self.pool.as_ref().filter(|_| items.len() > 1) else { return items.for_each(work) };
        let others = self.threads.min(items.len()) - 1;
        let (queue, busy) = (Mutex::new(items), AtomicUsize::new(0));
        let drain = || {
            while let Some(item) = next(&queue) {
                work(item);
            }
        };
        threads.pool().install(|| {
            self.bell.ring();
            rayon::join(
                || {
                    drain();
                    // Those that have begun are waited for here, awake; the join would soon fall asleep.
                    wait_while(|| busy.load(Ordering::Acquire) > 0);
                },
                || in_parallel(others, &busy, &drain),
            );
        });
    }

    /// Runs `work` inside the pool, where [`for_each`](Self::for_each) starts without a hand-over from outside. What
    /// `work` asks is answered by `serve`, on the thread that called `run`.
    pub fn run<Q: Send, A: Send, R: Send>(
        &self,
        mut serve: impl FnMut(Q) -> A,
        work: impl FnOnce(&mut dyn FnMut(Q) -> A) -> R + Send,
    ) -> R {
        let Some(threads) = &self.pool else { return work(&mut serve) };
        let desk = Desk { state: Mutex::new(State::Idle), changed: Condvar::new() };
        let mut result = None;
        let crew = Crew::new(self.threads - 1, &self.bell);
        threads.pool().in_place_scope(|scope| {
            let (desk, result, crew) = (&desk, &mut result, &crew);
            scope.spawn(move |scope| {
                // The desk closes even when `work` panics, so that the host never waits for ever; so does the crew.
                let _closing = Closing(desk);
                let _leaving = Leaving(crew);
                (0..crew.size).for_each(|_| scope.spawn(|_| crew.join()));
                crew.wait();
                *result = Some(work(&mut |question| desk.ask(question)));
            });
            // A panic of `serve` opens the desk too: the worker's next question must not wait for ever.
            let _closing = Closing(desk);
            desk.serve(serve);
        });
        result.expect("the scope returns only when its work has, or panics with it")
    }
}

/// The next item; the lock is free again when it is worked on.
fn next<I: Iterator>(queue: &Mutex<I>) -> Option<I::Item> {
    locked(queue).next()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `drain` on up to `threads` threads that count as busy meanwhile.
fn in_parallel(threads: usize, busy: &AtomicUsize, drain: &(impl Fn() + Sync)) {
    let drain_busily = || {
        let _busy = Busy::new(busy);
        drain();
    };
    match threads {
        0 | 1 => drain_busily(),
        _ => {
            rayon::join(drain_busily, || in_parallel(threads - 1, busy, drain));
        }
    }
}

/// Counts while it lives.
struct Busy<'a>(&'a AtomicUsize);

impl<'a> Busy<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Waits awake while `condition` holds, but no longer than [`PATIENCE`].
fn wait_while(condition: impl Fn() -> bool) {
    let mut waiting = Waiting::default();
    while condition() && waiting.goes_on() {}
}

/// A wait in short pauses.
#[derive(Default)]
struct Waiting {
    pauses: u32,
    since: Option<Instant>,
}

impl Waiting {
    /// Pauses; `false` when patience is at its end.
    fn goes_on(&mut self) -> bool {
        self.pauses += 1;
        if !self.pauses.is_multiple_of(64) {
            std::hint::spin_loop();
            return true;
        }
        // On a machine with more threads than processors, the one that is waited for may need this one's.
        std::thread::yield_now();
        self.since.get_or_insert_with(Instant::now).elapsed() < PATIENCE
    }
}

/// Wakes the threads that wait for work.
#[derive(Debug, Default)]
struct Bell {
    rings: AtomicUsize,
    asleep: AtomicUsize,
    lock: Mutex<()>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        self.rings.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            drop(locked(&self.lock));
            self.changed.notify_all();
        }
    }

    /// Sleeps until the bell has rung since it had `rings` times.
    fn sleep(&self, rings: usize) {
        let _asleep = Busy::new(&self.asleep);
        let mut guard = locked(&self.lock);
        while self.rings.load(Ordering::SeqCst) == rings {
            guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The threads of a run that wait for its lists.
struct Crew<'a> {
    size: usize,
    bell: &'a Bell,
    /// How many have come, and whether it is too late to.
    gathered: Mutex<(usize, bool)>,
    changed: Condvar,
    over: AtomicBool,
}

impl<'a> Crew<'a> {
    fn new(size: usize, bell: &'a Bell) -> Self {
        Self { size, bell, gathered: Mutex::new((0, false)), changed: Condvar::new(), over: AtomicBool::new(false) }
    }

    /// Waits for the others, on the thread that leads, and lets nobody in after that: one that came later might come in
    /// the middle of a list, on a thread that the list waits for.
    fn wait(&self) {
        let mut gathered = locked(&self.gathered);
        let begin = Instant::now();
        while let Some(rest) = START.checked_sub(begin.elapsed())
            && gathered.0 < self.size
        {
            gathered = self.changed.wait_timeout(gathered, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        gathered.1 = true;
        self.changed.notify_all();
    }

    /// Works on the lists of the run until it is over.
    fn join(&self) {
        {
            let mut gathered = locked(&self.gathered);
            if gathered.1 {
                return;
            }
            gathered.0 += 1;
            self.changed.notify_all();
            // Looking for work at once could find the place of another of the crew, and leave a thread without one.
            while !gathered.1 {
                gathered = self.changed.wait(gathered).unwrap_or_else(PoisonError::into_inner);
            }
        }
        let mut waiting = Waiting::default();
        let mut rings = self.bell.rings.load(Ordering::SeqCst);
        while !self.over.load(Ordering::SeqCst) {
            // Takes a part of a list, where there is one.
            if rayon::yield_now() == Some(rayon::Yield::Executed) {
                waiting = Waiting::default();
                rings = self.bell.rings.load(Ordering::SeqCst);
            } else if !waiting.goes_on() {
                if self.bell.rings.load(Ordering::SeqCst) == rings && !self.over.load(Ordering::SeqCst) {
                    self.bell.sleep(rings);
                }
                waiting = Waiting::default();
                rings = self.bell.rings.load(Ordering::SeqCst);
            }
        }
    }
}

/// Ends a run for its crew when dropped.
struct Leaving<'a>(&'a Crew<'a>);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
        self.0.bell.ring();
    }
}

/// Where a worker leaves a question for the host and finds the answer. One question at a time.
struct Desk<Q, A> {
    state: Mutex<State<Q, A>>,
    changed: Condvar,
}

enum State<Q, A> {
    Idle,
    Question(Q),
    Answer(A),
    Closed,
}

impl<Q, A> Desk<Q, A> {
    fn ask(&self, question: Q) -> A {
        let mut state = locked(&self.state);
        assert!(!matches!(*state, State::Closed), "the host has gone");
        *state = State::Question(question);
        self.changed.notify_all();
        loop {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            match std::mem::replace(&mut *state, State::Idle) {
                State::Answer(answer) => return answer,
                State::Closed => panic!("the host has gone"),
                other => *state = other,
            }
        }
    }

    /// Answers until the desk is closed.
    fn serve(&self, mut answer: impl FnMut(Q) -> A) {
        let mut state = locked(&self.state);
        loop {
            match std::mem::replace(&mut *state, State::Idle) {
                State::Question(question) => {
                    drop(state);
                    let reply = answer(question);
                    state = locked(&self.state);
                    *state = State::Answer(reply);
                    self.changed.notify_all();
                }
                State::Closed => return,
                other => *state = other,
            }
            if !matches!(*state, State::Question(_) | State::Closed) {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

/// Closes the desk when dropped.
struct Closing<'a, Q, A>(&'a Desk<Q, A>);

impl<Q, A> Drop for Closing<'_, Q, A> {
    fn drop(&mut self) {
        *locked(&self.0.state) = State::Closed;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_without_end_are_refused() {
        let error = Executor::new(usize::MAX).map(|_| ()).unwrap_err();
        assert_eq!(error.message(), format!("threads is {}, but must be at most 1024", usize::MAX));
    }

    #[test]
    fn questions_are_answered_on_the_calling_thread() {
        for threads in [1, 3] {
            let executor = Executor::new(threads).unwrap();
            let caller = std::thread::current().id();
            let mut asked = Vec::new();
            let serve = |question: usize| {
                assert_eq!(std::thread::current().id(), caller);
                asked.push(question);
                question * 2
            };
            let sum = executor.run(serve, |ask| {
                let mut items = vec![0; 17];
                let mut sum = 0;
                for round in 0..50 {
                    executor.for_each(&mut items, |i, item| *item += i);
                    sum += ask(round);
                }
                (sum, items)
            });
            assert_eq!(sum, (50 * 49, (0..17).map(|i| 50 * i).collect()));
            assert_eq!(asked, (0..50).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_crew_that_fell_asleep_wakes() {
        for threads in [2, 3] {
            let executor = Executor::new(threads).unwrap();
            let mut items = [0; 9];
            executor.run(
                |()| std::thread::sleep(3 * PATIENCE),
                |ask| {
                    for _ in 0..5 {
                        executor.for_each(&mut items, |_, item| *item += 1);
                        ask(());
                        assert!(executor.bell.asleep.load(Ordering::SeqCst) < threads);
                    }
                },
            );
            assert_eq!((items, executor.bell.asleep.load(Ordering::SeqCst)), ([5; 9], 0));
        }
    }

    #[test]
    fn runs_side_by_side_and_more_threads_than_processors() {
        let executor = Executor::new(16).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut items = [0; 50];
                    executor.run(
                        |()| (),
                        |ask| {
                            for _ in 0..20 {
                                executor.for_each(&mut items, |_, item| *item += 1);
                                executor.for_each_block(&mut [0; 40], 3, |begin, block| block.fill(begin));
                                ask(());
                            }
                        },
                    );
                    assert_eq!(items, [20; 50]);
                });
            }
        });
    }

    #[test]
    fn panics_reach_the_caller() {
        let executor = Executor::new(2).unwrap();
        let in_work = std::panic::AssertUnwindSafe(|| executor.run(|()| (), |_| panic!("in work")));
        assert!(std::panic::catch_unwind(in_work).is_err());
        let in_item = std::panic::AssertUnwindSafe(|| {
            let fail = |i: usize, _: &mut u8| assert!(i != 7, "in an item");
            executor.run(|()| (), |_| executor.for_each(&mut [0; 20], fail));
        });
        assert!(std::panic::catch_unwind(in_item).is_err());
        let in_host = std::panic::AssertUnwindSafe(|| executor.run(|()| panic!("in host"), |ask| ask(())));
        assert!(std::panic::catch_unwind(in_host).is_err());
    }
}
