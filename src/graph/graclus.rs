//! Clusters of a graph by repeated heavy-edge matching, in the manner of Graclus (Dhillon, Guan and Kulis, 2007).
//!
//! ```text
//! weight   w_ij = |A_ij| + |A_ji| between two clusters, summed over their nodes
//! volume   d_i  = sum_j |A_ij| + |A_ji| of a cluster, self-loops and edges within it included
//! score    w_ij (1 / d_i + 1 / d_j)                     what the normalised cut loses by joining i and j
//! ```
//!
//! A round walks through the pairs of joined clusters by falling score, equal ones by rising numbers, and merges every
//! pair of which neither has been merged in this round. Where that merges fewer pairs than an eighth of the clusters
//! with an edge, as around a hub, clusters that are left over are merged as well: two at a time of those whose pair of
//! the highest score was with the same neighbour, by rising numbers. Rounds follow until no more clusters are left than
//! asked for, and a round ends as soon as it gets there. Once no edge joins two clusters, the two clusters of the
//! fewest nodes are merged, again and again, of equal ones those of the lowest numbers.
//!
//! Clusters are numbered by their first node. Every choice is by number in the end, so that other numbers of the nodes
//! may give other clusters.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::view::GraphRef;
use crate::error::Result;
use crate::memory::{reserve, try_resize};

/// Stands for no cluster.
pub const NO_CLUSTER: u32 = u32::MAX;

/// Clusters `a < b` that edges of weight `w` join.
#[derive(Debug, Clone, Copy)]
struct Edge {
    a: u32,
    b: u32,
    w: f64,
}

/// Memory that is used from one clustering to the next.
#[derive(Debug, Clone, Default)]
pub struct GraclusScratch {
    edges: Vec<Edge>,
    volume: Vec<f64>,
    /// Nodes of every cluster.
    size: Vec<u32>,
    /// The cluster that each is merged with in a round, or its own.
    mate: Vec<u32>,
    /// The neighbour in the pair of the highest score.
    best: Vec<u32>,
    /// By neighbour, a cluster that waits for another one to merge with.
    waiting: Vec<u32>,
    /// Number of every cluster after a round.
    number: Vec<u32>,
    smallest: Vec<Reverse<(u32, u32)>>,
}

/// Clusters the nodes of `graph` into at most `counts[0]` clusters, these into at most `counts[1]`, and so on.
///
/// Writes level after level into `out`: for each of the `n` nodes its cluster, then for each of `counts[0]` clusters
/// that of the next level, and so on. Where a level has fewer nodes than clusters, clusters stay without nodes;
/// [`NO_CLUSTER`] is theirs in the next level.
pub fn graclus(graph: GraphRef<'_>, counts: &[usize], scratch: &mut GraclusScratch, out: &mut Vec<u32>) -> Result<()> {
    out.clear();
    scratch.start(graph)?;
    let mut rows = graph.nodes();
    for &count in counts {
        let begin = out.len();
        let clusters = scratch.size.len();
        reserve(out, rows)?;
        out.extend(0..clusters as u32);
        while scratch.size.len() > count {
            scratch.round(count)?;
            out[begin..].iter_mut().for_each(|cluster| *cluster = scratch.number[*cluster as usize]);
        }
        out.resize(begin + rows, NO_CLUSTER);
        rows = count;
    }
    Ok(())
}

impl GraclusScratch {
    /// Every node is a cluster.
    fn start(&mut self, graph: GraphRef<'_>) -> Result<()> {
        let nodes = graph.nodes();
        self.edges.clear();
        reserve(&mut self.edges, graph.entries())?;
        self.volume.clear();
        try_resize(&mut self.volume, nodes, 0.0)?;
        self.size.clear();
        try_resize(&mut self.size, nodes, 1)?;
        for row in 0..nodes {
            for e in graph.indptr()[row] as usize..graph.indptr()[row + 1] as usize {
                let (row, column) = (row as u32, graph.indices()[e]);
                let w = graph.edge_weight().map_or(1.0, |weights| f64::from(weights[e]).abs());
                self.volume[row as usize] += w;
                self.volume[column as usize] += w;
                if w > 0.0 && row != column {
                    self.edges.push(Edge { a: row.min(column), b: row.max(column), w });
                }
            }
        }
        self.merge_edges();
        Ok(())
    }

    /// Sums the weights of the edges between the same clusters.
    fn merge_edges(&mut self) {
        self.edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
        self.edges.dedup_by(|next, first| {
            let same = (next.a, next.b) == (first.a, first.b);
            if same {
                first.w += next.w;
            }
            same
        });
    }

    /// One round, which leaves at least `count` clusters; `number` says what became of each.
    fn round(&mut self, count: usize) -> Result<()> {
        let clusters = self.size.len();
        self.number.clear();
        try_resize(&mut self.number, clusters, 0)?;
        self.mate.clear();
        reserve(&mut self.mate, clusters)?;
        self.mate.extend(0..clusters as u32);
        if self.edges.is_empty() {
            self.merge_smallest(count)?;
        } else {
            self.match_edges(clusters - count)?;
        }
        self.contract();
        Ok(())
    }

    /// Merges up to `most` pairs of joined clusters.
    fn match_edges(&mut self, most: usize) -> Result<()> {
        let Self { edges, volume, mate, best, waiting, .. } = self;
        let clusters = mate.len();
        for places in [&mut *best, &mut *waiting] {
            places.clear();
            try_resize(places, clusters, NO_CLUSTER)?;
        }
        let score = |e: &Edge| e.w * (1.0 / volume[e.a as usize] + 1.0 / volume[e.b as usize]);
        edges.sort_unstable_by(|x, y| score(y).total_cmp(&score(x)).then((x.a, x.b).cmp(&(y.a, y.b))));
        let (mut pairs, mut joined) = (0, 0);
        for &Edge { a, b, .. } in edges.iter() {
            for (from, to) in [(a, b), (b, a)] {
                if best[from as usize] == NO_CLUSTER {
                    best[from as usize] = to;
                    joined += 1;
                }
            }
            if pairs < most && mate[a as usize] == a && mate[b as usize] == b {
                (mate[a as usize], mate[b as usize]) = (b, a);
                pairs += 1;
            }
        }
        if 8 * pairs >= joined {
            return Ok(());
        }
        for cluster in 0..clusters as u32 {
            let near = best[cluster as usize];
            if pairs == most || mate[cluster as usize] != cluster || near == NO_CLUSTER {
                continue;
            }
            let other = std::mem::replace(&mut waiting[near as usize], cluster);
            if other != NO_CLUSTER {
                waiting[near as usize] = NO_CLUSTER;
                (mate[cluster as usize], mate[other as usize]) = (other, cluster);
                pairs += 1;
            }
        }
        Ok(())
    }

    /// Merges the smallest clusters until there are `count`: the mate of each is one of a lower number, or its own.
    fn merge_smallest(&mut self, count: usize) -> Result<()> {
        let mut list = std::mem::take(&mut self.smallest);
        list.clear();
        reserve(&mut list, self.size.len())?;
        list.extend(self.size.iter().zip(0..).map(|(&size, cluster)| Reverse((size, cluster))));
        let mut heap = BinaryHeap::from(list);
        while heap.len() > count {
            let (Some(Reverse((size, x))), Some(Reverse((more, y)))) = (heap.pop(), heap.pop()) else { break };
            self.mate[x.max(y) as usize] = x.min(y);
            heap.push(Reverse((size + more, x.min(y))));
        }
        self.smallest = heap.into_vec();
        Ok(())
    }

    /// Numbers the clusters of a round anew, and joins volumes, sizes and edges of those that were merged.
    fn contract(&mut self) {
        let Self { edges, volume, size, mate, number, .. } = self;
        let mut next = 0;
        for cluster in 0..mate.len() {
            let other = mate[cluster] as usize;
            if other < cluster {
                let into = number[other];
                number[cluster] = into;
                volume[into as usize] += volume[cluster];
                size[into as usize] += size[cluster];
            } else {
                number[cluster] = next;
                volume[next as usize] = volume[cluster];
                size[next as usize] = size[cluster];
                next += 1;
            }
        }
        volume.truncate(next as usize);
        size.truncate(next as usize);
        edges.retain_mut(|edge| {
            let (a, b) = (number[edge.a as usize], number[edge.b as usize]);
            (edge.a, edge.b) = (a.min(b), a.max(b));
            a != b
        });
        self.merge_edges();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    fn clusters(nodes: usize, edges: &[(i32, i32, f32)], counts: &[usize]) -> Vec<u32> {
        let (sources, targets): (Vec<i32>, Vec<i32>) = edges.iter().map(|e| (e.0, e.1)).unzip();
        let weights: Vec<f32> = edges.iter().map(|e| e.2).collect();
        let list = EdgeInput::List { from: &sources, to: &targets };
        let input = GraphInput { edge_weight: Some(&weights), ..GraphInput::new(nodes, list) };
        let (mut builder, mut out) = (GraphBuilder::new(), Vec::new());
        let graph = builder.build(&input, GraphRules::default()).unwrap();
        graclus(graph, counts, &mut GraclusScratch::default(), &mut out).unwrap();
        out
    }

    #[test]
    fn small_graphs_are_right() {
        let path = |weights: [f32; 3]| [(0, 1, weights[0]), (1, 2, weights[1]), (2, 3, weights[2])];
        // The outer nodes have but one edge, so that theirs score higher than the one between.
        assert_eq!(clusters(4, &path([1.0; 3]), &[2]), [0, 0, 1, 1]);
        assert_eq!(clusters(4, &path([1.0; 3]), &[3]), [0, 0, 1, 2]);
        assert_eq!(clusters(4, &path([1.0, 9.0, 1.0]), &[3]), [0, 1, 1, 2]);
        assert_eq!(clusters(4, &path([1.0, -9.0, 1.0]), &[3]), [0, 1, 1, 2]);
        // Two more levels go on from the clusters of the first.
        assert_eq!(clusters(4, &path([1.0; 3]), &[3, 2, 1]), [0, 0, 1, 2, 0, 1, 1, 0, 0]);
        // A graph of fewer nodes than clusters leaves the rest without nodes.
        assert_eq!(clusters(2, &[(0, 1, 1.0)], &[4, 3, 1]), [0, 1, 0, 1, NO_CLUSTER, NO_CLUSTER, 0, 0, NO_CLUSTER]);
        assert_eq!(clusters(1, &[(0, 0, 1.0)], &[1]), [0]);
    }

    #[test]
    fn what_no_edge_joins_is_merged_by_size() {
        // An edge, a triangle of three, three alone. Merged: {3}, {4}; then {5}, {0, 1}; then {3, 4}, {0, 1, 5}.
        let edges = [(0, 1, 1.0), (2, 6, 1.0), (2, 7, 1.0), (6, 7, 1.0)];
        assert_eq!(clusters(8, &edges, &[5]), [0, 0, 1, 2, 3, 4, 1, 1]);
        assert_eq!(clusters(8, &edges, &[4]), [0, 0, 1, 2, 2, 3, 1, 1]);
        assert_eq!(clusters(8, &edges, &[3]), [0, 0, 1, 2, 2, 0, 1, 1]);
        assert_eq!(clusters(8, &edges, &[2]), [0, 0, 1, 0, 0, 0, 1, 1]);
        assert_eq!(clusters(5, &[], &[2]), [0, 0, 1, 1, 0]);
    }

    #[test]
    fn hubs_do_not_make_it_slow() {
        let star: Vec<(i32, i32, f32)> = (1..20_000).map(|leaf| (0, leaf, 1.0)).collect();
        let out = clusters(20_000, &star, &[100, 7]);
        let largest = |list: &[u32]| *list.iter().max().unwrap();
        assert_eq!((largest(&out[..20_000]), largest(&out[20_000..])), (99, 6));
    }

    /// Always exactly as many clusters as asked for, where there are so many nodes; and the same twice.
    #[test]
    fn random_graphs_have_as_many_clusters_as_asked() {
        let mut state = 1u32;
        let mut below = |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) % limit) as i32
        };
        for _ in 0..300 {
            let nodes = 1 + below(40);
            let edges: Vec<(i32, i32, f32)> = (0..below(80))
                .map(|_| (below(nodes as u32), below(nodes as u32), below(4) as f32))
                .map(|(a, b, w)| (a.min(b), a.max(b), w))
                .collect();
            let counts = [1 + below(20) as usize, 1 + below(9) as usize];
            let out = clusters(nodes as usize, &edges, &counts);
            assert_eq!(out, clusters(nodes as usize, &edges, &counts));
            let (first, second) = out.split_at(nodes as usize);
            let check = |list: &[u32], count: usize| {
                let mut used: Vec<u32> = list.iter().copied().filter(|&c| c != NO_CLUSTER).collect();
                let nodes = used.len();
                used.sort_unstable();
                used.dedup();
                assert!(used.iter().copied().eq(0..nodes.min(count) as u32), "{list:?} of {count}");
                nodes.min(count)
            };
            let used = check(first, counts[0]);
            assert!(second[used..].iter().all(|&c| c == NO_CLUSTER));
            assert_eq!(second.len(), counts[0]);
            check(second, counts[1]);
        }
    }
}
