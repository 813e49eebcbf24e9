//! The largest of several matrices side by side, element by element: the `max` of jumping knowledge (Xu et al., 2018).
//!
//! ```text
//! forward   y_ij = max_l x_i,(l d + j)          x: [n, l d], y: [n, d]; saves the (first) l of every element
//! backward  dx_i,(l d + j) += dy_ij             for the saved l
//! ```

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// Writes `y`, and into `choice [n d]` which matrix every element came from.
pub fn forward<T: Real>(x: Mat<'_, T>, choice: &mut [u32], y: &mut MatMut<'_, T>) {
    let d = y.ncols();
    for ((x, y), choice) in control::watched(rows(&x).zip(rows_mut(y)).zip(choice.chunks_exact_mut(d))) {
        y.copy_from_slice(&x[..d]);
        choice.fill(0);
        for (l, x) in (0u32..).zip(x.chunks_exact(d)).skip(1) {
            for ((y, choice), &x) in y.iter_mut().zip(choice.iter_mut()).zip(x) {
                // A value that is not a number must show in the output.
                if x > *y || x.is_nan() {
                    (*y, *choice) = (x, l);
                }
            }
        }
    }
}

/// Adds to `dx`.
pub fn backward<T: Real>(dy: Mat<'_, T>, choice: &[u32], dx: &mut MatMut<'_, T>) {
    let d = dy.ncols();
    for ((dy, dx), choice) in rows(&dy).zip(rows_mut(dx)).zip(choice.chunks_exact(d)) {
        for (j, (&dy, &l)) in dy.iter().zip(choice).enumerate() {
            dx[l as usize * d + j] += dy;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, weighted_sum};

    #[test]
    fn gradient() {
        let (x, weights) = (random_matrix(4, 9, 1), random_matrix(4, 3, 2));
        let run = |x: &[f64]| {
            let (mut choice, mut y) = (vec![0; 12], Array2::zeros((4, 3)));
            forward(Mat::from_shape((4, 9), x).unwrap(), &mut choice, &mut y.view_mut());
            (y, choice)
        };
        let (y, choice) = run(x.as_slice().unwrap());
        assert_eq!(y[[1, 2]], x[[1, 2]].max(x[[1, 5]]).max(x[[1, 8]]));
        let mut dx = Array2::zeros((4, 9));
        backward(weights.view(), &choice, &mut dx.view_mut());
        let loss = |x: &[f64]| weighted_sum(&run(x).0, weights.as_slice().unwrap());
        check_gradient(x.as_slice().unwrap(), dx.as_slice().unwrap(), loss);
    }
}
