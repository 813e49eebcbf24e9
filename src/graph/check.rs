//! Looks at every number of a graph that is given as flat arrays.

use super::input::{EdgeInput, GraphInput, GraphRules};
use crate::control;
use crate::error::{Result, bail, error};

/// Checks that the arrays are those that `rules` ask for and fit together, and that every number can be used.
pub(super) fn check(input: &GraphInput<'_>, rules: GraphRules) -> Result<()> {
    check_nodes(input, rules)?;
    control::go_on()?;
    check_edges(input)?;
    control::go_on()?;
    check_edge_labels(input, rules)?;
    check_edge_attributes(input, rules)
}

fn check_nodes(input: &GraphInput<'_>, rules: GraphRules) -> Result<()> {
    let nodes = input.nodes;
    if nodes == 0 {
        bail!(InvalidGraph, "the graph has no nodes");
    }
    if nodes > i32::MAX as usize {
        bail!(InvalidGraph, "the graph has {nodes} nodes, more than the {} supported", i32::MAX);
    }
    let given = input.x.map_or(0, <[f32]>::len);
    let wanted = nodes
        .checked_mul(rules.features)
        .ok_or_else(|| error!(InvalidGraph, "{nodes} nodes times {} features overflows", rules.features))?;
    if given != wanted {
        bail!(ShapeMismatch, "x has {given} values, but {nodes} nodes with {} features need {wanted}", rules.features);
    }
    if let Some(at) = input.x.and_then(|x| x.iter().position(|v| !v.is_finite())) {
        let value = input.x.map_or(0.0, |x| x[at]);
        bail!(InvalidGraph, "x[{}, {}] is {value}", at / rules.features, at % rules.features);
    }
    check_categories(input, rules)?;
    match input.node_labels {
        None if rules.node_labels => bail!(InvalidGraph, "the graph has no node labels, but they are required"),
        Some(_) if !rules.node_labels => {
            bail!(InvalidGraph, "the graph has node labels, but none are expected")
        }
        Some(labels) if labels.len() != nodes => {
            bail!(ShapeMismatch, "node_labels has {} values, but the graph has {nodes} nodes", labels.len())
        }
        _ => Ok(()),
    }
}

fn check_categories(input: &GraphInput<'_>, rules: GraphRules) -> Result<()> {
    let (nodes, columns) = (input.nodes, rules.categories);
    let given = input.categories.map_or(0, <[i32]>::len);
    let wanted = nodes
        .checked_mul(columns)
        .ok_or_else(|| error!(InvalidGraph, "{nodes} nodes times {columns} categories overflows"))?;
    if given != wanted {
        bail!(
            ShapeMismatch,
            "categories has {given} values, but {nodes} nodes with {columns} categories need {wanted}"
        );
    }
    Ok(())
}

fn check_edges(input: &GraphInput<'_>) -> Result<()> {
    let nodes = input.nodes;
    let check_index = |name: &str, at: usize, index: i32| {
        if index < 0 || index as usize >= nodes {
            bail!(InvalidGraph, "{name}[{at}] is {index}, but the graph has {nodes} nodes");
        }
        Ok(())
    };
    match input.edges {
        EdgeInput::Csr { indptr, indices } => {
            check_indptr(nodes, indptr, indices.len())?;
            indices.iter().enumerate().try_for_each(|(at, &i)| check_index("indices", at, i))?;
        }
        EdgeInput::List { from, to } => {
            if from.len() != to.len() {
                bail!(ShapeMismatch, "from has {} values, but to has {}", from.len(), to.len());
            }
            from.iter().enumerate().try_for_each(|(at, &i)| check_index("from", at, i))?;
            to.iter().enumerate().try_for_each(|(at, &i)| check_index("to", at, i))?;
        }
    }
    let Some(weights) = input.edge_weight else { return Ok(()) };
    if weights.len() != input.edges.len() {
        bail!(ShapeMismatch, "edge_weight has {} values, but {} edges are given", weights.len(), input.edges.len());
    }
    match weights.iter().position(|w| !w.is_finite()) {
        Some(at) => Err(error!(InvalidGraph, "edge_weight[{at}] is {}", weights[at])),
        None => Ok(()),
    }
}

fn check_edge_labels(input: &GraphInput<'_>, rules: GraphRules) -> Result<()> {
    let edges = input.edges.len();
    match input.edge_labels {
        None if rules.edge_labels && edges > 0 => {
            bail!(InvalidGraph, "the graph has no edge labels, but they are required")
        }
        Some(_) if !rules.edge_labels => bail!(InvalidGraph, "the graph has edge labels, but none are expected"),
        Some(labels) if labels.len() != edges => {
            bail!(ShapeMismatch, "edge_labels has {} values, but {edges} edges are given", labels.len())
        }
        _ => Ok(()),
    }
}

fn check_edge_attributes(input: &GraphInput<'_>, rules: GraphRules) -> Result<()> {
    let (edges, columns) = (input.edges.len(), rules.edge_attributes);
    let values = input.edge_attributes.unwrap_or(&[]);
    let wanted = edges
        .checked_mul(columns)
        .ok_or_else(|| error!(InvalidGraph, "{edges} edges times {columns} attributes overflows"))?;
    if values.len() != wanted {
        let given = values.len();
        bail!(
            ShapeMismatch,
            "edge_attributes has {given} values, but {edges} edges with {columns} attributes need {wanted}"
        );
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(error!(InvalidGraph, "edge_attributes[{}, {}] is {}", at / columns, at % columns, values[at])),
        None => Ok(()),
    }
}

fn check_indptr(nodes: usize, indptr: &[i64], entries: usize) -> Result<()> {
    if indptr.len() != nodes + 1 {
        bail!(ShapeMismatch, "indptr has {} values, but {nodes} nodes need {}", indptr.len(), nodes + 1);
    }
    if indptr[0] != 0 {
        bail!(InvalidGraph, "indptr[0] is {}, not 0", indptr[0]);
    }
    if let Some(at) = indptr.windows(2).position(|w| w[1] < w[0]) {
        bail!(InvalidGraph, "indptr[{}] is {}, less than indptr[{at}] = {}", at + 1, indptr[at + 1], indptr[at]);
    }
    if indptr[nodes] as u64 != entries as u64 {
        bail!(InvalidGraph, "indptr[{nodes}] is {}, but there are {entries} indices", indptr[nodes]);
    }
    Ok(())
}
