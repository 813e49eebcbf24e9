//! Tests of the feature schema.

use super::*;
use crate::graph::{EdgeInput, GraphBuilder, GraphInput};

/// Two graphs: a triangle with a tail, and a single node with a self-loop.
fn dataset(attributes: usize, node_labels: bool, directed: bool) -> Dataset {
    let mut dataset =
        Dataset::new("small", GraphRules { features: attributes, node_labels, directed, edge_labels: false });
    let mut builder = GraphBuilder::new();
    let x: Vec<f32> = (0..4 * attributes).map(|i| if i % attributes == 1 { 7.5 } else { i as f32 }).collect();
    let labels = [5, -1, 5, 9];
    let parts = [(4, vec![0, 1, 2, 2], vec![1, 2, 0, 3], 0), (1, vec![0], vec![0], 1)];
    for (nodes, sources, targets, y) in parts {
        let input = GraphInput {
            x: (attributes > 0).then(|| &x[x.len() - nodes * attributes..]),
            node_labels: node_labels.then(|| &labels[..nodes]),
            ..GraphInput::new(nodes, EdgeInput::List { sources: &sources, targets: &targets })
        };
        dataset.add(&mut builder, &input, y).unwrap();
    }
    dataset
}

fn config(features: &str) -> Config {
    Config { features: features.to_string(), ..Config::default() }
}

fn features_of(schema: &FeatureSchema, graph: GraphRef<'_>) -> Vec<f32> {
    schema.check(&graph).unwrap();
    let mut coefficients = vec![0.0; graph.nodes()];
    let clustering = schema.needs_clustering().then(|| {
        clustering_coefficients(graph, &mut coefficients);
        coefficients.as_slice()
    });
    let mut out = vec![f32::NAN; graph.nodes() * schema.width()];
    schema.write(graph, clustering, &mut out);
    out
}

#[test]
fn auto_takes_what_there_is() {
    let cases = [
        (2, true, "attributes,labels", 5),
        (0, true, "labels", 3),
        (2, false, "attributes", 2),
        (0, false, "degree", 1),
    ];
    for (attributes, labels, expected, width) in cases {
        let data = dataset(attributes, labels, false);
        let schema = FeatureSchema::fit(&config("auto"), &data, &[0]).unwrap();
        assert_eq!(schema.features(), expected);
        assert_eq!(schema.width(), width);
        assert_eq!(schema.rules(), data.rules());
    }
}

#[test]
fn columns_stand_in_the_order_named() {
    let data = dataset(2, true, false);
    let schema =
        FeatureSchema::fit(&config("clustering, one_hot_degree:2,labels,constant:2,attributes,degree"), &data, &[])
            .unwrap();
    insta::assert_snapshot!("column_names", schema.column_names().join("\n"));
    let third = 1.0 / 3.0;
    #[rustfmt::skip]
    let expected = [
        1.0,   0.0, 0.0, 1.0,   0.0, 1.0, 0.0,   1.0, 1.0,   0.0, 7.5,   2.0,
        1.0,   0.0, 0.0, 1.0,   1.0, 0.0, 0.0,   1.0, 1.0,   2.0, 7.5,   2.0,
        third, 0.0, 0.0, 1.0,   0.0, 1.0, 0.0,   1.0, 1.0,   4.0, 7.5,   3.0,
        0.0,   0.0, 1.0, 0.0,   0.0, 0.0, 1.0,   1.0, 1.0,   6.0, 7.5,   1.0,
    ];
    assert_eq!(features_of(&schema, data.graph(0)), expected);
    assert_eq!(features_of(&schema, data.graph(1)), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 6.0, 7.5, 1.0]);
}

#[test]
fn attributes_are_standardised_by_the_training_graphs() {
    let data = dataset(2, false, false);
    let config = Config { standardize_attributes: true, ..config("auto") };
    let schema = FeatureSchema::fit(&config, &data, &[0]).unwrap();
    let scale = 1.0 / 5f32.sqrt();
    let expected = [-3.0 * scale, 0.0, -scale, 0.0, scale, 0.0, 3.0 * scale, 0.0];
    for (value, expected) in features_of(&schema, data.graph(0)).iter().zip(expected) {
        assert!((value - expected).abs() < 1e-6, "{value} {expected}");
    }
    let alone = FeatureSchema::fit(&config, &data, &[1]).unwrap();
    assert_eq!(features_of(&alone, data.graph(1)), [0.0, 0.0]);
}

#[test]
fn rules_ask_only_for_what_is_used() {
    let schema = FeatureSchema::fit(&config("degree"), &dataset(2, true, true), &[0]).unwrap();
    assert_eq!(schema.rules(), GraphRules { directed: true, ..GraphRules::default() });
    schema.check(&dataset(0, false, true).graph(0)).unwrap();
    schema.check(&dataset(3, true, true).graph(0)).unwrap();
}

#[test]
fn misuse_is_named() {
    let standardised = |features| Config { standardize_attributes: true, ..config(features) };
    let fits = [
        (config("attributes"), dataset(0, true, false), &[0][..]),
        (config("labels"), dataset(2, false, false), &[0]),
        (config("labels"), Dataset::new("empty", GraphRules { node_labels: true, ..GraphRules::default() }), &[]),
        (config("clustering"), dataset(2, true, true), &[0]),
        (config("constant:999999,attributes"), dataset(2, true, true), &[0]),
        (config("auto"), dataset(2, true, true), &[0, 2]),
        (standardised("degree"), dataset(2, true, false), &[0]),
        (standardised("auto"), dataset(0, true, false), &[0]),
        (standardised("auto"), dataset(2, true, false), &[]),
    ];
    let mut messages = String::new();
    for (config, data, train) in fits {
        messages += &format!("{}\n", FeatureSchema::fit(&config, &data, train).unwrap_err());
    }
    let schema = FeatureSchema::fit(&config("auto"), &dataset(2, true, false), &[0]).unwrap();
    for data in [dataset(2, true, true), dataset(3, true, false), dataset(2, false, false)] {
        messages += &format!("{}\n", schema.check(&data.graph(0)).unwrap_err());
    }
    let mut builder = GraphBuilder::new();
    let plain = GraphInput::new(2, EdgeInput::List { sources: &[], targets: &[] });
    let unknown = GraphInput { x: Some(&[0.0; 4]), node_labels: Some(&[9, 4]), ..plain };
    messages += &format!("{}\n", schema.check(&builder.build(&unknown, schema.rules()).unwrap()).unwrap_err());
    insta::assert_snapshot!("misuse_of_features", messages);
}

#[test]
fn stored_schemas_are_checked() {
    let data = dataset(2, true, false);
    let config = Config { standardize_attributes: true, ..config("auto") };
    let schema = FeatureSchema::fit(&config, &data, &[0]).unwrap();
    let json = serde_json::to_string(&schema).unwrap();
    assert_eq!(serde_json::from_str::<FeatureSchema>(&json).unwrap(), schema);
    let cases = [
        (r#""attributes","labels""#, ""),
        (r#""attributes","labels""#, r#""attributes""#),
        (r#""attributes","labels""#, r#""attributes","labels","labels""#),
        (r#""attributes","labels""#, r#""attributes","labels","constant:0""#),
        (r#""attributes":2"#, r#""attributes":18446744073709551615"#),
        (r#""attributes":2"#, r#""attributes":0"#),
        (r#""labels":[-1,5,9]"#, r#""labels":[5,-1,9]"#),
        (r#""labels":[-1,5,9]"#, r#""labels":[-1,5,5]"#),
        (r#""mean":[3.0,7.5]"#, r#""mean":[3.0]"#),
        (r#""mean":[3.0,7.5]"#, r#""mean":[3.0,null]"#),
        (r#""directed":false"#, r#""directed":false,"more":1"#),
    ];
    let mut messages = String::new();
    for (from, to) in cases {
        assert!(json.contains(from), "{json}");
        let error = serde_json::from_str::<FeatureSchema>(&json.replace(from, to)).unwrap_err();
        messages += &format!("{error}\n");
    }
    insta::assert_snapshot!("damaged_schemas", messages);
}
