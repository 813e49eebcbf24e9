//! The preset `ogb-code2`, made small, learns to name the functions of generated syntax trees.
#![allow(missing_docs)]

use std::sync::Arc;

use diffpool::config::Config;
use diffpool::config::Metric;
use diffpool::data::synthetic::{SyntheticKind, generate};
use diffpool::train::{Callbacks, Trainer, evaluate};
use serde_json::json;

#[test]
fn names_of_functions_are_learned() {
    let dataset = Arc::new(generate(SyntheticKind::SyntaxTrees, 60, 3).unwrap());
    let (train, test): (Vec<usize>, Vec<usize>) = ((0..48).collect(), (48..60).collect());
    let mut config = Config::preset("ogb-code2").unwrap();
    for (key, value) in [
        ("embedding_width", json!(16)),
        ("embed_hidden", json!(16)),
        ("embed_output", json!(16)),
        ("assign_hidden", json!(16)),
        ("clusters", json!([6])),
        ("batch_size", json!(12)),
        ("learning_rate", json!(0.01)),
        ("epochs", json!(6)),
        ("threads", json!(2)),
    ] {
        config.set(key, value).unwrap();
    }
    let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &train, &test).unwrap();
    trainer.fit(&mut Callbacks::default()).unwrap();
    let losses: Vec<f64> = trainer.history().iter().map(|record| record.loss).collect();
    assert!(losses[5] < 0.8 * losses[0], "{losses:?}");
    let evaluation = evaluate(&trainer.model().unwrap(), &dataset, &test, 1).unwrap();
    let f1 = evaluation.metric(Metric::SequenceF1).unwrap().value.unwrap();
    assert!((0.0..=1.0).contains(&f1));
    assert_eq!(evaluation.predictions.len(), test.len() * 5);
}
