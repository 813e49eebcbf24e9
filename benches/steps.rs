//! A training step on graphs of 33, 300 and 1000 nodes, and the prediction of one graph by a warm session.
//!
//! Sizes of the graphs predicted are those of the smallest, the mean and the largest graph of ENZYMES.
#![allow(missing_docs)]

mod shared;

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use diffpool::model::Session;
use diffpool::train::Trainer;
use serde_json::json;
use shared::{ENZYMES_CLUSTERS, epoch, pyg_network, random_graphs};

fn training(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("training_step");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for (nodes, edges, features, clusters, batch) in
        [(33, 1.9, 21, ENZYMES_CLUSTERS, 20), (300, 2.5, 64, [64, 16], 8), (1000, 2.5, 64, [64, 16], 8)]
    {
        let data = Arc::new(random_graphs(batch, nodes, edges, features, 6));
        let train: Vec<usize> = (0..batch).collect();
        for threads in [1, 2] {
            let config = pyg_network(clusters, threads, &json!({"batch_size": batch}));
            let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), data.clone(), &train, &[]).unwrap();
            // Of one step.
            group.bench_function(format!("{nodes}_nodes/{threads}"), |b| b.iter(|| epoch(&mut trainer)));
        }
    }
    group.finish();
}

fn prediction(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prediction");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    let data = Arc::new(random_graphs(6, 33, 1.9, 21, 6));
    let config = pyg_network(ENZYMES_CLUSTERS, 1, &json!({}));
    let model = Arc::new(
        Trainer::<f32>::new(&config.check().unwrap(), data, &[0, 1, 2, 3, 4, 5], &[]).unwrap().model().unwrap(),
    );
    for nodes in [2, 33, 126] {
        let graphs = random_graphs(1, nodes, 1.9, 21, 6);
        let mut session = Session::new(model.clone()).unwrap();
        group.bench_function(format!("{nodes}_nodes"), |b| {
            b.iter(|| session.predict_graph(graphs.graph(0)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, training, prediction);
criterion_main!(benches);
