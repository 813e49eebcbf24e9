//! Matrix products for x86-64 with AVX-512, or AVX2 and FMA, chosen at run time, and for aarch64 with NEON, which every
//! such processor has. With its vectors, in the folder of its name, the one place of the engine with `unsafe`.
//!
//! The engine's products are tall and narrow: a few hundred rows of stacked nodes times weights of 64 or so columns. A
//! blocked kernel spends as long on packing such an `A` as on multiplying it. Here `A` is read where it lies, one value
//! broadcast at a time, and `B` too where its rows are contiguous; only a transposed or ragged panel of `B` is copied,
//! to the stack. Nothing is allocated.
//!
//! Several products may be added up before the sum is written, and a bias and the rectifier applied to it on the way:
//! `c = f(alpha (a_1 b_1 + a_2 b_2 + ...) + beta c + bias) scale + shift`. A tile of `c` is written once for all of
//! that.
//!
//! Every element of `c` is the sum of `a_ik b_kj` in the order of the products and of `k`, with fused multiply-adds, in
//! blocks of 256 that are added to `c` one after the other. Tiles, lanes and the other rows and columns do not matter,
//! so all three instruction sets give the same bits.

#[cfg(target_arch = "aarch64")]
mod neon;
mod pack;
mod tiles;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256 as Narrow32, __m256d as Vector64, __m512 as Wide32};

#[cfg(target_arch = "aarch64")]
use self::neon::{F32x8 as Wide32, F32x8 as Narrow32, F64x4 as Vector64};
use self::tiles::Operands;
#[cfg(target_arch = "aarch64")]
use self::tiles::neon;
#[cfg(target_arch = "x86_64")]
use self::tiles::{avx2, avx512};
use self::vector::Vector;
use super::cpu::{Cpu, cpu};
use super::matrix::MatMut;
use super::products::{Finish, Products};

/// Runs `work` compiled for vectors of eight f32 where the machine has them.
///
/// The compiler's baseline for x86-64 has vectors of four; that for aarch64 is all there is. `work` has to be a closure
/// whose loops are in it or inlined into it: then they are compiled a second time, for AVX2. No operation is fused or
/// reordered by that, so the bits of the results do not depend on it.
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
    /// Does the work. To be marked `#[inline(always)]`, and so is what it calls.
    fn run(self);
}

/// Runs `work` as [`wide`] does.
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

/// A sum of products with all that follows, for f32; `false` where this machine or the layout does not allow it.
pub fn gemm_f32(products: &Products<'_, f32>, by: Finish<'_, f32>, c: &mut MatMut<'_, f32>) -> bool {
    Operands::new(products, by, c).is_some_and(run::<Wide32, Narrow32>)
}

/// A sum of products with all that follows, for f64.
pub fn gemm_f64(products: &Products<'_, f64>, by: Finish<'_, f64>, c: &mut MatMut<'_, f64>) -> bool {
    Operands::new(products, by, c).is_some_and(run_narrow::<Vector64>)
}

/// Runs the product with the widest vectors of this machine; `false` where it has neither.
#[cfg(target_arch = "x86_64")]
fn run<Wide: Vector, Narrow: Vector<Value = Wide::Value>>(operands: Operands<Wide::Value>) -> bool {
    // SAFETY: the features are there, and the operands come from views whose shapes agree.
    unsafe {
        match cpu() {
            Cpu::Avx512 if operands.n <= Narrow::LANES => avx512::<Narrow>(operands),
            Cpu::Avx512 => avx512::<Wide>(operands),
            Cpu::Avx2 => avx2::<Narrow>(operands),
            _ => return false,
        }
    }
    true
}

/// Runs the product with narrow vectors alone: f64 serves sums that need more digits, and is not worth a kernel more.
#[cfg(target_arch = "x86_64")]
fn run_narrow<V: Vector>(operands: Operands<V::Value>) -> bool {
    if cpu() < Cpu::Avx2 {
        return false;
    }
    // SAFETY: the features are there, and the operands come from views whose shapes agree.
    unsafe { avx2::<V>(operands) };
    true
}

/// Runs the product; `false` where it is left to the caller.
#[cfg(target_arch = "aarch64")]
fn run_narrow<V: Vector>(operands: Operands<V::Value>) -> bool {
    run::<V, V>(operands)
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

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::tiles::DEPTH;
    use super::*;
    use crate::ops::runtime::cpu::with_each;
    use crate::ops::runtime::matrix::Mat;
    use crate::ops::testing::random_matrix;

    const PLAIN: Finish<'_, f32> = Finish { alpha: 0.5, beta: 2.0, bias: None, relu: false, scale: None };

    fn product(products: &[(Mat<'_, f32>, Mat<'_, f32>)], by: Finish<'_, f32>, c: &Array2<f32>) -> Vec<u32> {
        let mut c = c.clone();
        let products = std::array::from_fn(|i| products.get(i).copied());
        assert!(gemm_f32(&products, by, &mut c.view_mut()));
        c.iter().map(|v| v.to_bits()).collect()
    }

    /// What the bits are: the text at the head of this file as plain loops.
    fn defined(products: &[(Mat<'_, f32>, Mat<'_, f32>)], by: Finish<'_, f32>, c: &Array2<f32>) -> Vec<u32> {
        let value = |((i, j), &c): ((usize, usize), &f32)| {
            let terms = products.iter().flat_map(|(a, b)| (0..a.ncols()).map(move |k| (a[[i, k]], b[[k, j]])));
            let terms: Vec<_> = terms.collect();
            let (mut c, mut beta) = (c, by.beta);
            for block in terms.chunks(DEPTH) {
                let sum = block.iter().fold(0.0, |sum, (a, b)| a.mul_add(*b, sum));
                c = sum.mul_add(by.alpha, beta * c);
                beta = 1.0;
            }
            c += by.bias.map_or(0.0, |bias| bias[j]);
            let c = if by.relu && c < 0.0 { 0.0 } else { c };
            by.scale.map_or(c, |(scale, shift)| c * scale[j] + shift[j])
        };
        c.indexed_iter().map(|at| value(at).to_bits()).collect()
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_the_definition() {
        for (m, k, n) in [(1, 1, 1), (13, 300, 40), (7, 64, 16), (30, 513, 33), (12, 32, 32), (5, 700, 7)] {
            let single = |rows, columns, seed| random_matrix(rows, columns, seed).mapv(|v| v as f32);
            let (a, b, c) = (single(m, k, 1), single(k, n, 2), single(m, n, 3));
            let (other_a, other_b, bias) = (single(m, 70, 4), single(70, n, 5), single(1, n, 6));
            // Transposed operands are read in another way, but summed in the same order.
            let (at, bt) = (a.t().as_standard_layout().into_owned(), b.t().as_standard_layout().into_owned());
            let (one, transposed) = ([(a.view(), b.view())], [(at.t(), bt.t())]);
            let two = [(other_a.view(), other_b.view()), one[0]];
            let (scale, shift) = (single(1, n, 7), single(1, n, 8));
            let scale = scale.as_slice().zip(shift.as_slice());
            let fused = Finish { bias: bias.as_slice(), relu: true, scale, ..PLAIN };
            with_each(|cpu| {
                if cpu == Cpu::Portable {
                    assert!(!gemm_f32(&[Some(one[0]), None, None, None], PLAIN, &mut c.clone().view_mut()));
                    return;
                }
                for (products, by) in
                    [(&one[..], PLAIN), (&transposed[..], PLAIN), (&one[..], fused), (&two[..], fused)]
                {
                    let same = product(products, by, &c) == defined(products, by, &c);
                    assert!(same, "{cpu:?}: {m} x {k} x {n}, {} products, {by:?}", products.len());
                }
            });
        }
    }
}
