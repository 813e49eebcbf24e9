//! The library's allocator: the system's, with a reserve for small requests that the system refuses.
//!
//! Vectors whose length follows from data, files or configurations are asked for by `memory`, where a refusal is an
//! error. The many small things beside them, such as names, messages and tables, are made by code that knows of no
//! refusal and would end the process. Those are given memory from a reserve, and the call that is at work ends with
//! OUT_OF_MEMORY where it next could fail: `guard` begins none while much of the reserve is taken, a new handle is not
//! handed out, and `memory` refuses everything.
//!
//! The reserve is an array of zeros, which takes no memory of the machine before it is needed. It is handed out in runs
//! of blocks, the first that is long enough, under a lock that only requests take which were refused.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::memory;

/// Bytes of a block.
const BLOCK: usize = 128;
/// Number of blocks.
const BLOCKS: usize = 1 << 15;
/// Largest request that is small: buffers of files and of their compression.
const SMALL: usize = 320 << 10;
/// How many blocks may be in use when a call begins.
const SPARE: usize = BLOCKS / 2;
/// Largest alignment.
const ALIGN: usize = 4096;

#[repr(align(4096))]
struct Reserve(UnsafeCell<[u8; BLOCKS * BLOCK]>);

// SAFETY: only pointers into it are handed out, no two of which overlap.
unsafe impl Sync for Reserve {}

static RESERVE: Reserve = Reserve(UnsafeCell::new([0; BLOCKS * BLOCK]));

/// Which blocks are in use; changed only while [`LOCKED`].
static IN_USE: [AtomicBool; BLOCKS] = [const { AtomicBool::new(false) }; BLOCKS];
/// How many blocks are in use.
static USED: AtomicUsize = AtomicUsize::new(0);
static LOCKED: AtomicBool = AtomicBool::new(false);

/// Whether so much of the reserve is in use that no call should begin.
pub(super) fn is_low() -> bool {
    USED.load(Ordering::Relaxed) > SPARE
}

fn begin() -> *mut u8 {
    RESERVE.0.get().cast()
}

fn holds(pointer: *mut u8) -> bool {
    (pointer as usize).wrapping_sub(begin() as usize) < BLOCKS * BLOCK
}

/// Does `work` while no other thread does any. A lock of the system might ask for memory.
fn alone<R>(work: impl FnOnce() -> R) -> R {
    while LOCKED.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
        std::hint::spin_loop();
    }
    let result = work();
    LOCKED.store(false, Ordering::Release);
    result
}

fn mark(blocks: &[AtomicBool], in_use: bool) {
    blocks.iter().for_each(|block| block.store(in_use, Ordering::Relaxed));
}

/// A piece of the reserve, or NULL.
fn take(layout: Layout) -> *mut u8 {
    if layout.size() > SMALL || layout.align() > ALIGN {
        return null_mut();
    }
    let (count, step) = (layout.size().div_ceil(BLOCK), layout.align().div_ceil(BLOCK));
    let is_free = |first: usize| !IN_USE[first..first + count].iter().any(|block| block.load(Ordering::Relaxed));
    let first = alone(|| {
        let first = (0..=BLOCKS - count).step_by(step).find(|&first| is_free(first))?;
        mark(&IN_USE[first..first + count], true);
        Some(first)
    });
    let Some(first) = first else { return null_mut() };
    USED.fetch_add(count, Ordering::Relaxed);
    memory::note_refusal();
    begin().wrapping_add(first * BLOCK)
}

/// Takes back a piece of this size.
fn give_back(piece: *mut u8, size: usize) {
    let (first, count) = ((piece as usize - begin() as usize) / BLOCK, size.div_ceil(BLOCK));
    alone(|| mark(&IN_USE[first..first + count], false));
    USED.fetch_sub(count, Ordering::Relaxed);
}

/// An allocator with the reserve behind it. A Rust program that uses this crate may make it its own, as the C library
/// and the program `diffpool` do.
#[derive(Debug)]
pub struct Allocator<A = System>(pub A);

// SAFETY: memory is either the inner allocator's, which gets it back, or a piece of the reserve that nobody else has.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Allocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the rules of the trait.
        let memory = unsafe { self.0.alloc(layout) };
        if memory.is_null() { take(layout) } else { memory }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the rules of the trait.
        let memory = unsafe { self.0.alloc_zeroed(layout) };
        if !memory.is_null() {
            return memory;
        }
        let memory = take(layout);
        if !memory.is_null() {
            // SAFETY: the piece has this length, and may have been in use before.
            unsafe { memory.write_bytes(0, layout.size()) };
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if holds(memory) {
            give_back(memory, layout.size());
        } else {
            // SAFETY: it came from the inner allocator.
            unsafe { self.0.dealloc(memory, layout) };
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if holds(memory) {
            // SAFETY: the caller keeps the rules of the trait.
            let other = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
            if !other.is_null() {
                // SAFETY: both are as long as that, and apart.
                unsafe { other.copy_from_nonoverlapping(memory, layout.size().min(size)) };
                give_back(memory, layout.size());
            }
            return other;
        }
        // SAFETY: it came from the inner allocator, and the caller keeps the rules of the trait.
        let moved = unsafe { self.0.realloc(memory, layout, size) };
        if !moved.is_null() {
            return moved;
        }
        if size <= layout.size() {
            // What is too long is long enough.
            return memory;
        }
        // SAFETY: the caller keeps the rules of the trait.
        let larger = take(unsafe { Layout::from_size_align_unchecked(size, layout.align()) });
        if !larger.is_null() {
            // SAFETY: both are as long as that, and apart; the old memory is the inner allocator's, and not used again.
            unsafe {
                larger.copy_from_nonoverlapping(memory, layout.size());
                self.0.dealloc(memory, layout);
            }
        }
        larger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, for there is one reserve.
    #[test]
    fn the_reserve_is_handed_out_and_whole_again() {
        let layout = |size, align| Layout::from_size_align(size, align).unwrap();
        assert!(take(layout(SMALL + 1, 1)).is_null() && take(layout(1, 2 * ALIGN)).is_null());
        let (first, second) = (take(layout(3, 1)), take(layout(300, 1024)));
        assert!(holds(first) && holds(second) && (second as usize).is_multiple_of(1024) && !is_low());
        assert_eq!(USED.load(Ordering::Relaxed), 4);
        let allocator = Allocator(System);
        // SAFETY: the pieces have these layouts.
        unsafe {
            first.write_bytes(7, 3);
            // Moved, it is the system's again.
            let grown = allocator.realloc(first, layout(3, 1), 100);
            assert!(!holds(grown) && *grown.add(2) == 7);
            allocator.dealloc(grown, layout(100, 1));
            let moved = allocator.realloc(second, layout(300, 1024), 8);
            assert!(!holds(moved));
            allocator.dealloc(moved, layout(8, 1024));
        }
        assert_eq!(USED.load(Ordering::Relaxed), 0);
        let take_all = || {
            let pieces = std::iter::repeat_with(|| take(layout(SMALL, 1))).take_while(|piece| !piece.is_null());
            pieces.collect::<Vec<_>>()
        };
        let pieces = take_all();
        assert!(pieces.len() == BLOCKS * BLOCK / SMALL && is_low());
        // A gap is used again, though what lies behind it is not given back.
        give_back(pieces[1], SMALL);
        assert_eq!(take(layout(SMALL, 128)), pieces[1]);
        // SAFETY: each has this layout, and is given back once.
        pieces.into_iter().for_each(|piece| unsafe { allocator.dealloc(piece, layout(SMALL, 1)) });
        assert_eq!(USED.load(Ordering::Relaxed), 0);
    }
}
