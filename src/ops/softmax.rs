//! Softmax over the columns of every row, with a temperature.
//!
//! ```text
//! forward   s_ij = exp(z_ij / t) / sum_j exp(z_ij / t)          in place; z, s: [n, k]
//! backward  dz_ij = s_ij (ds_ij - sum_j ds_ij s_ij) / t         in place
//! ```

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::elementary::exp;
use super::runtime::kernel::{Work, wide_of};
use super::runtime::lanes::{dot, largest, sum};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// Turns logits into probabilities in place.
pub fn forward<T: Real>(temperature: T, z: &mut MatMut<'_, T>) {
    wide_of(Forward { inverse: T::one() / temperature, z });
}

struct Forward<'a, 'b, T> {
    inverse: T,
    z: &'a mut MatMut<'b, T>,
}

impl<T: Real> Work for Forward<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        for row in control::watched(rows_mut(self.z)) {
            let max = largest(row);
            row.iter_mut().for_each(|v| *v = exp((*v - max) * self.inverse));
            let scale = T::one() / sum(row, |v| v);
            row.iter_mut().for_each(|v| *v *= scale);
        }
    }
}

/// Turns `ds` into `dz` in place; `s` is the output of [`forward`].
pub fn backward<T: Real>(temperature: T, s: Mat<'_, T>, ds: &mut MatMut<'_, T>) {
    wide_of(Backward { inverse: T::one() / temperature, s, ds });
}

struct Backward<'a, 'b, T> {
    inverse: T,
    s: Mat<'a, T>,
    ds: &'a mut MatMut<'b, T>,
}

impl<T: Real> Work for Backward<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        for (ds, s) in rows_mut(self.ds).zip(rows(&self.s)) {
            let mean = dot(ds, s);
            for (d, &p) in ds.iter_mut().zip(s) {
                *d = p * (*d - mean) * self.inverse;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, weighted_sum};

    #[test]
    fn rows_sum_to_one_even_at_huge_logits() {
        let mut z = Array2::from_shape_vec((2, 3), vec![1e30, 1e30, -1e30, 1.0, 2.0, 3.0]).unwrap();
        forward(1.0, &mut z.view_mut());
        assert_eq!(z.row(0).to_vec(), [0.5, 0.5, 0.0]);
        assert!((z.row(1).sum() - 1.0_f64).abs() < 1e-15);
    }

    #[test]
    fn gradient() {
        let (z, weights) = (random_matrix(4, 5, 1), random_matrix(4, 5, 2));
        let run = |z: &[f64]| {
            let mut s = Array2::from_shape_vec((4, 5), z.to_vec()).unwrap();
            forward(0.7, &mut s.view_mut());
            s
        };
        let mut dz = weights.clone();
        backward(0.7, run(z.as_slice().unwrap()).view(), &mut dz.view_mut());
        check_gradient(z.as_slice().unwrap(), dz.as_slice().unwrap(), |z| {
            weighted_sum(&run(z), weights.as_slice().unwrap())
        });
    }
}
