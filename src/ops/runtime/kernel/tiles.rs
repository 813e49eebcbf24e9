//! The product itself: panels of `B`, blocks of depth, and tiles of `c` whose sums stay in registers.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::pack::pack;
use super::vector::Vector;
use crate::control;
use crate::ops::runtime::matrix::MatMut;
use crate::ops::runtime::products::{Finish, MAX_TERMS, Products};

/// Inner dimension of a block: its panel of `B` stays in the first-level cache.
pub(super) const DEPTH: usize = 256;

/// Rows of `A` that all panels are multiplied with before the next ones: they stay in the second-level cache. A
/// multiple of the rows of every tile.
const ROWS: usize = 480;

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
pub(super) struct Operands<T> {
    terms: [Option<Term<T>>; MAX_TERMS],
    m: usize,
    /// Columns of the sum.
    pub n: usize,
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
    pub fn new(products: &Products<'_, T>, finish: Finish<'_, T>, c: &mut MatMut<'_, T>) -> Option<Self> {
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
        pub(super) unsafe fn $product<V: Vector>(o: Operands<V::Value>) {
            let mut packed = [MaybeUninit::<V>::uninit(); 2 * DEPTH];
            let packed = packed.as_mut_ptr().cast::<V::Value>();
            for first in (0..o.m).step_by(ROWS) {
                let rows = first..(first + ROWS).min(o.m);
                let (mut term, mut begin, mut beta) = (0, 0, o.beta);
                loop {
                    // Not in small products, which take less than the question.
                    if first + term + begin > 0 && control::stopped() {
                        return;
                    }
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
