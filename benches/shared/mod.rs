//! What the benchmarks share: the networks that are compared, their graphs, and what Linux says of the process.
#![allow(dead_code, missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::sync::Arc;

use diffpool::data::{splits, tu};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::Config;
use serde_json::json;

/// The network of PyTorch Geometric's DiffPool example with these numbers of clusters.
pub fn pyg_network(clusters: [usize; 2], threads: usize) -> Config {
    let mut config = Config::preset("default").unwrap();
    for (key, value) in [
        ("clusters", json!(clusters)),
        ("assign_final", json!("linear_activation")),
        ("readout", json!("mean")),
        ("readout_levels", json!("last")),
        ("head_hidden", json!([64])),
        ("entropy_weight", json!(1.0)),
        ("clip_norm", json!(0.0)),
        ("initialization", json!("fan_in_uniform")),
        ("epochs", json!(1_000_000)),
        ("threads", json!(threads)),
    ] {
        config.set(key, value).unwrap();
    }
    config
}

/// The network for graphs of up to 126 nodes: 32 and 8 clusters, 171,366 parameters on ENZYMES.
pub fn pyg_example(threads: usize) -> Config {
    pyg_network([32, 8], threads)
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

/// Width of the features of a generated graph.
pub const GENERATED_FEATURES: usize = 64;

/// The `index`-th number of a stream: SplitMix64, as `benches/peers/graphs.py` has it.
fn number(stream: u64, index: u64) -> u64 {
    let mut z = (stream << 40).wrapping_add(index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `graphs` graphs of `nodes` nodes, two classes in turn, the same in every language.
///
/// Edge `e` of the `5 nodes / 2` of graph `g` joins node `u = e mod nodes` and node `(u + 1 + r) mod nodes`, where `r`
/// is `number(2 g, e) mod (nodes - 1)`; the few that are drawn twice count once. Feature `i` of the graph, row by row,
/// is the 24 highest bits of `number(2 g + 1, i)`, scaled to -1 to 1.
pub fn generated(graphs: usize, nodes: usize) -> Dataset {
    assert!(nodes >= 2, "a graph has at least 2 nodes");
    let rules = GraphRules { features: GENERATED_FEATURES, ..GraphRules::default() };
    let mut dataset = Dataset::new("generated", rules);
    let mut builder = GraphBuilder::new();
    for g in 0..graphs as u64 {
        let edges = 0..(nodes * 5 / 2) as u64;
        let other = |e: u64| (e % nodes as u64 + 1 + number(2 * g, e) % (nodes as u64 - 1)) % nodes as u64;
        let sources: Vec<i32> = edges.clone().map(|e| (e % nodes as u64) as i32).collect();
        let targets: Vec<i32> = edges.map(|e| other(e) as i32).collect();
        let value = |i: u64| (number(2 * g + 1, i) >> 40) as f32 / (1 << 23) as f32 - 1.0;
        let x: Vec<f32> = (0..(nodes * GENERATED_FEATURES) as u64).map(value).collect();
        let edges = EdgeInput::List { sources: &sources, targets: &targets };
        let input = GraphInput { x: Some(&x), ..GraphInput::new(nodes, edges) };
        dataset.add(&mut builder, &input, (g % 2) as usize).unwrap();
    }
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

/// A line of what Linux says of this process, such as "VmHWM"; in MB.
pub fn memory(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next());
    value.and_then(|kilobytes| kilobytes.parse::<f64>().ok()).map_or(f64::NAN, |kilobytes| kilobytes * 1.024e-3)
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
