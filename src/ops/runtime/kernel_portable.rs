//! Stands in for `kernel` where there is no kernel for the processor: everything is left to portable code.

use super::matrix::MatMut;
use super::products::{Finish, Products};

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
    /// Does the work.
    fn run(self);
}

/// Runs `work`.
pub fn wide_of(work: impl Work) {
    work.run()
}
