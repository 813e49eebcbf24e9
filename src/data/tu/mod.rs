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
//! the attributes can be made their targets. Blanks around values, either line ending, a missing last line feed and
//! blank lines at the end are accepted, and lines may come in any order; nodes keep the order of their lines within
//! their graph. Edges given twice count once, self-loops and isolated nodes are kept. Everything else that is not as
//! described is an error with file and line; so are several labels on a line, which a few published sets have.
//!
//! Class `c` is the `c`-th smallest label that occurs in `DS_graph_labels.txt`, and is named by it.

mod edges;
mod nodes;
mod write;

use std::path::{Path, PathBuf};

use self::edges::{Edges, Plan, read_edges};
use self::nodes::read_nodes;
use super::columns::{Attributes, Rows, read_attributes, read_labels};
use super::text::TextFile;
use crate::error::{Error, Result, bail, error};
use crate::graph::{Dataset, EdgeData};

pub use self::write::save;

/// What [`load`] should do beyond reading the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TuOptions {
    /// What the file names begin with; `None` for the folder's name, or else the beginning of the only `*_A.txt`.
    pub name: Option<String>,
    /// Whether edges keep their direction. Otherwise an edge may be listed in either direction or in both.
    pub directed: bool,
}

/// Loads the data set in `folder`.
///
/// Graphs are in the order of `DS_graph_labels.txt`. Where edges are merged, the labels and attributes of an entry are
/// those of the first line in its own direction, else of the first line in the other.
pub fn load(folder: &Path, options: &TuOptions) -> Result<Dataset> {
    let files = Files { folder, name: set_name(folder, options)? };
    let labels = read_graph_labels(&files)?;
    let of_graphs = format!("graphs in {}", files.file_name(labels.part));
    let graphs = Rows { count: labels.values.len(), of: &of_graphs };
    let nodes = read_nodes(&mut files.required("graph_indicator")?, graphs)?;
    let of_nodes = format!("nodes in {}", files.file_name("graph_indicator"));
    let node_rows = Rows { count: nodes.total, of: &of_nodes };
    let (y, class_names) = classes(&labels.values)?;

    let mut edge_labels = files.optional("edge_labels")?;
    let mut edge_attributes = files.optional("edge_attributes")?;
    let keep_lines = edge_labels.is_some() || edge_attributes.is_some();
    let plan = Plan { name: &files.name, directed: options.directed, nodes: &nodes, y: &y, keep_lines };
    let mut edges = read_edges(&mut files.required("A")?, &plan)?;
    if labels.part == "graph_labels" {
        edges.data.set_class_names(class_names)?;
    }

    let node_labels = match files.optional("node_labels")? {
        Some(mut file) => Some(nodes.order(read_labels(&mut file, Some(node_rows))?, 1)?),
        None => None,
    };
    let x = files.attributes("node_attributes", node_rows)?;
    edges.data.set_node_data(nodes.order(x.values, x.width)?, x.width, node_labels)?;
    let attributes = files.attributes("graph_attributes", graphs)?;
    edges.data.set_graph_attributes(attributes.values, attributes.width)?;
    let of_edges = format!("edges in {}", files.file_name("A"));
    let edge_data = read_edge_data(edge_labels.as_mut(), edge_attributes.as_mut(), &edges, &of_edges)?;
    edges.data.set_edge_data(edge_data)?;
    Ok(edges.data)
}

/// The files of one data set.
struct Files<'a> {
    folder: &'a Path,
    name: String,
}

impl Files<'_> {
    fn file_name(&self, part: &str) -> String {
        format!("{}_{part}.txt", self.name)
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.join(self.file_name(part))
    }

    fn optional(&self, part: &str) -> Result<Option<TextFile>> {
        TextFile::open(&self.path(part))
    }

    fn required(&self, part: &str) -> Result<TextFile> {
        let missing = || error!(Io, "{}: there is no such file, and the data set needs it", self.path(part).display());
        self.optional(part)?.ok_or_else(missing)
    }

    /// The attributes in a file; none, of width 0, where there is no file.
    fn attributes(&self, part: &str, rows: Rows<'_>) -> Result<Attributes> {
        match self.optional(part)? {
            Some(mut file) => read_attributes(&mut file, rows),
            None => Ok(Attributes::default()),
        }
    }
}

/// The beginning of the file names.
fn set_name(folder: &Path, options: &TuOptions) -> Result<String> {
    if let Some(name) = &options.name {
        return Ok(name.clone());
    }
    let own = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    if let Some(own) = own.filter(|name| folder.join(format!("{name}_A.txt")).exists()) {
        return Ok(own);
    }
    let failed = |e: std::io::Error| Error::io(folder, &e);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let file_name = entry.map_err(failed)?.file_name();
        found.extend(file_name.to_str().and_then(|name| name.strip_suffix("_A.txt")).map(str::to_owned));
    }
    found.sort_unstable();
    match found.len() {
        0 => Err(error!(Io, "{}: there is no file *_A.txt, and a data set needs it", folder.display())),
        1 => Ok(found.swap_remove(0)),
        _ => Err(error!(
            InvalidArgument,
            "{}: there are several data sets ({}); one must be named",
            folder.display(),
            found.join(", ")
        )),
    }
}

/// The label of every graph, and the file that says how many graphs there are.
struct GraphLabels {
    values: Vec<i64>,
    part: &'static str,
}

/// Reads the labels of the graphs. Where there are none but attributes, as for a regression, all labels are 0.
fn read_graph_labels(files: &Files<'_>) -> Result<GraphLabels> {
    let labels = files.optional("graph_labels")?;
    let (values, part) = match (labels, files.optional("graph_attributes")?) {
        (None, Some(mut file)) => {
            let mut values = Vec::new();
            let count = file.each_line(|_, line| {
                line.real()?;
                while line.next_value() {
                    line.real()?;
                }
                Ok(())
            })?;
            crate::memory::try_resize(&mut values, count, 0)?;
            (values, "graph_attributes")
        }
        (Some(mut file), _) => (read_labels(&mut file, None)?, "graph_labels"),
        (None, None) => (read_labels(&mut files.required("graph_labels")?, None)?, "graph_labels"),
    };
    if values.is_empty() {
        bail!(Parse, "{} has no lines", files.file_name(part));
    }
    Ok(GraphLabels { values, part })
}

/// The class of every graph, and the names of the classes.
fn classes(labels: &[i64]) -> Result<(Vec<usize>, Vec<String>)> {
    let mut values = Vec::new();
    crate::memory::try_extend(&mut values, labels)?;
    values.sort_unstable();
    values.dedup();
    let mut y = Vec::new();
    y.try_reserve_exact(labels.len())?;
    y.extend(labels.iter().map(|label| values.partition_point(|value| value < label)));
    Ok((y, values.iter().map(i64::to_string).collect()))
}

/// Reads labels and attributes of the lines of the edge file and hands them to the entries of the graphs.
fn read_edge_data(
    labels: Option<&mut TextFile>,
    attributes: Option<&mut TextFile>,
    edges: &Edges,
    of: &str,
) -> Result<EdgeData> {
    let rows = Rows { count: edges.count, of };
    let mut data = EdgeData::default();
    if let Some(file) = labels {
        let by_line = read_labels(file, Some(rows))?;
        data.labels.try_reserve_exact(edges.lines.len())?;
        data.labels.extend(edges.lines.iter().map(|&line| by_line[line as usize]));
    }
    if let Some(file) = attributes {
        let by_line = read_attributes(file, rows)?;
        let width = by_line.width;
        data.attribute_width = width;
        data.attributes.try_reserve_exact(edges.lines.len().saturating_mul(width))?;
        for &line in &edges.lines {
            data.attributes.extend_from_slice(&by_line.values[line as usize * width..][..width]);
        }
    }
    Ok(data)
}

#[cfg(test)]
mod tests;
