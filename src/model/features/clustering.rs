//! The local clustering coefficient.
//!
//! For a node with `d` neighbours, itself not counted, it is the share of the `d (d - 1) / 2` pairs of neighbours that
//! are joined by an edge, and 0 where `d < 2`. Weights, self-loops and how many edges join a pair play no part.

use crate::graph::GraphRef;

/// Writes the local clustering coefficient of every node of an undirected graph, in their order, into `out`.
///
/// Takes, for every edge, time linear in the shorter of the two neighbour lists, times the logarithm of the longer one
/// where they differ much.
pub(super) fn clustering_coefficients<'a>(graph: GraphRef<'_>, out: impl Iterator<Item = &'a mut f32>) {
    debug_assert!(!graph.is_directed());
    for (node, coefficient) in out.take(graph.nodes()).enumerate() {
        let row = graph.neighbours(node);
        let parallel = |pair: &&[u32]| pair[0] == pair[1];
        let distinct = row.len() - row.windows(2).filter(parallel).count();
        let degree = distinct - usize::from(row.binary_search(&(node as u32)).is_ok());
        // Every joined pair is met from both of its ends.
        let joined: usize = row
            .chunk_by(|a, b| a == b)
            .map(|same| same[0])
            .filter(|&neighbour| neighbour as usize != node)
            .map(|neighbour| common(row, graph.neighbours(neighbour as usize), [node as u32, neighbour]))
            .sum();
        let pairs = degree as f64 * (degree as f64 - 1.0);
        *coefficient = if degree < 2 { 0.0 } else { (joined as f64 / pairs) as f32 };
    }
}

/// How many numbers two sorted rows share, each counted once, without those in `except`.
fn common(a: &[u32], b: &[u32], except: [u32; 2]) -> usize {
    let (short, mut long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // A hub's row is not walked once for every node around it.
    let search = long.len() / 8 > short.len();
    let mut shared = 0;
    for number in short.chunk_by(|a, b| a == b).map(|same| &same[0]) {
        let skip = match search {
            true => long.partition_point(|other| other < number),
            false => long.iter().take_while(|other| *other < number).count(),
        };
        long = &long[skip..];
        shared += usize::from(long.first() == Some(number) && !except.contains(number));
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    fn coefficients(nodes: usize, edges: &[(i32, i32)]) -> Vec<f32> {
        let (sources, targets): (Vec<i32>, Vec<i32>) = edges.iter().copied().unzip();
        let edges = EdgeInput::List { from: &sources, to: &targets };
        let input = GraphInput::new(nodes, edges);
        let mut builder = GraphBuilder::new();
        let mut out = vec![f32::NAN; nodes];
        clustering_coefficients(builder.build(&input, GraphRules::default()).unwrap(), out.iter_mut());
        out
    }

    /// Looks at every pair of neighbours in the dense adjacency matrix.
    fn naive(nodes: usize, edges: &[(i32, i32)]) -> Vec<f32> {
        let joined = |a: usize, b: usize| {
            a != b && edges.iter().any(|&(s, t)| [(a, b), (b, a)].contains(&(s as usize, t as usize)))
        };
        let coefficient = |node: usize| {
            let near: Vec<usize> = (0..nodes).filter(|&other| joined(node, other)).collect();
            let pairs = near.iter().flat_map(|&a| near.iter().map(move |&b| (a, b))).filter(|(a, b)| a < b);
            let (all, closed) = pairs.fold((0, 0), |(all, closed), (a, b)| (all + 1, closed + i32::from(joined(a, b))));
            if all == 0 { 0.0 } else { closed as f32 / all as f32 }
        };
        (0..nodes).map(coefficient).collect()
    }

    #[test]
    fn small_graphs_are_right() {
        assert_eq!(coefficients(3, &[(0, 1), (1, 2), (2, 0)]), [1.0, 1.0, 1.0]);
        assert_eq!(coefficients(4, &[(0, 1), (1, 2), (2, 0), (0, 3), (0, 0)]), [1.0 / 3.0, 1.0, 1.0, 0.0]);
        assert_eq!(coefficients(2, &[(0, 0)]), [0.0, 0.0]);
    }

    #[test]
    fn parallel_edges_count_once() {
        let edges = EdgeInput::List { from: &[0, 0, 1, 1, 2, 0], to: &[1, 1, 2, 2, 0, 3] };
        let input = GraphInput { edge_labels: Some(&[1, 2, 1, 2, 5, 1]), ..GraphInput::new(4, edges) };
        let rules = GraphRules { edge_labels: true, ..GraphRules::default() };
        let mut builder = GraphBuilder::new();
        let mut out = [f32::NAN; 4];
        clustering_coefficients(builder.build(&input, rules).unwrap(), out.iter_mut());
        assert_eq!(out, [1.0 / 3.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn random_graphs_agree_with_the_dense_count() {
        let mut state = 1u32;
        let mut below = |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) % limit) as i32
        };
        for (nodes, edges) in [(10, 20), (30, 200), (40, 60)] {
            // Node 0 is a hub, so that both ways of intersecting are taken.
            let mut list: Vec<(i32, i32)> = (1..nodes as i32).map(|node| (0, node)).collect();
            list.extend((0..edges).map(|_| (below(nodes), below(nodes))));
            assert_eq!(coefficients(nodes as usize, &list), naive(nodes as usize, &list));
        }
    }
}
