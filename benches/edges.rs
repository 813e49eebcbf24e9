//! What the features of edges and a virtual node cost: a prediction and a step of training of one graph, by one thread.
//! Prints a table in Markdown.
//!
//! `cargo bench --bench edges`; `EDGES_NODES` picks one number of nodes, `EDGES_TIMES` how often each is done, of which
//! the fastest counts.
#![allow(missing_docs)]

mod shared;

use std::sync::Arc;
use std::time::Instant;

use diffpool::config::Config;
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::Session;
use diffpool::ops::runtime::random::{Purpose, below, stream};
use diffpool::train::{Callbacks, Trainer};
use serde_json::{Value, json};
use shared::setting;

/// Values of the categories of an edge: those of bonds in the Open Graph Benchmark.
const VALUES: [usize; 3] = [5, 6, 2];

/// Two random graphs of two classes, with two edges a node.
fn graphs(nodes: usize) -> Dataset {
    let mut dataset = Dataset::new("random", GraphRules { features: 16, ..GraphRules::default() });
    let mut attributes = Vec::new();
    for class in 0..2 {
        let mut random = stream(class, Purpose::Synthetic, nodes as u64, 0);
        let mut draw = |limit: usize| below(&mut random, limit);
        let from: Vec<i32> = (0..2 * nodes).map(|edge| (edge % nodes) as i32).collect();
        let to: Vec<i32> = from.iter().map(|_| draw(nodes) as i32).collect();
        let x: Vec<f32> = (0..16 * nodes).map(|_| draw(100) as f32 / 50.0 - 1.0).collect();
        let edges = EdgeInput::List { from: &from, to: &to };
        let input = GraphInput { x: Some(&x), ..GraphInput::new(nodes, edges) };
        let mut builder = GraphBuilder::new();
        dataset.add(&mut builder, &input, class as usize).unwrap();
        let values: Vec<f32> = from.iter().flat_map(|_| VALUES.map(|limit| draw(limit) as f32)).collect();
        let own = builder.entry_source().iter().flat_map(|&edge| values[3 * edge as usize..][..3].iter().copied());
        attributes.extend(own);
    }
    dataset.set_edge_attributes(attributes, VALUES.len()).unwrap();
    dataset
}

fn config(keys: &[Value]) -> Config {
    let mut config = Config::default();
    let all = keys.iter().flat_map(|keys| keys.as_object().unwrap());
    all.for_each(|(key, value)| config.set(key, value.clone()).unwrap());
    config
}

/// Milliseconds of the fastest of some runs.
fn fastest(times: usize, mut run: impl FnMut()) -> f64 {
    let one = |_| {
        let begin = Instant::now();
        run();
        begin.elapsed().as_secs_f64() * 1e3
    };
    (0..times).map(one).fold(f64::INFINITY, f64::min)
}

/// Milliseconds of a prediction, and of a step of training a graph.
fn measure(dataset: &Arc<Dataset>, keys: &[Value], times: usize) -> [f64; 2] {
    let fixed = json!({"clusters": [50, 10], "threads": 1, "chunks": 1, "batch_size": 1, "epochs": 1000000});
    let config = config(&[&[fixed], keys].concat()).check().unwrap();
    let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), &[0, 1], &[]).unwrap();
    let mut steps = Vec::new();
    let mut last = Instant::now();
    let mut on_epoch = |_: &_| {
        steps.push(last.elapsed().as_secs_f64() * 1e3 / 2.0);
        last = Instant::now();
        steps.len() <= times
    };
    trainer.fit(&mut Callbacks { on_epoch: Some(&mut on_epoch), ..Callbacks::default() }).unwrap();
    // Statistics of batch norms that no step has seen make numbers that nobody predicts with.
    let mut session = Session::new(Arc::new(trainer.model().unwrap())).unwrap();
    session.predict_graph(dataset.graph(0)).unwrap();
    let predicted = fastest(times, || session.predict_graph(dataset.graph(0)).unwrap());
    // The first makes the memory.
    [predicted, steps[1..].iter().copied().fold(f64::INFINITY, f64::min)]
}

fn main() {
    let times = setting("EDGES_TIMES", 5);
    println!("| nodes | convolution | edges | prediction, ms | step of training, ms |\n|--:|---|---|--:|--:|");
    for nodes in [1000, 100_000].into_iter().filter(|&nodes| [0, nodes].contains(&setting("EDGES_NODES", 0))) {
        let dataset = Arc::new(graphs(nodes));
        for conv in ["sage", "graph_conv", "gat", "gin", "gine"] {
            let rows =
                [("none", "none", false), ("3 numbers", "attributes", false), ("3 categories", "categories", false)];
            for (name, features, virtual_node) in rows.into_iter().chain([("none, virtual node", "none", true)]) {
                if (conv == "gin" && features != "none") || (conv == "gine" && features == "none") {
                    continue;
                }
                let keys = json!({"embed_conv": conv, "assign_conv": conv, "edge_features": features,
                    "virtual_node": virtual_node});
                let [predicted, step] = measure(&dataset, &[keys], times);
                println!("| {nodes} | `{conv}` | {name} | {predicted:.2} | {step:.2} |");
            }
        }
    }
}
