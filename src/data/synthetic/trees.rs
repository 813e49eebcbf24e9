//! Syntax trees of the shape that those of ogbg-code2 have, with names that depend on them.
//!
//! | | ogbg-code2 | here |
//! |---|---|---|
//! | nodes a graph | mean 125, 11 to 36,123 | log-normal, one in 500 with a Pareto tail: mean about 125, 10 to 36,000 |
//! | categories of a node | 98 types, 10,030 attributes, depth | the same |
//! | edges | of the tree, and between successive tokens | the same; the leaves are the tokens |
//! | label | the words of the function's name | one to four words |
//! | vocabulary | 5000 words, the unknown word and the end | the same; about 450 are used |
//!
//! Nodes are numbered as they are met on a walk through the tree. Each tree is of one of 12 topics, which favours some
//! types of nodes, and about one of 400 subjects, whose attribute stands at some of the leaves. The name is the topic's
//! word, mostly the subject's word after it, a third word for large trees and sometimes one that is in no vocabulary.

use rand_chacha::ChaCha8Rng;

use super::kind::SyntheticKind;
use crate::error::Result;
use crate::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use crate::memory::try_extend;
use crate::ops::runtime::random::{Purpose, below, normal, stream, uniform};

const TYPES: usize = 98;
const ATTRIBUTES: usize = 10_030;
/// Attributes of nodes that have none, and of those whose own is not among the known ones.
const NO_ATTRIBUTE: i32 = ATTRIBUTES as i32 - 1;
const UNKNOWN_ATTRIBUTE: i32 = ATTRIBUTES as i32 - 2;

const TOPICS: usize = 12;
const SUBJECTS: usize = 400;

const FEWEST_NODES: f64 = 10.0;
const MOST_NODES: f64 = 36_000.0;
/// Trees with more nodes have a third word in their name.
const LARGE: usize = 150;
const DEEPEST: usize = 60;

/// What all trees have in common.
pub const SYNTAX_TREE_RULES: GraphRules = GraphRules { categories: 3, ..GraphRules::plain(false) };
/// Words of a name that a model predicts.
pub const SYNTAX_TREE_LENGTH: usize = 5;
/// Words that a model tells apart, with the unknown word and the end.
pub const SYNTAX_TREE_VOCABULARY: usize = 5002;

/// Draws so many trees, one after the other, and hands out each with the words of its name. Only one is in memory at a
/// time, so this is the way to make more than memory can hold.
///
/// Each depends on the seed and its number alone. Together, all of class 0, they are the syntax trees of
/// [`generate`](crate::data::synthetic::generate).
pub fn each_syntax_tree(
    graphs: usize,
    seed: u64,
    mut take: impl FnMut(&GraphInput<'_>, &[u32]) -> Result<()>,
) -> Result<()> {
    let mut tree = Tree::default();
    for index in 0..graphs {
        tree.draw(&mut stream(seed, Purpose::Synthetic, SyntheticKind::SyntaxTrees as u64, index as u64));
        let edges = EdgeInput::List { from: &tree.sources, to: &tree.targets };
        let input = GraphInput { categories: Some(&tree.categories), ..GraphInput::new(tree.depths.len(), edges) };
        take(&input, &tree.name)?;
    }
    Ok(())
}

/// Makes a data set of `graphs` trees.
pub(super) fn generate(graphs: usize, seed: u64) -> Result<Dataset> {
    let mut data = Dataset::new(SyntheticKind::SyntaxTrees.name(), SYNTAX_TREE_RULES);
    data.reserve(graphs, 0, 0)?;
    let mut builder = GraphBuilder::new();
    let (mut offsets, mut words) = (vec![0], Vec::new());
    offsets.try_reserve_exact(graphs)?;
    each_syntax_tree(graphs, seed, |tree, name| {
        data.add(&mut builder, tree, 0)?;
        try_extend(&mut words, name)?;
        offsets.push(words.len());
        Ok(())
    })?;
    data.shrink_to_fit();
    data.set_sequences(&offsets, &words, SYNTAX_TREE_LENGTH, SYNTAX_TREE_VOCABULARY)?;
    Ok(data)
}

/// A tree while it is drawn.
#[derive(Default)]
struct Tree {
    depths: Vec<usize>,
    is_leaf: Vec<bool>,
    /// The nodes from the root to the one drawn last.
    path: Vec<i32>,
    sources: Vec<i32>,
    targets: Vec<i32>,
    categories: Vec<i32>,
    name: Vec<u32>,
}

impl Tree {
    fn draw(&mut self, rng: &mut ChaCha8Rng) {
        let nodes = size(rng);
        // Small numbers are more frequent, as of words.
        let topic = skewed(rng, TOPICS, 2);
        let subject = skewed(rng, SUBJECTS, 2);
        self.draw_shape(nodes, rng);
        self.draw_categories(topic, subject, rng);
        self.name.clear();
        self.name.push(topic as u32);
        if uniform(rng) < 0.85 {
            self.name.push((TOPICS + subject) as u32);
        }
        if nodes > LARGE {
            self.name.push((TOPICS + SUBJECTS) as u32);
        }
        if uniform(rng) < 0.05 {
            self.name.push((SYNTAX_TREE_VOCABULARY + below(rng, 20_000)) as u32);
        }
    }

    /// Depths, leaves and edges. Every node is a child of one on the path to the node before it.
    fn draw_shape(&mut self, nodes: usize, rng: &mut ChaCha8Rng) {
        for list in [&mut self.path, &mut self.sources, &mut self.targets] {
            list.clear();
        }
        self.depths.clear();
        self.is_leaf.clear();
        for node in 0..nodes {
            let deeper = 0.75 - 0.02 * self.path.len() as f64;
            let goes_down = self.path.len() < 2 || (uniform(rng) < deeper && self.path.len() < DEEPEST);
            while !goes_down && self.path.len() > 2 {
                self.path.pop();
                if uniform(rng) < 0.5 {
                    break;
                }
            }
            if let Some(&parent) = self.path.last() {
                self.sources.push(parent);
                self.targets.push(node as i32);
                self.is_leaf[parent as usize] = false;
            }
            self.depths.push(self.path.len());
            self.is_leaf.push(true);
            self.path.push(node as i32);
        }
        let mut last = None;
        for node in (0..nodes).filter(|&node| self.is_leaf[node]) {
            if let Some(last) = last.replace(node) {
                self.sources.push(last as i32);
                self.targets.push(node as i32);
            }
        }
    }

    /// Type, attribute and depth of every node. The first two are the module and the function.
    fn draw_categories(&mut self, topic: usize, subject: usize, rng: &mut ChaCha8Rng) {
        self.categories.clear();
        let mut named = false;
        for (node, &depth) in self.depths.iter().enumerate() {
            let class = match node {
                0 | 1 => node,
                _ if uniform(rng) < 0.25 => 2 + (7 * topic + below(rng, 7)) % (TYPES - 2),
                _ => 2 + skewed(rng, TYPES - 2, 3),
            };
            // At least one leaf says what the tree is about.
            let about = self.is_leaf[node] && (uniform(rng) < 0.12 || !named);
            named |= about;
            let attribute = match self.is_leaf[node] {
                false => NO_ATTRIBUTE,
                true if about => 20 + subject as i32,
                true if uniform(rng) < 0.1 => UNKNOWN_ATTRIBUTE,
                true => skewed(rng, ATTRIBUTES - 2, 4) as i32,
            };
            self.categories.extend([class as i32, attribute, depth as i32]);
        }
    }
}

/// Number of nodes of a tree.
fn size(rng: &mut ChaCha8Rng) -> usize {
    let nodes = match below(rng, 500) {
        0 => 1000.0 * libm::pow(1.0 - uniform(rng), -1.0 / 1.3),
        _ => libm::exp(4.378 + 0.9 * normal(rng)),
    };
    nodes.clamp(FEWEST_NODES, MOST_NODES) as usize
}

/// A number below `n` whose density falls as that of a uniform number to this power does.
fn skewed(rng: &mut ChaCha8Rng, n: usize, power: i32) -> usize {
    let u = uniform(rng);
    let skewed = (1..power).fold(u, |product, _| product * u);
    (skewed * n as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_have_the_shape_they_should() {
        const GRAPHS: usize = 3000;
        let data = generate(GRAPHS, 3).unwrap();
        assert_eq!((data.rules().categories, data.sequence_length(), data.vocabulary()), (3, 5, 5002));
        let mut sizes: Vec<usize> = (0..GRAPHS).map(|graph| data.nodes(graph)).collect();
        sizes.sort_unstable();
        let mean = data.total_nodes() as f64 / GRAPHS as f64;
        assert!((110.0..140.0).contains(&mean), "{mean}");
        assert!((60..100).contains(&sizes[GRAPHS / 2]) && sizes[0] >= 10 && *sizes.last().unwrap() > 1500, "{sizes:?}");
        let mut deep = 0;
        for index in 0..GRAPHS {
            let graph = data.graph(index);
            let nodes = graph.nodes();
            let leaves = (1..nodes).filter(|&i| graph.categories()[3 * i + 1] != NO_ATTRIBUTE).count();
            // The tree, and one edge less than leaves: no two leaves are joined in the tree.
            assert_eq!(graph.entries(), 2 * (nodes - 1 + leaves - 1), "graph {index}");
            for row in graph.categories().chunks_exact(3) {
                assert!((0..98).contains(&row[0]) && (0..10_030).contains(&row[1]) && (0..=60).contains(&row[2]));
                deep += usize::from(row[2] > 20);
            }
            assert!((1..=4).contains(&data.sequence(index).len()));
        }
        let share = deep as f64 / data.total_nodes() as f64;
        assert!((0.001..0.2).contains(&share), "{share}");
    }

    #[test]
    fn the_tail_is_long_and_ends() {
        let mut rng = stream(1, Purpose::Synthetic, 0, 0);
        let sizes: Vec<usize> = (0..200_000).map(|_| size(&mut rng)).collect();
        assert_eq!(sizes.iter().max(), Some(&36_000));
        let mean = sizes.iter().sum::<usize>() as f64 / sizes.len() as f64;
        assert!((122.0..128.0).contains(&mean), "{mean}");
    }

    #[test]
    fn a_longer_set_begins_with_the_shorter() {
        let (short, long, other) = (generate(4, 1).unwrap(), generate(9, 1).unwrap(), generate(4, 2).unwrap());
        for i in 0..4 {
            assert_eq!(short.graph(i).indices(), long.graph(i).indices());
            assert_eq!(short.graph(i).categories(), long.graph(i).categories());
            assert_eq!(short.sequence(i), long.sequence(i));
            assert_ne!(short.graph(i).categories(), other.graph(i).categories());
        }
        // What a seed means must never change silently.
        let facts = |i: usize| (long.nodes(i), long.graph(i).entries(), long.sequence(i).to_vec());
        insta::assert_debug_snapshot!("first_trees", [0, 1, 2, 3].map(facts));
    }
}
