//! The losses of the assignment in training: presets that have them, weights that rise, weights of single levels, a
//! temperature that falls.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{LABELLED_DIRECTED, PLAIN, WEIGHTED, random_dataset};
use common::models::{all, bits, config, disturb, evaluate_batch, fit, model, small, split, trainer, without_losses};
use diffpool::config::{Config, PoolLoss};
use diffpool::data::synthetic::{SyntheticKind, generate};
use diffpool::graph::Dataset;
use diffpool::model::{EpochRecord, Model};
use diffpool::train::{Trainer, evaluate};
use serde_json::{Value, json};

fn dataset() -> Arc<Dataset> {
    let sizes: Vec<usize> = (0..24).map(|i| 3 + 5 * i % 13).collect();
    Arc::new(random_dataset(&sizes, PLAIN, 3))
}

/// Keys with which every loss is computed.
fn every_loss() -> Value {
    PoolLoss::ALL.iter().map(|loss| (loss.weight_key().to_string(), json!(0.5))).collect()
}

#[test]
fn a_small_model_learns_with_the_losses_of_every_pooling() {
    let dataset = Arc::new(generate(SyntheticKind::HierarchicalCommunities, 80, 1).unwrap());
    let (train, validation) = split(&dataset);
    for (preset, losses) in [
        ("mincut", &["cut_loss", "orthogonality_loss"][..]),
        ("dmon", &["orthogonality_loss", "modularity_loss", "collapse_loss"]),
        ("just_balance", &["balance_loss"]),
    ] {
        let mut config = Config::preset(preset).unwrap();
        for (key, value) in [("embed_hidden", 16), ("embed_output", 16), ("assign_hidden", 16), ("epochs", 12)] {
            config.set(key, value.into()).unwrap();
        }
        config.set("learning_rate", 0.005.into()).unwrap();
        let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &train, &validation).unwrap();
        fit(&mut trainer);
        let [first, last] = [&trainer.history()[0], trainer.history().last().unwrap()];
        assert!(last.class_loss < 0.8 * first.class_loss, "{preset}: {} to {}", first.class_loss, last.class_loss);
        assert!(last.loss < first.loss, "{preset}: {} to {}", first.loss, last.loss);
        let names: Vec<&str> = last.pooling.computed().map(|(loss, _)| loss.name()).collect();
        assert_eq!(names, [&["link_loss", "entropy_loss"], losses].concat(), "{preset}");
        let evaluation = evaluate(&trainer.model().unwrap(), &dataset, &validation, 1).unwrap();
        let assigned = |record: &EpochRecord| losses.iter().map(|name| record.number(name).unwrap()).sum::<f64>();
        let change = assigned(last) - assigned(first);
        assert!(change < -0.05, "{preset}: the losses of its assignments change by {change}");
        let of_validation: f64 = losses.iter().map(|name| evaluation.number(name).unwrap()).sum();
        assert!((evaluation.loss - evaluation.class_loss - of_validation).abs() < 1e-12, "{preset}");
        assert_eq!(last.number("cut_loss").is_some(), preset == "mincut");
    }
}

#[test]
fn a_batch_has_the_mean_of_its_graphs() {
    for kind in [PLAIN, WEIGHTED, LABELLED_DIRECTED] {
        let sizes = [5, 9, 1, 12, 7];
        let dataset = random_dataset(&sizes, kind, 3);
        let keys = json!({"pooled_adjacency": "normalized", "link_normalizer": "adjacency"});
        let mut model: Model<f64> = model(&[&small(), &every_loss(), &keys], &dataset);
        disturb(&mut model, 1);
        let losses = |graphs: &[usize], chunks| evaluate_batch(&model, &dataset, graphs, chunks).loss.pooling;
        let together = [losses(&all(&dataset), 1), losses(&all(&dataset), 3)];
        let alone: Vec<_> = all(&dataset).into_iter().map(|graph| losses(&[graph], 1)).collect();
        for &loss in PoolLoss::ALL {
            let mean = alone.iter().map(|losses| losses[loss]).sum::<f64>() / alone.len() as f64;
            for together in together {
                assert!((together[loss] - mean).abs() < 1e-13, "{loss:?}: {} for {mean}", together[loss]);
            }
        }
    }
}

#[test]
fn what_is_minimised_is_weighted_as_far_as_it_has_risen() {
    let dataset = dataset();
    let keys = without_losses(json!({"link_weight": 0.5, "entropy_weight": 2.0, "entropy_rise_epochs": 4,
        "cut_weight": 1.5, "cut_rise_epochs": 2, "restore_best": false}));
    let mut trainer = trainer(&[&small(), &keys], &dataset);
    fit(&mut trainer);
    for (epoch, record) in trainer.history().iter().enumerate() {
        let of = |loss| record.pooling[loss];
        let (entropy, cut) = ((epoch as f64 / 4.0).min(1.0) * 2.0, (epoch as f64 / 2.0).min(1.0) * 1.5);
        let assigned = 0.5 * of(PoolLoss::Link) + entropy * of(PoolLoss::Entropy) + cut * of(PoolLoss::Cut);
        let expected = record.class_loss + assigned;
        assert!((record.loss - expected).abs() < 1e-12, "epoch {}: {} for {expected}", record.epoch, record.loss);
    }
    // Whatever is not training has the whole weights.
    let (_, validation) = split(&dataset);
    let evaluation = evaluate(&trainer.model().unwrap(), &dataset, &validation, 1).unwrap();
    let of = |loss| evaluation.pooling[loss];
    let assigned = 0.5 * of(PoolLoss::Link) + 2.0 * of(PoolLoss::Entropy) + 1.5 * of(PoolLoss::Cut);
    assert!((evaluation.loss - evaluation.class_loss - assigned).abs() < 1e-12);
    let last = trainer.history().last().unwrap().validation.unwrap();
    assert!((last.loss - evaluation.loss).abs() < 1e-6, "{} for {}", last.loss, evaluation.loss);
}

#[test]
fn a_weight_that_never_rises_is_none() {
    let dataset = dataset();
    let of = |keys: Value| {
        let mut trainer = trainer(&[&small(), &json!({"restore_best": false, "epochs": 1}), &keys], &dataset);
        fit(&mut trainer);
        trainer.model().unwrap().parameters().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(of(json!({"entropy_rise_epochs": 9})), of(json!({"entropy_weight": 0.0})));
    assert_ne!(of(json!({})), of(json!({"entropy_weight": 0.0})));
}

#[test]
fn weights_of_every_level() {
    let dataset = dataset();
    let trained = |keys: Value| {
        let mut trainer = trainer(&[&small(), &json!({"restore_best": false}), &keys], &dataset);
        fit(&mut trainer);
        trainer
    };
    let (one, list) = (trained(json!({"cut_weight": 0.4})), trained(json!({"cut_weight": [0.4, 0.4]})));
    // Bit for bit but for the loss, whose parts are added in another order.
    assert_eq!(one.state().model.parameters(), list.state().model.parameters());
    for (one, list) in one.history().iter().zip(list.history()) {
        assert!((one.loss - list.loss).abs() < 1e-12, "{} for {}", list.loss, one.loss);
    }
    // A level whose weight is 0 is as one without the loss, which is reported of all levels nevertheless.
    let (first, none) = (trained(json!({"cut_weight": [0.0, 0.0]})), trained(json!({})));
    assert_eq!(first.state().model.parameters(), none.state().model.parameters());
    let second = trained(json!({"cut_weight": [0.0, 0.4]}));
    assert_ne!(second.state().model.parameters(), none.state().model.parameters());
    let record = &second.history()[0];
    let levels = config(&[&small()]).clusters.len() as f64;
    assert!(record.pooling[PoolLoss::Cut] < 0.0 && record.pooling[PoolLoss::Cut] >= -levels);
}

#[test]
fn a_temperature_that_begins_where_it_ends_changes_nothing() {
    let dataset = dataset();
    let trained = |keys: Value| {
        let mut trainer = trainer(&[&small(), &json!({"temperature": 0.5}), &keys], &dataset);
        fit(&mut trainer);
        bits(trainer.state())
    };
    let constant = trained(json!({}));
    assert_eq!(trained(json!({"temperature_start": 0.5, "temperature_epochs": 4})), constant);
    assert_ne!(trained(json!({"temperature_start": 2.0, "temperature_epochs": 4})), constant);
}
