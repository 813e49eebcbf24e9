//! Features of edges: which are refused, that every way of predicting reads the same, and that they are learned from.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{ATTRIBUTED, Kind, LABELLED, LABELLED_DIRECTED, PLAIN, WEIGHTED, random_dataset, unusual_dataset};
use common::models::{all, config, disturb, evaluate_batch, fit, model, small, trainer};
use diffpool::checkpoint::model_file;
use diffpool::config::{Config, Conv};
use diffpool::graph::{Dataset, EdgeInput, GraphArrays, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::{Model, Session};
use diffpool::train::{Trainer, evaluate};
use serde_json::{Value, json};

fn reading(features: &str) -> Value {
    json!({"edge_features": features, "embed_conv": "gine", "assign_conv": "gat"})
}

/// A graph of two edges with the given labels and attributes, two an edge.
fn path<'a>(labels: Option<&'a [i64]>, attributes: Option<&'a [f32]>) -> GraphInput<'a> {
    let edges = EdgeInput::List { from: &[0, 1], to: &[1, 2] };
    let x: &[f32] = &[0.5, -0.25, 1.0, 0.125, -1.0, 0.75, 0.0, 0.25, -0.5];
    GraphInput { x: Some(x), edge_labels: labels, edge_attributes: attributes, ..GraphInput::new(3, edges) }
}

fn message<T>(result: diffpool::Result<T>) -> String {
    result.err().map_or_else(|| "nothing is wrong\n".to_string(), |error| format!("{:?}: {error}\n", error.kind()))
}

#[test]
fn misuse_is_named() {
    let mut messages = String::new();
    let mut refuse = |keys: &Value, more: &Value| messages += &message(config(&[&small(), keys, more]).check());
    refuse(&json!({"embed_conv": "gine"}), &json!({}));
    refuse(&json!({"assign_conv": "gine"}), &json!({}));
    for conv in Conv::ALL.iter().filter(|conv| !conv.reads_edges()) {
        refuse(&json!({"edge_features": "labels"}), &json!({"assign_conv": conv.name()}));
    }
    refuse(&reading("attributes"), &json!({"relations": "edge_labels"}));
    refuse(&reading("labels"), &json!({"final_adjacency": "full"}));
    refuse(&reading("attributes,labels"), &json!({"pooled_adjacency": "normalized"}));
    let made = |features: &str, kind: Kind| {
        let dataset = random_dataset(&[4, 5, 6], kind, 1);
        Model::<f32>::new(&config(&[&small(), &reading(features)]).check().unwrap(), &dataset, &all(&dataset))
    };
    messages += &message(made("attributes", LABELLED));
    messages += &message(made("labels", ATTRIBUTED));
    messages += &message(made("attributes,labels", LABELLED));
    messages += &message(made("auto", PLAIN));
    messages += &message(made("categories", ATTRIBUTED));
    let attributes = Arc::new(made("attributes", ATTRIBUTED).unwrap());
    let labels = Arc::new(made("labels", LABELLED).unwrap());
    let mut predict = |model: &Arc<Model<f32>>, input: GraphInput<'_>| {
        messages += &message(Session::new(model.clone()).unwrap().predict(&input));
    };
    predict(&attributes, path(None, None));
    predict(&attributes, path(None, Some(&[0.5])));
    predict(&attributes, path(None, Some(&[0.5, 1.0, f32::NAN, 0.0])));
    predict(&labels, path(None, None));
    predict(&labels, path(Some(&[4, 5]), None));
    predict(&labels, path(Some(&[4, 9]), None));
    let mut graph = random_dataset(&[4], PLAIN, 1);
    messages += &message(Session::new(attributes.clone()).unwrap().predict_graph(graph.graph(0)));
    let whole = labels_as_categories(&random_dataset(&[4, 5], LABELLED, 1));
    let categories: Model<f32> = model(&[&small(), &reading("categories")], &whole);
    messages += &message(Session::new(Arc::new(categories)).unwrap().predict(&path(None, Some(&[4.0, 4.5]))));
    graph.set_edge_attributes(vec![0.0; 3 * graph.total_entries()], 3).unwrap();
    messages += &message(Session::new(attributes).unwrap().predict_graph(graph.graph(0)));
    insta::assert_snapshot!(messages);
}

/// The edges of a graph as they are stored, both ways, with all that they have.
fn stored(dataset: &Dataset, index: usize) -> GraphArrays {
    let mut arrays = GraphArrays::new();
    arrays.copy_from(dataset, index, false).unwrap();
    arrays
}

#[test]
fn every_way_of_predicting_reads_the_same() {
    for (features, kind) in [
        ("attributes", ATTRIBUTED),
        ("labels", LABELLED),
        ("attributes,labels", Kind { attributed: true, ..LABELLED_DIRECTED }),
    ] {
        let dataset = unusual_dataset(kind, 3);
        let mut model: Model<f32> = model(&[&small(), &reading(features)], &dataset);
        disturb(&mut model, 1);
        let path = std::env::temp_dir().join(format!("diffpool-edges-{}-{features}.model", std::process::id()));
        model_file::save(&model, &path).unwrap();
        let loaded = model_file::load(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!((loaded.schema(), loaded.fingerprint()), (model.schema(), model.fingerprint()));
        let together = evaluate_batch(&model, &dataset, &all(&dataset), 2).logits;
        let (mut session, mut other) =
            (Session::new(Arc::new(model)).unwrap(), Session::new(Arc::new(loaded)).unwrap());
        for (index, together) in together.iter().enumerate() {
            session.predict_graph(dataset.graph(index)).unwrap();
            assert_eq!(session.logits().unwrap(), together, "{features}: graph {index}");
            let (arrays, rules) = (stored(&dataset, index), session.model().schema().rules());
            other.predict(&arrays.input(rules).unwrap()).unwrap();
            assert_eq!(other.logits().unwrap(), together, "{features}: graph {index} from arrays");
        }
    }
}

/// The same graphs, with a column of attributes for each label.
fn labels_as_attributes(dataset: &Dataset, labels: &[i64], other: &[f32]) -> Dataset {
    let mut out = dataset.clone();
    let row = |label: &i64| match labels.binary_search(label) {
        Ok(at) => (0..labels.len()).map(|c| f32::from(u8::from(c == at))).collect(),
        Err(_) => other.to_vec(),
    };
    let values = dataset.edge_data().labels.iter().flat_map(row).collect();
    out.set_edge_attributes(values, labels.len()).unwrap();
    out
}

/// A model of attributes with the numbers of one of labels.
fn copied(of: &Model<f64>, keys: &Value, dataset: &Dataset) -> Model<f64> {
    let mut copy: Model<f64> = model(&[&small(), &reading("attributes"), keys], dataset);
    for tensor in of.tensors() {
        copy.set_tensor(&tensor.name, of.tensor(&tensor.name).unwrap().1).unwrap();
    }
    copy
}

/// The same graphs, whose edges of one label have another.
fn relabelled(dataset: &Dataset, from: i64, to: i64) -> Dataset {
    let mut out = Dataset::new("relabelled", dataset.rules());
    for index in all(dataset) {
        let graph = dataset.graph(index);
        let indptr: Vec<i64> = graph.indptr().iter().map(|&e| e.into()).collect();
        let indices: Vec<i32> = graph.indices().iter().map(|&j| j as i32).collect();
        let labels: Vec<i64> = graph.edge_labels().unwrap().iter().map(|&l| if l == from { to } else { l }).collect();
        let edges = EdgeInput::Csr { indptr: &indptr, indices: &indices };
        let input =
            GraphInput { x: Some(graph.x()), edge_labels: Some(&labels), ..GraphInput::new(graph.nodes(), edges) };
        out.add(&mut GraphBuilder::new(), &input, dataset.y(index)).unwrap();
    }
    out
}

/// The same graphs, whose edges have their label for their only attribute.
fn labels_as_categories(dataset: &Dataset) -> Dataset {
    let mut out = dataset.clone();
    out.set_edge_attributes(dataset.edge_data().labels.iter().map(|&label| label as f32).collect(), 1).unwrap();
    out
}

#[test]
fn a_value_is_a_row_of_weights_and_an_unknown_one_what_is_said_of_it() {
    let dataset = labels_as_categories(&random_dataset(&[6, 8, 5, 9], LABELLED, 5));
    let known = dataset.edge_label_values();
    for (rule, features) in
        [("refuse", "labels"), ("ignore", "labels"), ("reserve", "labels"), ("ignore", "categories")]
    {
        let keys = json!({"out_of_vocabulary": rule});
        let mut rows: Model<f64> = model(&[&small(), &reading(features), &keys], &dataset);
        disturb(&mut rows, 2);
        let renamed = if rule == "refuse" { dataset.clone() } else { relabelled(&dataset, 9, 99) };
        let seen = labels_as_categories(&renamed);
        let entries = dataset.edge_data().labels;
        let share = |label: i64| entries.iter().filter(|&&l| l == label).count() as f64 / entries.len() as f64;
        let shares: Vec<f32> = known.iter().map(|&l| if rule == "reserve" { share(l) as f32 } else { 0.0 }).collect();
        let attributes = labels_as_attributes(&seen, &known, &shares);
        let copy = copied(&rows, &keys, &labels_as_attributes(&dataset, &known, &shares));
        let here = evaluate_batch(&rows, &seen, &all(&seen), 1).logits.concat();
        let there = evaluate_batch(&copy, &attributes, &all(&seen), 1).logits.concat();
        assert!(here.iter().zip(&there).all(|(a, b)| (a - b).abs() < 1e-6), "{rule}, {features}");
    }
}

#[test]
fn auto_is_what_the_edges_have() {
    let keys = json!({"edge_features": "auto"});
    let numbers = Kind { attributed: true, ..LABELLED };
    let cases = [
        (random_dataset(&[5, 6], PLAIN, 2), "none"),
        (random_dataset(&[5, 6], ATTRIBUTED, 2), "attributes"),
        (random_dataset(&[5, 6], LABELLED, 2), "labels"),
        (random_dataset(&[5, 6], numbers, 2), "attributes,labels"),
        (labels_as_categories(&random_dataset(&[5, 6], LABELLED, 2)), "categories,labels"),
    ];
    for (dataset, expected) in cases {
        let own: Model<f32> = model(&[&small(), &keys], &dataset);
        assert_eq!(own.config().edge_features.name(), expected);
        // Open is what another configuration may say, but nothing else.
        let again = own.clone().with_config(&config(&[&small(), &keys]).check().unwrap()).unwrap();
        assert_eq!(again.config().edge_features.name(), expected);
        if expected == "labels" {
            let other = config(&[&small(), &json!({"edge_features": "attributes"})]).check().unwrap();
            let error = own.with_config(&other).err().unwrap();
            assert_eq!(error.message(), "edge_features is \"attributes\", but the model was made with \"labels\"");
        }
    }
}

/// Graphs of one shape whose class is in an attribute, or in the label, of one edge alone.
fn marked() -> Dataset {
    let mut dataset = Dataset::new("marked", GraphRules { features: 2, edge_labels: true, ..GraphRules::default() });
    // Attention sees an edge only where neighbours differ.
    let x: Vec<f32> = (0..8).flat_map(|i| [(i % 2) as f32, (i % 3) as f32 / 2.0]).collect();
    let mut attributes = Vec::new();
    for graph in 0..24_i64 {
        let (from, to): (Vec<i32>, Vec<i32>) = (0..7).map(|i| (i, i + 1)).unzip();
        let at = graph as usize / 2 % 7;
        let labels: Vec<i64> = (0..7).map(|edge| if edge == at { 3 + graph % 2 } else { 1 }).collect();
        let edges = EdgeInput::List { from: &from, to: &to };
        let input = GraphInput { x: Some(&x), edge_labels: Some(&labels), ..GraphInput::new(8, edges) };
        let mut builder = GraphBuilder::new();
        dataset.add(&mut builder, &input, graph as usize % 2).unwrap();
        attributes.extend(builder.entry_source().iter().map(|&edge| labels[edge as usize] as f32 - 3.0));
    }
    dataset.set_edge_attributes(attributes, 1).unwrap();
    dataset
}

#[test]
fn what_only_edges_tell_is_learned() {
    let dataset = Arc::new(marked());
    let accuracy = |keys: &Value| {
        let rates = json!({"learning_rate": 0.01, "epochs": 150, "readout": "mean",
            "embed_hidden": 16, "assign_hidden": 8, "activation": "leaky_relu"});
        let config = config(&[&small(), &rates, keys]).check().unwrap();
        let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), &all(&dataset), &[]).unwrap();
        fit(&mut trainer);
        evaluate(&trainer.model().unwrap(), &dataset, &all(&dataset), 1).unwrap().accuracy
    };
    assert_eq!(accuracy(&json!({})), 0.5);
    for conv in Conv::ALL.iter().filter(|conv| conv.reads_edges()) {
        for features in ["attributes", "labels"] {
            let keys = json!({"edge_features": features, "embed_conv": conv.name(), "assign_conv": conv.name()});
            let found = accuracy(&keys);
            println!("{} with {features}: {found}", conv.name());
            assert!(found >= 0.95, "{} with {features}: {found}", conv.name());
        }
    }
}

#[test]
fn a_run_goes_on_with_the_same_attributes_alone() {
    let dataset = Arc::new(random_dataset(&[5, 6, 7, 8, 5, 6, 7, 8], ATTRIBUTED, 2));
    let (train, validation) = common::models::split(&dataset);
    let state = |keys: &Value| trainer(&[&small(), keys], &dataset).state().clone();
    let mut changed = (*dataset).clone();
    let values = dataset.edge_data().attributes.iter().map(|v| v + 1.0).collect();
    changed.set_edge_attributes(values, 2).unwrap();
    let changed = Arc::new(changed);
    let resume = |state, data: &Arc<Dataset>| Trainer::<f32>::resume(state, data.clone(), &train, &validation);
    assert!(resume(state(&reading("attributes")), &dataset).is_ok());
    let error = resume(state(&reading("attributes")), &changed).err().unwrap();
    assert_eq!(error.message(), "the graphs or their split are not those that the training run began with");
    // A model that does not read them does not mind.
    assert!(resume(state(&json!({})), &changed).is_ok());
}

#[test]
fn merged_edges_keep_the_attributes_of_the_first() {
    let edges = EdgeInput::List { from: &[0, 1, 0, 2], to: &[1, 0, 1, 1] };
    let attributes: &[f32] = &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0];
    let input = GraphInput { edge_attributes: Some(attributes), ..GraphInput::new(3, edges) };
    let rules = GraphRules { edge_attributes: 2, ..GraphRules::default() };
    let mut builder = GraphBuilder::new();
    let graph = builder.build(&input, rules).unwrap();
    assert_eq!((graph.indices(), graph.edge_attribute_columns()), (&[1, 0, 2, 1][..], 2));
    assert_eq!(graph.edge_attributes(), [1.0, 10.0, 2.0, 20.0, 4.0, 40.0, 4.0, 40.0]);
}

#[test]
fn the_schema_tells_what_is_read() {
    let dataset = random_dataset(&[5, 6], Kind { attributed: true, ..LABELLED }, 2);
    let model: Model<f32> = model(&[&small(), &reading("attributes,labels")], &dataset);
    let (expected, labels) = (model.expected(), dataset.edge_label_values());
    assert_eq!(expected["edge_features"], json!({"width": 2, "names": [], "categories": [], "labels": labels}));
    let rules = GraphRules { features: 3, edge_labels: true, edge_attributes: 2, ..GraphRules::default() };
    assert_eq!(model.schema().rules(), rules);
    assert_eq!(Config::from_json(&model.config().to_json()).unwrap().edge_features.name(), "attributes,labels");
    let plain: Model<f32> = common::models::model(&[&small()], &random_dataset(&[5, 6], WEIGHTED, 2));
    assert_eq!(plain.expected()["edge_features"], json!({"width": 0, "names": [], "categories": [], "labels": []}));
}
