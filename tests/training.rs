//! Whole training runs: resuming, stopping, diverging, learning, and what every configuration key changes.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{DIRECTED, PLAIN, cycles_and_cliques, random_dataset};
use common::models::{Bits, all, bits, config, fit, small, split, still, trainer, without_losses};
use diffpool::ErrorKind;
use diffpool::config::PoolLoss;
use diffpool::control::Control;
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::{Model, TrainState};
use diffpool::train::{Callbacks, StopReason, Trainer, evaluate};
use serde_json::{Value, json};

/// Everything by chance, validation, early stopping: what a resumed run must take up again.
fn eventful() -> Value {
    json!({"dropout": 0.2, "head_dropout": 0.3, "patience": 20, "checkpoint_every": 1, "epochs": 9,
        "learning_rate": 0.02, "weight_decay": 0.01, "threads": 2})
}

/// All that makes a step or an epoch depend on the ones before it.
fn scheduled() -> Value {
    json!({"learning_rate_schedule": "plateau", "plateau_patience": 0, "warmup_epochs": 2, "label_smoothing": 0.1,
        "accumulate_batches": 3, "ema_decay": 0.8, "min_delta": 1e-3})
}

fn graphs() -> Arc<Dataset> {
    Arc::new(cycles_and_cliques(40, 1))
}

/// Fits to the end and returns the state at every checkpoint.
fn fit_with_checkpoints(trainer: &mut Trainer<f32>) -> (StopReason, Vec<TrainState<f32>>) {
    let mut states = Vec::new();
    let mut keep = |state: &TrainState<f32>| {
        states.push(state.clone());
        Ok(())
    };
    let reason = trainer.fit(&mut Callbacks { on_checkpoint: Some(&mut keep), ..Callbacks::default() }).unwrap();
    (reason, states)
}

fn ignore(_: &TrainState<f32>) -> diffpool::Result<()> {
    Ok(())
}

#[test]
fn a_run_resumed_at_any_epoch_ends_the_same() {
    let dataset = graphs();
    let (train, validation) = split(&dataset);
    let early = json!({"patience": 3});
    let cases = [(json!({}), StopReason::Finished), (scheduled(), StopReason::Finished), (early, StopReason::Patience)];
    for (keys, expected_reason) in cases {
        let still = if expected_reason == StopReason::Patience { still() } else { json!({}) };
        let mut whole = trainer(&[&small(), &eventful(), &still, &keys], &dataset);
        let start = whole.state().clone();
        let (reason, states) = fit_with_checkpoints(&mut whole);
        let expected = bits(whole.state());
        assert_eq!(reason, expected_reason);
        assert_eq!(states.len(), whole.history().len());
        for state in std::iter::once(start).chain(states) {
            let epoch = state.epoch;
            let mut resumed = Trainer::resume(state, dataset.clone(), &train, &validation).unwrap();
            let (reason, rest) = fit_with_checkpoints(&mut resumed);
            assert_eq!(reason, expected_reason, "resumed after epoch {epoch}");
            assert_eq!(rest.len(), whole.history().len() - epoch);
            assert!(bits(resumed.state()) == expected, "resumed after epoch {epoch}");
            assert!(resumed.model().parameters() == whole.model().parameters(), "resumed after epoch {epoch}");
        }
    }
}

/// How a run is stopped within an epoch.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Flag,
    Callback,
}

#[test]
fn a_run_stopped_anywhere_goes_on_to_the_same_end() {
    stop_anywhere(&json!({}));
}

/// Also between two batches whose gradients are gathered.
#[test]
fn a_scheduled_run_stopped_anywhere_goes_on_to_the_same_end() {
    stop_anywhere(&scheduled());
}

fn stop_anywhere(keys: &Value) {
    let dataset = graphs();
    let mut whole = trainer(&[&small(), &eventful(), keys], &dataset);
    let mut finished: Vec<Bits> = vec![bits(whole.state())];
    let (_, states) = fit_with_checkpoints(&mut whole);
    finished.extend(states.iter().map(bits));
    let expected = bits(whole.state());
    for (stop, at) in [Stop::Flag, Stop::Callback].into_iter().flat_map(|s| (0..8).map(move |at| (s, at))) {
        let mut stopped = trainer(&[&small(), &eventful(), keys], &dataset);
        let control = Control::new();
        let mut seen = 0;
        let mut batches = 0;
        let mut on_batch = |batch: &diffpool::train::BatchRecord| {
            batches = batch.batches;
            seen += 1;
            let last = seen == at + 1;
            if last && matches!(stop, Stop::Flag) {
                control.cancel();
            }
            !(last && matches!(stop, Stop::Callback))
        };
        let mut callbacks = Callbacks {
            on_batch: Some(&mut on_batch),
            on_checkpoint: Some(&mut ignore),
            control: Some(&control),
            ..Callbacks::default()
        };
        let outcome = stopped.fit(&mut callbacks);
        assert_eq!(batches, 4, "the place of the stop is counted in batches");
        // A callback's no to the last batch of an epoch undoes it; the flag is looked at before the next one.
        let epoch = match stop {
            Stop::Flag => {
                assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Cancelled);
                (at + 1) / batches
            }
            Stop::Callback => {
                assert_eq!(outcome, Ok(StopReason::Callback));
                at / batches
            }
        };
        assert!(bits(stopped.state()) == finished[epoch], "{stop:?} at batch {at}: not the state after epoch {epoch}");
        fit_with_checkpoints(&mut stopped);
        assert!(bits(stopped.state()) == expected, "{stop:?} at batch {at}: another end");
    }
}

#[test]
fn an_epoch_callback_stops_after_its_epoch() {
    let dataset = graphs();
    let keys = json!({"checkpoint_every": 0});
    let mut whole = trainer(&[&small(), &eventful(), &keys], &dataset);
    fit(&mut whole);
    let mut stopped = trainer(&[&small(), &eventful(), &keys], &dataset);
    let mut epochs = Vec::new();
    let caller = std::thread::current().id();
    let mut on_epoch = |record: &diffpool::model::EpochRecord| {
        assert_eq!(std::thread::current().id(), caller);
        epochs.push(record.epoch);
        record.epoch < 3
    };
    let reason = stopped.fit(&mut Callbacks { on_epoch: Some(&mut on_epoch), ..Callbacks::default() }).unwrap();
    assert_eq!((reason, epochs), (StopReason::Callback, vec![1, 2, 3]));
    assert_eq!((stopped.state().epoch, stopped.history().len()), (3, 3));
    fit(&mut stopped);
    assert!(bits(stopped.state()) == bits(whole.state()));
}

/// The model of an epoch is the one of a run that ends there, and the caller may keep it.
#[test]
fn a_callback_sees_the_model_of_every_epoch() {
    let dataset = graphs();
    for keys in [json!({"checkpoint_every": 0}), json!({"checkpoint_every": 0, "ema_decay": 0.8})] {
        let of_epochs = |epochs: usize| {
            let last = json!({"epochs": epochs, "restore_best": false, "learning_rate_schedule": "constant"});
            trainer(&[&small(), &eventful(), &keys, &last], &dataset)
        };
        let (mut run, mut models) = (of_epochs(3), Vec::new());
        let caller = std::thread::current().id();
        let mut on_model = |record: &diffpool::model::EpochRecord, model: &diffpool::model::Model<f32>| {
            assert_eq!((record.epoch, std::thread::current().id()), (models.len() + 1, caller));
            models.push(model.clone());
            models.len() < 2
        };
        let reason = run.fit(&mut Callbacks { on_model: Some(&mut on_model), ..Callbacks::default() }).unwrap();
        assert_eq!(reason, StopReason::Callback);
        for (model, epochs) in models.iter().zip(1..) {
            let mut whole = of_epochs(epochs);
            fit(&mut whole);
            assert_eq!(model.parameters(), whole.model().parameters(), "{keys}, epoch {epochs}");
            assert_eq!(model.running(), whole.model().running(), "{keys}, epoch {epochs}");
        }
        assert_eq!(models.len(), 2);
    }
}

#[test]
fn a_cancelled_run_does_nothing_until_it_may() {
    let dataset = graphs();
    let mut stopped = trainer(&[&small()], &dataset);
    let start = bits(stopped.state());
    let control = Control::new();
    control.cancel();
    let error = stopped.fit(&mut Callbacks { control: Some(&control), ..Callbacks::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(bits(stopped.state()) == start);
}

#[test]
fn a_failed_checkpoint_ends_the_run_after_its_epoch() {
    let dataset = graphs();
    let mut whole = trainer(&[&small(), &eventful()], &dataset);
    let (_, states) = fit_with_checkpoints(&mut whole);
    let mut stopped = trainer(&[&small(), &eventful()], &dataset);
    let mut fail = |state: &TrainState<f32>| match state.epoch {
        3 => Err(diffpool::Error::new(ErrorKind::Io, "the disk is full")),
        _ => Ok(()),
    };
    let error = stopped.fit(&mut Callbacks { on_checkpoint: Some(&mut fail), ..Callbacks::default() }).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Io, "the disk is full"));
    assert!(bits(stopped.state()) == bits(&states[2]));
}

#[test]
fn checkpoints_come_every_so_many_epochs() {
    let dataset = graphs();
    let mut trainer = trainer(&[&small(), &json!({"checkpoint_every": 3, "epochs": 8})], &dataset);
    let (_, states) = fit_with_checkpoints(&mut trainer);
    assert_eq!(states.iter().map(|state| state.epoch).collect::<Vec<_>>(), [3, 6]);
    assert!(states.iter().all(|state| state.history.len() == state.epoch));
}

#[test]
fn patience_ends_a_run_that_does_not_improve() {
    let dataset = graphs();
    // Nothing moves: parameters by less than f32 can hold, and there are no running statistics.
    let still = json!({"learning_rate": 1e-30, "normalization": "none", "epochs": 9});
    for (patience, epochs, reason) in [
        (0, 9, StopReason::Finished),
        (1, 2, StopReason::Patience),
        (3, 4, StopReason::Patience),
        (8, 9, StopReason::Finished),
        (20, 9, StopReason::Finished),
    ] {
        for early_stopping in ["loss", "accuracy"] {
            let keys = json!({"patience": patience, "early_stopping": early_stopping});
            let mut trainer = trainer(&[&small(), &still, &keys], &dataset);
            assert_eq!((fit(&mut trainer), trainer.history().len()), (reason, epochs), "patience {patience}");
            assert_eq!(trainer.state().best.as_ref().unwrap().epoch, 1);
            assert_eq!((fit(&mut trainer), trainer.history().len()), (reason, epochs), "patience {patience}, again");
        }
    }
}

#[test]
fn the_best_weights_are_restored_where_asked() {
    let accuracy = best_epoch(&still());
    assert_eq!(accuracy, 1, "of equal epochs the first is the best");
    // Steps so large that the validation loss goes up and down.
    let rough = |seed: u64| json!({"learning_rate": 0.3, "seed": seed});
    let epochs: Vec<usize> = (0..4).map(|seed| best_epoch(&rough(seed))).collect();
    assert!(epochs.iter().any(|&epoch| epoch < EPOCHS), "the last epoch is the best of every run");
}

const EPOCHS: usize = 10;

/// Trains with and without restoring, checks what is restored, and returns the best epoch.
fn best_epoch(keys: &Value) -> usize {
    let dataset = graphs();
    let run = json!({"epochs": EPOCHS, "checkpoint_every": 1});
    let restore = |restore: bool| json!({"restore_best": restore});
    let mut best = trainer(&[&small(), &run, keys, &restore(true)], &dataset);
    let mut last = trainer(&[&small(), &run, keys, &restore(false)], &dataset);
    let (_, states) = fit_with_checkpoints(&mut best);
    fit_with_checkpoints(&mut last);
    let by_accuracy = keys.get("early_stopping").is_some();
    let metric = |epoch: usize| {
        let validation = best.history()[epoch].validation.unwrap();
        if by_accuracy { -validation.accuracy } else { validation.loss }
    };
    let first_best = (0..EPOCHS).fold(0, |best, epoch| if metric(epoch) < metric(best) { epoch } else { best });
    assert_eq!(best.state().best.as_ref().unwrap().epoch, first_best + 1);
    assert_eq!(best.model().parameters(), states[first_best].model.parameters());
    assert_eq!(best.model().running(), states[first_best].model.running());
    assert_eq!(last.model().parameters(), states[EPOCHS - 1].model.parameters());
    assert_ne!(states[0].model.parameters(), states[EPOCHS - 1].model.parameters());
    // The run itself goes on from the last weights.
    assert_eq!(best.state().model.parameters(), last.state().model.parameters());
    let (_, validation) = split(&dataset);
    let evaluation = evaluate(&best.model(), &dataset, &validation, 1).unwrap();
    let recorded = best.history()[first_best].validation.unwrap();
    assert_eq!(evaluation.accuracy, recorded.accuracy);
    assert!((evaluation.loss - recorded.loss).abs() <= 1e-12 * recorded.loss);
    first_best + 1
}

#[test]
fn history_holds_what_the_batches_gave() {
    let dataset = graphs();
    let mut trainer = trainer(&[&small(), &json!({"epochs": 2, "link_weight": 0.5, "entropy_weight": 2.0})], &dataset);
    let mut batches = Vec::new();
    let mut on_batch = |batch: &diffpool::train::BatchRecord| {
        batches.push(*batch);
        true
    };
    trainer.fit(&mut Callbacks { on_batch: Some(&mut on_batch), ..Callbacks::default() }).unwrap();
    let numbers: Vec<_> = batches.iter().map(|b| (b.epoch, b.batch, b.batches)).collect();
    assert_eq!(numbers, [1, 2].map(|epoch| [1, 2, 3, 4].map(|batch| (epoch, batch, 4))).concat());
    for record in trainer.history() {
        let (link, entropy) = (record.pooling[PoolLoss::Link], record.pooling[PoolLoss::Entropy]);
        let (modularity, collapse) = (record.pooling[PoolLoss::Modularity], record.pooling[PoolLoss::Collapse]);
        let parts = record.class_loss + 0.5 * link + 2.0 * entropy + 0.4 * modularity + 0.2 * collapse;
        assert!((record.loss - parts).abs() < 1e-12);
        // 30 graphs in batches of 8, the last of 6.
        let of_epoch = batches.iter().filter(|b| b.epoch == record.epoch);
        let mean: f64 = of_epoch.map(|b| b.loss * if b.batch == 4 { 6.0 } else { 8.0 }).sum::<f64>() / 30.0;
        assert!((record.loss - mean).abs() < 1e-12);
        assert_eq!(record.learning_rate, 2e-3);
        assert!(record.gradient_norm > 0.0 && record.seconds >= 0.0);
        assert!(link > 0.0 && entropy > 0.0);
    }
}

fn is_finite(state: &TrainState<f32>) -> bool {
    let (model, running) = (&state.model, state.model.running());
    let all = [model.parameters(), &running.mean, &running.variance, &state.first_moment, &state.second_moment];
    all.concat().iter().all(|v| v.is_finite())
}

#[test]
fn a_diverging_run_says_where_and_keeps_finite_numbers() {
    let huge = json!({"learning_rate": 1e30, "clip_norm": 0.0});
    let cases = [
        ("huge steps", json!({})),
        ("huge steps, no batch norm", json!({"normalization": "none"})),
        ("huge steps, flat", json!({"clusters": []})),
        ("huge steps, adamw", json!({"optimizer": "adamw", "weight_decay": 1.0})),
    ];
    let dataset = graphs();
    for (name, keys) in cases {
        let mut trainer = trainer(&[&small(), &huge, &keys], &dataset);
        let error = trainer.fit(&mut Callbacks::default()).unwrap_err();
        println!("{name}: {error}");
        assert_eq!(error.kind(), ErrorKind::Diverged, "{name}: {error}");
        assert!(error.message().starts_with("epoch 1, batch 2: "), "{name}: {error}");
        assert!(is_finite(trainer.state()), "{name}");
        assert_eq!((trainer.state().epoch, trainer.history().len()), (0, 0), "{name}");
    }
}

#[test]
fn the_last_step_of_an_epoch_may_diverge_too() {
    let dataset = graphs();
    let keys = json!({"optimizer": "adamw", "learning_rate": 1e30, "weight_decay": 1e30, "batch_size": 100});
    let mut trainer =
        Trainer::<f32>::new(&config(&[&small(), &keys]).check().unwrap(), dataset.clone(), &all(&dataset), &[])
            .unwrap();
    let error = trainer.fit(&mut Callbacks::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged);
    assert_eq!(error.message(), "epoch 1, batch 1: a parameter is not finite after it");
    assert!(is_finite(trainer.state()) && trainer.state().epoch == 0);
}

#[test]
fn features_too_large_to_train_on_are_an_error() {
    let dataset = Arc::new(scaled(1e30, &random_dataset(&[6, 9, 5, 7, 8, 6, 7, 9], PLAIN, 2)));
    let trainer = |keys: &Value| trainer(&[&small(), keys, &json!({"batch_size": 4, "epochs": 3})], &dataset);
    // Rows of length 1 are fine.
    let mut normalized = trainer(&json!({"l2_normalize": true}));
    assert_eq!(fit(&mut normalized), StopReason::Finished);
    assert!(is_finite(normalized.state()));
    for keys in [json!({}), json!({"normalization": "none"})] {
        let mut trainer = trainer(&keys);
        let error = trainer.fit(&mut Callbacks::default()).expect_err(&keys.to_string());
        println!("{keys}: {error}");
        assert_eq!(error.kind(), ErrorKind::Diverged);
        assert!(error.message().starts_with("epoch 1, batch 1: "), "{error}");
        assert!(is_finite(trainer.state()) && trainer.state().epoch == 0);
    }
}

#[test]
fn features_too_large_to_evaluate_are_an_error() {
    let dataset = random_dataset(&[6, 9, 5, 7], PLAIN, 2);
    let model: Model<f32> = common::models::model(&[&small(), &json!({"normalization": "none"})], &dataset);
    let error = evaluate(&model, &scaled(3e38, &dataset), &[2, 1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidGraph);
    assert!(error.message().starts_with("graph 1: the logit of class "), "{error}");
}

/// The same graphs with all features multiplied.
fn scaled(by: f32, dataset: &Dataset) -> Dataset {
    let mut out = Dataset::new("scaled", dataset.rules());
    for index in all(dataset) {
        let graph = dataset.graph(index);
        let indptr: Vec<i64> = graph.indptr().iter().map(|&v| i64::from(v)).collect();
        let indices: Vec<i32> = graph.indices().iter().map(|&v| v as i32).collect();
        let x: Vec<f32> = graph.x().iter().map(|v| v * by).collect();
        let edges = EdgeInput::Csr { indptr: &indptr, indices: &indices };
        let plain = GraphInput::new(graph.nodes(), edges);
        let input = GraphInput { edge_weight: graph.edge_weight(), x: Some(&x), ..plain };
        out.add(&mut GraphBuilder::new(), &input, dataset.y(index)).unwrap();
    }
    out
}

#[test]
fn classes_of_weight_0_are_left_out() {
    let dataset = graphs();
    // One graph a batch: half of the batches weigh nothing.
    let keys =
        without_losses(json!({"class_weights": [0.0, 2.0], "batch_size": 1, "learning_rate": 0.01, "epochs": 12}));
    let mut trainer = trainer(&[&small(), &keys], &dataset);
    fit(&mut trainer);
    assert!(is_finite(trainer.state()));
    let evaluation = evaluate(&trainer.model().unwrap(), &dataset, &all(&dataset), 1).unwrap();
    assert!(evaluation.predictions.iter().all(|&class| class == 1), "nothing speaks for class 0");
}

#[test]
fn weight_decay_tells_adam_from_adamw() {
    let dataset = graphs();
    let run = |optimizer: &str, decay: f64| {
        let mut trainer = trainer(&[&small(), &json!({"optimizer": optimizer, "weight_decay": decay})], &dataset);
        fit(&mut trainer);
        bits(trainer.state())
    };
    assert!(run("adam", 0.0) == run("adamw", 0.0));
    assert!(run("adam", 0.1) != run("adamw", 0.1));
    assert!(run("adam", 0.1) != run("adam", 0.0) && run("adamw", 0.1) != run("adamw", 0.0));
}

#[test]
fn fine_tuning_starts_from_the_model() {
    let dataset = graphs();
    let (train, validation) = split(&dataset);
    let mut first = trainer(&[&small()], &dataset);
    fit(&mut first);
    let model = first.model();
    let slow = config(&[&small(), &json!({"learning_rate": 1e-5, "seed": 99, "epochs": 1})]);
    let tuned = model.clone().with_config(&slow.check().unwrap()).unwrap();
    let mut second = Trainer::from_model(tuned, dataset, &train, &validation).unwrap();
    assert_eq!(second.model().parameters(), model.parameters());
    assert_eq!(second.model().running(), model.running());
    assert_eq!(second.state().epoch, 0);
    fit(&mut second);
    assert_eq!(second.history()[0].learning_rate, 1e-5);
    assert!(second.history()[0].class_loss < 1.1 * first.history().last().unwrap().class_loss);
    assert_ne!(second.state().model.parameters(), model.parameters());
}

#[test]
fn an_easy_task_is_learnt() {
    let dataset = Arc::new(cycles_and_cliques(120, 7));
    let (train, held_out) = split(&dataset);
    let cases = [
        ("two levels", json!({})),
        ("one level, gcn", json!({"clusters": [4], "embed_conv": "gcn", "assign_conv": "gcn"})),
        ("gin", json!({"embed_conv": "gin", "assign_conv": "gin", "gin_learn_epsilon": true})),
        ("gat", json!({"embed_conv": "gat", "assign_conv": "gat", "gat_heads": 4})),
        ("structure2vec, sage_max", json!({"embed_conv": "structure2vec", "assign_conv": "sage_max"})),
        ("graph_conv, gcn_self", json!({"embed_conv": "graph_conv", "assign_conv": "gcn_self"})),
        ("flat", json!({"clusters": []})),
        ("flat, attention", json!({"clusters": [], "readout": "attention"})),
        ("flat, set2set", json!({"clusters": [], "readout": "set2set"})),
        ("flat, sort_pool", json!({"clusters": [], "readout": "sort_pool"})),
        ("max of the pooled", json!({"readout_levels": "pooled"})),
        ("set2set of the pooled", json!({"readout": "set2set", "readout_levels": "pooled"})),
        ("dropout, adamw", json!({"dropout": 0.1, "optimizer": "adamw", "weight_decay": 0.01})),
        (
            "cosine, averaged",
            json!({"learning_rate_schedule": "cosine", "warmup_epochs": 3, "label_smoothing": 0.1, "ema_decay": 0.9,
                "batch_size": 15, "accumulate_batches": 2}),
        ),
        ("gcn_mean, gelu", json!({"embed_conv": "gcn_mean", "assign_conv": "gcn_raw", "activation": "gelu"})),
    ];
    let settings = json!({"learning_rate": 0.01, "epochs": 30, "threads": 0, "batch_size": 30, "embed_hidden": 16,
        "embed_output": 16, "assign_hidden": 16});
    for (name, keys) in cases {
        let config = config(&[&small(), &settings, &keys]);
        let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &train, &held_out).unwrap();
        fit(&mut trainer);
        let model = trainer.model().unwrap();
        let accuracy = |indices: &[usize]| evaluate(&model, &dataset, indices, 0).unwrap().accuracy;
        let (seen, unseen) = (accuracy(&train), accuracy(&held_out));
        let (first, last) = (&trainer.history()[0], &trainer.history()[29]);
        println!(
            "{name}: {seen:.3} of training graphs, {unseen:.3} of others; loss {:.3} to {:.3}",
            first.loss, last.loss
        );
        assert!(seen >= 0.95 && unseen >= 0.95, "{name}: {seen} of training graphs, {unseen} of others");
        assert!(last.class_loss < first.class_loss && last.accuracy >= 0.95, "{name}");
    }
}

#[test]
fn directed_and_featureless_graphs_train_too() {
    let directed = Arc::new(random_dataset(&[5, 6, 7, 8, 5, 6, 7, 8], DIRECTED, 4));
    let mut trainer = trainer(&[&small()], &directed);
    assert_eq!(fit(&mut trainer), StopReason::Finished);
    let mut lonely = Dataset::new("lone nodes", GraphRules::default());
    let edges = EdgeInput::List { from: &[], to: &[] };
    for y in [0, 1, 0, 1, 0, 1, 0, 1] {
        let input = GraphInput::new(1, edges);
        lonely.add(&mut GraphBuilder::new(), &input, y).unwrap();
    }
    let mut trainer = common::models::trainer(&[&small()], &Arc::new(lonely));
    assert_eq!(fit(&mut trainer), StopReason::Finished);
    assert!(is_finite(trainer.state()));
}
