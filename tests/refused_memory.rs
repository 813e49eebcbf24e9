//! Memory that the system refuses, at any request of any exported function: OUT_OF_MEMORY or success, never an abort,
//! nothing leaked, and every handle usable afterwards.
//!
//! One test alone in its binary, since the allocator counts the requests of all threads.
#![allow(missing_docs)]

#[allow(dead_code)]
mod misuse;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::SeqCst};

use diffpool::ffi;
use diffpool::ffi::dataset_writer::*;
use diffpool::ffi::error::{DiffpoolError, diffpool_error_free};
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::predictor::*;
use diffpool::ffi::reserve::Allocator;
use diffpool::ffi::session::*;
use diffpool::ffi::status::DiffpoolStatus;
use diffpool::ffi::trainer::*;
use misuse::{BEFORE_CALL, Fixture, cases, expect, new_writer};

/// The system's allocator, which refuses what it is told to.
struct Refusing;

static ARMED: AtomicBool = AtomicBool::new(false);
/// Refuses from then on, and not once.
static LASTING: AtomicBool = AtomicBool::new(false);
/// Requests that are granted first.
static GRANTED: AtomicIsize = AtomicIsize::new(0);
static REFUSED: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicIsize = AtomicIsize::new(0);

impl Refusing {
    fn refuses() -> bool {
        if !ARMED.load(SeqCst) {
            return false;
        }
        let left = GRANTED.fetch_sub(1, SeqCst);
        let refuses = left == 0 || (left < 0 && LASTING.load(SeqCst));
        REFUSED.fetch_add(usize::from(refuses), SeqCst);
        refuses
    }
}

// SAFETY: memory is the system's.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if Self::refuses() {
            return null_mut();
        }
        LIVE.fetch_add(layout.size() as isize, SeqCst);
        // SAFETY: the caller keeps the rules of the trait.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, SeqCst);
        // SAFETY: the memory is the system's.
        unsafe { System.dealloc(memory, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Allocator<Refusing> = Allocator(Refusing);

/// What is being called, for the message of an abort.
static NOW: std::sync::Mutex<String> = std::sync::Mutex::new(String::new());

extern "C" fn aborted(_: i32) {
    ARMED.store(false, SeqCst);
    let now = NOW.try_lock().map(|now| now.clone()).unwrap_or_default();
    eprintln!("aborted: {now}\n{}", std::backtrace::Backtrace::force_capture());
}

fn arm(granted: usize, lasting: bool) {
    LASTING.store(lasting, SeqCst);
    GRANTED.store(granted as isize, SeqCst);
    REFUSED.store(0, SeqCst);
}

/// What is counted of a function.
#[derive(Default)]
struct Counted {
    refusals: usize,
    out_of_memory: usize,
    ok: usize,
}

/// Calls `call` again and again, with one request more granted each time, until none is refused.
fn sweep(name: &str, mut call: impl FnMut(*mut *mut DiffpoolError) -> DiffpoolStatus, counted: &mut Counted) {
    let usual = call(null_mut());
    for lasting in [false, true] {
        let mut granted = 0;
        loop {
            {
                let mut now = NOW.lock().unwrap();
                now.clear();
                write!(now, "{name}, request {granted} refused{}", if lasting { " and all after it" } else { "" })
                    .unwrap();
            }
            arm(granted, lasting);
            BEFORE_CALL.set(|| ARMED.store(true, SeqCst));
            let mut error = null_mut();
            let status = call(&mut error);
            ARMED.store(false, SeqCst);
            BEFORE_CALL.set(|| {});
            // SAFETY: the error is NULL or new.
            unsafe { diffpool_error_free(error) };
            let refused = REFUSED.load(SeqCst);
            counted.refusals += refused.min(1);
            match status {
                DiffpoolStatus::OutOfMemory if refused > 0 => counted.out_of_memory += 1,
                status if status == usual => counted.ok += usize::from(refused > 0),
                other => panic!("{name}: {other:?} where request {granted} was refused, and {usual:?} else"),
            }
            if refused == 0 {
                break;
            }
            // The first requests one by one, then ever larger steps: a call may make thousands.
            granted += 1 + granted / 16;
        }
    }
    assert_eq!(call(null_mut()), usual, "{name}: afterwards");
}

/// Calls that need something new each time, with a name.
type Scenario<'a> = (&'static str, Box<dyn FnMut(*mut *mut DiffpoolError) -> DiffpoolStatus + 'a>);

/// Calls `call` with what is before it granted.
fn armed<R>(call: impl FnOnce() -> R) -> R {
    BEFORE_CALL.get()();
    let result = call();
    ARMED.store(false, SeqCst);
    result
}

fn scenarios(f: &Fixture) -> Vec<Scenario<'_>> {
    let checkpoint = f.path("checkpoint");
    let trainer = move || {
        let mut trainer = null_mut();
        // SAFETY: the fixture's handles are live.
        unsafe {
            expect(|e| diffpool_trainer_new(f.config, f.dataset, f.split, null(), &mut trainer, e));
            expect(|e| diffpool_trainer_set_checkpoint_path(trainer, checkpoint, e));
        }
        trainer
    };
    let fit = move |error| {
        let trainer = trainer();
        // SAFETY: the trainer is live until it is freed.
        unsafe {
            let status = armed(|| diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), error));
            // What was refused is no end: the run goes on.
            expect(|e| diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), e));
            diffpool_trainer_free(trainer);
            status
        }
    };
    let append = move |error| {
        let writer = new_writer(f.path("appended"));
        // SAFETY: the handles are live until they are freed.
        unsafe {
            let status = armed(|| diffpool_dataset_writer_append(writer, f.dataset, error));
            diffpool_dataset_writer_free(writer);
            status
        }
    };
    let write = move |error| {
        let writer = new_writer(f.path("written"));
        // SAFETY: the handles are live until they are freed.
        unsafe {
            expect(|e| diffpool_dataset_writer_add(writer, f.graph, e));
            let status = armed(|| diffpool_dataset_writer_finish(writer, error));
            diffpool_dataset_writer_free(writer);
            status
        }
    };
    let first = move |error| {
        let mut session = null_mut();
        // SAFETY: the handles are live until they are freed.
        unsafe {
            expect(|e| diffpool_session_new(f.model, &mut session, e));
            let status = armed(|| diffpool_session_predict_from(session, f.dataset, 1, null(), error));
            expect(|e| diffpool_session_predict_from(session, f.dataset, 1, null(), e));
            diffpool_session_free(session);
            status
        }
    };
    let many = move |error| {
        let mut predictor = null_mut();
        // SAFETY: the handles are live until they are freed.
        unsafe {
            expect(|e| diffpool_predictor_new(f.model, 2, &mut predictor, e));
            let all = DIFFPOOL_ALL;
            let status = armed(|| diffpool_predictor_predict_dataset(predictor, f.dataset, null(), all, null(), error));
            expect(|e| diffpool_predictor_predict_dataset(predictor, f.dataset, null(), all, null(), e));
            diffpool_predictor_free(predictor);
            status
        }
    };
    vec![
        ("a run of training", Box::new(fit)),
        ("graphs for a writer", Box::new(append)),
        ("the file of a writer", Box::new(write)),
        ("the first prediction of a session", Box::new(first)),
        ("the first predictions of a predictor", Box::new(many)),
    ]
}

#[test]
fn refused_memory_is_a_status() {
    // SAFETY: the handler prints and returns, after which the process ends.
    unsafe { libc::signal(libc::SIGABRT, aborted as *const () as libc::sighandler_t) };
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    let mut table = String::new();
    let mut counted = Counted::default();
    // What a writer could not write it never will: each call has a writer of its own below.
    let of_writers = ["diffpool_dataset_writer_append", "diffpool_dataset_writer_finish"];
    for case in cases(&fixture, &loose).into_iter().filter(|case| !of_writers.contains(&case.name)) {
        sweep(case.name, |error| (case.call)(None, error), &mut counted);
    }
    for (name, call) in scenarios(&fixture) {
        sweep(name, call, &mut counted);
    }
    fixture.free();
    loose.free();
    let Counted { refusals, out_of_memory, ok } = counted;
    writeln!(table, "{refusals} calls with a refusal: {out_of_memory} OUT_OF_MEMORY, {ok} OK").unwrap();
    println!("{table}");
    assert!(out_of_memory > 100 && refusals == out_of_memory + ok);
}
