//! The fingerprint of a model: equal for models that predict the same, another one for those that do not.
#![allow(missing_docs)]

mod common;

use std::collections::HashMap;
use std::sync::Arc;

use common::graphs::{LABELLED_DIRECTED, cycles_and_cliques, random_dataset, unusual_dataset};
use common::models::{all, config, small};
use diffpool::checkpoint::model_file;
use diffpool::config::{Config, KEYS, Kind, Scope};
use diffpool::graph::Dataset;
use diffpool::model::{Model, Session};
use serde_json::{Value, json};

fn logits(model: &Model<f32>, data: &Dataset) -> Vec<u32> {
    let mut session = Session::new(Arc::new(model.clone())).unwrap();
    let graphs = all(data).into_iter().flat_map(|graph| {
        session.predict_graph(data.graph(graph)).unwrap();
        session.logits().unwrap().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    });
    graphs.collect()
}

fn model(changes: &Value, data: &Dataset) -> Model<f32> {
    Model::new(&config(&[&small(), changes]).check().unwrap(), data, &all(data)).unwrap()
}

#[test]
fn equal_models_have_equal_ones() {
    let data = random_dataset(&[5, 9, 3, 7], LABELLED_DIRECTED, 7);
    let first = model(&json!({"hard_assignment": true}), &data);
    let digits = first.fingerprint().unwrap().to_string();
    assert!(digits.len() == 64 && digits.chars().all(|c| "0123456789abcdef".contains(c)), "{digits}");
    let mut other = model(&json!({"hard_assignment": true}), &data);
    other.metadata_mut().set("author", Some("somebody")).unwrap();
    other.widen_seen(&unusual_dataset(LABELLED_DIRECTED, 1), &[0, 1]).unwrap();
    let read = model_file::from_bytes(&model_file::to_bytes(&other).unwrap()).unwrap();
    let back = first.cast::<f64>().unwrap().cast::<f32>().unwrap();
    for same in [&other, &read, &back, &first.clone()] {
        assert_eq!(same.fingerprint().unwrap(), digits);
    }
}

#[test]
fn a_change_of_a_number_changes_it_until_it_is_undone() {
    let data = cycles_and_cliques(8, 3);
    let mut changed = model(&json!({}), &data);
    let before = changed.fingerprint().unwrap().to_string();
    let mut seen = HashMap::from([(before.clone(), "none")]);
    let tensors: Vec<String> = changed.tensors().into_iter().map(|tensor| tensor.name).collect();
    for name in &tensors {
        let old = changed.tensor(name).unwrap().1.to_vec();
        let mut new = old.clone();
        *new.last_mut().unwrap() += 0.5;
        changed.set_tensor(name, &new).unwrap();
        let other = seen.insert(changed.fingerprint().unwrap().to_string(), name);
        assert_eq!(other, None, "{name}");
        changed.set_tensor(name, &old).unwrap();
        assert_eq!(changed.fingerprint().unwrap(), before, "{name}");
    }
    let mut named = data.clone();
    named.set_class_names(vec!["ring".to_string(), "clique".to_string()]).unwrap();
    assert_ne!(model(&json!({}), &named).fingerprint().unwrap(), before);
}

/// Another value of a key, which suits the model of the test.
fn other_value(key: &str, config: &Config) -> Option<Value> {
    let value = config.get(key).unwrap();
    let special = HashMap::from([
        ("metric", json!("macro_f1")),
        ("class_weights", json!([1, 2])),
        ("early_stopping", json!("accuracy")),
        ("preset", Value::Null),
    ]);
    if let Some(value) = special.get(key) {
        return (!value.is_null()).then(|| value.clone());
    }
    let key = KEYS.iter().find(|other| other.name == key).unwrap();
    Some(match (&key.kind, value) {
        (Kind::Words(words), Value::String(own)) => {
            json!(words.iter().find(|word| word.name != own)?.name)
        }
        (_, Value::Bool(own)) => json!(!own),
        (_, Value::Number(own)) => {
            let own = own.as_f64().unwrap();
            let tries = [json!(own as u64 + 1), json!(own + 1.0), json!(own / 2.0 + 0.125)];
            let mut fitting = tries.into_iter().filter(|value| Config::default().set(key.name, value.clone()).is_ok());
            fitting.next().unwrap_or_else(|| panic!("{}: {own}", key.name))
        }
        (_, other) => panic!("{}: {other}", key.name),
    })
}

/// Every key that a trained model lets change counts where it changes predictions, and only there.
#[test]
fn keys_of_training_count_where_predictions_depend_on_them() {
    let data = cycles_and_cliques(8, 3);
    let mut counted = Vec::new();
    for assignment in ["learned", "random"] {
        let original = model(&json!({"assignment": assignment}), &data);
        let (digits, before) = (original.fingerprint().unwrap().to_string(), logits(&original, &data));
        for key in KEYS.iter().filter(|key| matches!(key.scope, Scope::Training | Scope::Run)) {
            let mut config = Config::clone(original.config());
            let Some(value) = other_value(key.name, &config) else { continue };
            config.set(key.name, value).unwrap();
            let Ok(config) = config.check() else { continue };
            let Ok(changed) = original.clone().with_config(&config) else { continue };
            let same = logits(&changed, &data) == before;
            assert_eq!(changed.fingerprint().unwrap() == digits, same, "{} of {assignment}", key.name);
            if !same {
                counted.push(key.name);
            }
        }
    }
    counted.sort_unstable();
    counted.dedup();
    assert_eq!(counted, ["batch_norm_epsilon", "hard_assignment", "temperature"]);
}

/// Random assignments are drawn from the seed, so models of the same numbers predict something else.
#[test]
fn the_seed_counts_where_assignments_are_drawn_from_it() {
    let data = cycles_and_cliques(8, 3);
    for (assignment, counts) in [("random", true), ("learned", false)] {
        let first = model(&json!({"assignment": assignment}), &data);
        let mut config = Config::clone(first.config());
        config.set("seed", json!(77)).unwrap();
        let (schema, outputs) = (first.schema().clone(), first.outputs().clone());
        let mut second = Model::<f32>::blank(config.check().unwrap(), schema, outputs).unwrap();
        second.copy_numbers_from(first.parameters(), first.running());
        assert_eq!(first.fingerprint().unwrap() != second.fingerprint().unwrap(), counts);
        assert_eq!(logits(&first, &data) != logits(&second, &data), counts);
    }
}
