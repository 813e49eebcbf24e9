//! The largest weighted neighbour, element by element.
//!
//! ```text
//! forward   m_ic = max over the j with a_ij != 0 of a_ij x_jc        x, m: [n, d]; 0 where a row has no such j
//!           saves which entry it came from, the first of equals
//! backward  dx_jc += a_ij dm_ic,  da_ij += sum_c dm_ic x_jc          for the saved entries, where they are dense
//! ```
//!
//! A negative weight turns its neighbour around: the largest product counts, not the largest neighbour. A product that
//! is not a number is the result.

use super::neighbours::Neighbours;
use super::runtime::buffer::{rows, rows_mut};
use super::runtime::kernel::{Work, wide_of};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// What is saved where a row has no entries.
const NONE: u32 = u32::MAX;

/// Writes `m`, and into `choice [n d]` the position within its row of the entry that every element came from.
pub fn forward<T: Real>(a: Neighbours<'_, T>, x: Mat<'_, T>, choice: &mut [u32], m: &mut MatMut<'_, T>) {
    wide_of(Rows { a, x, choice, m });
}

struct Rows<'a, 'b, T> {
    a: Neighbours<'a, T>,
    x: Mat<'a, T>,
    choice: &'a mut [u32],
    m: &'a mut MatMut<'b, T>,
}

impl<T: Real> Work for Rows<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { a, x, choice, m } = self;
        for ((i, m), choice) in control::watched(rows_mut(m).enumerate().zip(choice.chunks_exact_mut(x.ncols()))) {
            let row = a.row(i);
            let mut empty = true;
            for e in 0..row.len {
                let (j, weight) = row.at(e);
                if weight == T::zero() {
                    continue;
                }
                let x = x.row(j).to_slice().expect("rows are contiguous");
                match empty {
                    true => start(weight, x, e as u32, m, choice),
                    false => raise(weight, x, e as u32, m, choice),
                }
                empty = false;
            }
            if empty {
                m.fill(T::zero());
                choice.fill(NONE);
            }
        }
    }
}

#[inline(always)]
fn start<T: Real>(weight: T, x: &[T], entry: u32, m: &mut [T], choice: &mut [u32]) {
    for (m, &x) in m.iter_mut().zip(x) {
        *m = weight * x;
    }
    choice.fill(entry);
}

#[inline(always)]
fn raise<T: Real>(weight: T, x: &[T], entry: u32, m: &mut [T], choice: &mut [u32]) {
    for ((m, choice), &x) in m.iter_mut().zip(choice).zip(x) {
        let value = weight * x;
        // What is not a number must show, and stay: nothing is larger than it. No branches, so that many are compared
        // at once.
        let larger = (value > *m) | value.is_nan();
        *m = if larger { value } else { *m };
        *choice = if larger { entry } else { *choice };
    }
}

/// Adds to `dx` where it is wanted, and to `da [b, k, k]` where the adjacency is dense.
pub fn backward<T: Real>(
    a: Neighbours<'_, T>,
    x: Mat<'_, T>,
    choice: &[u32],
    dm: Mat<'_, T>,
    mut dx: Option<&mut MatMut<'_, T>>,
    da: &mut [T],
) {
    let d = x.ncols();
    let dense = matches!(a, Neighbours::Dense(..));
    for ((i, dm), choice) in rows(&dm).enumerate().zip(choice.chunks_exact(d)) {
        let row = a.row(i);
        for (c, (&dm, &entry)) in dm.iter().zip(choice).enumerate() {
            if entry == NONE {
                continue;
            }
            let (j, weight) = row.at(entry as usize);
            if let Some(dx) = &mut dx {
                dx[[j, c]] += weight * dm;
            }
            if dense {
                da[row.begin + entry as usize] += dm * x[[j, c]];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::neighbours::examples::{NODES, dense, sparse, weights};
    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const D: usize = 5;

    fn run(a: Neighbours<'_, f64>, x: &[f64]) -> (Array2<f64>, Vec<u32>) {
        let (mut m, mut choice) = (Array2::zeros((a.nodes(), D)), vec![0; a.nodes() * D]);
        forward(a, Mat::from_shape((a.nodes(), D), x).unwrap(), &mut choice, &mut m.view_mut());
        (m, choice)
    }

    #[test]
    fn values() {
        let (weights, x) = (weights(), random_matrix(NODES, D, 1));
        let (m, _) = run(sparse(Some(&weights)), x.as_slice().unwrap());
        for c in 0..D {
            assert_eq!(m[[0, c]], (weights[0] * x[[1, c]]).max(weights[1] * x[[3, c]]));
            assert_eq!(m[[2, c]], 0.0);
            assert_eq!(m[[4, c]], weights[8] * x[[4, c]]);
        }
        let full = dense(&weights);
        assert_eq!(run(Neighbours::Dense(NODES, &full), x.as_slice().unwrap()).0, m);
        let mut ones = vec![1.0; NODES * D];
        assert_eq!(run(sparse(None), &ones).1[D..2 * D], [0; D], "the first of equals");
        ones[3 * D] = f64::NAN;
        let (m, _) = run(sparse(None), &ones);
        assert!(m[[0, 0]].is_nan() && m[[1, 0]].is_nan() && m[[5, 0]].is_nan());
        assert!(m.iter().filter(|v| v.is_nan()).count() == 3);
    }

    #[test]
    fn gradients() {
        let (weights, x, by) = (weights(), random_matrix(NODES, D, 1), random_matrix(NODES, D, 2));
        let xs = x.as_slice().unwrap();
        let a = sparse(Some(&weights));
        let mut dx = Array2::zeros((NODES, D));
        backward(a, x.view(), &run(a, xs).1, by.view(), Some(&mut dx.view_mut()), &mut []);
        check_gradient(xs, dx.as_slice().unwrap(), |x| weighted_sum(&run(a, x).0, by.as_slice().unwrap()));

        // Two graphs of three nodes.
        let full = random_values(18, 3);
        let a = Neighbours::Dense(3, &full);
        let (mut dx, mut da) = (Array2::zeros((NODES, D)), vec![0.0; 18]);
        backward(a, x.view(), &run(a, xs).1, by.view(), Some(&mut dx.view_mut()), &mut da);
        check_gradient(xs, dx.as_slice().unwrap(), |x| weighted_sum(&run(a, x).0, by.as_slice().unwrap()));
        check_gradient(&full, &da, |full| weighted_sum(&run(Neighbours::Dense(3, full), xs).0, by.as_slice().unwrap()));
    }
}
