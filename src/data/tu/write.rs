//! Writes a folder in the TU Dortmund format.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::data::output::{fault_of_weights, write_folder};
use crate::error::{Result, bail};
use crate::graph::Dataset;

/// Writes a data set into a new folder, or into one that is there and empty.
///
/// The folder appears as a whole or not at all: it is written beside its place and then renamed. Read again by
/// [`load`](super::load), with the same `directed`, it gives the same data set. What the format has no place for is an
/// error, before anything is written: weights of edges other than 1, several edges between two nodes, weights of
/// graphs other than 1, ids of graphs, names of columns and labels, categories, sequences, targets that are not the
/// attributes of the graphs, names of classes that are not whole numbers in ascending order, classes without a graph,
/// and a name that no file can have.
pub fn save(dataset: &Dataset, folder: &Path) -> Result<()> {
    if let Some(fault) = fault(dataset) {
        bail!(Unsupported, "a folder in TU format cannot hold the data set: {fault}");
    }
    write_folder(folder, |scratch| Writer { dataset, folder: scratch }.write())
}

/// What of a data set has no place in the format, if anything.
fn fault(dataset: &Dataset) -> Option<String> {
    let name = dataset.name();
    if name.is_empty() || name.contains(['/', '\\', '\0']) {
        return Some(format!("its name is {name:?}, which no file can have"));
    }
    if dataset.is_empty() {
        return Some("it has no graphs".to_string());
    }
    if let Some(part) = dataset.names().parts().next() {
        return Some(format!("there are names of {part}"));
    }
    let (rules, edges) = (dataset.rules(), dataset.total_entries());
    if rules.categories > 0 {
        return Some("its nodes have categories".to_string());
    }
    if dataset.sequence_length() > 0 {
        return Some("its graphs have sequences of words".to_string());
    }
    if (rules.edge_labels || dataset.edge_data().attribute_width > 0) && edges == 0 {
        return Some("its edges have labels or attributes, but there are no edges".to_string());
    }
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for index in 0..dataset.len() {
        let graph = dataset.graph(index);
        if let Some(fault) = fault_of_weights(dataset, index) {
            return Some(fault);
        }
        if let Some(id) = dataset.id(index) {
            return Some(format!("graph {index} has the id {id:?}"));
        }
        if graph.has_parallel_edges() {
            return Some(format!("graph {index} has several edges between two nodes"));
        }
        if dataset.target_width() > 0 && bits(dataset.targets(index)) != bits(dataset.graph_attributes(index)) {
            return Some(format!("the targets of graph {index} are not its attributes"));
        }
        if let Some(value) = dataset.graph_attributes(index).iter().find(|value| !value.is_finite()) {
            return Some(format!("an attribute of graph {index} is {value}"));
        }
    }
    let attributes = dataset.edge_data().attributes;
    if let Some(at) = attributes.iter().position(|value| !value.is_finite()) {
        return Some(format!("an attribute of an edge is {}", attributes[at]));
    }
    fault_of_classes(dataset)
}

/// What the format has no place for in the classes: it has numbers, and numbers them by their order.
fn fault_of_classes(dataset: &Dataset) -> Option<String> {
    let mut before: Option<i64> = None;
    for name in dataset.class_names() {
        let number = name.parse::<i64>().ok().filter(|number| number.to_string() == name);
        let Some(number) = number else { return Some(format!("a class is named {name:?}, which is no whole number")) };
        if before.is_some_and(|before| before >= number) {
            return Some(format!("its classes are not in ascending order: {number} comes after {}", before?));
        }
        before = Some(number);
    }
    let mut used = vec![false; dataset.classes()];
    (0..dataset.len()).for_each(|index| used[dataset.y(index)] = true);
    let unused = used.iter().position(|used| !used)?;
    Some(format!("there is no graph of class {:?}", dataset.class_names()[unused]))
}

struct Writer<'a> {
    dataset: &'a Dataset,
    folder: &'a Path,
}

impl Writer<'_> {
    fn write(&self) -> io::Result<()> {
        let (data, rules, edges) = (self.dataset, self.dataset.rules(), self.dataset.edge_data());
        let names = data.class_names();
        self.edges()?;
        self.lines("graph_indicator", |index, out| {
            (0..data.nodes(index)).try_for_each(|_| writeln!(out, "{}", index + 1))
        })?;
        self.lines("graph_labels", |index, out| writeln!(out, "{}", names[data.y(index)]))?;
        if rules.node_labels {
            self.lines("node_labels", |index, out| {
                data.graph(index).node_labels().unwrap_or(&[]).iter().try_for_each(|label| writeln!(out, "{label}"))
            })?;
        }
        if rules.features > 0 {
            self.lines("node_attributes", |index, out| rows(out, data.graph(index).x(), rules.features))?;
        }
        if rules.edge_labels {
            self.lines("edge_labels", |index, out| {
                edges.labels[data.entry_range(index)].iter().try_for_each(|label| writeln!(out, "{label}"))
            })?;
        }
        let width = edges.attribute_width;
        if width > 0 && !edges.attributes.is_empty() {
            self.lines("edge_attributes", |index, out| {
                let entries = data.entry_range(index);
                rows(out, &edges.attributes[entries.start * width..entries.end * width], width)
            })?;
        }
        let width = data.graph_attributes(0).len();
        if width > 0 {
            self.lines("graph_attributes", |index, out| rows(out, data.graph_attributes(index), width))?;
        }
        Ok(())
    }

    /// Every entry is a line, so that an undirected edge is there both ways, as in the published sets.
    fn edges(&self) -> io::Result<()> {
        self.lines("A", |index, out| {
            let (graph, first) = (self.dataset.graph(index), self.dataset.node_offset(index) + 1);
            for node in 0..graph.nodes() {
                for &neighbour in graph.neighbours(node) {
                    writeln!(out, "{}, {}", first + node, first + neighbour as usize)?;
                }
            }
            Ok(())
        })
    }

    /// A file of what `write` gives for every graph.
    fn lines(&self, part: &str, write: impl Fn(usize, &mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let file = File::create(self.folder.join(format!("{}_{part}.txt", self.dataset.name())))?;
        let mut out = BufWriter::with_capacity(1 << 16, file);
        (0..self.dataset.len()).try_for_each(|index| write(index, &mut out))?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Writes rows of numbers. Every number is as short as it can be without being another.
fn rows(out: &mut dyn Write, values: &[impl Display], width: usize) -> io::Result<()> {
    for row in values.chunks_exact(width) {
        let mut separator = "";
        for value in row {
            write!(out, "{separator}{value}")?;
            separator = ", ";
        }
        writeln!(out)?;
    }
    Ok(())
}
