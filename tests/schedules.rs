//! Step sizes, label smoothing, averaged weights, accumulated batches: PyTorch's numbers, and what they are in a run.
//!
//! `tests/reference/schedules.py` wrote the numbers, in f64.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{
    Columns, Kind, LABELLED, WEIGHTED, cycles_and_cliques, random_dataset, with_sequences, with_targets,
};
use common::models::{all, bits, config, fit, small, split, trainer};
use diffpool::config::LossParts;
use diffpool::graph::Dataset;
use diffpool::layers::norm::RunningStatistics;
use diffpool::model::{EpochRecord, Model, TrainState, ValidationRecord};
use diffpool::ops::runtime::buffer::{matrix, matrix_mut};
use diffpool::ops::runtime::executor::Executor;
use diffpool::ops::target_weights::TargetWeights;
use diffpool::ops::{binary_cross_entropy, cross_entropy, moving_average};
use diffpool::train::{Callbacks, Progress, StopReason, Trainer, evaluate};
use serde_json::{Value, json};

fn fixture(part: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schedules.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all[part].as_array().unwrap().clone()
}

/// Numbers of a list; the word `nan` is one that is not a number.
fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], most: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-30, |m: f64, v| m.max(v.abs()));
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / scale).fold(0.0, f64::max);
    println!("{what:<60} {worst:.1e}");
    assert!(worst <= most, "{what} differs by {worst:e}");
}

/// An epoch after which the validation graphs have this loss and accuracy.
fn record(epoch: usize, value: f64) -> EpochRecord {
    EpochRecord {
        epoch,
        loss: 1.0,
        class_loss: 1.0,
        pooling: LossParts::ZERO,
        accuracy: 0.5,
        metric: 0.5,
        validation: Some(ValidationRecord { loss: value, accuracy: value, metric: value }),
        clusters: Vec::new(),
        validation_clusters: Vec::new(),
        learning_rate: 1.0,
        gradient_norm: 1.0,
        seconds: 0.0,
    }
}

#[test]
fn step_sizes_are_those_of_pytorch() {
    for case in fixture("schedules") {
        let config = config(&[&case["keys"]]).check().unwrap();
        let progress = Progress::of(&config, &[]);
        let found: Vec<f64> = (0..config.epochs).map(|epoch| progress.learning_rate(&config, epoch)).collect();
        close(&found, &numbers(&case["rates"]), 1e-14, &case["keys"].to_string());
    }
}

#[test]
fn a_plateau_is_that_of_pytorch() {
    for case in fixture("plateaus") {
        let config = config(&[&case["keys"]]).check().unwrap();
        let values = numbers(&case["values"]);
        let history: Vec<EpochRecord> = (1..).zip(values).map(|(epoch, value)| record(epoch, value)).collect();
        let rate = |epoch: usize| Progress::of(&config, &history[..epoch]).learning_rate(&config, epoch);
        let found: Vec<f64> = (0..config.epochs).map(rate).collect();
        close(&found, &numbers(&case["rates"]), 1e-14, &case["keys"].to_string());
        // Epoch by epoch as after all of them at once: what a resumed run goes on from.
        let mut progress = Progress::of(&config, &[]);
        for (epoch, record) in history.iter().enumerate() {
            assert_eq!(progress, Progress::of(&config, &history[..epoch]));
            progress.observe(&config, record);
        }
    }
}

#[test]
fn smoothed_labels_are_those_of_pytorch() {
    for case in fixture("smoothing") {
        let classes = case["classes"].as_u64().unwrap() as usize;
        let (class_weights, z) = (numbers(&case["weights"]), numbers(&case["z"]));
        let weights = TargetWeights { classes: &class_weights, rows: &[] };
        let y: Vec<u32> = numbers(&case["y"]).iter().map(|&y| y as u32).collect();
        let smoothing = case["label_smoothing"].as_f64().unwrap();
        let what = format!("{classes} classes, weights {class_weights:?}, smoothing {smoothing}");
        let sum = cross_entropy::weight_sum(&y, weights);
        let loss = cross_entropy::forward(matrix(&z, y.len(), classes), &y, weights, smoothing) / sum;
        close(&[loss], &[case["loss"].as_f64().unwrap()], 1e-14, &what);
        let mut dz = vec![0.0; z.len()];
        let mut view = matrix_mut(&mut dz, y.len(), classes);
        cross_entropy::backward(1.0 / sum, matrix(&z, y.len(), classes), &y, weights, smoothing, &mut view);
        close(&dz, &numbers(&case["gradient"]), 1e-13, &format!("{what}, gradient"));
        if classes == 2 {
            // A label is smoothed as a class of two, of which the logit is the difference.
            let z: Vec<f64> = z.chunks(2).map(|z| z[1] - z[0]).collect();
            let y: Vec<f32> = y.iter().map(|&y| y as f32).collect();
            let loss = binary_cross_entropy::forward(&z, &y, TargetWeights::NONE, smoothing) / 5.0;
            close(&[loss], &[case["loss"].as_f64().unwrap()], 1e-14, &format!("{what}, as labels"));
        }
    }
}

#[test]
fn averages_are_those_of_pytorch() {
    for case in fixture("averages") {
        let decay = case["ema_decay"].as_f64().unwrap();
        let weights: Vec<Vec<f64>> = case["weights"].as_array().unwrap().iter().map(numbers).collect();
        let mut average = weights[0].clone();
        for (step, expected) in case["averages"].as_array().unwrap().iter().enumerate() {
            if step > 0 {
                moving_average::update(decay, &weights[step], &mut average, &Executor::new(1).unwrap());
            }
            close(&average, &numbers(expected), 1e-14, &format!("average of {decay} after step {}", step + 1));
        }
    }
}

fn graphs() -> Arc<Dataset> {
    Arc::new(cycles_and_cliques(40, 1))
}

/// Fits to the end and returns the state after every epoch.
fn states(trainer: &mut Trainer<f32>) -> Vec<TrainState<f32>> {
    let mut states = Vec::new();
    let mut keep = |state: &TrainState<f32>| {
        states.push(state.clone());
        Ok(())
    };
    trainer.fit(&mut Callbacks { on_checkpoint: Some(&mut keep), ..Callbacks::default() }).unwrap();
    states
}

#[test]
fn the_history_has_the_step_size_of_every_epoch() {
    let dataset = graphs();
    for keys in [
        json!({}),
        json!({"learning_rate_schedule": "step", "step_epochs": 2}),
        json!({"learning_rate_schedule": "cosine", "warmup_epochs": 2}),
        json!({"learning_rate_schedule": "plateau", "plateau_patience": 0, "learning_rate": 0.2}),
    ] {
        let mut trainer = trainer(&[&small(), &json!({"epochs": 8}), &keys], &dataset);
        fit(&mut trainer);
        let (config, history) = (trainer.state().model.config().clone(), trainer.history());
        for (finished, record) in history.iter().enumerate() {
            let expected = Progress::of(&config, &history[..finished]).learning_rate(&config, finished);
            assert_eq!(record.learning_rate, expected, "{keys}");
        }
        let changes = history.windows(2).any(|pair| pair[0].learning_rate != pair[1].learning_rate);
        assert_eq!(changes, keys != json!({}), "{keys}");
    }
}

/// The epochs of a schedule are those of a run whose step size is set by hand.
#[test]
fn a_scheduled_epoch_has_steps_of_its_size() {
    let dataset = graphs();
    let (train, validation) = split(&dataset);
    let decay = json!({"optimizer": "adamw", "weight_decay": 0.1, "learning_rate": 0.02, "checkpoint_every": 1});
    let scheduled = json!({"learning_rate_schedule": "step", "step_epochs": 1, "epochs": 3});
    let states = states(&mut trainer(&[&small(), &decay, &scheduled], &dataset));
    for (before, after) in states.iter().zip(&states[1..]) {
        let mut state = before.clone();
        let rate = 0.02 * 0.5_f64.powi(before.epoch as i32);
        let by_hand = json!({"learning_rate": rate, "checkpoint_every": 0, "epochs": before.epoch + 1});
        let constant = config(&[&small(), &decay, &by_hand]);
        state.model = state.model.with_config(&constant.check().unwrap()).unwrap();
        let mut trainer = Trainer::resume(state, dataset.clone(), &train, &validation).unwrap();
        fit(&mut trainer);
        assert_eq!(trainer.state().model.parameters(), after.model.parameters());
        assert_eq!(trainer.history().last().unwrap().learning_rate, after.history.last().unwrap().learning_rate);
    }
}

#[test]
fn improvements_that_are_too_small_do_not_count() {
    let config = config(&[&json!({"patience": 2, "min_delta": 0.1, "early_stopping": "loss"})]);
    let out = |values: &[f64]| {
        let history: Vec<_> = (1..).zip(values).map(|(epoch, &value)| record(epoch, value)).collect();
        Progress::of(&config, &history).out_of_patience(&config)
    };
    assert!(!out(&[1.0]) && !out(&[1.0, 0.95]) && out(&[1.0, 0.95, 0.91]));
    // Small steps add up.
    assert!(!out(&[1.0, 0.95, 0.89, 0.85]) && out(&[1.0, 0.95, 0.89, 0.85, 0.8]));
    assert!(out(&[f64::NAN, f64::NAN]) && !out(&[f64::NAN, 3.0, f64::NAN]));

    // The weights that are kept are the best ones all the same.
    let dataset = graphs();
    let keys = json!({"patience": 3, "min_delta": 1e30, "learning_rate": 0.01, "normalization": "layer"});
    let mut trainer = trainer(&[&small(), &keys], &dataset);
    assert_eq!(fit(&mut trainer), StopReason::Patience);
    let losses: Vec<f64> = trainer.history().iter().map(|record| record.validation.unwrap().loss).collect();
    let best = trainer.state().best.as_ref().unwrap();
    assert_eq!(losses.len(), 4);
    assert!(best.epoch > 1 && losses.iter().all(|&loss| loss >= best.metric), "{losses:?}");
}

/// Validation is by unsmoothed labels, training is not.
#[test]
fn labels_are_smoothed_in_training_alone() {
    let dataset = graphs();
    let (train, validation) = split(&dataset);
    let run = |smoothing: f64| {
        // Steps too small to move anything.
        let still = json!({"learning_rate": 1e-30, "normalization": "none", "epochs": 1, "batch_size": 100});
        let mut trainer = trainer(&[&small(), &still, &json!({"label_smoothing": smoothing})], &dataset);
        fit(&mut trainer);
        let model = trainer.model().unwrap();
        (trainer.history()[0].clone(), evaluate(&model, &dataset, &train, 1).unwrap(), model)
    };
    let ((plain, evaluation, model), (smooth, again, _)) = (run(0.0), run(0.3));
    assert_eq!(plain.validation, smooth.validation);
    assert_eq!(evaluation, again);
    assert_eq!(evaluation.accuracy, smooth.accuracy);
    assert_ne!(plain.class_loss, smooth.class_loss);
    let logits = matrix(&evaluation.logits, train.len(), 2);
    let y: Vec<u32> = train.iter().map(|&index| dataset.y(index) as u32).collect();
    let expected = |smoothing| cross_entropy::forward(logits, &y, TargetWeights::NONE, smoothing) / train.len() as f64;
    assert!((plain.class_loss - expected(0.0)).abs() < 1e-6 && (smooth.class_loss - expected(0.3)).abs() < 1e-6);
    assert!(evaluate(&model, &dataset, &validation, 1).unwrap().loss.is_finite());
}

fn join(parameters: &[f32], running: &RunningStatistics<f32>) -> Vec<f32> {
    [parameters, &running.mean, &running.variance].concat()
}

#[test]
fn averages_follow_every_step_and_change_none() {
    let dataset = graphs();
    let (_, validation) = split(&dataset);
    // One step an epoch, so that every checkpoint is after a step.
    let keys = json!({"batch_size": 40, "checkpoint_every": 1, "learning_rate": 0.03, "epochs": 7, "dropout": 0.2});
    let averaged = json!({"ema_decay": 0.8, "restore_best": false});
    let plain = states(&mut trainer(&[&small(), &keys], &dataset));
    let mut run = trainer(&[&small(), &keys, &averaged], &dataset);
    assert_eq!(run.model().parameters(), run.state().model.parameters(), "an average of nothing is the start");
    let states = states(&mut run);
    let mut expected = Vec::new();
    for (state, plain) in states.iter().zip(&plain) {
        let present = join(state.model.parameters(), state.model.running());
        assert_eq!(present, join(plain.model.parameters(), plain.model.running()));
        match state.epoch {
            1 => expected = present,
            _ => moving_average::update(0.8, &present, &mut expected, &Executor::new(1).unwrap()),
        }
        let (parameters, running) = state.weights();
        assert_eq!(join(parameters, running), expected);
        // What validation sees.
        let mut model = state.model.clone();
        model.copy_numbers_from(parameters, running);
        let evaluation = evaluate(&model, &dataset, &validation, 1).unwrap();
        let recorded = state.history.last().unwrap().validation.unwrap();
        assert_eq!(evaluation.accuracy, recorded.accuracy);
        assert!((evaluation.loss - recorded.loss).abs() <= 1e-12 * recorded.loss);
        // The best weights are averaged ones, too.
        let best = state.best.as_ref().unwrap();
        assert!(best.epoch < state.epoch || join(&best.parameters, &best.running) == expected);
    }
    assert_ne!(run.model().parameters(), run.state().model.parameters());
    assert_eq!(join(run.model().parameters(), run.model().running()), expected);
}

/// Data, keys, and what is left out of the gradients that must agree.
struct Accumulated {
    name: &'static str,
    kind: Kind,
    keys: Value,
}

fn accumulated() -> Vec<Accumulated> {
    let case = |name, kind, keys| Accumulated { name, kind, keys };
    vec![
        case("classes", WEIGHTED, json!({})),
        case("weights of classes", WEIGHTED, json!({"class_weights": [0.2, 3.0, 1.0]})),
        case("a class of weight 0", WEIGHTED, json!({"class_weights": [0.0, 0.0, 1.0]})),
        case("smoothed labels", WEIGHTED, json!({"label_smoothing": 0.2, "class_weights": [0.2, 3.0, 1.0]})),
        case("dropout", WEIGHTED, json!({"dropout": 0.3, "head_dropout": 0.2})),
        case("layer norm", WEIGHTED, json!({"normalization": "layer"})),
        case("targets that are missing", WEIGHTED, json!({"task": "multilabel", "label_smoothing": 0.1})),
        case("numbers", WEIGHTED, json!({"task": "regression", "regression_loss": "huber"})),
        case("words", WEIGHTED, json!({"task": "sequence"})),
        case("cross-entropy of links", WEIGHTED, json!({"link_loss": "cross_entropy"})),
        case("relations", LABELLED, json!({"relations": "edge_labels"})),
        case("flat", WEIGHTED, json!({"clusters": []})),
    ]
}

/// Moments after an epoch in which nothing moves: sums of gradients.
fn moments(dataset: &Arc<Dataset>, keys: [&Value; 2]) -> (u64, Vec<f64>, EpochRecord) {
    let still =
        json!({"learning_rate": 1e-30, "normalization": "none", "epochs": 1, "clip_norm": 0.0, "shuffle": true});
    let config = config(&[&small(), &still, keys[0], keys[1]]);
    let mut trainer = Trainer::<f64>::new(&config.check().unwrap(), dataset.clone(), &all(dataset), &[]).unwrap();
    fit(&mut trainer);
    (trainer.state().step, trainer.state().first_moment.clone(), trainer.history()[0].clone())
}

#[test]
fn accumulated_batches_count_as_one() {
    let sizes: Vec<usize> = (0..22).map(|i| 3 + 5 * i % 13).collect();
    for Accumulated { name, kind, keys } in accumulated() {
        let random = random_dataset(&sizes, kind, 3);
        let columns = if keys["task"] == json!("multilabel") { Columns::Labels(3) } else { Columns::Numbers(2) };
        let random = with_targets(random, columns, 4);
        let words = keys["task"] == json!("sequence");
        let dataset = Arc::new(if words { with_sequences(random, 2) } else { random });
        // 22 graphs: the last step is of 10, in batches of 4, 4 and 2.
        let (steps, whole, record) = moments(&dataset, [&keys, &json!({"batch_size": 12})]);
        assert_eq!(steps, 2);
        for (batch, accumulate) in [(4, 3), (6, 2), (3, 4), (1, 12)] {
            let parts = json!({"batch_size": batch, "accumulate_batches": accumulate});
            let (steps, found, of_parts) = moments(&dataset, [&keys, &parts]);
            assert_eq!(steps, 2, "{name}");
            close(&found, &whole, 1e-12, &format!("{name}, {accumulate} batches of {batch}"));
            let pairs = [(record.loss, of_parts.loss), (record.gradient_norm, of_parts.gradient_norm)];
            for (whole, found) in pairs {
                assert!((whole - found).abs() <= 1e-12 * whole, "{name}: {found} in place of {whole}");
            }
        }
    }
}

/// With batch norms, batches that are accumulated have statistics of their own.
#[test]
fn accumulated_batches_have_their_own_statistics() {
    let dataset = graphs();
    let run = |keys: Value| {
        let mut trainer = trainer(&[&small(), &json!({"epochs": 2}), &keys], &dataset);
        fit(&mut trainer);
        (trainer.state().step, bits(trainer.state()))
    };
    let (one, two) = (run(json!({"batch_size": 16})), run(json!({"batch_size": 8, "accumulate_batches": 2})));
    assert_eq!((one.0, two.0), (4, 4));
    assert!(one.1 != two.1);
}

#[test]
fn a_schedule_needs_what_it_goes_by() {
    let dataset = graphs();
    let new = |keys: Value, validation: &[usize]| {
        let made = config(&[&small(), &keys])
            .check()
            .and_then(|config| Trainer::<f32>::new(&config, dataset.clone(), &[0, 1, 2], validation));
        made.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let plateau = json!({"learning_rate_schedule": "plateau"});
    assert_eq!(new(plateau.clone(), &[]), "learning_rate_schedule is \"plateau\", but there are no validation graphs");
    assert_eq!(new(plateau, &[3]), "");
    let long = json!({"warmup_epochs": 6});
    assert_eq!(new(long, &[3]), "warmup_epochs is 6, but must be less than epochs, which is 6");
    let mut trainer = trainer(&[&small(), &json!({"warmup_epochs": 3})], &dataset);
    let error = trainer.set_epochs(3).unwrap_err();
    assert_eq!(error.message(), "warmup_epochs is 3, but must be less than epochs, which is 3");
    assert_eq!(trainer.state().model.config().epochs, 6);
    trainer.set_epochs(4).unwrap();
}

/// A model keeps the settings of its training, and other ones can be chosen for the next.
#[test]
fn a_model_can_be_trained_on_with_another_schedule() {
    let dataset = graphs();
    let (train, validation) = split(&dataset);
    let averaged = json!({"ema_decay": 0.9, "learning_rate_schedule": "cosine", "label_smoothing": 0.1});
    let mut first = trainer(&[&small(), &averaged], &dataset);
    fit(&mut first);
    let model: Model<f32> = first.model();
    assert_eq!(model.config().ema_decay, 0.9);
    let plain = config(&[&small()]).check().unwrap();
    let mut second =
        Trainer::from_model(model.clone().with_config(&plain).unwrap(), dataset, &train, &validation).unwrap();
    assert_eq!(second.model().parameters(), model.parameters());
    fit(&mut second);
    assert!(second.state().average.is_none());
}
