//! Gradients of whole models against central differences in f64, for every kind of model.
#![allow(missing_docs)]

mod common;

use common::cases::{Case, cases};
use common::graphs::{Columns, WEIGHTED, random_dataset, with_sequences, with_targets};
use common::models::{all, small, total, train_batch, without_losses};
use diffpool::graph::Dataset;
use diffpool::model::Model;
use diffpool::ops::runtime::random::{Purpose, stream, uniform};
use serde_json::json;

/// The largest relative error over random directions.
fn gradient_error(model: &Model<f64>, dataset: &Dataset, step: f64) -> f64 {
    let gradient = train_batch(model, dataset, &all(dataset), 2, 1).gradient;
    let mut worst: f64 = 0.0;
    for seed in 0..6 {
        let mut random = stream(seed, Purpose::Init, 1, 1);
        let direction: Vec<f64> = gradient.iter().map(|_| 2.0 * uniform(&mut random) - 1.0).collect();
        let loss = |by: f64| {
            let mut moved = model.clone();
            moved.parameters_mut().iter_mut().zip(&direction).for_each(|(p, d)| *p += by * d);
            total(model, train_batch(&moved, dataset, &all(dataset), 2, 1).loss)
        };
        let numeric = (loss(step) - loss(-step)) / (2.0 * step);
        let analytic: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        worst = worst.max((numeric - analytic).abs() / numeric.abs().max(analytic.abs()).max(1e-3));
    }
    worst
}

#[test]
fn every_kind_of_model_has_the_right_gradient() {
    // Small and smooth; every case changes something.
    let smooth = json!({ "activation": "tanh", "readout": "mean" });
    let mut worst: f64 = 0.0;
    for Case { name, keys, kind } in cases() {
        let dataset = random_dataset(&[6, 9, 1, 5, 7], kind, 11);
        let model: Model<f64> = common::models::model(&[&small(), &smooth, &keys], &dataset);
        // A wrong gradient is wrong at every step. A right one shows where the step is small beside kinks (ReLU, max)
        // and curvature, and large beside rounding.
        let mut error = f64::INFINITY;
        for step in [1e-5, 1e-6, 1e-7] {
            if error > 1e-5 {
                error = error.min(gradient_error(&model, &dataset, step));
            }
        }
        println!("{name:<28} {error:.1e}");
        assert!(error <= 1e-5, "{name}: relative gradient error {error:e}");
        worst = worst.max(error);
    }
    println!("largest relative error {worst:.1e}");
}

/// Targets of some graphs are missing, and those of the first are all.
#[test]
fn every_task_has_the_right_gradient() {
    let smooth = json!({ "activation": "tanh", "readout": "mean" });
    let case = |name, keys, columns| (name, keys, columns);
    let cases = [
        case("binary", json!({"task": "binary"}), Columns::Labels(1)),
        case("multilabel", json!({"task": "multilabel"}), Columns::Labels(3)),
        case("multilabel, linear head", json!({"task": "multilabel", "head_hidden": []}), Columns::Labels(4)),
        case("mse", json!({"task": "regression"}), Columns::Numbers(2)),
        case("mae", json!({"task": "regression", "regression_loss": "mae"}), Columns::Numbers(1)),
        case(
            "huber",
            json!({"task": "regression", "regression_loss": "huber", "huber_delta": 0.8}),
            Columns::Numbers(3),
        ),
        case("sequence", json!({"task": "sequence"}), Columns::Numbers(1)),
        case("sequence alone", without_losses(json!({"task": "sequence"})), Columns::Numbers(1)),
    ];
    for (name, keys, columns) in cases {
        let dataset = random_dataset(&[6, 9, 1, 5, 7], WEIGHTED, 11);
        let dataset = with_sequences(without_first(with_targets(dataset, columns, 4)), 5);
        let model: Model<f64> = common::models::model(&[&small(), &smooth, &keys], &dataset);
        let error = gradient_error(&model, &dataset, 1e-5);
        println!("{name:<28} {error:.1e}");
        assert!(error <= 1e-5, "{name}: relative gradient error {error:e}");
    }
}

fn without_first(mut dataset: Dataset) -> Dataset {
    let width = dataset.target_width();
    let mut values: Vec<f32> = all(&dataset).into_iter().flat_map(|index| dataset.targets(index).to_vec()).collect();
    values[..width].fill(f32::NAN);
    dataset.set_targets(values, width).unwrap();
    dataset
}
