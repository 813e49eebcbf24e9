//! Tests of the checkpoint of a training run.

use std::fs;

use super::*;
use crate::checkpoint::container::header::Header;
use crate::checkpoint::model_file;
use crate::checkpoint::testing::{altered, altered_and_sealed, flat_model, is_harmless, model};
use crate::config::{LossParts, PoolLoss};
use crate::error::ErrorKind;
use crate::model::{ClusterDiagnostics, Model, ValidationRecord};

fn record(epoch: usize) -> EpochRecord {
    let clusters = ClusterDiagnostics {
        clusters_in_use: 2.0,
        effective_clusters: 1.0 / 3.0,
        entropy: 5e-324,
        relative_entropy: -0.0,
        edges_inside: f64::NAN,
        modularity: f64::NEG_INFINITY,
    };
    let mut pooling = LossParts::ZERO;
    pooling[PoolLoss::Link] = f64::INFINITY;
    pooling[PoolLoss::Entropy] = -0.0;
    pooling[PoolLoss::Cut] = f64::NAN;
    EpochRecord {
        epoch,
        loss: 0.1 + 0.2,
        class_loss: 1.0 / 3.0,
        pooling,
        accuracy: 5e-324,
        metric: 0.1 + 0.2,
        validation: (epoch != 2).then_some(ValidationRecord {
            loss: f64::NEG_INFINITY,
            accuracy: 1.0,
            metric: f64::NAN,
        }),
        clusters: vec![clusters; epoch],
        validation_clusters: vec![clusters; epoch - 1],
        learning_rate: 1e-3,
        gradient_norm: f64::NAN,
        seconds: f64::MAX,
    }
}

fn state() -> TrainState<f32> {
    state_of(model())
}

fn state_of(model: Model<f32>) -> TrainState<f32> {
    let count = model.parameter_count();
    let mut running = model.running().clone();
    running.mean.iter_mut().for_each(|mean| *mean -= 0.3);
    let best = Best {
        epoch: 2,
        metric: f64::INFINITY,
        parameters: model.parameters().iter().map(|v| -v / 3.0).collect(),
        running,
    };
    TrainState {
        model,
        epoch: 3,
        step: MAX_STEP,
        first_moment: (0..count).map(|i| i as f32 / -7.0).collect(),
        second_moment: (0..count).map(|i| f32::from_bits(i as u32)).collect(),
        average: None,
        best: Some(best),
        history: (1..=3).map(record).collect(),
        data_fingerprint: u32::MAX,
    }
}

/// The state of a run that also averages its weights.
fn averaged(mut state: TrainState<f32>) -> TrainState<f32> {
    let config = state.model.config().with(|config| config.ema_decay = 0.5).unwrap();
    state.model = state.model.with_config(&config).unwrap();
    let mut running = state.model.running().clone();
    running.mean.iter_mut().for_each(|mean| *mean += 0.7);
    let parameters = state.model.parameters().iter().map(|v| v / 5.0).collect();
    state.average = Some(Average { parameters, running });
    state
}

fn to_bytes(state: &TrainState<f32>) -> Vec<u8> {
    let mut bytes = Vec::new();
    pack(state).unwrap().write_to(&mut bytes).unwrap();
    bytes
}

fn from_bytes(bytes: &[u8]) -> Result<TrainState<f32>> {
    read(Reader::open(bytes, bytes.len() as u64, &FORMAT)?)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn assert_equal(read: &TrainState<f32>, state: &TrainState<f32>) {
    assert_eq!(model_file::to_bytes(&read.model).unwrap(), model_file::to_bytes(&state.model).unwrap());
    assert_eq!((read.epoch, read.step, read.data_fingerprint), (state.epoch, state.step, state.data_fingerprint));
    assert_eq!(bits(&read.first_moment), bits(&state.first_moment));
    assert_eq!(bits(&read.second_moment), bits(&state.second_moment));
    // Debug output tells NaN and the sign of zero as `==` does not.
    assert_eq!(format!("{:?}", read.history), format!("{:?}", state.history));
    let best = |state: &TrainState<f32>| {
        state.best.as_ref().map(|Best { epoch, metric, parameters, running }| {
            (*epoch, metric.to_bits(), bits(parameters), bits(&running.mean), bits(&running.variance))
        })
    };
    assert_eq!(best(read), best(state));
    let average = |state: &TrainState<f32>| {
        let numbers = |a: &Average<f32>| (bits(&a.parameters), bits(&a.running.mean), bits(&a.running.variance));
        state.average.as_ref().map(numbers)
    };
    assert_eq!(average(read), average(state));
}

#[test]
fn a_run_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let mut state = state();
    for best in [true, false] {
        if !best {
            state.best = None;
        }
        save(&state, &path).unwrap();
        assert_equal(&load(&path).unwrap(), &state);
        assert_eq!(fs::read(&path).unwrap(), to_bytes(&state));
        assert_eq!(to_bytes(&load(&path).unwrap()), to_bytes(&state));
    }
    let with_average = averaged(state.clone());
    save(&with_average, &path).unwrap();
    assert_equal(&load(&path).unwrap(), &with_average);
    state.epoch = 0;
    state.history.clear();
    save(&state, &path).unwrap();
    assert_equal(&load(&path).unwrap(), &state);
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = to_bytes(&averaged(state_of(flat_model())));
    for len in 0..bytes.len() {
        assert!(from_bytes(&bytes[..len]).is_err(), "{len}");
    }
}

#[test]
fn every_flipped_byte_is_found_out() {
    let original = to_bytes(&averaged(state_of(flat_model())));
    let mut bytes = original.clone();
    for at in 0..bytes.len() {
        bytes[at] ^= 1 << (at % 8);
        assert!(is_harmless(from_bytes, to_bytes, &bytes, &original), "{at}");
        bytes[at] ^= 1 << (at % 8);
    }
}

#[test]
fn what_contradicts_itself_is_named() {
    type Change = fn(&mut Header, &mut Vec<u8>);
    let cases: [Change; 19] = [
        |header, _| set(header, "epoch", "2"),
        |header, _| set(header, "epoch", "-1"),
        |header, _| set(header, "epoch", "18446744073709551615"),
        |header, _| set(header, "epoch", "18446744073709551616"),
        |header, _| set(header, "step", "1.5"),
        |header, _| set(header, "step", "18446744073709551615"),
        |header, _| set(header, "data_fingerprint", "4294967296"),
        |header, _| set(header, "history", "[{}]"),
        |header, _| set(header, "history", "7"),
        |header, _| change(header, "history", "\"epoch\":2", "\"epoch\":3"),
        |header, _| change(header, "history", "\"nan\"", "\"none\""),
        |header, _| set(header, "best", "{\"epoch\":4,\"metric\":1}"),
        |header, _| set(header, "best", "{\"epoch\":4}"),
        |header, _| drop(header.metadata.remove("best")),
        |header, _| drop(header.metadata.remove("step")),
        |header, _| header.tensors.get_mut("optimizer.first_moment").unwrap().shape.push(1),
        |header, _| change(header, "config", "\"ema_decay\": 0.0", "\"ema_decay\": 0.5"),
        |header, _| change(header, "config", "\"label_smoothing\": 0.0", "\"label_smoothing\": 1.0"),
        |header, data| {
            let start = header.tensors["optimizer.second_moment"].data_offsets.0;
            data[start..start + 4].copy_from_slice(&(-1f32).to_le_bytes());
        },
    ];
    let bytes = to_bytes(&state());
    let mut messages = String::new();
    for change in cases {
        let error = from_bytes(&altered_and_sealed(&bytes, change)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidFile);
        messages += &format!("{error}\n");
    }
    messages += &format!("{}\n", from_bytes(&altered(&bytes, |_, _| {})).err().unwrap());
    messages += &format!("{}\n", from_bytes(&model_file::to_bytes(&model()).unwrap()).err().unwrap());
    messages += &format!("{}\n", model_file::from_bytes(&bytes).err().unwrap());
    insta::assert_snapshot!("wrong_states", messages);
}

fn set(header: &mut Header, key: &str, value: &str) {
    header.metadata.insert(key.to_string(), value.to_string());
}

fn change(header: &mut Header, key: &str, from: &str, to: &str) {
    let value = header.metadata.get_mut(key).unwrap();
    assert!(value.contains(from), "{value}");
    *value = value.replacen(from, to, 1);
}

#[test]
fn a_state_that_could_not_be_loaded_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    save(&state(), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let cases: [fn(&mut TrainState<f32>); 11] = [
        |state| state.epoch = 4,
        |state| state.history[0].epoch = 0,
        |state| state.best.as_mut().unwrap().epoch = 4,
        |state| state.best.as_mut().unwrap().parameters.truncate(217),
        |state| state.best.as_mut().unwrap().running.variance[0] = -1.0,
        |state| state.average = averaged(state.clone()).average,
        |state| *state = TrainState { average: None, ..averaged(state.clone()) },
        |state| {
            *state = averaged(state.clone());
            state.average.as_mut().unwrap().parameters.pop();
        },
        |state| state.first_moment.clear(),
        |state| state.second_moment[1] = f32::NAN,
        |state| state.model.parameters_mut()[0] = f32::INFINITY,
    ];
    let mut messages = String::new();
    for change in cases {
        let mut state = state();
        change(&mut state);
        let error = save(&state, &path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        messages += &format!("{error}\n").replace(&*folder.path().to_string_lossy(), "FOLDER");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    insta::assert_snapshot!("refused_states", messages);
}
