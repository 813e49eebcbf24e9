//! Set2Set (Vinyals, Bengio and Kudlur, 2016): an LSTM that looks at the nodes of a graph several times.
//!
//! ```text
//! forward   p_0 = 0, c_0 = 0;   for every step t from 1:         z: [n, d], p: [b, 2d], q, r, c: [b, d]
//!             q_t, c_t = lstm(p_(t-1), q_(t-1), c_(t-1))
//!             r_t = attention over the nodes of the graph with the query q_t
//!             p_t = q_t | r_t                                    out = p_t of the last step
//! backward  the steps from the last to the first
//! ```
//!
//! The order of the nodes plays no part. Steps and widths are those of PyTorch Geometric's `Set2Set` with one layer.

use ndarray::s;

use super::attention::{self, Attended};
use super::gemm::gemm;
use super::lstm::{self, State, WeightGradients, Weights};
use super::runtime::buffer::{Buffer, rows_mut};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::error::{Error, Result};
use crate::memory::try_grow;

/// What the steps save for the backward pass, and its gradients. Grown by [`Memory::reserve`] and reused.
#[derive(Debug, Clone, Default)]
pub struct Memory<T> {
    steps: usize,
    /// `p` of every step, from step 0: the first `b` rows.
    p: Buffer<T>,
    /// `c` of every step, likewise.
    c: Buffer<T>,
    /// Values of the gates; in the backward pass their gradients.
    gates: Buffer<T>,
    /// Shares of the nodes, a row a step.
    shares: Buffer<T>,
    dp: Buffer<T>,
    dc: Buffer<T>,
    scratch: Vec<T>,
}

impl<T: Real> Memory<T> {
    /// Makes room for `graphs` graphs of `nodes` nodes altogether and `d` columns.
    pub fn reserve(&mut self, steps: usize, graphs: usize, nodes: usize, d: usize, training: bool) -> Result<()> {
        let product = |a: usize, b: usize| a.checked_mul(b).ok_or_else(Error::out_of_memory);
        self.steps = steps;
        self.p.reshape(product(steps + 1, graphs)?, 2 * d)?;
        self.c.reshape(product(steps + 1, graphs)?, d)?;
        self.gates.reshape(product(steps, graphs)?, 4 * d)?;
        self.shares.reshape(steps, nodes)?;
        if training {
            self.dp.reshape(graphs, 2 * d)?;
            self.dc.reshape(graphs, d)?;
            try_grow(&mut self.scratch, nodes, T::zero())?;
        }
        Ok(())
    }
}

/// Writes `q | r` of every graph into `out [b, 2d]`.
pub fn forward<T: Real>(
    weights: Weights<'_, T>,
    offsets: &[usize],
    z: Mat<'_, T>,
    memory: &mut Memory<T>,
    out: &mut MatMut<'_, T>,
) {
    let (d, b) = (z.ncols(), out.nrows());
    let Memory { steps, p, c, gates, shares, .. } = memory;
    p.view_mut().slice_mut(s![..b, ..]).fill(T::zero());
    c.view_mut().slice_mut(s![..b, ..]).fill(T::zero());
    for step in 0..*steps {
        let (p, c) = (p.view_mut(), c.view_mut());
        let (before, after) = p.split_at(ndarray::Axis(0), (step + 1) * b);
        let (c_before, c_after) = c.split_at(ndarray::Axis(0), (step + 1) * b);
        let before = before.slice_move(s![step * b.., ..]);
        let from = State { x: before.view(), h: before.slice(s![.., ..d]), c: c_before.slice(s![step * b.., ..]) };
        let (mut q, mut r) = after.slice_move(s![..b, ..]).split_at(ndarray::Axis(1), d);
        let mut gates = gates.view_mut().slice_move(s![step * b..(step + 1) * b, ..]);
        lstm::forward(weights, from, &mut gates, &mut c_after.slice_move(s![..b, ..]), &mut q);
        let mut shares = shares.view_mut().slice_move(s![step, ..]);
        let shares = shares.as_slice_mut().expect("rows are contiguous");
        for ((nodes, q), r) in offsets.windows(2).zip(q.rows()).zip(rows_mut(&mut r)) {
            let (z, q) = (z.slice(s![nodes[0]..nodes[1], ..]), q.to_slice().expect("rows are contiguous"));
            attention::forward(z, q, T::zero(), &mut shares[nodes[0]..nodes[1]], r);
        }
    }
    out.assign(&p.view().slice(s![*steps * b.., ..]));
}

/// Adds to the gradients of the nodes and of the weights. What [`forward`] saved is used up.
pub fn backward<T: Real>(
    weights: Weights<'_, T>,
    offsets: &[usize],
    z: Mat<'_, T>,
    dout: Mat<'_, T>,
    memory: &mut Memory<T>,
    dz: &mut MatMut<'_, T>,
    dweights: &mut WeightGradients<'_, T>,
) {
    let (d, b) = (z.ncols(), dout.nrows());
    let Memory { steps, p, c, gates, shares, dp, dc, scratch } = memory;
    let mut dp = dp.view_mut();
    dp.assign(&dout);
    dc.fill(T::zero());
    for step in (0..*steps).rev() {
        let (before, after) = (s![step * b..(step + 1) * b, ..], s![(step + 1) * b..(step + 2) * b, ..]);
        let p_after = p.view().slice_move(after);
        let shares = shares.view().slice_move(s![step, ..]).to_slice().expect("rows are contiguous");
        for ((nodes, p), mut dp) in offsets.windows(2).zip(p_after.rows()).zip(dp.rows_mut()) {
            let (query, _) = p.to_slice().expect("rows are contiguous").split_at(d);
            let (dquery, dout) = dp.as_slice_mut().expect("rows are contiguous").split_at_mut(d);
            let own = s![nodes[0]..nodes[1], ..];
            let by = Attended { z: z.slice(own), query, shares: &shares[nodes[0]..nodes[1]], dout };
            attention::backward(by, &mut dz.slice_mut(own), dquery, scratch);
        }
        let mut gates = gates.view_mut().slice_move(before);
        let (c, mut dc) = (c.view(), dc.view_mut());
        lstm::backward(c.slice(before), c.slice(after), dp.slice(s![.., ..d]), &mut gates, &mut dc);
        let x = p.view().slice_move(before);
        lstm::backward_parameters(x, x.slice(s![.., ..d]), gates.view(), dweights);
        gemm(T::one(), gates.view(), weights.input.t(), T::zero(), &mut dp);
        gemm(T::one(), gates.view(), weights.hidden.t(), T::one(), &mut dp.slice_mut(s![.., ..d]));
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2};

    use super::*;
    use crate::ops::runtime::buffer::{matrix, matrix_mut};
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    const D: usize = 3;
    const STEPS: usize = 4;
    const OFFSETS: [usize; 4] = [0, 3, 4, 9];
    const LEN: usize = 2 * D * 4 * D + D * 4 * D + 8 * D;

    fn weights(all: &[f64]) -> Weights<'_, f64> {
        let (input, rest) = all.split_at(8 * D * D);
        let (hidden, biases) = rest.split_at(4 * D * D);
        let (input_bias, hidden_bias) = biases.split_at(4 * D);
        Weights { input: matrix(input, 2 * D, 4 * D), hidden: matrix(hidden, D, 4 * D), input_bias, hidden_bias }
    }

    fn run(all: &[f64], z: &[f64], steps: usize) -> (Array2<f64>, Memory<f64>) {
        let (mut memory, mut out) = (Memory::default(), Array2::zeros((3, 2 * D)));
        memory.reserve(steps, 3, 9, D, true).unwrap();
        forward(weights(all), &OFFSETS, matrix(z, 9, D), &mut memory, &mut out.view_mut());
        (out, memory)
    }

    /// One graph after the other, with matrices and vectors of `ndarray`.
    fn plain(all: &[f64], z: &Array2<f64>, steps: usize) -> Array2<f64> {
        let weights = weights(all);
        let bias = |values: &[f64]| Array1::from(values.to_vec());
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let mut out = Array2::zeros((3, 2 * D));
        for graph in 0..3 {
            let z = z.slice(s![OFFSETS[graph]..OFFSETS[graph + 1], ..]);
            let (mut p, mut c) = (Array1::<f64>::zeros(2 * D), Array1::<f64>::zeros(D));
            for _ in 0..steps {
                let gates = p.dot(&weights.input)
                    + p.slice(s![..D]).dot(&weights.hidden)
                    + bias(weights.input_bias)
                    + bias(weights.hidden_bias);
                let part = |at: usize| gates.slice(s![at * D..(at + 1) * D]).to_owned();
                c = part(1).mapv(sigmoid) * &c + part(0).mapv(sigmoid) * part(2).mapv(f64::tanh);
                let q = part(3).mapv(sigmoid) * c.mapv(f64::tanh);
                let powers = z.dot(&q).mapv(f64::exp);
                let r = (&powers / powers.sum()).dot(&z);
                p.slice_mut(s![..D]).assign(&q);
                p.slice_mut(s![D..]).assign(&r);
            }
            out.row_mut(graph).assign(&p);
        }
        out
    }

    #[test]
    fn the_same_as_one_graph_after_the_other() {
        let (all, z) = (random_values(LEN, 1), random_matrix(9, D, 2));
        for steps in [1, 2, STEPS] {
            let (found, expected) = (run(&all, z.as_slice().unwrap(), steps).0, plain(&all, &z, steps));
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14), "{found} {expected}");
        }
    }

    #[test]
    fn gradients() {
        let (all, z, dout) = (random_values(LEN, 1), random_matrix(9, D, 2), random_matrix(3, 2 * D, 3));
        let values = z.as_slice().unwrap();
        let loss = |all: &[f64], z: &[f64]| weighted_sum(&run(all, z, STEPS).0, dout.as_slice().unwrap());
        let mut memory = run(&all, values, STEPS).1;
        let (mut dz, mut dall) = (Array2::zeros((9, D)), vec![0.0; LEN]);
        let (input, rest) = dall.split_at_mut(8 * D * D);
        let (hidden, biases) = rest.split_at_mut(4 * D * D);
        let (input_bias, hidden_bias) = biases.split_at_mut(4 * D);
        let mut dweights = WeightGradients {
            input: matrix_mut(input, 2 * D, 4 * D),
            hidden: matrix_mut(hidden, D, 4 * D),
            input_bias,
            hidden_bias,
        };
        let mut dnodes = dz.view_mut();
        backward(weights(&all), &OFFSETS, z.view(), dout.view(), &mut memory, &mut dnodes, &mut dweights);
        check_gradient(values, dz.as_slice().unwrap(), |z| loss(&all, z));
        check_gradient(&all, &dall, |all| loss(all, values));
    }
}
