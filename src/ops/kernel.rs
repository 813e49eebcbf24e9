//! Matrix products for x86-64 with AVX-512, or AVX2 and FMA, chosen at run time, and for aarch64 with NEON, which every
//! such processor has. With its vectors of NEON the one place of the engine with `unsafe`.
//!
//! The engine's products are tall and narrow: a few hundred rows of stacked nodes times weights of 64 or so columns. A
//! blocked kernel spends as long on packing such an `A` as on multiplying it. Here `A` is read where it lies, one value
//! broadcast at a time, and `B` too where its rows are contiguous; only a transposed or ragged panel of `B` is copied,
//! to the stack. Nothing is allocated.
//!
//! Every element of `c` is the sum of `a_ik b_kj` in the order of `k`, with fused multiply-adds, in blocks of
//! 256 that are added to `c` one after the other. Tiles, lanes and the other rows and columns do not matter, so
//! all three instruction sets give the same bits.

#[cfg(target_arch = "aarch64")]
mod neon;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256 as Narrow32, __m256d as Narrow64, __m512 as Wide32, __m512d as Wide64, *};
use std::mem::MaybeUninit;

#[cfg(target_arch = "aarch64")]
use self::neon::{F32x8 as Wide32, F32x8 as Narrow32, F64x4 as Wide64, F64x4 as Narrow64};
use super::cpu::{Cpu, cpu};
use super::real::{Mat, MatMut};

/// Inner dimension of a block: its panel of `B` stays in the first-level cache.
const DEPTH: usize = 256;

/// Runs `work` compiled for vectors of eight f32 where the machine has them.
///
/// The compiler's baseline for x86-64 has vectors of four; that for aarch64 is all there is. `work` has to be a closure whose loops are in it or inlined
/// into it: then they are compiled a second time, for AVX2. No operation is fused or reordered by that, so the bits of
/// the results do not depend on it.
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        unsafe fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if cpu() >= Cpu::Avx2 {
            // SAFETY: the feature is there.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}

/// Work of any size for [`wide_of`]. The compiler leaves a large closure where it is, outside of the code for AVX2.
pub trait Work {
    /// Does it. To be marked `#[inline(always)]`, and so is what it calls.
    fn run(self);
}

/// As [`wide`].
pub fn wide_of(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        unsafe fn with_avx2(work: impl Work) {
            work.run()
        }
        if cpu() >= Cpu::Avx2 {
            // SAFETY: the feature is there.
            return unsafe { with_avx2(work) };
        }
    }
    work.run()
}

/// The operands as pointers and strides, in values.
#[derive(Clone, Copy)]
pub struct Operands<T> {
    m: usize,
    k: usize,
    n: usize,
    alpha: T,
    beta: T,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_row: usize,
    b_column: usize,
    c: *mut T,
    c_row: usize,
}

impl<T: Copy> Operands<T> {
    /// `None` where the layout is not supported: a negative stride, or rows of `c` that are not contiguous.
    fn new(alpha: T, a: Mat<'_, T>, b: Mat<'_, T>, beta: T, c: &mut MatMut<'_, T>) -> Option<Self> {
        assert!(a.ncols() == b.nrows() && a.nrows() == c.nrows() && b.ncols() == c.ncols(), "shapes agree");
        if c.strides()[1] != 1 && c.ncols() > 1 {
            return None;
        }
        let stride = |strides: &[isize], axis: usize| usize::try_from(strides[axis]).ok();
        Some(Self {
            m: a.nrows(),
            k: a.ncols(),
            n: b.ncols(),
            alpha,
            beta,
            a_row: stride(a.strides(), 0)?,
            a_column: stride(a.strides(), 1)?,
            b_row: stride(b.strides(), 0)?,
            b_column: stride(b.strides(), 1)?,
            c_row: stride(c.strides(), 0)?,
            a: a.as_ptr(),
            b: b.as_ptr(),
            c: c.as_mut_ptr(),
        })
    }
}

/// A kind of vector: what the tiles need of it. All functions need the instruction set that the implementor names.
trait Vector: Copy {
    /// The value in a lane.
    type Value: Copy + PartialEq;
    /// Values a vector.
    const LANES: usize;
    /// Zero and one.
    const ZERO: Self::Value;
    /// See [`ZERO`](Self::ZERO).
    const ONE: Self::Value;
    /// All lanes set to one value.
    unsafe fn splat(value: Self::Value) -> Self;
    /// Reads consecutive values.
    unsafe fn load(from: *const Self::Value) -> Self;
    /// Writes consecutive values.
    unsafe fn store(self, to: *mut Self::Value);
    /// `self * by + plus`, rounded once.
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self;
    /// `self * by`.
    unsafe fn multiply(self, by: Self) -> Self;
}

#[cfg(target_arch = "x86_64")]
macro_rules! vector {
    (
        $vector:ty, $value:ty, $lanes:literal, $features:literal,
        $splat:ident, $load:ident, $store:ident, $fma:ident, $mul:ident
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
        }
    };
}

#[cfg(target_arch = "x86_64")]
vector!(__m512, f32, 16, "avx512f", _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps, _mm512_mul_ps);
#[cfg(target_arch = "x86_64")]
vector!(__m512d, f64, 8, "avx512f", _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd, _mm512_mul_pd);
#[cfg(target_arch = "x86_64")]
vector!(__m256, f32, 8, "avx2,fma", _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, _mm256_mul_ps);
#[cfg(target_arch = "x86_64")]
vector!(__m256d, f64, 4, "avx2,fma", _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd, _mm256_mul_pd);

/// `c = alpha a b + beta c` for f32; `false` where this machine or the layout does not allow it.
pub fn gemm_f32(alpha: f32, a: Mat<'_, f32>, b: Mat<'_, f32>, beta: f32, c: &mut MatMut<'_, f32>) -> bool {
    Operands::new(alpha, a, b, beta, c).is_some_and(run::<Wide32, Narrow32>)
}

/// The same for f64.
pub fn gemm_f64(alpha: f64, a: Mat<'_, f64>, b: Mat<'_, f64>, beta: f64, c: &mut MatMut<'_, f64>) -> bool {
    Operands::new(alpha, a, b, beta, c).is_some_and(run::<Wide64, Narrow64>)
}

/// Runs the product with the widest vectors of this machine; `false` where it has neither.
#[cfg(target_arch = "x86_64")]
fn run<Wide: Vector, Narrow: Vector<Value = Wide::Value>>(operands: Operands<Wide::Value>) -> bool {
    // SAFETY: the features are there, and the operands come from views whose shapes agree.
    unsafe {
        match cpu() {
            Cpu::Avx512 => avx512::<Wide>(operands),
            Cpu::Avx2 => avx2::<Narrow>(operands),
            _ => return false,
        }
    }
    true
}

/// Runs the product; `false` where it is left to the caller.
#[cfg(target_arch = "aarch64")]
fn run<Wide: Vector, Narrow: Vector<Value = Wide::Value>>(operands: Operands<Wide::Value>) -> bool {
    if cpu() != Cpu::Neon {
        return false;
    }
    // SAFETY: the feature is there, and the operands come from views whose shapes agree.
    unsafe { neon::<Wide>(operands) };
    true
}

/// One tile of `c`: what a microkernel reads and writes.
struct Tile<T> {
    depth: usize,
    alpha: T,
    beta: T,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_row: usize,
    c: *mut T,
    c_row: usize,
    columns: usize,
}

/// Defines the product for one instruction set: panels of `B`, blocks of depth, tiles of `$rows` rows.
macro_rules! product {
    (
        $product:ident, $panel:ident, $rows_of:ident, $tile:ident,
        $features:literal, $rows:literal, [$($rest:literal),*]
    ) => {
        #[target_feature(enable = $features)]
        unsafe fn $product<V: Vector>(o: Operands<V::Value>) {
            let mut packed = [MaybeUninit::<V>::uninit(); 2 * DEPTH];
            let packed = packed.as_mut_ptr().cast::<V::Value>();
            let mut begin = 0;
            while begin < o.k || begin == 0 {
                let depth = (o.k - begin).min(DEPTH);
                let beta = if begin == 0 { o.beta } else { V::ONE };
                let mut column = 0;
                while column < o.n {
                    let columns = (o.n - column).min(2 * V::LANES);
                    // SAFETY: all offsets are within the matrices; a panel holds DEPTH rows of two vectors.
                    unsafe {
                        let b = o.b.add(begin * o.b_row + column * o.b_column);
                        let width = if columns > V::LANES { 2 * V::LANES } else { V::LANES };
                        let direct = o.b_column == 1 && columns == width;
                        if !direct {
                            pack(b, o.b_row, o.b_column, depth, columns, width, packed, V::ZERO);
                        }
                        let panel = Tile {
                            depth,
                            alpha: o.alpha,
                            beta,
                            a: o.a.add(begin * o.a_column),
                            a_row: o.a_row,
                            a_column: o.a_column,
                            b: if direct { b } else { packed },
                            b_row: if direct { o.b_row } else { width },
                            c: o.c.add(column),
                            c_row: o.c_row,
                            columns,
                        };
                        match columns > V::LANES {
                            true => $panel::<V, 2>(panel, o.m),
                            false => $panel::<V, 1>(panel, o.m),
                        }
                    }
                    column += columns;
                }
                begin += DEPTH;
            }
        }

        #[target_feature(enable = $features)]
        unsafe fn $panel<V: Vector, const VECTORS: usize>(mut tile: Tile<V::Value>, rows: usize) {
            let mut left = rows;
            while left >= $rows {
                // SAFETY: as many rows are left.
                unsafe {
                    $tile::<V, $rows, VECTORS>(&tile);
                    tile.a = tile.a.add($rows * tile.a_row);
                    tile.c = tile.c.add($rows * tile.c_row);
                }
                left -= $rows;
            }
            // SAFETY: as above.
            unsafe { $rows_of::<V, VECTORS>(&tile, left) }
        }

        #[target_feature(enable = $features)]
        unsafe fn $rows_of<V: Vector, const VECTORS: usize>(tile: &Tile<V::Value>, rows: usize) {
            // SAFETY: the arm has the number of rows that are left.
            unsafe {
                match rows {
                    $($rest => $tile::<V, $rest, VECTORS>(tile),)*
                    _ => {}
                }
            }
        }

        #[inline]
        #[target_feature(enable = $features)]
        unsafe fn $tile<V: Vector, const ROWS: usize, const VECTORS: usize>(t: &Tile<V::Value>) {
            // SAFETY: the tile lies within the matrices, and the features are there.
            unsafe {
                let mut sums = [[V::splat(V::ZERO); VECTORS]; ROWS];
                let (mut a, mut b) = (t.a, t.b);
                for _ in 0..t.depth {
                    let mut row = [V::splat(V::ZERO); VECTORS];
                    for (j, vector) in row.iter_mut().enumerate() {
                        *vector = V::load(b.add(j * V::LANES));
                    }
                    for (i, sums) in sums.iter_mut().enumerate() {
                        let value = V::splat(*a.add(i * t.a_row));
                        for (sum, vector) in sums.iter_mut().zip(row) {
                            *sum = value.multiply_add(vector, *sum);
                        }
                    }
                    a = a.add(t.a_column);
                    b = b.add(t.b_row);
                }
                let alpha = V::splat(t.alpha);
                let whole = t.columns == VECTORS * V::LANES;
                for (i, sums) in sums.into_iter().enumerate() {
                    let c = t.c.add(i * t.c_row);
                    if whole {
                        write::<V, VECTORS>(sums, alpha, t.beta, c);
                        continue;
                    }
                    let mut ragged = [MaybeUninit::<V>::uninit(); VECTORS];
                    let ragged = ragged.as_mut_ptr().cast::<V::Value>();
                    for j in 0..VECTORS * V::LANES {
                        let kept = j < t.columns && t.beta != V::ZERO;
                        ragged.add(j).write(if kept { *c.add(j) } else { V::ZERO });
                    }
                    write::<V, VECTORS>(sums, alpha, t.beta, ragged);
                    std::ptr::copy_nonoverlapping(ragged, c, t.columns);
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
product!(avx512, avx512_panel, avx512_rows, avx512_tile, "avx512f", 12, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
#[cfg(target_arch = "x86_64")]
product!(avx2, avx2_panel, avx2_rows, avx2_tile, "avx2,fma", 6, [1, 2, 3, 4, 5]);
#[cfg(target_arch = "aarch64")]
product!(neon, neon_panel, neon_rows, neon_tile, "neon", 6, [1, 2, 3, 4, 5]);

/// `c = alpha sums + beta c` for one row of a tile; `c` is not read where `beta` is 0.
///
/// # Safety
/// `c` has room for the vectors, and the instruction set of `V` is there.
#[inline(always)]
unsafe fn write<V: Vector, const VECTORS: usize>(sums: [V; VECTORS], alpha: V, beta: V::Value, c: *mut V::Value) {
    // SAFETY: the caller vouches for both.
    unsafe {
        for (j, sum) in sums.into_iter().enumerate() {
            let c = c.add(j * V::LANES);
            let value = if beta == V::ZERO {
                sum.multiply(alpha)
            } else {
                sum.multiply_add(alpha, V::load(c).multiply(V::splat(beta)))
            };
            value.store(c);
        }
    }
}

/// Copies a panel of `B`, `depth x columns`, to contiguous rows of `width` values, filled up with `zero`.
///
/// # Safety
/// `b` can be read at all those places, and `to` has room for `depth * width` values.
#[allow(clippy::too_many_arguments)]
unsafe fn pack<T: Copy>(
    b: *const T,
    row: usize,
    column: usize,
    depth: usize,
    columns: usize,
    width: usize,
    to: *mut T,
    zero: T,
) {
    // SAFETY: the caller vouches for the places.
    unsafe {
        // Blocks of 8 x 8 keep both the rows read and the rows written in cache whichever way B lies.
        for first in (0..depth).step_by(8) {
            let last = (first + 8).min(depth);
            for j in 0..columns {
                for p in first..last {
                    to.add(p * width + j).write(*b.add(p * row + j * column));
                }
            }
            for p in first..last {
                for j in columns..width {
                    to.add(p * width + j).write(zero);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::cpu::with_each;
    use crate::ops::testing::random_matrix;

    fn product(a: &Array2<f32>, b: &Array2<f32>, c: &Array2<f32>) -> Vec<u32> {
        let mut c = c.clone();
        assert!(gemm_f32(0.5, a.view(), b.view(), 2.0, &mut c.view_mut()));
        c.iter().map(|v| v.to_bits()).collect()
    }

    /// What the bits are: the text at the head of this file as three plain loops.
    fn defined(a: &Array2<f32>, b: &Array2<f32>, c: &Array2<f32>) -> Vec<u32> {
        let mut c = c.clone();
        for ((i, j), c) in c.indexed_iter_mut() {
            for (block, begin) in (0..a.ncols()).step_by(DEPTH).enumerate() {
                let end = (begin + DEPTH).min(a.ncols());
                let sum = (begin..end).fold(0.0, |sum: f32, k| a[[i, k]].mul_add(b[[k, j]], sum));
                let beta = if block == 0 { 2.0 } else { 1.0 };
                *c = sum.mul_add(0.5, beta * *c);
            }
        }
        c.iter().map(|v| v.to_bits()).collect()
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_the_definition() {
        for (m, k, n) in [(1, 1, 1), (13, 300, 40), (7, 64, 16), (30, 513, 33), (12, 32, 32), (5, 700, 7)] {
            let single = |rows, columns, seed| random_matrix(rows, columns, seed).mapv(|v| v as f32);
            let (a, b, c) = (single(m, k, 1), single(k, n, 2), single(m, n, 3));
            let expected = defined(&a, &b, &c);
            // Transposed operands are read in another way, but summed in the same order.
            let (at, bt) = (a.t().as_standard_layout().into_owned(), b.t().as_standard_layout().into_owned());
            let (at, bt) = (at.reversed_axes(), bt.reversed_axes());
            with_each(|cpu| {
                if cpu == Cpu::Portable {
                    assert!(!gemm_f32(0.5, a.view(), b.view(), 2.0, &mut c.clone().view_mut()));
                    return;
                }
                assert!(product(&a, &b, &c) == expected, "{cpu:?}: {m} x {k} x {n}");
                assert!(product(&at, &bt, &c) == expected, "{cpu:?}: {m} x {k} x {n}, transposed");
            });
        }
    }
}
