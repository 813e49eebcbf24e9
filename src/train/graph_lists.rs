//! Lists of graphs: whether a run can train on them.

use crate::error::{Result, bail};
use crate::graph::Dataset;
use crate::memory::try_resize;

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
