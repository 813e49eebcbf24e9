//! A run that is written to a file, loaded and resumed ends as if it had never stopped.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{WEIGHTED, random_dataset};
use diffpool::checkpoint::{model_file, training_file};
use diffpool::config::Config;
use diffpool::model::{EpochRecord, TrainState};
use diffpool::train::{Callbacks, StopReason, Trainer};
use serde_json::{Value, json};

fn config() -> Config {
    let mut config = Config::preset("default").unwrap();
    let changes = [
        ("clusters", json!([3])),
        ("embed_hidden", json!(4)),
        ("embed_output", json!(4)),
        ("assign_hidden", json!(4)),
        ("dropout", json!(0.2)),
        ("batch_size", json!(4)),
        ("epochs", json!(6)),
        ("threads", json!(1)),
    ];
    for (key, value) in changes {
        config.set(key, value).unwrap();
    }
    config
}

/// A state without its times, as the bytes of a file and as the history in words, which tell NaN and signs of zero.
fn comparable(state: &TrainState<f32>) -> (Vec<u8>, String) {
    let mut state = state.clone();
    state.history.iter_mut().for_each(|record: &mut EpochRecord| record.seconds = 0.0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    training_file::save(&state, &path).unwrap();
    (std::fs::read(&path).unwrap(), format!("{:?}", state.history))
}

/// Settings under which an epoch depends on the ones before it, each by itself and all together.
fn features() -> Vec<(&'static str, Value)> {
    let schedule = |name: &str| json!({"learning_rate_schedule": name, "step_epochs": 2, "learning_rate": 0.05});
    vec![
        ("default", json!({})),
        ("step", schedule("step")),
        ("cosine", schedule("cosine")),
        ("warm-up", json!({"warmup_epochs": 4})),
        ("plateau", join(&[&schedule("plateau"), &json!({"plateau_patience": 0, "plateau_factor": 0.7})])),
        ("plateau of an accuracy", join(&[&schedule("plateau"), &json!({"early_stopping": "accuracy"})])),
        ("smoothed labels", json!({"label_smoothing": 0.2})),
        ("accumulated batches", json!({"batch_size": 2, "accumulate_batches": 3})),
        ("averaged weights", json!({"ema_decay": 0.9, "learning_rate": 0.02})),
        ("averaged weights, the last", json!({"ema_decay": 0.5, "restore_best": false})),
        ("patience", json!({"patience": 2, "min_delta": 0.1, "learning_rate": 0.01})),
        (
            "all",
            json!({"learning_rate_schedule": "plateau", "plateau_patience": 0, "plateau_factor": 0.7, "batch_size": 2,
                "warmup_epochs": 2, "learning_rate": 0.05, "label_smoothing": 0.1, "accumulate_batches": 3,
                "ema_decay": 0.8, "min_delta": 1e-3, "patience": 4, "weight_decay": 0.01, "optimizer": "adamw"}),
        ),
    ]
}

fn join(objects: &[&Value]) -> Value {
    let pairs = objects.iter().flat_map(|object| object.as_object().unwrap().clone());
    Value::Object(pairs.collect())
}

fn config_with(keys: &Value) -> Config {
    let mut config = config();
    for (key, value) in keys.as_object().unwrap() {
        config.set(key, value.clone()).unwrap();
    }
    config
}

#[test]
fn a_resumed_run_ends_as_if_it_had_never_stopped() {
    let data = Arc::new(random_dataset(&[5, 9, 3, 7, 6, 4, 8, 5, 6, 7, 3, 4], WEIGHTED, 7));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..9).collect(), (9..12).collect());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    for (name, keys) in features() {
        let config = config_with(&keys);
        let mut whole = Trainer::<f32>::new(&config.check().unwrap(), data.clone(), &train, &validation).unwrap();
        let reason = whole.fit(&mut Callbacks::default()).unwrap();
        for stop_after in 1..=whole.history().len() {
            let mut first = Trainer::<f32>::new(&config.check().unwrap(), data.clone(), &train, &validation).unwrap();
            let mut stop = |record: &EpochRecord| record.epoch < stop_after;
            first.fit(&mut Callbacks { on_epoch: Some(&mut stop), ..Callbacks::default() }).unwrap();
            training_file::save(first.state(), &path).unwrap();
            drop(first);

            let state = training_file::load(&path).unwrap();
            assert_eq!(state.epoch, stop_after);
            let mut second = Trainer::resume(state, data.clone(), &train, &validation).unwrap();
            assert_eq!(second.fit(&mut Callbacks::default()).unwrap(), reason, "{name}");
            assert!(comparable(second.state()) == comparable(whole.state()), "{name}, stopped after {stop_after}");
            let bytes = |trainer: &Trainer<f32>| {
                let mut model = trainer.model().unwrap();
                model.metadata_mut().remove("diffpool.date");
                model_file::to_bytes(&model).unwrap()
            };
            assert_eq!(bytes(&second), bytes(&whole), "{name}");
        }
    }
}

/// A run that was written before there were schedules and averages goes on as it would have.
#[test]
fn files_of_earlier_versions_are_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/checkpoints/constant.safetensors");
    let data = Arc::new(random_dataset(&[5, 9, 3, 7, 6, 4, 8, 5, 6, 7, 3, 4], WEIGHTED, 7));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..9).collect(), (9..12).collect());
    let state = training_file::load(path.as_ref()).unwrap();
    assert_eq!((state.epoch, state.average.is_none()), (3, true));
    let defaults = Config::default();
    for key in ["learning_rate_schedule", "warmup_epochs", "label_smoothing", "accumulate_batches", "ema_decay"] {
        assert_eq!(state.model.config().get(key).unwrap(), defaults.get(key).unwrap());
    }
    let mut resumed = Trainer::resume(state, data, &train, &validation).unwrap();
    assert_eq!(resumed.fit(&mut Callbacks::default()).unwrap(), StopReason::Finished);
    assert_eq!(resumed.history().len(), 6);
    assert!(resumed.history().iter().all(|record| record.learning_rate == 1e-3 && record.loss.is_finite()));
}

#[test]
fn a_finished_run_can_be_made_longer() {
    let dataset = Arc::new(random_dataset(&[5, 9, 3, 7, 6, 4, 8, 5, 6, 7, 3, 4], WEIGHTED, 7));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..9).collect(), (9..12).collect());
    let mut whole = Trainer::new(&config().check().unwrap(), dataset.clone(), &train, &validation).unwrap();
    whole.fit(&mut Callbacks::default()).unwrap();
    let short = Config { epochs: 2, ..config() };
    let mut longer = Trainer::<f32>::new(&short.check().unwrap(), dataset, &train, &validation).unwrap();
    longer.fit(&mut Callbacks::default()).unwrap();
    let error = longer.set_epochs(1).unwrap_err();
    assert_eq!(error.message(), "epochs is 1, but 2 are finished already");
    longer.set_epochs(6).unwrap();
    longer.fit(&mut Callbacks::default()).unwrap();
    assert_eq!(comparable(longer.state()), comparable(whole.state()));
}
