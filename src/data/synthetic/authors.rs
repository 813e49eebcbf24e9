//! Draws the graphs of the authors' benchmarks: Barabasi-Albert graphs, and groups of communities.

use rand_chacha::ChaCha8Rng;

use super::drawn::Drawn;
use super::kind::SyntheticKind;
use crate::ops::runtime::random::{below, uniform};

/// Nodes of one community of the groups.
pub(super) const COMMUNITY: usize = 10;

impl Drawn {
    /// Draws one graph of class `y` of their benchmarks.
    pub(super) fn draw_authors(&mut self, kind: SyntheticKind, y: usize, rng: &mut ChaCha8Rng) {
        match (kind, y) {
            (SyntheticKind::BarabasiAlbert, 0) => {
                let nodes = 40 + below(rng, 20);
                self.barabasi_albert(nodes, 4, rng);
            }
            (SyntheticKind::BarabasiAlbert, _) => {
                let sizes = [20 + below(rng, 10), 20 + below(rng, 10)];
                self.two_communities(sizes, [4, 4], 0.3, rng);
            }
            (SyntheticKind::HierarchicalCommunities, 0) => self.groups([2, 4], rng),
            (SyntheticKind::HierarchicalCommunities, 1) => self.groups([3, 3], rng),
            _ => {
                let sizes = [28 + below(rng, 5), 28 + below(rng, 5)];
                let attached = [4 + below(rng, 3), 4 + below(rng, 3)];
                self.two_communities(sizes, attached, 0.25, rng);
            }
        }
    }

    /// Appends a Barabasi-Albert graph: every node after the first `attached` brings that many edges, to nodes chosen
    /// in proportion to their degree.
    fn barabasi_albert(&mut self, nodes: usize, attached: usize, rng: &mut ChaCha8Rng) {
        let first = self.push_community(nodes);
        // Every end of every edge, so that a uniform choice among them favours degree as it should.
        let mut ends: Vec<usize> = Vec::new();
        let mut chosen: Vec<usize> = (first..first + attached).collect();
        for node in first + attached..first + nodes {
            for &target in &chosen {
                self.push(node, target);
            }
            ends.extend_from_slice(&chosen);
            ends.extend(std::iter::repeat_n(node, attached));
            chosen.clear();
            while chosen.len() < attached {
                let end = ends[below(rng, ends.len())];
                if !chosen.contains(&end) {
                    chosen.push(end);
                }
            }
        }
    }

    /// Appends two Barabasi-Albert graphs; each node of the first has an edge into the second with `probability`.
    fn two_communities(&mut self, sizes: [usize; 2], attached: [usize; 2], probability: f64, rng: &mut ChaCha8Rng) {
        let first = self.nodes;
        self.barabasi_albert(sizes[0], attached[0], rng);
        let second = self.nodes;
        self.barabasi_albert(sizes[1], attached[1], rng);
        for node in first..second {
            if uniform(rng) < probability {
                let target = second + below(rng, sizes[1]);
                self.push(node, target);
            }
        }
    }

    /// Appends two groups of communities, and the edges between communities and between groups.
    fn groups(&mut self, communities: [usize; 2], rng: &mut ChaCha8Rng) {
        let sizes = communities.map(|count| count * COMMUNITY);
        let begins = [self.nodes, self.nodes + sizes[0]];
        for (begin, size) in begins.into_iter().zip(sizes) {
            for _ in 0..size / COMMUNITY {
                self.community(rng);
            }
            for node in 0..size {
                if uniform(rng) < 0.1 {
                    // Drawn from the nodes outside its own community, as if that were not there.
                    let own = node / COMMUNITY * COMMUNITY;
                    let target = below(rng, size - COMMUNITY);
                    let target = if target < own { target } else { target + COMMUNITY };
                    self.push(begin + node, begin + target);
                }
            }
        }
        for (group, size) in sizes.into_iter().enumerate() {
            let other = 1 - group;
            for node in begins[group]..begins[group] + size {
                if uniform(rng) < 0.03 {
                    let target = begins[other] + below(rng, sizes[other]);
                    self.push(node, target);
                }
            }
        }
    }

    /// Appends a community, in which each pair is joined with probability 0.5.
    fn community(&mut self, rng: &mut ChaCha8Rng) {
        let begin = self.push_community(COMMUNITY);
        for node in begin..begin + COMMUNITY {
            for other in node + 1..begin + COMMUNITY {
                if uniform(rng) < 0.5 {
                    self.push(node, other);
                }
            }
        }
    }
}
