//! Global pooling of node features, one row per graph.
//!
//! ```text
//! forward   out_g = max | mean | sum over the rows of graph g           z: [n, d], out: [b, d]
//! backward  dz_i += dout_g where i is the (first) largest | dout_g / n_g | dout_g
//! ```
//!
//! Where another implementation pads graphs to a number of nodes and takes the largest value of all rows, graphs of
//! fewer nodes have a row of zeros besides.

use super::runtime::buffer::{rows, rows_mut};
use super::runtime::kernel::wide;
use super::runtime::matrix::{Mat, MatMut};
use super::runtime::real::Real;
use crate::control;

/// What becomes of every column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// The largest value.
    Max,
    /// The mean.
    Mean,
    /// The sum.
    Sum,
}

/// Stands for the row of zeros among the largest values.
const ZEROS: u32 = u32::MAX;

/// Pools the rows `offsets[g]..offsets[g + 1]` of `z` into row `g` of `out`. For `Max`, `largest [b * d]` is saved, and
/// graphs of fewer than `padded` nodes have a row of zeros besides.
pub fn forward<T: Real>(
    kind: Reduction,
    offsets: &[usize],
    padded: usize,
    z: Mat<'_, T>,
    out: &mut MatMut<'_, T>,
    largest: &mut [u32],
) {
    wide(|| {
        let columns = z.ncols();
        for (graph, out) in rows_mut(out).enumerate() {
            let nodes = offsets[graph]..offsets[graph + 1];
            if kind == Reduction::Max {
                let largest = &mut largest[graph * columns..(graph + 1) * columns];
                let fewer = nodes.len() < padded;
                max_row(nodes.start, nodes, z, out, largest);
                if fewer {
                    max_with_zeros(out, largest);
                }
                continue;
            }
            out.fill(T::zero());
            for i in control::watched(nodes.clone()) {
                let row = z.row(i).to_slice().expect("rows are contiguous");
                out.iter_mut().zip(row).for_each(|(o, &v)| *o += v);
            }
            if kind == Reduction::Mean {
                let scale = T::one() / T::of(nodes.len() as f64);
                out.iter_mut().for_each(|o| *o *= scale);
            }
        }
    })
}

fn max_row<T: Real>(first: usize, nodes: std::ops::Range<usize>, z: Mat<'_, T>, out: &mut [T], largest: &mut [u32]) {
    out.fill(T::neg_infinity());
    largest.fill(first as u32);
    for i in control::watched(nodes) {
        let row = z.row(i).to_slice().expect("rows are contiguous");
        for ((o, l), &v) in out.iter_mut().zip(largest.iter_mut()).zip(row) {
            // NaN must not be passed over: it says that something overflowed.
            if v > *o || v.is_nan() {
                *o = v;
                *l = i as u32;
            }
        }
    }
}

fn max_with_zeros<T: Real>(out: &mut [T], largest: &mut [u32]) {
    for (o, l) in out.iter_mut().zip(largest) {
        if *o < T::zero() {
            *o = T::zero();
            *l = ZEROS;
        }
    }
}

/// Adds the gradient of every graph's row of `dout` to the rows of `dz` it came from.
pub fn backward<T: Real>(
    kind: Reduction,
    offsets: &[usize],
    dout: Mat<'_, T>,
    largest: &[u32],
    dz: &mut MatMut<'_, T>,
) {
    wide(|| {
        let columns = dout.ncols();
        for (graph, dout) in rows(&dout).enumerate() {
            let nodes = offsets[graph]..offsets[graph + 1];
            if kind == Reduction::Max {
                for (column, (&d, &i)) in dout.iter().zip(&largest[graph * columns..]).enumerate() {
                    if i != ZEROS {
                        dz[[i as usize, column]] += d;
                    }
                }
                continue;
            }
            let scale = if kind == Reduction::Mean { T::one() / T::of(nodes.len() as f64) } else { T::one() };
            for i in nodes {
                let mut row = dz.row_mut(i);
                let row = row.as_slice_mut().expect("rows are contiguous");
                row.iter_mut().zip(dout).for_each(|(o, &d)| *o += scale * d);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, s};

    use super::*;
    use crate::ops::testing::{check_gradient, random_matrix, weighted_sum};

    const OFFSETS: [usize; 4] = [0, 3, 4, 9];

    #[test]
    fn not_a_number_stays() {
        for kind in [Reduction::Max, Reduction::Mean, Reduction::Sum] {
            let z = ndarray::array![[1.0, f64::NAN], [2.0, 3.0]];
            let mut out = Array2::zeros((1, 2));
            forward(kind, &[0, 2], 3, z.view(), &mut out.view_mut(), &mut [0; 2]);
            assert!(out[[0, 0]].is_finite() && out[[0, 1]].is_nan());
        }
    }

    #[test]
    fn values_and_gradients() {
        let (z, weights) = (random_matrix(9, 4, 1), random_matrix(3, 4, 2));
        for (kind, padded) in [(Reduction::Max, 0), (Reduction::Max, 4), (Reduction::Mean, 4), (Reduction::Sum, 4)] {
            let run = |z: Mat<'_, f64>| {
                let mut out = Array2::zeros((3, 4));
                let mut largest = vec![0; 12];
                forward(kind, &OFFSETS, padded, z, &mut out.view_mut(), &mut largest);
                (out, largest)
            };
            let (out, largest) = run(z.view());
            for g in 0..3 {
                let part = z.slice(s![OFFSETS[g]..OFFSETS[g + 1], ..]);
                let least = if part.nrows() < padded { 0.0 } else { f64::MIN };
                let expected = match kind {
                    Reduction::Max => part.fold_axis(Axis(0), least, |a, b| a.max(*b)),
                    Reduction::Mean => part.mean_axis(Axis(0)).unwrap(),
                    Reduction::Sum => part.sum_axis(Axis(0)),
                };
                assert!(out.row(g).iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14));
            }
            assert_eq!(largest.contains(&ZEROS), kind == Reduction::Max && padded > 0);
            let mut dz = Array2::zeros((9, 4));
            backward(kind, &OFFSETS, weights.view(), &largest, &mut dz.view_mut());
            check_gradient(z.as_slice().unwrap(), dz.as_slice().unwrap(), |z| {
                let z = Array2::from_shape_vec((9, 4), z.to_vec()).unwrap();
                weighted_sum(&run(z.view()).0, weights.as_slice().unwrap())
            });
        }
    }
}
