//! The models that go through ONNX Runtime, each with a name for the table.

use std::sync::Arc;

use diffpool::config::{Activation, Config, Conv, Readout};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::Model;
use diffpool::train::{Callbacks, Trainer};
use serde_json::{Value, json};

use crate::common::cases;
use crate::common::graphs::{
    ATTRIBUTED, CATEGORICAL, Columns, DIRECTED, Kind, LABELLED, PLAIN, SIGNED, WEIGHTED, random_dataset,
    unusual_dataset, with_sequences, with_targets,
};
use crate::common::models::{disturb, model, small, with};

/// A model, and graphs for it.
pub struct Variant {
    pub name: String,
    pub model: Model<f32>,
    pub graphs: Arc<Dataset>,
}

/// Graphs that are easy to get wrong, among them lone nodes, and some larger ones.
fn graphs(kind: Kind) -> Dataset {
    let mut graphs = unusual_dataset(kind, 3);
    graphs.append(&random_dataset(&[30, 2, 17], kind, 4)).unwrap();
    graphs
}

/// The same with a label a node, in the last graph some that no other has.
fn with_node_labels(graphs: &Dataset) -> Dataset {
    let mut labelled = Dataset::new("labelled", GraphRules { node_labels: true, ..graphs.rules() });
    for index in 0..graphs.len() {
        let graph = graphs.graph(index);
        let last = index + 1 == graphs.len();
        let label = |row: &[f32]| match row[0] {
            value if value < -0.3 => -2,
            value if value < 0.3 || !last => 5,
            _ => 99,
        };
        let labels: Vec<i64> = graph.x().chunks_exact(3).map(label).collect();
        let indptr: Vec<i64> = graph.indptr().iter().copied().map(i64::from).collect();
        let indices: Vec<i32> = graph.indices().iter().map(|&node| node as i32).collect();
        let plain = GraphInput::new(graph.nodes(), EdgeInput::Csr { indptr: &indptr, indices: &indices });
        let (edge_weight, x, node_labels) = (graph.edge_weight(), Some(graph.x()), Some(labels.as_slice()));
        let input = GraphInput { edge_weight, x, node_labels, ..plain };
        labelled.add(&mut GraphBuilder::new(), &input, graphs.y(index)).unwrap();
    }
    labelled
}

/// Every variant of the table.
pub fn variants() -> Vec<Variant> {
    let plain = Arc::new(graphs(PLAIN));
    let mut all = Vec::new();
    let mut add = |name: &str, graphs: &Arc<Dataset>, keys: Value| all.push(trained(name, "default", graphs, &keys));
    for (name, keys) in networks() {
        add(name, &plain, keys);
    }
    for &conv in Conv::ALL.iter().filter(|&&conv| conv != Conv::Gine) {
        let keys = json!({"embed_conv": conv.name(), "assign_conv": conv.name(), "gat_heads": 4});
        add(conv.name(), &Arc::new(graphs(SIGNED)), keys.clone());
        add(&format!("{}, directed", conv.name()), &Arc::new(graphs(DIRECTED)), keys.clone());
        let keys = with(keys, &json!({"relations": "edge_labels"}));
        add(&format!("{}, relations", conv.name()), &Arc::new(graphs(LABELLED)), keys);
    }
    for &activation in Activation::ALL {
        add(activation.name(), &plain, json!({"activation": activation.name()}));
    }
    for &readout in Readout::ALL {
        let name = readout.name();
        add(name, &plain, json!({"readout": name}));
        add(&format!("{name}, flat"), &plain, json!({"readout": name, "clusters": []}));
        add(&format!("{name} of the pooled"), &plain, json!({"readout": name, "readout_levels": "pooled"}));
    }
    all.extend(of_edges());
    all.extend(of_features());
    all.extend(of_tasks());
    all.extend(of_presets(&plain));
    all
}

fn networks() -> Vec<(&'static str, Value)> {
    let conv = |name: &str| json!({"embed_conv": name, "assign_conv": name});
    vec![
        ("default", json!({})),
        ("flat", json!({"clusters": []})),
        ("one level of 7 clusters", json!({"clusters": [7]})),
        ("three levels", json!({"clusters": [0.5, 0.5, 0.5]})),
        ("pooled to one cluster", json!({"clusters": [4, 1]})),
        ("sage without root weight", json!({"root_weight": false})),
        ("gin, learned epsilon", with(conv("gin"), &json!({"gin_learn_epsilon": true}))),
        ("structure2vec, 5 iterations", with(conv("structure2vec"), &json!({"s2v_iterations": 5, "embed_layers": 1}))),
        ("layer norm", json!({"normalization": "layer"})),
        ("layer norm, not learned", json!({"normalization": "layer", "norm_affine": false})),
        ("batch norm before the activation", json!({"norm_position": "pre"})),
        ("no norm", json!({"normalization": "none"})),
        ("nothing after the last convolution", json!({"activate_last": false})),
        ("rows of length 1", json!({"l2_normalize": true})),
        ("largest of the layers", json!({"jumping_knowledge": "max"})),
        ("last of the layers", json!({"jumping_knowledge": "last", "assign_final": "none"})),
        ("linear layers with activation", json!({"assign_final": "linear_activation", "embed_final": "linear"})),
        ("hard assignments", json!({"hard_assignment": true})),
        ("fully adjacent last level", json!({"final_adjacency": "full"})),
        ("normalised pooled adjacency", json!({"pooled_adjacency": "normalized", "clusters": [6, 4, 2]})),
        ("temperature 0.3", json!({"temperature": 0.3})),
        ("virtual node", json!({"virtual_node": true})),
        ("virtual node, flat gin", with(conv("gin"), &json!({"virtual_node": true, "clusters": []}))),
        ("last level alone", json!({"readout_levels": "last"})),
        ("largest values beside padded zeros", json!({"readout": "max", "padding": "9"})),
        ("no hidden layer in the head", json!({"head_hidden": []})),
        ("self-loops dropped", json!({"self_loops": "drop"})),
    ]
}

/// Convolutions that read the features of edges.
fn of_edges() -> Vec<Variant> {
    let mut all = Vec::new();
    let both = Kind { labelled: true, ..ATTRIBUTED };
    for conv in Conv::ALL.iter().filter(|conv| conv.reads_edges()).map(|conv| conv.name()) {
        for (features, kind) in [("attributes", ATTRIBUTED), ("labels", LABELLED), ("attributes,labels", both)] {
            let keys = json!({"embed_conv": conv, "assign_conv": conv, "edge_features": features, "gat_heads": 2});
            let name = format!("{conv} with {features} of edges");
            all.push(trained(&name, "default", &Arc::new(graphs(kind)), &keys));
        }
    }
    all
}

/// Where features come from.
fn of_features() -> Vec<Variant> {
    let plain = Arc::new(graphs(PLAIN));
    let labelled = Arc::new(with_node_labels(&graphs(WEIGHTED)));
    let categorical = Arc::new(graphs(CATEGORICAL));
    let mut all = Vec::new();
    let mut add = |name: &str, graphs: &Arc<Dataset>, features: &str, more: Value| {
        all.push(trained(name, "default", graphs, &with(json!({"features": features}), &more)));
    };
    let standardized = json!({"standardize_attributes": true});
    add("attributes, standardised", &plain, "attributes", standardized.clone());
    for features in ["degree", "one_hot_degree:3", "constant:2", "clustering", "random_walk:6"] {
        add(features, &plain, features, json!({}));
    }
    add("laplacian:4", &plain, "degree,laplacian:4,attributes", standardized);
    add("degrees without self-loops", &plain, "degree,clustering,random_walk:3", json!({"self_loops": "drop"}));
    for rule in ["refuse", "ignore", "reserve"] {
        let keys = json!({"out_of_vocabulary": rule});
        add(&format!("labels, others {rule}"), &labelled, "attributes,labels,degree", keys.clone());
        add(&format!("categories, others {rule}"), &categorical, "categories", keys);
    }
    add("categories side by side", &categorical, "categories,attributes", json!({"embedding_combine": "concat"}));
    all
}

fn of_tasks() -> Vec<Variant> {
    let data = |columns| Arc::new(with_targets(graphs(PLAIN), columns, 5));
    let task = |name: &str, graphs| trained(&format!("task {name}"), "default", &graphs, &json!({"task": name}));
    vec![
        task("binary", data(Columns::Labels(1))),
        task("multilabel", data(Columns::Labels(4))),
        task("regression", data(Columns::Numbers(2))),
        task("sequence", Arc::new(with_sequences(graphs(PLAIN), 5))),
    ]
}

fn of_presets(plain: &Arc<Dataset>) -> Vec<Variant> {
    let mut all = Vec::new();
    for preset in ["tuned", "paper", "authors", "pyg", "errica", "mincut", "dmon", "just_balance"] {
        all.push(trained(&format!("preset {preset}"), preset, plain, &json!({})));
    }
    let molecules = Kind { categories: true, ..ATTRIBUTED };
    all.push(trained("preset molecules", "molecules", &Arc::new(graphs(molecules)), &json!({})));
    // With tables of the values that there are; the network is that of the preset.
    let code = json!({"embedding_sizes": [], "embedding_width": 32, "embed_hidden": 32, "embed_output": 32});
    let code = with(code, &json!({"assign_hidden": 32}));
    let sequences = Arc::new(with_sequences(graphs(CATEGORICAL), 6));
    all.push(trained("preset ogb-code2, narrow", "ogb-code2", &sequences, &code));
    all
}

/// A model after some epochs with all graphs but the last.
fn trained(name: &str, preset: &str, graphs: &Arc<Dataset>, keys: &Value) -> Variant {
    let mut config = Config::preset(preset).unwrap();
    // A batch of all graphs, whose statistics become the running ones: those of others would let sums grow.
    let short = json!({"epochs": 8, "batch_norm_momentum": 0.5, "warmup_epochs": 0, "patience": 0, "batch_size": 64});
    let short = if preset == "default" { with(short, &json!({"clusters": [0.5, 0.5]})) } else { short };
    config.threads = 1;
    for (key, value) in with(short, keys).as_object().unwrap() {
        config.set(key, value.clone()).unwrap();
    }
    let train: Vec<usize> = (0..graphs.len() - 1).collect();
    let config = config.check().unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut trainer =
        Trainer::<f32>::new(&config, graphs.clone(), &train, &[]).unwrap_or_else(|e| panic!("{name}: {e}"));
    trainer.fit(&mut Callbacks::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let model = trainer.model().unwrap();
    Variant { name: name.to_string(), model, graphs: graphs.clone() }
}

/// The models of the tests of gradients, which are small, with numbers moved off their start; those whose assignment
/// is not learned are left out.
pub fn of_gradient_tests() -> Vec<Variant> {
    let learned = |case: &cases::Case| case.keys.get("assignment").is_none_or(|assignment| assignment == "learned");
    let of_case = |(number, case): (usize, cases::Case)| {
        let graphs = Arc::new(graphs(case.kind));
        let mut model = model::<f32>(&[&small(), &case.keys], &graphs);
        disturb(&mut model, number as u64);
        Variant { name: case.name, model, graphs }
    };
    cases::cases().into_iter().filter(learned).enumerate().map(of_case).collect()
}
