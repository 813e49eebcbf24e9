//! Link loss in its Frobenius form: how far the clusters are from explaining the edges. Per graph, never n x n.
//!
//! ```text
//! forward   q = |A - S S^T|_F^2 = |A|_F^2 - 2 sum_ij a_ij (s_i . s_j) + |S^T S|_F^2,   loss = sqrt(q) / normaliser
//! backward  dq/dS = -2 (A + A^T) S + 4 S (S^T S),   dq/dA = 2 (A - S S^T)  (pooled levels)
//!           dloss/dq = 1 / (2 sqrt(q) normaliser)
//! ```
//!
//! The three terms of `q` cancel near a perfect fit, so all of them are computed in f64 from the given values: in f32
//! alone the loss would be off by a third where the fit is good. Below the rounding error of that sum the gradient of
//! the square root is held at its value there.

use ndarray::s;

use super::buffer::{matrix, matrix_mut};
use super::gemm::gemm;
use super::real::{Mat, MatMut, Real};
use super::spmm::Csr;

/// Relative size below which `q` is rounding error.
const ROUNDING: f64 = 1e-14;

/// What one graph's link loss is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Link {
    /// `q`.
    pub square: f64,
    /// What of `q` may be rounding error.
    pub floor: f64,
}

impl Link {
    /// `|A - S S^T|_F`.
    pub fn distance(&self) -> f64 {
        self.square.sqrt()
    }

    /// `1 / (2 |A - S S^T|_F)`: the derivative of the distance with respect to its square.
    pub fn slope(&self) -> f64 {
        0.5 / self.square.max(self.floor).max(f64::MIN_POSITIVE).sqrt()
    }
}

/// Scratch in f64, grown by [`Scratch::reserve`] and reused.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    s: Vec<f64>,
    a: Vec<f64>,
    product: Vec<f64>,
    gram: Vec<f64>,
}

impl Scratch {
    /// Makes room for graphs of up to `n` nodes and `k` clusters; `dense` where `A` is dense.
    pub fn reserve(&mut self, n: usize, k: usize, dense: bool) -> crate::error::Result<()> {
        let sized = |a: usize, b: usize| a.checked_mul(b).ok_or_else(crate::error::Error::out_of_memory);
        let grow = |vec: &mut Vec<f64>, len: usize| crate::graph::try_grow(vec, len, 0.0);
        grow(&mut self.s, sized(n, k)?)?;
        grow(&mut self.gram, sized(k, k)?)?;
        if dense {
            grow(&mut self.a, sized(n, n)?)?;
            grow(&mut self.product, sized(n, k)?)?;
        }
        Ok(())
    }

    /// Copies `s` to f64 and returns `|S^T S|_F^2`.
    fn gram_norm<T: Real>(&mut self, s: Mat<'_, T>) -> f64 {
        let (n, k) = s.dim();
        self.s.iter_mut().zip(s.iter()).for_each(|(o, v)| *o = v.f64());
        let copy = matrix(&self.s[..n * k], n, k);
        gemm(1.0, copy.t(), copy, 0.0, &mut matrix_mut(&mut self.gram[..k * k], k, k));
        self.gram[..k * k].iter().map(|g| g * g).sum()
    }
}

/// The link of one graph with sparse `A`; `entries` are the rows of `a` that are the graph's, columns counted from
/// `first`.
pub fn forward_sparse<T: Real>(a: Csr<'_, T>, first: usize, s: Mat<'_, T>, scratch: &mut Scratch) -> Link {
    let gram = scratch.gram_norm(s);
    let (n, k) = s.dim();
    let row = |i: usize| &scratch.s[i * k..(i + 1) * k];
    let (mut square, mut cross) = (0.0, 0.0);
    for i in 0..n {
        for e in a.indptr[first + i] as usize..a.indptr[first + i + 1] as usize {
            let value = a.values.map_or(1.0, |v| v[e].f64());
            let j = a.indices[e] as usize - first;
            square += value * value;
            cross += value * row(i).iter().zip(row(j)).map(|(x, y)| x * y).sum::<f64>();
        }
    }
    link(square, cross, gram)
}

/// The link of one graph with dense `a [n, n]`.
pub fn forward_dense<T: Real>(a: &[T], s: Mat<'_, T>, scratch: &mut Scratch) -> Link {
    let gram = scratch.gram_norm(s);
    let (n, k) = s.dim();
    scratch.a.iter_mut().zip(a).for_each(|(o, v)| *o = v.f64());
    let (a, s) = (&scratch.a[..n * n], &scratch.s[..n * k]);
    let product = &mut scratch.product[..n * k];
    gemm(1.0, matrix(a, n, n), matrix(s, n, k), 0.0, &mut matrix_mut(product, n, k));
    let square = a.iter().map(|v| v * v).sum();
    let cross = product.iter().zip(s).map(|(x, y)| x * y).sum();
    link(square, cross, gram)
}

fn link(square: f64, cross: f64, gram: f64) -> Link {
    Link { square: (square - 2.0 * cross + gram).max(0.0), floor: ROUNDING * (square + gram) }
}

/// What [`backward`] reads of one graph.
#[derive(Clone, Copy)]
pub struct Linked<'a, T> {
    /// Assignment, `[n, k]`.
    pub s: Mat<'a, T>,
    /// `A S`, `[n, k]`.
    pub a_s: Mat<'a, T>,
    /// `A^T S`, `[n, k]`; `None` for undirected graphs.
    pub at_s: Option<Mat<'a, T>>,
}

/// Adds `c dq/dS` to `ds`, `c` being the gradient of the loss with respect to `q`. `scratch` holds `k * k` values.
pub fn backward<T: Real>(c: T, by: Linked<'_, T>, ds: &mut MatMut<'_, T>, scratch: &mut [T]) {
    let k = by.s.ncols();
    let two = T::of(2.0);
    let mut gram = matrix_mut(&mut scratch[..k * k], k, k);
    gemm(T::one(), by.s.t(), by.s, T::zero(), &mut gram);
    gemm(two * two * c, by.s, gram.view(), T::one(), ds);
    let both = if by.at_s.is_some() { two * c } else { two * two * c };
    ndarray::Zip::from(&mut *ds).and(by.a_s).for_each(|d, &v| *d -= both * v);
    if let Some(at_s) = by.at_s {
        ndarray::Zip::from(ds).and(at_s).for_each(|d, &v| *d -= both * v);
    }
}

/// Adds `c dq/dA` to `da`, for a dense `a [n, n]`.
pub fn backward_adjacency<T: Real>(c: T, a: &[T], s: Mat<'_, T>, da: &mut [T]) {
    let n = s.nrows();
    let two_c = T::of(2.0) * c;
    da.iter_mut().zip(a).for_each(|(d, &v)| *d += two_c * v);
    gemm(-two_c, s.slice(s![.., ..]), s.t(), T::one(), &mut matrix_mut(da, n, n));
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix};

    const N: usize = 5;
    const K: usize = 3;

    fn naive(a: &Array2<f64>, s: &Array2<f64>) -> f64 {
        (a - &s.dot(&s.t())).iter().map(|v| v * v).sum::<f64>().sqrt()
    }

    fn scratch() -> Scratch {
        let mut scratch = Scratch::default();
        scratch.reserve(N, K, true).unwrap();
        scratch
    }

    /// A directed matrix with some zeros, dense and as CSR behind two foreign nodes.
    fn example() -> (Array2<f64>, Vec<u32>, Vec<u32>, Vec<f64>) {
        let mut a = random_matrix(N, N, 1);
        a.iter_mut().enumerate().for_each(|(i, v)| *v = if i % 3 == 0 { 0.0 } else { *v });
        let (mut indptr, mut indices, mut values) = (vec![0, 0, 0], vec![], vec![]);
        for i in 0..N {
            for j in (0..N).filter(|&j| a[[i, j]] != 0.0) {
                indices.push(2 + j as u32);
                values.push(a[[i, j]]);
            }
            indptr.push(indices.len() as u32);
        }
        (a, indptr, indices, values)
    }

    #[test]
    fn sparse_and_dense_equal_the_definition() {
        let (a, indptr, indices, values) = example();
        let s = random_matrix(N, K, 2);
        let csr = Csr { indptr: &indptr, indices: &indices, values: Some(&values) };
        let expected = naive(&a, &s);
        let sparse = forward_sparse(csr, 2, s.view(), &mut scratch());
        let dense = forward_dense(a.as_slice().unwrap(), s.view(), &mut scratch());
        assert!((sparse.distance() - expected).abs() < 1e-13 && (dense.distance() - expected).abs() < 1e-13);
    }

    #[test]
    fn gradients() {
        let s = random_matrix(N, K, 2);
        for directed in [true, false] {
            let mut a = example().0;
            if !directed {
                a = &a + &a.t();
            }
            let (a_s, at_s) = (a.dot(&s), a.t().dot(&s));
            let slope = forward_dense(a.as_slice().unwrap(), s.view(), &mut scratch()).slope();
            let by = Linked { s: s.view(), a_s: a_s.view(), at_s: directed.then_some(at_s.view()) };
            let mut ds = Array2::zeros((N, K));
            backward(slope, by, &mut ds.view_mut(), &mut [0.0; K * K]);
            check_gradient(s.as_slice().unwrap(), ds.as_slice().unwrap(), |s| {
                naive(&a, &Array2::from_shape_vec((N, K), s.to_vec()).unwrap())
            });
            let mut da = vec![0.0; N * N];
            backward_adjacency(slope, a.as_slice().unwrap(), s.view(), &mut da);
            check_gradient(a.as_slice().unwrap(), &da, |a| {
                naive(&Array2::from_shape_vec((N, N), a.to_vec()).unwrap(), &s)
            });
        }
    }

    #[test]
    fn a_near_perfect_fit_keeps_its_digits_in_f32() {
        // Two cliques, assigned almost surely: the terms of q are thousands of times larger than q.
        let n = 40;
        let s64 = Array2::from_shape_fn((n, 2), |(i, j)| if i % 2 == j { 0.9999 } else { 0.0001 });
        let a64 = Array2::from_shape_fn((n, n), |(i, j)| if i % 2 == j % 2 { 1.0 } else { 0.0 });
        let (s, a) = (s64.mapv(|v| v as f32), a64.mapv(|v| v as f32));
        let exact = naive(&a64, &s.mapv(f64::from));
        let mut scratch = Scratch::default();
        scratch.reserve(n, 2, true).unwrap();
        let found = forward_dense(a.as_slice().unwrap(), s.view(), &mut scratch).distance();
        assert!((found - exact).abs() / exact < 1e-6, "{found} for {exact}");
    }

    #[test]
    fn a_perfect_fit_has_a_finite_gradient() {
        let s = Array2::from_shape_fn((4, 2), |(i, j)| if i % 2 == j { 1.0_f32 } else { 0.0 });
        let a = s.dot(&s.t());
        let mut scratch = Scratch::default();
        scratch.reserve(4, 2, true).unwrap();
        let link = forward_dense(a.as_slice().unwrap(), s.view(), &mut scratch);
        assert_eq!(link.distance(), 0.0);
        let a_s = a.dot(&s);
        let by = Linked { s: s.view(), a_s: a_s.view(), at_s: None };
        let mut ds = Array2::zeros((4, 2));
        backward(link.slope() as f32, by, &mut ds.view_mut(), &mut [0.0; 4]);
        assert!(ds.iter().all(|d| *d == 0.0));
    }
}
