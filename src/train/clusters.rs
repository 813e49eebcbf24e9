//! Diagnostics of the clusters, gathered over the batches of an epoch or of an evaluation.

use crate::error::Result;
use crate::memory::try_resize;
use crate::model::engine::Engine;
use crate::model::{ClusterDiagnostics, Model};
use crate::ops::diagnostics::Sums;
use crate::ops::runtime::real::Real;

/// Sums over graphs, a pooling level each; none where the configuration does without.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    levels: Vec<(usize, Sums)>,
}

impl Clusters {
    /// Sums over no graph yet.
    pub fn new<T: Real>(model: &Model<T>) -> Self {
        let config = model.config();
        let counts = config.clusters.iter().filter(|_| config.diagnostics);
        Self { levels: counts.map(|&clusters| (clusters as usize, Sums::default())).collect() }
    }

    /// Adds the graphs of the last batch.
    pub fn add<T: Real>(&mut self, engine: &Engine<T>) {
        for (level, (_, sums)) in self.levels.iter_mut().enumerate() {
            engine.clusters(level).for_each(|of_chunk| sums.add(of_chunk));
        }
    }

    /// The means, a pooling level each.
    pub fn means(&self) -> Result<Vec<ClusterDiagnostics>> {
        let mut means = Vec::new();
        try_resize(&mut means, self.levels.len(), ClusterDiagnostics::default())?;
        means.iter_mut().zip(&self.levels).for_each(|(mean, (clusters, sums))| *mean = sums.means(*clusters));
        Ok(means)
    }
}
