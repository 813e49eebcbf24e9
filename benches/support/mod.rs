//! What the benchmarks share: a configuration, made-up graphs, memory, medians.
#![allow(dead_code)]

use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::Config;
use diffpool::ops::random::{Purpose, below, stream, uniform};
use serde_json::{Value, json};

/// The network of PyTorch Geometric's DiffPool example: for the 21 features and 6 classes of ENZYMES, with 32 and 8
/// clusters, it has 171,366 parameters. `keys` changes more.
pub fn pyg_example(clusters: [usize; 2], threads: usize, keys: &Value) -> Config {
    let mut config = Config::preset("default").unwrap();
    let own = json!({
        "clusters": clusters, "assign_final": "linear_activation", "readout": "mean", "readout_levels": "last",
        "head_hidden": [64], "entropy_weight": 1.0, "clip_norm": 0.0, "initialization": "fan_in_uniform",
        "epochs": 1_000_000, "threads": threads,
    });
    for (key, value) in own.as_object().unwrap().iter().chain(keys.as_object().unwrap()) {
        config.set(key, value.clone()).unwrap();
    }
    config
}

/// `count` graphs of 6 classes in turn: a random tree and more random edges, `edges_a_node` for each node in all.
pub fn random_graphs(count: usize, nodes: usize, edges_a_node: f64, features: usize) -> Dataset {
    let mut dataset = Dataset::new("random", GraphRules { features, ..GraphRules::default() });
    let mut builder = GraphBuilder::new();
    for graph in 0..count {
        let mut random = stream(1, Purpose::Synthetic, graph as u64, nodes as u64);
        let edges = (edges_a_node * nodes as f64) as usize;
        let first = |edge: usize| if edge + 1 < nodes { edge + 1 } else { edge % nodes };
        let sources: Vec<i32> = (0..edges).map(|edge| first(edge) as i32).collect();
        let ends = sources.iter().enumerate().map(|(edge, &source)| {
            // A tree keeps the graph in one piece.
            let among = if edge + 1 < nodes { source as usize } else { nodes };
            below(&mut random, among) as i32
        });
        let targets: Vec<i32> = ends.collect();
        let x: Vec<f32> = (0..nodes * features).map(|_| 2.0 * uniform(&mut random) as f32 - 1.0).collect();
        let list = EdgeInput::List { sources: &sources, targets: &targets };
        let input = GraphInput { x: Some(&x), ..GraphInput::new(nodes, list) };
        dataset.add(&mut builder, &input, graph % 6).unwrap();
    }
    // However few graphs there are.
    dataset.set_class_names((0..6).map(|class| class.to_string()).collect()).unwrap();
    dataset
}

/// A line of what Linux says of this process or of the machine, such as "VmHWM"; in MB.
pub fn memory(file: &str, line: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next());
    value.and_then(|kilobytes| kilobytes.parse::<f64>().ok()).map_or(f64::NAN, |kilobytes| kilobytes * 1.024e-3)
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
