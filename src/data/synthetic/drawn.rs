//! A graph while it is drawn.

use rand_chacha::ChaCha8Rng;

use crate::graph::{EdgeInput, GraphInput};
use crate::ops::runtime::random::shuffle;

/// A graph while it is drawn, with the communities it was drawn from. All graphs are small, so its vectors may grow as
/// they like.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub nodes: usize,
    pub sources: Vec<i32>,
    pub targets: Vec<i32>,
    /// The community of every node.
    pub communities: Vec<u32>,
    /// Labels of the nodes, where the kind has them.
    pub labels: Vec<i64>,
    /// Features of the nodes, where the kind has them.
    pub x: Vec<f32>,
}

impl Drawn {
    /// The graph as a data set takes it.
    pub fn input(&self) -> GraphInput<'_> {
        let list = EdgeInput::List { from: &self.sources, to: &self.targets };
        let x = Some(self.x.as_slice()).filter(|x| !x.is_empty());
        let node_labels = Some(self.labels.as_slice()).filter(|labels| !labels.is_empty());
        GraphInput { x, node_labels, ..GraphInput::new(self.nodes, list) }
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.nodes = 0;
        self.sources.clear();
        self.targets.clear();
        self.communities.clear();
        self.labels.clear();
        self.x.clear();
    }

    /// Appends an edge.
    pub fn push(&mut self, source: usize, target: usize) {
        self.sources.push(source as i32);
        self.targets.push(target as i32);
    }

    /// Appends the nodes of a new community and returns the first.
    pub fn push_community(&mut self, nodes: usize) -> usize {
        let first = self.nodes;
        let community = self.communities.last().map_or(0, |&last| last + 1);
        self.communities.extend(std::iter::repeat_n(community, nodes));
        self.nodes += nodes;
        first
    }

    /// Puts the nodes into a random order: what they are drawn from must not be told by their numbers.
    pub fn shuffle_nodes(&mut self, rng: &mut ChaCha8Rng) {
        let mut order: Vec<usize> = (0..self.nodes).collect();
        shuffle(rng, &mut order);
        let mut place = vec![0; self.nodes];
        order.iter().enumerate().for_each(|(at, &node)| place[node] = at as i32);
        for end in self.sources.iter_mut().chain(&mut self.targets) {
            *end = place[*end as usize];
        }
        self.communities = order.iter().map(|&node| self.communities[node]).collect();
        if !self.labels.is_empty() {
            self.labels = order.iter().map(|&node| self.labels[node]).collect();
        }
        let columns = self.x.len() / self.nodes;
        self.x = order.iter().flat_map(|&node| self.x[node * columns..][..columns].iter().copied()).collect();
    }
}
