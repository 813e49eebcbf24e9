//! Batch normalisation over the rows of all chunks of a batch.
//!
//! ```text
//! forward   y = gamma (x - mean) / sqrt(var + eps) + beta       per column; x, y: [n, d]
//! backward  dx = gamma inv (dy - sum(dy) / n - xhat sum(dy xhat) / n),   xhat = (x - mean) inv
//!           dgamma = sum(dy xhat),  dbeta = sum(dy)
//! ```
//!
//! In training `mean` and `var` (biased) are those of all real rows of the batch; the running variance takes the
//! unbiased one, as PyTorch does. In evaluation they are the running statistics. Chunks compute partial sums, of 64
//! rows each, which are added up in f64 and merged in chunk order (Chan, Golub and LeVeque, 1979), so that the result
//! does not depend on threads.

use ndarray::s;

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::kernel::{Work, wide, wide_of};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;
use crate::error::Result;
use crate::memory::try_resize;

/// Mean and sum of squared deviations of every column, in f64.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    /// Number of rows seen.
    pub count: f64,
    /// Mean of every column.
    pub mean: Vec<f64>,
    /// Sum of squared deviations from the mean of every column.
    pub m2: Vec<f64>,
}

impl Moments {
    /// Moments of no rows, for `columns` columns.
    pub fn new(columns: usize) -> Result<Self> {
        let mut moments = Self::default();
        try_resize(&mut moments.mean, columns, 0.0)?;
        try_resize(&mut moments.m2, columns, 0.0)?;
        Ok(moments)
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.count = 0.0;
        self.mean.fill(0.0);
        self.m2.fill(0.0);
    }

    /// The moments of `x` alone. Sums run over deviations from the first row, so a large common offset costs nothing.
    pub fn set<T: Real>(&mut self, x: Mat<'_, T>) {
        self.clear();
        if x.nrows() == 0 {
            return;
        }
        let first = x.row(0).to_slice().expect("rows are contiguous");
        let term = |v: T, _: T, shift: T| (v - shift, (v - shift) * (v - shift));
        wide_of(Sums { x, y: x, by: first, sums: [&mut self.mean, &mut self.m2], term });
        self.count = x.nrows() as f64;
        for ((mean, m2), &shift) in self.mean.iter_mut().zip(&mut self.m2).zip(first) {
            *m2 = (*m2 - *mean * *mean / self.count).max(0.0);
            *mean = shift.f64() + *mean / self.count;
        }
    }

    /// Adds `count` rows of zeros.
    pub fn merge_zeros(&mut self, count: f64) {
        let total = self.count + count;
        if count == 0.0 {
            return;
        }
        for (mean, m2) in self.mean.iter_mut().zip(&mut self.m2) {
            *m2 += *mean * *mean * self.count * count / total;
            *mean *= self.count / total;
        }
        self.count = total;
    }

    /// Adds the rows that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        let total = self.count + other.count;
        if other.count == 0.0 {
            return;
        }
        let share = other.count / total;
        for i in 0..self.mean.len() {
            let delta = other.mean[i] - self.mean[i];
            self.mean[i] += delta * share;
            self.m2[i] += other.m2[i] + delta * delta * self.count * share;
        }
        self.count = total;
    }
}

/// `y = x scale + shift`, column by column: the forward pass with `scale = gamma inv`, `shift = beta - mean scale`.
pub fn forward<T: Real>(x: Mat<'_, T>, scale: &[T], shift: &[T], y: &mut MatMut<'_, T>) {
    wide(|| {
        for (x, y) in control::watched(rows(&x).zip(rows_mut(y))) {
            for (((y, &x), &a), &b) in y.iter_mut().zip(x).zip(scale).zip(shift) {
                *y = x * a + b;
            }
        }
    })
}

/// Sets `sum_dy` and `sum_dy_centred` to the column sums of `dy` and `dy (x - mean)` over these rows.
pub fn backward_sums<T: Real>(
    x: Mat<'_, T>,
    mean: &[T],
    dy: Mat<'_, T>,
    sum_dy: &mut [f64],
    sum_dy_centred: &mut [f64],
) {
    sum_dy.fill(0.0);
    sum_dy_centred.fill(0.0);
    let term = |x: T, dy: T, mean: T| (dy, dy * (x - mean));
    wide_of(Sums { x, y: dy, by: mean, sums: [sum_dy, sum_dy_centred], term });
}

/// Rows whose sum is formed in the type of the values.
const ROWS: usize = 64;
/// Columns whose sums are formed at a time.
const COLUMNS: usize = 64;

/// Adds, column by column, two terms of every pair of values and a value of the column.
struct Sums<'a, T, F> {
    x: Mat<'a, T>,
    y: Mat<'a, T>,
    by: &'a [T],
    sums: [&'a mut [f64]; 2],
    term: F,
}

impl<T: Real, F: Fn(T, T, T) -> (T, T)> Work for Sums<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        let Self { x, y, by, sums: [first, second], term } = self;
        let (n, d) = x.dim();
        for (begin, end) in (0..d).step_by(COLUMNS).map(|begin| (begin, (begin + COLUMNS).min(d))) {
            let by = &by[begin..end];
            for rows_begin in (0..n).step_by(ROWS) {
                let block = s![rows_begin..(rows_begin + ROWS).min(n), begin..end];
                let mut sums = [[T::zero(); COLUMNS]; 2];
                let [a, b] = &mut sums;
                let (a, b) = (&mut a[..end - begin], &mut b[..end - begin]);
                for (x, y) in rows(&x.slice(block)).zip(rows(&y.slice(block))) {
                    for ((((a, b), &x), &y), &by) in a.iter_mut().zip(b.iter_mut()).zip(x).zip(y).zip(by) {
                        let (first, second) = term(x, y, by);
                        *a += first;
                        *b += second;
                    }
                }
                first[begin..end].iter_mut().zip(a).for_each(|(o, v)| *o += v.f64());
                second[begin..end].iter_mut().zip(b).for_each(|(o, v)| *o += v.f64());
            }
        }
    }
}

/// What [`backward`] multiplies with, per column: `dx = dy by_dy + (x - mean) by_x + constant`.
#[derive(Debug, Clone, Copy)]
pub struct Coefficients<'a, T> {
    /// The batch mean.
    pub mean: &'a [T],
    /// `gamma inv`.
    pub by_dy: &'a [T],
    /// `-gamma inv^3 sum(dy (x - mean)) / n`.
    pub by_x: &'a [T],
    /// `-gamma inv sum(dy) / n`.
    pub constant: &'a [T],
}

/// Writes `dx` from `dy`.
pub fn backward<T: Real>(x: Mat<'_, T>, by: Coefficients<'_, T>, dy: Mat<'_, T>, dx: &mut MatMut<'_, T>) {
    let mut none = [];
    wide_of(Backward::<_, false> { x, by, dy, dx: dx.view_mut(), sums: &mut none });
}

/// The pass [`backward`] for an `x` that comes from the rectifier: writes the gradient of the rectifier's input, and
/// adds its column sums, the gradient of a bias, to `sums`.
pub fn backward_rectified<T: Real>(
    x: Mat<'_, T>,
    by: Coefficients<'_, T>,
    dy: Mat<'_, T>,
    dx: &mut MatMut<'_, T>,
    sums: &mut [T],
) {
    wide_of(Backward::<_, true> { x, by, dy, dx: dx.view_mut(), sums });
}

struct Backward<'a, T, const RECTIFIED: bool> {
    x: Mat<'a, T>,
    by: Coefficients<'a, T>,
    dy: Mat<'a, T>,
    dx: MatMut<'a, T>,
    sums: &'a mut [T],
}

impl<T: Real, const RECTIFIED: bool> Work for Backward<'_, T, RECTIFIED> {
    #[inline(always)]
    fn run(self) {
        let Self { x, by, dy, mut dx, sums } = self;
        for ((x, dy), dx) in rows(&x).zip(rows(&dy)).zip(rows_mut(&mut dx)) {
            let columns = by.mean.iter().zip(by.by_dy).zip(by.by_x).zip(by.constant);
            for (((dx, &x), &dy), (((&mean, &a), &b), &c)) in dx.iter_mut().zip(x).zip(dy).zip(columns) {
                let d = dy * a + (x - mean) * b + c;
                *dx = if RECTIFIED && x <= T::zero() { T::zero() } else { d };
            }
            if RECTIFIED {
                sums.iter_mut().zip(dx.iter()).for_each(|(o, &d)| *o += d);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const EPSILON: f64 = 1e-5;

    fn run(x: &Array2<f64>, gamma: &[f64], beta: &[f64]) -> (Array2<f64>, Moments, Vec<f64>) {
        let mut all = Moments::new(3).unwrap();
        for part in [x.slice(s![..2, ..]), x.slice(s![2..5, ..]), x.slice(s![5.., ..])] {
            let mut chunk = Moments::new(3).unwrap();
            chunk.set(part);
            all.merge(&chunk);
        }
        let inverse: Vec<f64> = all.m2.iter().map(|m| 1.0 / (m / all.count + EPSILON).sqrt()).collect();
        let scale: Vec<f64> = gamma.iter().zip(&inverse).map(|(g, i)| g * i).collect();
        let shift: Vec<f64> = (0..3).map(|i| beta[i] - all.mean[i] * scale[i]).collect();
        let mut y = Array2::zeros(x.dim());
        forward(x.view(), &scale, &shift, &mut y.view_mut());
        (y, all, inverse)
    }

    #[test]
    fn moments_of_chunks_merge_to_those_of_all_rows() {
        let x = random_matrix(9, 3, 1) + 1e6;
        let (_, moments, _) = run(&x, &[1.0; 3], &[0.0; 3]);
        for column in 0..3 {
            let mean = x.column(column).mean().unwrap();
            let m2: f64 = x.column(column).iter().map(|v| (v - mean).powi(2)).sum();
            assert!((moments.mean[column] - mean).abs() < 1e-8 && (moments.m2[column] - m2).abs() < 1e-8);
        }
    }

    #[test]
    fn gradient() {
        let x = random_matrix(9, 3, 1);
        let (gamma, beta) = (random_values(3, 2), random_values(3, 3));
        let weights = random_matrix(9, 3, 4);
        let (_, moments, inverse) = run(&x, &gamma, &beta);
        let (mut sum_dy, mut sum_centred) = (vec![0.0; 3], vec![0.0; 3]);
        backward_sums(x.view(), &moments.mean, weights.view(), &mut sum_dy, &mut sum_centred);
        let column = |f: &dyn Fn(usize) -> f64| (0..3).map(f).collect::<Vec<_>>();
        let by_dy = column(&|i| gamma[i] * inverse[i]);
        let by_x = column(&|i| -by_dy[i] * inverse[i] * inverse[i] * sum_centred[i] / 9.0);
        let constant = column(&|i| -by_dy[i] * sum_dy[i] / 9.0);
        let by = Coefficients { mean: &moments.mean, by_dy: &by_dy, by_x: &by_x, constant: &constant };
        let mut dx = Array2::zeros((9, 3));
        backward(x.view(), by, weights.view(), &mut dx.view_mut());
        let (mut rectified, mut sums) = (Array2::zeros((9, 3)), [1.0; 3]);
        backward_rectified(x.view(), by, weights.view(), &mut rectified.view_mut(), &mut sums);
        let masked = ndarray::Zip::from(&dx).and(&x).map_collect(|&d, &x| if x > 0.0 { d } else { 0.0 });
        assert_eq!(rectified, masked);
        assert!(masked.columns().into_iter().zip(sums).all(|(column, sum)| (column.sum() + 1.0 - sum).abs() < 1e-14));
        let weights = weights.as_slice().unwrap();
        check_gradient(x.as_slice().unwrap(), dx.as_slice().unwrap(), |x| {
            weighted_sum(&run(&Array2::from_shape_vec((9, 3), x.to_vec()).unwrap(), &gamma, &beta).0, weights)
        });
        let dgamma = column(&|i| sum_centred[i] * inverse[i]);
        check_gradient(&gamma, &dgamma, |gamma| weighted_sum(&run(&x, gamma, &beta).0, weights));
        check_gradient(&beta, &sum_dy, |beta| weighted_sum(&run(&x, &gamma, beta).0, weights));
    }
}
