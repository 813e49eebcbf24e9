//! Models that were exported to ONNX, in ONNX Runtime: every variant gives the library's logits, graph by graph and in
//! padded batches. Needs Python with `onnxruntime`, which `scripts/test_onnx.sh` gets.
//!
//! `UPDATE_ONNX=1` writes the table of `docs/onnx.md` again.
#![allow(missing_docs)]

#[path = "../../../tests/common/mod.rs"]
mod common;
#[path = "../common/program.rs"]
mod program;
mod variants;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use common::graphs::{PLAIN, dense_of, unusual_dataset};
use common::models::{evaluate_batch, model, small};
use diffpool::checkpoint::model_file;
use diffpool::config::FeatureSource;
use diffpool::graph::GraphRef;
use diffpool::model::features::Structural;
use diffpool::model::{Model, Session};
use program::succeed;
use serde_json::{Map, Value, json};
use variants::{Variant, of_gradient_tests, variants};

/// Largest difference of a logit, of those above 1 in proportion to the largest of the model.
const NEAR: f64 = 1e-5;
/// The same in roundings, where these are more.
const ROUNDINGS: f64 = 8.0;
/// Begins the part of the page that is written by this test.
const TABLE: &str = "<!-- written by UPDATE_ONNX=1 scripts/test_onnx.sh -->\n";

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Python that has ONNX Runtime, where the environment names one.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("DIFFPOOL_ONNX_PYTHON").map(|path| project().join(path));
    if named.is_none() {
        // Not `eprintln!`, which the test harness swallows when the test passes.
        let _ =
            writeln!(std::io::stderr(), "skipped: no ONNX Runtime; scripts/test_onnx.sh gets it and runs this test");
    }
    named
}

fn array(shape: &[usize], values: Vec<Value>) -> Value {
    json!({"shape": shape, "values": values})
}

fn numbers(values: impl IntoIterator<Item = f32>) -> Vec<Value> {
    values.into_iter().map(Value::from).collect()
}

/// The inputs of the ONNX file for a graph.
fn inputs(model: &Model<f32>, graph: GraphRef<'_>) -> Value {
    let (schema, n) = (model.schema(), graph.nodes());
    let mut inputs = Map::new();
    let x = given_columns(model, graph);
    if !x.is_empty() {
        inputs.insert("x".to_string(), array(&[n, x.len() / n], numbers(x)));
    }
    if schema.rules().node_labels {
        let labels = graph.node_labels().unwrap().iter().copied().map(Value::from).collect();
        inputs.insert("node_labels".to_string(), array(&[n], labels));
    }
    let columns = schema.rules().categories;
    if columns > 0 {
        let categories = graph.categories().iter().copied().map(Value::from).collect();
        inputs.insert("categories".to_string(), array(&[n, columns], categories));
    }
    let flat = |rows: Vec<Vec<f64>>| rows.into_iter().flatten().map(|weight| weight as f32).collect::<Vec<_>>();
    let sum = flat(dense_of(graph, None));
    let adjacency = match schema.edge_labels() {
        [] => array(&[n, n], numbers(sum.clone())),
        labels => {
            let relations = labels.iter().flat_map(|&label| flat(dense_of(graph, Some(label))));
            array(&[labels.len(), n, n], numbers(relations))
        }
    };
    inputs.insert("adjacency".to_string(), adjacency);
    let width = schema.edge_columns().width();
    if width > 0 {
        inputs.insert("edge_features".to_string(), array(&[n, n, width], numbers(edge_features(model, graph, &sum))));
    }
    Value::Object(inputs)
}

/// Features that are given as numbers, row by row.
fn given_columns(model: &Model<f32>, graph: GraphRef<'_>) -> Vec<f32> {
    let schema = model.schema();
    let mut structural = Structural::default();
    let computed = structural.compute(schema, graph).unwrap().unwrap_or(&[]);
    let width = schema.structural_columns();
    let mut x = Vec::new();
    for node in 0..graph.nodes() {
        let mut rest = &computed[node * width..(node + 1) * width];
        for source in schema.sources() {
            let (own, after) = rest.split_at(source.structural_columns());
            rest = after;
            match source {
                FeatureSource::Attributes => {
                    x.extend_from_slice(&graph.x()[node * graph.features()..][..graph.features()]);
                }
                FeatureSource::Laplacian(_) => x.extend_from_slice(own),
                _ => {}
            }
        }
    }
    x
}

/// The mean of the features of the edges between every two nodes, by their weights; `sums` are the sums of these.
fn edge_features(model: &Model<f32>, graph: GraphRef<'_>, sums: &[f32]) -> Vec<f32> {
    let (columns, n) = (model.schema().edge_columns(), graph.nodes());
    let width = columns.width();
    let mut features = vec![0.0; n * n * width];
    for node in 0..n {
        for entry in graph.indptr()[node] as usize..graph.indptr()[node + 1] as usize {
            let pair = node * n + graph.indices()[entry] as usize;
            let share = graph.edge_weight().map_or(1.0, |weights| f64::from(weights[entry])) / f64::from(sums[pair]);
            columns.each(graph, entry, |column, value| features[pair * width + column] += share * value);
        }
    }
    features.into_iter().map(|value| value as f32).collect()
}

/// What the library gives for a graph; null where it refuses it.
fn outputs(session: &mut Session, graph: GraphRef<'_>) -> Value {
    if session.predict_graph(graph).is_err() {
        return Value::Null;
    }
    let model = session.model().clone();
    let (targets, width) = (model.targets(), model.width());
    let shape = if targets > 1 && width > targets { vec![targets, width / targets] } else { vec![width] };
    let row = |values: &[f32], shape: &[usize]| array(shape, numbers(values.iter().copied()));
    let mut outputs = Map::new();
    outputs.insert("logits".to_string(), row(session.logits().unwrap(), &shape));
    if let Ok(probabilities) = session.probabilities() {
        let own = if probabilities.len() == width { Some(probabilities) } else { None };
        outputs.extend(own.map(|values| ("probabilities".to_string(), row(values, &shape))));
    }
    let embedding = session.embedding().unwrap();
    outputs.insert("embedding".to_string(), row(embedding, &[embedding.len()]));
    for level in 0..model.pooling_levels() {
        let assignment = session.assignment(level).unwrap();
        let values = numbers(assignment.iter().copied());
        outputs.insert(format!("assignment_{level}"), array(assignment.shape(), values));
    }
    Value::Object(outputs)
}

/// Writes the files of a variant, and returns what is to be compared.
fn case(folder: &Path, number: usize, variant: &Variant) -> Value {
    let place = folder.display();
    model_file::save(&variant.model, &folder.join(format!("{number}.safetensors"))).unwrap();
    succeed(&format!("convert weights {place}/{number}.safetensors {place}/{number}.onnx"));
    succeed(&format!("convert weights {place}/{number}.safetensors {place}/{number}-batch --to onnx --batched"));
    let mut session = Session::new(Arc::new(variant.model.clone())).unwrap();
    let exact = variant.model.cast::<f64>().unwrap();
    let of_graph = |index: usize| {
        let graph = variant.graphs.graph(index);
        let inputs = inputs(&variant.model, graph);
        let outputs = outputs(&mut session, graph);
        let exact = if outputs.is_null() { Vec::new() } else { logits_in_f64(&exact, variant, index) };
        json!({"nodes": graph.nodes(), "inputs": inputs, "outputs": outputs, "exact": exact})
    };
    let graphs: Vec<Value> = (0..variant.graphs.len()).map(of_graph).collect();
    json!({
        "name": variant.name, "graphs": graphs,
        "graph": format!("{number}.onnx"), "batch": format!("{number}-batch"),
    })
}

fn logits_in_f64(model: &Model<f64>, variant: &Variant, index: usize) -> Vec<f64> {
    evaluate_batch(model, &variant.graphs, &[index], 1).logits.concat()
}

/// The differences of a variant; NaN where it does not run.
#[derive(Clone, Copy, Default)]
struct Differences {
    /// Of the logits.
    logits: f64,
    /// Of all outputs.
    every: f64,
    /// Between the logits of the library in f32 and in f64.
    rounding: f64,
}

impl Differences {
    /// The larger of each.
    fn max(self, other: Self) -> Self {
        Self {
            logits: self.logits.max(other.logits),
            every: self.every.max(other.every),
            rounding: self.rounding.max(other.rounding),
        }
    }

    fn row(self, name: &str) -> String {
        let [logits, every, rounding] = [self.logits, self.every, self.rounding].map(digits);
        format!("| {name} | {logits} | {every} | {rounding} |\n")
    }
}

/// The differences of variants.
fn differences(python: &Path, variants: &[Variant]) -> Vec<Differences> {
    let folder = tempfile::tempdir().unwrap();
    let cases = variants.iter().enumerate().map(|(number, variant)| case(folder.path(), number, variant));
    fs::write(folder.path().join("cases.json"), Value::from_iter(cases).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx_runtime/compare.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), variants.len());
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap_or(f64::NAN);
    let differences = |(row, variant): (&Value, &Variant)| {
        if let Some(error) = row["error"].as_str() {
            let _ = writeln!(std::io::stderr(), "{}: {error}", variant.name);
        }
        Differences { logits: number(row, "logits"), every: number(row, "every"), rounding: number(row, "rounding") }
    };
    rows.iter().zip(variants).map(differences).collect()
}

fn digits(value: f64) -> String {
    if value == 0.0 { "0".to_string() } else { format!("{value:.0e}") }
}

#[test]
fn every_variant_gives_the_logits_of_the_library() {
    let Some(python) = python() else { return };
    let mut table = String::from("| variant | logits | all outputs | rounding |\n|---|--:|--:|--:|\n");
    let (variants, others) = (variants(), of_gradient_tests());
    let mut far = Vec::new();
    let mut judge = |variant: &Variant, found: Differences| {
        // Two orders of the same sums cannot be nearer than each is to the exact one.
        if found.logits.is_nan() || found.logits >= NEAR.max(ROUNDINGS * found.rounding) {
            far.push(format!("{}: {:e}, rounding {:e}", variant.name, found.logits, found.rounding));
        }
    };
    for (variant, found) in variants.iter().zip(differences(&python, &variants)) {
        table += &found.row(&variant.name);
        judge(variant, found);
    }
    let mut worst = Differences::default();
    for (variant, found) in others.iter().zip(differences(&python, &others)) {
        worst = worst.max(found);
        judge(variant, found);
    }
    table += &worst.row(&format!("the {} others of the tests of gradients", others.len()));
    let _ = write!(std::io::stderr(), "{table}");
    assert!(far.is_empty(), "{far:#?}");
    check_page(&table);
}

/// The programs of the page run one after the other, in a folder that has the files which they open.
#[test]
fn the_programs_of_the_page_run() {
    let Some(python) = python() else { return };
    let (folder, graphs) = (tempfile::tempdir().unwrap(), unusual_dataset(PLAIN, 1));
    let place = folder.path().display();
    model_file::save(&model::<f32>(&[&small()], &graphs), &folder.path().join("model.safetensors")).unwrap();
    let page = fs::read_to_string(project().join("docs/onnx.md")).unwrap();
    for command in page.lines().filter_map(|line| line.strip_prefix("    diffpool ")) {
        succeed(
            &command.replace("model.", &format!("{place}/model.")).replace("batches.", &format!("{place}/batches.")),
        );
    }
    let blocks = page.split("```python\n").skip(1).filter_map(|rest| rest.split("```").next());
    fs::write(folder.path().join("program.py"), blocks.collect::<String>()).unwrap();
    let output = Command::new(&python).arg("program.py").current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("[\"0\",\"1\",\"2\"] [0."), "{printed}");
}

/// The page lists the variants; its digits are those of the machine that wrote it.
fn check_page(table: &str) {
    let path = project().join("docs/onnx.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, written) = page.split_once(TABLE).expect("docs/onnx.md says where its table is");
    if std::env::var_os("UPDATE_ONNX").is_some() {
        return fs::write(&path, format!("{before}{TABLE}\n{table}")).unwrap();
    }
    let names = |text: &str| -> Vec<String> {
        let rows = text.lines().filter(|line| line.starts_with("| "));
        rows.map(|row| row.split('|').nth(1).unwrap_or_default().trim().to_string()).collect()
    };
    assert_eq!(names(written), names(table), "write docs/onnx.md again: UPDATE_ONNX=1 scripts/test_onnx.sh");
}
