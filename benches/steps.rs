//! A training step on graphs of 33, 300 and 1000 nodes, and the prediction of one graph by a warm session.
//!
//! Sizes of the graphs predicted are those of the smallest, the mean and the largest graph of ENZYMES.
#![allow(missing_docs)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use diffpool::model::Session;
use diffpool::train::{Callbacks, Trainer};
use serde_json::json;
use support::{pyg_example, random_graphs};

fn training(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("training_step");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for (nodes, edges, features, clusters, batch) in
        [(33, 1.9, 21, [32, 8], 20), (300, 2.5, 64, [64, 16], 8), (1000, 2.5, 64, [64, 16], 8)]
    {
        let data = Arc::new(random_graphs(batch, nodes, edges, features));
        let train: Vec<usize> = (0..batch).collect();
        for threads in [1, 2] {
            let config = pyg_example(clusters, threads, &json!({"batch_size": batch}));
            let mut trainer = Trainer::<f32>::new(&config, data.clone(), &train, &[]).unwrap();
            // A callback that stops makes every call of `fit` one epoch, which here is one step.
            let mut step = || {
                let mut stop = |_: &_| false;
                trainer.fit(&mut Callbacks { on_epoch: Some(&mut stop), ..Callbacks::default() }).unwrap()
            };
            group.bench_function(format!("{nodes}_nodes/{threads}"), |b| b.iter(&mut step));
        }
    }
    group.finish();
}

fn prediction(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prediction");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    let data = Arc::new(random_graphs(6, 33, 1.9, 21));
    let config = pyg_example([32, 8], 1, &json!({}));
    let model = Arc::new(Trainer::<f32>::new(&config, data, &[0, 1, 2, 3, 4, 5], &[]).unwrap().model());
    for nodes in [2, 33, 126] {
        let graphs = random_graphs(1, nodes, 1.9, 21);
        let mut session = Session::new(model.clone()).unwrap();
        group.bench_function(format!("{nodes}_nodes"), |b| {
            b.iter(|| session.predict_graph(graphs.graph(0)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, training, prediction);
criterion_main!(benches);
