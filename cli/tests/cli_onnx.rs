//! `diffpool convert weights --to onnx`: what is in the file, and what is refused. What the network computes is
//! compared in `onnx_runtime`.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "common/program.rs"]
mod program;
#[path = "../src/convert/onnx/proto.rs"]
mod proto;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::cases::cases;
use common::graphs::{
    ATTRIBUTED, CATEGORICAL, Columns, Kind, LABELLED, PLAIN, unusual_dataset, with_sequences, with_targets,
};
use common::models::{disturb, model, small, with};
use diffpool::checkpoint::model_file;
use diffpool::config::{KEYS, Scope};
use diffpool::graph::Dataset;
use diffpool::model::Model;
use program::{fixtures, refusal, run, succeed};
use prost::Message;
use proto::{IR_VERSION, OPSET, Size, ValueInfo, attribute, element};
use serde_json::{Value, json};

/// The model of the keys for the graphs, with numbers moved off their start.
fn made(keys: &Value, graphs: &Dataset) -> Model<f32> {
    let mut model = model::<f32>(&[&small(), keys], graphs);
    disturb(&mut model, 1);
    model
}

/// What the program writes for a model.
fn exported(model: &Model<f32>, options: &str) -> proto::Model {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    model_file::save(model, &folder.path().join("model")).unwrap();
    succeed(&format!("convert weights {place}/model {place}/model.onnx {options}"));
    proto::Model::decode(&*fs::read(folder.path().join("model.onnx")).unwrap()).unwrap()
}

/// Name, type and axes of inputs or outputs, such as `x: float [n, 3]`.
fn shown(infos: &[ValueInfo]) -> Vec<String> {
    let axis = |dimension: &proto::Dimension| match dimension.value.as_ref().unwrap() {
        Size::Number(number) => number.to_string(),
        Size::Name(name) => name.clone(),
    };
    let show = |info: &ValueInfo| {
        let tensor = info.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
        let axes: Vec<String> = tensor.shape.as_ref().unwrap().dim.iter().map(axis).collect();
        assert!(info.doc_string.as_ref().is_some_and(|meaning| !meaning.is_empty()));
        let kind = match tensor.elem_type() {
            element::FLOAT => "float",
            element::INT64 => "int64",
            element::BOOL => "bool",
            other => panic!("{} is of type {other}", info.name()),
        };
        format!("{}: {kind} [{}]", info.name(), axes.join(", "))
    };
    infos.iter().map(show).collect()
}

#[test]
fn inputs_and_outputs_are_those_of_the_features_and_of_the_task() {
    let both = Kind { labelled: true, ..ATTRIBUTED };
    let labels = unusual_dataset(PLAIN, 1);
    let tasks = |columns| with_targets(unusual_dataset(PLAIN, 1), columns, 2);
    let cases: [(&str, Dataset, Value); 9] = [
        ("attributes", labels.clone(), json!({})),
        ("degree alone, flat", labels.clone(), json!({"features": "degree", "clusters": []})),
        ("made of edges", labels, json!({"features": "laplacian:3,clustering,attributes", "clusters": []})),
        ("categories", unusual_dataset(CATEGORICAL, 1), json!({"features": "categories", "clusters": []})),
        ("relations", unusual_dataset(LABELLED, 1), json!({"relations": "edge_labels"})),
        ("edges", unusual_dataset(both, 1), json!({"edge_features": "attributes,labels", "clusters": []})),
        ("binary", tasks(Columns::Labels(1)), json!({"task": "binary", "clusters": []})),
        ("regression", tasks(Columns::Numbers(2)), json!({"task": "regression", "clusters": []})),
        ("sequence", with_sequences(unusual_dataset(PLAIN, 1), 3), json!({"task": "sequence", "clusters": []})),
    ];
    let mut text = String::new();
    for (name, graphs, keys) in &cases {
        for options in ["", "--batched"] {
            let graph = exported(&made(keys, graphs), options).graph.unwrap();
            let (inputs, outputs) = (shown(&graph.input).join(", "), shown(&graph.output).join(", "));
            text += &format!("{name} {options}\n  {inputs}\n  {outputs}\n");
        }
    }
    insta::assert_snapshot!("onnx_inputs_and_outputs", text);
}

/// Values are made before they are used, constants are as long as they say, and nothing is left over.
fn check_graph(graph: &proto::Graph, name: &str) {
    let mut known = BTreeSet::new();
    for tensor in &graph.initializer {
        let width = match tensor.data_type() {
            element::FLOAT => 4,
            element::INT64 | element::DOUBLE => 8,
            other => panic!("{name}: {} is of type {other}", tensor.name()),
        };
        let values: i64 = tensor.dims.iter().product();
        assert_eq!(tensor.raw_data().len() as i64, width * values, "{name}: {}", tensor.name());
        assert!(known.insert(tensor.name()), "{name}: {} twice", tensor.name());
    }
    graph.input.iter().for_each(|input| assert!(known.insert(input.name()), "{name}: {} twice", input.name()));
    let mut used = BTreeSet::new();
    for node in &graph.node {
        for input in &node.input {
            assert!(known.contains(&**input), "{name}: {} takes {input}, which nobody has made", node.name());
            used.insert(input.as_str());
        }
        for output in &node.output {
            assert!(known.insert(output), "{name}: {output} twice");
        }
        for attribute in &node.attribute {
            let has = (attribute.f.is_some(), attribute.i.is_some(), attribute.g.is_some());
            let fits = match attribute.r#type() {
                attribute::FLOAT => has == (true, false, false),
                attribute::INT => has == (false, true, false),
                attribute::GRAPH => has == (false, false, true),
                attribute::INTS => has == (false, false, false) && !attribute.ints.is_empty(),
                other => panic!("{name}: an attribute of type {other}"),
            };
            assert!(fits, "{name}: {} of {}", attribute.name(), node.name());
        }
    }
    let left = graph.initializer.iter().find(|tensor| !used.contains(tensor.name()));
    assert!(left.is_none(), "{name}: nothing takes {}", left.unwrap().name());
    let left = graph.input.iter().find(|input| !used.contains(input.name()));
    assert!(left.is_none(), "{name}: nothing takes {}", left.unwrap().name());
    let ends: BTreeSet<&str> = graph.output.iter().map(|output| output.name()).collect();
    let is_used = |output: &String| used.contains(&**output) || ends.contains(&**output);
    let left = graph.node.iter().find(|node| !node.output.iter().any(is_used));
    assert!(left.is_none(), "{name}: nothing takes {}", left.unwrap().name());
    graph.output.iter().for_each(|output| assert!(known.contains(output.name()), "{name}: no {}", output.name()));
}

/// Every third of the models that there are tests of gradients for is written, with the bits of its weights, where its
/// assignment is learned.
#[test]
fn every_kind_of_model_is_written_with_its_weights() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let mut operations = BTreeSet::new();
    for (number, case) in cases().into_iter().enumerate().filter(|(number, _)| number % 3 == 0) {
        let model = made(&case.keys, &unusual_dataset(case.kind, 3));
        if case.keys.get("assignment").is_some_and(|assignment| assignment != "learned") {
            continue;
        }
        model_file::save(&model, &folder.path().join("model")).unwrap();
        let options = if number % 2 == 0 { "" } else { "--batched" };
        succeed(&format!("convert weights {place}/model {place}/model.onnx {options}"));
        let message = proto::Model::decode(&*fs::read(folder.path().join("model.onnx")).unwrap()).unwrap();
        let version = message.opset_import[0].version();
        assert_eq!((message.ir_version(), version, message.opset_import[0].domain()), (IR_VERSION, OPSET, ""));
        let graph = message.graph.unwrap();
        check_graph(&graph, &case.name);
        operations.extend(graph.node.iter().map(|node| node.op_type().to_string()));
        let constants: BTreeMap<&str, &proto::Tensor> =
            graph.initializer.iter().map(|tensor| (tensor.name(), tensor)).collect();
        let batch_norm = |name: &str| name.contains(".norms.") && model.config().normalization.name() == "batch";
        for info in model.tensors().iter().filter(|info| !batch_norm(&info.name)) {
            let tensor = constants.get(&*info.name).unwrap_or_else(|| panic!("{}: no {}", case.name, info.name));
            let bytes: Vec<u8> =
                model.tensor(&info.name).unwrap().1.iter().flat_map(|value| value.to_le_bytes()).collect();
            assert!(tensor.raw_data() == bytes, "{}: {}", case.name, info.name);
        }
    }
    insta::assert_snapshot!("onnx_operations", operations.into_iter().collect::<Vec<_>>().join(" "));
}

/// The keys of a configuration that say what a network computes. A new one changes what the exporter must write, or
/// does not; either way it has to be thought of before it is added here.
#[test]
fn every_key_that_shapes_the_network_is_known_to_the_exporter() {
    let shapes = |scope: Scope| matches!(scope, Scope::Network | Scope::Settled);
    let keys: Vec<&str> = KEYS.iter().filter(|key| shapes(key.scope)).map(|key| key.name).collect();
    insta::assert_snapshot!("onnx_keys", keys.join("\n"));
}

fn metadata(message: &proto::Model) -> BTreeMap<&str, &str> {
    let entries = message.metadata_props.iter();
    let all: BTreeMap<&str, &str> = entries.map(|entry| (entry.key(), entry.value())).collect();
    assert_eq!(all.len(), message.metadata_props.len(), "a key twice");
    all
}

#[test]
fn the_file_says_what_its_columns_and_classes_are() {
    let mut graphs = unusual_dataset(Kind { labelled: true, ..ATTRIBUTED }, 1);
    graphs.set_class_names(vec!["a \"b\"".to_string(), "c\\d\n".to_string(), "é".to_string()]).unwrap();
    graphs.set_feature_names(vec!["mass".to_string(), "charge".to_string(), "size".to_string()]).unwrap();
    let keys = json!({
        "features": "laplacian:2,attributes", "edge_features": "attributes,labels", "standardize_attributes": true,
    });
    let mut model = made(&keys, &graphs);
    model.metadata_mut().set("diffpool.task", None).unwrap();
    model.metadata_mut().set("who", Some("made it")).unwrap();
    let message = exported(&model, "--batched");
    let all = metadata(&message);
    let parsed = |key: &str| serde_json::from_str::<Value>(all[key]).unwrap();
    assert_eq!(all["who"], "made it");
    assert_eq!((all["diffpool.form"], all["diffpool.task"]), ("batch", "multiclass"));
    assert_eq!(all["diffpool.features"], "laplacian:2,attributes");
    assert_eq!(parsed("diffpool.classes"), json!(["a \"b\"", "c\\d\n", "é"]));
    assert_eq!(parsed("diffpool.x"), json!(["laplacian 0", "laplacian 1", "mass", "charge", "size"]));
    assert_eq!(parsed("diffpool.columns"), json!(["laplacian 0", "laplacian 1", "mass", "charge", "size"]));
    let edges = json!(["attribute 0", "attribute 1", "label = -3", "label = 4", "label = 9"]);
    assert_eq!(parsed("diffpool.edge_features"), edges);
    assert_eq!(parsed("diffpool.config")["features"], "laplacian:2,attributes");
    assert_eq!(parsed("diffpool.schema"), model.expected());
    assert_eq!(all["diffpool.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((message.producer_name(), message.producer_version()), ("libdiffpool", env!("CARGO_PKG_VERSION")));
    assert!(!all.contains_key("diffpool.relations") && !all.contains_key("diffpool.node_labels"));
    let relations = made(&json!({"relations": "edge_labels"}), &unusual_dataset(LABELLED, 1));
    let message = exported(&relations, "");
    assert_eq!(metadata(&message)["diffpool.relations"], "[-3,4,9]");
    assert_eq!(metadata(&message)["diffpool.form"], "graph");
}

/// Files for refusals: a model, models whose assignment is not learned, a state dict.
fn prepared(folder: &Path) {
    let graphs = unusual_dataset(PLAIN, 1);
    for (name, keys) in [
        ("model", json!({})),
        ("random", json!({"assignment": "random"})),
        ("graclus", json!({"assignment": "graclus"})),
    ] {
        model_file::save(&made(&keys, &graphs), &folder.join(name)).unwrap();
    }
    fs::copy(fixtures().join("states/pyg.state.safetensors"), folder.join("state")).unwrap();
    fs::create_dir(folder.join("is_a_folder.onnx")).unwrap();
    fs::write(folder.join("nonsense"), "\0\u{1}no model").unwrap();
    fs::write(folder.join("kept.onnx"), "what was there").unwrap();
}

#[test]
fn what_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    prepared(folder.path());
    let place = folder.path().display();
    let mut text = String::new();
    for rest in [
        "random kept.onnx",
        "graclus kept.onnx --batched",
        "state kept.onnx",
        "state out --to onnx",
        "state out --to torch",
        "model out --batched",
        "model out --to torch --batched",
        "state out --batched",
        "model out --to tensorflow",
        "nonsense kept.onnx",
        "not_there kept.onnx",
        "model is_a_folder.onnx",
        "model no_folder/out.onnx",
        "model kept.onnx --source pyg",
        "model kept.onnx --key state_dict",
        "model kept.onnx --like FOLDER/model",
        "model kept.onnx --data FOLDER/model",
        "model kept.onnx --preset pyg",
        "model kept.onnx --set dropout=0.5",
        "model kept.onnx --print-config",
    ] {
        let (files, options) = rest.split_at(rest.find(" --").unwrap_or(rest.len()));
        let files = files.split(' ').map(|name| format!("{place}/{name}")).collect::<Vec<_>>().join(" ");
        let options = options.replace("FOLDER", &place.to_string());
        text += &refusal(&format!("convert weights {files}{options}"), folder.path());
    }
    insta::assert_snapshot!("onnx_refusals", text);
    assert_eq!(fs::read(folder.path().join("kept.onnx")).unwrap(), b"what was there");
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["graclus", "is_a_folder.onnx", "kept.onnx", "model", "nonsense", "random", "state"]);
}

#[test]
fn the_same_model_gives_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    prepared(folder.path());
    let place = folder.path().display();
    let ran = succeed(&format!("convert weights {place}/model {place}/kept.onnx"));
    assert!(ran.stdout.ends_with("kept.onnx: ONNX file for one graph a run, 884 parameters\n"), "{}", ran.stdout);
    succeed(&format!("convert weights {place}/model {place}/again --to onnx"));
    let ran = run(&format!("convert weights {place}/model {place}/batch.ONNX --batched"));
    assert!(ran.stdout.contains("ONNX file for batches of graphs with a mask"), "{}", ran.stdout);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(read("kept.onnx") == read("again"));
    assert!(read("kept.onnx") != read("batch.ONNX"));
    // Weights that differ, and nothing else.
    let other = made(&with(json!({}), &json!({"seed": 9})), &unusual_dataset(PLAIN, 1));
    model_file::save(&other, &folder.path().join("model")).unwrap();
    succeed(&format!("convert weights {place}/model {place}/other.onnx"));
    let graph = |name: &str| proto::Model::decode(&*read(name)).unwrap().graph.unwrap();
    let (one, other) = (graph("kept.onnx"), graph("other.onnx"));
    assert!(one.node == other.node && one.input == other.input && one.initializer != other.initializer);
}
