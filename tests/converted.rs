//! Models trained in PyTorch and converted give what PyTorch gives: the same classes, and the same logits within 1e-4.
//!
//! `tests/reference/train_converted.py` trained the models, wrote their files with the Python package, and the logits
//! as PyTorch computes them in f32. `every_task.py` beside it did so with small models of the other tasks.
#![allow(missing_docs)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diffpool::checkpoint::model_file;
use diffpool::config::Task;
use diffpool::data::tu::{TuOptions, load};
use diffpool::graph::{Dataset, EdgeInput, GraphInput};
use diffpool::model::{Model, Session};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/converted").join(name)
}

/// The logits that PyTorch gave, a row of two for each graph.
fn expected(name: &str) -> Vec<[f32; 2]> {
    let bytes = fs::read(file(&format!("{name}.logits.safetensors"))).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = file.tensor("logits").unwrap().data().as_chunks::<4>().0;
    let numbers: Vec<f32> = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    numbers.as_chunks().0.to_vec()
}

/// Compares the logits of all graphs; the difference is relative to the larger of 1 and the logit.
fn compare(model: &str, dataset: &Dataset, expected: &[[f32; 2]]) {
    let model = model_file::load(&file(&format!("{model}.model.safetensors"))).unwrap();
    let mut session = Session::new(Arc::new(model)).unwrap();
    assert_eq!(dataset.len(), expected.len());
    let mut worst: f32 = 0.0;
    for (index, expected) in expected.iter().enumerate() {
        session.predict_graph(dataset.graph(index)).unwrap();
        let class = usize::from(expected[1] > expected[0]);
        assert_eq!(session.class().unwrap(), class, "graph {index}, whose logits are {expected:?}");
        for (found, expected) in session.logits().unwrap().iter().zip(expected) {
            worst = worst.max((found - expected).abs() / expected.abs().max(1.0));
        }
    }
    println!("{} graphs, largest difference of a logit {worst:.1e}", expected.len());
    assert!(worst <= 1e-4, "a logit differs by {worst:e}");
}

fn compare_on_proteins(model: &str) {
    let Some(folder) = common::data_folder("PROTEINS") else { return };
    compare(model, &load(&folder, &TuOptions::default()).unwrap(), &expected(model));
}

#[test]
fn a_model_of_the_pyg_example() {
    compare_on_proteins("pyg");
}

#[test]
fn a_model_of_gnn_comparison() {
    compare_on_proteins("errica");
}

#[test]
fn a_model_of_the_authors() {
    compare_on_proteins("authors");
}

/// Twelve small graphs that are part of the project, so that this much is always tested. Their classes are those that
/// PyTorch predicts.
#[test]
fn a_model_of_the_pyg_example_on_small_graphs() {
    let dataset = load(&file("SMALL"), &TuOptions::default()).unwrap();
    let expected = expected("small");
    for (index, logits) in expected.iter().enumerate() {
        assert_eq!(dataset.y(index), usize::from(logits[1] > logits[0]));
    }
    compare("pyg", &dataset, &expected);
}

/// A small model that the Python package wrote, as the library must read it.
struct Case {
    name: &'static str,
    task: Task,
    targets: usize,
    classes: &'static [&'static str],
    features: &'static str,
}

const CASES: [Case; 5] = [
    Case {
        name: "ogb-code2",
        task: Task::Sequence,
        targets: 5,
        classes: &["get", "set", "to", "of", "string", "__UNK__", "__EOS__"],
        features: "categories",
    },
    Case { name: "regression", task: Task::Regression, targets: 2, classes: &[], features: "attributes" },
    Case { name: "binary", task: Task::Binary, targets: 1, classes: &["0", "1"], features: "attributes,degree" },
    Case { name: "multilabel", task: Task::Multilabel, targets: 3, classes: &[], features: "attributes" },
    Case { name: "relations", task: Task::Multiclass, targets: 1, classes: &["a", "b", "c"], features: "attributes" },
];

/// The graphs of a case, and what PyTorch predicts of them: shapes, and values as f64.
struct Graphs(HashMap<String, (Vec<usize>, Vec<f64>)>);

impl Graphs {
    fn load(name: &str) -> Self {
        let bytes = fs::read(file(&format!("{name}.graphs.safetensors"))).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let read = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            let data = view.data();
            let values: Vec<f64> = match view.dtype() {
                Dtype::F64 => data.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
                Dtype::F32 => data.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b).into()).collect(),
                Dtype::I32 => data.as_chunks().0.iter().map(|&b| i32::from_le_bytes(b).into()).collect(),
                other => panic!("{name} is of type {other}"),
            };
            (name, (view.shape().to_vec(), values))
        };
        Self(tensors.tensors().into_iter().map(read).collect())
    }

    /// The rows of a result.
    fn rows(&self, name: &str) -> Option<Vec<&[f64]>> {
        self.0.get(name).map(|(shape, values)| values.chunks_exact(shape[1]).collect())
    }

    /// Predicts one graph.
    fn predict(&self, index: usize, session: &mut Session) {
        let part = |kind: &str| self.0.get(&format!("graphs.{index}.{kind}"));
        let whole = |kind: &str| part(kind).map(|(_, values)| values.iter().map(|&v| v as i32).collect::<Vec<_>>());
        let ends = whole("edges").unwrap();
        let (sources, targets) = ends.split_at(ends.len() / 2);
        let x: Option<Vec<f32>> = part("x").map(|(_, values)| values.iter().map(|&v| v as f32).collect());
        let categories = whole("categories");
        let edge_labels: Option<Vec<i64>> =
            whole("edge_labels").map(|labels| labels.into_iter().map(i64::from).collect());
        let nodes = part("x").or(part("categories")).unwrap().0[0];
        let input = GraphInput {
            x: x.as_deref(),
            edge_labels: edge_labels.as_deref(),
            categories: categories.as_deref(),
            ..GraphInput::new(nodes, EdgeInput::List { from: sources, to: targets })
        };
        session.predict(&input).unwrap();
    }
}

/// Compares the results of all graphs of a case. What is predicted must differ between graphs.
fn compare_case(name: &str, model: Model<f32>) {
    let graphs = Graphs::load(name);
    let (logits, predictions) = (graphs.rows("logits").unwrap(), graphs.rows("predictions"));
    let task = model.config().task;
    let mut session = Session::new(Arc::new(model)).unwrap();
    let mut worst: f64 = 0.0;
    for (index, expected) in logits.iter().enumerate() {
        graphs.predict(index, &mut session);
        let found = session.logits().unwrap();
        assert_eq!(found.len(), expected.len(), "{name}");
        for (&found, expected) in found.iter().zip(*expected) {
            worst = worst.max((f64::from(found) - expected).abs() / expected.abs().max(1.0));
        }
        let Some(predictions) = &predictions else { continue };
        let found: Vec<f64> = session.predictions().unwrap().iter().map(|&class| class as f64).collect();
        assert_eq!(found, predictions[index], "{name}, graph {index}");
    }
    println!("{name}: {} graphs, largest difference of a logit {worst:.1e}", logits.len());
    assert!(worst <= 2e-6, "{name}: a logit differs by {worst:e}");
    assert_eq!(predictions.is_none(), task == Task::Regression);
    assert!(predictions.is_none_or(|rows| rows.iter().any(|row| *row != rows[0])), "{name}");
}

#[test]
fn models_of_every_task() {
    for Case { name, task, targets, classes, features } in CASES {
        let path = file(&format!("{name}.model.safetensors"));
        let model = model_file::load(&path).unwrap();
        assert_eq!((model.config().task, model.targets()), (task, targets), "{name}");
        assert_eq!(model.class_names(), classes, "{name}");
        assert_eq!((&*model.config().features, model.schema().features()), (features, features.to_string()), "{name}");
        // What the library writes of the model is the same model.
        let again = model_file::from_bytes(&model_file::to_bytes(&model).unwrap()).unwrap();
        assert_eq!((again.config(), again.schema()), (model.config(), model.schema()), "{name}");
        assert_eq!((again.outputs(), again.parameters()), (model.outputs(), model.parameters()), "{name}");
        compare_case(name, again);
        compare_case(name, model);
    }
}
