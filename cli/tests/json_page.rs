//! `docs/json.md` has every key of what the program writes as JSON, and no other.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/json_keys/mod.rs"]
mod json_keys;
#[path = "common/program.rs"]
mod program;

use std::path::Path;

use common::graphs::{CATEGORICAL, Columns, LABELLED_DIRECTED, PLAIN, random_dataset, with_sequences, with_targets};
use common::models::{model, small};
use diffpool::checkpoint::{dataset_file, model_file};
use json_keys::{Written, compare, documented, page};
use program::{run, small as small_set, succeed};
use serde_json::{Value, json};

/// Small models.
const MODEL: &str = "--set clusters=[3] --set embed_hidden=4 --set embed_output=4 --set assign_hidden=4 \
                     --set epochs=2 --set batch_size=4";
/// All losses of the assignment.
const LOSSES: &str = "--set cut_weight=1 --set orthogonality_weight=1 --set modularity_weight=1 \
                      --set collapse_weight=1 --set balance_weight=[1]";

fn values(lines: &str) -> impl Iterator<Item = Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap())
}

/// Runs a command, of which `FOLDER` and `SMALL` are places, and adds every line.
fn add(written: &mut Written, section: &'static str, folder: &Path, arguments: &str) {
    let arguments =
        arguments.replace("FOLDER", &folder.to_string_lossy()).replace("SMALL", &small_set().to_string_lossy());
    written.extend(values(&succeed(&arguments).stdout).map(|value| (section, value)));
}

/// Takes the values out that are described in sections of their own.
fn without(written: &mut Written, section: &str, keys: &[&str]) {
    for (_, value) in written.iter_mut().filter(|(name, _)| *name == section) {
        for key in keys {
            value[key] = Value::Null;
        }
    }
}

/// Training on classes, and what follows from the files it writes.
fn add_training(written: &mut Written, folder: &Path) {
    let files = "--output FOLDER/model --checkpoint FOLDER/run";
    let train = format!("train --json --data SMALL --validation 0.25 --test 0.25 {files} {MODEL} {LOSSES}");
    add(written, "diffpool train --json", folder, &train);
    add(written, "diffpool inspect MODEL --json", folder, "inspect FOLDER/model --json --tensors");
    add(written, "diffpool inspect CHECKPOINT --json", folder, "inspect FOLDER/run --json");
    add(written, "diffpool inspect DATA --json", folder, "inspect SMALL --json");
    without(written, "diffpool inspect CHECKPOINT --json", &["history", "model"]);
    add(written, "diffpool evaluate --json", folder, "evaluate FOLDER/model --data SMALL --json");
    add(
        written,
        "diffpool convert data --json",
        folder,
        "convert data --data SMALL --output FOLDER/small.jsonl --json",
    );
    let bench = format!("bench --json --runs 1 --threads 1 --graphs 4 {MODEL}");
    add(written, "diffpool bench --json", folder, &bench);
}

/// Models of every task with graphs for them.
fn add_tasks(written: &mut Written, folder: &Path) {
    let cases = [
        (PLAIN, json!({}), Columns::Numbers(1)),
        (PLAIN, json!({"task": "binary"}), Columns::Labels(1)),
        (PLAIN, json!({"task": "multilabel"}), Columns::Labels(3)),
        (PLAIN, json!({"task": "regression"}), Columns::Numbers(2)),
        (PLAIN, json!({"task": "sequence"}), Columns::Numbers(1)),
        (CATEGORICAL, json!({}), Columns::Numbers(1)),
        (LABELLED_DIRECTED, json!({"relations": "edge_labels"}), Columns::Numbers(1)),
    ];
    for (kind, keys, columns) in cases {
        let mut dataset = with_targets(random_dataset(&[8, 12, 9, 1], kind, 11), columns, 4);
        if keys["task"] == "sequence" {
            dataset = with_sequences(dataset, 5);
        }
        model_file::save(&model(&[&small(), &keys], &dataset), &folder.join("task")).unwrap();
        dataset_file::save(&dataset, &folder.join("graphs")).unwrap();
        add(written, "diffpool inspect MODEL --json", folder, "inspect FOLDER/task --json --tensors");
        add(written, "diffpool evaluate --json", folder, "evaluate FOLDER/task --data FOLDER/graphs --json");
        let predict = "predict FOLDER/task --data FOLDER/graphs --json --logits --embedding --assignments";
        add(written, "diffpool predict --json", folder, predict);
        let explain = "explain FOLDER/task --data FOLDER/graphs --index 1 --out-format json --output -";
        add(written, "diffpool explain --out-format json", folder, explain);
    }
    without(written, "diffpool inspect MODEL --json", &["schema", "config"]);
    let named = concat!(
        "{\"dataset\": {\"names\": {\"x\": [\"mass\"], \"node_labels\": {\"6\": \"C\"}}}}\n",
        "{\"edges\": [[0, 1]], \"node_labels\": [6, 6], \"x\": [[1], [2]]}\n"
    );
    std::fs::write(folder.join("named.jsonl"), named).unwrap();
    add(written, "diffpool inspect DATA --json", folder, "inspect FOLDER/named.jsonl --json");
    let lines = "{\"id\": \"a\", \"edges\": [[0, 1]], \"node_labels\": [0, 1]}\n{\"edges\": [[0, 9]], \"nodes\": 2}\n";
    std::fs::write(folder.join("lines.jsonl"), lines).unwrap();
    let command = "predict FOLDER/model --data FOLDER/lines.jsonl --json --keep-going";
    let ran = run(&command.replace("FOLDER", &folder.to_string_lossy()));
    written.extend(values(&ran.stdout).map(|value| ("diffpool predict --json", value)));
}

fn add_runs(written: &mut Written, folder: &Path) {
    for (protocol, runs) in [("fair --repeats 1", "fair.jsonl"), ("paper", "paper.jsonl")] {
        let command =
            format!("cross-validate --json --data SMALL --protocol {protocol} --jobs 1 --output FOLDER/{runs} {MODEL}");
        add(written, "diffpool cross-validate --json", folder, &command);
        let lines = std::fs::read_to_string(folder.join(runs)).unwrap();
        written.extend(values(&lines).map(|value| ("diffpool cross-validate --output FILE", value)));
        let report = format!("report FOLDER/{runs} --json --output FOLDER/page.md");
        add(written, "diffpool report --json", folder, &report);
    }
    without(written, "diffpool cross-validate --output FILE", &["config", "changes"]);
    without(written, "diffpool report --json", &["outcome"]);
}

fn all_written() -> Written {
    let folder = tempfile::tempdir().unwrap();
    let mut written = Vec::new();
    add_training(&mut written, folder.path());
    add_tasks(&mut written, folder.path());
    add_runs(&mut written, folder.path());
    written
}

#[test]
fn the_page_has_every_key_that_is_written_and_no_other() {
    compare(&all_written(), "diffpool ");
}

/// The commands below a command that the help lists.
fn below(command: &str) -> Vec<String> {
    let help = succeed(&format!("{command} --help")).stdout;
    let list = help.split("\nCommands:\n").nth(1).unwrap_or("").split("\n\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.map(|line| line.split_whitespace().next().unwrap()).filter(|&name| name != "help");
    names.map(|name| format!("{command} {name}").trim_start().to_owned()).collect()
}

#[test]
fn every_command_that_prints_json_is_on_the_page() {
    let sections = documented(&page());
    let (groups, mut commands): (Vec<_>, Vec<_>) = below("").into_iter().partition(|name| !below(name).is_empty());
    assert!(!groups.is_empty() && commands.len() > 5, "{groups:?} {commands:?}");
    commands.extend(groups.iter().flat_map(|group| below(group)));
    for command in commands {
        // Help is given unless what comes before is unknown. Its text would not do: that of `predict` hides the option.
        let has = run(&format!("{command} --json --help")).code == Some(0);
        let begins = |name: &&String| name.starts_with(&format!("diffpool {command} ")) && name.ends_with("--json");
        assert_eq!(sections.keys().filter(begins).count() > 0, has, "{command} --json and docs/json.md");
    }
}
