//! The vectors of the kernel on aarch64: two registers of NEON each, so that tiles are as wide as those of AVX2.
//!
//! A value of `A` that is broadcast then serves four multiplications; on many of these processors the broadcast takes a
//! turn of the unit that multiplies. Tiles of 6 rows fill 24 of the 32 registers with sums and 4 with `B`.

use std::arch::aarch64::*;

use super::vector::Vector;

macro_rules! vector {
    (
        $(#[doc = $text:literal])* $name:ident, $half:ty, $value:ty, $lanes:literal,
        [
            $splat:ident, $load:ident, $store:ident, $fma:ident, $mul:ident, $add:ident, $less:ident, $select:ident
        ]
    ) => {
        $(#[doc = $text])*
        #[derive(Clone, Copy)]
        pub struct $name($half, $half);

        impl Vector for $name {
            type Value = $value;
            const LANES: usize = 2 * $lanes;
            const ZERO: $value = 0.0;
            const ONE: $value = 1.0;
            #[inline]
            #[target_feature(enable = "neon")]
            unsafe fn splat(value: $value) -> Self {
                Self($splat(value), $splat(value))
            }
            #[inline]
            #[target_feature(enable = "neon")]
            unsafe fn load(from: *const $value) -> Self {
                // SAFETY: the caller vouches for the values.
                unsafe { Self($load(from), $load(from.add($lanes))) }
            }
            #[inline]
            #[target_feature(enable = "neon")]
            unsafe fn store(self, to: *mut $value) {
                // SAFETY: the caller vouches for the place.
                unsafe {
                    $store(to, self.0);
                    $store(to.add($lanes), self.1);
                }
            }
            #[inline]
            #[target_feature(enable = "neon")]
            unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
                // The instruction's first operand is the sum.
                Self($fma(plus.0, self.0, by.0), $fma(plus.1, self.1, by.1))
            }
            #[inline]
            #[target_feature(enable = "neon")]
            unsafe fn multiply(self, by: Self) -> Self {
                Self($mul(self.0, by.0), $mul(self.1, by.1))
            }
            #[inline]
            #[target_feature(enable = "neon")]
            unsafe fn add(self, by: Self) -> Self {
                Self($add(self.0, by.0), $add(self.1, by.1))
            }
            #[inline]
            #[target_feature(enable = "neon")]
            unsafe fn rectify(self) -> Self {
                // Not the instruction for the larger one, which makes 0 of -0.
                let zero = $splat(0.0);
                let half = |half| $select($less(half, zero), zero, half);
                Self(half(self.0), half(self.1))
            }
        }
    };
}

vector!(
    /// Eight f32.
    F32x8, float32x4_t, f32, 4,
    [vdupq_n_f32, vld1q_f32, vst1q_f32, vfmaq_f32, vmulq_f32, vaddq_f32, vcltq_f32, vbslq_f32]
);
vector!(
    /// Four f64.
    F64x4, float64x2_t, f64, 2,
    [vdupq_n_f64, vld1q_f64, vst1q_f64, vfmaq_f64, vmulq_f64, vaddq_f64, vcltq_f64, vbslq_f64]
);
