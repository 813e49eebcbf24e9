//! The convolutions, by the formulas of docs/model.md.

use diffpool::config::{Config, Conv};

use super::arithmetic::LOWEST;
use super::gat;
use super::graph::{Graph, Value};
use super::level::{Level, Propagation, of_relation};
use crate::failure::Result;

/// A convolution whose tensors have names that begin with `path`. The `last` one of a stack may be another than those
/// before.
pub fn convolve(
    graph: &mut Graph<'_>,
    level: &mut Level,
    (path, conv, last): (&str, Conv, bool),
    x: &Value,
) -> Result<Value> {
    match conv {
        Conv::Sage => linear(graph, level, (path, "weight_rel", Propagation::Mean), x),
        Conv::GraphConv => linear(graph, level, (path, "weight_rel", Propagation::Raw), x),
        Conv::Gcn => linear(graph, level, (path, "weight", Propagation::Symmetric), x),
        Conv::GcnSelf => linear(graph, level, (path, "weight", Propagation::SelfLoop), x),
        Conv::GcnMean => linear(graph, level, (path, "weight", Propagation::Mean), x),
        Conv::GcnRaw => linear(graph, level, (path, "weight", Propagation::Raw), x),
        Conv::SageMax => sage_max(graph, level, path, x),
        Conv::Gin => gin(graph, level, path, x),
        Conv::Gine => gine(graph, level, path, x),
        Conv::Gat => gat::attend(graph, level, (path, last), x),
        Conv::Structure2vec => structure2vec(graph, level, path, x),
    }
}

/// `sum_r Â_r x W_r`, multiplied in the order that takes less.
fn terms(
    graph: &mut Graph<'_>,
    level: &mut Level,
    (path, name, by): (&str, &str, Propagation),
    x: &Value,
) -> Result<Value> {
    let mut parts = Vec::new();
    for relation in 0..level.adjacency.len() {
        let name = of_relation(path, name, relation);
        let narrows = matches!(graph.model().tensor(&name)?.0[..], [f_in, f_out] if f_out < f_in);
        let weight = graph.weight(&name)?;
        parts.push(if narrows {
            let transformed = graph.matmul(x, &weight);
            level.propagate(graph, by, relation, &transformed)
        } else {
            let propagated = level.propagate(graph, by, relation, x);
            graph.matmul(&propagated, &weight)
        });
    }
    Ok(graph.total(&parts))
}

/// `x W_root + b`, or `b` alone, added to `sum`.
fn with_root(graph: &mut Graph<'_>, path: &str, x: &Value, mut sum: Value) -> Result<Value> {
    let root = format!("{path}.weight_root");
    if graph.has(&root) {
        let weight = graph.weight(&root)?;
        let own = graph.matmul(x, &weight);
        sum = graph.add(&sum, &own);
    }
    let bias = graph.weight(&format!("{path}.bias"))?;
    Ok(graph.add(&sum, &bias))
}

fn linear(
    graph: &mut Graph<'_>,
    level: &mut Level,
    (path, name, by): (&str, &str, Propagation),
    x: &Value,
) -> Result<Value> {
    let mut sum = terms(graph, level, (path, name, by), x)?;
    if let Some(channels) = level.channels.clone() {
        let mut features = graph.sum(&channels, -2, false);
        if by == Propagation::Mean {
            let degree = level.scale(graph, by, 0);
            features = graph.div(&features, &degree);
        }
        let weight = graph.weight(&format!("{path}.weight_edge"))?;
        let term = graph.matmul(&features, &weight);
        sum = graph.add(&sum, &term);
    }
    with_root(graph, path, x, sum)
}

/// The largest of `a_ij x_j`, which takes `n` numbers for every value of `x`.
fn sage_max(graph: &mut Graph<'_>, level: &mut Level, path: &str, x: &Value) -> Result<Value> {
    let mut parts = Vec::new();
    for (relation, adjacency) in level.adjacency.clone().iter().enumerate() {
        let (each, neighbours) = (graph.unsqueeze(adjacency, -1), graph.unsqueeze(x, -3));
        let products = graph.mul(&each, &neighbours);
        let joined = graph.is_not_zero(&each);
        let products = graph.or_number(&joined, &products, LOWEST);
        let largest = graph.largest(&products, -2, false);
        let joined = graph.indicator(&joined);
        let any = graph.largest(&joined, -2, false);
        let any = graph.is_not_zero(&any);
        let largest = graph.or_number(&any, &largest, 0.0);
        let weight = graph.weight(&of_relation(path, "weight_rel", relation))?;
        parts.push(graph.matmul(&largest, &weight));
    }
    let sum = graph.total(&parts);
    with_root(graph, path, x, sum)
}

/// `(1 + eps) x`.
fn own(graph: &mut Graph<'_>, path: &str, x: &Value) -> Result<Value> {
    let name = format!("{path}.epsilon");
    if graph.has(&name) {
        let epsilon = graph.weight(&name)?;
        let own = graph.plus(&epsilon, 1.0);
        return Ok(graph.mul(&own, x));
    }
    let epsilon = graph.model().config().gin_epsilon as f32;
    Ok(graph.times(x, 1.0 + epsilon))
}

/// The activation and the second layer of the perceptron.
fn finish(graph: &mut Graph<'_>, path: &str, hidden: &Value) -> Result<Value> {
    let hidden = graph.activation(graph.model().config().activation, hidden);
    graph.linear(&hidden, &format!("{path}.weight_out"), &format!("{path}.bias_out"))
}

fn gin(graph: &mut Graph<'_>, level: &mut Level, path: &str, x: &Value) -> Result<Value> {
    let own = own(graph, path, x)?;
    let hidden = if level.adjacency.len() == 1 {
        let sum = level.propagate(graph, Propagation::Raw, 0, x);
        let sum = graph.add(&sum, &own);
        graph.linear(&sum, &format!("{path}.weight"), &format!("{path}.bias"))?
    } else {
        let sum = terms(graph, level, (path, "weight", Propagation::Raw), x)?;
        with_root(graph, path, &own, sum)?
    };
    finish(graph, path, &hidden)
}

/// The messages take `n` numbers for every value of `x`.
fn gine(graph: &mut Graph<'_>, level: &mut Level, path: &str, x: &Value) -> Result<Value> {
    let bias = graph.weight(&format!("{path}.bias_edge"))?;
    let shifted = graph.add(x, &bias);
    let (each, neighbours) = (graph.unsqueeze(&level.adjacency[0], -1), graph.unsqueeze(&shifted, -3));
    let mut messages = graph.mul(&each, &neighbours);
    if let Some(channels) = &level.channels {
        let weight = graph.weight(&format!("{path}.weight_edge"))?;
        let of_edges = graph.matmul(channels, &weight);
        messages = graph.add(&messages, &of_edges);
    }
    let rectified = graph.op("Relu", &[&messages]);
    let sum = graph.sum(&rectified, -2, false);
    let own = own(graph, path, x)?;
    let sum = graph.add(&sum, &own);
    let hidden = graph.linear(&sum, &format!("{path}.weight"), &format!("{path}.bias"))?;
    finish(graph, path, &hidden)
}

fn structure2vec(graph: &mut Graph<'_>, level: &mut Level, path: &str, x: &Value) -> Result<Value> {
    let Config { activation, s2v_iterations: iterations, .. } = **graph.model().config();
    let start = graph.linear(x, &format!("{path}.weight_root"), &format!("{path}.bias"))?;
    let mut state = graph.activation(activation, &start);
    for _ in 1..iterations {
        let sum = terms(graph, level, (path, "weight_rel", Propagation::Raw), &state)?;
        let sum = graph.add(&start, &sum);
        state = graph.activation(activation, &sum);
    }
    Ok(state)
}
