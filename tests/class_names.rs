//! Classes are matched by name wherever a model meets a data set, whatever their numbers are.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{cycles_and_cliques, with_sequences};
use common::models::{all, bits, config, fit, small, split, trainer};
use diffpool::graph::Dataset;
use diffpool::model::Model;
use diffpool::train::{Trainer, evaluate};
use serde_json::json;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Cycles and cliques with names, and the same graphs with the names in another order and one more.
fn two() -> (Dataset, Dataset) {
    let mut data = cycles_and_cliques(24, 3);
    data.set_class_names(names(&["cycle", "clique"])).unwrap();
    let mut other = data.clone();
    let y = all(&other).into_iter().map(|graph| [2, 0][other.y(graph)]).collect();
    other.set_classes(y, names(&["clique", "unused", "cycle"])).unwrap();
    (data, other)
}

fn trained(data: &Arc<Dataset>, metric: &str) -> Model<f32> {
    let keys = json!({"metric": metric, "class_weights": [1, 3]});
    let mut trainer = trainer(&[&small(), &keys], data);
    fit(&mut trainer);
    trainer.model().unwrap()
}

#[test]
fn evaluation_finds_classes_by_name() {
    let (data, other) = two();
    let data = Arc::new(data);
    let before = other.clone();
    let model = trained(&data, "roc_auc");
    let (own, found) = (evaluate(&model, &data, &all(&data), 1), evaluate(&model, &other, &all(&other), 2));
    let (own, found) = (own.unwrap(), found.unwrap());
    assert_eq!(found, own);
    assert!(own.confusion.iter().sum::<u64>() == 24 && own.accuracy > 0.0);
    assert_eq!((other.y(0), other.class_names()), (before.y(0), before.class_names()), "the caller's is as it was");
}

#[test]
fn training_goes_on_by_name() {
    let (data, other) = two();
    let (data, other) = (Arc::new(data), Arc::new(other));
    let (train, validation) = split(&data);
    for metric in ["accuracy", "roc_auc"] {
        let model = trained(&data, metric);
        let [own, found] = [data.clone(), other.clone()].map(|data| {
            let keys = json!({"metric": metric, "class_weights": [1, 3], "accumulate_batches": 2, "epochs": 3});
            let model = model.clone().with_config(&config(&[&small(), &keys]).check().unwrap()).unwrap();
            let mut trainer = Trainer::from_model(model, data, &train, &validation).unwrap();
            fit(&mut trainer);
            trainer
        });
        assert_eq!(bits(found.state()), bits(own.state()), "{metric}");
        assert!(found.history().iter().zip(own.history()).all(|(a, b)| a.metric.to_bits() == b.metric.to_bits()));
        assert_eq!(found.model().class_names(), ["cycle", "clique"]);
    }
}

#[test]
fn classes_and_words_that_the_model_does_not_know_are_named() {
    let (data, mut other) = two();
    let data = Arc::new(data);
    let model = trained(&data, "accuracy");
    other.set_class_names(names(&["clique", "unused", "star"])).unwrap();
    let graph = all(&other).into_iter().find(|&graph| other.y(graph) == 2).unwrap();
    let message = format!("graph {graph}: its class is \"star\", which is not one of the 2: cycle, clique");
    assert_eq!(evaluate(&model, &other, &all(&other), 1).unwrap_err().message(), message);
    let known: Vec<usize> = all(&other).into_iter().filter(|&graph| other.y(graph) == 0).collect();
    assert_eq!(
        evaluate(&model, &other, &known, 1).unwrap().graphs,
        known.len(),
        "graphs of other classes do not matter"
    );
    let refused = Trainer::from_model(model, Arc::new(other), &[graph], &[]).err().unwrap();
    assert_eq!(refused.message(), message);

    let mut words = with_sequences(cycles_and_cliques(9, 1), 2);
    let own = words.class_names();
    let model = Model::<f32>::new(&config(&[&small(), &json!({"task": "sequence"})]).check().unwrap(), &words, &[0, 1]);
    let model = model.unwrap();
    let mut swapped = own.clone();
    swapped.swap(0, 1);
    words.set_class_names(swapped).unwrap();
    let message = format!("word 0 of the vocabulary is {:?}, but that of the model is {:?}", own[1], own[0]);
    assert_eq!(evaluate(&model, &words, &[0], 1).unwrap_err().message(), message);
}
