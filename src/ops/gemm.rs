//! Matrix products, all of them: `c = alpha a b + beta c` on strided views.
//!
//! The blocked kernel is the `matrixmultiply` crate's, reached through `ndarray`; it picks AVX-512, AVX2 or NEON at run
//! time. A row of `c` depends on its row of `a` alone, and sums over the inner dimension in one fixed order, so
//! stacking graphs changes no bit of any of them. Each call makes one packing buffer, at most a few hundred KiB, inside
//! `matrixmultiply`: the only memory that a warm step asks for.

use ndarray::linalg::general_mat_mul;

use super::real::{Mat, MatMut, Real};

/// `c = alpha a b + beta c`. Where `beta` is 0, `c` need not be initialised.
#[inline]
pub fn gemm<T: Real>(alpha: T, a: Mat<'_, T>, b: Mat<'_, T>, beta: T, c: &mut MatMut<'_, T>) {
    general_mat_mul(alpha, &a, &b, beta, c);
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;
    use crate::ops::testing::random_matrix;

    #[test]
    fn strided_products_equal_the_triple_loop() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 7), (33, 17, 70), (64, 300, 16)] {
            let a = random_matrix(m, k + 2, 1);
            let b = random_matrix(n, k, 2);
            let mut c = random_matrix(m, n + 3, 3);
            let before = c.clone();
            let (left, right) = (a.slice(s![.., 1..=k]), b.t());
            gemm(2.0, left, right, 0.5, &mut c.slice_mut(s![.., 2..n + 2]));
            let mut expected: Array2<f64> = before;
            for i in 0..m {
                for j in 0..n {
                    let sum: f64 = (0..k).map(|l| left[[i, l]] * right[[l, j]]).sum();
                    expected[[i, j + 2]] = 0.5 * expected[[i, j + 2]] + 2.0 * sum;
                }
            }
            assert!(c.iter().zip(&expected).all(|(x, y)| (x - y).abs() < 1e-12));
        }
    }
}
