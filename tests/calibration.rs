//! Calibrated models: the same predictions with probabilities that fit, kept by files, of every task that has them.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::cycles_and_cliques;
use common::models::{all, config, small};
use diffpool::ErrorKind;
use diffpool::checkpoint::model_file;
use diffpool::graph::Dataset;
use diffpool::model::Model;
use diffpool::train::{Callbacks, Predictor, Trainer};
use serde_json::{Value, json};

/// A model that has been trained for long on few graphs, so that it is surer than it should be, and graphs it has not
/// seen.
fn overconfident(dataset: Dataset, keys: &Value) -> (Arc<Dataset>, Vec<usize>, Model<f32>) {
    let dataset = Arc::new(dataset);
    let graphs = all(&dataset);
    let (train, held) = (graphs[..8].to_vec(), graphs[8..].to_vec());
    let config = config(&[&small(), &json!({"epochs": 40, "learning_rate": 0.02, "patience": 0}), keys]);
    let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &train, &[]).unwrap();
    trainer.fit(&mut Callbacks::default()).unwrap();
    (dataset, held, trainer.model().unwrap())
}

/// Data whose classes are partly noise: every seventh graph has the other one.
fn noisy() -> Dataset {
    let mut data = cycles_and_cliques(48, 3);
    let y = (0..data.len()).map(|i| (data.y(i) as u32 + u32::from(i % 7 == 0)) % 2).collect();
    data.set_classes(y, Vec::new()).unwrap();
    data
}

/// The graphs with targets.
fn with(targets: Vec<f32>, width: usize) -> Dataset {
    let mut data = cycles_and_cliques(48, 3);
    data.set_targets(targets, width).unwrap();
    data
}

#[test]
fn probabilities_fit_better_and_predictions_stay() {
    let labels: Vec<f32> = (0..48).flat_map(|i| [(i % 2) as f32, if i % 5 == 0 { f32::NAN } else { 1.0 }]).collect();
    let cases = [(noisy(), json!({})), (with(labels, 2), json!({"task": "multilabel", "metric": "accuracy"}))];
    for (data, keys) in cases {
        let (data, held, model) = overconfident(data, &keys);
        let mut before = Predictor::new(&model, 1).unwrap();
        let (calibrated, temperature) = before.calibrate(&data, &held, None).unwrap();
        let mut after = Predictor::new(&calibrated, 1).unwrap();
        let [was, is] = [before.evaluate(&data, &held, None).unwrap(), after.evaluate(&data, &held, None).unwrap()];
        assert_eq!(was.predictions, is.predictions);
        assert!(is.class_loss <= was.class_loss + 1e-6, "{} {}", was.class_loss, is.class_loss);
        assert!(is.calibration_error.unwrap() < 0.5);
        for (was, is) in was.logits.iter().zip(&is.logits) {
            assert!((f64::from(*was) / temperature - f64::from(*is)).abs() < 1e-4 * f64::from(was.abs()).max(1.0));
        }
        let again = model_file::from_bytes(&model_file::to_bytes(&calibrated).unwrap()).unwrap();
        assert_eq!(again.fingerprint().unwrap(), calibrated.fingerprint().unwrap());
        assert_ne!(again.fingerprint().unwrap(), model.fingerprint().unwrap());
        // What fits already stays as it is.
        let (_, once_more) = after.calibrate(&data, &held, None).unwrap();
        assert!((once_more - 1.0).abs() < 1e-3, "{once_more}");
    }
}

#[test]
fn numbers_have_no_probabilities() {
    let data = with(vec![1.0; 48], 1);
    let (data, held, model) = overconfident(data, &json!({"task": "regression"}));
    let mut predictor = Predictor::new(&model, 1).unwrap();
    let error = predictor.calibrate(&data, &held, None).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(predictor.evaluate(&data, &held, None).unwrap().calibration_error, None);
}
