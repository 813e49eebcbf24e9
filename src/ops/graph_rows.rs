//! A row a graph, added to the rows of all its nodes, and their sum.
//!
//! ```text
//! add   out_i = x_i + v_g             i a node of graph g
//! sum   out_g = v_g + sum_i x_i
//! ```
//!
//! Each is the backward pass of the other: [`add_to`] and [`add_sum`] add to what is there.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// Writes the rows of all nodes with that of their graph; the nodes of a graph are those of `offsets`.
pub fn add<T: Real>(offsets: &[usize], v: Mat<'_, T>, x: Mat<'_, T>, out: &mut MatMut<'_, T>) {
    let mut nodes = rows(&x).zip(rows_mut(out));
    for (graph, v) in offsets.windows(2).zip(rows(&v)) {
        for (x, out) in control::watched(nodes.by_ref().take(graph[1] - graph[0])) {
            out.iter_mut().zip(x).zip(v).for_each(|((o, &x), &v)| *o = x + v);
        }
    }
}

/// Adds the row of a graph to those of its nodes.
pub fn add_to<T: Real>(offsets: &[usize], v: Mat<'_, T>, x: &mut MatMut<'_, T>) {
    let mut nodes = rows_mut(x);
    for (graph, v) in offsets.windows(2).zip(rows(&v)) {
        for x in nodes.by_ref().take(graph[1] - graph[0]) {
            x.iter_mut().zip(v).for_each(|(x, &v)| *x += v);
        }
    }
}

/// Writes the row of every graph and the sum of those of its nodes.
pub fn sum<T: Real>(offsets: &[usize], x: Mat<'_, T>, v: Mat<'_, T>, out: &mut MatMut<'_, T>) {
    out.assign(&v);
    add_sum(offsets, x, out);
}

/// Adds the sum of the rows of its nodes to the row of every graph.
pub fn add_sum<T: Real>(offsets: &[usize], x: Mat<'_, T>, out: &mut MatMut<'_, T>) {
    let mut nodes = rows(&x);
    for (graph, out) in offsets.windows(2).zip(rows_mut(out)) {
        for x in control::watched(nodes.by_ref().take(graph[1] - graph[0])) {
            out.iter_mut().zip(x).for_each(|(o, &x)| *o += x);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::random_matrix;

    const OFFSETS: [usize; 4] = [0, 3, 3, 5];

    #[test]
    fn rows_and_sums() {
        let (x, v) = (random_matrix(5, 2, 1), random_matrix(3, 2, 2));
        let (mut out, mut sums) = (Array2::from_elem((5, 2), f64::NAN), Array2::from_elem((3, 2), f64::NAN));
        add(&OFFSETS, v.view(), x.view(), &mut out.view_mut());
        sum(&OFFSETS, x.view(), v.view(), &mut sums.view_mut());
        for column in 0..2 {
            for (node, graph) in [0, 0, 0, 2, 2].into_iter().enumerate() {
                assert_eq!(out[[node, column]], x[[node, column]] + v[[graph, column]]);
            }
            let expected = v[[0, column]] + x[[0, column]] + x[[1, column]] + x[[2, column]];
            assert!((sums[[0, column]] - expected).abs() < 1e-15);
            assert_eq!(sums[[1, column]], v[[1, column]]);
        }
        let mut same = x.clone();
        add_to(&OFFSETS, v.view(), &mut same.view_mut());
        assert_eq!(same, out);
    }
}
