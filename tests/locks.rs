//! Sessions wait for nothing: threads that predict side by side, beside a training run, never give up the processor.
//!
//! A thread that finds a lock taken goes to sleep sooner or later, and Linux counts that as a voluntary switch,
//! whatever the lock is made of. Locks that are always free do not show here; `tests/tidy.rs` keeps those away.
#![cfg(target_os = "linux")]

use std::ptr::{null, null_mut};
use std::sync::{Barrier, Mutex};

use diffpool::ffi::config::*;
use diffpool::ffi::control::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_source::*;
use diffpool::ffi::model::*;
use diffpool::ffi::session::*;
use diffpool::ffi::status::DiffpoolStatus;
use diffpool::ffi::trainer::*;

const THREADS: usize = 4;
const GRAPHS: usize = 20;
const PASSES: usize = 50;

/// A handle that all threads of a test use.
struct Shared<T>(*mut T);

// SAFETY: handles may be used by any thread, as the header says, and those here are only read or used by one.
unsafe impl<T> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}

fn made<T>(make: impl FnOnce(*mut *mut T) -> DiffpoolStatus) -> Shared<T> {
    let mut handle = null_mut();
    assert_eq!(make(&mut handle), DiffpoolStatus::Ok);
    Shared(handle)
}

/// How often this thread has given up the processor because it had to wait.
fn waits() -> i64 {
    // SAFETY: the struct is plain numbers, and the call fills it.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage.ru_nvcsw
    }
}

/// How often a thread waited while it predicted with a session of its own, the warm-up apart.
fn predict(
    model: &Shared<DiffpoolModel>,
    dataset: &Shared<DiffpoolDataset>,
    together: &Barrier,
    lock: Option<&Mutex<()>>,
) -> i64 {
    // SAFETY: the handles live until all threads have ended.
    let session = made(|out| unsafe { diffpool_session_new(model.get(), out, null_mut()) });
    let mut before = 0;
    for pass in 0..=PASSES {
        if pass == 1 {
            together.wait();
            before = waits();
        }
        for graph in 0..GRAPHS {
            let _held = lock.map(|lock| lock.lock().unwrap());
            // SAFETY: as above; the session is this thread's own.
            let status =
                unsafe { diffpool_session_predict_from(session.get(), dataset.get(), graph, null(), null_mut()) };
            assert_eq!(status, DiffpoolStatus::Ok);
        }
    }
    let after = waits();
    // SAFETY: made above, last use.
    unsafe { diffpool_session_free(session.get()) };
    after - before
}

/// How often the threads waited, all together.
fn side_by_side(model: &Shared<DiffpoolModel>, dataset: &Shared<DiffpoolDataset>, lock: Option<&Mutex<()>>) -> i64 {
    let together = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        let work = || predict(model, dataset, &together, lock);
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

#[test]
fn sessions_do_not_wait_for_each_other_nor_for_training() {
    // SAFETY: every handle is live, and freed at the end; the texts end in a NUL.
    unsafe {
        let error = null_mut();
        let dataset = made(|out| diffpool_dataset_synthetic(c"ba".as_ptr(), GRAPHS, 1, out, error));
        let config = made(|out| diffpool_config_new(c"default".as_ptr(), out, error));
        diffpool_config_set_int(config.get(), c"threads".as_ptr(), 2, error);
        diffpool_config_set_int(config.get(), c"epochs".as_ptr(), 1_000_000, error);
        // Small, so that a lock that is taken for every prediction is taken often.
        for key in [c"embed_hidden", c"embed_output", c"assign_hidden"] {
            diffpool_config_set_int(config.get(), key.as_ptr(), 8, error);
        }
        let model = made(|out| diffpool_model_new(config.get(), dataset.get(), null(), out, error));
        let control = made(|out| diffpool_control_new(out, error));
        let trainer = made(|out| diffpool_trainer_new(config.get(), dataset.get(), null(), null(), out, error));
        let waited = std::thread::scope(|scope| {
            let fit =
                || diffpool_trainer_fit(trainer.get(), None, None, null_mut(), control.get(), null_mut(), null_mut());
            let training = scope.spawn(fit);
            let waited = side_by_side(&model, &dataset, None);
            diffpool_control_cancel(control.get());
            assert_eq!(training.join().unwrap(), DiffpoolStatus::Cancelled);
            waited
        });
        // The measure is worth something: with one lock for all, it shows.
        let locked = side_by_side(&model, &dataset, Some(&Mutex::new(())));
        let predictions = (THREADS * GRAPHS * PASSES) as i64;
        println!("{predictions} predictions: {waited} waits, {locked} with a lock of the test's own");
        // The system itself may make a thread wait, if rarely.
        assert!(waited <= predictions / 1000, "{waited} waits in {predictions} predictions");
        assert!(locked > 10 * (waited + 1), "{locked} waits for a lock that all threads take, {waited} without one");
        diffpool_trainer_free(trainer.get());
        diffpool_control_free(control.get());
        diffpool_model_free(model.get());
        diffpool_config_free(config.get());
        diffpool_dataset_free(dataset.get());
    }
}
