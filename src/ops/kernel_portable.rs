//! Stands in for `kernel.rs` where there is no kernel for the processor: everything is left to portable code.

use super::real::{Mat, MatMut};

/// Products that can be added up in one pass.
pub const MAX_TERMS: usize = 4;

/// Up to that many products `a b`, the present ones first.
pub type Products<'a, T> = [Option<(Mat<'a, T>, Mat<'a, T>)>; MAX_TERMS];

/// What is done with a sum of products, see `kernel.rs`.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a, T> {
    /// What the sum is multiplied with.
    pub alpha: T,
    /// What `c` is multiplied with before it is added.
    pub beta: T,
    /// Added to every row.
    pub bias: Option<&'a [T]>,
    /// Whether negative results become 0.
    pub relu: bool,
}

/// Always `false`: the products are left to the caller.
pub fn gemm_f32(_: &Products<'_, f32>, _: Finish<'_, f32>, _: &mut MatMut<'_, f32>) -> bool {
    false
}

/// Always `false`: the products are left to the caller.
pub fn gemm_f64(_: &Products<'_, f64>, _: Finish<'_, f64>, _: &mut MatMut<'_, f64>) -> bool {
    false
}

/// Runs `work`.
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Work for [`wide_of`].
pub trait Work {
    /// Does it.
    fn run(self);
}

/// Runs `work`.
pub fn wide_of(work: impl Work) {
    work.run()
}
