//! One training epoch and one inference pass on ENZYMES, with the architecture of PyTorch Geometric's DiffPool example.
//!
//! 540 graphs (all but the test part of the first published fold), batches of 20, link and entropy losses, Adam. Needs
//! the data; see `tests/common`. The same work by PyTorch Geometric is in `benches/peers`.
#![allow(missing_docs)]

mod shared;

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use diffpool::model::Session;
use diffpool::train::{Predictor, Trainer};
use serde_json::json;
use shared::{ENZYMES_CLUSTERS, epoch, pyg_network};

fn benchmarks(criterion: &mut Criterion) {
    let Some((dataset, train)) = shared::enzymes() else { return };
    let mut group = criterion.benchmark_group("enzymes");
    group.sample_size(10);
    for threads in [1, 2] {
        let config = pyg_network(ENZYMES_CLUSTERS, threads, &json!({}));
        let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &train, &[]).unwrap();
        assert_eq!(trainer.model().unwrap().parameter_count(), 171_366);
        group.bench_function(format!("train_epoch/{threads}"), |b| b.iter(|| epoch(&mut trainer)));
        let model = trainer.model().unwrap();
        let mut evaluator = Predictor::new(&model, threads).unwrap();
        group.bench_function(format!("infer_pass/{threads}"), |b| {
            b.iter(|| evaluator.evaluate(&dataset, &train, None).unwrap());
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
