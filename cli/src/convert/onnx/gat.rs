//! The convolution `gat`: every head has an axis of its own in front of that of the nodes.

use super::arithmetic::LOWEST;
use super::graph::{Graph, Value, float};
use super::level::{Level, of_relation};
use crate::failure::Result;

/// Slope of the scores below 0.
const SLOPE: f32 = 0.2;

/// The convolution; the heads of the `last` one of a stack are averaged, those of others lie side by side.
pub fn attend(graph: &mut Graph<'_>, level: &mut Level, (path, last): (&str, bool), x: &Value) -> Result<Value> {
    let mut sum = graph.weight(&format!("{path}.bias"))?;
    for relation in 0..level.adjacency.len() {
        let of_heads = heads(graph, level, (path, relation), x)?;
        let joined = if last {
            graph.mean(&of_heads, -3, false)
        } else {
            let columns = graph.model().tensor(&of_relation(path, "weight", relation))?.0[1];
            let by_node = graph.permuted(&of_heads, &[1, 0, 2]);
            graph.reshaped(&by_node, &[0, columns as i64])
        };
        sum = graph.add(&sum, &joined);
    }
    Ok(sum)
}

/// What every head gives, `[heads, n, width]`.
fn heads(graph: &mut Graph<'_>, level: &Level, (path, relation): (&str, usize), x: &Value) -> Result<Value> {
    let name = |name| of_relation(path, name, relation);
    let (shape, _) = graph.model().tensor(&name("attention_dst"))?;
    let weight = graph.weight(&name("weight"))?;
    let h = graph.matmul(x, &weight);
    let h = graph.reshaped(&h, &[0, shape[0] as i64, shape[1] as i64]);
    let h = graph.permuted(&h, &[1, 0, 2]);
    let mut scores = Vec::new();
    for name in [name("attention_dst"), name("attention_src")] {
        let vector = graph.weight(&name)?;
        let vector = graph.unsqueeze(&vector, -2);
        let products = graph.mul(&h, &vector);
        scores.push(graph.sum(&products, -1, true));
    }
    let [looks, is_seen] = [&scores[0], &scores[1]];
    let own = graph.add(looks, is_seen);
    let own = graph.op_with("LeakyRelu", &[&own], vec![float("alpha", SLOPE)]);
    let is_seen = graph.permuted(is_seen, &[0, 2, 1]);
    let mut pairs = graph.add(looks, &is_seen);
    let adjacency = &level.adjacency[relation];
    if let Some(channels) = &level.channels {
        let of_edges = edge_scores(graph, (path, adjacency), channels)?;
        pairs = graph.add(&pairs, &of_edges);
    }
    let pairs = graph.op_with("LeakyRelu", &[&pairs], vec![float("alpha", SLOPE)]);

    let counts = counts(graph, adjacency);
    let counts = graph.unsqueeze(&counts, -3);
    let pairs = graph.or_number(&counts, &pairs, LOWEST);
    let largest = graph.largest(&pairs, -1, true);
    let largest = graph.larger(&largest, &own);
    let mut shares = Vec::new();
    for score in [&pairs, &own] {
        let below = graph.sub(score, &largest);
        shares.push(graph.op("Exp", &[&below]));
    }
    let times = graph.op("Relu", &[adjacency]);
    let times = graph.unsqueeze(&times, -3);
    let pairs = graph.mul(&times, &shares[0]);
    let of_others = graph.sum(&pairs, -1, true);
    let total = graph.add(&of_others, &shares[1]);
    let of_others = graph.matmul(&pairs, &h);
    let of_itself = graph.mul(&shares[1], &h);
    let sum = graph.add(&of_others, &of_itself);
    Ok(graph.div(&sum, &total))
}

/// Which weights count.
fn counts(graph: &mut Graph<'_>, adjacency: &Value) -> Value {
    let least = graph.number(f32::MIN_POSITIVE);
    graph.op("GreaterOrEqual", &[adjacency, &least])
}

/// What the features of the edges, which `channels` are times their weights, add to the scores, `[heads, n, n]`.
fn edge_scores(graph: &mut Graph<'_>, (path, adjacency): (&str, &Value), channels: &Value) -> Result<Value> {
    let counted = counts(graph, adjacency);
    let weights = graph.or_number(&counted, adjacency, 1.0);
    let (weights, counted) = (graph.unsqueeze(&weights, -1), graph.unsqueeze(&counted, -1));
    let features = graph.div(channels, &weights);
    let features = graph.or_number(&counted, &features, 0.0);
    let vectors = graph.weight(&format!("{path}.attention_edge"))?;
    let vectors = graph.op("Transpose", &[&vectors]);
    let scores = graph.matmul(&features, &vectors);
    Ok(graph.permuted(&scores, &[2, 0, 1]))
}
