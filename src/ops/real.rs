//! The two floating-point types that everything is generic over.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar};
use num_traits::{Float, NumAssign};

use super::elementary::Elementary;
use super::kernel;

/// `f32` for use, `f64` for checking gradients.
pub trait Real:
    Float + Elementary + NumAssign + LinalgScalar + Default + Send + Sync + std::fmt::Debug + std::iter::Sum
{
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// The nearest value of this type.
    fn of_f32(value: f32) -> Self;
    /// The value as `f64`, exactly.
    fn f64(self) -> f64;
    /// `c = alpha a b + beta c`. Where `beta` is 0, `c` need not be initialised.
    fn gemm(alpha: Self, a: Mat<'_, Self>, b: Mat<'_, Self>, beta: Self, c: &mut MatMut<'_, Self>);
}

impl Real for f32 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn of_f32(value: f32) -> Self {
        value
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        f64::from(self)
    }
    #[inline]
    fn gemm(alpha: Self, a: Mat<'_, Self>, b: Mat<'_, Self>, beta: Self, c: &mut MatMut<'_, Self>) {
        if kernel::gemm_f32(alpha, a, b, beta, c) {
            return;
        }
        general_mat_mul(alpha, &a, &b, beta, c);
    }
}

impl Real for f64 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn of_f32(value: f32) -> Self {
        f64::from(value)
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        self
    }
    #[inline]
    fn gemm(alpha: Self, a: Mat<'_, Self>, b: Mat<'_, Self>, beta: Self, c: &mut MatMut<'_, Self>) {
        if kernel::gemm_f64(alpha, a, b, beta, c) {
            return;
        }
        general_mat_mul(alpha, &a, &b, beta, c);
    }
}

/// A matrix to read, rows by columns, any strides.
pub type Mat<'a, T> = ArrayView2<'a, T>;
/// A matrix to write, rows by columns, any strides.
pub type MatMut<'a, T> = ArrayViewMut2<'a, T>;
