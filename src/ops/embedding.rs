//! Embedding: the rows of a table that the categories of a node name, summed or put side by side.
//!
//! Shapes: `table [r, w]`, `indices [n, c]`, each below `r` or [`NO_ROW`];
//! `out [n, w]` where summed, `[n, c w]` side by side.
//!
//! ```text
//! sum:     out[i]                   = sum_j table[indices[i, j]]
//! concat:  out[i, j w .. (j + 1) w] = table[indices[i, j]]
//! backward: dtable[indices[i, j]] += dout[i], or its part j; i ascending, then j
//! ```

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;
use crate::words::words;

/// Stands for a row of zeros that is in no table and is not learned.
pub const NO_ROW: u32 = u32::MAX;

words! {
    /// How the embeddings of a node's categories become one row.
    pub enum Combine {
        /// The sum of the rows.
        Sum = "sum",
        /// The rows side by side.
        Concat = "concat",
    }
}

/// Columns of the result for `c` categories and tables of `w` columns.
pub fn output_columns(combine: Combine, c: usize, w: usize) -> usize {
    match combine {
        Combine::Sum => w,
        Combine::Concat => c.saturating_mul(w),
    }
}

/// Gathers the rows of every node.
pub fn forward<T: Real>(combine: Combine, table: Mat<'_, T>, indices: &[u32], c: usize, out: &mut MatMut<'_, T>) {
    let w = table.ncols();
    debug_assert_eq!((indices.len(), out.ncols()), (out.nrows() * c, output_columns(combine, c, w)));
    let table = table.to_slice().expect("a table is contiguous");
    for (out, named) in control::watched(rows_mut(out).zip(indices.chunks_exact(c))) {
        for (j, &index) in named.iter().enumerate() {
            if index == NO_ROW {
                match combine {
                    Combine::Concat => out[j * w..(j + 1) * w].fill(T::zero()),
                    Combine::Sum if j == 0 => out.fill(T::zero()),
                    Combine::Sum => {}
                }
                continue;
            }
            let row = &table[index as usize * w..][..w];
            match (combine, j) {
                (Combine::Concat, _) => out[j * w..(j + 1) * w].copy_from_slice(row),
                (Combine::Sum, 0) => out.copy_from_slice(row),
                (Combine::Sum, _) => out.iter_mut().zip(row).for_each(|(o, &v)| *o += v),
            }
        }
    }
}

/// Adds the gradient of some rows of the table, those from row `first` on, to `dtable`, `w` values a row.
///
/// Each part of the table goes through all indices by itself and takes what is its own, so that parts can be worked on
/// at the same time, no node needs a table of its own, and the order of the sums depends on nothing but the nodes.
pub fn backward<T: Real>(
    combine: Combine,
    indices: &[u32],
    c: usize,
    dout: Mat<'_, T>,
    first: usize,
    w: usize,
    dtable: &mut [T],
) {
    let range = first..first + dtable.len() / w;
    for (dout, named) in rows(&dout).zip(indices.chunks_exact(c)) {
        for (j, &index) in named.iter().enumerate() {
            let index = index as usize;
            if !range.contains(&index) {
                continue;
            }
            let part = match combine {
                Combine::Sum => dout,
                Combine::Concat => &dout[j * w..(j + 1) * w],
            };
            let row = &mut dtable[(index - first) * w..][..w];
            row.iter_mut().zip(part).for_each(|(d, &v)| *d += v);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_values, weighted_sum};

    const INDICES: [u32; 10] = [0, 3, 1, 3, 0, 4, 0, 0, 2, 3];
    const TABLE: (usize, usize) = (6, 3);

    fn run(combine: Combine, table: &[f64]) -> Array2<f64> {
        let mut out = Array2::from_elem((5, output_columns(combine, 2, TABLE.1)), f64::NAN);
        forward(combine, Mat::from_shape(TABLE, table).unwrap(), &INDICES, 2, &mut out.view_mut());
        out
    }

    #[test]
    fn rows_are_gathered() {
        let table: Vec<f64> = (0..18).map(f64::from).collect();
        let row = |index: u32| (0..3).map(move |column| f64::from(3 * index + column));
        let (sum, concat) = (run(Combine::Sum, &table), run(Combine::Concat, &table));
        for (i, named) in INDICES.chunks_exact(2).enumerate() {
            assert!(sum.row(i).iter().copied().eq(row(named[0]).zip(row(named[1])).map(|(a, b)| a + b)));
            assert!(concat.row(i).iter().copied().eq(row(named[0]).chain(row(named[1]))));
        }
    }

    #[test]
    fn gradients_agree_with_differences() {
        for combine in [Combine::Sum, Combine::Concat] {
            let table = random_values(TABLE.0 * TABLE.1, 1);
            let dout = run(combine, &random_values(TABLE.0 * TABLE.1, 2));
            // In two parts, as threads share the table out.
            let mut dtable = vec![0.0; TABLE.0 * TABLE.1];
            let (low, high) = dtable.split_at_mut(2 * TABLE.1);
            backward(combine, &INDICES, 2, dout.view(), 0, TABLE.1, low);
            backward(combine, &INDICES, 2, dout.view(), 2, TABLE.1, high);
            assert!(dtable[5 * TABLE.1..].iter().all(|&d| d == 0.0), "nobody names the last row");
            let weights: Vec<f64> = dout.iter().copied().collect();
            check_gradient(&table, &dtable, |table| weighted_sum(&run(combine, table), &weights));
        }
    }
}
