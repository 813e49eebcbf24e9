//! `diffpool bench`: it measures what it says, on the graphs and with the model that it is given.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "common/program.rs"]
mod program;

use common::graphs::cycles_and_cliques;
use common::models::{model, small};
use diffpool::checkpoint::{dataset_file, model_file};
use diffpool::model::Model;
use program::{refusal, small as small_set, succeed};
use serde_json::{Value, json};

const QUICK: &str = "--runs 3 --threads 2 --set embed_hidden=4 --set assign_hidden=4 --set embed_output=4";

fn measured(arguments: &str) -> Value {
    serde_json::from_str(&succeed(&format!("bench --json {arguments}")).stdout).unwrap()
}

/// Checks the numbers, and gives what was measured.
fn kinds(found: &Value) -> Vec<(String, u64)> {
    let mut kinds = Vec::new();
    for one in found["measured"].as_array().unwrap() {
        let runs: Vec<f64> = one["runs"].as_array().unwrap().iter().map(|run| run.as_f64().unwrap()).collect();
        let (median, best) = (one["median"].as_f64().unwrap(), one["best"].as_f64().unwrap());
        let mut sorted = runs.clone();
        sorted.sort_by(f64::total_cmp);
        assert_eq!((runs.len(), sorted[1]), (3, median));
        assert!(sorted[0] > 0.0 && (best == sorted[0] || best == sorted[2]), "{one}");
        kinds.push((one["what"].as_str().unwrap().to_string(), one["threads"].as_u64().unwrap()));
    }
    kinds
}

#[test]
fn training_and_prediction_are_measured() {
    for data in ["--graphs 6".to_string(), format!("--data {}", small_set().display())] {
        let found = measured(&format!("{QUICK} {data}"));
        let wanted = [("train", 1), ("train", 2), ("predict", 1), ("predict", 2)];
        assert_eq!(kinds(&found), wanted.map(|(what, threads)| (what.to_string(), threads)));
        assert_eq!(found["preset"], "default");
        assert!(["portable", "neon", "avx2", "avx512"].contains(&found["kernels"].as_str().unwrap()));
    }
}

#[test]
fn a_model_only_predicts() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = cycles_and_cliques(10, 1);
    let own: Model<f32> = model(&[&small()], &dataset);
    model_file::save(&own, &folder.path().join("model")).unwrap();
    dataset_file::save(&dataset, &folder.path().join("graphs")).unwrap();
    let place = folder.path().display();
    let found = measured(&format!("{place}/model --data {place}/graphs --runs 3 --threads 1"));
    assert_eq!(kinds(&found), [("predict".to_string(), 1)]);
    assert_eq!((&found["graphs"], &found["parameters"]), (&json!(10), &json!(own.parameter_count())));
}

#[test]
fn the_table_names_what_was_measured() {
    let text = succeed(&format!("bench {QUICK} --graphs 4")).stdout;
    for wanted in ["4 graphs of ba", "preset default", "train, 2 threads", "ms an epoch", "graphs a second", "kernels"]
    {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(succeed("bench --print-config --preset errica").stdout.contains("\"preset\": \"errica\""));
}

#[test]
fn misuse_has_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let mut report = String::new();
    for arguments in [
        "bench --runs 0",
        "bench --graphs 0",
        "bench --format tu",
        "bench FOLDER/missing",
        "bench --data FOLDER/missing",
        "bench --set embed_hidden=0",
    ] {
        report += &refusal(&arguments.replace("FOLDER", &place.to_string_lossy()), place);
    }
    insta::assert_snapshot!("misuse", report);
}
