//! Counts the floating-point operations of matrix products, for the benchmarks: only with the feature `count-flops`.
//!
//! A product of `[m, k]` and `[k, n]` is `2 m k n` operations, one of a sparse matrix with `e` entries and a dense one
//! with `d` columns `2 e d`. Nothing else is counted. Without the feature nothing is, and nothing is left of it.

#[cfg(feature = "count-flops")]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "count-flops")]
static DENSE: AtomicU64 = AtomicU64::new(0);
#[cfg(feature = "count-flops")]
static SPARSE: AtomicU64 = AtomicU64::new(0);

/// Whether anything is counted.
pub const COUNTED: bool = cfg!(feature = "count-flops");

/// Operations counted since they were last taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Operations of dense products.
    pub dense: u64,
    /// Operations of sparse products.
    pub sparse: u64,
}

/// A product of `[m, k]` and `[k, n]` is about to be computed.
#[inline(always)]
pub fn dense(m: usize, k: usize, n: usize) {
    #[cfg(feature = "count-flops")]
    DENSE.fetch_add(2 * m as u64 * k as u64 * n as u64, Ordering::Relaxed);
    #[cfg(not(feature = "count-flops"))]
    let _ = (m, k, n);
}

/// A product of a sparse matrix with `entries` and a dense one with `columns` is about to be computed.
#[inline(always)]
pub fn sparse(entries: usize, columns: usize) {
    #[cfg(feature = "count-flops")]
    SPARSE.fetch_add(2 * entries as u64 * columns as u64, Ordering::Relaxed);
    #[cfg(not(feature = "count-flops"))]
    let _ = (entries, columns);
}

/// What was counted since the last call, on all threads; zeros without the feature.
pub fn take() -> Counted {
    #[cfg(feature = "count-flops")]
    return Counted { dense: DENSE.swap(0, Ordering::Relaxed), sparse: SPARSE.swap(0, Ordering::Relaxed) };
    #[cfg(not(feature = "count-flops"))]
    Counted::default()
}
