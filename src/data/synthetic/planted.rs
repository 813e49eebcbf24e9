//! Draws graphs of planted communities, for seeing whether a pooling finds them and whether it pays.
//!
//! In `groups`, `distance` and `runs` the classes have the same degrees, the same communities and the same joints, one
//! by one: they differ only in how communities lie to one another, further apart than three steps can see.

use rand_chacha::ChaCha8Rng;

use super::drawn::Drawn;
use super::kind::SyntheticKind;
use crate::ops::runtime::random::{below, normal, shuffle, uniform};

/// Columns of the features of blocks.
pub(super) const BLOCK_FEATURES: usize = 8;
/// Nodes of a graph of blocks.
const BLOCK_NODES: usize = 60;
/// Nodes of a community in groups.
const GROUP_COMMUNITY: usize = 10;
/// Communities in groups, of both groups together.
const GROUP_COMMUNITIES: usize = 6;
/// Chains of a ring, and nodes of a chain without its leaves.
const CHAINS: usize = 6;
const CHAIN: usize = 7;
/// Strips of a ring, and nodes of a strip.
const STRIPS: usize = 8;
const STRIP: usize = 12;

impl Drawn {
    /// Draws one graph of class `y` of a kind that plants communities.
    pub(super) fn draw_planted(&mut self, kind: SyntheticKind, y: usize, rng: &mut ChaCha8Rng) {
        match kind {
            SyntheticKind::Cliques => self.cliques(y, rng),
            SyntheticKind::Blocks => self.blocks(3 + y, rng),
            SyntheticKind::BlocksWithFeatures => {
                self.blocks(3 + y, rng);
                self.block_features(3 + y, rng);
            }
            SyntheticKind::Groups => self.joined_groups([2 + y, 4 - y], rng),
            SyntheticKind::Distance => self.marked_chains(2 + y, rng),
            SyntheticKind::Runs => self.strips(y, rng),
            // The others are drawn as their authors do.
            SyntheticKind::BarabasiAlbert | SyntheticKind::HierarchicalCommunities | SyntheticKind::SyntaxTrees => {}
        }
    }

    /// Cliques joined as a path, a ring or a star, by an edge between nodes drawn for it.
    fn cliques(&mut self, form: usize, rng: &mut ChaCha8Rng) {
        let count = 6 + below(rng, 4);
        let mut cliques = Vec::new();
        for _ in 0..count {
            let size = 5 + below(rng, 4);
            let first = self.push_community(size);
            for node in first..first + size {
                (node + 1..first + size).for_each(|other| self.push(node, other));
            }
            cliques.push((first, size));
        }
        for clique in 1..count + usize::from(form == 1) {
            let from = if form == 2 { 0 } else { clique - 1 };
            let ends = [from, clique % count].map(|clique| {
                let (first, size) = cliques[clique];
                first + below(rng, size)
            });
            self.push(ends[0], ends[1]);
        }
    }

    /// A stochastic block model in which a node has, in the mean, six neighbours in its block and one and a half
    /// outside, however many blocks there are.
    fn blocks(&mut self, count: usize, rng: &mut ChaCha8Rng) {
        let size = BLOCK_NODES / count;
        let inside = 6.0 / (size - 1) as f64;
        let outside = 1.5 / (BLOCK_NODES - size) as f64;
        (0..count).for_each(|_| _ = self.push_community(size));
        for node in 0..BLOCK_NODES {
            for other in node + 1..BLOCK_NODES {
                if uniform(rng) < if node / size == other / size { inside } else { outside } {
                    self.push(node, other);
                }
            }
        }
    }

    /// Every block has a column of its own, drawn for the graph, in which its nodes are higher by 1, amid noise of
    /// deviation 0.5.
    fn block_features(&mut self, count: usize, rng: &mut ChaCha8Rng) {
        let mut columns: Vec<usize> = (0..BLOCK_FEATURES).collect();
        shuffle(rng, &mut columns);
        for node in 0..self.nodes {
            let own = columns[node * count / BLOCK_NODES];
            for column in 0..BLOCK_FEATURES {
                self.x.push((f64::from(u8::from(column == own)) + 0.5 * normal(rng)) as f32);
            }
        }
    }

    /// Two groups of communities. A pair in a community is joined with probability 0.5; every node has an edge into
    /// another community of its group; four edges join the groups.
    fn joined_groups(&mut self, communities: [usize; 2], rng: &mut ChaCha8Rng) {
        let sizes = communities.map(|count| count * GROUP_COMMUNITY);
        for _ in 0..GROUP_COMMUNITIES {
            let first = self.push_community(GROUP_COMMUNITY);
            for node in first..first + GROUP_COMMUNITY {
                for other in node + 1..first + GROUP_COMMUNITY {
                    if uniform(rng) < 0.5 {
                        self.push(node, other);
                    }
                }
            }
        }
        for (begin, size) in [0, sizes[0]].into_iter().zip(sizes) {
            for node in 0..size {
                let own = node / GROUP_COMMUNITY * GROUP_COMMUNITY;
                let target = below(rng, size - GROUP_COMMUNITY);
                let target = if target < own { target } else { target + GROUP_COMMUNITY };
                self.push(begin + node, begin + target);
            }
        }
        for _ in 0..4 {
            let ends = [below(rng, sizes[0]), sizes[0] + below(rng, sizes[1])];
            self.push(ends[0], ends[1]);
        }
    }

    /// A ring of chains, each with one to three leaves. The nodes of two chains `distance` apart have labels of their
    /// own.
    fn marked_chains(&mut self, distance: usize, rng: &mut ChaCha8Rng) {
        let mut firsts = Vec::new();
        for chain in 0..CHAINS {
            let leaves = 1 + below(rng, 3);
            let first = self.push_community(CHAIN + leaves);
            (1..CHAIN).for_each(|node| self.push(first + node - 1, first + node));
            for leaf in 0..leaves {
                self.push(first + below(rng, CHAIN), first + CHAIN + leaf);
            }
            let label = if chain == 0 { 1 } else { 2 * i64::from(chain == distance) };
            self.labels.extend(std::iter::repeat_n(label, CHAIN + leaves));
            firsts.push(first);
        }
        for chain in 0..CHAINS {
            self.push(firsts[chain] + CHAIN - 1, firsts[(chain + 1) % CHAINS]);
        }
    }

    /// A ring of strips, whose nodes are joined to the next one and the next but one. Four strips have the label 0 and
    /// four the label 1; either sort lies in runs of two and two, or of one and three.
    fn strips(&mut self, y: usize, rng: &mut ChaCha8Rng) {
        let mut labels = if y == 0 { [0, 0, 1, 1, 0, 0, 1, 1] } else { [0, 0, 0, 1, 1, 1, 0, 1] };
        if uniform(rng) < 0.5 {
            labels.reverse();
        }
        for label in labels {
            let first = self.push_community(STRIP);
            for node in first + 1..first + STRIP {
                self.push(node - 1, node);
                if node > first + 1 {
                    self.push(node - 2, node);
                }
            }
            self.labels.extend([label; STRIP]);
        }
        for strip in 0..STRIPS {
            self.push(strip * STRIP + STRIP - 1, (strip + 1) % STRIPS * STRIP);
        }
    }
}
