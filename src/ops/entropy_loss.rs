//! Entropy of the soft assignment, per graph: small where every node is sure of its cluster.
//!
//! ```text
//! forward   e = mean over the graph's nodes of -sum_j s_ij ln s_ij,   0 ln 0 = 0
//! backward  ds_ij += -c ln s_ij,   0 where s_ij is 0
//! ```
//!
//! `c` is the gradient of the loss with respect to the sum over nodes. The derivative with respect to `s`,
//! `-c (ln s_ij + 1)`, is infinite at 0 (the form with `s + eps` that is in wide use merely hides it); the one with
//! respect to the logits is finite everywhere. Rows of `s` sum to 1, so that what is added to all of a row, here `c`,
//! makes no difference to the logits, and neither does the row's entry at 0: `softmax` multiplies it with `s`. What
//! this `ds` becomes in `softmax::backward` is therefore the gradient of the logits.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::elementary::ln;
use super::runtime::kernel::{Work, wide_of};
use super::runtime::lanes::sum;
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;

/// Sum of the row entropies of `s [n, k]`, in f64.
pub fn forward<T: Real>(s: Mat<'_, T>) -> f64 {
    let mut entropy = 0.0;
    wide_of(Forward { s, entropy: &mut entropy });
    entropy
}

struct Forward<'a, T> {
    s: Mat<'a, T>,
    entropy: &'a mut f64,
}

impl<T: Real> Work for Forward<'_, T> {
    #[inline(always)]
    fn run(self) {
        for row in rows(&self.s) {
            *self.entropy -= sum(row, |p| p * ln_or_0(p)).f64();
        }
    }
}

/// Adds the gradient as above to that of `s`; `c` is `coefficient`.
pub fn backward<T: Real>(coefficient: T, s: Mat<'_, T>, ds: &mut MatMut<'_, T>) {
    wide_of(Backward { coefficient, s, ds });
}

struct Backward<'a, 'b, T> {
    coefficient: T,
    s: Mat<'a, T>,
    ds: &'a mut MatMut<'b, T>,
}

impl<T: Real> Work for Backward<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        for (ds, s) in rows_mut(self.ds).zip(rows(&self.s)) {
            ds.iter_mut().zip(s).for_each(|(d, &p)| *d -= self.coefficient * ln_or_0(p));
        }
    }
}

/// `ln p`, or 0 where `p` is 0.
#[inline(always)]
fn ln_or_0<T: Real>(p: T) -> T {
    let ln = ln(p);
    if p > T::zero() { ln } else { T::zero() }
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
        backward(1.0, s.view(), &mut dz.view_mut());
        softmax::backward(1.0, s.view(), &mut dz.view_mut());
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
        let s = run(z.as_slice().unwrap());
        backward(0.3, s.view(), &mut dz.view_mut());
        softmax::backward(0.7, s.view(), &mut dz.view_mut());
        check_gradient(z.as_slice().unwrap(), dz.as_slice().unwrap(), |z| 0.3 * forward(run(z).view()));
    }
}
