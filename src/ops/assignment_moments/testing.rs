//! What the tests of the losses of moments share: a graph, its moments and the check of a loss and its gradients.

use ndarray::Array2;

use super::*;
use crate::ops::runtime::buffer::matrix;
use crate::ops::testing::{check_gradient, random_matrix};

const N: usize = 7;
const K: usize = 3;

/// A directed graph with weights above 0, and an assignment whose rows sum to 1.
fn example() -> (Array2<f64>, Array2<f64>) {
    let mut a = random_matrix(N, N, 1).mapv(f64::abs);
    a.iter_mut().enumerate().for_each(|(i, v)| *v = if i % 3 == 0 { 0.0 } else { *v });
    let mut s = random_matrix(N, K, 2).mapv(f64::exp);
    s.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
    (a, s)
}

/// Calls `look` with the moments of an assignment.
fn with_moments<R>(a: &Array2<f64>, s: &Array2<f64>, look: impl FnOnce(&Moments<'_>, &[f64]) -> R) -> R {
    let (mut degrees, mut sizes, mut volumes) = (vec![0.0; N], vec![0.0; K], vec![0.0; K]);
    degrees_dense(a.as_slice().unwrap(), &mut degrees);
    let inside = s.t().dot(a).dot(s).diag().sum();
    let scalars = forward(&degrees, inside, s.view(), &mut sizes, &mut volumes);
    let gram = s.t().dot(s);
    let gram = gram.iter().copied().collect::<Vec<_>>();
    look(&Moments { scalars, gram: &gram, sizes: &sizes, volumes: &volumes }, &degrees)
}

/// A loss of moments, and its backward pass.
pub type Loss = (fn(&Moments<'_>) -> f64, fn(f64, &Moments<'_>, &mut MomentGradient<'_>));

/// Compares a loss with its naive definition, by `A` and `S`, and both gradients with central differences.
#[track_caller]
pub fn check(loss: Loss, naive: impl Fn(&Array2<f64>, &Array2<f64>) -> f64) {
    let (a, s) = example();
    let value = with_moments(&a, &s, |moments, _| (loss.0)(moments));
    let expected = naive(&a, &s);
    assert!((value - expected).abs() <= 1e-14 * (1.0 + expected.abs()), "{value} for {expected}");
    let mut memory = vec![0.0; MomentGradient::length(K).unwrap()];
    let mut by = MomentGradient::zeros(K, &mut memory);
    let (mut ds, mut da) = (Array2::zeros((N, K)), vec![0.0; N * N]);
    with_moments(&a, &s, |moments, degrees| {
        (loss.1)(0.3, moments, &mut by);
        (loss.1)(0.4, moments, &mut by);
        backward_rows(&by, degrees, s.view(), &mut ds.view_mut());
    });
    backward_adjacency(&by, s.view(), &mut da);
    ds += &(by.inside * (&a + &a.t()).dot(&s) + 2.0 * s.dot(&matrix(&*by.gram, K, K)));
    let of = |values: &[f64], columns| Array2::from_shape_vec((N, columns), values.to_vec()).unwrap();
    check_gradient(s.as_slice().unwrap(), ds.as_slice().unwrap(), |s| 0.7 * naive(&a, &of(s, K)));
    check_gradient(a.as_slice().unwrap(), &da, |a| 0.7 * naive(&of(a, N), &s));
}

/// The loss of a graph of four nodes without edges, and whether its gradient is made of numbers.
pub fn without_edges(loss: Loss) -> (f64, bool) {
    let (gram, sizes) = ([1.0; 4], [2.0; 2]);
    let scalars = Scalars { nodes: 4.0, ..Scalars::default() };
    let moments = Moments { scalars, gram: &gram, sizes: &sizes, volumes: &[0.0; 2] };
    let mut memory = vec![0.0; MomentGradient::length(2).unwrap()];
    let mut by = MomentGradient::zeros(2, &mut memory);
    (loss.1)(1.0, &moments, &mut by);
    let finite = [by.total, by.inside, by.spread].iter().all(|v| v.is_finite());
    ((loss.0)(&moments), finite && memory.iter().all(|v| v.is_finite()))
}
