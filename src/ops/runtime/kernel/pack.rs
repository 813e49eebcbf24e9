//! Copies of panels of `B` that cannot be read where they lie.

use std::ops::Range;

use super::vector::Vector;

/// Copies a panel of `B`, `depth x columns` at a pointer with strides of rows and columns, to contiguous rows of
/// `width` values, filled up with zeros.
///
/// # Safety
/// `b` can be read at all those places, `to` has room for `depth * width` values, and the instruction set of `V` is
/// there.
#[inline(always)]
pub(super) unsafe fn pack<V: Vector>(
    (b, row, column): (*const V::Value, usize, usize),
    depth: usize,
    columns: usize,
    width: usize,
    to: *mut V::Value,
) {
    // SAFETY: the caller vouches for the places.
    unsafe {
        let mut first = 0;
        // Whole vectors of columns whose values lie one after the other along the depth.
        while row == 1 && first + V::LANES <= columns {
            let done = V::transpose(b.add(first * column), column, depth, to.add(first), width);
            copy((b, row, column), done..depth, first..first + V::LANES, width, to);
            first += V::LANES;
        }
        copy((b, row, column), 0..depth, first..columns, width, to);
        for p in (0..depth).filter(|_| columns < width) {
            std::slice::from_raw_parts_mut(to.add(p * width + columns), width - columns).fill(V::ZERO);
        }
    }
}

/// Copies some rows and columns, value by value.
///
/// # Safety
/// As for [`pack`].
#[inline(always)]
unsafe fn copy<T: Copy>(
    (b, row, column): (*const T, usize, usize),
    depths: Range<usize>,
    columns: Range<usize>,
    width: usize,
    to: *mut T,
) {
    // Blocks of 8 rows keep both the rows read and the rows written in cache whichever way B lies.
    for first in depths.clone().step_by(8) {
        for j in columns.clone() {
            for p in first..(first + 8).min(depths.end) {
                // SAFETY: the caller vouches for the places.
                unsafe { to.add(p * width + j).write(*b.add(p * row + j * column)) };
            }
        }
    }
}
