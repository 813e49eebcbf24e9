//! Relations and kinds of assignments, from the outside: what is refused, what is stored, and what a session says.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{Kind, LABELLED, PLAIN, WEIGHTED, random_dataset, unusual_dataset, with_one_label};
use common::models::{all, bits, config, disturb, evaluate_batch, fit, model, small, train_batch, trainer};
use diffpool::ErrorKind;
use diffpool::checkpoint::model_file;
use diffpool::config::{CheckedConfig, Relations};
use diffpool::data::tu::{TuOptions, load};
use diffpool::graph::{Dataset, EdgeData, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::features::FeatureSchema;
use diffpool::model::{Model, Session};
use diffpool::train::{Trainer, evaluate};
use serde_json::{Value, json};

fn relational() -> Value {
    json!({"relations": "edge_labels"})
}

#[test]
fn one_relation_is_as_good_as_none() {
    for kind in [PLAIN, WEIGHTED, Kind { directed: true, ..PLAIN }] {
        let plain = Arc::new(random_dataset(&[6, 9, 1, 5, 7, 8, 4, 6, 11, 3], kind, 2));
        let labelled = Arc::new(with_one_label(&plain));
        let (none, one): (Model<f32>, Model<f32>) =
            (model(&[&small()], &plain), model(&[&small(), &relational()], &labelled));
        assert_eq!(none.tensors(), one.tensors());
        assert_eq!(none.parameters(), one.parameters());
        assert_eq!((one.schema().edge_labels(), one.schema().relations()), ([7].as_slice(), 1));
        let (here, there) =
            (train_batch(&none, &plain, &all(&plain), 3, 2), train_batch(&one, &labelled, &all(&plain), 3, 2));
        assert_eq!((here.logits, here.gradient, here.loss), (there.logits, there.gradient, there.loss));
        let mut runs = [trainer(&[&small()], &plain), trainer(&[&small(), &relational()], &labelled)];
        runs.iter_mut().for_each(|run| assert_eq!(fit(run), diffpool::train::StopReason::Finished));
        assert!(bits(runs[0].state()) == bits(runs[1].state()));
    }
}

/// Relations of which all but one have no edges give what the one gives alone.
#[test]
fn relations_without_edges_add_nothing() {
    let dataset = random_dataset(&[6, 9, 1, 5, 7], LABELLED, 2);
    let mut three: Model<f64> = model(&[&small(), &relational()], &dataset);
    disturb(&mut three, 4);
    let named = |suffix: &str| three.tensors().iter().filter(|t| t.name.ends_with(suffix)).count();
    assert_eq!(three.schema().edge_labels(), [-3, 4, 9]);
    assert!(named("weight_rel") > 0);
    assert_eq!((named("weight_rel.1"), named("weight_rel.2")), (named("weight_rel"), named("weight_rel")));

    let mut first = dataset.clone();
    let mut plain = Dataset::new("plain", GraphRules { features: 3, ..GraphRules::default() });
    first = relabelled(&first, -3);
    for index in all(&first) {
        let graph = first.graph(index);
        let indptr: Vec<i64> = graph.indptr().iter().map(|&v| i64::from(v)).collect();
        let indices: Vec<i32> = graph.indices().iter().map(|&v| v as i32).collect();
        let edges = EdgeInput::Csr { indptr: &indptr, indices: &indices };
        let input = GraphInput { x: Some(graph.x()), ..GraphInput::new(graph.nodes(), edges) };
        plain.add(&mut GraphBuilder::new(), &input, first.y(index)).unwrap();
    }
    let mut one: Model<f64> = model(&[&small()], &plain);
    for tensor in one.tensors() {
        one.set_tensor(&tensor.name, three.tensor(&tensor.name).unwrap().1).unwrap();
    }
    let here = evaluate_batch(&three, &first, &all(&first), 1);
    let there = evaluate_batch(&one, &plain, &all(&first), 1);
    for (a, b) in here.logits.concat().iter().zip(there.logits.concat()) {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} and {b}");
    }
}

/// The same graphs with one label for all edges; edges that join the same nodes become one.
fn relabelled(dataset: &Dataset, label: i64) -> Dataset {
    let mut out = Dataset::new("relabelled", dataset.rules());
    for index in all(dataset) {
        let graph = dataset.graph(index);
        let rows = (0..graph.nodes()).flat_map(|i| graph.neighbours(i).iter().map(move |&j| (i as i32, j as i32)));
        let (sources, targets): (Vec<i32>, Vec<i32>) = rows.unzip();
        let labels = vec![label; sources.len()];
        let edges = EdgeInput::List { from: &sources, to: &targets };
        let plain = GraphInput::new(graph.nodes(), edges);
        let input = GraphInput { x: Some(graph.x()), edge_labels: Some(&labels), ..plain };
        out.add(&mut GraphBuilder::new(), &input, dataset.y(index)).unwrap();
    }
    out
}

/// Two rings whose edges have so many labels.
fn ring(labels: usize) -> Dataset {
    let mut dataset = Dataset::new("ring", GraphRules { features: 3, edge_labels: true, ..GraphRules::default() });
    let nodes = 0..labels as i32;
    let (from, to): (Vec<i32>, Vec<i32>) = nodes.map(|i| (i, (i + 1) % labels as i32)).unzip();
    let (names, x): (Vec<i64>, Vec<f32>) = ((0..labels as i64).collect(), vec![0.5; 3 * labels]);
    let list = EdgeInput::List { from: &from, to: &to };
    let input = GraphInput { x: Some(&x), edge_labels: Some(&names), ..GraphInput::new(labels, list) };
    (0..2).for_each(|y| dataset.add(&mut GraphBuilder::new(), &input, y).unwrap());
    dataset
}

#[test]
fn misuse_is_named() {
    let labelled = random_dataset(&[6, 9, 5], LABELLED, 2);
    let plain = random_dataset(&[6, 9, 5], PLAIN, 2);
    let mut messages = String::new();
    let mut note = |what: &str, error: diffpool::Error| messages += &format!("{what}: {error}\n");
    let make = |dataset: &Dataset, keys: Value| {
        Model::<f32>::new(&config(&[&small(), &keys]).check()?, dataset, &all(dataset))
    };
    note("no labels", make(&plain, relational()).err().unwrap());
    note("full and flat", make(&plain, json!({"final_adjacency": "full", "clusters": []})).err().unwrap());
    note("full", make(&labelled, json!({"final_adjacency": "full", "relations": "edge_labels"})).err().unwrap());
    note("random and flat", make(&plain, json!({"assignment": "random", "clusters": []})).err().unwrap());
    note("graclus and flat", make(&plain, json!({"assignment": "graclus", "clusters": []})).err().unwrap());
    note("hard and flat", make(&plain, json!({"hard_assignment": true, "clusters": []})).err().unwrap());
    note("hard graclus", make(&plain, json!({"hard_assignment": true, "assignment": "graclus"})).err().unwrap());
    note("many labels", make(&ring(257), relational()).err().unwrap());
    let deep = json!({"relations": "edge_labels", "clusters": vec![1; 64], "embed_layers": 64, "assign_layers": 64,
        "embed_hidden": 1, "assign_hidden": 1, "embed_output": 1});
    note("many tensors", make(&ring(256), deep).err().unwrap());

    let model = make(&labelled, relational()).unwrap();
    note("evaluation without labels", evaluate(&model, &plain, &[1], 1).unwrap_err());
    let random = make(&plain, json!({"assignment": "random"})).unwrap();
    note(
        "another seed",
        random
            .with_config(&config(&[&small(), &json!({"assignment": "random", "seed": 8})]).check().unwrap())
            .err()
            .unwrap(),
    );
    let mut session = Session::new(Arc::new(model)).unwrap();
    let list = EdgeInput::List { from: &[0, 1], to: &[1, 2] };
    let graph = GraphInput { x: Some(&[0.5; 9]), ..GraphInput::new(3, list) };
    note("no labels", session.predict(&graph).unwrap_err());
    note("too few labels", session.predict(&GraphInput { edge_labels: Some(&[4]), ..graph }).unwrap_err());
    note("unknown label", session.predict(&GraphInput { edge_labels: Some(&[4, 5]), ..graph }).unwrap_err());
    note("a plain graph", session.predict_graph(plain.graph(0)).unwrap_err());
    let mut uneven = plain.clone();
    let labels = (0..plain.total_entries()).map(|e| if e % 2 == 0 { 4 } else { 9 }).collect();
    uneven.set_edge_data(EdgeData { labels, ..EdgeData::default() }).unwrap();
    note("labels that differ", session.predict_graph(uneven.graph(0)).unwrap_err());
    session.predict(&GraphInput { edge_labels: Some(&[4, -3]), ..graph }).unwrap();
    note("no such relation", session.pooled_relation(0, 3).unwrap_err());
    note("no such level", session.pooled_relation(2, 0).unwrap_err());
    insta::assert_snapshot!(messages);
}

#[test]
fn damaged_relations_are_refused() {
    let dataset = random_dataset(&[6, 9, 5], LABELLED, 2);
    let made: Model<f32> = model(&[&small(), &relational()], &dataset);
    let json = serde_json::to_string(made.schema()).unwrap();
    let damaged = |to: &str| {
        let text = json.replace(r#","edge_labels":[-3,4,9]"#, to);
        assert_ne!(text, json);
        serde_json::from_str::<FeatureSchema>(&text)
    };
    let many: Vec<String> = (0..257).map(|label| label.to_string()).collect();
    let cases = [
        (r#","edge_labels":[4,4,9]"#.to_string(), "edge_labels[1] of the features is not above edge_labels[0]"),
        (
            format!(r#","edge_labels":[{}]"#, many.join(",")),
            "there are 257 edge labels, but at most 256 relations are possible",
        ),
    ];
    for (text, message) in cases {
        assert!(damaged(&text).unwrap_err().to_string().starts_with(message), "{message}");
    }
    let none = damaged("").unwrap();
    let blank = |config: &CheckedConfig, schema| {
        Model::<f32>::blank(config.clone(), schema, made.outputs().clone()).err().unwrap().to_string()
    };
    assert_eq!(blank(made.config(), none), "relations is \"edge_labels\", but the features have 0 edge labels");
    let plain = made.config().with(|config| config.relations = Relations::None).unwrap();
    assert_eq!(blank(&plain, made.schema().clone()), "relations is \"none\", but the features have 3 edge labels");
}

#[test]
fn summaries_tell_relations_and_assignments() {
    let dataset = random_dataset(&[6, 9, 5], LABELLED, 2);
    let small_stacks = json!({"embed_layers": 1, "assign_layers": 1, "final_layers": 1, "head_hidden": []});
    let cases = [
        ("relations", relational()),
        ("random", json!({"assignment": "random"})),
        ("graclus", json!({"assignment": "graclus", "relations": "edge_labels"})),
    ];
    for (name, keys) in cases {
        let model: Model<f32> = model(&[&small(), &small_stacks, &keys], &dataset);
        insta::assert_snapshot!(format!("summary_{name}"), model.summary());
    }
}

#[test]
fn models_are_stored_with_their_relations() {
    let dataset = random_dataset(&[6, 9, 5], LABELLED, 2);
    for keys in
        [relational(), json!({"assignment": "random", "hard_assignment": true}), json!({"assignment": "graclus"})]
    {
        let mut made: Model<f32> = model(&[&small(), &keys], &dataset);
        disturb(&mut made, 1);
        let bytes = model_file::to_bytes(&made).unwrap();
        let read = model_file::from_bytes(&bytes).unwrap();
        assert_eq!(read.schema(), made.schema());
        let logits = |model: Model<f32>| {
            let mut session = Session::new(Arc::new(model)).unwrap();
            session.predict_graph(dataset.graph(1)).unwrap();
            session.logits().unwrap().to_vec()
        };
        assert_eq!(logits(made), logits(read));
    }
}

#[test]
fn sessions_tell_their_assignments() {
    let dataset = unusual_dataset(PLAIN, 3);
    let cases = [
        (json!({"assignment": "random"}), false),
        (json!({"assignment": "random", "hard_assignment": true}), true),
        (json!({"assignment": "graclus"}), true),
        (json!({"hard_assignment": true}), true),
    ];
    for (keys, hard) in cases {
        let full = json!({"final_adjacency": "full"});
        let made: Arc<Model<f32>> = Arc::new(model(&[&small(), &keys, &full], &dataset));
        let trained = made.tensors().iter().any(|tensor| tensor.name.contains(".assign."));
        assert_eq!(trained, keys.get("assignment").is_none());
        let mut session = Session::new(made).unwrap();
        for index in all(&dataset) {
            session.predict_graph(dataset.graph(index)).unwrap();
            for level in 0..2 {
                let mut used = if level == 0 { dataset.nodes(index) } else { dataset.nodes(index).min(4) };
                if keys.get("assignment") != Some(&json!("graclus")) && level == 1 {
                    used = 4;
                }
                let s = session.assignment(level).unwrap();
                for (node, row) in s.rows().into_iter().enumerate() {
                    let wanted = if node < used { 1.0 } else { 0.0 };
                    assert!(
                        (row.sum() - wanted).abs() < 1e-6,
                        "{keys}: graph {index}, level {level}, row {node}: {row}"
                    );
                    assert!(!hard || row.iter().all(|&v| v == 0.0 || v == 1.0), "{keys}: {row}");
                }
            }
            assert_eq!(session.pooled_adjacency(1).unwrap(), session.pooled_relation(1, 0).unwrap());
        }
    }
}

/// A node's row is drawn by its number alone: graphs of any size share their first rows.
#[test]
fn random_rows_belong_to_numbers() {
    let dataset = random_dataset(&[3, 9, 5], PLAIN, 2);
    let rows = |order: &[usize]| {
        let mut session =
            Session::new(Arc::new(model(&[&small(), &json!({"assignment": "random"})], &dataset))).unwrap();
        let row = |&index: &usize| {
            session.predict_graph(dataset.graph(index)).unwrap();
            session.assignment(0).unwrap().row(2).to_vec()
        };
        order.iter().map(row).collect::<Vec<_>>()
    };
    let found = [rows(&[0, 1, 2]), rows(&[1, 2, 0])].concat();
    assert!(found.iter().all(|row| *row == found[0]));
    let mut other =
        Session::new(Arc::new(model(&[&small(), &json!({"assignment": "random", "seed": 6})], &dataset))).unwrap();
    other.predict_graph(dataset.graph(0)).unwrap();
    assert_ne!(other.assignment(0).unwrap().row(2).to_vec(), found[0]);
}

#[test]
fn bonds_of_mutag_are_relations() {
    let Some(folder) = common::data_folder("MUTAG") else { return };
    let dataset = Arc::new(load(&folder, &TuOptions::default()).unwrap());
    let keys = json!({"epochs": 12, "learning_rate": 0.01, "threads": 1, "restore_best": false, "embed_hidden": 16,
        "embed_output": 16, "assign_hidden": 16});
    for kind in [json!({}), json!({"assignment": "random"}), json!({"assignment": "graclus"})] {
        let config = config(&[&relational(), &keys, &kind]);
        let mut run = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &all(&dataset), &[]).unwrap();
        assert_eq!(run.model().unwrap().schema().edge_labels(), [0, 1, 2, 3]);
        fit(&mut run);
        let history = run.history();
        let (first, last) = (&history[0], &history[history.len() - 1]);
        println!("{kind}: loss {:.3} to {:.3}, accuracy {:.3}", first.class_loss, last.class_loss, last.accuracy);
        assert!(last.class_loss < 0.8 * first.class_loss && last.accuracy > 0.8, "{kind}: {last:?}");
    }
    let mut single = with_unknown_bond(&dataset);
    single.set_class_names(dataset.class_names()).unwrap();
    let model: Model<f32> = model(&[&small(), &relational()], &dataset);
    let error = evaluate(&model, &single, &[0], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidGraph);
    assert_eq!(
        error.message(),
        "graph 0: edge 0-1 has label 17, which the model does not know while its out_of_vocabulary is \"refuse\""
    );
}

fn with_unknown_bond(dataset: &Dataset) -> Dataset {
    let rules = GraphRules { node_labels: true, edge_labels: true, ..GraphRules::default() };
    let mut out = Dataset::new("unknown", rules);
    let labels = dataset.graph(0).node_labels().unwrap();
    let edges = EdgeInput::List { from: &[0], to: &[1] };
    let plain = GraphInput::new(2, edges);
    let input = GraphInput { node_labels: Some(&labels[..2]), edge_labels: Some(&[17]), ..plain };
    out.add(&mut GraphBuilder::new(), &input, 0).unwrap();
    out
}

/// A graph with edges of several labels between the same nodes is one graph, however it comes to a model that does not
/// look at labels.
#[test]
fn parallel_edges_add_up_on_every_way() {
    let mut dataset = Dataset::new("parallel", GraphRules { edge_labels: true, ..GraphRules::default() });
    let (sources, targets, labels) = ([0, 0, 1, 2], [1, 1, 2, 3], [1, 2, 1, 1]);
    let edges = EdgeInput::List { from: &sources, to: &targets };
    let graph = GraphInput { edge_labels: Some(&labels), ..GraphInput::new(4, edges) };
    for class in [0, 1] {
        dataset.add(&mut GraphBuilder::new(), &graph, class).unwrap();
    }
    for conv in ["sage", "gcn", "gin"] {
        let keys = json!({"embed_conv": conv, "assign_conv": conv});
        let mut model: Model<f32> = model(&[&small(), &keys], &dataset);
        disturb(&mut model, 5);
        let mut session = Session::new(Arc::new(model)).unwrap();
        session.predict_graph(dataset.graph(0)).unwrap();
        let of_dataset = session.logits().unwrap().to_vec();
        session.predict(&graph).unwrap();
        assert_eq!(session.logits().unwrap(), of_dataset, "{conv}");
        // Without labels the edge is given twice, and counts once.
        session.predict(&GraphInput { edge_labels: None, ..graph }).unwrap();
        assert_ne!(session.logits().unwrap(), of_dataset, "{conv}");
    }
}
