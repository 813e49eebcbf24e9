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
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256 as Narrow32, __m256d as Vector64, __m512 as Wide32};
use std::mem::MaybeUninit;
use std::ops::Range;

#[cfg(target_arch = "aarch64")]
use self::neon::{F32x8 as Wide32, F32x8 as Narrow32, F64x4 as Vector64};
use self::pack::pack;
use super::cpu::{Cpu, cpu};
use super::matrix::MatMut;
use super::products::{Finish, MAX_TERMS, Products};

/// Inner dimension of a block: its panel of `B` stays in the first-level cache.
const DEPTH: usize = 256;

/// Rows of `A` that all panels are multiplied with before the next ones: they stay in the second-level cache. A
/// multiple of the rows of every tile.
const ROWS: usize = 480;

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

/// One product of the sum, as pointers and strides in values.
#[derive(Clone, Copy)]
struct Term<T> {
    k: usize,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_row: usize,
    b_column: usize,
}

/// The operands as pointers and strides, in values.
#[derive(Clone, Copy)]
pub struct Operands<T> {
    terms: [Option<Term<T>>; MAX_TERMS],
    m: usize,
    n: usize,
    alpha: T,
    beta: T,
    /// Null where there is none.
    bias: *const T,
    relu: bool,
    /// Null where there are none.
    scale: [*const T; 2],
    c: *mut T,
    c_row: usize,
}

impl<T: Copy> Operands<T> {
    /// `None` where the layout is not supported: a negative stride, or rows of `c` that are not contiguous.
    fn new(products: &Products<'_, T>, finish: Finish<'_, T>, c: &mut MatMut<'_, T>) -> Option<Self> {
        let (scale, shift) = finish.scale.unzip();
        let rows = [finish.bias, scale, shift];
        assert!(rows.iter().flatten().all(|row| row.len() == c.ncols()), "shapes agree");
        let [bias, scale, shift] = rows.map(|row| row.map_or(std::ptr::null(), <[T]>::as_ptr));
        if c.strides()[1] != 1 && c.ncols() > 1 {
            return None;
        }
        let stride = |strides: &[isize], axis: usize| usize::try_from(strides[axis]).ok();
        let mut terms = [None; MAX_TERMS];
        for (term, (a, b)) in terms.iter_mut().zip(products.iter().flatten()) {
            assert!(a.ncols() == b.nrows() && a.nrows() == c.nrows() && b.ncols() == c.ncols(), "shapes agree");
            *term = Some(Term {
                k: a.ncols(),
                a: a.as_ptr(),
                a_row: stride(a.strides(), 0)?,
                a_column: stride(a.strides(), 1)?,
                b: b.as_ptr(),
                b_row: stride(b.strides(), 0)?,
                b_column: stride(b.strides(), 1)?,
            });
        }
        Some(Self {
            terms,
            m: c.nrows(),
            n: c.ncols(),
            alpha: finish.alpha,
            beta: finish.beta,
            bias,
            relu: finish.relu,
            scale: [scale, shift],
            c_row: stride(c.strides(), 0)?,
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
    /// `self + by`.
    unsafe fn add(self, by: Self) -> Self;
    /// 0 for lanes below 0; what is not a number stays.
    unsafe fn rectify(self) -> Self;
    /// Copies the transpose of `from`, `LANES x depth` in rows of `stride` values, to rows of `width` values, as far as
    /// whole blocks go; returns how many of the `depth` rows it wrote.
    #[inline(always)]
    unsafe fn transpose(
        _from: *const Self::Value,
        _stride: usize,
        _depth: usize,
        _to: *mut Self::Value,
        _width: usize,
    ) -> usize {
        0
    }
}

/// A sum of products with all that follows, for f32; `false` where this machine or the layout does not allow it.
pub fn gemm_f32(products: &Products<'_, f32>, by: Finish<'_, f32>, c: &mut MatMut<'_, f32>) -> bool {
    Operands::new(products, by, c).is_some_and(run::<Wide32, Narrow32>)
}

/// The same for f64.
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

/// Part of a product: what is added to a tile's sums without a pause.
#[derive(Clone, Copy)]
struct Step<T> {
    depth: usize,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_row: usize,
}

/// The steps of a panel from pieces `(term, begin, depth)` of the inner dimension. What of `b` has to be copied goes to
/// `packed`.
///
/// # Safety
/// The pieces and columns are within the matrices, `packed` has room for all of them, and the instruction set of `V` is
/// there.
#[inline(always)]
unsafe fn steps<V: Vector>(
    o: &Operands<V::Value>,
    pieces: &[(usize, usize, usize)],
    column: usize,
    columns: usize,
    packed: *mut V::Value,
) -> [Step<V::Value>; MAX_TERMS] {
    let width = if columns > V::LANES { 2 * V::LANES } else { V::LANES };
    let none = Step { depth: 0, a: o.c, a_row: 0, a_column: 0, b: o.c, b_row: 0 };
    let (mut steps, mut filled) = ([none; MAX_TERMS], 0);
    for (step, &(term, begin, depth)) in steps.iter_mut().zip(pieces) {
        let Some(t) = &o.terms[term] else { break };
        // SAFETY: the caller vouches for the places.
        unsafe {
            let b = t.b.add(begin * t.b_row + column * t.b_column);
            let direct = t.b_column == 1 && columns == width;
            let copy = packed.add(filled * width);
            if !direct {
                pack::<V>((b, t.b_row, t.b_column), depth, columns, width, copy);
            }
            let (b, b_row) = if direct { (b, t.b_row) } else { (copy.cast_const(), width) };
            *step = Step { depth, a: t.a.add(begin * t.a_column), a_row: t.a_row, a_column: t.a_column, b, b_row };
        }
        filled += depth;
    }
    steps
}

/// A panel of `c`, two vectors wide, and the steps that lead to it.
struct Panel<'a, T> {
    steps: &'a [Step<T>],
    alpha: T,
    beta: T,
    /// Bias, scale and shift, or null.
    rows: [*const T; 3],
    relu: bool,
    c: *mut T,
    c_row: usize,
    columns: usize,
}

/// Defines the product for one instruction set: panels of `B`, blocks of depth, tiles of `$rows` rows.
macro_rules! product {
    (
        $product:ident, $panel:ident, $tile:ident,
        $features:literal, $rows:literal, [$($rest:literal),*]
    ) => {
        #[target_feature(enable = $features)]
        unsafe fn $product<V: Vector>(o: Operands<V::Value>) {
            let mut packed = [MaybeUninit::<V>::uninit(); 2 * DEPTH];
            let packed = packed.as_mut_ptr().cast::<V::Value>();
            for first in (0..o.m).step_by(ROWS) {
                let rows = first..(first + ROWS).min(o.m);
                let (mut term, mut begin, mut beta) = (0, 0, o.beta);
                loop {
                    // As much as a panel of DEPTH rows holds.
                    let (mut pieces, mut count, mut filled) = ([(0, 0, 0); MAX_TERMS], 0, 0);
                    while let Some(Some(t)) = o.terms.get(term)
                        && filled < DEPTH
                    {
                        let depth = (t.k - begin).min(DEPTH - filled);
                        pieces[count] = (term, begin, depth);
                        (count, filled, begin) = (count + 1, filled + depth, begin + depth);
                        if begin == t.k {
                            (term, begin) = (term + 1, 0);
                        }
                    }
                    let last = !matches!(o.terms.get(term), Some(Some(_)));
                    for column in (0..o.n).step_by(2 * V::LANES) {
                        let columns = (o.n - column).min(2 * V::LANES);
                        // SAFETY: all offsets are within the matrices; a panel holds DEPTH rows of two vectors.
                        unsafe {
                            let steps = steps::<V>(&o, &pieces[..count], column, columns, packed);
                            let panel = Panel {
                                steps: &steps[..count],
                                alpha: o.alpha,
                                beta,
                                rows: [o.bias, o.scale[0], o.scale[1]].map(|row| {
                                    if last && !row.is_null() { row.add(column) } else { std::ptr::null() }
                                }),
                                relu: last && o.relu,
                                c: o.c.add(column),
                                c_row: o.c_row,
                                columns,
                            };
                            match columns > V::LANES {
                                true => $panel::<V, 2>(&panel, rows.clone()),
                                false => $panel::<V, 1>(&panel, rows.clone()),
                            }
                        }
                    }
                    if last {
                        break;
                    }
                    beta = V::ONE;
                }
            }
        }

        #[target_feature(enable = $features)]
        unsafe fn $panel<V: Vector, const VECTORS: usize>(panel: &Panel<'_, V::Value>, rows: Range<usize>) {
            let mut row = rows.start;
            while row + $rows <= rows.end {
                // SAFETY: as many rows are left.
                unsafe { $tile::<V, $rows, VECTORS>(panel, row) };
                row += $rows;
            }
            // SAFETY: the arm has the number of rows that are left.
            unsafe {
                match rows.end - row {
                    $($rest => $tile::<V, $rest, VECTORS>(panel, row),)*
                    _ => {}
                }
            }
        }

        #[inline]
        #[target_feature(enable = $features)]
        unsafe fn $tile<V: Vector, const ROWS: usize, const VECTORS: usize>(t: &Panel<'_, V::Value>, first: usize) {
            // SAFETY: the tile lies within the matrices, and the features are there.
            unsafe {
                let mut sums = [[V::splat(V::ZERO); VECTORS]; ROWS];
                for step in t.steps {
                    let (mut a, mut b) = (step.a.add(first * step.a_row), step.b);
                    for _ in 0..step.depth {
                        let mut row = [V::splat(V::ZERO); VECTORS];
                        for (j, vector) in row.iter_mut().enumerate() {
                            *vector = V::load(b.add(j * V::LANES));
                        }
                        for (i, sums) in sums.iter_mut().enumerate() {
                            let value = V::splat(*a.add(i * step.a_row));
                            for (sum, vector) in sums.iter_mut().zip(row) {
                                *sum = value.multiply_add(vector, *sum);
                            }
                        }
                        a = a.add(step.a_column);
                        b = b.add(step.b_row);
                    }
                }
                let whole = t.columns == VECTORS * V::LANES;
                for (i, sums) in sums.into_iter().enumerate() {
                    let c = t.c.add((first + i) * t.c_row);
                    if whole {
                        write::<V, VECTORS>(sums, t, t.rows, c);
                        continue;
                    }
                    let mut ragged = [[V::splat(V::ZERO); VECTORS]; 4];
                    let mut rows = t.rows;
                    for (copy, row) in ragged.iter_mut().zip(&mut rows).filter(|(_, row)| !row.is_null()) {
                        let copy = copy.as_mut_ptr().cast::<V::Value>();
                        std::ptr::copy_nonoverlapping(*row, copy, t.columns);
                        *row = copy;
                    }
                    let row = ragged[3].as_mut_ptr().cast::<V::Value>();
                    if t.beta != V::ZERO {
                        std::ptr::copy_nonoverlapping(c, row, t.columns);
                    }
                    write::<V, VECTORS>(sums, t, rows, row);
                    std::ptr::copy_nonoverlapping(row, c, t.columns);
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
product!(avx512, avx512_panel, avx512_tile, "avx512f", 12, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
#[cfg(target_arch = "x86_64")]
product!(avx2, avx2_panel, avx2_tile, "avx2,fma", 6, [1, 2, 3, 4, 5]);
#[cfg(target_arch = "aarch64")]
product!(neon, neon_panel, neon_tile, "neon", 6, [1, 2, 3, 4, 5]);

/// `c = f(alpha sums + beta c + bias) scale + shift` for one row of a tile; `c` is not read where `beta` is 0.
///
/// # Safety
/// `c` and the rows that are there have room for the vectors, and the instruction set of `V` is there.
#[inline(always)]
unsafe fn write<V: Vector, const VECTORS: usize>(
    sums: [V; VECTORS],
    by: &Panel<'_, V::Value>,
    [bias, scale, shift]: [*const V::Value; 3],
    c: *mut V::Value,
) {
    // SAFETY: the caller vouches for both.
    unsafe {
        let alpha = V::splat(by.alpha);
        for (j, sum) in sums.into_iter().enumerate() {
            let c = c.add(j * V::LANES);
            let mut value = if by.beta == V::ZERO {
                sum.multiply(alpha)
            } else {
                sum.multiply_add(alpha, V::load(c).multiply(V::splat(by.beta)))
            };
            if !bias.is_null() {
                value = value.add(V::load(bias.add(j * V::LANES)));
            }
            if by.relu {
                value = value.rectify();
            }
            if !scale.is_null() {
                // Rounded twice, as the norm that is a pass of its own is.
                value = value.multiply(V::load(scale.add(j * V::LANES))).add(V::load(shift.add(j * V::LANES)));
            }
            value.store(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

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
