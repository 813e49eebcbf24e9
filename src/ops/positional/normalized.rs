//! The symmetrically normalised adjacency of an undirected graph, without weights.
//!
//! ```text
//! N = D^-1/2 A D^-1/2        a_ij = 1 where an edge joins i and j, i = j included; d_i = sum_j a_ij
//! ```
//!
//! Edges of several labels between two nodes count once. A node without neighbours has a row of zeros.

use crate::error::Result;
use crate::graph::GraphRef;
use crate::memory::{reserve, try_resize};

/// The matrix `N` of a graph. Its memory only grows.
#[derive(Debug, Clone, Default)]
pub struct Normalized {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    /// `d_i^-1/2`, or 0.
    scale: Vec<f64>,
}

impl Normalized {
    /// Makes room for graphs of up to so many nodes and stored edges.
    pub fn reserve(&mut self, nodes: usize, entries: usize) -> Result<()> {
        self.indptr.clear();
        self.indices.clear();
        reserve(&mut self.indptr, nodes + 1)?;
        reserve(&mut self.indices, entries)?;
        try_resize(&mut self.scale, nodes, 0.0)
    }

    /// Takes a graph.
    pub fn set(&mut self, graph: GraphRef<'_>) -> Result<()> {
        debug_assert!(!graph.is_directed());
        self.reserve(graph.nodes(), graph.entries())?;
        self.indptr.push(0);
        for (node, scale) in self.scale.iter_mut().enumerate() {
            let begin = self.indices.len();
            self.indices.extend(graph.neighbours(node).chunk_by(|a, b| a == b).map(|same| same[0]));
            let degree = self.indices.len() - begin;
            *scale = if degree == 0 { 0.0 } else { 1.0 / (degree as f64).sqrt() };
            self.indptr.push(self.indices.len());
        }
        Ok(())
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.scale.len()
    }

    /// Number of entries that are not 0.
    pub fn entries(&self) -> usize {
        self.indices.len()
    }

    /// The columns of a row's entries, rising.
    #[inline(always)]
    pub fn neighbours(&self, node: usize) -> &[u32] {
        &self.indices[self.indptr[node]..self.indptr[node + 1]]
    }

    /// The scale of every node: entry `i, j` is the product of the scales of `i` and `j`.
    #[inline(always)]
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }
}

#[cfg(test)]
pub mod testing {
    //! Graphs for the tests of positional features.

    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    /// The matrix of a graph of so many nodes and these edges.
    pub fn normalized(nodes: usize, edges: &[(usize, usize)]) -> Normalized {
        let ends = |pick: fn(&(usize, usize)) -> usize| edges.iter().map(|edge| pick(edge) as i32).collect::<Vec<_>>();
        let (from, to) = (ends(|edge| edge.0), ends(|edge| edge.1));
        let input = GraphInput::new(nodes, EdgeInput::List { from: &from, to: &to });
        let mut result = Normalized::default();
        result.set(GraphBuilder::new().build(&input, GraphRules::default()).unwrap()).unwrap();
        result
    }

    /// Edges of a random graph.
    pub fn random_edges(nodes: usize, edges: usize, seed: u64) -> Vec<(usize, usize)> {
        let mut state = seed;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        (0..edges).map(|_| (below(nodes), below(nodes))).collect()
    }

    /// A path through all nodes.
    pub fn path(nodes: usize) -> Vec<(usize, usize)> {
        (1..nodes).map(|node| (node - 1, node)).collect()
    }

    /// A ring of all nodes.
    pub fn ring(nodes: usize) -> Vec<(usize, usize)> {
        (0..nodes).map(|node| (node, (node + 1) % nodes)).collect()
    }

    /// Every pair of nodes.
    pub fn complete(nodes: usize) -> Vec<(usize, usize)> {
        (0..nodes).flat_map(|a| (a + 1..nodes).map(move |b| (a, b))).collect()
    }

    /// The dense matrix, row-major.
    pub fn dense(matrix: &Normalized) -> Vec<f64> {
        let nodes = matrix.nodes();
        let mut all = vec![0.0; nodes * nodes];
        for node in 0..nodes {
            for &other in matrix.neighbours(node) {
                all[node * nodes + other as usize] = matrix.scale()[node] * matrix.scale()[other as usize];
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{dense, normalized};
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    #[test]
    fn a_self_loop_is_a_neighbour_and_an_edge_counts_once() {
        let root = 1.0 / 2f64.sqrt();
        let found = dense(&normalized(3, &[(0, 1), (0, 0)]));
        for (found, expected) in found.iter().zip([0.5, root, 0.0, root, 0.0, 0.0, 0.0, 0.0, 0.0]) {
            assert!((found - expected).abs() < 1e-15);
        }
        let edges = EdgeInput::List { from: &[0, 0, 1], to: &[1, 1, 2] };
        let weights = [2.0, 3.0, 4.0];
        let input =
            GraphInput { edge_labels: Some(&[1, 2, 1]), edge_weight: Some(&weights), ..GraphInput::new(3, edges) };
        let rules = GraphRules { edge_labels: true, ..GraphRules::default() };
        let mut builder = GraphBuilder::new();
        let mut parallel = super::Normalized::default();
        parallel.set(builder.build(&input, rules).unwrap()).unwrap();
        assert_eq!(dense(&parallel), dense(&normalized(3, &[(0, 1), (1, 2)])));
    }
}
