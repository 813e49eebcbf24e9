//! Gradients of whole models against central differences in f64, for every kind of model.
#![allow(missing_docs)]

mod common;

use common::graphs::{Kind, random_dataset};
use diffpool::graph::Dataset;
use diffpool::model::engine::{BatchLoss, Engine, Pass};
use diffpool::model::{Config, Item, Model};
use diffpool::ops::executor::Executor;
use diffpool::ops::random::{Purpose, stream, uniform};
use serde_json::json;

/// Loss and gradient of the training pass over all graphs of `dataset`.
fn train(model: &Model<f64>, dataset: &Dataset, chunks: usize) -> (f64, Vec<f64>) {
    let mut engine = Engine::new(model.network(), chunks, model.config().batch_norm_epsilon);
    let mut gradient = vec![0.0; model.parameter_count()];
    let class_weights = model.class_weights();
    let mut copy = model.clone();
    let momentum = model.config().batch_norm_momentum;
    let executor = Executor::new(1).unwrap();
    let (network, schema, parameters, running) = copy.training_parts();
    let pass = Pass { network, schema, parameters, class_weights: &class_weights, executor: &executor };
    let item = |i: usize| Item { graph: dataset.graph(i), clustering: None, y: dataset.y(i) as u32, key: i };
    let parts = engine.train(pass, running, momentum, (7, 3), dataset.len(), item, &mut gradient).unwrap();
    (total(model, parts), gradient)
}

fn total(model: &Model<f64>, parts: BatchLoss) -> f64 {
    let config = model.config();
    parts.class_loss + config.link_weight * parts.link_loss + config.entropy_weight * parts.entropy_loss
}

/// The largest relative error over random directions; models with kinks (ReLU, max) are moved by less.
fn gradient_error(model: &Model<f64>, dataset: &Dataset, step: f64) -> f64 {
    let (_, gradient) = train(model, dataset, 2);
    let mut worst: f64 = 0.0;
    for seed in 0..6 {
        let mut random = stream(seed, Purpose::Init, 1, 1);
        let direction: Vec<f64> = gradient.iter().map(|_| 2.0 * uniform(&mut random) - 1.0).collect();
        let loss = |by: f64| {
            let mut moved = model.clone();
            moved.parameters_mut().iter_mut().zip(&direction).for_each(|(p, d)| *p += by * d);
            train(&moved, dataset, 2).0
        };
        let numeric = (loss(step) - loss(-step)) / (2.0 * step);
        let analytic: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        worst = worst.max((numeric - analytic).abs() / numeric.abs().max(analytic.abs()).max(1e-3));
    }
    worst
}

struct Case {
    name: &'static str,
    keys: serde_json::Value,
    kind: Kind,
}

const PLAIN: Kind = Kind { directed: false, weighted: false };
const WEIGHTED: Kind = Kind { directed: false, weighted: true };
const DIRECTED: Kind = Kind { directed: true, weighted: true };

fn config(keys: &serde_json::Value) -> Config {
    let mut config = Config::preset("default").unwrap();
    // Small, smooth, two levels; every case changes something.
    let base = json!({
        "clusters": [4, 2], "embed_hidden": 5, "embed_output": 4, "assign_hidden": 5, "head_hidden": [6],
        "activation": "tanh", "readout": "mean", "link_weight": 0.7, "entropy_weight": 0.3, "embed_layers": 2,
        "assign_layers": 2, "final_layers": 2, "seed": 5, "initialization": "fan_in_uniform",
    });
    for object in [&base, keys] {
        for (key, value) in object.as_object().unwrap() {
            config.set(key, value.clone()).unwrap();
        }
    }
    config
}

#[test]
fn every_kind_of_model_has_the_right_gradient() {
    let case = |name, keys, kind| Case { name, keys, kind };
    let cases = [
        case("sage, two levels", json!({}), PLAIN),
        case("sage, weighted", json!({}), WEIGHTED),
        case("sage, directed", json!({}), DIRECTED),
        case("narrowing sage", json!({"embed_hidden": 2, "assign_hidden": 2, "embed_output": 2}), DIRECTED),
        case("gcn", json!({"embed_conv": "gcn", "assign_conv": "gcn"}), WEIGHTED),
        case("gcn, directed", json!({"embed_conv": "gcn", "assign_conv": "gcn"}), DIRECTED),
        case("narrowing gcn", json!({"embed_conv": "gcn", "assign_conv": "gcn", "embed_hidden": 2}), DIRECTED),
        case("gcn_mean and gcn_raw", json!({"embed_conv": "gcn_mean", "assign_conv": "gcn_raw"}), DIRECTED),
        case("gcn_raw and sage", json!({"embed_conv": "gcn_raw", "assign_conv": "sage"}), WEIGHTED),
        case("flat", json!({"clusters": []}), PLAIN),
        case("one level", json!({"clusters": [3]}), PLAIN),
        case("three levels", json!({"clusters": [5, 3, 2]}), WEIGHTED),
        case("no batch norm", json!({"normalization": "none"}), PLAIN),
        case("l2 rows", json!({"l2_normalize": true}), PLAIN),
        case("l2 rows, identity", json!({"l2_normalize": true, "activation": "identity"}), PLAIN),
        case("last layer plain", json!({"activate_last": false}), PLAIN),
        case("last of stack", json!({"jumping_knowledge": "last"}), PLAIN),
        case("last, no final layer", json!({"jumping_knowledge": "last", "assign_final": "none"}), PLAIN),
        case("linear ends", json!({"embed_final": "linear", "assign_final": "linear_activation"}), PLAIN),
        case("gelu ends", json!({"embed_final": "linear_activation", "activation": "gelu"}), PLAIN),
        case("silu, l2", json!({"activation": "silu", "l2_normalize": true}), PLAIN),
        case("elu", json!({"activation": "elu"}), PLAIN),
        case("relu and max", json!({"activation": "relu", "readout": "max"}), PLAIN),
        case("leaky relu and sum", json!({"activation": "leaky_relu", "readout": "sum"}), PLAIN),
        case("last level read out", json!({"readout_levels": "last"}), PLAIN),
        case("temperature", json!({"temperature": 0.4}), PLAIN),
        case("link per graph", json!({"link_normalizer": "none"}), DIRECTED),
        case("link per node", json!({"link_normalizer": "nodes"}), PLAIN),
        case("link per edge", json!({"link_normalizer": "edges"}), WEIGHTED),
        case("class loss alone", json!({"link_weight": 0.0, "entropy_weight": 0.0}), PLAIN),
        case("class weights", json!({"class_weights": [1.0, 2.5, 0.5]}), PLAIN),
        case("dropout", json!({"dropout": 0.3, "head_dropout": 0.4}), PLAIN),
        case("dropout, silu", json!({"dropout": 0.3, "head_dropout": 0.4, "activation": "silu"}), PLAIN),
        case("deep head", json!({"head_hidden": [6, 5]}), PLAIN),
        case("linear head", json!({"head_hidden": []}), PLAIN),
        case("uneven stacks", json!({"embed_layers": 1, "assign_layers": 3, "final_layers": 2}), PLAIN),
        case("uneven stacks, other way", json!({"embed_layers": 3, "assign_layers": 1}), PLAIN),
    ];
    let mut worst: f64 = 0.0;
    for Case { name, keys, kind } in cases {
        let dataset = random_dataset(&[6, 9, 1, 5, 7], kind, 11);
        let all: Vec<usize> = (0..dataset.len()).collect();
        let model = Model::<f64>::new(&config(&keys), &dataset, &all).unwrap();
        let kinks = name.contains("relu") || name.contains("max");
        let error = gradient_error(&model, &dataset, if kinks { 1e-7 } else { 1e-5 });
        println!("{name:<28} {error:.1e}");
        assert!(error <= 1e-5, "{name}: relative gradient error {error:e}");
        worst = worst.max(error);
    }
    println!("largest relative error {worst:.1e}");
}
