//! The levels of the network, from features to logits.

use diffpool::config::{Config, FinalAdjacency, PooledAdjacency, ReadoutLevels};
use diffpool::model::Decoding;

use super::features::features;
use super::graph::{Graph, Value, int};
use super::inputs;
use super::level::{Level, inverse_root};
use super::proto::Size;
use super::readout::{Rows, read_out};
use super::stack::Stack;
use crate::failure::Result;

/// Writes the whole network, with its inputs and outputs.
pub fn write(graph: &mut Graph<'_>) -> Result<()> {
    let (inputs, mut level) = inputs::declare(graph);
    let mut x = features(graph, &inputs, &level)?;
    let config: &Config = graph.model().config();
    let depth = config.clusters.len();
    let mut read = Vec::new();
    let mut assignments = Vec::new();
    for index in 0..=depth {
        let z = embedding(config, index).run(graph, &mut level, &x)?;
        let mut next = None;
        if index < depth {
            let s = assign(graph, &mut level, index, &x)?;
            next = Some(pool(graph, &level, index, (&s, &z)));
            assignments.push(s);
        }
        let path = format!("levels.{index}.readout");
        match (config.readout_levels, &next) {
            (ReadoutLevels::Last, Some(_)) => {}
            (ReadoutLevels::Pooled, Some((pooled, _))) => {
                read.push(read_out(graph, &Rows { path, z: pooled, mask: None, are_nodes: false })?);
            }
            _ => {
                let (mask, are_nodes) = (level.mask.as_ref(), level.is_first);
                read.push(read_out(graph, &Rows { path, z: &z, mask, are_nodes })?);
            }
        }
        if let Some(next) = next {
            (x, level) = next;
        }
    }
    graph.enter("head");
    let embedding = graph.concat(&read);
    let logits = head(graph, config, &embedding)?;
    outputs(graph, &logits, &embedding, &assignments);
    Ok(())
}

/// The stack that gives the embedding of a level.
fn embedding(config: &Config, index: usize) -> Stack {
    let after_pooling = index > 0 && index == config.clusters.len();
    Stack {
        path: format!("levels.{index}.embed"),
        conv: config.embed_conv,
        layers: if after_pooling { config.final_layers } else { config.embed_layers },
        end: config.embed_final,
    }
}

/// The learned assignment of a level, `[n, k]`, rows of 0 for padding.
fn assign(graph: &mut Graph<'_>, level: &mut Level, index: usize, x: &Value) -> Result<Value> {
    let config: &Config = graph.model().config();
    let stack = Stack {
        path: format!("levels.{index}.assign"),
        conv: config.assign_conv,
        layers: config.assign_layers,
        end: config.assign_final,
    };
    let mut logits = stack.run(graph, level, x)?;
    if config.temperature != 1.0 {
        logits = graph.times(&logits, (1.0 / config.temperature) as f32);
    }
    let mut s = graph.softmax(&logits, -1);
    if config.hard_assignment {
        let largest = graph.op_with("ArgMax", &[&s], vec![int("axis", -1), int("keepdims", 1)]);
        let clusters = graph.count_up(&s);
        let own = graph.op("Equal", &[&clusters, &largest]);
        s = graph.indicator(&own);
    }
    Ok(match &level.mask {
        Some(mask) => graph.or_number(&mask.rows, &s, 0.0),
        None => s,
    })
}

/// The graph of the clusters: `S^T Z`, and `S^T A S` of every relation.
fn pool(graph: &mut Graph<'_>, level: &Level, index: usize, (s, z): (&Value, &Value)) -> (Value, Level) {
    graph.enter(format!("levels.{index}.pool"));
    let config: &Config = graph.model().config();
    let clusters = config.clusters[index] as usize;
    let by_cluster = graph.permuted(s, &[1, 0]);
    let x = graph.matmul(&by_cluster, z);
    if config.final_adjacency == FinalAdjacency::Full && index + 1 == config.clusters.len() {
        let ones = vec![1.0; clusters * clusters];
        let ones = graph.floats("full_adjacency", &[clusters, clusters], &ones);
        return (x, Level::new(vec![ones], None, None, false));
    }
    let mut adjacency = Vec::new();
    for relation in &level.adjacency {
        let gathered = graph.matmul(relation, s);
        let pooled = graph.matmul(&by_cluster, &gathered);
        adjacency.push(match config.pooled_adjacency {
            PooledAdjacency::Plain => pooled,
            PooledAdjacency::Normalized => normalized(graph, &pooled),
        });
    }
    let channels = level.channels.as_ref().map(|channels| {
        let by_channel = graph.permuted(channels, &[2, 0, 1]);
        let (s, by_cluster) = (graph.unsqueeze(s, -3), graph.unsqueeze(&by_cluster, -3));
        let gathered = graph.matmul(&by_channel, &s);
        let pooled = graph.matmul(&by_cluster, &gathered);
        graph.permuted(&pooled, &[1, 2, 0])
    });
    (x, Level::new(adjacency, channels, None, false))
}

/// The pooled adjacency without its diagonal, and divided by the roots of the degrees.
fn normalized(graph: &mut Graph<'_>, pooled: &Value) -> Value {
    let (own, zero) = (graph.is_diagonal(pooled), graph.number(0.0));
    let others = graph.either(&own, &zero, pooled);
    let degree = graph.sum(&others, -1, true);
    let scale = inverse_root(graph, &degree);
    let scaled = graph.mul(&scale, &others);
    let columns = graph.permuted(&scale, &[1, 0]);
    graph.mul(&scaled, &columns)
}

fn head(graph: &mut Graph<'_>, config: &Config, input: &Value) -> Result<Value> {
    let mut x = input.clone();
    for layer in 0..=config.head_hidden.len() {
        if layer > 0 {
            x = graph.activation(config.activation, &x);
        }
        x = graph.linear(&x, &format!("head.{layer}.weight"), &format!("head.{layer}.bias"))?;
    }
    Ok(x)
}

fn outputs(graph: &mut Graph<'_>, logits: &Value, embedding: &Value, assignments: &[Value]) {
    let (outputs, config) = (graph.model().outputs(), graph.model().config());
    let number = |length: usize| Size::Number(length as i64);
    let (mut logits, mut axes) = (logits.clone(), vec![number(outputs.targets)]);
    match outputs.decoding() {
        // A target of classes is the only one, but for words.
        Decoding::Classes(classes) if outputs.targets == 1 => axes = vec![number(classes)],
        Decoding::Classes(classes) => {
            axes.push(number(classes));
            logits = graph.reshaped(&logits, &[outputs.targets as i64, classes as i64]);
        }
        Decoding::Label | Decoding::Number => {}
    }
    graph.output("logits", &logits, &axes, "one a class, a label or a number, as the task is");
    match outputs.decoding() {
        Decoding::Classes(_) => {
            let probabilities = graph.softmax(&logits, -1);
            graph.output("probabilities", &probabilities, &axes, "softmax of the logits of every target");
        }
        Decoding::Label => {
            let probabilities = graph.op("Sigmoid", &[&logits]);
            graph.output("probabilities", &probabilities, &axes, "sigmoid of every logit");
        }
        Decoding::Number => {}
    }
    let width = graph.model().network().embedding_width();
    graph.output("embedding", embedding, &[number(width)], "what represents the graph: the readouts of its levels");
    let mut nodes = graph.nodes_axis();
    for (index, (assignment, &clusters)) in assignments.iter().zip(&config.clusters).enumerate() {
        let clusters = number(clusters as usize);
        let axes = [std::mem::replace(&mut nodes, clusters.clone()), clusters];
        graph.output(&format!("assignment_{index}"), assignment, &axes, "share of every node in every cluster");
    }
}
