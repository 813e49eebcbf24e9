//! `diffpool inspect`: models, checkpoints and data sets, for people and for programs.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::graphs::{CATEGORICAL, Columns, LABELLED_DIRECTED, WEIGHTED, random_dataset, unusual_dataset};
use common::graphs::{cycles_and_cliques, with_sequences, with_targets};
use common::models::{fit, small, trainer};
use diffpool::checkpoint::{dataset_file, model_file, training_file};
use diffpool::data::json_lines;
use diffpool::graph::Dataset;
use diffpool::model::Model;
use program::{Ran, program, refusal, small as small_set, succeed, without_numbers};
use serde_json::{Value, json};

fn inspected(arguments: &str) -> Value {
    serde_json::from_str(&succeed(&format!("inspect --json {arguments}")).stdout).unwrap()
}

/// The text with one blank between columns, which are as wide as their numbers, and without signs: they differ between
/// machines.
fn narrow(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let joined = lines.collect::<Vec<_>>().join("\n");
    (0..10).fold(joined, |text, digit| text.replace(&format!(" -{digit}"), &format!(" {digit}")))
}

/// A run of six epochs with averaged weights, and its model.
fn trained(folder: &Path) {
    let dataset = Arc::new(cycles_and_cliques(24, 3));
    let keys = json!({"features": "degree,constant:2", "ema_decay": 0.5, "early_stopping": "accuracy"});
    let mut trainer = trainer(&[&small(), &keys], &dataset);
    fit(&mut trainer);
    training_file::save(trainer.state(), &folder.join("run")).unwrap();
    let mut model = trainer.model().unwrap();
    model.metadata_mut().set("note", Some("two\nlines \u{1b}[1m")).unwrap();
    model_file::save(&model, &folder.join("model")).unwrap();
}

fn load_model(folder: &Path) -> Model<f32> {
    model_file::load(&folder.join("model")).unwrap()
}

#[test]
fn models_and_runs_for_people() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let place = folder.path().display();
    let model = succeed(&format!("inspect {place}/model --tensors --features")).stdout;
    // Weights, the best epoch and the checksum of the graphs may differ between machines.
    let differing = ["fingerprint ", "  diffpool.data_fingerprint ", "  diffpool.date ", "  diffpool.best_epoch "];
    let hidden = |line: &&str| !differing.iter().any(|begin| line.starts_with(begin));
    let lines: String = model.lines().filter(hidden).map(|line| format!("{line}\n")).collect();
    assert!(model.contains(&format!("\nfingerprint {}\n", load_model(folder.path()).fingerprint().unwrap())));
    insta::assert_snapshot!("model", without_numbers(&narrow(&lines)));
    let run = succeed(&format!("inspect {place}/run")).stdout;
    let until_model = run.split("\nDiffPool").next().unwrap();
    // Which epoch is the best may differ between machines, as may the checksum of the graphs.
    let head: String =
        until_model.lines().filter(|line| !line.starts_with("  best")).map(|l| format!("{l}\n")).collect();
    assert!(until_model.contains("  best      epoch "));
    insta::assert_snapshot!("run", without_numbers(&narrow(&head.replace(" (best)", ""))));
    assert!(run.contains(&succeed(&format!("inspect {place}/model")).stdout[.."DiffPool classifier".len()]));
    let config = succeed(&format!("inspect {place}/model --config")).stdout;
    let config: Value = serde_json::from_str(config.split("\nconfiguration\n").nth(1).unwrap()).unwrap();
    assert_eq!(config["features"], "degree,constant:2");
}

#[test]
fn models_and_runs_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let place = folder.path().display();
    let model = inspected(&format!("{place}/model --tensors"));
    let own = model_file::load(&folder.path().join("model")).unwrap();
    assert_eq!((&model["kind"], &model["parameters"]), (&json!("model"), &json!(own.parameter_count())));
    let metadata = model["metadata"].as_object().unwrap();
    assert_eq!((&metadata["note"], &metadata["diffpool.epochs"]), (&json!("two\nlines \u{1b}[1m"), &json!("6")));
    assert_eq!((&model["schema"], &model["fingerprint"]), (&own.expected(), &json!(own.fingerprint().unwrap())));
    assert_eq!(model["feature_columns"], json!(["degree", "constant 0", "constant 1"]));
    assert_eq!((&model["classes"], &model["config"]["seed"]), (&json!(["0", "1"]), &json!(5)));
    for tensor in model["tensors"].as_array().unwrap() {
        let values = own.tensor(tensor["name"].as_str().unwrap()).unwrap().1;
        let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(tensor["max"], json!(f64::from(largest)), "{tensor}");
    }
    let run = inspected(&format!("{place}/run"));
    let state = training_file::load(&folder.path().join("run")).unwrap();
    assert_eq!((&run["kind"], &run["epoch"], &run["epochs"]), (&json!("training"), &json!(6), &json!(6)));
    assert_eq!((&run["step"], &run["averaged"]), (&json!(state.step), &json!(true)));
    assert_eq!(run["best"]["epoch"], json!(state.best.unwrap().epoch));
    assert_eq!(run["history"].as_array().unwrap().len(), 6);
    assert_eq!(run["model"]["tensors"].as_array().unwrap().len(), model["tensors"].as_array().unwrap().len());
}

/// Data sets of every kind, by name.
fn datasets() -> Vec<(&'static str, Dataset)> {
    let sizes: Vec<usize> = (1..13).collect();
    vec![
        ("weighted", random_dataset(&sizes, WEIGHTED, 1)),
        ("categorical", random_dataset(&sizes, CATEGORICAL, 1)),
        ("labelled", unusual_dataset(LABELLED_DIRECTED, 1)),
        ("targets", with_targets(cycles_and_cliques(9, 1), Columns::Labels(3), 2)),
        ("sequences", with_sequences(cycles_and_cliques(9, 1), 2)),
    ]
}

#[test]
fn data_sets() {
    let folder = tempfile::tempdir().unwrap();
    let mut report = succeed(&format!("inspect {}", small_set().display())).stdout;
    for (name, dataset) in datasets() {
        let (file, lines) = (folder.path().join(name), folder.path().join(format!("{name}.jsonl")));
        dataset_file::save(&dataset, &file).unwrap();
        let mut out = Vec::new();
        json_lines::write(&dataset, &mut out).unwrap();
        fs::write(&lines, out).unwrap();
        let text = succeed(&format!("inspect {}", file.display())).stdout;
        // The same graphs in another format, also piped in.
        assert_eq!(succeed(&format!("inspect {}", lines.display())).stdout, text, "{name}");
        let piped = program("inspect -").stdin(fs::File::open(&lines).unwrap()).output().unwrap();
        assert_eq!(Ran::of(piped).stdout, text, "{name}");
        report += &text;
    }
    insta::assert_snapshot!("data_sets", report);

    let weighted = inspected(&folder.path().join("weighted").to_string_lossy());
    assert_eq!((&weighted["kind"], &weighted["weighted"]), (&json!("dataset"), &json!(true)));
    assert_eq!((&weighted["nodes"]["min"], &weighted["nodes"]["max"]), (&json!(1), &json!(12)));
    assert_eq!(weighted["classes"][1], json!({"name": "1", "graphs": 4}));
}

#[test]
fn misuse_has_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    trained(place);
    let bytes = fs::read(place.join("model")).unwrap();
    fs::write(place.join("cut"), &bytes[..bytes.len() - 1]).unwrap();
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(place.join("damaged"), damaged).unwrap();
    fs::write(place.join("text"), "this is only text").unwrap();
    fs::write(place.join("empty"), "").unwrap();
    fs::write(place.join("number"), "8").unwrap();
    fs::write(place.join("bad.jsonl"), "{\"nodes\": 1, \"edges\": []}\n{\"nodes\": 1}\n").unwrap();
    fs::create_dir(place.join("folder")).unwrap();
    let mut report = String::new();
    for arguments in [
        "inspect",
        "inspect FOLDER/missing",
        "inspect FOLDER/cut",
        "inspect FOLDER/damaged",
        "inspect FOLDER/text",
        "inspect FOLDER/empty",
        "inspect FOLDER/folder",
        "inspect FOLDER/bad.jsonl",
        "inspect FOLDER/number --format jsonl",
        "inspect FOLDER/model --format file",
    ] {
        let text = refusal(&arguments.replace("FOLDER", &place.to_string_lossy()), place);
        // The file's checksum is of weights, which differ between machines.
        let shown = text.split("its checksum is").next().unwrap();
        report += &format!("{}\n", shown.trim_end());
    }
    insta::assert_snapshot!("misuse", report);
}
