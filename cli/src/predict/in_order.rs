//! Work on many threads whose results come in the order of the tasks, with so many on their way at a time and no more.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::interrupt;

/// Tasks on their way for every thread: enough that none waits, few enough that memory stays small.
const TASKS_PER_THREAD: usize = 4;

/// Takes tasks one after the other, hands each to a free worker, of which each has a thread, and calls `take` with the
/// results in order, on this thread. Ends with the first error of `take`, without waiting for what the threads do:
/// tasks may never come, as from a terminal.
pub fn in_order<T, R, W>(
    tasks: impl Iterator<Item = T> + Send + 'static,
    workers: Vec<W>,
    mut take: impl FnMut(R) -> Result<()>,
) -> Result<()>
where
    T: Send + 'static,
    R: Send + 'static,
    W: FnMut(T) -> R + Send + 'static,
{
    interrupt::watch();
    let on_their_way = workers.len() * TASKS_PER_THREAD;
    let (begun, ended) = sync_channel(on_their_way);
    let (give, given) = sync_channel(on_their_way);
    let (done, results) = sync_channel(on_their_way);
    let given = Arc::new(Mutex::new(given));
    let feed = move || {
        for (number, task) in tasks.enumerate() {
            // Whoever takes the results may have ended.
            if begun.send(()).is_err() || give.send((number, task)).is_err() {
                return;
            }
        }
    };
    Builder::new().spawn(feed).map_err(|e| Failure::thread(&e))?;
    let mut started = 0;
    for mut worker in workers {
        let (given, done) = (given.clone(), done.clone());
        let work = move || {
            loop {
                let Ok(Ok((number, task))) = given.lock().map(|given| given.recv()) else { return };
                // A panic has been printed when it is caught; the task's result is then missing.
                let result = catch_unwind(AssertUnwindSafe(|| worker(task))).ok();
                if done.send((number, result)).is_err() {
                    return;
                }
            }
        };
        match Builder::new().spawn(work) {
            Ok(_) => started += 1,
            Err(e) if started == 0 => return Err(Failure::thread(&e)),
            // The others do its work, too.
            Err(_) => break,
        }
    }
    drop(done);
    let (mut waiting, mut next) = (BTreeMap::new(), 0);
    loop {
        if interrupt::stopped() {
            return Err(Failure::Interrupted("the output ends before the graphs do".to_string()));
        }
        match results.recv_timeout(Duration::from_millis(50)) {
            Ok((number, result)) => drop(waiting.insert(number, result)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        while let Some(result) = waiting.remove(&next) {
            let Some(result) = result else {
                return Err(Failure::Error { code: 1, message: "a thread has panicked".to_string() });
            };
            take(result)?;
            next += 1;
            let _ = ended.try_recv();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(threads: usize) -> Vec<impl FnMut(u64) -> u64 + Send + 'static> {
        let worker = |task: u64| {
            std::thread::sleep(Duration::from_micros(task * 7919 % 300));
            task * task
        };
        vec![worker; threads]
    }

    #[test]
    fn results_come_in_order() {
        for threads in [1, 2, 5] {
            let mut taken = Vec::new();
            in_order(0..300, squares(threads), |result| {
                taken.push(result);
                Ok(())
            })
            .unwrap();
            assert!(taken.into_iter().eq((0..300).map(|task| task * task)), "{threads}");
        }
        in_order(0..0, squares(2), |_| panic!("there is no result")).unwrap();
    }

    #[test]
    fn an_error_ends_it_though_tasks_never_do() {
        let mut taken = 0;
        let error = in_order(0.., squares(3), |result| {
            taken += 1;
            if result == 100 { Err(Failure::usage("enough")) } else { Ok(()) }
        });
        assert!(matches!(error, Err(Failure::Error { code: 2, .. })));
        assert_eq!(taken, 11);
    }

    #[test]
    fn a_panic_is_an_error() {
        let worker = |task: u64| if task == 3 { panic!("on purpose") } else { task };
        let error = in_order(0..10, vec![worker; 2], |_| Ok(()));
        assert!(matches!(error, Err(Failure::Error { code: 1, .. })), "{error:?}");
    }
}
