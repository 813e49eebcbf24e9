//! One graph as the arrays of a C caller.

use super::arguments::{optional, slice};
use crate::error::{Result, bail, error};
use crate::graph::{EdgeInput, GraphInput, GraphRules};

/// The edge arrays of a C caller, with the length that each is said to have.
pub(super) enum Edges {
    Csr { entries: usize, indptr: *const i64, indices: *const i32 },
    List { edges: usize, sources: *const i32, targets: *const i32 },
}

impl Edges {
    fn count(&self) -> usize {
        match *self {
            Self::Csr { entries, .. } => entries,
            Self::List { edges, .. } => edges,
        }
    }
}

/// Borrows the arrays of a graph with the lengths that `rules` and the counts imply; their values are not yet checked.
///
/// # Safety
///
/// Each pointer is NULL or points to as many values as the header says, which outlive `'a` unchanged.
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn read_graph<'a>(
    rules: GraphRules,
    nodes: usize,
    edges: Edges,
    edge_weight: *const f32,
    edge_labels: *const i64,
    x: *const f32,
    categories: *const i32,
    node_labels: *const i64,
) -> Result<GraphInput<'a>> {
    let values = nodes
        .checked_mul(rules.features)
        .ok_or_else(|| error!(InvalidGraph, "{nodes} nodes times {} features overflows", rules.features))?;
    let named = nodes
        .checked_mul(rules.categories)
        .ok_or_else(|| error!(InvalidGraph, "{nodes} nodes times {} categories overflows", rules.categories))?;
    if rules.node_labels && node_labels.is_null() {
        bail!(NullPointer, "node_labels is NULL, but the nodes have labels");
    }
    if rules.edge_labels && edge_labels.is_null() && edges.count() > 0 {
        bail!(NullPointer, "edge_labels is NULL, but the edges have labels");
    }
    // SAFETY: the caller promises it.
    unsafe {
        let (count, edges) = match edges {
            Edges::Csr { entries, indptr, indices } => {
                let rows = nodes.checked_add(1).ok_or_else(|| error!(InvalidGraph, "{nodes} nodes are too many"))?;
                let (indptr, indices) = (slice(indptr, rows, "indptr")?, slice(indices, entries, "indices")?);
                (entries, EdgeInput::Csr { indptr, indices })
            }
            Edges::List { edges, sources, targets } => {
                let (sources, targets) = (slice(sources, edges, "sources")?, slice(targets, edges, "targets")?);
                (edges, EdgeInput::List { sources, targets })
            }
        };
        Ok(GraphInput {
            edge_weight: optional(edge_weight, count, "edge_weight")?,
            x: Some(slice(x, values, "x")?),
            categories: Some(slice(categories, named, "categories")?),
            node_labels: optional(node_labels, nodes, "node_labels")?,
            edge_labels: optional(edge_labels, count, "edge_labels")?,
            ..GraphInput::new(nodes, edges)
        })
    }
}
