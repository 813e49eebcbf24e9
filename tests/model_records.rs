//! What is written down with a model: metadata of the user's, how it was trained, what its training graphs looked like.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{WEIGHTED, cycles_and_cliques, random_dataset};
use common::models::{all, config, fit, small, split, trainer};
use diffpool::checkpoint::{model_file, training_file};
use diffpool::graph::Dataset;
use diffpool::model::{Metadata, Model};
use diffpool::train::{Trainer, fingerprint};
use serde_json::json;

fn of_library(metadata: &Metadata) -> Vec<(&str, &str)> {
    metadata.iter().filter_map(|(key, value)| Some((key.strip_prefix("diffpool.")?, value))).collect()
}

#[test]
fn training_writes_down_how_it_went() {
    let dataset = Arc::new(cycles_and_cliques(24, 3));
    let mut trainer = trainer(&[&small(), &json!({"metric": "macro_f1"})], &dataset);
    assert!(trainer.model().unwrap().metadata().is_empty(), "nothing was trained yet");
    fit(&mut trainer);
    let (model, state) = (trainer.model().unwrap(), trainer.state());
    let (train, validation) = split(&dataset);
    let digits = format!("{:08x}", fingerprint(&dataset, &train, &validation, dataset.rules()));
    let (best, metric) = (state.kept_epoch().to_string(), state.kept_validation().unwrap().metric.to_string());
    let mut found = of_library(model.metadata());
    let (key, date) = found.remove(2);
    let expected = [
        ("best_epoch", best.as_str()),
        ("data_fingerprint", &digits),
        ("epochs", "6"),
        ("library_version", env!("CARGO_PKG_VERSION")),
        ("metric", "macro_f1"),
        ("training_graphs", "18"),
        ("validation_graphs", "6"),
        ("validation_metric", &metric),
    ];
    assert_eq!((key, found.as_slice()), ("date", &expected[..]));
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert!(shape == "0000-00-00T00:00:00Z" && *date > *"2024", "{date}");
    assert_eq!(
        trainer.model().unwrap().metadata(),
        model.metadata(),
        "the date is when training ended, not when it is asked"
    );
}

#[test]
fn metadata_is_kept_by_files_checkpoints_and_later_training() {
    let (folder, dataset) = (tempfile::tempdir().unwrap(), Arc::new(cycles_and_cliques(24, 3)));
    let path = folder.path().join("a");
    let mut first = trainer(&[&small()], &dataset);
    fit(&mut first);
    let mut model = first.model();
    model.metadata_mut().set("threshold", Some("0.7")).unwrap();
    model_file::save(&model, &path).unwrap();
    let model = model_file::load(&path).unwrap();
    let keys = config(&[&small(), &json!({"epochs": 2, "patience": 0})]).check().unwrap();
    let tuned = model.clone().with_config(&keys).unwrap();
    assert_eq!(tuned.metadata(), model.metadata());
    assert_eq!(tuned.cast::<f64>().unwrap().metadata(), model.metadata());
    let (train, _) = split(&dataset);
    let mut second = Trainer::from_model(tuned, dataset.clone(), &train, &[]).unwrap();
    fit(&mut second);
    training_file::save(second.state(), &path).unwrap();
    let mut third = Trainer::resume(training_file::load(&path).unwrap(), dataset, &train, &[]).unwrap();
    fit(&mut third);
    for model in [second.model(), third.model()] {
        let metadata = model.metadata();
        assert_eq!(metadata.get("threshold"), Some("0.7"));
        // There are no validation graphs any more, so what was said of them is gone.
        let keys = ["validation_metric", "validation_graphs", "epochs"].map(|key| format!("diffpool.{key}"));
        assert_eq!(keys.each_ref().map(|key| metadata.get(key)), [None, Some("0"), Some("2")]);
    }
}

#[test]
fn names_and_ranges_of_features_go_with_the_model() {
    let mut dataset = random_dataset(&[5, 9, 3, 7, 6, 4, 8, 5], WEIGHTED, 7);
    let width = dataset.rules().features;
    let names: Vec<String> = (0..width).map(|i| format!("feature {i}")).collect();
    dataset.set_feature_names(names.clone()).unwrap();
    let keys = config(&[&small(), &json!({"features": "attributes,degree"})]).check().unwrap();
    let train = [1, 2, 4];
    let model = Model::<f32>::new(&keys, &dataset, &train).unwrap();
    let seen = model.seen();
    let column = |index: usize| -> Vec<f64> {
        let of_graph = |&graph: &usize| dataset.graph(graph).x().chunks_exact(width).map(|row| f64::from(row[index]));
        train.iter().flat_map(of_graph).collect()
    };
    assert_eq!((seen.nodes, seen.graphs, &seen.names.x, seen.features.len()), (18, 3, &names, width));
    let sizes = seen.graph_nodes.unwrap();
    assert_eq!((sizes.min, sizes.max, sizes.mean), (3.0, 9.0, 6.0));
    for (at, range) in seen.features.iter().enumerate() {
        let values = column(at);
        assert_eq!(range.min, values.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(range.max, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        assert!((range.mean - values.iter().sum::<f64>() / 18.0).abs() < 1e-12);
    }
    assert_eq!(model.column_names(), [&names[..], &["degree".to_string()]].concat());
    // The same graphs again say nothing new; other ones do.
    let again = Trainer::from_model(model.clone(), Arc::new(dataset.clone()), &train, &[]).unwrap();
    assert_eq!(again.model().seen(), seen);
    let dataset = Arc::new(dataset);
    let wider = Trainer::from_model(model.clone(), dataset.clone(), &all(&dataset), &[]).unwrap().model();
    assert_eq!((wider.seen().nodes, wider.seen().graphs), (18 + 47, 3 + 8));
    let range = wider.seen().features[0];
    assert!(range.min <= seen.features[0].min && range.max >= seen.features[0].max);
    assert!(range.min < seen.features[0].min || range.max > seen.features[0].max);
    // Features that have other names are other features.
    let mut other = Dataset::clone(&dataset);
    other.set_feature_names(names.iter().rev().cloned().collect()).unwrap();
    let refused = Trainer::from_model(model, Arc::new(other), &train, &[]).err().unwrap();
    let last = width - 1;
    let message = format!("feature 0 is called \"feature {last}\", but \"feature 0\" by the model");
    assert_eq!(refused.message(), message);
}
