//! Layer normalisation (Ba et al., 2016): every row by itself.
//!
//! ```text
//! forward   xhat = (x - mean) inv, y = gamma xhat + beta    mean and biased variance over the row's d columns,
//!                                                            inv = 1 / sqrt(var + epsilon); saves mean and inv a row
//! backward  dx = inv (g - mean(g) - xhat mean(g xhat)),     g = gamma dy
//!           dgamma += sum over rows of dy xhat,  dbeta += sum of the rows of dy
//! ```
//!
//! Without gamma and beta they are 1 and 0. Row sums are in f64.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// Scale and shift, `[d]` each.
pub type Affine<'a, T> = Option<(&'a [T], &'a [T])>;

/// Writes `y [n, d]`; `statistics [2 n]` keeps mean and inverse deviation of every row.
pub fn forward<T: Real>(
    x: Mat<'_, T>,
    affine: Affine<'_, T>,
    epsilon: f64,
    statistics: &mut [T],
    y: &mut MatMut<'_, T>,
) {
    let columns = x.ncols() as f64;
    for ((x, y), statistics) in control::watched(rows(&x).zip(rows_mut(y)).zip(statistics.chunks_exact_mut(2))) {
        let mean = x.iter().map(|v| v.f64()).sum::<f64>() / columns;
        let variance = x.iter().map(|v| (v.f64() - mean) * (v.f64() - mean)).sum::<f64>() / columns;
        let inverse = 1.0 / (variance + epsilon).sqrt();
        let (mean, inverse) = (T::of(mean), T::of(inverse));
        statistics.copy_from_slice(&[mean, inverse]);
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) * inverse);
        if let Some((gamma, beta)) = affine {
            y.iter_mut().zip(gamma).zip(beta).for_each(|((y, &gamma), &beta)| *y = *y * gamma + beta);
        }
    }
}

/// Writes `dx`, and adds the gradients of scale and shift where there are any.
pub fn backward<T: Real>(
    x: Mat<'_, T>,
    gamma: Option<&[T]>,
    statistics: &[T],
    dy: Mat<'_, T>,
    daffine: Option<(&mut [T], &mut [T])>,
    dx: &mut MatMut<'_, T>,
) {
    let columns = x.ncols() as f64;
    if let Some((dgamma, dbeta)) = daffine {
        for ((x, dy), statistics) in rows(&x).zip(rows(&dy)).zip(statistics.chunks_exact(2)) {
            for (((dgamma, dbeta), &x), &dy) in dgamma.iter_mut().zip(dbeta.iter_mut()).zip(x).zip(dy) {
                *dgamma += dy * (x - statistics[0]) * statistics[1];
                *dbeta += dy;
            }
        }
    }
    for (((x, dy), dx), statistics) in rows(&x).zip(rows(&dy)).zip(rows_mut(dx)).zip(statistics.chunks_exact(2)) {
        let (mean, inverse) = (statistics[0], statistics[1]);
        dx.copy_from_slice(dy);
        if let Some(gamma) = gamma {
            dx.iter_mut().zip(gamma).for_each(|(d, &gamma)| *d *= gamma);
        }
        let sum = dx.iter().map(|d| d.f64()).sum::<f64>() / columns;
        let along = dx.iter().zip(x).map(|(d, &x)| (*d * (x - mean) * inverse).f64()).sum::<f64>() / columns;
        let (sum, along) = (T::of(sum), T::of(along));
        dx.iter_mut().zip(x).for_each(|(d, &x)| *d = inverse * (*d - sum - (x - mean) * inverse * along));
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const EPSILON: f64 = 1e-5;

    fn run(x: Mat<'_, f64>, affine: Affine<'_, f64>) -> (Array2<f64>, Vec<f64>) {
        let (mut y, mut statistics) = (Array2::zeros(x.dim()), vec![0.0; 2 * x.nrows()]);
        forward(x, affine, EPSILON, &mut statistics, &mut y.view_mut());
        (y, statistics)
    }

    #[test]
    fn rows_have_mean_0_and_variance_1() {
        let (y, _) = run(random_matrix(3, 6, 1).view(), None);
        for row in y.rows() {
            assert!(row.sum().abs() < 1e-12 && (row.dot(&row) / 6.0 - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn gradients() {
        let (x, gamma, beta) = (random_matrix(4, 5, 1), random_values(5, 2), random_values(5, 3));
        let weights = random_matrix(4, 5, 4);
        for affine in [None, Some((&gamma[..], &beta[..]))] {
            let (_, statistics) = run(x.view(), affine);
            let (mut dx, mut dgamma, mut dbeta) = (Array2::zeros((4, 5)), vec![0.0; 5], vec![0.0; 5]);
            let daffine = affine.map(|_| (&mut dgamma[..], &mut dbeta[..]));
            let scale = affine.map(|(gamma, _)| gamma);
            backward(x.view(), scale, &statistics, weights.view(), daffine, &mut dx.view_mut());
            let loss = |x: &[f64], affine: Affine<'_, f64>| {
                weighted_sum(&run(Mat::from_shape((4, 5), x).unwrap(), affine).0, weights.as_slice().unwrap())
            };
            let xs = x.as_slice().unwrap();
            check_gradient(xs, dx.as_slice().unwrap(), |x| loss(x, affine));
            if affine.is_some() {
                check_gradient(&gamma, &dgamma, |gamma| loss(xs, Some((gamma, &beta))));
                check_gradient(&beta, &dbeta, |beta| loss(xs, Some((&gamma, beta))));
            }
        }
    }
}
