//! Writes a data set as JSON lines.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::data::output::{has_classes, listed};
use crate::error::{Error, Result, bail, error};
use crate::graph::Dataset;

/// Writes a line about all graphs, then one line a graph. Reading it gives the same data set: the same numbers, bit for
/// bit. An undirected edge is listed once, or both ways where its attributes differ by direction.
pub fn write(dataset: &Dataset, out: &mut dyn Write) -> Result<()> {
    let mut about = json!({ "name": dataset.name(), "directed": dataset.rules().directed });
    let classes = has_classes(dataset);
    if classes || dataset.sequence_length() > 0 {
        about["class_names"] = json!(dataset.class_names());
    }
    if dataset.sequence_length() > 0 {
        about["sequence_length"] = json!(dataset.sequence_length());
    }
    if !dataset.names().is_empty() {
        about["names"] = json!(dataset.names());
    }
    writeln!(out, "{}", json!({ "dataset": about })).map_err(failed)?;
    let names = Names { all: dataset.class_names(), classes };
    let mut line = String::new();
    for index in 0..dataset.len() {
        line.clear();
        write_graph(dataset, index, &names, &mut line)
            .map_err(|e| e.in_context(format_args!("graph {index} as JSON")))?;
        out.write_all(line.as_bytes()).map_err(failed)?;
    }
    Ok(())
}

/// Writes a data set as [`write()`] does, compressed by gzip where `path`, the file that it becomes, ends in `.gz`.
pub fn write_file(dataset: &Dataset, path: &Path, out: &mut dyn Write) -> Result<()> {
    if path.extension().is_none_or(|end| end != "gz") {
        return write(dataset, out);
    }
    let mut packed = GzEncoder::new(out, Compression::default());
    write(dataset, &mut packed)?;
    packed.finish().map_err(failed)?;
    Ok(())
}

/// The names of classes or words, and whether graphs have a class.
struct Names {
    all: Vec<String>,
    classes: bool,
}

fn failed(e: std::io::Error) -> Error {
    error!(Io, "{e}")
}

fn write_graph(dataset: &Dataset, index: usize, names: &Names, line: &mut String) -> Result<()> {
    let graph = dataset.graph(index);
    let range = dataset.entry_range(index);
    let data = dataset.edge_data();
    let width = data.attribute_width;
    let attributes = data.attributes.get(range.start * width..range.end * width).unwrap_or(&[]);
    let of_graph = dataset.graph_attributes(index);
    if let Some(value) = attributes.iter().chain(of_graph).find(|value| !value.is_finite()) {
        bail!(Unsupported, "{value} is among its attributes, but JSON has finite numbers only");
    }
    let attribute = |entry: usize| &attributes[entry * width..(entry + 1) * width];
    let entries = listed(graph, |a, b| attribute(a) == attribute(b))?;

    line.push('{');
    if let Some(id) = dataset.id(index) {
        line.push_str(&format!("\"id\":{},", json!(id)));
    }
    line.push_str(&format!("\"nodes\":{},\"edges\":", graph.nodes()));
    list(line, &entries, |line, &(row, entry)| line.push_str(&format!("[{row},{}]", graph.indices()[entry])));
    if let Some(weights) = graph.edge_weight() {
        line.push_str(",\"edge_weight\":");
        list(line, &entries, |line, &(_, entry)| number(line, weights[entry]));
    }
    if let Some(labels) = graph.edge_labels() {
        line.push_str(",\"edge_labels\":");
        list(line, &entries, |line, &(_, entry)| line.push_str(&labels[entry].to_string()));
    }
    if width > 0 {
        line.push_str(",\"edge_attributes\":");
        list(line, &entries, |line, &(_, entry)| list(line, attribute(entry), |line, &value| number(line, value)));
    }
    if graph.features() > 0 {
        line.push_str(",\"x\":");
        let rows: Vec<&[f32]> = graph.x().chunks_exact(graph.features()).collect();
        list(line, &rows, |line, row| list(line, row, |line, &value| number(line, value)));
    }
    if graph.category_columns() > 0 {
        line.push_str(",\"categories\":");
        let rows: Vec<&[i32]> = graph.categories().chunks_exact(graph.category_columns()).collect();
        list(line, &rows, |line, row| list(line, row, |line, value| line.push_str(&value.to_string())));
    }
    if let Some(labels) = graph.node_labels() {
        line.push_str(",\"node_labels\":");
        list(line, labels, |line, value| line.push_str(&value.to_string()));
    }
    write_targets(dataset, index, names, line);
    if dataset.has_graph_weights() {
        line.push_str(",\"weight\":");
        number(line, dataset.graph_weight(index));
    }
    line.push_str("}\n");
    Ok(())
}

/// Writes what a graph has as a whole.
fn write_targets(dataset: &Dataset, index: usize, names: &Names, line: &mut String) {
    if names.classes {
        line.push_str(&format!(",\"class\":{}", json!(names.all[dataset.y(index)])));
    }
    if dataset.target_width() > 0 {
        line.push_str(",\"targets\":");
        list(line, dataset.targets(index), |line, &value| match value.is_nan() {
            true => line.push_str("null"),
            false => number(line, value),
        });
    }
    if dataset.sequence_length() > 0 {
        line.push_str(",\"sequence\":");
        list(line, dataset.sequence(index), |line, &word| match names.all.get(word as usize) {
            Some(name) => line.push_str(&json!(name).to_string()),
            None => line.push_str(&(word as usize - names.all.len()).to_string()),
        });
    }
    let attributes = dataset.graph_attributes(index);
    if !attributes.is_empty() {
        line.push_str(",\"graph_attributes\":");
        list(line, attributes, |line, &value| number(line, value));
    }
}

/// Writes the items with commas between them in brackets.
fn list<T>(line: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    line.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        write(line, item);
    }
    line.push(']');
}

/// Writes a number in the fewest digits that give it back.
fn number(line: &mut String, value: f32) {
    let whole = value.fract() == 0.0 && value.abs() < 1e7 && (value != 0.0 || value.is_sign_positive());
    match whole {
        true => line.push_str(&(value as i32).to_string()),
        false => line.push_str(&format!("{value:?}")),
    }
}
