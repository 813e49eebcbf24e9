//! Messages along edges that have features (Hu et al., 2020): the rectified sum of the neighbour and of what the edge
//! says.
//!
//! ```text
//! forward   u_ij = a_ij (x_j + b) + sum_c e_ijc w_c,   m_i = sum_j max(u_ij, 0)     x: [n, d]; w: [c, d]; b: [d]
//! backward  du_ij = dm_i where u_ij > 0, else 0
//!           dx_j += a_ij du_ij,  db += a_ij du_ij,  dw_c += e_ijc du_ij
//!           da_ij += (x_j + b) . du_ij,  de_ijc += w_c . du_ij                      where the level is dense
//! ```
//!
//! `e` are the channels of [`super::edge_channels`], features times weights, so that for a weight above 0 a message is
//! `a_ij max(x_j + b + sum_c f_ijc w_c, 0)` for features `f`. A weight below 0 turns it round before it is rectified.

use super::edge_channels::EdgeChannels;
use super::neighbours::{Neighbours, Row};
use super::runtime::buffer::rows_mut;
use super::runtime::flops;
use super::runtime::kernel::{Work, wide_of};
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// What the messages of a level are made of.
#[derive(Clone, Copy)]
pub struct Messages<'a, T> {
    /// The adjacency.
    pub a: Neighbours<'a, T>,
    /// The channels of its entries.
    pub channels: EdgeChannels<'a, T>,
    /// The nodes, `[n, d]`.
    pub x: Mat<'a, T>,
    /// `[c, d]`.
    pub w: &'a [T],
    /// `[d]`.
    pub b: &'a [T],
}

/// Columns that are summed at once.
const WIDE: usize = 32;

impl<T: Real> Messages<'_, T> {
    /// Columns of a node from `first` on.
    #[inline(always)]
    fn node(&self, j: usize, first: usize, columns: usize) -> &[T] {
        &self.x.row(j).to_slice().expect("rows are contiguous")[first..first + columns]
    }

    /// Writes `u` of entry `e` of a row, the columns from `first` on, and returns the weight of the entry.
    #[inline(always)]
    fn message<const COLUMNS: usize>(&self, row: &Row<'_, T>, e: usize, first: usize) -> [T; COLUMNS] {
        let (j, weight) = row.at(e);
        let mut u = [T::zero(); COLUMNS];
        for ((u, &x), &b) in u.iter_mut().zip(self.node(j, first, COLUMNS)).zip(&self.b[first..first + COLUMNS]) {
            *u = weight * (x + b);
        }
        for channel in 0..self.channels.width {
            let value = self.channels.at((row.begin, row.len), e, channel);
            // Of a label's columns all but one are 0.
            if value != T::zero() {
                let w = &self.w[channel * self.b.len() + first..][..COLUMNS];
                u.iter_mut().zip(w).for_each(|(u, &w)| *u += value * w);
            }
        }
        u
    }

    /// Calls `block(columns, first)` for blocks that cover all columns; only sizes of 32, 8 and 1 occur.
    #[inline(always)]
    fn sizes(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        let d = self.b.len();
        let (wide, middle) = (d / WIDE * WIDE, d / 8 * 8);
        let wides = (0..wide).step_by(WIDE).map(|first| (WIDE, first));
        let middles = (wide..middle).step_by(8).map(|first| (8, first));
        wides.chain(middles).chain((middle..d).map(|first| (1, first)))
    }
}

/// Writes `m [n, d]`.
pub fn forward<T: Real>(of: Messages<'_, T>, out: &mut MatMut<'_, T>) {
    flops::sparse(of.a.entries(), of.b.len());
    wide_of(Rows { of, out });
}

struct Rows<'a, 'b, 'c, T> {
    of: Messages<'a, T>,
    out: &'b mut MatMut<'c, T>,
}

impl<T: Real> Work for Rows<'_, '_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { of, out } = self;
        for (i, out) in control::watched(rows_mut(out).enumerate()) {
            let row = of.a.row(i);
            for (columns, first) in of.sizes() {
                let out = &mut out[first..first + columns];
                match columns {
                    WIDE => sum::<T, WIDE>(&of, &row, first, out),
                    8 => sum::<T, 8>(&of, &row, first, out),
                    _ => sum::<T, 1>(&of, &row, first, out),
                }
            }
        }
    }
}

/// Some columns of one row of `m`.
#[inline(always)]
fn sum<T: Real, const COLUMNS: usize>(of: &Messages<'_, T>, row: &Row<'_, T>, first: usize, out: &mut [T]) {
    let mut sums = [T::zero(); COLUMNS];
    for e in 0..row.len {
        let u = of.message::<COLUMNS>(row, e, first);
        // What is not a number stays.
        sums.iter_mut().zip(u).for_each(|(sum, u)| *sum += if u < T::zero() { T::zero() } else { u });
    }
    out.copy_from_slice(&sums);
}

/// The gradients of what the messages are made of, all added to.
pub struct Gradients<'a, 'b, T> {
    /// Of the nodes, where it is wanted.
    pub dx: Option<&'a mut MatMut<'b, T>>,
    /// Of `w`.
    pub dw: &'a mut [T],
    /// Of `b`.
    pub db: &'a mut [T],
    /// Of the entries of a dense adjacency; empty where it is sparse.
    pub da: &'a mut [T],
    /// Of their channels, likewise.
    pub de: &'a mut [T],
}

/// Adds the gradients, for that of `m`.
pub fn backward<T: Real>(of: Messages<'_, T>, dm: Mat<'_, T>, d: Gradients<'_, '_, T>) {
    wide_of(RowsBack { of, dm, d });
}

struct RowsBack<'a, 'b, 'c, 'd, T> {
    of: Messages<'a, T>,
    dm: Mat<'b, T>,
    d: Gradients<'c, 'd, T>,
}

impl<T: Real> Work for RowsBack<'_, '_, '_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { of, dm, mut d } = self;
        for i in 0..of.a.nodes() {
            let row = of.a.row(i);
            let dm = dm.row(i).to_slice().expect("rows are contiguous");
            for e in 0..row.len {
                for (columns, first) in of.sizes() {
                    let dm = &dm[first..first + columns];
                    match columns {
                        WIDE => entry_back::<T, WIDE>(&of, (&row, e, first), dm, &mut d),
                        8 => entry_back::<T, 8>(&of, (&row, e, first), dm, &mut d),
                        _ => entry_back::<T, 1>(&of, (&row, e, first), dm, &mut d),
                    }
                }
            }
        }
    }
}

/// Some columns of the gradient of the message along one entry.
#[inline(always)]
fn entry_back<T: Real, const COLUMNS: usize>(
    of: &Messages<'_, T>,
    (row, e, first): (&Row<'_, T>, usize, usize),
    dm: &[T],
    d: &mut Gradients<'_, '_, T>,
) {
    let mut du = of.message::<COLUMNS>(row, e, first);
    du.iter_mut().zip(dm).for_each(|(u, &dm)| *u = if *u > T::zero() { dm } else { T::zero() });
    let ((j, weight), width) = (row.at(e), of.b.len());
    if let Some(dx) = &mut d.dx {
        let mut dx = dx.row_mut(j);
        let dx = &mut dx.as_slice_mut().expect("rows are contiguous")[first..first + COLUMNS];
        dx.iter_mut().zip(du).for_each(|(d, u)| *d += weight * u);
    }
    d.db[first..first + COLUMNS].iter_mut().zip(du).for_each(|(d, u)| *d += weight * u);
    let place = (row.begin, row.len);
    for channel in 0..of.channels.width {
        let value = of.channels.at(place, e, channel);
        if value != T::zero() {
            let dw = &mut d.dw[channel * width + first..][..COLUMNS];
            dw.iter_mut().zip(du).for_each(|(d, u)| *d += value * u);
        }
    }
    if d.da.is_empty() {
        return;
    }
    let (x, b) = (of.node(j, first, COLUMNS), &of.b[first..first + COLUMNS]);
    d.da[row.begin + e] += x.iter().zip(b).zip(du).map(|((&x, &b), u)| (x + b) * u).sum::<T>();
    for channel in 0..of.channels.width {
        let w = &of.w[channel * width + first..][..COLUMNS];
        d.de[of.channels.place(place, e, channel)] += w.iter().zip(du).map(|(&w, u)| w * u).sum::<T>();
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ops::edge_channels::examples::{WIDTH, channels, of};
    use crate::ops::neighbours::examples::{NODES, dense, sparse, weights};
    use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

    /// All sizes of blocks.
    const D: usize = WIDE + 8 + 3;

    fn run(a: Neighbours<'_, f64>, e: &[f64], x: &[f64], w: &[f64], b: &[f64]) -> Array2<f64> {
        let mut out = Array2::from_elem((a.nodes(), D), f64::NAN);
        let x = Mat::from_shape((a.nodes(), D), x).unwrap();
        forward(Messages { a, channels: of(a, e), x, w, b }, &mut out.view_mut());
        out
    }

    #[test]
    fn values() {
        let weights = weights();
        let full = dense(&weights);
        let a = sparse(Some(&weights));
        let e = channels(a, 1);
        let (x, w, b) = (random_matrix(NODES, D, 2), random_values(WIDTH * D, 3), random_values(D, 4));
        let found = run(a, &e, x.as_slice().unwrap(), &w, &b);
        let of_channel: Vec<Vec<f64>> =
            (0..WIDTH).map(|c| dense(&e.iter().skip(c).step_by(WIDTH).copied().collect::<Vec<_>>())).collect();
        let mut interleaved = vec![0.0; NODES * NODES * WIDTH];
        for ((i, t), found) in found.indexed_iter() {
            let message = |j: usize| {
                let said: f64 = (0..WIDTH).map(|c| of_channel[c][i * NODES + j] * w[c * D + t]).sum();
                (full[i * NODES + j] * (x[[j, t]] + b[t]) + said).max(0.0)
            };
            assert!((found - (0..NODES).map(message).sum::<f64>()).abs() < 1e-13);
            for (c, of_channel) in of_channel.iter().enumerate() {
                for j in 0..NODES {
                    interleaved[(i * WIDTH + c) * NODES + j] = of_channel[i * NODES + j];
                }
            }
        }
        let same = run(Neighbours::Dense(NODES, &full), &interleaved, x.as_slice().unwrap(), &w, &b);
        assert!(found.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-13));
    }

    #[test]
    fn a_weight_scales_the_message_and_what_is_no_number_shows() {
        let (w, b) = (random_values(WIDTH * D, 3), random_values(D, 4));
        let mut x = random_values(NODES * D, 2);
        let twice = vec![2.0; sparse(None).entries()];
        let once = channels(sparse(None), 1);
        let doubled: Vec<f64> = once.iter().map(|v| 2.0 * v).collect();
        let (one, two) = (run(sparse(None), &once, &x, &w, &b), run(sparse(Some(&twice)), &doubled, &x, &w, &b));
        assert!(one.iter().zip(&two).all(|(a, b)| (2.0 * a - b).abs() < 1e-13));
        x[3 * D] = f64::NAN;
        let lost = run(sparse(None), &once, &x, &w, &b);
        assert_eq!((0..NODES).filter(|&i| lost[[i, 0]].is_nan()).collect::<Vec<_>>(), [0, 1, 5]);
    }

    #[test]
    fn gradients() {
        let weights = weights();
        let full = random_values(18, 9);
        for a in [sparse(Some(&weights)), sparse(None), Neighbours::Dense(3, &full)] {
            let n = a.nodes();
            let e = channels(a, 1);
            let (x, w, b) = (random_values(n * D, 2), random_values(WIDTH * D, 3), random_values(D, 4));
            let dm = random_matrix(n, D, 5);
            let is_dense = matches!(a, Neighbours::Dense(..));
            let (mut dx, mut dw, mut db) = (Array2::zeros((n, D)), vec![0.0; w.len()], vec![0.0; D]);
            let entries = if is_dense { a.entries() } else { 0 };
            let (mut da, mut de) = (vec![0.0; entries], vec![0.0; entries * WIDTH]);
            let view = Mat::from_shape((n, D), &x).unwrap();
            let mut dx_view = dx.view_mut();
            let d = Gradients { dx: Some(&mut dx_view), dw: &mut dw, db: &mut db, da: &mut da, de: &mut de };
            backward(Messages { a, channels: of(a, &e), x: view, w: &w, b: &b }, dm.view(), d);
            let loss = |a: Neighbours<'_, f64>, e: &[f64], x: &[f64], w: &[f64], b: &[f64]| {
                weighted_sum(&run(a, e, x, w, b), dm.as_slice().unwrap())
            };
            check_gradient(&x, dx.as_slice().unwrap(), |x| loss(a, &e, x, &w, &b));
            check_gradient(&w, &dw, |w| loss(a, &e, &x, w, &b));
            check_gradient(&b, &db, |b| loss(a, &e, &x, &w, b));
            if is_dense {
                check_gradient(&full, &da, |full| loss(Neighbours::Dense(3, full), &e, &x, &w, &b));
                check_gradient(&e, &de, |e| loss(a, e, &x, &w, &b));
            }
        }
    }
}
