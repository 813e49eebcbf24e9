//! Everything that an explanation says and shows, in numbers. Every format is made from it; as JSON it is itself one.

use diffpool::graph::Dataset;
use diffpool::model::Session;
use serde::Serialize;

use super::layout::plane::{HEIGHT, WIDTH};
use super::layout::{self, Layout};
use super::outputs::{self, Prediction};
use super::pooling::{self, Level};
use crate::failure::Result;

/// An explanation of the prediction of one graph.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    /// `diffpool-explanation`.
    pub format: &'static str,
    pub format_version: u32,
    pub model: ModelPart,
    pub graph: GraphPart,
    pub prediction: Prediction,
    pub drawing: Drawing,
    pub nodes: Nodes,
    /// Every edge once: two nodes and a weight. In a directed graph from the first to the second.
    pub edges: Vec<(u32, u32, f32)>,
    /// Names of the columns of the features.
    pub features: Vec<String>,
    /// The pooling levels.
    pub levels: Vec<Level>,
}

/// What the model is.
#[derive(Debug, Clone, Serialize)]
pub struct ModelPart {
    pub task: String,
    pub preset: String,
    pub pooling_levels: usize,
    pub parameters: usize,
}

/// What the graph is.
#[derive(Debug, Clone, Serialize)]
pub struct GraphPart {
    pub data: String,
    pub index: usize,
    pub nodes: usize,
    pub edges: usize,
    pub directed: bool,
    /// The class that the data set gives, where the model predicts classes.
    pub class: Option<String>,
}

/// The box that places lie in, and the size of nodes.
#[derive(Debug, Clone, Serialize)]
pub struct Drawing {
    pub width: f64,
    pub height: f64,
    pub radius: f64,
}

/// The nodes, column by column.
#[derive(Debug, Clone, Serialize)]
pub struct Nodes {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub label: Option<Vec<i64>>,
}

impl Document {
    /// Predicts graph `index` of a data set and explains it; `wanted` is a class, or the number of a logit.
    pub fn new(session: &mut Session, dataset: &Dataset, index: usize, wanted: Option<&str>) -> Result<Self> {
        let graph = dataset.graph(index);
        session.predict_graph(graph)?;
        let Layout { points, radius } = layout::graph(&neighbours(dataset, index));
        let levels = pooling::levels(session, &points)?;
        let prediction = outputs::prediction(session, &levels, wanted)?;
        let edges = edges(dataset, index);
        let model = session.model();
        let config = model.config();
        Ok(Self {
            format: "diffpool-explanation",
            format_version: 1,
            model: ModelPart {
                task: config.task.name().to_string(),
                preset: config.preset.clone(),
                pooling_levels: model.pooling_levels(),
                parameters: model.parameter_count(),
            },
            graph: GraphPart {
                data: dataset.name().to_string(),
                index,
                nodes: graph.nodes(),
                edges: edges.len(),
                directed: graph.is_directed(),
                class: model.outputs().class_in(dataset, index),
            },
            prediction,
            drawing: Drawing { width: WIDTH, height: HEIGHT, radius },
            nodes: Nodes {
                x: points.iter().map(|p| p.x).collect(),
                y: points.iter().map(|p| p.y).collect(),
                label: graph.node_labels().map(<[i64]>::to_vec),
            },
            edges,
            features: model.column_names(),
            levels,
        })
    }

    /// The importances that are explained.
    pub fn importance(&self) -> &[f32] {
        let Prediction { outputs, explained, .. } = &self.prediction;
        outputs[*explained].importance.as_deref().unwrap_or(&[])
    }

    /// The largest importance of any node, without its sign.
    pub fn largest_importance(&self) -> f64 {
        self.importance().iter().fold(0.0, |largest: f64, v| largest.max(f64::from(v.abs())))
    }

    /// What the picture is of.
    pub fn title(&self) -> String {
        format!("Graph {} of {}", self.graph.index, self.graph.data)
    }
}

/// The neighbours of every node, whatever the direction of the edges; no node is its own.
fn neighbours(dataset: &Dataset, index: usize) -> Vec<Vec<u32>> {
    let graph = dataset.graph(index);
    let mut neighbours = vec![Vec::new(); graph.nodes()];
    for node in 0..graph.nodes() {
        for &other in graph.neighbours(node).iter().filter(|&&other| other as usize != node) {
            neighbours[node].push(other);
            neighbours[other as usize].push(node as u32);
        }
    }
    for own in &mut neighbours {
        own.sort_unstable();
        own.dedup();
    }
    neighbours
}

/// Every edge once; of several between the same nodes the sum of their weights.
fn edges(dataset: &Dataset, index: usize) -> Vec<(u32, u32, f32)> {
    let graph = dataset.graph(index);
    let mut edges: Vec<(u32, u32, f32)> = Vec::new();
    for node in 0..graph.nodes() {
        for entry in graph.indptr()[node] as usize..graph.indptr()[node + 1] as usize {
            let (from, to) = (node as u32, graph.indices()[entry]);
            let weight = graph.edge_weight().map_or(1.0, |weights| weights[entry]);
            match edges.last_mut() {
                Some(last) if (last.0, last.1) == (from, to) => last.2 += weight,
                _ if graph.is_directed() || from <= to => edges.push((from, to, weight)),
                _ => {}
            }
        }
    }
    edges
}
