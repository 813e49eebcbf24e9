//! Looks at every number of a data set that was not built here, in time linear in its size.

use super::columns::Unit;
use super::dataset::Dataset;
use super::limits::{MAX_CLASSES, MAX_TARGETS, MAX_WEIGHT, is_weight};
use super::view::GraphRef;
use crate::control;
use crate::error::{Error, Result, bail, error};
use crate::memory::try_extend;

/// Checks that the columns keep every rule that the functions which add graphs and targets enforce.
pub(super) fn verify(data: &Dataset) -> Result<()> {
    check_offsets(data)?;
    check_lengths(data)?;
    data.description.check_names(data.names())?;
    let columns = &data.columns;
    if let Some(graph) = columns.y.iter().position(|&y| y as usize >= MAX_CLASSES) {
        bail!(InvalidFile, "graph {graph}: its class is {}, but must be below {MAX_CLASSES}", columns.y[graph]);
    }
    if let Some(graph) = columns.graph_weights.iter().position(|&weight| !is_weight(weight)) {
        let weight = columns.graph_weights[graph];
        bail!(InvalidFile, "graph {graph}: its weight is {weight}, but must be from 0 to {MAX_WEIGHT:?}");
    }
    finite("edge_weight", &columns.edge_weight)?;
    finite("x", &columns.x)?;
    let mut cursors = Vec::new();
    for index in 0..data.len() {
        control::go_on()?;
        check_graph(data.graph(index), &mut cursors).map_err(|e| e.in_context(format_args!("graph {index}")))?;
    }
    check_targets(data)?;
    check_words(data)?;
    data.check_ids()
}

/// The tables by which graphs are found.
fn check_offsets(data: &Dataset) -> Result<()> {
    for (name, offsets) in
        [("node_offsets", &data.columns.node_offsets), ("entry_offsets", &data.columns.entry_offsets)]
    {
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

/// Checks that every column has as many values as graphs, nodes and entries want. The offsets have been checked.
fn check_lengths(data: &Dataset) -> Result<()> {
    let (graphs, columns) = (data.len(), &data.columns);
    let (nodes, entries) = (columns.node_offsets[graphs], columns.entry_offsets[graphs]);
    for (info, column) in columns.each() {
        let rows = match info.unit {
            // Offsets have been checked or are checked with the words and ids.
            Unit::GraphStart | Unit::Word | Unit::IdByte => continue,
            Unit::NodeStart => nodes.checked_add(graphs),
            Unit::Graph => Some(graphs),
            Unit::Node => Some(nodes),
            Unit::Entry => Some(entries),
        };
        let (name, length, width) = (info.name, column.len(), info.width(&data.description, column));
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
    let (width, targets) = (data.target_width(), &data.columns.targets);
    if width > MAX_TARGETS {
        bail!(InvalidFile, "a graph has {width} targets, more than {MAX_TARGETS}");
    }
    match targets.iter().position(|value| value.is_infinite()) {
        Some(at) => Err(error!(InvalidFile, "targets[{at}] is {}", targets[at])),
        None => Ok(()),
    }
}

fn check_words(data: &Dataset) -> Result<()> {
    let (offsets, words) = (&data.columns.word_offsets, &data.columns.words);
    let (length, vocabulary) = (data.sequence_length(), data.vocabulary());
    if length == 0 {
        if vocabulary != 0 || !offsets.is_empty() || !words.is_empty() {
            return Err(Error::new(crate::ErrorKind::InvalidFile, "there are words, but none is to be predicted"));
        }
        return Ok(());
    }
    data.check_sequences(offsets, words.len(), length, vocabulary)?;
    let (unknown, end) = (vocabulary as u32 - 2, vocabulary as u32 - 1);
    for index in 0..data.len() {
        let (own, heads) = (data.sequence(index), data.sequence_heads(index));
        let wanted = own.iter().map(|&word| word.min(unknown)).chain(std::iter::repeat(end));
        if own.contains(&end) || heads.iter().zip(wanted).any(|(&head, wanted)| head != wanted) {
            bail!(InvalidFile, "graph {index}: its words are not those to be predicted");
        }
    }
    Ok(())
}
