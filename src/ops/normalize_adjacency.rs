//! Degree normalisation of adjacency matrices.
//!
//! ```text
//! mean       Â_ij = a_ij / d_i,                      d_i = max(sum_j a_ij, 1)
//! symmetric  Â_ij = r_i (a_ij + [i = j]) r_j,        r_i = (sum_j a_ij + 1)^-1/2, 0 where the sum is not above -1
//! self loop  Â_ij = a_ij + [i = j]
//! ```
//!
//! The floor of 1 keeps the mean finite for isolated nodes, for pooled clusters that hold almost no mass, and for
//! weights of either sign; binary graphs never feel it. At the first level the normalisation is a scale per row and
//! column ([`sparse_scales`]); at pooled levels, where gradients flow into `A`, it is a matrix ([`forward`]).
//!
//! ```text
//! backward   mean       da_ij += (dÂ_ij - [sum_j a_ij > 1] sum_l dÂ_il Â_il) / d_i
//!            symmetric  da_ij += r_i r_j dÂ_ij - r_i^2 / 2 sum_l (dÂ_il Â_il + dÂ_li Â_li)
//!            self loop  da_ij += dÂ_ij
//! ```

use super::runtime::real::Real;
use super::spmm::{Csr, Scaling};
use crate::control;

/// Which normalisation a convolution propagates with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// `A` as it is.
    Raw,
    /// Rows divided by their sums.
    Mean,
    /// With self-loops, scaled from both sides (Kipf and Welling, 2017).
    Symmetric,
    /// With self-loops, not scaled.
    SelfLoop,
}

/// Fills `scale [n]` with `1 / d` or `r` of a sparse matrix. `Raw` and `SelfLoop` need none.
pub fn sparse_scales<T: Real>(kind: Propagation, a: Csr<'_, T>, scale: &mut [T]) {
    for (i, scale) in control::watched(scale.iter_mut().enumerate()) {
        let row = a.indptr[i] as usize..a.indptr[i + 1] as usize;
        let sum = match a.values {
            Some(values) => values[row].iter().copied().sum(),
            None => T::of(row.len() as f64),
        };
        *scale = scale_of(kind, sum);
    }
}

/// How [`super::spmm::forward`] applies the scales of [`sparse_scales`].
pub fn scaling<T>(kind: Propagation, scale: &[T]) -> Scaling<'_, T> {
    match kind {
        Propagation::Raw => Scaling { row: None, column: None, self_loop: false },
        Propagation::Mean => Scaling { row: Some(scale), column: None, self_loop: false },
        Propagation::Symmetric => Scaling { row: Some(scale), column: Some(scale), self_loop: true },
        Propagation::SelfLoop => Scaling { row: None, column: None, self_loop: true },
    }
}

fn scale_of<T: Real>(kind: Propagation, row_sum: T) -> T {
    match kind {
        Propagation::Raw | Propagation::SelfLoop => T::one(),
        Propagation::Mean => T::one() / row_sum.max(T::one()),
        Propagation::Symmetric if row_sum + T::one() > T::zero() => T::one() / (row_sum + T::one()).sqrt(),
        Propagation::Symmetric => T::zero(),
    }
}

/// Normalises `b` dense matrices `a [b, k, k]` into `normalized`; `scale [b * k]` is saved.
pub fn forward<T: Real>(kind: Propagation, k: usize, a: &[T], normalized: &mut [T], scale: &mut [T]) {
    let graphs = a.chunks_exact(k * k).zip(normalized.chunks_exact_mut(k * k)).zip(scale.chunks_exact_mut(k));
    for ((a, normalized), scale) in graphs {
        for (row, scale) in a.chunks_exact(k).zip(scale.iter_mut()) {
            *scale = scale_of(kind, row.iter().copied().sum());
        }
        for (i, (row, out)) in a.chunks_exact(k).zip(normalized.chunks_exact_mut(k)).enumerate() {
            match kind {
                Propagation::Raw => out.copy_from_slice(row),
                Propagation::Mean => out.iter_mut().zip(row).for_each(|(o, &v)| *o = v * scale[i]),
                Propagation::Symmetric => {
                    out.iter_mut().zip(row).zip(scale.iter()).for_each(|((o, &v), &r)| *o = scale[i] * v * r);
                    out[i] += scale[i] * scale[i];
                }
                Propagation::SelfLoop => {
                    out.copy_from_slice(row);
                    out[i] += T::one();
                }
            }
        }
    }
}

/// Adds to `da` the gradient that came with respect to the normalised matrices.
pub fn backward<T: Real>(kind: Propagation, k: usize, normalized: &[T], scale: &[T], dnormalized: &[T], da: &mut [T]) {
    let graphs = normalized.chunks_exact(k * k).zip(scale.chunks_exact(k)).zip(dnormalized.chunks_exact(k * k));
    for (((normalized, scale), dnormalized), da) in graphs.zip(da.chunks_exact_mut(k * k)) {
        match kind {
            Propagation::Raw | Propagation::SelfLoop => da.iter_mut().zip(dnormalized).for_each(|(o, &d)| *o += d),
            Propagation::Mean => mean_backward(k, normalized, scale, dnormalized, da),
            Propagation::Symmetric => symmetric_backward(k, normalized, scale, dnormalized, da),
        }
    }
}

fn mean_backward<T: Real>(k: usize, normalized: &[T], scale: &[T], dnormalized: &[T], da: &mut [T]) {
    let rows = normalized.chunks_exact(k).zip(dnormalized.chunks_exact(k)).zip(da.chunks_exact_mut(k));
    for (((normalized, dnormalized), da), &scale) in rows.zip(scale) {
        // A scale below 1 says that the row sum is above the floor.
        let through_sum = if scale < T::one() { dot(normalized, dnormalized) } else { T::zero() };
        for (o, &d) in da.iter_mut().zip(dnormalized) {
            *o += (d - through_sum) * scale;
        }
    }
}

fn symmetric_backward<T: Real>(k: usize, normalized: &[T], scale: &[T], dnormalized: &[T], da: &mut [T]) {
    for i in 0..k {
        let row = i * k..(i + 1) * k;
        let by_row = dot(&normalized[row.clone()], &dnormalized[row.clone()]);
        let by_column: T = (0..k).map(|l| normalized[l * k + i] * dnormalized[l * k + i]).sum();
        let through_sum = T::of(0.5) * scale[i] * scale[i] * (by_row + by_column);
        for ((o, &d), &r) in da[row.clone()].iter_mut().zip(&dnormalized[row]).zip(scale) {
            *o += scale[i] * r * d - through_sum;
        }
    }
}

fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).map(|(&x, &y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::spmm;
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const KINDS: [Propagation; 4] =
        [Propagation::Raw, Propagation::Mean, Propagation::Symmetric, Propagation::SelfLoop];

    #[test]
    fn gradients() {
        let k = 4;
        // Sums on both sides of the floor of 1, none near it.
        let a: Vec<f64> = random_values(2 * k * k, 1).iter().map(|v| v.abs()).collect();
        let a: Vec<f64> = a.iter().enumerate().map(|(i, v)| if i / k % 2 == 0 { 0.1 * v } else { v + 0.3 }).collect();
        let weights = random_values(2 * k * k, 2);
        for kind in KINDS {
            let run = |a: &[f64]| {
                let (mut normalized, mut scale) = (vec![0.0; a.len()], vec![0.0; 2 * k]);
                forward(kind, k, a, &mut normalized, &mut scale);
                (normalized, scale)
            };
            let (normalized, scale) = run(&a);
            let mut da = vec![0.0; a.len()];
            backward(kind, k, &normalized, &scale, &weights, &mut da);
            check_gradient(&a, &da, |a| weighted_sum(&run(a).0, &weights));
        }
    }

    #[test]
    fn sparse_and_dense_agree() {
        let (indptr, indices) = ([0, 2, 3, 3, 6], [1, 3, 0, 0, 2, 3]);
        let values = [2.0, 0.5, 0.25, 1.0, 3.0, 1.0];
        let mut dense = vec![0.0; 16];
        for i in 0..4 {
            for e in indptr[i] as usize..indptr[i + 1] as usize {
                dense[i * 4 + indices[e] as usize] = values[e];
            }
        }
        let x = random_matrix(4, 3, 1);
        let a = Csr { indptr: &indptr, indices: &indices, values: Some(&values) };
        for kind in KINDS {
            let mut scale = vec![1.0; 4];
            sparse_scales(kind, a, &mut scale);
            let mut sparse = Array2::zeros((4, 3));
            spmm::forward(a, scaling(kind, &scale), x.view(), false, &mut sparse.view_mut());
            let (mut normalized, mut dense_scale) = (vec![0.0; 16], vec![0.0; 4]);
            forward(kind, 4, &dense, &mut normalized, &mut dense_scale);
            let expected = Array2::from_shape_vec((4, 4), normalized).unwrap().dot(&x);
            assert!(sparse.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14));
        }
    }
}
