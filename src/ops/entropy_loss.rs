//! Entropy of the soft assignment, per graph: small where every node is sure of its cluster.
//!
//! ```text
//! forward   e = mean over the graph's nodes of -sum_j s_ij ln s_ij,   0 ln 0 = 0
//! backward  with s = softmax(z / t):  dz_ij += -c s_ij (ln s_ij + h_i) / t,   h_i = -sum_j s_ij ln s_ij
//! ```
//!
//! `c` is the gradient of the loss with respect to the sum over nodes. The derivative with respect to `s` is infinite
//! at 0 (the form with `s + eps` that is in wide use merely hides it); the one with respect to the logits is finite
//! everywhere, so that is the one computed.

use super::buffer::{rows, rows_mut};
use super::elementary::ln;
use super::real::{Mat, MatMut, Real};

/// Sum of the row entropies of `s [n, k]`, in f64.
pub fn forward<T: Real>(s: Mat<'_, T>) -> f64 {
    rows(&s).map(|row| row_entropy(row).f64()).sum()
}

/// Adds the gradient with respect to the logits of `s`; `coefficient` is `c` above.
pub fn backward<T: Real>(coefficient: T, temperature: T, s: Mat<'_, T>, dz: &mut MatMut<'_, T>) {
    let scale = -coefficient / temperature;
    for (dz, s) in rows_mut(dz).zip(rows(&s)) {
        let mut entropy = T::zero();
        for (d, &p) in dz.iter_mut().zip(s) {
            let term = p_ln_p(p);
            entropy -= term;
            *d += scale * term;
        }
        for (d, &p) in dz.iter_mut().zip(s) {
            *d += scale * p * entropy;
        }
    }
}

fn row_entropy<T: Real>(row: &[T]) -> T {
    -row.iter().map(|&p| p_ln_p(p)).sum::<T>()
}

#[inline(always)]
fn p_ln_p<T: Real>(p: T) -> T {
    if p > T::zero() { p * ln(p) } else { T::zero() }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::ops::softmax;
    use crate::ops::testing::{check_gradient, random_matrix};

    #[test]
    fn values_and_zeros() {
        let s = array![[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]];
        assert_eq!(forward(s.view()), std::f64::consts::LN_2);
        let mut dz = Array2::zeros((2, 3));
        backward(1.0, 1.0, s.view(), &mut dz.view_mut());
        assert!(dz.iter().all(|d: &f64| d.abs() < 1e-15));
    }

    #[test]
    fn gradient() {
        let z = random_matrix(4, 5, 1);
        let run = |z: &[f64]| {
            let mut s = Array2::from_shape_vec((4, 5), z.to_vec()).unwrap();
            softmax::forward(0.7, &mut s.view_mut());
            s
        };
        let mut dz = Array2::zeros((4, 5));
        backward(0.3, 0.7, run(z.as_slice().unwrap()).view(), &mut dz.view_mut());
        check_gradient(z.as_slice().unwrap(), dz.as_slice().unwrap(), |z| 0.3 * forward(run(z).view()));
    }
}
