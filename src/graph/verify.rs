//! Looks at every number of a data set that was not built here, in time linear in its size.

use super::GraphRef;
use super::dataset::{Dataset, MAX_CLASSES};
use super::targets::MAX_TARGETS;
use crate::error::{Error, Result, bail, error};
use crate::memory::try_extend;

/// Checks that the columns keep every rule that the functions which add graphs and targets enforce.
pub(super) fn verify(data: &Dataset) -> Result<()> {
    check_offsets(data)?;
    check_lengths(data)?;
    if let Some(graph) = data.y.iter().position(|&y| y as usize >= MAX_CLASSES) {
        bail!(InvalidFile, "graph {graph}: its class is {}, but must be below {MAX_CLASSES}", data.y[graph]);
    }
    finite("edge_weight", &data.edge_weight)?;
    finite("x", &data.x)?;
    let mut cursors = Vec::new();
    for index in 0..data.len() {
        check_graph(data.graph(index), &mut cursors).map_err(|e| e.in_context(format_args!("graph {index}")))?;
    }
    check_targets(data)?;
    check_words(data)
}

/// The tables by which graphs are found.
fn check_offsets(data: &Dataset) -> Result<()> {
    for (name, offsets) in [("node_offsets", &data.node_offsets), ("entry_offsets", &data.entry_offsets)] {
        let needed = data.len() + 1;
        if offsets.len() != needed {
            bail!(InvalidFile, "{name} has {} values, but {needed} are needed", offsets.len());
        }
        if offsets[0] != 0 {
            bail!(InvalidFile, "{name}[0] is {}, not 0", offsets[0]);
        }
        if let Some(at) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
            bail!(InvalidFile, "{name}[{}] is {}, less than {} before it", at + 1, offsets[at + 1], offsets[at]);
        }
    }
    Ok(())
}

/// That every column has as many values as graphs, nodes and entries want. The offsets have been checked.
fn check_lengths(data: &Dataset) -> Result<()> {
    let (graphs, rules, targets) = (data.len(), data.rules, &data.targets);
    let (nodes, entries) = (data.node_offsets[graphs], data.entry_offsets[graphs]);
    let rows = nodes.checked_add(graphs);
    let flag = usize::from;
    let weights = flag(!data.edge_weight.is_empty());
    let attributes = if data.edge_attributes.is_empty() { 0 } else { data.edge_attribute_width };
    let lengths = [
        ("indptr", data.indptr.len(), rows, 1),
        ("indices", data.indices.len(), Some(entries), 1),
        ("edge_weight", data.edge_weight.len(), Some(entries), weights),
        ("edge_labels", data.edge_labels.len(), Some(entries), flag(rules.edge_labels)),
        ("edge_attributes", data.edge_attributes.len(), Some(entries), attributes),
        ("x", data.x.len(), Some(nodes), rules.features),
        ("categories", data.categories.len(), Some(nodes), rules.categories),
        ("node_labels", data.node_labels.len(), Some(nodes), flag(rules.node_labels)),
        ("graph_attributes", data.graph_attributes.len(), Some(graphs), data.graph_attribute_width),
        ("targets", targets.values.len(), Some(graphs), targets.width),
        ("first_words", targets.heads.len(), Some(graphs), targets.length),
    ];
    for (name, length, rows, width) in lengths {
        if Some(length) != rows.and_then(|rows| rows.checked_mul(width)) {
            bail!(
                InvalidFile,
                "{name} has {length} values of {width} a row, which do not fit {graphs} graphs of {nodes} nodes and \
                 {entries} entries"
            );
        }
    }
    Ok(())
}

fn finite(name: &str, values: &[f32]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(error!(InvalidFile, "{name}[{at}] is {}", values[at])),
        None => Ok(()),
    }
}

/// Checks the arrays of a graph. `cursors` is scratch.
fn check_graph(graph: GraphRef<'_>, cursors: &mut Vec<u32>) -> Result<()> {
    let (nodes, entries, indptr) = (graph.nodes(), graph.entries(), graph.indptr());
    if nodes == 0 || nodes > i32::MAX as usize {
        bail!(InvalidFile, "it has {nodes} nodes, but must have from 1 to {}", i32::MAX);
    }
    if indptr[0] != 0 || indptr[nodes] as usize != entries {
        bail!(InvalidFile, "indptr goes from {} to {}, not from 0 to {entries}", indptr[0], indptr[nodes]);
    }
    if let Some(row) = indptr.windows(2).position(|pair| pair[0] > pair[1]) {
        bail!(InvalidFile, "indptr[{}] is {}, less than {} before it", row + 1, indptr[row + 1], indptr[row]);
    }
    for (row, &begin) in indptr[..nodes].iter().enumerate() {
        let (columns, begin) = (graph.neighbours(row), begin as usize);
        let rises = |at: usize| match graph.edge_labels() {
            None => columns[at] < columns[at + 1],
            Some(labels) => (columns[at], labels[begin + at]) < (columns[at + 1], labels[begin + at + 1]),
        };
        if let Some(at) = (1..columns.len()).find(|&at| !rises(at - 1)) {
            bail!(InvalidFile, "row {row}: entry {at} does not come after the one before it");
        }
        if let Some(&last) = columns.last().filter(|&&last| last as usize >= nodes) {
            bail!(InvalidFile, "row {row} has the column {last}, but there are {nodes} nodes");
        }
    }
    if graph.is_directed() { Ok(()) } else { check_symmetry(graph, cursors) }
}

/// Checks that every entry has its mirror image, of the same weight.
///
/// Rows are met in ascending order, so the mirror images within a row, which is sorted, are met one after the other: a
/// cursor a row says which one is next.
fn check_symmetry(graph: GraphRef<'_>, cursors: &mut Vec<u32>) -> Result<()> {
    let (indptr, indices) = (graph.indptr(), graph.indices());
    cursors.clear();
    try_extend(cursors, &indptr[..graph.nodes()])?;
    for row in 0..graph.nodes() {
        for entry in indptr[row] as usize..indptr[row + 1] as usize {
            let column = indices[entry] as usize;
            let mirror = cursors[column] as usize;
            if mirror >= indptr[column + 1] as usize || indices[mirror] as usize != row {
                bail!(InvalidFile, "it is undirected, but there is an entry {row}-{column} without its mirror image");
            }
            if graph.edge_weight().is_some_and(|weights| weights[entry] != weights[mirror]) {
                bail!(InvalidFile, "it is undirected, but the edge {row}-{column} has two weights");
            }
            cursors[column] += 1;
        }
    }
    Ok(())
}

fn check_targets(data: &Dataset) -> Result<()> {
    let targets = &data.targets;
    if targets.width > MAX_TARGETS {
        bail!(InvalidFile, "a graph has {} targets, more than {MAX_TARGETS}", targets.width);
    }
    match targets.values.iter().position(|value| value.is_infinite()) {
        Some(at) => Err(error!(InvalidFile, "targets[{at}] is {}", targets.values[at])),
        None => Ok(()),
    }
}

fn check_words(data: &Dataset) -> Result<()> {
    let targets = &data.targets;
    if targets.length == 0 {
        if targets.vocabulary != 0 || !targets.offsets.is_empty() || !targets.words.is_empty() {
            return Err(Error::new(crate::ErrorKind::InvalidFile, "there are words, but none is to be predicted"));
        }
        return Ok(());
    }
    data.check_sequences(&targets.offsets, targets.words.len(), targets.length, targets.vocabulary)?;
    let (unknown, end) = (targets.vocabulary as u32 - 2, targets.vocabulary as u32 - 1);
    for index in 0..data.len() {
        let (own, heads) = (data.sequence(index), data.sequence_heads(index));
        let wanted = own.iter().map(|&word| word.min(unknown)).chain(std::iter::repeat(end));
        if own.contains(&end) || heads.iter().zip(wanted).any(|(&head, wanted)| head != wanted) {
            bail!(InvalidFile, "graph {index}: its words are not those to be predicted");
        }
    }
    Ok(())
}
