//! What the benchmarks share: the network that is timed, its graphs, what Linux says of the process, and medians.
#![allow(dead_code, missing_docs)]

#[path = "../../tests/common/mod.rs"]
pub mod common;

use std::sync::Arc;

use diffpool::config::{CheckedConfig, Config};
use diffpool::data::{splits, tu};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::train::{Callbacks, Trainer};
use serde_json::{Value, json};

/// Clusters of the network for graphs of up to 126 nodes, as those of ENZYMES are.
pub const ENZYMES_CLUSTERS: [usize; 2] = [32, 8];

/// The network of PyTorch Geometric's DiffPool example: for the 21 features and 6 classes of ENZYMES, with 32 and 8
/// clusters, it has 171,366 parameters. `keys` changes more.
pub fn pyg_network(clusters: [usize; 2], threads: usize, keys: &Value) -> CheckedConfig {
    let mut config = Config::preset("default").unwrap();
    let own = json!({
        "clusters": clusters, "assign_final": "linear_activation", "readout": "mean", "readout_levels": "last",
        "head_hidden": [64], "link_normalizer": "nodes_squared", "entropy_weight": 1.0, "modularity_weight": 0,
        "collapse_weight": 0, "learning_rate": 1e-3, "clip_norm": 0.0, "initialization": "fan_in_uniform",
        "epochs": 1_000_000, "threads": threads,
    });
    for (key, value) in own.as_object().unwrap().iter().chain(keys.as_object().unwrap()) {
        config.set(key, value.clone()).unwrap();
    }
    config.check().unwrap()
}

/// Trains for one epoch: a callback that stops makes every call of `fit` one.
pub fn epoch(trainer: &mut Trainer<f32>) {
    let mut stop = |_: &_| false;
    trainer.fit(&mut Callbacks { on_epoch: Some(&mut stop), ..Callbacks::default() }).unwrap();
}

/// ENZYMES, and all of its graphs but the test part of the first published fold. `None` where the data is missing.
pub fn enzymes() -> Option<(Arc<Dataset>, Vec<usize>)> {
    let folder = common::data_folder("ENZYMES")?;
    let folds = common::data_folder("splits")?.join("ENZYMES.json");
    let dataset = tu::load(&folder, &tu::TuOptions::default()).unwrap();
    let test = splits::read_published(&folds).unwrap().swap_remove(0).test;
    let train = (0..dataset.len()).filter(|i| !test.contains(i)).collect();
    Some((Arc::new(dataset), train))
}

/// The `index`-th number of a stream: SplitMix64, as `benches/peers/graphs.py` has it.
fn number(stream: u64, index: u64) -> u64 {
    let mut z = (stream << 40).wrapping_add(index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `count` graphs of `nodes` nodes, of the classes in turn, the same in every language.
///
/// Edge `e` of the `edges_a_node * nodes` of graph `g` joins node `u = e mod nodes` and node `(u + 1 + r) mod nodes`,
/// where `r` is `number(2 g, e) mod (nodes - 1)`; the few that are drawn twice count once. Feature `i` of the graph,
/// row by row, is the 24 highest bits of `number(2 g + 1, i)`, scaled to -1 to 1.
pub fn random_graphs(count: usize, nodes: usize, edges_a_node: f64, features: usize, classes: usize) -> Dataset {
    assert!(nodes >= 2, "a graph has at least 2 nodes");
    let mut dataset = Dataset::new("random", GraphRules { features, ..GraphRules::default() });
    let mut builder = GraphBuilder::new();
    for g in 0..count as u64 {
        let edges = 0..(edges_a_node * nodes as f64) as u64;
        let other = |e: u64| (e % nodes as u64 + 1 + number(2 * g, e) % (nodes as u64 - 1)) % nodes as u64;
        let sources: Vec<i32> = edges.clone().map(|e| (e % nodes as u64) as i32).collect();
        let targets: Vec<i32> = edges.map(|e| other(e) as i32).collect();
        let value = |i: u64| (number(2 * g + 1, i) >> 40) as f32 / (1 << 23) as f32 - 1.0;
        let x: Vec<f32> = (0..(nodes * features) as u64).map(value).collect();
        let edges = EdgeInput::List { from: &sources, to: &targets };
        let input = GraphInput { x: Some(&x), ..GraphInput::new(nodes, edges) };
        dataset.add(&mut builder, &input, g as usize % classes).unwrap();
    }
    // However few graphs there are.
    dataset.set_class_names((0..classes).map(|class| class.to_string()).collect()).unwrap();
    dataset
}

/// A number that is the same where the graphs are: over all entries of all graphs, and over the bits of all features.
pub fn fingerprint(dataset: &Dataset, indices: &[usize]) -> u64 {
    let mut sum = 0u64;
    for &index in indices {
        let graph = dataset.graph(index);
        for row in 0..graph.nodes() {
            for &column in graph.neighbours(row) {
                sum = sum.wrapping_add((row as u64 + 1).wrapping_mul(1_000_003).wrapping_add(u64::from(column)));
            }
        }
        for (at, value) in graph.x().iter().enumerate() {
            sum = sum.wrapping_add(u64::from(value.to_bits()).wrapping_mul(at as u64 + 1));
        }
    }
    sum
}

/// The number in a line of what Linux says, such as "MemAvailable" of "/proc/meminfo"; NaN where there is none.
pub fn system(file: &str, line: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next());
    value.and_then(|number| number.parse().ok()).unwrap_or(f64::NAN)
}

/// Memory of this process, such as "VmHWM"; in MB.
pub fn memory(line: &str) -> f64 {
    system("/proc/self/status", line) * 1.024e-3
}

/// Lets the peak of the resident memory, "VmHWM", begin anew from what is resident now.
pub fn reset_peak_memory() {
    // Where the kernel does not offer this, the peak is that of the whole process.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The middle one of some timings.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
}

/// A whole number from the environment.
pub fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is \"{text}\"")))
}
