//! Importance of nodes: against central differences of the logits in f64, and what it does not depend on.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::cases::{Case, cases};
use common::graphs::{PLAIN, WEIGHTED, permutation, random_dataset, renumbered};
use common::models::{all, disturb, evaluate_batch, model, small};
use diffpool::error::ErrorKind;
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput};
use diffpool::model::{Explainer, Model, Session};
use diffpool::ops::runtime::random::{Purpose, below, stream};
use serde_json::json;

const SIZES: [usize; 4] = [6, 9, 1, 7];

/// The same graphs with other features.
fn with_features(dataset: &Dataset, mut feature: impl FnMut(usize, usize, f32) -> f32) -> Dataset {
    let mut out = Dataset::new("moved", dataset.rules());
    for index in 0..dataset.len() {
        let graph = dataset.graph(index);
        let indptr: Vec<i64> = graph.indptr().iter().map(|&e| i64::from(e)).collect();
        let indices: Vec<i32> = graph.indices().iter().map(|&j| j as i32).collect();
        let x: Vec<f32> = graph.x().iter().enumerate().map(|(at, &value)| feature(index, at, value)).collect();
        let edges = EdgeInput::Csr { indptr: &indptr, indices: &indices };
        let categories = (dataset.rules().categories > 0).then_some(graph.categories());
        let input = GraphInput {
            edge_weight: graph.edge_weight(),
            edge_labels: graph.edge_labels(),
            x: Some(&x),
            categories,
            ..GraphInput::new(graph.nodes(), edges)
        };
        out.add(&mut GraphBuilder::new(), &input, dataset.y(index)).unwrap();
    }
    if dataset.edge_attribute_columns() > 0 {
        out.set_edge_attributes(dataset.edge_data().attributes.to_vec(), dataset.edge_attribute_columns()).unwrap();
    }
    out
}

/// The same model with every table of the encoder scaled, column by column.
fn with_tables(model: &Model<f64>, scale: impl Fn(usize) -> f64) -> Model<f64> {
    let mut moved = model.clone();
    for tensor in model.tensors().into_iter().filter(|tensor| tensor.name.starts_with("encoder.")) {
        let mut values = model.tensor(&tensor.name).unwrap().1.to_vec();
        values.iter_mut().enumerate().for_each(|(at, value)| *value *= scale(at % tensor.shape[1]));
        moved.set_tensor(&tensor.name, &values).unwrap();
    }
    moved
}

/// 1 or -1.
fn sign(seed: u64, place: usize) -> f64 {
    let mut random = stream(seed, Purpose::Init, 2, place as u64);
    if below(&mut random, 2) == 0 { 1.0 } else { -1.0 }
}

/// The largest error of the logits' derivatives along a way that scales every feature up or down, relative to the sizes
/// of what they are sums of.
fn error(model: &Model<f64>, dataset: &Dataset, logit: usize, step: f64) -> f64 {
    let names = model.column_names();
    let width = model.config().embedding_width;
    let moved = |by: f64| {
        // Features have few bits, so that the moved ones are exact.
        let dataset = with_features(dataset, |_, at, value| (f64::from(value) * (1.0 + by * sign(1, at))) as f32);
        let model = with_tables(model, |column| 1.0 + by * sign(2, column));
        evaluate_batch(&model, &dataset, &all(&dataset), 1).logits
    };
    let (up, down) = (moved(step), moved(-step));
    let mut explainer = Explainer::new(Arc::new(model.clone())).unwrap();
    let mut worst: f64 = 0.0;
    for graph in all(dataset) {
        explainer.explain(dataset.graph(graph), logit).unwrap();
        let contributions = explainer.contributions();
        let features = dataset.graph(graph).features();
        let (mut analytic, mut size) = (0.0, 0.0);
        for ((node, column), contribution) in contributions.indexed_iter() {
            let direction = match names[column].split(' ').collect::<Vec<_>>()[..] {
                ["attribute", feature] => sign(1, node * features + feature.parse::<usize>().unwrap()),
                ["embedding", own] | ["category", _, "embedding", own] => {
                    sign(2, own.parse::<usize>().unwrap() % width)
                }
                _ => 0.0,
            };
            analytic += contribution * direction;
            size += contribution.abs();
        }
        let rows: f64 = contributions.sum();
        let importance: f64 = explainer.importance().iter().sum();
        assert!((rows - importance).abs() <= 1e-12 * size.max(1.0), "importance is the sum over features");
        let numeric = (up[graph][logit] - down[graph][logit]) / (2.0 * step);
        worst = worst.max((numeric - analytic).abs() / size.max(1e-3));
    }
    worst
}

/// A small model with statistics and scales of norms off their start.
fn made(Case { keys, .. }: &Case, dataset: &Dataset) -> Model<f64> {
    let smooth = json!({ "activation": "tanh", "readout": "mean" });
    let mut model = model::<f64>(&[&small(), &smooth, keys], dataset);
    disturb(&mut model, 3);
    model
}

#[test]
fn the_importance_of_every_kind_of_model_agrees_with_central_differences() {
    let mut worst: f64 = 0.0;
    for case in cases() {
        let dataset = random_dataset(&SIZES, case.kind, 11);
        let dataset = with_features(&dataset, |_, _, value| (value * 256.0).round() / 256.0);
        let model = made(&case, &dataset);
        let logit = case.name.len() % model.width();
        // A right gradient shows where the step is small beside kinks, and large beside rounding.
        let mut least = f64::INFINITY;
        for step in [-14, -16, -12].map(|exponent| f64::exp2(f64::from(exponent))) {
            if least > 1e-6 {
                least = least.min(error(&model, &dataset, logit, step));
            }
        }
        println!("{:<34} {least:.1e}", case.name);
        assert!(least <= 1e-6, "{}: relative error {least:e}", case.name);
        worst = worst.max(least);
    }
    println!("largest relative error {worst:.1e}");
}

#[test]
fn importance_moves_with_the_nodes() {
    for case in cases() {
        // Both look at the numbers of the nodes.
        if ["random", "graclus"].iter().any(|name| case.keys["assignment"] == *name) {
            continue;
        }
        let dataset = random_dataset(&SIZES, case.kind, 11);
        let model = made(&case, &dataset);
        let other = renumbered(&dataset, 21);
        let mut explainer = Explainer::new(Arc::new(model)).unwrap();
        for graph in all(&dataset) {
            explainer.explain(dataset.graph(graph), 1).unwrap();
            let importance = explainer.importance().to_vec();
            explainer.explain(other.graph(graph), 1).unwrap();
            let size = importance.iter().fold(1e-3_f64, |size, v| size.max(v.abs()));
            let to = permutation(importance.len(), 21 + graph as u64);
            for (node, &at) in to.iter().enumerate() {
                let distance = (importance[node] - explainer.importance()[at]).abs();
                assert!(distance <= 1e-10 * size, "{}: node {node} of graph {graph}", case.name);
            }
        }
    }
}

#[test]
fn importances_of_a_linear_model_add_up_to_the_logit() {
    let dataset = random_dataset(&SIZES, WEIGHTED, 11);
    let linear = json!({
        "clusters": [], "activation": "identity", "normalization": "none", "readout": "sum",
        "initialization": "xavier_uniform", "linear_initialization": "xavier_uniform", "l2_normalize": false,
    });
    let model = Arc::new(model::<f64>(&[&small(), &linear], &dataset));
    let logits = evaluate_batch(&model, &dataset, &all(&dataset), 1).logits;
    let mut explainer = Explainer::new(model).unwrap();
    for (graph, logits) in logits.iter().enumerate() {
        for (logit, value) in logits.iter().enumerate() {
            explainer.explain(dataset.graph(graph), logit).unwrap();
            let sum: f64 = explainer.importance().iter().sum();
            assert!((sum - value).abs() <= 1e-12, "graph {graph}, logit {logit}: {sum} is not {value}");
        }
    }
}

#[test]
fn a_session_explains_what_it_predicted_and_keeps_its_results() {
    for case in cases() {
        let dataset = random_dataset(&SIZES, case.kind, 11);
        let model = made(&case, &dataset);
        let mut session = Session::new(Arc::new(model.cast().unwrap())).unwrap();
        let mut explainer = Explainer::new(Arc::new(model)).unwrap();
        for graph in [3, 2, 0, 1] {
            session.predict_graph(dataset.graph(graph)).unwrap();
            let results = |session: &Session| {
                let levels = (0..session.levels()).map(|level| session.assignment(level).unwrap().to_owned());
                (session.logits().unwrap().to_vec(), levels.collect::<Vec<_>>())
            };
            let before = results(&session);
            explainer.explain(dataset.graph(graph), 2).unwrap();
            let size = explainer.contributions().iter().fold(1e-3_f64, |size, v| size.max(v.abs()));
            let explained = session.explain(2).unwrap().importance().to_vec();
            assert_eq!(explained.len(), dataset.nodes(graph));
            for (own, exact) in explained.iter().zip(explainer.importance()) {
                let distance = (f64::from(*own) - exact).abs();
                assert!(distance <= 1e-3 * size, "{}: {own} is not {exact}", case.name);
            }
            assert_eq!(session.explain(2).unwrap().importance(), explained, "{}: the same twice", case.name);
            assert_eq!(results(&session), before, "{}: results stay", case.name);
        }
    }
}

#[test]
fn misuse_is_named() {
    let dataset = random_dataset(&SIZES, PLAIN, 11);
    let model = Arc::new(model::<f32>(&[&small()], &dataset));
    let mut session = Session::new(model).unwrap();
    let early = session.explain(0).err().unwrap();
    assert_eq!(early.kind(), ErrorKind::InvalidState);
    session.predict_graph(dataset.graph(0)).unwrap();
    let far = session.explain(3).err().unwrap();
    assert_eq!((far.kind(), far.message()), (ErrorKind::NotFound, "logit is 3, but the model has 3 logits"));
    assert!(session.explain(0).is_ok() && session.class().is_ok(), "a failure costs nothing");
}
