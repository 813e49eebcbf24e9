//! Loading: a folder in TU format, the file of a data set, and the file of a model.
//!
//! The folder is ENZYMES, where it is on this machine; see `tests/common`.
#![allow(missing_docs)]

mod shared;

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use diffpool::checkpoint::{dataset_file, model_file};
use diffpool::data::tu;
use diffpool::graph::Store;
use diffpool::model::Model;
use serde_json::json;
use shared::{ENZYMES_CLUSTERS, common, pyg_network, random_graphs};

fn benchmarks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    if let Some(folder) = common::data_folder("ENZYMES") {
        group.bench_function("tu_folder", |b| b.iter(|| tu::load(&folder, &tu::TuOptions::default()).unwrap()));
    }
    let folder = tempfile::tempdir().unwrap();
    let data = random_graphs(600, 33, 1.9, 21, 6);
    let path = folder.path().join("graphs");
    dataset_file::save(&data, &path).unwrap();
    // SAFETY: the file is this program's own, and nobody else changes it.
    let open =
        || dataset_file::open(&path, |file| Ok(Arc::new(unsafe { memmap2::Mmap::map(file)? }) as Store)).unwrap();
    group.bench_function("dataset_file", |b| b.iter(open));
    for (name, width) in [("model_171_thousand", 64), ("model_10_million", 555)] {
        let keys = json!({"embed_hidden": width, "embed_output": width, "assign_hidden": width});
        let model = Model::<f32>::new(&pyg_network(ENZYMES_CLUSTERS, 1, &keys), &data, &[0, 1]).unwrap();
        let path = folder.path().join(name);
        model_file::save(&model, &path).unwrap();
        group.bench_function(name, |b| b.iter(|| model_file::load(&path).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
