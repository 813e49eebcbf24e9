//! How time and memory grow: seconds a training step and peak memory against the nodes of a graph, graphs a second
//! against the batch size and the number of threads. Prints a line of JSON for each.
//!
//! `cargo bench --bench growth`; `GROWTH_SIZES` are the numbers of nodes, `GROWTH_BATCHES` the batch sizes, with commas
//! between, and `GROWTH_SECONDS` is about how long a measurement takes. Every one is a process of its own, for peak
//! memory never falls again. Graphs of n nodes have 2.5 n edges and 64 features; all widths are 64, with 64 and 16
//! clusters, link and entropy losses, batches of 8 graphs: of fewer where memory would not do.
#![allow(missing_docs)]

mod shared;

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use diffpool::config::CheckedConfig;
use diffpool::graph::Dataset;
use diffpool::train::{Callbacks, Predictor, Trainer};
use serde_json::{Value, json};
use shared::{ENZYMES_CLUSTERS, median, memory, pyg_network, random_graphs, system};

/// Tells a child process what to measure.
const CASE: &str = "GROWTH_CASE";
/// More than a node takes in training, in bytes.
const BYTES_A_NODE: f64 = 16e3;
/// As ENZYMES has them on average.
const SMALL: (usize, f64, usize) = (33, 1.9, 21);

/// Numbers from the environment.
fn list(name: &str, default: &str) -> Vec<usize> {
    let text = std::env::var(name).unwrap_or_else(|_| default.to_string());
    text.split(',').map(|word| word.trim().parse().unwrap_or_else(|_| panic!("{name} is \"{text}\""))).collect()
}

fn seconds() -> f64 {
    std::env::var("GROWTH_SECONDS").map_or(5.0, |text| text.parse().unwrap_or_else(|_| panic!("\"{text}\" seconds")))
}

/// Median seconds of a step, of epochs whose first is not counted.
fn step(config: &CheckedConfig, data: Dataset) -> f64 {
    let train: Vec<usize> = (0..data.len()).collect();
    let batches = train.len().div_ceil(config.batch_size);
    let mut trainer = Trainer::<f32>::new(config, Arc::new(data), &train, &[]).unwrap();
    let (mut steps, begin, mut at) = (Vec::new(), Instant::now(), Instant::now());
    let mut on_epoch = |record: &diffpool::model::EpochRecord| {
        if record.epoch > 1 {
            steps.push(at.elapsed().as_secs_f64() / batches as f64);
        }
        at = Instant::now();
        steps.len() < 2 || begin.elapsed().as_secs_f64() < seconds()
    };
    trainer.fit(&mut Callbacks { on_epoch: Some(&mut on_epoch), ..Callbacks::default() }).unwrap();
    median(&steps)
}

/// A step on graphs of `nodes` nodes.
fn size(nodes: usize, batch: usize, threads: usize) -> Value {
    // Enough batches that what comes once an epoch does not count.
    let batches = (2000 / nodes).max(1);
    let data = random_graphs(batch * batches, nodes, 2.5, 64, 6);
    let config = pyg_network([64, 16], threads, &json!({"batch_size": batch}));
    let seconds = step(&config, data);
    json!({"kind": "size", "nodes": nodes, "batch": batch, "threads": threads, "seconds": seconds,
        "megabytes": memory("VmHWM")})
}

/// Graphs a second, in training and in evaluation.
fn rate(batch: usize, threads: usize) -> Value {
    let (nodes, edges, features) = SMALL;
    let graphs = batch.max(512);
    let data = || random_graphs(graphs, nodes, edges, features, 6);
    let config = pyg_network(ENZYMES_CLUSTERS, threads, &json!({"batch_size": batch}));
    let training = batch as f64 / step(&config, data());
    json!({"kind": "rate", "batch": batch, "threads": threads, "training": training})
}

/// Graphs a second of an evaluation, which makes batches of its own.
fn evaluation(threads: usize) -> Value {
    let (nodes, edges, features) = SMALL;
    let data = Arc::new(random_graphs(512, nodes, edges, features, 6));
    let train: Vec<usize> = (0..data.len()).collect();
    let model = Trainer::<f32>::new(&pyg_network(ENZYMES_CLUSTERS, 1, &json!({})), data.clone(), &train, &[])
        .unwrap()
        .model()
        .unwrap();
    let mut evaluator = Predictor::new(&model, threads).unwrap();
    let (mut passes, begin) = (Vec::new(), Instant::now());
    while passes.len() < 3 || begin.elapsed().as_secs_f64() < seconds() {
        let at = Instant::now();
        evaluator.evaluate(&data, &train, None).unwrap();
        passes.push(at.elapsed().as_secs_f64());
    }
    passes.remove(0);
    json!({"kind": "evaluation", "threads": threads, "rate": data.len() as f64 / median(&passes)})
}

fn child(case: &str) -> Value {
    let words: Vec<&str> = case.split(' ').collect();
    let number = |at: usize| words[at].parse::<usize>().unwrap();
    match words[0] {
        "size" => size(number(1), number(2), number(3)),
        "rate" => rate(number(1), number(2)),
        _ => evaluation(number(1)),
    }
}

fn run(case: &str) {
    let out = Command::new(std::env::current_exe().unwrap()).env(CASE, case).output().unwrap();
    assert!(out.status.success(), "{case}: {}", String::from_utf8_lossy(&out.stderr));
    print!("{}", String::from_utf8_lossy(&out.stdout));
}

fn main() {
    if let Ok(case) = std::env::var(CASE) {
        println!("{}", child(&case));
        return;
    }
    let available = system("/proc/meminfo", "MemAvailable") * 1024.0;
    for nodes in list("GROWTH_SIZES", "100,300,1000,3000,10000,30000,100000") {
        let fits = |batch: &usize| (batch * nodes) as f64 * BYTES_A_NODE < available / 2.0;
        let batch = [8, 4, 2].into_iter().find(fits).unwrap_or(1);
        run(&format!("size {nodes} {batch} 2"));
    }
    for batch in list("GROWTH_BATCHES", "1,2,4,8,16,32,64,128") {
        (1..=2).for_each(|threads| run(&format!("rate {batch} {threads}")));
    }
    (1..=2).for_each(|threads| run(&format!("evaluation {threads}")));
}
