//! Eigenvectors of the normalised Laplacian (Dwivedi et al., 2020).
//!
//! ```text
//! L = I - N                  N as in `normalized`, so that a node without neighbours has eigenvalue 1
//! q ~ D^1/2 1                the first eigenvector of L, of eigenvalue 0, which is left out
//! column j                   the eigenvector of the j-th of the smallest eigenvalues that are left, of length sqrt(n)
//! ```
//!
//! A graph of `n` nodes has `n - 1` such vectors; columns beyond are 0. Each has the sign with which the cubes of its
//! entries add up to more than 0, whatever the numbers of the nodes; where they add up to 0 but for rounding, as in a
//! graph that is its own mirror image, the first entry that is not 0 is positive. Of equal eigenvalues the vectors are
//! any basis that the solver comes to.
//!
//! Up to [`DENSE`] nodes a dense solver finds all eigenvectors, in about `6 n^3` multiply-adds. Larger graphs take
//! iterations that are bounded, see the file `subspace`.

use super::MAX_WORK;
use super::normalized::Normalized;
use super::subspace::Subspace;
use super::symmetric::Symmetric;
use crate::control;
use crate::error::Result;
use crate::memory::try_resize;
use crate::ops::runtime::buffer::rows_mut;
use crate::ops::runtime::lanes::dot;
use crate::ops::runtime::matrix::MatMut;

/// Largest number of nodes that the dense solver is for.
pub const DENSE: usize = 256;
/// Share below which a sum that should be 0 is.
const ROUNDING: f64 = 1e-8;

/// Memory that is used from one graph to the next.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    symmetric: Symmetric,
    subspace: Subspace,
    /// The eigenvector that is left out, of length 1; zeros where no node has a neighbour.
    first: Vec<f64>,
    vector: Vec<f64>,
}

impl Scratch {
    /// Makes room for `columns` eigenvectors of graphs of up to so many nodes.
    pub fn reserve(&mut self, nodes: usize, columns: usize) -> Result<()> {
        self.symmetric.start(nodes.min(DENSE))?;
        if nodes > DENSE {
            self.subspace.start(nodes, columns)?;
        }
        for line in [&mut self.first, &mut self.vector] {
            try_resize(line, nodes, 0.0)?;
        }
        Ok(())
    }
}

/// Writes the eigenvectors, `[n, columns]`.
pub fn eigenvectors(graph: &Normalized, scratch: &mut Scratch, out: &mut MatMut<'_, f32>) -> Result<()> {
    let (nodes, columns) = out.dim();
    scratch.reserve(nodes, columns)?;
    let Scratch { symmetric, subspace, first, vector } = scratch;
    set_first(graph, first);
    out.fill(0.0);
    let found = columns.min(nodes - 1);
    if nodes > DENSE {
        subspace.find(graph, first, columns, MAX_WORK)?;
    } else {
        dense(graph, first, symmetric)?;
    }
    for column in 0..found {
        match nodes > DENSE {
            true => subspace.vector(column, vector),
            false => symmetric.vector(column, vector),
        }
        let scale = (nodes as f64).sqrt() / dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|v| *v *= scale);
        let sign = sign(vector);
        rows_mut(out).zip(&*vector).for_each(|(row, &value)| row[column] = (sign * value) as f32);
    }
    Ok(())
}

/// Writes the first eigenvector of the Laplacian.
fn set_first(graph: &Normalized, first: &mut [f64]) {
    for (node, value) in first.iter_mut().enumerate() {
        *value = (graph.neighbours(node).len() as f64).sqrt();
    }
    let length = dot(first, first).sqrt();
    if length > 0.0 {
        first.iter_mut().for_each(|value| *value /= length);
    }
}

/// Decomposes `N - 3 q q^T`: there the first eigenvector is the last, of eigenvalue -2, for none of `N` is below -1.
fn dense(graph: &Normalized, first: &[f64], symmetric: &mut Symmetric) -> Result<()> {
    let nodes = graph.nodes();
    let matrix = symmetric.start(nodes)?;
    for (node, row) in matrix.chunks_exact_mut(nodes).enumerate() {
        for &other in graph.neighbours(node) {
            row[other as usize] = graph.scale()[node] * graph.scale()[other as usize];
        }
        row.iter_mut().zip(first).for_each(|(entry, &q)| *entry -= 3.0 * first[node] * q);
    }
    symmetric.decompose();
    control::go_on()
}

/// The sign that a vector of mean square 1 is multiplied with.
fn sign(vector: &[f64]) -> f64 {
    let cubes: f64 = vector.iter().map(|v| v * v * v).sum();
    let size: f64 = vector.iter().map(|v| (v * v * v).abs()).sum();
    let decides = if cubes.abs() > ROUNDING * size {
        cubes
    } else {
        vector.iter().copied().find(|v| v.abs() > ROUNDING).unwrap_or(1.0)
    };
    if decides < 0.0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::super::normalized::testing::{complete, dense as dense_matrix, normalized, path, random_edges, ring};
    use super::*;
    use crate::ops::runtime::buffer::matrix_mut;

    /// The columns of a graph.
    fn columns(nodes: usize, edges: &[(usize, usize)], wanted: usize) -> Vec<Vec<f64>> {
        let mut out = vec![f32::NAN; nodes * wanted];
        let graph = normalized(nodes, edges);
        eigenvectors(&graph, &mut Scratch::default(), &mut matrix_mut(&mut out, nodes, wanted)).unwrap();
        (0..wanted).map(|j| out.iter().skip(j).step_by(wanted).map(|&v| f64::from(v)).collect()).collect()
    }

    /// The eigenvalue of the Laplacian that a column belongs to, and how far `L x` is from it.
    fn eigenvalue(nodes: usize, edges: &[(usize, usize)], x: &[f64]) -> (f64, f64) {
        let matrix = dense_matrix(&normalized(nodes, edges));
        let image: Vec<f64> = matrix.chunks_exact(nodes).zip(x).map(|(row, &own)| own - dot(row, x)).collect();
        let value = dot(&image, x) / dot(x, x);
        (value, image.iter().zip(x).map(|(y, x)| (y - value * x).abs()).fold(0.0, f64::max))
    }

    /// Eigenvalues in closed form, without the first 0, by rising size.
    fn closed_form(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_by(f64::total_cmp);
        values.remove(0);
        values
    }

    #[test]
    fn closed_forms() {
        let mut two_rings = ring(5);
        two_rings.extend(ring(5).iter().map(|(a, b)| (a + 5, b + 5)));
        let of_ring = |n: usize| (0..n).map(move |j| 1.0 - (2.0 * PI * j as f64 / n as f64).cos());
        let cases = [
            (9, path(9), closed_form((0..9).map(|j| 1.0 - (PI * f64::from(j) / 8.0).cos()).collect())),
            (12, ring(12), closed_form(of_ring(12).collect())),
            (10, two_rings, closed_form(of_ring(5).chain(of_ring(5)).collect())),
            (7, complete(7), vec![7.0 / 6.0; 6]),
            // Two nodes of an edge, and three alone.
            (5, vec![(0, 1)], vec![1.0, 1.0, 1.0, 2.0]),
            // A self-loop is a component of its own.
            (3, vec![(0, 0), (1, 2)], vec![0.0, 2.0]),
            (300, ring(300), closed_form(of_ring(300).collect())),
        ];
        for (nodes, edges, expected) in cases {
            let wanted = 8;
            let columns = columns(nodes, &edges, wanted);
            for (column, x) in columns.iter().enumerate() {
                if column >= nodes - 1 {
                    assert!(x.iter().all(|&v| v == 0.0));
                    continue;
                }
                let (value, residual) = eigenvalue(nodes, &edges, x);
                assert!((value - expected[column]).abs() < 1e-6, "{nodes} nodes, {column}: {value}");
                assert!(residual < 1e-5, "{nodes} nodes, {column}: residual {residual:e}");
                for (other, y) in columns[..nodes.min(wanted + 1) - 1].iter().enumerate() {
                    let expected = if column == other { nodes as f64 } else { 0.0 };
                    assert!((dot(x, y) - expected).abs() < 1e-4 * nodes as f64);
                }
            }
        }
        assert_eq!(columns(1, &[], 3), vec![vec![0.0]; 3]);
        assert_eq!(columns(1, &[(0, 0)], 1), vec![vec![0.0]; 1]);
    }

    /// Other numbers of the nodes move the entries and change nothing else.
    #[test]
    fn columns_go_with_the_nodes() {
        for (nodes, edges, tolerance) in [(40, 70, 1e-5), (256, 600, 1e-4), (420, 1100, 2e-3)] {
            // All in one piece, and with a pendant node so that no symmetry is left.
            let mut list = random_edges(nodes, edges, nodes as u64);
            list.extend(path(nodes));
            let to = |node: usize| (node * 131 + 17) % nodes;
            let moved: Vec<(usize, usize)> = list.iter().map(|&(a, b)| (to(a), to(b))).collect();
            let (here, there) = (columns(nodes, &list, 5), columns(nodes, &moved, 5));
            for (here, there) in here.iter().zip(&there) {
                let worst = (0..nodes).map(|node| (here[node] - there[to(node)]).abs()).fold(0.0, f64::max);
                assert!(worst < tolerance, "{nodes} nodes: {worst:e}");
            }
        }
    }

    #[test]
    fn signs_have_a_rule() {
        assert_eq!(sign(&[-1.5, 0.5, 0.5, 0.5]), -1.0);
        assert_eq!(sign(&[1.5, -0.5, -0.5, -0.5]), 1.0);
        assert_eq!(sign(&[1e-12, -1.0, 1.0, 0.0]), -1.0);
        assert_eq!(sign(&[0.0; 3]), 1.0);
        // A path of four is its own mirror image: the first node decides.
        assert!(columns(4, &path(4), 1)[0][0] > 0.0);
        // A star with a tail: the sum of cubes decides, whatever the node is called.
        let (star, renamed) = ([(0, 1), (0, 2), (0, 3), (3, 4)], [(4, 1), (4, 2), (4, 0), (0, 3)]);
        let (a, b) = (columns(5, &star, 1), columns(5, &renamed, 1));
        assert!((a[0][4] - b[0][3]).abs() < 1e-6 && a[0].iter().map(|v| v.powi(3)).sum::<f64>() > 0.1);
    }
}
