//! Lists of graphs: whether a run can train on them, and what a batch of them weighs.

use crate::config::Config;
use crate::error::{Result, bail};
use crate::graph::Dataset;
use crate::memory::try_resize;
use crate::model::Target;
use crate::ops::runtime::real::Real;

/// What the class loss of these graphs is divided by.
pub(super) fn target_weight<T: Real>(config: &Config, dataset: &Dataset, graphs: &[usize], class_weights: &[T]) -> f64 {
    let weight = |index: usize| {
        f64::from(dataset.graph_weight(index)) * Target::of(config.task, dataset, index).weight(class_weights)
    };
    graphs.iter().map(|&index| weight(index)).sum()
}

/// Checks that there are graphs to train on and that no graph is in both parts.
pub(super) fn check_split(dataset: &Dataset, train: &[usize], validation: &[usize]) -> Result<()> {
    if train.is_empty() {
        bail!(InvalidArgument, "there are no training graphs");
    }
    if train.iter().all(|&index| dataset.graph_weight(index) == 0.0) {
        bail!(InvalidArgument, "all training graphs have the weight 0");
    }
    let mut seen = Vec::new();
    try_resize(&mut seen, dataset.len(), false)?;
    for &index in train.iter().chain(validation) {
        if std::mem::replace(&mut seen[index], true) {
            bail!(InvalidArgument, "graph {index} is named twice among training and validation graphs");
        }
    }
    Ok(())
}
