//! One step of a long short-term memory (Hochreiter and Schmidhuber, 1997), a row a sequence.
//!
//! ```text
//! forward   gates = x W_x + b_x + h W_h + b_h             x: [b, f], h, c: [b, d], W_x: [f, 4d], W_h: [d, 4d]
//!           i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the four quarters of gates
//!           c' = f c + i g,   h' = o tanh(c')
//! backward  do = dh' tanh(c'),   dc' += dh' o (1 - tanh(c')^2)
//!           df = dc' c,   di = dc' g,   dg = dc' i,   dc = dc' f,   each gate times the slope of its function
//!           dW_x += x^T dgates,   dW_h += h^T dgates,   db_x, db_h += sum of the rows of dgates
//!           dx = dgates W_x^T,   dh = dgates W_h^T
//! ```
//!
//! The order of the gates and the two biases are those of PyTorch's `LSTM`, whose matrices are the transposes of ours.

use super::gemm::gemm;
use super::linear;
use super::runtime::buffer::{rows, rows_mut};
use super::runtime::elementary::{exp, tanh};
use super::runtime::kernel::wide;
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;

/// The parameters.
#[derive(Clone, Copy)]
pub struct Weights<'a, T> {
    /// `W_x`, `[f, 4d]`.
    pub input: Mat<'a, T>,
    /// `W_h`, `[d, 4d]`.
    pub hidden: Mat<'a, T>,
    /// `b_x`, `[4d]`.
    pub input_bias: &'a [T],
    /// `b_h`, `[4d]`.
    pub hidden_bias: &'a [T],
}

/// Gradients of the parameters, added to.
pub struct WeightGradients<'a, T> {
    /// Gradient of `W_x`.
    pub input: MatMut<'a, T>,
    /// Gradient of `W_h`.
    pub hidden: MatMut<'a, T>,
    /// Gradient of `b_x`.
    pub input_bias: &'a mut [T],
    /// Gradient of `b_h`.
    pub hidden_bias: &'a mut [T],
}

/// Where [`forward`] starts from.
#[derive(Clone, Copy)]
pub struct State<'a, T> {
    /// The input, `[b, f]`.
    pub x: Mat<'a, T>,
    /// The output of the step before, `[b, d]`.
    pub h: Mat<'a, T>,
    /// The cell of the step before, `[b, d]`.
    pub c: Mat<'a, T>,
}

/// Writes the values of the gates `[b, 4d]`, which the backward pass needs, the new cell and the new output.
pub fn forward<T: Real>(
    weights: Weights<'_, T>,
    from: State<'_, T>,
    gates: &mut MatMut<'_, T>,
    c: &mut MatMut<'_, T>,
    h: &mut MatMut<'_, T>,
) {
    linear::forward(from.x, weights.input, weights.input_bias, gates);
    gemm(T::one(), from.h, weights.hidden, T::one(), gates);
    let d = from.h.ncols();
    wide(|| {
        let before = rows(&from.c).zip(rows_mut(gates));
        for ((before, gates), (c, h)) in before.zip(rows_mut(c).zip(rows_mut(h))) {
            gates.iter_mut().zip(weights.hidden_bias).for_each(|(gate, &b)| *gate += b);
            for j in 0..d {
                let (i, f, o) = (sigmoid(gates[j]), sigmoid(gates[d + j]), sigmoid(gates[3 * d + j]));
                let g = tanh(gates[2 * d + j]);
                (gates[j], gates[d + j], gates[2 * d + j], gates[3 * d + j]) = (i, f, g, o);
                c[j] = f * before[j] + i * g;
                h[j] = o * tanh(c[j]);
            }
        }
    })
}

/// Turns the gradients of the new output and cell into that of the gates before their functions, in the place of
/// `gates`, and `dc` into the gradient of the cell of the step before.
pub fn backward<T: Real>(
    before: Mat<'_, T>,
    c: Mat<'_, T>,
    dh: Mat<'_, T>,
    gates: &mut MatMut<'_, T>,
    dc: &mut MatMut<'_, T>,
) {
    let d = before.ncols();
    let one = T::one();
    wide(|| {
        let cells = rows(&before).zip(rows(&c));
        for (((before, c), dh), (gates, dc)) in cells.zip(rows(&dh)).zip(rows_mut(gates).zip(rows_mut(dc))) {
            for j in 0..d {
                let (i, f, g, o) = (gates[j], gates[d + j], gates[2 * d + j], gates[3 * d + j]);
                let cell = tanh(c[j]);
                let total = dc[j] + dh[j] * o * (one - cell * cell);
                gates[j] = total * g * i * (one - i);
                gates[d + j] = total * before[j] * f * (one - f);
                gates[2 * d + j] = total * i * (one - g * g);
                gates[3 * d + j] = dh[j] * cell * o * (one - o);
                dc[j] = total * f;
            }
        }
    })
}

/// Adds the gradients of the parameters, from the input and output that [`forward`] was given.
pub fn backward_parameters<T: Real>(
    x: Mat<'_, T>,
    h: Mat<'_, T>,
    dgates: Mat<'_, T>,
    dweights: &mut WeightGradients<'_, T>,
) {
    gemm(T::one(), x.t(), dgates, T::one(), &mut dweights.input);
    gemm(T::one(), h.t(), dgates, T::one(), &mut dweights.hidden);
    linear::add_row_sums(dgates, dweights.input_bias);
    linear::add_row_sums(dgates, dweights.hidden_bias);
}

#[inline(always)]
fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + exp(-x))
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::runtime::buffer::{matrix, matrix_mut};
    use crate::ops::testing::{check_gradient, random_values, weighted_sum};

    const B: usize = 3;
    const F: usize = 5;
    const D: usize = 2;
    /// Where x, h, c, W_x, W_h, b_x and b_h begin in one list of values.
    const AT: [usize; 8] = {
        let sizes = [B * F, B * D, B * D, F * 4 * D, D * 4 * D, 4 * D, 4 * D];
        let mut at = [0; 8];
        let mut i = 0;
        while i < 7 {
            at[i + 1] = at[i] + sizes[i];
            i += 1;
        }
        at
    };

    fn weights(all: &[f64]) -> Weights<'_, f64> {
        Weights {
            input: matrix(&all[AT[3]..AT[4]], F, 4 * D),
            hidden: matrix(&all[AT[4]..AT[5]], D, 4 * D),
            input_bias: &all[AT[5]..AT[6]],
            hidden_bias: &all[AT[6]..],
        }
    }

    fn state(all: &[f64]) -> State<'_, f64> {
        State {
            x: matrix(&all[..AT[1]], B, F),
            h: matrix(&all[AT[1]..AT[2]], B, D),
            c: matrix(&all[AT[2]..AT[3]], B, D),
        }
    }

    /// Gates, cell, output.
    fn run(all: &[f64]) -> [Array2<f64>; 3] {
        let [mut gates, mut c, mut h] = [4 * D, D, D].map(|columns| Array2::zeros((B, columns)));
        forward(weights(all), state(all), &mut gates.view_mut(), &mut c.view_mut(), &mut h.view_mut());
        [gates, c, h]
    }

    #[test]
    fn value_worked_out_by_hand() {
        // One sequence of one number: gates 0 but for g, so that c' = 0.5 * 1 + 0.5 tanh(1).
        let zero = Array2::zeros((1, 4));
        let weights = Weights {
            input: zero.view(),
            hidden: zero.view(),
            input_bias: &[0.0, 0.0, 1.0, 0.0],
            hidden_bias: &[0.0; 4],
        };
        let one = Array2::ones((1, 1));
        let from = State { x: one.view(), h: one.view(), c: one.view() };
        let [mut gates, mut c, mut h] = [4, 1, 1].map(|columns| Array2::zeros((1, columns)));
        forward(weights, from, &mut gates.view_mut(), &mut c.view_mut(), &mut h.view_mut());
        let cell = 0.5 + 0.5 * 1f64.tanh();
        assert!((c[[0, 0]] - cell).abs() < 1e-15 && (h[[0, 0]] - 0.5 * cell.tanh()).abs() < 1e-15);
    }

    #[test]
    fn gradients() {
        let all = random_values(AT[7], 1);
        let (dh, dc) = (random_values(B * D, 2), random_values(B * D, 3));
        let loss = |all: &[f64]| {
            let [_, c, h] = run(all);
            weighted_sum(&h, &dh) + weighted_sum(&c, &dc)
        };
        let mut gradient = vec![0.0; all.len()];
        let [mut gates, c, _] = run(&all);
        let mut dcell = Array2::from_shape_vec((B, D), dc.clone()).unwrap();
        let before = state(&all);
        backward(before.c, c.view(), matrix(&dh, B, D), &mut gates.view_mut(), &mut dcell.view_mut());
        gradient[AT[2]..AT[3]].copy_from_slice(dcell.as_slice().unwrap());
        gradient[..AT[1]].copy_from_slice(gates.dot(&weights(&all).input.t()).as_standard_layout().as_slice().unwrap());
        let dh_before = gates.dot(&weights(&all).hidden.t());
        gradient[AT[1]..AT[2]].copy_from_slice(dh_before.as_standard_layout().as_slice().unwrap());
        let (w, rest) = gradient[AT[3]..].split_at_mut(AT[4] - AT[3]);
        let (u, rest) = rest.split_at_mut(AT[5] - AT[4]);
        let (input_bias, hidden_bias) = rest.split_at_mut(4 * D);
        let mut dweights = WeightGradients {
            input: matrix_mut(w, F, 4 * D),
            hidden: matrix_mut(u, D, 4 * D),
            input_bias,
            hidden_bias,
        };
        backward_parameters(before.x, before.h, gates.view(), &mut dweights);
        check_gradient(&all, &gradient, loss);
    }
}
