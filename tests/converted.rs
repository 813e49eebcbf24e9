//! Models trained in PyTorch and converted give what PyTorch gives: the same classes, and the same logits within 1e-4.
//!
//! `tests/reference/train_converted.py` trained the models, wrote their files with the Python package, and the logits
//! as PyTorch computes them in f32.
#![allow(missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diffpool::checkpoint::model_file;
use diffpool::data::tu::{TuOptions, load};
use diffpool::graph::Dataset;
use diffpool::model::Session;
use safetensors::SafeTensors;

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
