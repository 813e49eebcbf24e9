//! Attention over the nodes of one graph: the more a node points in the direction of a query, the more it counts.
//!
//! ```text
//! forward   e_i = z_i . q + b,   a = softmax(e),   out = sum_i a_i z_i          z: [n, d], q, out: [d], a: [n]
//! backward  de_i = a_i (dout . z_i - sum_j a_j dout . z_j)
//!           dz_i += a_i dout + de_i q,   dq += sum_i de_i z_i,   db = 0
//! ```
//!
//! The softmax runs over the nodes of the graph. A constant added to all scores changes no share, so the gradient of
//! `b` is 0 and is not computed.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::elementary::exp;
use super::runtime::kernel::wide;
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// Writes the shares `a` of the nodes and their weighted sum.
pub fn forward<T: Real>(z: Mat<'_, T>, query: &[T], offset: T, shares: &mut [T], out: &mut [T]) {
    wide(|| {
        let mut largest = T::neg_infinity();
        for (share, row) in control::watched(shares.iter_mut().zip(rows(&z))) {
            *share = dot(row, query) + offset;
            // A score that is not a number stays one, and so do all shares.
            largest = if *share > largest || share.is_nan() { *share } else { largest };
        }
        let mut sum = T::zero();
        for share in shares.iter_mut() {
            *share = exp(*share - largest);
        }
        shares.iter().for_each(|&share| sum += share);
        let scale = T::one() / sum;
        out.fill(T::zero());
        for (share, row) in control::watched(shares.iter_mut().zip(rows(&z))) {
            *share *= scale;
            out.iter_mut().zip(row).for_each(|(o, &v)| *o += *share * v);
        }
    })
}

/// What [`backward`] reads of one graph.
#[derive(Clone, Copy)]
pub struct Attended<'a, T> {
    /// The nodes, `[n, d]`.
    pub z: Mat<'a, T>,
    /// The query, `[d]`.
    pub query: &'a [T],
    /// What [`forward`] wrote, `[n]`.
    pub shares: &'a [T],
    /// Gradient of the weighted sum, `[d]`.
    pub dout: &'a [T],
}

/// Adds to the gradients of the nodes and of the query. `scratch` holds at least `n` values.
pub fn backward<T: Real>(by: Attended<'_, T>, dz: &mut MatMut<'_, T>, dquery: &mut [T], scratch: &mut [T]) {
    let Attended { z, query, shares, dout } = by;
    wide(|| {
        let mut mean = T::zero();
        for ((d, row), &share) in scratch.iter_mut().zip(rows(&z)).zip(shares) {
            *d = dot(row, dout);
            mean += share * *d;
        }
        for (((dz, row), &share), &d) in rows_mut(dz).zip(rows(&z)).zip(shares).zip(scratch.iter()) {
            let dscore = share * (d - mean);
            dz.iter_mut().zip(dout).zip(query).for_each(|((o, &d), &q)| *o += share * d + dscore * q);
            dquery.iter_mut().zip(row).for_each(|(o, &v)| *o += dscore * v);
        }
    })
}

#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    // Eight sums side by side are what the compiler can make a vector of; the order is fixed.
    const LANES: usize = 8;
    let mut sums = [T::zero(); LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: T = a.remainder().iter().zip(b.remainder()).map(|(&x, &y)| x * y).sum();
    for (x, y) in a.zip(b) {
        sums.iter_mut().zip(x.iter().zip(y)).for_each(|(s, (&x, &y))| *s += x * y);
    }
    sums.iter().copied().sum::<T>() + rest
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    #[test]
    fn equal_scores_give_the_mean_and_a_large_one_its_node() {
        let z = array![[1.0, 2.0], [3.0, -2.0]];
        let (mut shares, mut out) = ([0.0; 2], [0.0; 2]);
        forward(z.view(), &[0.0, 0.0], 5.0, &mut shares, &mut out);
        assert_eq!((shares, out), ([0.5, 0.5], [2.0, 0.0]));
        forward(z.view(), &[1e30, 0.0], -1e9, &mut shares, &mut out);
        assert_eq!((shares, out), ([0.0, 1.0], [3.0, -2.0]));
        forward(array![[f64::NAN, 0.0], [1.0, 1.0]].view(), &[1.0, 1.0], 0.0, &mut shares, &mut out);
        assert!(out.iter().all(|v| v.is_nan()));
    }

    #[test]
    fn gradients() {
        for (n, d) in [(5, 3), (1, 11), (7, 20)] {
            let (z, query, weights) = (random_matrix(n, d, 1), random_values(d, 2), random_values(d, 3));
            let run = |z: &[f64], query: &[f64], offset: f64| {
                let (mut shares, mut out) = (vec![0.0; n], vec![0.0; d]);
                forward(Mat::from_shape((n, d), z).unwrap(), query, offset, &mut shares, &mut out);
                (shares, out)
            };
            let loss = |z: &[f64], query: &[f64]| weighted_sum(&run(z, query, 0.3).1, &weights);
            let values = z.as_slice().unwrap();
            let shares = run(values, &query, 0.3).0;
            let (mut dz, mut dquery) = (Array2::zeros((n, d)), vec![0.0; d]);
            let by = Attended { z: z.view(), query: &query, shares: &shares, dout: &weights };
            backward(by, &mut dz.view_mut(), &mut dquery, &mut vec![0.0; n]);
            check_gradient(values, dz.as_slice().unwrap(), |z| loss(z, &query));
            check_gradient(&query, &dquery, |query| loss(values, query));
        }
    }
}
