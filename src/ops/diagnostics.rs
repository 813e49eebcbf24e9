//! What an assignment does with the nodes of a graph, so that clusters which collapse are seen.
//!
//! ```text
//! S: [n, k], A: [n, n], A' = S^T A S,   m = sum_ij a_ij = sum of A'
//! clusters in use     clusters that are the (first) largest value of at least one row of S;  from 1 to k
//! effective clusters  exp(-sum_j p_j ln p_j),   p_j = mean over nodes of s_ij;               from 1 to k
//! entropy             mean over nodes of -sum_j s_ij ln s_ij, in nats;                       from 0 to ln k
//! relative entropy    entropy / ln k, and 0 for k = 1;                                       from 0 to 1
//! edges inside        sum_ij a_ij (s_i . s_j) / m = tr A' / m;                               from 0 to 1
//! modularity          tr A' / m - sum_c (row_c / m) (column_c / m);                          from -1/2 to 1
//! ```
//!
//! `row_c` and `column_c` are the sums of row and column `c` of `A'`. Since the rows of `S` sum to 1 they are `S^T`
//! times the degrees, and modularity is that of Newman for undirected and of Leicht and Newman for directed graphs,
//! with soft clusters. An undirected edge is two entries of `A`, a self-loop one. At pooled levels `A` is the matrix
//! that the level before made, with its diagonal. Negative weights may lead out of the ranges.
//!
//! Over several graphs each number is the mean over the graphs, the last two over those where `m` is positive and
//! finite. Where no graph is so (no edges, or weights that cancel) they are 0.

use serde::{Deserialize, Serialize};

use super::runtime::buffer::rows;
use super::runtime::elementary::{exp, ln};
use super::runtime::kernel::wide;
use super::runtime::lanes::largest;
use super::runtime::matrix::Mat;
use super::runtime::real::Real;
use crate::error::Result;
use crate::memory::try_grow;

/// What the assignment of a pooling level does, on average over graphs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterDiagnostics {
    /// Clusters that are the first choice of some node.
    pub clusters_in_use: f64,
    /// Number of clusters of equal size that the mean assignment is spread out like.
    pub effective_clusters: f64,
    /// Mean entropy of the nodes' assignments, in nats.
    pub entropy: f64,
    /// Mean entropy as a share of the largest possible, `ln k`.
    pub relative_entropy: f64,
    /// Share of the edges' weight that lies within clusters.
    pub edges_inside: f64,
    /// How much larger that share is than by chance.
    pub modularity: f64,
}

impl ClusterDiagnostics {
    /// A number by its name; `None` where there is none.
    pub fn number(&self, name: &str) -> Option<f64> {
        match name {
            "clusters_in_use" => Some(self.clusters_in_use),
            "effective_clusters" => Some(self.effective_clusters),
            "entropy" => Some(self.entropy),
            "relative_entropy" => Some(self.relative_entropy),
            "edges_inside" => Some(self.edges_inside),
            "modularity" => Some(self.modularity),
            _ => None,
        }
    }
}

/// Sums over graphs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    graphs: f64,
    in_use: f64,
    effective: f64,
    entropy: f64,
    graphs_with_edges: f64,
    edges_inside: f64,
    modularity: f64,
}

impl Sums {
    /// Adds the sums over other graphs.
    pub fn add(&mut self, other: &Self) {
        self.graphs += other.graphs;
        self.in_use += other.in_use;
        self.effective += other.effective;
        self.entropy += other.entropy;
        self.graphs_with_edges += other.graphs_with_edges;
        self.edges_inside += other.edges_inside;
        self.modularity += other.modularity;
    }

    /// The means, for `k` clusters.
    pub fn means(&self, k: usize) -> ClusterDiagnostics {
        let mean = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
        let entropy = mean(self.entropy, self.graphs);
        ClusterDiagnostics {
            clusters_in_use: mean(self.in_use, self.graphs),
            effective_clusters: mean(self.effective, self.graphs),
            entropy,
            relative_entropy: if k > 1 { entropy / ln(k as f64) } else { 0.0 },
            edges_inside: mean(self.edges_inside, self.graphs_with_edges),
            modularity: mean(self.modularity, self.graphs_with_edges),
        }
    }
}

/// Scratch, grown by [`Scratch::reserve`] and reused.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    sums: Vec<f64>,
    in_use: Vec<bool>,
}

impl Scratch {
    /// Makes room for `k` clusters.
    pub fn reserve(&mut self, k: usize) -> Result<()> {
        try_grow(&mut self.sums, k, 0.0)?;
        try_grow(&mut self.in_use, k, false)
    }
}

/// Sums over stacked graphs with the pooled adjacencies `pooled [b, k, k]`. `entropy` is the sum over the graphs of
/// their mean entropy, which is known from the losses.
pub fn forward<T: Real>(offsets: &[usize], s: Mat<'_, T>, pooled: &[T], entropy: f64, scratch: &mut Scratch) -> Sums {
    let k = s.ncols();
    let mut sums = Sums { entropy, ..Sums::default() };
    for (nodes, pooled) in offsets.windows(2).zip(pooled.chunks_exact(k * k)) {
        let s = s.slice(ndarray::s![nodes[0]..nodes[1], ..]);
        let (in_use, effective) = clusters(s, &mut scratch.sums[..k], &mut scratch.in_use[..k]);
        sums.graphs += 1.0;
        sums.in_use += in_use;
        sums.effective += effective;
        if let Some((inside, modularity)) = edges(pooled, &mut scratch.sums[..k]) {
            sums.graphs_with_edges += 1.0;
            sums.edges_inside += inside;
            sums.modularity += modularity;
        }
    }
    sums
}

/// Clusters in use and effective clusters of one graph.
fn clusters<T: Real>(s: Mat<'_, T>, shares: &mut [f64], in_use: &mut [bool]) -> (f64, f64) {
    wide(|| {
        shares.fill(0.0);
        in_use.fill(false);
        for row in rows(&s) {
            shares.iter_mut().zip(row).for_each(|(share, &v)| *share += v.f64());
            let most = largest(row);
            if let Some(first) = row.iter().position(|&v| v == most) {
                in_use[first] = true;
            }
        }
    });
    let n = s.nrows() as f64;
    let term = |&share: &f64| if share > 0.0 { -share / n * ln(share / n) } else { 0.0 };
    let spread: f64 = shares.iter().map(term).sum();
    (in_use.iter().filter(|&&used| used).count() as f64, exp(spread))
}

/// Share of the edges inside clusters, and modularity, where there are edges.
fn edges<T: Real>(pooled: &[T], columns: &mut [f64]) -> Option<(f64, f64)> {
    let k = columns.len();
    wide(|| {
        columns.fill(0.0);
        for row in pooled.chunks_exact(k) {
            columns.iter_mut().zip(row).for_each(|(sum, &v)| *sum += v.f64());
        }
    });
    let m: f64 = columns.iter().sum();
    if m <= 0.0 || !m.is_finite() {
        return None;
    }
    let (mut inside, mut by_chance) = (0.0, 0.0);
    wide(|| {
        for (c, (row, column)) in pooled.chunks_exact(k).zip(columns).enumerate() {
            inside += row[c].f64();
            by_chance += (sum(row) / m) * (*column / m);
        }
    });
    Some((inside / m, inside / m - by_chance))
}

/// Parts that long chains of sums are cut into: one chain would wait for every single one of them.
const LANES: usize = 8;

#[inline(always)]
fn sum<T: Real>(row: &[T]) -> f64 {
    let mut lanes = [0.0; LANES];
    let blocks = row.chunks_exact(LANES);
    let rest: f64 = blocks.remainder().iter().map(|v| v.f64()).sum();
    blocks.for_each(|block| lanes.iter_mut().zip(block).for_each(|(sum, v)| *sum += v.f64()));
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array, s};

    use super::*;
    use crate::ops::testing::random_matrix;
    use crate::ops::{entropy_loss, softmax};

    fn find(a: &Array2<f64>, s: &Array2<f64>) -> ClusterDiagnostics {
        let pooled = s.t().dot(a).dot(s);
        let entropy = entropy_loss::forward(s.view()) / s.nrows() as f64;
        let mut scratch = Scratch::default();
        scratch.reserve(s.ncols()).unwrap();
        let pooled = pooled.as_standard_layout();
        forward(&[0, s.nrows()], s.view(), pooled.as_slice().unwrap(), entropy, &mut scratch).means(s.ncols())
    }

    /// By the definitions over nodes.
    fn naive(a: &Array2<f64>, s: &Array2<f64>) -> ClusterDiagnostics {
        let (n, k) = s.dim();
        let m = a.sum();
        let (out, into) = (a.sum_axis(ndarray::Axis(1)), a.sum_axis(ndarray::Axis(0)));
        let (mut inside, mut modularity) = (0.0, 0.0);
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let together = s.row(i).dot(&s.row(j));
            inside += a[[i, j]] * together / m;
            modularity += (a[[i, j]] - out[i] * into[j] / m) * together / m;
        }
        let first = |i: usize| (0..k).find(|&j| (0..k).all(|l| s[[i, j]] >= s[[i, l]])).unwrap();
        let in_use: std::collections::BTreeSet<usize> = (0..n).map(first).collect();
        let entropy = -s.mapv(|p| if p > 0.0 { p * p.ln() } else { 0.0 }).sum() / n as f64;
        let mean = s.mean_axis(ndarray::Axis(0)).unwrap();
        ClusterDiagnostics {
            clusters_in_use: in_use.len() as f64,
            effective_clusters: (-mean.mapv(|p| if p > 0.0 { p * p.ln() } else { 0.0 }).sum()).exp(),
            entropy,
            relative_entropy: if k > 1 { entropy / ln(k as f64) } else { 0.0 },
            edges_inside: inside,
            modularity,
        }
    }

    fn close(a: ClusterDiagnostics, b: ClusterDiagnostics) {
        let list = |d: ClusterDiagnostics| {
            [d.clusters_in_use, d.effective_clusters, d.entropy, d.relative_entropy, d.edges_inside, d.modularity]
        };
        assert!(list(a).iter().zip(list(b)).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
    }

    #[test]
    fn equal_to_the_definitions() {
        for (seed, (n, k)) in [(1, 1), (5, 3), (7, 1), (4, 9), (12, 4)].into_iter().enumerate() {
            let mut s = 3.0 * random_matrix(n, k, seed as u64);
            softmax::forward(0.5, &mut s.view_mut());
            let directed = random_matrix(n, n, 10 + seed as u64).mapv(|v| if v > 0.0 { v } else { 0.0 });
            let undirected = &directed + &directed.t();
            for a in [directed, undirected] {
                if a.sum() > 0.0 {
                    close(find(&a, &s), naive(&a, &s));
                }
            }
        }
    }

    #[test]
    fn values_worked_out_by_hand() {
        // Two pairs of nodes with an edge each, and a cluster for each pair; a third one stays empty.
        let a = array![[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]];
        let sharp = array![[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]];
        let expected = ClusterDiagnostics {
            clusters_in_use: 2.0,
            effective_clusters: 2.0,
            entropy: 0.0,
            relative_entropy: 0.0,
            edges_inside: 1.0,
            modularity: 0.5,
        };
        close(find(&a, &sharp), expected);
        // All in one cluster.
        let collapsed = Array2::from_shape_fn((4, 3), |(_, j)| f64::from(j == 1));
        let one = ClusterDiagnostics { clusters_in_use: 1.0, effective_clusters: 1.0, modularity: 0.0, ..expected };
        close(find(&a, &collapsed), one);
        // Undecided: all clusters alike, though only the first is ever the choice.
        let ln_3 = 3f64.ln();
        let even = ClusterDiagnostics {
            clusters_in_use: 1.0,
            effective_clusters: 3.0,
            entropy: ln_3,
            relative_entropy: 1.0,
            edges_inside: 1.0 / 3.0,
            modularity: 0.0,
        };
        close(find(&a, &Array2::from_elem((4, 3), 1.0 / 3.0)), even);
    }

    #[test]
    fn without_edges_there_is_a_number() {
        let s = array![[0.9, 0.1], [0.2, 0.8]];
        let cancelling = array![[0.0, 1.0], [-1.0, 0.0]];
        for a in [Array2::zeros((2, 2)), cancelling, Array2::from_elem((2, 2), f64::INFINITY)] {
            let found = find(&a, &s);
            assert_eq!((found.edges_inside, found.modularity), (0.0, 0.0));
            assert_eq!(found.clusters_in_use, 2.0);
        }
        assert_eq!(Sums::default().means(3), ClusterDiagnostics::default());
    }

    #[test]
    fn several_graphs_have_the_mean_of_theirs() {
        let mut s = random_matrix(6, 2, 1);
        softmax::forward(1.0, &mut s.view_mut());
        let pooled = [1.0, 2.0, 0.5, 3.0, 0.0, 0.0, 0.0, 0.0];
        let mut scratch = Scratch::default();
        scratch.reserve(2).unwrap();
        let both = forward(&[0, 2, 6], s.view(), &pooled, 0.75, &mut scratch).means(2);
        let first = forward(&[0, 2], s.slice(s![..2, ..]), &pooled[..4], 0.5, &mut scratch);
        let second = forward(&[0, 4], s.slice(s![2.., ..]), &pooled[4..], 0.25, &mut scratch);
        let mut sum = first;
        sum.add(&second);
        assert_eq!(sum.means(2), both);
        assert_eq!(
            both.effective_clusters,
            (first.means(2).effective_clusters + second.means(2).effective_clusters) / 2.0
        );
        // The second graph has no edges.
        assert_eq!(both.modularity, first.means(2).modularity);
    }
}
