//! The vectors of the kernel on x86-64: the registers of AVX-512 and AVX.

use std::arch::x86_64::*;

use super::vector::Vector;

macro_rules! vector {
    (
        $vector:ty, $value:ty, $lanes:literal, $features:literal,
        [$splat:ident, $load:ident, $store:ident, $fma:ident, $mul:ident, $add:ident, $max:ident] $(, $transpose:ident)?
    ) => {
        impl Vector for $vector {
            type Value = $value;
            const LANES: usize = $lanes;
            const ZERO: $value = 0.0;
            const ONE: $value = 1.0;
            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn splat(value: $value) -> Self {
                $splat(value)
            }
            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn load(from: *const $value) -> Self {
                // SAFETY: the caller vouches for the values.
                unsafe { $load(from) }
            }
            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn store(self, to: *mut $value) {
                // SAFETY: the caller vouches for the place.
                unsafe { $store(to, self) }
            }
            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
                $fma(self, by, plus)
            }
            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn multiply(self, by: Self) -> Self {
                $mul(self, by)
            }
            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn add(self, by: Self) -> Self {
                $add(self, by)
            }
            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn rectify(self) -> Self {
                // Of two operands of which one is not a number, the instruction gives the second.
                $max($splat(0.0), self)
            }
            $(
                #[inline]
                #[target_feature(enable = $features)]
                unsafe fn transpose(
                    from: *const $value,
                    stride: usize,
                    depth: usize,
                    to: *mut $value,
                    width: usize,
                ) -> usize {
                    // SAFETY: the caller vouches for both places.
                    unsafe { $transpose(from, stride, depth, to, width, $lanes) }
                }
            )?
        }
    };
}

vector!(
    __m512,
    f32,
    16,
    "avx512f",
    [_mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps, _mm512_mul_ps, _mm512_add_ps, _mm512_max_ps],
    transpose_f32
);
vector!(
    __m256,
    f32,
    8,
    "avx2,fma",
    [_mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, _mm256_mul_ps, _mm256_add_ps, _mm256_max_ps],
    transpose_f32
);
vector!(
    __m256d,
    f64,
    4,
    "avx2,fma",
    [_mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd, _mm256_mul_pd, _mm256_add_pd, _mm256_max_pd]
);

/// [`Vector::transpose`] of `lanes` rows in blocks of 8 x 8.
///
/// # Safety
/// As there, and AVX has to be there.
#[inline]
#[target_feature(enable = "avx")]
unsafe fn transpose_f32(
    from: *const f32,
    stride: usize,
    depth: usize,
    to: *mut f32,
    width: usize,
    lanes: usize,
) -> usize {
    for first in (0..lanes).step_by(8) {
        for column in (0..depth / 8).map(|block| 8 * block) {
            // SAFETY: the block lies within both matrices.
            unsafe {
                let r: [__m256; 8] = std::array::from_fn(|i| _mm256_loadu_ps(from.add((first + i) * stride + column)));
                let pairs: [__m256; 8] = std::array::from_fn(|i| {
                    let (a, b) = (r[i / 2 * 2], r[i / 2 * 2 + 1]);
                    if i % 2 == 0 { _mm256_unpacklo_ps(a, b) } else { _mm256_unpackhi_ps(a, b) }
                });
                let fours: [__m256; 8] = std::array::from_fn(|i| {
                    let (a, b) = (pairs[i / 4 * 4 + i % 4 / 2], pairs[i / 4 * 4 + i % 4 / 2 + 2]);
                    if i % 2 == 0 { _mm256_shuffle_ps::<0x44>(a, b) } else { _mm256_shuffle_ps::<0xee>(a, b) }
                });
                for i in 0..4 {
                    let (a, b) = (fours[i], fours[i + 4]);
                    let to = to.add((column + i) * width + first);
                    _mm256_storeu_ps(to, _mm256_permute2f128_ps::<0x20>(a, b));
                    _mm256_storeu_ps(to.add(4 * width), _mm256_permute2f128_ps::<0x31>(a, b));
                }
            }
        }
    }
    depth / 8 * 8
}
