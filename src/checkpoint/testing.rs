//! What the tests of both kinds of file share: a small model, and hands that damage files.

use serde_json::{Value, json};

use super::container::header::Header;
use super::container::table::TensorInfo;
use crate::config::Config;
use crate::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use crate::model::Model;

/// Four graphs with two attributes and a label a node, of classes that need escapes in JSON.
pub(super) fn dataset() -> Dataset {
    let mut dataset = Dataset::new("small", GraphRules { features: 2, node_labels: true, ..GraphRules::default() });
    let mut builder = GraphBuilder::new();
    for (nodes, y) in [(5, 0), (3, 1), (4, 1), (6, 0)] {
        let sources: Vec<i32> = (0..nodes - 1).collect();
        let targets: Vec<i32> = (1..nodes).collect();
        let x: Vec<f32> = (0..2 * nodes).map(|i| ((i * i + y) % 7) as f32 / 3.0).collect();
        let labels: Vec<i64> = (0..i64::from(nodes)).map(|i| i % 3 - 1).collect();
        let edges = EdgeInput::List { from: &sources, to: &targets };
        let input = GraphInput { x: Some(&x), node_labels: Some(&labels), ..GraphInput::new(nodes as usize, edges) };
        dataset.add(&mut builder, &input, y as usize).unwrap();
    }
    dataset.set_class_names(vec!["\"no\"".to_string(), "ja \u{1f642}\n".to_string()]).unwrap();
    dataset
}

/// A two-level model for [`dataset`].
pub(super) fn model() -> Model<f32> {
    model_with_clusters(json!([3, 0.5]))
}

/// A model without pooling, whose files are as small as they get.
pub(super) fn flat_model() -> Model<f32> {
    model_with_clusters(json!([]))
}

/// The running statistics are not those of a new model.
fn model_with_clusters(clusters: Value) -> Model<f32> {
    let mut config = Config::preset("default").unwrap();
    let changes = [
        ("clusters", clusters),
        ("embed_layers", json!(2)),
        ("assign_layers", json!(1)),
        ("final_layers", json!(1)),
        ("embed_hidden", json!(2)),
        ("embed_output", json!(2)),
        ("assign_hidden", json!(2)),
        ("head_hidden", json!([3])),
        ("standardize_attributes", json!(true)),
        ("learning_rate", json!(0.1 + 0.2)),
        ("seed", json!(u64::MAX)),
    ];
    for (key, value) in changes {
        config.set(key, value).unwrap();
    }
    let mut model = Model::new(&config.check().unwrap(), &dataset(), &[0, 1, 2]).unwrap();
    for (i, tensor) in model.tensors().into_iter().enumerate().filter(|(_, tensor)| !tensor.trained) {
        let values: Vec<f32> = (0..tensor.shape[0]).map(|j| (i * 3 + j) as f32 / 7.0).collect();
        model.set_tensor(&tensor.name, &values).unwrap();
    }
    model
}

/// The file with its header and tensors changed by `change`, and no checksum.
pub(super) fn altered(bytes: &[u8], change: impl FnOnce(&mut Header, &mut Vec<u8>)) -> Vec<u8> {
    let text = header_text(bytes);
    let mut header = Header::parse(text.as_bytes()).unwrap();
    let mut data = bytes[8 + text.len()..].to_vec();
    header.metadata.remove("checksum");
    change(&mut header, &mut data);
    with_header(&serde_json::to_string(&header).unwrap(), &data)
}

/// The file with its header and tensors changed by `change`, and a checksum that is right.
pub(super) fn altered_and_sealed(bytes: &[u8], change: impl FnOnce(&mut Header, &mut Vec<u8>)) -> Vec<u8> {
    altered(bytes, |header, data| {
        change(header, data);
        let checksum = checksum(header, data);
        header.metadata.insert("checksum".to_string(), checksum);
    })
}

/// The file with the text of its header changed.
pub(super) fn rewritten(bytes: &[u8], change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let text = header_text(bytes);
    with_header(&change(text), &bytes[8 + text.len()..])
}

/// A file of this header and these tensors.
pub(super) fn with_header(text: &str, data: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes(), data].concat()
}

/// The text of the header.
pub(super) fn header_text(bytes: &[u8]) -> &str {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    std::str::from_utf8(&bytes[8..8 + length]).unwrap()
}

/// The checksum as the documentation describes it.
pub(super) fn checksum(header: &Header, data: &[u8]) -> String {
    let mut all = Vec::new();
    let string = |all: &mut Vec<u8>, text: &str| {
        all.extend((text.len() as u64).to_le_bytes());
        all.extend(text.as_bytes());
    };
    for (key, value) in header.metadata.iter().filter(|(key, _)| *key != "checksum") {
        string(&mut all, key);
        string(&mut all, value);
    }
    let mut tensors: Vec<(&String, &TensorInfo)> = header.tensors.iter().collect();
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    for (name, info) in tensors {
        string(&mut all, name);
        all.extend((info.shape.len() as u64).to_le_bytes());
        info.shape.iter().for_each(|&size| all.extend((size as u64).to_le_bytes()));
        all.extend(&data[info.data_offsets.0..info.data_offsets.1]);
    }
    format!("{:08x}", crc32fast::hash(&all))
}

/// Whether damage was found out, or did not change anything.
pub(super) fn is_harmless<T>(
    read: impl Fn(&[u8]) -> crate::Result<T>,
    write: impl Fn(&T) -> Vec<u8>,
    bytes: &[u8],
    original: &[u8],
) -> bool {
    read(bytes).map_or(true, |read| write(&read) == original)
}
