//! Tasks other than one class a graph: targets that are missing, learning, sessions, files, threads, misuse.
#![allow(missing_docs)]

mod common;

use std::fmt::Write;
use std::sync::Arc;

use common::graphs::{Columns, PLAIN, WEIGHTED, cycles_and_cliques, random_dataset, with_sequences, with_targets};
use common::models::{all, bits, config, disturb, fit, model, small, split, train_batch, trainer, without_losses};
use diffpool::Error;
use diffpool::checkpoint::{model_file, training_file};
use diffpool::config::Metric;
use diffpool::graph::Dataset;
use diffpool::model::{EpochRecord, Model, Session};
use diffpool::train::{Callbacks, Trainer, evaluate};
use serde_json::{Value, json};

const NAN: f32 = f32::NAN;

/// Random graphs with random targets for a task.
fn random(columns: Columns) -> Dataset {
    let sizes: Vec<usize> = (0..24).map(|i| 3 + 5 * i % 13).collect();
    with_sequences(with_targets(random_dataset(&sizes, WEIGHTED, 3), columns, 4), 5)
}

/// A task, and random graphs for it.
fn tasks() -> Vec<(&'static str, Value, Arc<Dataset>)> {
    let case = |name, keys, columns| (name, keys, Arc::new(random(columns)));
    vec![
        case("binary", json!({"task": "binary"}), Columns::Labels(1)),
        case("multilabel", json!({"task": "multilabel", "metric": "average_precision"}), Columns::Labels(3)),
        case("regression", json!({"task": "regression"}), Columns::Numbers(1)),
        case(
            "several numbers",
            json!({"task": "regression", "regression_loss": "huber", "metric": "mae"}),
            Columns::Numbers(3),
        ),
        case("sequence", json!({"task": "sequence"}), Columns::Numbers(1)),
    ]
}

struct Learnt {
    name: &'static str,
    keys: Value,
    dataset: Dataset,
    metric: Metric,
    /// The metric that is at least, or for errors at most, to be reached on graphs that were not trained on.
    bound: f64,
}

/// Cycles and cliques that are to be told apart, and large graphs from small ones, in the words of each task.
fn to_learn() -> Vec<Learnt> {
    let graphs = || cycles_and_cliques(160, 7);
    let size = |data: &Dataset, i: usize| data.nodes(i) as f32 / 5.0 - 1.9;
    let with = |width: usize, targets: &dyn Fn(&Dataset, usize) -> Vec<f32>| {
        let mut data = graphs();
        let values = all(&data).into_iter().flat_map(|i| targets(&data, i)).collect();
        data.set_targets(values, width).unwrap();
        data
    };
    let class = |data: &Dataset, i: usize| data.y(i) as f32;
    // About every fifth is missing, and of several all of the last.
    let or_missing = |value: f32, i: usize| if i % 5 == 2 { NAN } else { value };
    let binary = with(1, &|data, i| vec![or_missing(class(data, i), i)]);
    let labels =
        with(3, &|data, i| vec![or_missing(class(data, i), i), or_missing(f32::from(data.nodes(i) > 9), i + 1), NAN]);
    let number = with(1, &|data, i| vec![size(data, i)]);
    let numbers = with(3, &|data, i| vec![or_missing(size(data, i), i), 2.0 * class(data, i) - 1.0, NAN]);
    let mut sequences = graphs();
    let words = |i: usize| [[0, 2][sequences.y(i)], if sequences.nodes(i) > 9 { 1 } else { 3 }];
    let words: Vec<u32> = all(&sequences).into_iter().flat_map(words).collect();
    let offsets: Vec<usize> = (0..=sequences.len()).map(|i| 2 * i).collect();
    sequences.set_sequences(&offsets, &words, 3, 6).unwrap();
    let case = |name, keys, dataset, metric, bound| Learnt { name, keys, dataset, metric, bound };
    vec![
        case("binary", json!({"task": "binary"}), binary, Metric::RocAuc, 0.97),
        case("multilabel", json!({"task": "multilabel"}), labels, Metric::RocAuc, 0.93),
        // A constant guess is off by the deviation of the sizes, 0.57.
        case("mse", json!({"task": "regression"}), number.clone(), Metric::Rmse, 0.25),
        case("mae", json!({"task": "regression", "regression_loss": "mae"}), number, Metric::Mae, 0.25),
        // The second number is 1 or -1: the mean of the deviations is 0.8.
        case("huber", json!({"task": "regression", "regression_loss": "huber"}), numbers, Metric::Rmse, 0.4),
        // The same two words for all would be half right.
        case("sequence", json!({"task": "sequence"}), sequences, Metric::SequenceF1, 0.8),
    ]
}

#[test]
fn every_task_is_learnt() {
    let settings = json!({"learning_rate": 0.01, "epochs": 30, "threads": 0, "batch_size": 20, "embed_hidden": 16,
        "embed_output": 16, "assign_hidden": 16, "head_hidden": [16], "readout": "sum", "early_stopping": "metric"});
    for Learnt { name, keys, dataset, metric, bound } in to_learn() {
        let dataset = Arc::new(dataset);
        let (train, held_out) = split(&dataset);
        let keys = [&small(), &settings, &json!({"metric": metric.name()}), &keys];
        let mut trainer =
            Trainer::<f32>::new(&config(&keys).check().unwrap(), dataset.clone(), &train, &held_out).unwrap();
        fit(&mut trainer);
        let found = evaluate(&trainer.model().unwrap(), &dataset, &held_out, 0).unwrap();
        let value = found.metric(metric).unwrap().value.unwrap();
        let (first, last) = (&trainer.history()[0], trainer.history().last().unwrap());
        println!("{name}: {value:.3}, loss {:.3} to {:.3}", first.class_loss, last.class_loss);
        assert!(last.class_loss < 0.7 * first.class_loss, "{name}");
        assert!(if metric.rises() { value >= bound } else { value <= bound }, "{name}: {} is {value}", metric.name());
        // The best epoch by the metric is the one that was kept.
        let best = trainer.state().best.as_ref().unwrap();
        let recorded = trainer.history()[best.epoch - 1].validation.unwrap();
        assert_eq!((best.metric, recorded.metric), (value, value), "{name}");
        let all_epochs = trainer.history().iter().map(|record| record.validation.unwrap().metric);
        assert!(all_epochs.clone().all(|v| if metric.rises() { v <= value } else { v >= value }), "{name}");
        if dataset.target_width() == 3 {
            assert_eq!(found.metric(metric).unwrap().by_target[2], None, "{name}: nothing is known of the last");
        }
    }
}

/// A batch without any target has neither a loss nor a gradient, and a target that is never there moves nothing.
#[test]
fn targets_that_are_all_missing() {
    let alone = without_losses(json!({"batch_size": 4}));
    for task in ["binary", "multilabel", "regression"] {
        let width = if task == "binary" { 1 } else { 2 };
        let mut dataset = random_dataset(&[5, 9, 3, 7, 6, 4, 8, 5], PLAIN, 7);
        dataset.set_targets(vec![NAN; 8 * width], width).unwrap();
        let dataset = Arc::new(dataset);
        let keys = json!({ "task": task });
        let of_f64: Model<f64> = model(&[&small(), &alone, &keys], &dataset);
        let passed = train_batch(&of_f64, &dataset, &all(&dataset), 3, 1);
        assert_eq!((passed.loss.class_loss, passed.loss.class_weight), (0.0, 0.0), "{task}");
        assert!(passed.gradient.iter().all(|&g| g == 0.0), "{task}");
        let mut trainer = trainer(&[&small(), &alone, &keys, &json!({"early_stopping": "metric"})], &dataset);
        let before = trainer.model().unwrap();
        fit(&mut trainer);
        assert_eq!(trainer.model().unwrap().parameters(), before.parameters(), "{task}");
        let record = trainer.history().last().unwrap();
        assert!(record.loss == 0.0 && record.metric.is_nan() && record.accuracy.is_nan(), "{task}");
        assert!(trainer.state().best.is_none(), "{task}: nothing is better than something that is not defined");
        let found = evaluate(&before, &dataset, &all(&dataset), 1).unwrap();
        assert!(found.metrics.iter().all(|metric| metric.value.is_none()), "{task}");
    }
}

/// What is missing has no say: the loss is that of the graphs that have targets, over the number of those.
#[test]
fn missing_targets_are_left_out_of_the_mean() {
    let alone = without_losses(json!({"normalization": "none"}));
    for (name, keys, dataset) in tasks() {
        if name == "sequence" {
            continue;
        }
        let mut model: Model<f64> = model(&[&small(), &alone, &keys], &dataset);
        disturb(&mut model, 1);
        let pass = |indices: &[usize], chunks: usize| train_batch(&model, &dataset, indices, chunks, 1);
        let batch = pass(&all(&dataset), 4);
        let (mut loss, mut present) = (0.0, 0.0);
        let mut gradient = vec![0.0; batch.gradient.len()];
        for index in all(&dataset) {
            let one = pass(&[index], 1);
            let here = dataset.targets(index).iter().filter(|y| !y.is_nan()).count() as f64;
            assert_eq!(one.loss.class_weight, here, "{name}");
            loss += one.loss.class_loss * here;
            present += here;
            gradient.iter_mut().zip(one.gradient).for_each(|(sum, g)| *sum += g * here);
        }
        assert!(present < (dataset.len() * dataset.target_width()) as f64, "{name}");
        assert!((batch.loss.class_loss - loss / present).abs() < 1e-12, "{name}");
        let worst = gradient.iter().zip(&batch.gradient).map(|(a, b)| (a / present - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-12, "{name}: {worst:e}");
    }
}

/// A session says the same as an evaluation, whatever the number of threads.
#[test]
fn sessions_and_evaluations_agree() {
    for (name, keys, dataset) in tasks() {
        let mut model: Model<f32> = model(&[&small(), &keys], &dataset);
        disturb(&mut model, 1);
        let found = evaluate(&model, &dataset, &all(&dataset), 1).unwrap();
        for threads in [2, 4] {
            let again = evaluate(&model, &dataset, &all(&dataset), threads).unwrap();
            assert_eq!((&again.logits, &again.predictions), (&found.logits, &found.predictions), "{name}");
            assert_eq!((&again.metrics, again.loss), (&found.metrics, found.loss), "{name}");
        }
        let (width, targets, classes) = (model.width(), model.targets(), model.classes());
        let mut session = Session::new(Arc::new(model)).unwrap();
        for index in all(&dataset) {
            session.predict_graph(dataset.graph(index)).unwrap();
            let logits = session.logits().unwrap().to_vec();
            if name != "sequence" {
                assert_eq!(logits, found.logits[index * width..(index + 1) * width], "{name}");
            }
            let Ok(probabilities) = session.probabilities() else {
                assert!(found.predictions.is_empty() && session.predictions().is_err(), "{name}");
                continue;
            };
            let predictions = session.predictions().unwrap();
            assert_eq!(predictions, &found.predictions[index * targets..(index + 1) * targets], "{name}");
            if name == "sequence" {
                assert_eq!(logits.len(), targets * classes);
                for (row, &word) in probabilities.chunks(classes).zip(predictions) {
                    assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5 && row.iter().all(|p| row[word] >= *p));
                }
            } else {
                for ((p, &z), &label) in probabilities.iter().zip(&logits).zip(predictions) {
                    assert!((p - 1.0 / (1.0 + (-z).exp())).abs() < 1e-6 && (label == 1) == (z > 0.0), "{name}");
                }
            }
        }
    }
}

#[test]
fn threads_of_a_run() {
    for (name, keys, dataset) in tasks() {
        let run = |threads: usize| {
            let settings = json!({"threads": threads, "dropout": 0.1, "early_stopping": "metric"});
            let mut trainer = trainer(&[&small(), &settings, &keys], &dataset);
            fit(&mut trainer);
            bits(trainer.state())
        };
        let expected = run(1);
        assert!(run(2) == expected && run(4) == expected, "{name}");
    }
}

/// Model and run come back from their files, and a resumed run ends as if it had never stopped.
#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    for (name, keys, dataset) in tasks() {
        let settings = json!({"dropout": 0.1, "early_stopping": "metric", "epochs": 4});
        let new = || trainer(&[&small(), &settings, &keys], &dataset);
        let mut whole = new();
        fit(&mut whole);
        let mut first = new();
        let mut stop = |record: &EpochRecord| record.epoch < 2;
        first.fit(&mut Callbacks { on_epoch: Some(&mut stop), ..Callbacks::default() }).unwrap();
        training_file::save(first.state(), &path).unwrap();
        let (train, validation) = split(&dataset);
        let state = training_file::load(&path).unwrap();
        let mut second = Trainer::resume(state, dataset.clone(), &train, &validation).unwrap();
        fit(&mut second);
        assert!(bits(second.state()) == bits(whole.state()), "{name}");
        let bytes = model_file::to_bytes(&whole.model()).unwrap();
        let loaded = model_file::from_bytes(&bytes).unwrap();
        assert_eq!((loaded.outputs(), loaded.width()), (whole.model().outputs(), whole.model().width()), "{name}");
        assert_eq!(model_file::to_bytes(&loaded).unwrap(), bytes, "{name}");
        // Other targets are other data.
        let mut other = Dataset::clone(&dataset);
        let mut targets: Vec<f32> = all(&other).into_iter().flat_map(|i| other.targets(i).to_vec()).collect();
        targets[0] = if targets[0] == 1.0 { 0.0 } else { 1.0 };
        other.set_targets(targets, dataset.target_width()).unwrap();
        let state = training_file::load(&path).unwrap();
        assert!(Trainer::resume(state, Arc::new(other), &train, &validation).is_err(), "{name}");
    }
}

#[test]
fn summaries() {
    let mut out = String::new();
    for (name, keys, dataset) in tasks() {
        let small = json!({"clusters": [], "embed_layers": 1, "head_hidden": [], "normalization": "none"});
        let model: Model<f32> = model(&[&common::models::small(), &small, &keys], &dataset);
        let json: Value = serde_json::from_str(&model.summary_json()).unwrap();
        let part = json!({"task": json["task"], "targets": json["targets"], "outputs": json["outputs"],
            "classes": json["classes"]});
        let _ = writeln!(out, "{name}\n{}{part}\n", model.summary());
    }
    insta::assert_snapshot!(out);
}

/// Messages of calls that must fail, one a line.
#[derive(Default)]
struct Messages(String);

impl Messages {
    fn add<T>(&mut self, call: &str, result: diffpool::Result<T>) {
        let error: Error = result.err().unwrap_or_else(|| panic!("{call} must fail"));
        let _ = writeln!(self.0, "{call}\n    {:?}: {error}", error.kind());
    }
}

#[test]
fn misuse_is_named() {
    let mut messages = Messages::default();
    let plain = random_dataset(&[6, 9, 5, 7], WEIGHTED, 1);
    let with = |columns: Columns| with_targets(plain.clone(), columns, 1);
    let new =
        |keys: Value, dataset: &Dataset| Model::<f32>::new(&config(&[&small(), &keys]).check()?, dataset, &[0, 1, 2]);
    messages.add("labels without targets", new(json!({"task": "multilabel"}), &plain));
    messages.add("a sequence without sequences", new(json!({"task": "sequence"}), &with(Columns::Numbers(1))));
    messages.add("a binary task of two targets", new(json!({"task": "binary"}), &with(Columns::Labels(2))));
    let weighted = json!({"task": "regression", "class_weights": [1, 2]});
    messages.add("class weights of numbers", new(weighted, &with(Columns::Numbers(1))));
    let weighted = json!({"task": "multilabel", "class_weights": [1, 2, 3]});
    messages.add("class weights of one label and a half", new(weighted, &with(Columns::Labels(2))));
    let weighted = json!({"task": "binary", "class_weights": [1, 2, 3]});
    messages.add("class weights of three labels", new(weighted, &with(Columns::Labels(1))));
    let metric = json!({"task": "regression", "metric": "roc_auc"});
    messages.add("a metric of another task", new(metric, &with(Columns::Numbers(1))));
    messages.add("a metric of two classes", new(json!({"metric": "roc_auc"}), &plain));
    let stopping = json!({"task": "regression", "early_stopping": "accuracy"});
    messages.add("the accuracy of a regression", new(stopping, &with(Columns::Numbers(1))));
    let huge = json!({"task": "sequence", "head_hidden": [1_000_000]});
    let mut sequences = plain.clone();
    sequences.set_sequences(&[0; 5], &[], 65_536, 65_536).unwrap();
    messages.add("too many outputs", new(huge, &sequences));

    let train = |keys: Value, dataset: Dataset| {
        Trainer::<f32>::new(&config(&[&small(), &keys]).check()?, Arc::new(dataset), &[0, 1], &[2]).map(|_| ())
    };
    let mut numbers = plain.clone();
    numbers.set_targets(vec![0.0, 1.0, 1.0, NAN, 0.5, 1.0, 7.0, 7.0], 2).unwrap();
    messages.add("labels that are none", train(json!({"task": "multilabel"}), numbers));

    let labels = with(Columns::Labels(2));
    let model = new(json!({"task": "multilabel"}), &labels).unwrap();
    messages.add("an evaluation of other targets", evaluate(&model, &with(Columns::Labels(3)), &[0], 1));
    messages.add("an evaluation without targets", evaluate(&model, &plain, &[0], 1));
    let found = evaluate(&model, &labels, &[0, 1], 1).unwrap();
    messages.add("a metric of another evaluation", found.metric(Metric::Rmse).map(|_| ()));
    let other = config(&[&small(), &json!({"task": "regression"})]).check().unwrap();
    messages.add("another task", model.clone().with_config(&other).map(|_| ()));
    let mut session = Session::new(Arc::new(model)).unwrap();
    messages.add("predictions before a prediction", session.predictions().map(|_| ()));
    session.predict_graph(plain.graph(0)).unwrap();
    messages.add("the class of labels", session.class());

    let mut session = Session::new(Arc::new(new(json!({"task": "regression"}), &labels).unwrap())).unwrap();
    session.predict_graph(plain.graph(0)).unwrap();
    messages.add("the class of a number", session.class());
    messages.add("the probability of a number", session.probabilities().map(|_| ()));
    messages.add("the predicted class of a number", session.predictions().map(|_| ()));

    let sequences = with_sequences(plain.clone(), 1);
    let model = new(json!({"task": "sequence"}), &sequences).unwrap();
    let mut other = plain.clone();
    other.set_sequences(&[0; 5], &[], 3, 7).unwrap();
    messages.add("another vocabulary", evaluate(&model, &other, &[0], 1));
    other.set_sequences(&[0; 5], &[], 2, 6).unwrap();
    messages.add("shorter sequences", evaluate(&model, &other, &[0], 1));
    let mut session = Session::new(Arc::new(model)).unwrap();
    session.predict_graph(plain.graph(0)).unwrap();
    messages.add("the class of a sequence", session.class());
    insta::assert_snapshot!(messages.0);
}
