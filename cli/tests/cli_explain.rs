//! `diffpool explain`: every format of every task, what the numbers say, and what is refused.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::graphs::{
    CATEGORICAL, Columns, DIRECTED, LABELLED_DIRECTED, PLAIN, WEIGHTED, cycles_and_cliques, random_dataset,
    with_sequences, with_targets,
};
use common::models::{model, small};
use diffpool::checkpoint::{dataset_file, model_file};
use serde_json::{Value, json};

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/converted");
    folder.join(name).to_str().unwrap().to_string()
}

fn explain(arguments: &[&str]) -> Output {
    let (model, others) = arguments.split_first().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
    command.args(["explain", model, "--data"]).args(others).output().unwrap()
}

/// What the command prints with these arguments and `--output -`.
fn printed(arguments: &[&str], format: &str) -> String {
    let output = explain(&[arguments, &["--out-format", format, "--output", "-"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Models of every task with graphs for them, in a folder.
fn cases(folder: &Path) -> Vec<[String; 2]> {
    let mut files = vec![[fixture("errica.model.safetensors"), fixture("SMALL")]];
    let tasks = [
        ("binary", WEIGHTED, json!({"task": "binary"}), Columns::Labels(1)),
        ("multilabel", PLAIN, json!({"task": "multilabel"}), Columns::Labels(3)),
        ("regression", DIRECTED, json!({"task": "regression"}), Columns::Numbers(2)),
        ("sequence", PLAIN, json!({"task": "sequence"}), Columns::Numbers(1)),
        ("categories", CATEGORICAL, json!({}), Columns::Numbers(1)),
        ("relations", LABELLED_DIRECTED, json!({"relations": "edge_labels"}), Columns::Numbers(1)),
        ("hard", PLAIN, json!({"hard_assignment": true}), Columns::Numbers(1)),
        ("random", PLAIN, json!({"assignment": "random"}), Columns::Numbers(1)),
        ("graclus", PLAIN, json!({"assignment": "graclus", "clusters": [3, 2]}), Columns::Numbers(1)),
    ];
    for (name, kind, keys, columns) in tasks {
        let dataset = with_sequences(with_targets(random_dataset(&[8, 12, 9, 1], kind, 11), columns, 4), 5);
        let paths = [folder.join(name), folder.join(format!("{name} graphs"))];
        model_file::save(&model(&[&small(), &keys], &dataset), &paths[0]).unwrap();
        dataset_file::save(&dataset, &paths[1]).unwrap();
        files.push(paths.map(|path| path.to_str().unwrap().to_string()));
    }
    files
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn size(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn index_of_largest(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

#[test]
fn the_numbers_of_every_task_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    for [model, graphs] in cases(folder.path()) {
        let document: Value = serde_json::from_str(&printed(&[&model, &graphs, "--index", "1"], "json")).unwrap();
        assert_eq!((&document["format"], &document["format_version"]), (&json!("diffpool-explanation"), &json!(1)));
        let nodes = size(&document["graph"]["nodes"]);
        for column in ["x", "y"] {
            let places = numbers(&document["nodes"][column]);
            assert_eq!(places.len(), nodes);
            assert!(places.iter().all(|v| (0.0..=1000.0).contains(v)));
        }
        let explained = &document["prediction"]["outputs"][size(&document["prediction"]["explained"])];
        let importance = numbers(&explained["importance"]);
        assert_eq!(importance.len(), nodes, "{model}");
        assert!(importance.iter().any(|v| *v != 0.0), "{model}");
        let mut above = importance.clone();
        let mut rows = nodes;
        for (level, clusters) in
            document["levels"].as_array().unwrap().iter().zip(explained["clusters"].as_array().unwrap())
        {
            let s: Vec<Vec<f64>> = level["assignment"].as_array().unwrap().iter().map(numbers).collect();
            let k = size(&level["clusters"]);
            assert_eq!((s.len(), size(&level["nodes"])), (rows, rows));
            assert!(s.iter().all(|row| row.len() == k && (row.iter().sum::<f64>() - 1.0).abs() < 1e-4));
            let hardest: Vec<usize> = s.iter().map(|row| index_of_largest(row)).collect();
            assert_eq!(level["cluster_of"], json!(hardest));
            let mass: f64 = level["members"].as_array().unwrap().iter().map(|m| m["mass"].as_f64().unwrap()).sum();
            assert!((mass - nodes as f64).abs() < 1e-2 * nodes as f64, "{mass} is not {nodes}");
            assert_eq!(level["adjacency"].as_array().unwrap().len(), k);
            // Importance moves to the clusters by shares, so that its sum stays.
            let (below, own) = (above.iter().sum::<f64>(), numbers(clusters));
            assert!((own.iter().sum::<f64>() - below).abs() < 1e-3 * (1.0 + below.abs()));
            (above, rows) = (own, k);
        }
    }
}

#[test]
fn pictures_are_well_formed_and_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    for [model, graphs] in cases(folder.path()) {
        let arguments = [model.as_str(), &graphs];
        let document: Value = serde_json::from_str(&printed(&arguments, "json")).unwrap();
        let levels = document["levels"].as_array().unwrap();
        let svg = printed(&arguments, "svg");
        let tree = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{model}: {e}"));
        let discs = tree.descendants().filter(|node| node.has_tag_name("circle")).count();
        let drawn = |level: &Value| {
            level["members"].as_array().unwrap().iter().filter(|member| !member["drawn"].is_null()).count()
        };
        let clusters: usize = levels.iter().map(drawn).sum();
        assert_eq!(discs, size(&document["graph"]["nodes"]) * (levels.len() + 1) + clusters, "{model}");
        let dot = printed(&arguments, "dot");
        assert_eq!(dot.matches("graph [label=").count(), 1 + 2 * levels.len());
        check_with_graphviz(&dot);
        for format in ["html", "svg", "json", "dot"] {
            assert_eq!(printed(&arguments, format), printed(&arguments, format), "{model}: {format}");
        }
    }
}

/// Where Graphviz is there, it must take the graphs.
fn check_with_graphviz(text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graphs.dot");
    std::fs::write(&path, text).unwrap();
    if let Ok(output) = Command::new("dot").arg("-Tcanon").arg(&path).output() {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A model and data set of its own, whose files are in the folder.
fn files(folder: &Path, keys: &Value) -> [PathBuf; 2] {
    let mut dataset = random_dataset(&[4, 6, 5], WEIGHTED, 3);
    dataset.set_class_names(["a", "</title>&\"", "{{data}}"].map(String::from).to_vec()).unwrap();
    let paths = [folder.join("model"), folder.join("graphs")];
    model_file::save(&model(&[&small(), keys], &dataset), &paths[0]).unwrap();
    dataset_file::save(&dataset, &paths[1]).unwrap();
    paths
}

#[test]
fn a_flat_model_has_an_importance_and_any_class_can_be_explained() {
    let folder = tempfile::tempdir().unwrap();
    let [model, graphs] = files(folder.path(), &json!({"clusters": []}));
    let base = [model.to_str().unwrap(), graphs.to_str().unwrap()];
    let mut seen = Vec::new();
    for class in ["a", "</title>&\"", "2"] {
        let text = printed(&[base.as_slice(), &["--class", class]].concat(), "json");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["levels"], json!([]));
        let prediction = &document["prediction"];
        let output = &prediction["outputs"][size(&prediction["explained"])];
        assert!(output["name"] == class || class.parse().is_ok_and(|logit: usize| output["logit"] == logit));
        seen.push(numbers(&output["importance"]));
        let svg = printed(&[base.as_slice(), &["--class", class]].concat(), "svg");
        assert!(roxmltree::Document::parse(&svg).is_ok());
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
}

#[test]
fn graphs_come_as_json_lines_too() {
    let folder = tempfile::tempdir().unwrap();
    let [model, _] = files(folder.path(), &json!({}));
    let lines = folder.path().join("graphs.jsonl");
    let x = "[[0.5, 1, 0], [1, 0, 0.25], [0, 0, 1]]";
    let plain = format!("{{\"edges\": [[0, 1], [1, 2]], \"x\": {x}}}\n");
    std::fs::write(&lines, plain.repeat(2)).unwrap();
    let arguments = [model.to_str().unwrap(), lines.to_str().unwrap(), "--index", "1"];
    let document: Value = serde_json::from_str(&printed(&arguments, "json")).unwrap();
    assert_eq!(document["graph"]["class"], json!(null), "no class is given");
    assert_eq!(document["edges"], json!([[0, 1, 1.0], [1, 2, 1.0]]));
}

/// Rounded where machines differ.
#[test]
fn graphs_for_graphviz() {
    let folder = tempfile::tempdir().unwrap();
    let [model, graphs] = files(folder.path(), &json!({"clusters": [2]}));
    insta::assert_snapshot!(printed(&[model.to_str().unwrap(), graphs.to_str().unwrap()], "dot"));
}

#[test]
fn what_is_wrong_is_named_and_no_file_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let [model, graphs] = files(folder.path(), &json!({}));
    let target = folder.path().join("page.html");
    std::fs::write(&target, "mine").unwrap();
    let lacking = folder.path().join("other");
    dataset_file::save(&cycles_and_cliques(2, 1), &lacking).unwrap();
    let [model, graphs, target] = [&model, &graphs, &target].map(|path| path.to_str().unwrap());
    let lacking = lacking.to_str().unwrap();
    let cases: &[(&str, &[&str])] = &[
        ("no such model", &["nothing", graphs, "-o", target]),
        ("not a model", &[graphs, graphs, "-o", target]),
        ("no such data", &[model, "nothing", "-o", target]),
        ("no such graph", &[model, graphs, "--index", "3", "-o", target]),
        ("no such class", &[model, graphs, "--class", "z", "-o", target]),
        ("no such logit", &[model, graphs, "--class", "3", "-o", target]),
        ("graph without features", &[model, lacking, "-o", target]),
        ("no format", &[model, graphs, "-o", "page"]),
        ("no such folder", &[model, graphs, "-o", "nowhere/page.html"]),
    ];
    let mut answers = String::new();
    for (name, arguments) in cases {
        let output = explain(arguments);
        let text = String::from_utf8(output.stderr).unwrap().replace(folder.path().to_str().unwrap(), "FOLDER");
        answers += &format!("{name}: {}\n    {text}", output.status.code().unwrap());
        assert!(output.stdout.is_empty(), "{name}");
    }
    insta::assert_snapshot!(answers);
    assert_eq!(std::fs::read_to_string(target).unwrap(), "mine");
    assert!(explain(&[model, graphs, "-o", target]).status.success());
    let page = std::fs::read_to_string(target).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("http://") || !page.contains("src="), "nothing is loaded");
}
