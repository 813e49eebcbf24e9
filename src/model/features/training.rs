//! What a schema takes from the training graphs.

use std::collections::BTreeMap;

use crate::config::feature_source::FeatureSource;
use crate::config::{Config, Relations, SelfLoops};
use crate::error::{Result, bail};
use crate::graph::{Dataset, GraphRules};

/// How often each label is there, in the order of the labels.
pub(super) fn counts<'a>(labels: impl Iterator<Item = &'a i64>) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for &label in labels {
        *counts.entry(label).or_insert(0) += 1;
    }
    counts
}

/// How often each edge label is there in the training graphs, as far as their self-loops are kept.
pub(super) fn edge_labels(config: &Config, dataset: &Dataset, train: &[usize]) -> BTreeMap<i64, usize> {
    counts(train.iter().flat_map(|&index| {
        let graph = dataset.graph(index);
        let row = move |node: usize| graph.neighbours(node).iter().map(move |&neighbour| neighbour as usize == node);
        let loops = (0..graph.nodes()).flat_map(row);
        let labels = graph.edge_labels().unwrap_or(&[]).iter().zip(loops);
        labels.filter(|(_, is_loop)| config.self_loops == SelfLoops::Keep || !is_loop).map(|(label, _)| label)
    }))
}

/// The edge labels that are a relation each, with their numbers of training edges.
pub(super) fn relations(config: &Config, dataset: &Dataset, train: &[usize]) -> Result<BTreeMap<i64, usize>> {
    if config.relations == Relations::None {
        return Ok(BTreeMap::new());
    }
    let labels = edge_labels(config, dataset, train);
    if labels.is_empty() {
        bail!(InvalidConfig, "relations is \"edge_labels\", but data set \"{}\" has no edge labels", dataset.name());
    }
    Ok(labels)
}

/// The share of each of what was counted in all of it.
pub(super) fn shares(counts: &BTreeMap<i64, usize>) -> Vec<f64> {
    let total = counts.values().sum::<usize>() as f64;
    counts.values().map(|&count| count as f64 / total).collect()
}

/// What `auto` stands for.
pub(super) fn automatic(rules: GraphRules) -> Vec<FeatureSource> {
    let mut sources = Vec::new();
    if rules.features > 0 {
        sources.push(FeatureSource::Attributes);
    }
    if rules.node_labels {
        sources.push(FeatureSource::Labels);
    }
    if rules.categories > 0 {
        sources.push(FeatureSource::Categories);
    }
    if sources.is_empty() {
        sources.push(FeatureSource::Degree);
    }
    sources
}

/// Mean and deviation of every attribute over the nodes of the graphs `train`, in two passes, so that a large mean does
/// not hide a small deviation. A column that never changes keeps deviation 1.
pub(super) fn mean_and_deviation(dataset: &Dataset, train: &[usize]) -> Result<(Vec<f64>, Vec<f64>)> {
    let width = dataset.rules().features;
    if train.is_empty() {
        bail!(InvalidArgument, "standardize_attributes needs at least one training graph");
    }
    let nodes = train.iter().map(|&graph| dataset.nodes(graph)).sum::<usize>() as f64;
    let rows = || train.iter().flat_map(|&graph| dataset.graph(graph).x().chunks_exact(width));
    let first = dataset.graph(train[0]).x();
    let mut mean = vec![0.0; width];
    let mut changes = vec![false; width];
    for row in rows() {
        for (column, &value) in row.iter().enumerate() {
            mean[column] += f64::from(value);
            changes[column] |= value != first[column];
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= nodes);
    let mut deviation = vec![0.0; width];
    for row in rows() {
        for (column, &value) in row.iter().enumerate() {
            let distance = f64::from(value) - mean[column];
            deviation[column] += distance * distance;
        }
    }
    for (sum, changes) in deviation.iter_mut().zip(changes) {
        *sum = if changes { (*sum / nodes).sqrt() } else { 1.0 };
    }
    Ok((mean, deviation))
}
