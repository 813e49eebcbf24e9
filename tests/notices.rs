//! What a run tells a person: each thing once, and nothing about data that is as it should be.

mod common;

use std::sync::Arc;

use common::graphs::{Columns, WEIGHTED, cycles_and_cliques, random_dataset, with_targets};
use common::models::{config, small};
use diffpool::config::Metric;
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::train::{Callbacks, Notice, Severity, Trainer};
use serde_json::{Value, json};

const SIZES: [usize; 8] = [5, 9, 3, 7, 6, 4, 8, 5];

/// What a run of these keys tells, and what it tells when it goes on.
fn told(keys: &Value, dataset: &Arc<Dataset>, train: &[usize], validation: &[usize]) -> Vec<Notice> {
    let still = json!({"epochs": 2, "patience": 0, "diagnostics": true});
    let config = config(&[&small(), &still, keys]).check().unwrap();
    let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), train, validation).unwrap();
    let mut notices = Vec::new();
    let mut tell = |notice: &Notice| notices.push(notice.clone());
    trainer.fit(&mut Callbacks { on_notice: Some(&mut tell), ..Callbacks::default() }).unwrap();
    trainer.set_epochs(config.epochs + 2).unwrap();
    trainer.fit(&mut Callbacks { on_notice: Some(&mut tell), ..Callbacks::default() }).unwrap();
    notices
}

#[test]
fn there_is_nothing_to_say_of_healthy_data() {
    let graphs = Arc::new(cycles_and_cliques(40, 1));
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..30).collect(), (30..40).collect());
    for keys in [json!({"epochs": 20}), json!({"metric": "roc_auc"}), json!({"clusters": [1]}), json!({"clusters": []})]
    {
        assert_eq!(told(&keys, &graphs, &train, &validation), [], "{keys}");
    }
    let random = random_dataset(&SIZES, WEIGHTED, 3);
    assert_eq!(told(&json!({}), &Arc::new(random.clone()), &[0, 1, 2, 3, 4], &[5, 6]), []);
    let numbers = Arc::new(with_targets(random, Columns::Numbers(2), 1));
    assert_eq!(told(&json!({"task": "regression"}), &numbers, &[0, 1, 2, 3, 4], &[5, 6]), []);
}

/// Lone nodes with these features.
fn of_features(rows: &[[f32; 3]]) -> Arc<Dataset> {
    let mut data = Dataset::new("t", GraphRules { features: 3, ..GraphRules::default() });
    let edges = EdgeInput::List { from: &[], to: &[] };
    for (graph, row) in rows.iter().enumerate() {
        data.add(&mut GraphBuilder::new(), &GraphInput { x: Some(row), ..GraphInput::new(1, edges) }, graph % 2)
            .unwrap();
    }
    Arc::new(data)
}

#[test]
fn features_that_say_nothing_or_are_large_are_told() {
    let data = of_features(&[[1.0, 5.0, -40.0], [2.0, 5.0, 35.0], [0.5, 5.0, 60.0], [0.0, 6.0, 1.0]]);
    let keys = json!({"clusters": []});
    let notices = told(&keys, &data, &[0, 1, 2], &[3]);
    assert_eq!(notices, [Notice::ConstantFeatures(vec![1]), Notice::LargeFeatures(vec![2])]);
    assert_eq!(notices.iter().map(Notice::severity).collect::<Vec<_>>(), [Severity::Info, Severity::Warning]);
    assert_eq!(
        notices[1].to_string(),
        "features whose root mean square is above 10, and which are not standardised: 2; set standardize_attributes"
    );
    let standardised = json!({"clusters": [], "standardize_attributes": true});
    assert_eq!(told(&standardised, &data, &[0, 1, 2], &[3]), [Notice::ConstantFeatures(vec![1])]);
    // A model that does not read the features has nothing to say of them.
    assert_eq!(told(&json!({"clusters": [], "features": "degree"}), &data, &[0, 1, 2], &[3]), []);
}

#[test]
fn classes_that_training_does_not_see_are_told() {
    let random = random_dataset(&SIZES, WEIGHTED, 3);
    let notices = told(&json!({}), &Arc::new(random.clone()), &[0, 1, 3, 4], &[2]);
    assert_eq!(notices, [Notice::MissingClasses(vec!["2".to_string()])]);
    assert_eq!(notices[0].to_string(), "classes without training graphs: 2");
    let mut labelled = random.clone();
    let labels = [[0.0, 1.0], [1.0, 1.0], [0.0, f32::NAN], [1.0, 1.0]];
    labelled.set_targets([labels, labels].concat().concat(), 2).unwrap();
    let notices = told(&json!({"task": "multilabel", "metric": "accuracy"}), &Arc::new(labelled), &[0, 1, 2, 3], &[4]);
    assert_eq!(notices, [Notice::MissingClasses(vec!["0 of label 1".to_string()])]);
}

#[test]
fn a_metric_that_validation_does_not_define_is_told() {
    let graphs = Arc::new(cycles_and_cliques(12, 1));
    let notices = told(&json!({"metric": "roc_auc"}), &graphs, &[0, 1, 2, 3, 4, 5], &[6, 8, 10]);
    assert_eq!(notices, [Notice::UndefinedMetric(Metric::RocAuc)]);
    assert_eq!(
        notices[0].to_string(),
        "the validation graphs do not define the metric \"roc_auc\", so nothing can go by it"
    );
    assert_eq!(told(&json!({"metric": "roc_auc"}), &graphs, &[0, 1, 2, 3, 4, 5], &[]), []);
}

#[test]
fn early_stopping_by_what_is_not_defined_is_refused() {
    let graphs = Arc::new(cycles_and_cliques(12, 1));
    let (train, one_class, both) = ([0, 1, 2, 3, 4, 5], [6, 8, 10], [6, 7, 8]);
    let refusal = |keys: &Value, dataset: &Arc<Dataset>, validation: &[usize]| {
        let config = config(&[&small(), keys]).check().unwrap();
        let trainer = Trainer::<f32>::new(&config, dataset.clone(), &train, validation);
        trainer.err().map(|e| e.message().to_string())
    };
    let message = "early_stopping is \"metric\", but the validation graphs do not define the metric \"roc_auc\": it \
                   needs graphs of both classes, or targets that are there";
    for metric in ["roc_auc", "average_precision"] {
        let keys = json!({"early_stopping": "metric", "metric": metric, "patience": 1});
        assert_eq!(refusal(&keys, &graphs, &one_class).unwrap(), message.replace("roc_auc", metric));
        assert_eq!(refusal(&keys, &graphs, &both), None);
    }
    // Nothing goes by it.
    let keys = json!({"early_stopping": "metric", "metric": "roc_auc", "patience": 0});
    assert_eq!(refusal(&keys, &graphs, &one_class), None);
    for more in [json!({"patience": 1}), json!({"learning_rate_schedule": "plateau"})] {
        let keys = keys.as_object().unwrap().clone().into_iter().chain(more.as_object().unwrap().clone()).collect();
        assert_eq!(refusal(&Value::Object(keys), &graphs, &one_class).unwrap(), message);
    }
    let defined = json!({"early_stopping": "metric", "metric": "macro_f1", "patience": 1});
    assert_eq!(refusal(&defined, &graphs, &one_class), None);
    assert_eq!(refusal(&json!({"early_stopping": "accuracy", "patience": 1}), &graphs, &one_class), None);
    // Targets that are all missing define nothing, whatever is predicted.
    let mut numbers = (*graphs).clone();
    let values = (0..12).map(|graph| if one_class.contains(&graph) { f32::NAN } else { graph as f32 });
    numbers.set_targets(values.collect(), 1).unwrap();
    let numbers = Arc::new(numbers);
    let keys = json!({"task": "regression", "early_stopping": "metric", "patience": 1});
    assert!(refusal(&keys, &numbers, &one_class).unwrap().contains("do not define the metric \"rmse\""));
    assert_eq!(refusal(&keys, &numbers, &both), None);
}

/// A batch norm of a single row leaves its running statistics alone, so that evaluation does not divide by nothing.
#[test]
fn a_batch_norm_of_a_single_row_is_told() {
    let graphs = Arc::new(cycles_and_cliques(12, 1));
    let train = [0, 1, 2, 3, 4, 5];
    let run = |keys: &Value| {
        let config = config(&[&small(), &json!({"patience": 0, "epochs": 30}), keys]).check().unwrap();
        let mut trainer = Trainer::<f32>::new(&config, graphs.clone(), &train, &[6, 7]).unwrap();
        let mut notices = Vec::new();
        let mut tell = |notice: &Notice| notices.push(notice.clone());
        trainer.fit(&mut Callbacks { on_notice: Some(&mut tell), ..Callbacks::default() }).unwrap();
        notices.retain(|notice| matches!(notice, Notice::SingleRow { .. }));
        (notices, trainer)
    };
    let (notices, trainer) = run(&json!({"clusters": [4, 1], "batch_size": 1}));
    assert_eq!(notices, [Notice::SingleRow { level: 2 }]);
    assert!(notices[0].to_string().starts_with("a batch norm of level 2 saw a single row"), "{}", notices[0]);
    assert_eq!(notices[0].severity(), Severity::Warning);
    let model = &trainer.state().model;
    let mut norms = 0;
    for tensor in model.tensors().into_iter().filter(|tensor| tensor.name.starts_with("levels.2.")) {
        let values = model.tensor(&tensor.name).unwrap().1;
        norms += usize::from(tensor.name.ends_with("running_var"));
        if tensor.name.ends_with("running_mean") || tensor.name.ends_with("running_var") {
            let start = if tensor.name.ends_with("mean") { 0.0 } else { 1.0 };
            assert!(values.iter().all(|&value| value == start), "{}: {values:?}", tensor.name);
        }
    }
    assert_eq!(norms, 2);
    let losses: Vec<f64> = trainer.history().iter().map(|record| record.validation.unwrap().loss).collect();
    assert!(losses.iter().all(|&loss| loss < 100.0), "{losses:?}");
    // Two rows are enough, and so is a last batch that has more.
    for keys in [json!({"clusters": [4, 2], "batch_size": 1}), json!({"clusters": [4, 1], "batch_size": 2})] {
        assert_eq!(run(&keys).0, [], "{keys}");
    }
    // One batch of an epoch is enough to be told of, once.
    assert_eq!(run(&json!({"clusters": [4, 1], "batch_size": 5})).0.len(), 1);
    assert_eq!(run(&json!({"clusters": [4, 1], "batch_size": 1, "normalization": "layer"})).0, []);
}
