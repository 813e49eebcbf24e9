//! Node labels, relations and categories that no training graph has: refused, ignored, or given a row that training has
//! prepared.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::models::{config, fit, small};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::{FeatureSchema, Model, Session};
use diffpool::train::{Trainer, evaluate};
use serde_json::{Value, json};

const RULES: GraphRules =
    GraphRules { node_labels: true, edge_labels: true, categories: 1, ..GraphRules::plain(false) };

/// Paths of three nodes; the labels of nodes, of edges, and the categories of each are given.
fn dataset(graphs: &[([i64; 3], [i64; 2], [i32; 3])]) -> Dataset {
    let mut data = Dataset::new("t", RULES);
    for (at, (nodes, edges, categories)) in graphs.iter().enumerate() {
        let path = EdgeInput::List { from: &[0, 1], to: &[1, 2] };
        let (node_labels, edge_labels, categories) = (Some(&nodes[..]), Some(&edges[..]), Some(&categories[..]));
        let input = GraphInput { node_labels, edge_labels, categories, ..GraphInput::new(3, path) };
        data.add(&mut GraphBuilder::new(), &input, at % 2).unwrap();
    }
    data
}

/// Four graphs that a model is made of, then one with a strange label, edge and category each.
fn strangers() -> Dataset {
    dataset(&[
        ([1, 1, 2], [5, 5], [0, 1, 0]),
        ([1, 2, 1], [5, 6], [1, 1, 0]),
        ([1, 1, 1], [5, 5], [0, 0, 1]),
        ([2, 1, 1], [6, 5], [1, 0, 0]),
        ([1, 9, 2], [5, 5], [0, 1, 0]),
        ([1, 1, 2], [7, 5], [0, 1, 0]),
        ([1, 1, 2], [5, 5], [0, 8, 0]),
    ])
}

const TRAIN: [usize; 4] = [0, 1, 2, 3];

fn keys(rule: &str) -> Value {
    json!({
        "out_of_vocabulary": rule, "features": "labels,categories", "relations": "edge_labels", "embedding_width": 3,
        "epochs": 3,
    })
}

fn model(rule: &str, data: &Dataset) -> Model<f32> {
    Model::new(&config(&[&small(), &keys(rule)]).check().unwrap(), data, &TRAIN).unwrap()
}

fn logits(model: &Model<f32>, data: &Dataset, graph: usize) -> Vec<u32> {
    let mut session = Session::new(Arc::new(model.clone())).unwrap();
    session.predict_graph(data.graph(graph)).unwrap();
    session.logits().unwrap().iter().map(|v| v.to_bits()).collect()
}

#[test]
fn labels_and_relations_are_those_of_the_training_graphs() {
    for rule in ["refuse", "ignore", "reserve"] {
        let schema = model(rule, &strangers()).schema().clone();
        assert_eq!((schema.node_labels(), schema.edge_labels()), (&[1, 2][..], &[5, 6][..]), "{rule}");
    }
}

#[test]
fn strangers_are_refused_by_name() {
    let data = strangers();
    let model = model("refuse", &data);
    let rule = "which the model does not know while its out_of_vocabulary is \"refuse\"";
    let messages = [
        (4, format!("graph 4: node 1 has label 9, {rule}")),
        (5, format!("graph 5: edge 0-1 has label 7, {rule}")),
        (6, "graph 6: categories[1, 0] is 8, but the table of the model has 2 rows".to_string()),
    ];
    for (graph, message) in messages {
        assert_eq!(evaluate(&model, &data, &[graph], 1).unwrap_err().message(), message);
        let trainer = Trainer::from_model(model.clone(), Arc::new(data.clone()), &TRAIN, &[graph]);
        assert_eq!(trainer.err().unwrap().message(), message, "as one that is validated on");
    }
}

/// The features of the labels of a graph.
fn features(schema: &FeatureSchema, data: &Dataset, graph: usize) -> Vec<f32> {
    let mut out = vec![0.0; 3 * schema.width()];
    schema.write(data.graph(graph), None, &mut out);
    out.chunks_exact(schema.width()).flat_map(|row| row[..2].to_vec()).collect()
}

#[test]
fn ignored_ones_are_rows_of_zeros_and_edges_of_no_relation() {
    let data = strangers();
    let model = model("ignore", &data);
    assert_eq!(features(model.schema(), &data, 4), [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    // A table whose rows of known categories are zeros does not tell them from a strange one.
    let mut blank = model.clone();
    let rows = blank.tensor("encoder.tables.0.weight").unwrap().1.to_vec();
    blank.set_tensor("encoder.tables.0.weight", &[&rows[..3], &[0.0; 3]].concat()).unwrap();
    assert_eq!(logits(&blank, &data, 6), logits(&blank, &data, 0));
    assert_ne!(logits(&model, &data, 6), logits(&model, &data, 0));
    // Weights of both relations are used by graph 5 as if the edge were not there.
    let without = {
        let mut builder = GraphBuilder::new();
        let mut data = Dataset::new("t", RULES);
        let edges = EdgeInput::List { from: &[1], to: &[2] };
        let labels = (Some(&[1_i64, 1, 2][..]), Some(&[5_i64][..]), Some(&[0, 1, 0][..]));
        let input = GraphInput {
            node_labels: labels.0,
            edge_labels: labels.1,
            categories: labels.2,
            ..GraphInput::new(3, edges)
        };
        data.add(&mut builder, &input, 0).unwrap();
        data
    };
    assert_eq!(logits(&model, &data, 5), logits(&model, &without, 0));
    assert_eq!(evaluate(&model, &data, &[4, 5, 6], 1).unwrap().graphs, 3);
}

#[test]
fn reserved_ones_take_what_training_has_prepared() {
    let data = strangers();
    let model = model("reserve", &data);
    // Nine of the twelve training nodes have label 1, and six of the eight edges label 5.
    assert_eq!(features(model.schema(), &data, 4), [1.0, 0.0, 0.75, 0.25, 0.0, 1.0]);
    assert_eq!(logits(&model, &data, 5), logits(&model, &data, 0));
    assert_eq!(model.schema().embedding().unwrap().0.sizes, [3]);
    let last = dataset(&[([1, 1, 2], [5, 5], [0, 2, 0])]);
    assert_eq!(logits(&model, &data, 6), logits(&model, &last, 0));
    assert_ne!(logits(&model, &data, 6), logits(&model, &data, 0));
}

/// Several edges between two nodes become one entry where they are of one relation.
#[test]
fn a_strange_edge_beside_one_of_its_relation_adds_to_it() {
    let model = model("reserve", &strangers());
    let graph = |labels: &[i64], weights: Option<&[f32]>| {
        let ends = vec![0; labels.len()];
        let edges = EdgeInput::List { from: &ends, to: &vec![1; labels.len()] };
        let (node_labels, categories) = (Some(&[1_i64, 2][..]), Some(&[0, 1][..]));
        let input = GraphInput {
            node_labels,
            categories,
            edge_labels: Some(labels),
            edge_weight: weights,
            ..GraphInput::new(2, edges)
        };
        let mut data = Dataset::new("t", RULES);
        data.add(&mut GraphBuilder::new(), &input, 0).unwrap();
        data
    };
    let expected = logits(&model, &graph(&[5], Some(&[3.0])), 0);
    assert_eq!(logits(&model, &graph(&[5, 7, 8], None), 0), expected);
}

/// Nothing is different where nothing is strange.
#[test]
fn the_rule_changes_no_bit_of_training_where_all_is_known() {
    let data = Arc::new(strangers());
    let bits = |rule: &str| {
        let keys = json!({"features": "labels"});
        let checked = config(&[&small(), &keys_without_tables(rule), &keys]).check().unwrap();
        let mut trainer = Trainer::<f32>::new(&checked, data.clone(), &TRAIN[..3], &TRAIN[3..]).unwrap();
        fit(&mut trainer);
        trainer.model().unwrap().parameters().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits("ignore"), bits("refuse"));
    assert_eq!(bits("reserve"), bits("refuse"));
}

/// The keys but for those of tables, which a reserved row makes larger.
fn keys_without_tables(rule: &str) -> Value {
    json!({"out_of_vocabulary": rule, "relations": "edge_labels", "epochs": 3})
}
