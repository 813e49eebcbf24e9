//! Normalisation of a pooled adjacency, as after the poolings of PyTorch Geometric other than DiffPool: no edge from a
//! cluster to itself, and the others scaled by the degrees from both sides.
//!
//! ```text
//! forward   b_ij = r_i a_ij r_j for i != j,  b_ii = 0
//!           r_i = (sum_(j != i) a_ij)^-1/2, 0 where the sum is not above 0
//! backward  da_ij = r_i r_j db_ij - r_i^2 / 2 sum_l (db_il b_il + db_li b_li) for i != j,  da_ii = 0
//! ```

use super::runtime::real::Real;

/// Normalises matrices `a [b, k, k]` in place; `scale [b * k]` is saved.
pub fn forward<T: Real>(k: usize, a: &mut [T], scale: &mut [T]) {
    for (a, scale) in a.chunks_exact_mut(k * k).zip(scale.chunks_exact_mut(k)) {
        a.iter_mut().step_by(k + 1).for_each(|own| *own = T::zero());
        for (row, scale) in a.chunks_exact(k).zip(scale.iter_mut()) {
            let degree: T = row.iter().copied().sum();
            *scale = if degree > T::zero() { T::one() / degree.sqrt() } else { T::zero() };
        }
        for (row, &own) in a.chunks_exact_mut(k).zip(scale.iter()) {
            row.iter_mut().zip(scale.iter()).for_each(|(v, &other)| *v = own * *v * other);
        }
    }
}

/// Turns the gradient of normalised matrices `b [b, k, k]` into that of what they were made of, in place.
pub fn backward<T: Real>(k: usize, b: &[T], scale: &[T], d: &mut [T]) {
    let graphs = b.chunks_exact(k * k).zip(scale.chunks_exact(k)).zip(d.chunks_exact_mut(k * k));
    for ((b, scale), d) in graphs {
        // What a row gains by its degree needs its column as it came, so rows go on only when all of that is known.
        // The diagonal of `b` is 0, and with it what its gradient adds; it is put to use to remember the sums.
        for i in 0..k {
            let of_row = |l: usize| d[i * k + l] * b[i * k + l] + d[l * k + i] * b[l * k + i];
            let by_degree: T = (0..k).filter(|&l| l != i).map(of_row).sum();
            d[i * k + i] = T::of(0.5) * scale[i] * scale[i] * by_degree;
        }
        for (i, row) in d.chunks_exact_mut(k).enumerate() {
            let by_degree = row[i];
            row.iter_mut().zip(scale).for_each(|(d, &r)| *d = scale[i] * r * *d - by_degree);
            row[i] = T::zero();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{check_gradient, random_values, weighted_sum};

    const K: usize = 4;

    fn run(a: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut b, mut scale) = (a.to_vec(), vec![0.0; 2 * K]);
        forward(K, &mut b, &mut scale);
        (b, scale)
    }

    #[test]
    fn the_definition() {
        let a: Vec<f64> = random_values(2 * K * K, 1).iter().map(|v| v.abs()).collect();
        let b = run(&a).0;
        for (a, b) in a.chunks_exact(K * K).zip(b.chunks_exact(K * K)) {
            let degree = |i: usize| (0..K).filter(|&j| j != i).map(|j| a[i * K + j]).sum::<f64>();
            for (i, j) in (0..K).flat_map(|i| (0..K).map(move |j| (i, j))) {
                let expected = if i == j { 0.0 } else { a[i * K + j] / (degree(i) * degree(j)).sqrt() };
                assert!((b[i * K + j] - expected).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn gradient_also_of_a_cluster_without_edges() {
        let mut a: Vec<f64> = random_values(2 * K * K, 1).iter().map(|v| v.abs()).collect();
        let weights = random_values(a.len(), 2);
        let gradient = |a: &[f64]| {
            let (b, scale) = run(a);
            let mut d = weights.clone();
            backward(K, &b, &scale, &mut d);
            d
        };
        check_gradient(&a, &gradient(&a), |a| weighted_sum(&run(a).0, &weights));
        (1..K).for_each(|j| (a[j], a[j * K]) = (0.0, 0.0));
        let (b, d) = (run(&a).0, gradient(&a));
        assert!(b[..K].iter().chain(&d[..K]).all(|&v| v == 0.0) && d.iter().all(|d| d.is_finite()));
    }
}
