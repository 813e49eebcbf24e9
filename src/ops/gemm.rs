//! Matrix products, all of them, on strided views:
//!
//! ```text
//! gemm          c = alpha a b + beta c
//! affine        c = f(a_1 b_1 + a_2 b_2 + ... + bias) scale + shift      f is the rectifier or nothing
//! add_products  c += a_1 b_1 + a_2 b_2 + ...
//! ```
//!
//! On x86-64 and aarch64 they run in [`super::runtime::kernel`]; elsewhere, and on processors without AVX2, in the
//! `matrixmultiply` crate behind `ndarray`, which is also what the kernel is tested against. A row of `c` depends on
//! its row of `a` alone, and is summed over the inner dimension in one fixed order, so stacking graphs changes no bit
//! of any of them.
//!
//! The kernel allocates nothing. `matrixmultiply` makes a packing buffer of at most a few hundred KiB in each call.

use ndarray::linalg::general_mat_mul;

use super::activation;
use super::activation::Activation;
use super::runtime::buffer::rows_mut;
use super::runtime::flops;
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::products::{Finish, MAX_TERMS};
use super::runtime::real::Real;
use crate::control;

/// `c = alpha a b + beta c`. Where `beta` is 0, `c` need not be initialised.
#[inline]
pub fn gemm<T: Real>(alpha: T, a: Mat<'_, T>, b: Mat<'_, T>, beta: T, c: &mut MatMut<'_, T>) {
    flops::dense(a.nrows(), a.ncols(), b.ncols());
    let mut products = [None; MAX_TERMS];
    products[0] = Some((a, b));
    if !T::products(&products, Finish { alpha, beta, bias: None, relu: false, scale: None }, c) {
        general_mat_mul(alpha, &a, &b, beta, c);
    }
}

/// `c = f(a_1 b_1 + a_2 b_2 + ... + bias) scale + shift`; `c` need not be initialised. Up to four products are added up
/// before anything is written.
pub fn affine<'a, T: Real>(
    products: impl IntoIterator<Item = (Mat<'a, T>, Mat<'a, T>)>,
    bias: &[T],
    after: After<'_, T>,
    c: &mut MatMut<'_, T>,
) {
    sum(products, Some(bias), after, T::zero(), c);
}

/// What follows a sum of products: the rectifier, and a scale and a shift of every column.
#[derive(Debug, Clone, Copy)]
pub struct After<'a, T> {
    /// Whether negative values become 0.
    pub relu: bool,
    /// What columns are multiplied with then, and what is added to them.
    pub scale: Option<(&'a [T], &'a [T])>,
}

impl<T: Real> After<'_, T> {
    /// Nothing follows.
    pub const NONE: Self = Self { relu: false, scale: None };

    /// Applies it to a matrix.
    pub fn apply(&self, c: &mut MatMut<'_, T>) {
        for row in control::watched(rows_mut(c)) {
            if self.relu {
                activation::forward(Activation::Relu, row);
            }
            if let Some((scale, shift)) = self.scale {
                row.iter_mut().zip(scale).zip(shift).for_each(|((o, &a), &b)| *o = *o * a + b);
            }
        }
    }
}

/// `c += a_1 b_1 + a_2 b_2 + ...`
pub fn add_products<'a, T: Real>(products: impl IntoIterator<Item = (Mat<'a, T>, Mat<'a, T>)>, c: &mut MatMut<'_, T>) {
    sum(products, None, After::NONE, T::one(), c);
}

fn sum<'a, T: Real>(
    products: impl IntoIterator<Item = (Mat<'a, T>, Mat<'a, T>)>,
    bias: Option<&[T]>,
    after: After<'_, T>,
    mut beta: T,
    c: &mut MatMut<'_, T>,
) {
    let mut products = products.into_iter().peekable();
    loop {
        let batch: [_; MAX_TERMS] = std::array::from_fn(|_| products.next());
        batch.iter().flatten().for_each(|(a, b)| flops::dense(a.nrows(), a.ncols(), b.ncols()));
        let last = products.peek().is_none();
        let After { relu, scale } = if last { after } else { After::NONE };
        let by = Finish { alpha: T::one(), beta, bias: bias.filter(|_| last), relu, scale };
        if !T::products(&batch, by, c) {
            portable(batch.into_iter().flatten(), by, c);
        }
        if last {
            return;
        }
        beta = T::one();
    }
}

/// A batch of products where there is no kernel for it.
fn portable<'a, T: Real>(
    products: impl Iterator<Item = (Mat<'a, T>, Mat<'a, T>)>,
    by: Finish<'_, T>,
    c: &mut MatMut<'_, T>,
) {
    if by.beta == T::zero() {
        c.fill(T::zero());
    }
    products.for_each(|(a, b)| general_mat_mul(by.alpha, &a, &b, T::one(), c));
    if let Some(bias) = by.bias {
        rows_mut(c).for_each(|row| row.iter_mut().zip(bias).for_each(|(o, &b)| *o += b));
    }
    After { relu: by.relu, scale: by.scale }.apply(c);
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;
    use crate::ops::runtime::cpu::with_each;
    use crate::ops::testing::random_matrix;

    fn naive(alpha: f64, a: Mat<'_, f64>, b: Mat<'_, f64>, beta: f64, c: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn(c.dim(), |(i, j)| {
            let sum: f64 = (0..a.ncols()).map(|l| a[[i, l]] * b[[l, j]]).sum();
            alpha * sum + if beta == 0.0 { 0.0 } else { beta * c[[i, j]] }
        })
    }

    /// With the kernel of every instruction set that this processor has, and with `matrixmultiply`.
    #[test]
    fn strided_products_equal_the_triple_loop() {
        with_each(|cpu| products(&format!("{cpu:?}")));
    }

    fn products(cpu: &str) {
        let sizes = [0, 1, 2, 5, 7, 8, 12, 13, 16, 17, 31, 32, 33, 40, 65];
        for (case, (&m, &n)) in sizes.iter().flat_map(|m| sizes.iter().map(move |n| (m, n))).enumerate() {
            let k = [1, 3, 64, 255, 256, 257, 600, 0][case % 8];
            let (alpha, beta) = [(1.0, 0.0), (2.0, 0.5), (1.0, 1.0)][case % 3];
            let a = random_matrix(m.max(1), k + 2, 1);
            let at = random_matrix(k + 1, m.max(1), 2);
            let b = random_matrix(k.max(1), n + 1, 3);
            let bt = random_matrix(n.max(1), k + 3, 4);
            let left = [a.slice(s![..m, 1..=k]), at.slice(s![1.., ..m]).reversed_axes()];
            let right = [b.slice(s![..k, 1..]), bt.slice(s![..n, 2..k + 2]).reversed_axes()];
            for (left, right) in left.iter().flat_map(|l| right.iter().map(move |r| (*l, *r))) {
                let mut whole = random_matrix(m.max(1), n + 5, 5);
                if beta == 0.0 {
                    whole.fill(f64::NAN);
                }
                let before = whole.clone();
                let mut c = whole.slice_mut(s![..m, 2..n + 2]);
                let expected = naive(alpha, left, right, beta, &c.to_owned());
                gemm(alpha, left, right, beta, &mut c);
                assert!(c.iter().zip(&expected).all(|(x, y)| (x - y).abs() < 1e-12), "{cpu}: {m} {k} {n}");
                let outside = |m: &Array2<f64>| [m.slice(s![.., ..2]).to_owned(), m.slice(s![.., n + 2..]).to_owned()];
                let bits = |m: &Array2<f64>| outside(m).iter().flatten().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&whole), bits(&before), "written beside the product");

                let single = |m: Mat<'_, f64>| m.mapv(|v| v as f32);
                let (left, right, mut c) = (single(left), single(right), Array2::<f32>::zeros((m, n)));
                gemm(1.0, left.view(), right.view(), 0.0, &mut c.view_mut());
                let expected = naive(1.0, left.mapv(f64::from).view(), right.mapv(f64::from).view(), 0.0, &expected);
                assert!(c.iter().zip(&expected).all(|(x, y)| (f64::from(*x) - y).abs() < 1e-4), "{cpu}: {m} {k} {n}");
            }
        }
    }

    #[test]
    fn sums_of_products_with_bias_and_rectifier() {
        with_each(|_| affine_products());
    }

    fn affine_products() {
        for (m, n) in [(1, 1), (7, 8), (13, 33), (40, 64)] {
            for depths in [&[][..], &[3], &[64, 64], &[300, 20, 5], &[256, 256, 1, 600], &[3, 4, 5, 6, 7, 8]] {
                let a: Vec<_> = depths.iter().map(|&k| random_matrix(m, k, 1)).collect();
                let b: Vec<_> = depths.iter().map(|&k| random_matrix(k, n, 2)).collect();
                let bt: Vec<_> = b.iter().map(|b| b.t().as_standard_layout().into_owned()).collect();
                let bias = random_matrix(1, n, 3);
                let mut expected = Array2::from_shape_fn((m, n), |(_, j)| bias[[0, j]]);
                for (a, b) in a.iter().zip(&b) {
                    expected = naive(1.0, a.view(), b.view(), 1.0, &expected);
                }
                let (by, plus) = (random_matrix(1, n, 4), random_matrix(1, n, 5));
                let scale = (by.as_slice().unwrap(), plus.as_slice().unwrap());
                for (relu, scale) in [(false, None), (true, None), (true, Some(scale)), (false, Some(scale))] {
                    let after = After { relu, scale };
                    let mut expected = expected.mapv(|v| if relu { v.max(0.0) } else { v });
                    if scale.is_some() {
                        expected = expected * &by + &plus;
                    }
                    let plain: Vec<_> = a.iter().zip(&b).map(|(a, b)| (a.view(), b.view())).collect();
                    let turned: Vec<_> = a.iter().zip(&bt).map(|(a, b)| (a.view(), b.t())).collect();
                    for products in [plain, turned] {
                        let mut c = Array2::from_elem((m, n), f64::NAN);
                        affine(products, bias.as_slice().unwrap(), after, &mut c.view_mut());
                        assert!(c.iter().zip(&expected).all(|(x, y)| (x - y).abs() < 1e-11), "{m} {n} {depths:?}");
                    }
                }
            }
        }
        let mut c = Array2::zeros((1, 20));
        affine([], &[f32::NAN; 20], After { relu: true, scale: None }, &mut c.view_mut());
        assert!(c.iter().all(|v| v.is_nan()), "what is not a number stays");
    }
}
