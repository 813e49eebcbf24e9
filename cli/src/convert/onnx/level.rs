//! The graph that the layers of a level see, and how features go along its edges.

use std::collections::BTreeMap;

use super::graph::{Graph, Value};

/// What tells nodes of a batch from padding.
#[derive(Debug, Clone)]
pub struct Mask {
    /// `[N]`, true for nodes.
    pub nodes: Value,
    /// The same as `[N, 1]`.
    pub rows: Value,
}

/// How a convolution that is linear sees the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Propagation {
    /// As they are.
    Raw,
    /// Rows divided by their sums, or by 1 where these are less.
    Mean,
    /// With self-loops, scaled from both sides.
    Symmetric,
    /// With self-loops.
    SelfLoop,
}

/// A level of `n` nodes.
pub struct Level {
    /// `[n, n]` for every relation.
    pub adjacency: Vec<Value>,
    /// The features of the edges times their weights, `[n, n, c]`.
    pub channels: Option<Value>,
    /// What tells nodes from padding; none where all are nodes.
    pub mask: Option<Mask>,
    /// Whether nothing was pooled into the level.
    pub is_first: bool,
    /// What rows are divided by, or multiplied with, `[n, 1]`, of a relation.
    scales: BTreeMap<(usize, Propagation), Value>,
}

impl Level {
    pub fn new(adjacency: Vec<Value>, channels: Option<Value>, mask: Option<Mask>, is_first: bool) -> Self {
        Self { adjacency, channels, mask, is_first, scales: BTreeMap::new() }
    }

    /// `Â_r x`.
    pub fn propagate(&mut self, graph: &mut Graph<'_>, by: Propagation, relation: usize, x: &Value) -> Value {
        let adjacency = self.adjacency[relation].clone();
        match by {
            Propagation::Raw => graph.matmul(&adjacency, x),
            Propagation::Mean => {
                let (sum, degree) = (graph.matmul(&adjacency, x), self.scale(graph, by, relation));
                graph.div(&sum, &degree)
            }
            Propagation::Symmetric => {
                let scale = self.scale(graph, by, relation);
                let scaled = graph.mul(&scale, x);
                let sum = graph.matmul(&adjacency, &scaled);
                let sum = graph.add(&sum, &scaled);
                graph.mul(&scale, &sum)
            }
            Propagation::SelfLoop => {
                let sum = graph.matmul(&adjacency, x);
                graph.add(&sum, x)
            }
        }
    }

    /// What the mean divides by, or what the symmetric form multiplies with, `[n, 1]`.
    pub fn scale(&mut self, graph: &mut Graph<'_>, by: Propagation, relation: usize) -> Value {
        if let Some(known) = self.scales.get(&(relation, by)) {
            return known.clone();
        }
        let sum = graph.sum(&self.adjacency[relation], -1, true);
        let one = graph.number(1.0);
        let scale = match by {
            Propagation::Symmetric => {
                let degree = graph.add(&sum, &one);
                inverse_root(graph, &degree)
            }
            _ => graph.larger(&sum, &one),
        };
        self.scales.insert((relation, by), scale.clone());
        scale
    }
}

/// `x^-1/2`, and 0 where `x` is not above 0.
pub fn inverse_root(graph: &mut Graph<'_>, x: &Value) -> Value {
    let zero = graph.number(0.0);
    let positive = graph.op("Greater", &[x, &zero]);
    let root = graph.op("Sqrt", &[x]);
    let inverse = graph.op("Reciprocal", &[&root]);
    graph.either(&positive, &inverse, &zero)
}

/// The name of a tensor that each relation has.
pub fn of_relation(path: &str, name: &str, relation: usize) -> String {
    if relation == 0 { format!("{path}.{name}") } else { format!("{path}.{name}.{relation}") }
}
