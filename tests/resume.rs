//! A run that is written to a file, loaded and resumed ends as if it had never stopped.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{WEIGHTED, random_dataset};
use diffpool::checkpoint::{model_file, training_file};
use diffpool::model::{Config, EpochRecord, TrainState};
use diffpool::train::{Callbacks, Trainer};
use serde_json::json;

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

#[test]
fn a_resumed_run_ends_as_if_it_had_never_stopped() {
    let data = Arc::new(random_dataset(&[5, 9, 3, 7, 6, 4, 8, 5, 6, 7, 3, 4], WEIGHTED, 7));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..9).collect(), (9..12).collect());
    let mut whole = Trainer::<f32>::new(&config(), data.clone(), &train, &validation).unwrap();
    whole.fit(&mut Callbacks::default()).unwrap();

    let folder = tempfile::tempdir().unwrap();
    for stop_after in [1, 3] {
        let path = folder.path().join("run.safetensors");
        let mut first = Trainer::<f32>::new(&config(), data.clone(), &train, &validation).unwrap();
        let mut stop = |record: &EpochRecord| record.epoch < stop_after;
        first.fit(&mut Callbacks { on_epoch: Some(&mut stop), ..Callbacks::default() }).unwrap();
        training_file::save(first.state(), &path).unwrap();
        drop(first);

        let state = training_file::load(&path).unwrap();
        assert_eq!(state.epoch, stop_after);
        let mut second = Trainer::resume(state, data.clone(), &train, &validation).unwrap();
        second.fit(&mut Callbacks::default()).unwrap();
        assert!(comparable(second.state()) == comparable(whole.state()), "stopped after {stop_after}");
        let bytes = |trainer: &Trainer<f32>| model_file::to_bytes(&trainer.model()).unwrap();
        assert_eq!(bytes(&second), bytes(&whole));
    }
}

#[test]
fn a_finished_run_can_be_made_longer() {
    let dataset = Arc::new(random_dataset(&[5, 9, 3, 7, 6, 4, 8, 5, 6, 7, 3, 4], WEIGHTED, 7));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..9).collect(), (9..12).collect());
    let mut whole = Trainer::new(&config(), dataset.clone(), &train, &validation).unwrap();
    whole.fit(&mut Callbacks::default()).unwrap();
    let short = Config { epochs: 2, ..config() };
    let mut longer = Trainer::<f32>::new(&short, dataset, &train, &validation).unwrap();
    longer.fit(&mut Callbacks::default()).unwrap();
    let error = longer.set_epochs(1).unwrap_err();
    assert_eq!(error.message(), "epochs is 1, but 2 are finished already");
    longer.set_epochs(6).unwrap();
    longer.fit(&mut Callbacks::default()).unwrap();
    assert_eq!(comparable(longer.state()), comparable(whole.state()));
}
