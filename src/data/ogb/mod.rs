//! Reads graph data sets of the Open Graph Benchmark in their raw form: a folder as it is downloaded, for programs that
//! have no Python to unpack it with.
//!
//! All files are CSV without a header, compressed by gzip; nodes are counted from 0 within their graph:
//!
//! | file | a line |
//! |---|---|
//! | `raw/num-node-list.csv.gz`, `raw/num-edge-list.csv.gz` | a graph: how many nodes, how many lines of edges |
//! | `raw/edge.csv.gz` | an edge: two nodes |
//! | `raw/graph-label.csv.gz` | a graph: numbers, blank or `nan` where one is missing; or words |
//! | `raw/node-feat.csv.gz` | a node: whole numbers, which become categories, or numbers, which become features |
//! | `raw/node_depth.csv.gz` | a node: one more category |
//! | `raw/node_is_attributed.csv.gz`, `raw/node_dfs_order.csv.gz` | a node: whether it is a token; its place |
//! | `raw/edge-feat.csv.gz` | a line of `raw/edge.csv.gz`: numbers |
//! | `split/NAME/train.csv.gz`, `valid.csv.gz`, `test.csv.gz` | a graph of that part |
//! | `mapping/typeidx2type.csv.gz`, `mapping/attridx2attr.csv.gz` | what the first two categories stand for |
//! | `mapping/labelidx2label.csv.gz`, `mapping/labelidx2taxonomygroup.csv.gz` | a class: its number and its name |
//! | `mapping/mol.csv.gz` | a graph: its labels in columns of their names, `smiles`, its id in the column `mol_id` |
//!
//! The first three are required. Edges may be listed one way, as those of molecules and syntax trees are, or both ways.
//! The mapping files have a header; where they are, no category may go beyond them. Everything that is not as described
//! is an error with file and line, and no file is unpacked further than the others give reason to.

mod edges;
mod files;
mod labels;
mod mapping;
mod molecules;
mod node_columns;
mod nodes;
mod options;
mod task;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

pub use self::options::{OgbOptions, OgbWords};
pub use self::task::task;
pub use self::write::{OWN_SPLIT, save};

use self::edges::{Edges, Plan, read_edges};
use self::files::Files;
use self::labels::{Labels, Words};
use self::mapping::Molecules;
use self::nodes::{Nodes, read_sizes};
use super::columns::{Rows, read_attributes, read_labels};
use super::splits::Split;
use crate::error::{Error, Result, bail, error};
use crate::graph::{Dataset, EdgeData, Names};
use crate::memory::try_resize;

/// Loads the data set in `folder`.
///
/// Where labels are numbers, they are the targets; a single column of whole numbers from 0 without gaps is also the
/// class. Where labels are words, they are sequences over the most frequent words of the training graphs (of equally
/// frequent ones the one that comes first), an unknown word `__UNK__` and an end `__EOS__`, which name the classes.
pub fn load(folder: &Path, options: &OgbOptions) -> Result<Dataset> {
    options.words.map_or(Ok(()), OgbWords::check)?;
    let files = Files { folder };
    let sizes = read_sizes(&mut files.required("raw/num-node-list.csv.gz")?)?;
    let graphs = Rows { count: sizes.len(), of: "graphs in num-node-list.csv.gz" };
    let mut nodes = Nodes::read(&files, sizes, options.next_token_edges)?;
    let labels = match options.words {
        None => Labels::read(&files, graphs)?,
        Some(words) => {
            let split = load_split(folder, options.split.as_deref(), graphs.count)?;
            let words = Words::read(&mut files.required("raw/graph-label.csv.gz")?, graphs, words, &split.train)?;
            Labels::Words(words)
        }
    };
    let counts = read_labels(&mut files.required("raw/num-edge-list.csv.gz")?, Some(graphs))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let keep_lines = options.edge_data && !options.next_token_edges;
    let plan = Plan { name: &name, options, nodes: &nodes, counts: &counts, y: labels.classes()?, keep_lines };
    let mut edges = read_edges(&mut files.required("raw/edge.csv.gz")?, &plan)?;
    let edge_data = if options.edge_data { read_edge_data(&files, &mut edges)? } else { EdgeData::default() };

    let (x, features) = nodes.take_features();
    edges.data.set_node_data(x, features, None)?;
    let (categories, columns) = nodes.take_categories();
    edges.data.set_categories(categories, columns)?;
    edges.data.set_edge_data(edge_data)?;
    labels.attach(&mut edges.data)?;
    let found = Molecules::read(&files, graphs)?;
    let of_molecules = match molecules::are_there(&files, &found)? {
        true => molecules::names(&edges.data),
        false => None,
    };
    let Molecules { ids, targets } = found;
    if !ids.is_empty() {
        edges.data.set_ids(ids.iter().map(|id| Some(&**id).filter(|id| !id.is_empty())))?;
    }
    let of_trees = Names { category_values: nodes.take_category_values(), ..Names::default() };
    edges.data.set_names(of_molecules.unwrap_or(of_trees))?;
    if targets.len() == edges.data.target_width() {
        // Columns that cannot be names of targets are those of another kind of file.
        let names = Names { targets, ..edges.data.names().clone() };
        let _ = edges.data.set_names(names);
    }
    Ok(edges.data)
}

/// Reads the split in `folder/split/name` of a data set of `graphs` graphs; `None` for the only one there.
pub fn load_split(folder: &Path, name: Option<&str>, graphs: usize) -> Result<Split> {
    const UNSEEN: u8 = u8::MAX;
    let files = Files { folder };
    let name = split_name(folder, name)?;
    let mut seen: Vec<u8> = Vec::new();
    try_resize(&mut seen, graphs, UNSEEN)?;
    let mut part = |number: u8, part: &str| -> Result<Vec<usize>> {
        let mut indices = Vec::new();
        files.required(&format!("split/{name}/{part}.csv.gz"))?.each_line(|_, line| {
            let index = line.integer()?;
            let Some(graph) = usize::try_from(index).ok().filter(|&graph| graph < graphs) else {
                bail!(Parse, "the graph is {index}, but the data set has {graphs} graphs");
            };
            if std::mem::replace(&mut seen[graph], number) != UNSEEN {
                bail!(Parse, "graph {graph} is in the split twice");
            }
            indices.try_reserve(1)?;
            indices.push(graph);
            Ok(())
        })?;
        Ok(indices)
    };
    Ok(Split { train: part(0, "train")?, validation: part(1, "valid")?, test: part(2, "test")? })
}

/// The name of the split in `folder/split`: the given one, or the only one that is there.
pub fn split_name(folder: &Path, name: Option<&str>) -> Result<String> {
    if let Some(name) = name {
        return Ok(name.to_owned());
    }
    let place = folder.join("split");
    let failed = |e: std::io::Error| Error::io(&place, &e);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&place).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found.sort_unstable();
    match found.len() {
        0 => Err(error!(Io, "{}: there is no split", place.display())),
        1 => Ok(found.swap_remove(0)),
        _ => Err(error!(
            InvalidArgument,
            "{}: there are several splits ({}); one must be named",
            place.display(),
            found.join(", ")
        )),
    }
}

/// The kinds of the edges where they are known already, else what `edge-feat.csv.gz` says of their lines.
fn read_edge_data(files: &Files<'_>, edges: &mut Edges) -> Result<EdgeData> {
    if !edges.kinds.is_empty() {
        return Ok(EdgeData { labels: std::mem::take(&mut edges.kinds), ..EdgeData::default() });
    }
    let mut data = EdgeData::default();
    let Some(mut file) = files.optional("raw/edge-feat.csv.gz")? else { return Ok(data) };
    let by_line = read_attributes(&mut file, Rows { count: edges.count, of: "edges in edge.csv.gz" })?;
    let width = by_line.width;
    let rows = edges.lines.iter().map(|&line| &by_line.values[line as usize * width..][..width]);
    // Whole numbers up to here are exact in 32 bits.
    let is_label = |value: &f32| value.fract() == 0.0 && value.abs() <= 16_777_216.0;
    if width == 1 && by_line.values.iter().all(is_label) {
        data.labels.try_reserve_exact(edges.lines.len())?;
        data.labels.extend(rows.map(|row| row[0] as i64));
    } else {
        data.attribute_width = width;
        data.attributes.try_reserve_exact(edges.lines.len().saturating_mul(width))?;
        rows.for_each(|row| data.attributes.extend_from_slice(row));
    }
    Ok(data)
}
