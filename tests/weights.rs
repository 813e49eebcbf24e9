//! Weights of graphs and of classes: what they make of the loss, where they are kept, and that bad ones are refused.

mod common;

use std::sync::Arc;

use common::graphs::{Columns, WEIGHTED, random_dataset, with_targets};
use common::models::{all, disturb, model, small, train_batch, without_losses};
use diffpool::checkpoint::{dataset_file, mapped_dataset};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphStream};
use diffpool::model::Model;
use diffpool::train::{Trainer, evaluate};
use serde_json::{Value, json};

const SIZES: [usize; 8] = [5, 9, 3, 7, 6, 4, 8, 5];

/// Nothing but the loss of the task, and no layer that mixes graphs.
fn alone() -> Value {
    without_losses(json!({"normalization": "none"}))
}

fn tasks() -> Vec<(Value, Dataset)> {
    let plain = random_dataset(&SIZES, WEIGHTED, 3);
    let with = |columns: Columns| with_targets(plain.clone(), columns, 1);
    vec![
        (json!({"task": "multiclass", "class_weights": [1.0, 3.0, 0.5]}), plain.clone()),
        (json!({"task": "binary", "class_weights": [0.5, 2.0]}), with(Columns::Labels(1))),
        (
            json!({"task": "multilabel", "class_weights": [1, 4, 2, 0.5, 1, 1], "label_smoothing": 0.1}),
            with(Columns::Labels(3)),
        ),
        (json!({"task": "regression"}), with(Columns::Numbers(2))),
    ]
}

/// A graph that weighs 2 counts as if it were there twice, one that weighs 0 as if it were not there.
#[test]
fn a_weight_is_how_often_a_graph_counts() {
    for (keys, mut dataset) in tasks() {
        let mut model: Model<f64> = model(&[&small(), &alone(), &keys], &dataset);
        disturb(&mut model, 1);
        let listed: Vec<usize> = vec![0, 1, 1, 2, 4, 5, 5, 6, 7];
        let plain = train_batch(&model, &dataset, &listed, 3, 1);
        dataset.set_graph_weights(vec![1.0, 2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 1.0]).unwrap();
        let weighted = train_batch(&model, &dataset, &all(&dataset), 3, 1);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{keys}: {a} and {b}");
        close(weighted.loss.class_loss, plain.loss.class_loss);
        close(weighted.loss.class_weight, plain.loss.class_weight);
        weighted.gradient.iter().zip(&plain.gradient).for_each(|(&a, &b)| close(a, b));
        assert!(plain.gradient.iter().any(|&g| g.abs() > 1e-6));
        // The loss of an evaluation is weighted alike, and what is right is counted without weights.
        let found = evaluate(&model, &dataset, &all(&dataset), 1).unwrap();
        dataset.set_graph_weights(Vec::new()).unwrap();
        let without = evaluate(&model, &dataset, &all(&dataset), 1).unwrap();
        let repeated = evaluate(&model, &dataset, &listed, 1).unwrap();
        close(found.class_loss, repeated.class_loss);
        assert_ne!(found.class_loss, without.class_loss);
        assert_eq!(format!("{:?}", found.metrics), format!("{:?}", without.metrics));
    }
}

/// The loss of labels with weights of 0 and 1, written out from the logits.
#[test]
fn class_weights_of_labels_are_those_of_their_values() {
    for (keys, dataset) in tasks().into_iter().filter(|(_, data)| data.target_width() > 0) {
        let config = common::models::config(&[&small(), &alone(), &keys]);
        if config.task == diffpool::config::Task::Regression {
            continue;
        }
        let mut model: Model<f64> = model(&[&small(), &alone(), &keys], &dataset);
        disturb(&mut model, 1);
        let passed = train_batch(&model, &dataset, &all(&dataset), 3, 1);
        let (mut loss, mut weight) = (0.0, 0.0);
        for (graph, logits) in passed.logits.iter().enumerate() {
            for (label, (&z, &y)) in
                logits.iter().zip(dataset.targets(graph)).enumerate().filter(|(_, (_, y))| !y.is_nan())
            {
                let weights = if config.class_weights.len() == 2 {
                    &config.class_weights[..]
                } else {
                    &config.class_weights[2 * label..][..2]
                };
                let (p, y, e) = (1.0 / (1.0 + (-z).exp()), f64::from(y), config.label_smoothing);
                let target = y * (1.0 - e) + e / 2.0;
                loss -= weights[1] * target * p.ln() + weights[0] * (1.0 - target) * (1.0 - p).ln();
                weight += weights[y as usize];
            }
        }
        assert!((passed.loss.class_loss - loss / weight).abs() < 1e-12, "{keys}");
        assert!((passed.loss.class_weight - weight).abs() < 1e-12, "{keys}");
    }
}

/// Batches of which several make a step weigh as in one batch.
#[test]
fn accumulated_batches_weigh_as_one() {
    let mut dataset = random_dataset(&SIZES, WEIGHTED, 3);
    dataset.set_graph_weights(vec![1.0, 2.0, 0.5, 0.0, 3.0, 0.25, 1.0, 1.0]).unwrap();
    let dataset = Arc::new(dataset);
    let train = |batches: Value| {
        let still = json!({"dropout": 0.0, "epochs": 3, "patience": 0, "shuffle": false});
        let config = common::models::config(&[&small(), &alone(), &still, &batches]).check().unwrap();
        let mut trainer = Trainer::<f64>::new(&config, dataset.clone(), &all(&dataset), &[]).unwrap();
        common::models::fit(&mut trainer);
        trainer.model().unwrap().parameters().to_vec()
    };
    let one = train(json!({"batch_size": 8}));
    let several = train(json!({"batch_size": 2, "accumulate_batches": 4}));
    assert!(one.iter().zip(&several).all(|(a, b)| (a - b).abs() < 1e-9));
}

fn weights(dataset: &Dataset) -> Vec<f32> {
    all(dataset).into_iter().map(|graph| dataset.graph_weight(graph)).collect()
}

/// Weights stay with their graphs, and those that were given none weigh 1.
#[test]
fn weights_go_where_their_graphs_go() {
    let plain = random_dataset(&SIZES[..3], WEIGHTED, 3);
    let mut weighted = plain.clone();
    weighted.set_graph_weights(vec![0.5, 2.0, 0.0]).unwrap();
    assert_eq!(weights(&weighted.subset(&[2, 0]).unwrap()), [0.0, 0.5]);
    assert!(!plain.subset(&[2, 0]).unwrap().has_graph_weights());
    let input = GraphInput::new(1, EdgeInput::List { from: &[], to: &[] });
    let mut grown = weighted.clone();
    grown.add(&mut GraphBuilder::new(), &GraphInput { x: Some(&[1.0; 3]), ..input }, 0).unwrap();
    assert_eq!(weights(&grown), [0.5, 2.0, 0.0, 1.0]);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weighted");
    dataset_file::save(&weighted, &path).unwrap();
    assert_eq!(weights(&mapped_dataset::open(&path, None).unwrap().0), [0.5, 2.0, 0.0]);
    for every in [1, 2, 100] {
        let mut stream = GraphStream::new("t", weighted.rules());
        let mut column = Vec::new();
        let mut added = 0;
        for part in [&plain, &weighted, &plain] {
            let map = stream.begin_append(part).unwrap();
            for graph in all(part) {
                stream.append(part, graph, &map).unwrap();
                added += 1;
                if added % every == 0 {
                    stream
                        .take(&mut |piece| {
                            keep(&mut column, &piece);
                            Ok(())
                        })
                        .unwrap();
                }
            }
        }
        stream
            .take(&mut |piece| {
                keep(&mut column, &piece);
                Ok(())
            })
            .unwrap();
        assert_eq!(column, [1.0, 1.0, 1.0, 0.5, 2.0, 0.0, 1.0, 1.0, 1.0], "every {every}");
    }
}

/// Appends a piece of the column of weights.
fn keep(column: &mut Vec<f32>, piece: &diffpool::graph::PackedColumn<'_>) {
    if piece.name == "graph_weights" {
        column.extend(piece.bytes.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())));
    }
}

#[test]
fn bad_weights_are_refused() {
    let mut dataset = random_dataset(&SIZES, WEIGHTED, 3);
    let cases = [
        (vec![1.0; 7], "7 weights do not fit 8 graphs"),
        (vec![-1.0; 8], "the weight of graph 0 is -1, but must be from 0 to 1e30"),
        (vec![f32::NAN; 8], "the weight of graph 0 is NaN, but must be from 0 to 1e30"),
        (vec![f32::INFINITY; 8], "the weight of graph 0 is inf, but must be from 0 to 1e30"),
    ];
    for (weights, message) in cases {
        assert_eq!(dataset.set_graph_weights(weights).unwrap_err().message(), message);
    }
    dataset.set_graph_weights(vec![0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]).unwrap();
    let config = common::models::config(&[&small()]).check().unwrap();
    let refused = Trainer::<f32>::new(&config, Arc::new(dataset), &[0, 1], &[2]).err().unwrap();
    assert_eq!(refused.message(), "all training graphs have the weight 0");
}
