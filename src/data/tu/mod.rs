//! Reads and writes a folder in the TU Dortmund format.
//!
//! A data set `DS` is a folder of text files, one line an item, ids from 1, values separated by commas:
//!
//! | file | a line |
//! |---|---|
//! | `DS_A.txt` | an edge: two node ids |
//! | `DS_graph_indicator.txt` | a node: the id of its graph |
//! | `DS_graph_labels.txt` | a graph: its class |
//! | `DS_node_labels.txt`, `DS_node_attributes.txt` | a node: a whole number; numbers |
//! | `DS_edge_labels.txt`, `DS_edge_attributes.txt` | a line of `DS_A.txt`: the same |
//! | `DS_graph_attributes.txt` | a graph: numbers |
//!
//! The first three are required, but a set with graph attributes may lack labels: all graphs are then of one class, and
//! the attributes can be made their targets. Commas, tabs or blanks separate values; either line ending, a missing last
//! line feed, blank lines at the end, a byte order mark and UTF-16 are accepted. Lines may come in any order; nodes
//! keep the order of their lines within their graph. Edges given twice count once, self-loops and isolated nodes are
//! kept. Everything else that is not as described is an error with file and line.
//!
//! Class `c` is the `c`-th smallest label that occurs in `DS_graph_labels.txt`, and is named by it. Labels may be
//! written as `1.0`, or be words: where the first of a file is a word, all are, and they are numbered in their order,
//! with the words as names. Several labels on a line, as many on each, are categories of the node, attributes of the
//! edge, or targets of the graph.

mod edges;
mod files;
mod labels;
mod nodes;
mod write;

use std::path::Path;

use self::edges::{Edges, Plan, read_edges};
use self::files::Files;
use self::labels::Labels;
use self::nodes::{Nodes, read_nodes};
use super::columns::{Rows, read_attributes};
use super::text::TextFile;
use crate::error::{Result, bail};
use crate::graph::{Dataset, EdgeData, Names};
use crate::memory::{try_extend, try_resize};

pub use self::write::save;

/// What [`load`] should do beyond reading the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TuOptions {
    /// What the file names begin with; `None` for the folder's name, or else the beginning of the only `*_A.txt`.
    pub name: Option<String>,
    /// Whether edges keep their direction. Otherwise an edge may be listed in either direction or in both.
    pub directed: bool,
    /// Whether edges from a node to itself are left out, as the reader of PyTorch Geometric does.
    pub drop_self_loops: bool,
    /// Whether graphs without nodes are left out, which are an error otherwise. Those that are left have their numbers
    /// without gaps; [`empty_graphs`] tells which are left out.
    pub skip_empty: bool,
}

/// Loads the data set in `folder`.
///
/// Graphs are in the order of `DS_graph_labels.txt`. Where edges are merged, the labels and attributes of an entry are
/// those of the first line in its own direction, else of the first line in the other.
pub fn load(folder: &Path, options: &TuOptions) -> Result<Dataset> {
    let files = Files::find(folder, options.name.as_deref())?;
    let GraphLabels { labels, part } = read_graph_labels(&files)?;
    let of_graphs = format!("graphs in {}", files.file_name(part));
    let graphs = Rows { count: labels.rows(), of: &of_graphs };
    let nodes = read_nodes(&mut files.required("graph_indicator")?, graphs, options.skip_empty)?;
    let (y, class_names) = classes(&labels)?;
    let y = nodes.kept_rows(y, 1);

    let mut edge_labels = files.optional("edge_labels")?;
    let mut edge_attributes = files.optional("edge_attributes")?;
    let keep_lines = edge_labels.is_some() || edge_attributes.is_some();
    let TuOptions { directed, drop_self_loops, .. } = *options;
    let plan = Plan { name: &files.name, directed, drop_self_loops, nodes: &nodes, y: &y, keep_lines };
    let mut edges = read_edges(&mut files.required("A")?, &plan)?;
    if labels.width > 1 {
        let targets = labels.reals(&files.file_name(part))?;
        edges.data.set_targets(nodes.kept_rows(targets, labels.width), labels.width)?;
    } else if part == "graph_labels" {
        edges.data.set_class_names(class_names)?;
    }

    let mut names = Names::default();
    read_node_data(&files, &nodes, &mut edges.data, &mut names)?;
    let attributes = files.attributes("graph_attributes", graphs)?;
    let (values, width) = (nodes.kept_rows(attributes.values, attributes.width), attributes.width);
    edges.data.set_graph_attributes(values, width)?;
    let of_edges = format!("edges in {}", files.file_name("A"));
    let parts = [edge_labels.as_mut(), edge_attributes.as_mut()];
    let edge_data = read_edge_data(parts, &edges, &of_edges, &mut names)?;
    edges.data.set_edge_data(edge_data)?;
    edges.data.set_names(names)?;
    Ok(edges.data)
}

/// The places, from 0, of the graphs in `folder` that have no nodes, which [`load`] leaves out by
/// [`skip_empty`](TuOptions::skip_empty).
pub fn empty_graphs(folder: &Path, options: &TuOptions) -> Result<Vec<usize>> {
    let files = Files::find(folder, options.name.as_deref())?;
    let GraphLabels { labels, part } = read_graph_labels(&files)?;
    let of_graphs = format!("graphs in {}", files.file_name(part));
    let graphs = Rows { count: labels.rows(), of: &of_graphs };
    let nodes = read_nodes(&mut files.required("graph_indicator")?, graphs, true)?;
    let mut empty = Vec::new();
    try_resize(&mut empty, graphs.count, true)?;
    (0..nodes.sizes.len()).for_each(|graph| empty[nodes.place_in_files(graph)] = false);
    Ok((0..graphs.count).filter(|&graph| empty[graph]).collect())
}

/// The labels of every graph, and the file that says how many graphs there are.
struct GraphLabels {
    labels: Labels,
    part: &'static str,
}

/// Reads the labels of the graphs. Where there are none but attributes, as for a regression, all labels are 0.
fn read_graph_labels(files: &Files) -> Result<GraphLabels> {
    let labels = files.optional("graph_labels")?;
    let (labels, part) = match (labels, files.optional("graph_attributes")?) {
        (None, Some(mut file)) => {
            let mut values = Vec::new();
            let count = file.each_line(|_, line| {
                line.real()?;
                while line.next_value() {
                    line.real()?;
                }
                Ok(())
            })?;
            try_resize(&mut values, count, 0)?;
            (Labels { values, width: 1, words: Vec::new() }, "graph_attributes")
        }
        (Some(mut file), _) => (Labels::read(&mut file, None)?, "graph_labels"),
        (None, None) => (Labels::read(&mut files.required("graph_labels")?, None)?, "graph_labels"),
    };
    if labels.values.is_empty() {
        bail!(Parse, "{} has no lines", files.file_name(part));
    }
    Ok(GraphLabels { labels, part })
}

/// Reads what the nodes have. Several labels of a node are categories, a column each.
fn read_node_data(files: &Files, nodes: &Nodes, data: &mut Dataset, names: &mut Names) -> Result<()> {
    let of_nodes = format!("nodes in {}", files.file_name("graph_indicator"));
    let rows = Rows { count: nodes.total, of: &of_nodes };
    let mut labels = match files.optional("node_labels")? {
        Some(mut file) => Some(Labels::read(&mut file, Some(rows))?),
        None => None,
    };
    let x = files.attributes("node_attributes", rows)?;
    let mut single = None;
    if let Some(labels) = labels.as_mut().filter(|labels| labels.width == 1) {
        names.node_labels = labels.names();
        single = Some(nodes.order(std::mem::take(&mut labels.values), 1)?);
    }
    data.set_node_data(nodes.order(x.values, x.width)?, x.width, single)?;
    if let Some(labels) = labels.filter(|labels| labels.width > 1) {
        let categories = labels.categories(&files.file_name("node_labels"))?;
        data.set_categories(nodes.order(categories, labels.width)?, labels.width)?;
        names.category_values = labels.words;
    }
    Ok(())
}

/// The class of every graph, and the names of the classes; 0 where graphs have several labels.
fn classes(labels: &Labels) -> Result<(Vec<usize>, Vec<String>)> {
    let (mut y, mut values) = (Vec::new(), Vec::new());
    if labels.width > 1 {
        try_resize(&mut y, labels.rows(), 0)?;
        return Ok((y, Vec::new()));
    }
    try_extend(&mut values, &labels.values)?;
    values.sort_unstable();
    values.dedup();
    y.try_reserve_exact(labels.values.len())?;
    y.extend(labels.values.iter().map(|label| values.partition_point(|value| value < label)));
    let words = labels.words.first().cloned();
    Ok((y, words.unwrap_or_else(|| values.iter().map(i64::to_string).collect())))
}

/// Reads labels and attributes of the lines of the edge file and hands them to the entries of the graphs. Several
/// labels of an edge are attributes, after those that there are.
fn read_edge_data(
    [labels, attributes]: [Option<&mut TextFile>; 2],
    edges: &Edges,
    of: &str,
    names: &mut Names,
) -> Result<EdgeData> {
    let rows = Rows { count: edges.count, of };
    let (mut data, mut columns) = (EdgeData::default(), Vec::new());
    if let Some(file) = attributes {
        let by_line = read_attributes(file, rows)?;
        columns.push((by_line.values, by_line.width));
    }
    if let Some(file) = labels {
        let mut by_line = Labels::read(file, Some(rows))?;
        match by_line.width {
            0 | 1 => {
                data.labels.try_reserve_exact(edges.lines.len())?;
                data.labels.extend(edges.lines.iter().map(|&line| by_line.values[line as usize]));
                names.edge_labels = by_line.names();
            }
            width => columns.push((by_line.reals(file.name())?, width)),
        }
    }
    data.attribute_width = columns.iter().map(|(_, width)| width).sum();
    data.attributes.try_reserve_exact(edges.lines.len().saturating_mul(data.attribute_width))?;
    for &line in &edges.lines {
        for (values, width) in &columns {
            data.attributes.extend_from_slice(&values[line as usize * width..][..*width]);
        }
    }
    Ok(data)
}

#[cfg(test)]
mod tests;
