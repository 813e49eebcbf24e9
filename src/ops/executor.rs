//! The one place that knows about threads.
//!
//! Work is a list of chunks that does not depend on the number of threads; each chunk is worked on by one thread with
//! the chunk's own memory, so results are the same bits for any number of threads.

use std::sync::{Condvar, Mutex, PoisonError};

use rayon::prelude::*;

use crate::error::{Result, error};

/// A pool of threads owned by one trainer or evaluation; with one thread there is none.
#[derive(Debug)]
pub struct Executor {
    pool: Option<rayon::ThreadPool>,
    threads: usize,
}

impl Executor {
    /// `threads` workers, or as many as the machine has cores where it is 0.
    pub fn new(threads: usize) -> Result<Self> {
        let available = || std::thread::available_parallelism().map_or(1, |n| n.get());
        let threads = if threads == 0 { available() } else { threads };
        if threads == 1 {
            return Ok(Self { pool: None, threads });
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("diffpool-{i}"))
            .build()
            .map_err(|e| error!(OutOfMemory, "{threads} threads cannot be started: {e}"))?;
        Ok(Self { pool: Some(pool), threads })
    }

    /// Number of threads that work.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Calls `work` once for every item, on any thread, and returns when all calls have.
    pub fn for_each<C: Send>(&self, items: &mut [C], work: impl Fn(usize, &mut C) + Send + Sync) {
        match &self.pool {
            Some(pool) if items.len() > 1 => {
                pool.install(|| items.par_iter_mut().with_max_len(1).enumerate().for_each(|(i, item)| work(i, item)));
            }
            _ => items.iter_mut().enumerate().for_each(|(i, item)| work(i, item)),
        }
    }

    /// Calls `work(begin, block)` once for every block of `len` values, on any thread.
    pub fn for_each_block<T: Send>(&self, values: &mut [T], len: usize, work: impl Fn(usize, &mut [T]) + Send + Sync) {
        match &self.pool {
            Some(pool) if values.len() > len => pool.install(|| {
                values.par_chunks_mut(len).enumerate().for_each(|(i, block)| work(i * len, block));
            }),
            _ => values.chunks_mut(len).enumerate().for_each(|(i, block)| work(i * len, block)),
        }
    }

    /// Calls `work(begin, blocks)` once for every `len` values of three arrays of equal length, on any thread.
    pub fn for_each_block_of_3<T: Send>(
        &self,
        [a, b, c]: [&mut [T]; 3],
        len: usize,
        work: impl Fn(usize, [&mut [T]; 3]) + Send + Sync,
    ) {
        match &self.pool {
            Some(pool) if a.len() > len => pool.install(|| {
                let blocks = a.par_chunks_mut(len).zip(b.par_chunks_mut(len)).zip(c.par_chunks_mut(len));
                blocks.enumerate().for_each(|(i, ((a, b), c))| work(i * len, [a, b, c]));
            }),
            _ => {
                let blocks = a.chunks_mut(len).zip(b.chunks_mut(len)).zip(c.chunks_mut(len));
                blocks.enumerate().for_each(|(i, ((a, b), c))| work(i * len, [a, b, c]));
            }
        }
    }

    /// Runs `work` inside the pool, where [`for_each`](Self::for_each) starts without a hand-over from outside. What
    /// `work` asks is answered by `serve`, on the thread that called `run`.
    pub fn run<Q: Send, A: Send, R: Send>(
        &self,
        mut serve: impl FnMut(Q) -> A,
        work: impl FnOnce(&mut dyn FnMut(Q) -> A) -> R + Send,
    ) -> R {
        let Some(pool) = &self.pool else { return work(&mut serve) };
        let desk = Desk { state: Mutex::new(State::Idle), changed: Condvar::new() };
        let mut result = None;
        pool.in_place_scope(|scope| {
            let (desk, result) = (&desk, &mut result);
            scope.spawn(move |_| {
                // The desk closes even when `work` panics, so that the host never waits for ever.
                let _closing = Closing(desk);
                *result = Some(work(&mut |question| desk.ask(question)));
            });
            // A panic of `serve` opens the desk too: the worker's next question must not wait for ever.
            let _closing = Closing(desk);
            desk.serve(serve);
        });
        result.expect("the scope returns only when its work has, or panics with it")
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match std::mem::replace(&mut *state, State::Idle) {
                State::Question(question) => {
                    drop(state);
                    let reply = answer(question);
                    state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
        *self.0.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Closed;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn panics_reach_the_caller() {
        let executor = Executor::new(2).unwrap();
        let in_work = std::panic::AssertUnwindSafe(|| executor.run(|()| (), |_| panic!("in work")));
        assert!(std::panic::catch_unwind(in_work).is_err());
        let in_host = std::panic::AssertUnwindSafe(|| executor.run(|()| panic!("in host"), |ask| ask(())));
        assert!(std::panic::catch_unwind(in_host).is_err());
    }
}
