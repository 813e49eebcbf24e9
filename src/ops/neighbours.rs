//! The rows of an adjacency, read the same way where it is sparse and where it is dense.

use super::runtime::real::Real;
use super::spmm::Csr;

/// An adjacency over stacked graphs: one block-diagonal sparse matrix, or a dense `k x k` matrix a graph.
#[derive(Debug, Clone, Copy)]
pub enum Neighbours<'a, T> {
    /// The sparse matrix.
    Sparse(Csr<'a, T>),
    /// Nodes of every graph, and the matrices `[b, k, k]`.
    Dense(usize, &'a [T]),
}

/// One row: entries `(j, a_ij)` with `j` counted over all graphs.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a, T> {
    indices: Option<&'a [u32]>,
    values: Option<&'a [T]>,
    /// Column of the first entry of a dense row.
    first: usize,
    /// Where the entries of the row begin among those of all rows.
    pub begin: usize,
    /// Number of entries.
    pub len: usize,
}

impl<'a, T: Real> Neighbours<'a, T> {
    /// Number of rows.
    pub fn nodes(&self) -> usize {
        match *self {
            Self::Sparse(a) => a.indptr.len().saturating_sub(1),
            Self::Dense(k, a) => a.len() / k,
        }
    }

    /// Number of entries of all rows.
    pub fn entries(&self) -> usize {
        match *self {
            Self::Sparse(a) => a.indices.len(),
            Self::Dense(_, a) => a.len(),
        }
    }

    /// The entries of row `i`.
    #[inline(always)]
    pub fn row(&self, i: usize) -> Row<'a, T> {
        match *self {
            Self::Sparse(a) => {
                let range = a.indptr[i] as usize..a.indptr[i + 1] as usize;
                let (begin, len) = (range.start, range.len());
                let values = a.values.map(|values| &values[range.clone()]);
                Row { indices: Some(&a.indices[range]), values, first: 0, begin, len }
            }
            Self::Dense(k, a) => {
                let begin = i * k;
                Row { indices: None, values: Some(&a[begin..begin + k]), first: i / k * k, begin, len: k }
            }
        }
    }
}

impl<T: Real> Row<'_, T> {
    /// Column and value of entry `e` of the row.
    #[inline(always)]
    pub fn at(&self, e: usize) -> (usize, T) {
        let j = self.indices.map_or(self.first + e, |indices| indices[e] as usize);
        (j, self.values.map_or(T::one(), |values| values[e]))
    }
}

/// The graphs that the ops on rows are tested with.
#[cfg(test)]
pub mod examples {
    use super::*;
    use crate::ops::testing::random_values;

    /// Nodes of [`sparse`].
    pub const NODES: usize = 6;
    const INDPTR: [u32; 7] = [0, 2, 5, 5, 8, 9, 12];
    const INDICES: [u32; 12] = [1, 3, 0, 1, 3, 0, 1, 2, 4, 0, 3, 5];

    /// A directed graph with self-loops and a node without entries.
    pub fn sparse(values: Option<&[f64]>) -> Neighbours<'_, f64> {
        Neighbours::Sparse(Csr { indptr: &INDPTR, indices: &INDICES, values })
    }

    /// Weights of the graph, of both signs.
    pub fn weights() -> Vec<f64> {
        random_values(INDICES.len(), 91).iter().map(|v| v + 0.3).collect()
    }

    /// The graph as one dense matrix of these weights.
    pub fn dense(weights: &[f64]) -> Vec<f64> {
        let mut a = vec![0.0; NODES * NODES];
        for i in 0..NODES {
            for e in INDPTR[i] as usize..INDPTR[i + 1] as usize {
                a[i * NODES + INDICES[e] as usize] = weights[e];
            }
        }
        a
    }
}
