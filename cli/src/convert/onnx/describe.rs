//! What an ONNX file says of itself: which inputs it takes, which columns these have, what its outputs mean.

use diffpool::config::FeatureSource;
use diffpool::model::Model;
use serde_json::{Value, json};

use super::inputs::is_given;
use super::proto::{self, Entry, IR_VERSION, OPSET, OperatorSet};

/// The file around a graph.
pub fn described(model: &Model<f32>, graph: proto::Graph, batched: bool) -> proto::Model {
    let entry = |(key, value): (String, String)| Entry { key: Some(key), value: Some(value) };
    let own = own_metadata(model, batched).into_iter().map(|(key, value)| (format!("diffpool.{key}"), value));
    let users = model.metadata().iter().map(|(key, value)| (key.to_string(), value.to_string()));
    // A file may hold a key once only.
    let mut all: Vec<(String, String)> = own.collect();
    let taken = |all: &[(String, String)], key: &str| all.iter().any(|(other, _)| other == key);
    for (key, value) in users {
        if !taken(&all, &key) {
            all.push((key, value));
        }
    }
    proto::Model {
        ir_version: Some(IR_VERSION),
        producer_name: Some("libdiffpool".to_string()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_string()),
        doc_string: Some(summary(model, &graph, batched)),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: Some(String::new()), version: Some(OPSET) }],
        metadata_props: all.into_iter().map(entry).collect(),
    }
}

/// Keys without their beginning, and values.
fn own_metadata(model: &Model<f32>, batched: bool) -> Vec<(&'static str, String)> {
    let schema = model.schema();
    let mut all = vec![
        ("form", if batched { "batch" } else { "graph" }.to_string()),
        ("version", env!("CARGO_PKG_VERSION").to_string()),
        ("task", model.config().task.name().to_string()),
        ("features", schema.features()),
        ("columns", json!(model.column_names()).to_string()),
        ("classes", json!(model.class_names()).to_string()),
        ("targets", json!(model.seen().names.targets).to_string()),
        ("config", one_line(model.config().to_json())),
        ("schema", model.expected().to_string()),
    ];
    let lists = [
        ("x", json!(given_columns(model))),
        ("node_labels", json!(schema.node_labels())),
        ("relations", json!(schema.edge_labels())),
        ("edge_features", json!(edge_columns(model))),
        ("categories", json!(schema.embedding().map_or(&[][..], |(embedding, _)| &embedding.sizes))),
    ];
    let given = |(_, list): &(&str, Value)| list.as_array().is_some_and(|list| !list.is_empty());
    all.extend(lists.into_iter().filter(given).map(|(key, list)| (key, list.to_string())));
    all
}

/// JSON without the blanks that people like.
fn one_line(text: String) -> String {
    serde_json::from_str::<Value>(&text).map_or(text, |value| value.to_string())
}

/// Names of the columns of the input `x`.
fn given_columns(model: &Model<f32>) -> Vec<String> {
    let (schema, names) = (model.schema(), &model.seen().names);
    let mut columns = Vec::new();
    for &source in schema.sources().iter().filter(|source| is_given(**source)) {
        match source {
            FeatureSource::Laplacian(count) => columns.extend((0..count).map(|i| format!("laplacian {i}"))),
            _ => columns.extend((0..schema.rules().features).map(|i| of_attribute(&names.x, i))),
        }
    }
    columns
}

/// Names of the columns of the input `edge_features`.
fn edge_columns(model: &Model<f32>) -> Vec<String> {
    let (edges, names) = (model.schema().edge_columns(), &model.seen().names.edge_attributes);
    let mut columns: Vec<String> = match edges.categories {
        [] => (0..edges.attributes).map(|i| of_attribute(names, i)).collect(),
        tables => {
            let of_table = |(i, values): (usize, &[i64])| -> Vec<String> {
                values.iter().map(|value| format!("{} = {value}", of_attribute(names, i))).collect()
            };
            tables.iter().map(|table| table.values.as_slice()).enumerate().flat_map(of_table).collect()
        }
    };
    columns.extend(edges.labels.values.iter().map(|label| format!("label = {label}")));
    columns
}

fn of_attribute(names: &[String], column: usize) -> String {
    names.get(column).cloned().unwrap_or_else(|| format!("attribute {column}"))
}

/// The file in a few sentences.
fn summary(model: &Model<f32>, graph: &proto::Graph, batched: bool) -> String {
    let form = match batched {
        false => "One graph of n nodes a run.",
        true => "Batches of B graphs, padded to N nodes; padding may hold anything.",
    };
    let names =
        |infos: &[proto::ValueInfo]| infos.iter().filter_map(|info| info.name.clone()).collect::<Vec<_>>().join(", ");
    let (inputs, outputs) = (names(&graph.input), names(&graph.output));
    format!(
        "DiffPool network of libdiffpool, in evaluation; task {}. {form} Inputs: {inputs}. Outputs: {outputs}. The \
         metadata names columns, classes and settings.",
        model.config().task.name()
    )
}
