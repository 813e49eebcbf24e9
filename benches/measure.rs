//! One piece of work a run, timed several times; prints one line of JSON. `benches/peers/run.py` runs it in turn with
//! others that do the same work.
//!
//! ```text
//! cargo bench --bench measure -- WORK [--threads T] [--repeats R] [--warmup W] [--nodes N] [--batch B] [--model FILE]
//!     train_epoch      an epoch on ENZYMES: 540 graphs, batches of 20, link and entropy losses, Adam
//!     infer_pass       logits, losses and classes of the same graphs, batched
//!     predict_each     the same graphs one at a time, on one thread; also microseconds a graph
//!     logits           logits of the first 20 of them, of the model in FILE
//!     step             a training step on B random graphs of N nodes, see `shared/mod.rs`
//!     infer            inference on them
//!     sgemm            GFLOP/s of matrix products on one thread, ours and those of `matrixmultiply`
//! ```
//!
//! `--features count-flops` adds how many floating-point operations the products of one repetition are; such a build
//! is not for timing. `--model` gives `train_epoch`, `infer_pass` and `predict_each` weights to start from.
#![allow(missing_docs)]

mod shared;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use diffpool::checkpoint::model_file;
use diffpool::config::CheckedConfig;
use diffpool::graph::Dataset;
use diffpool::model::{Model, Session};
use diffpool::ops::gemm::gemm;
use diffpool::ops::runtime::flops;
use diffpool::train::{Predictor, Trainer};
use ndarray::Array2;
use ndarray::linalg::general_mat_mul;
use serde_json::{Value, json};

/// Clusters of the network for generated graphs.
const CLUSTERS: [usize; 2] = [64, 16];
/// Shapes `m, k, n` of products that the network for ENZYMES consists of, and a large one. Five graphs have about 165
/// nodes; 64 and 192 are widths of layers, 32 and 8 numbers of clusters.
const SHAPES: [[usize; 3]; 9] = [
    [165, 21, 64],
    [165, 64, 64],
    [165, 160, 32],
    [64, 165, 64],
    [33, 256, 32],
    [32, 33, 192],
    [160, 192, 64],
    [192, 160, 64],
    [1024, 1024, 1024],
];

/// What the command line asks for.
struct Options {
    work: String,
    threads: usize,
    repeats: usize,
    warmup: usize,
    nodes: usize,
    batch: usize,
    model: Option<String>,
}

impl Options {
    fn read() -> Option<Self> {
        // Cargo adds `--bench`.
        let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
        let work = arguments.next()?;
        let mut options = Self { work, threads: 1, repeats: 5, warmup: 2, nodes: 300, batch: 8, model: None };
        while let Some(name) = arguments.next() {
            let value = arguments.next()?;
            match name.as_str() {
                "--threads" => options.threads = value.parse().ok()?,
                "--repeats" => options.repeats = value.parse().ok()?,
                "--warmup" => options.warmup = value.parse().ok()?,
                "--nodes" => options.nodes = value.parse().ok()?,
                "--batch" => options.batch = value.parse().ok()?,
                "--model" => options.model = Some(value),
                _ => return None,
            }
        }
        (options.repeats > 0).then_some(options)
    }

    fn loaded(&self) -> Option<Model<f32>> {
        self.model.as_ref().map(|path| model_file::load(Path::new(path)).unwrap())
    }

    /// Times `once` and prints the line, `about` in it.
    fn measure(&self, about: Value, mut once: impl FnMut()) {
        (0..self.warmup).for_each(|_| once());
        flops::take();
        let before = shared::memory("VmRSS");
        shared::reset_peak_memory();
        let mut seconds = Vec::with_capacity(self.repeats);
        for _ in 0..self.repeats {
            let begin = Instant::now();
            once();
            seconds.push(begin.elapsed().as_secs_f64());
        }
        let mut line = json!({
            "peer": "libdiffpool", "work": self.work, "threads": self.threads, "median": shared::median(&seconds),
            "seconds": seconds, "peak_rss_mb": shared::memory("VmHWM"), "rss_before_mb": before,
        });
        if flops::COUNTED {
            let counted = flops::take();
            line["flops"] = json!(counted.dense / self.repeats as u64);
            line["sparse_flops"] = json!(counted.sparse / self.repeats as u64);
        }
        line.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        println!("{line}");
    }
}

/// An epoch of the trainer at every call.
fn train(options: &Options, config: &CheckedConfig, dataset: Arc<Dataset>, graphs: &[usize]) {
    let about = about(&dataset, graphs);
    let mut trainer = match options.loaded() {
        Some(model) => Trainer::from_model(model.with_config(config).unwrap(), dataset, graphs, &[]).unwrap(),
        None => Trainer::<f32>::new(config, dataset, graphs, &[]).unwrap(),
    };
    let mut about = about;
    about["parameters"] = json!(trainer.model().unwrap().parameter_count());
    about["batch"] = json!(config.batch_size);
    options.measure(about, || shared::epoch(&mut trainer));
}

fn about(dataset: &Dataset, graphs: &[usize]) -> Value {
    let nodes: usize = graphs.iter().map(|&g| dataset.nodes(g)).sum();
    json!({ "graphs": graphs.len(), "nodes": nodes, "fingerprint": shared::fingerprint(dataset, graphs).to_string() })
}

fn model_for(options: &Options, config: &CheckedConfig, dataset: &Dataset, graphs: &[usize]) -> Model<f32> {
    options.loaded().unwrap_or_else(|| Model::new(config, dataset, graphs).unwrap())
}

fn infer(options: &Options, config: &CheckedConfig, dataset: &Dataset, graphs: &[usize]) {
    let model = model_for(options, config, dataset, graphs);
    let mut evaluator = Predictor::new(&model, options.threads).unwrap();
    let mut about = about(dataset, graphs);
    about["parameters"] = json!(model.parameter_count());
    options.measure(about, || {
        black_box(evaluator.evaluate(dataset, graphs, None).unwrap());
    });
}

fn predict_each(options: &Options, config: &CheckedConfig, dataset: &Dataset, graphs: &[usize]) {
    let mut session = Session::new(Arc::new(model_for(options, config, dataset, graphs))).unwrap();
    let mut about = about(dataset, graphs);
    about["parameters"] = json!(session.model().parameter_count());
    options.measure(about, || {
        for &graph in graphs {
            session.predict_graph(dataset.graph(graph)).unwrap();
            black_box(session.logits().unwrap());
        }
    });
}

fn logits(options: &Options, dataset: &Dataset, graphs: &[usize]) {
    let model = options.loaded().expect("logits needs --model");
    let mut session = Session::new(Arc::new(model)).unwrap();
    let rows: Vec<Vec<f32>> = graphs
        .iter()
        .take(20)
        .map(|&graph| {
            session.predict_graph(dataset.graph(graph)).unwrap();
            session.logits().unwrap().to_vec()
        })
        .collect();
    println!("{}", json!({ "peer": "libdiffpool", "work": "logits", "logits": rows }));
}

/// The largest GFLOP/s over the repetitions of a product, each of them as many calls as take about 50 ms.
fn rate(repeats: usize, [m, k, n]: [usize; 3], mut product: impl FnMut()) -> f64 {
    let operations = 2.0 * (m * k * n) as f64;
    let mut timed = |calls: usize| {
        let begin = Instant::now();
        (0..calls).for_each(|_| product());
        begin.elapsed().as_secs_f64() / calls as f64
    };
    timed(3);
    let calls = (0.05 / timed(3)).ceil() as usize;
    (0..repeats).map(|_| operations / timed(calls)).fold(0.0, f64::max) * 1e-9
}

fn sgemm(options: &Options) {
    let mut rates = Vec::new();
    for shape @ [m, k, n] in SHAPES {
        let filled = |rows: usize, columns: usize| {
            Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 7 + j * 3) % 11) as f32 / 11.0 - 0.5)
        };
        let (a, b, mut c) = (filled(m, k), filled(k, n), Array2::<f32>::zeros((m, n)));
        let ours = rate(options.repeats, shape, || gemm(1.0, a.view(), b.view(), 0.0, &mut black_box(c.view_mut())));
        let crates = rate(options.repeats, shape, || general_mat_mul(1.0, &a, &b, 0.0, &mut black_box(c.view_mut())));
        rates.push(json!({ "shape": shape, "ours": ours, "matrixmultiply": crates }));
    }
    println!("{}", json!({ "peer": "libdiffpool", "work": "sgemm", "threads": 1, "rates": rates }));
}

fn generated(options: &Options) -> (CheckedConfig, Arc<Dataset>, Vec<usize>) {
    let config = shared::pyg_network(CLUSTERS, options.threads, &json!({"batch_size": options.batch}));
    // `benches/peers/graphs.py` makes the same.
    let dataset = shared::random_graphs(options.batch, options.nodes, 2.5, 64, 2);
    (config, Arc::new(dataset), (0..options.batch).collect())
}

fn main() {
    let Some(options) = Options::read() else {
        eprintln!("measure: name one work and its options; they are at the head of benches/measure.rs");
        return;
    };
    match options.work.as_str() {
        "sgemm" => return sgemm(&options),
        "step" | "infer" => {
            let (config, dataset, graphs) = generated(&options);
            match options.work.as_str() {
                "step" => train(&options, &config, dataset, &graphs),
                _ => infer(&options, &config, &dataset, &graphs),
            }
            return;
        }
        _ => {}
    }
    let Some((dataset, graphs)) = shared::enzymes() else { return };
    let config = shared::pyg_network(shared::ENZYMES_CLUSTERS, options.threads, &json!({}));
    match options.work.as_str() {
        "train_epoch" => train(&options, &config, dataset, &graphs),
        "infer_pass" => infer(&options, &config, &dataset, &graphs),
        "predict_each" => predict_each(&options, &config, &dataset, &graphs),
        "logits" => logits(&options, &dataset, &graphs),
        other => eprintln!("measure: there is no work \"{other}\"; the list is at the head of benches/measure.rs"),
    }
}
