//! Small random graphs for tests.

use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::ops::random::{Purpose, below, stream, uniform};

/// What kind of graphs to make.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub directed: bool,
    pub weighted: bool,
}

/// `sizes.len()` random graphs with 3 features, about 2 edges a node, and classes 0, 1, 2 in turn.
pub fn random_dataset(sizes: &[usize], kind: Kind, seed: u64) -> Dataset {
    let rules = GraphRules { features: 3, node_labels: false, directed: kind.directed };
    let mut dataset = Dataset::new("random", rules);
    let mut builder = GraphBuilder::new();
    for (index, &nodes) in sizes.iter().enumerate() {
        let mut random = stream(seed, Purpose::Synthetic, index as u64, 99);
        let edges = 2 * nodes;
        let sources: Vec<i32> = (0..edges).map(|_| below(&mut random, nodes) as i32).collect();
        let targets: Vec<i32> = (0..edges).map(|_| below(&mut random, nodes) as i32).collect();
        let mut pairs: Vec<(i32, i32)> = sources.into_iter().zip(targets).map(|(a, b)| (a.min(b), a.max(b))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let (sources, targets): (Vec<i32>, Vec<i32>) = pairs.into_iter().unzip();
        let weights: Vec<f32> = sources.iter().map(|_| (0.2 + 2.0 * uniform(&mut random)) as f32).collect();
        let x: Vec<f32> = (0..3 * nodes).map(|_| (2.0 * uniform(&mut random) - 1.0) as f32).collect();
        let input = GraphInput {
            nodes,
            edges: EdgeInput::List { sources: &sources, targets: &targets },
            edge_weight: kind.weighted.then_some(&weights),
            x: Some(&x),
            node_labels: None,
        };
        dataset.add(&mut builder, &input, index % 3).unwrap();
    }
    dataset
}
