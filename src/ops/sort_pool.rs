//! Sort pooling (Zhang et al., 2018): the rows of a graph in the order of their last column, cut or filled to a length.
//!
//! ```text
//! forward   out_g = z_(1) | z_(2) | ... | z_(m) | 0 | ...     m = min(kept, n_g); z: [n, d], out: [b, kept d]
//! backward  dz_(r) += part r of dout_g
//! ```
//!
//! `z_(1)` has the largest value in the last column, and so on downwards. Rows that are equal there are ordered by the
//! column before, and so on; only rows that are equal altogether keep the order of their nodes. So the numbers of the
//! nodes play no part. The order is a constant for the gradient.

use std::cmp::Ordering;

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;

/// Writes the sorted rows of every graph. `order [n]` is saved: the nodes of each graph, the first one first.
pub fn forward<T: Real>(offsets: &[usize], z: Mat<'_, T>, out: &mut MatMut<'_, T>, order: &mut [u32]) {
    let d = z.ncols();
    for (nodes, out) in offsets.windows(2).zip(rows_mut(out)) {
        let order = &mut order[nodes[0]..nodes[1]];
        order.iter_mut().zip(nodes[0] as u32..).for_each(|(o, i)| *o = i);
        let row = |i: u32| z.row(i as usize).to_slice().expect("rows are contiguous");
        // Unstable sorting takes no memory, and with the numbers at the end no two nodes are equal.
        order.sort_unstable_by(|&i, &j| compare(row(i), row(j)).then(i.cmp(&j)));
        let (filled, rest) = out.split_at_mut(out.len().min(order.len() * d));
        filled.chunks_exact_mut(d).zip(order.iter()).for_each(|(o, &i)| o.copy_from_slice(row(i)));
        rest.fill(T::zero());
    }
}

/// The order of two rows: from the last column to the first, larger values first. What is not a number comes before all
/// numbers, so that it is not cut off unseen.
fn compare<T: Real>(a: &[T], b: &[T]) -> Ordering {
    let different = |(x, y): (&T, &T)| match y.partial_cmp(x).unwrap_or(y.is_nan().cmp(&x.is_nan())) {
        Ordering::Equal => None,
        order => Some(order),
    };
    a.iter().zip(b).rev().find_map(different).unwrap_or(Ordering::Equal)
}

/// Adds the gradient of every sorted row to the row of `dz` it came from.
pub fn backward<T: Real>(offsets: &[usize], dout: Mat<'_, T>, order: &[u32], dz: &mut MatMut<'_, T>) {
    let d = dz.ncols();
    for (nodes, dout) in offsets.windows(2).zip(rows(&dout)) {
        for (&i, dout) in order[nodes[0]..nodes[1]].iter().zip(dout.chunks_exact(d)) {
            let mut row = dz.row_mut(i as usize);
            row.iter_mut().zip(dout).for_each(|(o, &d)| *o += d);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, weighted_sum};

    fn run(offsets: &[usize], z: Mat<'_, f64>, kept: usize) -> (Array2<f64>, Vec<u32>) {
        let mut out = Array2::from_elem((offsets.len() - 1, kept * z.ncols()), f64::NAN);
        let mut order = vec![0; z.nrows()];
        forward(offsets, z, &mut out.view_mut(), &mut order);
        (out, order)
    }

    #[test]
    fn rows_fall_by_their_last_columns() {
        let z = array![[1.0, 2.0], [9.0, -1.0], [3.0, 2.0], [5.0, 5.0], [4.0, 1.0]];
        let (out, order) = run(&[0, 3, 5], z.view(), 3);
        assert_eq!(order, [2, 0, 1, 3, 4]);
        assert_eq!(out, array![[3.0, 2.0, 1.0, 2.0, 9.0, -1.0], [5.0, 5.0, 4.0, 1.0, 0.0, 0.0]]);
        assert_eq!(run(&[0, 5], z.view(), 1).0, array![[5.0, 5.0]]);
    }

    #[test]
    fn the_numbers_of_the_nodes_play_no_part() {
        let z = array![[1.0, 2.0], [0.0, 2.0], [1.0, 2.0], [2.0, -0.0], [1.0, 0.0]];
        let renumbered = array![[1.0, 0.0], [1.0, 2.0], [2.0, -0.0], [1.0, 2.0], [0.0, 2.0]];
        assert_eq!(run(&[0, 5], z.view(), 4).0, run(&[0, 5], renumbered.view(), 4).0);
    }

    #[test]
    fn what_is_not_a_number_comes_first() {
        let nan = f64::NAN;
        let z = array![[1.0, 2.0], [0.0, nan], [nan, 2.0], [nan, nan], [1.0, f64::INFINITY]];
        assert_eq!(run(&[0, 5], z.view(), 1).1, [3, 1, 4, 2, 0]);
    }

    #[test]
    fn gradient() {
        const OFFSETS: [usize; 4] = [0, 3, 4, 9];
        let (z, weights) = (random_matrix(9, 4, 1), random_matrix(3, 12, 2));
        let order = run(&OFFSETS, z.view(), 3).1;
        let mut dz = Array2::zeros((9, 4));
        backward(&OFFSETS, weights.view(), &order, &mut dz.view_mut());
        check_gradient(z.as_slice().unwrap(), dz.as_slice().unwrap(), |z| {
            let z = Mat::from_shape((9, 4), z).unwrap();
            weighted_sum(&run(&OFFSETS, z, 3).0, weights.as_slice().unwrap())
        });
    }
}
