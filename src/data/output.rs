//! What the writers of text formats share: a folder that appears as a whole, which edges to list, whether graphs have
//! classes, and weights that have no place.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::{Error, Result, bail};
use crate::graph::{Dataset, GraphRef};

/// Writes a folder by `write`, which is given where: a new one, or one that is there and empty. It appears as a whole
/// or not at all, being written beside its place and then renamed.
pub(super) fn write_folder(folder: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    let failed = |e: io::Error| Error::io(folder, &e);
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(false) => {}
        Ok(true) => bail!(Io, "{}: it is there already and not empty", folder.display()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(failed(e)),
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(parent).map_err(|e| Error::io(parent, &e))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".diffpool-").suffix(".tmp");
    // Without this the folder would be its owner's alone; the process's mask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let scratch = builder.tempdir_in(parent).map_err(failed)?;
    write(scratch.path()).map_err(failed)?;
    fs::rename(scratch.path(), folder).map_err(failed)?;
    // It is no longer where it would be removed from.
    let _ = scratch.keep();
    // All is written. File systems that cannot sync a folder say so in many ways.
    let _ = File::open(parent).and_then(|parent| parent.sync_all());
    Ok(())
}

/// Whether the graphs are of classes. Where they are all of class 0 without a name, none was given.
pub(super) fn has_classes(dataset: &Dataset) -> bool {
    let named = dataset.sequence_length() == 0 && !dataset.description().class_names.is_empty();
    named || (0..dataset.len()).any(|index| dataset.y(index) > 0)
}

/// The first weight of a graph that is not 1, of an edge or in the loss, where a format has no place for it.
pub(super) fn fault_of_weights(dataset: &Dataset, index: usize) -> Option<String> {
    let (weights, of_graph) = (dataset.graph(index).edge_weight().unwrap_or(&[]), dataset.graph_weight(index));
    if let Some(weight) = weights.iter().find(|&&weight| weight != 1.0) {
        return Some(format!("graph {index} has an edge of weight {weight}"));
    }
    (of_graph != 1.0).then(|| format!("graph {index} has the weight {of_graph} in the loss"))
}

/// The entries to list, each with its row: of an undirected graph one of every edge, unless `same` says that the two
/// ways of any edge differ.
pub(super) fn listed(graph: GraphRef<'_>, same: impl Fn(usize, usize) -> bool) -> Result<Vec<(usize, usize)>> {
    let mut entries = Vec::new();
    entries.try_reserve_exact(graph.entries())?;
    let row = |row: usize| (graph.indptr()[row] as usize..graph.indptr()[row + 1] as usize).map(move |e| (row, e));
    entries.extend((0..graph.nodes()).flat_map(row));
    if graph.is_directed() {
        return Ok(entries);
    }
    let mut alike = true;
    for &(row, entry) in &entries {
        match mirror(graph, row, entry) {
            Some(other) => alike &= same(entry, other),
            None => {
                let (column, label) = (graph.indices()[entry], graph.edge_labels().map_or(0, |labels| labels[entry]));
                bail!(Unsupported, "edge {row}-{column} has label {label} one way and not the other");
            }
        }
    }
    if alike {
        entries.retain(|&(row, entry)| row <= graph.indices()[entry] as usize);
    }
    Ok(entries)
}

/// The entry of the same edge seen from its other end.
fn mirror(graph: GraphRef<'_>, row: usize, entry: usize) -> Option<usize> {
    let column = graph.indices()[entry] as usize;
    let begin = graph.indptr()[column] as usize;
    let neighbours = graph.neighbours(column);
    let first = begin + neighbours.partition_point(|&node| (node as usize) < row);
    let end = begin + neighbours.partition_point(|&node| node as usize <= row);
    match graph.edge_labels() {
        None => (first < end).then_some(first),
        Some(labels) => (first..end).find(|&other| labels[other] == labels[entry]),
    }
}
