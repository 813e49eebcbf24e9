//! Texts and numbers written down: summaries of models, outputs of small trained ones, and messages of errors.
#![allow(missing_docs)]

mod common;

use std::fmt::Write;
use std::sync::Arc;

use common::graphs::{CATEGORICAL, DIRECTED, PLAIN, WEIGHTED, cycles_and_cliques, random_dataset};
use common::models::{all, config, fit, model, small, split};
use diffpool::Error;
use diffpool::config::{CheckedConfig, Config, PoolLoss};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::{Average, EpochRecord, Model, Session, TrainState};
use diffpool::ops::runtime::cpu::{Cpu, cpu};
use diffpool::train::{Callbacks, Trainer, evaluate};
use ndarray::ArrayView2;
use serde_json::{Value, json};

#[test]
fn summaries() {
    let dataset = random_dataset(&[6, 9, 5], WEIGHTED, 1);
    let cases = [
        ("two_levels", json!({})),
        ("flat", json!({"clusters": [], "normalization": "none", "head_hidden": []})),
        (
            "set2set",
            json!({"clusters": [3], "readout": "set2set", "readout_levels": "pooled", "normalization": "none"}),
        ),
        (
            "one_level_gcn",
            json!({"clusters": [0.5], "embed_conv": "gcn", "assign_conv": "gcn_raw", "embed_final": "linear",
                "readout": "mean", "readout_levels": "last", "features": "attributes,degree,one_hot_degree:2"}),
        ),
    ];
    for (name, keys) in cases {
        let model: Model<f32> = model(&[&small(), &keys], &dataset);
        insta::assert_snapshot!(format!("summary_{name}"), model.summary());
        insta::assert_snapshot!(format!("summary_{name}_json"), model.summary_json());
    }
}

/// Rows of numbers with four digits after the point; -0 is written as 0.
fn table(values: ArrayView2<'_, f32>) -> String {
    let digits = |v: &f32| format!("{:9.4}", (f64::from(*v) * 1e4).round() / 1e4 + 0.0);
    let row = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(digits).collect::<String>();
    values.rows().into_iter().map(row).collect::<Vec<_>>().join("\n") + "\n"
}

fn line(values: &[f32]) -> String {
    table(ArrayView2::from_shape((1, values.len()), values).unwrap())
}

fn history(records: &[EpochRecord]) -> String {
    let mut out =
        "epoch      loss     class      link   entropy  accuracy  gradient    v.loss  v.accuracy\n".to_string();
    for r in records {
        let validation = r.validation.unwrap();
        let numbers = [
            r.loss,
            r.class_loss,
            r.pooling[PoolLoss::Link],
            r.pooling[PoolLoss::Entropy],
            r.accuracy,
            r.gradient_norm,
            validation.loss,
        ];
        let _ = write!(out, "{:5}", r.epoch);
        numbers.iter().for_each(|v| write!(out, " {v:9.4}").unwrap());
        let _ = writeln!(out, "{:12.4}", validation.accuracy);
    }
    out
}

/// Trained in f64, so that no kernel changes a digit that is shown. Predictions are in f32: they are compared where a
/// kernel makes them, for `matrixmultiply` may round the last digit in another way.
#[test]
fn trained_models() {
    let cases = [
        ("two_levels", json!({})),
        ("flat", json!({"clusters": []})),
        ("gcn_dropout", json!({"embed_conv": "gcn", "assign_conv": "gcn", "clusters": [3], "dropout": 0.2})),
        ("adamw_mean", json!({"optimizer": "adamw", "weight_decay": 0.1, "readout": "mean", "activation": "tanh"})),
    ];
    let dataset = Arc::new(cycles_and_cliques(40, 2));
    let (train, validation) = split(&dataset);
    for (name, keys) in cases {
        let config = config(&[&small(), &json!({"learning_rate": 0.01}), &keys]);
        let mut trainer = Trainer::<f64>::new(&config.check().unwrap(), dataset.clone(), &train, &validation).unwrap();
        fit(&mut trainer);
        insta::assert_snapshot!(format!("trained_{name}"), history(trainer.history()));
        let mut out = String::new();
        let mut session = Session::new(Arc::new(trainer.model().unwrap().cast().unwrap())).unwrap();
        for index in [0, 1] {
            session.predict_graph(dataset.graph(index)).unwrap();
            let _ = writeln!(out, "\ngraph {index}: class {}", session.class().unwrap());
            let _ = write!(out, "logits\n{}", line(session.logits().unwrap()));
            let _ = write!(out, "probabilities\n{}", line(session.probabilities().unwrap()));
            let _ = write!(out, "embedding\n{}", line(session.embedding().unwrap()));
            for level in 0..session.levels() {
                let _ = write!(out, "assignment {level}\n{}", table(session.assignment(level).unwrap()));
                let _ = write!(out, "pooled x {level}\n{}", table(session.pooled_x(level).unwrap()));
                let _ = write!(out, "pooled adjacency {level}\n{}", table(session.pooled_adjacency(level).unwrap()));
            }
        }
        if cpu() != Cpu::Portable {
            insta::assert_snapshot!(format!("predicted_{name}"), out);
        }
    }
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

fn with(keys: Value) -> diffpool::Result<CheckedConfig> {
    config(&[&small(), &keys]).check()
}

#[test]
fn misuse_of_models() {
    let mut messages = Messages::default();
    let dataset = random_dataset(&[6, 9, 5], WEIGHTED, 1);
    let new = |keys: Value, train: &[usize]| Model::<f32>::new(&with(keys)?, &dataset, train);
    messages.add("no training graphs", new(json!({}), &[]));
    messages.add("unknown graph", new(json!({}), &[0, 3]));
    messages.add("too few class weights", new(json!({"class_weights": [1, 2]}), &[0]));
    messages.add("concatenated assignments", new(json!({"assign_final": "none"}), &[0]));
    messages.add("labels of unlabelled graphs", new(json!({"features": "labels"}), &[0]));
    let huge = json!({"clusters": [1_000_000], "assign_hidden": 1_000_000});
    messages.add("too many parameters", new(huge, &[0]));
    let mut one_class = Dataset::new("one class", dataset.rules());
    one_class.add_graph(dataset.graph(0), 0).unwrap();
    messages.add("one class", Model::<f32>::new(&with(json!({})).unwrap(), &one_class, &[0]));
    let directed = random_dataset(&[6, 9, 5], DIRECTED, 1);
    let clustering = with(json!({"features": "clustering"})).unwrap();
    messages.add("clustering of directed graphs", Model::<f32>::new(&clustering, &directed, &[0]));

    let mut model = new(json!({}), &[0, 1, 2]).unwrap();
    messages.add("unknown tensor", model.tensor("levels.9.embed.convs.0.bias").map(|_| ()));
    messages.add("setting an unknown tensor", model.set_tensor("head", &[]));
    messages.add("short tensor", model.set_tensor("head.1.bias", &[1.0]));
    messages.add("tensor with NaN", model.set_tensor("head.1.bias", &[1.0, f32::NAN, 0.0]));
    let variance = "levels.0.embed.norms.0.running_var";
    messages.add("negative variance", model.set_tensor(variance, &[1.0, 1.0, -0.5, 1.0, 1.0]));

    let change = |keys: Value| model.clone().with_config(&with(keys)?).map(|_| ());
    messages.add("another convolution", change(json!({"embed_conv": "gcn"})));
    messages.add("another width", change(json!({"head_hidden": [7]})));
    messages.add("another activation", change(json!({"activation": "tanh"})));
    messages.add("other features", change(json!({"features": "degree"})));
    messages.add("standardised attributes", change(json!({"standardize_attributes": true})));
    messages.add("another number of clusters", change(json!({"clusters": [4, 3]})));
    messages.add("another number of levels", change(json!({"clusters": [0.5]})));
    messages.add("class weights of another data set", change(json!({"class_weights": [1.0, 2.0]})));
    messages.add("a configuration out of range", change(json!({"assign_final": "none"})));
    change(json!({"features": " attributes ", "clusters": [0.25, 0.5], "temperature": 0.5, "epochs": 9})).unwrap();
    insta::assert_snapshot!("misuse_of_models", messages.0);
}

#[test]
fn misuse_of_sessions() {
    let mut messages = Messages::default();
    let dataset = random_dataset(&[6, 9, 5], PLAIN, 1);
    let mut session = Session::new(Arc::new(model(&[&small()], &dataset))).unwrap();
    messages.add("logits before a prediction", session.logits().map(|_| ()));
    messages.add("probabilities before a prediction", session.probabilities().map(|_| ()));
    messages.add("class before a prediction", session.class());
    messages.add("embedding before a prediction", session.embedding().map(|_| ()));
    messages.add("assignment before a prediction", session.assignment(0).map(|_| ()));
    messages.add("pooled features before a prediction", session.pooled_x(0).map(|_| ()));
    messages.add("pooled adjacency before a prediction", session.pooled_adjacency(0).map(|_| ()));
    session.predict_graph(dataset.graph(1)).unwrap();
    messages.add("assignment of a level too many", session.assignment(2).map(|_| ()));
    messages.add("pooled features of a level too many", session.pooled_x(2).map(|_| ()));
    messages.add("pooled adjacency of a level too many", session.pooled_adjacency(9).map(|_| ()));

    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let edges = EdgeInput::List { from: &[0], to: &[1] };
    let graph = GraphInput { x: Some(&x), ..GraphInput::new(2, edges) };
    session.predict(&graph).unwrap();
    let wide = EdgeInput::List { from: &[0, 1], to: &[1, 2] };
    messages.add("an edge to nowhere", session.predict(&GraphInput { edges: wide, ..graph }));
    messages.add("logits after a failure", session.logits().map(|_| ()));
    messages.add("no features", session.predict(&GraphInput { x: None, ..graph }));
    messages.add("labels", session.predict(&GraphInput { node_labels: Some(&[1, 2]), ..graph }));
    messages.add("no nodes", session.predict(&GraphInput { nodes: 0, x: Some(&[]), ..graph }));
    let directed = random_dataset(&[6], DIRECTED, 1);
    messages.add("a directed graph", session.predict_graph(directed.graph(0)));
    let narrow = cycles_and_cliques(1, 1);
    messages.add("a graph without features", session.predict_graph(narrow.graph(0)));
    let plain = json!({"normalization": "none", "activation": "identity"});
    let mut session = Session::new(Arc::new(model(&[&small(), &plain], &dataset))).unwrap();
    let result = session.predict(&GraphInput { x: Some(&[3e38; 6]), ..graph });
    // Infinite or not a number: that is the processor's choice.
    let result = result.map_err(|e| Error::new(e.kind(), e.message().replace("-inf", "inf").replace("NaN", "inf")));
    messages.add("values too large", result);
    messages.add("logits after it", session.logits().map(|_| ()));
    insta::assert_snapshot!("misuse_of_sessions", messages.0);
}

#[test]
fn misuse_of_trainers() {
    let mut messages = Messages::default();
    let dataset = Arc::new(random_dataset(&[6, 9, 5, 7, 8, 6], WEIGHTED, 1));
    let new = |keys: Value, train: &[usize], validation: &[usize]| {
        Trainer::<f32>::new(&with(keys)?, dataset.clone(), train, validation)
    };
    messages.add("no training graphs", new(json!({}), &[], &[1]));
    messages.add("unknown training graph", new(json!({}), &[0, 6], &[]));
    messages.add("unknown validation graph", new(json!({}), &[0, 1], &[2, 99]));
    messages.add("a graph trained on and validated", new(json!({}), &[0, 1, 2], &[3, 1]));
    messages.add("a graph trained on twice", new(json!({}), &[0, 1, 0], &[]));
    messages.add("patience without validation", new(json!({"patience": 3}), &[0, 1, 2], &[]));
    let plateau = json!({"learning_rate_schedule": "plateau"});
    messages.add("a plateau without validation", new(plateau, &[0, 1, 2], &[]));
    messages.add("impossible configuration", new(json!({"assign_final": "none"}), &[0], &[]));
    let mut trainer = new(json!({"checkpoint_every": 2}), &[0, 1, 2], &[]).unwrap();
    messages.add("checkpoints without a place", trainer.fit(&mut Callbacks::default()));

    let mut trainer = new(json!({"epochs": 2}), &[0, 1, 2], &[3]).unwrap();
    fit(&mut trainer);
    let state = || trainer.state().clone();
    let resume = |state: TrainState<f32>, dataset: &Arc<Dataset>, train: &[usize], validation: &[usize]| {
        Trainer::resume(state, dataset.clone(), train, validation)
    };
    let other = Arc::new(random_dataset(&[6, 9, 5, 7, 8, 6], WEIGHTED, 2));
    messages.add("resumed on other graphs", resume(state(), &other, &[0, 1, 2], &[3]));
    messages.add("resumed on another split", resume(state(), &dataset, &[0, 1, 4], &[3]));
    messages.add("resumed in another order", resume(state(), &dataset, &[0, 2, 1], &[3]));
    messages.add("resumed without validation", resume(state(), &dataset, &[0, 1, 2], &[]));
    messages.add("resumed with all graphs", resume(state(), &dataset, &[0, 1, 2, 3], &[]));
    messages.add(
        "resumed where graphs are missing",
        resume(state(), &Arc::new(dataset.subset(&[0, 1]).unwrap()), &[0, 1, 2], &[3]),
    );
    let mut damage = |name: &str, change: fn(&mut TrainState<f32>)| {
        let mut damaged = state();
        change(&mut damaged);
        messages.add(name, resume(damaged, &dataset, &[0, 1, 2], &[3]));
    };
    damage("a state of too few moments", |state| state.first_moment.truncate(5));
    damage("a state of too many moments", |state| state.second_moment.push(0.0));
    damage("a state of an epoch too many", |state| state.epoch += 1);
    damage("a state with averaged weights", |state| {
        let (parameters, running) = (state.model.parameters().to_vec(), state.model.running().clone());
        state.average = Some(Average { parameters, running });
    });
    damage("a state without averaged weights", |state| {
        state.model = state.model.clone().with_config(&with(json!({"ema_decay": 0.5})).unwrap()).unwrap();
    });
    damage("a state with short best weights", |state| state.best.as_mut().unwrap().parameters.truncate(1));
    damage("a state with short best statistics", |state| state.best.as_mut().unwrap().running.mean.truncate(1));
    resume(state(), &dataset, &[0, 1, 2], &[3]).unwrap();

    let model = trainer.model().unwrap();
    messages.add("no graphs to evaluate", evaluate(&model, &dataset, &[], 1));
    messages.add("unknown graph to evaluate", evaluate(&model, &dataset, &[1, 6], 1));
    let featureless = cycles_and_cliques(4, 1);
    messages.add("graphs without features", evaluate(&model, &featureless, &[2, 1], 1));
    let directed = random_dataset(&[6, 9, 5], DIRECTED, 1);
    messages.add("directed graphs", evaluate(&model, &directed, &all(&directed), 1));
    let mut classes = Dataset::new("more classes", GraphRules { features: 3, ..GraphRules::default() });
    classes.add_graph(dataset.graph(0), 0).unwrap();
    classes.add_graph(dataset.graph(1), 3).unwrap();
    messages.add("a class too many", evaluate(&model, &classes, &[0, 1], 1));
    insta::assert_snapshot!("misuse_of_trainers", messages.0);
}

#[test]
fn summary_of_tables() {
    let keys = json!({"features": "categories,degree", "embedding_width": 3, "clusters": []});
    let model: Model<f32> = model(&[&small(), &keys], &random_dataset(&[6, 9, 5], CATEGORICAL, 1));
    insta::assert_snapshot!("summary_tables", model.summary());
    insta::assert_snapshot!("summary_tables_json", model.summary_json());
}

/// The tables, stacks and heads of the preset, counted: five words out of 5002 are the columns of one linear layer.
#[test]
fn ogb_code2_has_its_parameters() {
    let mut dataset = Dataset::new("trees", GraphRules { categories: 3, ..GraphRules::default() });
    let edges = EdgeInput::List { from: &[0], to: &[1] };
    let tree = GraphInput { categories: Some(&[97, 10_029, 0, 3, 10_000, 300]), ..GraphInput::new(2, edges) };
    dataset.add(&mut GraphBuilder::new(), &tree, 0).unwrap();
    dataset.set_sequences(&[0, 2], &[7, 9], 5, 5002).unwrap();
    let model = Model::<f32>::new(&Config::preset("ogb-code2").unwrap().check().unwrap(), &dataset, &[0]).unwrap();
    assert_eq!(model.parameter_count(), 10_095_826);
    let summary = model.summary();
    assert!(summary.starts_with("DiffPool model of sequences, 10095826 parameters\n"), "{summary}");
}
