//! Matrices of the naive oracle, and the activations by their definitions.

use std::f64::consts::PI;

use diffpool::config::Activation;

pub type Matrix = Vec<Vec<f64>>;

pub fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let entry = |row: &Vec<f64>, j: usize| row.iter().zip(b).map(|(v, b)| v * b[j]).sum();
    a.iter().map(|row| (0..b[0].len()).map(|j| entry(row, j)).collect()).collect()
}

pub fn plus_row(mut a: Matrix, b: &[f64]) -> Matrix {
    a.iter_mut().for_each(|row| row.iter_mut().zip(b).for_each(|(v, b)| *v += b));
    a
}

pub fn activation(kind: Activation, x: f64) -> f64 {
    let sigmoid = 1.0 / (1.0 + (-x).exp());
    match kind {
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu => x.max(0.01 * x),
        Activation::Elu => x.max(0.0) + x.min(0.0).exp() - 1.0,
        Activation::Gelu => x * 0.5 * (1.0 + erf(x / 2f64.sqrt())),
        Activation::Silu => x * sigmoid,
        Activation::Tanh => 2.0 / (1.0 + (-2.0 * x).exp()) - 1.0,
        Activation::Sigmoid => sigmoid,
        Activation::Identity => x,
    }
}

/// `2 / sqrt(pi) e^(-x^2) sum_i 2^i x^(2i+1) / (2i+1)!!`, all terms of one sign.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum(); // to the last digit
    }
    let (mut term, mut sum) = (x, x);
    for i in 1..300 {
        term *= 2.0 * x * x / f64::from(2 * i + 1);
        sum += term;
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}
