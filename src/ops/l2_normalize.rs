//! Row normalisation to unit length.
//!
//! ```text
//! forward   y_i = x_i / max(|x_i|, 1e-12)                  in place; saves 1 / max(|x_i|, 1e-12) a row
//! backward  dx_i = (dy_i - y_i (y_i . dy_i)) / |x_i|       in place; rows below the floor have no (y . dy) term
//! ```
//!
//! The squares are summed in f64, so that no row of f32 is too long or too short.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

const FLOOR: f64 = 1e-12;

/// Normalises every row of `x [n, d]`; `inverse_norm [n]` is saved for [`backward`].
pub fn forward<T: Real>(x: &mut MatMut<'_, T>, inverse_norm: &mut [T]) {
    for (row, inverse) in control::watched(rows_mut(x).zip(inverse_norm)) {
        let norm = row.iter().map(|&v| v.f64() * v.f64()).sum::<f64>().sqrt();
        *inverse = T::of(1.0 / norm.max(FLOOR));
        row.iter_mut().for_each(|v| *v *= *inverse);
    }
}

/// Turns `dy` into `dx` in place; `y` is the output of [`forward`].
pub fn backward<T: Real>(y: Mat<'_, T>, inverse_norm: &[T], dy: &mut MatMut<'_, T>) {
    for ((row, y), &inverse) in rows_mut(dy).zip(rows(&y)).zip(inverse_norm) {
        let clamped = inverse >= T::of(0.999 / FLOOR);
        let along = if clamped { T::zero() } else { row.iter().zip(y).map(|(&d, &v)| d * v).sum() };
        for (d, &v) in row.iter_mut().zip(y) {
            *d = inverse * (*d - v * along);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, weighted_sum};

    #[test]
    fn rows_have_unit_length_and_zero_rows_stay() {
        let mut x = random_matrix(3, 4, 1);
        x.row_mut(1).fill(0.0);
        forward(&mut x.view_mut(), &mut [0.0; 3]);
        let norms: Vec<f64> = x.rows().into_iter().map(|r| r.dot(&r)).collect();
        assert!((norms[0] - 1.0).abs() < 1e-14 && norms[1] == 0.0 && (norms[2] - 1.0).abs() < 1e-14);
    }

    #[test]
    fn rows_of_f32_may_be_huge_or_tiny() {
        let mut x = ndarray::array![[3e30_f32, -4e30], [3e-11, 4e-11]];
        forward(&mut x.view_mut(), &mut [0.0; 2]);
        let expected = [0.6, -0.8, 0.6, 0.8];
        assert!(x.iter().zip(expected).all(|(v, e): (&f32, f32)| (v - e).abs() < 1e-6), "{x}");
    }

    #[test]
    fn gradient() {
        let x = random_matrix(5, 4, 1);
        let weights = random_matrix(5, 4, 2);
        let run = |x: &[f64]| {
            let mut y = Array2::from_shape_vec((5, 4), x.to_vec()).unwrap();
            let mut inverse = vec![0.0; 5];
            forward(&mut y.view_mut(), &mut inverse);
            (y, inverse)
        };
        let (y, inverse) = run(x.as_slice().unwrap());
        let mut dx = weights.clone();
        backward(y.view(), &inverse, &mut dx.view_mut());
        check_gradient(x.as_slice().unwrap(), dx.as_slice().unwrap(), |x| {
            weighted_sum(&run(x).0, weights.as_slice().unwrap())
        });
    }
}
