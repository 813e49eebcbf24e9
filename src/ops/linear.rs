//! The affine map of every row.
//!
//! ```text
//! forward   y = x w + b                      x: [n, f], w: [f, h], b: [h], y: [n, h]
//! backward  dw += x^T dy,  db += sum of the rows of dy,  dx (+)= dy w^T
//! ```

use super::gemm::{After, affine, gemm};
use super::runtime::buffer::{rows, rows_mut};
use super::runtime::kernel::wide;
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;

/// Computes `y`.
pub fn forward<T: Real>(x: Mat<'_, T>, w: Mat<'_, T>, b: &[T], y: &mut MatMut<'_, T>) {
    affine([(x, w)], b, After::NONE, y);
}

/// Adds the gradients of the parameters.
pub fn backward_parameters<T: Real>(x: Mat<'_, T>, dy: Mat<'_, T>, dw: &mut MatMut<'_, T>, db: &mut [T]) {
    gemm(T::one(), x.t(), dy, T::one(), dw);
    add_row_sums(dy, db);
}

/// Adds the gradient of the input to `dx`.
pub fn backward_input<T: Real>(w: Mat<'_, T>, dy: Mat<'_, T>, dx: &mut MatMut<'_, T>) {
    gemm(T::one(), dy, w.t(), T::one(), dx);
}

/// Sets every row of `y` to `b`.
pub fn set_rows<T: Real>(b: &[T], y: &mut MatMut<'_, T>) {
    wide(|| {
        rows_mut(y).for_each(|row| row.copy_from_slice(b));
    })
}

/// Adds the sum of the rows of `dy` to `db`.
pub fn add_row_sums<T: Real>(dy: Mat<'_, T>, db: &mut [T]) {
    wide(|| {
        for row in rows(&dy) {
            db.iter_mut().zip(row).for_each(|(o, &d)| *o += d);
        }
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    #[test]
    fn gradients() {
        let (x, w, b) = (random_matrix(5, 3, 1), random_matrix(3, 4, 2), random_values(4, 3));
        let weights = random_matrix(5, 4, 4);
        let loss = |x: &[f64], w: &[f64], b: &[f64]| {
            let (x, w) = (Mat::from_shape((5, 3), x).unwrap(), Mat::from_shape((3, 4), w).unwrap());
            let mut y = Array2::zeros((5, 4));
            forward(x, w, b, &mut y.view_mut());
            weighted_sum(&y, weights.as_slice().unwrap())
        };
        let (mut dw, mut db, mut dx) = (Array2::zeros((3, 4)), vec![0.0; 4], Array2::zeros((5, 3)));
        backward_parameters(x.view(), weights.view(), &mut dw.view_mut(), &mut db);
        backward_input(w.view(), weights.view(), &mut dx.view_mut());
        let (xs, ws) = (x.as_slice().unwrap(), w.as_slice().unwrap());
        check_gradient(xs, dx.as_slice().unwrap(), |x| loss(x, ws, &b));
        check_gradient(ws, dw.as_slice().unwrap(), |w| loss(xs, w, &b));
        check_gradient(&b, &db, |b| loss(xs, ws, b));
    }
}
