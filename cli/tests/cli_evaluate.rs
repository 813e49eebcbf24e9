//! `diffpool evaluate`: the numbers are the library's; classes are matched by name.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use common::graphs::{Columns, PLAIN, random_dataset, with_sequences, with_targets};
use common::models::{all, disturb, model, small};
use diffpool::checkpoint::{dataset_file, model_file};
use diffpool::config::PoolLoss;
use diffpool::data::json_lines;
use diffpool::graph::Dataset;
use diffpool::model::Model;
use diffpool::train::evaluate;
use program::{refusal, succeed, without_numbers};
use serde_json::{Value, json};

fn write_lines(dataset: &Dataset, path: &Path) {
    let mut lines = Vec::new();
    json_lines::write(dataset, &mut lines).unwrap();
    fs::write(path, lines).unwrap();
}

/// A model of a task and graphs for it, as files in a folder.
fn case(folder: &Path, keys: &Value, columns: Columns) -> (Model<f32>, Dataset) {
    let sizes: Vec<usize> = (0..40).map(|i| 2 + 7 * i % 19).collect();
    let mut dataset = with_targets(random_dataset(&sizes, PLAIN, 3), columns, 4);
    if keys["task"] == "sequence" {
        dataset = with_sequences(dataset, 5);
    } else {
        dataset.set_class_names(["b", "a", "c"].map(str::to_string).to_vec()).unwrap();
    }
    let mut model: Model<f32> = model(&[&small(), keys], &dataset);
    disturb(&mut model, 7);
    model_file::save(&model, &folder.join("model")).unwrap();
    dataset_file::save(&dataset, &folder.join("graphs")).unwrap();
    write_lines(&dataset, &folder.join("graphs.jsonl"));
    (model, dataset)
}

fn evaluated(folder: &Path, arguments: &str) -> Value {
    let command = format!("evaluate FOLDER/model --json {arguments}").replace("FOLDER", &folder.to_string_lossy());
    serde_json::from_str(&succeed(&command).stdout).unwrap()
}

#[test]
fn the_numbers_are_the_librarys() {
    let cases = [
        (json!({"diagnostics": false}), Columns::Numbers(1)),
        (json!({"task": "binary"}), Columns::Labels(1)),
        (json!({"task": "multilabel"}), Columns::Labels(3)),
        (json!({"task": "regression"}), Columns::Numbers(2)),
        (json!({"task": "sequence"}), Columns::Numbers(1)),
    ];
    for (keys, columns) in cases {
        let folder = tempfile::tempdir().unwrap();
        let (model, dataset) = case(folder.path(), &keys, columns);
        let own = evaluate(&model, &dataset, &all(&dataset), 1).unwrap();
        for arguments in
            ["--data FOLDER/graphs", "--data FOLDER/graphs.jsonl --threads 2", "--data FOLDER/graphs --graphs 0-39"]
        {
            let found = evaluated(folder.path(), arguments);
            assert_eq!(found["graphs"], 40);
            for (key, value) in
                [("loss", own.loss), ("class_loss", own.class_loss), ("link_loss", own.pooling[PoolLoss::Link])]
            {
                assert_eq!(found[key].as_f64().unwrap().to_bits(), value.to_bits(), "{keys}, {arguments}: {key}");
            }
            for metric in &own.metrics {
                let printed = &found["metrics"][metric.metric.name()];
                assert_eq!(printed["value"], json!(metric.value), "{keys}: {}", metric.metric.name());
                assert!(metric.by_target.len() < 2 || printed["by_target"] == json!(metric.by_target));
            }
            let confusion: Vec<u64> = found["confusion"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|row| row.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()))
                .collect();
            assert_eq!(confusion, own.confusion);
            // Also where training did not look at them.
            assert_eq!(found["clusters"].as_array().unwrap().len(), 2);
        }
    }
}

#[test]
fn classes_are_matched_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut dataset) = case(folder.path(), &json!({}), Columns::Numbers(1));
    let own = evaluated(folder.path(), "--data FOLDER/graphs");
    dataset.use_class_names(&["unused", "c", "b", "a"].map(str::to_string)).unwrap();
    dataset_file::save(&dataset, &folder.path().join("other")).unwrap();
    write_lines(&dataset, &folder.path().join("other.jsonl"));
    for data in ["other", "other.jsonl"] {
        assert_eq!(evaluated(folder.path(), &format!("--data FOLDER/{data}")), own, "{data}");
    }
}

#[test]
fn tables_for_people() {
    let mut report = String::new();
    for (keys, columns) in [
        (json!({}), Columns::Numbers(1)),
        (json!({"task": "multilabel"}), Columns::Labels(3)),
        (json!({"task": "regression"}), Columns::Numbers(1)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        case(folder.path(), &keys, columns);
        let place = folder.path().display();
        report += &succeed(&format!("evaluate {place}/model --data {place}/graphs")).stdout;
        report.push('\n');
    }
    // Columns are as wide as their numbers, which differ between machines, as their signs may.
    let lines = report.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let joined = lines.collect::<Vec<_>>().join("\n");
    let report = (0..10).fold(joined, |text, digit| text.replace(&format!(" -{digit}"), &format!(" {digit}")));
    insta::assert_snapshot!("tables", without_numbers(&report));
}

#[test]
fn parts_of_folds_are_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    case(folder.path(), &json!({}), Columns::Numbers(1));
    let folds = json!([
        {"test": [0], "model_selection": [{"train": [1, 2], "validation": [3]}]},
        {"test": [7, 9, 30], "model_selection": [{"train": [1, 2], "validation": [3]}]},
    ]);
    fs::write(folder.path().join("folds.json"), folds.to_string()).unwrap();
    let pairs = [("--part test", "7,9,30"), ("", "7,9,30"), ("--part train", "1,2"), ("--part validation", "3")];
    for (part, graphs) in pairs {
        let found =
            evaluated(folder.path(), &format!("--data FOLDER/graphs --splits FOLDER/folds.json --fold 1 {part}"));
        assert_eq!(found, evaluated(folder.path(), &format!("--data FOLDER/graphs --graphs {graphs}")));
    }
}

#[test]
fn misuse_has_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    case(place, &json!({"task": "regression"}), Columns::Numbers(2));
    fs::rename(place.join("model"), place.join("regression")).unwrap();
    let (_, dataset) = case(place, &json!({}), Columns::Numbers(1));
    let mut unknown = dataset.clone();
    unknown.set_class_names(["b", "a", "other"].map(str::to_string).to_vec()).unwrap();
    dataset_file::save(&unknown, &place.join("unknown")).unwrap();
    write_lines(&unknown, &place.join("unknown.jsonl"));
    fs::write(place.join("classless.jsonl"), "{\"nodes\": 1, \"edges\": [], \"x\": [[1, 2, 3]]}").unwrap();
    let mut report = String::new();
    for arguments in [
        "evaluate FOLDER/model",
        "evaluate FOLDER/missing --data FOLDER/graphs",
        "evaluate FOLDER/model --data FOLDER/missing",
        "evaluate FOLDER/model --data FOLDER/unknown",
        "evaluate FOLDER/model --data FOLDER/unknown.jsonl",
        "evaluate FOLDER/model --data FOLDER/classless.jsonl",
        "evaluate FOLDER/regression --data FOLDER/classless.jsonl",
        "evaluate FOLDER/regression --data FOLDER/graphs",
        "evaluate FOLDER/model --data FOLDER/graphs --graphs 99",
        "evaluate FOLDER/model --data FOLDER/graphs --splits FOLDER/missing --fold 0",
    ] {
        report += &refusal(&arguments.replace("FOLDER", &place.to_string_lossy()), place);
    }
    insta::assert_snapshot!("misuse", report);
}
