//! One training epoch and one inference pass on ENZYMES, with the architecture of PyTorch Geometric's DiffPool example.
//!
//! 540 graphs (all but the test part of the first published fold), batches of 20, link and entropy losses, Adam. Needs
//! the data; see `tests/common`. The same work by PyTorch Geometric is in `benches/peers`.
#![allow(missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use diffpool::data::{splits, tu};
use diffpool::graph::Dataset;
use diffpool::model::{Config, Session};
use diffpool::train::{Callbacks, Evaluator, Trainer};
use serde_json::json;

/// The example's network for graphs of up to 126 nodes: 32 and 8 clusters, 171,366 parameters.
fn pyg_example(threads: usize) -> Config {
    let mut config = Config::preset("default").unwrap();
    for (key, value) in [
        ("clusters", json!([32, 8])),
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

fn enzymes() -> Option<(Arc<Dataset>, Vec<usize>)> {
    let folder = common::data_folder("ENZYMES")?;
    let folds = common::data_folder("splits")?.join("ENZYMES.json");
    let dataset = tu::load(&folder, &tu::TuOptions::default()).unwrap();
    let test = splits::read_published(&folds).unwrap().swap_remove(0).test;
    let train = (0..dataset.len()).filter(|i| !test.contains(i)).collect();
    Some((Arc::new(dataset), train))
}

fn benchmarks(criterion: &mut Criterion) {
    let Some((dataset, train)) = enzymes() else { return };
    let mut group = criterion.benchmark_group("enzymes");
    group.sample_size(10);
    for threads in [1, 2] {
        let mut trainer = Trainer::<f32>::new(&pyg_example(threads), dataset.clone(), &train, &[]).unwrap();
        assert_eq!(trainer.model().parameter_count(), 171_366);
        // A callback that stops makes every call of `fit` one epoch.
        let mut epoch = || {
            let mut stop = |_: &_| false;
            trainer.fit(&mut Callbacks { on_epoch: Some(&mut stop), ..Callbacks::default() }).unwrap()
        };
        group.bench_function(format!("train_epoch/{threads}"), |b| b.iter(&mut epoch));
        let model = trainer.model();
        let mut evaluator = Evaluator::new(&model, threads).unwrap();
        group.bench_function(format!("infer_pass/{threads}"), |b| {
            b.iter(|| evaluator.evaluate(&dataset, &train).unwrap());
        });
        drop(evaluator);
        if threads == 1 {
            let mut session = Session::new(Arc::new(model)).unwrap();
            group.bench_function("predict_each/1", |b| {
                b.iter(|| train.iter().for_each(|&i| session.predict_graph(dataset.graph(i)).unwrap()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
