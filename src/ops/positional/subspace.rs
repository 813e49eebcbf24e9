//! The eigenvectors of the largest eigenvalues of a large sparse matrix `N`, whose eigenvalues lie between -1 and 1, by
//! subspace iteration with Chebyshev filters (Zhou et al., 2006).
//!
//! ```text
//! X of m = K + 8 columns, at random, orthogonal to each other and to the vector q that is left out
//! round     Ritz        Y = N X, X^T Y = V^T E V: X V^T, Y V^T in place of X, Y; residual_j = |Y_j - e_j X_j|
//!           filter      X = p(N) X, p the Chebyshev polynomial within 1 from -1 to e_m, or less, that grows above
//!           orthogonal  X - q q^T X, then twice X R^-1 with X^T X = R^T R
//! ```
//!
//! Rounds end when the residuals of the first `K` columns are below 1e-6, and below a thousandth of the eigenvalue
//! `1 - e_j` of the Laplacian where that is less, since eigenvalues may lie as near to each other as to 0. They also
//! end after a limit of multiply-adds, or [`ROUNDS`] rounds; the columns are used as they are then. A product with
//! `N` counts `(entries + 2 n) m`, everything else of a round `6 n m^2`; a graph for which two rounds of the smallest
//! degree are more than that is refused.

use super::MAX_COLUMNS;
use super::normalized::Normalized;
use super::symmetric::Symmetric;
use crate::control;
use crate::error::{Result, bail};
use crate::memory::try_resize;
use crate::ops::runtime::random::{Purpose, stream, uniform};

/// Columns beyond those that are wanted: how fast these come depends on how far away the first one without a column is.
const GUARD: usize = 8;
/// Most columns.
const WIDEST: usize = MAX_COLUMNS + GUARD;
/// Most rounds.
const ROUNDS: usize = 500;
/// Least and largest degree of a filter.
const DEGREES: [f64; 2] = [4.0, 512.0];
/// The logarithm of what a filter multiplies the eigenvalue 1 with. More would leave nothing of the smaller ones.
const GROWTH: f64 = 10.0;
const RESIDUAL: f64 = 1e-6;
/// The residual relative to the eigenvalue of the Laplacian, and the least that is asked for.
const RELATIVE: f64 = 1e-3;
const LEAST: f64 = 1e-10;
/// Share of a column's square that must be left beside the columns before it.
const INDEPENDENT: f64 = 1e-13;

/// The block of vectors, and memory to work on it. It only grows.
#[derive(Debug, Clone, Default)]
pub struct Subspace {
    /// The vectors, `[n, m]`.
    x: Vec<f64>,
    /// `N` times the vectors, `[n, m]`.
    y: Vec<f64>,
    symmetric: Symmetric,
    /// `[m, m]`.
    square: Vec<f64>,
    values: Vec<f64>,
    residuals: Vec<f64>,
    columns: usize,
}

impl Subspace {
    /// Takes blocks for `wanted` eigenvectors of `nodes` nodes.
    pub fn start(&mut self, nodes: usize, wanted: usize) -> Result<()> {
        let columns = wanted + GUARD;
        debug_assert!(columns <= WIDEST);
        self.columns = columns;
        for block in [&mut self.x, &mut self.y] {
            try_resize(block, nodes * columns, 0.0)?;
        }
        self.symmetric.start(columns)?;
        try_resize(&mut self.square, columns * columns, 0.0)?;
        for line in [&mut self.values, &mut self.residuals] {
            try_resize(line, columns, 0.0)?;
        }
        Ok(())
    }

    /// Finds the eigenvectors of the `wanted` largest eigenvalues that are orthogonal to `first`, or comes as near to
    /// them as `limit` multiply-adds let it.
    pub fn find(&mut self, graph: &Normalized, first: &[f64], wanted: usize, limit: u64) -> Result<()> {
        let (nodes, m) = (graph.nodes() as u64, self.columns as u64);
        let product = (graph.entries() as u64 + 2 * nodes) * m;
        let rest = 6 * nodes * m * m + product;
        let least = 2 * (rest + DEGREES[0] as u64 * product);
        if least > limit {
            bail!(
                Unsupported,
                "laplacian:{wanted} takes more than {limit} multiplications for a graph of {nodes} nodes and {} \
                 neighbours",
                graph.entries()
            );
        }
        self.draw(graph.nodes(), None, 0);
        self.make_orthogonal(first)?;
        let mut work = 0;
        for _ in 0..ROUNDS {
            self.rotate(graph)?;
            work += rest;
            if self.converged(wanted) {
                break;
            }
            let affordable = limit.saturating_sub(work + rest) / product;
            let bound = self.bound(wanted);
            let degree = filter_degree(bound).min(affordable as f64);
            if degree < DEGREES[0] {
                break;
            }
            self.filter(graph, bound, degree as u64)?;
            work += degree as u64 * product;
            self.make_orthogonal(first)?;
        }
        Ok(())
    }

    /// Copies a vector.
    pub fn vector(&self, column: usize, out: &mut [f64]) {
        out.iter_mut().zip(self.x.chunks_exact(self.columns)).for_each(|(o, row)| *o = row[column]);
    }

    /// Draws all columns, or one.
    fn draw(&mut self, nodes: usize, only: Option<usize>, again: u64) {
        let mut random = stream(again, Purpose::Subspace, nodes as u64, self.columns as u64);
        for row in self.x.chunks_exact_mut(self.columns) {
            let drawn = match only {
                Some(column) => &mut row[column..=column],
                None => row,
            };
            drawn.iter_mut().for_each(|value| *value = uniform(&mut random) - 0.5);
        }
    }

    /// Makes the columns of `x` orthogonal to each other and to `first`, and their lengths 1.
    fn make_orthogonal(&mut self, first: &[f64]) -> Result<()> {
        let mut again = 0;
        self.project(first);
        // A column that is a sum of those before it takes new numbers. More than one for each means that there are
        // no more directions, which cannot be with more nodes than columns.
        for _ in 0..2 {
            while let Err(column) = self.orthonormalize() {
                control::go_on()?;
                again += 1;
                if again > self.columns as u64 {
                    bail!(InvalidGraph, "the vectors of a graph of {} nodes are not independent", first.len());
                }
                self.draw(first.len(), Some(column), again);
                self.project(first);
            }
        }
        control::go_on()
    }

    /// Takes the part along `first` off every column.
    fn project(&mut self, first: &[f64]) {
        let mut parts = [0.0; WIDEST];
        let parts = &mut parts[..self.columns];
        for (row, &q) in self.x.chunks_exact(self.columns).zip(first) {
            add(parts, q, row);
        }
        for (row, &q) in self.x.chunks_exact_mut(self.columns).zip(first) {
            add(row, -q, parts);
        }
    }

    /// Makes the columns orthogonal once; the number of a column that depends on those before it, if there is one.
    fn orthonormalize(&mut self) -> std::result::Result<(), usize> {
        let Self { x, square, columns, .. } = self;
        let m = *columns;
        square.fill(0.0);
        for row in x.chunks_exact(m) {
            for (i, &value) in row.iter().enumerate() {
                add(&mut square[i * m + i..(i + 1) * m], value, &row[i..]);
            }
        }
        cholesky(square, m)?;
        for row in x.chunks_exact_mut(m) {
            for i in 0..m {
                row[i] /= square[i * m + i];
                let value = row[i];
                add(&mut row[i + 1..], -value, &square[i * m + i + 1..(i + 1) * m]);
            }
        }
        Ok(())
    }

    /// Turns `x` to the Ritz vectors, by falling value, and finds their residuals.
    fn rotate(&mut self, graph: &Normalized) -> Result<()> {
        let m = self.columns;
        multiply(graph, &self.x, &mut self.y, m, |sum, _, _| sum);
        control::go_on()?;
        let matrix = self.symmetric.start(m)?;
        for (x, y) in self.x.chunks_exact(m).zip(self.y.chunks_exact(m)) {
            for (i, &value) in x.iter().enumerate() {
                add(&mut matrix[i * m + i..(i + 1) * m], value, &y[i..]);
            }
        }
        (0..m).for_each(|i| (0..i).for_each(|j| matrix[i * m + j] = matrix[j * m + i]));
        self.symmetric.decompose();
        let mut vector = [0.0; WIDEST];
        for place in 0..m {
            self.values[place] = self.symmetric.value(place);
            self.symmetric.vector(place, &mut vector[..m]);
            (0..m).for_each(|i| self.square[i * m + place] = vector[i]);
        }
        self.residuals.fill(0.0);
        let turn = |row: &mut [f64], square: &[f64]| {
            let mut turned = [0.0; WIDEST];
            row.iter().zip(square.chunks_exact(m)).for_each(|(&value, by)| add(&mut turned[..m], value, by));
            row.copy_from_slice(&turned[..m]);
        };
        for (x, y) in self.x.chunks_exact_mut(m).zip(self.y.chunks_exact_mut(m)) {
            turn(x, &self.square);
            turn(y, &self.square);
            for (((residual, &x), &y), &value) in self.residuals.iter_mut().zip(&*x).zip(&*y).zip(&self.values) {
                *residual += (y - value * x) * (y - value * x);
            }
        }
        self.residuals.iter_mut().for_each(|residual| *residual = residual.sqrt());
        control::go_on()
    }

    /// Whether a column is as near to an eigenvector as is asked for.
    fn is_near(&self, column: usize) -> bool {
        self.residuals[column] <= (RELATIVE * (1.0 - self.values[column])).clamp(LEAST, RESIDUAL)
    }

    fn converged(&self, wanted: usize) -> bool {
        (0..wanted).all(|column| self.is_near(column))
    }

    /// What the next filter keeps small ends here: at the last Ritz value, or before what the columns have too much of.
    ///
    /// A vector of eigenvalue 1 with a part `d` of one of eigenvalue `1 - g` has the Ritz value `1 - d^2 g` and the
    /// residual `d g`, which tells `g`. Without this, nothing would be gained once more eigenvalues than columns are
    /// nearly 1, as where a graph has many components.
    fn bound(&self, wanted: usize) -> f64 {
        let last = self.columns - 1;
        let far = |column: usize| 1.0 - self.residuals[column].powi(2) / (1.0 - self.values[column]).max(1e-14);
        let columns = (0..wanted).chain([last]).filter(|&column| !self.is_near(column));
        columns.map(far).fold(self.values[last], f64::min)
    }

    /// Applies the polynomial of a degree that keeps what lies between -1 and `bound` small.
    fn filter(&mut self, graph: &Normalized, bound: f64, degree: u64) -> Result<()> {
        let (centre, half) = interval(bound);
        let m = self.columns;
        multiply(graph, &self.x, &mut self.y, m, |sum, x, _| (sum - centre * x) / half);
        for _ in 1..degree {
            control::go_on()?;
            std::mem::swap(&mut self.x, &mut self.y);
            multiply(graph, &self.x, &mut self.y, m, |sum, x, before| 2.0 * (sum - centre * x) / half - before);
        }
        std::mem::swap(&mut self.x, &mut self.y);
        control::go_on()
    }
}

/// Centre and half width of what a filter keeps small.
fn interval(bound: f64) -> (f64, f64) {
    let bound = bound.clamp(-0.5, 1.0 - 1e-12);
    ((bound - 1.0) / 2.0, (bound + 1.0) / 2.0)
}

fn filter_degree(bound: f64) -> f64 {
    let (centre, half) = interval(bound);
    (GROWTH / libm::acosh((1.0 - centre) / half)).ceil().clamp(DEGREES[0], DEGREES[1])
}

/// Adds a multiple of a row to another.
#[inline(always)]
fn add(to: &mut [f64], by: f64, row: &[f64]) {
    to.iter_mut().zip(row).for_each(|(to, &value)| *to += by * value);
}

/// Writes `f(N x, x, y)` of every value into `y`.
fn multiply(graph: &Normalized, x: &[f64], y: &mut [f64], m: usize, f: impl Fn(f64, f64, f64) -> f64) {
    let scale = graph.scale();
    for (node, out) in control::watched(y.chunks_exact_mut(m).enumerate()) {
        let mut sum = [0.0; WIDEST];
        let sum = &mut sum[..m];
        for &neighbour in graph.neighbours(node) {
            let neighbour = neighbour as usize;
            add(sum, scale[neighbour], &x[neighbour * m..(neighbour + 1) * m]);
        }
        let own = &x[node * m..(node + 1) * m];
        for ((out, &sum), &own) in out.iter_mut().zip(&*sum).zip(own) {
            *out = f(scale[node] * sum, own, *out);
        }
    }
}

/// Writes `R` with `R^T R = A` over the upper half of `A`, `[m, m]`; the number of the first column that depends on
/// those before it, if there is one.
fn cholesky(a: &mut [f64], m: usize) -> std::result::Result<(), usize> {
    let mut whole = [0.0; WIDEST];
    (0..m).for_each(|i| whole[i] = a[i * m + i]);
    for i in 0..m {
        let (done, rest) = a.split_at_mut(i * m);
        let row = &mut rest[i..m];
        for before in done.chunks_exact(m) {
            add(row, -before[i], &before[i..]);
        }
        if row[0].is_nan() || row[0] <= INDEPENDENT * whole[i] {
            return Err(i);
        }
        let root = row[0].sqrt();
        row.iter_mut().for_each(|value| *value /= root);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::MAX_WORK;
    use super::super::normalized::testing::{complete, dense, normalized, path, random_edges, ring};
    use super::*;
    use crate::ErrorKind;
    use crate::ops::runtime::lanes::dot;

    /// The eigenvalues that are found, and the vectors.
    fn found(nodes: usize, edges: &[(usize, usize)], wanted: usize) -> (Vec<f64>, Vec<Vec<f64>>, Normalized) {
        let graph = normalized(nodes, edges);
        let mut first: Vec<f64> = (0..nodes).map(|node| (graph.neighbours(node).len() as f64).sqrt()).collect();
        let length = dot(&first, &first).sqrt().max(1e-300);
        first.iter_mut().for_each(|value| *value /= length);
        let mut subspace = Subspace::default();
        subspace.start(nodes, wanted).unwrap();
        subspace.find(&graph, &first, wanted, MAX_WORK).unwrap();
        assert!(subspace.converged(wanted), "{:?}", subspace.residuals);
        let vector = |column| {
            let mut out = vec![f64::NAN; nodes];
            subspace.vector(column, &mut out);
            assert!(dot(&out, &first).abs() < 1e-9);
            out
        };
        (subspace.values[..wanted].to_vec(), (0..wanted).map(vector).collect(), graph)
    }

    #[test]
    fn the_dense_solver_agrees() {
        let mut islands = random_edges(150, 300, 4);
        islands.extend(random_edges(150, 260, 5).iter().map(|(a, b)| (a + 150, b + 150)));
        let triangles = (0..300).map(|i| (i, i / 3 * 3 + (i + 1) % 3)).collect();
        let cases = [
            (300, triangles, 8),
            (300, random_edges(300, 900, 1), 8),
            (330, random_edges(330, 500, 2), 20),
            (400, path(400), 6),
            (301, ring(301), 5),
            (310, islands, 12),
            (280, complete(280), 4),
            (270, vec![(0, 1), (1, 2), (2, 2)], 3),
            (300, vec![], 2),
            (257, random_edges(257, 700, 3), 64),
        ];
        for (nodes, edges, wanted) in cases {
            let (values, vectors, graph) = found(nodes, &edges, wanted);
            let mut exact = Symmetric::default();
            exact.start(nodes).unwrap().copy_from_slice(&dense(&graph));
            exact.decompose();
            // The first eigenvalue is the one that is left out, unless there are no edges.
            let skipped = usize::from(!edges.is_empty());
            for (place, value) in values.iter().enumerate() {
                let expected = exact.value(place + skipped);
                assert!((value - expected).abs() < 1e-7, "{nodes} nodes, {place}: {value} {expected}");
            }
            let matrix = dense(&graph);
            for (place, vector) in vectors.iter().enumerate() {
                let error = |row: &[f64], x: f64| (dot(row, vector) - values[place] * x).powi(2);
                let residual: f64 = matrix.chunks_exact(nodes).zip(vector).map(|(row, &x)| error(row, x)).sum();
                assert!(residual.sqrt() < 1e-6, "{nodes} nodes, {place}: residual {:e}", residual.sqrt());
                for (other, vector_2) in vectors.iter().enumerate() {
                    let expected = f64::from(u8::from(place == other));
                    assert!((dot(vector, vector_2) - expected).abs() < 1e-10);
                }
            }
        }
    }

    /// A path is the slowest of graphs: its eigenvalues lie near each other. What it has come to is still orthogonal.
    #[test]
    fn iterations_end_at_the_limit() {
        let graph = normalized(5000, &path(5000));
        let residual = |limit: u64| {
            let mut subspace = Subspace::default();
            subspace.start(5000, 4).unwrap();
            subspace.find(&graph, &[0.0; 5000], 4, limit).unwrap();
            let column = |column| {
                let mut out = vec![f64::NAN; 5000];
                subspace.vector(column, &mut out);
                out
            };
            assert!(dot(&column(0), &column(3)).abs() < 1e-12 && (dot(&column(3), &column(3)) - 1.0).abs() < 1e-12);
            (subspace.residuals[3], subspace.converged(4))
        };
        let found = [1 << 25, 1 << 27, 1 << 33].map(residual);
        assert!(!found[0].1 && !found[1].1 && found[2].1);
        assert!(found[0].0 > found[1].0 && found[1].0 > found[2].0, "{found:?}");
    }

    #[test]
    fn graphs_that_take_too_long_are_refused() {
        let mut subspace = Subspace::default();
        subspace.start(1000, 64).unwrap();
        let large = normalized(150_000, &path(150_000));
        let error = subspace.find(&large, &[], 64, MAX_WORK).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(
            error.message(),
            "laplacian:64 takes more than 8589934592 multiplications for a graph of 150000 nodes and 299998 neighbours"
        );
    }
}
