//! Graphs made from chance: the synthetic benchmarks of the authors' code (github.com/RexYing/diffpool, `gen/data.py`),
//! and syntax trees of the shape of ogbg-code2.
//!
//! | set | class | graph |
//! |---|---|---|
//! | `ba` | `one community` | a Barabasi-Albert graph of 40 to 59 nodes |
//! | | `two communities` | two Barabasi-Albert graphs of 20 to 29 nodes each, joined with probability 0.3 |
//! | `hierarchy` | `2+4 communities` | a group of two and a group of four communities, 60 nodes |
//! | | `3+3 communities` | two groups of three communities, 60 nodes |
//! | | `two communities` | two Barabasi-Albert graphs of 28 to 32 nodes each, joined with probability 0.25 |
//!
//! New nodes of a Barabasi-Albert graph bring 4 edges; in the last class each of the two graphs draws 4, 5 or 6. Joined
//! means that each node of the first has, with that probability, an edge to some node of the second.
//!
//! A community of the groups has 10 nodes, any two of them joined with probability 0.5. A node has with probability 0.1
//! an edge into another community of its group, and with probability 0.03 one into the other group.
//!
//! Their code adds an edge from *every* node to the target drawn last, because one line stands outside its condition.
//! That makes hubs that the paper does not mention, so it is not repeated here.
//!
//! These graphs have no node features: the authors give every node the same constant vector, which says nothing that
//! constant features chosen in the model's configuration do not.
//!
//! Graph `i` has class `i` modulo the number of classes, and depends on kind, seed and `i` alone: a longer data set
//! begins with the shorter ones.

mod trees;

pub use trees::{SYNTAX_TREE_LENGTH, SYNTAX_TREE_RULES, SYNTAX_TREE_VOCABULARY, each_syntax_tree};

use rand_chacha::ChaCha8Rng;

use crate::error::{Result, bail};
use crate::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use crate::ops::runtime::random::{Purpose, below, stream, uniform};

/// The built-in data sets. The numbers are part of the key of their random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u64)]
#[non_exhaustive]
pub enum SyntheticKind {
    /// One Barabasi-Albert graph against two joined ones: `ba`.
    BarabasiAlbert = 1,
    /// Communities within two groups against two plain communities: `hierarchy`.
    HierarchicalCommunities = 2,
    /// Syntax trees whose functions are to be named, as in ogbg-code2: `syntax_trees`.
    SyntaxTrees = 3,
}

impl SyntheticKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::BarabasiAlbert, Self::HierarchicalCommunities, Self::SyntaxTrees];

    /// The name it is known by outside the library.
    pub fn name(self) -> &'static str {
        match self {
            Self::BarabasiAlbert => "ba",
            Self::HierarchicalCommunities => "hierarchy",
            Self::SyntaxTrees => "syntax_trees",
        }
    }

    /// The kind with the given name.
    pub fn from_name(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|kind| kind.name() == name) {
            Some(kind) => Ok(kind),
            None => {
                let known = Self::ALL.map(Self::name).join(", ");
                bail!(NotFound, "there is no synthetic data set {name:?}; there are {known}")
            }
        }
    }

    fn class_names(self) -> &'static [&'static str] {
        match self {
            Self::BarabasiAlbert => &["one community", "two communities"],
            Self::HierarchicalCommunities => &["2+4 communities", "3+3 communities", "two communities"],
            // They have words instead.
            Self::SyntaxTrees => &[],
        }
    }

    /// Draws one graph of class `y` into `graph`.
    fn draw(self, y: usize, rng: &mut ChaCha8Rng, graph: &mut Edges) {
        match (self, y) {
            (Self::BarabasiAlbert, 0) => {
                let nodes = 40 + below(rng, 20);
                graph.barabasi_albert(nodes, 4, rng);
            }
            (Self::BarabasiAlbert, _) => {
                let sizes = [20 + below(rng, 10), 20 + below(rng, 10)];
                graph.two_communities(sizes, [4, 4], 0.3, rng);
            }
            (Self::HierarchicalCommunities, 0) => graph.groups([2, 4], rng),
            (Self::HierarchicalCommunities, 1) => graph.groups([3, 3], rng),
            (Self::HierarchicalCommunities | Self::SyntaxTrees, _) => {
                let sizes = [28 + below(rng, 5), 28 + below(rng, 5)];
                let attached = [4 + below(rng, 3), 4 + below(rng, 3)];
                graph.two_communities(sizes, attached, 0.25, rng);
            }
        }
    }
}

/// Makes `graphs` graphs of a kind, classes in turn.
pub fn generate(kind: SyntheticKind, graphs: usize, seed: u64) -> Result<Dataset> {
    if graphs == 0 {
        bail!(InvalidArgument, "a data set of 0 graphs is asked for, but it needs at least 1");
    }
    if kind == SyntheticKind::SyntaxTrees {
        return trees::generate(graphs, seed);
    }
    let names = kind.class_names();
    let mut data = Dataset::new(kind.name(), GraphRules::default());
    data.reserve(graphs, 0, 0)?;
    data.set_class_names(names.iter().map(|&name| name.to_owned()).collect())?;
    let mut builder = GraphBuilder::new();
    let mut edges = Edges::default();
    for index in 0..graphs {
        let y = index % names.len();
        edges.clear();
        kind.draw(y, &mut stream(seed, Purpose::Synthetic, kind as u64, index as u64), &mut edges);
        let list = EdgeInput::List { sources: &edges.sources, targets: &edges.targets };
        let input = GraphInput::new(edges.nodes, list);
        data.add(&mut builder, &input, y)?;
    }
    data.shrink_to_fit();
    Ok(data)
}

/// Nodes of one community of the groups.
const COMMUNITY: usize = 10;

/// A graph while it is drawn. All graphs are small, so its vectors may grow as they like.
#[derive(Default)]
struct Edges {
    nodes: usize,
    sources: Vec<i32>,
    targets: Vec<i32>,
}

impl Edges {
    fn clear(&mut self) {
        self.nodes = 0;
        self.sources.clear();
        self.targets.clear();
    }

    fn push(&mut self, source: usize, target: usize) {
        self.sources.push(source as i32);
        self.targets.push(target as i32);
    }

    /// Appends a Barabasi-Albert graph: every node after the first `attached` brings that many edges, to nodes chosen
    /// in proportion to their degree.
    fn barabasi_albert(&mut self, nodes: usize, attached: usize, rng: &mut ChaCha8Rng) {
        let first = self.nodes;
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
        self.nodes += nodes;
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
            for community in (begin..begin + size).step_by(COMMUNITY) {
                self.community(community, rng);
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
        self.nodes += sizes[0] + sizes[1];
    }

    /// The inner edges of the community that begins at node `begin`: each pair with probability 0.5.
    fn community(&mut self, begin: usize, rng: &mut ChaCha8Rng) {
        for node in begin..begin + COMMUNITY {
            for other in node + 1..begin + COMMUNITY {
                if uniform(rng) < 0.5 {
                    self.push(node, other);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::GraphRef;

    /// Undirected edges whose ends `f` finds to be of different parts.
    fn between(graph: GraphRef<'_>, f: impl Fn(usize) -> usize) -> usize {
        let ends = (0..graph.nodes()).flat_map(|i| graph.neighbours(i).iter().map(move |&j| (i, j as usize)));
        ends.filter(|&(i, j)| i < j && f(i) != f(j)).count()
    }

    fn of_class(data: &Dataset, y: usize) -> impl Iterator<Item = GraphRef<'_>> {
        (0..data.len()).filter(move |&i| data.y(i) == y).map(|i| data.graph(i))
    }

    #[test]
    fn one_community_is_barabasi_albert() {
        let data = generate(SyntheticKind::BarabasiAlbert, 200, 3).unwrap();
        assert_eq!((data.len(), of_class(&data, 0).count(), data.rules()), (200, 100, GraphRules::default()));
        let mut largest_degree = 0;
        for graph in of_class(&data, 0) {
            assert!((40..60).contains(&graph.nodes()));
            assert_eq!(graph.entries(), 2 * 4 * (graph.nodes() - 4));
            // A node brings four edges to earlier ones, and the first of them go to the four nodes without edges.
            assert!((4..graph.nodes()).all(|i| graph.neighbours(i).iter().filter(|&&j| (j as usize) < i).count() == 4));
            assert_eq!(&graph.neighbours(4)[..4], &[0, 1, 2, 3]);
            largest_degree += (0..graph.nodes()).map(|i| graph.neighbours(i).len()).max().unwrap();
        }
        // Preferential attachment makes hubs: the mean of the largest degrees is 23, and 16 where all
        // nodes are as likely.
        assert!(largest_degree > 100 * 18, "{largest_degree}");
    }

    #[test]
    fn two_communities_are_joined_thinly() {
        let data = generate(SyntheticKind::BarabasiAlbert, 400, 3).unwrap();
        let (mut joins, mut nodes) = (0, 0);
        for graph in of_class(&data, 1) {
            assert!((40..59).contains(&graph.nodes()));
            // Every inner edge comes from the last node of its end's community, so the rest are joins.
            let inner = 4 * (graph.nodes() - 8);
            joins += graph.entries() / 2 - inner;
            nodes += graph.nodes();
        }
        // 0.3 of the first halves, within five standard deviations.
        let share = joins as f64 / (nodes as f64 / 2.0);
        assert!((share - 0.3).abs() < 0.035, "{share}");
    }

    #[test]
    fn hierarchies_have_their_groups() {
        let data = generate(SyntheticKind::HierarchicalCommunities, 600, 8).unwrap();
        for (y, first_group) in [(0, 20), (1, 30)] {
            let (mut within, mut across, mut inner) = (0, 0, 0);
            for graph in of_class(&data, y) {
                assert_eq!(graph.nodes(), 60);
                let group = |i| usize::from(i >= first_group);
                let groups = between(graph, group);
                let communities = between(graph, |i| i / COMMUNITY);
                across += groups;
                within += communities - groups;
                inner += graph.entries() / 2 - communities;
            }
            // Six communities of 45 pairs, 60 nodes, 200 graphs; an edge drawn from both ends counts once.
            assert!((inner as f64 / (200.0 * 6.0 * 45.0) - 0.5).abs() < 0.011, "{inner}");
            assert!((within as f64 / (200.0 * 60.0) - 0.1).abs() < 0.014, "{within}");
            assert!((across as f64 / (200.0 * 60.0) - 0.03).abs() < 0.008, "{across}");
        }
        assert!(of_class(&data, 2).all(|graph| (56..=64).contains(&graph.nodes())));
    }

    #[test]
    fn a_longer_set_begins_with_the_shorter() {
        for kind in SyntheticKind::ALL {
            let (short, long) = (generate(kind, 5, 1).unwrap(), generate(kind, 9, 1).unwrap());
            let other = generate(kind, 5, 2).unwrap();
            for i in 0..5 {
                assert_eq!(short.graph(i).indices(), long.graph(i).indices());
                assert_ne!(short.graph(i).indices(), other.graph(i).indices());
                if kind != SyntheticKind::SyntaxTrees {
                    assert_eq!(short.y(i), i % short.classes());
                }
            }
            assert_eq!(SyntheticKind::from_name(kind.name()).unwrap(), kind);
        }
    }

    /// What a seed means must never change silently, so the first graphs are written down.
    #[test]
    fn seeds_are_fixed() {
        let sizes = |kind| {
            let data = generate(kind, 4, 0).unwrap();
            (0..4).map(|i| (data.graph(i).nodes(), data.graph(i).entries())).collect::<Vec<_>>()
        };
        assert_eq!(sizes(SyntheticKind::BarabasiAlbert), [(42, 304), (46, 318), (44, 320), (52, 366)]);
        assert_eq!(sizes(SyntheticKind::HierarchicalCommunities), [(60, 312), (60, 258), (61, 518), (60, 290)]);
    }

    #[test]
    fn refusals() {
        let error = SyntheticKind::from_name("er").unwrap_err();
        assert_eq!(error.message(), "there is no synthetic data set \"er\"; there are ba, hierarchy, syntax_trees");
        let error = generate(SyntheticKind::BarabasiAlbert, 0, 0).unwrap_err();
        assert_eq!(error.message(), "a data set of 0 graphs is asked for, but it needs at least 1");
        let error = generate(SyntheticKind::BarabasiAlbert, usize::MAX, 0).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::OutOfMemory);
    }
}
