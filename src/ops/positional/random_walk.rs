//! The probabilities that a random walk is back where it began (RWSE; Dwivedi et al., 2022).
//!
//! ```text
//! p_it = ((D^-1 A)^t)_ii = (N^t)_ii, t = 1 .. T        N = D^-1/2 A D^-1/2, symmetric
//! v_s  = N^s e_i:        p_i,2s-1 = v_s . v_(s-1),     p_i,2s = v_s . v_s
//! ```
//!
//! So a node takes `T / 2` products of `N` with a vector that is 0 but for the nodes within as many edges. The
//! probabilities are exact: the sums are in f64 and in a fixed order. A node without neighbours has 0, one whose only
//! neighbour is itself 1.

use super::MAX_WORK;
use super::normalized::Normalized;
use crate::control;
use crate::error::{Result, bail};
use crate::memory::try_resize;
use crate::ops::runtime::buffer::rows_mut;
use crate::ops::runtime::matrix::MatMut;

/// A vector that is 0 but for some nodes.
#[derive(Debug, Clone, Default)]
struct Sparse {
    values: Vec<f64>,
    /// The nodes that are not 0.
    support: Vec<u32>,
}

/// Memory that is used from one graph to the next.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    last: Sparse,
    next: Sparse,
}

impl Sparse {
    /// A vector of zeros.
    fn start(&mut self, nodes: usize) -> Result<()> {
        self.values.clear();
        try_resize(&mut self.values, nodes, 0.0)?;
        try_resize(&mut self.support, nodes, 0)?;
        self.support.clear();
        Ok(())
    }

    fn clear(&mut self) {
        self.support.drain(..).for_each(|node| self.values[node as usize] = 0.0);
    }
}

impl Scratch {
    /// Makes room for graphs of up to so many nodes.
    pub fn reserve(&mut self, nodes: usize) -> Result<()> {
        self.last.start(nodes)?;
        self.next.start(nodes)
    }
}

/// Writes the probabilities of being back after 1, 2 and so on steps, `[n, T]`.
///
/// Takes, a node and product, as many multiply-adds as the nodes reached so far have neighbours. A graph that takes
/// more than [`MAX_WORK`] of them in all is refused.
pub fn return_probabilities(graph: &Normalized, scratch: &mut Scratch, out: &mut MatMut<'_, f32>) -> Result<()> {
    let steps = out.ncols();
    scratch.reserve(graph.nodes())?;
    let refuse = || {
        bail!(
            Unsupported,
            "random_walk:{steps} takes more than {MAX_WORK} multiplications for a graph of {} nodes and {} neighbours",
            graph.nodes(),
            graph.entries()
        )
    };
    // What the first two products take is known beforehand: a graph around a hub is refused at once.
    let square = |node: usize| (graph.neighbours(node).len() as u64).pow(2);
    if steps > 2 && (0..graph.nodes()).map(square).fold(0, u64::saturating_add) > MAX_WORK {
        return refuse();
    }
    let Scratch { last, next } = scratch;
    let mut work = 0;
    for (node, row) in rows_mut(out).enumerate() {
        last.clear();
        last.values[node] = 1.0;
        last.support.push(node as u32);
        for pair in row.chunks_mut(2) {
            next.clear();
            work += multiply(graph, last, next);
            control::go_on()?;
            if work > MAX_WORK {
                return refuse();
            }
            pair[0] =
                next.support.iter().map(|&i| next.values[i as usize] * last.values[i as usize]).sum::<f64>() as f32;
            if let Some(even) = pair.get_mut(1) {
                *even = next.support.iter().map(|&i| next.values[i as usize].powi(2)).sum::<f64>() as f32;
            }
            std::mem::swap(last, next);
        }
    }
    Ok(())
}

/// Writes `N v` and returns how many multiply-adds it took.
fn multiply(graph: &Normalized, v: &Sparse, out: &mut Sparse) -> u64 {
    let (scale, mut work) = (graph.scale(), 0);
    for &node in control::watched(&v.support) {
        let (row, value) = (graph.neighbours(node as usize), v.values[node as usize] * scale[node as usize]);
        for &neighbour in row {
            let sum = &mut out.values[neighbour as usize];
            // No product is 0: there are fewer than 2^32 neighbours, and at most 64 factors.
            if *sum == 0.0 {
                out.support.push(neighbour);
            }
            *sum += value;
        }
        work += row.len() as u64;
    }
    out.support.iter().for_each(|&node| out.values[node as usize] *= scale[node as usize]);
    work
}

#[cfg(test)]
mod tests {
    use super::super::normalized::testing::{complete, normalized, path, random_edges, ring};
    use super::*;
    use crate::ErrorKind;
    use crate::ops::runtime::buffer::matrix_mut;

    fn probabilities(nodes: usize, edges: &[(usize, usize)], steps: usize) -> Result<Vec<f32>> {
        let mut out = vec![f32::NAN; nodes * steps];
        let graph = normalized(nodes, edges);
        return_probabilities(&graph, &mut Scratch::default(), &mut matrix_mut(&mut out, nodes, steps)).map(|()| out)
    }

    /// Powers of the dense matrix of transitions.
    fn naive(nodes: usize, edges: &[(usize, usize)], steps: usize) -> Vec<f64> {
        let mut a = vec![0.0; nodes * nodes];
        edges.iter().for_each(|&(i, j)| (a[i * nodes + j], a[j * nodes + i]) = (1.0, 1.0));
        for row in a.chunks_exact_mut(nodes) {
            let degree = row.iter().sum::<f64>().max(1.0);
            row.iter_mut().for_each(|v| *v /= degree);
        }
        let mut out = vec![0.0; nodes * steps];
        let mut power = a.clone();
        for t in 0..steps {
            (0..nodes).for_each(|i| out[i * steps + t] = power[i * nodes + i]);
            let product =
                |at: usize| (0..nodes).map(|k| power[at / nodes * nodes + k] * a[k * nodes + at % nodes]).sum();
            power = (0..nodes * nodes).map(product).collect();
        }
        out
    }

    #[test]
    fn powers_of_the_dense_matrix_agree() {
        let mut loops = ring(7);
        loops.extend([(0, 0), (3, 3)]);
        let cases = [
            (6, path(6), 1),
            (7, loops, 8),
            (5, complete(5), 7),
            (9, vec![(0, 1), (1, 2), (4, 4)], 4),
            (1, vec![], 3),
            (30, random_edges(30, 50, 1), 16),
            (25, random_edges(25, 200, 2), 9),
        ];
        for (nodes, edges, steps) in cases {
            let (found, expected) = (probabilities(nodes, &edges, steps).unwrap(), naive(nodes, &edges, steps));
            for (found, expected) in found.iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 1e-7, "{nodes} nodes: {found} {expected}");
            }
        }
    }

    #[test]
    fn known_probabilities() {
        // In a ring of six, odd steps never lead back; twice there and back is one half.
        let six = probabilities(6, &ring(6), 4).unwrap();
        assert!(six.chunks_exact(4).all(|row| row == [0.0, 0.5, 0.0, 0.375]));
        let lone = probabilities(2, &[(1, 1)], 3).unwrap();
        assert_eq!(lone, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        // Far from the ends of a long path it is the walk on all whole numbers: C(2s, s) / 4^s.
        let far = probabilities(200, &path(200), 64).unwrap();
        let mut expected = 1.0;
        for s in 1..=32 {
            expected *= (2 * s - 1) as f64 / (2 * s) as f64;
            assert!((f64::from(far[100 * 64 + 2 * s - 1]) - expected).abs() < 1e-7);
        }
    }

    #[test]
    fn work_is_bounded() {
        let star: Vec<(usize, usize)> = (1..100_000).map(|leaf| (0, leaf)).collect();
        let error = probabilities(100_000, &star, 3).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(
            error.message(),
            "random_walk:3 takes more than 8589934592 multiplications for a graph of 100000 nodes and 199998 neighbours"
        );
        // One product a node is cheap, whatever the graph.
        let two = probabilities(100_000, &star, 2).unwrap();
        assert_eq!(two[..2], [0.0, 1.0]);
        assert!((two[3] - 1.0 / 99_999.0).abs() < 1e-9);
    }
}
