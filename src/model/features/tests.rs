//! Tests of the feature schema.

use super::schema::FeatureSchema;
use super::structural::Structural;
use crate::config::{Combine, Config, OutOfVocabulary};
use crate::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRef, GraphRules, Names};

/// Two graphs: a triangle with a tail, and a single node with a self-loop.
fn dataset(attributes: usize, node_labels: bool, directed: bool) -> Dataset {
    let rules = GraphRules { features: attributes, node_labels, directed, ..GraphRules::default() };
    let mut dataset = Dataset::new("small", rules);
    let mut builder = GraphBuilder::new();
    let x: Vec<f32> = (0..4 * attributes).map(|i| if i % attributes == 1 { 7.5 } else { i as f32 }).collect();
    let labels = [5, -1, 5, 9];
    let parts = [(4, vec![0, 1, 2, 2], vec![1, 2, 0, 3], 0), (1, vec![0], vec![0], 1)];
    for (nodes, sources, targets, y) in parts {
        let input = GraphInput {
            x: (attributes > 0).then(|| &x[x.len() - nodes * attributes..]),
            node_labels: node_labels.then(|| &labels[..nodes]),
            ..GraphInput::new(nodes, EdgeInput::List { from: &sources, to: &targets })
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
    let mut structural = Structural::default();
    let mut out = vec![f32::NAN; graph.nodes() * schema.width()];
    schema.write(graph, structural.compute(schema, graph).unwrap(), &mut out);
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
        FeatureSchema::fit(&config("clustering, one_hot_degree:2,labels,constant:2,attributes,degree"), &data, &[0])
            .unwrap();
    insta::assert_snapshot!("column_names", schema.column_names(&Names::default()).join("\n"));
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
fn structural_columns_stand_where_they_are_named() {
    let data = dataset(0, false, false);
    let schema = FeatureSchema::fit(&config("random_walk:3,degree,laplacian:4, clustering"), &data, &[0]).unwrap();
    assert_eq!(schema.features(), "random_walk:3,degree,laplacian:4,clustering");
    assert_eq!((schema.width(), schema.structural_columns(), schema.columns_of_any_sign()), (9, 8, Some(4..8)));
    insta::assert_snapshot!("structural_column_names", schema.column_names(&Names::default()).join("\n"));
    let found = features_of(&schema, data.graph(0));
    let third = 1.0 / 3.0;
    // A triangle of which node 2 has a tail, node 3.
    let expected =
        [[0.0, 5.0 / 12.0, 1.0 / 6.0], [0.0, 5.0 / 12.0, 1.0 / 6.0], [0.0, 2.0 * third, 1.0 / 6.0], [0.0, third, 0.0]];
    for (row, (walk, (degree, clustering))) in
        found.chunks_exact(9).zip(expected.iter().zip([(2.0, 1.0), (2.0, 1.0), (3.0, third), (1.0, 0.0)]))
    {
        row.iter().zip(walk).for_each(|(found, expected)| assert!((found - expected).abs() < 1e-6, "{row:?}"));
        assert_eq!((row[3], row[8]), (degree, clustering));
        // Three eigenvectors are left of four nodes.
        assert_eq!(row[7], 0.0);
    }
    for column in 4..7 {
        let squares: f32 = found.chunks_exact(9).map(|row| row[column] * row[column]).sum();
        assert!((squares - 4.0).abs() < 1e-5);
    }
    // A node that is its own neighbour is always back.
    assert_eq!(features_of(&schema, data.graph(1)), [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let json = serde_json::to_string(&schema).unwrap();
    assert_eq!(serde_json::from_str::<FeatureSchema>(&json).unwrap(), schema);
    let plain = FeatureSchema::fit(&config("degree"), &data, &[0]).unwrap();
    assert_eq!((plain.structural_columns(), plain.columns_of_any_sign()), (0, None));
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

/// The triangle with a tail and the single node, with two categories a node.
fn categorical(first: [i32; 8], second: [i32; 2]) -> Dataset {
    let mut data = dataset(2, true, false);
    data.set_categories(first.into_iter().chain(second).collect(), 2).unwrap();
    data
}

#[test]
fn categories_name_rows_of_tables() {
    let data = categorical([0, 7, 2, 0, 1, 3, 2, 7], [4, -1]);
    let rows = |schema: &FeatureSchema, index: usize| {
        let graph = data.graph(index);
        schema.check(&graph).unwrap();
        let mut rows = vec![u32::MAX; 2 * graph.nodes()];
        schema.write_rows(graph, &mut rows);
        rows
    };
    let named = Config { embedding_width: 3, ..config("degree,categories,attributes") };
    let schema = FeatureSchema::fit(&named, &data, &[0]).unwrap();
    let (embedding, column) = schema.embedding().unwrap();
    assert_eq!((embedding.sizes.as_slice(), column, schema.width()), (&[3, 8][..], 1, 6));
    assert_eq!(rows(&schema, 0), [0, 3 + 7, 2, 3, 1, 3 + 3, 2, 3 + 7]);
    assert_eq!(schema.rules(), GraphRules { features: 2, categories: 2, ..GraphRules::default() });
    // Degree, three columns for the encoder, attributes.
    assert_eq!(features_of(&schema, data.graph(0))[..6], [2.0, 0.0, 0.0, 0.0, 0.0, 7.5]);
    let error = schema.check(&data.graph(1)).unwrap_err();
    assert_eq!(error.message(), "categories[0, 0] is 4, but the table of the model has 3 rows");

    let reserving = Config {
        out_of_vocabulary: OutOfVocabulary::Reserve,
        embedding_combine: Combine::Concat,
        embedding_width: 3,
        ..config("auto")
    };
    let schema = FeatureSchema::fit(&reserving, &data, &[0]).unwrap();
    assert_eq!((schema.embedding().unwrap().0.sizes.as_slice(), schema.width()), (&[4, 9][..], 2 + 3 + 6));
    assert_eq!(schema.features(), "attributes,labels,categories");
    assert_eq!(rows(&schema, 1), [3, 4 + 8]);
    // No training graph takes a reserved row that was added to all values of the data.
    assert_eq!(schema.embedding().unwrap().0.untaken, [0, 1]);
    assert_eq!(
        schema.column_names(&Names::default())[5..8],
        ["category 0 embedding 0", "category 0 embedding 1", "category 0 embedding 2"]
    );
    let cut = Config { embedding_sizes: vec![2, 5], ..reserving };
    let schema = FeatureSchema::fit(&cut, &data, &[0]).unwrap();
    assert_eq!(rows(&schema, 0), [0, 2 + 4, 1, 2, 1, 2 + 3, 1, 2 + 4]);
    assert_eq!(schema.embedding().unwrap().0.untaken, [0_usize; 0]);
    let wider = Config { embedding_sizes: vec![3, 5], ..cut };
    assert_eq!(FeatureSchema::fit(&wider, &data, &[1]).unwrap().embedding().unwrap().0.untaken, [0_usize; 0]);
    assert_eq!(FeatureSchema::fit(&wider, &data, &[0]).unwrap().embedding().unwrap().0.untaken, [0_usize; 0]);
    let wider = Config { embedding_sizes: vec![4, 5], ..wider };
    assert_eq!(FeatureSchema::fit(&wider, &data, &[0]).unwrap().embedding().unwrap().0.untaken, [0]);
    let json = serde_json::to_string(&schema).unwrap();
    assert_eq!(serde_json::from_str::<FeatureSchema>(&json).unwrap(), schema);
}

#[test]
fn misuse_of_categories_is_named() {
    let good = || categorical([0, 7, 2, 0, 1, 3, 2, 7], [4, 1]);
    let sized = |sizes: &[usize]| Config { embedding_sizes: sizes.to_vec(), ..config("categories") };
    let wide = Config { embedding_width: 1_000_000, embedding_combine: Combine::Concat, ..config("categories") };
    let cases = [
        (config("categories"), dataset(2, true, false)),
        (sized(&[3]), good()),
        (Config { embedding_sizes: vec![3, 8], ..config("auto") }, dataset(2, true, false)),
        (config("categories"), categorical([0, -7, 2, 0, 1, 3, 2, 7], [4, 1])),
        (config("categories"), categorical([0, 1_000_000, 2, 0, 1, 3, 2, 7], [4, 1])),
        (wide, good()),
    ];
    let mut messages = String::new();
    for (config, data) in cases {
        messages += &format!("{}\n", FeatureSchema::fit(&config, &data, &[0]).unwrap_err());
    }
    let schema = FeatureSchema::fit(&sized(&[3, 8]), &good(), &[0]).unwrap();
    messages += &format!("{}\n", schema.check(&dataset(2, true, false).graph(0)).unwrap_err());
    messages += &format!("{}\n", schema.check_config(&sized(&[3, 9])).unwrap_err());
    let none = FeatureSchema::fit(&config("degree"), &good(), &[0]).unwrap();
    messages += &format!("{}\n", none.check_config(&sized(&[3, 8])).unwrap_err());
    let json = serde_json::to_string(&schema).unwrap();
    let damage = [
        (r#""sizes":[3,8]"#, r#""sizes":[3,0]"#),
        (r#""sizes":[3,8]"#, r#""sizes":[]"#),
        (r#""sizes":[3,8]"#, r#""sizes":[3,18446744073709551615]"#),
        (r#""width":64"#, r#""width":0"#),
        (r#""width":64"#, r#""width":18446744073709551615"#),
        (r#""combine":"sum""#, r#""combine":"mean""#),
        (r#"["categories"]"#, r#"["degree"]"#),
    ];
    for (from, to) in damage {
        assert!(json.contains(from), "{json}");
        let error = serde_json::from_str::<FeatureSchema>(&json.replace(from, to)).unwrap_err();
        messages += &format!("{error}\n");
    }
    insta::assert_snapshot!("misuse_of_categories", messages);
}

#[test]
fn misuse_is_named() {
    let standardised = |features| Config { standardize_attributes: true, ..config(features) };
    let fits = [
        (config("attributes"), dataset(0, true, false), &[0][..]),
        (config("labels"), dataset(2, false, false), &[0]),
        (config("labels"), Dataset::new("empty", GraphRules { node_labels: true, ..GraphRules::default() }), &[]),
        (config("clustering"), dataset(2, true, true), &[0]),
        (config("laplacian:3"), dataset(2, true, true), &[0]),
        (config("degree,random_walk:2"), dataset(2, true, true), &[0]),
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
    let plain = GraphInput::new(2, EdgeInput::List { from: &[], to: &[] });
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
