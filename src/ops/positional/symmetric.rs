//! Eigenvalues and eigenvectors of a dense symmetric matrix.
//!
//! ```text
//! A = Q T Q^T      Q = H_0 H_1 .., H_k = I - b_k v_k v_k^T of Householder, T tridiagonal
//! T = Z^T E Z      implicit QL with shifts of Wilkinson; the rows of Z are eigenvectors
//! ```
//!
//! Loops of additions and multiplications in a fixed order and square roots, all of which are rounded the same way
//! everywhere. The cost for n rows is about `2 n^3` multiply-adds for `T`, `3 n^3` for `Z` and `2 n^2` a vector of `A`.

use crate::error::Result;
use crate::memory::try_resize;
use crate::ops::runtime::lanes::dot;

/// Most steps for an eigenvalue. Two are usual; what is not done after so many is taken as it is.
const STEPS: usize = 60;

/// Eigenvalues and eigenvectors of the last matrix. The memory only grows.
#[derive(Debug, Clone, Default)]
pub struct Symmetric {
    /// The matrix, `[n, n]`; later, in row `k` from column `k + 1` on, the vector of reflection `k`.
    matrix: Vec<f64>,
    /// `b` of every reflection.
    factors: Vec<f64>,
    /// Rows are the eigenvectors of `T`.
    z: Vec<f64>,
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    scratch: Vec<f64>,
    /// Rows of `z` by falling eigenvalue.
    order: Vec<usize>,
    size: usize,
}

impl Symmetric {
    /// Takes a matrix of zeros, `[n, n]`, for the caller to fill.
    pub fn start(&mut self, size: usize) -> Result<&mut [f64]> {
        self.size = size;
        for square in [&mut self.matrix, &mut self.z] {
            square.clear();
            try_resize(square, size * size, 0.0)?;
        }
        for line in [&mut self.factors, &mut self.diagonal, &mut self.beside, &mut self.scratch] {
            line.clear();
            try_resize(line, size, 0.0)?;
        }
        try_resize(&mut self.order, size, 0)?;
        Ok(&mut self.matrix)
    }

    /// Computes all eigenvalues, and the eigenvectors of the tridiagonal matrix.
    pub fn decompose(&mut self) {
        for k in 0..self.size {
            self.reflect(k);
        }
        (0..self.size).for_each(|i| self.z[i * self.size + i] = 1.0);
        self.iterate();
        self.order.iter_mut().enumerate().for_each(|(i, row)| *row = i);
        let values = &self.diagonal;
        self.order.sort_unstable_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    }

    /// The eigenvalue of that place, the largest first.
    pub fn value(&self, place: usize) -> f64 {
        self.diagonal[self.order[place]]
    }

    /// Writes the eigenvector of that place, of length 1.
    pub fn vector(&self, place: usize, out: &mut [f64]) {
        let size = self.size;
        out.copy_from_slice(&self.z[self.order[place] * size..][..size]);
        for k in (0..size).rev() {
            let reflection = &self.matrix[k * size + k + 1..(k + 1) * size];
            let by = self.factors[k] * dot(reflection, &out[k + 1..]);
            out[k + 1..].iter_mut().zip(reflection).for_each(|(o, &v)| *o -= by * v);
        }
    }

    /// Makes row and column `k` tridiagonal.
    fn reflect(&mut self, k: usize) {
        let Self { matrix, factors, diagonal, beside, scratch, size, .. } = self;
        let size = *size;
        let (above, below) = matrix.split_at_mut((k + 1) * size);
        let row = &mut above[k * size..];
        diagonal[k] = row[k];
        let v = &mut row[k + 1..];
        let Some(&first) = v.first() else { return };
        let norm = dot(v, v).sqrt();
        let others = dot(&v[1..], &v[1..]);
        if others == 0.0 {
            beside[k] = first;
            v.fill(0.0);
            return;
        }
        // The sign for which nothing cancels.
        let alpha = if first > 0.0 { -norm } else { norm };
        beside[k] = alpha;
        v[0] = first - alpha;
        let b = 2.0 / (v[0] * v[0] + others);
        factors[k] = b;
        let p = &mut scratch[k + 1..];
        p.fill(0.0);
        for (&by, row) in v.iter().zip(below.chunks_exact(size)) {
            p.iter_mut().zip(&row[k + 1..]).for_each(|(p, &a)| *p += by * a);
        }
        p.iter_mut().for_each(|p| *p *= b);
        let half = 0.5 * b * dot(p, v);
        p.iter_mut().zip(&*v).for_each(|(p, &v)| *p -= half * v);
        for ((&v_i, &p_i), row) in v.iter().zip(&*p).zip(below.chunks_exact_mut(size)) {
            let update = v.iter().zip(&*p);
            row[k + 1..].iter_mut().zip(update).for_each(|(a, (&v_j, &p_j))| *a -= v_i * p_j + p_i * v_j);
        }
    }

    /// Makes the tridiagonal matrix diagonal.
    fn iterate(&mut self) {
        let Self { z, diagonal: d, beside: e, size, .. } = self;
        let size = *size;
        let largest = d.iter().zip(&*e).fold(0.0, |m: f64, (d, e)| m.max(d.abs() + e.abs()));
        let small = f64::EPSILON * largest;
        for l in 0..size {
            for _ in 0..STEPS {
                let m = (l..size).find(|&m| m + 1 == size || e[m].abs() <= small).unwrap_or(l);
                if m == l {
                    break;
                }
                let g = (d[l + 1] - d[l]) / (2.0 * e[l]);
                let r = (g * g + 1.0).sqrt();
                let shifted = d[m] - d[l] + e[l] / (g + if g < 0.0 { -r } else { r });
                step(z, d, e, [l, m], shifted);
            }
        }
    }
}

/// One QL step on the rows from `l` to `m`.
fn step(z: &mut [f64], d: &mut [f64], e: &mut [f64], [l, m]: [usize; 2], shifted: f64) {
    let size = d.len();
    let (mut g, mut s, mut c, mut p) = (shifted, 1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let (f, b) = (s * e[i], c * e[i]);
        let r = (f * f + g * g).sqrt();
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        (s, c) = (f / r, g / r);
        g = d[i + 1] - p;
        let r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        let (low, high) = z[i * size..(i + 2) * size].split_at_mut(size);
        for (low, high) in low.iter_mut().zip(high) {
            (*high, *low) = (s * *low + c * *high, c * *low - s * *high);
        }
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::random_values;

    /// The largest residual and the largest inner product that should be 0 or 1 but is not.
    fn check(size: usize, matrix: &[f64]) -> (f64, f64, Vec<f64>) {
        let mut solver = Symmetric::default();
        solver.start(size).unwrap().copy_from_slice(matrix);
        solver.decompose();
        let vectors: Vec<Vec<f64>> = (0..size)
            .map(|place| {
                let mut vector = vec![f64::NAN; size];
                solver.vector(place, &mut vector);
                vector
            })
            .collect();
        let (mut residual, mut skew) = (0.0, 0.0);
        for (place, x) in vectors.iter().enumerate() {
            for (row, &value) in matrix.chunks_exact(size).zip(x) {
                residual = f64::max(residual, (dot(row, x) - solver.value(place) * value).abs());
            }
            for (other, y) in vectors.iter().enumerate() {
                skew = f64::max(skew, (dot(x, y) - f64::from(u8::from(place == other))).abs());
            }
        }
        let values: Vec<f64> = (0..size).map(|place| solver.value(place)).collect();
        assert!(values.is_sorted_by(|a, b| a >= b));
        (residual, skew, values)
    }

    fn symmetric(size: usize, seed: u64) -> Vec<f64> {
        let half = random_values(size * size, seed);
        (0..size * size).map(|at| half[at] + half[at % size * size + at / size]).collect()
    }

    #[test]
    fn random_matrices() {
        for size in [1, 2, 3, 4, 7, 20, 61, 130] {
            let matrix = symmetric(size, size as u64);
            let (residual, skew, values) = check(size, &matrix);
            assert!(residual < 1e-13 * (size as f64 + 10.0), "{size}: residual {residual:e}");
            assert!(skew < 1e-14 * (size as f64 + 10.0), "{size}: {skew:e} from orthogonal");
            let trace: f64 = (0..size).map(|i| matrix[i * size + i]).sum();
            assert!((values.iter().sum::<f64>() - trace).abs() < 1e-12 * size as f64);
        }
    }

    #[test]
    fn matrices_of_many_equal_eigenvalues() {
        let size = 24;
        let at = |value: &dyn Fn(usize, usize) -> f64| (0..size * size).map(|i| value(i / size, i % size)).collect();
        let cases: Vec<(Vec<f64>, f64, f64)> = vec![
            (vec![0.0; size * size], 0.0, 0.0),
            (at(&|i, j| f64::from(u8::from(i == j))), 1.0, 1.0),
            (at(&|_, _| 1.0), size as f64, 0.0),
            // Blocks of 2, with entries between of the smallest size.
            (at(&|i, j| if i / 2 == j / 2 { 1.0 } else { 1e-300 }), 2.0, 0.0),
            (at(&|i, j| if i + j == size - 1 { 3.0 } else { 0.0 }), 3.0, -3.0),
        ];
        for (matrix, largest, smallest) in cases {
            let (residual, skew, values) = check(size, &matrix);
            assert!(residual < 1e-13 && skew < 1e-13, "{residual:e} {skew:e}");
            assert!((values[0] - largest).abs() < 1e-13 && (values[size - 1] - smallest).abs() < 1e-13);
        }
    }
}
