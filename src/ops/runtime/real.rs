//! The two floating-point types that everything is generic over.

use ndarray::LinalgScalar;
use num_traits::{Float, NumAssign};

use super::elementary::Elementary;
use super::kernel;
use super::matrix::MatMut;
use super::products::{Finish, Products};

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
    /// A sum of products, in the kernel for this processor; `false` where there is none.
    fn products(of: &Products<'_, Self>, by: Finish<'_, Self>, c: &mut MatMut<'_, Self>) -> bool;
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
    fn products(of: &Products<'_, Self>, by: Finish<'_, Self>, c: &mut MatMut<'_, Self>) -> bool {
        kernel::gemm_f32(of, by, c)
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
    fn products(of: &Products<'_, Self>, by: Finish<'_, Self>, c: &mut MatMut<'_, Self>) -> bool {
        kernel::gemm_f64(of, by, c)
    }
}
